"""What an imputer learns from: rows with observed entries hidden, which are asked for."""

import numpy as np

# As many entries of unit size speak for a share of one.
_PRIOR_ENTRIES = 1.0


class HiddenEntries:
    """Incomplete rows, each in several copies with other observed entries hidden.

    Looks like an array of shape (n_copies * n_samples, 2 * n_features): what an encoder is to see, holes filled by
    factor analysis, and after it the hidden entries, NaN elsewhere. Entries are hidden anew whenever rows are taken.

    Parameters
    ----------
    observed : Observed
        Of standardised columns.
    factors : FactorAnalysis
    share : float
        Of the observed entries, to be hidden.
    n_copies : int
    seed : int
    """

    dtype = np.dtype(np.float64)

    def __init__(self, observed, factors, share, n_copies, seed):
        self._observed, self._factors, self._share = observed, factors, share
        self._random_state = np.random.RandomState(seed)
        n_samples, n_features = observed.shape
        self.shape = n_copies * n_samples, 2 * n_features

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        n_samples, n_features = self._observed.shape
        seen, hidden = self._observed[rows % n_samples].split(self._share, self._random_state)
        taken = np.empty((len(rows), 2 * n_features))
        taken[:, :n_features] = self._factors.complete(seen)
        values, mask = hidden.dense()
        taken[:, n_features:] = np.where(mask > 0, values, np.nan)
        return taken


def column_shares(factors, examples):
    """Find by which share, from 0 to 1, each column's expected values should be multiplied.

    Least squares on hidden entries: a column that is not to be predicted is left at its mean.

    Parameters
    ----------
    factors : FactorAnalysis
    examples : ndarray of shape (n_rows, 2 * n_features)
        Of `HiddenEntries`.

    Returns
    -------
    ndarray of shape (n_features,)
    """
    seen, hidden = np.split(examples, 2, axis=1)
    kernel, bias = factors.encoding
    is_asked_for = ~np.isnan(hidden)
    expected = np.where(is_asked_for, (seen @ kernel + bias) @ factors.loadings.T + factors.mean, 0.0)
    products = np.sum(expected * np.where(is_asked_for, hidden, 0.0), axis=0)
    shares = (products + _PRIOR_ENTRIES) / (np.sum(expected**2, axis=0) + _PRIOR_ENTRIES)
    return np.clip(shares, 0.0, 1.0)


def hidden_error(autoencoder, examples):
    """Compute the mean squared error of hidden entries.

    Parameters
    ----------
    autoencoder : DenseAutoencoder or KerasAutoencoder
    examples : ndarray of shape (n_rows, 2 * n_features)

    Returns
    -------
    float
    """
    seen, hidden = np.split(examples, 2, axis=1)
    return float(np.nanmean(np.square(autoencoder.reconstruct(np.ascontiguousarray(seen)) - hidden)))
