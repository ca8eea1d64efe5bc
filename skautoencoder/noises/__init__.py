"""Noises of the rows that the encoder sees in training: one file each."""

from ._base import BaseNoise, CleanBatch
from ._gaussian import GaussianNoise
from ._masking import MaskingNoise
from ._salt_and_pepper import SaltAndPepperNoise

# Noises by name, made with their defaults.
NOISES = {"gaussian": GaussianNoise, "masking": MaskingNoise, "salt_and_pepper": SaltAndPepperNoise}

__all__ = ["NOISES", "BaseNoise", "CleanBatch", "GaussianNoise", "MaskingNoise", "SaltAndPepperNoise"]
