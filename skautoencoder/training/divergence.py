"""The cause of a loss that is not finite, for error messages: rows, weights, layers, noise, penalty or loss."""

import numpy as np

from ..rows import row_blocks, taken

# Maximum value whose square, summed over a row, is far from the bounds of float32.
_MAX_VALUE = 1e15
_BLOCK_MEBIBYTES = 8
# Rows passed through the network to check whether its outputs are finite.
_ROWS_TRIED = 256
_ADVICE = "Add a small number before a logarithm, a root or a division, so that values and gradients are finite."


def infinite_start(plan, losses):
    """Return why the loss of the untrained network is not finite, and the way out.

    `losses` holds, by prefix of their names, the means of the objective's parts and, last, of the losses of layers.
    """
    return f"The loss of the untrained network is not finite: {_cause(plan, losses)}"


def _cause(plan, losses):
    start = plan.start
    objective = plan.objective
    if not all(np.all(np.isfinite(array)) for array in start.arrays):
        return f"its weights are NaN or infinite. Check how {_architecture(start)} initialises its layers."
    sources = {"X": plan.split.rows, "X_val": plan.split.validation_rows}
    largest = {name: _largest(source) for name, source in sources.items() if source}
    for name, value in largest.items():
        if value > _MAX_VALUE:
            return _too_large(name, value)
    at_fault = _parts_at_fault(objective, losses)
    if at_fault == ["penalty"]:
        return f"penalty={objective.penalty!r} is not finite, although the reconstruction is. {_ADVICE}"
    if at_fault == ["layers"]:
        return f"the losses that the layers of {_architecture(start)} add are not finite. {_ADVICE}"
    if not _puts_out_finite_numbers(plan):
        return (
            "the network returns NaN or infinity for finite rows and weights. Check the layers and the activations of "
            f"{_architecture(start)}."
        )
    if not isinstance(objective.loss.kind, str):
        return f"loss={objective.loss.kind!r} is not finite, although rows and reconstruction are. {_ADVICE}"
    corruption = objective.corruption
    if corruption is not None and corruption.noise is not None:
        return f"noise={corruption.noise!r} returns NaN or infinity. Let it return finite rows."
    return _too_large("X", largest["X"])


def _parts_at_fault(objective, losses):
    """Return the names of the parts that are not finite, those of training rows first."""
    means = next(means for means in losses.values() if not np.all(np.isfinite(means)))
    names = [*(objective.part_names or ("loss",)), "layers"]
    return [name for name, mean in zip(names, means, strict=True) if not np.isfinite(mean)]


def after_divergence(plan):
    """Return the ways out after a loss that is not finite, as a sentence."""
    ways_out = [f"Lower learning_rate={plan.options.learning_rate!r}"]
    if plan.start.standardization is None:
        ways_out.append("scale X, for example with StandardScaler")
    functions = {"loss": plan.objective.loss.kind, "penalty": getattr(plan.objective, "penalty", None)}
    own = [f"{name}={value!r}" for name, value in functions.items() if value is not None and not isinstance(value, str)]
    if own:
        ways_out.append(f"check that {' and '.join(own)} and the gradients are finite wherever training may lead")
    return f"{', or '.join(ways_out)}."


def _too_large(name, largest):
    return (
        f"the values of {name} are too large for float32, up to {largest:.3g} as training sees them. Scale X first, "
        "for example with StandardScaler."
    )


def _architecture(network):
    return f"architecture={network.blueprint.architecture!r}" if hasattr(network, "blueprint") else "the network"


def _largest(source):
    """Return the largest absolute value of rows as training sees them, ignoring NaN, the mark of unobserved targets."""
    largest = 0.0
    for rows in row_blocks(len(source), 4 * sum(source.widths), _BLOCK_MEBIBYTES):
        for field in taken(source, np.arange(rows.start, rows.stop)):
            largest = max(largest, float(np.fmax.reduce(np.abs(field), axis=None, initial=0.0)))
    return largest


def _puts_out_finite_numbers(plan):
    """Whether the untrained network reconstructs rows without noise by finite numbers."""
    encoder, decoder, _ = plan.start.training_models()
    fields = taken(plan.split.rows, plan.split.training[:_ROWS_TRIED])
    seen = fields[-2] if plan.split.is_weighted else fields[-1]
    outputs = encoder(seen, training=False).numpy()
    if not np.all(np.isfinite(outputs)):
        return False
    return bool(np.all(np.isfinite(decoder(outputs[:, : plan.start.encoding_dim], training=False).numpy())))
