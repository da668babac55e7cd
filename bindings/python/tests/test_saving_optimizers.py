"""Optimizers that are saved, loaded, copied, pickled and put into dictionaries go on with the same bits."""

import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
from stepped import STEPPED

import descent

CLASSES = list(STEPPED.values())
# Everything that makes state, or changes what the steps do; what an algorithm does not have is left out.
OPTIONS = {
    "clip_norm": 1.5,
    "track_health": True,
    "schedule": "plateau",
    "patience": 1,
    "warmup_steps": 3,
    "amsgrad": True,
    "centered": True,
    "momentum_decay": 0.5,
}
KEYS = ["weights", ("layer", 1), 3]


def make(kind, **more):
    known = {name: value for name, value in OPTIONS.items() if name in kind._algorithm.options}
    optimizer = kind(**known, **more)
    optimizer.set_group(7, learning_rate=0.05, weight_decay=0.01)
    return optimizer


def make_params():
    random = np.random.default_rng(3)
    return {
        "weights": random.normal(size=(3, 4, 5)).astype(np.float32),
        ("layer", 1): random.normal(size=6),
        3: np.array(0.5),
    }


def run(optimizer, params, first, last):
    """Steps whose gradients depend on the number of the step, and on the processor in no way, unlike NumPy's cosine."""
    for step in range(first, last):
        grads = {key: np.array(value * (step + 1) % 2 - 1, value.dtype) for key, value in params.items()}
        groups = {("layer", 1): 7} if step == 0 else None
        optimizer.update(params, grads, groups=groups)
        optimizer.report_loss(2.0)


def through_file(optimizer, tmp_path):
    optimizer.save(tmp_path / "optimizer")
    return descent.Optimizer.load(tmp_path / "optimizer")


def through_dict(optimizer, tmp_path):
    other = type(optimizer)(learning_rate=77)
    other.load_state_dict(optimizer.state_dict())
    return other


def through_savez(optimizer, tmp_path):
    np.savez(tmp_path / "optimizer.npz", **optimizer.state_dict())
    other = type(optimizer)()
    with np.load(tmp_path / "optimizer.npz") as state:
        other.load_state_dict(state)
    return other


def through_safetensors(optimizer, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    safetensors.save_file(optimizer.state_dict(), tmp_path / "optimizer.safetensors")
    other = type(optimizer)()
    other.load_state_dict(safetensors.load_file(tmp_path / "optimizer.safetensors"))
    return other


def through_pickle(optimizer, tmp_path):
    return pickle.loads(pickle.dumps(optimizer))


def through_copy(optimizer, tmp_path):
    return copy.deepcopy(copy.copy(optimizer))


WAYS = [through_file, through_dict, through_savez, through_safetensors, through_pickle, through_copy]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dialect", ["textbook", "pytorch", "keras", "optax"])
@pytest.mark.parametrize("kind", CLASSES)
def test_goes_on_with_the_same_bits(kind, dialect, way, tmp_path):
    whole, params = make(kind, dialect=dialect), make_params()
    run(whole, params, 0, 8)
    for place in (1, 4):
        optimizer, own = make(kind, dialect=dialect), make_params()
        run(optimizer, own, 0, place)
        loaded = way(optimizer, tmp_path)
        assert type(loaded) is kind
        assert loaded.options == optimizer.options
        assert loaded.groups == optimizer.groups == {7: {"learning_rate": 0.05, "weight_decay": 0.01}}
        assert loaded.step_count == place
        run(loaded, own, place, 8)
        for key in KEYS:
            assert own[key].tobytes() == params[key].tobytes()
            for name in loaded.state_names:
                state = loaded.state(key, name)
                # Options may decide which matrices a tensor has.
                if not optimizer._algorithm.is_of_matrices(name):
                    assert state.shape == optimizer._algorithm.state_shape(name, params[key].shape)
                assert state.shape == optimizer.state(key, name).shape
                assert state.tobytes() == whole.state(key, name).tobytes()
        assert loaded.health() == whole.health()
        assert loaded.current_learning_rate == whole.current_learning_rate
        assert loaded._saved() == whole._saved()
        # The one that was saved is as it was.
        assert optimizer.step_count == place


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CLASSES)
def test_before_the_first_step(kind, way, tmp_path):
    optimizer = make(kind)
    loaded = way(optimizer, tmp_path)
    assert loaded.options == optimizer.options
    assert loaded.step_count == 0
    # Options that were not set still take a dialect's defaults.
    loaded.dialect = "keras"
    optimizer.dialect = "keras"
    assert loaded.options == optimizer.options
    params = make_params()
    run(loaded, params, 0, 2)


