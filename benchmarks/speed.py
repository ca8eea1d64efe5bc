"""Speed and memory against the peers, side by side in one run, as ratios: `make bench`.

    python benchmarks/speed.py [--quick] [--only WORD] [--results FILE]

Every measurement runs in a separate process (tasks.py). The numbers depend on the machine, so none is a test.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import data

HERE = Path(__file__).parent
VANILLA = {"widths": [32], "batch_size": 256}
DEEP = {"widths": [1000, 500, 250, 30], "batch_size": 256}


def run(task, environment=None, **arguments):
    """Run a task in a fresh process and return its result."""
    finished = subprocess.run(
        [sys.executable, HERE / "tasks.py", task, json.dumps(arguments)],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | (environment or {}),
        capture_output=True,
        text=True,
    )
    if finished.returncode:
        raise RuntimeError(f"{task} {arguments} failed:\n{finished.stderr[-2000:]}")
    result = json.loads(finished.stdout.splitlines()[-1])
    print(f"  {task} {arguments}: {result}", file=sys.stderr, flush=True)
    return result


def process_seconds(code, repeat=5):
    """Return the minimum seconds that a fresh process takes to run the code, once it has been compiled to bytecode."""
    timed = f"import time; start = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seconds = []
    for _ in range(repeat):
        command = [sys.executable, "-c", timed]
        printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        seconds.append(float(printed.splitlines()[-1]))
    return min(seconds)


def vanilla(quick):
    """Yield the rows on fitting the tutorial's network."""
    epochs = 6 if quick else 20
    ours = run("fit_skautoencoder", epochs=epochs, **VANILLA)
    keras = run("fit_keras", epochs=epochs, **VANILLA)
    peers = {
        "torch eager": run("fit_torch", epochs=epochs, **VANILLA),
        "Keras, 100 steps per execution": run("fit_keras", epochs=epochs, steps_per_execution=100, **VANILLA),
        "Keras, jit_compile": run("fit_keras", epochs=epochs, jit_compile=True, **VANILLA),
        "Keras on JAX": run("fit_keras", environment={"KERAS_BACKEND": "jax"}, epochs=epochs, **VANILLA),
        "SciKeras": run("fit_scikeras", epochs=epochs, **VANILLA),
    }
    floor = run("floor", **VANILLA)
    best = min(peers, key=lambda name: peers[name]["seconds"])
    work = f"fit, {data.mnist_name()} 784-32-784, batch 256, {epochs} epochs, with compilation"
    yield (
        work,
        "Keras `model.fit`",
        "at least 5x faster",
        keras["seconds"] / ours["seconds"],
        5,
        f"{ours['seconds']:.2f} s against {keras['seconds']:.2f} s; "
        f"loss {ours['loss']:.4f} against {keras['loss']:.4f}",
    )
    yield (
        "the same",
        f"the best of the peers: {best}",
        "at least 1.5x faster",
        peers[best]["seconds"] / ours["seconds"],
        1.5,
        ", ".join(f"{name} {peer['seconds']:.1f} s (loss {peer['loss']:.4f})" for name, peer in peers.items()),
    )
    ours_squared = run("fit_skautoencoder", epochs=epochs, squared_error=True, **VANILLA)
    mlp = run("fit_mlp", epochs=epochs, **VANILLA)
    yield (
        "the same with squared error and linear outputs",
        "MLPRegressor, which offers nothing else",
        "at least 1.5x faster",
        mlp["seconds"] / ours_squared["seconds"],
        1.5,
        f"{ours_squared['seconds']:.2f} s against {mlp['seconds']:.2f} s; "
        f"loss {ours_squared['loss']:.5f} against {mlp['loss']:.5f}",
    )
    yield (
        "the same, per epoch after the first",
        "matrix-multiply floor",
        "at most 1.5x",
        ours["per_epoch"] / floor["per_epoch"],
        -1.5,
        f"{ours['per_epoch']:.3f} s against {floor['per_epoch']:.3f} s at {floor['gflops']:.0f} GFLOP/s",
    )


