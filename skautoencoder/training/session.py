"""One fit of an estimator from outside: rollback, scikit-learn's callbacks, checkpoints and interruption."""

from sklearn.utils import check_random_state

from .checkpoint import Checkpoint


class FitSession:
    """Context manager of one fit.

    If the fit fails, the estimator gets its former attributes back. If the user interrupts it, the estimator keeps the
    best epoch, and `interruption`, which the fit sets, is raised as a KeyboardInterrupt. Checkpoints are removed after
    a complete fit. The callbacks of scikit-learn, which exist since version 1.9, see one task with a task for each
    epoch in it.
    """

    def __init__(self, estimator, n_epochs):
        self._estimator = estimator
        self._fit = estimator._init_callback_context(max_subtasks=n_epochs)
        self._checkpoints = []
        self.random_state = check_random_state(estimator.random_state)
        self.interruption = ""
        # Whether a callback of scikit-learn ended training.
        self.is_stopped = False

    def __enter__(self):
        self._before = dict(vars(self._estimator))
        return self

    def begin(self, X, sample_weight):
        """Tell callbacks that training on these rows begins."""
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._arguments = {"estimator": self._estimator, "X": X, "metadata": metadata}
        self._fit.call_on_fit_task_begin(**self._arguments)

    def open_checkpoint(self, parts, earlier=None):
        """Return the checkpoint of a fit to these rows and numbers, in the folder that the estimator names."""
        checkpoint = Checkpoint(self._estimator, parts, earlier)
        if not self._checkpoints:
            self.random_state = checkpoint.random_state
        self._checkpoints.append(checkpoint)
        return checkpoint

    def epoch_begin(self):
        """Tell callbacks that an epoch begins."""
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(**self._arguments)

    def epoch_end(self, attributes):
        """Tell callbacks that an epoch is over; return whether one of them asks to stop.

        `attributes` returns the fitted attributes, by name, of an estimator that had stopped here.
        """
        self.is_stopped = self._epoch.call_on_fit_task_end(**self._arguments, reconstruction_attributes=attributes)
        return self.is_stopped

    def __exit__(self, kind, error, traceback):
        attributes = vars(self._estimator)
        if error is not None:
            attributes.clear()
            attributes.update(self._before)
            return
        self._fit.call_on_fit_task_end(**self._arguments, reconstruction_attributes={})
        if self.interruption:
            raise KeyboardInterrupt(self.interruption)
        for checkpoint in self._checkpoints:
            checkpoint.remove()
