"""What the library saves of an optimizer, taken apart: to look into it, to make a state dictionary of it, and back."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import _saved_bytes as saved_bytes
from ._arrays import DTYPES, Array, row_shape
from ._saved_bytes import Cursor, doubles, elements, integers
from ._state_dicts import StateDict, StateReader, number
from ._table import ALGORITHMS, Algorithm
from .errors import InvalidArgumentError
from .health import Health

_DTYPES: dict[int, np.dtype[Any]] = {value: dtype for dtype, value in DTYPES.items()}
_BY_VALUE = {algorithm.value: algorithm for algorithm in ALGORITHMS.values()}
_COUNTED = ("step", "clipped_steps", "skipped_steps", "not_finite")


@dataclass
class SavedTensor:
    """Shape, type and state of a tensor. The arrays are in its shape."""

    rows: int
    columns: int
    dtype: np.dtype[Any]
    state: dict[str, Array] = field(default_factory=dict)
    last_update: Array | None = None

    @property
    def size(self) -> int:
        """How many elements."""
        return self.rows * self.columns

    def reshape(self, shape: tuple[int, ...]) -> None:
        """Gives the arrays the shape that Python knows."""
        self.state = {name: array.reshape(shape) for name, array in self.state.items()}
        if self.last_update is not None:
            self.last_update = self.last_update.reshape(shape)


@dataclass
class SavedOptimizer:
    """Everything, options by their names and in the library's numbers."""

    algorithm: Algorithm
    step_count: int
    plateau: tuple[float, float, int]
    health: Health
    options: dict[str, float]
    options_set: int
    groups: dict[int, dict[str, float]]
    tensors: list[SavedTensor]

    @classmethod
    def parse(cls, saved: bytes) -> "SavedOptimizer":
        """From bytes that the library has saved or loaded."""
        cursor = saved_bytes.content(saved)
        value, step_count = cursor.integers(2)
        algorithm = _BY_VALUE[value]
        factor, best = cursor.doubles(2)
        plateau = factor, best, cursor.integer()
        measured: list[Any] = [cursor.integer(), *cursor.doubles(6), *cursor.integers(3)]
        health = Health(*measured)
        (dialect,) = cursor.doubles(1)
        options_set = cursor.integer()
        options = {**_read_options(cursor, algorithm), "dialect": dialect}
        groups = {cursor.integer(): _read_options(cursor, algorithm) for _ in range(cursor.integer())}
        tensors = _read_tensors(cursor, algorithm)
        return cls(algorithm, step_count, plateau, health, options, options_set, groups, tensors)

    def to_bytes(self) -> bytes:
        """The bytes again; the library judges them when it loads them."""
        health = self.health
        measured = [getattr(health, name) for name in Health.__dataclass_fields__ if name not in _COUNTED]
        own = {name: value for name, value in self.options.items() if name != "dialect"}
        parts = [
            integers(self.algorithm.value, self.step_count),
            doubles(*self.plateau[:2]) + integers(self.plateau[2], health.step),
            doubles(*measured) + integers(health.clipped_steps, health.skipped_steps, health.not_finite),
            doubles(self.options["dialect"]) + integers(self.options_set),
            _write_options(own, self.algorithm),
            integers(len(self.groups)),
        ]
        for group, values in sorted(self.groups.items()):
            parts += [integers(group), _write_options(values, self.algorithm)]
        parts += _write_tensors(self.tensors, self.algorithm)
        return saved_bytes.frame(saved_bytes.OPTIMIZER, b"".join(parts))

    def to_dict(self) -> StateDict:
        """The state dictionary, without what only Python knows."""
        state = {
            "algorithm": number(self.algorithm.value, np.int32),
            "step_count": number(self.step_count, np.uint64),
            "options_set": np.array(_numbers_of(self.options_set), np.int32),
            "groups": np.array(sorted(self.groups), np.uint32),
            "plateau.factor": number(self.plateau[0], np.float64),
            "plateau.best": number(self.plateau[1], np.float64),
            "plateau.reports": number(self.plateau[2], np.uint64),
            "tensors": number(len(self.tensors), np.int64),
        }
        for name in Health.__dataclass_fields__:
            dtype = np.uint64 if name in _COUNTED else np.float64
            state[f"health.{name}"] = number(getattr(self.health, name), dtype)
        state |= {f"options.{name}": number(value, np.float64) for name, value in self.options.items()}
        for group, values in self.groups.items():
            state |= {f"group.{group}.{name}": number(value, np.float64) for name, value in values.items()}
        for index, tensor in enumerate(self.tensors):
            state[f"tensor.{index}.dtype"] = number(DTYPES[tensor.dtype], np.int32)
            state |= {f"tensor.{index}.{name}": array for name, array in tensor.state.items()}
            if tensor.last_update is not None:
                state[f"tensor.{index}.last_update"] = tensor.last_update
        return state

    @classmethod
    def from_dict(cls, state: StateReader, shapes: list[tuple[int, ...]]) -> "SavedOptimizer":
        """From a state dictionary; of its tensors Python knows the shapes."""
        value = state.integer("algorithm")
        if value not in _BY_VALUE:
            raise InvalidArgumentError(f"the state is that of algorithm {value}, which this library does not have")
        algorithm = _BY_VALUE[value]
        plateau = state.double("plateau.factor"), state.double("plateau.best"), state.integer("plateau.reports")
        measured: list[Any] = [
            state.integer(f"health.{name}") if name in _COUNTED else state.double(f"health.{name}")
            for name in Health.__dataclass_fields__
        ]
        # One that an older version did not have takes its default.
        names = [name for name in algorithm.options if state.has(f"options.{name}") or name == "dialect"]
        options = {name: state.double(f"options.{name}") for name in names}
        options_set = _mask_of(state.array("options_set", np.uint32).ravel())
        groups = {}
        for group in map(int, state.array("groups", np.uint32).ravel()):
            given = state.below(f"group.{group}.")
            unknown = next((name for name in given if name not in algorithm.options), None)
            if unknown is not None:
                raise InvalidArgumentError(f"the state's group {group} has {unknown!r}, which is no option")
            groups[group] = {name: StateReader(given).double(name) for name in given}
        step_count = state.integer("step_count")
        count = state.integer("tensors")
        if count not in (0, len(shapes)):
            raise InvalidArgumentError(f"the state has {count} tensors, but {len(shapes)} keys")
        tensors = [_tensor_from_dict(state, index, algorithm, shapes[index]) for index in range(count)]
        return cls(algorithm, step_count, plateau, Health(*measured), options, options_set, groups, tensors)


