"""How a notebook shows an estimator: scikit-learn's diagram, with what was found in fitting."""

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted


class RepresentationMixin:
    """Put what a fit found into scikit-learn's diagram, link it to our documentation, and leave Keras asleep."""

    _doc_link_module = "skautoencoder"
    _doc_link_template = (
        "https://skautoencoder.readthedocs.io/en/stable/generated/{estimator_module}.{estimator_name}.html"
    )

    def _sk_visual_block_(self):
        # scikit-learn has moved its module between 1.6 and 1.7, but not what its pipelines import from it.
        from sklearn.pipeline import _VisualBlock

        name = type(self).__name__
        return _VisualBlock("single", self, names=name, name_details=str(self), name_caption=self._caption())

    def _caption(self):
        try:
            check_is_fitted(self)
        except NotFittedError:
            return None
        pca_r2 = "" if np.isnan(self.pca_r2_) else f" (PCA: {self.pca_r2_:.3f})"
        codes, epochs = (
            f"{count} {noun}{'' if count == 1 else 's'}"
            for count, noun in ((self.encoding_dim_, "code"), (self.n_iter_, "epoch"))
        )
        return f"{codes} of {self.n_features_in_} features, {epochs}, R² {self.r2_:.3f}{pca_r2}"

    def _get_fitted_attr_html(self, doc_link=""):
        # scikit-learn would read every attribute, and so have Keras build its models.
        from sklearn.utils._repr_html.fitted_attributes import AttrsDict

        fitted = {name: value for name, value in vars(self).items() if name.endswith("_") and not name.startswith("_")}
        shown = {}
        for name, value in fitted.items():
            shown[name] = {"type_name": type(value).__name__, "value": value}
            if isinstance(value, np.ndarray):
                shown[name] |= {"shape": value.shape, "dtype": value.dtype}
        return AttrsDict(fitted_attrs=shown, estimator_class=type(self), doc_link=doc_link)
