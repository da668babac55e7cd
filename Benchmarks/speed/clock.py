"""Which time is taken: that which passes, or a thread's processor time."""

import time
from collections.abc import Callable

from . import peers

now: Callable[[], float] = time.perf_counter


def is_processor_time() -> bool:
    """What has been chosen."""
    return now is time.thread_time


def choose(processor_time: bool) -> None:
    """Processor time does not grow while another process has the processor; of two threads it says nothing."""
    global now  # noqa: PLW0603
    now = time.thread_time if processor_time else time.perf_counter
    if peers.native is not None:
        peers.native.peer_choose_clock(int(processor_time))
