"""How everything is measured: contestants whose results agree, alternating round by round, medians and ratios."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import clock, threads

TIE = 1.3  # the same program varies by as much from minute to minute on a shared machine
SETTLE_SECONDS = 0.02  # between two contestants: OpenMP's threads go on spinning for some milliseconds after their work


class MismatchError(Exception):
    """Two contestants do not compute the same."""


@dataclass
class Contestant:
    """One way to do a row's job."""

    name: str
    run: Callable[[int], float]
    """Does the job this many times and returns the seconds that it took."""
    outcome: Callable[[], Sequence[np.ndarray]] | None = None
    """Does the job once or a few times, from the start, and returns what must be the same for all contestants. It is
    called once, before run(). None for what computes nothing, as a loop that only moves memory."""
    threads: int | None = None
    """Where it is not the row's."""
    rounds: int | None = None
    """At the most, for one that takes a minute."""
    note: str = ""
    """What outcome() has to say."""


@dataclass
class Target:
    """How much faster one contestant is to be than another."""

    ours: str
    peer: str
    ratio: float


@dataclass
class Row:
    """A job, and who does it."""

    key: str
    job: str
    build: Callable[[], list[Contestant | None]]
    """Makes the contestants, the first one being ours; None stands for a peer that is not installed."""
    threads: int = 1
    targets: Sequence[Target] = ()
    tolerance: tuple[float, float] | None = (1e-6, 2e-6)
    """Relative and absolute, as numpy.allclose takes them; None where every outcome() checks itself."""
    same: str = "weights after 5 steps"
    """What is verified to be equal."""
    seconds: float | None = None
    """The least time of a round, where it is not the usual one: 0 for jobs that take seconds by themselves, which then
    have no more than five rounds."""
    derive: Callable[[dict[str, float]], list[dict[str, Any]]] = field(default=lambda medians: [])
    """Further measures, from the median times by name."""


@dataclass
class Effort:
    """How long to measure."""

    rounds: int = 9
    seconds: float = 0.1
    """The least time of one contestant in one round; shorter jobs are repeated."""
    processor_time: bool = False
    """Whether rows with one thread are measured by its processor time, for a machine that others use as well."""


def run_row(row: Row, effort: Effort) -> dict[str, Any]:
    """Verifies and measures a row. MismatchError if the contestants do not compute the same."""
    contestants = [contestant for contestant in row.build() if contestant is not None]
    threads.use(row.threads)
    clock.choose(effort.processor_time and row.threads == 1)
    _verify(row, contestants)
    seconds = effort.seconds if row.seconds is None else row.seconds
    rounds = effort.rounds if seconds > 0 else min(effort.rounds, 5)
    repeats = {contestant.name: _repeats(row, contestant, seconds) for contestant in contestants}
    times: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    gc.collect()
    for number in range(rounds):
        for contestant in _order(contestants, number):
            if contestant.rounds is not None and number >= contestant.rounds:
                continue
            count = repeats[contestant.name]
            times[contestant.name].append(_time(row, contestant, count) / count)
    notes = {contestant.name: contestant.note for contestant in contestants if contestant.note}
    return {**_summary(row, times), "notes": notes}


def _verify(row: Row, contestants: list[Contestant]) -> None:
    outcomes = [(contestant.name, contestant.outcome()) for contestant in contestants if contestant.outcome is not None]
    if row.tolerance is None:
        return
    relative, absolute = row.tolerance
    (first, expected), *others = outcomes
    for name, arrays in others:
        for one, other in zip(expected, arrays, strict=True):
            if not np.allclose(other, one, rtol=relative, atol=absolute):
                worst = float(np.max(np.abs(np.asarray(other, np.float64) - one)))
                raise MismatchError(f"{row.same}: {name} differs from {first} by up to {worst:.3g}")
        if not all(np.isfinite(array).all() for array in arrays):
            raise MismatchError(f"{row.same}: {name} has numbers that are not finite")


def _repeats(row: Row, contestant: Contestant, seconds: float) -> int:
    count = 1
    while seconds > 0:
        taken = _time(row, contestant, count)
        if taken >= seconds / 4:
            return max(1, round(count * seconds / taken))
        count = count * 10 if taken < seconds / 40 else count * 3
    return count


def _order(contestants: list[Contestant], number: int) -> list[Contestant]:
    """Another one begins each round, and every second round goes backwards, so that neighbours change."""
    start = number % len(contestants)
    order = contestants[start:] + contestants[:start]
    return order[::-1] if number % 2 else order


def _time(row: Row, contestant: Contestant, count: int) -> float:
    threads.use(contestant.threads or row.threads)
    time.sleep(SETTLE_SECONDS)
    return contestant.run(count)


def _summary(row: Row, times: dict[str, list[float]]) -> dict[str, Any]:
    medians = {name: statistics.median(values) for name, values in times.items()}
    ours = next(iter(times))
    targets = {(target.ours, target.peer): target.ratio for target in row.targets}
    pairs = [(ours, peer) for peer in times if peer != ours]
    pairs += [pair for pair in targets if pair not in pairs and pair[0] in times and pair[1] in times]
    return {
        "key": row.key,
        "job": row.job,
        "threads": row.threads,
        "verified": row.same if row.tolerance is None else f"{row.same}: {_closeness(*row.tolerance)}",
        "seconds": medians,
        "comparisons": [_comparison(times, one, peer, targets.get((one, peer))) for one, peer in pairs],
        "measures": row.derive(medians),
        "rounds": times,
    }


def _closeness(relative: float, absolute: float) -> str:
    return f"equal within {relative:g} relative + {absolute:g} absolute"


def _comparison(times: dict[str, list[float]], ours: str, peer: str, target: float | None) -> dict[str, Any]:
    # Of the rounds that both took part in, which are the first ones.
    ratio = statistics.median(theirs / own for own, theirs in zip(times[ours], times[peer], strict=False))
    verdict = "faster" if ratio >= TIE else "slower" if ratio <= 1 / TIE else "tie"
    missed = target is not None and ratio < target
    return {"ours": ours, "peer": peer, "ratio": ratio, "verdict": verdict, "target": target, "missed": missed}


def repeat(action: Callable[[], object]) -> Callable[[int], float]:
    """A Contestant's run() for a Python function."""

    def run(count: int) -> float:
        begin = clock.now()
        for _ in range(count):
            action()
        return clock.now() - begin

    return run
