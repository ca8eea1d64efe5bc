"""Nested dropout, which puts codes in order."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class NestedDropout:
    """In training, a share of the rows is decoded from the first k codes alone; the others are set to zero.

    For each of these rows, k is drawn uniformly from 1 to the number of codes. So the first k codes learn to be a code
    of size k.

    References
    ----------
    .. [1] Rippel, Gelbart & Adams (2014). Learning ordered representations with nested dropout. ICML.
    """

    n_codes: int
    # More rows leave less error at small sizes, and more error with all codes.
    share: ClassVar[float] = 0.1

    @property
    def numbers(self):
        """Everything that enters a compiled program as a number."""
        return {"n_codes": float(self.n_codes), "share_of_cut_rows": self.share}

    def apply(self, networks, codes, numbers):
        """Return the codes of a batch as the decoder sees them."""
        if not networks.is_training:
            return codes
        import tensorflow as tf

        # Rows whose draw is below the share are cut; their draws, divided by the share, are uniform from 0 to 1.
        draws = networks.uniform(codes[:, :1])
        numbers_of_codes = tf.range(codes.shape[1], dtype=tf.float32)
        is_kept = numbers_of_codes * numbers["share_of_cut_rows"] <= draws * numbers["n_codes"]
        return codes * tf.cast(is_kept, tf.float32)