def test_in_another_process(tmp_path):
    params = make_params()
    whole = make(descent.Adam)
    run(whole, params, 0, 3)
    whole.save(tmp_path / "adam")
    program = (
        "import sys, descent, test_saving_optimizers as t, numpy as np;"
        "o = descent.Adam.load(sys.argv[1] + '/adam');"
        "p = dict(zip(t.KEYS, np.load(sys.argv[1] + '/p.npz').values()));"
        "t.run(o, p, 3, 6); o.save(sys.argv[1] + '/after'); np.savez(sys.argv[1] + '/after.npz', *p.values())"
    )
    np.savez(tmp_path / "p.npz", *params.values())
    run(whole, params, 3, 6)
    path = f"{sys.path[0]}:" + ":".join(sys.path)
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, env={"PYTHONPATH": path})
    assert descent.Optimizer.load(tmp_path / "after")._saved() == whole._saved()
    with np.load(tmp_path / "after.npz") as after:
        for expected, array in zip(params.values(), after.values(), strict=True):
            assert array.tobytes() == expected.tobytes()


def test_file_of_a_c_program(tmp_path):
    adam = descent.Adam()
    w, b = np.ones((2, 3)), np.ones(4, np.float32)
    adam.update({"w": w, "b": b}, {"w": w / 2, "b": b / 2})
    (tmp_path / "from_c").write_bytes(adam._saved())
    loaded = descent.Optimizer.load(tmp_path / "from_c")
    with pytest.raises(descent.ShapeMismatchError, match="no key 0"):
        loaded.update({"w": w, "b": b}, {"w": w, "b": b})
    for optimizer in (adam, loaded):
        twins = w.copy(), b.copy()
        optimizer.step([(twins[0], w * 3), (twins[1], b * 3)])
        assert optimizer.state(1, "m").shape == (4,)
    assert loaded._saved() == adam._saved()


def test_keys_that_no_file_can_hold(tmp_path):
    key = frozenset({1})
    sgd = descent.Momentum()
    sgd.update({key: np.ones(2)}, {key: np.ones(2)})
    for use in (lambda: sgd.save(tmp_path / "x"), sgd.state_dict):
        with pytest.raises(TypeError, match="frozenset"):
            use()
    assert not list(tmp_path.iterdir())
    assert pickle.loads(pickle.dumps(sgd)).state(key, "velocity").any()


def test_subclasses_stay_themselves(tmp_path):
    adam = OwnAdam(beta1=0.5)
    adam.step([(np.ones(2), np.ones(2))])
    adam.save(tmp_path / "x")
    for loaded in (OwnAdam.load(tmp_path / "x"), pickle.loads(pickle.dumps(adam)), copy.copy(adam)):
        assert type(loaded) is OwnAdam
        assert loaded.beta1 == 0.5
        assert loaded.step_count == 1


class OwnAdam(descent.Adam):
    """A user's own."""

    __slots__ = ()


def test_another_class_is_refused(tmp_path):
    descent.SGD().save(tmp_path / "sgd")
    with pytest.raises(descent.InvalidArgumentError, match="sgd: SGD was saved here, not Adam"):
        descent.Adam.load(tmp_path / "sgd")
    with pytest.raises(ValueError, match="SGD was saved here, not Adam"):
        descent.Adam().load_state_dict(descent.SGD().state_dict())


def test_closed_optimizer_cannot_be_saved(tmp_path):
    adam = descent.Adam()
    state = adam.state_dict()
    adam.close()
    uses = [lambda: adam.save(tmp_path / "x"), adam.state_dict, lambda: pickle.dumps(adam), lambda: copy.copy(adam)]
    for use in [*uses, lambda: adam.load_state_dict(state)]:
        with pytest.raises(ValueError, match="closed"):
            use()


def test_dictionary_is_flat_numeric_and_a_copy():
    adam = make(descent.Adam)
    run(adam, make_params(), 0, 2)
    state = adam.state_dict()
    assert all(isinstance(name, str) for name in state)
    assert all(isinstance(array, np.ndarray) and array.dtype.kind in "fiub" for array in state.values())
    assert state["step_count"] == 2
    assert state["options.beta1"] == 0.9
    assert state["group.7.weight_decay"] == 0.01
    assert state["tensor.0.m"].shape == (3, 4, 5)
    before = adam._saved()
    for array in state.values():
        array[...] = 0
    assert adam._saved() == before


