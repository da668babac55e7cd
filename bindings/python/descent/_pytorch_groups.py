"""The hyperparameters of torch.optim, in and out."""

from collections.abc import Iterable, Mapping
from typing import Any

from ._saved_optimizer import SavedOptimizer
from .errors import InvalidArgumentError
from .optimizers import OPTIMIZERS, Optimizer

# By which hyperparameters an optimizer is known.
_KNOWN_BY = {
    "sgd": {"momentum", "dampening", "nesterov"},
    "adagrad": {"lr_decay", "initial_accumulator_value"},
    "rmsprop": {"alpha", "centered"},
    "adam": {"betas", "amsgrad"},
}
# What PyTorch calls the options, but for betas and decoupled decay.
_COMMON = {"learning_rate": "lr", "weight_decay": "weight_decay", "maximize": "maximize"}
_NAMES = {
    "sgd": _COMMON,
    "momentum": _COMMON | {"momentum_decay": "momentum", "dampening": "dampening"},
    "nesterov": _COMMON | {"momentum_decay": "momentum"},
    "adagrad": _COMMON
    | {
        "learning_rate_decay": "lr_decay",
        "epsilon": "eps",
        "initial_accumulator": "initial_accumulator_value",
    },
    "rmsprop": _COMMON | {"rho": "alpha", "epsilon": "eps", "momentum_decay": "momentum", "centered": "centered"},
    "adam": _COMMON | {"epsilon": "eps", "amsgrad": "amsgrad"},
}
_SWITCHES = ("maximize", "centered", "amsgrad")
_OF_THE_WHOLE = ("maximize", "centered", "amsgrad", "initial_accumulator")
# How PyTorch computes, what its schedulers note, and names.
_IGNORED = {
    *("params", "param_names", "foreach", "capturable", "differentiable", "fused"),
    *("initial_lr", "max_lr", "min_lr", "base_lr", "max_momentum", "base_momentum"),
}
_HOW = {"foreach": None, "differentiable": False}
_MORE: dict[str, dict[str, Any]] = {
    "sgd": {"fused": None},
    "adagrad": {"fused": None},
    "rmsprop": {"capturable": False},
    "adam": {"capturable": False, "fused": None},
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
}


def algorithm_of(groups: list[dict[str, Any]]) -> str:
    """The algorithm that the param_groups are of."""
    present = set(groups[0])
    family = next((name for name, keys in _KNOWN_BY.items() if keys <= present), None)
    if family is None:
        raise InvalidArgumentError(
            "these param_groups are those of none of SGD, Adagrad, RMSprop, Adam and AdamW: they have "
            + ", ".join(sorted(map(str, present - _IGNORED)))
        )
    if family != "sgd":
        return family
    nesterov = {bool(group["nesterov"]) for group in groups}
    if len(nesterov) > 1:
        raise InvalidArgumentError("nesterov: it must be the same for all groups")
    if nesterov == {True}:
        return "nesterov"
    return "momentum" if any(float(group["momentum"]) != 0 for group in groups) else "sgd"


def make_optimizer(name: str, groups: list[dict[str, Any]], decoupled: bool) -> Optimizer:
    """An optimizer with these hyperparameters, without state."""
    options = [_options(name, group, index, decoupled) for index, group in enumerate(groups)]
    base = options[0]
    optimizer = OPTIMIZERS[name](dialect="pytorch", **base)
    for index, own in enumerate(options[1:], start=1):
        for option in _OF_THE_WHOLE:
            if own.get(option) != base.get(option):
                raise InvalidArgumentError(f"{_NAMES[name][option]}: it must be the same for all groups")
        different = {option: value for option, value in own.items() if value != base[option]}
        # A group is made by an option of its own.
        optimizer.set_group(index, **(different or {"learning_rate": own["learning_rate"]}))
    return optimizer


