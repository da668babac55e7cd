"""Reference values of exp, log, log1p and 1 - beta^t, made with mpmath. Writes elementary.json beside this script.

Run by hand with any Python that has mpmath:

    python Tests/Golden/generate_elementary.py

Inputs are doubles; results are the exact value rounded once to the nearest double, subnormal ones included.
"""

import math
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import mpmath
from hex_json import to_hex, write

SEED = 20230711

# Near the ends of the reduced intervals, where errors are greatest.
WORST_EXP = float.fromhex("0x1.e7fabba464594p+1")
WORST_LOG = float.fromhex("0x1.695398918b46fp-1")
WORST_LOG1P = float.fromhex("0x1.225e6a31b257bp-2")
LEAST = 5e-324
GREATEST = sys.float_info.max


def nearest_double(value: mpmath.mpf) -> float:
    """Round once; float(mpf) would round a subnormal number twice."""
    if value in (mpmath.inf, -mpmath.inf):
        return float(value)
    sign, mantissa, exponent, _ = value._mpf_
    try:
        quotient = mantissa * 2**exponent if exponent >= 0 else mantissa / 2**-exponent
        return float(-quotient if sign else quotient)
    except OverflowError:
        return -math.inf if sign else math.inf


def around(value: float, steps: int = 2) -> list[float]:
    """Return a double and its nearest neighbours."""
    below, above = [value], [value]
    for _ in range(steps):
        below.append(math.nextafter(below[-1], -math.inf))
        above.append(math.nextafter(above[-1], math.inf))
    return below[:0:-1] + above


def with_neighbours(values: Iterable[float], steps: int = 1) -> list[float]:
    """Return doubles and their nearest neighbours."""
    return [neighbour for value in values for neighbour in around(value, steps)]


def exp_inputs(draws: random.Random) -> list[float]:
    """Every regime of exp: near 0, the whole finite range, underflow, overflow, and where the reduction changes n."""
    inputs = [0.0, LEAST, -LEAST, 2e-308, -2e-308, WORST_EXP]
    inputs += [sign * 2.0**exponent for exponent in range(-60, 10) for sign in (1, -1)]
    inputs += with_neighbours(
        [math.log(GREATEST), 708.0, -708.3964185322641, -745.1332191019411, -744.4400719213812], 3
    )
    inputs += with_neighbours([(n + 0.5) * math.log(2) for n in (*range(-8, 8), 500, 1023, -500, -1022, -1060, -1074)])
    inputs += [draws.uniform(-745.2, 709.8) for _ in range(200)]
    inputs += [draws.uniform(-745.2, -708) for _ in range(60)]
    inputs += [draws.uniform(-2, 2) for _ in range(100)]
    inputs += [draws.choice((1, -1)) * 10 ** draws.uniform(-18, 0) for _ in range(60)]
    return inputs


def log_inputs(draws: random.Random) -> list[float]:
    """Every regime of log: subnormal numbers, powers of two, near 1, and where the mantissa's interval ends."""
    inputs = [LEAST, 2 * LEAST, 3 * LEAST, GREATEST, WORST_LOG]
    inputs += [2.0**exponent for exponent in range(-1074, 1024, 13)]
    inputs += around(1.0, 12)
    inputs += [1 + sign * 2.0**-exponent for exponent in range(1, 52) for sign in (1, -1)]
    inputs += with_neighbours([math.sqrt(0.5) * 2.0**exponent for exponent in (*range(-3, 4), -1022, -1050, 1023)])
    inputs += with_neighbours([sys.float_info.min])
    inputs += [draws.uniform(1, 2) * 2.0 ** draws.randint(-1022, 1023) for _ in range(200)]
    inputs += [draws.randint(1, 2**52) * LEAST for _ in range(30)]
    inputs += [draws.uniform(0.5, 2) for _ in range(150)]
    return inputs


def log1p_inputs(draws: random.Random) -> list[float]:
    """Every regime of log1p between 0 and 1."""
    inputs = [0.0, LEAST, 2 * LEAST, 1.0, math.nextafter(1, 0), sys.float_info.min, WORST_LOG1P]
    inputs += [2.0**-exponent for exponent in (*range(1, 60), 100, 500, 1022, 1060)]
    inputs += with_neighbours([math.sqrt(2) - 1, 0.5, 2.0**-53, 2.0**-52], 3)
    inputs += [draws.uniform(0, 1) for _ in range(150)]
    inputs += [10 ** draws.uniform(-20, 0) for _ in range(150)]
    return inputs


def table(function: Callable[[mpmath.mpf], mpmath.mpf], inputs: list[float]) -> list[list[str]]:
    """Return the sorted inputs, each once, with their results."""
    return [[to_hex(x), to_hex(nearest_double(function(mpmath.mpf(x))))] for x in sorted(set(inputs))]


def one_minus_power() -> list[list[str]]:
    """Return rows of beta, t and 1 - beta^t."""
    betas = [0, 1e-5, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.9999999, 1 - 2.0**-40, math.nextafter(1, 0)]
    steps = [1, 2, 3, 7, 10, 100, 1000, 4095, 10**6, 2**40, 2**53 + 1, 2**64 - 1]
    return [
        [to_hex(beta), str(step), to_hex(nearest_double(1 - mpmath.mpf(beta) ** step))]
        for beta in betas
        for step in steps
    ]


def main() -> None:
    """Make every table and write the file."""
    # 1 - beta^t loses up to 53 bits, and the greatest exponent of the elementary functions costs 10 more.
    mpmath.mp.prec = 400
    draws = random.Random(SEED)
    write(
        Path(__file__).with_name("elementary.json"),
        {
            "source": f"mpmath {mpmath.__version__}, 400 bits, rounded to nearest",
            "exp": table(mpmath.exp, exp_inputs(draws)),
            "log": table(mpmath.log, log_inputs(draws)),
            "log1p": table(mpmath.log1p, log1p_inputs(draws)),
            "one_minus_power": one_minus_power(),
        },
    )


if __name__ == "__main__":
    main()
