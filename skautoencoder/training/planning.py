"""From parameters and rows to the plan of a fit: what the autoencoder transformers decide before training."""

from abc import ABC, abstractmethod
from copy import deepcopy
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from .._checks import (
    LOSSES,
    check_choice,
    check_first_chunk,
    check_float32,
    check_keras_objects,
    check_loss,
    check_pca_start,
    check_probabilities,
    check_range,
    check_suits_categories,
    warn,
)
from ..architectures import Conv1DArchitecture, ConvolutionalArchitecture, DenseArchitecture
from ..networks import ACTIVATION_RANGES, ACTIVATIONS
from ..objectives import Corruption, ReconstructionLoss
from ..rows import GivenRows, Split, Standardization
from ..starts import PrincipalComponents
from .epochs import chosen_batch_size
from .plan import FitPlan, Fitted, RunningMean, TrainingOptions, TrainingState
from .row_space import RowSpace
from .unusual_rows import SeenRows, warn_of_few_rows, warn_of_unusual_rows

# With ``validation_fraction="auto"`` each trial holds out a fifth of the rows: three trials of up to 600 rows, one of
# up to 1500. More rows are trained on once, and a tenth of them is held out.
_N_PARTS = 5
_MAX_TRIALS = 3
_MAX_ROWS_OF_ALL_TRIALS = 600
_MAX_ROWS_OF_ONE_TRIAL = 1500
_AUTO_FRACTION = 0.1
# Trials do not keep what layers such as BatchNormalization remember, which subclasses and other architectures may have.
_KERAS_ARCHITECTURES_OF_TRIALS = (ConvolutionalArchitecture, Conv1DArchitecture)
# Each run holds all rows, as 64 MB of float32.
_MAX_ENTRIES_OF_TRIALS = 2**24
# With ``learning_rate="auto"``: Keras' own for Adam; running means of the weights of many steps allow a larger one.
_LEARNING_RATE = 1e-3
_LEARNING_RATE_OF_MANY_ROWS = 5e-3
_RUNNING_MEAN = RunningMean(share=0.2, max_steps=1000)


@dataclass(frozen=True, kw_only=True)
class Model(ABC):
    """Resolved parameters of a transformer that define the network and the objective: objects and standard names."""

    # Losses that have names, and the end of the error message about other values.
    losses: ClassVar[tuple] = LOSSES
    other_losses: ClassVar[str] = ", or pass a keras.losses.Loss or a function"
    # Numbers that the encoder returns for each dimension of the code.
    outputs_per_code: ClassVar[int] = 1

    encoding_dim: int | float | None
    hidden_layer_sizes: tuple | None
    architecture: Any
    activation: str
    code_activation: str = "linear"
    output_activation: str
    loss: Any
    init: str
    noise: Any

    def components(self, rows, encoding_dim, random_state):
        """Find the principal components at which training starts."""
        weights = rows.start_weights
        return PrincipalComponents.of_weighted_columns(rows.X, weights, encoding_dim, random_state, rows.sample_weight)

    @abstractmethod
    def linear_start(self, network, pca, rows):
        """Set the linear paths of an untrained network to PCA, or to the probabilistic PCA of the same rows."""

    @abstractmethod
    def objective(self, loss, corruption, rows: GivenRows, encoding_dim):
        """Return the objective that training minimises.

        Training reads `rows`, standardised as `loss` is; `corruption` is None if the encoder sees them as they are.
        """

    @property
    def suits_row_space(self):
        """Whether rotations of the rows change neither the objective nor the network."""
        return False

    @property
    @abstractmethod
    def can_copy(self):
        """Whether only the size of the code keeps the network from learning the identity."""

    def check(self):
        """Raise a ValueError if parameters exclude each other."""
        for name in ("activation", "code_activation", "output_activation"):
            check_choice(name, getattr(self, name), ACTIVATIONS)
        output_activation = "sigmoid" if self.architecture.owns_activations else self.output_activation
        check_loss(self.loss, output_activation, self.losses, self.other_losses)
        if self.init == "pca":
            ends = {"code_activation": self.code_activation, "output_activation": self.output_activation}
            check_pca_start(self.loss, ends)

    def check_suits_categories(self):
        """Raise a ValueError if parameters do not suit rows with indicators of categories."""
        check_suits_categories(self.architecture)
        for name, usual in (("output_activation", "linear"), ("loss", "mse")):
            value = getattr(self, name)
            if value in ("binary_crossentropy", "sigmoid", "softmax", "tanh", "relu"):
                raise ValueError(
                    f"{name}={value!r} needs rows within a range, but the columns of X, which has categories, are "
                    f"standardised. Leave {name} at {usual!r}, or encode X first, for example with OneHotEncoder."
                )

    def check_softmax(self, n_features, encoding_dim):
        """Raise a ValueError if a layer of one unit has a softmax, which makes all its values 1."""
        widths = {
            "activation": ("hidden_layer_sizes", min(self.hidden_layer_sizes or (2,))),
            "code_activation": ("encoding_dim", encoding_dim),
            "output_activation": ("the number of columns of X", n_features),
        }
        for name, (of_what, width) in widths.items():
            if getattr(self, name) == "softmax" and width == 1:
                raise ValueError(
                    f"{name}='softmax' divides 1 among the units of a layer, but {of_what} gives it one unit, which is "
                    f"always 1. Set {name}='sigmoid', for example, or use more units."
                )

    def obstacles_to_pca(self):
        """Return the names of the parameters that rule out the start at PCA."""
        suits_pca = {
            "code_activation": self.code_activation == "linear",
            "output_activation": self.output_activation == "linear",
            "loss": isinstance(self.loss, str) and self.loss != "binary_crossentropy",
            "architecture": self.architecture.suits_pca_start,
        }
        return [name for name, suits in suits_pca.items() if not suits]

    def with_layers_for(self, n_features, encoding_dim):
        """Return the model with the layers for rows of `n_features` numbers, for training by fewer coordinates."""
        encoder_sizes, decoder_sizes = self.architecture.layer_sizes(n_features, encoding_dim, self.hidden_layer_sizes)
        return replace(self, hidden_layer_sizes=encoder_sizes, architecture=DenseArchitecture(decoder_sizes))

    def untrained(self, n_features, encoding_dim, linear_path, random_state):
        """Make the network with random weights."""
        return self.architecture.untrained(
            n_features,
            encoding_dim,
            self.hidden_layer_sizes,
            activation=self.activation,
            code_activation=self.code_activation,
            output_activation=self.output_activation,
            linear_path=linear_path,
            n_code_outputs=encoding_dim * self.outputs_per_code,
            random_state=random_state,
        )

    def check_describes(self, network):
        """Raise a ValueError unless the parameters still describe the network of an earlier fit."""
        encoding_dim = int(self.encoding_dim) if isinstance(self.encoding_dim, Integral) else network.encoding_dim
        linear_path = network.standardization is not None
        described = self.untrained(network.n_features, encoding_dim, linear_path, np.random.RandomState(0))
        if not described.is_like(network):
            raise ValueError(
                "Training cannot go on: the parameters describe another network than that of the earlier fit. Set "
                "encoding_dim, hidden_layer_sizes, architecture and activations back to what they were, or call fit "
                "with warm_start=False to start anew."
            )


