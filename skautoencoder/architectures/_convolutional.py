"""Rows as images: convolutions share their weights between pixels."""

from .._checks import check_kernel_size, check_shape
from ._base import BaseKerasArchitecture
from ._strided import strided_models

# Images of fewer pixels along one side have more filters, which cost little there.
_MIN_PIXELS_OF_FEW_FILTERS = 16


class ConvolutionalArchitecture(BaseKerasArchitecture):
    """Strided convolutions down to the code, transposed convolutions back up [1]_.

    `hidden_layer_sizes` are the filters of the encoder's convolutions, each of which halves height and width; the
    decoder begins with a dense layer of 256 units, mirrors the convolutions and crops the surplus pixels of odd sizes.
    ``()`` connects pixels and code directly.

    Choose it over dense layers for large images: it needs fewer weights, since all pixels share them. See
    :ref:`images` for measurements.

    Parameters
    ----------
    image_shape : tuple of int, default=(28, 28)
        Height, width and, if there are several, channels of one row of X, in the order of ``image.reshape(-1)``. One of
        them may be -1, to be inferred from X. The default is the shape of MNIST's digits.
    kernel_size : int or tuple of int, default=4
        Height and width of the kernels in pixels, at least 1. With the default, twice the stride, each pixel that the
        decoder returns lies in as many kernels as any other.

    See Also
    --------
    Conv1DArchitecture : Rows as series.
    RecurrentArchitecture : Rows as sequences.
    KerasArchitecture : Your own Keras models.

    References
    ----------
    .. [1] Masci, Meier, Ciresan & Schmidhuber (2011). Stacked convolutional auto-encoders for hierarchical feature
       extraction. ICANN.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skautoencoder import AutoencoderTransformer, ConvolutionalArchitecture
    >>> X, y = load_digits(return_X_y=True)
    >>> architecture = ConvolutionalArchitecture(image_shape=(8, 8))
    >>> autoencoder = AutoencoderTransformer(8, architecture=architecture, epochs=2, random_state=0).fit(X)
    >>> autoencoder.reconstruct(X).shape
    (1797, 64)
    """

    def __init__(self, image_shape=(28, 28), kernel_size=4):
        self.image_shape = image_shape
        self.kernel_size = kernel_size

    @property
    def default_hidden_layer_sizes(self):
        """Filters for ``hidden_layer_sizes="auto"``: (32, 64) for images below 16 pixels, (16, 32) for others."""
        smallest_side = min(size for size in self.image_shape[:2] if size > 0)
        return (32, 64) if smallest_side < _MIN_PIXELS_OF_FEW_FILTERS else (16, 32)

    def check(self, n_features):
        check_shape("image_shape", self.image_shape, 3, n_features, type(self).__name__)
        check_kernel_size(self.kernel_size, 2, type(self).__name__)

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        owner = type(self).__name__
        shape = check_shape("image_shape", self.image_shape, 3, n_features, owner)
        return strided_models(
            shape, encoding_dim, hidden_layer_sizes, check_kernel_size(self.kernel_size, 2, owner), activation
        )
