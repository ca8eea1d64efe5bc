"""What tf2onnx lacks for the export of Keras models to ONNX."""

import numpy as np


def register_erfc():
    """Tell tf2onnx, if it is installed, how to convert `Erfc`, of which recent versions of TensorFlow make gelu.

    A conversion that tf2onnx has already is left alone.
    """
    try:
        # This import registers the conversions that tf2onnx has.
        from tf2onnx.onnx_opset.math import tf_op
    except ImportError:
        return
    if not any("Erfc" in operators for versions in tf_op.get_opsets().values() for operators in versions):
        tf_op("Erfc")(_Erfc)


class _Erfc:
    """``erfc(x) = 1 - erf(x)``, in float32 because onnxruntime computes `Erf` in no other type."""

    @classmethod
    def version_9(cls, graph, node, **_):
        """Replace a node from version 9 of ONNX on, which brought `Erf`."""
        from onnx import TensorProto

        options = {"outputs": node.output, "shapes": node.output_shapes, "dtypes": node.output_dtypes}
        x = graph.make_node("Cast", node.input, attr={"to": TensorProto.FLOAT})
        erf = graph.make_node("Erf", x.output)
        one = graph.make_const(f"{node.name}_one", np.float32([1]))
        erfc = graph.make_node("Sub", [*one.output, *erf.output])
        graph.remove_node(node.name)
        graph.make_node("Cast", erfc.output, attr={"to": options["dtypes"][0]}, name=node.name, **options)
