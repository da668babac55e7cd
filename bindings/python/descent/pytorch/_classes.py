"""The classes of descent.torch, a table that needs no PyTorch itself.

Those that torch.optim has too have its arguments, in its order and with its defaults.
"""

import math
from collections.abc import Mapping
from typing import Any

from .._c.errors import InvalidArgumentError, UnsupportedError
from .._c.table import ALGORITHMS
from ._forms import CALL, Form, Group, Meaning, library_form, means
from ._methods import METHODS, Method


@means("weight_decay", "decoupled_weight_decay")
def _either_decay(group: Group) -> dict[str, Any]:
    """Adam's kin in PyTorch: a switch says which of the two the weight decay is."""
    decay = group["weight_decay"]
    return (
        {"weight_decay": 0.0, "decoupled_weight_decay": decay}
        if group["decoupled_weight_decay"]
        else {"weight_decay": decay, "decoupled_weight_decay": 0.0}
    )


@means("momentum_decay", "dampening")
def _momentum(group: Group) -> dict[str, Any]:
    momentum, dampening = group["momentum"], group["dampening"]
    if group["nesterov"] and (momentum <= 0 or dampening != 0):
        raise InvalidArgumentError("nesterov: Nesterov momentum needs a momentum, and no dampening")
    if group["nesterov"]:
        return {"momentum_decay": momentum}
    return {"momentum_decay": momentum, "dampening": dampening} if momentum != 0 else {}


def _chosen_sgd(group: Group) -> str:
    if group["nesterov"]:
        return "nesterov"
    return "momentum" if group["momentum"] != 0 else "sgd"


@means("decay_power")
def _decay_power(group: Group) -> dict[str, Any]:
    return {"decay_power": -group["beta2_decay"]}


@means("epsilon", "scale_floor")
def _two_epsilons(group: Group) -> dict[str, Any]:
    first, second = group["eps"]
    return {"epsilon": 0.0 if first is None else first, "scale_floor": second}


@means("consistent_rms")
def _adjustment(group: Group) -> dict[str, Any]:
    known = {None: 0.0, "original": 0.0, "match_rms_adamw": 0.2}
    if group["adjust_lr_fn"] not in known:
        raise InvalidArgumentError(
            f"adjust_lr_fn: {group['adjust_lr_fn']!r} is none of None, 'original' and 'match_rms_adamw'"
        )
    return {"consistent_rms": known[group["adjust_lr_fn"]]}


_COEFFICIENTS = (3.4445, -4.775, 2.0315)


@means()
def _coefficients(group: Group) -> dict[str, Any]:
    given = tuple(group["ns_coefficients"])
    if len(given) != 3 or not all(map(math.isclose, given, _COEFFICIENTS)):
        raise UnsupportedError(f"ns_coefficients: {given} are not {_COEFFICIENTS}, and others there are not here")
    return {}


_RATE: dict[str, Meaning] = {"lr": "learning_rate", "maximize": "maximize"}
_BETAS = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}


def _pytorch(
    name: str,
    title: str,
    positional: dict[str, Any],
    keywords: dict[str, Any],
    *,
    method: Method | None = None,
    meanings: Mapping[str, Meaning] | None = None,
    **others: Any,
) -> Form:
    """A class of torch.optim whose groups and state are those of a method, or are told."""
    if method is not None:
        own: dict[str, Meaning] = dict(method.options)
        if method.decouples:
            own["weight_decay"] = _either_decay
        others = {
            "buffers": method.buffers,
            "kept": {theirs: option for theirs, (option, _) in method.kept.items()},
            "computed": method.computed,
            "counts_steps": method.counts_steps,
        } | others
        meanings = own | dict(meanings or {})
    return Form(title, ALGORITHMS[name], positional, keywords, meanings or {}, dialect="pytorch", **others)