class Planner:
    """Makes the plan of one fit, step by step.

    `earlier` is the result of the fit that this one continues, or None. `random_state` is the source of all random
    numbers, unless training continues with that of the earlier fit.
    """

    def __init__(
        self,
        model: Model,
        options: TrainingOptions,
        rows: GivenRows,
        earlier: Fitted | None,
        random_state: np.random.RandomState,
    ):
        self._model = model
        self._options = options
        self._rows = rows
        self._n_columns = rows.X.shape[1]
        self._earlier = earlier
        self._state = None if earlier is None else earlier.state
        self._random_state = random_state if self._state is None else deepcopy(self._state.random_state)
        self._obstacles_to_pca = model.obstacles_to_pca() if model.init == "auto" else []
        # Whether training starts at a linear model.
        self._starts_at_pca = model.init != "random" and not self._obstacles_to_pca
        self._has_given_weights = getattr(model.architecture, "starts_at_given_weights", False)

    def plan(self) -> FitPlan:
        """Check the parameters against the rows, then decide everything about the fit."""
        self._check()
        row_space = self._row_space()
        if row_space is not None:
            self._rows = row_space.rows(self._rows)
        start = self._start()
        plan = replace(self._single_run(start), row_space=row_space)
        if not self._chooses_by_pca(plan):
            return plan
        plan = replace(plan, running_mean=_RUNNING_MEAN)
        n_samples = len(plan.split.rows)
        is_watched = bool(self._options.callbacks)
        architecture = self._model.architecture
        is_dense = isinstance(architecture, DenseArchitecture)
        has_no_state = is_dense or type(architecture) in _KERAS_ARCHITECTURES_OF_TRIALS
        has_few_rows = n_samples <= _MAX_ROWS_OF_ONE_TRIAL
        has_few_entries = n_samples * (self._rows.X.shape[1] + 1) <= _MAX_ENTRIES_OF_TRIALS
        # Keras callbacks expect one run with validation rows: no trials.
        if has_few_rows and has_few_entries and has_no_state and not is_watched:
            return self._with_trials(plan)
        if self._options.learning_rate == "auto" and is_dense and not has_few_rows:
            options = replace(plan.options, learning_rate=_LEARNING_RATE_OF_MANY_ROWS)
            # With few columns, large steps may not find the way out of PCA. An optimizer object keeps its rate.
            second_rate = _LEARNING_RATE if isinstance(options.optimizer, str) else None
            return replace(plan, options=options, second_learning_rate=second_rate)
        return plan

    def _check(self):
        """Check the parameters against each other and against the rows."""
        model = self._model
        model.check()
        if self._rows.column_numbers is not None:
            model.check_suits_categories()
        model.architecture.check(self._rows.X.shape[1])
        given = {"X": self._rows.X, "X_val": self._rows.X_val}
        given = {name: rows for name, rows in given.items() if rows is not None}
        if model.output_activation in ACTIVATION_RANGES:
            for name, rows in given.items():
                check_range(rows, name, model.loss, model.output_activation)
        if not self._starts_at_pca or not isinstance(model.loss, str) or self._options.callbacks:
            for name, rows in given.items():
                check_float32(rows, name)
        options = self._options
        if self._earlier is None or not options.is_partial:
            warn_of_unusual_rows(self._rows.X, self._rows.X_val)
        # Last, because it imports Keras.
        check_keras_objects(model.loss, options.optimizer, options.learning_rate, options.callbacks)

    def _row_space(self):
        """Return the space that few wide rows span, if training may see them by their coordinates in it."""
        options = self._options
        encoding_dim = self._model.encoding_dim
        is_plain = self._starts_at_pca and self._earlier is None and not options.continues and not options.callbacks
        is_free = is_plain and options.epochs > 0 and not options.weight_decay and self._model.suits_row_space
        if encoding_dim is None or not is_free or not RowSpace.suits(self._rows):
            return None
        space = RowSpace.of(self._rows)
        return space if space.has_more_axes_than(encoding_dim) else None

    def _start(self):
        """Return the network of epoch 0: that of the earlier fit, one at PCA, or one with random weights."""
        model = self._model
        if self._earlier is not None:
            model.check_describes(self._earlier.autoencoder)
            return self._earlier.autoencoder
        X = self._rows.X
        n_features = X.shape[1]
        if self._options.is_partial and self._starts_at_pca:
            check_first_chunk(X, model.encoding_dim)
        encoding_dim = min(X.shape) if model.encoding_dim is None else model.encoding_dim
        if self._starts_at_pca or not isinstance(encoding_dim, Integral):
            pca = model.components(self._rows, encoding_dim, self._random_state)
        encoding_dim = int(encoding_dim) if isinstance(encoding_dim, Integral) else len(pca.components)
        if encoding_dim >= n_features:
            self._warn_if_it_can_copy(encoding_dim, n_features)
        elif not self._options.is_partial:
            warn_of_few_rows(X.shape[0], model.encoding_dim, encoding_dim)
        model.check_softmax(n_features, encoding_dim)
        sized = model.with_layers_for(self._n_columns, encoding_dim) if n_features < self._n_columns else model
        network = sized.untrained(n_features, encoding_dim, self._starts_at_pca, self._random_state)
        if self._starts_at_pca:
            return model.linear_start(network, pca, self._rows)
        if model.loss == "binary_crossentropy" and model.architecture.owns_activations:
            check_probabilities(network.reconstruct(X[:16]), model.output_activation)
        return network

    def _warn_if_it_can_copy(self, encoding_dim, n_features):
        if not self._model.can_copy:
            return
        given = self._model.encoding_dim
        here = "" if encoding_dim == given else f", {encoding_dim} here,"
        if n_features == 1:
            warn(
                "X has a single column, which no code can be smaller than: the autoencoder can copy it. Pass more "
                "columns, or give it something to learn with noise or penalty.",
                UserWarning,
            )
            return
        warn(
            f"encoding_dim={given}{here} is not smaller than the {n_features} features of X: the autoencoder can copy "
            f"its input. Set encoding_dim below {n_features} to reduce dimensions, or give it something to learn with "
            "noise or penalty.",
            UserWarning,
        )

    def _single_run(self, start):
        """Return the plan of one run, with at most one split into training and held-out rows."""
        options = self._options
        state = self._state
        early_stopping = options.early_stopping and not options.is_partial
        splitting = self._random_state if state is None else deepcopy(state.before_split)
        before_split = deepcopy(splitting)
        validation, training = self._split(splitting, early_stopping)
        weight_unit = 1.0
        if state is not None and options.is_partial:
            weight_unit = state.weight_unit
        elif self._rows.sample_weight is not None:
            weight_unit = float(self._rows.sample_weight.mean())
        optimizer = None if state is None else state.optimizer
        seen = self._seen() if options.is_partial else None
        is_comparable = start.standardization is not None and not options.is_partial
        return FitPlan(
            **self._objective_and_split(start, training, validation, weight_unit),
            start=start,
            options=replace(
                options,
                learning_rate=_LEARNING_RATE if options.learning_rate == "auto" else options.learning_rate,
                batch_size=chosen_batch_size(options.batch_size, len(training)),
                patience=options.patience if early_stopping else None,
            ),
            state=TrainingState(self._random_state, before_split, weight_unit, optimizer, seen),
            keeps_best=early_stopping,
            reference=(self._rows.X, self._rows.sample_weight) if is_comparable else None,
            earlier=self._earlier,
            # A start at given weights is a choice.
            obstacles_to_pca=() if self._has_given_weights else tuple(self._obstacles_to_pca),
            starts_at_given_weights=self._has_given_weights,
        )

    def _seen(self):
        """Measure the chunk together with earlier ones; warn if it lies far from them."""
        chunk = SeenRows.of(self._rows.X)
        earlier = None if self._state is None else self._state.seen
        if earlier is None:
            return chunk
        has_warned = earlier.warn_if_far(chunk)
        return replace(earlier.joined(chunk), has_warned=bool(has_warned))

    def _split(self, random_state, early_stopping):
        """Draw the indices of the validation rows, or take all of X_val, and those of the training rows."""
        n_samples = self._rows.X.shape[0]
        X_val = self._rows.X_val
        fraction = self._options.validation_fraction
        if fraction == "auto":
            fraction = _AUTO_FRACTION
        n_validation = int(fraction * n_samples) if early_stopping and X_val is None else 0
        validation, training = np.split(random_state.permutation(n_samples), [n_validation])
        return validation if X_val is None else np.arange(X_val.shape[0]), training

    def _objective_and_split(self, start, training, validation, weight_unit):
        """Return the parts of a plan that depend on the standardisation of its start."""
        model = self._model
        rows = self._rows
        standardization = start.standardization or Standardization.none(rows.X.shape[1])
        # Logits are exact where the sigmoid rounds to 0 or 1.
        from_logits = model.loss == "binary_crossentropy" and start.output_activation == "sigmoid"
        loss = ReconstructionLoss(model.loss, standardization, from_logits)
        targets = loss.target_standardization
        corruption = None
        if model.noise is not None or rows.X_noisy is not None:
            # Plain functions have no numbers.
            numbers = model.noise.numbers(rows.X, standardization) if hasattr(model.noise, "numbers") else {}
            corruption = Corruption(model.noise, numbers, rows.column_numbers)
        return {
            "objective": model.objective(loss, corruption, rows, start.encoding_dim),
            "split": Split(
                rows=rows.source(standardization, weight_unit, targets),
                training=training,
                validation_rows=None if rows.X_val is None else rows.validation_source(standardization, targets),
                validation=validation,
                is_weighted=rows.sample_weight is not None,
            ),
        }

    def _chooses_by_pca(self, plan):
        """Whether ``validation_fraction="auto"`` may choose epochs by how much they gain on PCA."""
        options = self._options
        is_free = options.validation_fraction == "auto" and options.epochs > 0 and self._earlier is None
        holds_out_rows_of_X = len(plan.split.validation) > 0 and plan.split.validation_rows is None
        # A warm start continues with the weights of the last step, not with their mean.
        is_comparable = self._starts_at_pca and plan.objective.suits_linear_models and not options.continues
        return is_free and holds_out_rows_of_X and is_comparable

    def _with_trials(self, plan):
        """Add trials, each with another fifth of the rows held out; the final run trains on all rows."""
        split = plan.split
        permutation = np.concatenate([split.validation, split.training])
        n_samples = len(permutation)
        # Averaged weights tolerate smaller batches.
        batch_size = chosen_batch_size(self._options.batch_size, n_samples, min_rows=8)
        plan = replace(plan, options=replace(plan.options, batch_size=batch_size))
        parts = np.array_split(permutation, _N_PARTS)
        n_trials = _MAX_TRIALS if n_samples <= _MAX_ROWS_OF_ALL_TRIALS else 1
        trials = []
        for validation in parts[:n_trials]:
            training = np.setdiff1d(permutation, validation)
            part = self._rows.part(training)
            start = plan.start
            pca = self._model.components(part, start.encoding_dim, self._random_state)
            start = self._model.linear_start(start, pca, part)
            seen = self._objective_and_split(start, training, validation, plan.state.weight_unit)
            state = replace(plan.state, random_state=np.random.RandomState(self._random_state.randint(2**31)))
            trials.append(replace(plan, start=start, state=state, **seen))
        split = replace(split, training=permutation, validation=permutation[:0])
        return replace(plan, split=split, trials=tuple(trials))
