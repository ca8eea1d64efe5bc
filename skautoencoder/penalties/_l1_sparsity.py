"""A sparsity penalty on the absolute values of codes."""

from ._base import BasePenalty


class L1Sparsity(BasePenalty):
    """Sum of the absolute values of the codes, each in units of its own size: ``penalty="l1"``.

    A network can lower the plain sum without becoming sparse: it halves the codes and doubles the weights of the
    decoder. Codes are therefore measured in units of their own root mean square over the batch:

        sum over codes j of  mean_i |c_ij| / sqrt(mean_i c_ij^2)

    A change of scale does not alter this. The square of each term is the sparseness of Rolls and Treves [1]_: a code
    that is on for a share p of the rows, and then always the same, adds sqrt(p). With ``code_activation="relu"``, codes
    become exactly zero.

    Parameters
    ----------
    normalize : bool, default=True
        Whether to measure codes in units of their root mean square, without which they need not become sparse. If
        False, the penalty is the plain sum of absolute values, averaged over rows: Keras'
        ``activity_regularizer="l1"``. Its factor is `alpha` with ``loss="binary_crossentropy"`` or a Keras loss. With
        other losses it is `alpha` times the root mean square of X about its feature means, which is squared unless
        ``loss="mae"``, since `alpha` is relative to the loss of standardised rows.

    References
    ----------
    .. [1] Treves & Rolls (1991). What determines the capacity of autoassociative memories in the brain? Network 2.

    Examples
    --------
    After one epoch, more than three tenths of the codes are exactly zero:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, L1Sparsity
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(
    ...     32, code_activation="relu", penalty=L1Sparsity(), epochs=1, random_state=0
    ... ).fit(X)
    >>> codes = autoencoder.transform(X)
    >>> bool((codes == 0).mean() > 0.3)
    True
    """

    def __init__(self, normalize=True):
        self.normalize = normalize

    def __call__(self, batch):
        """Compute the penalty of a batch, one number, or one per row if it is not normalised; see `BasePenalty`."""
        from keras import ops

        size = ops.abs(batch.codes)
        if not self.normalize:
            return ops.sum(size, axis=1)
        # The constant makes the term of a code that is zero for the whole batch 0 instead of 0 / 0.
        root_mean_square = ops.sqrt(batch.mean(ops.square(size)) + 1e-12)
        return ops.sum(batch.mean(size) / root_mean_square)
