"""What torch.optim keeps for each parameter, in and out."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._c.arrays import DTYPES, FLOATS, Array, as_array, describe, whole_number
from .._c.errors import InvalidArgumentError, UnsupportedError
from ..optimizers._tensors import Layout
from ._entries import Entries
from ._groups import buffers_of, has_buffer, name_of, number
from ._methods import METHODS, Method

Entry = Mapping[str, Any]
# How far two numbers may be apart that float32 has rounded in many steps; what is below the least one is 0 to it.
_ROUNDED, _LEAST = 1e-4, 1e-37


def float_array(value: Any, name: str) -> Array:
    """A tensor or an array as an array of float32 or float64."""
    if hasattr(value, "detach"):
        value = value.detach()
        if str(value.dtype) not in ("torch.float32", "torch.float64"):
            raise InvalidArgumentError(f"{name} is of {value.dtype}; it must be of float32 or float64")
        value = value.cpu().numpy()
    array = as_array(value, name)
    if array.dtype not in FLOATS:
        raise InvalidArgumentError(f"{name} is {describe(array)}; it must be of float32 or float64")
    return array


def read_tensors(
    saved: Entries,
    entries: Sequence[Entry],
    known: Sequence[Array] | None,
    momentum: Sequence[float],
) -> list[tuple[int, ...]]:
    """Reads the tensors in their order, and returns their shapes; none if nothing tells what they look like."""
    method = METHODS[saved.algorithm.name]
    _require_known(method, entries)
    wanted = buffers_of(saved.algorithm.name, saved)
    buffers = {theirs: own for theirs, own in method.buffers.items() if own in wanted}
    states = [
        {
            own: float_array(entry[theirs], f"state[{index}][{theirs!r}]")
            for theirs, own in buffers.items()
            if entry.get(theirs) is not None
        }
        for index, entry in enumerate(entries)
    ]
    if known is None and not any(states):
        return []
    # Without any state of those that there are it is the first step that makes it.
    has_state = any(states) or (method.counts_steps and any(entries))
    likes: list[Array] = []
    for index, state in enumerate(states):
        like = known[index] if known is not None else next(iter(state.values()), None)
        if like is None:
            raise InvalidArgumentError(f"parameter {index} has no state, so that its shape is not known: give params")
        if has_state:
            if momentum[index] == 0 and "velocity" in wanted:
                # PyTorch keeps none in a group without momentum.
                state.setdefault("velocity", np.zeros(like.shape, like.dtype))
            _require_buffers(buffers, state, like, f"parameter {index}")
        likes.append(like)
    if wanted and not has_state:
        return []
    saved.named["tensors"] = np.array(len(likes))
    for index, (like, state) in enumerate(zip(likes, states, strict=True)):
        saved.named[f"tensor.{index}.dtype"] = np.array(DTYPES[like.dtype])
        saved.named |= {f"tensor.{index}.{own}": array for own, array in state.items()}
    return [like.shape for like in likes]


def _require_known(method: Method, entries: Sequence[Entry]) -> None:
    # SGD's buffer may be there, and be None, without momentum too.
    known = {*method.kept, *method.computed} | ({"step"} if method.counts_steps else set())
    known |= {name for other in METHODS.values() if other.title == method.title for name in other.buffers}
    for index, entry in enumerate(entries):
        for name in entry:
            if name not in known:
                raise InvalidArgumentError(f"state[{index}]: {name!r} is unknown, and would be lost")


def _require_buffers(buffers: Mapping[str, str], state: Mapping[str, Array], like: Array, parameter: str) -> None:
    for theirs, own in buffers.items():
        if own not in state:
            raise UnsupportedError(
                f"{parameter} has no {theirs!r}, but others have one: it has made no step, which cannot be represented"
            )
        array = state[own]
        if array.shape != like.shape or array.dtype != like.dtype:
            raise InvalidArgumentError(
                f"{parameter}: {theirs!r} is {describe(array)}, but the parameter {describe(like)}"
            )


def read_step_count(saved: Entries, entries: Sequence[Entry], given: int | None) -> int:
    """How many steps have been made, by the state and what the caller says."""
    if not METHODS[saved.algorithm.name].counts_steps:
        has_state = any(value is not None for entry in entries for value in entry.values())
        if given == 0 and has_state:
            raise InvalidArgumentError("step_count: 0, but there are momentum buffers")
        return whole_number(int(has_state) if given is None else given, "step_count", 62)
    counts = {_number_in(entries, index, "step") for index in range(len(entries))}
    if len(counts) != 1:
        raise UnsupportedError(
            f"the parameters have made {sorted(counts)} steps; it must be the same number for all: here it is counted "
            "for all together"
        )
    count = counts.pop()
    if not count.is_integer() or not 0 <= count < 2**62:
        raise InvalidArgumentError(f"state: {count:g} steps; it must be a whole number from 0")
    if given is not None and given != count:
        raise InvalidArgumentError(f"step_count: {given}, but the state dictionary has {count:g}")
    return int(count)


def read_kept(saved: Entries, entries: Sequence[Entry], group_of: Sequence[int]) -> None:
    """Numbers that PyTorch keeps for each parameter, but the library for each group, or not at all."""
    method = METHODS[saved.algorithm.name]
    first: dict[tuple[int, str], tuple[int, float]] = {}
    for index, group in enumerate(group_of):
        for theirs, (own, most) in method.kept.items():
            value = _number_in(entries, index, theirs)
            if not 0 <= value <= most:
                raise InvalidArgumentError(f"state[{index}][{theirs!r}] is {value:g}; it must be in [0, {most:g}]")
            place, other = first.setdefault((group, theirs), (index, value))
            if not math.isclose(value, other, rel_tol=_ROUNDED, abs_tol=_LEAST):
                raise UnsupportedError(
                    f"{theirs}: {other:g} of parameter {place}, but {value:g} of parameter {index}; it must be the "
                    "same in a group: here it is kept for all of it"
                )
            # Of a float32 and a float64 tensor the latter has it exactly.
            if place == index or value != float(np.float32(value)):
                saved.named[saved.kept(group, own)] = np.array(value)
        options = saved.options(group)
        for theirs, compute in method.computed.items():
            value, expected = _number_in(entries, index, theirs), compute(options, saved.step_count)
            if not math.isclose(value, expected, rel_tol=_ROUNDED):
                raise UnsupportedError(
                    f"state[{index}][{theirs!r}] is {value:g}, but by the param_groups and the number of steps it is "
                    f"{expected:g}: here it is computed, and cannot be anything else"
                )
    for group in {*saved.groups} - {*group_of}:
        # Parameters that are put into it later go on as the others.
        for own, _ in method.kept.values():
            saved.named[saved.kept(group, own)] = saved.named[saved.kept(group_of[0], own)]


def _number_in(entries: Sequence[Entry], index: int, name: str) -> float:
    if entries[index].get(name) is None:
        raise InvalidArgumentError(f"parameter {index} has no {name!r}")
    return number(entries[index][name], f"state[{index}][{name!r}]")


def write_entry(saved: Entries, index: int, group: int, layout: Layout, make: Callable[[Array], Any]) -> dict[str, Any]:
    """What PyTorch keeps for a parameter, which is in this group."""
    name = name_of(saved)
    method = METHODS[name]
    options = saved.options(group)
    numbers = {theirs: float(saved.named[saved.kept(group, own)]) for theirs, (own, _) in method.kept.items()}
    numbers |= {theirs: compute(options, saved.step_count) for theirs, compute in method.computed.items()}
    entry: dict[str, Any] = {}
    if method.counts_steps:
        entry["step"] = make(np.array(saved.step_count, np.float32))
    # PyTorch gives them the parameter's type when it loads them.
    entry |= {theirs: make(np.array(value, layout.dtype)) for theirs, value in numbers.items()}
    for theirs, own in method.buffers.items():
        if has_buffer(name, own, options):
            entry[theirs] = make(saved.named[f"tensor.{index}.{own}"])
    return entry
