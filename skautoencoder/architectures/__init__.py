"""How one row of X is seen: one file per architecture."""

from ._dense import dense_autoencoder

__all__ = ["dense_autoencoder"]
