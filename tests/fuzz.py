"""Random calls of the whole public surface, judged by rules that hold for every one of them.

`python tests/fuzz.py --cases 10000` runs many cases, `python tests/fuzz.py --only 1234` one of them again. A case is
drawn from its number alone: an estimator, rows, one or two fits, and what is done with what was fitted. The rules:

(a) A call works, or it raises ValueError or TypeError (NotFittedError is one) in the user's terms: by a `raise` of this
    package or by scikit-learn's validation, never in the middle of a computation, and never with words of the libraries
    below. No RuntimeWarning, nor others that are not meant for users.
(b) A fit that fails leaves the estimator as it was.
(c) Rows that were fitted can be passed to every other method, and what was fitted does not follow later changes of
    parameters. Results have the shape, the dtype and the container that the docstrings promise, and are finite.
(d) Two fits with the same `random_state` are equal to the bit, and so is what was pickled. Rows one at a time are rows
    all at once, to rounding.
(e) Nothing changes the rows and the parameters that it was given, or a global random generator.
"""

import argparse
import copy
import dis
import pickle
import random
import re
import sys
import tempfile
import traceback
import warnings
from collections import defaultdict
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import polars
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning

from skautoencoder import (
    AutoencoderImputer,
    AutoencoderRecommender,
    AutoencoderTransformer,
    ContractivePenalty,
    Conv1DArchitecture,
    ConvolutionalArchitecture,
    DenseArchitecture,
    GaussianNoise,
    HoyerSparsity,
    KerasArchitecture,
    KLSparsity,
    L1Sparsity,
    L2Penalty,
    MaskingNoise,
    RecurrentArchitecture,
    SaltAndPepperNoise,
    VariationalAutoencoderTransformer,
    compare_with_pca,
)
from skautoencoder.diagnostics import diagnose
from skautoencoder.metrics import neg_reconstruction_error, reconstruction_error, reconstruction_r2
from skautoencoder.tables import FrameTable

# Categories of warnings that this package gives.
_OWN_WARNINGS = (UserWarning, ConvergenceWarning, DeprecationWarning, UndefinedMetricWarning)
# Functions whose errors are meant for users, though they are not of this package.
_VALIDATION = re.compile(
    r"sklearn\.(base|callback\.\w+|utils\.(validation|_param_validation|_set_output|_tags)|impute\._base)$"
)
_FOREIGN_WORDS = re.compile(
    r"\b([Tt]ensors?|NoneType|has no attribute|operands?|XLA|LAPACK|ARPACK|SVD|n_components|not subscriptable|"
    r"ambiguous|homogeneous|broadcast|setting an array|cannot unpack|unsupported|axis \d)\b"
)
_REFUSED = object()


class Finding(AssertionError):
    """A call that breaks a rule.

    Parameters
    ----------
    rule : str
        Letter of the rule.
    cause : str
        What went wrong, in words that cases with the same cause share.
    """

    def __init__(self, rule, cause):
        super().__init__(f"({rule}) {cause}")


# ---- Rows ------------------------------------------------------------------------------------------------------------


def _text(X):
    return X.astype(str).astype(object)


def _memory_map(X):
    if not X.size:
        return X
    with tempfile.TemporaryFile() as file:
        np.ascontiguousarray(X).tofile(file)
        file.flush()
        return np.memmap(file, dtype=X.dtype, mode="r", shape=X.shape)


def _read_only(X):
    X = X.copy()
    X.setflags(write=False)
    return X


def _whole(X):
    return np.nan_to_num(X, posinf=9, neginf=-9).clip(-1e6, 1e6).astype(int)


def _named(X):
    return pd.DataFrame(X, columns=[f"column {number}" for number in range(X.shape[1])])


def _many_types(X):
    table = _named(X)
    table[table.columns[0]] = _whole(X[:, 0]) if X.shape[1] else []
    return table


def _single(X):
    with np.errstate(over="ignore"):
        return X.astype(np.float32)


