"""The types of tensors. NumPy itself has no bfloat16: it is that of ml_dtypes, where this is installed."""

from typing import Any

import numpy as np

from .arrays import DTYPES, FLOATS
from .declarations import BFLOAT16, FLOAT16

# By their numbers; saved bytes can hold them too.
LOW_PRECISION: dict[int, np.dtype[Any]] = {FLOAT16: np.dtype(np.float16)}
try:
    import ml_dtypes
except ImportError:
    pass
else:
    LOW_PRECISION[BFLOAT16] = np.dtype(ml_dtypes.bfloat16)

TENSOR_DTYPES: dict[np.dtype[Any], int] = {
    **{dtype: DTYPES[dtype] for dtype in FLOATS},
    **{dtype: number for number, dtype in LOW_PRECISION.items()},
}


def state_dtype(tensor: np.dtype[Any]) -> np.dtype[Any]:
    """The type that a tensor's state has where nothing else is said."""
    return tensor if tensor in FLOATS else np.dtype(np.float32)
