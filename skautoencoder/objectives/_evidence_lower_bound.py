"""The objective of variational autoencoders: the negative evidence lower bound."""

from dataclasses import dataclass, field, replace

import numpy as np

from ..noises import Corruption
from ._base import Objective
from ._losses import ReconstructionLoss

# Smallest variance of standardised rows around their reconstruction: at 0 the density would be infinite.
_LEAST_VARIANCE = 1e-10


@dataclass(frozen=True)
class EvidenceLowerBound(Objective):
    """Negative evidence lower bound in nats per row, with a weighted divergence [1]_.

    With squared error the rows are Gaussian around the reconstruction, with one variance for all features that in
    training is always the best one, the mean squared error itself [2]_; with binary crossentropy they are Bernoulli.

    Parameters
    ----------
    loss : ReconstructionLoss
    beta : float
        Weight of the divergence.
    corruption : Corruption, default=Corruption()
        What the encoder sees of rows.
    noise_variance : float or None, default=None
        Variance of standardised rows around the reconstruction. If None, it is the mean squared error of the rows that
        are measured.

    References
    ----------
    .. [1] Kingma & Welling (2014). Auto-encoding variational Bayes. ICLR.
    .. [2] Rybkin, Daniilidis & Levine (2021). Simple and effective VAE training with calibrated decoders. ICML, eq. 5.
    """

    loss: ReconstructionLoss
    beta: float
    corruption: Corruption = field(default_factory=Corruption)
    noise_variance: float | None = None

    part_names = ("reconstruction_loss", "kl_divergence")
    uses_random_numbers = True

    @property
    def key(self):
        """Loss and kind of noise."""
        return type(self), self.loss.key, self.corruption.key

    @property
    def numbers(self):
        """Weight of the divergence, and what the noise needs to know."""
        return {"beta": self.beta} | self.corruption.numbers

    def parts(self, networks, fields, numbers):
        """Compute the reconstruction loss of drawn codes and the divergence of a batch; see `Objective`."""
        import tensorflow as tf

        rows, seen = self.corruption.apply(networks, fields, numbers)
        means, log_variances = tf.split(networks.encode(seen), 2, axis=1)
        # KL(N(means, variances) || N(0, I)), summed over the code [1, eq. 10].
        terms = tf.exp(log_variances) + tf.square(means) - 1 - log_variances
        divergence = networks.mean(tf.reduce_sum(terms, axis=1) / 2)
        outputs = networks.decode(means + tf.exp(log_variances / 2) * networks.normal(means))
        return [networks.mean(self.loss.of_rows(rows, outputs, numbers)), divergence], networks.n_rows

    def combine_tensors(self, means, numbers):
        """Return the negative evidence lower bound, as a tensor."""
        import tensorflow as tf

        loss, divergence = means
        if self.loss.kind == "mse":
            likelihood = self._n_features / 2 * (1 + np.log(2 * np.pi) + tf.math.log(loss + _LEAST_VARIANCE))
        else:
            likelihood = self._n_features * loss
        return likelihood + numbers["beta"] * divergence

    def combine(self, loss, divergence):
        """Return the negative evidence lower bound."""
        if self.loss.kind == "mse":
            variance = (loss if self.noise_variance is None else self.noise_variance) + _LEAST_VARIANCE
            likelihood = self._n_features / 2 * (np.log(2 * np.pi * variance) + loss / variance)
        else:
            likelihood = self._n_features * loss
        return likelihood + self.beta * divergence

    def fitted_to(self, means):
        """Hold the noise variance at the mean squared error of training rows; see `Objective`."""
        return replace(self, noise_variance=float(means[0]))

    def in_units_of_X(self, value):
        """Take a density per unit of what training sees into one per unit of X."""
        return value + self._n_features * self.loss.power / 2 * np.log(self.loss.standardization.scale)

    def parts_in_units_of_X(self, loss, divergence):
        """Take the loss into the units of X; the divergence has none."""
        return self.loss.in_units_of_X(loss), divergence

    @property
    def _n_features(self):
        return self.loss.standardization.mean.size
