"""Arguments: PyTorch's where it has the class, and what is refused by name."""

import inspect

import pytest
import torch
from problems import EVERY, Training, ours, parameter, theirs

import descent
import descent.torch
from descent.pytorch._classes import PYTORCH_FORMS

SHARED = [form.title for form in PYTORCH_FORMS]


@pytest.mark.parametrize("name", SHARED)
def test_the_arguments_are_pytorchs(name):
    if not hasattr(torch.optim, name):
        pytest.skip(f"this PyTorch has no {name}")
    known = dict(inspect.signature(theirs(name)).parameters)
    own = dict(inspect.signature(ours(name)).parameters)
    assert list(own)[: len(known)] == list(known)
    for argument, expected in known.items():
        assert own[argument].kind == expected.kind
        assert own[argument].default == expected.default
    assert all(own[argument].kind == inspect.Parameter.KEYWORD_ONLY for argument in list(own)[len(known) :])


@pytest.mark.parametrize("name", SHARED)
def test_groups_have_pytorchs_entries(name):
    if not hasattr(torch.optim, name):
        pytest.skip(f"this PyTorch has no {name}")
    one, other = ours(name)([parameter(3, 2)]), theirs(name)([parameter(3, 2)])
    entries, expected = one.param_groups[0], other.param_groups[0]
    expected = {key: value for key, value in expected.items() if key != "params"}
    found = {key: value for key, value in entries.items() if key != "params"}
    if name == "LBFGS":
        del expected["max_eval"], found["max_eval"]  # PyTorch writes down what None stands for
    assert found == expected
    assert one.defaults.keys() == other.defaults.keys()


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_class_takes_parameters_and_lr(kind):
    optimizer = kind([parameter(3)], lr=0.5)
    assert optimizer.param_groups[0]["lr"] == 0.5
    assert kind.__name__ in repr(optimizer)
    assert "lr: 0.5" in repr(optimizer)
    assert kind._form.algorithm.formula in kind.__doc__


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("Adam", {"lr": -1}, "^lr: -1 is outside"),
        ("Adam", {"betas": (1.0, 0.9)}, r"^betas\[0\]: 1 is outside"),
        ("Adam", {"betas": (0.9, -0.5)}, r"^betas\[1\]: -0.5 is outside"),
        ("Adam", {"betas": 0.9}, "^betas is 0.9; it must be 2 numbers"),
        ("AdamW", {"eps": float("nan")}, "^eps: "),
        ("AdamW", {"weight_decay": -1}, "^weight_decay: -1 is outside"),
        ("SGD", {"momentum": -0.5}, "^momentum: "),
        ("SGD", {"nesterov": True}, "^nesterov: .* needs a momentum"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.5}, "^nesterov: "),
        ("Adagrad", {"lr_decay": -0.5}, "^lr_decay: "),
        ("RMSprop", {"alpha": 1.5}, "^alpha: 1.5"),
        ("Rprop", {"etas": (1.5, 1.2)}, r"^etas\[0\]: 1.5"),
        ("Adafactor", {"beta2_decay": 0.5}, "^beta2_decay: "),
        ("Muon", {"adjust_lr_fn": "fast"}, "^adjust_lr_fn: 'fast'"),
        ("Muon", {"ns_coefficients": (1, 2, 3)}, "^ns_coefficients: "),
        ("Lion", {"beta1": 1}, "^beta1: "),
        ("Adam", {"state_dtype": "quantized9"}, "^state_dtype: 'quantized9' is not one of"),
        ("Adam", {"capturable": True}, "^capturable: "),
        ("Adam", {"differentiable": True}, "^differentiable: "),
        ("Adam", {"lr": torch.tensor([0.1, 0.2])}, "a tensor of 2 elements"),
    ],
)
def test_wrong_values_are_named(name, options, words):
    with pytest.raises(ValueError, match=words):
        ours(name)([parameter(3, 2)], **options)
    with pytest.raises(ValueError, match=words):
        ours(name)([{"params": [parameter(3, 2)], **options}])


def test_wrong_arguments():
    with pytest.raises(TypeError, match="unexpected keyword argument 'learning_rate'"):
        ours("Adam")([parameter(3)], learning_rate=0.1)
    with pytest.raises(TypeError, match="iterable of Tensors or dicts"):
        ours("Adam")(parameter(3))
    with pytest.raises(ValueError, match="empty parameter list"):
        ours("Adam")([])
    with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
        ours("Adam")([parameter(3) * 2])
    with pytest.raises(TypeError, match="base class"):
        descent.torch.Optimizer([parameter(3)])


def test_a_parameter_twice():
    """As PyTorch warns; here it is stepped once."""
    shared = parameter(3)
    with pytest.warns(UserWarning, match="duplicate parameters"):
        optimizer = ours("SGD")([shared, shared], lr=1.0)
    before = shared.detach().clone()
    shared.grad = torch.ones(3)
    optimizer.step()
    assert torch.equal(shared, before - 1)
    with pytest.raises(ValueError, match="more than one parameter group"):
        ours("SGD")([{"params": [shared]}, {"params": [shared]}])


def test_positional_arguments_are_pytorchs():
    one = ours("SGD")([parameter(3)], 0.1, 0.9, 0.0, 0.01, True)
    group = one.param_groups[0]
    assert [group[key] for key in ("lr", "momentum", "dampening", "weight_decay", "nesterov")] == [
        0.1,
        0.9,
        0,
        0.01,
        True,
    ]


def test_the_librarys_options_are_keywords():
    """What they do is the library's; that they arrive is seen here."""
    training = Training(lambda parameters: ours("AdamW")(parameters, clip_norm=1e-3, lookahead_steps=2)).run(10)
    plain = Training(ours("AdamW")).run(10)
    assert any(not torch.equal(one, other) for one, other in zip(training.arrays(), plain.arrays(), strict=True))
    assert "slow_values" in training.optimizer.state[next(iter(training.model.parameters()))]
    assert "clip_norm" not in plain.optimizer.param_groups[0]
    with pytest.raises(TypeError, match="schedule"):
        ours("AdamW")([parameter(3)], schedule="cosine")


def test_foreach_and_fused_change_nothing():
    results = [
        Training(lambda parameters, how=how: ours("AdamW")(parameters, **how)).run(5).arrays()
        for how in ({}, {"foreach": True}, {"fused": True}, {"foreach": False, "fused": False})
    ]
    for other in results[1:]:
        assert all(torch.equal(one, two) for one, two in zip(results[0], other, strict=True))
