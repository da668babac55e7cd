"""What only Python knows of an optimizer's tensors: their keys, their shapes with any number of axes, their groups."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._c.arrays import Array, describe, row_shape
from .._c.errors import CorruptStateError, InvalidArgumentError
from .._saving.state_dicts import StateDict, StateReader, text
from ._tensors import Layout, TensorList


@dataclass(frozen=True)
class TensorNotes:
    """Keys, shapes and groups in the order of the tensors; without tensors so far there are no shapes.

    others: lists of keys that the next step may have instead, in a copy
    """

    keys: Sequence[Hashable] = ()
    shapes: Sequence[tuple[int, ...]] = ()
    groups: Sequence[int] = ()
    others: Sequence[Sequence[Hashable]] = ()

    @classmethod
    def of(cls, tensors: TensorList) -> "TensorNotes":
        """Those of the tensors that an optimizer knows."""
        shapes = [layout.shape for layout in tensors.layouts]
        return cls(tensors.keys, shapes, list(tensors.groups.values()), tensors.other_keys)

    @classmethod
    def numbered(cls, layouts: Sequence[Layout]) -> "TensorNotes":
        """Those of tensors of which only the library knows."""
        shapes = [layout.shape[1:] if layout.shape[0] == 1 else layout.shape for layout in layouts]
        return cls(range(len(layouts)), shapes)

    def tensors(self, layouts: Sequence[Layout]) -> TensorList:
        """The tensors that the library knows, as matrices, by these keys and in these shapes."""
        if len(layouts) not in (0, len(self.keys)) or len(layouts) != len(self.shapes):
            raise CorruptStateError(
                f"{len(layouts)} tensors were saved, but {len(self.keys)} keys and {len(self.shapes)} shapes"
            )
        for layout, shape in zip(layouts, self.shapes, strict=True):
            if row_shape(shape) != layout.shape:
                rows, columns = layout.shape
                raise CorruptStateError(f"a tensor of {rows} x {columns} was saved with the shape {shape}")
        shaped = [Layout(layout.dtype, shape) for layout, shape in zip(layouts, self.shapes, strict=True)]
        tensors = TensorList(self.keys, shaped, self.others)
        if self.groups:
            tensors.assign(dict(zip(self.keys, self.groups, strict=True)))
        return tensors

    def write(self) -> StateDict:
        """All of it as arrays. TypeError for a key that no file can hold."""
        notes = {"keys": text([_encode_key(key) for key in self.keys])}
        notes |= {f"tensor.{index}.shape": np.array(shape, np.int64) for index, shape in enumerate(self.shapes)}
        groups = self.groups or [0] * len(self.keys)
        return notes | {f"tensor.{index}.group": np.array(group, np.uint32) for index, group in enumerate(groups)}

    @classmethod
    def read(cls, state: StateReader) -> "TensorNotes":
        """Takes them out of the arrays. InvalidArgumentError for what is missing or cannot be."""
        encoded = state.text("keys")
        if not isinstance(encoded, list):
            raise InvalidArgumentError("the state's 'keys' are no list")
        keys = [_decode_key(key) for key in encoded]
        if len(set(keys)) != len(keys):
            raise InvalidArgumentError("the state's 'keys' hold one of them twice")
        places = [f"tensor.{index}" for index in range(len(keys))]
        return cls(
            keys,
            [
                tuple(map(int, state.array(f"{place}.shape", np.int64).ravel()))
                for place in places
                if state.has(f"{place}.shape")
            ],
            [state.integer(f"{place}.group") for place in places],
        )

    @classmethod
    def read_file(cls, notes: StateDict | None) -> "TensorNotes | None":
        """Those of a file; None if a program in C has written it."""
        if notes is None:
            return None
        try:
            reader = StateReader(notes)
            known = cls.read(reader)
            reader.finish()
        except InvalidArgumentError as error:
            raise CorruptStateError(f"the notes are not those of this package: {error}") from None
        return known

    def shaped(self, entries: Mapping[str, Array]) -> StateDict:
        """What the library lists, with the arrays of a tensor's shape in its own, which says what the matrix was."""
        state = {name: array for name, array in entries.items() if not name.endswith((".rows", ".columns"))}
        for name, array, shape in self._of_tensors(entries):
            if array.ndim == 2 and array.shape == row_shape(shape):
                state[name] = array.reshape(shape)
        return state

    def flattened(self, state: Mapping[str, Array]) -> StateDict:
        """What the library takes for that: matrices, and what they are."""
        entries = dict(state)
        for name, array, shape in self._of_tensors(state):
            if array.ndim > 2 and array.shape != shape:
                raise InvalidArgumentError(f"the state's {name!r} is {describe(array)}; its shape must be {shape}")
            if array.shape == shape:
                entries[name] = array.reshape(row_shape(shape))
        for index, shape in enumerate(self.shapes):
            rows, columns = row_shape(shape)
            entries[f"tensor.{index}.rows"] = np.array(rows, np.uint64)
            entries[f"tensor.{index}.columns"] = np.array(columns, np.uint64)
        return entries

    def _of_tensors(self, state: Mapping[str, Array]) -> Iterator[tuple[str, Array, tuple[int, ...]]]:
        """The arrays of tensors, and the shapes of these."""
        for name, array in state.items():
            first, _, rest = str(name).partition(".")
            index, _, last = rest.partition(".")
            if first == "tensor" and index.isdecimal() and int(index) < len(self.shapes) and last != "dtype":
                yield name, array, self.shapes[int(index)]


def _encode_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return [_encode_key(item) for item in key]
    if key is None or type(key) in (str, int, float, bool):
        return key
    raise TypeError(
        f"the key {key!r} of a tensor is of type {type(key).__name__}, which cannot be saved; "
        "text, numbers and tuples of them can"
    )


def _decode_key(key: Any) -> Hashable:
    if isinstance(key, list):
        return tuple(_decode_key(item) for item in key)
    if isinstance(key, dict):
        raise InvalidArgumentError(f"the state's 'keys' hold {key!r}, which is no key")
    return key  # type: ignore[no-any-return]
