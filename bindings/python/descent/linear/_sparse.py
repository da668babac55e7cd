"""Sparse samples: rows of scipy.sparse, as the library takes them. Without SciPy nobody can have any."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._c.arrays import DTYPES, Array
from .._c.errors import InvalidArgumentError, ShapeMismatchError
from .._c.low_precision import LOW_PRECISION

# Values that the library reads where they are, with their numbers.
VALUE_DTYPES = DTYPES | {dtype: number for number, dtype in LOW_PRECISION.items()}
_MOST_COLUMNS = int(np.iinfo(np.int32).max) + 1


@dataclass(frozen=True)
class SparseRows:
    """Features of which only some are stored: those of row i at the places starts[i] to starts[i + 1] - 1."""

    values: Array
    columns: NDArray[np.int32]
    starts: NDArray[np.int64]
    shape: tuple[int, int]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        return self.values.dtype

    def __len__(self) -> int:
        """The number of rows."""
        return self.shape[0]

    def __str__(self) -> str:
        """A few words for a message."""
        return f"a sparse {self.dtype.name} array of shape {self.shape}"

    def part(self, rows: Array) -> "SparseRows":
        """A copy of some rows."""
        counts = np.diff(self.starts)[rows]
        starts = np.concatenate([[0], np.cumsum(counts)])
        places = np.repeat(self.starts[:-1][rows] - starts[:-1], counts) + np.arange(starts[-1])
        return SparseRows(self.values[places], self.columns[places], starts, (len(counts), self.shape[1]))

    def times(self, factor: float) -> "SparseRows":
        """A copy whose values are multiplied, in double."""
        return replace(self, values=np.multiply(self.values, factor, dtype=np.float64))


def is_sparse(X: Any) -> bool:
    """Whether X is an array or a matrix of scipy.sparse, or a data frame of pandas all of whose columns are sparse."""
    return hasattr(X, "tocsr") or (hasattr(X, "sparse") and hasattr(X, "dtypes"))


def as_rows(X: Any) -> SparseRows:
    """X as rows: its own values and column numbers if the library can read them, else copies.

    In place are CSR values of float32, float64, float16 and uint8, and columns of int32; the starts of the rows, which
    are few, become int64. Other formats become CSR, once. Rows whose columns do not rise, or are there twice, are
    sorted and summed in a copy.
    """
    if not hasattr(X, "tocsr"):
        X = X.sparse.to_coo()
    if X.ndim != 2:
        raise ShapeMismatchError(f"Expected 2D array, got {X.ndim}D array instead: X is sparse, of shape {X.shape}")
    if X.dtype.kind == "c":
        raise InvalidArgumentError(f"Complex data not supported: X is sparse, of {X.dtype.name}")
    if X.dtype.kind not in "fiub":
        raise TypeError(f"X is sparse, of {X.dtype.name}; it must hold numbers")
    rows = X.tocsr()
    _require_starts(rows)
    if rows.nnz and not rows.has_canonical_format:
        # Sums of few bits would not fit, and SciPy has none of float16.
        data = rows.data if rows.dtype in (np.float32, np.float64) else _widened(rows.data)
        rows = type(rows)((data, rows.indices, rows.indptr), shape=rows.shape, copy=True)
        rows.sum_duplicates()
    return _checked(rows)


def _require_starts(rows: Any) -> None:
    """InvalidArgumentError for rows that SciPy would look for outside of its arrays."""
    starts, count = rows.indptr, len(rows.indices)
    falls = np.flatnonzero(starts[1:] < starts[:-1])
    if falls.size:
        row = int(falls[0])
        raise InvalidArgumentError(f"X.indptr: row {row} begins at {starts[row]} and ends at {starts[row + 1]}")
    if len(starts) and not 0 <= starts[0] <= starts[-1] <= count:
        raise InvalidArgumentError(f"X.indptr: from {starts[0]} to {starts[-1]}, but {count} columns are stored")


def _checked(rows: Any) -> SparseRows:
    shape = (int(rows.shape[0]), int(rows.shape[1]))
    columns, starts = rows.indices, np.ascontiguousarray(rows.indptr, np.int64)
    if len(starts) != shape[0] + 1 or len(columns) != len(rows.data):
        raise InvalidArgumentError(
            f"X is sparse, of shape {shape}, with {len(starts)} numbers in indptr, {len(columns)} in indices and "
            f"{len(rows.data)} in data; there must be {shape[0] + 1} in indptr, and equally many in the others"
        )
    if shape[1] > _MOST_COLUMNS:
        raise InvalidArgumentError(f"X has {shape[1]} features, and at most {_MOST_COLUMNS} can be numbered")
    if columns.dtype != np.int32 and columns.size and not 0 <= columns.min() <= columns.max() < _MOST_COLUMNS:
        wrong = int(np.argmax((columns < 0) | (columns >= _MOST_COLUMNS)))
        raise InvalidArgumentError(f"X.indices[{wrong}] is {columns[wrong]}, and there are {shape[1]} features")
    values = rows.data
    if values.dtype not in VALUE_DTYPES:
        values = _widened(values)
    return SparseRows(np.ascontiguousarray(values), np.ascontiguousarray(columns, np.int32), starts, shape)


def _widened(values: Array) -> Array:
    """Numbers of up to 16 bits as float32, all others as float64."""
    wide: Array = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
    return wide