def default_fits(quick):
    """Yield the rows on the default fit: where its time goes, from few rows to many."""
    cases = [
        ("wine", 178, 6, 0.5),
        ("breast cancer", 569, 8, 0.8),
        ("digits", 150, 16, 0.5),
        ("digits", 1500, 16, 0.8),
        ("random factors", 120, 8, 3),
        ("MNIST", 6000, 32, 10),
        ("MNIST", 60000, 32, 100),
    ]
    for table, n_rows, encoding_dim, target in cases[: 5 if quick else None]:
        seconds = run("default_fit", table=table, n_rows=n_rows, encoding_dim=encoding_dim)
        steps = seconds["second"] - seconds["around"]
        yield (
            f"default fit, {n_rows} rows of {table}, {encoding_dim} codes, the second in a process",
            "seconds",
            f"at most {target}",
            seconds["second"],
            -target,
            f"first {seconds['first']:.2f} s; checks, PCA and statistics of codes {seconds['around']:.2f} s, "
            f"{seconds['epochs']} epochs {steps:.2f} s; PCA alone {seconds['pca']:.3f} s",
        )


def deep(quick):
    """Yield the rows on fitting a deep network."""
    epochs = 2 if quick else 10
    ours = run("fit_skautoencoder", epochs=epochs, **DEEP)
    keras = run("fit_keras", epochs=epochs, **DEEP)
    floor = run("floor", **DEEP)
    yield (
        f"fit, deep 784-1000-500-250-30, batch 256, {epochs} epochs, with compilation",
        "Keras `model.fit`",
        "at least 1.5x faster",
        keras["seconds"] / ours["seconds"],
        1.5,
        f"{ours['seconds']:.1f} s against {keras['seconds']:.1f} s; "
        f"loss {ours['loss']:.4f} against {keras['loss']:.4f}",
    )
    yield (
        "the same, per epoch after the first",
        "matrix-multiply floor at the step's own shapes",
        "at most 1.3x",
        ours["per_epoch"] / floor["per_epoch_own_shapes"],
        -1.3,
        f"{ours['per_epoch']:.2f} s against {floor['per_epoch_own_shapes']:.2f} s",
    )


def varieties(quick):
    """Yield the rows on noises, penalties and the other varieties."""
    n_rows = 10000 if quick else 60000
    seconds = run("varieties", n_rows=n_rows, epochs=2 if quick else 6)
    others = {"variational": 2.5, "penalty='contractive', 8 codes": 10, "Dropout(0.1) of Keras": 5}
    for name in seconds:
        if name not in ("plain", "default, digits", "imputer, digits"):
            most = others.get(name, 1.5)
            yield (
                f"an epoch, {data.mnist_name()} {n_rows} rows, 784-32-784, batch 256, {name}",
                "an epoch of the plain network",
                f"at most {most}x",
                seconds[name] / seconds["plain"],
                -most,
                f"{seconds[name]:.3f} s against {seconds['plain']:.3f} s",
            )
    ours, theirs = seconds["imputer, digits"], seconds["default, digits"]
    yield (
        "an epoch of the imputer, digits, a tenth of the entries missing",
        "an epoch of the default autoencoder, complete rows",
        "at most 20x: each row in up to ten copies",
        ours / theirs,
        -20,
        f"{ours:.3f} s against {theirs:.3f} s",
    )


def searches(quick):
    """Yield the rows on grid searches and repeated fits."""
    grid = {"encoding_dims": [2, 4, 8] if quick else [2, 4, 8, 16, 32], "folds": 3 if quick else 5, "epochs": 50}
    ours, theirs = run("search", engine="skautoencoder", **grid), run("search", engine="keras", **grid)
    yield (
        f"GridSearchCV, digits, {len(grid['encoding_dims'])} code sizes x {grid['folds']} folds, 50 epochs, batch 32",
        "a hand-written Keras wrapper",
        "at least 15x faster",
        theirs["seconds"] / ours["seconds"],
        15,
        f"{ours['seconds']:.1f} s against {theirs['seconds']:.1f} s; R2 {ours['scores']} against {theirs['scores']}",
    )
    fits = run("repeated_fit")
    yield (
        "second fit of a configuration in a process",
        "its first fit",
        "at least 4x faster",
        fits["first"] / max(fits["second"], fits["other_size"]),
        4,
        f"{fits['first']:.2f} s, {fits['second']:.3f} s, and {fits['other_size']:.3f} s with another n_samples",
    )
    if not quick:
        one, two = run("parallel_search", n_jobs=1, epochs=250), run("parallel_search", n_jobs=2, epochs=250)
        yield (
            "GridSearchCV of a minute, n_jobs=2",
            "n_jobs=1",
            "not slower",
            one["seconds"] / two["seconds"],
            1,
            f"{two['seconds']:.0f} s against {one['seconds']:.0f} s",
        )


