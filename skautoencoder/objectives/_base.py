"""The interface of objectives."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np


class Objective(ABC):
    """What training minimises: one number, computed from the means of a few parts over rows.

    A subclass computes the parts of a batch as tensors (`parts`) and combines their means (`combine`): tensors for the
    gradient, floats for `history_` and for choosing an epoch.
    """

    # A `ReconstructionLoss`.
    loss: Any
    # A `Corruption` if the encoder sees other rows than the decoder should return.
    corruption = None
    # Names of the parts in `history_`; empty if the objective is its only part.
    part_names = ()
    # Whether rows are evaluated in batches of the size of training, because parts depend on the whole batch or need
    # more memory than one pass through the networks.
    is_evaluated_in_batches = False
    # Whether linear models have the same objective, so that `error` compares a trained network with its start.
    suits_linear_models = False
    # Whether codes and units that are always zero, like their weights, change nothing.
    suits_padding = False

    @property
    def uses_random_numbers(self):
        """Whether parts depend on random numbers."""
        return self.corruption is not None and self.corruption.noise is not None

    @property
    def key(self):
        """Everything that shapes a compiled program: nested tuples of strings, numbers and objects."""
        # Compare loss objects by identity: some Keras get_config() are incomplete.
        key = type(self), self.loss.kind, self.loss.from_logits
        return key if self.corruption is None else (*key, self.corruption.key)

    @property
    def numbers(self):
        """Everything that enters a compiled program as a number: a dict of str to float or ndarray."""
        return self.loss.numbers if self.corruption is None else self.loss.numbers | self.corruption.numbers

    @abstractmethod
    def parts(self, networks, fields, numbers):
        """Compute the mean of each part over a batch, and the weight of these means beside those of other batches.

        `networks` is a `BatchNetworks`; `fields` are the arrays of the rows, float32 tensors of shape (n_rows, width);
        `numbers` holds the property `numbers` as tensors. Return a list of scalar tensors and a scalar tensor.
        """

    def combine(self, means, numbers):
        """Compute the objective from the means of its parts: of tensors a tensor, of floats a float."""
        return means[0]

    def fitted_to(self, means):
        """Fix quantities profiled out of the objective, such as a noise variance, at their value for training rows.

        `means` are those of the parts over training rows. Held-out rows are judged by the objective that is returned,
        so that they do not choose these quantities.
        """
        return self

    def in_units_of_X(self, value, *parts):
        """Convert the objective and its parts into the units of X."""
        return [self.loss.in_units_of_X(number) for number in (value, *parts)]

    def named(self, means, prefix=""):
        """Name the losses of one evaluation: "loss" and, if there are several, the parts, in the units of X.

        `means` are those of the parts over rows and, last, the losses of the networks' layers.
        """
        values = self.in_units_of_X(self._value(means), *map(float, means[:-1]))
        names = ("loss", *self.part_names)
        return {f"{prefix}{name}": float(value) for name, value in zip(names, values, strict=False)}

    def judged(self, losses):
        """Name the losses of an epoch and return the one by which epochs are compared.

        `losses` holds means, as for `named`, by prefix: ``""`` for training rows and, if there are any, ``"val_"`` for
        held-out rows, by which epochs are then compared.
        """
        fitted = self.fitted_to(losses[""])
        named = {}
        for prefix, means in losses.items():
            named |= fitted.named(means, prefix)
        return named, fitted._value(losses.get("val_", losses[""]))

    def error(self, reconstruct, *reference):
        """Compute in NumPy, in the units of X, the error by which a trained network and a linear model are compared.

        `reference` holds rows to reconstruct, their targets if these differ, and their weights or None.
        """
        raise NotImplementedError(f"{type(self).__name__} does not suit linear models.")

    def _value(self, means):
        *parts, of_layers = means
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return float(self.combine(parts, self.numbers) + of_layers)
