"""State: in PyTorch's layout, from either side to the other, through files and copies, and changed by hand."""

import copy
import gc
import io
import pickle
import weakref

import pytest
import torch
from problems import EVERY, IDS, SETTINGS, Training, gradients_for, ours, parameter, require_close, same_bits, theirs

STEPS = 5


def through_a_file(state):
    """What torch.load() gives with its safe default."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=IDS)
def test_the_layout_is_pytorchs(name, options):
    one, other = (
        Training(lambda parameters, kind=kind: kind(parameters, **options)).run(3)
        for kind in (ours(name), theirs(name))
    )
    found, expected = one.optimizer.state_dict(), other.optimizer.state_dict()
    assert found["param_groups"] == expected["param_groups"]
    assert found["state"].keys() == expected["state"].keys()
    for index, entry in expected["state"].items():
        values = {key: value for key, value in entry.items() if value is not None}
        assert found["state"][index].keys() == values.keys()
        for key, value in values.items():
            assert found["state"][index][key].shape == value.shape
            torch.testing.assert_close(found["state"][index][key].to(value.dtype), value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("to_pytorch", [True, False], ids=["ours to theirs", "theirs to ours"])
@pytest.mark.parametrize(("name", "options"), SETTINGS, ids=IDS)
def test_either_side_loads_the_others(name, options, to_pytorch):
    first, second = (ours(name), theirs(name)) if to_pytorch else (theirs(name), ours(name))
    one = Training(lambda parameters: first(parameters, **options), torch.float64).run(STEPS)
    other = Training(second, torch.float64).adopt(one.arrays())
    other.optimizer.load_state_dict(through_a_file(one.optimizer.state_dict()))
    assert other.optimizer.param_groups[0]["lr"] == one.optimizer.param_groups[0]["lr"]
    # PyTorch keeps some numbers in float32.
    require_close(one.run(STEPS).arrays(), other.run(STEPS).arrays(), 1e-6)


@pytest.mark.parametrize("way", ["state_dict", "file", "deepcopy", "pickle"])
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_method_goes_on_with_the_same_bits(kind, way):
    options = {"momentum": 0.9} if kind is ours("SGD") else {}
    one = Training(lambda parameters: kind(parameters, **options)).run(STEPS)
    if way in ("deepcopy", "pickle"):
        other = copy.deepcopy(one) if way == "deepcopy" else pickle.loads(pickle.dumps(one))
        assert not {id(p) for p in other.model.parameters()} & {id(p) for p in one.model.parameters()}
    else:
        other = Training(lambda parameters: kind(parameters, **options)).adopt(one.arrays())
        state = one.optimizer.state_dict()
        other.optimizer.load_state_dict(through_a_file(state) if way == "file" else state)
    assert same_bits(one.run(STEPS).arrays(), other.run(STEPS).arrays())
    assert one.optimizer.state_dict()["state"].keys() == other.optimizer.state_dict()["state"].keys()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_low_precision_goes_on_with_the_same_bits(dtype):
    """PyTorch would give the state, which is float32, the parameters' type."""
    one = Training(ours("AdamW"), dtype).run(STEPS)
    other = Training(ours("AdamW"), dtype).adopt(one.arrays())
    other.optimizer.load_state_dict(through_a_file(one.optimizer.state_dict()))
    assert {value.dtype for value in other.optimizer.state_dict()["state"][0].values()} == {torch.float32}
    assert same_bits(one.run(STEPS).arrays(), other.run(STEPS).arrays())


