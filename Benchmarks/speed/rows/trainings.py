"""Trainings until a value is low enough: each is one measurement, and is verified by what it reaches."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..race import Contestant, MismatchError, repeat


def contestant(
    name: str, train: Callable[[], Any], value: Callable[..., float], goal: float, digits: int
) -> Contestant:
    """`train` begins anew each time. `value` of the parameters that it returns, rounded, must not be above `goal`."""

    def outcome() -> list[np.ndarray]:
        reached = value(*train())
        made.note = f"reaches {reached:.{digits}f}"
        if not round(reached, digits) <= goal:
            raise MismatchError(f"{name} reaches {reached:.{digits}f}, not {goal}")
        return []

    made = Contestant(name, repeat(train), outcome)
    return made