def _numbers_of(mask: int) -> list[int]:
    return [number for number in range(64) if mask >> number & 1]


def _mask_of(numbers: Array) -> int:
    if numbers.size and numbers.max() > 63:
        raise InvalidArgumentError(f"the state's 'options_set' holds {numbers.max()}, which is no option")
    return sum({1 << int(number) for number in numbers})


def _read_options(cursor: Cursor, algorithm: Algorithm) -> dict[str, float]:
    names = {option.value: option.name for option in algorithm.options.values()}
    return {names[cursor.integer()]: cursor.doubles(1)[0] for _ in range(cursor.integer())}


def _write_options(options: dict[str, float], algorithm: Algorithm) -> bytes:
    numbered = sorted((algorithm.options[name].value, value) for name, value in options.items())
    return integers(len(numbered)) + b"".join(integers(option) + doubles(value) for option, value in numbered)


def _read_tensors(cursor: Cursor, algorithm: Algorithm) -> list[SavedTensor]:
    count, present = cursor.integers(2)
    names = [name for index, name in enumerate(algorithm.state_names) if present >> index & 1]
    tensors = []
    for _ in range(count):
        rows, columns, dtype = cursor.integers(3)
        tensors.append(SavedTensor(rows, columns, _DTYPES[dtype]))
    for tensor in tensors:
        shape = tensor.rows, tensor.columns
        tensor.state = {name: cursor.array(tensor.dtype, tensor.size).reshape(shape) for name in names}
    if cursor.integer():
        for tensor in tensors:
            tensor.last_update = cursor.array(tensor.dtype, tensor.size).reshape(tensor.rows, tensor.columns)
    return tensors


def _write_tensors(tensors: list[SavedTensor], algorithm: Algorithm) -> list[bytes]:
    names = [name for name in algorithm.state_names if tensors and name in tensors[0].state]
    has_updates = any(tensor.last_update is not None for tensor in tensors)
    parts = [integers(len(tensors), sum(1 << algorithm.state_names.index(name) for name in names))]
    parts += [integers(tensor.rows, tensor.columns, DTYPES[tensor.dtype]) for tensor in tensors]
    parts += [elements(tensor.state[name]) for tensor in tensors for name in names]
    parts.append(integers(int(has_updates)))
    parts += [elements(tensor.last_update) for tensor in tensors if tensor.last_update is not None]
    return parts


def _tensor_from_dict(state: StateReader, index: int, algorithm: Algorithm, shape: tuple[int, ...]) -> SavedTensor:
    prefix = f"tensor.{index}."
    number_of_dtype = state.integer(f"{prefix}dtype")
    if number_of_dtype not in (1, 2):
        raise InvalidArgumentError(f"the state's '{prefix}dtype' is {number_of_dtype}; it must be 1 or 2")
    dtype = _DTYPES[number_of_dtype]
    # The first tensor decides which buffers there are: all have the same.
    buffers = {
        name: state.array(prefix + name, dtype, shape)
        for name in algorithm.state_names
        if state.has(prefix + name) or (index > 0 and state.has_taken(f"tensor.0.{name}"))
    }
    update = f"{prefix}last_update"
    has_update = state.has(update) or (index > 0 and state.has_taken("tensor.0.last_update"))
    rows, columns = row_shape(shape)
    return SavedTensor(rows, columns, dtype, buffers, state.array(update, dtype, shape) if has_update else None)
