"""The reference implementations that generate_methods.py runs, and what they call the library's options."""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

import optax
import prodigyopt
import pytorch_optimizer
import schedulefree
import torch
from optax import contrib

PYTORCH, OPTAX, PACKAGE, AUTHORS = "torch", "optax", "pytorch_optimizer", "authors"
COUPLED, DECOUPLED = "weight_decay", "decoupled_weight_decay"

BETAS = {"beta1": ("betas", 0), "beta2": ("betas", 1), "epsilon": "eps"}
OPTAX_BETAS = {"beta1": "b1", "beta2": "b2", "epsilon": "eps", "epsilon_root": "eps_root"}


@dataclass(frozen=True)
class Reference:
    """One optimizer of a package. `decay` lists the kinds of weight decay it has, its own default first."""

    package: str
    make: Callable
    names: dict[str, str | tuple[str, int]] = field(default_factory=dict)
    decay: tuple[str, ...] = ()
    switch: str | None = None  # the argument that chooses decoupled decay
    fixed: dict = field(default_factory=dict)  # arguments that choose the plain code path
    title: str | None = None

    def name(self) -> str:
        """Return package, version and class."""
        distribution = OPTAX if self.package == OPTAX else self.make.__module__.split(".")[0]
        return f"{distribution} {version(distribution)} {self.title or self.make.__name__}"

    def arguments(self) -> dict[str, inspect.Parameter]:
        """Return the parameters of its constructor."""
        return dict(inspect.signature(self.make).parameters)

    def defaults(self) -> dict[str, float]:
        """Return its own defaults under the library's names, without those that are none, infinite, or decay 0."""
        names = {"learning_rate": "learning_rate" if self.package == OPTAX else "lr", **self.names}
        if self.decay and "weight_decay" in self.arguments():
            names[self.decay[0]] = "weight_decay"
        found = {}
        for option, name in names.items():
            value = self.arguments()[name[0] if isinstance(name, tuple) else name].default
            value = value[name[1]] if isinstance(name, tuple) else value
            absent = value is None or value is inspect.Parameter.empty or callable(value)
            if not absent and math.isfinite(value) and not (option in (COUPLED, DECOUPLED) and value == 0):
                found[option] = float(value)
        return found

    def keywords(self, options: dict[str, float]) -> dict:
        """Return the options as its keyword arguments, without the learning rate."""
        found = dict(self.fixed)
        for option, name in self.names.items():
            if isinstance(name, tuple):
                own = self.arguments()[name[0]].default
                values = list(found.get(name[0], own))
                values[name[1]] = options.get(option, values[name[1]])
                found[name[0]] = tuple(values)
            elif option in options:
                kind = type(self.arguments()[name].default)
                value = options[option]
                found[name] = kind(value) if kind is bool or (kind is int and value == int(value)) else value
        for kind in self.decay:
            if kind in options and "weight_decay" in self.arguments():
                found["weight_decay"] = options[kind]
                if self.switch:
                    found[self.switch] = kind == DECOUPLED
        return found


def pytorch(make: Callable, names: dict, decay: tuple[str, ...] = (), switch: str | None = None) -> Reference:
    """Return an optimizer of PyTorch, on its code path for single tensors."""
    fixed = {"foreach": False} if "foreach" in inspect.signature(make).parameters else {}
    return Reference(PYTORCH, make, names, decay, switch, fixed, title=f"torch.optim.{make.__name__}")


def package(make: Callable, names: dict, decay: tuple[str, ...] = (), switch: str | None = None) -> Reference:
    """Return an optimizer of pytorch_optimizer, on its code path for single tensors."""
    fixed = {"foreach": False} if "foreach" in inspect.signature(make).parameters else {}
    return Reference(PACKAGE, make, names, decay, switch, fixed)


def transformation(make: Callable, names: dict, decay: tuple[str, ...] = (), title: str | None = None) -> Reference:
    """Return an optimizer of Optax. Kinds of decay that it has no argument for are chained before or after it."""
    return Reference(OPTAX, make, names, decay, title=title)


