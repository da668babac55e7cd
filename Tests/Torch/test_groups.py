"""Param groups, and what may happen to them between two steps: schedulers, new groups, other hyperparameters."""

import copy

import pytest
import torch
from problems import IDS, SETTINGS, Training, gradients_for, ours, parameter, require_close, same_bits, theirs
from torch.optim import lr_scheduler

# What the group of the biases has of its own.
OWN = {"lr": 0.03, "weight_decay": 0.2}
SCHEDULERS = {
    "StepLR": lambda optimizer: lr_scheduler.StepLR(optimizer, 3, gamma=0.5),
    "LambdaLR": lambda optimizer: lr_scheduler.LambdaLR(optimizer, [lambda epoch: 0.9**epoch, lambda epoch: 1.0]),
    "CosineAnnealingLR": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 10),
    "LinearLR": lambda optimizer: lr_scheduler.LinearLR(optimizer, 0.1, total_iters=5),
    "ExponentialLR": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.8),
    "CyclicLR": lambda optimizer: lr_scheduler.CyclicLR(optimizer, 0.001, 0.1, step_size_up=4, cycle_momentum=True),
    "OneCycleLR": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=30),
    "CosineAnnealingWarmRestarts": lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4),
    "PolynomialLR": lambda optimizer: lr_scheduler.PolynomialLR(optimizer, 20),
    "SequentialLR": lambda optimizer: lr_scheduler.SequentialLR(
        optimizer, [lr_scheduler.ConstantLR(optimizer, 0.1, 3), lr_scheduler.ExponentialLR(optimizer, 0.9)], [3]
    ),
}


def grouped(kind, parameters, options, own):
    """Matrices in one group, vectors in another."""
    parameters = list(parameters)
    return kind(
        [
            {"params": [one for one in parameters if one.dim() > 1]},
            {"params": [one for one in parameters if one.dim() == 1], **own},
        ],
        **options,
    )


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=IDS)
def test_groups_with_hyperparameters_of_their_own(name, options):
    own = {key: value for key, value in OWN.items() if key in ours(name)([parameter(2)]).defaults}
    one, other = (
        Training(lambda parameters, kind=kind: grouped(kind, parameters, options, own), torch.float64).run(20)
        for kind in (ours(name), theirs(name))
    )
    require_close(one.arrays(), other.arrays(), 1e-5)


@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_pytorchs_schedulers(scheduler, name):
    """They write lr into the groups, and some momentum or betas too."""
    results = []
    for kind in (ours(name), theirs(name)):
        options = {"momentum": 0.9} if name == "SGD" else {}
        training = Training(
            lambda parameters, kind=kind, options=options: grouped(
                kind, parameters, {"lr": 0.05, **options}, {"lr": 0.02}
            ),
            torch.float64,
        )
        schedule = SCHEDULERS[scheduler](training.optimizer)
        for _ in range(25):
            training.run(1)
            schedule.step()
        results.append((training.arrays(), [group["lr"] for group in training.optimizer.param_groups]))
    require_close(results[0][0], results[1][0], 1e-9)
    assert results[0][1] == results[1][1]


def test_a_plateau():
    results = []
    for kind in (ours("SGD"), theirs("SGD")):
        training = Training(lambda parameters, kind=kind: kind(parameters, lr=0.5), torch.float64)
        schedule = lr_scheduler.ReduceLROnPlateau(training.optimizer, patience=0, factor=0.5)
        for loss in (3, 2, 2, 2, 1, 5, 6):
            training.run(1)
            schedule.step(loss)
        results.append(training.arrays())
    require_close(*results, 1e-12)


@pytest.mark.parametrize("name", ["SGD", "AdamW", "NAdam", "ASGD"])
def test_a_group_that_comes_later(name):
    """Its parameters begin then, with counts of their own."""
    options = {"momentum": 0.9} if name == "SGD" else {}
    results = []
    for kind in (ours(name), theirs(name)):
        tensors = [parameter(4, 3, dtype=torch.float64), parameter(5, dtype=torch.float64, seed=1)]
        optimizer = kind(tensors[:1], lr=0.05, **options)
        for step in range(4):
            gradients_for(tensors, step)
            optimizer.step()
        optimizer.add_param_group({"params": tensors[1], "lr": 0.01})
        for step in range(4, 9):
            gradients_for(tensors, step)
            optimizer.step()
        results.append(tensors)
        assert len(optimizer.state_dict()["param_groups"]) == 2
    require_close([one.detach() for one in results[0]], [one.detach() for one in results[1]], 1e-6)


