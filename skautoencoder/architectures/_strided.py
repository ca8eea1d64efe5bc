"""Strided convolutions down to the code and transposed ones back up, along one or two dimensions."""

import math

# Units of the dense layer between the code and the decoder's convolutions.
_DECODER_UNITS = 256


def strided_models(shape, encoding_dim, filters, kernel_size, activation):
    """Build an encoder and a decoder of flat rows: Keras models whose last layers are linear.

    `shape` ends with the channels. Each of the `filters` halves the other dimensions, of which half of an odd number is
    rounded up; the decoder crops the surplus.
    """
    from keras import Input, Sequential, layers

    n_features = math.prod(shape)
    if not filters:
        encoder = [Input((n_features,)), layers.Dense(encoding_dim)]
        return Sequential(encoder), Sequential([Input((encoding_dim,)), layers.Dense(n_features)])

    order = {"data_format": "channels_last"}
    convolution, transposed, cropping = {
        1: (layers.Conv1D, layers.Conv1DTranspose, lambda surplus: layers.Cropping1D(*surplus)),
        2: (layers.Conv2D, layers.Conv2DTranspose, lambda surplus: layers.Cropping2D(surplus, **order)),
    }[len(kernel_size)]
    options = {"kernel_size": kernel_size, "strides": 2, "padding": "same", **order}
    # Dimensions before the first convolution and after each.
    sizes = [shape[:-1]]
    for _ in filters:
        sizes.append(tuple(-(-size // 2) for size in sizes[-1]))
    smallest = (*sizes[-1], filters[-1])

    encoder = [Input((n_features,)), layers.Reshape(shape)]
    encoder += [convolution(n_filters, activation=activation, **options) for n_filters in filters]
    encoder += [layers.Flatten(**order), layers.Dense(encoding_dim)]

    decoder = [Input((encoding_dim,)), layers.Dense(_DECODER_UNITS, activation)]
    decoder += [layers.Dense(math.prod(smallest), activation), layers.Reshape(smallest)]
    outputs = [*[(n_filters, activation) for n_filters in filters[-2::-1]], (shape[-1], "linear")]
    for (n_filters, name), size, target in zip(outputs, sizes[:0:-1], sizes[-2::-1], strict=True):
        decoder.append(transposed(n_filters, activation=name, **options))
        surplus = tuple((0, 2 * n - wanted) for n, wanted in zip(size, target, strict=True))
        if any(map(any, surplus)):
            decoder.append(cropping(surplus))
    decoder.append(layers.Flatten(**order))
    return Sequential(encoder), Sequential(decoder)
