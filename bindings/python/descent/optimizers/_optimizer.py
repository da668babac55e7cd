"""What the optimizers have in common: steps, groups, averages, state."""

import ctypes
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Self

import numpy as np

from .._c.arrays import Array, doubles, real_number, row_shape, whole_number
from .._c.declarations import FLOAT32, FLOAT64, HealthRecord
from .._c.errors import InvalidArgumentError, ShapeMismatchError, check
from .._c.kinds import OPTIMIZER, told
from .._c.library import library, step_optimizer
from .._c.low_precision import state_dtype
from .._c.table import ALGORITHMS, COMMON_STATES, Algorithm, Option, OptionValue
from ..schedules import Schedule
from ._saving import SavableOptimizer
from ._tensors import Names, Pair, TensorList, names_in_dicts, names_in_pairs
from .health import Health

# The class of each algorithm, by the library's name.
_KINDS: dict[str, type["Optimizer"]] = {}


class Optimizer(SavableOptimizer):
    """What the optimizers have in common. Not to be made itself: make an Adam, an SGD, ...

    An optimizer changes parameters in place, by the gradients that the caller has computed:

        adam = descent.Adam(learning_rate=0.01)
        adam.update(params, grads)              # two dicts of arrays
        adam.step([(weights, weights_gradient), (bias, bias_gradient)])

    Values and gradients are NumPy arrays of float32, float64, float16 or bfloat16 (of ml_dtypes), of any shape,
    C-contiguous, the values writable; nothing is copied. The first step fixes number, order, shapes and dtypes of the
    tensors, and makes their state. Whatever is refused, with TypeError or ValueError, has changed nothing.

    A tensor whose gradient is None, a frozen layer's, is passed by: its values, its state and its own count of steps,
    which corrections for bias go by, stay as they are. accumulate_steps needs all gradients.

    The options are keywords and attributes. `schedule` takes a name, or an object that sets all options of a schedule:

        descent.SGD(learning_rate=0.1, schedule=descent.schedules.Cosine(steps=1000, warmup=50))

    Some tensors can have options of their own: they are put into a group, whose options set_group() sets:

        adam.set_group(1, weight_decay=0)
        adam.update(params, grads, groups={"bias": 1})

    save() and load(), state_dict() and load_state_dict(), and pickling and copying keep everything: options, groups,
    schedule, step count and state. What is loaded goes on with the same bits, in any process and on any machine:

        adam.save("adam.descent")
        adam = descent.Optimizer.load("adam.descent")

    It can be closed, explicitly or as a context manager, to free its memory at once; that happens by itself when
    nothing refers to it any more. One optimizer is used by one thread at a time; different ones are independent. While
    a minimize() uses it nothing else can; while a fit does, the progress function can read, save and copy it.
    """

    __slots__ = ()

    def __init__(self, **options: OptionValue | Schedule) -> None:
        """Makes an optimizer with these options, the others at their defaults."""
        self._handle = self._tensors = self._work = None
        self._is_averaging = False
        if not hasattr(self, "_algorithm"):
            raise TypeError(f"Optimizer is a base class; make one of {', '.join(_title_list())}")
        self._require_options(options)
        self._handle = OPTIMIZER.made("create", self._algorithm.value)
        for name, value in options.items():
            setattr(self, name, value)

    @property
    def algorithm(self) -> str:
        """The algorithm's name in the library: 'adam'."""
        return self._algorithm.name

    @property
    def options(self) -> dict[str, OptionValue]:
        """All options and their values; type(optimizer)(**optimizer.options) makes an equal one, without groups."""
        return {name: getattr(self, name) for name in self._algorithm.options}

    @property
    def step_count(self) -> int:
        """How many steps have been made since it was made or reset."""
        return int(library.descent_optimizer_step_count(self._pointer))

    @property
    def state_names(self) -> tuple[str, ...]:
        """The state buffers that its tensors have, which the options of the first step decide; none before it."""
        names = (*self._algorithm.state_names, *COMMON_STATES)
        return tuple(name for name in names if self._has_state(name))

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the next step: the option's value as the schedule changes it."""
        (rate,) = told(library.descent_optimizer_learning_rate, self._pointer, of=[ctypes.c_double])
        return float(rate)

    def report_loss(self, loss: float) -> None:
        """Tells the schedule 'plateau' how the training goes, usually once an epoch.

        InvalidArgumentError for NaN, UnsupportedError for a batch method, which has no schedule.

        loss: or with plateau_rises what is better the higher it is, an accuracy
        """
        check(library.descent_optimizer_report_loss(self._require_open().pointer, real_number(loss, "loss")))

    def health(self) -> Health:
        """What the last step did, if track_health was on, and how many steps were clipped or skipped."""
        record = HealthRecord(struct_size=ctypes.sizeof(HealthRecord))
        check(library.descent_optimizer_health(self._pointer, ctypes.byref(record)))
        return Health._from_record(record)

    def set_group(self, group: int, **options: OptionValue) -> None:
        """Gives the tensors of a group options of their own; the others they share with the optimizer.

        group: a number from 1 on; the first call makes the group. Which tensors are in it, update() and step() are told
        options: those that a group can have: learning_rate, weight_decay, clip_value, ... but not, e.g., schedule

        TypeError for an option that the algorithm does not have, InvalidArgumentError for one that a group cannot have,
        a value out of range, and group 0, which is the optimizer itself. Then nothing has changed.
        """
        number = whole_number(group, "group", 32)
        if number == 0:
            raise InvalidArgumentError("group: 0 is the optimizer itself, whose options are its attributes")
        self._require_options(options)
        # Tried on another one first: that one of several options is wrong must not leave the others set.
        with type(self)() as trial:
            trial._set_group(number, options)
        self._set_group(number, options)

    @property
    def groups(self) -> dict[int, dict[str, OptionValue]]:
        """The options that groups have of their own: {group: {option: value}}."""
        pointer = self._pointer
        count = library.descent_optimizer_group_count(pointer)
        numbers = sorted(library.descent_optimizer_group_at(pointer, index) for index in range(count))
        options = self._algorithm.options.values()
        return {
            group: {
                option.name: self._read(option, group)
                for option in options
                if library.descent_optimizer_is_set(pointer, group, option.value)
            }
            for group in numbers
        }

    def update(
        self,
        params: Mapping[Any, Array],
        grads: Mapping[Any, Array | None],
        *,
        groups: Mapping[Any, int] | None = None,
        missing: Literal["refuse", "skip"] = "refuse",
    ) -> None:
        """Makes one step: changes every array of `params` in place by the gradient under the same key in `grads`.

        The order of the keys in the first call is that of the tensors; later calls are matched by key. A tensor whose
        gradient is None is passed by.

        groups: the option groups of some keys, the others being in group 0; None: as in the step before
        missing: 'skip' passes by those whose keys `grads` does not have, too; 'refuse' makes that an error

        TypeError: not dicts, not arrays, a dtype other than float32, float64, float16 and bfloat16, or one of a
        gradient that does not go with the values'.
        ShapeMismatchError: the keys are not the same, or shapes differ from each other or from the first step's.
        InvalidArgumentError: an array that is empty, not C-contiguous, read-only, or overlaps another; a group that was
        not made, or of a key that is none.
        NotFiniteError: a NaN or infinity in a gradient, if not_finite_policy is 'refuse'.
        OutOfMemoryError: no memory for the state, in the first step.
        UnsupportedError: a gradient is None, or missing, while accumulate_steps collects them.
        """
        if missing not in ("refuse", "skip"):
            raise InvalidArgumentError(f"missing: {missing!r} is neither 'refuse' nor 'skip'")
        tensors = self._tensors or TensorList(params)
        if groups is None and len(params) == len(grads) == len(tensors.keys):
            try:
                pairs = [(params[key], grads[key]) for key in tensors.keys]
            except (KeyError, TypeError):
                pairs = []  # require_keys() says what is wrong
            if tensors.holds(pairs):
                self._make_step(tensors)
                return
        self._require_open()
        tensors.require_keys(params, grads, may_lack=missing == "skip")
        self._advance(tensors, [(params[key], grads.get(key)) for key in tensors.keys], names_in_dicts, groups)

    def step(self, pairs: Iterable[Pair], *, groups: Mapping[int, int] | None = None) -> None:
        """Makes one step: changes the first array of each pair in place, by the second one, its gradient.

        Pairs are matched by position with those of the first step. One whose gradient is None is passed by. `groups`
        gives the option groups of some positions.
        Errors as in update().
        """
        pairs = list(pairs)
        if groups is None and self._tensors is not None and self._tensors.holds(pairs):
            self._make_step(self._tensors)
            return
        self._require_open()
        pairs = [_require_pair(index, pair) for index, pair in enumerate(pairs)]
        tensors = self._tensors or TensorList(range(len(pairs)))
        if len(pairs) != len(tensors.keys):
            raise ShapeMismatchError(
                f"{len(pairs)} tensors, but the first step had {len(tensors.keys)}; reset() forgets them"
            )
        by_key: Mapping[Any, int] | None = groups
        if isinstance(groups, Mapping):
            by_key = {tensors.key_at(position): group for position, group in groups.items()}
        self._advance(tensors, pairs, names_in_pairs, by_key)

    def _advance(
        self,
        tensors: TensorList,
        pairs: list[Pair],
        names: Names,
        groups: Mapping[Any, int] | None,
    ) -> None:
        tensors.place(pairs, names)
        former = None if groups is None else tensors.assign(groups)
        try:
            self._make_step(tensors)
        except BaseException:
            if former is not None:
                tensors.assign(former)
            raise
        tensors.settle()
        # A first step that was skipped has bound nothing.
        if self._tensors is not None or self.step_count > 0 or self._has_state("gradient_mean"):
            self._tensors = tensors

    def _make_step(self, tensors: TensorList) -> None:
        """Makes a step with the addresses that the C array has."""
        handle = self._handle or self._require_open()
        if tensors.lack_gradients:
            structs = tensors.parameters()
            status = library.descent_optimizer_step_parameters(handle.pointer, structs, len(structs))
        else:
            status = step_optimizer(handle.address, tensors.address, len(tensors.keys))
        if status:
            check(status, tensors.words())

    @contextmanager
    def averaged(self, params: Mapping[Any, Array] | Sequence[Array]) -> Iterator[None]:
        """Has the averaged parameters in the arrays while the block runs, and the training ones again behind it.

        The averages are those of the option `average`, of any optimizer; where it is 'none', those that
        ScheduleFreeSGD, ScheduleFreeAdamW and ASGD have themselves, and that are what is to be evaluated:

            with optimizer.averaged(params):
                loss = evaluate(params)

        The training parameters come back with the bits that they had, whatever was written meanwhile; reset(), close()
        and load_state_dict(), which would lose them, are errors in the block.

        params: the dict of update(), or the first arrays of step()'s pairs, in their order

        UnsupportedError: the algorithm has no averages, or they cannot be found (momentum_decay or beta1 is 0).
        InvalidArgumentError: before the first step or average_start, or the averages are in place already; so is a
        step in the block.
        ShapeMismatchError: other tensors than those of the steps. OutOfMemoryError: no memory for the training ones.
        """
        self.use_average(params, True)
        self._is_averaging = True
        try:
            yield
        finally:
            self._is_averaging = False
            self.use_average(params, False)

    def use_average(self, params: Mapping[Any, Array] | Sequence[Array], use: bool) -> None:
        """Puts the averaged parameters into the arrays, or the training ones back: averaged() does both.

        By itself it is for what was saved in the block of averaged(): what is loaded then wants the training parameters
        back before it goes on.

        params: the dict of update(), or the first arrays of step()'s pairs, in their order
        use: whether the averaged ones are wanted

        Errors as in averaged().
        """
        handle, tensors = self._require_open(), self._tensors
        if tensors is None:
            raise InvalidArgumentError(f"this {type(self).__name__} has made no step yet, so it has no averages")
        if isinstance(params, Mapping):
            tensors.require_keys(params, params)
            values, names = [params[key] for key in tensors.keys], names_in_dicts
        else:
            values, names = list(params), names_in_pairs
            if len(values) != len(tensors.keys):
                raise ShapeMismatchError(f"{len(values)} tensors, but the first step had {len(tensors.keys)}")
        structs = tensors.values_alone(values, names)
        status = library.descent_optimizer_use_average(handle.pointer, structs, len(structs), use)
        check(status, tensors.words())

    def state(self, tensor: Hashable, name: str) -> Array:
        """A copy of one state buffer, in the shape of its tensor, mostly.

        It has the shape (1, 1) where it is one number of the tensor, that of rows, columns or sides with methods of
        matrices, and (0, 0) where this tensor has none. Low-precision tensors have a state of float32, and what
        `state_dtype` stores in fewer bits is widened to that.

        tensor: a key of the params of update(), or the position of a tensor
        name: one of the algorithm's buffers, e.g. 'velocity'; the class's documentation lists them

        InvalidArgumentError: no step has been made yet, or there is no such tensor. UnknownNameError: no such buffer.
        """
        tensors = self._known_tensors
        if tensors is None:
            raise InvalidArgumentError(f"{type(self).__name__} has made no step yet, so it has no state")
        index = tensors.index_of(tensor)
        if not isinstance(index, int) or not 0 <= index < len(tensors.keys):
            raise InvalidArgumentError(f"there is no tensor {tensor!r}; there are {', '.join(map(repr, tensors.keys))}")
        asked = self._pointer, index, str(name).encode()
        data, count = told(library.descent_optimizer_state, *asked, of=[ctypes.c_void_p, ctypes.c_size_t])
        shape = tuple(told(library.descent_optimizer_state_shape, *asked, of=[ctypes.c_size_t] * 2))
        layout = tensors.layouts[index]
        dtype = state_dtype(layout.dtype)
        if count == 0:
            return np.empty(shape, dtype)
        own = layout.shape if shape == row_shape(layout.shape) else shape
        (stored,) = told(library.descent_optimizer_state_dtype, *asked, of=[ctypes.c_int32])
        if stored not in (FLOAT32, FLOAT64):
            widened = np.empty(count)
            check(library.descent_optimizer_widen_state(*asked, doubles(widened), count))
            return widened.astype(dtype).reshape(own)
        size = count * dtype.itemsize
        # Not ctypes.string_at(), whose size is a C int.
        memory = memoryview((ctypes.c_char * size).from_address(data)).cast("B")
        copied: Array = np.frombuffer(memory, dtype).reshape(own).copy()
        return copied

    def reset(self) -> None:
        """Forgets state, step count and the tensors' shapes; keeps the options."""
        check(library.descent_optimizer_reset(self._require_open().pointer))
        self._tensors = None

    def close(self) -> None:
        """Frees the memory. The optimizer is of no use afterwards; closing it again does nothing.

        Nor does it do anything while the optimizer is at work in a minimize() or a fit.
        """
        if self._handle is not None:
            self._require_training()
            self._handle.close()
            self._handle = self._tensors = None

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self.close()

    def __repr__(self) -> str:
        """The call that makes an equal one (but for groups), without what is at the dialect's default."""
        if absence := self._absence:
            return f"<{type(self).__name__}, {absence}>"
        options = self.options
        # Batch methods have none.
        dialect = {name: options[name] for name in ("dialect",) if name in options}
        with type(self)(**dialect) as usual:
            defaults = usual.options
        shown = {
            name: value
            for name, value in options.items()
            if name in ("learning_rate", "dialect") or value != defaults[name]
        }
        if dialect and shown["dialect"] == self._algorithm.options["dialect"].default:
            del shown["dialect"]
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def __sklearn_clone__(self) -> "Optimizer":
        """Gives scikit-learn's clone() an equal optimizer without state."""
        return self._afresh()

    @classmethod
    def _class_of(cls, algorithm: Algorithm) -> type[Self]:
        # A subclass of one of the library's classes stays itself.
        return cls if hasattr(cls, "_algorithm") else _KINDS[algorithm.name]  # type: ignore[return-value]

    def __init_subclass__(cls) -> None:
        """Remembers the class of each algorithm."""
        if "_algorithm" in vars(cls):
            _KINDS[cls._algorithm.name] = cls

    def _afresh(self) -> "Optimizer":
        """Another one with the same options and without state."""
        optimizer = type(self)(**self.options)
        for group, options in self.groups.items():
            optimizer._set_group(group, options)
        return optimizer

    def _read(self, option: Option, group: int = 0) -> OptionValue:
        """The value that an option has for a group; group 0 is the optimizer itself."""
        asked = self._pointer, group, option.value
        return option.value_of(*told(library.descent_optimizer_get_group, *asked, of=[ctypes.c_double]))

    def _has_state(self, name: str) -> bool:
        data, count = ctypes.c_void_p(), ctypes.c_size_t()
        status = library.descent_optimizer_state(
            self._pointer, 0, name.encode(), ctypes.byref(data), ctypes.byref(count)
        )
        return bool(status == 0)

    def _require_options(self, options: Mapping[str, object]) -> None:
        for name in options:
            if name not in self._algorithm.options:
                raise TypeError(
                    f"{type(self).__name__} has no option {name!r}; it has {', '.join(self._algorithm.options)}"
                )

    def _set_group(self, group: int, options: Mapping[str, OptionValue]) -> None:
        for name, value in options.items():
            option = self._algorithm.options[name]
            number = option.number_of(value)
            check(library.descent_optimizer_set_group(self._require_open().pointer, group, option.value, number))

    def _take_over(self, other: "Optimizer", tensors: TensorList) -> None:
        """Puts the other one's state, which is that of these tensors, in the place of its own."""
        self._handle, self._tensors = other._handle, tensors
        other._handle = None


def _require_pair(index: int, pair: Pair) -> Pair:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"tensor {index} must be a pair (values, gradient)")
    return pair[0], pair[1]


def _title_list() -> list[str]:
    return [algorithm.title for algorithm in ALGORITHMS.values()]
