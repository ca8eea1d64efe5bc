"""Share of usual rows that an outlier detector flags with contamination="auto".

    python benchmarks/outlier_thresholds.py

Fits normal rows of 1, 3 and 10 columns, none of them an outlier, with five seeds, and prints a row for each number of
columns and each value of novelty: percent of the training rows and of new ones, mean and largest over the seeds.
"""

import numpy as np

from skautoencoder import AutoencoderOutlierDetector

N_SEEDS = 5
N_ROWS = 500
N_NEW_ROWS = 5000


def flagged_shares(n_features, novelty, seed):
    """Return the shares of training rows and of new rows that are flagged, in percent."""
    generator = np.random.default_rng([n_features, seed])
    X = generator.normal(size=(N_ROWS + N_NEW_ROWS, n_features))
    detector = AutoencoderOutlierDetector(novelty=novelty, random_state=seed).fit(X[:N_ROWS])
    is_flagged = detector.predict(X) == -1
    return 100 * np.mean(is_flagged[:N_ROWS]), 100 * np.mean(is_flagged[N_ROWS:])


def main():
    print("| columns | novelty | training rows, % | largest | new rows, % | largest |")
    print("| --- | --- | --- | --- | --- | --- |")
    for n_features in (1, 3, 10):
        for novelty in (False, True):
            shares = np.array([flagged_shares(n_features, novelty, seed) for seed in range(N_SEEDS)])
            numbers = np.column_stack([shares.mean(axis=0), shares.max(axis=0)]).ravel()
            print(
                f"| {n_features} | {novelty} | " + " | ".join(f"{number:.1f}" for number in numbers) + " |", flush=True
            )


if __name__ == "__main__":
    main()
