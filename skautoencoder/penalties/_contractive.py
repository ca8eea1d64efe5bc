"""The contractive penalty, for codes that change little when the row does."""

from ._base import BasePenalty


class ContractivePenalty(BasePenalty):
    """Squared Frobenius norm of the encoder's Jacobian, averaged over rows: ``penalty="contractive"`` [1]_.

        sum over codes j and features k of  (d c_j / d x_k)^2

    The codes then follow what rows have in common and hardly change with small changes of a row. Rifai et al. tie the
    decoder's weights to the encoder's; otherwise a network lowers the norm by making its codes small and the weights of
    its decoder large. Here the variance of the codes takes the place of tied weights: the norm is divided by it, summed
    over codes, and multiplied by that of the rows, summed over features. For PCA, this is the number of components over
    the share of the variance that they explain. Each training step computes as many gradients of the encoder as the
    code has dimensions.

    Parameters
    ----------
    normalize : bool, default=True
        Whether to divide by the variance of the codes, without which a larger `alpha` only makes codes smaller. If
        False, the penalty is the squared norm itself.

    See Also
    --------
    GaussianNoise : Noise on the rows, which makes codes insensitive in another way.

    References
    ----------
    .. [1] Rifai, Vincent, Muller, Glorot & Bengio (2011). Contractive auto-encoders: explicit invariance during
       feature extraction. ICML, eq. 3, and section 4 for the tied weights.

    Examples
    --------
    At epoch 0 the network is PCA, whose 8 components explain 67 % of the variance of the digits: 8 / 0.67 is 11.9. The
    trained network contracts more:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(8, penalty="contractive", epochs=20, random_state=0).fit(X)
    >>> round(autoencoder.history_["penalty"][0])
    12
    >>> bool(autoencoder.history_["penalty"][-1] < 8)
    True
    """

    suits_pca_start = True

    def __init__(self, normalize=True):
        self.normalize = normalize

    def auto_alpha(self, *, to_learn, scale, n_features, encoding_dim):
        """Return 0.002 of what there is to learn if the penalty is normalised, and 0.01 if not; see `BasePenalty`.

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
        return (2e-3 if self.normalize else 1e-2) * to_learn

    def __call__(self, batch):
        """Compute the penalty of a batch, one number, or one per row if it is not normalised; see `BasePenalty`."""
        import tensorflow as tf
        from keras import ops

        encoding_dim = batch.codes.shape[1]
        n_rows = ops.shape(batch.rows)[0]
        # Each row is repeated for each dimension of the code, so that one gradient holds all of them, for any encoder.
        rows = ops.repeat(batch.rows, encoding_dim, axis=0)
        chosen = ops.tile(ops.eye(encoding_dim, dtype=batch.codes.dtype), (n_rows, 1))
        with tf.GradientTape() as tape:
            tape.watch(rows)
            codes = ops.sum(batch.encode(rows) * chosen)
        squares = ops.sum(ops.square(tape.gradient(codes, rows)), axis=1)
        norms = ops.sum(ops.reshape(squares, (n_rows, encoding_dim)), axis=1)
        if not self.normalize:
            return norms

        def total_variance(values):
            return ops.sum(batch.mean(ops.square(values - batch.mean(values))))

        # The constant makes the ratio of a batch of equal rows 0 instead of 0 / 0.
        return batch.mean(norms) * total_variance(batch.rows) / (total_variance(batch.codes) + 1e-12)
