"""What a fit reports while it runs, and how Python stops it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .._c.barrier import Barrier
from .._c.borrowed import Borrowed
from .._c.declarations import ProgressFunction


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """The state of a fit after one of its steps.

    epoch: from 1
    step: from 1, in this fit; one that is resumed counts on
    step_total: steps of the whole fit
    loss: of the last minibatch, regularization included; at the end of an epoch the mean over its samples, each
        measured with the weights of its own step
    learning_rate: that of the optimizer
    gradient_norm: Euclidean, over weights and bias, of the last minibatch
    update_ratio: |change of the weights| / |weights before|; 0 where the weights were 0. About 1e-3 is usual
    seconds: since fit() or resume() was called
    epoch_end: True in the last step of each epoch
    plateau: True at the end of an epoch whose loss is less than a thousandth below the best before
    update_cosine: between this change of the weights and the one before: near -1 the steps overshoot; 0 at first
    zero_fraction: the share of zeros in the gradient of the weights
    noise_scale: at the end of an epoch the gradient noise scale, the batch size beyond which larger ones help little
        (McCandlish et al. 2018); infinity if noise is all there was; else 0
    validation_loss: at the end of an epoch that of the validation data, without regularization; NaN elsewhere
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
    plateau: bool
    update_cosine: float
    zero_fraction: float
    noise_scale: float
    validation_loss: float = float("nan")


# Gets a report after every step; a true answer stops the fit.
Progress = Callable[[ProgressReport], object]

_FIELDS = tuple(ProgressReport.__dataclass_fields__)
_NOT_IN_HISTORY = ("step_total", "epoch_end")
_DTYPES = {int: np.uint64, float: np.float64, bool: np.bool_}
# What a history keeps of a report, and the NumPy types that hold it.
HISTORY_FIELDS: dict[str, Any] = {
    name: _DTYPES[item.type]  # type: ignore[index]
    for name, item in ProgressReport.__dataclass_fields__.items()
    if name not in _NOT_IN_HISTORY
}


class Observer:
    """Stands between a fit in C and a progress function in Python, for one fit.

    It keeps the history, knows whether a step has been made, and holds back what must not pass through C.
    """

    def __init__(self, function: Progress | None) -> None:
        """Calls `function`, if there is one, after every step or trial."""
        self.history: list[dict[str, Any]] = []
        self.has_begun = False
        self.callback = ProgressFunction(self._after_step)
        self._function = function
        self._barrier = Barrier()
        self._borrowed = Borrowed()

    @contextmanager
    def watching(self, borrowed: Borrowed) -> Iterator[None]:
        """While the library reads these arrays: holds back exceptions and interrupts, and raises them at the end."""
        self._borrowed = borrowed
        with borrowed, self._barrier:
            yield

    def _after_step(self, pointer: Any, _context: int | None) -> int:
        self.has_begun = True
        fields = pointer.contents
        # In any case, so that a fit that is interrupted here can go on with the history complete.
        if fields.epoch_end:
            self.history.append(_history_entry(read_report(fields)))
        return int(self._barrier.call(lambda: self._wants_to_stop(fields), True))

    def _wants_to_stop(self, fields: Any) -> bool:
        stops = self._function is not None and bool(self._function(read_report(fields)))
        # Also a signal's handler may have changed them.
        self._borrowed.require_in_place()
        return stops


def read_report(fields: Any) -> ProgressReport:
    """A report that outlives the callback."""
    return ProgressReport(*[getattr(fields, name) for name in _FIELDS])


def _history_entry(report: ProgressReport) -> dict[str, Any]:
    return {name: value for name, value in asdict(report).items() if name not in _NOT_IN_HISTORY}


@contextmanager
def watcher(progress: Progress | bool | None) -> Iterator[Progress | None]:
    """The function that a setting stands for: itself, none, or one that shows a bar while the fit runs."""
    if progress is not True:
        yield progress or None
        return
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.close()


class _Bar:
    """A bar of epochs, with loss and rate: tqdm's where it is installed, else a line on a terminal."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm  # noqa: PLC0415
        except ImportError:
            tqdm = None
        self._tqdm = tqdm
        self._bar: Any = None
        self._shows = sys.stderr.isatty()

    def show(self, report: ProgressReport) -> None:
        """Shows where the fit is, at the end of each epoch."""
        if not report.epoch_end:
            return
        figures = {"loss": f"{report.loss:.5g}", "rate": f"{report.learning_rate:.3g}"}
        if report.validation_loss == report.validation_loss:
            figures["validation"] = f"{report.validation_loss:.5g}"
        epochs = max(report.epoch, round(report.step_total * report.epoch / report.step))
        if self._tqdm is not None:
            if self._bar is None:
                self._bar = self._tqdm(total=epochs, unit="epoch", initial=report.epoch - 1)
            self._bar.set_postfix(figures, refresh=False)
            self._bar.update()
        elif self._shows:
            text = ", ".join(f"{name} {value}" for name, value in figures.items())
            sys.stderr.write(f"\repoch {report.epoch} of {epochs}: {text}\x1b[K")
            sys.stderr.flush()

    def close(self) -> None:
        """Ends the line."""
        if self._bar is not None:
            self._bar.close()
        elif self._tqdm is None and self._shows:
            sys.stderr.write("\n")