# Ordinary rows are the first two.
CONTAINERS = {
    "float64": np.array,
    "float32": _single,
    "Fortran order": np.asfortranarray,
    "strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "reversed": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
    "read-only": _read_only,
    "memory map": _memory_map,
    "memory map of float32": lambda X: _memory_map(_single(X)),
    "memory map of int": lambda X: _memory_map(_whole(X)),
    "float16": lambda X: X.clip(-6e4, 6e4).astype(np.float16),
    "longdouble": lambda X: X.astype(np.longdouble),
    "int": _whole,
    "uint8": lambda X: _whole(X).clip(0, 255).astype(np.uint8),
    "bool": lambda X: X > 0,
    "objects": lambda X: X.astype(object),
    "words": _text,
    "complex": lambda X: X.astype(complex),
    "list": lambda X: X.tolist(),
    "masked": lambda X: np.ma.masked_invalid(X),
    "DataFrame": _named,
    "DataFrame of float32": lambda X: _named(_single(X)),
    "DataFrame of many types": _many_types,
    "DataFrame of nullable": lambda X: _named(X).astype("Float64"),
    "DataFrame of words": lambda X: _named(_text(X)),
    "DataFrame of categories": lambda X: _named(_whole(X)).astype("category"),
    "DataFrame of dates": lambda X: _named(_whole(X)).astype("datetime64[s]"),
    "DataFrame without names": pd.DataFrame,
    "DataFrame of few names": lambda X: pd.DataFrame(X).rename(columns={0: "first"}),
    "DataFrame of one name": lambda X: pd.DataFrame(X, columns=["column"] * X.shape[1]),
    "polars": lambda X: polars.from_pandas(_named(X)),
    "lazy": lambda X: polars.from_pandas(_named(X)).lazy(),
    "CSR": sparse.csr_matrix,
    "CSC": sparse.csc_matrix,
    "COO": sparse.coo_matrix,
    "CSR of float32": lambda X: sparse.csr_matrix(_single(X)),
    "CSR array": sparse.csr_array,
    "CSR of int": lambda X: sparse.csr_array(_whole(X)),
    "one row flat": lambda X: X[0] if len(X) else X.ravel(),
    "images": lambda X: X[:, :, None],
    "ragged": lambda X: [[1.0], *X.tolist()],
    "None": lambda X: None,
    "a number": lambda X: 3.0,
}
# Of few widths, and with few parameters beside the defaults, since every other program takes a second to build.
WIDTHS = (6,) * 16 + (1, 2, 4, 12)
LENGTHS = (24,) * 8 + (0, 1, 2, 3, 5, 300)


