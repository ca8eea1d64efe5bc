"""Progress bars of fits and comparisons."""

from importlib.util import find_spec

import numpy as np
from sklearn.utils import check_random_state

from ..starts import PrincipalComponents

# Maximum number of lines in a log file, where a terminal shows a bar.
_LOG_LINES = 10


class Progress:
    """A bar in a terminal or a notebook, a few lines in a log file; a context manager.

    `name` is the title, `total` the number of steps; `before` is shown until the first step is done.
    """

    def __init__(self, name, total, before=""):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._name = name
        self._total = total
        self._before = before
        # rich needs ipywidgets to draw in a notebook; without it, print the lines of a log file.
        self._console = Console() if find_spec("ipywidgets") else Console(force_jupyter=False)
        self._progress = Progress(
            # As wide as a terminal of 80 columns.
            BarColumn(bar_width=10),
            TextColumn("{task.fields[status]}"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=self._console,
        )
        self._live = self._console.is_terminal or self._console.is_jupyter
        self._completed = 0
        self._status = ""

    def __enter__(self):
        if self._live:
            self._task = self._progress.add_task(self._name, total=max(self._total, 1), status=self._before)
            self._progress.start()
        return self

    def update(self, completed, status):
        """Show how many steps are done, and the status of the last one."""
        self._completed = completed
        self._status = status
        if self._live:
            self._progress.update(self._task, completed=completed, status=status)
        elif completed * _LOG_LINES // max(self._total, 1) > (completed - 1) * _LOG_LINES // max(self._total, 1):
            self.log(status)

    def __exit__(self, *exception):
        if self._live:
            self._progress.stop()
        elif self._status and self._completed < self._total:
            self.log(f"{self._status} - stopped")

    def log(self, line):
        """Print a line below the bar, or in the log file."""
        self._console.print(f"{self._name}: {line}", soft_wrap=True, highlight=False)


class TrainingProgress(Progress):
    """Epoch, losses and PCA's loss of a fit.

    `pca_level` is PCA's loss on the rows that decide which epoch is kept; "start" if training starts at PCA; None if
    PCA has no such loss.
    """

    def __init__(self, name, epochs, pca_level):
        # The start is shown once the program is compiled, unless an earlier fit has compiled it.
        super().__init__(name, epochs, before="compiling, once per network shape")
        self._pca_level = pca_level

    def show(self, history):
        """Show the losses of the newest epoch, the last of the dicts in `history`."""
        epoch = len(history) - 1
        newest = history[-1]
        shown = [f"{name}: {newest[name]:.4g}" for name in ("loss", "val_loss") if name in newest]
        if self._pca_level == "start":
            self._pca_level = history[0].get("val_loss", history[0]["loss"])
        if self._pca_level is not None:
            shown.append(f"PCA: {self._pca_level:.4g}")
        self.update(epoch, " - ".join([f"epoch {epoch}/{self._total}", *shown]))


def pca_level(plan, rows):
    """Return the loss of PCA that a progress bar shows; see `TrainingProgress`."""
    if not plan.objective.suits_linear_models:
        return None
    if plan.start.standardization is not None:
        return "start"
    if not isinstance(plan.objective.loss.kind, str):
        # A Keras loss may be undefined for PCA's unbounded output.
        return None
    X = rows.X
    weight = rows.sample_weight
    # A separate generator: the progress bar must not change the fit.
    pca = PrincipalComponents.of(X, plan.start.encoding_dim, check_random_state(0), weight)
    if rows.X_val is not None:
        return plan.objective.error(pca.reconstruct, rows.X_val)
    monitored = plan.split.validation if len(plan.split.validation) else np.arange(X.shape[0])
    return plan.objective.error(pca.reconstruct, X[monitored], None if weight is None else weight[monitored])
