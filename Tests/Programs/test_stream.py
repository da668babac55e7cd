"""The example that learns from a stream."""

import numpy as np
import pytest
import stream
from programs import STREAM, run


@pytest.mark.parametrize(
    ("rows", "features", "chunk"), [(20_000, 64, 2560), (5_000, 7, 128), (3_001, 3, 100_096), (1_024, 33, 512)]
)
def test_it_learns_what_one_fit_of_all_learns(tmp_path, rows, features, chunk):
    stream.prove(tmp_path, rows, features, chunk, 128, 512 << 20)


def test_it_needs_memory_for_a_chunk_only(tmp_path):
    """320 MB of features in 256 MB of addresses; all of it as one chunk does not fit."""
    rows, features = 40_000, 2_000
    X = np.lib.format.open_memmap(tmp_path / "stream.npy", "w+", np.float32, (rows, features))
    X[:, 0] = 1
    X.flush()
    np.save(tmp_path / "labels.npy", np.arange(rows) % stream.CLASSES)
    loss, weights, _ = stream.run_stream(tmp_path, 1000, 100, 256 << 20)
    assert np.isfinite(loss)
    assert np.isfinite(weights).all()
    with pytest.raises(AssertionError, match="out of memory for chunks of 40000 rows"):
        stream.run_stream(tmp_path, rows, 100, 256 << 20)


@pytest.mark.parametrize(
    ("features", "labels", "words"),
    [
        (np.zeros((4, 2), np.float32), np.array([0, 1, 2, 9]), "label"),
        (np.zeros((4, 2), np.float32), np.array([0, 1, -1, 2]), "labels.npy: row 3: a label was expected"),
        (
            np.zeros((4, 2), np.float32),
            np.array([0, 1, 2, 10**12]),
            "row 4: a label was expected, a whole number from 0",
        ),
        (np.zeros((4, 2), np.float32), np.array([0, 1.5, 2, 3]), "from 0 on, not 1.5"),
        (np.zeros((4, 2), np.float32), np.array([0, 1, 2]), "4 labels were expected"),
        (np.array([[1, 2], [3, np.nan]], np.float32), np.array([0, 1]), "row 1"),
        (np.zeros((4, 2), np.int32), np.arange(4), "float32, float64 or uint8"),
        (np.asfortranarray(np.zeros((4, 2))), np.arange(4), "C order"),
    ],
)
def test_bad_files(tmp_path, features, labels, words):
    np.save(tmp_path / "features.npy", features)
    np.save(tmp_path / "labels.npy", labels)
    done = run(STREAM, tmp_path / "features.npy", tmp_path / "labels.npy", "5")
    assert done.returncode == 1
    assert words in done.stderr


def test_truncated_features(tmp_path):
    np.save(tmp_path / "features.npy", np.zeros((100, 2), np.float32))
    np.save(tmp_path / "labels.npy", np.arange(100) % 2)
    whole = (tmp_path / "features.npy").read_bytes()
    (tmp_path / "features.npy").write_bytes(whole[:-20])
    done = run(STREAM, tmp_path / "features.npy", tmp_path / "labels.npy", "2", "10")
    assert done.returncode == 1
    assert "it ends in row 98" in done.stderr
