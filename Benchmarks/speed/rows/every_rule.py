"""Rows of the rules that go element by element, beside a loop that moves the same bytes: a row for each state count."""

import ctypes

import numpy as np

import descent
from descent._c.table import ALGORITHMS, Algorithm

from .. import peers, threads
from ..race import Contestant, Row, Target
from . import steps

MILLION = 1_000_000
COUNT, BANDWIDTH = 30 * MILLION, "bandwidth loop"
# Those with sums over tensors read some of them twice; the methods of matrices are not for one long vector.
LAST_ELEMENTWISE = 39


def _state_count(algorithm: Algorithm) -> int:
    """The buffers of a tensor with the default options."""
    optimizer = descent.OPTIMIZERS[algorithm.name]()
    optimizer.step([(np.zeros(1), np.zeros(1))])
    return len(optimizer.state_names)


def _by_states() -> dict[int, list[Algorithm]]:
    groups: dict[int, list[Algorithm]] = {}
    for algorithm in ALGORITHMS.values():
        # MARS, the last of the numbers below 40, has a sum too.
        if algorithm.value <= LAST_ELEMENTWISE and algorithm.name != "mars":
            groups.setdefault(_state_count(algorithm), []).append(algorithm)
    return dict(sorted(groups.items()))


def _bandwidth(problem: steps.Problem, states: int) -> Contestant | None:
    if peers.native is None:
        return None
    (weights,) = problem.weights()
    buffers = [steps.zeros(COUNT, 1024 * (index + 1) % 4096) for index in range(states)]
    addresses = (ctypes.c_void_p * 4)(*(buffer.ctypes.data for buffer in buffers))

    def run(repeats: int) -> float:
        size = ctypes.c_size_t
        address, gradient = (ctypes.c_void_p(a.ctypes.data) for a in (weights, problem.gradients[0]))
        seconds: float = peers.native.peer_move_states(
            address, gradient, addresses, size(states), size(COUNT), size(repeats), threads.current()
        )
        return seconds

    run.borrowed = buffers  # type: ignore[attr-defined]
    return Contestant(BANDWIDTH, run)


def _build(states: int, algorithms: list[Algorithm]) -> list[Contestant | None]:
    problem = steps.Problem([COUNT])
    made: list[Contestant | None] = []
    for algorithm in algorithms:
        contestant = steps.from_c(problem, algorithm.value, name=algorithm.title)
        contestant.outcome = None  # what they compute is compared with their references in the tests
        made.append(contestant)
    return [*made, _bandwidth(problem, states)]


def rows() -> list[Row]:
    """With one thread; the targets are those of performance.md."""
    return [
        Row(
            f"rules-{states}",
            f"step of rules with {states} state buffers, {COUNT:,} float32",
            lambda states=states, algorithms=algorithms: _build(states, algorithms),
            1,
            [Target(algorithm.title, BANDWIDTH, 0.95) for algorithm in algorithms],
            None,
            "nothing: the tests compare each rule with its reference",
        )
        for states, algorithms in _by_states().items()
    ]