class Case:
    """One random use of one estimator.

    Parameters
    ----------
    seed : int
        Number of the case, which everything is drawn from.
    """

    def __init__(self, seed):
        self.seed = seed
        self.random = np.random.RandomState(seed)
        self.calls = []
        self.n_fits = 0
        self.kinds = ["unit", "counts", "zeros", "constant", "constant column", "repeated", "rare", "offset"]

    def chance(self, share):
        """Draw True for a share of all calls."""
        return self.random.uniform() < share

    def pick(self, values):
        """Draw one of the values, as a copy."""
        values = list(values)
        return copy.deepcopy(values[self.random.randint(len(values))])

    # ---- What is drawn -----------------------------------------------------------------------------------------------

    def numbers(self, n_rows, width, holes):
        """Draw a float64 array of one of many kinds."""
        X = self.random.normal(size=(n_rows, 3)) @ self.random.normal(size=(3, width))
        X += 0.1 * self.random.normal(size=X.shape)
        if self.chance(0.4) or self.kinds == ["unit"]:
            kind = self.pick(self.kinds)
            if kind == "unit":
                X = self.random.uniform(size=X.shape)
            elif kind == "counts":
                X = self.random.poisson(2.0, size=X.shape).astype(float)
            elif kind == "zeros":
                X = np.zeros_like(X)
            elif kind == "constant":
                X = np.full_like(X, self.pick([1 / 3, -7.0, 1e8]))
            elif kind == "constant column":
                X[:, : max(width // 2, 1)] = 0.1
            elif kind == "repeated":
                X = X[np.zeros(n_rows, dtype=int)]
            elif kind == "rare":
                X[np.abs(X) < 1.5] = 0
            else:
                X += self.pick([1e3, 1e6])
            self.calls.append(f"# {kind}")
        if self.chance(0.15):
            scale = self.pick([1e-30, 1e-20, 1e-10, 1e-3, 1e3, 1e10, 1e18, 1e30])
            self.calls.append(f"# times {scale:g}")
            X = X * scale
        if holes:
            X[self.random.uniform(size=X.shape) < self.pick([0.0, 0.1, 0.3, 0.9, 1.0])] = np.nan
        if self.chance(0.05) and X.size:
            X[self.random.randint(n_rows), self.random.randint(width)] = self.pick([np.nan, np.inf, -np.inf])
        return X

    def rows(self, width=None, holes=False):
        """Draw rows in one of many containers."""
        n_rows, width = self.pick(LENGTHS), self.pick(WIDTHS) if width is None else width
        container = self.pick(CONTAINERS if self.chance(0.5) else ["float64", "float32"])
        X = CONTAINERS[container](self.numbers(n_rows, width, holes))
        self.calls.append(f"# {n_rows} x {width}, {container}")
        return X

    def ratings(self):
        """Draw ratings, as a sparse matrix or as a data frame with a row for each, or other rows."""
        if self.chance(0.2):
            return self.rows(holes=True)
        shape = self.pick((24, 24, 24, 2, 5)), self.pick(WIDTHS)
        values = self.random.randint(1, 6, size=shape).astype(self.pick([float, np.float32]))
        ratings = sparse.coo_array(np.where(self.random.uniform(size=shape) < self.pick([0.2, 0.5, 0.9]), values, 0))
        if self.chance(0.7):
            self.calls.append(f"# ratings of {shape[0]} x {shape[1]}")
            return ratings.tocsr()
        users, items = ratings.coords
        self.calls.append(f"# {ratings.nnz} ratings of {shape[0]} x {shape[1]} in a data frame")
        labels = [f"item {number}" for number in items] if self.chance(0.5) else items
        return pd.DataFrame({"user": users, "item": labels, "rating": ratings.data})

    def other_rows(self, X):
        """Draw other rows to pass to what was fitted to X."""
        if isinstance(X, pd.DataFrame) and self.chance(0.3):
            self.calls.append("# columns in another order, or renamed")
            return X[X.columns[::-1]] if self.chance(0.5) else X.add_suffix(" of late")
        width = X.shape[1] if getattr(X, "ndim", 0) == 2 else 6
        return self.rows(width=None if self.chance(0.3) else width)

    def parameters(self, kind):
        """Draw parameters: those that are quick to fit, up to three others, and seldom an architecture."""
        drawn = {"epochs": self.pick([0, 1, 2]), "hidden_layer_sizes": (4,), "random_state": 0}
        drawn |= {"n_estimators": 1} if kind is AutoencoderImputer else {}
        drawn |= {"encoding_dim": 4} if kind is AutoencoderRecommender else {}
        table = PARAMETERS | PARAMETERS_OF.get(kind, OF_TRANSFORMERS)
        table = {name: values for name, values in table.items() if name in kind().get_params(deep=False)}
        if self.chance(0.1) and kind in _TRANSFORMERS:
            self.kinds, drawn = ["unit"], drawn | UNIT_OUTPUTS
        elif self.chance(0.1) and kind is AutoencoderTransformer:
            drawn |= SPARSE_CODES
        for name in self.random.permutation(list(table))[: self.pick([0, 0, 1, 1, 2, 3])]:
            drawn[name] = self.pick(JUNK) if self.chance(0.2) else self.pick(table[name])
        if self.chance(0.08) and kind is not AutoencoderRecommender:
            drawn["architecture"] = self.pick(ARCHITECTURES)
        if drawn["random_state"] is None:
            # None stands for NumPy's global generator, which no call may change otherwise.
            drawn["random_state"] = 0
        return drawn

    # ---- What is called ----------------------------------------------------------------------------------------------

    def call(self, function, *arguments, **keywords):
        """Call a function and judge how it went; return its result, or _REFUSED if it raised in the user's terms."""
        written = [_written(value) for value in arguments]
        written += [f"{name}={_written(value)}" for name, value in keywords.items()]
        self.calls.append(f"{getattr(function, '__qualname__', function)}({', '.join(written)})")
        before = [_fingerprint(value) for value in (*arguments, *keywords.values())]
        generators = random.getstate(), pickle.dumps(np.random.get_state())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = function(*arguments, **keywords)
            except Exception as error:
                _judge_error(error)
                self.calls[-1] += f"  # {type(error).__name__}: {error}"
                result = _REFUSED
        for warning in caught:
            if warning.category not in _OWN_WARNINGS:
                place = f"{Path(warning.filename).name}: {warning.message}"
                raise Finding("a", f"{warning.category.__name__} in {place}")
        if before != [_fingerprint(value) for value in (*arguments, *keywords.values())]:
            raise Finding("e", "an argument was changed")
        if generators != (random.getstate(), pickle.dumps(np.random.get_state())):
            raise Finding("e", "a global random generator was changed")
        return result

    def run(self):
        """Draw an estimator, fit it, and call what was fitted."""
        kind = self.pick([AutoencoderTransformer] * 3 + [VariationalAutoencoderTransformer] + [AutoencoderImputer])
        if self.seed % 7 == 6:
            kind = AutoencoderRecommender
        parameters = self.parameters(kind)
        self.calls.append(f"{kind.__name__}({', '.join(f'{name}={value!r}' for name, value in parameters.items())})")
        estimator = kind(**parameters)
        X = self.ratings() if kind is AutoencoderRecommender else self.rows(holes=kind is AutoencoderImputer)
        if self.chance(0.05):
            name = self.pick([name for name in METHODS if hasattr(estimator, name)])
            if self.call(getattr(estimator, name), X) is not _REFUSED:
                raise Finding("a", f"{name} worked before fit")
        container = self.pick(["default", "pandas", "polars"]) if self.chance(0.2) else "default"
        if container != "default":
            self.call(estimator.set_output, transform=container)
        fitted = self.fit(estimator, X)
        if fitted and self.chance(0.2):
            self.call(estimator.set_params, warm_start=True)
            others = X if self.chance(0.6) else self.other_rows(X)
            X = others if self.fit(estimator, others) else X
        if fitted:
            self.use(estimator, X)

    def fit(self, estimator, X):
        """Fit in one of three ways; return whether that worked."""
        name = self.pick(["fit", "fit", "fit_transform", "partial_fit"])
        keywords = {}
        if self.chance(0.1):
            keywords["y"] = self.pick([X, np.zeros(24), "y"])
        if self.chance(0.15):
            keywords["sample_weight"] = self.weights(X)
        if name == "fit" and isinstance(estimator, _TRANSFORMERS) and self.chance(0.1):
            for argument in self.random.permutation(["X_val", "X_noisy", "X_val_noisy"])[: self.pick([1, 1, 2, 3])]:
                keywords[argument] = X if self.chance(0.5) else self.other_rows(X)
        # A recommender of a data frame predicts, but does not transform.
        is_recommender = isinstance(estimator, AutoencoderRecommender)
        if not hasattr(estimator, name) or (is_recommender and isinstance(X, pd.DataFrame)):
            name = "fit"
        before, parameters = dict(vars(estimator)), estimator.get_params(deep=False)
        unfitted = clone(estimator)
        result = self.call(getattr(estimator, name), X, **keywords)
        after = estimator.get_params(deep=False)
        if any(after[parameter] is not value for parameter, value in parameters.items()):
            raise Finding("e", f"{name} replaced a parameter")
        if result is _REFUSED:
            if before.keys() != vars(estimator).keys() or any(
                vars(estimator)[key] is not before[key] for key in before
            ):
                raise Finding("b", f"{name} failed and changed the estimator")
            return False
        self.n_fits += 1
        if name == "fit_transform":
            self.check_rows("fit_transform", result, estimator, X, _width_out(estimator))
            _equal("d", "fit_transform and fit().transform", result, self.works(estimator.transform, X))
        elif result is not estimator:
            raise Finding("c", f"{name} did not return the estimator")
        is_first = "history_" not in before
        if is_first and unfitted.random_state is not None and self.chance(0.25):
            self.works(getattr(unfitted, name), X, **keywords)
            codes = [self.works(_answer(fitted), X) for fitted in (estimator, unfitted)]
            _equal("d", f"{name} and {name} of a clone", *codes)
        return True

    def use(self, estimator, X):
        """Make a few uses of what was fitted to X."""
        for number in self.random.permutation(len(USES))[: self.pick([2, 4, 6])]:
            use, kinds, share = USES[number]
            if isinstance(estimator, kinds) and self.chance(share):
                use(self, estimator, X)

    def works(self, function, *arguments, **keywords):
        """Call what must work, since the rows are those of the fit."""
        result = self.call(function, *arguments, **keywords)
        if result is _REFUSED:
            raise Finding("c", f"refused the rows of fit: {_anonymous(self.calls[-1])}")
        return result

    def weights(self, X):
        """Draw weights of rows, few of which are wrong."""
        n_rows = getattr(X, "shape", (24,))[0]
        weights = self.random.randint(0, 4, size=n_rows).astype(float)
        if self.chance(0.2):
            weights = self.pick([weights * 0, -weights, weights[:-1], weights + np.nan, weights[:, None], 2.0, "two"])
        return weights

    # ---- What results are like ---------------------------------------------------------------------------------------

    def check_rows(self, name, result, estimator, X, width, dtype=None):
        """Raise a Finding unless a result is rows of the right container, shape and dtype."""
        wanted = getattr(estimator, "_sklearn_output_config", {}).get("transform", "default")
        found = type(result).__module__.split(".")[0] if type(result).__name__ == "DataFrame" else "default"
        if found != wanted:
            raise Finding("c", f"{name} returned a {type(result).__name__} for set_output({wanted!r})")
        values = np.asarray(result)
        n_rows = X if isinstance(X, int) else np.shape(X)[0]
        if values.shape != (n_rows, width):
            raise Finding("c", f"{name} returned the shape {values.shape}, not {(n_rows, width)}")
        if isinstance(getattr(estimator, "_table", None), FrameTable):
            # Words and categories.
            if pd.isna(values).any():
                raise Finding("c", f"{name} left holes in a data frame")
            return
        dtype = _dtype_out(X) if dtype is None else dtype
        # polars forgets the dtype of no columns.
        if values.dtype != dtype and width:
            raise Finding("c", f"{name} returned {values.dtype}, not {dtype}")
        if not np.isfinite(values).all():
            raise Finding("c", f"{name} returned values that are not finite")


def _equal(rule, what, first, second):
    first, second = np.asarray(first), np.asarray(second)
    if not np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
        raise Finding(rule, f"{what} differ")


def _written(value):
    if isinstance(value, list):
        return f"<list of {len(value)}>"
    return f"<{type(value).__name__} {value.shape}>" if hasattr(value, "shape") and value.shape else repr(value)


def _fingerprint(value):
    """Return what changes if a value does: of rows, their numbers, container and layout."""
    if sparse.issparse(value):
        names = ("data", "indices", "indptr", "row", "col")
        return value.format, value.shape, [joblib.hash(getattr(value, name, None)) for name in names]
    if isinstance(value, np.ma.MaskedArray):
        return joblib.hash((value.data, value.mask))
    if isinstance(value, pd.DataFrame):
        return joblib.hash(
            [list(value.columns), list(map(str, value.dtypes)), pd.util.hash_pandas_object(value).values]
        )
    if isinstance(value, polars.DataFrame):
        return value.write_json()
    if isinstance(value, (np.ndarray, list)):
        return joblib.hash(value)
    return id(value)


def _dtype_out(X):
    dtypes = set(map(str, getattr(X, "dtypes", []))) or {str(getattr(X, "dtype", None))}
    return np.float32 if dtypes == {"float32"} else np.float64


def _answer(estimator):
    """Return the method of a fitted estimator that takes the rows of the fit."""
    return estimator.predict if _is_of_pairs(estimator) else estimator.transform


def _is_of_pairs(estimator):
    return isinstance(estimator, AutoencoderRecommender) and estimator._frame is not None


def _width_out(estimator):
    return len(estimator.get_feature_names_out())


def _anonymous(text):
    """Leave out the numbers of a message, so that messages with one cause are one."""
    return re.sub(r"[-+]?\d[\d.]*(e[-+]?\d+)?|0x[0-9a-f]+", "#", re.sub(r"<[^>]*>", "<>", text))


def _judge_error(error):
    """Raise a Finding unless an error is in the user's terms."""
    steps = list(traceback.walk_tb(error.__traceback__))
    modules = [frame.f_globals.get("__name__", "") for frame, _ in steps]
    names = [f"{module}.{frame.f_code.co_name}" for module, (frame, _) in zip(modules, steps, strict=True)]
    own = max(number for number, module in enumerate(modules) if number == 0 or module.startswith("skautoencoder"))
    cause = f"{type(error).__name__} in {names[own]}, {names[-1]}: {_anonymous(str(error))[:150]}"
    if not isinstance(error, (ValueError, TypeError)):
        raise Finding("a", cause) from error
    if own < len(steps) - 1:
        if not _VALIDATION.match(modules[own + 1]):
            raise Finding("a", cause) from error
    elif not _is_raised(error):
        raise Finding("a", f"no raise: {cause}") from error
    elif _FOREIGN_WORDS.search(str(error)):
        raise Finding("a", f"foreign words: {cause}") from error


def _is_raised(error):
    """Whether the innermost line is a `raise`, rather than an operation that failed."""
    last = error.__traceback__
    while last.tb_next is not None:
        last = last.tb_next
    operations = {step.offset: step.opname for step in dis.get_instructions(last.tb_frame.f_code)}
    return operations[last.tb_lasti] in ("RAISE_VARARGS", "RERAISE")


# ---- Parameters ------------------------------------------------------------------------------------------------------


def build(n_features, encoding_dim):
    from keras import Input, Sequential
    from keras.layers import BatchNormalization, Dense, Dropout

    encoder = Sequential([Input((n_features,)), Dropout(0.1), Dense(4, "relu"), Dense(encoding_dim)])
    return encoder, Sequential([Input((encoding_dim,)), BatchNormalization(), Dense(n_features)])


def build_too_narrow(n_features, encoding_dim):
    encoder, _ = build(n_features, encoding_dim)
    return encoder, build(n_features + 1, encoding_dim)[1]


def build_half(n_features, encoding_dim):
    return build(n_features, encoding_dim)[0]


def build_nothing(n_features, encoding_dim):
    return None


def penalty_of_batch(batch):
    from keras import ops

    return ops.mean(ops.square(batch.codes))


def penalty_of_rows(batch):
    from keras import ops

    return ops.sum(ops.abs(batch.codes), axis=1)


def noise_of_batch(batch):
    return batch.rows * 0.5


def mean_fourth_power(rows, reconstructed):
    from keras import ops

    return ops.mean((rows - reconstructed) ** 4, axis=1)


def of_no_arguments():
    return 1.0


# Values that are wrong for most parameters.
JUNK = [None, True, -1, 0, 1, 2.5, np.nan, np.inf, "", "nonsense", (), [], [1.5], {}, object, int, np.ones(2), "mse"]
JUNK += [of_no_arguments, np.float32(0.5), np.int64(3), ((1, 2), (3,)), "1"]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "linear", "ReLU", "softplus", "elu", "geluu"]
UNIT_OUTPUTS = {"output_activation": "sigmoid", "loss": "binary_crossentropy"}
SPARSE_CODES = {"code_activation": "sigmoid", "penalty": "kl"}
ARCHITECTURES = [
    ConvolutionalArchitecture((2, 3)),
    ConvolutionalArchitecture((2, 3), kernel_size=1),
    ConvolutionalArchitecture((5, 5)),
    ConvolutionalArchitecture((-1, 2)),
    ConvolutionalArchitecture("square"),
    ConvolutionalArchitecture((2, 3), kernel_size=0),
    Conv1DArchitecture((3, 2)),
    RecurrentArchitecture((3, 2)),
    RecurrentArchitecture((-1, 1), cell="gru"),
    RecurrentArchitecture((3, 2), cell="rnn"),
    RecurrentArchitecture((4, 4)),
    KerasArchitecture(build),
    KerasArchitecture(build_too_narrow),
    KerasArchitecture(build_half),
    KerasArchitecture(build_nothing),
    KerasArchitecture(of_no_arguments),
    DenseArchitecture((3, 4)),
    DenseArchitecture("narrow"),
    ConvolutionalArchitecture,
    "convolutional",
]


def _keras_objects():
    """Make what needs Keras, which is imported in this function so that importing this file stays quick."""
    import keras

    losses = [keras.losses.MeanSquaredError(), keras.losses.LogCosh(), keras.losses.Huber(2.0), keras.losses.log_cosh]
    losses += [keras.losses.Huber, keras.losses.CosineSimilarity(), keras.losses.MeanAbsoluteError(reduction="none")]
    optimizers = [keras.optimizers.SGD(0.1, momentum=0.9), keras.optimizers.Adam(1e-2, clipnorm=1.0)]
    optimizers += [keras.optimizers.SGD, keras.losses.Huber()]
    schedules = [keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.9), keras.optimizers.schedules.CosineDecay]
    callbacks = [keras.callbacks.EarlyStopping("loss", patience=1), keras.callbacks.TerminateOnNaN()]
    callbacks += [keras.callbacks.ReduceLROnPlateau(patience=1), keras.callbacks.LambdaCallback()]
    callbacks += [keras.callbacks.LearningRateScheduler(_halve), keras.callbacks.LambdaCallback(on_batch_end=_ignore)]
    return losses, optimizers, schedules, [*callbacks, [*callbacks[:2]], [keras.callbacks.EarlyStopping], ["loss"], []]


