"""The fit of the autoencoders of an imputer: one after the other, each with entries of its own hidden."""

from functools import partial

import numpy as np

from .._checks import check_activations, check_choice, check_keras_objects, checked_rate, checked_sizes
from .._other_names import named
from ..networks import ACTIVATIONS
from ..objectives import HiddenEntries, ReconstructionLoss
from ..rows import ArrayRows, IncompleteRows, Split, Standardization, drawn_by_groups
from ..starts import FactorAnalysis, column_shares, start_at_factor_analysis
from ..training.plan import FitPlan, TrainingOptions, TrainingState
from ..training.planning import chosen_batch_size
from ..training.progress import TrainingProgress
from ..training.run_plan import run_plan
from ._blend import Blend, Member

_LOSSES = ("huber", "mse", "mae")
# Most factors that encoding_dim="auto" stands for: the time of factor analysis grows with their square.
_MOST_CODES = 20
# Copies of the rows, with different entries hidden, add up to about this many rows; no row has more than _MOST_COPIES.
_ROWS_SHOWN = 2**15
_MOST_COPIES = 10
# Bounds of the share of entries that noise_level="auto" hides.
_NOISE_LEVELS = 0.2, 0.5
# Most entries of the rows that are held out, and of the rows that measure the start, so that they fit into memory.
_MEMORY_ELEMENTS = 2**21
# A member does not see one of so many parts of the observed entries.
_HIDDEN_PARTS = 10


def check_members(imputer, architecture, n_features):
    """Check the parameters of an `AutoencoderImputer` against each other and X."""
    checked_sizes("hidden_layer_sizes", imputer.hidden_layer_sizes)
    check_activations(activation=named(imputer.activation, ACTIVATIONS))
    check_choice("loss", named(imputer.loss, _LOSSES), _LOSSES)
    if not architecture.suits_pca_start:
        raise ValueError(
            f"architecture={imputer.architecture!r} cannot start at factor analysis. Choose 'dense', "
            "ConvolutionalArchitecture or RecurrentArchitecture."
        )
    architecture.check(n_features)
    check_keras_objects(imputer.loss, imputer.optimizer, imputer.learning_rate, [])


def fit_members(imputer, architecture, observed, groups, sample_weight, session, checkpoints):
    """Fit autoencoders one after the other, and weigh them by the entries that each has not seen.

    Parameters
    ----------
    imputer : AutoencoderImputer
        Its parameters count.
    architecture : BaseArchitecture
    observed : Observed
        Standardised rows.
    groups : int ndarray of shape (n_features,) or None
        Columns with the same number are hidden together. If None, each column by itself.
    sample_weight : float64 ndarray of shape (n_samples,) or None
    session : FitSession
    checkpoints : list of Checkpoint or None
        One for each autoencoder. A single one sees all observed entries and stands for itself.

    Returns
    -------
    attributes : dict of str to object
        Fitted attributes by name.
    interruption : str
        What to tell the user who interrupted training; empty if nobody did.
    """
    random_state = session.random_state
    hidden = _hidden_parts(observed, groups, len(checkpoints), random_state) if len(checkpoints) > 1 else []
    seeds = random_state.randint(2**31 - 1, size=len(hidden))
    members, fits = [], []
    for number, checkpoint in enumerate(checkpoints):
        seen, generator, name = observed, random_state, type(imputer).__name__
        if hidden:
            seen, generator = observed.split(hidden[number])[0], np.random.RandomState(seeds[number])
            name = f"{name} {number + 1} of {len(hidden)}"
        plan, factors, shares = plan_member(imputer, architecture, seen, groups, sample_weight, generator)
        progress = TrainingProgress(name, imputer.epochs, None) if imputer.verbose else None
        fitted_so_far = partial(_attributes_with, members, fits, factors, shares)
        fitted = run_plan(plan, session, fitted_so_far, checkpoint=checkpoint, progress=progress)
        members.append(Member(factors, shares, fitted.autoencoder))
        fits.append(fitted)
        if session.is_stopped or fitted.interruption:
            break
    attributes = _attributes(members, fits)
    if hidden:
        attributes["_blend"] = Blend.of(members, hidden[: len(members)], observed, sample_weight, random_state)
    return attributes, fits[-1].interruption


def _attributes_with(members, fits, factors, shares, fitted):
    """Return the fitted attributes of an imputer whose fit had ended with this result of another member."""
    return _attributes([*members, Member(factors, shares, fitted.autoencoder)], [*fits, fitted])


