"""What L-BFGS takes by itself: iterations on Rosenbrock's function of n variables, without the function's own time."""

import ctypes
from typing import Any

import numpy as np

from .. import clock, library, peers
from ..race import Contestant, Row, Target
from .adam import OURS

ITERATIONS = 30
SCIPY, LIBLBFGS = "SciPy", "liblbfgs"


def _address(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _evaluations(run: Any) -> str:
    before = peers.native.peer_valley_calls()
    run(1)
    return f"{peers.native.peer_valley_calls() - before} evaluations"


def _contestant(name: str, run: Any, x: np.ndarray) -> Contestant:
    def outcome() -> list[np.ndarray]:
        contestant.note = _evaluations(run)
        return [x]

    contestant = Contestant(name, run, outcome)
    return contestant


def _libdescent(n: int) -> Contestant:
    optimizer, x = library.Optimizer(library.LBFGS), np.empty(n)
    functions = [
        ctypes.cast(function, ctypes.c_void_p)
        for function in (library.lib.descent_minimize, library.lib.descent_optimizer_reset)
    ]

    def run(repeats: int) -> float:
        sizes = ctypes.c_size_t(ITERATIONS), ctypes.c_size_t(repeats)
        seconds: float = peers.native.drive_minimize(
            *functions, optimizer.handle, ctypes.c_size_t(n), _address(x), *sizes
        )
        if seconds < 0:
            library.check(-1)
        return seconds

    return _contestant(OURS, run, x)


def _liblbfgs(n: int) -> Contestant | None:
    x = np.empty(n)

    def run(repeats: int) -> float:
        sizes = ctypes.c_size_t(ITERATIONS), ctypes.c_size_t(repeats)
        seconds: float = peers.native.peer_liblbfgs(ctypes.c_size_t(n), _address(x), *sizes)
        return seconds

    if run(1) < 0:
        peers.missing[LIBLBFGS] = "it was not there when the C programs were compiled, or cannot be opened"
        return None
    return _contestant(LIBLBFGS, run, x)


def _scipy(n: int) -> Contestant:
    x, gradient = np.empty(n), np.empty(n)
    start = np.where(np.arange(n) % 2, 1.0, -1.2 - np.arange(n) % 7 / 10)
    size, slope = ctypes.c_size_t(n), _address(gradient)

    def valley(point: np.ndarray) -> tuple[float, np.ndarray]:
        return peers.native.peer_valley(size, _address(point), slope, None), gradient

    options = {"maxiter": ITERATIONS, "maxcor": 10, "ftol": 0, "gtol": 0, "maxfun": 10**6}

    def run(repeats: int) -> float:
        before, begin = peers.native.peer_valley_seconds(), clock.now()
        for _ in range(repeats):
            x[:] = peers.minimizing.minimize(valley, start, jac=True, method="L-BFGS-B", options=options).x
        return clock.now() - begin - (peers.native.peer_valley_seconds() - before)

    return _contestant(SCIPY, run, x)


def _build(n: int) -> list[Contestant | None]:
    if peers.native is None:
        raise RuntimeError("the C programs are not compiled")
    return [_libdescent(n), _liblbfgs(n), _scipy(n) if peers.minimizing else None]


def rows() -> list[Row]:
    """Few variables and many, these with one thread and with two."""
    made = []
    for n, threads in ((10, 1), (1_000_000, 1), (1_000_000, 2)):
        targets = [Target(OURS, SCIPY, 20 if n == 10 else 1)] + [Target(OURS, LIBLBFGS, 1)] * (n > 10)
        job = f"{ITERATIONS} iterations of L-BFGS without the function, {n:,} variables"
        made.append(
            Row(f"lbfgs-{n}-{threads}", job, lambda n=n: _build(n), threads, targets, (1e-4, 1e-4), "the last point")
        )
    return made
