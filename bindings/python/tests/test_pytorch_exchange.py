"""Optimizers go from PyTorch to the library and back: recorded state dictionaries, and PyTorch if it is there."""

import copy
import io
import json

import header
import numpy as np
import pytest

import descent
from descent import pytorch

GOLDEN = json.loads((header.REPOSITORY / "Tests/Golden/state_dicts.json").read_text())["runs"]
NAMES = [f"{index} {run['optimizer']}" for index, run in enumerate(GOLDEN)]
CLASSES = {"Adagrad": "AdaGrad", "RMSprop": "RMSProp", "Adam": "Adam", "AdamW": "Adam"}
# Rounding errors of the steps that were made.
TOLERANCE = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-14}


def decoded(value):
    """Tensors as arrays, and the keys of the state as numbers."""
    if isinstance(value, dict):
        if set(value) == {"dtype", "shape", "numbers"}:
            return np.array([float.fromhex(x) for x in value["numbers"]], value["dtype"]).reshape(value["shape"])
        return {int(key) if key.isdigit() else key: decoded(item) for key, item in value.items()}
    return [decoded(item) for item in value] if isinstance(value, list) else value


def require_close(array, expected, what=""):
    assert array.dtype == expected.dtype, what
    tolerance = TOLERANCE[expected.dtype]
    np.testing.assert_allclose(array, expected, rtol=tolerance, atol=tolerance, err_msg=what)


def require_same_state(found, expected):
    """The same state dictionary, but for rounding and what does not matter."""
    assert found["state"].keys() == expected["state"].keys()
    for index, entry in expected["state"].items():
        assert found["state"][index].keys() == entry.keys()
        for name, array in entry.items():
            if array is None:
                assert found["state"][index][name] is None
            else:
                require_close(np.asarray(found["state"][index][name]), array, f"{index}: {name}")
    assert len(found["param_groups"]) == len(expected["param_groups"])
    for group, other in zip(found["param_groups"], expected["param_groups"], strict=True):
        different = {
            name
            for name in {*group, *other} - {"foreach", "fused", "capturable", "differentiable"}
            if (list(group[name]) if name == "betas" else group.get(name)) != other.get(name)
        }
        # Hyperparameters that mean nothing without momentum or nesterov.
        assert different <= {"dampening"}
        assert "dampening" not in different or group["momentum"] == 0


@pytest.mark.parametrize("run", GOLDEN, ids=NAMES)
@pytest.mark.parametrize("with_params", [False, True])
def test_goes_on_with_pytorchs_numbers(run, with_params):
    state, weights = decoded(run["state_dict"]), decoded(run["weights"])
    if not with_params and len(state["state"]) < len(weights):
        pytest.skip("without momentum torch.optim.SGD has no state, which would tell the shapes")
    keys = ["a", "b", "c"]
    given = dict(zip(keys, weights, strict=True))
    optimizer = pytorch.from_state_dict(state, given if with_params else None)
    expected = CLASSES.get(run["optimizer"])
    group = state["param_groups"][0]
    if expected is None:
        expected = "Nesterov" if group["nesterov"] else "Momentum" if group["momentum"] else "SGD"
    assert type(optimizer).__name__ == expected
    assert optimizer.dialect == "pytorch"
    assert optimizer.step_count == (5 if expected not in ("SGD", "Momentum", "Nesterov") else int(expected != "SGD"))
    for gradient in decoded(run["gradients"]):
        if with_params:
            optimizer.update(given, dict(zip(keys, gradient, strict=True)))
        else:
            optimizer.step(list(zip(weights, gradient, strict=True)))
    for weight, final in zip(weights, decoded(run["final_weights"]), strict=True):
        require_close(weight, final)
    require_same_state(pytorch.to_state_dict(optimizer), decoded(run["final_state_dict"]))


@pytest.mark.parametrize("run", GOLDEN, ids=NAMES)
def test_there_and_back_changes_no_bit(run, tmp_path):
    state, weights = decoded(run["state_dict"]), decoded(run["weights"])
    optimizer = pytorch.from_state_dict(state, weights)
    optimizer.save(tmp_path / "optimizer")
    loaded = descent.Optimizer.load(tmp_path / "optimizer")
    found = pytorch.to_state_dict(loaded)
    require_same_state(found, state)
    for index, entry in state["state"].items():
        for name, array in entry.items():
            if array is not None:
                assert np.asarray(found["state"][index][name]).tobytes() == array.tobytes()
    assert pytorch.from_state_dict(found, weights)._saved() == optimizer._saved()


