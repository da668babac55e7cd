"""Exchange of optimizers with PyTorch: the state dictionaries of torch.optim, in and out. It needs no PyTorch itself.

    adam = descent.pytorch.from_state_dict(torch_adam.state_dict(), params)
    adam.step([(weights, gradient), ...])                      # goes on with PyTorch's numbers

    torch_adam.load_state_dict(descent.pytorch.to_state_dict(adam, tensor=torch.from_numpy))

torch.optim.SGD becomes SGD, Momentum or Nesterov, as its groups say; Adagrad, RMSprop, Adadelta, Rprop, ASGD, Adam,
NAdam, RAdam and Adamax become what is called so here, and AdamW becomes Adam, all with dialect='pytorch'. What one side
cannot represent is an error that says so.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from .._c.arrays import Array, describe, require_unmasked
from .._c.errors import InvalidArgumentError, UnsupportedError
from ..optimizers import OPTIMIZERS, Optimizer
from ..optimizers._notes import TensorNotes
from . import _groups, _states
from ._entries import Entries
from ._methods import METHODS

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

    PyTorch keeps the number of steps, NAdam's mu_product and ASGD's eta for each parameter; here the first must be the
    same for all, and the others within a group.

    UnsupportedError for what cannot be represented: another optimizer, parameters that have made different numbers of
    steps or none, or whose mu_product or eta differ within a group, an ASGD whose mu is not what t0 makes it, and
    hyperparameters that differ between groups but hold for the whole optimizer here. InvalidArgumentError for tensors
    of another shape or type, and for numbers that are missing, unknown, out of range or not finite. The tensors
    themselves may hold NaN, as after a training that has diverged. TypeError for what is no such dictionary.
    """
    groups, states = _require_dictionary(state_dict)
    name = _groups.algorithm_of(groups)
    optimizer = _groups.make_optimizer(name, groups, decoupled)
    ids = [number for group in groups for number in group["params"]]
    if len(set(ids)) != len(ids):
        raise InvalidArgumentError("param_groups: a parameter is there twice")
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

    saved = Entries.of(optimizer)
    momentum = [_groups.momentum_of(groups[index], index) for index in group_of]
    shapes = _states.read_tensors(saved, entries, known, momentum)
    if shapes:
        saved.named["step_count"] = np.array(_states.read_step_count(saved, entries, step_count))
        _states.read_kept(saved, entries, group_of)
    return OPTIMIZERS[name]._from_entries(saved.named, TensorNotes(keys, shapes, group_of))


def to_state_dict(optimizer: Optimizer, *, tensor: Callable[[Array], Any] | None = None) -> dict[str, Any]:
    """What load_state_dict() of the optimizer in torch.optim takes that does the same.

    optimizer: with dialect='pytorch', or one of whose formulas the textbook's is the same; it has made a step
    tensor: makes a tensor of each array, torch.from_numpy; None leaves NumPy arrays

    The parameters are numbered as they were in the first step. PyTorch matches them by their order within the groups:
    first those of group 0, then those of the other groups, by their numbers. Groups without a tensor are left out.

    InvalidArgumentError for what PyTorch cannot represent: other dialects, a schedule, clipping, a policy for NaN, no
    bias correction, decoupled decay for other algorithms than Adam, AdamW, NAdam and RAdam, any decay for Rprop,
    averages that are in place of the parameters, an optimizer that has made no step. UnsupportedError for algorithms
    that are not exchanged.
    """
    saved, tensors = Entries.of(optimizer), optimizer._known_tensors
    name = _groups.name_of(saved)
    if name not in METHODS:
        raise UnsupportedError(f"{saved.algorithm.title}: its state cannot be exchanged with PyTorch")
    if not saved.named["tensors"] or tensors is None:
        raise InvalidArgumentError("it has made no step, so PyTorch would have no parameters for it")
    if "tensor.0.training_values" in saved.named:
        raise InvalidArgumentError("the averages are in place of the parameters, with which PyTorch would go on")
    if saved.step_count > _LAST_COUNT:
        raise InvalidArgumentError(f"step_count: {saved.step_count} is above 2^24, where PyTorch's count stands still")
    _groups.require_representable(saved)
    make = tensor or (lambda array: array)
    numbers = list(tensors.groups.values())
    merged = {number: saved.options(number) for number in sorted(set(numbers))}
    groups = [
        _groups.hyperparameters(name, options, merged.values())
        | {"params": [index for index, group in enumerate(numbers) if group == number]}
        for number, options in merged.items()
    ]
    state: dict[int, dict[str, Any]] = {}
    for index, layout in enumerate(tensors.layouts):
        if entry := _states.write_entry(saved, index, numbers[index], layout, make):
            state[index] = entry
    return {"state": state, "param_groups": groups}


def _require_dictionary(state_dict: Any) -> tuple[list[dict[str, Any]], Mapping[Any, Mapping[str, Any]]]:
    if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= set(state_dict):
        raise TypeError("this is no state dictionary of torch.optim: it must be a dict with 'state' and 'param_groups'")
    groups = [dict(group) for group in state_dict["param_groups"]]
    if not groups or not all("params" in group for group in groups):
        raise InvalidArgumentError("param_groups: there must be at least one group, and each must have 'params'")
    for index, group in enumerate(groups):
        if not isinstance(group["params"], list | tuple):
            raise TypeError(f"param_groups[{index}]['params'] is {describe(group['params'])}; it must be a list")
        if len(group.get("param_names", group["params"])) != len(group["params"]):
            raise InvalidArgumentError(f"param_groups[{index}]: 'param_names' are not as many as 'params'")
    states: Mapping[Any, Mapping[str, Any]] = state_dict["state"]
    if not isinstance(states, Mapping):
        raise TypeError(f"state is {describe(states)}; it must be a dict")
    for where, entries in (("param_groups", enumerate(groups)), ("state", states.items())):
        for index, entry in entries:
            for name, value in entry.items():
                require_unmasked(value, f"{where}[{index!r}][{name!r}]")
    return groups, states


def _keys_and_arrays(
    groups: list[dict[str, Any]], params: Any, place: Mapping[Any, int]
) -> tuple[list[Hashable], list[Array] | None]:
    if params is not None:
        keys = list(params) if isinstance(params, Mapping) else list(range(len(params)))
        arrays = [_states.float_array(params[key], f"params[{key!r}]") for key in keys]
        if len(arrays) != len(place):
            raise InvalidArgumentError(f"params: {len(arrays)} arrays, but the param_groups have {len(place)}")
        return keys, arrays
    keys = list(range(len(place)))
    if all("param_names" in group for group in groups):
        for group in groups:
            for number, name in zip(group["params"], group["param_names"], strict=True):
                keys[place[number]] = name
    return keys, None
