"""State dictionaries of PyTorch's optimizers, and how the training goes on. Writes state_dicts.json beside this script.

Run by hand, after something of the exchange with PyTorch was changed, with a Python that has PyTorch:

    pip install torch
    python Tests/Golden/generate_state_dicts.py

Each run makes some steps, records the state dictionary and the weights, and makes some more. Numbers are hexadecimal
texts of those that PyTorch has, float32 or float64.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from hex_json import to_hex, write

BEFORE, AFTER = 5, 4
SHAPES = [(2, 3), (4,), (2, 1, 2)]

# The optimizer, its options, what the second group (of the last tensor) has of its own, and the type.
RUNS = [
    ("SGD", {"lr": 0.1}, {"lr": 0.01, "weight_decay": 0.5}, torch.float32),
    ("SGD", {"lr": 0.1, "momentum": 0.9}, {}, torch.float32),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": 0.25}, {"momentum": 0, "lr": 0.2}, torch.float64),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, {"momentum": 0.5}, torch.float32),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "maximize": True}, None, torch.float64),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.5}, {"lr": 0.5, "eps": 0.1}, torch.float64),
    ("Adagrad", {}, None, torch.float32),
    ("RMSprop", {"lr": 0.05}, {"alpha": 0.5}, torch.float32),
    ("RMSprop", {"lr": 0.05, "centered": True}, None, torch.float64),
    ("RMSprop", {"lr": 0.05, "momentum": 0.9, "centered": True}, {"momentum": 0}, torch.float64),
    ("RMSprop", {"lr": 0.05, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-3}, {"lr": 0.1}, torch.float32),
    ("Adam", {}, None, torch.float32),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3}, {"weight_decay": 0.1}, torch.float64),
    ("Adam", {"lr": 0.1, "amsgrad": True, "maximize": True}, {"lr": 0.2, "betas": (0.8, 0.9)}, torch.float64),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1}, {"weight_decay": 0}, torch.float32),
    ("Adadelta", {}, None, torch.float32),
    ("Adadelta", {"lr": 0.5, "rho": 0.5, "maximize": True}, {"eps": 1e-3, "weight_decay": 0.1}, torch.float64),
    ("Rprop", {}, None, torch.float32),
    ("Rprop", {"lr": 0.3, "etas": (0.25, 1.5)}, {"lr": 0.1, "step_sizes": (0.01, 0.2)}, torch.float64),
    ("ASGD", {"lr": 0.1, "t0": 1}, {"lr": 0.2, "t0": 4.5}, torch.float32),
    ("ASGD", {"lr": 0.1, "lambd": 0.5, "t0": 2}, {"alpha": 0.5, "weight_decay": 0.1}, torch.float64),
    ("NAdam", {"weight_decay": 0.1}, {"betas": (0.5, 0.75)}, torch.float32),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}, {"momentum_decay": 0.5}, torch.float64),
    ("RAdam", {"weight_decay": 0.1}, None, torch.float32),
    ("RAdam", {"betas": (0.5, 0.9), "weight_decay": 0.1}, {"lr": 0.1, "decoupled_weight_decay": True}, torch.float64),
    ("Adamax", {}, None, torch.float32),
    ("Adamax", {"lr": 0.1, "betas": (0.5, 0.75), "maximize": True}, {"eps": 0.1, "weight_decay": 0.1}, torch.float64),
]


def plain(value: Any) -> Any:
    """A value as JSON has it; a tensor as dtype, shape and hexadecimal numbers."""
    if isinstance(value, torch.Tensor):
        array = value.detach().numpy()
        return {"dtype": array.dtype.name, "shape": array.shape, "numbers": [to_hex(x) for x in array.ravel()]}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def run(name: str, options: dict, own: dict | None, dtype: torch.dtype, seed: int) -> dict:
    """Train for a while, record, and train on."""
    # Of these it has a part of the state in the default type.
    torch.set_default_dtype(dtype if name in ("ASGD", "NAdam") else torch.float32)
    random = np.random.default_rng(seed)
    weights = [torch.tensor(random.uniform(-2, 2, shape), dtype=dtype, requires_grad=True) for shape in SHAPES]
    groups = [{"params": weights}] if own is None else [{"params": weights[:2]}, {"params": weights[2:], **own}]
    optimizer = getattr(torch.optim, name)(groups, foreach=False, **options)
    gradients = [
        [torch.tensor(random.normal(size=shape), dtype=dtype) for shape in SHAPES] for _ in range(BEFORE + AFTER)
    ]
    recorded = {}
    for step, gradient in enumerate(gradients):
        if step == BEFORE:
            recorded = {"state_dict": plain(optimizer.state_dict()), "weights": plain(weights)}
        for weight, slope in zip(weights, gradient, strict=True):
            weight.grad = slope
        optimizer.step()
    return {
        "optimizer": name,
        **recorded,
        "gradients": plain(gradients[BEFORE:]),
        "final_weights": plain(weights),
        "final_state_dict": plain(optimizer.state_dict()),
    }


def main() -> None:
    """Make all runs and write the file."""
    runs = [run(*settings, seed=seed) for seed, settings in enumerate(RUNS)]
    write(Path(__file__).with_name("state_dicts.json"), {"source": f"PyTorch {torch.__version__}", "runs": runs})


if __name__ == "__main__":
    main()
