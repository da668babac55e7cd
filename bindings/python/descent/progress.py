"""What a fit reports while it runs, and how Python stops it."""

import signal
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import FrameType, TracebackType
from typing import Any

from ._declarations import ProgressFunction


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """The state of a fit after one of its steps.

    epoch: from 1
    step: from 1, in this fit
    step_total: steps of the whole fit
    loss: of the last minibatch, regularization included; at the end of an epoch the mean over its samples, each
        measured with the weights of its own step
    learning_rate: that of the optimizer
    gradient_norm: Euclidean, over weights and bias, of the last minibatch
    update_ratio: |change of the weights| / |weights before|; 0 where the weights were 0. About 1e-3 is usual
    seconds: since the fit began
    epoch_end: True in the last step of each epoch
    """

    epoch: int
    step: int
    step_total: int
    loss: float
    learning_rate: float
    gradient_norm: float
    update_ratio: float
    seconds: float
    epoch_end: bool


# Gets a report after every step; a true answer stops the fit.
Progress = Callable[[ProgressReport], object]

_FIELDS = tuple(ProgressReport.__dataclass_fields__)
_NOT_IN_HISTORY = ("step_total", "epoch_end")


class Observer:
    """Stands between a fit in C and a progress function in Python, for one fit.

    It keeps the history, and it holds back what must not pass through C: an exception in the progress function, and
    one that a signal handler raises (KeyboardInterrupt) while C code runs. Either stops the fit, and leaving the
    `with` block raises it.
    """

    def __init__(self, function: Progress | None) -> None:
        """Calls `function`, if there is one, after every step."""
        self.history: list[dict[str, Any]] = []
        self.callback = ProgressFunction(self._after_step)
        self._function = function
        self._inside_function = False
        self._exception: BaseException | None = None
        self._former_handler: Any = None

    def __enter__(self) -> "Observer":
        """Begins to hold back interrupts."""
        # A handler runs at the entry of the callback, outside of every try: what it raised there would be printed and
        # lost by ctypes. Only the main thread runs handlers, and may change them.
        if threading.current_thread() is threading.main_thread() and callable(signal.getsignal(signal.SIGINT)):
            self._former_handler = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises what was held back."""
        if self._former_handler is not None:
            signal.signal(signal.SIGINT, self._former_handler)
        if self._exception is not None:
            raise self._exception

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._inside_function:
            self._former_handler(number, frame)
            return
        try:
            self._former_handler(number, frame)
        except BaseException as exception:
            self._exception = exception

    def _after_step(self, pointer: Any, _context: int | None) -> int:
        if self._exception is not None:
            return 1
        fields = pointer.contents
        # Most steps end here: without a function only the ends of the epochs are worth the time.
        if self._function is None and not fields.epoch_end:
            return 0
        try:
            report = ProgressReport(*[getattr(fields, name) for name in _FIELDS])
            if report.epoch_end:
                self.history.append(_history_entry(report))
            return 1 if self._asks_to_stop(report) else 0
        except BaseException as exception:
            self._exception = exception
            return 1

    def _asks_to_stop(self, report: ProgressReport) -> bool:
        if self._function is None:
            return False
        try:
            self._inside_function = True
            return bool(self._function(report))
        finally:
            self._inside_function = False


def _history_entry(report: ProgressReport) -> dict[str, Any]:
    return {name: value for name, value in asdict(report).items() if name not in _NOT_IN_HISTORY}
