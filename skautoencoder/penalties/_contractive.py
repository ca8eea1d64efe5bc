"""The contractive penalty, for codes that change little when the row does."""

from ._base import BasePenalty


class ContractivePenalty(BasePenalty):
    """Squared Frobenius norm of the encoder's Jacobian, averaged over rows: ``penalty="contractive"`` [1]_.

        sum over codes j and features k of  (d c_j / d x_k)^2

    The codes then follow what rows have in common and hardly change with small changes of a row. Each training step
    computes as many gradients of the encoder as the code has dimensions.

    References
    ----------
    .. [1] Rifai, Vincent, Muller, Glorot & Bengio (2011). Contractive auto-encoders: explicit invariance during
       feature extraction. ICML, eq. 3.

    Examples
    --------
    At PCA, epoch 0, the Jacobian has one row of length 1 per dimension of the code, so that the penalty is 2:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(2, penalty="contractive", epochs=1, random_state=0).fit(X)
    >>> round(autoencoder.history_["penalty"][0], 2)
    2.0
    """

    suits_pca_start = True

    def __call__(self, batch):
        """Compute the penalty of each row of a batch; see `BasePenalty`."""
        import tensorflow as tf
        from keras import ops

        encoding_dim = batch.codes.shape[1]
        n_rows = ops.shape(batch.rows)[0]
        # Each row is repeated for each dimension of the code, so that one gradient holds all of them, for any encoder.
        rows = ops.repeat(batch.rows, encoding_dim, axis=0)
        chosen = ops.tile(ops.eye(encoding_dim), (n_rows, 1))
        with tf.GradientTape() as tape:
            tape.watch(rows)
            codes = ops.sum(batch.encode(rows) * chosen)
        squares = ops.sum(ops.square(tape.gradient(codes, rows)), axis=1)
        return ops.sum(ops.reshape(squares, (n_rows, encoding_dim)), axis=1)
