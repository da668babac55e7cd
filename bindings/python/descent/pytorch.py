"""Exchange of optimizers with PyTorch: the state dictionaries of torch.optim, in and out. It needs no PyTorch itself.

    adam = descent.pytorch.from_state_dict(torch_adam.state_dict(), params)
    adam.step([(weights, gradient), ...])                      # goes on with PyTorch's numbers

    torch_adam.load_state_dict(descent.pytorch.to_state_dict(adam, tensor=torch.from_numpy))

torch.optim.SGD becomes SGD, Momentum or Nesterov, as its groups say; Adagrad, RMSprop and Adam, AdamW too, become
AdaGrad, RMSProp and Adam, all with dialect='pytorch'. What one side cannot represent is an error that says so.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from . import _pytorch_groups, _saved_bytes
from ._arrays import FLOATS, Array, as_array, describe, require_unmasked, row_shape, whole_number
from ._saved_optimizer import SavedOptimizer, SavedTensor
from .errors import InvalidArgumentError, UnsupportedError
from .optimizers import OPTIMIZERS, Optimizer

# What PyTorch calls the state buffers.
_BUFFERS = {
    "sgd": {},
    "momentum": {"velocity": "momentum_buffer"},
    "nesterov": {"velocity": "momentum_buffer"},
    "adagrad": {"sum_of_squares": "sum"},
    "rmsprop": {"mean_square": "square_avg", "mean_gradient": "grad_avg", "velocity": "momentum_buffer"},
    "adam": {"m": "exp_avg", "v": "exp_avg_sq", "v_max": "max_exp_avg_sq"},
}
_COUNTS_STEPS = ("adagrad", "rmsprop", "adam")
# Above it PyTorch's own count, a float32, stands still.
_LAST_COUNT = 2**24


def from_state_dict(
    state_dict: Mapping[str, Any],
    params: Mapping[Any, Array] | Sequence[Array] | None = None,
    *,
    step_count: int | None = None,
    decoupled: bool = False,
) -> Optimizer:
    """Makes an optimizer from what state_dict() of one of torch.optim returned.

    state_dict: its arrays may be tensors on the CPU or NumPy arrays, of float32 or float64
    params: the parameters in PyTorch's order, as a list or as a dict, whose keys update() then wants. Of them shapes
        and dtypes are taken, which the state of torch.optim.SGD does not tell. Without them the keys are the
        parameters' names if the state dictionary has them, and else numbers, for step()
    step_count: how many steps have been made, for schedules: torch.optim.SGD does not count them. Otherwise 1, as soon
        as there is a momentum buffer
    decoupled: whether the weight decay is AdamW's, where the state dictionary does not say so (before PyTorch 2.7)

    Each of PyTorch's groups but the first becomes a group with options of its own, numbered from 1. What belongs to
    PyTorch's learning-rate schedulers ('initial_lr', ...) and to how it computes ('foreach', 'fused', ...) is left out.

    InvalidArgumentError for another optimizer, and for what cannot be represented: tensors of another type, parameters
    that have made different numbers of steps or none, hyperparameters that differ between groups but hold for the whole
    optimizer here, or are out of range. TypeError for what is no such dictionary.
    """
    groups, states = _require_dictionary(state_dict)
    name = _pytorch_groups.algorithm_of(groups)
    optimizer = _pytorch_groups.make_optimizer(name, groups, decoupled)
    ids = [number for group in groups for number in group["params"]]
    # PyTorch numbers them so; what another program has made keeps the order of its groups.
    in_order = sorted(ids) if set(ids) == set(range(len(ids))) else ids
    place = {number: index for index, number in enumerate(in_order)}
    keys, known = _keys_and_arrays(groups, params, place)
    entries: list[Mapping[str, Any]] = [{}] * len(ids)
    for number, entry in states.items():
        if number not in place:
            raise InvalidArgumentError(f"state: {number!r} is no parameter of the param_groups")
        entries[place[number]] = entry
    group_of = [0] * len(ids)
    for index, group in enumerate(groups):
        for number in group["params"]:
            group_of[place[number]] = index

    saved = SavedOptimizer.parse(_saved_bytes.entries(optimizer._saved()))
    momentum = [_momentum(groups[index]) for index in group_of]
    saved.tensors, shapes = _read_tensors(name, saved, entries, known, momentum)
    saved.step_count = _step_count(name, entries, step_count) if saved.tensors else 0
    return OPTIMIZERS[name]._made(saved.to_bytes(), keys, shapes, group_of)


def to_state_dict(optimizer: Optimizer, *, tensor: Callable[[Array], Any] | None = None) -> dict[str, Any]:
    """What load_state_dict() of the optimizer in torch.optim takes that does the same.

    optimizer: with dialect='pytorch', or one of whose formulas the textbook's is the same; it has made a step
    tensor: makes a tensor of each array, torch.from_numpy; None leaves NumPy arrays

    The parameters are numbered as they were in the first step. PyTorch matches them by their order within the groups:
    first those of group 0, then those of the other groups, by their numbers. Groups without a tensor are left out.

    InvalidArgumentError for what PyTorch cannot represent: other dialects, a schedule, clipping, a policy for NaN, no
    bias correction, decoupled decay for other algorithms than Adam and AdamW, an optimizer that has made no step.
    UnsupportedError for algorithms that are not exchanged.
    """
    saved, tensors = SavedOptimizer.parse(_saved_bytes.entries(optimizer._saved())), optimizer._known_tensors
    name = _pytorch_groups.name_of(saved)
    if name not in _BUFFERS:
        raise UnsupportedError(f"{saved.algorithm.title}: its state cannot be exchanged with PyTorch")
    if not saved.tensors or tensors is None:
        raise InvalidArgumentError("it has made no step, so PyTorch would have no parameters for it")
    if saved.step_count > _LAST_COUNT:
        raise InvalidArgumentError(f"step_count: {saved.step_count} is above 2^24, where PyTorch's count stands still")
    _pytorch_groups.require_representable(saved)
    make = tensor or (lambda array: array)
    numbers = list(tensors.groups.values())
    merged = {number: saved.options | saved.groups.get(number, {}) for number in sorted(set(numbers))}
    groups = [
        _pytorch_groups.hyperparameters(name, options, merged.values())
        | {"params": [index for index, group in enumerate(numbers) if group == number]}
        for number, options in merged.items()
    ]
    state: dict[int, dict[str, Any]] = {}
    for index, (item, layout) in enumerate(zip(saved.tensors, tensors.layouts, strict=True)):
        item.reshape(layout.shape)
        entry: dict[str, Any] = {}
        if name in _COUNTS_STEPS:
            entry["step"] = make(np.array(saved.step_count, np.float32))
        for own, theirs in _BUFFERS[name].items():
            if _pytorch_groups.has_buffer(name, own, merged[numbers[index]]):
                entry[theirs] = make(item.state[own])
        if entry:
            state[index] = entry
    return {"state": state, "param_groups": groups}


def _require_dictionary(state_dict: Any) -> tuple[list[dict[str, Any]], Mapping[Any, Mapping[str, Any]]]:
    if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= set(state_dict):
        raise TypeError("this is no state dictionary of torch.optim: it must be a dict with 'state' and 'param_groups'")
    groups = [dict(group) for group in state_dict["param_groups"]]
    if not groups or not all("params" in group for group in groups):
        raise InvalidArgumentError("param_groups: there must be at least one group, and each must have 'params'")
    states: Mapping[Any, Mapping[str, Any]] = state_dict["state"]
    for where, entries in (("param_groups", enumerate(groups)), ("state", states.items())):
        for index, entry in entries:
            for name, value in entry.items():
                require_unmasked(value, f"{where}[{index!r}][{name!r}]")
    return groups, states


def _momentum(group: Mapping[str, Any]) -> float:
    return float(group.get("momentum", 0))


def _keys_and_arrays(
    groups: list[dict[str, Any]], params: Any, place: Mapping[Any, int]
) -> tuple[list[Hashable], list[Array] | None]:
    if params is not None:
        keys = list(params) if isinstance(params, Mapping) else list(range(len(params)))
        arrays = [_array(params[key], f"params[{key!r}]") for key in keys]
        if len(arrays) != len(place):
            raise InvalidArgumentError(f"params: {len(arrays)} arrays, but the param_groups have {len(place)}")
        return keys, arrays
    keys = list(range(len(place)))
    if all("param_names" in group for group in groups):
        for group in groups:
            for number, name in zip(group["params"], group["param_names"], strict=True):
                keys[place[number]] = name
    return keys, None


def _array(value: Any, name: str) -> Array:
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


def _read_tensors(
    name: str,
    saved: SavedOptimizer,
    entries: list[Mapping[str, Any]],
    known: list[Array] | None,
    momentum: list[float],
) -> tuple[list[SavedTensor], list[tuple[int, ...]]]:
    """The tensors in their order, and their shapes; none if nothing tells what they look like."""
    wanted = _pytorch_groups.buffers_of(name, saved)
    states: list[dict[str, Array]] = []
    for index, entry in enumerate(entries):
        given = {
            own: _array(entry[theirs], f"state[{index}][{theirs!r}]")
            for own, theirs in _BUFFERS[name].items()
            if own in wanted and entry.get(theirs) is not None
        }
        states.append(given)
    if known is None and not any(states):
        return [], []
    tensors, shapes = [], []
    for index, state in enumerate(states):
        like = known[index] if known is not None else next(iter(state.values()), None)
        if like is None:
            raise InvalidArgumentError(f"parameter {index} has no state, so that its shape is not known: give params")
        if any(states):
            if momentum[index] == 0 and "velocity" in wanted:
                # PyTorch keeps none in a group without momentum.
                state.setdefault("velocity", np.zeros(like.shape, like.dtype))
            _require_buffers({own: _BUFFERS[name][own] for own in wanted}, state, like, f"parameter {index}")
        tensors.append(SavedTensor(*row_shape(like.shape), like.dtype, state))
        shapes.append(like.shape)
    # Without any state of those that there are it is the first step that makes it.
    return (tensors, shapes) if any(states) or not wanted else ([], [])


def _require_buffers(wanted: dict[str, str], state: dict[str, Array], like: Array, parameter: str) -> None:
    for own, theirs in wanted.items():
        if own not in state:
            raise InvalidArgumentError(
                f"{parameter} has no {theirs!r}, but others have one: it has made no step, which cannot be represented"
            )
        array = state[own]
        if array.shape != like.shape or array.dtype != like.dtype:
            raise InvalidArgumentError(
                f"{parameter}: {theirs!r} is {describe(array)}, but the parameter {describe(like)}"
            )


def _step_count(name: str, entries: list[Mapping[str, Any]], given: int | None) -> int:
    if name not in _COUNTS_STEPS:
        has_state = any(value is not None for entry in entries for value in entry.values())
        if given == 0 and has_state:
            raise InvalidArgumentError("step_count: 0, but there are momentum buffers")
        return whole_number(int(has_state) if given is None else given, "step_count", 62)
    counts = {float(entry["step"]) for entry in entries}
    if len(counts) != 1:
        raise InvalidArgumentError(
            f"the parameters have made {sorted(counts)} steps; it must be the same number for all"
        )
    count = counts.pop()
    if not count.is_integer() or (given is not None and given != count):
        raise InvalidArgumentError(f"step_count: {given}, but the state dictionary has {count:g}")
    return int(count)
