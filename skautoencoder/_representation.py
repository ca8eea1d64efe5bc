"""How a notebook shows an estimator: scikit-learn's diagram, with what was found in fitting."""

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from ._sklearn_compat import fitted_attributes_html, visual_block


class RepresentationMixin:
    """Show what a fit found in scikit-learn's diagram, with a link to our documentation, without importing Keras."""

    _doc_link_module = "skautoencoder"
    _doc_link_template = (
        "https://skautoencoder.readthedocs.io/en/stable/generated/{estimator_module}.{estimator_name}.html"
    )

    def _sk_visual_block_(self):
        return visual_block(self, name=type(self).__name__, details=str(self), caption=self._caption())

    def _caption(self):
        try:
            check_is_fitted(self)
        except NotFittedError:
            return None
        losses = self.history_.get("val_loss", self.history_["loss"])
        start = f" (PCA: {losses[0]:.4g})" if self.init_ == "pca" else ""
        if reasons := self._random_start_reasons:
            start = f", started at random weights ({', '.join(reasons.values())})"
        codes, epochs = (
            f"{count} {noun}{'' if count == 1 else 's'}"
            for count, noun in ((self.encoding_dim_, "code"), (self.n_iter_, "epoch"))
        )
        return f"{codes} of {self.n_features_in_} features, {epochs}, loss {losses[self.best_epoch_]:.4g}{start}"

    def _get_fitted_attr_html(self, doc_link=""):
        # scikit-learn would read every attribute, and so have Keras build its models.
        fitted = {name: value for name, value in vars(self).items() if name.endswith("_") and not name.startswith("_")}
        shown = {}
        for name, value in fitted.items():
            shown[name] = {"type_name": type(value).__name__, "value": value}
            if isinstance(value, np.ndarray):
                shown[name] |= {"shape": value.shape, "dtype": value.dtype}
        return fitted_attributes_html(shown, type(self), doc_link)