def adam_state(**changes):
    """A right state dictionary of Adam, changed."""
    state = decoded(GOLDEN[12]["state_dict"])
    for path, value in changes.items():
        place, *names = path.split("__")
        target = state[place]
        for name in names[:-1]:
            target = target[int(name) if name.isdigit() else name]
        last = int(names[-1]) if names[-1].isdigit() else names[-1]
        if value is None:
            del target[last]
        else:
            target[last] = value
    return state


IMPOSSIBLE = [
    ({"param_groups__0__momentum_decay": 0.1}, "'momentum_decay' is unknown"),
    ({"param_groups__1__nonsense": 1}, r"param_groups\[1\]: 'nonsense' is unknown"),
    ({"param_groups__0__amsgrad": None}, "none of SGD, Adagrad, RMSprop, Adam and AdamW"),
    ({"param_groups__1__amsgrad": True}, "amsgrad: it must be the same for all groups"),
    ({"param_groups__1__maximize": True}, "maximize: it must be the same for all groups"),
    ({"param_groups__0__lr": -1.0}, "learning_rate: -1"),
    ({"param_groups__0__betas": [0.9, 1.0]}, "beta2: 1"),
    ({"state__2": None}, "parameter 2 has no state"),
    ({"state__2__exp_avg": None}, "parameter 2 has no 'exp_avg', but others have one"),
    ({"state__1__step": np.array(4, np.float32)}, r"\[4.0, 5.0\] steps"),
    ({"state__1__exp_avg": np.zeros(5)}, r"parameter 1: .*'exp_avg' is|parameter 1: 'exp_avg_sq'"),
    ({"state__1__exp_avg": np.zeros(4, np.float16)}, "float16"),
    ({"state__1__exp_avg": np.zeros(4, np.float32)}, "parameter 1"),
    ({"state__9": {}}, "9 is no parameter"),
]


@pytest.mark.parametrize(("changes", "text"), IMPOSSIBLE)
def test_what_cannot_be_represented_is_named(changes, text):
    with pytest.raises(ValueError, match=text):
        pytorch.from_state_dict(adam_state(**changes))


def test_shapes_that_nothing_tells():
    params = decoded(GOLDEN[12]["weights"])
    state = adam_state(state__2__exp_avg=None, state__2__exp_avg_sq=None)
    with pytest.raises(ValueError, match="parameter 2 has no state, so that its shape is not known: give params"):
        pytorch.from_state_dict(state)
    with pytest.raises(ValueError, match="parameter 2 has no 'exp_avg', but others have one"):
        pytorch.from_state_dict(state, params)
    with pytest.raises(ValueError, match="params: 2 arrays, but the param_groups have 3"):
        pytorch.from_state_dict(adam_state(), params[:2])
    # An optimizer that has not been stepped has neither.
    fresh = adam_state()
    fresh["state"] = {}
    for given in (None, params):
        assert pytorch.from_state_dict(fresh, given).step_count == 0


@pytest.mark.parametrize("state", [None, 3, [], {}, {"state": {}}, {"param_groups": []}])
def test_what_is_no_state_dictionary(state):
    with pytest.raises(TypeError, match=r"torch\.optim"):
        pytorch.from_state_dict(state)
    with pytest.raises(ValueError, match="at least one group"):
        pytorch.from_state_dict({"state": {}, "param_groups": []})


def test_nesterov_that_differs():
    state = decoded(GOLDEN[3]["state_dict"])
    state["param_groups"][1]["nesterov"] = False
    with pytest.raises(ValueError, match="nesterov: it must be the same"):
        pytorch.from_state_dict(state)
    state = decoded(GOLDEN[3]["state_dict"])
    state["param_groups"][1]["dampening"] = 0.5
    with pytest.raises(ValueError, match="dampening"):
        pytorch.from_state_dict(state)


def test_step_count_that_sgd_does_not_have():
    state = decoded(GOLDEN[1]["state_dict"])
    assert pytorch.from_state_dict(state, step_count=70).step_count == 70
    with pytest.raises(ValueError, match="step_count: 0"):
        pytorch.from_state_dict(state, step_count=0)
    with pytest.raises(ValueError, match="step_count: 6, but the state dictionary has 5"):
        pytorch.from_state_dict(adam_state(), step_count=6)
    sgd, params = decoded(GOLDEN[0]["state_dict"]), decoded(GOLDEN[0]["weights"])
    assert pytorch.from_state_dict(sgd, params, step_count=3).step_count == 3


def test_groups_and_their_options():
    adam = pytorch.from_state_dict(adam_state())
    assert adam.options["weight_decay"] == 0
    assert adam.groups == {1: {"weight_decay": 0.1}}
    assert list(adam._tensors.groups.values()) == [0, 0, 1]
    same = adam_state(param_groups__1__weight_decay=0)
    assert pytorch.from_state_dict(same).groups == {1: {"learning_rate": 0.1}}