def _options(name: str, group: dict[str, Any], index: int, decoupled: bool) -> dict[str, Any]:
    names = _NAMES[name]
    known = {*names.values(), "betas", "decoupled_weight_decay", "momentum", "dampening", "nesterov"} | _IGNORED
    for key in group:
        if key not in known:
            raise InvalidArgumentError(f"param_groups[{index}]: {key!r} is unknown, and would be lost")
    if name == "nesterov" and float(group["dampening"]) != 0:
        raise InvalidArgumentError(
            f"param_groups[{index}]: dampening: {group['dampening']} with nesterov is not possible"
        )
    options: dict[str, Any] = {}
    for option, theirs in names.items():
        if theirs not in group and option == "maximize":
            continue
        value = group[theirs]
        options[option] = bool(value) if option in _SWITCHES else float(value)
    options.setdefault("maximize", False)
    if name == "adam":
        options["beta1"], options["beta2"] = map(float, group["betas"])
        options["decoupled_weight_decay"] = 0.0
        if group.get("decoupled_weight_decay", decoupled):
            options["weight_decay"], options["decoupled_weight_decay"] = 0.0, options["weight_decay"]
    return options


def buffers_of(name: str, saved: SavedOptimizer) -> list[str]:
    """The state buffers that the options call for, in some group."""
    everywhere = [saved.options, *(saved.options | own for own in saved.groups.values())]
    return [
        buffer
        for buffer in saved.algorithm.state_names
        if name in ("momentum", "nesterov") or any(has_buffer(name, buffer, options) for options in everywhere)
    ]


def has_buffer(name: str, buffer: str, options: Mapping[str, float]) -> bool:
    """Whether PyTorch keeps this buffer with these options."""
    needs = {"mean_gradient": "centered", "v_max": "amsgrad", "velocity": "momentum_decay"}.get(buffer)
    return name == "nesterov" or needs is None or options[needs] != 0


def name_of(saved: SavedOptimizer) -> str:
    """The algorithm's name; AdamW is Adam, whose decay is decoupled where the options say so."""
    return "adam" if saved.algorithm.name == "adamw" else saved.algorithm.name


def require_representable(saved: SavedOptimizer) -> None:
    """InvalidArgumentError for what PyTorch cannot do."""
    name = name_of(saved)
    for own in [saved.options, *(saved.options | values for values in saved.groups.values())]:
        _require_dialect(name, own)
        for option, harmless in _NOT_THERE.items():
            if own.get(option, harmless) != harmless:
                raise InvalidArgumentError(f"{option}: torch.optim has nothing of the kind")
        if own["decoupled_weight_decay"] != 0 and (name != "adam" or own["weight_decay"] != 0):
            raise InvalidArgumentError(
                "decoupled_weight_decay: torch.optim has it for Adam and AdamW only, and not with weight_decay"
            )


def _require_dialect(name: str, options: Mapping[str, float]) -> None:
    textbook, pytorch = 0, 1
    same = name in ("sgd", "adagrad", "adam") or (name == "rmsprop" and options["momentum_decay"] == 0)
    if options["dialect"] != pytorch and not (options["dialect"] == textbook and same):
        raise InvalidArgumentError("dialect: it must be 'pytorch': the state of another one means something else")


def hyperparameters(
    name: str, options: Mapping[str, float], everywhere: Iterable[Mapping[str, float]]
) -> dict[str, Any]:
    """A group as torch.optim has it, without its parameters; `everywhere` are the options of all groups."""
    group: dict[str, Any] = {
        theirs: bool(options[option]) if option in _SWITCHES else options[option]
        for option, theirs in _NAMES[name].items()
    }
    if name in ("sgd", "momentum", "nesterov"):
        group = {"momentum": 0.0, "dampening": 0.0} | group | {"nesterov": name == "nesterov"} | _MORE["sgd"]
    else:
        group |= _MORE[name]
    if name == "adam":
        # A group without decay is of AdamW where another one is.
        decoupled = options["weight_decay"] == 0 and any(other["decoupled_weight_decay"] for other in everywhere)
        group |= {"betas": (options["beta1"], options["beta2"]), "decoupled_weight_decay": decoupled}
        group["weight_decay"] = options["decoupled_weight_decay"] if decoupled else options["weight_decay"]
    return group | _HOW
