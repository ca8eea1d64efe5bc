"""Stacking: the mean of autoencoders, corrected by column means, the nearest rows and normal distributions."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from ..networks import Autoencoder
from ..starts import FactorAnalysis
from ._corrections import Neighbours, NormalDistribution
from ._spread import Spread

# Prior strength of the weights common to all columns, in hidden entries.
_PRIOR_ENTRIES = 40.0
# Minimum mean squared error of a member, in variances.
_MIN_ERROR = 1e-12
# Maximum number of rows that are kept as neighbours, and of their entries.
_MAX_DONORS = 20000
_MAX_DONOR_ENTRIES = 2**21
# Maximum number of columns with a normal distribution, whose time grows with their cube.
_MAX_NORMAL_COLUMNS = 100


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
