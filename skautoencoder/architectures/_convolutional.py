"""Rows as images: convolutions share their weights between pixels."""

import math

from .._checks import check_kernel_size, check_shape
from ._base import BaseKerasArchitecture


class ConvolutionalArchitecture(BaseKerasArchitecture):
    """Strided convolutions down to the code, transposed convolutions back up [1]_.

    `hidden_layer_sizes` are the filters of the encoder's convolutions, each of which halves height and width; the
    decoder mirrors them and crops the surplus pixels of odd sizes. ``()`` connects pixels and code directly.

    Choose it over dense layers for large images: it needs fewer weights, since all pixels share them.

    Parameters
    ----------
    image_shape : tuple of int, default=(28, 28)
        Height, width and, if there are several, channels of one row of X, in the order of ``image.reshape(-1)``. One of
        them may be -1, to be inferred from X. The default is the shape of MNIST's digits.
    kernel_size : int or tuple of int, default=3
        Height and width of the kernels in pixels, at least 1. The default is usual for small images.

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

    default_hidden_layer_sizes = (32, 64)

    def __init__(self, image_shape=(28, 28), kernel_size=3):
        self.image_shape = image_shape
        self.kernel_size = kernel_size

    def check(self, n_features):
        check_shape("image_shape", self.image_shape, 3, n_features, type(self).__name__)
        check_kernel_size(self.kernel_size, 2, type(self).__name__)

    def build_models(self, n_features, encoding_dim, hidden_layer_sizes, activation):
        from keras import Input, Sequential
        from keras.layers import Conv2D, Conv2DTranspose, Cropping2D, Dense, Flatten, Reshape

        height, width, channels = check_shape("image_shape", self.image_shape, 3, n_features, type(self).__name__)
        # Height and width before the first convolution and after each; half of an odd number is rounded up.
        sizes = [(height, width)]
        for _ in hidden_layer_sizes:
            sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
        order = {"data_format": "channels_last"}
        kernel_size = check_kernel_size(self.kernel_size, 2, type(self).__name__)
        options = {"kernel_size": kernel_size, "padding": "same", **order}
        encoder = [Input((n_features,)), Reshape((height, width, channels))]
        encoder += [Conv2D(filters, strides=2, activation=activation, **options) for filters in hidden_layer_sizes]
        encoder += [Flatten(**order), Dense(encoding_dim)]
        if not hidden_layer_sizes:
            return Sequential(encoder), Sequential([Input((encoding_dim,)), Dense(n_features)])

        smallest = (*sizes[-1], hidden_layer_sizes[-1])
        decoder = [Input((encoding_dim,)), Dense(math.prod(smallest), activation), Reshape(smallest)]
        for filters, (rows, columns), (target_rows, target_columns) in zip(
            hidden_layer_sizes[::-1], sizes[:0:-1], sizes[-2::-1], strict=True
        ):
            decoder.append(Conv2DTranspose(filters, strides=2, activation=activation, **options))
            surplus = ((0, 2 * rows - target_rows), (0, 2 * columns - target_columns))
            if surplus != ((0, 0), (0, 0)):
                decoder.append(Cropping2D(surplus, **order))
        decoder += [Conv2D(channels, **options), Flatten(**order)]
        return Sequential(encoder), Sequential(decoder)
