"""Seeds of Keras' initializers and random layers, from a generator of each thread's own."""

import random
import threading
from contextlib import contextmanager

from keras.src.backend import random as backend_random
from keras.src.random import seed_generator

# What Keras calls for a seed that it was not given. It takes it from Python's global generator, whatever the thread.
_NAME = "make_default_seed"
_draw_globally = getattr(seed_generator, _NAME)
_of_thread = threading.local()


def _make_default_seed():
    generator = getattr(_of_thread, "generator", None)
    return _draw_globally() if generator is None else generator.randint(1, int(1e9))


for _module in (seed_generator, backend_random):
    setattr(_module, _NAME, _make_default_seed)


@contextmanager
def seeds_from(seed):
    """Let Keras draw the seeds that it needs in this thread from a generator of their own."""
    _of_thread.generator = random.Random(seed)
    try:
        yield
    finally:
        _of_thread.generator = None
