"""The fit of a model of ratings: what happens before and after its network is trained."""

from dataclasses import replace

import numpy as np
from scipy.optimize import nnls

from ._kernel_regression import ItemKernelRegression, UserKernelRegression
from ._mask_factorization import MaskFactorization
from ._mask_regression import MaskRegression
from ._matrix_factorization import KnownRatings, MatrixFactorization, MeanFactorization
from ._network import ItemRows, plan_network
from ._rating_model import RatingModel

# Matrix factorisations of which the mean is taken.
_FACTORIZATIONS = 3
# Maximum number of principal components of the network's codes that enter the kernel.
_MAX_DIRECTIONS = 50
# Prior strength of the matrix factorisation alone, in held-out ratings.
_PRIOR_RATINGS = 50


class RatingPlan:
    """Everything but the training of the network.

    A share of the ratings is held out. It decides which epoch of the network is kept, and how much factorisation and
    regressions count. All but the network's weights is then fitted again, to all ratings.
    """

    def __init__(self, options, ratings, scale, sample_weight, random_state):
        """Fit all that the network needs."""
        options.check()
        if scale.is_constant:
            # Nothing is left of equal ratings once their mean is subtracted.
            options = replace(options, training=replace(options.training, epochs=0))
        self._options = options
        self._scale = scale
        observed = scale.standardized(ratings)
        self._all = observed
        self._sample_weight = sample_weight
        self.n_factors = min(options.n_factors, max(min(observed.shape[1] - 1, observed.shape[0]), 1))
        self._random_state = random_state
        self._seed = random_state.randint(2**31 - 1)
        n_ratings = observed.values.nnz
        is_hidden = np.zeros(n_ratings, dtype=bool)
        is_hidden[random_state.permutation(n_ratings)[: int(options.training.validation_fraction * n_ratings)]] = True
        others, self._hidden = observed.split(is_hidden)
        weights = np.ones(observed.shape[0]) if sample_weight is None else sample_weight
        self._hidden_weights = np.repeat(weights, np.diff(self._hidden.values.indptr))
        self._known = KnownRatings(others)
        self._biases = self._factorized(others, 0)
        self._factors = self._mean_factorized(others, self._mask(others))
        self._item_rows = ItemRows(self._known, self._biases)

    def of_network(self):
        """Return the plan by which the network is trained."""
        rows = self._item_rows
        return plan_network(self._options, rows, self._known, self._hidden, self._biases, self._random_state)

    def model(self, fitted):
        """Return the model, given the result of training; an untrained network is left out."""
        autoencoder = fitted.autoencoder if fitted.best_epoch else None
        weights = self._weights(self._models(autoencoder, self._known, self._biases, self._factors))
        counts = weights > 0
        mask = self._mask(self._all)
        known = KnownRatings(self._all)
        biases = self._factorized(self._all, 0)
        models = self._models(autoencoder, known, biases, self._mean_factorized(self._all, mask))
        kept = tuple(model for model, is_kept in zip(models, counts, strict=True) if is_kept)
        of_mask = MaskRegression.of(self._all.mask, mask, self._sample_weight)
        is_rated = self._all.counts() > 0
        return RatingModel(biases, kept, weights[counts], of_mask, self._scale, is_rated)

    def _mask(self, observed):
        return MaskFactorization.of(observed.mask, np.random.RandomState(self._seed), self._sample_weight)

    def _factorized(self, observed, n_factors, mask=None, number=0):
        """Fit a matrix factorisation; the same ratings and number always give the same."""
        random_state = np.random.RandomState([self._seed, number])
        return MatrixFactorization.of(observed, n_factors, random_state, self._sample_weight, mask)

    def _mean_factorized(self, observed, mask):
        numbers = range(_FACTORIZATIONS)
        return MeanFactorization(tuple(self._factorized(observed, self.n_factors, mask, n) for n in numbers))

    def _models(self, autoencoder, known, biases, factors):
        """Return factorisation, regression on users and, with a network, regression on its codes of the items."""
        models = [factors, UserKernelRegression.of(biases, factors, known, self._sample_weight)]
        if autoencoder is not None:
            codes = _principal_components(self._item_rows.codes(autoencoder, known, biases))
            models.append(ItemKernelRegression.of(biases, codes, known, self._sample_weight))
        return models

    def _weights(self, models):
        """Weigh what models add to the biases, by non-negative least squares on the held-out ratings."""
        of_biases = self._biases.expected_entries(self._known, self._hidden.values)
        added = [model.expected_entries(self._known, self._hidden.values) - of_biases for model in models]
        left = self._hidden.values.data - of_biases
        roots = np.sqrt(self._hidden_weights)
        # Pseudo-ratings of unit variance, which the first model predicts.
        prior = np.sqrt(_PRIOR_RATINGS) * np.eye(len(models))
        design = np.vstack([roots[:, np.newaxis] * np.column_stack(added), prior])
        return nnls(design, np.concatenate([roots * left, prior[0]]))[0]


def _principal_components(codes):
    """Return the leading principal components of codes: the kernel sees their distances alone."""
    centred = codes - codes.mean(axis=0)
    return centred @ np.linalg.svd(centred, full_matrices=False)[2][:_MAX_DIRECTIONS].T
