"""How many threads the library uses. The results are the same, to the bit, for any number."""

from ._c.arrays import whole_number
from ._c.errors import check
from ._c.library import library


def set_thread_count(n: int) -> None:
    """Sets how many threads a call may use, the calling one included.

    n: 1 to 256, or 0: as many as the processors that this process may use. At first it is the number in the
        environment variable DESCENT_NUM_THREADS, or 0

    TypeError; InvalidArgumentError for a number out of range. Thread-safe; waits for work that is being done.
    """
    check(library.descent_set_thread_count(whole_number(n, "n", 31)))


def thread_count() -> int:
    """How many threads a call may use, 1 to 256. Thread-safe."""
    return int(library.descent_thread_count())
