"""The sparsity penalty with a target rate of activity."""

from numbers import Real

from ..networks import ACTIVATION_RANGES
from ._base import BasePenalty


class KLSparsity(BasePenalty):
    """Kullback-Leibler divergence of the mean activity of codes from a target rate: ``penalty="kl"``.

        ``sum over codes j of  t log(t / a_j) + (1 - t) log((1 - t) / (1 - a_j))``

    where t is the target and a_j the mean of code j over the batch [1]_. Codes must lie between 0 and 1, as with
    ``code_activation="sigmoid"``. ``alpha="auto"`` is 0.4 of the maximum reduction of the loss, 0.1 with `normalize`,
    divided by `encoding_dim`.

    Parameters
    ----------
    target : float, default=0.05
        Share of the rows for which a code should be active, between 0 and 1 (exclusive). The default is that of [1]_.
    normalize : bool, default=False
        Whether to add a scale-invariant term. A network can lower the first term without becoming sparse, with constant
        codes near the target and larger weights in the decoder. The second term is the same divergence of the
        sparseness of Treves and Rolls [2]_, ``mean_i(c_ij)^2 / mean_i(c_ij^2)``. It is 1 for a constant code, and p for
        a code that has one value in a share p of the rows and is zero in the others. The default, False, is the penalty
        of [1]_.

    See Also
    --------
    L1Sparsity : Sparsity of codes of any activation.
    HoyerSparsity : Sparsity that does not depend on the scale of the codes.

    References
    ----------
    .. [1] Ng (2011). Sparse autoencoder. CS294A lecture notes, Stanford University, p. 15.
    .. [2] Treves & Rolls (1991). What determines the capacity of autoassociative memories in the brain? Network 2.

    Examples
    --------
    `history_` has reconstruction loss and penalty separately:

    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, KLSparsity
    >>> X, y = load_digits(return_X_y=True)
    >>> autoencoder = AutoencoderTransformer(
    ...     32, code_activation="sigmoid", penalty=KLSparsity(target=0.1), epochs=1, random_state=0
    ... ).fit(X)
    >>> list(autoencoder.history_)[:3]
    ['loss', 'reconstruction_loss', 'penalty']
    """

    def __init__(self, target=0.05, normalize=False):
        self.target = target
        self.normalize = normalize

    def auto_alpha(self, *, to_learn, scale, n_features, encoding_dim):
        # The second term is larger: codes that are never zero count, too.
        return (0.1 if self.normalize else 0.4) * to_learn / encoding_dim

    def check(self, code_activation):
        if isinstance(self.target, bool) or not isinstance(self.target, Real) or not 0 < self.target < 1:
            raise ValueError(
                f"target={self.target!r} of KLSparsity must be a number between 0 and 1, for example 0.05."
            )
        if ACTIVATION_RANGES.get(code_activation) != (0, 1):
            raise ValueError(
                f"penalty='kl' compares the mean of the codes with a rate, so codes must lie between 0 and 1, but "
                f"code_activation={code_activation!r}. Set code_activation='sigmoid', or use penalty='l1'."
            )

    def __call__(self, batch):
        from keras import ops

        target = float(self.target)

        def divergence(activity):
            activity = ops.clip(activity, 1e-6, 1 - 1e-6)
            on = target * ops.log(target / activity)
            return ops.sum(on + (1 - target) * ops.log((1 - target) / (1 - activity)))

        activity = batch.mean(batch.codes)
        if not self.normalize:
            return divergence(activity)
        sparseness = ops.square(activity) / (batch.mean(ops.square(batch.codes)) + 1e-12)
        return divergence(activity) + divergence(sparseness)
