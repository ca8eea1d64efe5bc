"""A sparsity penalty that no change of scale alters."""

from ._base import BasePenalty


class HoyerSparsity(BasePenalty):
    """Ratio of the L1 norm of each code to its L2 norm: ``penalty="hoyer"`` [1]_.

        ``sum over codes j of  mean_i |c_ij| / sqrt(mean_i c_ij^2)``

    A network can lower :class:`L1Sparsity` without becoming sparse: it halves the codes and doubles the weights of the
    decoder. This ratio stays as it is then. It is 1 for a code that is the same for all rows, and sqrt(p) for a code
    that is on for a share p of the rows, and then always the same. With ``code_activation="relu"``, codes become
    exactly zero.

    See Also
    --------
    L1Sparsity : Sparsity of the tutorials, which depends on the size of the codes.
    KLSparsity : Sparsity of codes between 0 and 1.

    References
    ----------
    .. [1] Hoyer (2004). Non-negative matrix factorization with sparseness constraints. JMLR 5, section 3.1, whose
       sparseness falls with this ratio; Hurley & Rickard (2009). Comparing measures of sparsity. IEEE Transactions on
       Information Theory 55.

    Examples
    --------
    After one epoch, more than three tenths of the codes are exactly zero:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, HoyerSparsity
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(
    ...     32, code_activation="relu", penalty=HoyerSparsity(), epochs=1, random_state=0
    ... ).fit(X)
    >>> codes = autoencoder.transform(X)
    >>> bool((codes == 0).mean() > 0.3)
    True
    """

    def auto_alpha(self, *, to_learn, scale, n_features, encoding_dim):
        """Return 0.05 of what there is to learn for each code; see `BasePenalty`.

        Parameters
        ----------
        to_learn, scale : float
            How far the loss can fall, and root mean square of what the decoder puts out.
        n_features, encoding_dim : int
            Widths of a row and of a code.

        Returns
        -------
        float
            Weight of the penalty.
        """
        return 0.05 * to_learn / encoding_dim

    def __call__(self, batch):
        """Compute the penalty of a batch, one number; see `BasePenalty`."""
        from keras import ops

        # The constant makes the term of a code that is zero for the whole batch 0 instead of 0 / 0.
        root_mean_square = ops.sqrt(batch.mean(ops.square(batch.codes)) + 1e-12)
        return ops.sum(batch.mean(ops.abs(batch.codes)) / root_mean_square)