def _halve(epoch, learning_rate):
    return learning_rate / 2


def _ignore(batch, logs):
    pass


LOSSES, OPTIMIZERS, SCHEDULES, CALLBACKS = _keras_objects()
PARAMETERS = {
    "encoding_dim": [1, 2, 3, np.int64(2), 6, 9],
    "hidden_layer_sizes": [(), (4,), [4], np.array([4]), (4, 3), 4, "auto", (4, 0), [[4]], ((4,), (4, 3))],
    "activation": ACTIVATIONS,
    "weight_decay": [0.0, 0.1, 1, 1e3],
    "optimizer": ["sgd", "Adam", "rmsprop", "adamw", "lion", "ftrl", "adamm", *OPTIMIZERS],
    "learning_rate": [1e-2, 1, np.float32(0.01), 1e-30, 1e3, *SCHEDULES],
    "batch_size": [1, 7, 1000, "auto", np.int64(8)],
    "epochs": [3, 5, np.int64(1)],
    "validation_fraction": [0.5, 0.01, 0.999],
    "patience": [1, 2, 1000],
    "random_state": [1, np.random.RandomState(0)],
    "verbose": [0, False],
}
OF_TRANSFORMERS = {
    "encoding_dim": [*PARAMETERS["encoding_dim"], 0.5, 0.99, None],
    "beta": [0, 0.0, 0.5, 4.0, 1e6],
    "code_activation": ACTIVATIONS,
    "output_activation": ACTIVATIONS,
    "loss": ["mae", "huber", "MeanSquaredError", "msle", mean_fourth_power, of_no_arguments, *LOSSES],
    "init": ["pca", "random", "auto"],
    "penalty": [
        *("l1", "l2", "hoyer", "kl", "contractive", "l3", penalty_of_batch, penalty_of_rows, of_no_arguments),
        *(L1Sparsity(), L2Penalty(), HoyerSparsity(), KLSparsity(0.2), KLSparsity(2.0), ContractivePenalty(False)),
        L1Sparsity,
    ],
    "alpha": [0, 0.0, 1e-3, 1.0, 1e6, "auto"],
    "noise": [
        *("gaussian", "masking", "salt_and_pepper", "GaussianNoise", "snow", noise_of_batch, of_no_arguments),
        *(GaussianNoise(0.5, clip=(0, 1)), GaussianNoise(-1.0), MaskingNoise(0.3), MaskingNoise(1.5)),
        *(SaltAndPepperNoise(1.0), MaskingNoise),
    ],
    "noise_level": [0.0, 0.3, 1.0, 2.0],
    "neighbor_mixing": [0, 0.7, 1.0, 1.5],
    "early_stopping": [True, False],
    "callbacks": [None, *CALLBACKS],
    "warm_start": [True, False],
}
OF_IMPUTER = {
    "n_estimators": [1, 2, 0],
    "encoding_dim": [*PARAMETERS["encoding_dim"], "auto"],
    "loss": ["huber", "mse", "mae", "binary_crossentropy"],
    "noise_level": [0.1, 0.9, "auto", 1.0],
    "missing_values": [np.nan, None, pd.NA, 0, -1.0, "nan"],
    "add_indicator": [True],
    "keep_empty_features": [True],
    "handle_unknown": ["error", "ignore"],
    "min_value": [0, -np.inf, [None] * 6, {"column 0": 0}, [0] * 6, np.nan, [np.nan] * 6, 1e9],
    "max_value": [1, np.inf, [1] * 6, [1], -1e9],
}
OF_RECOMMENDER = {
    "encoding_dim": [*PARAMETERS["encoding_dim"], 0.5],
    "n_factors": [1, 2, np.int64(3), 10, 0],
    "loss": ["huber", "mse", "mae", "binary_crossentropy"],
    "noise_level": [0.1, 0.9, 1.0],
    "min_value": [None, 0, -1e9, 3.0, np.nan],
    "max_value": [None, 5, 1e9, 0],
}
PARAMETERS_OF = {AutoencoderImputer: OF_IMPUTER, AutoencoderRecommender: OF_RECOMMENDER}
MARKERS = "missing_values", "add_indicator", "keep_empty_features"


