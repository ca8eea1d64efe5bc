"""Tables of numbers and categories: their reconstruction, models on their codes, and time.

    python benchmarks/mixed_tables.py --data-dir DIR [--rows 1500] [--seeds 2] [--tables titanic adult]
        [--cases FILE] [--results benchmarks/MIXED_TABLES.md]

DIR holds .csv files with a header and without missing entries; a column of words or truth values is a category. The
last column is the target: no codes hold it, and models on codes predict it. Of at most --rows rows of a table, three in
ten are held out, without those that hold a category no fitted row has. The code takes two columns, and a third of them.

All methods return numbers and the likeliest categories; whole numbers are rounded. FAMD, factor analysis of mixed
data, is prince.FAMD if prince is installed and otherwise PCA of the same scaled columns; linear regression decodes it.
One-hot means OneHotEncoder beside StandardScaler, all standardised.
"""

import argparse
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from choosing import markdown
from data import publish
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeCV
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skautoencoder import AutoencoderTransformer

OURS = "autoencoder"
BASELINES = ["FAMD", "one-hot PCA", "one-hot autoencoder"]
METHODS = [OURS, *BASELINES]
CASE = ["table", "rows", "columns", "codes", "seed", "method"]
MEASURES = ["error", "right", "linear", "boosting", "seconds"]
# Where the published tables come from. Identifiers, columns that are mostly empty and rows with empty entries are left
# out, and 5000 rows are drawn from longer tables.
SOURCES = {
    "adult": "UCI, from jbrownlee/Datasets on GitHub, without fnlwgt",
    "ames_housing": "De Cock (2011), from Migs/AmesHousingData, where NA means that a house has no such part",
    "auto_imports": "UCI, from jbrownlee/Datasets",
    "bank_marketing": "UCI, from aiplanethub/Datasets",
    "chile_vote": "Chile of pydataset",
    "diamonds": "pydataset",
    "doctor_visits": "OFP of pydataset",
    "german_credit": "UCI, from jbrownlee/Datasets",
    "penguins": "palmerpenguins",
    "student_grades": "UCI, mathematics, from jraillard/DrunkStudent_MachineLearning",
    "telco_churn": "IBM, from aiplanethub/Datasets",
    "titanic": "mwaskom/seaborn-data, each column once",
}
# Ratios by which a measure may be worse and still count as a tie.
TIE = 0.02


def tables(data_dir, n_rows, names):
    """Yield name, columns and target of each table."""
    for path in sorted(Path(data_dir).glob("*.csv")):
        if names and path.stem not in names:
            continue
        table = pd.read_csv(path, keep_default_na=False)
        if len(table) > n_rows:
            table = table.sample(n_rows, random_state=0).reset_index(drop=True)
        yield path.stem, table.iloc[:, :-1], table.iloc[:, -1]


def is_numeric(column):
    return column.dtype.kind in "iuf"


def split(X, y, seed):
    """Return fitted and held-out rows, and their targets, without columns that are constant in fitted rows."""
    stratify = None if is_numeric(y) else y
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=seed, stratify=stratify)
    X_train = X_train.loc[:, X_train.nunique() > 1]
    X_test = X_test[X_train.columns]
    is_known = np.ones(len(X_test), dtype=bool)
    for name, column in X_train.items():
        if not is_numeric(column):
            is_known &= X_test[name].isin(column).to_numpy()
    return X_train, X_test[is_known], y_train, y_test[is_known]


class Encoder:
    """Numbers standardised and categories one-hot, and such rows as data frames."""

    def __init__(self, X):
        self.numbers = [name for name in X if is_numeric(X[name])]
        self.words = [name for name in X if name not in self.numbers]
        self.columns = ColumnTransformer(
            [
                ("numbers", StandardScaler(), self.numbers),
                ("words", OneHotEncoder(sparse_output=False, dtype=float), self.words),
            ]
        ).fit(X)

    def encode(self, X):
        return self.columns.transform(X)

    def decode(self, rows, like):
        """Return rows as a frame with index, columns and dtypes of another one; a category is the largest indicator."""
        numbers, words = self.columns.named_transformers_.values()
        n_numbers = len(self.numbers)
        frame = pd.DataFrame(numbers.inverse_transform(rows[:, :n_numbers]), like.index, self.numbers)
        for name in self.numbers:
            if like[name].dtype.kind in "iu":
                frame[name] = frame[name].round()
        frame[self.words] = words.inverse_transform(rows[:, n_numbers:])
        return frame[like.columns]


class Ours:
    """The autoencoder of data frames."""

    def __init__(self, encoding_dim, seed):
        self.autoencoder = AutoencoderTransformer(encoding_dim, random_state=seed)

    def fit(self, X):
        self.autoencoder.fit(X)
        return self

    def encode(self, X):
        return np.asarray(self.autoencoder.transform(X))

    def reconstruct(self, X):
        return self.autoencoder.reconstruct(X)


