"""What two rules of the cache of compiled programs buy: padding, and keys of traced graphs.

    python benchmarks/programs.py [--results PROGRAMS.md]

Each case runs twice in a fresh process, with the rule and without it:

* a search over six sizes of the code, with the default network: padded, the sizes share programs;
* four fits with a penalty written by the user: the same graph is recognised and its program used again.

Seconds are those of all cores and include compiling, not the import of TensorFlow. Memory is the growth of the resident
set during the fits: XLA keeps each program until the process ends.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

CASES = {
    "padding": "six sizes of the code, 900 digits, 20 epochs",
    "graph keys": "four fits with a penalty of the user, 900 digits, 20 epochs",
}


def own_penalty(batch):
    return batch.codes[:, 0] ** 2


def resident_mebibytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def measure(case, with_rule):
    """Return seconds, mebibytes and the number of compiled programs of one case."""
    from sklearn.datasets import load_digits

    from skautoencoder import AutoencoderTransformer
    from skautoencoder._engine import trainer
    from skautoencoder.training import run_plan

    if not with_rule and case == "padding":
        run_plan._MAX_PADDING = -1
    if not with_rule and case == "graph keys":
        # Without the key of its graph, code of the user is never recognised.
        trainer.graph_key = lambda function, variables: object()
    X = load_digits().data[:900]
    parameters = {"epochs": 20, "validation_fraction": 0.1, "random_state": 0}
    # What the first fit of a process costs is measured elsewhere.
    AutoencoderTransformer(3, hidden_layer_sizes=(5,), **parameters).fit(X)
    traced = []
    trace = trainer.Trainer.trace

    def counted(self):
        if self.train is None:
            traced.append(self)
        trace(self)

    trainer.Trainer.trace = counted
    before = resident_mebibytes()
    start = time.process_time()
    if case == "padding":
        for encoding_dim in (2, 4, 8, 16, 24, 30):
            AutoencoderTransformer(encoding_dim, **parameters).fit(X)
    else:
        for seed in range(4):
            parameters["random_state"] = seed
            AutoencoderTransformer(8, penalty=own_penalty, alpha=0.01, init="pca", **parameters).fit(X)
    seconds = time.process_time() - start
    return {"seconds": seconds, "MiB": resident_mebibytes() - before, "traced": len(traced)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, help="file for the table")
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--without", action="store_true")
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(measure(arguments.case, not arguments.without)))
        return
    lines = ["| rule | fits | | CPU seconds | memory, MiB | traced |", "| --- | --- | --- | --- | --- | --- |"]
    for case, fits in CASES.items():
        for flags in ([], ["--without"]):
            command = [sys.executable, __file__, "--case", case, *flags]
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found = json.loads(printed.splitlines()[-1])
            lines.append(
                f"| {case} | {fits} | {'without' if flags else 'with'} | {found['seconds']:.1f} | {found['MiB']:.0f} | "
                f"{found['traced']} |"
            )
            print(lines[-1], flush=True)
    if arguments.results:
        heading = "# Compiled programs\n\nOutput of `python benchmarks/programs.py`, on two shared cores.\n\n"
        arguments.results.write_text(heading + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