# ---- Uses of what was fitted -----------------------------------------------------------------------------------------


def _transform(case, estimator, X):
    if _is_of_pairs(estimator):
        return
    result = case.works(estimator.transform, X)
    case.check_rows("transform", result, estimator, X, _width_out(estimator))


def _transform_others(case, estimator, X):
    others = case.other_rows(X)
    result = case.call(estimator.transform, others)
    if result is not _REFUSED:
        case.check_rows("transform of other rows", result, estimator, others, _width_out(estimator))


def _one_at_a_time(case, estimator, X):
    if not isinstance(X, np.ndarray):
        return
    together = np.asarray(case.works(estimator.transform, X))
    alone = np.concatenate(
        [np.asarray(case.works(estimator.transform, X[row : row + 1])) for row in range(min(4, len(X)))]
    )
    scale = np.abs(together).max(initial=0.0)
    tolerance = {np.dtype("float32"): 1e-4, np.dtype("float64"): 1e-7}.get(together.dtype, 0.0)
    if np.abs(alone - together[: len(alone)]).max(initial=0.0) > tolerance * scale:
        raise Finding("d", "rows one at a time are not rows all at once")


def _inverse_transform(case, estimator, X):
    codes = case.works(estimator.transform, X)
    result = case.works(estimator.inverse_transform, codes)
    case.check_rows("inverse_transform", result, estimator, codes, estimator.n_features_in_)


