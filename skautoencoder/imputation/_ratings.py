"""Sparse ratings: a matrix factorisation, a network of the columns on top, and how much each of them counts."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.optimize import nnls

from .._checks import check_choice, check_keras_objects, checked_rate, checked_sizes
from .._other_names import named
from ..networks import ACTIVATIONS, DenseAutoencoder, DenseNetwork, Layer
from ..objectives import HiddenEntries, ReconstructionLoss
from ..rows import ArrayRows, Observed, RatedRows, Split, Standardization, row_blocks, taken
from ..starts import KnownRatings, MaskFactorization, MatrixFactorization
from ..training.plan import FitPlan, TrainingOptions, TrainingState
from ..training.planning import chosen_batch_size
from ..training.progress import TrainingProgress
from ..training.run_plan import run_plan
from ._kernel_regression import ColumnKernelRegression, RowKernelRegression
from ._mask_regression import MaskRegression

# Size of the network's code, whose units are sigmoids.
_CODE_SIZE = 500
# Most factors that encoding_dim="auto" stands for.
_MOST_FACTORS = 10
# Matrix factorisations, from different random factors: their mean is better than each.
_STARTS = 3
# Share of the ratings that noise_level="auto" drops from what the network sees.
_NOISE_LEVEL = 0.5
# Most cells of the matrix that the network sees; beyond it, the rows with the fewest ratings are left out.
_MOST_CELLS = 2**23
# Copies of the columns, with other ratings dropped, add up to about this many; no column has more than _MOST_COPIES.
_COLUMNS_SHOWN = 2**13
_MOST_COPIES = 10
# Most directions of the network's code that the ratings of a row are regressed on.
_MOST_DIRECTIONS = 50
# Hidden ratings by which the mean of the starts is assumed to have done best before any is looked at.
_PRIOR_RATINGS = 50
_BLOCK_MEBIBYTES = 8
_LOSSES = ("huber", "mse", "mae")
# Of the starts' factors: what is alike is rated alike, and who is alike rates alike.
_REGRESSIONS = (RowKernelRegression, ColumnKernelRegression)


def fit_ratings(imputer, observed, sample_weight, session, checkpoint):
    """Fit to sparse ratings.

    Parameters
    ----------
    imputer : AutoencoderImputer
        Its parameters count.
    observed : Observed
        Sparse ratings of mean 0 and variance 1; each column has some.
    sample_weight : float64 ndarray of shape (n_samples,) or None
    session : FitSession
    checkpoint : Checkpoint or None

    Returns
    -------
    attributes : dict of str to object
        What the imputer keeps, by name.
    interruption : str
        What to tell the user who interrupted training; empty if nobody did.
    """
    _check_parameters(imputer)
    most_factors = max(min(observed.shape[1] - 1, observed.shape[0]), 1)
    n_factors = min(_MOST_FACTORS, most_factors) if imputer.encoding_dim == "auto" else int(imputer.encoding_dim)
    random_state = session.random_state
    plan = RatingPlan(observed, sample_weight, n_factors, imputer.validation_fraction, random_state)

    def kept(fitted):
        """Return what the imputer keeps of what was found by the network's training."""
        network = fitted.autoencoder if fitted.best_epoch else None
        return {
            "_blend": plan.model(network),
            "encoding_dim_": n_factors,
            "history_": fitted.history,
            "n_iter_": len(fitted.history["loss"]) - 1,
            "best_epoch_": fitted.best_epoch,
        }

    progress = TrainingProgress(type(imputer).__name__, imputer.epochs, None) if imputer.verbose else None
    network_plan = plan.network_plan(imputer, random_state)
    fitted = run_plan(network_plan, session, kept, checkpoint=checkpoint, progress=progress)
    return kept(fitted), fitted.interruption


def moments_of_ratings(observed, sample_weight):
    """Return mean and standard deviation of all ratings, by the weights of the rows."""
    values = observed.values.data
    # In a unit of their own, in which squares can be added up.
    unit = float(np.max(np.abs(values))) or 1.0
    weights = None if sample_weight is None else np.repeat(sample_weight, np.diff(observed.values.indptr))
    mean = np.average(values / unit, weights=weights)
    scale = np.sqrt(np.average(np.square(values / unit - mean), weights=weights))
    return float(mean * unit), float(scale * unit) if scale > 1e-10 * abs(mean) else 1.0


def _check_parameters(imputer):
    """Check the parameters against each other."""
    if named(imputer.architecture, ("dense",)) != "dense":
        raise ValueError(
            f"architecture={imputer.architecture!r} with missing_values='implicit': the columns of ratings have no "
            "order that it could see. Leave it at 'dense'."
        )
    _hidden_sizes(imputer)
    check_choice("activation", named(imputer.activation, ACTIVATIONS), ACTIVATIONS)
    check_choice("loss", named(imputer.loss, _LOSSES), _LOSSES)
    check_keras_objects(imputer.loss, imputer.optimizer, imputer.learning_rate, [])


