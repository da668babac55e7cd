"""Golden trajectories of the dialects, made by the frameworks themselves. Writes dialects.json beside this script.

Run by hand, after an algorithm or a dialect was added, with a Python that has PyTorch, Keras 3, Optax and JAX:

    pip install torch keras optax jax
    python Tests/Golden/generate_dialects.py

Everything is computed in float64, in which all three frameworks can work (Keras and Optax on JAX). Initial weights and
gradients are float32 numbers, so that a float32 optimizer can be given exactly the same ones. The file also has the
frameworks' defaults, read from the signatures of their optimizers.
"""

import inspect
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch

STEPS = 40
RECORDED = [1, 2, 3, 5, 10, 20, 30, 40]
SCALES = [1e-6, 1e-3, 1, 1, 1, 1e2, 1e6]
SEED = 20240229
# In "changing" runs the learning rate of step t is the option times number (t - 1) % 8 of these.
RATE_FACTORS = [1, 0.5, 0.25, 2, 0, 1.5, 0.125, 0.75]

PYTORCH, KERAS, OPTAX = "pytorch", "keras", "optax"

# A run: dialect, algorithm, and the library's options that are not the dialect's defaults.
RUNS = [
    (PYTORCH, "sgd", {}),
    (PYTORCH, "sgd", {"learning_rate": 0.1, "weight_decay": 0.1, "maximize": 1}),
    (PYTORCH, "momentum", {"momentum_decay": 0.9}),
    (PYTORCH, "momentum", {"learning_rate": 0.05, "momentum_decay": 0.5, "dampening": 0.25}),
    (PYTORCH, "momentum", {"learning_rate": 0.05, "momentum_decay": 0, "dampening": 0.25}),
    (PYTORCH, "momentum", {"learning_rate": 0.05, "momentum_decay": 0.7, "dampening": 0.5, "weight_decay": 0.1}),
    (PYTORCH, "nesterov", {"momentum_decay": 0.9}),
    (PYTORCH, "nesterov", {"learning_rate": 0.05, "momentum_decay": 0.5, "weight_decay": 0.1, "maximize": 1}),
    (PYTORCH, "adagrad", {}),
    (PYTORCH, "adagrad", {"learning_rate": 0.2, "learning_rate_decay": 0.125, "initial_accumulator": 0.5}),
    (PYTORCH, "adagrad", {"epsilon": 1e-3, "learning_rate_decay": 0.01, "weight_decay": 0.1}),
    (PYTORCH, "rmsprop", {}),
    (PYTORCH, "rmsprop", {"centered": 1, "rho": 0.9}),
    (PYTORCH, "rmsprop", {"momentum_decay": 0.9}),
    (PYTORCH, "rmsprop", {"centered": 1, "momentum_decay": 0.5, "rho": 0.75, "epsilon": 1e-3, "weight_decay": 0.1}),
    (PYTORCH, "adam", {}),
    (PYTORCH, "adam", {"amsgrad": 1}),
    (PYTORCH, "adam", {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "weight_decay": 0.1}),
    (PYTORCH, "adam", {"amsgrad": 1, "learning_rate": 0.1, "beta2": 0.5, "weight_decay": 0.1, "maximize": 1}),
    (PYTORCH, "adam", {"decoupled_weight_decay": 0.01}),
    (PYTORCH, "adam", {"amsgrad": 1, "learning_rate": 0.1, "decoupled_weight_decay": 0.5, "beta2": 0.5}),
    (KERAS, "sgd", {}),
    (KERAS, "sgd", {"learning_rate": 0.1, "decoupled_weight_decay": 0.5, "clip_value": 1}),
    (KERAS, "sgd", {"learning_rate": 0.1, "clip_norm": 2}),
    (KERAS, "momentum", {"momentum_decay": 0.9}),
    (KERAS, "momentum", {"learning_rate": 0.1, "momentum_decay": 0.5, "decoupled_weight_decay": 0.1}),
    (KERAS, "nesterov", {"momentum_decay": 0.9}),
    (KERAS, "nesterov", {"learning_rate": 0.1, "momentum_decay": 0.5, "clip_norm": 100}),
    (KERAS, "adagrad", {}),
    (KERAS, "adagrad", {"learning_rate": 0.2, "initial_accumulator": 0, "epsilon": 1e-3}),
    (KERAS, "rmsprop", {}),
    (KERAS, "rmsprop", {"centered": 1}),
    (KERAS, "rmsprop", {"momentum_decay": 0.9}),
    (KERAS, "rmsprop", {"centered": 1, "momentum_decay": 0.5, "rho": 0.75, "epsilon": 1e-3}),
    (KERAS, "adam", {}),
    (KERAS, "adam", {"amsgrad": 1, "beta2": 0.5}),
    (KERAS, "adam", {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "clip_value": 2, "decoupled_weight_decay": 0.1}),
    (OPTAX, "sgd", {"learning_rate": 0.01, "clip_norm": 2}),
    (OPTAX, "momentum", {"learning_rate": 0.01, "momentum_decay": 0.9}),
    (OPTAX, "momentum", {"learning_rate": 0.1, "momentum_decay": 0.5, "weight_decay": 0.1, "clip_norm": 100}),
    (OPTAX, "nesterov", {"learning_rate": 0.01, "momentum_decay": 0.9}),
    (OPTAX, "adagrad", {"learning_rate": 0.01}),
    (OPTAX, "adagrad", {"learning_rate": 0.2, "initial_accumulator": 0, "epsilon": 1e-3, "clip_value": 1}),
    (OPTAX, "rmsprop", {"learning_rate": 0.01}),
    (OPTAX, "rmsprop", {"learning_rate": 0.01, "centered": 1}),
    (OPTAX, "rmsprop", {"learning_rate": 0.01, "momentum_decay": 0.9}),
    (OPTAX, "rmsprop", {"learning_rate": 0.1, "centered": 1, "momentum_decay": 0.5, "rho": 0.75, "epsilon": 1e-3}),
    (OPTAX, "adam", {"learning_rate": 0.01}),
    (OPTAX, "adam", {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "weight_decay": 0.1}),
    (OPTAX, "adam", {"learning_rate": 0.01, "amsgrad": 1}),
    (OPTAX, "adam", {"learning_rate": 0.1, "amsgrad": 1, "beta2": 0.5, "weight_decay": 0.1}),
    (OPTAX, "adam", {"learning_rate": 0.01, "decoupled_weight_decay": 0.5}),
]

