"""Stacking: the mean of autoencoders, corrected by column means, the nearest rows and normal distributions."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls
from scipy.special import ndtr, ndtri

from ..networks import Autoencoder
from ..starts import FactorAnalysis
from ._corrections import Neighbours, NormalDistribution

# Prior strength of the weights common to all columns, in hidden entries.
_PRIOR_ENTRIES = 40.0
# Minimum mean squared error of a member, in variances.
_MIN_ERROR = 1e-12
# Maximum number of rows that are kept as neighbours, and of their entries.
_MAX_DONORS = 20000
_MAX_DONOR_ENTRIES = 2**21
# Maximum number of columns with a normal distribution, whose time grows with their cube.
_MAX_NORMAL_COLUMNS = 100
# Probabilities of the quantiles that are kept.
_PROBABILITIES = (np.arange(200) + 0.5) / 200
# Prior strengths of the pooled scale and of the pooled shape of errors, in hidden entries.
_PRIOR_OF_SCALE = 40.0
_PRIOR_OF_SHAPE = 200.0


@dataclass(frozen=True)
class Member:
    """A trained autoencoder, and the factor analysis that completes the rows it reads."""

    factors: FactorAnalysis
    autoencoder: Autoencoder
    # Fitted to the same entries; None in wide tables and for a single member.
    distribution: NormalDistribution | None = None

    def expected(self, observed):
        """Return the expected values of all entries of standardised rows."""
        return self.autoencoder.reconstruct(self.factors.complete(observed))


@dataclass(frozen=True)
class Spread:
    """Distribution of the errors of expected values.

    Factor analysis gives the uncertainty of each entry and the correlations of errors within a row. Errors of hidden
    entries, in units of that uncertainty, give the shape of the distribution.
    """

    factors: FactorAnalysis
    # Observed entries of each column, which determine how well loadings and means are known.
    counts: np.ndarray
    # Quantiles of the errors of shape (n_features, n_probabilities), in standard deviations by factor analysis.
    quantiles: np.ndarray

    def fitted(self, errors, columns, sample_weight):
        """Return the same with the quantiles of the errors of hidden entries, given the column and weight of each."""
        if not len(errors):
            return replace(self, quantiles=np.tile(ndtri(_PROBABILITIES), (len(self.counts), 1)))
        of_all = _quantiles(errors, sample_weight)
        scale_of_all = _scale(errors, sample_weight, 0.0, 0.0)
        prior = np.full(len(of_all), _PRIOR_OF_SHAPE / len(of_all))
        quantiles = []
        for column in range(len(self.counts)):
            own = errors[columns == column]
            weights = sample_weight[columns == column]
            # The pooled shape, as wide as the errors of this column.
            ratio = _scale(own, weights, scale_of_all, _PRIOR_OF_SCALE) / scale_of_all
            quantiles.append(_quantiles(np.append(own, ratio * of_all), np.append(weights, prior)))
        return replace(self, quantiles=np.array(quantiles))

    def scale(self, observed):
        """Return the standard deviation of all entries by factor analysis, given the observed ones."""
        return np.sqrt(self._variances(*self.factors.posterior(observed)))

    def shifts(self, n_draws, random_state):
        """Draw the errors of means and loadings, once per draw and shared by all rows."""
        shape = n_draws, self.factors.loadings.shape[1] + 1, len(self.counts)
        return random_state.normal(size=shape) * np.sqrt(self.factors.noise / self.counts)

    def errors(self, observed, shifts, random_state):
        """Draw the errors of all entries of standardised rows once for each of the shifts.

        Returns an array of shape (n_draws, n_rows, n_features).
        """
        means, covariances = self.factors.posterior(observed)
        scale = np.sqrt(self._variances(means, covariances))
        roots = np.linalg.cholesky(covariances)
        found = np.empty((len(shifts), *scale.shape))
        for shift, errors in zip(shifts, found, strict=True):
            factors = np.einsum("ikl,il->ik", roots, random_state.normal(size=means.shape))
            noise = np.sqrt(self.factors.noise) * random_state.normal(size=scale.shape)
            ranks = ndtr((factors @ self.factors.loadings.T + noise + shift[0] + means @ shift[1:]) / scale)
            for column, quantiles in enumerate(self.quantiles):
                errors[:, column] = scale[:, column] * np.interp(ranks[:, column], _PROBABILITIES, quantiles)
        return found

    def _variances(self, means, covariances):
        """Return the variances of all entries: of the factors, of the noise, and of the estimated parameters."""
        loadings = self.factors.loadings
        noise = self.factors.noise
        of_factors = np.einsum("jk,ikl,jl->ij", loadings, covariances, loadings, optimize=True)
        of_parameters = (1 + np.sum(np.square(means), axis=1, keepdims=True)) * noise / self.counts
        return of_factors + noise + of_parameters


@dataclass(frozen=True)
class Blend:
    """The members' mean plus weighted corrections towards column means, the nearest rows and normal distributions.

    A single member has neither corrections nor a spread.
    """

    members: list
    # Weights of the members, in sum 1.
    shares: np.ndarray
    neighbours: Neighbours | None = None
    # Weight of each correction in each column.
    weights: np.ndarray | None = None
    # Distribution of entries around their expected values.
    spread: Spread | None = None

    @classmethod
    def equal(cls, members):
        """Return the plain mean of members."""
        return cls(members, np.full(len(members), 1 / len(members)))

    @classmethod
    def of(cls, members, hidden, observed, sample_weight, random_state):
        """Learn all weights on the entries of standardised rows that each member has not seen.

        Members are weighted by the inverse of their mean squared errors, so that a failed one has hardly any weight.
        Corrections are weighted by non-negative least squares. `hidden` holds a mask of unseen entries per member.
        """
        n_samples, n_features = observed.shape
        n_donors = min(_MAX_DONORS, max(_MAX_DONOR_ENTRIES // n_features, 1))
        if n_donors < n_samples:
            chosen = np.sort(random_state.permutation(n_samples)[:n_donors])
            observed = observed[chosen]
            hidden = [is_hidden[chosen] for is_hidden in hidden]
            sample_weight = None if sample_weight is None else sample_weight[chosen]
        if sample_weight is not None:
            sample_weight = sample_weight / sample_weight.mean()
        completed = []
        errors = []
        examples = []
        products = 0.0
        projections = 0.0
        for member, is_hidden in zip(members, hidden, strict=True):
            seen, unseen = observed.split(is_hidden)
            if n_features <= _MAX_NORMAL_COLUMNS:
                distribution = NormalDistribution.of(seen, member.factors, sample_weight)
                member = replace(member, distribution=distribution)
            completed.append(member)
            expected, corrections = cls.equal([member]).with_neighbours(seen, sample_weight)._parts(seen)
            mask = unseen.mask
            missed = unseen.values - expected
            errors.append(max(np.sum(np.square(missed) * mask) / max(mask.sum(), 1), _MIN_ERROR))
            # Only unseen entries count, each scaled by the member's error.
            weighted = corrections * (mask if sample_weight is None else mask * sample_weight[:, np.newaxis])
            weighted /= errors[-1]
            products += np.einsum("cij,dij->jcd", weighted, corrections, optimize=True)
            projections += np.einsum("cij,ij->jc", weighted, missed, optimize=True)
            is_unseen = mask > 0
            examples.append((seen, *np.nonzero(mask), missed[is_unseen], corrections[:, is_unseen]))
        precisions = 1 / np.array(errors)
        n_hidden = sum(np.count_nonzero(is_hidden) for is_hidden in hidden)
        blend = cls(completed, precisions / precisions.sum()).with_neighbours(observed, sample_weight)
        blend = replace(blend, weights=_column_weights(products, projections, _PRIOR_ENTRIES / max(n_hidden, 1)))
        return replace(blend, spread=blend._spread_of(examples, observed, sample_weight))

    def _spread_of(self, examples, observed, sample_weight):
        """Fit the distribution of the errors of unseen entries."""
        factors = self.members[int(np.argmax(self.shares))].factors
        counts = np.maximum(observed.counts(sample_weight), 1.0)
        spread = Spread(factors, counts, np.zeros((observed.shape[1], 0)))
        errors = [
            (missed - np.sum(self.weights[:, columns] * corrections, axis=0)) / spread.scale(seen)[rows, columns]
            for seen, rows, columns, missed, corrections in examples
        ]
        rows = np.concatenate([example[1] for example in examples])
        columns = np.concatenate([example[2] for example in examples])
        weights = np.ones(len(rows)) if sample_weight is None else sample_weight[rows]
        return spread.fitted(np.concatenate(errors), columns, weights)

    def with_neighbours(self, observed, sample_weight=None):
        """Return the same members with these rows as neighbours."""
        return replace(self, neighbours=Neighbours.of(observed, self._of_members(observed), sample_weight))

    def expected(self, observed, left_out=None):
        """Return the expected values of all entries of standardised rows, observed ones included.

        `left_out` holds, for each row, the index of a neighbour to exclude, such as the row itself; -1 for none.
        """
        if self.neighbours is None:
            return self._of_members(observed)
        expected, corrections = self._parts(observed, left_out)
        return expected + np.einsum("cj,cij->ij", self.weights, corrections)

    def places_of(self, observed):
        """Return the indices of rows among the neighbours, -1 for other rows; None without neighbours."""
        return None if self.neighbours is None else self.neighbours.places_of(observed)

    def samples(self, observed, n_draws, random_state, is_certain):
        """Draw the entries of standardised rows; see `Spread`.

        Yields slices of the rows and draws of shape (n_draws, n_rows, n_features). Columns that are `is_certain` hold
        expected values instead of draws.
        """
        shifts = self.spread.shifts(n_draws, random_state)
        for rows in observed.blocks(n_draws * observed.shape[1] + self.members[0].factors.loadings.shape[1] ** 2):
            errors = self.spread.errors(observed[rows], shifts, random_state)
            yield rows, self.expected(observed[rows]) + np.where(is_certain, 0.0, errors)

    def _of_members(self, observed):
        """Return the weighted mean of the members' expected values."""
        return np.tensordot(self.shares, np.stack([member.expected(observed) for member in self.members]), axes=1)

    def _parts(self, observed, left_out=None):
        """Return the members' mean and its corrections."""
        expected = self._of_members(observed)
        completed = np.where(observed.mask > 0, observed.values, expected)
        # The first correction shrinks to the column mean, which is 0: some columns cannot be predicted.
        corrections = [-expected, self.neighbours.correction(completed, expected, left_out)]
        if self.members[0].distribution is not None:
            by_distributions = [member.distribution.complete(observed) for member in self.members]
            corrections.append(np.tensordot(self.shares, np.stack(by_distributions), axes=1) - expected)
        return expected, np.stack(corrections)


