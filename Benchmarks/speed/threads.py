"""How many threads everybody may use: set for all contestants at once, before each of them runs."""

import os
from functools import cache
from typing import Any

from . import library, peers

available = len(os.sched_getaffinity(0))
_current = 0


@cache
def _pools() -> Any:
    """Those of the libraries that have been loaded by the first use."""
    return peers.threadpoolctl.ThreadpoolController() if peers.threadpoolctl is not None else None


def can_be_set() -> bool:
    """Whether this libdescent has threads of its own that can be counted."""
    return hasattr(library.lib, "descent_set_thread_count")


def current() -> int:
    """The number of threads in force."""
    return _current


def use(count: int) -> None:
    """Lets libdescent, PyTorch, both OpenBLAS (the system's and NumPy's) and OpenMP use this many threads.

    They are set every time, since contestants may change what they share.
    """
    global _current  # noqa: PLW0603
    _current = count
    if (pools := _pools()) is not None:
        pools.limit(limits=count)
    if (torch := peers.loaded("torch")) is not None:
        torch.set_num_threads(count)
    if peers.native is not None:
        peers.native.peer_set_blas_threads(count)
    if can_be_set():
        library.lib.descent_set_thread_count(count)
