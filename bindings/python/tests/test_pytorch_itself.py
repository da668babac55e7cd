"""Optimizers go from PyTorch to the library and back, if PyTorch is there."""

import io

import numpy as np
import pytest

import descent
from descent import pytorch


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


# The optimizer, its options, and what the group of the last parameter has of its own.
SETTINGS = [
    ("SGD", {"lr": 0.1, "weight_decay": 0.01}, {"lr": 0.03}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}, {"lr": 0.03}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}, {"lr": 0.03}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.1}, {"lr": 0.03}),
    ("RMSprop", {"lr": 0.02, "weight_decay": 0.01}, {"lr": 0.03}),
    ("RMSprop", {"lr": 0.02, "momentum": 0.9, "centered": True}, {"lr": 0.03}),
    ("Adam", {"lr": 0.1}, {"lr": 0.03}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "maximize": True}, {"lr": 0.03}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True}, {"lr": 0.03}),
    ("Adamax", {"lr": 0.1}, {"lr": 0.03}),
    ("Adamax", {"betas": (0.8, 0.95), "weight_decay": 0.1, "maximize": True}, {"betas": (0.5, 0.9), "eps": 1e-3}),
    ("NAdam", {"lr": 0.1}, {"lr": 0.03}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}, {"momentum_decay": 0.4, "betas": (0.5, 0.9)}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}, {"lr": 0.1, "decoupled_weight_decay": False}),
    ("RAdam", {"lr": 0.1}, {"lr": 0.03}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "maximize": True}, {"betas": (0.5, 0.6), "eps": 1e-3}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}, {"lr": 0.1, "decoupled_weight_decay": False}),
    ("Adadelta", {}, {"lr": 0.3}),
    ("Adadelta", {"rho": 0.7, "weight_decay": 0.1, "maximize": True}, {"rho": 0.95, "eps": 1e-3}),
    ("Rprop", {}, {"lr": 0.03}),
    ("Rprop", {"etas": (0.3, 1.5), "maximize": True}, {"etas": (0.7, 1.1), "step_sizes": (0.005, 0.02)}),
    ("ASGD", {"lr": 0.1}, {"lr": 0.03}),
    ("ASGD", {"lr": 0.1, "lambd": 0.1, "t0": 3, "maximize": True}, {"alpha": 0.5, "t0": 8.5, "weight_decay": 0.1}),
]
# By the type of the parameters, and PyTorch's default type, which numbers beside them have.
TYPES = {("float32", "float32"): 2e-5, ("float64", "float32"): 2e-6, ("float64", "float64"): 1e-12}


@pytest.fixture(params=TYPES, ids=[" ".join(types) for types in TYPES])
def kind_and_tolerance(torch, request):
    """The type of the parameters, while that which is PyTorch's default is set."""
    kind, default = request.param
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, default))
    yield getattr(torch, kind), TYPES[request.param]
    torch.set_default_dtype(before)


class Training:
    """The same problem in PyTorch: three parameters, the last of which is in a group of its own."""

    def __init__(self, torch, name, options, own, dtype):
        self.torch = torch
        random = np.random.default_rng(5)
        self.weights = [
            torch.tensor(random.normal(size=shape), dtype=dtype, requires_grad=True)
            for shape in [(3, 4), (5,), (2, 2, 2)]
        ]
        groups = [{"params": self.weights[:2]}, {"params": self.weights[2:], **own}]
        self.optimizer = getattr(torch.optim, name)(groups, **options)

    def gradients(self, step):
        return [np.cos(2 * weight.detach().numpy() + step) for weight in self.weights]

    def run(self, first, last):
        for step in range(first, last):
            for weight, gradient in zip(self.weights, self.gradients(step), strict=True):
                weight.grad = self.torch.from_numpy(gradient)
            self.optimizer.step()

    def take_over(self, arrays, optimizer):
        with self.torch.no_grad():
            for weight, array in zip(self.weights, arrays, strict=True):
                weight.copy_(self.torch.from_numpy(array))
        self.optimizer.load_state_dict(pytorch.to_state_dict(optimizer, tensor=self.torch.from_numpy))

    def arrays(self):
        return [weight.detach().numpy().copy() for weight in self.weights]

    def saved(self):
        """The state dictionary, through a file of PyTorch's own."""
        buffer = io.BytesIO()
        self.torch.save(self.optimizer.state_dict(), buffer)
        buffer.seek(0)
        return self.torch.load(buffer, weights_only=True)


def run_ours(optimizer, weights, first, last):
    for step in range(first, last):
        optimizer.step([(weight, np.cos(2 * weight + step)) for weight in weights])


def require_close(found, expected, tolerance):
    for array, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(array, other, rtol=tolerance, atol=tolerance)


def require_alike(found, expected, tolerance):
    """The same names everywhere, and the same values."""
    assert [group["params"] for group in found["param_groups"]] == [[0, 1], [2]]
    for group, other in zip(found["param_groups"], expected["param_groups"], strict=True):
        assert group.keys() - {"decoupled_weight_decay"} == other.keys() - {"decoupled_weight_decay"}
        assert {name for name in other if group[name] != other[name]} <= {"capturable", "fused"}
    assert found["state"].keys() == expected["state"].keys()
    for index, entry in expected["state"].items():
        assert found["state"][index].keys() == entry.keys()
        for name, value in entry.items():
            assert found["state"][index][name].shape == value.shape
            np.testing.assert_allclose(found["state"][index][name], value, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "options", "own"), SETTINGS)
