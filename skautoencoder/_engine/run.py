"""One fit in the engine: epochs of compiled steps, and the losses between them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf
from sklearn.utils import gen_batches

from . import give_memory_back
from .buffers import Buffers, capacity, rows_per_block
from .callbacks import FitCallbacks

# Training rows whose loss is measured after every epoch: a tenth of them, within these bounds.
_SAMPLE_SHARE = 0.1
_FEWEST_SAMPLES, _MOST_SAMPLES = 256, 4096
_MOST_SAMPLE_BYTES = 8 * 2**20


class Run:
    """One fit in progress: its trainer, its rows in buffers, its numbers and its callbacks.

    Parameters
    ----------
    trainer : Trainer
    plan : FitPlan
    """

    def __init__(self, trainer, plan):
        trainer.reset(plan.start, plan.learning_rate, plan.state.optimizer)
        self._trainer, self._plan, self._objective = trainer, plan, plan.objective
        self._training, self._validation = plan.training, plan.validation
        self._buffers = Buffers(plan.rows)
        self._n_measured = _sample_size(len(plan.training), sum(plan.rows.widths))
        self._measured = self._buffers.copies(plan.training[: self._n_measured])
        self._validation_buffers = self._buffers
        if plan.validation_rows is not None:
            self._validation_buffers = Buffers(plan.validation_rows)
        self._numbers = {name: tf.constant(number, tf.float32) for name, number in plan.objective.numbers.items()}
        self._weight_decay = tf.constant(plan.weight_decay, tf.float32)
        self._random_state = plan.state.random_state
        # The same noise at every evaluation, so that epochs can be compared.
        self._evaluation_seed = self._seed()
        self._evaluation_rows = trainer.batch_size
        if not plan.objective.is_evaluated_in_batches:
            self._evaluation_rows = min(plan.start.evaluation_rows, rows_per_block(plan.rows.widths, 1))
        self.callbacks = FitCallbacks((), trainer, plan)

    def start(self):
        """Compile the program; return the losses before the first step, as `epoch` does."""
        if not self._buffers.are_resident:
            give_memory_back()
        # The first call of the training program compiles it, while held-out rows are evaluated without it.
        with ThreadPoolExecutor(max_workers=1) as compiler:
            measuring = compiler.submit(self._train, self._training[:0], self._evaluation_seed, self._n_measured)
            validation_losses = self._validation_losses()
            losses = {"": _means(measuring.result()), **validation_losses}
        if not self._buffers.are_resident:
            give_memory_back()
        return losses

    def begin(self, callbacks):
        """Tell callbacks that training begins."""
        self.callbacks = FitCallbacks(callbacks, self._trainer, self._plan)
        self.callbacks.begin()

    def epoch(self, number):
        """Train one epoch, counted from 1, on the training rows in a new order.

        Returns
        -------
        dict of str to float64 ndarray
            Losses after the epoch, by the prefix of their names in `history_`: "" for a sample of the training rows
            and, if there are validation rows, "val_" for them. Each array holds the means of the objective's parts and,
            last, what the networks' own layers add.
        """
        order = self._random_state.permutation(self._training)
        self.callbacks.epoch_begin(number)
        seed = self._seed()
        if self.callbacks.wants_batches:
            self._train_batch_by_batch(order, seed)
            order = order[:0]
        losses = {"": _means(self._train(order, seed, self._n_measured))}
        if len(self._validation):
            self.callbacks.validation_begin()
            losses |= self._validation_losses()
            self.callbacks.validation_end(self._objective.fitted_to(losses[""]).named(losses["val_"]))
        return losses

    def close(self):
        """Let go of the callbacks."""
        self.callbacks.close()

    def arrays(self):
        """Copy the numbers of the network out."""
        return self._trainer.arrays()

    def state(self):
        """Copy out all that changes from epoch to epoch, for `resume`: the numbers of the network and the optimizer."""
        network = self._trainer.arrays(averaged=False)
        return {"network": network, "optimizer": self._trainer.optimizer_state()["arrays"]}

    def resume(self, state):
        """Go on from what `state` returned in an earlier run of the same plan."""
        optimizer_state = self._trainer.optimizer_state() | {"arrays": state["optimizer"]}
        self._trainer.reset(self._plan.start.with_arrays(state["network"]), self._plan.learning_rate, optimizer_state)

    def optimizer_state(self):
        """Copy out what the optimizer needs to go on later, if the plan asks for it."""
        return self._trainer.optimizer_state() if self._plan.goes_on else None

    def _train_batch_by_batch(self, order, seed):
        """Take the same steps as `_train`, one call each, for callbacks that want to be told of batches."""
        for number, batch in enumerate(gen_batches(len(order), self._trainer.batch_size)):
            self.callbacks.batch_begin(number)
            self._train(order[batch], _after(seed, number), n_measured=0)
            self.callbacks.batch_end(number, self._objective.named(self._evaluate(self._buffers, order[batch])))
            if self.callbacks.stop_training:
                break

    def _train(self, order, seed, n_measured):
        """Take steps through rows in this order, then measure rows of the sample; return their totals."""
        n_left, n_steps = len(order), 0
        for fields, places, n_rows in self._buffers.blocks(order, self._trainer.batch_size):
            n_left -= n_rows
            totals = self._trainer.train(
                fields,
                places,
                _control(n_rows, _after(seed, n_steps)),
                self._measured,
                _control(0 if n_left else n_measured, self._evaluation_seed),
                self._numbers,
                self._weight_decay,
            ).numpy()
            n_steps += -(-n_rows // self._trainer.batch_size)
        return totals

    def _validation_losses(self):
        if not len(self._validation):
            return {}
        return {"val_": self._evaluate(self._validation_buffers, self._validation)}

    def _evaluate(self, buffers, indices):
        """Return the losses of rows, found without the training program."""
        totals = 0.0
        for number, part in enumerate(gen_batches(len(indices), self._evaluation_rows)):
            # Each part is one block, so that every block has a seed of its own.
            for fields, places, n_rows in buffers.blocks(indices[part], self._evaluation_rows):
                control = _control(n_rows, _after(self._evaluation_seed, number))
                totals += self._trainer.evaluate(fields, places, control, self._numbers).numpy().astype(np.float64)
        return _means(totals)

    def _seed(self):
        if not self._objective.uses_random_numbers:
            return np.zeros(2, dtype=np.int32)
        # Half of the range: steps are counted on from here.
        return self._random_state.randint(2**30, size=2).astype(np.int32)


def _after(seed, n_steps):
    """Return the seed of the step that comes `n_steps` after the step of `seed`."""
    return seed + np.array([0, n_steps], dtype=np.int32)


def _control(n_rows, seed):
    """Return a number of rows and the seed of their first batch, as a tensor."""
    return tf.constant([n_rows, *seed], tf.int32)


def _means(totals):
    """Divide weighted totals by the weight, which is the last of them."""
    return totals[:-1].astype(np.float64) / totals[-1]


def _sample_size(n_training, width):
    """Return the number of training rows to measure; it is the same for rows that share a buffer's size."""
    most = max(min(_MOST_SAMPLES, _MOST_SAMPLE_BYTES // (4 * width)), _FEWEST_SAMPLES)
    return min(n_training, int(np.clip(_SAMPLE_SHARE * capacity(n_training), _FEWEST_SAMPLES, most)))
