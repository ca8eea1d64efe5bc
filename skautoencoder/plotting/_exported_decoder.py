"""Decoders as arrays that a script in a web page can evaluate."""

from base64 import b64encode
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from sklearn.pipeline import Pipeline

from ..metrics import final_step, in_float64
from ..networks import CodeMap, DenseAutoencoder, DenseNetwork, Layer

# Number of rows of X, and of random points between the ends of the sliders, at which an exported decoder is checked.
_N_COMPARED = 100
# Maximum deviation from `inverse_transform`, in standard deviations of a column and relative to the entry.
_TOLERANCE = 1e-4
# Points along each code of a grid, by the number of codes.
_GRID_STEPS = {1: 33, 2: 17, 3: 9}


def encoded(numbers, dtype="<f4"):
    """Return numbers as base64, by default in float32."""
    return b64encode(np.ascontiguousarray(numbers, dtype).tobytes()).decode()


@dataclass(frozen=True, eq=False)
class CodeRanges:
    """Moments of the codes of the rows, and the ends of the sliders in standard deviations from the mean."""

    # All of shape (n_codes,).
    mean: np.ndarray
    deviation: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, codes, percentiles, step):
        """Measure codes; the ends are multiples of `step`, so that a slider can stand at 0, the mean."""
        mean = codes.mean(axis=0)
        deviation = _divisors(codes.std(axis=0))
        low, high = np.percentile((codes - mean) / deviation, percentiles, axis=0) / step
        return cls(mean, deviation, np.floor(low) * step, np.ceil(high) * step)

    def including(self, points):
        """Return ranges that contain further points."""
        return replace(
            self, low=np.minimum(self.low, points.min(axis=0)), high=np.maximum(self.high, points.max(axis=0))
        )

    def points(self, codes):
        """Return codes in standard deviations from the mean."""
        return (codes - self.mean) / self.deviation

    def codes(self, points):
        """Return the codes at points in standard deviations from the mean."""
        return self.mean + points * self.deviation


@dataclass(frozen=True, eq=False)
class NetworkDecoder:
    """``network(points) * factor + offset``, for points in standard deviations of the codes from their means.

    The weights of the network are float32. Its outputs are standardised, so that float32 can hold them.
    """

    network: DenseNetwork
    # Shape (n_features,), in the units of X.
    factor: np.ndarray
    offset: np.ndarray

    def __call__(self, points):
        """Decode points of shape (n_samples, n_codes)."""
        return self.network(points) * self.factor + self.offset

    def of_columns(self, columns):
        """Return the decoder of some entries of a row."""
        network = self.network.with_outputs(columns)
        return replace(self, network=network, factor=self.factor[columns], offset=self.offset[columns])

    def content(self):
        """Return the decoder as JSON."""
        network = self.network
        return {
            "kind": "network",
            "layers": [_layer_content(layer) for layer in network.layers],
            "linear": None if network.linear is None else _layer_content(network.linear),
            "factor": encoded(self.factor, "<f8"),
            "offset": encoded(self.offset, "<f8"),
        }


@dataclass(frozen=True, eq=False)
class GridDecoder:
    """Rows at the points of a grid of some codes; the other codes stay at their means."""

    dims: list[int]
    # Values of each code, one array for each of the dims.
    axes: list[np.ndarray]
    # Shape (n_points, n_features), the last code varies fastest.
    rows: np.ndarray

    @classmethod
    def of(cls, estimator, ranges, dims, columns):
        """Decode some entries of the rows at the points of a grid."""
        if len(dims) > max(_GRID_STEPS):
            raise ValueError(
                f"dims={dims!r} are {len(dims)} codes. A page computes dense networks and linear maps for all codes, "
                "but rows of other decoders are computed beforehand, on a grid of at most "
                f"{max(_GRID_STEPS)} codes. Pass for example dims={dims[:2]!r}."
            )
        n_steps = _GRID_STEPS[len(dims)]
        axes = [np.linspace(ranges.low[dim], ranges.high[dim], n_steps) for dim in dims]
        points = np.zeros((n_steps ** len(dims), len(ranges.mean)))
        points[:, dims] = list(product(*axes))
        return cls(dims, axes, in_float64(estimator.inverse_transform(ranges.codes(points)))[:, columns])

    def content(self):
        """Return the decoder as JSON."""
        offset = self.rows.mean(axis=0)
        factor = _divisors(self.rows.std(axis=0))
        return {
            "kind": "grid",
            "dims": self.dims,
            "axes": [axis.tolist() for axis in self.axes],
            "rows": encoded((self.rows - offset) / factor),
            "factor": encoded(factor, "<f8"),
            "offset": encoded(offset, "<f8"),
        }