def test_decoupled_decay_of_older_versions():
    state = decoded(GOLDEN[14]["state_dict"])
    for group in state["param_groups"]:
        group.pop("decoupled_weight_decay", None)
    assert pytorch.from_state_dict(state).decoupled_weight_decay == 0
    adamw = pytorch.from_state_dict(state, decoupled=True)
    assert (adamw.decoupled_weight_decay, adamw.weight_decay) == (0.1, 0)
    assert adamw.groups == {1: {"decoupled_weight_decay": 0.0}}
    assert pytorch.to_state_dict(adamw)["param_groups"][0]["decoupled_weight_decay"] is True


def test_names_of_parameters_become_keys():
    state = adam_state()
    state["param_groups"][0]["param_names"] = ["weight", "bias"]
    state["param_groups"][1]["param_names"] = ["head"]
    adam = pytorch.from_state_dict(state)
    params = dict(zip(["head", "bias", "weight"], reversed(decoded(GOLDEN[12]["weights"])), strict=True))
    adam.update(params, {key: np.ones_like(value) for key, value in params.items()})


def stepped(kind, **options):
    optimizer = kind(**options)
    optimizer.step([(np.ones(3), np.ones(3)), (np.ones((2, 2), np.float32), np.ones((2, 2), np.float32))])
    return optimizer


NOT_IN_PYTORCH = [
    (descent.Adam, {"dialect": "keras"}, "dialect"),
    (descent.Adam, {"dialect": "optax"}, "dialect"),
    (descent.Momentum, {}, "dialect: it must be 'pytorch'"),
    (descent.Nesterov, {}, "dialect"),
    (descent.RMSProp, {"momentum_decay": 0.5}, "dialect"),
    (descent.Adam, {"clip_norm": 1}, "clip_norm"),
    (descent.Adam, {"clip_value": 1}, "clip_value"),
    (descent.Adam, {"schedule": "cosine"}, "schedule"),
    (descent.Adam, {"warmup_steps": 5}, "warmup_steps"),
    (descent.Adam, {"not_finite_policy": "skip"}, "not_finite_policy"),
    (descent.Adam, {"bias_correction": False}, "bias_correction"),
    (descent.Adam, {"weight_decay": 0.1, "decoupled_weight_decay": 0.1}, "decoupled_weight_decay"),
    (descent.SGD, {"decoupled_weight_decay": 0.1}, "decoupled_weight_decay"),
]


@pytest.mark.parametrize(("kind", "options", "text"), NOT_IN_PYTORCH)
def test_what_pytorch_cannot_represent_is_named(kind, options, text):
    with pytest.raises(ValueError, match=text):
        pytorch.to_state_dict(stepped(kind, **options))


@pytest.mark.parametrize("kind", [descent.SGD, descent.AdaGrad, descent.RMSProp, descent.Adam])
def test_textbook_where_it_is_the_same(kind):
    state = pytorch.to_state_dict(stepped(kind))
    again = pytorch.from_state_dict(state, [np.ones(3), np.ones((2, 2), np.float32)])
    assert type(again) is kind
    assert again.learning_rate == kind().learning_rate


def test_no_step_and_too_many():
    with pytest.raises(ValueError, match="no step"):
        pytorch.to_state_dict(descent.Adam(dialect="pytorch"))
    adam = stepped(descent.Adam, dialect="pytorch")
    state = adam.state_dict()
    state["step_count"] = np.array(2**24 + 1)
    adam.load_state_dict(state)
    with pytest.raises(ValueError, match="2\\^24"):
        pytorch.to_state_dict(adam)


# ---- The real one ----


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


SETTINGS = [
    ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.01, "initial_accumulator_value": 0.1}),
    ("RMSprop", {"lr": 0.02, "weight_decay": 0.01}),
    ("RMSprop", {"lr": 0.02, "momentum": 0.9, "centered": True}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "maximize": True}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True}),
]


class Training:
    """The same problem in PyTorch: three parameters, the last of which is in a group of its own."""

    def __init__(self, torch, name, options, dtype):
        self.torch = torch
        random = np.random.default_rng(5)
        self.weights = [
            torch.tensor(random.normal(size=shape), dtype=dtype, requires_grad=True)
            for shape in [(3, 4), (5,), (2, 2, 2)]
        ]
        groups = [{"params": self.weights[:2]}, {"params": self.weights[2:], "lr": 0.03}]
        self.optimizer = getattr(torch.optim, name)(groups, **options)

    def gradients(self, step):
        return [np.cos(weight.detach().numpy() * (step + 1)) for weight in self.weights]

    def run(self, first, last):
        for step in range(first, last):
            for weight, gradient in zip(self.weights, self.gradients(step), strict=True):
                weight.grad = self.torch.from_numpy(gradient)
            self.optimizer.step()

    def arrays(self):
        return [weight.detach().numpy().copy() for weight in self.weights]


