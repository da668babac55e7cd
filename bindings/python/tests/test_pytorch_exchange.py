"""Optimizers go from PyTorch to the library and back, by recorded state dictionaries."""

import copy
import json

import header
import numpy as np
import pytest

import descent
from descent import pytorch

GOLDEN = json.loads((header.REPOSITORY / "Tests/Golden/state_dicts.json").read_text())["runs"]
NAMES = [f"{index} {run['optimizer']}" for index, run in enumerate(GOLDEN)]
CLASSES = {"Adagrad": "AdaGrad", "RMSprop": "RMSProp", "AdamW": "Adam"}
CLASSES |= {name: name for name in ("Adam", "NAdam", "RAdam", "Adamax", "Adadelta", "Rprop", "ASGD")}
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
    # PyTorch's default type decides which one numbers beside the tensors have.
    assert array.dtype == expected.dtype or array.ndim == 0, what
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
            if (list(group[name]) if isinstance(group.get(name), tuple) else group.get(name)) != other.get(name)
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
                same = np.asarray(found["state"][index][name])
                assert (same.tobytes() == array.tobytes()) if array.ndim else (same == array)
    assert pytorch.from_state_dict(found, weights)._saved() == optimizer._saved()


def adam_state(**changes):
    """A right state dictionary of Adam, changed."""
    return changed_state(12, **changes)


def changed_state(run, **changes):
    """A recorded state dictionary, changed."""
    state = decoded(GOLDEN[run]["state_dict"])
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
    ({"param_groups__0__betas": None}, "none of SGD, Adagrad, .*, RAdam and Adamax: they have amsgrad, "),
    ({"param_groups__1__eps": None}, r"param_groups\[1\] has no 'eps'"),
    ({"param_groups__0__eps": np.nan}, r"param_groups\[0\]\['eps'\] is nan; it must be finite"),
    ({"param_groups__0__lr": "fast"}, r"\['lr'\] is of type str; it must be a number"),
    ({"param_groups__0__betas": [0.9]}, r"\['betas'\] is \[0.9\]; it must be 2 numbers"),
    ({"param_groups__0__betas": 0.9}, r"\['betas'\] is 0.9; it must be 2 numbers"),
    ({"param_groups__0__betas": [0.9, np.inf]}, r"\['betas'\]\[1\] is inf"),
    ({"param_groups__0__momentum": 0.9}, "'momentum' is unknown"),
    ({"param_groups__0__maximize": 2}, r"\['maximize'\] is 2; it must be True or False"),
    ({"param_groups__1__decoupled_weight_decay": np.ones(2)}, r"\['decoupled_weight_decay'\] is a float64 array"),
    ({"param_groups__1__params": [1]}, "a parameter is there twice"),
    ({"param_groups__1__param_names": []}, r"param_groups\[1\]: 'param_names' are not as many as 'params'"),
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
    ({"state__1__step": None}, "parameter 1 has no 'step'"),
    ({"state__1__step": np.array(np.nan)}, r"state\[1\]\['step'\] is nan"),
    ({"state__1__step": np.ones(2)}, r"state\[1\]\['step'\] is a float64 array of shape \(2,\)"),
    ({f"state__{index}__step": -1.0 for index in range(3)}, "state: -1 steps"),
    ({f"state__{index}__step": 0.5 for index in range(3)}, "state: 0.5 steps"),
    ({"state__1__nonsense": 1}, r"state\[1\]: 'nonsense' is unknown"),
    ({"state__9": {}}, "9 is no parameter"),
]


@pytest.mark.parametrize(("changes", "text"), IMPOSSIBLE)
def test_what_cannot_be_represented_is_named(changes, text):
    require_refused(adam_state(**changes), text)


def require_refused(state, text, kind=ValueError, params=None):
    before = copy.deepcopy(state)
    with pytest.raises(kind, match=text):
        pytorch.from_state_dict(state, params)
    np.testing.assert_equal(state, before)