@dataclass(frozen=True)
class RatingModel:
    """Expected ratings: biases, plus weighted sums of what other models add to them.

    Parameters
    ----------
    models : tuple of MatrixFactorization, RowKernelRegression and ColumnKernelRegression
        Biases alone, the starts, kernels on their factors and, if there is a network, its code as factors of columns;
        those that count.
    weights : float64 ndarray of shape (n_models - 1,)
        How much the models after the first one count.
    mask : MaskRegression
        Who rated what.
    """

    models: tuple
    weights: np.ndarray
    mask: MaskRegression

    # There are no draws of ratings.
    spread = None

    def expected(self, observed, left_out=None):
        """Return the expected ratings of rows as an array; see `Blend`. Rows of the fit are not kept."""
        known = KnownRatings(observed)
        biases, *others = (model.expected(known) for model in self.models)
        return biases + sum(weight * (other - biases) for weight, other in zip(self.weights, others, strict=True))

    def places_of(self, observed):
        """Return None: rows of the fit are not kept."""
        return None


class RatingPlan:
    """All that a fit to ratings decides before and after its network is trained.

    A share of the ratings is hidden, to find out whether who rated what helps, which epoch of the network is best, and
    how much start and network count. What is kept is fitted to all ratings then, but for the network's weights.

    Parameters
    ----------
    observed : Observed
        Sparse ratings of mean 0 and variance 1.
    sample_weight : float64 ndarray of shape (n_samples,) or None
        How often each row counts.
    n_factors : int
    validation_fraction : float
        Share of the ratings that is hidden.
    random_state : RandomState
    """

    def __init__(self, observed, sample_weight, n_factors, validation_fraction, random_state):
        self._all = observed
        self._sample_weight, self._n_factors = sample_weight, n_factors
        self._seed = random_state.randint(2**31 - 1)
        n_ratings = self._all.values.nnz
        is_hidden = np.zeros(n_ratings, dtype=bool)
        is_hidden[random_state.permutation(n_ratings)[: int(validation_fraction * n_ratings)]] = True
        self._others, self._hidden = self._all.split(is_hidden)
        self._known = KnownRatings(self._others)
        weights = np.ones(observed.shape[0]) if sample_weight is None else sample_weight
        self._hidden_weights = np.repeat(weights, np.diff(self._hidden.values.indptr))
        self._biases = self._factorized(self._others, 0)
        masks = self._mask(self._others), None
        starts = [self._factorized(self._others, n_factors, mask) for mask in masks]
        errors = [self._hidden_weights @ np.square(self._found(start) - self._hidden.values.data) for start in starts]
        best = int(errors[1] < errors[0])
        self._uses_mask = masks[best] is not None
        self._starts = [starts[best], *self._further(self._others, masks[best])]

    def network_plan(self, imputer, random_state):
        """Return the plan by which the network is trained: its rows are the columns of X.

        It sees how far ratings are from the biases.

        Parameters
        ----------
        imputer : AutoencoderImputer
            Its parameters count.
        random_state : RandomState

        Returns
        -------
        FitPlan
        """
        n_features = self._all.shape[1]
        counts = self._others.mask.sum(axis=1)
        most = max(_MOST_CELLS // n_features, 1)
        self._people = np.sort(np.argsort(-counts, kind="stable")[:most])
        residuals = self._residuals(self._known, self._others, self._biases)
        squares = residuals.values.data @ residuals.values.data
        self._residual_scale = float(np.sqrt(squares / residuals.values.nnz)) or 1.0
        hidden = self._residuals(self._known, self._hidden, self._biases)
        n_copies = int(np.clip(_COLUMNS_SHOWN // n_features, 1, _MOST_COPIES))
        share = _NOISE_LEVEL if imputer.noise_level == "auto" else imputer.noise_level
        rows = RatedRows(self._network_rows(residuals), share, n_copies, random_state)
        columns = np.arange(n_features)
        seen, _ = taken(self._complete_rows(residuals), columns)
        _, targets = taken(self._complete_rows(hidden), columns)
        is_judged = not np.isnan(targets).all()
        n_people, loss = len(self._people), named(imputer.loss, _LOSSES)
        return FitPlan(
            start=_untrained(n_people, _hidden_sizes(imputer), named(imputer.activation, ACTIVATIONS), random_state),
            objective=HiddenEntries(ReconstructionLoss(loss, Standardization.none(n_people))),
            split=Split(
                rows=rows,
                training=np.arange(len(rows)),
                validation_rows=ArrayRows(seen, targets),
                validation=columns,
                is_weighted=False,
            ),
            options=TrainingOptions(
                optimizer=imputer.optimizer,
                learning_rate=checked_rate(imputer.learning_rate),
                weight_decay=imputer.weight_decay,
                batch_size=chosen_batch_size(imputer.batch_size, len(rows)),
                epochs=imputer.epochs if is_judged else 0,
                patience=imputer.patience,
            ),
            state=TrainingState(random_state),
            keeps_best=True,
        )

    def model(self, autoencoder):
        """Return the model that is kept.

        Parameters
        ----------
        autoencoder : Autoencoder or None
            The trained network; None if it is no better than the biases.

        Returns
        -------
        RatingModel
        """
        of_starts = self._biases, self._starts, self._known, self._sample_weight
        others = [*self._starts, *(regression.of(*of_starts) for regression in _REGRESSIONS)]
        if autoencoder is not None:
            codes = self._codes(autoencoder, self._known, self._biases)
            mean = codes.mean(axis=0)
            directions = np.linalg.svd(codes - mean, full_matrices=False)[2][:_MOST_DIRECTIONS].T
            others.append(self._starts[0].with_factors((codes - mean) @ directions, self._others, self._sample_weight))
        weights = self._shares([self._found(model) for model in others])
        factors = self._mask(self._all)
        given = factors if self._uses_mask else None
        biases = self._factorized(self._all, 0)
        starts = [self._factorized(self._all, self._n_factors, given), *self._further(self._all, given)]
        known = KnownRatings(self._all)
        counted = [start for start, weight in zip(starts, weights, strict=False) if weight]
        of_regressions = zip(_REGRESSIONS, weights[_STARTS:], strict=False)
        of_starts = biases, starts, known, self._sample_weight
        counted += [regression.of(*of_starts) for regression, weight in of_regressions if weight]
        if autoencoder is not None and weights[-1]:
            codes = self._codes(autoencoder, known, biases)
            counted.append(starts[0].with_factors((codes - mean) @ directions, self._all, self._sample_weight))
        mask = MaskRegression.of(self._all.mask, factors, self._sample_weight)
        return RatingModel((biases, *counted), weights[weights > 0], mask)

    def _mask(self, observed):
        return MaskFactorization.of(observed.mask, np.random.RandomState(self._seed), self._sample_weight)

    def _factorized(self, observed, n_factors, mask=None, number=0):
        """Fit a matrix factorisation; the same ratings and number always give the same."""
        random_state = np.random.RandomState([self._seed, number])
        return MatrixFactorization.of(observed, n_factors, random_state, self._sample_weight, mask)

    def _further(self, observed, mask):
        """Fit the matrix factorisations that the first one is averaged with."""
        return [self._factorized(observed, self._n_factors, mask, number) for number in range(1, _STARTS)]

    def _found(self, model):
        """Return what a model finds for the hidden ratings."""
        return model.expected_entries(self._known, self._hidden.values)

    def _shares(self, found):
        """Find how much models count that find these numbers for the hidden ratings, beside the biases."""
        of_biases = self._found(self._biases)
        added = [of_model - of_biases for of_model in found]
        missing = self._hidden.values.data - of_biases
        roots = np.sqrt(self._hidden_weights)
        # As many ratings more, of unit variance, which the mean of the starts finds.
        prior = np.sqrt(_PRIOR_RATINGS) * np.eye(len(added))
        design = np.vstack([roots[:, np.newaxis] * np.column_stack(added), prior])
        return nnls(design, np.concatenate([roots * missing, prior[:_STARTS].mean(axis=0)]))[0]

    def _residuals(self, known, observed, biases):
        """Return how far ratings of the same rows are from the biases that are found from known ones."""
        return Observed(biases.residuals(known, observed.values), observed.mask)

    def _network_rows(self, residuals):
        """Return residuals as the network sees them: a row for each column of X, of unit variance."""
        values, mask = (part[self._people].T.tocsr() for part in (residuals.values, residuals.mask))
        return Observed(values / self._residual_scale, mask)

    def _complete_rows(self, residuals):
        return RatedRows(self._network_rows(residuals), 0.0, 1, np.random.RandomState(0))

    def _codes(self, autoencoder, known, biases):
        """Return the network's code of each column of X."""
        rows = self._complete_rows(self._residuals(known, known.observed, biases))
        blocks = row_blocks(len(rows), 8 * sum(rows.widths), _BLOCK_MEBIBYTES)
        seen = (taken(rows, np.arange(block.start, block.stop))[0] for block in blocks)
        return np.concatenate([autoencoder.encode(block) for block in seen]).astype(np.float64)


def _untrained(n_people, hidden_sizes, activation, random_state):
    """Make a network that sees ratings and a mask of them."""

    def layers(widths, activations):
        pairs = pairwise(widths)
        drawn = [Layer.glorot_uniform(*pair, random_state) for pair in pairs]
        return tuple(replace(layer, activation=name) for layer, name in zip(drawn, activations, strict=True))

    activations = [activation] * len(hidden_sizes)
    encoder = layers([2 * n_people, *hidden_sizes, _CODE_SIZE], [*activations, "sigmoid"])
    decoder = layers([_CODE_SIZE, *hidden_sizes[::-1], n_people], [*activations, "linear"])
    return DenseAutoencoder(DenseNetwork(encoder), DenseNetwork(decoder))


def _hidden_sizes(imputer):
    """Return the sizes of the hidden layers; "auto" stands for none."""
    return checked_sizes("hidden_layer_sizes", imputer.hidden_layer_sizes) or ()
