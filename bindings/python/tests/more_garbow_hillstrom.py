"""The problems of Moré, Garbow and Hillstrom, "Testing unconstrained optimization software" (1981), as sums of squares.

Gradients are taken by complex steps (Squire and Trapp 1998), which are exact to rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy import arctan, cos, exp, log, pi, sin, sqrt


@dataclass(frozen=True)
class Problem:
    """A sum of squares, where to begin, and the values of its known minima."""

    name: str
    residuals: Callable
    start: np.ndarray
    minima: tuple[float, ...]

    def __call__(self, x):
        """The value at x, and the gradient."""
        r = self.residuals(x)
        step = 1e-150
        rows = [self.residuals(x + 1j * step * e).imag / step for e in np.eye(x.size)]
        return float(r @ r), 2 * np.array(rows) @ r


PROBLEMS: dict[str, Problem] = {}


def problem(start, *minima):
    """Puts a function of residuals into the table."""

    def add(residuals):
        name = residuals.__name__
        PROBLEMS[name] = Problem(name, residuals, np.array(start, dtype=float), minima)
        return residuals

    return add


def numbers(text):
    return np.array([float(word) for word in text.split()])


def join(*parts):
    return np.concatenate([np.atleast_1d(part) for part in parts])


@problem([-1.2, 1], 0)
def rosenbrock(x):
    return join(10 * (x[1] - x[0] ** 2), 1 - x[0])


@problem([0.5, -2], 0, 48.98425)
def freudenstein_and_roth(x):
    return join(-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1])


@problem([0, 1], 0)
def powell_badly_scaled(x):
    return join(1e4 * x[0] * x[1] - 1, exp(-x[0]) + exp(-x[1]) - 1.0001)


@problem([1, 1], 0)
def brown_badly_scaled(x):
    return join(x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2)


@problem([1, 1], 0)
def beale(x):
    return numbers("1.5 2.25 2.625") - x[0] * (1 - x[1] ** np.arange(1, 4))


@problem([0.3, 0.4], 124.36218)
def jennrich_and_sampson(x):
    i = np.arange(1, 11)
    return 2 + 2 * i - (exp(i * x[0]) + exp(i * x[1]))


@problem([-1, 0, 0], 0)
def helical_valley(x):
    theta = arctan(x[1] / x[0]) / (2 * pi) + (0.5 if x[0].real < 0 else 0)
    return join(10 * (x[2] - 10 * theta), 10 * (sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2])


@problem([1, 1, 1], 8.214877e-3)
def bard(x):
    y = numbers(".14 .18 .22 .25 .29 .32 .35 .39 .37 .58 .73 .96 1.34 2.10 4.39")
    u = np.arange(1, 16)
    v = 16 - u
    return y - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))


@problem([0.4, 1, 0], 1.127933e-8)
def gaussian(x):
    half = numbers(".0009 .0044 .0175 .0540 .1295 .2420 .3521")
    t = (8 - np.arange(1, 16)) / 2
    return x[0] * exp(-x[1] * (t - x[2]) ** 2 / 2) - join(half, 0.3989, half[::-1])


@problem([0.02, 4000, 250], 87.94586)
def meyer(x):
    y = numbers("34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872")
    return x[0] * exp(x[1] / (45 + 5 * np.arange(1, 17) + x[2])) - y


@problem([5, 2.5, 0.15], 0)
def gulf(x):
    t = np.arange(1, 100) / 100
    y = 25 + (-50 * log(t)) ** (2 / 3)
    return exp(-(((y - x[1]) ** 2) ** (x[2] / 2)) / x[0]) - t


@problem([0, 10, 20], 0)
def box(x):
    t = np.arange(1, 11) / 10
    return exp(-t * x[0]) - exp(-t * x[1]) - x[2] * (exp(-t) - exp(-10 * t))


@problem([3, -1, 0, 1], 0)
def powell_singular(x):
    return join(x[0] + 10 * x[1], sqrt(5) * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, sqrt(10) * (x[0] - x[3]) ** 2)


@problem([-3, -1, -3, -1], 0)
def wood(x):
    return join(
        *(10 * (x[1] - x[0] ** 2), 1 - x[0], sqrt(90) * (x[3] - x[2] ** 2), 1 - x[2]),
        *(sqrt(10) * (x[1] + x[3] - 2), (x[1] - x[3]) / sqrt(10)),
    )


@problem([0.25, 0.39, 0.415, 0.39], 3.0750561e-4)
def kowalik_and_osborne(x):
    y = numbers(".1957 .1947 .1735 .1600 .0844 .0627 .0456 .0342 .0323 .0235 .0246")
    u = numbers("4 2 1 .5 .25 .167 .125 .1 .0833 .0714 .0625")
    return y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


@problem([25, 5, -5, -1], 85822.20163)
def brown_and_dennis(x):
    t = np.arange(1, 21) / 5
    return (x[0] + t * x[1] - exp(t)) ** 2 + (x[2] + x[3] * sin(t) - cos(t)) ** 2


@problem([0.5, 1.5, -1, 0.01, 0.02], 5.4648947e-5)
def osborne_1(x):
    y = numbers(
        ".844 .908 .932 .936 .925 .908 .881 .850 .818 .784 .751 .718 .685 .658 .628 .603 .580 .558 .538 .522 .506 .490"
        " .478 .467 .457 .448 .438 .431 .424 .420 .414 .411 .406"
    )
    t = 10 * np.arange(33)
    return y - (x[0] + x[1] * exp(-t * x[3]) + x[2] * exp(-t * x[4]))


@problem([1, 2, 1, 1, 1, 1], 0, 5.6556499e-3)
def biggs_exp6(x):
    t = np.arange(1, 14) / 10
    y = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t)
    return x[2] * exp(-t * x[0]) - x[3] * exp(-t * x[1]) + x[5] * exp(-t * x[4]) - y


@problem([1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5], 4.0137736e-2)
def osborne_2(x):
    y = numbers(
        "1.366 1.191 1.112 1.013 .991 .885 .831 .847 .786 .725 .746 .679 .608 .655 .616 .606 .602 .626 .651 .724 .649"
        " .649 .694 .644 .624 .661 .612 .558 .533 .495 .500 .423 .395 .375 .372 .391 .396 .405 .428 .429 .523 .562 .607"
        " .653 .672 .708 .633 .668 .645 .632 .591 .559 .597 .625 .739 .710 .729 .720 .636 .581 .428 .292 .162 .098 .054"
    )
    t = np.arange(65) / 10
    bells = sum(x[1 + k] * exp(-((t - x[8 + k]) ** 2) * x[5 + k]) for k in range(3))
    return y - (x[0] * exp(-t * x[4]) + bells)


@problem(np.zeros(6), 2.2876701e-3)
def watson(x):
    t = np.arange(1, 30)[:, None] / 29
    j = np.arange(x.size)
    slope = (j[1:] * x[1:] * t ** (j[1:] - 1)).sum(1)
    return join(slope - (x * t**j).sum(1) ** 2 - 1, x[0], x[1] - x[0] ** 2 - 1)


@problem(np.tile([-1.2, 1], 10), 0)
def extended_rosenbrock(x):
    return join(10 * (x[1::2] - x[::2] ** 2), 1 - x[::2])


@problem(np.tile([3.0, -1, 0, 1], 5), 0)
def extended_powell_singular(x):
    a, b, c, d = x[::4], x[1::4], x[2::4], x[3::4]
    return join(a + 10 * b, sqrt(5) * (c - d), (b - 2 * c) ** 2, sqrt(10) * (a - d) ** 2)


@problem(np.arange(1, 11), 7.0876515e-5)
def penalty_1(x):
    return join(sqrt(1e-5) * (x - 1), (x**2).sum() - 0.25)


@problem(np.full(4, 0.5), 9.3762930e-6)
def penalty_2(x):
    n, a = x.size, sqrt(1e-5)
    i = np.arange(2, n + 1)
    y = exp(i / 10) + exp((i - 1) / 10)
    return join(
        *(x[0] - 0.2, a * (exp(x[1:] / 10) + exp(x[:-1] / 10) - y), a * (exp(x[1:] / 10) - exp(-0.1))),
        ((n - np.arange(n)) * x**2).sum() - 1,
    )


@problem(1 - np.arange(1, 11) / 10, 0)
def variably_dimensioned(x):
    total = (np.arange(1, x.size + 1) * (x - 1)).sum()
    return join(x - 1, total, total**2)


@problem(np.full(10, 0.1), 0, 2.7950615e-5)
def trigonometric(x):
    i = np.arange(1, x.size + 1)
    return x.size - cos(x).sum() + i * (1 - cos(x)) - sin(x)


@problem(np.full(10, 0.5), 0, 1)
def brown_almost_linear(x):
    return join(x[:-1] + x.sum() - (x.size + 1), x.prod() - 1)


def nodes(n):
    return np.arange(1, n + 1) / (n + 1)


@problem(nodes(10) * (nodes(10) - 1), 0)
def discrete_boundary_value(x):
    t = nodes(x.size)
    return 2 * x - join(0, x[:-1]) - join(x[1:], 0) + (x + t + 1) ** 3 / (2 * (x.size + 1) ** 2)


@problem(nodes(10) * (nodes(10) - 1), 0)
def discrete_integral_equation(x):
    t = nodes(x.size)
    cubes = (x + t + 1) ** 3
    before = np.cumsum(t * cubes)
    after = ((1 - t) * cubes).sum() - np.cumsum((1 - t) * cubes)
    return x + ((1 - t) * before + t * after) / (2 * (x.size + 1))


@problem(-np.ones(10), 0)
def broyden_tridiagonal(x):
    return (3 - 2 * x) * x - join(0, x[:-1]) - 2 * join(x[1:], 0) + 1


@problem(-np.ones(10), 0)
def broyden_banded(x):
    n = x.size
    around = [sum(x[j] * (1 + x[j]) for j in range(max(0, i - 5), min(n, i + 2)) if j != i) for i in range(n)]
    return x * (2 + 5 * x**2) + 1 - np.array(around)


@problem(np.ones(10), 10)
def linear_full_rank(x):
    padded = join(x, np.zeros(20 - x.size))
    return padded - 2 * x.sum() / 20 - 1


@problem(np.ones(10), 20 * 19 / (2 * 41))
def linear_rank_1(x):
    return np.arange(1, 21) * (np.arange(1, 11) * x).sum() - 1


@problem(np.ones(10), (400 + 60 - 6) / (2 * 37))
def linear_rank_1_with_zeros(x):
    total = (np.arange(2, 10) * x[1:-1]).sum()
    return join(np.arange(19) * total - 1, -1)


@problem(np.arange(1, 9) / 9, 3.5168737e-3)
def chebyquad(x):
    n = x.size
    shifted = 2 * x - 1
    values = [np.ones(n), shifted]
    for _ in range(n - 1):
        values.append(2 * shifted * values[-1] - values[-2])
    integrals = [0 if i % 2 else -1 / (i**2 - 1) for i in range(1, n + 1)]
    return np.array([values[i].sum() / n - integrals[i - 1] for i in range(1, n + 1)])
