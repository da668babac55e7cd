"""Learning-rate schedules as objects: each sets the options that it needs when it is given to an optimizer.

    sgd = descent.SGD(learning_rate=0.1, schedule=descent.schedules.Cosine(steps=1000, warmup=50))
    sgd.schedule = descent.schedules.Step(steps=300, factor=0.5)     # from the next step on

In the formulas k counts the steps after the warm-up from 0, `steps` is N, `factor` f, `power` p and `floor` m; the
learning rate is multiplied with their value. What is not given has the library's default. All take

    warmup: in the first W steps the rate is t / W of its value, t = 1, 2, ...; whole, [0, 2^53]

and raise TypeError for what is no number, and InvalidArgumentError for a value out of range.
"""

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ._c.arrays import address, real_number, whole_number
from ._c.declarations import FLOAT64, Tensor
from ._c.errors import check
from ._c.kinds import OPTIMIZER, told
from ._c.library import Handle, library
from ._c.table import ALGORITHMS

# Schedules are the same for all algorithms; this one needs no state.
_ALGORITHM = ALGORITHMS["sgd"]


def _option(name: str) -> Any:
    """A field that stands for an option of the optimizers, with the library's default."""
    return field(default=_ALGORITHM.options[name].default, metadata={"option": name})


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What the schedules have in common. Not to be made itself: make a Cosine, a Step, ..."""

    name: ClassVar[str]

    warmup: int = _option("warmup_steps")

    def __post_init__(self) -> None:
        """Lets the library judge the values."""
        if type(self) is Schedule:
            names = ", ".join(name for name in __all__ if name != "Schedule")
            raise TypeError(f"Schedule is a base class; make one of {names}")
        self._try_out()

    @property
    def options(self) -> dict[str, Any]:
        """The optimizer options that it sets."""
        return {"schedule": self.name} | {item.metadata["option"]: getattr(self, item.name) for item in fields(self)}

    def factors(self, steps: int, *, losses: Iterable[float] = ()) -> NDArray[np.float64]:
        """What the learning rate is multiplied with in the first steps: an array of shape (steps,), from the library.

        losses: what a Plateau is told, one after each step; the other schedules look at none
        """
        handle = self._try_out()
        values, gradient = np.zeros(1), np.zeros(1)
        tensor = Tensor(address(values), address(gradient), 1, 1, FLOAT64, 0)
        reports = iter(losses)
        factors = np.empty(whole_number(steps, "steps", 53))
        for index in range(len(factors)):
            (factors[index],) = told(library.descent_optimizer_learning_rate, handle.pointer, of=[ctypes.c_double])
            check(library.descent_optimizer_step(handle.pointer, ctypes.byref(tensor), 1))
            for loss in reports:
                check(library.descent_optimizer_report_loss(handle.pointer, real_number(loss, "losses")))
                break
        return factors

    def _try_out(self) -> Handle:
        """An optimizer with this schedule and a learning rate of 1."""
        handle = OPTIMIZER.made("create", _ALGORITHM.value)
        names = {item.metadata["option"]: item.name for item in fields(self)}
        words = {f"{option}: ": f"{name}: " for option, name in names.items()}
        for name, value in {**self.options, "learning_rate": 1.0}.items():
            option = _ALGORITHM.options[name]
            check(
                library.descent_optimizer_set(handle.pointer, option.value, option.number_of(value, names.get(name))),
                words,
            )
        return handle


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """1 after the warm-up."""

    name = "constant"


@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """f^floor(k / N): the rate falls by `factor`, [0, inf), every `steps` steps, whole, [1, 2^53]."""

    name = "step"
    steps: int = _option("schedule_steps")
    factor: float = _option("schedule_factor")


@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    """f^(k / N): as Step, but a little in every step."""

    name = "exponential"
    steps: int = _option("schedule_steps")
    factor: float = _option("schedule_factor")


@dataclass(frozen=True, kw_only=True)
class InverseTime(Schedule):
    """1 / (1 + f * k / N)."""

    name = "inverse_time"
    steps: int = _option("schedule_steps")
    factor: float = _option("schedule_factor")


@dataclass(frozen=True, kw_only=True)
class Polynomial(Schedule):
    """m + (1 - m) * (1 - min(k / N, 1))^p: a straight line for power 1. floor: [0, 1], power: [0, inf)."""

    name = "polynomial"
    steps: int = _option("schedule_steps")
    power: float = _option("schedule_power")
    floor: float = _option("schedule_floor")


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """m + (1 - m) * (1 + cos(pi * min(k / N, 1))) / 2: half a cosine from 1 to `floor`, [0, 1], in `steps` steps."""

    name = "cosine"
    steps: int = _option("schedule_steps")
    floor: float = _option("schedule_floor")


@dataclass(frozen=True, kw_only=True)
class CosineRestarts(Schedule):
    """As Cosine over and over, each cycle `cycle_factor`, [1, inf), times as long (Loshchilov and Hutter 2017).

    cycle_decay: each cycle begins at this share of where the one before began; [0, 1]
    """

    name = "cosine_restarts"
    steps: int = _option("schedule_steps")
    floor: float = _option("schedule_floor")
    cycle_factor: float = _option("cycle_factor")
    cycle_decay: float = _option("cycle_decay")


@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Up from `start` to 1 in the share `rise` of the steps, then down to `floor` (Smith and Topin 2017).

    start, rise, floor: [0, 1]
    """

    name = "one_cycle"
    steps: int = _option("schedule_steps")
    rise: float = _option("cycle_rise")
    start: float = _option("cycle_start")
    floor: float = _option("schedule_floor")


@dataclass(frozen=True, kw_only=True)
class Plateau(Schedule):
    """Lowered by `factor`, to no less than `floor`, when losses that are reported bring no progress.

    patience: how many reports without progress (a loss lower than the best by more than `threshold` of it) are put up
        with; whole, [0, 2^53]. The optimizer's report_loss() makes the reports
    threshold: [0, inf)
    rises: True if what is reported is better the higher it is, an accuracy
    cooldown: so many reports after the rate was lowered do not count; whole, [0, 2^53]
    """

    name = "plateau"
    factor: float = _option("schedule_factor")
    floor: float = _option("schedule_floor")
    patience: int = _option("patience")
    threshold: float = _option("plateau_threshold")
    rises: bool = _option("plateau_rises")
    cooldown: int = _option("cooldown")


__all__ = [
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "InverseTime",
    "OneCycle",
    "Plateau",
    "Polynomial",
    "Schedule",
    "Step",
]
