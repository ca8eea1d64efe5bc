"""Error of AutoencoderRecommender on held-out ratings, and how many recommendations are right.

    python benchmarks/ratings.py FILE [--seeds 3] [--methods "ours" "biases"]
    python benchmarks/ratings.py --simulated 6000 4000 0.042

Each line of FILE holds person, thing, rating and optionally time, separated by tabs, commas, "|" or "::", with or
without a header, as in MovieLens. A tenth of the ratings is held out: at random, each person's last ones, or the last
ones of all. A recommendation is right if it was held out with at least four fifths of the largest rating. Simulated
ratings are three-dimensional tastes through a tanh, so that no matrix of rank three holds them.
"""

import argparse
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

from skautoencoder import AutoencoderRecommender

_NAMED = 10
# Ridge per rating, and total ridge, of alternating least squares.
_RIDGES = ((0.05, 1e-3), (0.1, 1e-3), (0.2, 1e-3), (0.05, 10.0), (0.0, 12.0), (0.0, 20.0))


def read(path):
    """Return the indices of people and things, the ratings and the times."""
    with open(path) as file:
        first = file.readline()
    separator = re.search(r"::|\t|,|\|", first)[0]
    header = None if re.match(r"\d", first) else 0
    table = pd.read_csv(path, sep=re.escape(separator), header=header, engine="python").to_numpy(dtype=float)
    people, things = (np.unique(table[:, column], return_inverse=True)[1] for column in (0, 1))
    return people, things, table[:, 2], table[:, 3] if table.shape[1] > 3 else np.arange(len(table))


def held_out(split, people, times, seed):
    """Return a mask of the held-out ratings."""
    n_ratings = len(people)
    if split == "at random":
        return np.random.RandomState(seed).permutation(n_ratings) < n_ratings // 10
    if split == "the last of all":
        return times.argsort(kind="stable").argsort() >= n_ratings - n_ratings // 10
    order = np.lexsort((times, people))
    place, counts = np.empty(n_ratings, dtype=int), np.bincount(people)
    place[order] = np.arange(n_ratings) - np.repeat(np.cumsum(counts) - counts, counts)
    return place >= np.ceil(0.9 * counts[people])


def biases(known):
    """Fit shrunken biases of rows and columns by expectation and maximisation; return expected ratings."""
    rows, columns = known.nonzero()
    mean, of_rows, of_columns = known.data.mean(), np.zeros(known.shape[0]), np.zeros(known.shape[1])
    noise, variances = known.data.var(), [0.2, 0.2]
    for _ in range(30):
        sides = ((rows, of_rows, columns, of_columns), (columns, of_columns, rows, of_rows))
        uncertainty = np.zeros(len(rows))
        for number, (own, found, other, given) in enumerate(sides):
            covariances = 1 / (np.bincount(own, minlength=len(found)) / noise + 1 / variances[number])
            residuals = known.data - mean - given[other]
            found[:] = covariances * np.bincount(own, residuals, minlength=len(found)) / noise
            variances[number] = np.mean(found**2 + covariances)
            uncertainty += covariances[own]
        noise = np.mean((known.data - mean - of_rows[rows] - of_columns[columns]) ** 2 + uncertainty)
    return mean + of_rows[:, np.newaxis] + of_columns


def least_squares(known, seed, rank=20, iterations=12):
    """Alternate least squares on the residuals of biases, ridge chosen on a hidden tenth; return expected ratings."""

    def fitted(known, ridge):
        start = biases(known)
        residuals = csr_array((known.data - start[known.nonzero()], known.indices, known.indptr), shape=known.shape)
        sides = residuals, residuals.T.tocsr()
        factors = [None, 0.1 * np.random.RandomState(seed).normal(size=(known.shape[1], rank))]
        for _ in range(iterations):
            for side, ratings in enumerate(sides):
                others = factors[1 - side]
                mask = csr_array((np.ones_like(ratings.data), ratings.indices, ratings.indptr), shape=ratings.shape)
                outer = (others[:, :, np.newaxis] * others[:, np.newaxis, :]).reshape(len(others), -1)
                products = (mask @ outer).reshape(-1, rank, rank)
                of_each, of_all = ridge
                products += (of_each * mask.sum(axis=1) + of_all)[:, np.newaxis, np.newaxis] * np.eye(rank)
                factors[side] = np.linalg.solve(products, (ratings @ others)[:, :, np.newaxis])[:, :, 0]
        return start + factors[0] @ factors[1].T

    is_hidden = np.random.RandomState(seed).uniform(size=known.nnz) < 0.1
    rows, columns = known.nonzero()
    others = csr_array((known.data[~is_hidden], (rows[~is_hidden], columns[~is_hidden])), shape=known.shape)
    hidden = rows[is_hidden], columns[is_hidden]
    errors = [np.mean((fitted(others, ridge)[hidden] - known.data[is_hidden]) ** 2) for ridge in _RIDGES]
    return fitted(known, _RIDGES[int(np.argmin(errors))])


def ours(known, **parameters):
    """Return expected ratings, also of things that nobody has rated, and recommendations."""
    recommender = AutoencoderRecommender(**parameters).fit(known)
    return recommender.predict(known), recommender.recommend(known, n=_NAMED)


def best(scores, known):
    """Return the things with the highest scores among those that a person has not rated."""
    scores = np.array(np.broadcast_to(scores, known.shape))
    scores[known.nonzero()] = -np.inf
    return np.argsort(-scores, axis=1)[:, :_NAMED]


