"""The autoencoders of an imputer, each fitted without a part of the observed entries, and their plans."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from .._checks import check_choice, check_keras_objects, checked_rate, checked_sizes, resolved_architecture
from .._other_names import named
from ..architectures import ARCHITECTURES
from ..networks import ACTIVATIONS
from ..objectives import HiddenEntries, ReconstructionLoss
from ..rows import ArrayRows, IncompleteRows, Split, Standardization, drawn_by_groups
from ..starts import FactorAnalysis, column_shares, start_at_factor_analysis
from ..training.epochs import chosen_batch_size
from ..training.plan import FitPlan, TrainingOptions, TrainingState
from ..training.progress import TrainingProgress
from ..training.run_plan import run_plan
from ._blend import Blend, Member

_LOSSES = ("huber", "mse", "mae")
# Maximum number of factors with encoding_dim="auto": the time of factor analysis grows with their square.
_MAX_CODES = 20
# Copies of the rows, with different entries hidden, add up to about _ROWS_SHOWN; a row has at most _MAX_COPIES.
_ROWS_SHOWN = 2**15
_MAX_COPIES = 10
# Range of the share of entries that noise_level="auto" hides.
_NOISE_LEVELS = 0.2, 0.5
# Maximum number of entries of held-out rows, and of rows that measure the start, which are kept in memory.
_MEMORY_ELEMENTS = 2**21
# Each member is trained without one of this many parts of the observed entries.
_HIDDEN_PARTS = 10


@dataclass(frozen=True)
class MemberOptions:
    """Resolved parameters of an imputer for the fits of its autoencoders: objects and standard names."""

    architecture: Any
    encoding_dim: int | str
    # None: the default of the architecture.
    hidden_layer_sizes: tuple | None
    activation: str
    loss: str
    noise_level: float | str
    training: TrainingOptions
    # None: show no progress.
    progress_name: str | None

    @classmethod
    def of(cls, estimator_name, parameters):
        """Resolve the parameters of an imputer, given by name."""
        names = ("optimizer", "weight_decay", "batch_size", "epochs", "patience", "validation_fraction")
        training = {name: parameters[name] for name in names}
        return cls(
            architecture=resolved_architecture(parameters["architecture"], ARCHITECTURES),
            encoding_dim=parameters["encoding_dim"],
            hidden_layer_sizes=checked_sizes("hidden_layer_sizes", parameters["hidden_layer_sizes"]),
            activation=named(parameters["activation"], ACTIVATIONS),
            loss=named(parameters["loss"], _LOSSES),
            noise_level=parameters["noise_level"],
            training=TrainingOptions(**training, learning_rate=checked_rate(parameters["learning_rate"])),
            progress_name=estimator_name if parameters["verbose"] else None,
        )

    def check(self, n_features):
        """Raise a ValueError if parameters exclude each other or do not suit the number of columns."""
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("loss", self.loss, _LOSSES)
        if not self.architecture.suits_pca_start:
            raise ValueError(
                f"architecture={self.architecture!r} cannot start at factor analysis. Choose 'dense', "
                "ConvolutionalArchitecture or RecurrentArchitecture."
            )
        self.architecture.check(n_features)
        # Last, because it imports Keras.
        check_keras_objects(self.loss, self.training.optimizer, self.training.learning_rate, [])


@dataclass(frozen=True)
class FittedMembers:
    """Combined result of the fits of all members."""

    blend: Blend
    encoding_dim: int
    # Means over the members.
    history: dict
    # Epochs of the member that was trained longest.
    n_epochs: int
    best_epoch: int
    # Message for a user who interrupted training; empty otherwise.
    interruption: str

    @classmethod
    def of(cls, members, fits):
        """Combine the fits of members with equal weights."""
        n_losses = max(len(fitted.history["loss"]) for fitted in fits)
        history = {}
        for name in fits[0].history:
            losses = np.empty((len(fits), n_losses))
            for row, fitted in zip(losses, fits, strict=True):
                n_own = len(fitted.history[name])
                row[:n_own] = fitted.history[name]
                # After its last epoch, a member enters with the loss of the epoch that it keeps.
                row[n_own:] = row[fitted.best_epoch]
            history[name] = losses.mean(axis=0).tolist()
        return cls(
            blend=Blend.equal(members),
            encoding_dim=members[0].autoencoder.encoding_dim,
            history=history,
            n_epochs=n_losses - 1,
            best_epoch=max(fitted.best_epoch for fitted in fits),
            interruption=fits[-1].interruption,
        )

    @property
    def attributes(self):
        """Fitted attributes of an imputer with these members."""
        return {
            "_blend": self.blend,
            "encoding_dim_": self.encoding_dim,
            "history_": self.history,
            "n_iter_": self.n_epochs,
            "best_epoch_": self.best_epoch,
        }


def fit_members(options, observed, groups, sample_weight, session, checkpoints):
    """Fit autoencoders to standardised rows, and learn their weights on the entries that each has not seen.

    `checkpoints` has one item for each autoencoder, which may be None. A single autoencoder sees all observed entries.
    Columns with equal numbers in `groups` are hidden together. Returns `FittedMembers`.
    """
    random_state = session.random_state
    hidden = _hidden_parts(observed, groups, len(checkpoints), random_state) if len(checkpoints) > 1 else []
    seeds = random_state.randint(2**31 - 1, size=len(hidden))
    members = []
    fits = []
    for number, checkpoint in enumerate(checkpoints):
        seen = observed
        generator = random_state
        if hidden:
            seen, _ = observed.split(hidden[number])
            generator = np.random.RandomState(seeds[number])
        plan, factors = plan_member(options, seen, groups, sample_weight, generator)
        progress = None
        if options.progress_name is not None:
            part = f" {number + 1} of {len(hidden)}" if hidden else ""
            progress = TrainingProgress(options.progress_name + part, options.training.epochs, None)
        so_far = partial(_attributes_with, members, fits, factors)
        fitted = run_plan(plan, session, so_far, checkpoint=checkpoint, progress=progress)
        members.append(Member(factors, fitted.autoencoder))
        fits.append(fitted)
        if session.is_stopped or fitted.interruption:
            break
    found = FittedMembers.of(members, fits)
    if hidden:
        blend = Blend.of(members, hidden[: len(members)], observed, sample_weight, random_state)
        found = replace(found, blend=blend)
    return found


def _attributes_with(members, fits, factors, fitted):
    """Return the fitted attributes of an imputer with one more member, given its result."""
    return FittedMembers.of([*members, Member(factors, fitted.autoencoder)], [*fits, fitted]).attributes


def plan_member(options, observed, groups, sample_weight, random_state):
    """Return the plan of one autoencoder's fit, and factor analysis of the observed entries."""
    n_samples, n_features = observed.shape
    max_codes = max(min(n_features - 1, n_samples), 1)
    encoding_dim = min(_MAX_CODES, max_codes) if options.encoding_dim == "auto" else int(options.encoding_dim)
    factors = FactorAnalysis.of(observed, min(encoding_dim, max_codes), random_state, sample_weight)
    max_rows = max(_MEMORY_ELEMENTS // n_features, 1)
    n_validation = min(int(options.training.validation_fraction * n_samples), max_rows)
    validation, training = np.split(random_state.permutation(n_samples), [n_validation])
    share = options.noise_level
    if share == "auto":
        counts = observed.counts(sample_weight)
        n_rows = n_samples if sample_weight is None else sample_weight.sum()
        # Empty columns do not count as missing: the share must not depend on whether the architecture keeps them.
        missing_share = 1 - counts.sum() / (n_rows * max(np.count_nonzero(counts), 1))
        share = np.clip(missing_share, *_NOISE_LEVELS)

    def with_hidden_entries(chosen):
        n_copies = int(np.clip(_ROWS_SHOWN // max(len(chosen), 1), 1, _MAX_COPIES))
        weights = None if sample_weight is None else sample_weight[chosen] / sample_weight.mean()
        seed = random_state.randint(2**31 - 1)
        return IncompleteRows(observed[chosen], factors, share, n_copies, seed, weights, groups)

    rows = with_hidden_entries(training)
    validation_rows = with_hidden_entries(validation)
    examples = rows.fields(np.arange(min(len(rows), max_rows)))
    held_out = validation_rows.fields(np.arange(min(len(validation_rows), max_rows)))
    if len(examples[0]) == len(rows):
        rows = ArrayRows(*examples)
    hidden_layer_sizes = options.hidden_layer_sizes
    if hidden_layer_sizes is None:
        # Mirror the encoder: the wider default decoder was tuned on complete data only.
        hidden_layer_sizes = options.architecture.default_hidden_layer_sizes
    start = options.architecture.untrained(
        n_features,
        encoding_dim,
        hidden_layer_sizes,
        activation=options.activation,
        code_activation="linear",
        output_activation="linear",
        linear_path=True,
        n_code_outputs=encoding_dim,
        random_state=random_state,
    )
    plan = FitPlan(
        start=start_at_factor_analysis(start, factors, column_shares(factors, *examples)),
        objective=HiddenEntries(ReconstructionLoss(options.loss, Standardization.none(n_features))),
        split=Split(
            rows=rows,
            training=np.arange(len(rows)),
            validation_rows=ArrayRows(*held_out),
            validation=np.arange(len(held_out[0])),
            is_weighted=sample_weight is not None,
        ),
        options=replace(
            options.training,
            batch_size=chosen_batch_size(options.training.batch_size, len(rows)),
            epochs=options.training.epochs if n_validation else 0,
        ),
        state=TrainingState(random_state),
        keeps_best=True,
        reference=examples,
    )
    return plan, factors


def _hidden_parts(observed, groups, n_members, random_state):
    """Draw the observed entries that each member does not see: another tenth for each of up to ten members."""
    mask = observed.mask > 0
    hidden = []
    for number in range(n_members):
        if number % _HIDDEN_PARTS == 0:
            parts = drawn_by_groups(partial(random_state.randint, _HIDDEN_PARTS), mask.shape, groups)
        is_hidden = mask & (parts == number % _HIDDEN_PARTS)
        # Keep at least two observed entries per column.
        hidden.append(is_hidden & (mask.sum(axis=0) - is_hidden.sum(axis=0) > 1))
    return hidden