def _inverse_transform_others(case, estimator, X):
    codes = case.rows(width=case.pick([estimator.encoding_dim_, 3]))
    result = case.call(estimator.inverse_transform, codes)
    if result is not _REFUSED:
        case.check_rows("inverse_transform of codes", result, estimator, codes, estimator.n_features_in_)


def _reconstruct(case, estimator, X):
    result = case.works(estimator.reconstruct, X)
    case.check_rows("reconstruct", result, estimator, X, estimator.n_features_in_)


def _score(case, estimator, X):
    if not isinstance(estimator, _TRANSFORMERS):
        result = case.call(estimator.score, X)
        if result is _REFUSED:
            return
    else:
        result = case.works(estimator.score, X)
    if not isinstance(result, float) or not np.isfinite(result) or result > 1:
        raise Finding("c", f"score returned {result!r}")
    case.call(estimator.score, X, sample_weight=case.weights(X))


def _score_samples(case, estimator, X):
    result = case.works(estimator.score_samples, X)
    if result.shape != (np.shape(X)[0],) or result.dtype != np.float64:
        raise Finding("c", f"score_samples returned {result.dtype} of the shape {result.shape}")
    if not np.isfinite(result).all() or (result > 0).any():
        raise Finding("c", "score_samples returned values above 0 or not finite")


