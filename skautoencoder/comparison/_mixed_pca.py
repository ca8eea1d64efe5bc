"""Factor analysis of mixed data: the linear model of data frames with categories."""

from sklearn.decomposition import PCA

from ..tables import MixedTable


class FactorAnalysisOfMixedData(PCA):
    """PCA of standardised numbers and of indicators of categories, divided by the roots of their frequencies.

    Source: Pages (2004). Analyse factorielle de donnees mixtes. Revue de Statistique Appliquee 52. Codes are decoded by
    least squares, and the most probable category is chosen.
    """

    def fit(self, X, y=None):
        self._table = MixedTable.of(X, ignores_unknown=True)
        super().fit(self._weighted(X))
        return self

    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X)

    def transform(self, X):
        return super().transform(self._weighted(X))

    def inverse_transform(self, X):
        return self._table.write(super().inverse_transform(X) / self._table.start_weights)

    def _weighted(self, X):
        return self._table.read(X) * self._table.start_weights
