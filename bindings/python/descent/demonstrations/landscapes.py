"""Functions of two variables on which optimizers show what they are good at, with their gradients and minima."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import descent

Point = NDArray[np.float64]

# The course's six; the pictures show them unless others are asked for.
COURSE = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
# What the rates of the others are picked from.
RATES = tuple(float(f"{digit}e{power}") for power in range(-4, 2) for digit in (1, 2, 5))


@dataclass(frozen=True)
class Landscape:
    """A function, where its minima are, and how it is shown.

    function: (x, y) -> (value, d/dx, d/dy), for arrays too
    start: where the optimizers begin
    minima: points of the least value, which is `least`
    window: (x from, x to, y from, y to)
    steps: how many are shown
    floor: where the picture's axis of values ends
    learning_rates: of the course's optimizers, near the best of a grid, and such that each method's way can be seen
    """

    name: str
    title: str
    function: Callable[..., tuple[NDArray[np.float64], ...]]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...]
    least: float
    window: tuple[float, float, float, float]
    steps: int
    floor: float
    learning_rates: dict[str, float]

    def learning_rate(self, name: str) -> float:
        """The learning rate for an optimizer: the one that was picked, else that of RATES which ends lowest.

        Rates with which it leaves the picture are out, unless it does with all.
        """
        if name in self.learning_rates:
            return self.learning_rates[name]
        kind = descent.OPTIMIZERS[name]
        paths = {rate: follow(self, at_rate(kind, rate)) for rate in RATES}
        inside = [rate for rate, path in paths.items() if len(path.losses) > self.steps and self._shows(path.points)]
        return min(inside or paths, key=lambda rate: paths[rate].losses[-1])

    def _shows(self, points: Point) -> bool:
        left, right, bottom, top = self.window
        return bool(np.all((points >= (left, bottom)) & (points <= (right, top))))

    def __call__(self, point: Point) -> tuple[float, Point]:
        """Value and gradient, as descent.minimize() wants them."""
        value, *gradient = self.function(*point)
        return float(value), np.array(gradient)


@dataclass(frozen=True)
class Path:
    """The points that an optimizer went through, (steps + 1, 2), and how far the value is above the least one."""

    points: Point
    losses: Point


def at_rate(kind: type[descent.Optimizer], rate: float, **options: Any) -> descent.Optimizer:
    """An optimizer with a learning rate; the points here are vectors, for which some methods have one of their own."""
    if "vector_learning_rate" in kind._algorithm.options:
        options["vector_learning_rate"] = rate
    return kind(learning_rate=rate, **options)


def follow(landscape: Landscape, optimizer: descent.Optimizer, steps: int | None = None) -> Path:
    """The path of an optimizer from the landscape's start; it ends early where the function overflows."""
    points, values = [], []

    def recorded(point: Point) -> tuple[float, Point]:
        value, gradient = landscape(point)
        points.append(point)
        values.append(value)
        return value, gradient

    with np.errstate(over="ignore", invalid="ignore"):
        descent.minimize(
            recorded,
            landscape.start,
            jac=True,
            optimizer=optimizer,
            max_steps=steps or landscape.steps,
            gradient_tolerance=0,
        )
    return Path(np.array(points), np.array(values) - landscape.least)


def _ravine(x, y):  # type: ignore[no-untyped-def]
    return x**2 / 20 + y**2, x / 10, 2 * y


def _saddle(x, y):  # type: ignore[no-untyped-def]
    return x**2 / 2 + y**4 / 4 - y**2 / 2, x, y**3 - y


def _beale(x, y):  # type: ignore[no-untyped-def]
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return (
        a**2 + b**2 + c**2,
        2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1)),
        2 * x * (a + 2 * b * y + 3 * c * y**2),
    )


def _rosenbrock(x, y):  # type: ignore[no-untyped-def]
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2, -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)


RAVINE = Landscape(
    name="ravine",
    title="a ravine: x² / 20 + y²",
    function=_ravine,
    start=(-7.0, 2.0),
    minima=((0.0, 0.0),),
    least=0.0,
    window=(-8.5, 4.5, -3.6, 3.6),
    steps=60,
    floor=1e-7,
    learning_rates={"sgd": 0.9, "momentum": 0.1, "nesterov": 0.1, "adagrad": 1.5, "rmsprop": 0.2, "adam": 0.3},
)
SADDLE = Landscape(
    name="saddle",
    title="a saddle: x² / 2 + y⁴ / 4 - y² / 2",
    function=_saddle,
    start=(-1.6, 0.001),
    minima=((0.0, 1.0), (0.0, -1.0)),
    least=-0.25,
    window=(-1.9, 1.3, -1.45, 1.45),
    steps=120,
    floor=1e-8,
    learning_rates={"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.2, "rmsprop": 0.05, "adam": 0.1},
)
BEALE = Landscape(
    name="beale",
    title="Beale's function",
    function=_beale,
    start=(1.0, 1.6),
    minima=((3.0, 0.5),),
    least=0.0,
    window=(-1.0, 4.3, -1.3, 2.2),
    steps=300,
    floor=1e-6,
    learning_rates={"sgd": 0.01, "momentum": 0.001, "nesterov": 0.001, "adagrad": 0.5, "rmsprop": 0.05, "adam": 0.2},
)
ROSENBROCK = Landscape(
    name="rosenbrock",
    title="Rosenbrock's function",
    function=_rosenbrock,
    start=(-1.4, 2.2),
    minima=((1.0, 1.0),),
    least=0.0,
    window=(-1.9, 1.9, -0.6, 2.9),
    steps=1000,
    floor=1e-6,
    learning_rates={"sgd": 0.001, "momentum": 0.001, "nesterov": 0.0005, "adagrad": 0.2, "rmsprop": 0.01, "adam": 0.1},
)
LANDSCAPES = (RAVINE, SADDLE, BEALE, ROSENBROCK)
