"""Autoencoders, their starts, the mean and neighbours, each weighed by how well it finds hidden entries."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls

from ..networks import Autoencoder
from ..starts import FactorAnalysis
from ._neighbours import Neighbours
from ._normal_distribution import NormalDistribution
from ._spread import Spread

# Hidden entries that the weights common to all columns count for in the weights of one column.
_PRIOR_ENTRIES = 40.0
# Smallest mean squared error of hidden entries that is told from none, in variances.
_LEAST_ERROR = 1e-12
# Most rows that are kept as neighbours, and most entries of them.
_MOST_DONORS, _MOST_DONOR_ENTRIES = 20000, 2**21
# Most columns of tables whose members have a normal distribution beside them: its time grows with their cube.
_MOST_NORMAL_COLUMNS = 100


@dataclass(frozen=True)
class Member:
    """One trained autoencoder, and the factor analysis that completes what it sees and that it started from.

    Parameters
    ----------
    factors : FactorAnalysis
    shares : ndarray of shape (n_features,)
        Factors on the expected values of factor analysis; see `column_shares`.
    autoencoder : Autoencoder
    distribution : NormalDistribution or None, default=None
        Normal distribution of the rows that the member has seen; None in wide tables.
    """

    factors: FactorAnalysis
    shares: np.ndarray
    autoencoder: Autoencoder
    distribution: NormalDistribution | None = None

    def with_distribution(self, observed, sample_weight):
        """Return the same member beside the normal distribution of the rows that it has seen."""
        return replace(self, distribution=NormalDistribution.of(observed, self.factors, sample_weight))

    def expected(self, observed):
        """Return what the autoencoder and what its start expect of all entries of standardised rows."""
        completed = self.factors.complete(observed)
        kernel, bias = self.factors.encoding
        linear = (completed @ kernel + bias) @ self.factors.loadings.T + self.factors.mean
        return self.autoencoder.reconstruct(completed), linear * self.shares


@dataclass(frozen=True)
class Blend:
    """The mean of autoencoders, changed towards other means: of their starts, of the column, of normal distributions.

    Neighbours change it, too.

    Parameters
    ----------
    members : list of Member
    shares : ndarray of shape (n_members,)
        Weights of the members in means, in sum 1.
    neighbours : Neighbours or None, default=None
        If None, nothing changes what the autoencoders expect.
    weights : ndarray of shape (n_changes, n_features) or None, default=None
        Weight of each change in each column.
    spread : Spread or None, default=None
        How far entries may be from what is expected; None without neighbours.
    """

    members: list
    shares: np.ndarray
    neighbours: Neighbours | None = None
    weights: np.ndarray | None = None
    spread: Spread | None = None

    @property
    def encoding_dim(self):
        """Size of the members' codes."""
        return self.members[0].autoencoder.encoding_dim

    @classmethod
    def equal(cls, members):
        """Return the plain mean of autoencoders, without neighbours."""
        return cls(members, np.full(len(members), 1 / len(members)))

    @classmethod
    def of(cls, members, hidden, observed, sample_weight, random_state):
        """Find all weights by entries that were hidden from the members.

        Members weigh by the inverse of their mean squared errors, so that one that has failed counts for nothing;
        changes by non-negative least squares.

        Parameters
        ----------
        members : list of Member
        hidden : list of bool ndarray of shape (n_samples, n_features)
            Observed entries that each member has not seen in its fit.
        observed : Observed
            Standardised rows of the fit.
        sample_weight : float64 ndarray of shape (n_samples,) or None
        random_state : RandomState
            Draws the rows that are kept as neighbours, if there are too many.

        Returns
        -------
        Blend
        """
        n_samples, n_features = observed.shape
        n_donors = min(_MOST_DONORS, max(_MOST_DONOR_ENTRIES // n_features, 1))
        if n_donors < n_samples:
            chosen = np.sort(random_state.permutation(n_samples)[:n_donors])
            observed, hidden = observed[chosen], [is_hidden[chosen] for is_hidden in hidden]
            sample_weight = None if sample_weight is None else sample_weight[chosen]
        if sample_weight is not None:
            sample_weight = sample_weight / sample_weight.mean()
        products, projections, errors, examples = 0.0, 0.0, [], []
        is_narrow, fitted = n_features <= _MOST_NORMAL_COLUMNS, []
        for member, is_hidden in zip(members, hidden, strict=True):
            others, asked = observed.split(is_hidden)
            fitted.append(member.with_distribution(others, sample_weight) if is_narrow else member)
            expected, changes = cls.equal(fitted[-1:]).beside(others, sample_weight)._parts(others)
            values, mask = asked.dense()
            missed = values - expected
            errors.append(max(np.sum(np.square(missed) * mask) / max(mask.sum(), 1), _LEAST_ERROR))
            # Entries that were not hidden weigh nothing; errors count in units of the member's own.
            weighted = changes * (mask if sample_weight is None else mask * sample_weight[:, np.newaxis]) / errors[-1]
            products += np.einsum("cij,dij->jcd", weighted, changes, optimize=True)
            projections += np.einsum("cij,ij->jc", weighted, missed, optimize=True)
            examples.append((others, *np.nonzero(mask), missed[mask > 0], changes[:, mask > 0]))
        precisions = 1 / np.array(errors)
        weights = _column_weights(products, projections, _PRIOR_ENTRIES / max(sum(map(np.count_nonzero, hidden)), 1))
        blend = replace(cls(fitted, precisions / precisions.sum()).beside(observed, sample_weight), weights=weights)
        return replace(blend, spread=blend._spread_of(examples, observed, sample_weight))

    def _spread_of(self, examples, observed, sample_weight):
        """Find how far hidden entries were from what was expected of them."""
        factors = self.members[int(np.argmax(self.shares))].factors
        spread = Spread(factors, np.maximum(observed.counts(sample_weight), 1.0), np.zeros((observed.shape[1], 0)))
        errors = [
            (missed - np.sum(self.weights[:, columns] * changes, axis=0)) / spread.scale(others)[rows, columns]
            for others, rows, columns, missed, changes in examples
        ]
        rows, columns = (np.concatenate([example[number] for example in examples]) for number in (1, 2))
        weights = np.ones(len(rows)) if sample_weight is None else sample_weight[rows]
        return spread.fitted(np.concatenate(errors), columns, weights)

    def beside(self, observed, sample_weight=None):
        """Return the same members beside these rows as neighbours."""
        expected = self._of_members(observed)[0]
        return replace(self, neighbours=Neighbours.of(observed, expected, sample_weight))

    def expected(self, observed, left_out=None):
        """Return what is expected of all entries, observed ones included.

        Parameters
        ----------
        observed : Observed
            Standardised rows.
        left_out : int ndarray of shape (n_samples,), default=None
            Neighbour that each row must not learn from, -1 for none: itself, with entries that are to be found.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
        """
        if self.neighbours is None:
            return self._of_members(observed)[0]
        expected, changes = self._parts(observed, left_out)
        return expected + np.einsum("cj,cij->ij", self.weights, changes)

    def places_of(self, observed):
        """Find rows among the neighbours; return their numbers, -1 for others, or None without neighbours."""
        return None if self.neighbours is None else self.neighbours.places_of(observed)

    def samples(self, observed, n_draws, random_state, is_certain):
        """Draw what entries may be; see `Spread`.

        Parameters
        ----------
        observed : Observed
            Standardised rows.
        n_draws : int
        random_state : RandomState
        is_certain : bool ndarray of shape (n_features,)
            Columns whose expected values are returned instead of draws.

        Yields
        ------
        rows : slice
        drawn : ndarray of shape (n_draws, n_rows, n_features)
        """
        shifts = self.spread.shifts(n_draws, random_state)
        for rows in observed.blocks(n_draws * observed.shape[1] + self.members[0].factors.loadings.shape[1] ** 2):
            errors = self.spread.errors(observed[rows], shifts, random_state)
            yield rows, self.expected(observed[rows]) + np.where(is_certain, 0.0, errors)

    def _of_members(self, observed):
        """Return the means of what autoencoders and of what their starts expect."""
        by_autoencoders, by_starts = zip(*(member.expected(observed) for member in self.members), strict=True)
        return tuple(np.tensordot(self.shares, np.stack(found), axes=1) for found in (by_autoencoders, by_starts))

    def _parts(self, observed, left_out=None):
        """Return what the autoencoders expect, and all changes of it."""
        expected, by_starts = self._of_members(observed)
        values, mask = observed.dense()
        completed = np.where(mask > 0, values, expected)
        changes = [by_starts - expected, -expected, *self.neighbours.changes(completed, expected, left_out)]
        if self.members[0].distribution is not None:
            by_distributions = [member.distribution.complete(observed) for member in self.members]
            changes.append(np.tensordot(self.shares, np.stack(by_distributions), axes=1) - expected)
        return expected, np.stack(changes)


def _column_weights(products, projections, prior):
    """Find the weights with which changes make up for what autoencoders miss.

    Parameters
    ----------
    products : ndarray of shape (n_features, n_changes, n_changes)
        Products of the changes with each other, summed over hidden entries. The first two changes lead to the starts
        and to the mean.
    projections : ndarray of shape (n_features, n_changes)
        Products of the changes with what is missed.
    prior : float
        Share of all hidden entries that the weights common to all columns count for in those of one.

    Returns
    -------
    ndarray of shape (n_changes, n_features)
        Weights, at least 0 and in sum at most 1. If they find hidden entries worse than the starts alone or the mean
        alone, these have all the weight.
    """
    n_features, n_changes = projections.shape
    total = products.sum(axis=0)
    common = _least_squares(total, projections.sum(axis=0))
    ridge = prior * np.trace(total) / n_changes * np.eye(n_changes)
    weights = [_least_squares(products[j] + ridge, projections[j] + ridge @ common) for j in range(n_features)]
    candidates = [np.array(weights), *(np.tile(alone, (n_features, 1)) for alone in np.eye(n_changes)[:2])]
    # By how much squared errors shrink.
    gains = [
        2 * np.sum(candidate * projections) - np.einsum("jc,jcd,jd", candidate, products, candidate)
        for candidate in candidates
    ]
    return candidates[int(np.argmax(gains))].T


def _least_squares(products, projections):
    """Solve non-negative least squares by the normal equations; scale to a sum of at most 1."""
    values, vectors = np.linalg.eigh(products)
    roots = np.sqrt(np.maximum(values, 1e-12 * max(values[-1], 1e-300)))
    solution = nnls(roots[:, np.newaxis] * vectors.T, vectors.T @ projections / roots)[0]
    return solution / max(solution.sum(), 1.0)
