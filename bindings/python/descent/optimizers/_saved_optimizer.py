"""What the library saves of an optimizer, taken apart: to look into it, to make a state dictionary of it, and back."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._c.arrays import DTYPES, Array, row_shape
from .._c.errors import InvalidArgumentError
from .._c.table import ALGORITHMS, COMMON_STATES, Algorithm
from .._saving import saved_bytes
from .._saving.state_dicts import StateDict, StateReader, number
from .health import Health

_DTYPES: dict[int, np.dtype[Any]] = {value: dtype for dtype, value in DTYPES.items()}
_BY_VALUE = {algorithm.value: algorithm for algorithm in ALGORITHMS.values()}
_KEPT = "kept."
# What a batch method keeps.
_OF_BATCH_METHODS = ("history.", "direction.")
# What a tensor may have besides its state, of its shape.
_OTHERS = ("last_update", "training_values", *COMMON_STATES)
# How many steps are in an average, and how many gradients in a mean; where they are 0 the library saves neither.
_COUNTS = ("averaged_steps", "collected_gradients")
_COUNTED = ("step", "clipped_steps", "skipped_steps", "not_finite", "state_not_finite")


@dataclass
class SavedTensor:
    """Shape, type and state of a tensor. The arrays are in its shape."""

    rows: int
    columns: int
    dtype: np.dtype[Any]
    state: dict[str, Array] = field(default_factory=dict)
    # What is not the algorithm's own, if it was saved: the last update, averages, ...
    others: dict[str, Array] = field(default_factory=dict)

    def arrays(self) -> dict[str, Array]:
        """All of it."""
        return self.state | self.others

    def reshape(self, shape: tuple[int, ...]) -> None:
        """Gives the arrays of the tensor's shape the one that Python knows."""
        own = self.rows, self.columns
        self.state = {
            name: array.reshape(shape) if array.shape in (own, shape) else array for name, array in self.state.items()
        }
        self.others = {name: array.reshape(shape) for name, array in self.others.items()}


