"""Context of one fit: rollback, scikit-learn's callbacks, checkpoints and interruption."""

from sklearn.utils import check_random_state

from .checkpoint import Checkpoint


class FitSession:
    """Context manager of one fit.

    If the fit fails, the estimator gets its former attributes back. If the user interrupts it, the estimator keeps the
    best epoch, and the message that the fit assigns to `interruption` is raised as a KeyboardInterrupt. Checkpoints are
    removed after a complete fit. Callbacks of scikit-learn (since 1.9) see the fit as a task, with a task per epoch.
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
        """Call the callbacks at the beginning of training on these rows."""
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._arguments = {"estimator": self._estimator, "X": X, "metadata": metadata}
        self._fit.call_on_fit_task_begin(**self._arguments)

    def open_checkpoint(self, parts, earlier=None):
        """Return the checkpoint of a fit to these arrays, in the folder `checkpoint` of the estimator."""
        checkpoint = Checkpoint(self._estimator, parts, earlier)
        if not self._checkpoints:
            self.random_state = checkpoint.random_state
        self._checkpoints.append(checkpoint)
        return checkpoint

    def epoch_begin(self):
        """Call the callbacks at the beginning of an epoch."""
        self._epoch = self._fit.subcontext(task_name="epoch")
        self._epoch.call_on_fit_task_begin(**self._arguments)

    def epoch_end(self, attributes):
        """Call the callbacks at the end of an epoch; return whether one of them stops training.

        `attributes` is a function that returns the fitted attributes after this epoch, by name.
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
