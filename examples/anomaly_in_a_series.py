"""
Where does a sensor go wrong?
=============================

Anomaly detection in a time series: a machine hums with a changing rhythm, and stutters twice. The series is cut into
windows of 40 steps, and each window is a row.
"""

# %%
# The first half is known to be good.
import numpy as np
from matplotlib import pyplot
from numpy.lib.stride_tricks import sliding_window_view

from skautoencoder import AutoencoderTransformer

generator = np.random.default_rng(0)
steps = np.arange(4000)
angle = np.cumsum(0.25 + 0.1 * np.sin(steps / 200))
series = np.sin(angle) + 0.3 * np.sin(2 * angle) + 0.05 * generator.normal(size=4000)
faults = [(2600, 2630), (3400, 3440)]
series[2600:2630] *= 0.4
series[3400:3440] = np.sin(1.7 * angle[3400:3440])

# %%
# An autoencoder learns the windows of the good half. The error of a window is large if it has another shape.
window = 40
windows = sliding_window_view(series, window)
autoencoder = AutoencoderTransformer(4, random_state=0).fit(windows[: 2000 - window : 4])
errors = -autoencoder.score_samples(windows)
threshold = np.quantile(errors[: 2000 - window], 0.999)
centres = np.arange(len(windows)) + window // 2
wrong = centres[errors > threshold]
print(f"flagged: {[int(step) for step in wrong[wrong > 2000][[0, -1]]]} are the first and the last step")

# %%
figure, (above, below) = pyplot.subplots(2, 1, figsize=(9, 4), sharex=True, layout="constrained")
above.plot(steps[2000:], series[2000:], linewidth=0.8)
below.plot(centres[2000:], errors[2000:])
below.axhline(threshold, color="0.5", linestyle="--", label="threshold")
for begin, end in faults:
    above.axvspan(begin, end, color="C3", alpha=0.3)
    below.axvspan(begin, end, color="C3", alpha=0.3, label="fault" if begin == 2600 else None)
above.set_ylabel("sensor")
below.set(xlabel="step", ylabel="error of the window")
below.legend()
pyplot.show()

# %%
# When another tool is better
# ---------------------------
# If the rhythm never changes, compare each step with its mean at the same phase. For long windows in which patterns
# move, read rows by convolutions: :class:`~skautoencoder.Conv1DArchitecture`.