# The optimizers, and what they call the library's options.
NAMES = {
    PYTORCH: {
        "sgd": (torch.optim.SGD, {}),
        "momentum": (torch.optim.SGD, {"momentum_decay": "momentum", "dampening": "dampening"}),
        "nesterov": (torch.optim.SGD, {"momentum_decay": "momentum"}),
        "adagrad": (
            torch.optim.Adagrad,
            {
                "learning_rate_decay": "lr_decay",
                "initial_accumulator": "initial_accumulator_value",
                "epsilon": "eps",
            },
        ),
        "rmsprop": (
            torch.optim.RMSprop,
            {"rho": "alpha", "epsilon": "eps", "momentum_decay": "momentum", "centered": "centered"},
        ),
        "adam": (torch.optim.Adam, {"epsilon": "eps", "amsgrad": "amsgrad"}),
    },
    KERAS: {
        "sgd": (keras.optimizers.SGD, {}),
        "momentum": (keras.optimizers.SGD, {"momentum_decay": "momentum"}),
        "nesterov": (keras.optimizers.SGD, {"momentum_decay": "momentum"}),
        "adagrad": (
            keras.optimizers.Adagrad,
            {"initial_accumulator": "initial_accumulator_value", "epsilon": "epsilon"},
        ),
        "rmsprop": (
            keras.optimizers.RMSprop,
            {"rho": "rho", "epsilon": "epsilon", "momentum_decay": "momentum", "centered": "centered"},
        ),
        "adam": (
            keras.optimizers.Adam,
            {"beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon", "amsgrad": "amsgrad"},
        ),
    },
    OPTAX: {
        "sgd": (optax.sgd, {}),
        "momentum": (optax.sgd, {"momentum_decay": "momentum"}),
        "nesterov": (optax.sgd, {"momentum_decay": "momentum"}),
        "adagrad": (
            optax.adagrad,
            {"initial_accumulator": "initial_accumulator_value", "epsilon": "eps"},
        ),
        "rmsprop": (
            optax.rmsprop,
            {"rho": "decay", "epsilon": "eps", "momentum_decay": "momentum", "centered": "centered"},
        ),
        "adam": (optax.adam, {"beta1": "b1", "beta2": "b2", "epsilon": "eps"}),
    },
}
LEARNING_RATE = {PYTORCH: "lr", KERAS: "learning_rate", OPTAX: "learning_rate"}
SWITCHES = {"centered", "amsgrad"}

