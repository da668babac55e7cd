"""What programs use beside an optimizer: closures, hooks, clipping, scaled losses, averaged models."""

import pytest
import torch
from problems import EVERY, Training, gradients_for, ours, parameter, require_close, same_bits, theirs

import descent.torch


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_closures(kind):
    """It is called once, with gradients on, and what it returns comes back."""
    one, other = Training(kind), Training(kind)
    calls = []

    def closure():
        calls.append(torch.is_grad_enabled())
        one.optimizer.zero_grad()
        loss = one.loss()
        loss.backward()
        return loss

    for _ in range(3):
        expected = other.loss().item()
        with torch.no_grad():
            assert one.optimizer.step(closure).item() == expected
        other.run(1)
    assert calls == [True] * 3
    assert same_bits(one.arrays(), other.arrays())
    assert one.optimizer.step() is None


def test_a_closure_that_raises():
    training = Training(ours("Adam")).run(2)
    before = training.arrays()

    def closure():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        training.optimizer.step(closure)
    assert same_bits(training.arrays(), before)


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad(set_to_none):
    results = []
    for kind in (ours("AdamW"), theirs("AdamW")):
        training = Training(kind)
        for _ in range(5):
            training.optimizer.zero_grad(set_to_none=set_to_none)
            gradients = [one.grad for one in training.model.parameters()]
            assert all(one is None if set_to_none or one is None else not one.any() for one in gradients)
            training.loss().backward()
            training.optimizer.step()
        results.append(training.arrays())
    require_close(*results, 1e-5)


def test_hooks_of_steps():
    training = Training(ours("Adam"))
    seen = []
    handles = [
        training.optimizer.register_step_pre_hook(lambda one, args, kwargs: seen.append("before")),
        training.optimizer.register_step_post_hook(lambda one, args, kwargs: seen.append("after")),
    ]
    training.run(2)
    for handle in handles:
        handle.remove()
    training.run(1)
    assert seen == ["before", "after"] * 2


@pytest.mark.parametrize("name", ["SGD", "AdamW"])
def test_clip_grad_norm(name):
    results = []
    for kind in (ours(name), theirs(name)):
        training = Training(kind)
        for _ in range(5):
            training.optimizer.zero_grad()
            training.loss().backward()
            torch.nn.utils.clip_grad_norm_(training.model.parameters(), 0.1)
            training.optimizer.step()
        results.append(training.arrays())
    require_close(*results, 1e-5)


def test_the_librarys_clipping_is_nearly_pytorchs():
    """It divides by the norm itself, and PyTorch by 1e-6 more."""
    one = Training(lambda parameters: ours("SGD")(parameters, lr=0.1, clip_norm=0.1)).run(5)
    other = Training(lambda parameters: ours("SGD")(parameters, lr=0.1))
    for _ in range(5):
        other.optimizer.zero_grad()
        other.loss().backward()
        torch.nn.utils.clip_grad_norm_(other.model.parameters(), 0.1)
        other.optimizer.step()
    require_close(one.arrays(), other.arrays(), 1e-5)


def test_grad_scaler():
    """A scaled loss, and an overflow that is passed by."""
    results = []
    for kind in (ours("AdamW"), theirs("AdamW")):
        training = Training(kind)
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2)
        for step in range(6):
            training.optimizer.zero_grad()
            scaler.scale(training.loss()).backward()
            if step == 3:
                next(training.model.parameters()).grad[0, 0] = float("inf")
            scaler.unscale_(training.optimizer)
            torch.nn.utils.clip_grad_norm_(training.model.parameters(), 1.0)
            scaler.step(training.optimizer)
            scaler.update()
        results.append((training.arrays(), scaler.get_scale()))
    require_close(results[0][0], results[1][0], 1e-5)
    assert results[0][1] == results[1][1]


def test_averaged_models_of_pytorch():
    results = []
    for kind in (ours("SGD"), theirs("SGD")):
        training = Training(lambda parameters, kind=kind: kind(parameters, lr=0.1))
        averaged = torch.optim.swa_utils.AveragedModel(training.model)
        schedule = torch.optim.swa_utils.SWALR(training.optimizer, swa_lr=0.05)
        for _ in range(5):
            training.run(1)
            averaged.update_parameters(training.model)
            schedule.step()
        results.append([one.detach() for one in averaged.parameters()])
    require_close(*results, 1e-5)


def test_autocast():
    results = []
    for kind in (ours("AdamW"), theirs("AdamW")):
        training = Training(kind)
        for _ in range(5):
            training.optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = training.loss()
            loss.backward()
            training.optimizer.step()
        results.append(training.arrays())
    require_close(*results, 1e-4)


