"""What a call costs: steps of tensors so small that their arithmetic takes nothing."""

from typing import Any

import descent

from .. import library
from ..race import Contestant, Row
from . import steps

SIZE, MANY = 4, 65
ONE, FURTHER, PYTHON = "libdescent", f"libdescent, {MANY} tensors", "libdescent from Python"


def _build() -> list[Contestant | None]:
    one, many = steps.Problem([SIZE]), steps.Problem([SIZE] * MANY)
    further = steps.from_c(many, library.ADAM, name=FURTHER)
    further.outcome = None  # other tensors than the rest of the row has
    return [
        steps.from_c(one, library.ADAM),
        further,
        steps.from_python(one, descent.Adam(), PYTHON),
        steps.pytorch(one, "Adam", "PyTorch fused", fused=True),
        steps.numpy_course(one, steps.course_adam),
    ]


def _derive(medians: dict[str, float]) -> list[dict[str, Any]]:
    further = (medians[FURTHER] - medians[ONE]) / (MANY - 1)
    return [
        {"name": "one small tensor, from C", "value": 1e9 * medians[ONE], "unit": "ns", "limit": 100},
        {"name": "each further one, from C", "value": 1e9 * further, "unit": "ns", "limit": 20},
        {"name": "one small tensor, from Python", "value": 1e6 * medians[PYTHON], "unit": "µs", "limit": 2},
    ]


def rows() -> list[Row]:
    """One row, with three limits."""
    return [Row("overhead", f"Adam step, {SIZE} float32", _build, derive=_derive)]
