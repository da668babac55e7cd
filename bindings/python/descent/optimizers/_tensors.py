"""The tensors of an optimizer: checked arrays in a fixed order, described to the library by their addresses."""

import ctypes
import operator
import weakref
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from ctypes import addressof, c_char
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .._c.arrays import Array, address, describe, require_array, row_shape, whole_number
from .._c.declarations import Parameter, Tensor
from .._c.errors import InvalidArgumentError, ShapeMismatchError
from .._c.low_precision import TENSOR_DTYPES
from ._copied_keys import ADVICE, OtherKeys, is_compared_by_identity

# Gives the names of a key's values and gradient, for a message.
Names = Callable[[Hashable], tuple[str, str]]


def names_in_dicts(key: Hashable) -> tuple[str, str]:
    """How update() calls a tensor."""
    return f"params[{key!r}]", f"grads[{key!r}]"


def names_in_pairs(key: Hashable) -> tuple[str, str]:
    """How step() calls a tensor."""
    return f"the values of tensor {key}", f"the gradient of tensor {key}"


@dataclass(frozen=True, slots=True)
class Layout:
    """What the first step fixes for a tensor."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    def suits(self, array: Array) -> bool:
        """Whether the library sees the same matrix in the array."""
        return array.dtype == self.dtype and row_shape(array.shape) == row_shape(self.shape)


# Values, gradient, their dtype and shape, and both addresses.
_Placed = tuple[Array, Array | None, np.dtype[Any], tuple[int, ...], int, int]
# Values and gradient, None for a tensor that the step passes by.
Pair = tuple[Array, Array | None]


class TensorList:
    """Keys, shapes and types of an optimizer's tensors, and the C array through which the library sees them."""

    __slots__ = (
        *("_array", "_is_copy", "_other_keys", "_placed", "_seen", "_structs"),
        *("address", "keys", "lack_gradients", "layouts"),
    )

    def __init__(
        self, keys: Iterable[Hashable], layouts: Sequence[Layout] = (), others: Sequence[Sequence[Hashable]] = ()
    ) -> None:
        """The keys' order is that of the tensors. Without layouts, the first place() fixes them.

        others: lists of keys that the next step may have instead
        """
        self.keys = list(keys)
        self._other_keys = OtherKeys(others)
        # Keys that are compared by identity may be others than the caller's, then.
        self._is_copy = bool(layouts)
        self._array = (Tensor * len(self.keys))()
        self._structs = list(self._array)
        self.address = ctypes.addressof(self._array)
        # Whether the last step passes some of them by.
        self.lack_gradients = False
        self.layouts: list[Layout] = []
        self._forget_arrays()
        if layouts:
            self._fix(layouts)

    @property
    def other_keys(self) -> list[list[Hashable]]:
        """Other lists of keys that the next step may have, in a copy."""
        return self._other_keys.alive()

    def deep_copy(self, memo: dict[int, Any]) -> "TensorList":
        """The same tensors for a deep copy of the optimizer."""
        copied = TensorList(self.keys, self.layouts)
        copied.assign(self.groups)
        copied._other_keys = self._other_keys.deep_copy(self.keys, memo)
        return copied

    def settle(self) -> None:
        """The keys of the step that was made are the tensors' keys."""
        self._other_keys = OtherKeys()

    def index_of(self, tensor: Hashable) -> Hashable:
        """The position of a key; what is none is given back."""
        return next((keys.index(tensor) for keys in (self.keys, *self.other_keys) if tensor in keys), tensor)

    def words(self) -> dict[str, str]:
        """How the library's texts call the tensors, and how the caller does."""
        return {f"tensor {index}: ": f"tensor {key!r}: " for index, key in enumerate(self.keys)}

    def _forget_arrays(self) -> None:
        # The arrays of the last step. Gradients that are new in each step are not held: only those that come twice.
        self._seen: list[Callable[[], Array | None]] = []
        self._placed: list[_Placed] = []

    def parameters(self) -> ctypes.Array[Parameter]:
        """The tensors as the library sees them where some have no gradient."""
        structs = (Parameter * len(self.keys))()
        for struct, own in zip(structs, self._structs, strict=True):
            struct.struct_size, struct.group = ctypes.sizeof(Parameter), own.group
            struct.values, struct.gradient = own.values, own.gradient
            struct.rows, struct.columns = own.rows, own.columns
            struct.dtype = struct.gradient_dtype = own.dtype
        return structs

    def holds(self, pairs: Sequence[Pair]) -> bool:
        """Whether these are the arrays of the last step, whose addresses the library has; False if in doubt.

        An array can change in place: resize() moves its memory, and shape, strides, dtype and flags can be set.
        """
        if len(pairs) != len(self._placed):
            return False
        first_byte: Any = c_char.from_buffer  # NumPy does not say that arrays are buffers
        try:
            # Asked to be strict, zip() takes twice as long; the lengths are the same.
            for (values, gradient), (own_values, own_gradient, dtype, shape, start, other) in zip(pairs, self._placed):  # noqa: B905
                if (
                    values is not own_values
                    or gradient is None
                    or gradient is not own_gradient
                    or values.dtype is not dtype
                    or gradient.dtype is not dtype
                    or values.shape != shape
                    or gradient.shape != shape
                    # Raises for what is not writable or not contiguous.
                    or addressof(first_byte(values)) != start
                    or addressof(first_byte(gradient)) != other
                ):
                    return False
        except (TypeError, ValueError, BufferError):
            return False
        return bool(self._placed)

    def require_keys(
        self, params: Mapping[Hashable, Array], grads: Mapping[Hashable, Array | None], may_lack: bool = False
    ) -> None:
        """Names the first key that one of the dicts lacks, or has too many.

        may_lack: whether `grads` may lack some
        """
        for name, given in (("params", params), ("grads", grads)):
            if not isinstance(given, Mapping):
                raise TypeError(f"{name} must be a dict of arrays, not {type(given).__name__}")
            if name == "params":
                self._choose_keys(given)
            missing = [key for key in self.keys if key not in given]
            other = "params" if name == "grads" else "the first step"
            if missing and not (may_lack and name == "grads"):
                advice = ADVICE if self._is_copy and is_compared_by_identity(missing[0]) else ""
                raise ShapeMismatchError(f"{name} has no key {missing[0]!r}, but {other} has it{advice}")
            if len(given) > len(self.keys) - len(missing):
                extra = next(key for key in given if key not in self.keys)
                raise ShapeMismatchError(f"{name} has the key {extra!r}, but {other} does not have it")

    def _choose_keys(self, params: Mapping[Hashable, Any]) -> None:
        lists = [self.keys, *self.other_keys]
        chosen = next((keys for keys in lists if all(key in params for key in keys)), self.keys)
        if chosen is not self.keys:
            self.keys, self._other_keys = chosen, OtherKeys([keys for keys in lists if keys is not chosen])

    def place(self, pairs: Sequence[Pair], names: Names) -> None:
        """Checks values and gradients, and writes their addresses into the C array."""
        spans: list[tuple[int, int, int]] = []
        self._placed = []  # if anything is wrong the C array is no longer that of the last step
        for index, (values, gradient) in enumerate(pairs):
            self._require_pair(index, values, values if gradient is None else gradient, names)
            struct, size = self._structs[index], values.nbytes
            start, other = address(values), None if gradient is None else address(gradient)
            struct.values, struct.gradient = start, other
            spans.append((start, start + size, 2 * index))
            if other is not None:
                spans.append((other, other + size, 2 * index + 1))
        self._require_apart(spans, names)
        if not self.layouts:
            self._fix([Layout(values.dtype, values.shape) for values, _ in pairs])
        self._remember(pairs)

    def _require_apart(self, spans: list[tuple[int, int, int]], names: Names) -> None:
        """Of each array its first byte, the one behind its last, and twice its pair's place, and 1 for a gradient."""
        spans.sort()
        for (_, stop, first), (start, _, second) in pairwise(spans):
            if start < stop:
                one, two = (names(self.keys[i // 2])[i % 2] for i in sorted((first, second)))
                raise InvalidArgumentError(f"{one} and {two} overlap in memory; each needs memory of its own")

    def values_alone(self, values: Sequence[Array], names: Names) -> ctypes.Array[Tensor]:
        """The tensors' values as a C array without gradients, checked."""
        structs = (Tensor * len(self.keys))()
        spans: list[tuple[int, int, int]] = []
        for key, array, layout, own, struct in zip(
            self.keys, values, self.layouts, self._structs, structs, strict=True
        ):
            name = names(key)[0]
            _judge(array, array, layout, name, name)
            struct.values = start = address(array)
            spans.append((start, start + array.nbytes, 2 * len(spans)))
            struct.rows, struct.columns, struct.dtype, struct.group = own.rows, own.columns, own.dtype, own.group
        self._require_apart(spans, names)
        return structs

    def _remember(self, pairs: Sequence[Pair]) -> None:
        came_before = [seen() for seen in self._seen] or [None] * len(pairs)
        gradients = [gradient for _, gradient in pairs if gradient is not None]
        self.lack_gradients = len(gradients) < len(pairs)
        if self.lack_gradients:
            self._seen = []
        elif not all(map(operator.is_, gradients, came_before)):
            self._seen = [weakref.ref(gradient) for gradient in gradients]
        elif all(type(array) is np.ndarray for pair in pairs for array in pair):
            self._placed = [
                (*pair, layout.dtype, pair[0].shape, struct.values, struct.gradient)
                for pair, layout, struct in zip(pairs, self.layouts, self._structs, strict=True)
            ]

    @property
    def groups(self) -> dict[Hashable, int]:
        """The option group of each tensor."""
        return {key: struct.group for key, struct in zip(self.keys, self._structs, strict=True)}

    def key_at(self, position: Any) -> Hashable:
        """The key of a tensor that is told by its position."""
        if not isinstance(position, int) or not 0 <= position < len(self.keys):
            raise InvalidArgumentError(f"groups: there is no tensor {position!r}; there are {len(self.keys)}")
        return self.keys[position]

    def assign(self, groups: Mapping[Hashable, int]) -> dict[Hashable, int]:
        """Puts tensors into option groups, those that are not mentioned into group 0; returns how it was before."""
        if not isinstance(groups, Mapping):
            raise TypeError(f"groups must be a dict of group numbers, not {type(groups).__name__}")
        numbers = {key: whole_number(group, f"groups[{key!r}]", 32) for key, group in groups.items()}
        unknown = next((key for key in numbers if key not in self.keys), None)
        if unknown is not None:
            raise InvalidArgumentError(
                f"groups: there is no tensor {unknown!r}; there are {', '.join(map(repr, self.keys))}"
            )
        former = self.groups
        for key, struct in zip(self.keys, self._structs, strict=True):
            struct.group = numbers.get(key, 0)
        return former

    def _fix(self, layouts: Sequence[Layout]) -> None:
        for struct, layout in zip(self._structs, layouts, strict=True):
            struct.rows, struct.columns = row_shape(layout.shape)
            struct.dtype = TENSOR_DTYPES[layout.dtype]
        self.layouts = list(layouts)

    def _require_pair(self, index: int, values: Array, gradient: Array, names: Names) -> None:
        layout = self.layouts[index] if self.layouts else None
        if not _is_certainly_right(values, gradient, layout):
            _judge(values, gradient, layout, *names(self.keys[index]))


def _is_certainly_right(values: Array, gradient: Array, layout: Layout | None) -> bool:
    """The quick form of the check, for every step but the first: it may answer False for what is right."""
    return (
        layout is not None
        and type(values) is np.ndarray
        and type(gradient) is np.ndarray
        and values.dtype is layout.dtype
        and gradient.dtype is layout.dtype
        and values.shape == gradient.shape == layout.shape
        and values.flags.carray  # contiguous and writable
        and gradient.flags.c_contiguous
    )


def _judge(values: Array, gradient: Array, layout: Layout | None, values_name: str, gradient_name: str) -> None:
    """The slow and exact form of the check, which says what is wrong, if anything is."""
    require_array(values, values_name, TENSOR_DTYPES, writable=True)
    require_array(gradient, gradient_name, TENSOR_DTYPES)
    both = f"{gradient_name} is {describe(gradient)}, but {values_name} is {describe(values)}"
    if gradient.dtype != values.dtype:
        raise TypeError(f"{both}; they must have the same dtype")
    if gradient.shape != values.shape:
        raise ShapeMismatchError(f"{both}; they must have the same shape")
    if values.size == 0:
        raise InvalidArgumentError(f"{values_name} is {describe(values)}; it must not be empty")
    if layout is not None and not layout.suits(values):
        raise ShapeMismatchError(
            f"{values_name} is {describe(values)}, but in the first step it was a {layout.dtype.name} array of shape "
            f"{layout.shape}; reset() forgets the shapes"
        )
