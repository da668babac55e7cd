"""Codes of 8 bits for blocks of 256 numbers: each is a list of magnitudes from 0 to 1, the block's greatest.

With a sign there are 128 magnitudes, without one 256.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BLOCK = 256


def _steps(signed: bool) -> np.ndarray:
    return np.linspace(0, 1, 128 if signed else 256)


def _power(exponent: int) -> Callable[[bool], np.ndarray]:
    return lambda signed: _steps(signed) ** exponent


def _dynamic(signed: bool) -> np.ndarray:
    """The dynamic map of Dettmers et al. (2022): seven decades, each with twice as many numbers as the one below."""
    found = [np.zeros(1), np.ones(1)]
    for place in range(7):
        edges = np.linspace(0.1, 1, (1 if signed else 2) * 2**place + 1)
        found.append(10.0 ** (place - 6) * (edges[:-1] + edges[1:]) / 2)
    return np.sort(np.concatenate(found))


def _logarithmic(octaves: int) -> Callable[[bool], np.ndarray]:
    """Powers of two in even steps, over twice as many octaves without a sign; and 0."""
    return lambda signed: np.append(0, 2.0 ** ((_steps(signed)[1:] - 1) * octaves * (1 if signed else 2)))


def _floating(exponent_bits: int, without_sign: int) -> Callable[[bool], np.ndarray]:
    """A float's bits, so many of them its exponent's, less the smallest of these floats: steps near 0 are even."""

    def magnitudes(signed: bool) -> np.ndarray:
        parts = 2 ** (7 - exponent_bits if signed else 8 - without_sign)
        exponent, mantissa = np.divmod(np.arange(128 if signed else 256), parts)
        found = 2.0**exponent * (1 + mantissa / parts) - 1
        return found / found[-1]

    return magnitudes


@dataclass(frozen=True)
class Code:
    """A code, and whether both ways are a few operations on a float's bits."""

    name: str
    magnitudes: Callable[[bool], np.ndarray]
    is_arithmetic: bool = False
    # Of scales that are powers of 2: how many of them the greatest code is.
    greatest: float | None = None

    def through(self, numbers: np.ndarray, signed: bool, random: np.random.Generator | None) -> np.ndarray:
        """What numbers become: rounded stochastically, or to the nearest without a generator.

        Without a sign, what is not 0 does not become 0.
        """
        table = self.magnitudes(signed)
        blocks = np.pad(numbers.reshape(-1), (0, -numbers.size % BLOCK)).astype(np.float64).reshape(-1, BLOCK)
        scale = np.abs(blocks).max(axis=1, keepdims=True)
        if self.greatest is not None:
            scale = self.greatest * 2.0 ** np.ceil(np.log2(np.maximum(scale, 2.0**-90) / self.greatest))
        shares = np.abs(blocks) / np.where(scale > 0, scale, 1)
        below = np.minimum(np.searchsorted(table, shares, side="right") - 1, len(table) - 2)
        rest = (shares - table[below]) / (table[below + 1] - table[below])
        chosen = below + (rest > (0.5 if random is None else random.random(rest.shape)))
        if not signed:
            chosen = np.maximum(chosen, shares > 0)
        found = np.sign(blocks) * table[chosen] * scale
        return found.reshape(-1)[: numbers.size].reshape(numbers.shape).astype(np.float32)


CODES = (
    Code("linear", _power(1), is_arithmetic=True),
    Code("squares", _power(2)),
    Code("fourth powers", _power(4)),
    Code("dynamic map", _dynamic),
    Code("logarithmic, 16 and 32 octaves", _logarithmic(16)),
    *(
        Code(f"floating, {signed} and {unsigned} bits of exponent", _floating(signed, unsigned), is_arithmetic=True)
        for signed, unsigned in ((3, 4), (3, 5), (4, 5), (5, 6))
    ),
    # The greatest is 1.875 less 2^-15, or 2^-31.
    Code("floating, 4 and 5 bits, scales powers of 2", _floating(4, 5), is_arithmetic=True, greatest=1.87496),
)