def _posterior(case, estimator, X):
    means, variances = case.works(estimator.posterior, X)
    _equal("d", "means of the posterior and codes", means, case.works(estimator.transform, X))
    if variances.shape != means.shape or variances.dtype != means.dtype or not (variances > 0).all():
        raise Finding("c", "posterior returned variances of another shape or dtype, or not above 0")
    if not np.isfinite(variances).all():
        raise Finding("c", "posterior returned variances that are not finite")


def _sample(case, estimator, X):
    n_samples, noise = case.pick([1, 5, 0, -1, 2.5, "5", np.int64(3)]), case.pick([True, False, "yes"])
    result = case.call(estimator.sample, n_samples, random_state=0, noise=noise)
    if result is not _REFUSED:
        dtype = estimator._fit_dtype
        case.check_rows("sample", result, estimator, int(n_samples), estimator.n_features_in_, np.dtype(dtype))
        _equal(
            "d", "two samples of one seed", result, case.works(estimator.sample, n_samples, random_state=0, noise=noise)
        )


def _predict(case, estimator, X):
    result = case.works(estimator.predict, X)
    expected_shape = (len(X),) if _is_of_pairs(estimator) else X.shape
    if result.shape != expected_shape or not np.isfinite(result).all():
        raise Finding("c", f"predict returned values that are not finite, or of the shape {result.shape}")
    others = X.iloc[:, :2] if _is_of_pairs(estimator) else case.other_rows(X)
    case.call(estimator.predict, others)


def _recommend(case, estimator, X):
    users = X["user"].unique() if _is_of_pairs(estimator) else X
    case.call(estimator.recommend, users, n=case.pick([1, 2, 0, 100, "3", 1.0]))
    case.call(estimator.recommend, users, n=1, names=case.pick([list("abcdef"), ["a"], range(6), "abcdef"]))
    case.call(estimator.recommend, users, n=1, exclude=case.pick([[0], np.zeros(6), ["item 1"], "item 1"]))


def _feature_names(case, estimator, X):
    names = case.works(estimator.get_feature_names_out)
    if len(set(names)) != len(names):
        raise Finding("c", "get_feature_names_out repeats names")
    case.call(estimator.get_feature_names_out, case.pick([None, list("abcdef"), ["a"], "abc"]))


def _copies(case, estimator, X):
    expected = case.works(_answer(estimator), X)
    copied = case.works(case.pick([copy.deepcopy, _pickled]), estimator)
    _equal("d", "codes of an estimator and of its copy", expected, case.works(_answer(copied), X))
    case.works(clone, estimator)


def _pickled(estimator):
    return pickle.loads(pickle.dumps(estimator))


def _shown(case, estimator, X):
    case.works(repr, estimator)
    case.works(estimator._repr_html_)