BOTH = (COUPLED, DECOUPLED)
AVERAGING = {"warmup_steps": "warmup_steps", "average_power": "r", "rate_power": "weight_lr_power"}

# What is recorded as the first reference of formulas.md, by method.
FIRST = {
    "adamw": pytorch(torch.optim.AdamW, {**BETAS, "amsgrad": "amsgrad"}, (DECOUPLED,)),
    "adamax": pytorch(torch.optim.Adamax, BETAS, (COUPLED,)),
    "nadam": pytorch(torch.optim.NAdam, {**BETAS, "momentum_decay": "momentum_decay"}, BOTH, DECOUPLED),
    "radam": pytorch(torch.optim.RAdam, BETAS, BOTH, DECOUPLED),
    "adadelta": pytorch(torch.optim.Adadelta, {"rho": "rho", "epsilon": "eps"}, (COUPLED,)),
    "rprop": pytorch(
        torch.optim.Rprop,
        {
            "eta_minus": ("etas", 0),
            "eta_plus": ("etas", 1),
            "minimum_step": ("step_sizes", 0),
            "maximum_step": ("step_sizes", 1),
        },
    ),
    "asgd": pytorch(torch.optim.ASGD, {"lambda": "lambd", "alpha": "alpha", "t0": "t0"}, (COUPLED,)),
    "lion": transformation(optax.lion, {"beta1": "b1", "beta2": "b2"}, (DECOUPLED,)),
    "signum": package(
        pytorch_optimizer.SignSGD, {"momentum_decay": "momentum"}, (DECOUPLED, COUPLED), "weight_decouple"
    ),
    "adan": transformation(optax.adan, {**OPTAX_BETAS, "beta3": "b3"}, (DECOUPLED,)),
    "ademamix": transformation(
        contrib.ademamix, {**OPTAX_BETAS, "beta3": "b3", "alpha": "alpha"}, (DECOUPLED,), "contrib.ademamix"
    ),
    "adabelief": transformation(optax.adabelief, {**OPTAX_BETAS, "nesterov": "nesterov"}, BOTH),
    "yogi": transformation(optax.yogi, {"beta1": "b1", "beta2": "b2", "epsilon": "eps"}, BOTH),
    "adopt": package(pytorch_optimizer.ADOPT, BETAS, BOTH, "weight_decouple"),
    "ftrl": package(
        pytorch_optimizer.FTRL, {"beta": "beta", "l1": "lambda_1", "l2": "lambda_2", "rate_power": "lr_power"}
    ),
    "schedule_free_sgd": Reference(
        AUTHORS,
        schedulefree.SGDScheduleFree,
        {"momentum_decay": "momentum", **AVERAGING},
        (COUPLED,),
        fixed={"foreach": False},
    ),
    "schedule_free_adamw": Reference(
        AUTHORS, schedulefree.AdamWScheduleFree, {**BETAS, **AVERAGING}, (DECOUPLED,), fixed={"foreach": False}
    ),
    "mars": package(
        pytorch_optimizer.MARS,
        {
            **BETAS,
            "gamma": "gamma",
            "ams_bound": "ams_bound",
            "cautious": "cautious",
            "vectors_too": "optimize_1d",
            "vector_learning_rate": "lr_1d",
            "vector_beta1": ("betas_1d", 0),
            "vector_beta2": ("betas_1d", 1),
            "vector_decoupled_weight_decay": "weight_decay_1d",
        },
        (DECOUPLED,),
        "weight_decouple",
    ),
    "lars": transformation(
        optax.lars,
        {
            "momentum_decay": "momentum",
            "trust_coefficient": "trust_coefficient",
            "epsilon": "eps",
            "nesterov": "nesterov",
        },
        (COUPLED,),
    ),
    "lamb": transformation(optax.lamb, OPTAX_BETAS, (DECOUPLED,)),
    "adafactor": pytorch(
        torch.optim.Adafactor,
        {"beta2_power": "beta2_decay", "epsilon": ("eps", 0), "epsilon_scale": ("eps", 1), "clip_threshold": "d"},
        (DECOUPLED,),
    ),
    "novograd": transformation(optax.novograd, OPTAX_BETAS, (DECOUPLED,)),
    "prodigy": Reference(
        AUTHORS,
        prodigyopt.Prodigy,
        {
            **BETAS,
            "beta3": "beta3",
            "initial_distance": "d0",
            "distance_coefficient": "d_coef",
            "growth_rate": "growth_rate",
            "bias_correction": "use_bias_correction",
            "safeguard_warmup": "safeguard_warmup",
        },
        (DECOUPLED, COUPLED),
        "decouple",
    ),
    "muon": pytorch(
        torch.optim.Muon,
        {"momentum_decay": "momentum", "epsilon": "eps", "nesterov": "nesterov", "newton_schulz_steps": "ns_steps"},
        (DECOUPLED,),
    ),
    "shampoo": package(
        pytorch_optimizer.Shampoo,
        {
            "momentum_decay": "momentum",
            "epsilon": "matrix_eps",
            "precondition_frequency": "preconditioning_compute_steps",
        },
        BOTH,
        "weight_decouple",
    ),
    "soap": package(
        pytorch_optimizer.SOAP,
        {
            **BETAS,
            "shampoo_beta": "shampoo_beta",
            "precondition_frequency": "precondition_frequency",
            "maximum_side": "max_precondition_dim",
            "bias_correction": "correct_bias",
            "normalize": "normalize_gradient",
        },
        (DECOUPLED,),
    ),
}

