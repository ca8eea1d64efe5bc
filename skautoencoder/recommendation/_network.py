"""The network of a recommender: an autoencoder whose rows are the items, with their ratings by all users (AutoRec)."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..networks import DenseAutoencoder, DenseNetwork, Layer
from ..objectives import HiddenEntries, ReconstructionLoss
from ..rows import ArrayRows, Observed, Split, Standardization, row_blocks, taken
from ..training.plan import FitPlan, TrainingState
from ..training.planning import chosen_batch_size
from ._rated_rows import RatedRows

# Maximum size of the matrix that the network sees; users with few ratings are left out of larger ones.
_MAX_CELLS = 2**23
# Copies of the items, with other ratings dropped, add up to about this many rows.
_ROWS_SHOWN = 2**13
_MAX_COPIES = 10
_BLOCK_MEBIBYTES = 8


class ItemRows:
    """What the network sees of items: their ratings less the biases, by the users with the most ratings.

    Residuals are divided by their standard deviation, that of the ratings that training sees.
    """

    def __init__(self, known, biases):
        n_items = known.observed.shape[1]
        n_ratings = known.observed.mask.sum(axis=1)
        self.users = np.sort(np.argsort(-n_ratings, kind="stable")[: max(_MAX_CELLS // n_items, 1)])
        residuals = biases.residuals(known, known.observed.values)
        self._scale = float(np.sqrt(residuals.data @ residuals.data / residuals.nnz)) or 1.0

    def of(self, known, biases, ratings):
        """Return residuals of ratings, given known ratings of the same users, with a row for each item."""
        residuals = biases.residuals(known, ratings.values)
        values = residuals[self.users].T.tocsr() / self._scale
        return Observed(values, ratings.mask[self.users].T.tocsr())

    def codes(self, autoencoder, known, biases):
        """Return the network's code of each item, given its known ratings."""
        rows = _complete(self.of(known, biases, known.observed))
        blocks = row_blocks(len(rows), 8 * sum(rows.widths), _BLOCK_MEBIBYTES)
        codes = [autoencoder.encode(taken(rows, np.arange(block.start, block.stop))[0]) for block in blocks]
        return np.concatenate(codes).astype(np.float64)


def plan_network(options, item_rows, known, hidden, biases, random_state):
    """Return the plan of training: the network learns the known ratings, and hidden ones decide which epoch is kept."""
    seen = item_rows.of(known, biases, known.observed)
    n_items, n_users = seen.shape
    n_copies = int(np.clip(_ROWS_SHOWN // n_items, 1, _MAX_COPIES))
    rows = RatedRows(seen, options.noise_level, n_copies, random_state)
    items = np.arange(n_items)
    complete, _ = taken(_complete(seen), items)
    _, targets = taken(_complete(item_rows.of(known, biases, hidden)), items)
    has_targets = not np.isnan(targets).all()
    return FitPlan(
        start=_untrained(options, n_users, random_state),
        objective=HiddenEntries(ReconstructionLoss(options.loss, Standardization.none(n_users))),
        split=Split(
            rows=rows,
            training=np.arange(len(rows)),
            validation_rows=ArrayRows(complete, targets),
            validation=items,
            is_weighted=False,
        ),
        options=replace(
            options.training,
            batch_size=chosen_batch_size(options.training.batch_size, len(rows)),
            epochs=options.training.epochs if has_targets else 0,
        ),
        state=TrainingState(random_state),
        keeps_best=True,
    )


def _complete(observed):
    return RatedRows(observed, 0.0, 1, np.random.RandomState(0))


def _untrained(options, n_users, random_state):
    """Return a random network from ratings and their mask, through a code of sigmoid units, to ratings."""
    sizes = options.hidden_layer_sizes
    activations = [options.activation] * len(sizes)
    encoder = _layers([2 * n_users, *sizes, options.encoding_dim], [*activations, "sigmoid"], random_state)
    decoder = _layers([options.encoding_dim, *sizes[::-1], n_users], [*activations, "linear"], random_state)
    return DenseAutoencoder(DenseNetwork(encoder), DenseNetwork(decoder))


def _layers(widths, activations, random_state):
    drawn = [Layer.glorot_uniform(*pair, random_state) for pair in pairwise(widths)]
    return tuple(replace(layer, activation=name) for layer, name in zip(drawn, activations, strict=True))
