"""Which optimizers of torch.optim are exchanged, and what is called how there: an entry for each algorithm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Method:
    """One of the library's algorithms as PyTorch has it; what is mapped goes from PyTorch's names to the library's.

    title: the classes in torch.optim
    known_by: hyperparameters that tell it from those further down in the table
    options: hyperparameters, some of which are several of the library's options
    fixed: hyperparameters that are no options here, and what they are
    buffers: state in the shape of the parameter
    kept: numbers that PyTorch has for each parameter and the library for each group, and the greatest that they can be
    computed: numbers that PyTorch keeps and the library computes, from options and the number of steps
    counts_steps: whether the state has 'step'
    decouples: whether there is 'decoupled_weight_decay'
    textbook: whether the textbook's state means the same
    """

    title: str
    known_by: set[str]
    options: Mapping[str, str | tuple[str, ...]]
    fixed: dict[str, Any]
    buffers: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    computed: Mapping[str, Callable[[Mapping[str, float], int], float]] = field(default_factory=dict)
    counts_steps: bool = True
    decouples: bool = False
    textbook: bool = True


_Options = dict[str, str | tuple[str, ...]]
_RATE: _Options = {"lr": "learning_rate", "maximize": "maximize"}
_COMMON: _Options = _RATE | {"weight_decay": "weight_decay"}
_ADAM: _Options = _COMMON | {"betas": ("beta1", "beta2"), "eps": "epsilon"}
_MOMENTS = {"exp_avg": "m", "exp_avg_sq": "v"}
_HOW: dict[str, Any] = {"foreach": None, "differentiable": False}
_FUSED = _HOW | {"fused": None}
_CAPTURABLE = _HOW | {"capturable": False}
_KNOWN_AS_SGD = {"momentum", "dampening", "nesterov"}

# A dictionary is of the first one that it is known by. SGD's three are told apart by what the hyperparameters are.
METHODS = {
    "sgd": Method(
        "SGD",
        _KNOWN_AS_SGD,
        _COMMON,
        _FUSED | {"momentum": 0.0, "dampening": 0.0, "nesterov": False},
        counts_steps=False,
    ),
    "momentum": Method(
        "SGD",
        _KNOWN_AS_SGD,
        _COMMON | {"momentum": "momentum_decay", "dampening": "dampening"},
        _FUSED | {"nesterov": False},
        {"momentum_buffer": "velocity"},
        counts_steps=False,
        textbook=False,
    ),
    "nesterov": Method(
        "SGD",
        _KNOWN_AS_SGD,
        _COMMON | {"momentum": "momentum_decay"},
        _FUSED | {"dampening": 0.0, "nesterov": True},
        {"momentum_buffer": "velocity"},
        counts_steps=False,
        textbook=False,
    ),
    "adagrad": Method(
        "Adagrad",
        {"lr_decay", "initial_accumulator_value"},
        _COMMON
        | {"lr_decay": "learning_rate_decay", "eps": "epsilon", "initial_accumulator_value": "initial_accumulator"},
        _FUSED,
        {"sum": "sum_of_squares"},
    ),
    "rmsprop": Method(
        "RMSprop",
        {"alpha", "centered"},
        _COMMON | {"alpha": "rho", "eps": "epsilon", "momentum": "momentum_decay", "centered": "centered"},
        _CAPTURABLE,
        {"square_avg": "mean_square", "grad_avg": "mean_gradient", "momentum_buffer": "velocity"},
    ),
    "adadelta": Method(
        "Adadelta",
        {"rho"},
        _COMMON | {"rho": "rho", "eps": "epsilon"},
        _CAPTURABLE,
        {"square_avg": "mean_square", "acc_delta": "mean_square_update"},
    ),
    "rprop": Method(
        "Rprop",
        {"etas", "step_sizes"},
        _RATE | {"etas": ("eta_minus", "eta_plus"), "step_sizes": ("minimum_step", "maximum_step")},
        _CAPTURABLE,
        {"prev": "previous_gradient", "step_size": "step_size"},
    ),
    "asgd": Method(
        "ASGD",
        {"lambd", "alpha", "t0"},
        _COMMON | {"lambd": "lambd", "alpha": "alpha", "t0": "t0"},
        _CAPTURABLE,
        {"ax": "average"},
        kept={"eta": ("rate", float("inf"))},
        computed={"mu": lambda options, step_count: 1 / max(1.0, step_count - options["t0"])},
    ),
    "adam": Method(
        "Adam, AdamW",
        {"betas", "amsgrad"},
        _ADAM | {"amsgrad": "amsgrad"},
        _FUSED | _CAPTURABLE,
        _MOMENTS | {"max_exp_avg_sq": "v_max"},
        decouples=True,
    ),
    "nadam": Method(
        "NAdam",
        {"betas", "momentum_decay"},
        _ADAM | {"momentum_decay": "momentum_decay"},
        _CAPTURABLE,
        _MOMENTS,
        kept={"mu_product": ("momentum_product", 1)},
        decouples=True,
    ),
    "radam": Method("RAdam", {"betas", "decoupled_weight_decay"}, _ADAM, _CAPTURABLE, _MOMENTS, decouples=True),
    "adamax": Method("Adamax", {"betas", "maximize"}, _ADAM, _CAPTURABLE, {"exp_avg": "m", "exp_inf": "u"}),
}
