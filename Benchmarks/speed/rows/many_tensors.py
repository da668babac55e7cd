"""Rows of steps over many tensors: the parameters of GPT-2, and a thousand small ones."""

import descent

from .. import library
from ..race import Contestant, Row, Target
from . import steps
from .adam import FUSED, OURS

WIDTH, VOCABULARY, CONTEXT, BLOCKS = 768, 50257, 1024, 12


def gpt2_shapes() -> list[tuple[int, ...]]:
    """The 148 tensors of the small GPT-2 (Radford et al. 2019), 124,439,808 numbers."""
    block = [
        *((WIDTH,), (WIDTH,)),  # layer norm before the attention: scale, shift
        *((WIDTH, 3 * WIDTH), (3 * WIDTH,)),  # queries, keys and values
        *((WIDTH, WIDTH), (WIDTH,)),  # the attention's output
        *((WIDTH,), (WIDTH,)),  # layer norm before the perceptron
        *((WIDTH, 4 * WIDTH), (4 * WIDTH,)),
        *((4 * WIDTH, WIDTH), (WIDTH,)),
    ]
    return [(VOCABULARY, WIDTH), (CONTEXT, WIDTH), *(block * BLOCKS), (WIDTH,), (WIDTH,)]


def _gpt2() -> list[Contestant | None]:
    problem = steps.Problem(gpt2_shapes())
    return [
        steps.from_c(problem, library.ADAM),
        steps.pytorch(problem, "Adam", FUSED, fused=True),
        steps.c_loop(problem),
        steps.bandwidth(problem),
    ]


def _thousand() -> list[Contestant | None]:
    problem = steps.Problem([256] * 1000)
    return [
        steps.from_c(problem, library.ADAM),
        steps.from_python(problem, descent.Adam()),
        steps.pytorch(problem, "Adam", FUSED, fused=True),
        steps.pytorch(problem, "Adam", "PyTorch foreach", foreach=True),
        steps.numpy_course(problem, steps.course_adam),
        steps.c_loop(problem),
    ]


def rows() -> list[Row]:
    """The table's two rows."""
    whole = (Target(OURS, FUSED, 1.0), Target(OURS, "bandwidth loop", 0.95))
    gpt2 = [
        Row(f"gpt2-{threads}", "Adam step, GPT-2: 148 tensors, 124 M float32", _gpt2, threads, whole)
        for threads in (1, 2)
    ]
    return [*gpt2, Row("thousand", "Adam step, 1,000 tensors of 256", _thousand, 1, (Target(OURS, FUSED, 20),))]
