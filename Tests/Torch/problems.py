"""Trainings of a small network, and what of an optimizer is compared."""

import torch
from torch import nn

import descent.torch
from descent._c.table import ALGORITHMS

# The classes that torch.optim has too, with hyperparameters under which they differ from their defaults.
SETTINGS = [
    ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01, "maximize": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.1, "weight_decay": 0.01}),
    ("RMSprop", {"lr": 0.001}),
    ("RMSprop", {"lr": 0.001, "momentum": 0.9, "centered": True, "weight_decay": 0.01, "eps": 1e-5}),
    ("Adam", {}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "weight_decay": 0.01, "betas": (0.8, 0.99), "maximize": True}),
    ("Adam", {"lr": 0.01, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.3, "amsgrad": True, "eps": 1e-6}),
    ("Adamax", {"lr": 0.01, "weight_decay": 0.01}),
    ("NAdam", {"lr": 0.01, "momentum_decay": 0.1}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.01}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True, "betas": (0.8, 0.9)}),
    ("Adadelta", {"lr": 1.0, "rho": 0.8, "weight_decay": 0.01}),
    ("Rprop", {"lr": 0.01, "etas": (0.4, 1.3), "step_sizes": (1e-5, 1.0)}),
    ("ASGD", {"lr": 0.1, "t0": 20, "lambd": 0.01, "weight_decay": 0.01}),
    ("Adafactor", {"lr": 0.05, "weight_decay": 0.01, "d": 2.0}),
]
IDS = ["-".join([name, *options]) for name, options in SETTINGS]
# Every class that is stepped, once, under the library's name.
EVERY = [kind for kind in descent.torch.OPTIMIZERS.values() if not issubclass(kind, descent.torch.BatchOptimizer)]


def theirs(name):
    """The class in torch.optim, which older versions may lack."""
    return getattr(torch.optim, name)


def ours(name):
    return getattr(descent.torch, name)


class Training:
    """A perceptron on data that are always the same."""

    def __init__(self, make, dtype=torch.float32, seed=0):
        generator = torch.Generator().manual_seed(seed)
        self.model = nn.Sequential(nn.Linear(8, 12), nn.Tanh(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 3)).to(
            dtype
        )
        with torch.no_grad():
            for parameter in self.model.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.4)
        self.inputs = torch.randn(40, 8, generator=generator).to(dtype)
        self.labels = torch.randint(0, 3, (40,), generator=generator)
        self.optimizer = make(self.model.parameters())

    def loss(self):
        return nn.functional.cross_entropy(self.model(self.inputs), self.labels)

    def run(self, steps):
        for _ in range(steps):
            self.optimizer.zero_grad()
            self.loss().backward()
            self.optimizer.step()
        return self

    def arrays(self):
        return [parameter.detach().clone() for parameter in self.model.parameters()]

    def adopt(self, arrays):
        with torch.no_grad():
            for parameter, array in zip(self.model.parameters(), arrays, strict=True):
                parameter.copy_(array)
        return self


def require_close(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


def same_bits(found, expected):
    return all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def parameter(*shape, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.Parameter(torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype))


def gradients_for(parameters, step):
    """Puts gradients there that depend on the number of the step alone."""
    for index, one in enumerate(parameters):
        generator = torch.Generator().manual_seed(1000 * step + index)
        one.grad = torch.randn(one.shape, generator=generator, dtype=torch.float64).to(one.dtype)


def library_class(kind):
    """The class of NumPy's side with the same algorithm."""
    return getattr(descent, ALGORITHMS[kind._form.algorithm.name].title)