# One recorded run of each of those that have more than arrays, or hyperparameters that are several options.
ADADELTA, RPROP, ASGD, NADAM, RADAM, ADAMAX = 16, 18, 20, 22, 24, 26
IMPOSSIBLE_OTHERS = [
    (NADAM, {"state__1__mu_product": None}, "parameter 1 has no 'mu_product'"),
    (NADAM, {"state__0__mu_product": np.nan}, r"state\[0\]\['mu_product'\] is nan; it must be finite"),
    (NADAM, {"state__0__mu_product": 1.5}, r"state\[0\]\['mu_product'\] is 1.5; it must be in \[0, 1\]"),
    (NADAM, {"state__0__mu_product": np.ones(2)}, r"\['mu_product'\] is a float64 array of shape \(2,\)"),
    (NADAM, {"state__2__exp_avg_sq": None}, "parameter 2 has no 'exp_avg_sq'"),
    (NADAM, {"state__2__exp_inf": np.ones(4)}, r"state\[2\]: 'exp_inf' is unknown"),
    (NADAM, {"param_groups__1__momentum_decay": np.nan}, r"\['momentum_decay'\] is nan"),
    (NADAM, {"param_groups__1__momentum_decay": -1.0}, "momentum_decay: -1"),
    (NADAM, {"param_groups__1__momentum_decay": None}, r"param_groups\[1\] has no 'momentum_decay'"),
    (ASGD, {"state__0__eta": None}, "parameter 0 has no 'eta'"),
    (ASGD, {"state__0__eta": np.inf}, r"state\[0\]\['eta'\] is inf; it must be finite"),
    (ASGD, {"state__0__eta": -0.1}, r"state\[0\]\['eta'\] is -0.1; it must be in \[0, inf\]"),
    (ASGD, {"state__0__mu": None}, "parameter 0 has no 'mu'"),
    (ASGD, {"state__0__mu": np.nan}, r"state\[0\]\['mu'\] is nan"),
    (ASGD, {"state__1__ax": np.ones(5)}, "parameter 1: 'ax' is a float64 array of shape \\(5,\\), but the parameter"),
    (ASGD, {"param_groups__0__t0": None}, "none of SGD"),
    (ASGD, {"param_groups__1__t0": None}, r"param_groups\[1\] has no 't0'"),
    (RPROP, {"param_groups__0__etas": (1.5, 0.5)}, "eta_minus: 1.5"),
    (RPROP, {"param_groups__0__etas": (0.5,)}, r"\['etas'\] is \[0.5\]; it must be 2 numbers"),
    (RPROP, {"param_groups__0__step_sizes": (0.1, np.nan)}, r"\['step_sizes'\]\[1\] is nan"),
    (RPROP, {"param_groups__0__weight_decay": 0.1}, "'weight_decay' is unknown, and would be lost"),
    (RPROP, {"state__1__prev": None}, "parameter 1 has no 'prev'"),
    (ADADELTA, {"state__1__acc_delta": None}, "parameter 1 has no 'acc_delta'"),
    (ADADELTA, {"param_groups__0__rho": 1.5}, "rho: 1.5"),
    (RADAM, {"param_groups__0__momentum": 0.9}, "'momentum' is unknown"),
    (RADAM, {"state__0__step": None}, "parameter 0 has no 'step'"),
    (ADAMAX, {"state__0__exp_inf": np.ones((2, 3), np.float32)}, "parameter 0: 'exp_inf' is|parameter 0: 'exp_avg' is"),
    (ADAMAX, {"param_groups__1__decoupled_weight_decay": True}, "'decoupled_weight_decay' is unknown"),
    (ADAMAX, {"param_groups__1__maximize": False}, "maximize: it must be the same for all groups"),
]


@pytest.mark.parametrize(("run", "changes", "text"), IMPOSSIBLE_OTHERS)
def test_what_cannot_be_represented_of_the_other_methods(run, changes, text):
    require_refused(changed_state(run, **changes), text, params=decoded(GOLDEN[run]["weights"]))


DIFFERENT = [
    (
        NADAM,
        {"state__1__mu_product": 0.25},
        "mu_product: .* of parameter 0, but 0.25 of parameter 1; it must be the same",
    ),
    (ASGD, {"state__1__eta": 0.25}, "eta: .* of parameter 0, but 0.25 of parameter 1; it must be the same in a group"),
    (ASGD, {"state__2__mu": 1.0}, r"state\[2\]\['mu'\] is 1, but .* it is 0.33.*computed"),
    (ASGD, {"param_groups__0__t0": 1.0}, r"state\[0\]\['mu'\] is 0.33.*, but .* it is 0.25"),
    (RADAM, {"state__1__step": 4.0}, r"\[4.0, 5.0\] steps; it must be the same number for all"),
]


@pytest.mark.parametrize(("run", "changes", "text"), DIFFERENT)
def test_what_pytorch_has_for_each_parameter_must_be_the_same(run, changes, text):
    require_refused(changed_state(run, **changes), text, descent.UnsupportedError)


@pytest.mark.parametrize("run", range(11, 27), ids=NAMES[11:])
def test_state_without_arrays_is_not_lost(run):
    state, params = decoded(GOLDEN[run]["state_dict"]), decoded(GOLDEN[run]["weights"])
    state["state"] = {index: {"step": entry["step"]} for index, entry in state["state"].items()}
    require_refused(state, "parameter 0 has no '", params=params)