# In PyTorch's order, by its version 2.13; earlier ones lack some.
PYTORCH_FORMS: tuple[Form, ...] = (
    _pytorch(
        "sgd",
        "SGD",
        {"lr": 0.001, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "nesterov": False},
        {"maximize": False, "foreach": None, "differentiable": False, "fused": None},
        meanings={**_RATE, "weight_decay": "weight_decay", "momentum": _momentum},
        chosen=_chosen_sgd,
        buffers={"momentum_buffer": "velocity"},
        counts_steps=False,
    ),
    _pytorch(
        "adagrad",
        "Adagrad",
        {"lr": 0.01, "lr_decay": 0.0, "weight_decay": 0.0, "initial_accumulator_value": 0.0, "eps": 1e-10}
        | {"foreach": None},
        {"maximize": False, "differentiable": False, "fused": None},
        method=METHODS["adagrad"],
    ),
    _pytorch(
        "rmsprop",
        "RMSprop",
        {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0, "centered": False}
        | {"capturable": False, "foreach": None, "maximize": False, "differentiable": False},
        {},
        method=METHODS["rmsprop"],
    ),
    _pytorch(
        "adam",
        "Adam",
        {"lr": 0.001, **_BETAS, "amsgrad": False},
        {"foreach": None, "maximize": False, "capturable": False, "differentiable": False, "fused": None}
        | {"decoupled_weight_decay": False},
        method=METHODS["adam"],
    ),
    _pytorch(
        "adamw",
        "AdamW",
        {"lr": 0.001, **_BETAS, "weight_decay": 0.01, "amsgrad": False},
        {"maximize": False, "foreach": None, "capturable": False, "differentiable": False, "fused": None},
        method=METHODS["adam"],
        fixed={"decoupled_weight_decay": True},
    ),
    _pytorch(
        "adamax",
        "Adamax",
        {"lr": 0.002, **_BETAS, "foreach": None},
        {"maximize": False, "differentiable": False, "capturable": False},
        method=METHODS["adamax"],
    ),
    _pytorch(
        "nadam",
        "NAdam",
        {"lr": 0.002, **_BETAS, "momentum_decay": 0.004, "decoupled_weight_decay": False},
        {"foreach": None, "maximize": False, "capturable": False, "differentiable": False},
        method=METHODS["nadam"],
    ),
    _pytorch(
        "radam",
        "RAdam",
        {"lr": 0.001, **_BETAS, "decoupled_weight_decay": False},
        {"foreach": None, "maximize": False, "capturable": False, "differentiable": False},
        method=METHODS["radam"],
    ),
    _pytorch(
        "adadelta",
        "Adadelta",
        {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0, "foreach": None},
        {"capturable": False, "maximize": False, "differentiable": False},
        method=METHODS["adadelta"],
    ),
    _pytorch(
        "rprop",
        "Rprop",
        {"lr": 0.01, "etas": (0.5, 1.2), "step_sizes": (1e-6, 50.0)},
        {"capturable": False, "foreach": None, "maximize": False, "differentiable": False},
        method=METHODS["rprop"],
    ),
    _pytorch(
        "asgd",
        "ASGD",
        {"lr": 0.01, "lambd": 1e-4, "alpha": 0.75, "t0": 1e6, "weight_decay": 0.0, "foreach": None}
        | {"maximize": False, "differentiable": False, "capturable": False},
        {},
        method=METHODS["asgd"],
    ),
    _pytorch(
        "adafactor",
        "Adafactor",
        {"lr": 0.01, "beta2_decay": -0.8, "eps": (None, 1e-3), "d": 1.0, "weight_decay": 0.0},
        {"foreach": None, "maximize": False},
        meanings={
            **_RATE,
            "beta2_decay": _decay_power,
            "eps": _two_epsilons,
            "d": "clip_threshold",
            "weight_decay": "decoupled_weight_decay",
        },
        buffers={"row_var": "row_mean", "col_var": "column_mean", "variance": "v"},
    ),
    _pytorch(
        "muon",
        "Muon",
        {"lr": 0.001, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True, "ns_coefficients": _COEFFICIENTS}
        | {"eps": 1e-7, "ns_steps": 5, "adjust_lr_fn": None},
        {},
        meanings={
            "lr": "learning_rate",
            "weight_decay": "decoupled_weight_decay",
            "momentum": "momentum_decay",
            "nesterov": "nesterov_momentum",
            "ns_coefficients": _coefficients,
            "eps": "epsilon",
            "ns_steps": "orthogonalization_steps",
            "adjust_lr_fn": _adjustment,
        },
        buffers={"momentum_buffer": "m"},
    ),
    _pytorch(
        "lbfgs",
        "LBFGS",
        {"lr": 1.0, **CALL, "history_size": 100, "line_search_fn": None},
        {},
        meanings={"history_size": "history"},
    ),
)
_OF_PYTORCH = {form.algorithm.name: form for form in PYTORCH_FORMS}
# A class for each algorithm, by its name, but for those of linear models.
FORMS: Mapping[str, Form] = {
    name: _OF_PYTORCH.get(name) or library_form(algorithm)
    for name, algorithm in ALGORITHMS.items()
    if not algorithm.is_for_models
}
