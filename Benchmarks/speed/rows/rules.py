"""Rows of the other rules, and of two threads against one."""

import descent

from .. import library
from ..race import Contestant, Row, Target
from . import steps
from .adam import OURS

MILLION = 1_000_000
# Where PyTorch's RMSProp has other defaults: the same numbers for everybody. Without momentum the formula is the same.
LEARNING_RATE, RHO, EPSILON = 0.01, 0.99, 1e-7


def _rmsprop() -> list[Contestant | None]:
    problem = steps.Problem([MILLION])
    options = {"lr": LEARNING_RATE, "alpha": RHO, "eps": EPSILON}
    return [
        steps.from_c(problem, library.RMSPROP),
        steps.pytorch(problem, "RMSprop", "PyTorch default", **options),
        steps.pytorch(problem, "RMSprop", "PyTorch foreach", foreach=True, **options),
        steps.numpy_course(problem, steps.course_rmsprop),
    ]


def _two_threads() -> list[Contestant | None]:
    problem = steps.Problem([MILLION])
    two = steps.from_c(problem, library.ADAM)
    one = steps.from_c(problem, library.ADAM, name="libdescent, 1 thread")
    one.threads = 1
    return [two, one]


def _small_python() -> list[Contestant | None]:
    problem = steps.Problem([10_000])
    return [
        steps.from_python(problem, descent.RMSProp(), OURS),
        steps.pytorch(problem, "RMSprop", "PyTorch default", lr=LEARNING_RATE, alpha=RHO, eps=EPSILON),
        steps.numpy_course(problem, steps.course_rmsprop),
    ]


def rows() -> list[Row]:
    """RMSProp, and Adam with two threads."""
    peers = ("PyTorch default", "PyTorch foreach")
    one = "libdescent, 1 thread"
    return [
        Row("rmsprop", f"RMSProp step, {MILLION:,} float32", _rmsprop, 2, [Target(OURS, peer, 3) for peer in peers]),
        Row("rmsprop-python", "RMSProp step from Python, 10,000 float32", _small_python),
        Row("threads", f"Adam step, {MILLION:,} float32: 2 threads", _two_threads, 2, [Target(OURS, one, 1.7)]),
    ]