@pytest.mark.parametrize("name", ["Adam", "SGD", "Lion", "Muon"])
def test_gradients_of_zero(name):
    """Without decay nothing moves."""
    weight = parameter(4, 3)
    options = {"Muon": {"weight_decay": 0.0}, "Lion": {"decoupled_weight_decay": 0.0}}.get(name, {})
    optimizer = ours(name)([weight], **options)
    before = weight.detach().clone()
    weight.grad = torch.zeros(4, 3)
    optimizer.step()
    assert torch.equal(weight.detach(), before)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_maximize(kind):
    """By a gradient of the other sign."""
    if "maximize" not in kind([parameter(2)]).param_groups[0]:
        pytest.skip("PyTorch's Muon does not have it")
    tensors, others = ([parameter(4, 3), parameter(5, seed=1)] for _ in range(2))
    one, other = kind(tensors, maximize=True, lr=0.1), kind(others, lr=0.1)
    for step in range(3):
        gradients_for(tensors, step)
        gradients_for(others, step)
        for tensor in others:
            tensor.grad.neg_()
        one.step()
        other.step()
    assert same_bits([tensor.detach() for tensor in tensors], [tensor.detach() for tensor in others])


@pytest.mark.parametrize("name", ["LBFGS", "ConjugateGradient"])
def test_batch_methods(name):
    """They find the minimum that torch.optim.LBFGS finds, of a convex function."""
    losses = []
    for kind, options in ((ours(name), {}), (theirs("LBFGS"), {"line_search_fn": "strong_wolfe"})):
        generator = torch.Generator().manual_seed(0)
        inputs, labels = torch.randn(60, 5, generator=generator), torch.randint(0, 3, (60,), generator=generator)
        model = torch.nn.Linear(5, 3)
        with torch.no_grad():
            model.weight.zero_()
            model.bias.zero_()
        optimizer = kind(model.parameters(), max_iter=10, **options)

        def closure(model=model, optimizer=optimizer, inputs=inputs, labels=labels):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(inputs), labels) + 0.01 * (model.weight**2).sum()
            loss.backward()
            return loss

        first = closure().item()
        assert optimizer.step(closure).item() == first
        for _ in range(5):
            optimizer.step(closure)
        losses.append(closure().item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
    assert losses[0] < first


def test_batch_methods_go_on_from_what_was_saved():
    def make():
        training = Training(lambda parameters: ours("LBFGS")(parameters, max_iter=3, history_size=5))

        def closure():
            training.optimizer.zero_grad()
            loss = training.loss()
            loss.backward()
            return loss

        return training, closure

    (one, first), (other, second) = make(), make()
    one.optimizer.step(first)
    other.adopt(one.arrays())
    other.optimizer.load_state_dict(one.optimizer.state_dict())
    for _ in range(2):
        one.optimizer.step(first)
        other.optimizer.step(second)
    assert same_bits(one.arrays(), other.arrays())
    assert 1 <= one.optimizer.result.nit <= 3


def test_batch_methods_refuse():
    weight = parameter(3)
    for options, words in (
        ({"lr": 0.5}, "^lr: 0.5; the line search"),
        ({"line_search_fn": "backtracking"}, "^line_search_fn: "),
        ({"history_size": 0}, "^history"),
    ):
        with pytest.raises(ValueError, match=words):
            ours("LBFGS")([weight], **options)
    with pytest.raises(ValueError, match="one param group"):
        ours("LBFGS")([{"params": [weight]}, {"params": [parameter(2)]}])
    optimizer = ours("LBFGS")([weight])
    with pytest.raises(TypeError, match="closure"):
        optimizer.step(None)
    with pytest.raises(ValueError, match=r"not that of a descent\.torch\.LBFGS"):
        optimizer.load_state_dict({**optimizer.state_dict(), "state": {0: {"d": torch.zeros(3)}}})

    def closure():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        optimizer.step(closure)


def test_pytorchs_profiler_and_deterministic_mode():
    """That the base class is PyTorch's, in whatever looks at it."""
    training = Training(ours("AdamW"))
    assert isinstance(training.optimizer, torch.optim.Optimizer)
    with torch.profiler.profile() as profile:
        training.run(1)
    assert any("AdamW.step" in event.key for event in profile.key_averages())
    assert issubclass(descent.torch.AdamW, descent.torch.Optimizer)


@pytest.mark.parametrize("name", ["AdamW", "SGD"])
def test_in_what_pytorch_compiles(name):
    """The step is left as it is; around it all is compiled, or traced at least."""
    results = []
    for is_compiled in (True, False):
        training = Training(ours(name))

        def train(training=training):
            training.optimizer.zero_grad()
            training.loss().backward()
            training.optimizer.step()

        run = torch.compile(train, backend="eager") if is_compiled else train
        for _ in range(3):
            run()
        results.append(training.arrays())
    require_close(*results, 1e-6)
