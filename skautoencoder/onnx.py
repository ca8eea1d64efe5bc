"""Conversion of fitted pipelines to ONNX with skl2onnx."""

import numpy as np

from ._autoencoder import AutoencoderTransformer
from ._imputer import AutoencoderImputer
from ._variational import VariationalAutoencoderTransformer
from .networks import SELU_ALPHA, SELU_SCALE, DenseAutoencoder

__all__ = ["register_converters"]


def register_converters():
    """Register the autoencoders with skl2onnx, so that it converts pipelines that hold one.

    The ONNX model computes `transform`, up to rounding, in the dtype of its input, float32 or float64. The conversion
    needs skl2onnx (``pip install skautoencoder[onnx]``; an ImportError says so), but neither TensorFlow nor tf2onnx.
    With ``options={AutoencoderTransformer: {"score_samples": True}}``, the model of an autoencoder, or of a pipeline
    that ends in one, has a second output: the scores of the rows, as `score_samples` computes them.

    :class:`AutoencoderTransformer` and :class:`VariationalAutoencoderTransformer` can be converted if their
    architecture is "dense"; Keras exports the others, with ``encoder_.export("encoder.onnx", format="onnx")``.
    :class:`AutoencoderImputer` cannot be converted: it solves a linear system for each row, for which ONNX has no
    operator.

    See Also
    --------
    AutoencoderTransformer : Its `encoder_`, `decoder_` and `autoencoder_` are Keras models with a method `export`.

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
        update_registered_converter(
            estimator,
            _alias(estimator),
            _set_types,
            _convert,
            parser=_parse,
            options={"score_samples": [False, True]},
        )


def _parse(scope, estimator, inputs, custom_parsers=None):
    """Declare the operator of an estimator: its outputs are the codes and, as an option, the scores."""
    from skl2onnx.common.data_types import guess_tensor_type

    operator = scope.declare_local_operator(_alias(type(estimator)), estimator)
    operator.inputs = inputs
    names = ["variable"]
    if scope.get_options(estimator, {"score_samples": False})["score_samples"]:
        names.append("score_samples")
    for name in names:
        operator.outputs.append(scope.declare_local_variable(name, guess_tensor_type(inputs[0].type)))
    return operator.outputs


def _alias(estimator_class):
    return f"Skautoencoder{estimator_class.__name__}"


def _set_types(operator):
    """Set types and shapes of the outputs, or raise an error for an estimator that cannot be converted."""
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType
    from skl2onnx.common.utils import check_input_and_output_types

    check_input_and_output_types(operator, good_input_types=[FloatTensorType, DoubleTensorType, Int64TensorType])
    estimator = operator.raw_operator
    if isinstance(estimator, AutoencoderImputer):
        raise NotImplementedError(
            "AutoencoderImputer cannot be converted to ONNX: it solves a system of linear equations for each row, for "
            "which ONNX has no operator. Convert the steps after it and give them the rows that its transform returns, "
            "or use an imputer that can be converted, for example sklearn.impute.SimpleImputer."
        )
    if estimator._table is not None:
        raise NotImplementedError(
            f"{type(estimator).__name__} was fitted to a data frame with categories, which cannot be converted to "
            "ONNX. Encode the categories first, with OneHotEncoder and StandardScaler, which can."
        )
    if not isinstance(estimator._autoencoder, DenseAutoencoder):
        architecture = estimator._autoencoder.blueprint.architecture
        raise NotImplementedError(
            f"{type(estimator).__name__} with architecture={architecture!r} cannot be converted by skl2onnx, "
            "only architecture='dense' can. Let Keras export the encoder, "
            "encoder_.export('encoder.onnx', format='onnx'), and convert the other steps separately."
        )
    if len(operator.outputs) > 1 and estimator._is_truncated:
        raise NotImplementedError(
            f"Scores of the first {estimator.encoding_dim_} codes cannot be converted to ONNX. Fit with "
            f"encoding_dim={estimator.encoding_dim_}, or convert the codes alone."
        )
    numbers = FloatTensorType if _computes_in_float32(operator) else DoubleTensorType
    n_rows = operator.inputs[0].get_first_dimension()
    for output, shape in zip(operator.outputs, ([n_rows, estimator.encoding_dim_], [n_rows]), strict=False):
        output.type = numbers(shape)


def _computes_in_float32(operator):
    """Return whether the operator computes in float32: like `transform`, if all inputs are float32."""
    from skl2onnx.common.data_types import FloatTensorType

    return all(isinstance(column.type, FloatTensorType) for column in operator.inputs)


def _convert(scope, operator, container):
    """Add the encoder of a fitted autoencoder to the graph and, as an option, the scores of the rows."""
    graph = _Graph(scope, container, np.float32 if _computes_in_float32(operator) else np.float64)
    # A DataFrame gives one input for each column.
    columns = [graph.cast(column.full_name, graph.dtype) for column in operator.inputs]
    rows = columns[0] if len(columns) == 1 else graph("Concat", *columns, axis=1)
    estimator = operator.raw_operator
    encoder, decoder = estimator._autoencoder.networks_of_X
    codes = _network(graph, encoder.first_outputs(estimator.encoding_dim_), rows)
    container.add_node("Identity", codes, operator.outputs[0].full_name, name=operator.full_name)
    if len(operator.outputs) == 1:
        return
    reconstructed = _network(graph, decoder, codes)
    if decoder.add is not None:
        # Both are small beside the mean: subtracted from each other first, their difference keeps its digits.
        rows = graph("Sub", rows, decoder.add.astype(graph.dtype))
    error = graph("Sub", rows, reconstructed)
    n_features = estimator.n_features_in_
    means = graph("MatMul", graph("Mul", error, error), np.full((n_features, 1), 1 / n_features))
    scores = graph("Reshape", graph("Neg", means), graph.integers([-1]))
    container.add_node("Identity", scores, operator.outputs[1].full_name, name=f"{operator.full_name}_scores")


def _network(graph, network, X):
    """Add a `DenseNetwork` to the graph."""
    # Subtracting in float32 rounds the offset; the biases take up the rounding error.
    rounding_error = None
    output = X
    if network.subtract is not None:
        subtract = network.subtract.astype(graph.dtype)
        rounding_error = network.subtract - subtract
        output = X = graph("Sub", X, subtract)
    for number, layer in enumerate(network.layers):
        output = _layer(graph, layer, output, rounding_error if number == 0 else None)
    if network.linear is not None:
        straight = _layer(graph, network.linear, X, rounding_error)
        output = graph("Add", straight, output) if network.layers else straight
    return output


def _layer(graph, layer, X, rounding_error=None):
    bias = layer.bias
    if rounding_error is not None:
        bias = (0.0 if bias is None else bias) - rounding_error @ layer.kernel
    Z = graph("MatMul", X, layer.kernel)
    return _ACTIVATIONS[layer.activation](graph, Z if bias is None else graph("Add", Z, bias))


class _Graph:
    """ONNX graph: a call adds an operator and returns the name of its output.

    skl2onnx's `scope` makes names, its `container` holds the nodes. `dtype` is the data type of constants.
    """

    def __init__(self, scope, container, dtype: type):
        self.dtype = dtype
        self._scope = scope
        self._container = container

    def __call__(self, operator, *inputs, **attributes):
        """Add an operator; each input is the name of an output or a constant."""
        names = [value if isinstance(value, str) else self._constant(value) for value in inputs]
        output = self._scope.get_unique_variable_name(operator)
        self._container.add_node(
            operator, names, output, name=self._scope.get_unique_operator_name(operator), **attributes
        )
        return output

    def cast(self, X, dtype):
        """Add a conversion to another data type."""
        return self("Cast", X, to=_tensor_dtype(dtype))

    def integers(self, values):
        """Add a constant of int64, such as a shape, and return its name."""
        name = self._scope.get_unique_variable_name("shape")
        self._container.add_initializer(name, _tensor_dtype(np.int64), [len(values)], values)
        return name

    def _constant(self, value):
        value = np.asarray(value, self.dtype)
        name = self._scope.get_unique_variable_name("constant")
        self._container.add_initializer(name, _tensor_dtype(self.dtype), value.shape, value.ravel())
        return name


def _tensor_dtype(dtype):
    from onnx.helper import np_dtype_to_tensor_dtype

    return np_dtype_to_tensor_dtype(np.dtype(dtype))


def _elu(graph, Z, alpha=1.0):
    negative = graph("Sub", graph("Exp", graph("Min", Z, 0)), 1)
    return graph("Add", graph("Max", Z, 0), graph("Mul", negative, alpha))


def _gelu(graph, Z):
    # onnxruntime computes Erf only in float32.
    erf = graph.cast(graph("Erf", graph.cast(graph("Mul", Z, np.sqrt(0.5)), np.float32)), graph.dtype)
    return graph("Mul", graph("Mul", Z, 0.5), graph("Add", erf, 1))


def _silu(graph, Z):
    # Not Z * sigmoid(Z), which onnxruntime 1.20 to 1.25 replaces by an operator that only takes float32.
    return graph("Div", Z, graph("Add", graph("Exp", graph("Neg", Z)), 1))


def _softplus(graph, Z):
    rest = graph("Log", graph("Add", graph("Exp", graph("Neg", graph("Abs", Z))), 1))
    return graph("Add", graph("Max", Z, 0), rest)


# Activations by Keras name, made of operators that onnxruntime has in float32 and float64; see `ACTIVATIONS`.
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