# The other references: by method and dialect.
OTHERS = {
    ("adamw", "optax"): transformation(optax.adamw, OPTAX_BETAS, (DECOUPLED,)),
    ("nadam", "optax"): transformation(optax.nadamw, OPTAX_BETAS, (DECOUPLED,), "nadamw (nadam is that without decay)"),
    ("radam", "optax"): transformation(
        optax.radam, {**OPTAX_BETAS, "threshold": "threshold", "nesterov": "nesterov"}, BOTH
    ),
    ("rprop", "optax"): transformation(
        optax.rprop,
        {
            "eta_minus": "eta_minus",
            "eta_plus": "eta_plus",
            "minimum_step": "min_step_size",
            "maximum_step": "max_step_size",
        },
    ),
    ("adopt", "optax"): transformation(
        contrib.adopt,
        {
            "beta1": "b1",
            "beta2": "b2",
            "epsilon": "eps",
            "nesterov": "nesterov",
            "clip": "use_clipping",
        },
        BOTH,
        "contrib.adopt",
    ),
    ("adan", "pytorch_optimizer"): package(
        pytorch_optimizer.Adan,
        {"beta1": ("betas", 0), "beta2": ("betas", 1), "beta3": ("betas", 2), "epsilon": "eps"},
        ("proximal_weight_decay", DECOUPLED),
        "weight_decouple",
    ),
    ("ademamix", "pytorch_optimizer"): package(
        pytorch_optimizer.AdEMAMix,
        {
            "beta1": ("betas", 0),
            "beta2": ("betas", 1),
            "beta3": ("betas", 2),
            "epsilon": "eps",
            "alpha": "alpha",
            "slow_warmup_steps": "t_alpha_beta3",
        },
        BOTH,
        "weight_decouple",
    ),
    ("adafactor", "optax"): transformation(
        optax.adafactor,
        {
            "minimum_side": "min_dim_size_to_factor",
            "decay_rate": "decay_rate",
            "scale_by_weights": "multiply_by_parameter_scale",
            "clip_threshold": "clipping_threshold",
            "momentum_decay": "momentum",
            "rate_free_weight_decay": "weight_decay_rate",
            "epsilon": "eps",
        },
    ),
    ("muon", "optax"): transformation(
        contrib.muon,
        {
            "momentum_decay": "beta",
            "epsilon": "eps",
            "nesterov": "nesterov",
            "newton_schulz_steps": "ns_steps",
            "vector_beta1": "adam_b1",
            "vector_beta2": "adam_b2",
            "vector_decoupled_weight_decay": "adam_weight_decay",
        },
        (DECOUPLED,),
        "contrib.muon",
    ),
}
