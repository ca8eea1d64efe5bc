"""The penalty on weights of the tutorials."""

from ._base import BasePenalty


class L2Penalty(BasePenalty):
    """Sum of the squares of all kernels of encoder and decoder: ``penalty="l2"``.

    This is Keras' ``kernel_regularizer`` on every layer: with ``init="random"``, ``alpha=1e-4`` is
    ``keras.regularizers.L2(1e-4)``. Biases are not penalised. The parameter `weight_decay` shrinks weights outside the
    loss, so that optimizers such as Adam do not divide it by the size of the gradients [1]_. ``alpha="auto"`` is 0.0001
    of the maximum reduction of the loss.

    See Also
    --------
    L1Sparsity : Small codes instead of small weights.

    References
    ----------
    .. [1] Loshchilov & Hutter (2019). Decoupled weight decay regularization. ICLR.

    Examples
    --------
    At epoch 0 the kernels are the 2 principal components, of length 1, in the encoder and in the decoder:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(2, penalty="l2", hidden_layer_sizes=(), epochs=1, random_state=0).fit(X)
    >>> round(autoencoder.history_["penalty"][0], 2)
    4.0
    """

    suits_pca_start = True

    def auto_alpha(self, *, to_learn, scale, n_features, encoding_dim):
        return 1e-4 * to_learn

    def __call__(self, batch):
        from keras import ops

        return sum(ops.sum(ops.square(kernel)) for kernel in batch.kernels)