def test_groups_that_are_refused_are_not_there():
    optimizer = ours("Adam")([parameter(3)])
    for group, words in (
        ({"params": [parameter(2)], "lr": -1}, "^lr: "),
        (
            {"params": [torch.zeros(2, device="meta", requires_grad=True)]},
            "parameter 0 of group 1 is on the device meta",
        ),
        ({"params": [torch.zeros(2, dtype=torch.complex64, requires_grad=True)]}, "complex64"),
    ):
        with pytest.raises(ValueError, match=words):
            optimizer.add_param_group(group)
        assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize(
    ("name", "options", "change"),
    [
        ("Adam", {}, {"betas": (0.5, 0.8), "eps": 1e-3}),
        ("Adam", {}, {"maximize": True}),
        ("AdamW", {}, {"lr": torch.tensor(0.01)}),
        ("SGD", {"momentum": 0.9}, {"momentum": 0.5, "dampening": 0.2}),
        ("SGD", {}, {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9}, {"nesterov": True}),
        ("RMSprop", {"lr": 0.001}, {"alpha": 0.5, "weight_decay": 0.1}),
        ("NAdam", {}, {"decoupled_weight_decay": True, "weight_decay": 0.1}),
    ],
)
@pytest.mark.parametrize("groups", [(0,), (0, 1)])
def test_hyperparameters_that_are_changed_between_steps(name, options, change, groups):
    """In one group or in all of them, what the library has for a whole optimizer too."""
    results = []
    for kind in (ours(name), theirs(name)):
        training = Training(lambda parameters, kind=kind: grouped(kind, parameters, options, {}), torch.float64).run(4)
        for index in groups:
            training.optimizer.param_groups[index].update(change)
        results.append(training.run(6).arrays())
    require_close(*results, 1e-6)


def test_a_rate_that_is_a_tensor_and_changes_in_place():
    results = []
    for kind in (ours("Adam"), theirs("Adam")):
        rate = torch.tensor(0.01)
        training = Training(lambda parameters, kind=kind, rate=rate: kind(parameters, lr=rate)).run(3)
        rate.fill_(0.1)
        results.append(training.run(3).arrays())
    require_close(*results, 1e-5)


def test_a_wrong_value_between_steps_changes_nothing():
    training = Training(ours("Adam")).run(2)
    before = training.arrays()
    training.optimizer.param_groups[0]["lr"] = -1.0
    with pytest.raises(ValueError, match=r"^lr: -1 is outside"):
        training.optimizer.step()
    assert same_bits(training.arrays(), before)
    training.optimizer.param_groups[0]["lr"] = 0.001
    training.run(1)
    assert not same_bits(training.arrays(), before)


def test_a_parameter_in_anothers_place():
    """As programs do that prune or grow tensors: with the state that they cut out for it."""
    results = []
    for kind in (ours("Adam"), theirs("Adam")):
        tensors = [parameter(6, 3, dtype=torch.float64), parameter(4, dtype=torch.float64, seed=1)]
        optimizer = kind(tensors, lr=0.05)
        for step in range(3):
            gradients_for(tensors, step)
            optimizer.step()
        pruned = torch.nn.Parameter(tensors[0].detach()[:4].clone())
        state = optimizer.state.pop(tensors[0])
        optimizer.state[pruned] = {
            key: value[:4].clone() if value.dim() else value.clone() for key, value in state.items()
        }
        optimizer.param_groups[0]["params"][0] = pruned
        tensors[0] = pruned
        for step in range(3, 6):
            gradients_for(tensors, step)
            optimizer.step()
        assert optimizer.state[pruned]["exp_avg"].shape == (4, 3)
        assert float(optimizer.state[pruned]["step"]) == 6
        results.append([one.detach() for one in tensors])
    require_close(*results, 1e-12)


def test_entries_that_are_nobodys_stay():
    optimizer = ours("AdamW")([{"params": [parameter(3)], "name": "head", "initial_lr": 0.1}])
    assert optimizer.param_groups[0]["name"] == "head"
    copied = copy.deepcopy(optimizer)
    assert copied.param_groups[0]["name"] == "head"


def test_named_parameters():
    model = torch.nn.Linear(3, 2)
    optimizer = ours("AdamW")(model.named_parameters())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    with pytest.raises(ValueError, match="the parameter 'weight' is on the device meta"):
        ours("AdamW")(torch.nn.Linear(3, 2, device="meta").named_parameters())
