"""A sparsity penalty that makes every code active at a given rate."""

from numbers import Real

from ..networks import ACTIVATION_RANGES
from ._base import BasePenalty


class KLSparsity(BasePenalty):
    """Divergence of the mean activity of codes from a target rate: ``penalty="kl"``.

        ``sum over codes j of  t log(t / a_j) + (1 - t) log((1 - t) / (1 - a_j))``

    where t is the target and a_j the mean of code j over the batch [1]_. Codes must lie between 0 and 1, as with
    ``code_activation="sigmoid"``.

    Parameters
    ----------
    target : float, default=0.05
        Share of the rows for which a code should be active, above 0 and below 1. The default is that of [1]_.
    normalize : bool, default=False
        Whether to add a second term, which no change of scale alters. A network can lower the first one without
        becoming sparse: all codes stay close to the target, and the weights of the decoder grow. The second term
        compares, in the same way, the sparseness of Rolls and Treves [2]_ with the target:
        ``mean_i(c_ij)^2 / mean_i(c_ij^2)``, which is 1 for a code that never changes, and p for a code that is on for a
        share p of the rows and off for the others. The default, False, is Ng's penalty as it stands in [1]_.

    See Also
    --------
    L1Sparsity : Sparsity of codes of any activation.
    HoyerSparsity : Sparsity that ignores the size of the codes.

    References
    ----------
    .. [1] Ng (2011). Sparse autoencoder. CS294A lecture notes, Stanford University, p. 15.
    .. [2] Treves & Rolls (1991). What determines the capacity of autoassociative memories in the brain? Network 2.

    Examples
    --------
    `history_` tells the reconstruction loss and the penalty apart:

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
        """Return 0.4 of what there is to learn for each code, 0.1 if the penalty is normalised; see `BasePenalty`.

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
        # The second term is larger: it also counts codes that are always a little active.
        return (0.1 if self.normalize else 0.4) * to_learn / encoding_dim

    def check(self, code_activation):
        """Raise a ValueError unless the codes and the target lie between 0 and 1.

        Parameters
        ----------
        code_activation : str
            Activation of the code, as a Keras name.
        """
        if isinstance(self.target, bool) or not isinstance(self.target, Real) or not 0 < self.target < 1:
            raise ValueError(
                f"target={self.target!r} of KLSparsity must be a number between 0 and 1, for example 0.05."
            )
        if ACTIVATION_RANGES.get(code_activation) != (0, 1):
            raise ValueError(
                f"penalty='kl' compares the codes' mean activity with a rate, so they must lie between 0 and 1, but "
                f"code_activation={code_activation!r}. Set code_activation='sigmoid', or use penalty='l1'."
            )

    def __call__(self, batch):
        """Compute the penalty of a batch, one number; see `BasePenalty`."""
        from keras import ops

        target = float(self.target)

        def divergence(activity):
            activity = ops.clip(activity, 1e-6, 1 - 1e-6)
            on, off = ops.log(target / activity), ops.log((1 - target) / (1 - activity))
            return ops.sum(target * on + (1 - target) * off)

        activity = batch.mean(batch.codes)
        if not self.normalize:
            return divergence(activity)
        sparseness = ops.square(activity) / (batch.mean(ops.square(batch.codes)) + 1e-12)
        return divergence(activity) + divergence(sparseness)
