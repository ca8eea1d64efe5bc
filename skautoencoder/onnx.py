"""Fitted pipelines as ONNX models, by way of skl2onnx."""

import numpy as np

from ._autoencoder import AutoencoderTransformer
from ._imputer import AutoencoderImputer
from ._variational import VariationalAutoencoderTransformer
from .networks import SELU_ALPHA, SELU_SCALE, DenseAutoencoder

__all__ = ["register_converters"]


def register_converters():
    """Register the autoencoders with skl2onnx, which then converts pipelines that hold one.

    What the ONNX model computes is `transform`, to rounding, in float32 or float64 as its input. The network is written
    from its arrays: neither TensorFlow nor tf2onnx is needed. skl2onnx itself must be installed, for example by
    ``pip install skautoencoder[onnx]``.

    :class:`AutoencoderTransformer` and :class:`VariationalAutoencoderTransformer` are converted if their architecture
    is "dense". The encoders of all others are written by Keras, without this function:
    ``autoencoder.encoder_.export("encoder.onnx", format="onnx")``. :class:`AutoencoderImputer` cannot be converted,
    because it solves a system of linear equations for each row, for which ONNX has no operator.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    See Also
    --------
    AutoencoderTransformer : Its `encoder_`, `decoder_` and `autoencoder_` are Keras models, which export themselves.

    Examples
    --------
    >>> from skl2onnx import to_onnx  # doctest: +SKIP
    >>> from skautoencoder.onnx import register_converters
    >>> register_converters()  # doctest: +SKIP
    >>> model = to_onnx(pipeline, X[:1])  # doctest: +SKIP
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as error:
        raise ImportError("register_converters needs skl2onnx. Run pip install skautoencoder[onnx].") from error
    for estimator in (AutoencoderTransformer, VariationalAutoencoderTransformer, AutoencoderImputer):
        update_registered_converter(estimator, f"Skautoencoder{estimator.__name__}", _set_type_of_codes, _convert)


def _set_type_of_codes(operator):
    """Set type and shape of what an autoencoder puts out."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType
    from skl2onnx.common.utils import check_input_and_output_types

    check_input_and_output_types(operator, good_input_types=[FloatTensorType, DoubleTensorType, Int64TensorType])
    estimator = operator.raw_operator
    if isinstance(estimator, AutoencoderImputer):
        raise NotImplementedError(
            "AutoencoderImputer cannot be converted to ONNX: it solves a system of linear equations for each row, for "
            "which ONNX has no operator. Convert the steps behind it and give them what its transform returns, or "
            "impute by one that can be converted, for example sklearn.impute.SimpleImputer."
        )
    if not isinstance(estimator._autoencoder, DenseAutoencoder):
        architecture = estimator._autoencoder.blueprint.architecture
        raise NotImplementedError(
            f"{type(estimator).__name__} with architecture={architecture!r} cannot be converted by skl2onnx, "
            "only architecture='dense' can. Let Keras export the encoder, "
            "encoder_.export('encoder.onnx', format='onnx'), and convert the other steps by themselves."
        )
    codes = FloatTensorType if _computes_in_float32(operator) else DoubleTensorType
    operator.outputs[0].type = codes([operator.inputs[0].get_first_dimension(), estimator.encoding_dim_])


def _computes_in_float32(operator):
    """Return whether an operator computes in float32: as `transform`, if nothing else comes in."""
    from skl2onnx.common.data_types import FloatTensorType

    return all(isinstance(column.type, FloatTensorType) for column in operator.inputs)


def _convert(scope, operator, container):
    """Write the encoder of a fitted autoencoder."""
    graph = _Graph(scope, container, np.float32 if _computes_in_float32(operator) else np.float64)
    # There is one input, or one for each column of a DataFrame.
    columns = [graph.cast(column.full_name, graph.dtype) for column in operator.inputs]
    rows = columns[0] if len(columns) == 1 else graph("Concat", *columns, axis=1)
    estimator = operator.raw_operator
    encoder, _ = estimator._autoencoder.networks_of_X
    codes = _network(graph, encoder.first_outputs(estimator.encoding_dim_), rows)
    container.add_node("Identity", codes, operator.outputs[0].full_name, name=operator.full_name)