@pytest.mark.parametrize("state_dtype", ["bfloat16", "quantized8"])
def test_state_in_fewer_bits(state_dtype):
    """It is saved as it is, and PyTorch's float32 can be loaded into it."""

    def make(options):
        tensors = [parameter(80, 70), parameter(30, seed=1)]
        return tensors, ours("AdamW")(tensors, **options)

    def run(tensors, optimizer, first, last):
        for step in range(first, last):
            gradients_for(tensors, step)
            optimizer.step()

    tensors, optimizer = make({"state_dtype": state_dtype})
    run(tensors, optimizer, 0, STEPS)
    saved = through_a_file(optimizer.state_dict())
    large, small = saved["state"][0], saved["state"][1]
    if state_dtype == "bfloat16":
        assert large["exp_avg"].dtype == small["exp_avg"].dtype == torch.bfloat16
    else:
        assert large["exp_avg_codes"].dtype == torch.uint8
        assert large["exp_avg_scales"].shape == ((80 * 70 + 255) // 256,)
        assert small["exp_avg"].dtype == torch.float32  # a documented limit
    others, second = make({})
    second.load_state_dict(saved)
    assert second.param_groups[0]["state_dtype"] == state_dtype
    with torch.no_grad():
        for one, other in zip(others, tensors, strict=True):
            one.copy_(other)
    run(tensors, optimizer, STEPS, 2 * STEPS)
    run(others, second, STEPS, 2 * STEPS)
    assert same_bits(tensors, others)

    others, exact = make({})
    run(others, exact, 0, STEPS)
    tensors, optimizer = make({"state_dtype": state_dtype})
    state = exact.state_dict()
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["state_dtype"] == state_dtype
    run(tensors, optimizer, STEPS, STEPS + 1)
    if state_dtype == "quantized8":
        plain = make({})[1]
        saved["param_groups"][0].pop("state_dtype")
        with pytest.raises(ValueError, match="the state of parameter 0 of group 0 is in 8 bits"):
            plain.load_state_dict(saved)
        assert not plain.state


def test_averages_and_slow_values_go_on_too():
    options = {"average": "uniform", "lookahead_steps": 2, "accumulate_steps": 2}
    one = Training(lambda parameters: ours("Adam")(parameters, **options)).run(STEPS)
    other = Training(lambda parameters: ours("Adam")(parameters, **options)).adopt(one.arrays())
    other.optimizer.load_state_dict(through_a_file(one.optimizer.state_dict()))
    assert same_bits(one.run(STEPS).arrays(), other.run(STEPS).arrays())
    with one.optimizer.averaged(), other.optimizer.averaged():
        assert same_bits(one.arrays(), other.arrays())


def test_averages_in_place_of_the_parameters():
    training = Training(lambda parameters: ours("ScheduleFreeAdamW")(parameters, lr=0.01))
    with pytest.raises(ValueError, match="first step"), training.optimizer.averaged():
        pass
    training.run(STEPS)
    before = training.arrays()
    with training.optimizer.averaged():
        assert not same_bits(training.arrays(), before)
        with pytest.raises(ValueError, match="average"):
            training.optimizer.step()
        with pytest.raises(ValueError, match="no state in the block"):
            training.optimizer.state_dict()
    assert same_bits(training.arrays(), before)
    with pytest.raises(ValueError, match="average"), Training(ours("Adam")).run(1).optimizer.averaged():
        pass


def test_state_is_the_librarys_memory():
    weight = parameter(4, 3)
    optimizer = ours("Adam")([weight])
    assert not optimizer.state
    gradients_for([weight], 0)
    optimizer.step()
    mean = optimizer.state[weight]["exp_avg"]
    assert torch.allclose(mean, 0.1 * weight.grad)
    gradients_for([weight], 1)
    optimizer.step()
    assert mean.data_ptr() == optimizer.state[weight]["exp_avg"].data_ptr()
    assert float(optimizer.state[weight]["step"]) == 2
    mean.zero_()
    gradients_for([weight], 2)
    optimizer.step()
    assert torch.allclose(mean, 0.1 * weight.grad)


@pytest.mark.parametrize("looks_again", [False, True])
@pytest.mark.parametrize("change", ["delete", "clear", "replace", "step", "assign", "in place"])
def test_state_that_is_changed_by_hand(change, looks_again):
    results = []
    for kind in (ours("Adam"), theirs("Adam")):
        tensors = [parameter(4, 3, dtype=torch.float64), parameter(5, dtype=torch.float64, seed=1)]
        optimizer = kind(tensors, lr=0.05)
        for step in range(4):
            gradients_for(tensors, step)
            optimizer.step()
        if change == "delete":
            del optimizer.state[tensors[0]]
        elif change == "clear":
            optimizer.state.clear()
        elif change == "replace":
            optimizer.state[tensors[0]]["exp_avg"] = torch.ones_like(tensors[0])
        elif change == "step":
            optimizer.state[tensors[1]]["step"].fill_(50)
        elif change == "assign":
            optimizer.state = type(optimizer.state)(dict)
        else:
            optimizer.state[tensors[1]]["exp_avg"].mul_(3)
        if looks_again:
            # What was changed is there, and stays so.
            saved = copy.deepcopy(optimizer.state_dict())
            assert len(saved["state"]) == {"delete": 1, "clear": 0, "assign": 0}.get(change, 2)
            assert change != "step" or float(saved["state"][1]["step"]) == 50
            optimizer = copy.deepcopy(optimizer, {id(tensor): tensor for tensor in tensors})
        for step in range(4, 7):
            gradients_for(tensors, step)
            optimizer.step()
        results.append([one.detach() for one in tensors])
    require_close(*results, 1e-12)


def test_tensors_of_the_state_outlive_what_they_look_at():
    """A parameter that joins later moves the library's memory, but not from under them."""
    tensors = [parameter(400, 30), parameter(5, seed=1)]
    optimizer = ours("Adam")(tensors)
    gradients_for(tensors[:1], 0)
    optimizer.step()
    mean = optimizer.state[tensors[0]]["exp_avg"]
    kept = mean.clone()
    gradients_for(tensors, 1)
    optimizer.step()
    assert torch.equal(mean, kept)
    now = optimizer.state[tensors[0]]["exp_avg"]
    assert now.data_ptr() != mean.data_ptr()
    owner = weakref.ref(optimizer._engines[0].handle)
    del optimizer, tensors
    gc.collect()
    assert owner() is not None
    assert torch.equal(mean, kept)
    del now
    gc.collect()
    assert owner() is None


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda state: state["state"][0].pop("exp_avg"), "the state of parameter 0 of group 0 has no 'exp_avg'"),
        (lambda state: state["state"][1].update(exp_avg_sq=torch.ones(3)), "'exp_avg_sq' of parameter 1 .* the shape"),
        (lambda state: state["state"][0].update(exp_avg=[1.0]), "'exp_avg' of parameter 0 .* is list"),
        (lambda state: state["state"][0].update(step="many"), "'step' of parameter 0"),
        (lambda state: state["state"][0].update(step=-3), "'step_count' of parameter 0 .*whole number"),
        (lambda state: state["param_groups"][0].update(lr=-1.0), "^lr: "),
        (lambda state: state["param_groups"][0]["params"].pop(), "doesn't match the size"),
        (lambda state: state["param_groups"].pop(), "different number of parameter groups"),
    ],
)
def test_a_bad_state_dictionary_changes_nothing(damage, words):
    one, other = (Training(ours("Adam")).run(3) for _ in range(2))
    state = copy.deepcopy(one.optimizer.state_dict())
    damage(state)
    with pytest.raises(ValueError, match=words):
        one.optimizer.load_state_dict(state)
    assert same_bits(one.run(3).arrays(), other.run(3).arrays())


