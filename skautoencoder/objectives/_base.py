"""The interface of objectives."""

from abc import ABC, abstractmethod

import numpy as np


class Objective(ABC):
    """What training minimises: one number, computed from the means of a few parts over rows.

    A subclass computes the parts of a batch as tensors (`parts`) and combines their means (`combine`): tensors for the
    gradient, floats for `history_` and for choosing an epoch.

    Attributes
    ----------
    part_names : tuple of str
        Names of the parts in `history_`; empty if the objective is its only part.
    loss : ReconstructionLoss
        Loss of the reconstruction.
    uses_random_numbers : bool
        Whether parts depend on random numbers.
    is_evaluated_in_batches : bool
        Whether rows are evaluated in batches of the size of training, because parts depend on the whole batch or need
        more memory than one pass through the networks.
    suits_linear_models : bool
        Whether linear models have the same objective, so that `error` compares a trained network with its start.
    suits_padding : bool
        Whether codes and units that are always zero, like their weights, change nothing.
    """

    part_names = ()
    uses_random_numbers = False
    is_evaluated_in_batches = False
    suits_linear_models = False
    suits_padding = False

    @property
    @abstractmethod
    def key(self):
        """Everything that shapes a compiled program: nested tuples of strings, numbers and objects."""

    @property
    @abstractmethod
    def numbers(self):
        """Everything that enters a compiled program as a number: a dict of str to float or ndarray."""

    @abstractmethod
    def parts(self, networks, fields, numbers):
        """Compute the parts of a batch, as tensors.

        Parameters
        ----------
        networks : BatchNetworks
            Encoder, decoder, mean over the rows of the batch, and random numbers.
        fields : list of float32 tensor of shape (n_rows, width)
            Arrays of rows that the objective reads.
        numbers : dict of str to float32 tensor
            The property `numbers`, as tensors.

        Returns
        -------
        means : list of float32 scalar tensor
            Mean of each part.
        weight : float32 scalar tensor
            Weight of these means beside those of other batches, such as the number of rows.
        """

    @abstractmethod
    def combine(self, means, numbers):
        """Compute the objective from the means of its parts.

        Parameters
        ----------
        means : sequence of float32 scalar tensor or of float
            Mean of each part.
        numbers : dict of str to float32 tensor or float
            The property `numbers`, in the form of the means.

        Returns
        -------
        float32 scalar tensor or float
            Objective of the rows that training sees.
        """

    def fitted_to(self, means):
        """Fix quantities profiled out of the objective, such as a noise variance, at their value for training rows.

        Held-out rows are judged by the objective that is returned, so that they do not choose these quantities.

        Parameters
        ----------
        means : float64 ndarray
            Means of the parts over training rows and, last, the losses of the networks' layers.

        Returns
        -------
        Objective
            The objective itself if it has no such quantity.
        """
        return self

    def in_units_of_X(self, value, *parts):
        """Convert the objective and its parts into the units of X.

        Parameters
        ----------
        value : float
            Objective of the rows that training sees.
        *parts : float
            Mean of each part over these rows.

        Returns
        -------
        tuple of float
            Objective and parts in the units of X.
        """
        return value, *parts

    def named(self, means, prefix=""):
        """Name the losses of one evaluation.

        Parameters
        ----------
        means : float64 ndarray
            Means of the parts over rows and, last, the losses of the networks' layers.
        prefix : str, default=""
            Beginning of the names.

        Returns
        -------
        dict of str to float
            "loss" and, if there are several, the parts by name, in the units of X.
        """
        values = self.in_units_of_X(self._value(means), *map(float, means[:-1]))
        names = ("loss", *self.part_names)
        return {f"{prefix}{name}": float(value) for name, value in zip(names, values, strict=False)}

    def judged(self, losses):
        """Name the losses of an epoch and return the one by which epochs are compared.

        Parameters
        ----------
        losses : dict of str to float64 ndarray
            Means, as for `named`, by prefix: ``""`` for training rows, ``"val_"`` for held-out rows, if there are any.

        Returns
        -------
        named : dict of str to float
            Losses by name, in the units of X.
        value : float
            Objective of the held-out rows or, without any, of the training rows.
        """
        fitted = self.fitted_to(losses[""])
        named = {}
        for prefix, means in losses.items():
            named |= fitted.named(means, prefix)
        return named, fitted._value(losses.get("val_", losses[""]))

    def error(self, reconstruct, *reference):
        """Compute in NumPy the error by which a trained network and a linear model are compared.

        Parameters
        ----------
        reconstruct : callable
            Function from rows to their reconstruction.
        *reference : ndarray or CSR matrix or None
            Rows to reconstruct, their targets if these differ, and their weights; None for equal weights.

        Returns
        -------
        float
            Error in the units of X.
        """
        raise NotImplementedError(f"{type(self).__name__} does not suit linear models.")

    def _value(self, means):
        *parts, of_layers = means
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return float(self.combine(parts, self.numbers) + of_layers)