def layers(quick):
    """Yield the rows on networks that are not dense."""
    epochs = 4 if quick else 10
    for kind, name, target in (
        ("convolutional", "28 x 28 images, 16 and 32 filters", 1),
        ("lstm", "28 steps of 28, LSTM of 32 units", 2),
    ):
        seconds = run("layers", kind=kind, epochs=epochs)
        yield (
            f"fit, {data.mnist_name()} 6000 rows, {name}, batch 64, {epochs} epochs, with compilation",
            "Keras `model.fit` of the same model",
            f"at least {target}x faster" if target > 1 else "not slower",
            seconds["keras"] / seconds["ours"],
            target,
            f"{seconds['ours']:.1f} s against {seconds['keras']:.1f} s; per epoch after the first "
            f"{seconds['ours_per_epoch']:.2f} s against {seconds['keras_per_epoch']:.2f} s",
        )
        for rows, words, target_of_rows in (("one_row", "one row", 10), ("many_rows", "10 000 rows", 2)):
            ours, predict = seconds[f"{rows}_ours"], seconds[f"{rows}_predict"]
            yield (
                f"transform, {words}, the same",
                "Keras `predict`",
                f"at least {target_of_rows}x faster",
                predict / ours,
                target_of_rows,
                f"{1000 * ours:.2f} ms against {1000 * predict:.1f} ms",
            )


def transforms(quick):
    """Yield the rows on transform."""
    seconds = run("transform")
    for name, words, over_pca, default_over_pca, over_predict in (
        ("one_row", "one row", -1.5, -2, 10),
        ("many_rows", "10 000 rows", -1.2, -3, 2),
    ):
        pca, vanilla, default = (seconds[f"{name}_{method}"] for method in ("pca", "vanilla", "default"))
        for network, ours, target in (
            ("dense 784 -> 32", vanilla, over_pca),
            ("the default network", default, default_over_pca),
        ):
            yield (
                f"transform, {words}, {network}",
                "PCA.transform",
                f"at most {-target}x",
                ours / pca,
                target,
                f"{1000 * ours:.3f} ms against {1000 * pca:.3f} ms",
            )
        ratios = {
            "vanilla": seconds[f"{name}_predict"] / vanilla,
            "default": seconds[f"{name}_default_predict"] / default,
        }
        yield (
            f"transform, {words}",
            "Keras `predict`",
            f"at least {over_predict}x faster",
            min(ratios.values()),
            over_predict,
            ", ".join(f"{name} {ratio:.1f}x" for name, ratio in ratios.items()),
        )


def processes(quick):
    """Yield the rows on imports and pickles."""
    ours, theirs = process_seconds("import skautoencoder"), process_seconds("import sklearn.decomposition")
    yield (
        "`import skautoencoder`",
        "`import sklearn.decomposition`",
        "at most 0.15 s more",
        ours - theirs,
        -0.15,
        f"{ours:.2f} s against {theirs:.2f} s",
    )
    paths = {reducer: HERE / f"pipeline-{reducer}.pickle" for reducer in ("pca", "autoencoder")}
    sizes = {reducer: run("save_pipeline", path=str(path), reducer=reducer) for reducer, path in paths.items()}
    predict = (
        "import pickle, sys, numpy\n"
        "with open({path!r}, 'rb') as file:\n    pipeline = pickle.load(file)\n"
        "pipeline.predict(numpy.ones((1, 64), dtype='float32'))\nassert 'tensorflow' not in sys.modules"
    )
    ours, theirs = (process_seconds(predict.format(path=str(paths[reducer]))) for reducer in ("autoencoder", "pca"))
    for path in paths.values():
        path.unlink()
    yield (
        "a fresh process unpickles a fitted pipeline and predicts",
        "the same with PCA",
        "at most 0.3 s more",
        ours - theirs,
        -0.3,
        f"{ours:.2f} s against {theirs:.2f} s, TensorFlow not imported",
    )
    pickled, weights = sizes["autoencoder"]["pickle_bytes"], sizes["autoencoder"]["weight_bytes"]
    yield (
        "pickle size, dense",
        "its weights as float32",
        "at most 1.1x + 20 kB",
        pickled / (1.1 * weights + 20_000),
        -1,
        f"{pickled} bytes, weights {weights}; the ratio is to the whole target",
    )


