"""The hyperparameters of torch.optim, in and out."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .._c.arrays import describe
from .._c.errors import InvalidArgumentError, UnsupportedError
from ..optimizers import OPTIMIZERS, Optimizer
from ._entries import Entries
from ._methods import METHODS

_DECOUPLED = "decoupled_weight_decay"
_SWITCHES = ("maximize", "centered", "amsgrad")
_OF_THE_WHOLE = ("maximize", "centered", "amsgrad", "initial_accumulator_value")
# How PyTorch computes, what its schedulers note, and names.
_IGNORED = {
    *("params", "param_names", "foreach", "capturable", "differentiable", "fused"),
    *("initial_lr", "max_lr", "min_lr", "base_lr", "max_momentum", "base_momentum"),
}
# Options that PyTorch does not have, and the value at which they do nothing.
_NOT_THERE = {
    "clip_value": 0,
    "clip_norm": 0,
    "not_finite_policy": 0,
    "schedule": 0,
    "warmup_steps": 0,
    "bias_correction": 1,
    "rate_free_weight_decay": 0,
    "epsilon_root": 0,
    "nesterov_momentum": 0,
    "average": 0,
    "lookahead_steps": 0,
    "accumulate_steps": 1,
    "centralize": 0,
    "adaptive_clip": 0,
    "cautious": 0,
}


def number(value: Any, name: str) -> float:
    """A finite number, which may be a tensor or an array without axes."""
    try:
        converted = float(value) if np.ndim(value) == 0 else None
    except (TypeError, ValueError):
        converted = None
    if converted is None:
        raise InvalidArgumentError(f"{name} is {describe(value)}; it must be a number")
    if not math.isfinite(converted):
        raise InvalidArgumentError(f"{name} is {converted}; it must be finite")
    return converted


def _switch(value: Any, name: str) -> bool:
    """Something that is on or off."""
    if number(value, name) not in (0, 1):
        raise InvalidArgumentError(f"{name} is {value!r}; it must be True or False")
    return bool(value)


def algorithm_of(groups: list[dict[str, Any]]) -> str:
    """The algorithm that the param_groups are of."""
    present = set(groups[0])
    name = next((name for name, method in METHODS.items() if method.known_by <= present), None)
    if name is None:
        *titles, last = dict.fromkeys(method.title for method in METHODS.values())
        raise UnsupportedError(
            f"these param_groups are those of none of {', '.join(titles)} and {last}: they have "
            + ", ".join(sorted(map(str, present - _IGNORED)))
        )
    if name != "sgd":
        return name
    nesterov = {
        _switch(group.get("nesterov", False), f"param_groups[{index}]['nesterov']")
        for index, group in enumerate(groups)
    }
    if len(nesterov) > 1:
        raise UnsupportedError("nesterov: it must be the same for all groups")
    if nesterov == {True}:
        return "nesterov"
    return "momentum" if any(momentum_of(group, index) != 0 for index, group in enumerate(groups)) else "sgd"


def momentum_of(group: Mapping[str, Any], index: int) -> float:
    """The momentum of a group, 0 if there is none."""
    return number(group.get("momentum", 0), f"param_groups[{index}]['momentum']")


def make_optimizer(name: str, groups: list[dict[str, Any]], decoupled: bool) -> Optimizer:
    """An optimizer with these hyperparameters, without state."""
    options = [_options(name, group, f"param_groups[{index}]", decoupled) for index, group in enumerate(groups)]
    base = options[0]
    optimizer = OPTIMIZERS[name](dialect="pytorch", **base)
    for index, own in enumerate(options[1:], start=1):
        for theirs in _OF_THE_WHOLE:
            option = METHODS[name].options.get(theirs)
            if option in base and own[option] != base[option]:
                raise UnsupportedError(f"{theirs}: it must be the same for all groups")
        different = {option: value for option, value in own.items() if value != base[option]}
        # A group is made by an option of its own.
        optimizer.set_group(index, **(different or {"learning_rate": own["learning_rate"]}))
    return optimizer


def _options(name: str, group: dict[str, Any], where: str, decoupled: bool) -> dict[str, Any]:
    method = METHODS[name]
    known = {*method.options, *method.fixed, *_IGNORED} | ({_DECOUPLED} if method.decouples else set())
    for key in group:
        if key not in known:
            raise InvalidArgumentError(f"{where}: {key!r} is unknown, and would be lost")
    if name == "nesterov" and group.get("dampening", 0) != 0:
        raise InvalidArgumentError(f"{where}: dampening: {group['dampening']} with nesterov is not possible")
    options: dict[str, Any] = {}
    for theirs, option in method.options.items():
        # An older version did not have it.
        value = group.get(theirs, False if theirs == "maximize" else None)
        if value is None:
            raise InvalidArgumentError(f"{where} has no {theirs!r}")
        if isinstance(option, str):
            options[option] = (_switch if theirs in _SWITCHES else number)(value, f"{where}[{theirs!r}]")
            continue
        if not isinstance(value, Iterable) or len(value := list(value)) != len(option):
            raise InvalidArgumentError(f"{where}[{theirs!r}] is {value!r}; it must be {len(option)} numbers")
        for index, (part, one) in enumerate(zip(option, value, strict=True)):
            options[part] = number(one, f"{where}[{theirs!r}][{index}]")
    if method.decouples:
        options["decoupled_weight_decay"] = 0.0
        if _switch(group.get(_DECOUPLED, decoupled), f"{where}[{_DECOUPLED!r}]"):
            options["weight_decay"], options["decoupled_weight_decay"] = 0.0, options["weight_decay"]
    return options


def buffers_of(name: str, saved: Entries) -> list[str]:
    """The state buffers that the options call for, in some group."""
    return [
        buffer
        for buffer in saved.algorithm.state_names
        if name in ("momentum", "nesterov") or any(has_buffer(name, buffer, options) for options in saved.everywhere())
    ]


def has_buffer(name: str, buffer: str, options: Mapping[str, float]) -> bool:
    """Whether PyTorch keeps this buffer with these options."""
    needs = {"mean_gradient": "centered", "v_max": "amsgrad", "velocity": "momentum_decay"}.get(buffer)
    return name == "nesterov" or needs is None or options[needs] != 0


def name_of(saved: Entries) -> str:
    """The algorithm's name; AdamW is Adam, whose decay is decoupled where the options say so."""
    return "adam" if saved.algorithm.name == "adamw" else saved.algorithm.name