def plan_member(imputer, architecture, observed, groups, sample_weight, random_state):
    """Decide everything about the fit of one autoencoder.

    Returns
    -------
    plan : FitPlan
    factors : FactorAnalysis
        Factor analysis of the observed entries.
    shares : ndarray of shape (n_features,)
        Factors on its expected values; see `column_shares`.
    """
    n_samples, n_features = observed.shape
    counts = observed.counts(sample_weight)
    n_rows = n_samples if sample_weight is None else sample_weight.sum()
    # Empty columns do not count as missing: the share must not depend on whether the architecture keeps them.
    missing_share = 1 - counts.sum() / (n_rows * max(np.count_nonzero(counts), 1))
    most_codes = max(min(n_features - 1, n_samples), 1)
    encoding_dim = min(_MOST_CODES, most_codes) if imputer.encoding_dim == "auto" else int(imputer.encoding_dim)
    factors = FactorAnalysis.of(observed, min(encoding_dim, most_codes), random_state, sample_weight)
    most_rows = max(_MEMORY_ELEMENTS // n_features, 1)
    n_validation = min(int(imputer.validation_fraction * n_samples), most_rows)
    validation, training = np.split(random_state.permutation(n_samples), [n_validation])
    share = np.clip(missing_share, *_NOISE_LEVELS) if imputer.noise_level == "auto" else imputer.noise_level
    rows, validation_rows = (
        IncompleteRows(
            observed[chosen],
            factors,
            share,
            int(np.clip(_ROWS_SHOWN // max(len(chosen), 1), 1, _MOST_COPIES)),
            random_state.randint(2**31 - 1),
            None if sample_weight is None else sample_weight[chosen] / sample_weight.mean(),
            groups,
        )
        for chosen in (training, validation)
    )
    examples, held_out = (source.fields(np.arange(min(len(source), most_rows))) for source in (rows, validation_rows))
    if len(examples[0]) == len(rows):
        rows = ArrayRows(*examples)
    hidden_layer_sizes = checked_sizes("hidden_layer_sizes", imputer.hidden_layer_sizes)
    start = architecture.untrained(
        n_features,
        encoding_dim,
        # A mirror image: wider decoders are chosen by complete rows.
        architecture.default_hidden_layer_sizes if hidden_layer_sizes is None else hidden_layer_sizes,
        activation=named(imputer.activation, ACTIVATIONS),
        code_activation="linear",
        output_activation="linear",
        linear_path=True,
        n_code_outputs=encoding_dim,
        random_state=random_state,
    )
    shares = column_shares(factors, *examples)
    plan = FitPlan(
        start=start_at_factor_analysis(start, factors, shares),
        objective=HiddenEntries(ReconstructionLoss(named(imputer.loss, _LOSSES), Standardization.none(n_features))),
        split=Split(
            rows=rows,
            training=np.arange(len(rows)),
            validation_rows=ArrayRows(*held_out),
            validation=np.arange(len(held_out[0])),
            is_weighted=sample_weight is not None,
        ),
        options=TrainingOptions(
            optimizer=imputer.optimizer,
            learning_rate=checked_rate(imputer.learning_rate),
            weight_decay=imputer.weight_decay,
            batch_size=chosen_batch_size(imputer.batch_size, len(rows)),
            epochs=imputer.epochs if n_validation else 0,
            patience=imputer.patience,
        ),
        state=TrainingState(random_state),
        keeps_best=True,
        reference=examples,
    )
    return plan, factors, shares


def _hidden_parts(observed, groups, n_members, random_state):
    """Draw the observed entries that each member does not see, a tenth of them; members hide different ones."""
    mask = observed.mask > 0
    hidden = []
    for number in range(n_members):
        if number % _HIDDEN_PARTS == 0:
            parts = drawn_by_groups(partial(random_state.randint, _HIDDEN_PARTS), mask.shape, groups)
        is_hidden = mask & (parts == number % _HIDDEN_PARTS)
        # A column of which too little would be left is not hidden.
        hidden.append(is_hidden & (mask.sum(axis=0) - is_hidden.sum(axis=0) > 1))
    return hidden


def _attributes(members, fits):
    """Return the fitted attributes that the user sees, by name; histories are means over the members."""
    n_epochs = max(len(fitted.history["loss"]) for fitted in fits)

    def continued(losses, best_epoch):
        # A member that has ended counts with the loss of the epoch that it keeps.
        return losses + (n_epochs - len(losses)) * [losses[best_epoch]]

    history = {
        name: np.mean([continued(fitted.history[name], fitted.best_epoch) for fitted in fits], axis=0).tolist()
        for name in fits[0].history
    }
    return {
        "_blend": Blend.equal(members),
        "encoding_dim_": members[0].autoencoder.encoding_dim,
        "history_": history,
        "n_iter_": n_epochs - 1,
        "best_epoch_": max(fitted.best_epoch for fitted in fits),
    }
