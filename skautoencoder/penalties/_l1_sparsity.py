"""The sparsity penalty of the tutorials."""

import numpy as np

from ._base import BasePenalty


class L1Sparsity(BasePenalty):
    """Sum of the absolute values of a row's codes, averaged over rows: ``penalty="l1"``.

    This is Keras' ``activity_regularizer``: with ``init="random"``, ``alpha=1e-4`` is ``keras.regularizers.L1(1e-4)``
    on the layer of the codes. With ``code_activation="relu"``, codes become exactly zero. The penalty also makes codes
    smaller without making them sparser; :class:`HoyerSparsity` does not.

    With ``alpha="auto"``, codes of the size of PCA's cost a third of the maximum reduction of the loss.

    See Also
    --------
    HoyerSparsity : Sparsity that does not depend on the scale of the codes.
    KLSparsity : Sparsity of codes between 0 and 1.

    Examples
    --------
    After one epoch, more than 30 % of the codes are exactly zero:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(32, code_activation="relu", penalty="l1", epochs=1, random_state=0)
    >>> bool((autoencoder.fit_transform(X) == 0).mean() > 0.3)
    True
    """

    def auto_alpha(self, *, to_learn, scale, n_features, encoding_dim):
        # The absolute values of a row's principal components have a mean sum of at most `size`.
        size = scale * np.sqrt(n_features * encoding_dim)
        return float(to_learn / size / 3)

    def __call__(self, batch):
        from keras import ops

        return ops.sum(ops.abs(batch.codes), axis=1)
