"""How the library sees a tensor: as a matrix at an address, in the order in which its elements lie in memory."""

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._c.arrays import row_shape
from .._c.declarations import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Parameter
from .._c.errors import InvalidArgumentError, ShapeMismatchError, UnsupportedError

DTYPES = {torch.float32: FLOAT32, torch.float64: FLOAT64, torch.float16: FLOAT16, torch.bfloat16: BFLOAT16}
TYPES = {number: dtype for dtype, number in DTYPES.items()}
# descent_parameter for NumPy: an array of them has columns that can be written as a whole.
RECORD = np.dtype(
    {
        "names": [field[0] for field in Parameter._fields_],
        "formats": [f"u{getattr(Parameter, field[0]).size}" for field in Parameter._fields_],
        "offsets": [getattr(Parameter, field[0]).offset for field in Parameter._fields_],
        "itemsize": ctypes.sizeof(Parameter),
    }
)


@dataclass(frozen=True)
class Place:
    """A parameter as the library sees it.

    rows, columns, number: of the matrix, and its dtype
    strides: those that a gradient must have to be read where it is
    is_copied: whether its elements do not lie side by side, or not in an order that suits the method: a step is made
        on a copy then
    in_rows: whether each element of a vector is a row
    """

    rows: int
    columns: int
    number: int
    dtype: torch.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    is_copied: bool
    in_rows: bool

    @classmethod
    def of(cls, parameter: Tensor, name: str, by_rows: bool, in_rows: bool = False) -> "Place":
        """Where a parameter is.

        by_rows: whether the method tells rows from columns, so that other orders are not the same to it
        in_rows: whether the elements of a vector are rows, for gradients that hold some of them
        """
        require(parameter, name)
        _require_memory(parameter, name)
        shape, strides = tuple(parameter.shape), parameter.stride()
        order = _memory_order(parameter)
        is_copied = order is None or (by_rows and order != list(range(len(shape))))
        in_memory = shape if is_copied or order is None else tuple(shape[axis] for axis in order)
        if is_copied:
            strides = torch.empty(shape, device="meta").stride()
        rows, columns = (shape[0], 1) if in_rows and len(shape) == 1 else row_shape(in_memory)
        return cls(rows, columns, DTYPES[parameter.dtype], parameter.dtype, shape, strides, is_copied, in_rows)

    def describe(self, record: Any) -> None:
        """Writes what stays the same from step to step."""
        record["struct_size"] = ctypes.sizeof(Parameter)
        record["rows"], record["columns"] = self.rows, self.columns
        record["dtype"] = record["gradient_dtype"] = self.number

    def like(self, dtype: torch.dtype) -> Tensor:
        """An empty tensor whose elements lie as those of the parameter."""
        return torch.empty_strided(self.shape, self.strides, dtype=dtype)

    def laid_out(self, gradient: Tensor, name: str) -> Tensor:
        """A gradient with its elements as those of the parameter; itself, if they are."""
        if gradient.shape != self.shape:
            raise ShapeMismatchError(
                f"the gradient of {name} has the shape {tuple(gradient.shape)}; it must be {self.shape}"
            )
        if gradient.stride() == self.strides:
            return gradient
        return self.like(gradient.dtype).copy_(gradient)


def require(parameter: Tensor, name: str) -> None:
    """Raises for what cannot be stepped here at all."""
    if parameter.device.type != "cpu":
        raise InvalidArgumentError(
            f"{name} is on the device {parameter.device}; descent.torch steps parameters on the CPU"
        )
    if parameter.layout != torch.strided:
        raise UnsupportedError(f"{name} is {parameter.layout}; parameters must be strided")
    if parameter.dtype not in DTYPES:
        known = ", ".join(str(dtype) for dtype in DTYPES)
        raise UnsupportedError(f"{name} is of {parameter.dtype}; parameters must be of one of {known}")


def _require_memory(parameter: Tensor, name: str) -> None:
    """UnsupportedError for what looks like a tensor but keeps its elements elsewhere, as DTensor does."""
    try:
        address = parameter.data_ptr()
    except RuntimeError:
        address = 0
    if address == 0 and parameter.numel() > 0:
        raise UnsupportedError(f"{name} is a {type(parameter.data).__name__}, which has no memory of its own to step")


def _memory_order(tensor: Tensor) -> list[int] | None:
    """The axes from the one with the longest strides to the shortest; None if there are gaps or overlaps."""
    axes = list(range(tensor.dim()))
    if tensor.is_contiguous():
        return axes
    # Axes of one element may have any stride.
    order = sorted(axes, key=lambda axis: (-tensor.stride(axis), -tensor.size(axis)))
    expected = 1
    for axis in reversed(order):
        if tensor.size(axis) != 1:
            if tensor.stride(axis) != expected:
                return None
            expected *= tensor.size(axis)
    return order


def view(address: int, count: int, dtype: torch.dtype, owner: Any) -> Tensor:
    """Memory of the library's as a tensor of one axis, which keeps its owner alive."""
    if count == 0:
        return torch.empty(0, dtype=dtype)
    size = count * dtype.itemsize
    memory = (ctypes.c_char * size).from_address(address)
    memory.owner = owner
    return torch.frombuffer(memory, dtype=dtype)


class SomeRows:
    """A gradient that holds some rows, as embeddings have it."""

    def __init__(self, gradient: Tensor, place: Place, name: str) -> None:
        """InvalidArgumentError for one that holds single elements, or whose rows are not those in memory."""
        if gradient.sparse_dim() != 1:
            raise InvalidArgumentError(
                f"the gradient of {name} is sparse in {gradient.sparse_dim()} axes; it can be in the first one only"
            )
        rows = place.rows, place.columns
        if rows != (place.shape[0], math.prod(place.shape[1:])):
            raise InvalidArgumentError(
                f"the gradient of {name} is sparse, but its rows do not lie one after the other: the parameter must be "
                "contiguous, and that of a vector sparse from the first step on"
            )
        gradient = gradient.coalesce()
        self.indices = gradient.indices()[0].contiguous()
        self.values = gradient.values().contiguous()