class OneHot:
    """A reduction of standardised numbers and standardised indicators."""

    def __init__(self, reduction):
        self.reduction = make_pipeline(StandardScaler(), reduction)

    def fit(self, X):
        self.encoder = Encoder(X)
        self.reduction.fit(self.encoder.encode(X))
        return self

    def encode(self, X):
        return self.reduction.transform(self.encoder.encode(X))

    def reconstruct(self, X):
        return self.encoder.decode(self.reduction.inverse_transform(self.encode(X)), X)


class MixedFactors:
    """Factor analysis of mixed data, decoded by linear regression. prince is asked for its exact solver."""

    def __init__(self, encoding_dim):
        self.encoding_dim = encoding_dim

    def fit(self, X):
        self.encoder = Encoder(X)
        rows = self.encoder.encode(X)
        if find_spec("prince"):
            from prince import FAMD

            self.analysis = FAMD(n_components=self.encoding_dim, engine="scipy").fit(self._frame_for_prince(X))
        else:
            self.scale = np.ones(rows.shape[1])
            self.scale[len(self.encoder.numbers) :] = np.sqrt(rows[:, len(self.encoder.numbers) :].mean(axis=0))
            self.analysis = PCA(self.encoding_dim).fit(rows / self.scale)
        self.decoder = LinearRegression().fit(self.encode(X), rows)
        return self

    def encode(self, X):
        if find_spec("prince"):
            return self.analysis.transform(self._frame_for_prince(X)).to_numpy()
        return self.analysis.transform(self.encoder.encode(X) / self.scale)

    def _frame_for_prince(self, X):
        """Return the frame in dtypes that prince tells apart: float and object."""
        types = dict.fromkeys(self.encoder.numbers, float) | dict.fromkeys(self.encoder.words, str)
        return X.astype(types).astype(dict.fromkeys(self.encoder.words, object))

    def reconstruct(self, X):
        return self.encoder.decode(self.decoder.predict(self.encode(X)), X)


def methods(encoding_dim, seed):
    found = [
        Ours(encoding_dim, seed),
        MixedFactors(encoding_dim),
        OneHot(PCA(encoding_dim)),
        OneHot(AutoencoderTransformer(encoding_dim, random_state=seed)),
    ]
    return dict(zip(METHODS, found, strict=True))


def errors(returned, X, X_train):
    """Return the mean squared error of standardised numbers and the mean share of right categories."""
    numbers = [name for name in X if is_numeric(X[name])]
    words = [name for name in X if name not in numbers]
    differences = (returned[numbers] - X[numbers]).astype(float) / X_train[numbers].std(ddof=0)
    is_right = returned[words].astype(str) == X[words].astype(str)
    return np.mean(np.square(differences.to_numpy())), is_right.to_numpy().mean()


def scores_on_codes(codes_train, codes_test, y_train, y_test, seed):
    """Return the scores of a linear model and of boosted trees: R2, or area under the ROC curve for classes."""
    if is_numeric(y_train):
        linear = RidgeCV(np.logspace(-3, 3, 7))
        boosting = HistGradientBoostingRegressor(random_state=seed)
    else:
        linear = LogisticRegression(max_iter=1000)
        boosting = HistGradientBoostingClassifier(random_state=seed)
    scores = []
    for model in (make_pipeline(StandardScaler(), linear), boosting):
        model.fit(codes_train, y_train)
        if is_numeric(y_train):
            scores.append(r2_score(y_test, model.predict(codes_test)))
        else:
            shares = model.predict_proba(codes_test)
            shares = shares[:, 1] if shares.shape[1] == 2 else shares
            scores.append(roc_auc_score(y_test, shares, multi_class="ovr"))
    return scores


def measure(method, X_train, X_test, y_train, y_test, seed):
    """Return the numbers named in `MEASURES`."""
    start = time.perf_counter()
    method.fit(X_train)
    seconds = time.perf_counter() - start
    scores = scores_on_codes(method.encode(X_train), method.encode(X_test), y_train, y_test, seed)
    return [*errors(method.reconstruct(X_test), X_test, X_train), *scores, seconds]


def measured_cases(options):
    """Return the measurements, one row per case; continue a file of earlier ones."""
    path = options.cases and Path(options.cases)
    measured = pd.read_csv(path) if path and path.exists() else pd.DataFrame(columns=[*CASE, *MEASURES])
    known = set(map(tuple, measured[CASE].to_numpy()))
    AutoencoderTransformer(1, epochs=1).fit(np.eye(20))  # so that importing TensorFlow does not count
    for seed in range(options.seeds):
        for table, X, y in tables(options.data_dir, options.rows, options.tables):
            parts = split(X, y, seed)
            for encoding_dim in (2, max(3, round(X.shape[1] / 3))):
                for name, method in methods(encoding_dim, seed).items():
                    case = (table, *X.shape, encoding_dim, seed, name)
                    if case in known or name not in options.methods:
                        continue
                    measured.loc[len(measured)] = [*case, *measure(method, *parts, seed)]
                    if path:
                        measured.to_csv(path, index=False)
                    print(*measured.iloc[-1], flush=True)
    return measured


