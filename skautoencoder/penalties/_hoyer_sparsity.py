"""The scale-invariant sparsity penalty."""

from ._base import BasePenalty


class HoyerSparsity(BasePenalty):
    """Ratio of the L1 norm of each code to its L2 norm: ``penalty="hoyer"`` [1]_.

        ``sum over codes j of  mean_i |c_ij| / sqrt(mean_i c_ij^2)``

    A network can lower :class:`L1Sparsity` without becoming sparse, by halving the codes and doubling the weights of
    the decoder. This ratio does not depend on the scale of the codes. It is 1 for a constant code, and sqrt(p) for a
    code that has one value in a share p of the rows and is zero in the others. With ``code_activation="relu"``, codes
    become exactly zero. ``alpha="auto"`` is 0.05 of the maximum reduction of the loss, divided by `encoding_dim`.

    See Also
    --------
    L1Sparsity : Sparsity of the tutorials, which depends on the scale of the codes.
    KLSparsity : Sparsity of codes between 0 and 1.

    References
    ----------
    .. [1] Hoyer (2004). Non-negative matrix factorization with sparseness constraints. JMLR 5, section 3.1; Hurley &
       Rickard (2009). Comparing measures of sparsity. IEEE Transactions on Information Theory 55.

    Examples
    --------
    After one epoch, more than 30 % of the codes are exactly zero:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(32, code_activation="relu", penalty="hoyer", epochs=1, random_state=0)
    >>> bool((autoencoder.fit_transform(X) == 0).mean() > 0.3)
    True
    """

    def auto_alpha(self, *, to_learn, scale, n_features, encoding_dim):
        return 0.05 * to_learn / encoding_dim

    def __call__(self, batch):
        from keras import ops

        # The constant avoids 0 / 0 for a code that is zero in the whole batch.
        root_mean_square = ops.sqrt(batch.mean(ops.square(batch.codes)) + 1e-12)
        return ops.sum(batch.mean(ops.abs(batch.codes)) / root_mean_square)
