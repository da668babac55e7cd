"""SciPy's names for what minimize() can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .._c.errors import InvalidArgumentError, UnknownNameError

_OF_CALL = {
    "maxiter": "max_steps",
    "gtol": "gradient_tolerance",
    "ftol": "value_tolerance",
    "eps": "difference_step",
}
_OF_OPTIMIZER = {
    "maxcor": "history",
    "maxls": "line_search_steps",
    "c1": "wolfe_decrease",
    "c2": "wolfe_curvature",
}


@dataclass(frozen=True)
class Translated:
    """Arguments of minimize(), and options of the optimizer."""

    of_call: dict[str, float] = field(default_factory=dict)
    of_optimizer: dict[str, float] = field(default_factory=dict)


def translated(options: Mapping[str, float] | None, is_own_optimizer: bool) -> Translated:
    """The library's words for SciPy's options; the optimizer's own are refused where the caller has made that."""
    result = Translated()
    if options is None:
        return result
    if not isinstance(options, Mapping):
        raise TypeError(f"options must be a dict, not {type(options).__name__}")
    for name, value in options.items():
        if name in _OF_CALL:
            result.of_call[_OF_CALL[name]] = value
        elif name in _OF_OPTIMIZER and is_own_optimizer:
            raise InvalidArgumentError(f"options: {name} is {_OF_OPTIMIZER[name]} of the optimizer; set it there")
        elif name in _OF_OPTIMIZER:
            result.of_optimizer[_OF_OPTIMIZER[name]] = value
        else:
            known = ", ".join((*_OF_CALL, *_OF_OPTIMIZER))
            raise UnknownNameError(f"options: {name!r} is not one of {known}")
    return result