def _set_params(case, estimator, X):
    """What was fitted does not follow the parameters."""
    generating = isinstance(estimator, VariationalAutoencoderTransformer)
    before = case.works(_answer(estimator), X), case.works(estimator.sample, 3, random_state=0) if generating else None
    parameters = case.parameters(type(estimator))
    # scikit-learn's base class of imputers reads these in `transform`.
    parameters = {name: value for name, value in parameters.items() if name not in MARKERS}
    case.calls.append(f"set_params({', '.join(f'{name}={value!r}' for name, value in parameters.items())})")
    changed = copy.deepcopy(estimator).set_params(**parameters)
    _equal("c", "codes before and after set_params", before[0], case.works(_answer(changed), X))
    if generating:
        _equal("c", "samples before and after set_params", before[1], case.works(changed.sample, 3, random_state=0))


def _models(case, estimator, X):
    model = case.works(getattr, estimator, case.pick(["encoder_", "decoder_", "autoencoder_"]))
    if estimator.n_parameters_ != model.count_params() and model.count_params() > estimator.n_parameters_:
        raise Finding("c", f"{model.name} has more weights than n_parameters_")


def _metrics(case, estimator, X):
    metric = case.pick(["mse", "rmse", "mae", "max", "RMSE", "nonsense"])
    per = case.pick(["total", "sample", "feature", "row"])
    case.call(reconstruction_error, estimator, X, metric=metric, per=per)
    case.call(case.pick([reconstruction_r2, neg_reconstruction_error]), estimator, X)


def _diagnose(case, estimator, X):
    case.call(diagnose, estimator, X, X_test=case.other_rows(X) if case.chance(0.3) else None)


def _compare(case, estimator, X):
    sizes = case.pick([None, 1, [1, 2], [0], [100], "two", []])
    case.call(compare_with_pca, estimator, X, encoding_dims=sizes, cv=case.pick([2, 2, 2, 1, 100]))


def _display(case, estimator, X):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    from skautoencoder import plotting

    display = case.pick(plotting.__all__)
    case.call(getattr(plotting, display).from_estimator, estimator, X)
    pyplot.close("all")


_TRANSFORMERS = AutoencoderTransformer, VariationalAutoencoderTransformer
_ALL = (*_TRANSFORMERS, AutoencoderImputer, AutoencoderRecommender)
_OF_MATRICES = (*_TRANSFORMERS, AutoencoderImputer)
# Uses, the estimators that have them, and how often they are made where they could be.
USES = [
    (_transform, _ALL, 1),
    (_transform_others, _OF_MATRICES, 1),
    (_one_at_a_time, _OF_MATRICES, 0.5),
    (_inverse_transform, _TRANSFORMERS, 1),
    (_inverse_transform_others, _TRANSFORMERS, 1),
    (_reconstruct, _TRANSFORMERS, 1),
    (_score, _ALL, 1),
    (_score_samples, _TRANSFORMERS, 1),
    (_posterior, VariationalAutoencoderTransformer, 1),
    (_sample, VariationalAutoencoderTransformer, 1),
    (_feature_names, _OF_MATRICES, 1),
    (_predict, AutoencoderRecommender, 1),
    (_recommend, AutoencoderRecommender, 1),
    (_copies, _ALL, 1),
    (_shown, _ALL, 0.5),
    (_set_params, _ALL, 1),
    (_models, _TRANSFORMERS, 0.1),
    (_metrics, _TRANSFORMERS, 0.5),
    (_diagnose, _TRANSFORMERS, 0.3),
    (_compare, _TRANSFORMERS, 0.1),
    (_display, _TRANSFORMERS, 0.1),
]
# Methods of one argument that an estimator has only after `fit`.
METHODS = ["transform", "inverse_transform", "reconstruct", "score", "score_samples"]
METHODS += ["posterior", "predict", "recommend"]


def run(seed):
    """Run one case; return the number of fits that worked.

    Raises
    ------
    Finding
        If a call breaks a rule. Its notes are the calls of the case.
    """
    case = Case(seed)
    try:
        case.run()
    except Exception as error:
        error.add_note("\n".join([f"Case {seed}, python tests/fuzz.py --only {seed}:", *case.calls]))
        raise
    return case.n_fits


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000, help="number of cases")
    parser.add_argument("--seed", type=int, default=0, help="number of the first case")
    parser.add_argument("--only", type=int, help="number of the only case, whose calls are printed")
    parser.add_argument("--xla", action="store_true", help="compile as users' fits are, which takes longer")
    arguments = parser.parse_args()
    if not arguments.xla:
        from skautoencoder._engine import _keras_compat

        _keras_compat.XLA_WORKS = False
    if arguments.only is not None:
        return run(arguments.only)
    findings, n_fits = defaultdict(list), 0
    for seed in range(arguments.seed, arguments.seed + arguments.cases):
        if seed % 100 == 0:
            print(f"Case {seed}, {len(findings)} findings", flush=True)
        try:
            n_fits += run(seed)
        except Exception as error:
            cause = _anonymous(str(error)) if isinstance(error, Finding) else f"not judged: {error!r}"
            if not findings[cause]:
                traceback.print_exception(error)
            findings[cause].append(seed)
    print(f"\n{arguments.cases} cases, {n_fits} fits, {len(findings)} findings")
    for cause, seeds in sorted(findings.items(), key=lambda item: -len(item[1])):
        print(f"{len(seeds)} x {cause}\n    cases {', '.join(map(str, seeds[:10]))}")
    return sys.exit(bool(findings))


if __name__ == "__main__":
    main()
