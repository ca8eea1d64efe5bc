"""Few codes at a time, by their absolute values."""

from ._base import BasePenalty


class L1Sparsity(BasePenalty):
    """Sum of the codes' absolute values: ``penalty="l1"``.

    Left to itself, a network lowers it without becoming sparse: it halves the codes and doubles the weights of the
    decoder. So codes are measured in units of their own root mean square over the batch:

        sum over codes j of  mean_i |c_ij| / sqrt(mean_i c_ij^2)

    which no change of scale alters. Its square is, code by code, the sparseness of Rolls and Treves [1]_: a code
    that is on for a share p of the rows, and then always the same, costs sqrt(p). With ``code_activation="relu"``
    codes become exactly zero.

    Parameters
    ----------
    normalize : bool, default=True
        If False, the sum of absolute values as it is, averaged over rows: Keras' ``activity_regularizer="l1"``. With
        ``loss="binary_crossentropy"`` its factor is `alpha`; with other losses `alpha` is relative to the loss of
        standardised rows, and the factor is as much larger as that loss is in units of X.

    References
    ----------
    .. [1] Treves & Rolls (1991). What determines the capacity of autoassociative memories in the brain? Network 2.
    """

    def __init__(self, normalize=True):
        self.normalize = normalize

    def __call__(self, batch):
        """Compute the penalty of a batch; see `BasePenalty`."""
        from keras import ops

        size = ops.abs(batch.codes)
        if not self.normalize:
            return ops.sum(size, axis=1)
        # A code that is off for the whole batch costs nothing.
        root_mean_square = ops.sqrt(batch.mean(ops.square(size)) + 1e-12)
        return ops.sum(batch.mean(size) / root_mean_square)
