"""What training minimises, put together from a reconstruction loss and a penalty."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._parameter_checks import parameters_key

# Of standardised rows around their reconstruction: where that is perfect, the density would be infinite.
_LEAST_VARIANCE = 1e-10


@dataclass(frozen=True)
class Objective:
    """Reconstruction loss plus a weighted penalty.

    Parameters
    ----------
    loss : str or keras.losses.Loss
    penalty : BasePenalty or callable or None
    weight : float
        Of the penalty.
    """

    loss: Any
    penalty: Any = None
    weight: float = 0.0

    is_variational = False
    fills_holes = False
    penalty_name = "penalty"

    @property
    def key(self):
        """Equal for objectives that compile to the same program, whatever the weight; hashable."""
        # A loss object equals itself alone: even Keras' own do not tell all in their configuration.
        return type(self), self.loss, parameters_key(self.penalty)

    @property
    def has_parts(self):
        """Whether it is more than the reconstruction loss."""
        return self.penalty is not None

    def weight_beside(self, unit):
        """Return the weight of the penalty beside a reconstruction loss in this unit of the standardised one."""
        return self.weight * unit

    def combine(self, loss, penalty, weight, n_features, log):
        """Return the objective of mean losses; it takes numbers and tensors.

        Parameters
        ----------
        loss : scalar
            Mean reconstruction loss.
        penalty : scalar
            Mean penalty.
        weight : scalar
            Of the penalty.
        n_features : int
        log : callable
            Natural logarithm.

        Returns
        -------
        scalar
        """
        return loss + weight * penalty if self.has_parts else loss

    def in_units_of_X(self, record, unit, n_features):
        """Name the losses of an epoch, in units of X.

        Parameters
        ----------
        record : dict of str to tuple of float
            Objective, reconstruction loss and penalty of standardised rows, by "loss" and "val_loss".
        unit : float
            Of the reconstruction loss.
        n_features : int

        Returns
        -------
        dict of str to float
        """
        named = {}
        for name, (objective, loss, penalty) in record.items():
            named[name] = float(self._objective_in_units_of_X(objective, unit, n_features))
            if self.has_parts:
                prefix = name.removesuffix("loss")
                named |= {f"{prefix}reconstruction_loss": loss * unit, f"{prefix}{self.penalty_name}": penalty}
        return named

    def _objective_in_units_of_X(self, objective, unit, n_features):
        return objective * unit


class HiddenEntriesLoss(Objective):
    """The reconstruction loss of entries that the encoder has not seen.

    A row holds what the encoder sees and, after it, what the decoder is to find: NaN where nothing is asked for.
    """

    fills_holes = True


class NegativeEvidenceLowerBound(Objective):
    """What a variational autoencoder minimises, in nats per row, beta being the weight of the divergence.

    With squared error the rows are Gaussian around the reconstruction, with one variance for all features that is
    always at its best, the mean squared error itself [1]_; with binary crossentropy they are Bernoulli.

    References
    ----------
    .. [1] Rybkin, Daniilidis & Levine (2021). Simple and effective VAE training with calibrated decoders. ICML, eq. 5.
    """

    is_variational = True
    has_parts = True
    penalty_name = "kl_divergence"

    def weight_beside(self, unit):
        """Return beta: likelihoods have no unit."""
        return self.weight

    def combine(self, loss, penalty, weight, n_features, log):
        """Return the objective of mean losses; see `Objective.combine`."""
        if self.loss == "mse":
            return n_features / 2 * (1 + np.log(2 * np.pi) + log(loss + _LEAST_VARIANCE)) + weight * penalty
        return n_features * loss + weight * penalty

    def _objective_in_units_of_X(self, objective, unit, n_features):
        # A density is per unit of X.
        return objective + n_features / 2 * np.log(unit)
