"""Codes that move little when the row does."""

from ._base import BasePenalty


class ContractivePenalty(BasePenalty):
    """Squared Frobenius norm of the encoder's Jacobian, averaged over rows: ``penalty="contractive"`` [1]_.

        sum over codes j and features k of  (d c_j / d x_k)^2

    The codes then follow what rows have in common and are deaf to small changes of a row. It costs as many passes
    through the encoder as there are codes.

    References
    ----------
    .. [1] Rifai, Vincent, Muller, Glorot & Bengio (2011). Contractive auto-encoders: explicit invariance during
       feature extraction. ICML, eq. 3.
    """

    suits_pca_start = True

    def __call__(self, batch):
        """Compute the penalty of a batch; see `BasePenalty`."""
        import tensorflow as tf
        from keras import ops

        encoding_dim = batch.codes.shape[1]
        n_rows = ops.shape(batch.rows)[0]
        # Every row once for each code, so that one gradient holds all of them, and works for any kind of encoder.
        rows = ops.repeat(batch.rows, encoding_dim, axis=0)
        chosen = ops.tile(ops.eye(encoding_dim), (n_rows, 1))
        with tf.GradientTape() as tape:
            tape.watch(rows)
            codes = ops.sum(batch.encode(rows) * chosen)
        squares = ops.sum(ops.square(tape.gradient(codes, rows)), axis=1)
        return ops.sum(ops.reshape(squares, (n_rows, encoding_dim)), axis=1)
