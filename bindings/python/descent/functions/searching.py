"""Random search: a baseline that should lose, to compare with."""

import ctypes

from numpy.typing import ArrayLike

from .._c.arrays import doubles, real_number, whole_number
from .._c.barrier import Barrier
from .._c.declarations import ProgressFunction, SearchOptions, SearchOutcome
from .._c.enumerations import SEARCH_MODES, number_of
from .._c.errors import check
from .._c.library import library
from ._objective import Function, Objective, start_point
from .minimizing import Callback, watcher
from .results import OptimizeResult, make_result


def make_search_options(mode: str, trials: int, scale: float, seed: int) -> SearchOptions:
    """Describes a random search; the library judges the ranges."""
    return SearchOptions(
        struct_size=ctypes.sizeof(SearchOptions),
        mode=number_of(mode, SEARCH_MODES, "mode"),
        trials=whole_number(trials, "trials", 64),
        seed=whole_number(seed, "seed", 64),
        scale=real_number(scale, "scale"),
    )


def random_search(
    fun: Function,
    x0: ArrayLike,
    *,
    mode: str = "global",
    scale: float = 1.0,
    trials: int = 1000,
    seed: int = 0,
    callback: Callback | None = None,
) -> OptimizeResult:
    """Looks for a small value of a function by chance.

    fun: gets a float64 array of x0's shape; returns the value, or a pair, of which the first counts
    x0: where a local search begins; of a global one it gives the shape only. It is not changed
    mode: 'global' (x = scale * N(0, 1), each trial anew) or 'local' (x + scale * N(0, 1), kept if it is better)
    scale: [0, inf)
    trials: at least 1
    seed: the same seed tries the same points everywhere
    callback: gets (x, report) after every trial, a copy of the best point and a ProgressReport whose loss is the best
        value; a true answer stops

    A value that is NaN or infinite is never the best. If there is no other the reason is 'diverged'.

    TypeError; InvalidArgumentError for an empty x0, trials or scale out of range; UnknownNameError. Whatever `fun` or
    `callback` raises comes out. Thread-safe.
    """
    point = start_point(x0, "x0")
    options = make_search_options(mode, trials, scale, seed)
    outcome = SearchOutcome(struct_size=ctypes.sizeof(SearchOutcome))
    barrier = Barrier()
    objective = Objective(fun, point.shape, None, barrier)
    progress = watcher(callback, point, barrier)
    if callback is None:
        # Something must stop the trials after an exception.
        progress = ProgressFunction(lambda _report, _context: int(barrier.is_up))
    with barrier:
        status = library.descent_random_search(
            point.size,
            doubles(point),
            objective.callback,
            None,
            ctypes.byref(options),
            progress,
            None,
            ctypes.byref(outcome),
        )
    check(status)
    return make_result(point, outcome, is_search=True)
