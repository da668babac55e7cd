"""Rows of one Adam step on one tensor, from 1,000 to 30,000,000 numbers."""

import descent

from .. import library
from ..race import Contestant, Row, Target
from . import steps

FUSED = "PyTorch fused"
OURS, FROM_PYTHON = "libdescent", "libdescent from Python"


def contestants(problem: steps.Problem, with_bandwidth: bool = False) -> list[Contestant | None]:
    """Everybody who can do Adam."""
    return [
        steps.from_c(problem, library.ADAM),
        steps.from_python(problem, descent.Adam()),
        steps.pytorch(problem, "Adam", FUSED, fused=True),
        steps.pytorch(problem, "Adam", "PyTorch foreach", foreach=True),
        steps.numpy_course(problem, steps.course_adam),
        steps.c_loop(problem),
        steps.bandwidth(problem) if with_bandwidth else None,
    ]


def _row(count: int, threads: int, *targets: Target) -> Row:
    def build() -> list[Contestant | None]:
        return contestants(steps.Problem([count]), with_bandwidth=count >= 1_000_000)

    return Row(f"adam-{count}-{threads}", f"Adam step, {count:,} float32", build, threads, targets)


def rows() -> list[Row]:
    """Small tensors with one thread, since nobody splits them; large ones with one and with two."""
    whole = (Target(OURS, FUSED, 1.0), Target(OURS, "bandwidth loop", 0.95))
    return [
        _row(1_000, 1, Target(OURS, FUSED, 25), Target(FROM_PYTHON, FUSED, 8)),
        _row(10_000, 1, Target(OURS, FUSED, 8)),
        *(_row(100_000, threads, Target(OURS, FUSED, 2)) for threads in (1, 2)),
        *(_row(1_000_000, threads, Target(OURS, FUSED, 1.4)) for threads in (1, 2)),
        *(_row(30_000_000, threads, *whole) for threads in (1, 2)),
    ]
