"""Golden trajectories of the optimizers, made with PyTorch's own ones. Writes trajectories.json beside this script.

Run by hand with any Python that has PyTorch, after an algorithm was added:

    python Tests/Golden/generate_trajectories.py

PyTorch's options are set so that its arithmetic is the textbook form, up to the order of operations: its Momentum and
Nesterov keep a velocity that is not yet multiplied by the learning rate, which at a constant rate gives the same
weights. Everything is computed in float64. Initial weights and gradients are float32 numbers, so that a float32
optimizer can be given exactly the same ones; its results differ from these by its own rounding only, which a trajectory
made in float32 would hide behind PyTorch's.
"""

import random
from pathlib import Path

import torch
from hex_json import to_hex, write

STEPS = 120
RECORDED = [1, 2, 3, 4, 5, 7, 10, 15, *range(20, STEPS + 1, 10)]
SCALES = [1e-6, 1e-4, 1e-2, 1, 1e2, 1e4, 1e6]
SEED = 20230711

# Algorithm, PyTorch's class, its name for each of the library's options, and what else makes it the textbook form.
ALGORITHMS = [
    ("sgd", torch.optim.SGD, {}, {}),
    ("momentum", torch.optim.SGD, {"momentum_decay": "momentum"}, {}),
    ("nesterov", torch.optim.SGD, {"momentum_decay": "momentum"}, {"nesterov": True}),
    ("adagrad", torch.optim.Adagrad, {"epsilon": "eps"}, {"lr_decay": 0, "initial_accumulator_value": 0}),
    ("rmsprop", torch.optim.RMSprop, {"rho": "alpha", "epsilon": "eps"}, {"momentum": 0, "centered": False}),
    ("adam", torch.optim.Adam, {"epsilon": "eps"}, {"amsgrad": False}),
]

# The library's defaults, written out because they are what is checked; then the same with weight decay; then values far
# from the defaults, with an epsilon that is not small beside some of the gradients.
DEFAULTS = {
    "sgd": {"learning_rate": 0.01},
    "momentum": {"learning_rate": 0.01, "momentum_decay": 0.9},
    "nesterov": {"learning_rate": 0.01, "momentum_decay": 0.9},
    "adagrad": {"learning_rate": 0.01, "epsilon": 1e-7},
    "rmsprop": {"learning_rate": 0.01, "rho": 0.99, "epsilon": 1e-7},
    "adam": {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
OTHERS = {
    "sgd": {"learning_rate": 0.3, "weight_decay": 0.5},
    "momentum": {"learning_rate": 0.3, "momentum_decay": 0.5, "weight_decay": 0.25},
    "nesterov": {"learning_rate": 0.3, "momentum_decay": 0.5, "weight_decay": 0.25},
    "adagrad": {"learning_rate": 0.5, "epsilon": 1e-3, "weight_decay": 0.25},
    "rmsprop": {"learning_rate": 0.05, "rho": 0.75, "epsilon": 1e-3, "weight_decay": 0.25},
    "adam": {"learning_rate": 0.05, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "weight_decay": 0.25},
}


def as_float32(values: list[float]) -> list[float]:
    """Round to the nearest float32 numbers."""
    return torch.tensor(values, dtype=torch.float32).to(torch.float64).tolist()


def problem() -> tuple[list[float], list[list[float]]]:
    """Return the initial weights and the gradient of each step: one element for each scale, and one of mixed scales."""
    draws = random.Random(SEED)
    initial = as_float32([draws.uniform(-2, 2) for _ in range(len(SCALES) + 1)])
    gradients = [
        as_float32([draws.gauss(0.3, 1) * scale for scale in [*SCALES, 10 ** draws.uniform(-6, 6)]])
        for _ in range(STEPS)
    ]
    return initial, gradients


def settings(names: dict[str, str], options: dict[str, float]) -> dict:
    """Return the library's options as PyTorch's keyword arguments."""
    names = {"learning_rate": "lr", **names}
    arguments = {names.get(name, name): value for name, value in options.items() if name not in ("beta1", "beta2")}
    if "beta1" in options:
        arguments["betas"] = (options["beta1"], options["beta2"])
    return arguments


def trajectory(optimizer: torch.optim.Optimizer, gradients: list[list[float]]) -> list[list[str]]:
    """Step PyTorch's optimizer, which has one tensor, and return the weights at the recorded steps."""
    weights = optimizer.param_groups[0]["params"][0]
    recorded = []
    for step, gradient in enumerate(gradients, start=1):
        weights.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        if step in RECORDED:
            recorded.append([to_hex(weight) for weight in weights.tolist()])
    return recorded


def main() -> None:
    """Make every trajectory and write the file."""
    initial, gradients = problem()
    runs = []
    for algorithm, optimizer_class, names, fixed in ALGORITHMS:
        defaults = DEFAULTS[algorithm]
        for options in (defaults, {**defaults, "weight_decay": 0.01}, OTHERS[algorithm]):
            weights = torch.tensor(initial, dtype=torch.float64, requires_grad=True)
            optimizer = optimizer_class([weights], **settings(names, options), **fixed, foreach=False)
            runs.append({"algorithm": algorithm, "options": options, "weights": trajectory(optimizer, gradients)})
    write(
        Path(__file__).with_name("trajectories.json"),
        {
            "source": f"PyTorch {torch.__version__}, float64",
            "recorded_steps": RECORDED,
            "initial": [to_hex(weight) for weight in initial],
            "gradients": [[to_hex(value) for value in gradient] for gradient in gradients],
            "runs": runs,
        },
    )


if __name__ == "__main__":
    main()