CHANGES = [
    ({"options.beta1": np.array(1.0)}, "the state: beta1: 1 is outside"),
    ({"options.beta1": np.array("x")}, "options.beta1"),
    ({"options.beta1": np.ones(2)}, "options.beta1"),
    ({"step_count": np.array(-1)}, "step_count: -1 is below 0"),
    ({"step_count": np.array(1.5)}, "step_count"),
    ({"step_count": np.array(0, np.uint64)}, "health.step"),
    ({"tensor.0.m": np.ones((3, 4, 5))}, r"tensor.0.m.*float64.*float32"),
    ({"tensor.0.m": np.ones((3, 4), np.float32)}, "tensor.0.m: is 3 x 4 .* not 3 x 20"),
    ({"tensor.1.v": None}, "tensor.1.v: is missing"),
    ({"tensor.0.shape": np.array([60])}, r"tensor.0.m.*\(60,\)"),
    ({"tensor.0.dtype": np.array(3)}, "tensor 0: dtype: 3"),
    ({"tensor.1.group": np.array(2**32)}, "groups.*4294967296 is outside"),
    ({"algorithm": np.array(99)}, "algorithm 99"),
    ({"algorithm": np.array(1)}, "sgd has no option amsgrad"),
    ({"keys": np.array([1, 2], np.uint8)}, "keys"),
    ({"keys": np.frombuffer(b'["a", "a", "b"]', np.uint8)}, "twice"),
    ({"keys": np.frombuffer(b'["a"]', np.uint8)}, "3 tensors, but 1 keys"),
    ({"group.7.learning_rate": None, "group.7.weight_decay": None}, "group 7"),
    ({"group.7.clip_norm": np.array(1.0)}, "clip_norm"),
    ({"group.7.nonsense": np.array(1.0)}, "nonsense"),
    ({"nonsense": np.array(1.0)}, "nonsense: is nothing that"),
    ({"plateau.factor": None}, "plateau.factor: is missing"),
    ({"options_set": np.array([64])}, "options_set"),
    ({"options_set": np.array([6])}, "adam has no option rho"),
]


@pytest.mark.parametrize(("changes", "text"), CHANGES)
def test_wrong_dictionary_is_named_and_changes_nothing(changes, text):
    adam = make(descent.Adam)
    run(adam, make_params(), 0, 2)
    state = {name: array for name, array in {**adam.state_dict(), **changes}.items() if array is not None}
    other = make(descent.Adam, beta1=0.25)
    run(other, make_params(), 0, 1)
    before = other._saved(), other.groups
    with pytest.raises(ValueError, match=text):
        other.load_state_dict(state)
    assert (other._saved(), other.groups) == before
    run(other, make_params(), 1, 2)


@pytest.mark.parametrize("whole", [np.int64, np.uint64, np.uint32, np.uint8, bool])
def test_numbers_of_any_type_that_holds_them(whole):
    adam = make(descent.Adam)
    run(adam, make_params(), 0, 2)
    state = adam.state_dict()
    changed = 0
    for name, array in state.items():
        is_number = array.dtype.kind in "iu" or (array.dtype.kind == "f" and array.shape == ())
        if is_number and name != "keys" and np.array_equal(array.astype(whole), array):
            state[name] = array.astype(whole)
            changed += 1
        elif array.dtype == np.float64 and array.shape == () and np.float32(array) == array:
            state[name] = array.astype(np.float32)
    assert changed > 10
    other = make(descent.Adam)
    other.load_state_dict(state)
    assert other._saved() == adam._saved()


@pytest.mark.parametrize("state", [None, 3, [("a", 1)], {}, {1: np.ones(1)}])
def test_what_is_no_state(state):
    with pytest.raises((TypeError, ValueError)):
        descent.SGD().load_state_dict(state)


def test_state_of_an_older_version_has_fewer_options():
    state = descent.Adam(beta1=0.5).state_dict()
    del state["options.amsgrad"]
    adam = descent.Adam(amsgrad=True)
    adam.load_state_dict(state)
    assert adam.amsgrad is False
    assert adam.beta1 == 0.5


def test_skipped_first_step_and_its_keys(tmp_path):
    adam = descent.Adam(not_finite_policy="skip")
    w, g = np.ones(3), np.full(3, np.nan)
    adam.update({"w": w}, {"w": g})
    loaded = through_file(adam, tmp_path)
    assert loaded.step_count == 0
    assert loaded.health().skipped_steps == 1
    loaded.update({"w": w}, {"w": np.ones(3)})
    buffer = io.BytesIO()
    np.savez(buffer, **loaded.state_dict())
    assert loaded.step_count == 1