Rate = Callable[[int], float]
Gradients = list[list[float]]


def as_float32(values: list[float]) -> list[float]:
    """Round to the nearest float32 numbers."""
    return np.asarray(values, dtype=np.float32).astype(np.float64).tolist()


def problem() -> tuple[list[float], Gradients]:
    """Return the initial weights and the gradient of each step: one element for each scale, and one that is often 0."""
    draws = random.Random(SEED)
    initial = as_float32([draws.uniform(-2, 2) for _ in range(len(SCALES) + 1)])
    gradients = [
        as_float32([draws.gauss(0.3, 1) * scale for scale in SCALES] + [draws.choice([0, 0, 0, 1, -0.25])])
        for _ in range(STEPS)
    ]
    return initial, gradients


def defaults(dialect: str, algorithm: str) -> dict[str, float]:
    """Return the framework's own defaults under the library's names, as far as it has any."""
    make, names = NAMES[dialect][algorithm]
    parameters = inspect.signature(make).parameters
    found = {}
    for option, name in {"learning_rate": LEARNING_RATE[dialect], **names}.items():
        value = parameters[name].default
        if option == "momentum_decay" and algorithm != "rmsprop":
            continue  # 0 or None: without momentum it is the library's sgd
        if value is not inspect.Parameter.empty:
            found[option] = float(value or 0)
    if dialect == PYTORCH and algorithm == "adam":
        found["beta1"], found["beta2"] = parameters["betas"].default
    return found


def arguments(dialect: str, algorithm: str, options: dict[str, float]) -> dict:
    """Return the options that belong to the algorithm as the framework's keyword arguments."""
    names = NAMES[dialect][algorithm][1]
    found = {
        names[name]: bool(value) if name in SWITCHES else value for name, value in options.items() if name in names
    }
    if algorithm == "nesterov":
        found["nesterov"] = True
    if dialect == PYTORCH and "beta2" in options:
        found["betas"] = (options.get("beta1", 0.9), options["beta2"])
    return found


def run_pytorch(algorithm: str, options: dict, rate: Rate, initial: list[float], gradients: Gradients) -> list:
    """Step PyTorch's optimizer."""
    make = torch.optim.AdamW if "decoupled_weight_decay" in options else NAMES[PYTORCH][algorithm][0]
    decay = options.get("decoupled_weight_decay", options.get("weight_decay", 0))
    weights = torch.tensor(initial, dtype=torch.float64, requires_grad=True)
    optimizer = make(
        [weights],
        lr=rate(1),
        weight_decay=decay,
        maximize=bool(options.get("maximize", 0)),
        foreach=False,
        **arguments(PYTORCH, algorithm, options),
    )
    recorded = []
    for step, gradient in enumerate(gradients, start=1):
        optimizer.param_groups[0]["lr"] = rate(step)
        weights.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        if step in RECORDED:
            recorded.append(weights.tolist())
    return recorded


