"""The numbers that the C interface has names for, by the names that Python has for them.

The tests compare them with the header's enums.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .errors import UnknownNameError


def _enumeration(*names: str, first: int) -> Mapping[str, int]:
    return MappingProxyType({name: number for number, name in enumerate(names, start=first)})


DIALECTS = _enumeration("textbook", "pytorch", "keras", "optax", first=0)
SCHEDULES = _enumeration(
    "constant",
    "step",
    "exponential",
    "inverse_time",
    "polynomial",
    "cosine",
    "cosine_restarts",
    "one_cycle",
    "plateau",
    first=0,
)
NOT_FINITE_POLICIES = _enumeration("propagate", "refuse", "skip", first=0)
AVERAGES = _enumeration("none", "ema", "uniform", first=0)
STATE_DTYPES = _enumeration("same", "bfloat16", "quantized8", first=0)
SAMPLINGS = _enumeration("shuffle", "replacement", "stratified", "weighted", first=1)
REASONS = _enumeration(
    "steps",
    "gradient",
    "value_tolerance",
    "target",
    "time",
    "callback",
    "diverged",
    "rounding",
    "wrong_gradient",
    first=1,
)
DIFFERENCES = _enumeration("forward", "central", "richardson", first=1)
SEARCH_MODES = _enumeration("global", "local", first=1)
INITIALIZERS = _enumeration(
    "zeros", "normal", "uniform", "xavier_normal", "xavier_uniform", "he_normal", "he_uniform", first=1
)

# Options whose values have names; the library tells their range, but no names.
OPTION_CHOICES: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "dialect": DIALECTS,
        "schedule": SCHEDULES,
        "not_finite_policy": NOT_FINITE_POLICIES,
        "average": AVERAGES,
        "state_dtype": STATE_DTYPES,
    }
)
# Options that count something.
WHOLE_OPTIONS = frozenset(
    {
        "warmup_steps",
        "schedule_steps",
        "patience",
        "cooldown",
        "slow_warmup_steps",
        "average_start",
        "lookahead_steps",
        "accumulate_steps",
        "orthogonalization_steps",
        "precondition_frequency",
        "maximum_side",
        "minimum_side",
        "rounding_seed",
        "history",
        "line_search_steps",
        "part_iterations",
    }
)


def number_of(name: object, choices: Mapping[str, int], argument: str) -> int:
    """The number of a name; TypeError for what is no text, UnknownNameError with the known ones for another name."""
    if not isinstance(name, str):
        raise TypeError(f"{argument} must be a name, not {type(name).__name__}")
    if name not in choices:
        raise UnknownNameError(f"{argument}: {name!r} is not one of {', '.join(choices)}")
    return choices[name]


def name_of(number: int, choices: Mapping[str, int]) -> str:
    """The name of a number that the library returned; the number itself as text for one that is newer than this."""
    return next((name for name, value in choices.items() if value == number), str(number))