def memory(quick):
    """Yield the rows on memory."""
    array = run("memory", kind="array", n_rows=60000)
    yield (
        "peak memory of fit, 60000 x 784 float32 in memory, X itself included",
        "bytes of X as float32",
        "at most 1.5x",
        (array["peak"] - array["bare"]) / array["X"],
        -1.5,
        f"{(array['peak'] - array['before']) / 2**20:.0f} MiB on top of X",
    )
    small, large = (run("memory", kind="memmap", n_rows=n_rows) for n_rows in (60000, 240000))
    grown = [(result["peak"] - result["before"]) / 2**20 for result in (small, large)]
    yield (
        "peak memory of fit, memory map of 4 times as many rows",
        "the same with a quarter of them",
        "a constant",
        grown[1] - grown[0],
        -20,
        f"{grown[0]:.0f} and {grown[1]:.0f} MiB of anonymous memory for {small['X'] / 2**20:.0f} and "
        f"{large['X'] / 2**20:.0f} MiB of X; the value is the difference in MiB",
    )
    bounded = run("bounded_memory", budget_mb=128 if quick else 256)
    yield (
        "fit of a memory map in a bounded process (RLIMIT_DATA)",
        "what the process may still allocate",
        "4x larger trains",
        bounded["X"] / bounded["budget"],
        3.99,
        f"{bounded['X'] / 2**20:.0f} MiB of X, {bounded['budget'] / 2**20:.0f} MiB of memory",
    )
    thin = run("memory", kind="sparse", n_rows=20_000 if quick else 200_000)
    yield (
        f"fit and transform, CSR {20_000 if quick else 200_000} x 20000 with 0.1 % non-zeros, one epoch",
        "2 GiB",
        "at most 1x",
        thin["maxrss"] / 2**31,
        -1,
        f"{thin['maxrss'] / 2**20:.0f} MiB in all, {(thin['peak'] - thin['before']) / 2**20:.0f} MiB of them for the "
        "fit; "
        f"fit {thin['fit_seconds']:.0f} s, transform {thin['transform_seconds']:.1f} s",
    )
    fits = 50 if quick else 200
    megabytes = run("many_fits", n_fits=fits)["megabytes"]
    yield (
        f"resident memory over {fits} fits, every one of another shape",
        "after the first tenth",
        "at most 1.3x",
        megabytes[-1] / megabytes[0],
        -1.3,
        f"{megabytes} MiB",
    )


GROUPS = (vanilla, default_fits, deep, varieties, layers, searches, transforms, processes, memory)


def is_met(value, target):
    """Return whether a target is met: a minimum if positive, a maximum if negative."""
    return value >= target if target > 0 else value <= -target


def machine():
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        cpu = next(line for line in open("/proc/cpuinfo") if line.startswith("model name")).split(":")[1].strip()
    versions = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True
    ).stdout.split()
    names = ("tensorflow", "keras", "scikit-learn", "numpy", "torch", "jax", "scikeras")
    shown = ", ".join(version.replace("==", " ") for version in versions if version.split("==")[0] in names)
    return f"{os.cpu_count()} cores ({cpu}), Python {platform.python_version()}, {shown}."


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer epochs and folds: a few minutes")
    parser.add_argument("--only", choices=[group.__name__ for group in GROUPS])
    parser.add_argument("--results", help="file for the table, in place of the terminal")
    arguments = parser.parse_args()
    groups = [group for group in GROUPS if arguments.only in (None, group.__name__)]
    lines = ["| work | against | target | measured | met | details |", "| --- | --- | --- | --- | --- | --- |"]
    for group in groups:
        for work, against, target, value, bound, details in group(arguments.quick):
            met = "yes" if is_met(value, bound) else "**no**"
            lines.append(f"| {work} | {against} | {target} | {value:.2f} | {met} | {details} |")
            print(lines[-1], file=sys.stderr, flush=True)
    data.publish("\n\n".join(["# Speed and memory, side by side", machine(), "\n".join(lines)]), arguments.results)


if __name__ == "__main__":
    main()
