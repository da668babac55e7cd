"""What the native library makes of the page's jobs, with the page's functions written once more."""

import struct
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import descent

Point = NDArray[np.float64]
NOISE_SEED, NOISE_STEPS = 1, 4096


def ravine(x: float, y: float) -> tuple[float, float, float]:
    """x^2 / 20 + y^2 and its derivatives, in the page's order of operations."""
    return x * x / 20 + y * y, x / 10, 2 * y


def saddle(x: float, y: float) -> tuple[float, float, float]:
    """A saddle."""
    square = y * y
    return x * x / 2 + square * square / 4 - square / 2, x, y * square - y


def beale(x: float, y: float) -> tuple[float, float, float]:
    """Beale's function."""
    square = y * y
    cube = y * square
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * square, 2.625 - x + x * cube
    return (
        a * a + b * b + c * c,
        2 * (a * (y - 1) + b * (square - 1) + c * (cube - 1)),
        2 * x * (a + 2 * b * y + 3 * c * square),
    )


def rosenbrock(x: float, y: float) -> tuple[float, float, float]:
    """Rosenbrock's function."""
    a, b = 1 - x, y - x * x
    return a * a + 100 * b * b, -2 * a - 400 * x * b, 200 * b


FUNCTIONS: dict[str, Callable[[float, float], tuple[float, float, float]]] = {
    "ravine": ravine, "saddle": saddle, "beale": beale, "rosenbrock": rosenbrock, "noise": ravine,
}  # fmt: skip


def end(landscape: str, run: dict[str, Any]) -> list[str]:
    """Where a method ends, in bits: run is what inspection.js says of the page's run."""
    optimizer = descent.OPTIMIZERS[run["method"]](**run["rates"])
    point, gradient = np.array(run["start"], float), np.empty(2)
    noises = descent.initialize((NOISE_STEPS, 2), "normal", seed=NOISE_SEED, dtype=np.float64)
    for step in range(run["steps"]):
        gradient[:] = FUNCTIONS[landscape](*point.tolist())[1:]
        if run["noise"] > 0:
            gradient += run["noise"] * noises[step % NOISE_STEPS]
        optimizer.step([(point, gradient)])
    return bits(point)


def bits(numbers: Iterable[float]) -> list[str]:
    """The 64 bits of each number, as 16 hexadecimal digits."""
    return [struct.pack(">d", number).hex() for number in numbers]