def _column_weights(products, projections, prior):
    """Find the weights of shape (n_corrections, n_features), at least 0 and in sum at most 1 for each column.

    `products` of shape (n_features, n_corrections, n_corrections) holds inner products of corrections over hidden
    entries, `projections` those of corrections and errors. `prior` is the prior strength of the weights common to all
    columns, as a share of all hidden entries.
    """
    n_features, n_corrections = projections.shape
    total = products.sum(axis=0)
    common = _least_squares(total, projections.sum(axis=0))
    ridge = prior * np.trace(total) / n_corrections * np.eye(n_corrections)
    weights = [_least_squares(products[j] + ridge, projections[j] + ridge @ common) for j in range(n_features)]
    return np.array(weights).T


def _least_squares(products, projections):
    """Solve non-negative least squares by the normal equations; scale to a sum of at most 1."""
    values, vectors = np.linalg.eigh(products)
    roots = np.sqrt(np.maximum(values, 1e-12 * max(values[-1], 1e-300)))
    solution = nnls(roots[:, np.newaxis] * vectors.T, vectors.T @ projections / roots)[0]
    return solution / max(solution.sum(), 1.0)


def _scale(errors, weights, prior_scale, prior_weight):
    """Return the root mean square of weighted errors and of a prior one."""
    squares = weights @ np.square(errors) + prior_weight * prior_scale**2
    return max(np.sqrt(squares / (weights.sum() + prior_weight)), 1e-12)


def _quantiles(values, weights):
    """Return the quantiles of weighted values."""
    order = np.argsort(values)
    heights = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(_PROBABILITIES, heights / weights.sum(), values[order])
