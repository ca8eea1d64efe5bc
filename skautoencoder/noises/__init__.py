"""What is done to the rows that the encoder sees in training: one file per noise."""

from ._base import Noise
from ._gaussian import GaussianNoise
from ._masking import MaskingNoise
from ._salt_and_pepper import SaltAndPepperNoise

# Noises by name.
NOISES = {"gaussian": GaussianNoise, "masking": MaskingNoise, "salt_and_pepper": SaltAndPepperNoise}

__all__ = ["NOISES", "GaussianNoise", "MaskingNoise", "Noise", "SaltAndPepperNoise"]