def run_ours(optimizer, weights, first, last):
    for step in range(first, last):
        optimizer.step([(weight, np.cos(weight * (step + 1))) for weight in weights])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "options"), SETTINGS)
def test_with_pytorch_itself(torch, name, options, dtype):
    kind = getattr(torch, dtype)
    whole = Training(torch, name, options, kind)
    whole.run(0, 20)
    # From PyTorch, through a file of its own, to the library, and back to PyTorch.
    training = Training(torch, name, options, kind)
    training.run(0, 6)
    buffer = io.BytesIO()
    torch.save(training.optimizer.state_dict(), buffer)
    buffer.seek(0)
    optimizer = pytorch.from_state_dict(torch.load(buffer, weights_only=True), training.weights)
    weights = training.arrays()
    run_ours(optimizer, weights, 6, 13)
    back = Training(torch, name, {}, kind)
    with torch.no_grad():
        for weight, array in zip(back.weights, weights, strict=True):
            weight.copy_(torch.from_numpy(array))
    state = pytorch.to_state_dict(optimizer, tensor=torch.from_numpy)
    back.optimizer.load_state_dict(state)
    back.run(13, 20)
    tolerance = 2e-5 if dtype == "float32" else 1e-13
    for found, expected in zip(back.arrays(), whole.arrays(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    # And what PyTorch then has is the same as what it would have had.
    found, expected = back.optimizer.state_dict(), whole.optimizer.state_dict()
    assert [group["params"] for group in found["param_groups"]] == [[0, 1], [2]]
    for index, entry in expected["state"].items():
        assert found["state"][index].keys() == entry.keys()


def test_scheduler_and_other_types_of_pytorch(torch):
    training = Training(torch, "Adam", {"lr": 0.1}, torch.float32)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(training.optimizer, 0.5)
    training.run(0, 2)
    scheduler.step()
    assert pytorch.from_state_dict(training.optimizer.state_dict()).learning_rate == pytest.approx(0.05)
    half = Training(torch, "Adam", {"lr": 0.1}, torch.bfloat16)
    for weight in half.weights:
        weight.grad = torch.ones_like(weight)
    half.optimizer.step()
    with pytest.raises(ValueError, match="bfloat16"):
        pytorch.from_state_dict(half.optimizer.state_dict())


@pytest.mark.parametrize("name", ["NAdam", "RAdam", "Adamax", "Adadelta", "ASGD", "Rprop"])
def test_optimizers_that_the_library_does_not_have(torch, name):
    training = Training(torch, name, {}, torch.float32)
    training.run(0, 1)
    with pytest.raises(ValueError, match=r"none of SGD|unknown"):
        pytorch.from_state_dict(copy.deepcopy(training.optimizer.state_dict()))


def test_adamw_is_adam_with_decoupled_decay():
    w, twin = np.linspace(-1, 1, 5), np.linspace(-1, 1, 5)
    adamw = descent.AdamW(dialect="pytorch", learning_rate=0.1)
    adam = descent.Adam(dialect="pytorch", learning_rate=0.1, decoupled_weight_decay=0.01)
    for optimizer, array in ((adamw, w), (adam, twin)):
        optimizer.step([(array, np.cos(array))])
    ours, theirs = pytorch.to_state_dict(adamw), pytorch.to_state_dict(adam)
    assert ours["param_groups"] == theirs["param_groups"]
    assert ours["param_groups"][0]["decoupled_weight_decay"] is True
    loaded = pytorch.from_state_dict(ours)
    loaded.step([(w, np.cos(w))])
    adam.step([(twin, np.cos(twin))])
    assert w.tobytes() == twin.tobytes()


@pytest.mark.parametrize("kind", [descent.Lion, descent.NAdam, descent.LARS])
def test_others_are_refused_by_name(kind):
    optimizer, w = kind(dialect="pytorch"), np.ones(3)
    optimizer.step([(w, np.ones(3))])
    with pytest.raises(descent.UnsupportedError, match=kind.__name__):
        pytorch.to_state_dict(optimizer)
    with pytest.raises(descent.InvalidArgumentError, match="rate_free"):
        _exported(descent.SGD(rate_free_weight_decay=0.5))


def _exported(optimizer):
    optimizer.step([(np.ones(3), np.ones(3))])
    return pytorch.to_state_dict(optimizer)