def run_keras(algorithm: str, options: dict, rate: Rate, initial: list[float], gradients: Gradients) -> list:
    """Step Keras' optimizer."""
    optimizer = NAMES[KERAS][algorithm][0](
        learning_rate=rate(1),
        weight_decay=options.get("decoupled_weight_decay"),
        clipvalue=options.get("clip_value"),
        global_clipnorm=options.get("clip_norm"),
        **arguments(KERAS, algorithm, options),
    )
    weights = keras.Variable(np.asarray(initial), dtype="float64")
    optimizer.build([weights])
    # The learning rate is a variable of Keras' float type.
    assert optimizer._learning_rate.dtype == "float64"
    recorded = []
    for step, gradient in enumerate(gradients, start=1):
        optimizer.learning_rate = rate(step)
        optimizer.apply([jnp.asarray(gradient, dtype=jnp.float64)])
        if step in RECORDED:
            recorded.append(np.asarray(weights.value).tolist())
    return recorded


def run_optax(algorithm: str, options: dict, rate: Rate, initial: list[float], gradients: Gradients) -> list:
    """Step Optax' transformations."""
    rates = jnp.asarray([rate(step) for step in range(1, STEPS + 1)], dtype=jnp.float64)
    known = arguments(OPTAX, algorithm, options)
    make = NAMES[OPTAX][algorithm][0]
    if options.get("amsgrad"):
        make = optax.amsgrad
    if "decoupled_weight_decay" in options:
        make = optax.adamw
        known["weight_decay"] = options["decoupled_weight_decay"]
    chain = []
    if "clip_value" in options:
        chain.append(optax.clip(options["clip_value"]))
    if "clip_norm" in options:
        chain.append(optax.clip_by_global_norm(options["clip_norm"]))
    if "weight_decay" in options:
        chain.append(optax.add_decayed_weights(options["weight_decay"]))
    transformation = optax.chain(*chain, make(lambda count: rates[count], **known))
    weights = jnp.asarray(initial, dtype=jnp.float64)
    state = transformation.init(weights)
    recorded = []
    for step, gradient in enumerate(gradients, start=1):
        updates, state = transformation.update(jnp.asarray(gradient, dtype=jnp.float64), state, weights)
        weights = optax.apply_updates(weights, updates)
        if step in RECORDED:
            recorded.append(np.asarray(weights).tolist())
    return recorded


FRAMEWORKS = {PYTORCH: run_pytorch, KERAS: run_keras, OPTAX: run_optax}


def main() -> None:
    """Make every trajectory, at a constant and at a changing learning rate, and write the file."""
    keras.config.set_floatx("float64")
    initial, gradients = problem()
    runs = []
    for dialect, algorithm, options in RUNS:
        own = options.get("learning_rate", defaults(dialect, algorithm).get("learning_rate"))
        for changing in (False, True):

            def rate(step: int, own: float = own, changing: bool = changing) -> float:
                return own * RATE_FACTORS[(step - 1) % len(RATE_FACTORS)] if changing else own

            weights = FRAMEWORKS[dialect](algorithm, options, rate, initial, gradients)
            assert np.isfinite(weights).all(), (dialect, algorithm, options)
            runs.append(
                {
                    "dialect": dialect,
                    "algorithm": algorithm,
                    "options": options,
                    "changing": changing,
                    "weights": weights,
                }
            )
    versions = (
        f"PyTorch {torch.__version__}, Keras {keras.__version__}, Optax {optax.__version__}, JAX {jax.__version__}"
    )
    head = {
        "source": versions,
        "recordedSteps": RECORDED,
        "rateFactors": RATE_FACTORS,
        "initial": initial,
        "defaults": {
            dialect: {algorithm: defaults(dialect, algorithm) for algorithm in NAMES[dialect]} for dialect in NAMES
        },
        "gradients": gradients,
    }
    lines = [f'  "{key}": {json.dumps(value)}' for key, value in head.items()]
    rows = ",\n    ".join(json.dumps(run, separators=(",", ":")) for run in runs)
    path = Path(__file__).with_name("dialects.json")
    path.write_text("{\n" + ",\n".join(lines) + f',\n  "runs": [\n    {rows}\n  ]\n}}\n')
    print(f"{path.name}: {path.stat().st_size} bytes, {len(runs)} runs, {versions}")


if __name__ == "__main__":
    main()