@dataclass
class SavedOptimizer:
    """Everything, options by their names and in the library's numbers."""

    algorithm: Algorithm
    step_count: int
    plateau: tuple[float, float, int, int]
    health: Health
    options: dict[str, float]
    options_set: int
    # What the rule keeps from one step to the next, by the library's names.
    kept: dict[str, float]
    groups: dict[int, dict[str, float]]
    kept_of_groups: dict[int, dict[str, float]]
    tensors: list[SavedTensor]
    # What a batch method keeps, as the library lists it.
    method: dict[str, Array] = field(default_factory=dict)
    # How much is in averages and means, if there are any.
    counts: dict[str, int] = field(default_factory=dict)

    def kept_in(self, group: int) -> dict[str, float]:
        """What the rule keeps of the tensors of a group."""
        return self.kept if group == 0 else self.kept_of_groups.get(group, {})

    @classmethod
    def parse(cls, entries: dict[str, Array]) -> "SavedOptimizer":
        """From what the library lists of bytes that it has saved."""
        shapes: list[tuple[int, ...]] = [
            (int(entries.pop(f"tensor.{index}.rows")), int(entries.pop(f"tensor.{index}.columns")))
            for index in range(int(entries["tensors"]))
        ]
        return cls.from_dict(StateReader(entries), shapes)

    def to_bytes(self) -> bytes:
        """The bytes again; the library judges them when it loads them."""
        state = self.to_dict()
        for index, tensor in enumerate(self.tensors):
            state[f"tensor.{index}.rows"] = number(tensor.rows, np.uint64)
            state[f"tensor.{index}.columns"] = number(tensor.columns, np.uint64)
            for name, array in tensor.arrays().items():
                own = array.size == tensor.rows * tensor.columns
                state[f"tensor.{index}.{name}"] = array.reshape(tensor.rows, tensor.columns) if own else array
        return saved_bytes.build(saved_bytes.OPTIMIZER, state)

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
            "plateau.cooldown": number(self.plateau[3], np.uint64),
            "tensors": number(len(self.tensors), np.int64),
        }
        for name in Health.__dataclass_fields__:
            dtype = np.uint64 if name in _COUNTED else np.float64
            state[f"health.{name}"] = number(getattr(self.health, name), dtype)
        state |= {f"options.{name}": number(value, np.float64) for name, value in self.options.items()}
        state |= {f"{_KEPT}{name}": number(value, np.float64) for name, value in self.kept.items()}
        for group, options in self.groups.items():
            kept = {f"{_KEPT}{name}": value for name, value in self.kept_of_groups.get(group, {}).items()}
            values = options | kept
            state |= {f"group.{group}.{name}": number(value, np.float64) for name, value in values.items()}
        for index, tensor in enumerate(self.tensors):
            state[f"tensor.{index}.dtype"] = number(DTYPES[tensor.dtype], np.int32)
            state |= {f"tensor.{index}.{name}": array for name, array in tensor.arrays().items()}
        state |= {name: number(value, np.uint64) for name, value in self.counts.items()}
        return state | self.method

    @classmethod
    def from_dict(cls, state: StateReader, shapes: list[tuple[int, ...]]) -> "SavedOptimizer":
        """From a state dictionary; of its tensors Python knows the shapes."""
        value = state.integer("algorithm")
        if value not in _BY_VALUE:
            raise InvalidArgumentError(f"the state is that of algorithm {value}, which this library does not have")
        algorithm = _BY_VALUE[value]
        plateau = (
            state.double("plateau.factor"),
            state.double("plateau.best"),
            state.integer("plateau.reports"),
            # An older version did not have it.
            state.integer("plateau.cooldown") if state.has("plateau.cooldown") else 0,
        )
        measured: list[Any] = [
            state.integer(f"health.{name}") if name in _COUNTED else state.double(f"health.{name}")
            for name in Health.__dataclass_fields__
            # An older version did not have it.
            if name != "state_not_finite" or state.has("health.state_not_finite")
        ]
        # An option that an older version did not have takes its default.
        names = [name for name in algorithm.options if state.has(f"options.{name}") or name == "dialect"]
        method = {
            prefix + name: np.asarray(value)
            for prefix in _OF_BATCH_METHODS
            if algorithm.is_batch
            for name, value in state.below(prefix).items()
        }
        options = {name: state.double(f"options.{name}") for name in names}
        options_set = _mask_of(state.array("options_set", np.uint32).ravel())
        given = state.below(_KEPT)
        kept = {name: StateReader(given).double(name) for name in given}
        groups: dict[int, dict[str, float]] = {}
        kept_of_groups: dict[int, dict[str, float]] = {}
        for group in map(int, state.array("groups", np.uint32).ravel()):
            given = state.below(f"group.{group}.")
            unknown = next(
                (name for name in given if name not in algorithm.options and not name.startswith(_KEPT)), None
            )
            if unknown is not None:
                raise InvalidArgumentError(f"the state's group {group} has {unknown!r}, which is no option")
            values = {name: StateReader(given).double(name) for name in given}
            groups[group] = {name: value for name, value in values.items() if name in algorithm.options}
            kept_of_groups[group] = {
                name.removeprefix(_KEPT): value for name, value in values.items() if name not in algorithm.options
            }
        step_count = state.integer("step_count")
        count = state.integer("tensors")
        if count not in (0, len(shapes)):
            raise InvalidArgumentError(f"the state has {count} tensors, but {len(shapes)} keys")
        tensors = [_tensor_from_dict(state, index, algorithm, shapes[index]) for index in range(count)]
        return cls(
            algorithm,
            step_count,
            plateau,
            Health(*measured),
            options,
            options_set,
            kept,
            groups,
            kept_of_groups,
            tensors,
            method,
            {name: state.integer(name) for name in _COUNTS if state.has(name)},
        )


def _numbers_of(mask: int) -> list[int]:
    return [number for number in range(128) if mask >> number & 1]


def _mask_of(numbers: Array) -> int:
    if numbers.size and numbers.max() > 127:
        raise InvalidArgumentError(f"the state's 'options_set' holds {numbers.max()}, which is no option")
    return sum({1 << int(number) for number in numbers})


def _tensor_from_dict(state: StateReader, index: int, algorithm: Algorithm, shape: tuple[int, ...]) -> SavedTensor:
    prefix = f"tensor.{index}."
    number_of_dtype = state.integer(f"{prefix}dtype")
    if number_of_dtype not in (1, 2):
        raise InvalidArgumentError(f"the state's '{prefix}dtype' is {number_of_dtype}; it must be 1 or 2")
    dtype = _DTYPES[number_of_dtype]
    # The first tensor decides which buffers there are: all have the same. With methods of matrices the library decides.
    buffers = {
        name: state.array(
            prefix + name, dtype, None if algorithm.is_of_matrices(name) else algorithm.state_shape(name, shape)
        )
        for name in algorithm.state_names
        if state.has(prefix + name)
        or (index > 0 and state.has_taken(f"tensor.0.{name}") and not algorithm.is_of_matrices(name))
    }
    others = {
        name: state.array(prefix + name, dtype, shape)
        for name in _OTHERS
        if state.has(prefix + name) or (index > 0 and state.has_taken(f"tensor.0.{name}"))
    }
    rows, columns = row_shape(shape)
    return SavedTensor(rows, columns, dtype, buffers, others)
