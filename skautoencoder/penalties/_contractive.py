"""The contractive penalty, for codes that are insensitive to small changes of a row."""

from ._base import BasePenalty


class ContractivePenalty(BasePenalty):
    """Squared Frobenius norm of the encoder's Jacobian, averaged over rows: ``penalty="contractive"`` [1]_.

        sum over codes j and features k of  (d c_j / d x_k)^2

    Codes become insensitive to small changes of a row. A network could lower the norm by making its codes small and the
    weights of its decoder large. Rifai et al. prevent this by tying the decoder's weights to the encoder's. Here the
    norm is multiplied by the total variance of the rows and divided by that of the codes instead. For PCA this is the
    number of components divided by their explained variance ratio. Each training step computes `encoding_dim` gradients
    of the encoder.

    ``alpha="auto"`` is 0.002 of the maximum reduction of the loss, and 0.01 without `normalize`.

    Parameters
    ----------
    normalize : bool, default=True
        Whether to multiply by the variance ratio of rows and codes. If False, the penalty is the squared norm, and a
        larger `alpha` mostly makes codes smaller.

    See Also
    --------
    GaussianNoise : Noise on the rows, which also makes codes insensitive.

    References
    ----------
    .. [1] Rifai, Vincent, Muller, Glorot & Bengio (2011). Contractive auto-encoders: explicit invariance during
       feature extraction. ICML, eq. 3, and section 4 for the tied weights.

    Examples
    --------
    At epoch 0 the network is PCA, whose 8 components explain 67 % of the variance of the digits: 8 / 0.67 = 11.9.
    Training lowers the penalty:

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
        return (2e-3 if self.normalize else 1e-2) * to_learn

    def __call__(self, batch):
        import tensorflow as tf
        from keras import ops

        encoding_dim = batch.codes.shape[1]
        n_rows = ops.shape(batch.rows)[0]
        # Repeat each row for each dimension of the code: one gradient then holds the Jacobian of any encoder.
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

        # The constant avoids 0 / 0 for a batch of equal rows.
        return batch.mean(norms) * total_variance(batch.rows) / (total_variance(batch.codes) + 1e-12)
