"""From rows and parameters to a trained network: the plan of a fit, its epochs, its checkpoint and its progress."""