def exported_network(estimator, codes, ranges, columns):
    """Return a network that decodes some entries of a row as `inverse_transform` does, or None if there is none.

    Probabilities of categories agree if they do so between 0 and 1.
    """
    generator = np.random.RandomState(0)
    rows = ranges.points(codes[:: -(-len(codes) // _N_COMPARED)])
    points = np.vstack([rows, generator.uniform(ranges.low, ranges.high, size=(_N_COMPARED, len(ranges.mean)))])
    expected = in_float64(estimator.inverse_transform(ranges.codes(points)))[:, columns]
    scale = _divisors(expected.std(axis=0))
    is_probability = np.isin(columns, getattr(getattr(estimator, "_table", None), "probabilities", ()))
    for export in (_network_of, _linear_map_of):
        network = export(estimator, ranges)
        if network is None:
            continue
        network = network.of_columns(columns)
        decoded = network(points)
        decoded[:, is_probability] = np.clip(decoded[:, is_probability], 0.0, 1.0)
        if np.allclose(decoded / scale, expected / scale, _TOLERANCE, _TOLERANCE):
            return network
    return None


def _network_of(estimator, ranges):
    """Return the decoder of a dense autoencoder and the scaling that follows it, or None."""
    autoencoder = getattr(final_step(estimator), "_autoencoder", None)
    if not isinstance(autoencoder, DenseAutoencoder) or autoencoder.encoding_dim != len(ranges.mean):
        return None
    factor, offset = _scaling_after(estimator, autoencoder.n_features)
    if factor.shape != (autoencoder.n_features,):
        return None
    if autoencoder.standardization is not None:
        offset = offset + autoencoder.standardization.mean * factor
        factor = factor * autoencoder.standardization.scale
    network = autoencoder.decoder.in_float64()
    to_points = CodeMap(ranges.mean, np.diag(1 / ranges.deviation), np.diag(ranges.deviation))
    for code_map in (autoencoder.code_map, to_points):
        network = network if code_map is None else network.with_input_map(code_map)
    network = network.with_arrays(array.astype(np.float32) for array in network.arrays)
    return NetworkDecoder(network, factor, offset)


def _scaling_after(estimator, n_features):
    """Return factor and offset of what the earlier steps of a pipeline, or the reader of a data frame, do to a row.

    They hold for scalers; other steps show in the comparison with `inverse_transform`.
    """
    table = getattr(estimator, "_table", None)
    if table is not None:
        return table.scale, table.mean
    rows = np.array([np.zeros(n_features), np.ones(n_features)])
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        rows = in_float64(estimator[:-1].inverse_transform(rows))
    return rows[1] - rows[0], rows[0]


def _linear_map_of(estimator, ranges):
    """Return the linear map through the mean code and one point along each code."""
    points = np.vstack([np.zeros(len(ranges.mean)), np.eye(len(ranges.mean))])
    mean, *moved = in_float64(estimator.inverse_transform(ranges.codes(points)))
    factor = _divisors(np.abs(moved - mean).max(axis=0))
    kernel = ((moved - mean) / factor).astype(np.float32)
    return NetworkDecoder(DenseNetwork((), Layer(kernel, None)), factor, mean)


def _divisors(deviations):
    return np.where(deviations > 0, deviations, 1.0)


def _layer_content(layer):
    n_units = layer.kernel.shape[1]
    return {
        "units": n_units,
        "activation": layer.activation,
        "kernel": encoded(layer.kernel),
        "bias": encoded(np.zeros(n_units) if layer.bias is None else layer.bias),
    }
