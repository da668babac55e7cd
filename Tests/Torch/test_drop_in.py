"""A change of the import: the same training, step by step, as with torch.optim."""

import copy

import numpy as np
import pytest
import torch
from problems import (
    EVERY,
    IDS,
    SETTINGS,
    Training,
    gradients_for,
    library_class,
    ours,
    parameter,
    require_close,
    theirs,
)

import descent

# Rounding of float32 grows in a training; in double it is seen that nothing else differs.
TOLERANCES = {torch.float32: 2e-4, torch.float64: 1e-10}


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=IDS)
def test_a_hundred_steps(name, options, dtype):
    # Signs make much of nothing where a gradient is nearly 0.
    steps = 10 if name == "Rprop" and dtype == torch.float32 else 100
    # PyTorch's numbers beside the parameters, NAdam's mu_product, have the default type.
    torch.set_default_dtype(dtype)
    try:
        one = Training(lambda parameters: ours(name)(parameters, **options), dtype).run(steps)
        other = Training(lambda parameters: theirs(name)(parameters, **options), dtype).run(steps)
    finally:
        torch.set_default_dtype(torch.float32)
    require_close(one.arrays(), other.arrays(), TOLERANCES[dtype])
    assert one.loss().item() != Training(ours(name), dtype).loss().item()


def test_muon_in_bfloat16():
    """Both make steps orthogonal in bfloat16, where single sums may be rounded the other way."""
    matrices = [parameter(16, 24), parameter(24, 8, seed=1)]
    others = copy.deepcopy(matrices)
    for adjust in (None, "match_rms_adamw"):
        one = ours("Muon")(matrices, adjust_lr_fn=adjust)
        other = theirs("Muon")(others, adjust_lr_fn=adjust)
        for step in range(5):
            gradients_for(matrices, step)
            gradients_for(others, step)
            before = [matrix.detach().clone() for matrix in matrices]
            one.step()
            other.step()
            for first, second, start in zip(matrices, others, before, strict=True):
                moved = (first - start).detach()
                assert (first - second).detach().norm() < 0.01 * moved.norm()
            with torch.no_grad():
                for first, second in zip(matrices, others, strict=True):
                    second.copy_(first)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_method_makes_the_librarys_steps(kind):
    """To the bit, by the class for NumPy's arrays with the same options."""
    tensors = [parameter(6, 5), parameter(7, seed=1), parameter(4, 3, 2, seed=2), parameter(seed=3)]
    optimizer = kind(tensors)
    group = optimizer.param_groups[0]
    form = kind._form
    options = {} if form.dialect == "textbook" else {"dialect": "pytorch"}
    if kind is ours("SGD"):
        options["learning_rate"] = group["lr"]
    settings = {"weight_decay": group["weight_decay"]} if kind is ours("SGD") else {}
    other = library_class(kind)(**options, **settings)
    arrays = [tensor.detach().numpy().copy() for tensor in tensors]
    for step in range(6):
        gradients_for(tensors, step)
        optimizer.step()
        other.step([(array, tensor.grad.numpy()) for array, tensor in zip(arrays, tensors, strict=True)])
        for tensor, array in zip(tensors, arrays, strict=True):
            assert tensor.detach().numpy().tobytes() == array.tobytes()
    assert all(np.isfinite(array).all() for array in arrays)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_method_learns(kind):
    options = {"lr": 0.05} if kind.__name__ in ("SGD", "LARS", "Shampoo", "ScheduleFreeSGD") else {}
    training = Training(lambda parameters: kind(parameters, **options))
    first = training.loss().item()
    assert training.run(100).loss().item() < first


def test_bits_do_not_depend_on_threads():
    results = []
    for threads in (1, 2):
        descent.set_thread_count(threads)
        tensors = [parameter(300, 400)]
        optimizer = ours("AdamW")(tensors)
        for step in range(3):
            gradients_for(tensors, step)
            optimizer.step()
        results.append(tensors[0].detach().clone())
    assert torch.equal(*results)


def test_names_of_both_sides():
    assert descent.torch.AdaGrad is descent.torch.Adagrad
    assert descent.torch.RMSProp is descent.torch.RMSprop
    assert {kind._form.algorithm.name for kind in descent.torch.OPTIMIZERS.values()} == set(descent.torch.OPTIMIZERS)
    for title in descent.torch.__all__:
        assert title in ("OPTIMIZERS",) or issubclass(getattr(descent.torch, title), torch.optim.Optimizer)