def difference_from_prince(options):
    """Return the largest difference of codes at epoch 0 from those of prince.FAMD, relative to the largest code."""
    largest = 0.0
    for _, X, _ in tables(options.data_dir, options.rows, options.tables):
        expected = MixedFactors(2).fit(X).encode(X)
        codes = np.asarray(AutoencoderTransformer(2, epochs=0).fit_transform(X))
        signs = np.sign(np.sum(codes * expected, axis=0))
        largest = max(largest, np.abs(codes * signs - expected).max() / np.abs(expected).max())
    return largest


def geometric_mean(ratios):
    return np.exp(np.log(ratios).mean())


def comparison(means):
    """Yield how our errors and shares of right categories compare with those of each baseline."""
    for name in BASELINES:
        error = means["error"][OURS] / means["error"][name]
        right = means["right"][OURS] / means["right"][name]
        is_best_possible = means["right"][OURS] == 1
        is_better = (error < 1) & ((right > 1) | is_best_possible)
        is_worse = (error > 1 + TIE) | (right < 1 - TIE)
        yield {
            "against": name,
            "better in both": f"{is_better.sum()} of {len(error)}",
            f"worse in one by more than {TIE * 100:.0f} %": f"{is_worse.sum()}",
            "ratio of errors": geometric_mean(error),
            "largest": error.max(),
            "ratio of right categories": geometric_mean(right),
            "smallest": right.min(),
        }


def score_comparison(means):
    """Yield how scores of models on our codes compare with those on the codes of each baseline."""
    for name in BASELINES:
        for model in ("linear", "boosting"):
            difference = means[model][OURS] - means[model][name]
            yield {
                "codes of": name,
                "model": model,
                "median difference": difference.median(),
                "mean difference": difference.mean(),
                "smallest": difference.min(),
                "higher by more than 0.01": f"{(difference > 0.01).sum()} of {len(difference)}",
                "lower by more than 0.01": f"{(difference < -0.01).sum()}",
            }


def by_case(means, name):
    """Return a table of one measure, one row per table and number of codes, one column per method."""
    return markdown(means[name][METHODS].reset_index(["rows", "columns"], drop=True))


def page(measured, options):
    means = measured.groupby([*CASE[:4], "method"], sort=False)[MEASURES].mean().unstack("method").dropna()
    shapes = means.index.droplevel("codes").unique()
    listed = pd.DataFrame(
        [[*shape, SOURCES.get(shape[0], "")] for shape in shapes],
        columns=["table", "rows", "columns without the target", "source"],
    )
    seconds = measured.pivot_table(index=CASE[:5], columns="method", values="seconds")
    ratio = (seconds[OURS] / seconds["one-hot autoencoder"]).dropna()
    start = []
    if find_spec("prince"):
        difference = difference_from_prince(options)
        start = [
            f"With `epochs=0`, the two codes differ from those of `prince.FAMD` by at most {difference:.0e} of the "
            "largest, on all tables."
        ]
    return [
        "# Tables of numbers and categories",
        f"Output of `python benchmarks/mixed_tables.py --rows {options.rows} --seeds {options.seeds}`; the program "
        f"says how it measures. Seeds: {measured['seed'].nunique()}.",
        "Tables without identifiers, columns that are mostly empty and rows with empty entries:",
        markdown(listed.set_index("table")),
        "## Reconstruction",
        "Mean squared error of standardised numbers and share of right categories (mean over columns) in held-out "
        "rows. A case is a table and a number of codes. Ratios are geometric means over cases: an error below 1 and a "
        "share above 1 are better.",
        markdown(pd.DataFrame(comparison(means)).set_index("against")),
        "Mean squared error of standardised numbers:",
        by_case(means, "error"),
        "Share of right categories:",
        by_case(means, "right"),
        *start,
        "## Models on codes",
        "Scores on held-out rows of a linear model (logistic or ridge regression) and of histogram-based gradient "
        "boosting that predict the table's target from the codes: area under the ROC curve for classes, R2 for "
        "numbers.",
        markdown(pd.DataFrame(score_comparison(means)).set_index("codes of")),
        "Linear model:",
        by_case(means, "linear"),
        "Gradient boosting:",
        by_case(means, "boosting"),
        "## Time",
        f"Seconds of `fit`, including compilation, on a shared machine: median {seconds[OURS].median():.1f}, for the "
        f"one-hot autoencoder {seconds['one-hot autoencoder'].median():.1f}; median ratio of the two "
        f"{ratio.median():.2f} (quartiles {ratio.quantile(0.25):.2f} and {ratio.quantile(0.75):.2f}).",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True, help="folder of .csv tables")
    parser.add_argument("--rows", type=int, default=1500, help="most rows of a table")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--tables", nargs="+", help="names of tables, by default all")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--cases", help=".csv file of what is measured, from which an interrupted run goes on")
    parser.add_argument("--results", help="Markdown file to write")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    publish("\n\n".join(page(measured_cases(options), options)), options.results)


if __name__ == "__main__":
    main()
