"""Codes in their order."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rows import row_blocks
from ._base import Autoencoder
from ._code_statistics import CodeStatistics

# Training rows whose codes are averaged for a row, and the one whose distance is the bandwidth of their weights.
_N_NEIGHBOURS = 20
_BANDWIDTH_NEIGHBOUR = 40
# Weight of this mean beside that of the linear map from the first codes.
_SHARE_OF_NEIGHBOURS = 0.7
_BLOCK_MEBIBYTES = 16


@dataclass(frozen=True, eq=False)
class OrderedCodes:
    """The codes of a fitted autoencoder in their order: the share of each, and rows decoded from the first ones.

    Where the decoder is linear, first codes are decoded beside zeros, as by PCA. Elsewhere the expected row for the
    given codes is a mean over training rows with similar first codes: the given codes are decoded beside the other
    codes of each of these rows, weighted by a normal kernel [1]_. Averaging with the linear map from codes to rows
    makes it less variable.

    References
    ----------
    .. [1] Nadaraya (1964). On estimating regression. Theory of Probability and its Applications 9.
    """

    autoencoder: Autoencoder
    statistics: CodeStatistics

    def __getstate__(self):
        # Pickles, and so hashes, do not depend on what was computed.
        return {"autoencoder": self.autoencoder, "statistics": self.statistics}

    @cached_property
    def components(self):
        """The linear map from codes to rows of X that fits best, of shape (encoding_dim, n_features).

        Where the decoder is linear, it is the map.
        """
        kernel = self.autoencoder.linear_decoding
        if kernel is None:
            statistics = self.statistics
            kernel = np.linalg.lstsq(statistics.code_covariance, statistics.cross_covariance, rcond=None)[0]
        if self.autoencoder.code_map is not None:
            kernel = self.autoencoder.code_map.inverse @ kernel
        return self.statistics.standardization.scale * kernel

    @cached_property
    def shares(self):
        """Share of the variance that each code explains beyond the codes before it, of shape (encoding_dim,).

        The sum is the share that the reconstruction explains. Single shares are measured on a sample of the training
        rows, unless the decoder is linear.
        """
        code_map = self.autoencoder.code_map
        statistics = self.statistics
        if self.autoencoder.linear_decoding is not None and statistics.variance:
            components = self.components / statistics.standardization.scale
            matrix = np.eye(len(components)) if code_map is None else code_map.matrix
            covariances = matrix.T @ statistics.cross_covariance
            products = matrix.T @ statistics.code_covariance @ matrix * (components @ components.T)
            squares = np.diag(products.cumsum(axis=0).cumsum(axis=1))
            explained = 2 * np.cumsum(np.sum(covariances * components, axis=1)) - squares
            return np.diff(explained, prepend=0.0) / statistics.variance
        sizes = range(self.autoencoder.encoding_dim)
        unexplained = np.array([self._unexplained(size) for size in sizes] + [0.0])
        return -np.diff(unexplained) * (statistics.explained_share / unexplained[0] if unexplained[0] else 0.0)

    def decode(self, codes):
        """Decode codes of shape (n_samples, n_first), of which there may be fewer than the autoencoder has."""
        n_missing = self.autoencoder.encoding_dim - codes.shape[1]
        if not n_missing:
            return self.autoencoder.decode(codes)
        if self.autoencoder.linear_decoding is not None:
            return self.autoencoder.decode(np.pad(codes, ((0, 0), (0, n_missing))))
        row_bytes = 8 * max(self._references.size, _N_NEIGHBOURS * self.autoencoder.n_features)
        blocks = row_blocks(len(codes), row_bytes, _BLOCK_MEBIBYTES)
        return np.concatenate([self._expected(codes[block]) for block in blocks])

    @cached_property
    def _references(self):
        """Codes of training rows, of shape (n_references, encoding_dim)."""
        outputs = self.statistics.references.astype(np.float64)
        return outputs if self.autoencoder.code_map is None else self.autoencoder.code_map.codes(outputs)

    @cached_property
    def _code_mean(self):
        """Mean of the codes of all training rows."""
        mean = self.statistics.code_mean
        return mean if self.autoencoder.code_map is None else self.autoencoder.code_map.codes(mean)

    def _unexplained(self, n_first):
        """Compute the mean squared distance of reconstructed training rows from their expectations given first codes.

        No row is among its own neighbours.
        """
        codes = self._references
        rows = self.autoencoder.decode(codes)
        expected = np.broadcast_to(np.average(rows, axis=0, weights=self.statistics.reference_weights), rows.shape)
        if n_first:
            expected = self._expected(codes[:, :n_first], are_references=True)
        squares = np.sum(np.square(np.subtract(rows, expected, dtype=np.float64)), axis=1)
        return np.average(squares, weights=self.statistics.reference_weights)

    def _expected(self, codes, are_references=False):
        dtype = codes.dtype
        n_first = codes.shape[1]
        neighbours, shares = self._neighbours(codes, are_references)
        expected = self.statistics.mean + (codes - self._code_mean[:n_first]) @ self.components[:n_first]
        expected *= 1 - _SHARE_OF_NEIGHBOURS
        for neighbour, share in zip(neighbours.T, shares.T, strict=True):
            completed = np.hstack([codes, self._references[neighbour, n_first:].astype(dtype, copy=False)])
            expected += _SHARE_OF_NEIGHBOURS * share[:, np.newaxis] * self.autoencoder.decode(completed)
        return expected.astype(dtype, copy=False)

    def _neighbours(self, codes, are_references):
        """Return indices of the nearest references and their weights, whose sum is one, of shape (n_samples, n)."""
        n_first = codes.shape[1]
        deviations = self._references[:, :n_first].std(axis=0)
        deviations = np.where(deviations > 0, deviations, 1.0)
        references = self._references[:, :n_first] / deviations
        distances = np.square(codes[:, np.newaxis] / deviations - references).sum(axis=2)
        if are_references:
            np.fill_diagonal(distances, np.inf)
        n_references = len(references) - are_references
        place = min(_BANDWIDTH_NEIGHBOUR, n_references // 4)
        widths = np.partition(distances, place, axis=1)[:, [place]]
        n_neighbours = min(_N_NEIGHBOURS, n_references)
        neighbours = np.argpartition(distances, n_neighbours - 1, axis=1)[:, :n_neighbours]
        nearest = np.take_along_axis(distances, neighbours, axis=1)
        # Differences from the nearest, so that not all weights of a distant row are zero.
        nearest = nearest - nearest.min(axis=1, keepdims=True)
        kernel = np.exp(-2 * nearest / np.maximum(widths, 1e-12))
        weights = self.statistics.reference_weights[neighbours] * kernel
        return neighbours, weights / weights.sum(axis=1, keepdims=True)
