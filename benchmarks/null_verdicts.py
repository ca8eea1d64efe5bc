"""False wins of compare_with_pca: verdicts on tables where an autoencoder cannot be better than PCA.

    python benchmarks/null_verdicts.py [--tables 100] [--encoding-dims 2 4]

Three kinds of tables: three linear factors with noise (80 rows), noise alone (60 rows), and factors again (30 rows).
"""

import argparse
import time
import warnings

import numpy as np
import pandas as pd

from skautoencoder import AutoencoderTransformer, compare_with_pca

# Rows, columns and factors.
KINDS = {"linear": (80, 10, 3), "noise": (60, 10, 0), "few rows": (30, 8, 3)}


def table(kind, seed):
    n_rows, n_columns, n_factors = KINDS[kind]
    generator = np.random.default_rng([seed, list(KINDS).index(kind)])
    factors, loadings = generator.normal(size=(n_rows, n_factors)), generator.normal(size=(n_factors, n_columns))
    return factors @ loadings + 0.5 * generator.normal(size=(n_rows, n_columns))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=100, help="tables of each kind")
    parser.add_argument("--encoding-dims", type=int, nargs="+", default=[2, 4])
    arguments = parser.parse_args()
    # A few random tables have a column that dominates.
    warnings.simplefilter("ignore", UserWarning)
    start, rows = time.perf_counter(), []
    for kind in KINDS:
        for seed in range(arguments.tables):
            comparison = compare_with_pca(
                AutoencoderTransformer(), table(kind, seed), encoding_dims=arguments.encoding_dims, random_state=seed
            )
            rows.append(comparison[comparison["method"] != "PCA"].assign(kind=kind))
    found = pd.concat(rows)
    groups = found.assign(interval_below_1=found["ratio_high"] < 1, interval_above_1=found["ratio_low"] > 1).groupby(
        "kind", sort=False
    )
    counts = (
        groups["verdict"].value_counts().unstack(fill_value=0).reindex(columns=["win", "tie", "loss"], fill_value=0)
    )
    print(counts.join(groups[["interval_below_1", "interval_above_1"]].sum()).to_string())
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