def test_older_state_dictionaries():
    """Without entries that later versions have, and with counts that are plain numbers."""
    one = Training(theirs("AdamW"), torch.float64).run(3)
    state = copy.deepcopy(one.optimizer.state_dict())
    for entry in state["state"].values():
        entry["step"] = 3
    for key in ("maximize", "foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"):
        state["param_groups"][0].pop(key, None)
    other = Training(ours("AdamW"), torch.float64).adopt(one.arrays())
    other.optimizer.load_state_dict(state)
    require_close(one.run(3).arrays(), other.run(3).arrays(), 1e-12)


def test_what_somebody_else_keeps_in_the_state():
    weight = parameter(3)
    optimizer = ours("Adam")([weight])
    optimizer.state[weight]["mark"] = 7
    optimizer.state["all"] = "something"
    engine = None
    for step in range(3):
        gradients_for([weight], step)
        optimizer.step()
        assert optimizer.state[weight]["mark"] == 7
        assert float(optimizer.state[weight]["step"]) == step + 1
        # Nothing is made anew for that.
        assert engine in (None, optimizer._engines[0]) or step < 2
        engine = optimizer._engines[0]
    assert optimizer.state["all"] == "something"
    copied = copy.deepcopy(optimizer)
    gradients_for([weight], 2)
    assert copied.state_dict()["state"][0]["mark"] == 7


def test_hooks_of_state_dictionaries():
    training = Training(ours("Adam")).run(2)
    optimizer, seen = training.optimizer, []
    optimizer.register_state_dict_pre_hook(lambda one: seen.append("before"))
    optimizer.register_state_dict_post_hook(lambda one, state: {**state, "extra": 1})
    optimizer.register_load_state_dict_pre_hook(lambda one, state: seen.append(float(state["state"][0]["step"])))
    optimizer.register_load_state_dict_post_hook(lambda one: seen.append(float(one.state_dict()["state"][0]["step"])))
    state = optimizer.state_dict()
    assert state["extra"] == 1
    optimizer.load_state_dict(state)
    assert seen == ["before", 2.0, "before", 2.0]
