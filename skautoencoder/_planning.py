"""From parameters and rows to the plan of a fit: what the autoencoder transformers decide before any work."""

from abc import ABC, abstractmethod
from copy import deepcopy
from dataclasses import replace
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from ._checks import (
    LOSSES,
    check_activations,
    check_first_chunk,
    check_float32,
    check_keras_objects,
    check_loss,
    check_pca_start,
    check_penalty,
    check_probabilities,
    check_range,
    checked_rate,
    checked_sizes,
    resolved,
    resolved_noise,
    warn,
    written,
)
from ._fit import FitPlan, TrainingState, chosen_batch_size
from ._other_names import named
from .architectures import ARCHITECTURES, DenseArchitecture
from .networks import ACTIVATIONS
from .noises import NOISES, Corruption
from .objectives import ReconstructionLoss
from .rows import Standardization
from .starts import PrincipalComponents

# With ``validation_fraction="auto"`` each trial holds out a fifth of the rows: five trials of up to 600 rows, one of up
# to 1500. More rows are trained on once, and a tenth of them is held out.
_N_PARTS = 5
_MOST_ROWS_OF_ALL_TRIALS = 600
_MOST_ROWS_OF_ONE_TRIAL = 1500
_AUTO_FRACTION = 0.1


class PlanningMixin(ABC):
    """The decisions of a fit, from the parameters of an autoencoder transformer and the rows that it was given."""

    def _plan(self, given, earlier, one_pass, random_state):
        """Decide everything about a fit.

        Parameters
        ----------
        given : GivenRows
            Rows that the user passed.
        earlier : Fitted or None
            What an earlier fit found, if training goes on from there.
        one_pass : bool
            Whether to train for one epoch and hold out no rows, as `partial_fit` does.
        random_state : RandomState
            Source of all that is random, unless training goes on with that of the earlier fit.
        """
        X, X_val = given.X, given.X_val
        architecture = resolved("architecture", self.architecture, ARCHITECTURES, "an architecture object")
        penalty, noise = self._resolved_penalty(), resolved_noise(self.noise, self.noise_level, NOISES)
        at_pca = self._check_parameters(X, X_val, architecture, penalty)
        state = None if earlier is None else earlier.state
        random_state = random_state if state is None else deepcopy(state.random_state)
        if earlier is None:
            if one_pass and at_pca:
                check_first_chunk(X, self.encoding_dim)
            start = self._start(given, architecture, at_pca, random_state)
        else:
            start = earlier.autoencoder
            self._check_same_network(start, architecture)
        weight_unit = state.weight_unit if state is not None and one_pass else given.mean_weight

        def as_seen_by(start):
            """Return what depends on the standardisation of a start."""
            standardization = start.standardization or Standardization.none(X.shape[1])
            # Logits are exact where the sigmoid rounds to 0 or 1.
            from_logits = self._loss == "binary_crossentropy" and start.output_activation == "sigmoid"
            loss = ReconstructionLoss(self._loss, standardization, from_logits)
            noise_numbers = noise.numbers(X, standardization) if hasattr(noise, "numbers") else {}
            corruption = Corruption(noise, noise_numbers, is_given=given.X_noisy is not None)
            clean = given.clean(standardization)
            return {
                "start": start,
                "objective": self._objective(loss, penalty, corruption, clean, start.encoding_dim),
                "rows": given.source(standardization, weight_unit),
                "validation_rows": given.validation_source(standardization),
            }

        early_stopping = self.early_stopping and not one_pass
        splitting = random_state if state is None else deepcopy(state.before_split)
        before_split = deepcopy(splitting)
        n_samples = X.shape[0]
        fraction = _AUTO_FRACTION if self.validation_fraction == "auto" else self.validation_fraction
        n_validation = int(fraction * n_samples) if early_stopping and X_val is None else 0
        permutation = splitting.permutation(n_samples)
        validation, training = np.split(permutation, [n_validation])
        plan = FitPlan(
            **as_seen_by(start),
            is_weighted=given.sample_weight is not None,
            training=training,
            validation=validation if X_val is None else np.arange(X_val.shape[0]),
            reference=(X, given.sample_weight) if start.standardization is not None and not one_pass else None,
            optimizer=self.optimizer,
            learning_rate=checked_rate(self.learning_rate),
            weight_decay=self.weight_decay,
            batch_size=chosen_batch_size(self.batch_size, len(training)),
            epochs=1 if one_pass else self.epochs,
            keep_best=early_stopping,
            patience=self.patience if early_stopping else None,
            state=TrainingState(random_state, before_split, weight_unit, None if state is None else state.optimizer),
            earlier=earlier,
            goes_on=one_pass or self.warm_start,
        )
        is_free = self.validation_fraction == "auto" and n_validation > 0 and self.epochs > 0 and earlier is None
        # `warm_start` goes on with the weights after the last step.
        if not is_free or self.warm_start or not at_pca or not plan.objective.suits_linear_models:
            return plan
        plan = replace(plan, averages=True)
        # `callbacks` watch one training, and its held-out rows.
        if self._callbacks or n_samples > _MOST_ROWS_OF_ONE_TRIAL or not isinstance(architecture, DenseArchitecture):
            return plan
        # A running mean takes the noise of small steps away.
        plan = replace(plan, batch_size=chosen_batch_size(self.batch_size, n_samples, fewest=8))

        def trial(validation):
            """Return the plan that trains from the PCA of the rows that are not held out."""
            training = np.setdiff1d(permutation, validation)
            part = given.part(training)
            pca = PrincipalComponents.of(part.X, start.encoding_dim, random_state, part.sample_weight)
            seen = as_seen_by(self._linear_start(start, pca, part))
            return replace(plan, **seen, training=training, validation=validation)

        parts = np.array_split(permutation, _N_PARTS)
        trials = map(trial, parts if n_samples <= _MOST_ROWS_OF_ALL_TRIALS else parts[:1])
        return replace(plan, training=permutation, validation=permutation[:0], trials=tuple(trials))

    def _start(self, given, architecture, at_pca, random_state):
        """Make the untrained autoencoder: at PCA, or at random weights."""
        X, pca = given.X, None
        encoding_dim = min(X.shape) if self.encoding_dim is None else self.encoding_dim
        if at_pca or not isinstance(encoding_dim, Integral):
            pca = PrincipalComponents.of(X, encoding_dim, random_state, given.sample_weight)
        encoding_dim = int(encoding_dim) if isinstance(encoding_dim, Integral) else len(pca.components)
        self._warn_if_overcomplete(encoding_dim, X.shape[1])
        start = self._untrained(architecture, X.shape[1], encoding_dim, at_pca, random_state)
        if at_pca:
            return self._linear_start(start, pca, given)
        if self._loss == "binary_crossentropy" and architecture.owns_activations:
            check_probabilities(start.reconstruct(X[:16]), self._output_activation)
        return start

    def _untrained(self, architecture, n_features, encoding_dim, linear_path, random_state):
        """Make the network that the parameters describe."""
        return architecture.untrained(
            n_features,
            encoding_dim,
            checked_sizes("hidden_layer_sizes", self.hidden_layer_sizes),
            activation=self._activation,
            code_activation=self._code_activation,
            output_activation=self._output_activation,
            linear_path=linear_path,
            n_code_outputs=encoding_dim * self._outputs_per_code,
            random_state=random_state,
        )

    def _check_same_network(self, network, architecture):
        """Raise a ValueError unless the parameters still describe the network of an earlier fit."""
        encoding_dim = int(self.encoding_dim) if isinstance(self.encoding_dim, Integral) else network.encoding_dim
        at_pca = network.standardization is not None
        random_state = np.random.RandomState(0)
        described = self._untrained(architecture, network.n_features, encoding_dim, at_pca, random_state)
        if not described.is_like(network):
            raise ValueError(
                "Training cannot go on: the parameters describe another network than that of the earlier fit. Set "
                "encoding_dim, hidden_layer_sizes, architecture and activations back to what they were, or call fit "
                "with warm_start=False to start anew."
            )

    # Numbers that the encoder returns for each dimension of the code.
    _outputs_per_code = 1

    @property
    def _activation(self):
        return named(self.activation, ACTIVATIONS)

    @property
    def _code_activation(self):
        return named(self.code_activation, ACTIVATIONS)

    @property
    def _output_activation(self):
        return named(self.output_activation, ACTIVATIONS)

    @property
    def _loss(self):
        return named(self.loss, LOSSES)

    def _resolved_penalty(self):
        """Return the penalty that the parameter stands for, or None."""
        return None

    @abstractmethod
    def _linear_start(self, start, pca, rows):
        """Set the linear paths of an untrained autoencoder to PCA, or to the linear model that takes its place.

        Parameters
        ----------
        start : Autoencoder
            Untrained autoencoder with linear paths.
        pca : PrincipalComponents
            PCA of X.
        rows : GivenRows
            Training rows.

        Returns
        -------
        Autoencoder
            Autoencoder that is the linear model before its first step.
        """

    @abstractmethod
    def _objective(self, loss, penalty, corruption, rows, encoding_dim):
        """Return what training minimises.

        Parameters
        ----------
        loss : ReconstructionLoss
            Loss of the rows.
        penalty : BasePenalty or callable or None
            Term that is added to the loss.
        corruption : Corruption
            What the encoder sees of rows.
        rows : RowSource
            Clean rows to train on; the last field is their weights, if they have any.
        encoding_dim : int
            Size of the code.

        Returns
        -------
        Objective
            Loss, penalty and noise as one objective.
        """

    def _check_parameters(self, X, X_val, architecture, penalty):
        """Check the parameters against each other and X; return whether training starts from a linear model."""
        code_activation, output_activation = self._code_activation, self._output_activation
        checked_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        check_activations(
            activation=self._activation, code_activation=code_activation, output_activation=output_activation
        )
        self._check_loss(architecture)
        if penalty is not None:
            check_penalty(penalty, code_activation, architecture.owns_activations)
        ends = {"code_activation": code_activation, "output_activation": output_activation}
        if self.init == "pca":
            check_pca_start(self._loss, ends)
        architecture.check(X.shape[1])
        check_range(X, "X", self._loss, output_activation)
        if X_val is not None:
            check_range(X_val, "X_val", self._loss, output_activation)
        at_pca = self.init != "random" and not self._reasons_for_random_start()
        if not at_pca or not isinstance(self.loss, str) or self._callbacks:
            check_float32(X, "X")
            if X_val is not None:
                check_float32(X_val, "X_val")
        # This check is the last because it imports Keras.
        check_keras_objects(self.loss, self.optimizer, self.learning_rate, self._callbacks)
        return at_pca

    def _reasons_for_random_start(self):
        """Return, by name, the parameters with which ``init="auto"`` stands for "random", as they are written."""
        if self.init != "auto":
            return {}
        penalty = self._resolved_penalty()
        architecture = resolved("architecture", self.architecture, ARCHITECTURES, "an architecture object")
        suits_pca = {
            "code_activation": self._code_activation == "linear",
            "output_activation": self._output_activation == "linear",
            "loss": isinstance(self.loss, str) and self._loss != "binary_crossentropy",
            "penalty": penalty is None or getattr(penalty, "suits_pca_start", False),
            "architecture": architecture.suits_pca_start,
        }
        return {name: f"{name}={written(getattr(self, name))}" for name, suits in suits_pca.items() if not suits}

    def _check_loss(self, architecture):
        check_loss(self._loss, "sigmoid" if architecture.owns_activations else self._output_activation)

    @property
    def _callbacks(self):
        if self.callbacks is None:
            return []
        return list(self.callbacks) if isinstance(self.callbacks, (list, tuple)) else [self.callbacks]

    def _warn_if_overcomplete(self, encoding_dim, n_features):
        if encoding_dim >= n_features and self._can_copy:
            here = "" if encoding_dim == self.encoding_dim else f", {encoding_dim} here,"
            warn(
                f"encoding_dim={self.encoding_dim}{here} is not smaller than the {n_features} features of X: the "
                f"autoencoder can copy its input. Set encoding_dim below {n_features} to reduce dimensions, or give it "
                "something to learn with noise or penalty.",
                UserWarning,
            )

    @property
    @abstractmethod
    def _can_copy(self):
        """Whether nothing but the size of the code keeps the network from learning the identity."""

    def _pca_level(self, plan, rows):
        """Return the loss of PCA that a progress bar shows; see `TrainingProgress`."""
        if not plan.objective.suits_linear_models:
            return None
        if plan.start.standardization is not None:
            return "start"
        if not isinstance(self.loss, str):
            # A Keras loss may suit the activation of the output alone.
            return None
        # A separate generator: the progress bar must not change the fit.
        X, weight = rows.X, rows.sample_weight
        pca = PrincipalComponents.of(X, plan.start.encoding_dim, check_random_state(0), weight)
        if rows.X_val is not None:
            return plan.objective.error(pca.reconstruct, rows.X_val)
        monitored = plan.validation if len(plan.validation) else np.arange(X.shape[0])
        return plan.objective.error(pca.reconstruct, X[monitored], None if weight is None else weight[monitored])
