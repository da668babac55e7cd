"""What is saved and loaded goes on with the same bits."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from stepped import STEPPED

import descent


def _step(optimizer: descent.optimizers.Optimizer, weights: np.ndarray) -> None:
    optimizer.update({"w": weights}, {"w": weights * 2 + 1})


@pytest.mark.parametrize("name", STEPPED)
@pytest.mark.parametrize("way", ["file", "pickle", "copy", "state"])
def test_goes_on_with_the_same_bits(name: str, way: str, tmp_path: Path) -> None:
    one, weights = descent.optimizers.OPTIMIZERS[name](), np.arange(6, dtype=np.float32).reshape(2, 3)
    for _ in range(3):
        _step(one, weights)
    if way == "file":
        one.save(tmp_path / "saved")
        other = descent.Optimizer.load(tmp_path / "saved")
    elif way == "pickle":
        other = pickle.loads(pickle.dumps(one))
    elif way == "copy":
        other = copy.deepcopy(one)
    else:
        other = type(one)()
        other.load_state_dict(one.state_dict())
    twin = weights.copy()
    for _ in range(3):
        _step(one, weights)
        _step(other, twin)
    assert weights.tobytes() == twin.tobytes()


def test_a_file_cut_off_is_corrupt(tmp_path: Path) -> None:
    path = tmp_path / "saved"
    descent.Adam().save(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(descent.CorruptStateError):
        descent.Optimizer.load(path)


class Key:
    """Compared by identity."""


def test_a_copy_keeps_keys_that_are_compared_by_identity() -> None:
    key = Key()
    params = {key: np.ones(3), "b": np.ones(2)}
    one = descent.Adam()
    one.update(params, {key: np.ones(3), "b": np.ones(2)})
    other, twin = copy.deepcopy(one), {name: values.copy() for name, values in params.items()}
    one.update(params, {key: np.ones(3), "b": np.ones(2)})
    other.update(twin, {key: np.ones(3), "b": np.ones(2)})
    assert params[key].tobytes() == twin[key].tobytes()
    # Copied together with its parameters it has their keys.
    training = {"params": {key: np.ones(3)}, "optimizer": descent.Adam()}
    training["optimizer"].update(training["params"], {key: np.ones(3)})
    for again in (copy.deepcopy(training), pickle.loads(pickle.dumps(training))):
        (own,) = again["params"]
        assert own is not key
        again["optimizer"].update(again["params"], {own: np.ones(3)})