def _network(graph, network, X):
    """Write a dense network; see `DenseNetwork`."""

    def dense(layer, X):
        Z = graph("MatMul", X, layer.kernel)
        return _ACTIVATIONS[layer.activation](graph, Z if layer.bias is None else graph("Add", Z, layer.bias))

    if network.subtract is not None:
        X = graph("Sub", X, network.subtract)
    output = X
    for layer in network.layers:
        output = dense(layer, output)
    if network.linear is not None:
        straight = dense(network.linear, X)
        output = graph("Add", straight, output) if network.layers else straight
    return output


class _Graph:
    """ONNX graph to which a call adds one operator and returns the name of what it puts out.

    Parameters
    ----------
    scope, container : skl2onnx.common._topology.Scope and skl2onnx.common._container.ModelComponentContainer
        Names, and nodes, of the graph.
    dtype : type
        Data type of constants, float32 or float64.
    """

    def __init__(self, scope, container, dtype):
        self.dtype = dtype
        self._scope = scope
        self._container = container

    def __call__(self, operator, *inputs, **attributes):
        """Add an operator; an input is the name of another's output, or a constant."""
        names = [value if isinstance(value, str) else self._constant(value) for value in inputs]
        output = self._scope.get_unique_variable_name(operator)
        self._container.add_node(
            operator, names, output, name=self._scope.get_unique_operator_name(operator), **attributes
        )
        return output

    def cast(self, X, dtype):
        """Add a conversion to another data type."""
        from onnx.helper import np_dtype_to_tensor_dtype

        return self("Cast", X, to=np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def _constant(self, value):
        from onnx.helper import np_dtype_to_tensor_dtype

        value = np.asarray(value, self.dtype)
        name = self._scope.get_unique_variable_name("constant")
        self._container.add_initializer(name, np_dtype_to_tensor_dtype(value.dtype), value.shape, value.ravel())
        return name


def _elu(graph, Z, alpha=1.0):
    negative = graph("Sub", graph("Exp", graph("Min", Z, 0)), 1)
    return graph("Add", graph("Max", Z, 0), graph("Mul", negative, alpha))


def _gelu(graph, Z):
    # onnxruntime computes Erf in float32 alone.
    erf = graph.cast(graph("Erf", graph.cast(graph("Mul", Z, np.sqrt(0.5)), np.float32)), graph.dtype)
    return graph("Mul", graph("Mul", Z, 0.5), graph("Add", erf, 1))


def _silu(graph, Z):
    # Versions 1.20 to 1.25 of onnxruntime put an operator for float32 alone in the place of Z * sigmoid(Z).
    return graph("Div", Z, graph("Add", graph("Exp", graph("Neg", Z)), 1))


def _softplus(graph, Z):
    rest = graph("Log", graph("Add", graph("Exp", graph("Neg", graph("Abs", Z))), 1))
    return graph("Add", graph("Max", Z, 0), rest)


# Activations by their Keras names, of operators that onnxruntime computes in float32 and in float64; see `ACTIVATIONS`.
_ACTIVATIONS = {
    "elu": _elu,
    "exponential": lambda graph, Z: graph("Exp", Z),
    "gelu": _gelu,
    "hard_sigmoid": lambda graph, Z: graph("Div", graph("Clip", graph("Add", Z, 3), 0, 6), 6),
    "leaky_relu": lambda graph, Z: graph("Max", Z, graph("Mul", Z, 0.2)),
    "linear": lambda graph, Z: Z,
    "mish": lambda graph, Z: graph("Mul", Z, graph("Tanh", _softplus(graph, Z))),
    "relu": lambda graph, Z: graph("Relu", Z),
    "relu6": lambda graph, Z: graph("Clip", Z, 0, 6),
    "selu": lambda graph, Z: graph("Mul", _elu(graph, Z, SELU_ALPHA), SELU_SCALE),
    "sigmoid": lambda graph, Z: graph("Sigmoid", Z),
    "silu": _silu,
    "softmax": lambda graph, Z: graph("Softmax", Z, axis=1),
    "softplus": _softplus,
    "softsign": lambda graph, Z: graph("Div", Z, graph("Add", graph("Abs", Z), 1)),
    "swish": _silu,
    "tanh": lambda graph, Z: graph("Tanh", Z),
}