def methods(known, seed):
    """Return functions by name; each returns the expected ratings, and the recommendations or None."""
    counts, transposed = np.bincount(known.indices, minlength=known.shape[1]), known.T.tocsr()
    mean = np.full(known.shape, known.data.mean())

    def of_expected(fit, *arguments):
        expected = fit(known, *arguments)
        return expected, best(expected, known)

    def of_transposed(**parameters):
        return ours(transposed, random_state=seed, **parameters)[0].T, None

    return {
        "mean; most popular": lambda: (mean, best(counts.astype(float), known)),
        "biases": lambda: of_expected(biases),
        "alternating least squares": lambda: of_expected(least_squares, seed),
        "ours, epochs=0": lambda: ours(known, random_state=seed, epochs=0),
        "ours": lambda: ours(known, random_state=seed),
        "ours, epochs=0, transposed": lambda: of_transposed(epochs=0),
        "ours, transposed": of_transposed,
    }


def measure(path, seeds, chosen):
    """Return the table of the chosen methods on all splits."""
    people, things, values, times = read(path)
    shape = people.max() + 1, things.max() + 1
    cases = []
    splits = [("at random", seed) for seed in range(seeds)] + [("each one's last", 0), ("the last of all", 0)]
    for split, seed in splits:
        is_held_out = held_out(split, people, times, seed)
        rows, columns, truth = (part[is_held_out] for part in (people, things, values))
        known = csr_array((values[~is_held_out], (people[~is_held_out], things[~is_held_out])), shape=shape)
        is_liked = np.zeros(shape, dtype=bool)
        is_liked[rows, columns] = truth >= 0.8 * values.max()
        for name, method in methods(known, seed).items():
            if chosen and name not in chosen:
                continue
            start = time.perf_counter()
            expected, named = method()
            case = {"split": split, "seed": seed, "method": name, "seconds": time.perf_counter() - start}
            found = np.clip(expected[rows, columns], values.min(), values.max())
            case["RMSE"] = np.sqrt(np.mean((found - truth) ** 2))
            if named is not None:
                # People without relevant held-out ratings are left out.
                case["precision"] = np.take_along_axis(is_liked, named, axis=1)[is_liked.any(axis=1)].mean()
            cases.append(case)
            print(*case.values(), flush=True)
    table = pd.DataFrame(cases).groupby(["split", "method"], sort=False)[["RMSE", "precision", "seconds"]].mean()
    return table.round({"RMSE": 4, "precision": 3, "seconds": 1}).to_string(na_rep="")


def simulated(n_people, n_things, share, seed=0):
    """Return simulated ratings as a sparse matrix, and the factors of people and things."""
    generator = np.random.default_rng(seed)
    people, things = generator.normal(size=(n_people, 3)), generator.normal(size=(n_things, 3))
    known = np.unique(generator.integers(n_people * n_things, size=int(n_people * n_things * share)))
    rows, columns = np.divmod(known, n_things)
    truth = 3 + 2 * np.tanh(np.sum(people[rows] * things[columns], axis=1))
    ratings = truth + 0.1 * generator.normal(size=len(known))
    return csr_array((ratings, (rows, columns)), (n_people, n_things)), people, things


def measure_simulated(n_people, n_things, share):
    """Fit to ratings; return the errors of unknown ones of 1000 people, by the recommender and by truncated SVD."""
    known, people, things = simulated(n_people, n_things, share)
    start = time.perf_counter()
    recommender = AutoencoderRecommender(random_state=0).fit(known)
    seconds = time.perf_counter() - start
    some = known[:1000]
    truth = 3 + 2 * np.tanh(people[:1000] @ things.T)
    unknown = np.ones(truth.shape, dtype=bool)
    unknown[some.tocoo().coords] = False
    start = time.perf_counter()
    errors = {"ours": np.sqrt(np.mean((recommender.predict(some) - truth)[unknown] ** 2))}
    seconds_of_predict = time.perf_counter() - start
    mean = known.data.mean()
    centred = csr_array((known.data - mean, known.indices, known.indptr), shape=known.shape)
    for rank in (1, 3, 10, 20):
        left, singular, right = randomized_svd(centred, rank, random_state=0)
        errors[f"SVD of rank {rank}"] = np.sqrt(np.mean((mean + left[:1000] * singular @ right - truth)[unknown] ** 2))
    recommended = recommender.recommend(some, n=10)
    errors |= {"seconds of fit": seconds, "seconds of predict, 1000 people": seconds_of_predict}
    errors["mean rating of recommendations"] = np.take_along_axis(truth, recommended, axis=1).mean()
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    errors["peak GiB of the process"] = int(peak[1]) / 2**20
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="file of ratings")
    parser.add_argument("--seeds", type=int, default=3, help="number of splits at random")
    parser.add_argument("--methods", nargs="+", default=(), help="names of methods to measure; default: all")
    parser.add_argument("--simulated", nargs=3, type=float, help="measure one matrix: people, things, share known")
    options = parser.parse_args()
    if options.simulated:
        people, things, share = options.simulated
        print(pd.Series(measure_simulated(int(people), int(things), share)).round(3).to_string())
    elif options.file:
        print(measure(options.file, options.seeds, options.methods))
    else:
        parser.error("pass a file of ratings, or --simulated")


if __name__ == "__main__":
    main()
