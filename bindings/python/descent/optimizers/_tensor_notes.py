"""What only Python knows of an optimizer's tensors: their keys, their shapes with any number of axes, their groups."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from .._c.arrays import row_shape
from .._c.errors import CorruptStateError, InvalidArgumentError
from .._saving.state_dicts import StateDict, StateReader, number, text
from ._saved_optimizer import SavedTensor
from ._tensors import Layout, TensorList


def shapes_of(tensors: TensorList | None, saved: Sequence[SavedTensor]) -> list[tuple[int, ...]]:
    """The shapes of the tensors that were saved."""
    if tensors is not None and tensors.layouts:
        return [layout.shape for layout in tensors.layouts]
    return [_plain_shape(tensor) for tensor in saved]


def write_notes(tensors: TensorList | None, saved: Sequence[SavedTensor]) -> StateDict:
    """Keys, shapes and groups as arrays. TypeError for a key that no file can hold."""
    keys: list[Hashable] = list(range(len(saved))) if tensors is None else tensors.keys
    notes = {"keys": text([_encode_key(key) for key in keys])}
    for index, shape in enumerate(shapes_of(tensors, saved)[: len(saved)]):
        notes[f"tensor.{index}.shape"] = np.array(shape, np.int64)
    groups = [0] * len(keys) if tensors is None else list(tensors.groups.values())
    for index, group in enumerate(groups):
        notes[f"tensor.{index}.group"] = number(group, np.uint32)
    return notes


class TensorNotes:
    """The same, read again."""

    def __init__(self, state: StateReader) -> None:
        """InvalidArgumentError for what is missing or cannot be."""
        encoded = state.text("keys")
        if not isinstance(encoded, list):
            raise InvalidArgumentError("the state's 'keys' are no list")
        self.keys = [_decode_key(key) for key in encoded]
        indices = range(len(self.keys))
        if len(set(self.keys)) != len(self.keys):
            raise InvalidArgumentError("the state's 'keys' hold one of them twice")
        self.groups = [state.integer(f"tensor.{index}.group") for index in indices]
        self.shapes = [
            tuple(map(int, state.array(f"tensor.{index}.shape", np.int64).ravel()))
            for index in indices
            if state.has(f"tensor.{index}.shape")
        ]

    @property
    def all(self) -> "Known":
        """Keys, shapes and groups."""
        return self.keys, self.shapes, self.groups


Known = tuple[list[Hashable], list[tuple[int, ...]], list[int]]


def read_notes(notes: StateDict | None) -> tuple[()] | Known:
    """Keys, shapes and groups from the notes of a file; nothing if a program in C has written it."""
    if notes is None:
        return ()
    try:
        reader = StateReader(notes)
        known = TensorNotes(reader).all
        reader.finish()
    except InvalidArgumentError as error:
        raise CorruptStateError(f"the notes are not those of this package: {error}") from None
    return known


def make_tensors(
    saved: Sequence[SavedTensor],
    keys: Sequence[Hashable] | None,
    shapes: Sequence[tuple[int, ...]] = (),
    groups: Sequence[int] = (),
    others: Sequence[Sequence[Hashable]] = (),
) -> TensorList | None:
    """The tensors of an optimizer that was loaded. Without keys, those of a C program: numbered, and matrices."""
    if not saved and not keys:
        return None
    if keys is None:
        keys, shapes = range(len(saved)), [_plain_shape(tensor) for tensor in saved]
    layouts = [Layout(tensor.dtype, shape) for tensor, shape in zip(saved, shapes, strict=False)]
    if len(saved) != len(layouts) or (saved and len(saved) != len(keys)):
        raise CorruptStateError(f"{len(saved)} tensors were saved, but {len(keys)} keys and {len(shapes)} shapes")
    for tensor, layout in zip(saved, layouts, strict=True):
        if row_shape(layout.shape) != (tensor.rows, tensor.columns):
            raise CorruptStateError(
                f"a tensor of {tensor.rows} x {tensor.columns} was saved with the shape {layout.shape}"
            )
    tensors = TensorList(keys, layouts, others)
    if groups:
        tensors.assign(dict(zip(keys, groups, strict=True)))
    return tensors


def _plain_shape(tensor: SavedTensor) -> tuple[int, ...]:
    return (tensor.columns,) if tensor.rows == 1 else (tensor.rows, tensor.columns)


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
