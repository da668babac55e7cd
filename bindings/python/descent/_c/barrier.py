"""Holds back the exceptions of Python functions that C code calls, and raises them when C has returned."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, TypeVar

Result = TypeVar("Result")

# Those whose handlers raise something in programs: Ctrl-C, shutdowns and timeouts. Not every system has them all.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGUSR1", "SIGUSR2")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


class Barrier:
    """Keeps exceptions out of C, for one call of the library.

    It holds back what the functions raise that are called through call(), and what a signal handler raises
    (KeyboardInterrupt) while C code runs. From then on is_up says that C should come to an end, and leaving the `with`
    block raises the exception.
    """

    def __init__(self) -> None:
        """Nothing is held back yet."""
        self._exception: BaseException | None = None
        self._inside_function = False
        self._former_handlers: dict[int, Any] = {}

    @property
    def is_up(self) -> bool:
        """Whether an exception is waiting."""
        return self._exception is not None

    def __enter__(self) -> "Barrier":
        """Begins to hold back what signal handlers raise."""
        # A handler runs at the entry of the callback, outside of every try: what it raised there would be printed and
        # lost by ctypes. Only the main thread runs handlers, and may change them.
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if callable(handler := signal.getsignal(number)):
                    self._former_handlers[number] = handler
                    signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises what was held back."""
        for number, handler in reversed(self._former_handlers.items()):
            signal.signal(number, handler)
        if self._exception is not None:
            raise self._exception

    def call(self, function: Callable[[], Result], otherwise: Result) -> Result:
        """What the function returns; `otherwise` if it raises, or if an exception is waiting already."""
        if self._exception is not None:
            return otherwise
        try:
            self._inside_function = True
            return function()
        except BaseException as exception:
            self._exception = exception
            return otherwise
        finally:
            self._inside_function = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        handler = self._former_handlers[number]
        if self._inside_function:
            handler(number, frame)
            return
        try:
            handler(number, frame)
        except BaseException as exception:
            self._exception = exception
