"""What the encoder sees of a row in training."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ._base import CleanBatch


@dataclass(frozen=True)
class Corruption:
    """What the encoder sees of rows in training: the rows themselves, or given noisy ones, with or without noise.

    Parameters
    ----------
    noise : BaseNoise, callable or None, default=None
        What changes the rows.
    noise_numbers : dict of str to float or ndarray, default={}
        What the noise needs to know; see `BaseNoise.numbers`.
    is_given : bool, default=False
        Whether rows have a second field, their noisy form.
    """

    noise: Any = None
    noise_numbers: dict = field(default_factory=dict)
    is_given: bool = False

    @property
    def is_none(self):
        """Whether the encoder sees the rows that the decoder is to return."""
        return self.noise is None and not self.is_given

    @property
    def key(self):
        """Everything that shapes a compiled program: parameters that are only numbers in it do not."""
        if not hasattr(self.noise, "get_params"):
            return self.noise
        parameters = sorted(self.noise.get_params(deep=False).items())
        return type(self.noise), *(item for item in parameters if item[0] not in self.noise_numbers)

    @property
    def numbers(self):
        """Everything that is only a number in a compiled program."""
        return {f"noise_{name}": number for name, number in self.noise_numbers.items()}

    def apply(self, networks, fields, numbers):
        """Return the rows of a batch, and what the encoder sees of them.

        Parameters
        ----------
        networks : BatchNetworks
            Draws random numbers.
        fields : list of float32 tensor of shape (n_rows, n_features)
            Rows and, if they are given, noisy ones.
        numbers : dict of str to float32 tensor
            `numbers`, in the program.

        Returns
        -------
        rows : float32 tensor of shape (n_rows, n_features)
            Rows that the decoder is to return.
        seen : float32 tensor of shape (n_rows, n_features)
            Rows that the encoder sees.

        Raises
        ------
        ValueError
            If the noise returns anything but rows.
        """
        import tensorflow as tf

        rows, given = fields[0], fields[-1]
        if self.noise is None:
            return rows, given
        own = {name: numbers[f"noise_{name}"] for name in self.noise_numbers}
        draws = (partial(draw, given) for draw in (networks.uniform, networks.normal))
        seen = tf.cast(tf.convert_to_tensor(self.noise(CleanBatch(given, *draws, own))), tf.float32)
        if not seen.shape.is_compatible_with(given.shape):
            raise ValueError(
                f"noise={self.noise!r} must return rows of the shape of batch.rows, (n_rows, {given.shape[1]}), but "
                f"returned shape {tuple(seen.shape)}."
            )
        return rows, seen