def test_from_pytorch_and_back(torch, name, options, own, kind_and_tolerance):
    kind, tolerance = kind_and_tolerance
    whole = Training(torch, name, options, own, kind)
    whole.run(0, 6)
    training = Training(torch, name, options, own, kind)
    training.run(0, 6)
    optimizer = pytorch.from_state_dict(training.saved(), training.weights)
    again = pytorch.to_state_dict(optimizer, tensor=torch.from_numpy)
    require_alike(again, training.optimizer.state_dict(), min(tolerance, 1e-7))
    weights = training.arrays()
    run_ours(optimizer, weights, 6, 13)
    whole.run(6, 13)
    require_close(weights, whole.arrays(), tolerance)
    back = Training(torch, name, {}, {}, kind)
    back.take_over(weights, optimizer)
    back.run(13, 20)
    whole.run(13, 20)
    require_close(back.arrays(), whole.arrays(), tolerance)
    # And what PyTorch then has is what it would have had.
    require_alike(back.optimizer.state_dict(), whole.optimizer.state_dict(), tolerance)


@pytest.mark.parametrize(("name", "options", "own"), SETTINGS)
def test_from_the_library_to_pytorch(torch, name, options, own, kind_and_tolerance):
    kind, tolerance = kind_and_tolerance
    training = Training(torch, name, options, own, kind)
    optimizer = pytorch.from_state_dict(training.optimizer.state_dict(), training.weights)
    weights = training.arrays()
    optimizer.step([(weight, np.cos(2 * weight)) for weight in weights], groups={2: 1})
    run_ours(optimizer, weights, 1, 10)
    training.take_over(weights, optimizer)
    training.run(10, 20)
    run_ours(optimizer, weights, 10, 20)
    require_close(training.arrays(), weights, tolerance)
    expected = pytorch.to_state_dict(optimizer, tensor=torch.from_numpy)
    require_alike(training.optimizer.state_dict(), expected, tolerance)


def test_scheduler_and_other_types_of_pytorch(torch):
    training = Training(torch, "Adam", {"lr": 0.1}, {}, torch.float32)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(training.optimizer, 0.5)
    training.run(0, 2)
    scheduler.step()
    assert pytorch.from_state_dict(training.optimizer.state_dict()).learning_rate == pytest.approx(0.05)
    half = Training(torch, "Adam", {"lr": 0.1}, {}, torch.bfloat16)
    for weight in half.weights:
        weight.grad = torch.ones_like(weight)
    half.optimizer.step()
    with pytest.raises(ValueError, match="bfloat16"):
        pytorch.from_state_dict(half.optimizer.state_dict())


@pytest.mark.parametrize("name", ["NAdam", "ASGD"])
def test_scheduler_of_pytorch(torch, name):
    """Rates and betas that change between the steps: what is kept of them goes on."""
    whole = Training(torch, name, {"lr": 0.1}, {}, torch.float32)
    whole.run(0, 3)
    for group in whole.optimizer.param_groups:
        group["lr"] = 0.02
        if "betas" in group:
            group["betas"] = (0.7, 0.99)
    whole.run(3, 5)
    optimizer = pytorch.from_state_dict(whole.saved(), whole.weights)
    weights = whole.arrays()
    run_ours(optimizer, weights, 5, 12)
    whole.run(5, 12)
    require_close(weights, whole.arrays(), 2e-5)


def test_many_steps_of_nadam(torch):
    """In float32 the product of its momenta becomes 0 by rounding."""
    whole = Training(torch, "NAdam", {"lr": 0.01}, {}, torch.float32)
    whole.run(0, 180)
    assert whole.optimizer.state_dict()["state"][0]["mu_product"] == 0
    optimizer = pytorch.from_state_dict(whole.saved(), whole.weights)
    weights = whole.arrays()
    run_ours(optimizer, weights, 180, 190)
    whole.run(180, 190)
    require_close(weights, whole.arrays(), 2e-5)


@pytest.mark.parametrize("name", ["NAdam", "RAdam", "Adamax", "Adadelta", "ASGD", "Rprop", "Adam"])
def test_parameter_that_came_later(torch, name):
    training = Training(torch, name, {}, {}, torch.float32)
    training.run(0, 2)
    late = torch.ones(3, requires_grad=True)
    training.optimizer.add_param_group({"params": [late]})
    training.weights.append(late)
    with pytest.raises(descent.UnsupportedError, match="it has made no step"):
        pytorch.from_state_dict(training.saved(), training.weights)
    training.run(2, 3)
    with pytest.raises(descent.UnsupportedError, match=r"have made \[1.0, 3.0\] steps"):
        pytorch.from_state_dict(training.saved(), training.weights)


@pytest.mark.parametrize("name", ["Muon", "Adafactor"])
def test_optimizers_that_are_not_exchanged(torch, name):
    if not hasattr(torch.optim, name):
        pytest.skip(f"this PyTorch has no {name}")
    weight = torch.ones(2, 2, requires_grad=True)
    with pytest.raises(descent.UnsupportedError, match=r"none of SGD, .*, RAdam and Adamax"):
        pytorch.from_state_dict(getattr(torch.optim, name)([weight]).state_dict())
