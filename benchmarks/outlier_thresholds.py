"""Share of usual rows that an outlier detector flags.

    python benchmarks/outlier_thresholds.py

Fits rows without outliers with five seeds: normal rows of 1, 3 and 10 columns with contamination="auto", and rows of
eight zeros and ones, which depend on two factors, with contamination=0.1. Prints a row for each table and each value of
novelty: percent of the training rows and of new ones that are flagged, mean and largest over the seeds.
"""

from functools import partial

import numpy as np

from skautoencoder import AutoencoderOutlierDetector

N_SEEDS = 5
N_ROWS = 600
N_NEW_ROWS = 5000


def normal(n_features, generator):
    return generator.normal(size=(N_ROWS + N_NEW_ROWS, n_features))


def binary(generator):
    factors = generator.normal(size=(N_ROWS + N_NEW_ROWS, 2))
    noise = generator.normal(size=(N_ROWS + N_NEW_ROWS, 8))
    return (factors @ generator.normal(size=(2, 8)) + noise > 0).astype(float)


# Rows of each table, given a generator, and the contamination.
TABLES = {
    "normal, 1 column": (partial(normal, 1), "auto"),
    "normal, 3 columns": (partial(normal, 3), "auto"),
    "normal, 10 columns": (partial(normal, 10), "auto"),
    "binary, 8 columns": (binary, 0.1),
}


def flagged_shares(table, novelty, seed):
    """Return the shares of training rows and of new rows that are flagged, in percent."""
    draw, contamination = TABLES[table]
    X = draw(np.random.default_rng(seed))
    detector = AutoencoderOutlierDetector(contamination, novelty=novelty, random_state=seed).fit(X[:N_ROWS])
    is_flagged = detector.predict(X) == -1
    return 100 * np.mean(is_flagged[:N_ROWS]), 100 * np.mean(is_flagged[N_ROWS:])


def main():
    print("| table | contamination | novelty | training rows, % | largest | new rows, % | largest |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for table, (_, contamination) in TABLES.items():
        for novelty in (False, True):
            shares = np.array([flagged_shares(table, novelty, seed) for seed in range(N_SEEDS)])
            numbers = np.column_stack([shares.mean(axis=0), shares.max(axis=0)]).ravel()
            written = " | ".join(f"{number:.1f}" for number in numbers)
            print(f"| {table} | {contamination} | {novelty} | {written} |", flush=True)


if __name__ == "__main__":
    main()
