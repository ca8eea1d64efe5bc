"""The objective of variational autoencoders: the negative evidence lower bound."""

from dataclasses import dataclass, replace

import numpy as np

from ._base import Objective
from ._reconstruction import Corruption, ReconstructionLoss

# Bounds of the minimum noise variance, without which the density can be infinite: a number, and a share of the variance
# of the column with the smallest units. It stays above the rounding errors of float32.
_MAX_MIN_VARIANCE = 1e-10
_MIN_SHARE_OF_COLUMN = 1e-4
_ROUNDING = 1e-14


@dataclass(frozen=True)
class EvidenceLowerBound(Objective):
    """Negative evidence lower bound in nats per row, with a weighted divergence [1]_.

    With squared error, rows are Gaussian around the reconstruction; all features share one variance, whose maximum
    likelihood estimate is the mean squared error [2]_. With binary crossentropy, rows are Bernoulli.

    References
    ----------
    .. [1] Kingma & Welling (2014). Auto-encoding variational Bayes. ICLR.
    .. [2] Rybkin, Daniilidis & Levine (2021). Simple and effective VAE training with calibrated decoders. ICML, eq. 5.
    """

    loss: ReconstructionLoss
    # Weight of the divergence.
    beta: float
    corruption: Corruption | None = None
    # Variance of standardised rows around their reconstruction; None: the mean squared error of the evaluated rows.
    noise_variance: float | None = None

    part_names = ("reconstruction_loss", "kl_divergence")
    uses_random_numbers = True

    @property
    def numbers(self):
        """Weight of the divergence, minimum noise variance, and the numbers of the noise."""
        return super().numbers | {"beta": self.beta, "min_variance": min_variance(self.loss.standardization)}

    def parts(self, networks, fields, numbers):
        """Compute the loss of reconstructions from drawn codes, and the divergence."""
        import tensorflow as tf

        rows = fields[0]
        seen = rows if self.corruption is None else self.corruption.apply(networks, fields[-1], numbers)
        means, log_variances = tf.split(networks.encode(seen), 2, axis=1)
        # KL(N(means, variances) || N(0, I)), summed over the code [1, eq. 10].
        terms = tf.exp(log_variances) + tf.square(means) - 1 - log_variances
        divergence = networks.mean(tf.reduce_sum(terms, axis=1) / 2)
        outputs = networks.decode(means + tf.exp(log_variances / 2) * networks.normal(means))
        return [networks.mean(self.loss.of_rows(rows, outputs, numbers)), divergence], networks.n_rows

    def combine(self, means, numbers):
        loss, divergence = means
        if self.loss.kind != "mse":
            likelihood = self._n_features * loss
        elif isinstance(loss, float):
            variance = (loss if self.noise_variance is None else self.noise_variance) + numbers["min_variance"]
            likelihood = self._n_features / 2 * (np.log(2 * np.pi * variance) + loss / variance)
        else:
            import tensorflow as tf

            likelihood = self._n_features / 2 * (1 + np.log(2 * np.pi) + tf.math.log(loss + numbers["min_variance"]))
        return likelihood + numbers["beta"] * divergence

    def fitted_to(self, means):
        """Fix the noise variance at the mean squared error of training rows."""
        return replace(self, noise_variance=float(means[0]))

    def in_units_of_X(self, value, loss, divergence):
        """Convert the density to one per unit of X, and the loss; the divergence has no unit."""
        if self.loss.kind == "mse":
            value += self._n_features * np.log(self.loss.standardization.scale)
        return value, self.loss.in_units_of_X(loss), divergence

    @property
    def _n_features(self):
        return self.loss.standardization.mean.size


def min_variance(standardization):
    """Return the minimum noise variance of standardised rows."""
    deviations = standardization.deviations
    if deviations is None or not deviations.any():
        return _MAX_MIN_VARIANCE
    smallest = np.square(deviations[deviations > 0].min() / standardization.scale)
    return float(np.clip(_MIN_SHARE_OF_COLUMN * smallest, _ROUNDING, _MAX_MIN_VARIANCE))
