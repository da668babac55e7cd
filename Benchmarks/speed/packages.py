"""Debian's packages and their sections, as the rows of sparse data take them."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

HASH_BITS = 20
LIBRARIES = "libs"  # the section that the binary problem tells from the others


@cache
def _found() -> Any:
    try:
        from descent.demonstrations import text_sets  # noqa: PLC0415
    except ImportError:  # without SciPy
        return None
    return text_sets.packages()


def installed() -> bool:
    """Whether apt has a list of packages, and SciPy is there."""
    return _found() is not None


def texts() -> Any:
    """descent.demonstrations.text_sets.TextSet: training and test rows in float32, with their labels."""
    found = _found()
    assert found is not None
    return found


@cache
def hashed() -> tuple[Any, Any]:
    """Training and test rows whose columns are hashes of the tokens; those that collide are added."""
    from scipy import sparse  # noqa: PLC0415
    from sklearn.utils import murmurhash3_32  # noqa: PLC0415

    tokens = texts().tokens
    columns = np.array([murmurhash3_32(token, positive=True) % 2**HASH_BITS for token in tokens])
    shape = (len(tokens), 2**HASH_BITS)
    moved = sparse.csr_array((np.ones(len(tokens), np.float32), (np.arange(len(tokens)), columns)), shape=shape)
    train, test = (_narrow(part @ moved) for part in (texts().train, texts().test))
    return train, test


def _narrow(rows: Any) -> Any:
    """The same with 32-bit indices, beyond which scikit-learn does not go."""
    rows.sort_indices()
    return type(rows)((rows.data, rows.indices.astype(np.int32), rows.indptr.astype(np.int32)), shape=rows.shape)


@cache
def are_libraries() -> tuple[np.ndarray, np.ndarray]:
    """Labels of the training and of the test rows: whether the section is that of libraries."""
    section = texts().class_names.index(LIBRARIES)
    train, test = ((labels == section).astype(np.int32) for labels in (texts().train_labels, texts().test_labels))
    return train, test


def as_vowpal_wabbit(rows: Any, labels: np.ndarray) -> Path:
    """A file of Vowpal Wabbit's text, in a new folder. Columns are numbers there already, and are not hashed."""
    path = Path(mkdtemp(prefix="speed-")) / "rows.vw"
    with path.open("w") as file:
        for row, label in enumerate(labels):
            start, end = rows.indptr[row : row + 2]
            entries = " ".join(f"{rows.indices[i]}:{rows.data[i]:.6g}" for i in range(start, end))
            file.write(f"{label} | {entries}\n")
    return path
