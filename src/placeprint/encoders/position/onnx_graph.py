"""An encoder of coordinates as an ONNX graph: harmonics in double precision, layers in single."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from placeprint.encoders.position.harmonics_kernel import recurrence
from placeprint.encoders.position.position_network import PositionNetwork
from placeprint.errors import optional_import
from placeprint.files import replacing
from placeprint.typing import AnyArray, PathLike

__all__ = ["write_onnx"]

OPSET: Final = 18

IR_VERSION: Final = 9
"""Read by every runtime since 2023."""


def write_onnx(network: PositionNetwork, path: PathLike) -> None:
    """Write a network as ONNX, atomically.

    The harmonics follow the same recurrence over degrees as ours, all orders at once; longitudes
    enter as the point (x, y, z) on the sphere, so that a dilation needs no angles.

    Args:
        network: The network.
        path: The file.

    Raises:
        MissingExtraError: If the library onnx is not installed.
    """
    onnx = optional_import("onnx", "onnx")
    graph = _Graph(onnx)
    x, y, z = _on_the_sphere(graph)
    if network.dilation is not None:
        x, y, z = _dilated(graph, network, x, y, z)
    hidden = graph.add(
        "Cast", _harmonics(graph, network.degree, x, y, z), to=onnx.TensorProto.FLOAT
    )
    for number, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        if number:
            hidden = graph.add("Relu", hidden)
        hidden = graph.add("Gemm", hidden, graph.constant(weight), graph.constant(bias))
    graph.add("Identity", hidden, output="embedding")
    with replacing(path) as temporary:
        onnx.save_model(graph.model(network.dim), str(temporary))


class _Graph:
    """Nodes and constants of a graph in the making; every value has a name of its own."""

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"v{len(self._nodes)}"
        made = self._onnx.helper.make_node(operator, list(inputs), [name], **attributes)
        self._nodes.append(made)
        return name

    def constant(self, value: AnyArray) -> str:
        name = f"c{len(self._constants)}"
        array = np.ascontiguousarray(value)
        self._constants.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def number(self, value: float) -> str:
        return self.constant(np.array([[value]], dtype=np.float64))

    def model(self, dim: int) -> Any:
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        lonlat = helper.make_tensor_value_info("lonlat", kinds.DOUBLE, ["n", 2])
        embedding = helper.make_tensor_value_info("embedding", kinds.FLOAT, ["n", dim])
        graph = helper.make_graph(
            self._nodes, "coordinate_encoder", [lonlat], [embedding], self._constants
        )
        made = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        self._onnx.checker.check_model(made)
        return made


def _on_the_sphere(graph: _Graph) -> tuple[str, str, str]:
    """x, y, z of ``lonlat``, (n, 1) each."""
    radians = graph.add("Mul", "lonlat", graph.number(np.pi / 180))
    lam, phi = (
        graph.add("Gather", radians, graph.constant(np.array([column])), axis=1)
        for column in (0, 1)
    )
    cosine = graph.add("Cos", phi)
    x = graph.add("Mul", cosine, graph.add("Cos", lam))
    y = graph.add("Mul", cosine, graph.add("Sin", lam))
    return x, y, graph.add("Sin", phi)


def _dilated(
    graph: _Graph, network: PositionNetwork, x: str, y: str, z: str
) -> tuple[str, str, str]:
    """The formula of :class:`~placeprint.encoders.position.dilation.Dilation`."""
    assert network.dilation is not None
    axes, factor = network.dilation.axes, network.dilation.factor
    turned = graph.add(
        "MatMul", graph.add("Concat", x, y, z, axis=1), graph.constant(axes.T.copy())
    )
    x, y, z = (
        graph.add("Gather", turned, graph.constant(np.array([column])), axis=1)
        for column in range(3)
    )
    one = graph.number(1.0)
    across = graph.add("Add", graph.add("Mul", x, x), graph.add("Mul", y, y))
    rise = graph.add("Add", one, z)
    near = graph.add("Div", across, graph.add("Max", rise, graph.number(1e-300)))
    fall = graph.add(
        "Where",
        graph.add("Greater", z, graph.number(0.0)),
        near,
        graph.add("Sub", one, z),
    )
    below = graph.add("Mul", fall, graph.number(factor**2))
    total = graph.add("Add", rise, below)
    stretch = graph.add("Div", graph.number(2 * factor), total)
    return (
        graph.add("Mul", x, stretch),
        graph.add("Mul", y, stretch),
        graph.add("Div", graph.add("Sub", rise, below), total),
    )


def _harmonics(graph: _Graph, degree: int, x: str, y: str, z: str) -> str:
    """(n, L²) in the order of :func:`placeprint.encoders.position.harmonics`."""
    scale, fall, diagonal = recurrence(degree)
    squares = graph.add("Add", graph.add("Mul", x, x), graph.add("Mul", y, y))
    cosine = graph.add("Sqrt", squares)
    around = graph.add("Max", cosine, graph.number(1e-300))  # at a pole any longitude will do
    turn_cos, turn_sin = graph.add("Div", x, around), graph.add("Div", y, around)
    cosines, sines = [graph.number(np.sqrt(2.0))], [graph.number(0.0)]
    for _ in range(1, degree):
        cosines.append(_turned(graph, "Sub", turn_cos, cosines[-1], turn_sin, sines[-1]))
        sines.append(_turned(graph, "Add", turn_sin, cosines[-2], turn_cos, sines[-1]))
    flat = graph.add("Mul", z, graph.number(0.0))  # (n, 1) of zeros: the batch has no size yet
    now = graph.add("Add", flat, graph.number(np.sqrt(1 / (4 * np.pi))))  # P of one degree
    before, rows = "", [now]
    eastward = graph.add("Concat", *[graph.add("Add", flat, c) for c in cosines], axis=1)
    northward = graph.add("Concat", *[graph.add("Add", flat, s) for s in sines], axis=1)
    for l in range(1, degree):  # noqa: E741 - the formula's letter
        upper = graph.add("Mul", graph.add("Mul", z, now), graph.constant(scale[l : l + 1, :l]))
        if l > 1:
            lower = graph.add("Mul", before, graph.constant(fall[l : l + 1, : l - 1]))
            lower = graph.add("Concat", lower, flat, axis=1)
            upper = graph.add("Sub", upper, lower)
        last = graph.add("Slice", now, *_columns(graph, l - 1, l))
        last = graph.add("Mul", graph.add("Mul", last, cosine), graph.number(diagonal[l]))
        before, now = now, graph.add("Concat", upper, last, axis=1)
        middle = graph.add("Slice", now, *_columns(graph, 0, 1))
        orders = graph.add("Slice", now, *_columns(graph, 1, l + 1))
        west = graph.add("Mul", orders, graph.add("Slice", northward, *_columns(graph, 1, l + 1)))
        east = graph.add("Mul", orders, graph.add("Slice", eastward, *_columns(graph, 1, l + 1)))
        backwards = graph.constant(np.arange(l)[::-1])
        rows += [graph.add("Gather", west, backwards, axis=1), middle, east]
    return graph.add("Concat", *rows, axis=1)


def _turned(graph: _Graph, joined: str, a: str, b: str, c: str, d: str) -> str:
    """A b ± c d."""
    return graph.add(joined, graph.add("Mul", a, b), graph.add("Mul", c, d))


def _columns(graph: _Graph, first: int, end: int) -> list[str]:
    """Starts, ends and axes of a slice of columns."""
    return [graph.constant(np.array([value])) for value in (first, end, 1)]