def test_groups_have_numbers_of_their_own():
    state = decoded(GOLDEN[NADAM]["state_dict"])
    first, second = state["state"][0]["mu_product"], state["state"][2]["mu_product"]
    assert first != second
    saved = pytorch.from_state_dict(state).state_dict()
    assert (saved["kept.momentum_product"], saved["group.1.kept.momentum_product"]) == (first, second)
    # A group without a parameter has what the others have.
    state["param_groups"].append(state["param_groups"][0] | {"params": [], "lr": 0.5})
    assert pytorch.from_state_dict(state).state_dict()["group.2.kept.momentum_product"] == first


@pytest.mark.parametrize("exact", [0, 1])
def test_float32_and_float64_tensors_in_a_group(exact):
    # PyTorch gives the numbers the types of the parameters when it loads them.
    optimizer = descent.NAdam(dialect="pytorch", beta1=0.7)
    arrays = [np.ones(3, np.float64 if index == exact else np.float32) for index in range(2)]
    for _ in range(4):
        optimizer.step([(array, np.cos(array)) for array in arrays])
    state = pytorch.to_state_dict(optimizer)
    products = [state["state"][index]["mu_product"] for index in range(2)]
    assert [product.dtype for product in products] == [array.dtype for array in arrays]
    assert products[0] != products[1]
    name = "kept.momentum_product"
    assert pytorch.from_state_dict(state).state_dict()[name] == optimizer.state_dict()[name] == products[exact]


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


def test_parameters_that_are_no_list_and_state_that_is_empty():
    with pytest.raises(TypeError, match=r"param_groups\[1\]\['params'\] is of type int; it must be a list"):
        pytorch.from_state_dict(adam_state(param_groups__1__params=2))
    state = changed_state(6, state__0__sum=np.ones(0, np.float32))
    assert pytorch.from_state_dict(state).state(0, "sum_of_squares").size == 0


def test_nesterov_that_differs():
    require_refused(changed_state(3, param_groups__0__nesterov="yes"), r"\['nesterov'\] is of type str")
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
    (descent.Adamax, {"decoupled_weight_decay": 0.1}, "torch.optim has it for Adam, AdamW, NAdam, RAdam only"),
    (descent.Adamax, {"dialect": "keras"}, "dialect"),
    (descent.NAdam, {"dialect": "optax"}, "dialect"),
    (descent.NAdam, {"weight_decay": 0.1, "decoupled_weight_decay": 0.1}, "decoupled_weight_decay"),
    (descent.NAdam, {"epsilon_root": 1e-3}, "epsilon_root"),
    (descent.RAdam, {"nesterov_momentum": True}, "nesterov_momentum"),
    (descent.RAdam, {"clip_norm": 1}, "clip_norm"),
    (descent.Rprop, {"weight_decay": 0.1}, "weight_decay: torch.optim.Rprop has nothing of the kind"),
    (descent.Rprop, {"dialect": "optax"}, "dialect"),
    (descent.ASGD, {"schedule": "cosine"}, "schedule"),
]


@pytest.mark.parametrize(("kind", "options", "text"), NOT_IN_PYTORCH)
def test_what_pytorch_cannot_represent_is_named(kind, options, text):
    with pytest.raises(ValueError, match=text):
        pytorch.to_state_dict(stepped(kind, **options))


SAME_IN_TEXTBOOKS = [descent.SGD, descent.AdaGrad, descent.RMSProp, descent.Adam, descent.NAdam, descent.RAdam]
SAME_IN_TEXTBOOKS += [descent.Adamax, descent.Adadelta, descent.Rprop, descent.ASGD]


@pytest.mark.parametrize("kind", SAME_IN_TEXTBOOKS)
def test_textbook_where_it_is_the_same(kind):
    state = pytorch.to_state_dict(stepped(kind))
    again = pytorch.from_state_dict(state, [np.ones(3), np.ones((2, 2), np.float32)])
    assert type(again) is kind
    assert again.learning_rate == kind().learning_rate


def test_averages_in_place():
    asgd, w = descent.ASGD(t0=0, dialect="pytorch"), np.ones(3)
    for _ in range(5):
        asgd.step([(w, np.cos(w))])
    before = pytorch.to_state_dict(asgd)
    with asgd.averaged([w]), pytest.raises(ValueError, match="the averages are in place"):
        pytorch.to_state_dict(asgd)
    np.testing.assert_equal(pytorch.to_state_dict(asgd), before)


def test_no_step_and_too_many():
    with pytest.raises(ValueError, match="no step"):
        pytorch.to_state_dict(descent.Adam(dialect="pytorch"))
    adam = stepped(descent.Adam, dialect="pytorch")
    state = adam.state_dict()
    state["step_count"] = np.array(2**24 + 1)
    adam.load_state_dict(state)
    with pytest.raises(ValueError, match="2\\^24"):
        pytorch.to_state_dict(adam)


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


@pytest.mark.parametrize("kind", [descent.Lion, descent.ScheduleFreeSGD, descent.LARS])
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
