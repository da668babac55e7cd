"""A sampler that was saved, loaded, copied or pickled stands where the other one stood."""

import copy
import pickle

import numpy as np
import pytest

import descent

KINDS = {
    "shuffle": {},
    "replacement": {"sampling": "replacement"},
    "stratified": {"sampling": "stratified", "labels": np.arange(43) % 5 * 1000},
    "weighted": {"weights": np.arange(43.0)},
}


def make(kind, **more):
    return descent.Sampler(43, 6, seed=2**64 - 1, **KINDS[kind], **more)


def through_file(sampler, tmp_path):
    sampler.save(tmp_path / "sampler")
    return descent.Sampler.load(tmp_path / "sampler")


def through_savez(sampler, tmp_path):
    np.savez(tmp_path / "sampler.npz", **sampler.state_dict())
    other = descent.Sampler(3, 1)
    with np.load(tmp_path / "sampler.npz") as state:
        other.load_state_dict(state)
    return other


def through_safetensors(sampler, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    other = descent.Sampler(3, 1)
    other.load_state_dict(safetensors.load(safetensors.save(sampler.state_dict())))
    return other


def through_pickle(sampler, tmp_path):
    return pickle.loads(pickle.dumps(sampler))


def through_copy(sampler, tmp_path):
    return copy.deepcopy(copy.copy(sampler))


@pytest.mark.parametrize("way", [through_file, through_savez, through_safetensors, through_pickle, through_copy])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_gives_the_same_batches(kind, drop_last, way, tmp_path):
    sampler = make(kind, drop_last=drop_last)
    for steps in (0, 1, 6, 8, 20):
        for _ in range(steps):
            sampler.next_batch()
        loaded, twin = way(sampler, tmp_path), make(kind, drop_last=drop_last)
        assert loaded.position == sampler.position
        assert loaded.drop_last is drop_last
        assert len(loaded) == len(sampler)
        assert repr(loaded) == repr(sampler)
        twin.seek(*sampler.position)
        for _ in range(20):
            batch = twin.next_batch()
            np.testing.assert_array_equal(loaded.next_batch(), batch)


def test_neither_labels_nor_weights_are_told():
    state = make("stratified").state_dict()
    np.testing.assert_array_equal(state["classes"], np.arange(43) % 5)
    assert set(make("weighted").state_dict()) - set(make("shuffle").state_dict()) == {"masses", "aliases"}


CHANGES = [
    ({"samples": np.array(0)}, "classes: is 43 numbers of int32, not 0"),
    ({"samples": np.array(44)}, "classes: is 43 numbers of int32, not 44"),
    ({"batch_size": np.array(0)}, "batch_size: 0"),
    ({"sampling": np.array(9)}, "sampling: there is no sampling 9"),
    ({"batch": np.array(8)}, "batch: 8"),
    ({"drop_last": np.array(2)}, "drop_last: 2"),
    ({"classes": np.full(43, -1)}, "labels.*-1"),
    ({"classes": np.zeros(43)}, "classes: is 43 numbers of float64"),
    ({"classes": np.full(43, 2**31)}, r"classes\[0\]: 2147483648 is above"),
    ({"seed": None}, "seed: is missing"),
    ({"more": np.zeros(1)}, "more: is nothing"),
]


@pytest.mark.parametrize(("changes", "text"), CHANGES)
def test_wrong_dictionary_is_named_and_changes_nothing(changes, text):
    state = {**make("stratified").state_dict(), **changes}
    sampler, twin = make("weighted"), make("weighted")
    with pytest.raises(ValueError, match=text):
        sampler.load_state_dict({name: array for name, array in state.items() if array is not None})
    assert sampler.next_batch().tobytes() == twin.next_batch().tobytes()


@pytest.mark.parametrize("sampling", ["stratified", "weighted"])
def test_numbers_of_other_types(sampling):
    sampler = make(sampling)
    twin = make("shuffle")
    state = sampler.state_dict()
    state |= {name: array.astype(np.int64) for name, array in state.items() if array.max() < 2**63}
    twin.load_state_dict(state)
    assert [twin.next_batch().tolist() for _ in range(9)] == [sampler.next_batch().tolist() for _ in range(9)]


def test_closed_sampler(tmp_path):
    sampler = make("shuffle")
    state = sampler.state_dict()
    sampler.close()
    for use in (lambda: sampler.save(tmp_path / "x"), sampler.state_dict, lambda: pickle.dumps(sampler)):
        with pytest.raises(ValueError, match="closed"):
            use()
    with pytest.raises(TypeError):
        sampler.load_state_dict(None)
    sampler.load_state_dict(state)
    assert sampler.position == (0, 0)