def require_representable(saved: Entries) -> None:
    """InvalidArgumentError for what PyTorch cannot do."""
    name = name_of(saved)
    method = METHODS[name]
    for own in saved.everywhere():
        _require_dialect(name, own)
        for option, harmless in _NOT_THERE.items():
            if own.get(option, harmless) != harmless:
                raise InvalidArgumentError(f"{option}: torch.optim has nothing of the kind")
        if own["weight_decay"] != 0 and "weight_decay" not in method.options:
            raise InvalidArgumentError(f"weight_decay: torch.optim.{method.title} has nothing of the kind")
        if own["decoupled_weight_decay"] != 0 and (not method.decouples or own["weight_decay"] != 0):
            titles = ", ".join(other.title for other in METHODS.values() if other.decouples)
            raise InvalidArgumentError(
                f"decoupled_weight_decay: torch.optim has it for {titles} only, and not with weight_decay"
            )


def _require_dialect(name: str, options: Mapping[str, float]) -> None:
    textbook, pytorch = 0, 1
    method = METHODS[name]
    same = method.textbook and not ("velocity" in method.buffers.values() and options["momentum_decay"])
    if options["dialect"] != pytorch and not (options["dialect"] == textbook and same):
        raise InvalidArgumentError("dialect: it must be 'pytorch': the state of another one means something else")


def hyperparameters(
    name: str, options: Mapping[str, float], everywhere: Iterable[Mapping[str, float]]
) -> dict[str, Any]:
    """A group as torch.optim has it, without its parameters; `everywhere` are the options of all groups."""
    method = METHODS[name]
    group: dict[str, Any] = {}
    for theirs, option in method.options.items():
        if isinstance(option, tuple):
            group[theirs] = tuple(options[part] for part in option)
        else:
            group[theirs] = bool(options[option]) if theirs in _SWITCHES else options[option]
    if method.decouples:
        # A group without decay is of AdamW where another one is.
        decoupled = options["weight_decay"] == 0 and any(other["decoupled_weight_decay"] for other in everywhere)
        group |= {_DECOUPLED: decoupled}
        group["weight_decay"] = options["decoupled_weight_decay"] if decoupled else options["weight_decay"]
    return group | method.fixed
