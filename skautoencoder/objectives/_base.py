"""What training asks of an objective."""

from abc import ABC, abstractmethod

import numpy as np


class Objective(ABC):
    """What training minimises: a number made of the means of a few parts over the rows.

    A subclass computes its parts for a batch as tensors (`parts`), and makes one number of them twice: as a tensor, for
    the gradient (`combine_tensors`), and in NumPy, for `history_` and for choosing an epoch (`combine`).

    Attributes
    ----------
    part_names : tuple of str
        Names of the parts in `history_`; empty if the objective is its only part.
    loss : ReconstructionLoss
        Loss of the reconstruction.
    uses_random_numbers : bool
        Whether parts depend on random numbers.
    is_evaluated_in_batches : bool
        Whether rows are evaluated in batches of the size of training, because parts depend on the whole batch or take
        more memory than a pass through the networks.
    suits_linear_models : bool
        Whether a linear model has the same objective, so that `error` compares a trained network with its start.
    suits_padding : bool
        Whether codes and units that are always zero, as are their weights, change nothing.
    """

    part_names = ()
    uses_random_numbers = False
    is_evaluated_in_batches = False
    suits_linear_models = False
    suits_padding = False

    @property
    def from_logits(self):
        """Whether the decoder is trained without the activation of its output."""
        return self.loss.from_logits

    @property
    @abstractmethod
    def key(self):
        """Everything that shapes a compiled program: nested tuples of strings, numbers and objects."""

    @property
    @abstractmethod
    def numbers(self):
        """Everything that is only a number in a compiled program: a dict of str to float32 ndarray."""

    @abstractmethod
    def parts(self, networks, fields, numbers):
        """Compute the parts of a batch, as tensors.

        Parameters
        ----------
        networks : BatchNetworks
            Encoder, decoder, the mean over the rows of the batch, and random numbers.
        fields : list of float32 tensor of shape (n_rows, width)
            Fields of the rows that the objective reads.
        numbers : dict of str to float32 tensor
            `numbers`, in the program.

        Returns
        -------
        means : list of float32 scalar tensor
            Mean of each part.
        weight : float32 scalar tensor
            How much the means count beside those of other batches, such as the number of rows.
        """

    @abstractmethod
    def combine_tensors(self, means, numbers):
        """Make the objective of the means of its parts, as a tensor.

        Parameters
        ----------
        means : list of float32 scalar tensor
            Mean of each part.
        numbers : dict of str to float32 tensor
            `numbers`, in the program.

        Returns
        -------
        float32 scalar tensor
            What a step of training minimises.
        """

    @abstractmethod
    def combine(self, *means):
        """Make the objective of the means of its parts, in NumPy.

        Parameters
        ----------
        *means : float
            Mean of each part.

        Returns
        -------
        float
            Objective of the rows that training sees.
        """

    def fitted_to(self, means):
        """Return the objective by which all rows are judged, held-out ones included.

        A number of the objective that is neither a parameter nor trained, such as a noise variance, is the best one for
        the rows that are measured, which is how training sees it. Held-out rows must not choose it: what is returned
        holds it at its value for training rows.

        Parameters
        ----------
        means : float64 ndarray
            As for `value`, of training rows.

        Returns
        -------
        Objective
            The objective itself if it has no such number.
        """
        return self

    def value(self, means):
        """Compute the objective of one evaluation.

        Parameters
        ----------
        means : float64 ndarray
            Means of the parts and, last, what the networks' own layers add to the objective.

        Returns
        -------
        float
            Objective of the rows that training sees.
        """
        *parts, of_layers = means
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return float(self.combine(*parts) + of_layers)

    def named(self, means, prefix=""):
        """Name the numbers of one evaluation, in the units of X.

        Parameters
        ----------
        means : float64 ndarray
            As for `value`.
        prefix : str, default=""
            Beginning of the names.

        Returns
        -------
        dict of str to float
            "loss" and, if there are several, the parts by name.
        """
        named = {"loss": float(self.in_units_of_X(self.value(means)))}
        named |= dict(zip(self.part_names, self.parts_in_units_of_X(*map(float, means[:-1])), strict=False))
        return {f"{prefix}{name}": number for name, number in named.items()}

    def judged(self, losses):
        """Judge an epoch.

        Parameters
        ----------
        losses : dict of str to float64 ndarray
            Means of an evaluation, as for `value`, by the prefix of their names: none for training rows and, if there
            are any, ``"val_"`` for held-out ones.

        Returns
        -------
        named : dict of str to float
            Losses by name, in the units of X.
        value : float
            The one that decides whether the epoch is kept.
        """
        fitted = self.fitted_to(losses[""])
        named = {}
        for prefix, means in losses.items():
            named |= fitted.named(means, prefix)
        return named, fitted.value(losses.get("val_", losses[""]))

    def in_units_of_X(self, value):
        """Take the objective of the rows that training sees into the units of X.

        Parameters
        ----------
        value : float
            What `combine` returned.

        Returns
        -------
        float
            Objective in the units of X.
        """
        return value

    def parts_in_units_of_X(self, *means):
        """Take the means of the parts into the units of X.

        Parameters
        ----------
        *means : float
            Mean of each part over the rows that training sees.

        Returns
        -------
        sequence of float
            Mean of each part in the units of X.
        """
        return means

    def error(self, reconstruct, *reference):
        """Compute in NumPy the error by which a trained network and a linear model are compared.

        Parameters
        ----------
        reconstruct : callable
            Takes rows to their reconstruction.
        *reference : ndarray or CSR matrix or None
            Rows as `reconstruct` takes them, as it should return them if they are others, and their weights; without
            weights all count the same.

        Returns
        -------
        float
            Error in the units of X.
        """
        raise NotImplementedError(f"{type(self).__name__} does not suit linear models.")
