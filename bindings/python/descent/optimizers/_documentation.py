"""The docstrings and signatures of what is made from the library's table."""

import inspect
import math

from .._c.enumerations import WHOLE_OPTIONS
from .._c.table import Algorithm, Option


def option_range(option: Option) -> str:
    """The accepted values as an interval, '[0, 1)', or one by one."""
    if option.is_switch:
        return "True or False"
    if option.choices:
        return ", ".join(map(repr, option.choices))
    whole = "whole, " if option.name in WHOLE_OPTIONS else ""
    if option.maximum == 2**53:
        return f"{whole}[{option.minimum:g}, 2^53]"
    above = math.nextafter(option.maximum, math.inf)
    if math.isinf(option.maximum):
        upper = "inf)"
    elif above.is_integer() and above != option.maximum:
        upper = f"{above:g})"
    else:
        upper = f"{option.maximum:g}]"
    return f"{whole}[{option.minimum:g}, {upper}"


def signature(algorithm: Algorithm) -> inspect.Signature:
    """Keyword arguments with the library's defaults."""
    return inspect.Signature(
        [
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=option.default,
                annotation=type(option.default),
            )
            for option in algorithm.options.values()
        ]
    )


def class_text(algorithm: Algorithm) -> str:
    """The docstring of an optimizer class."""
    if not algorithm.options:
        return f"{algorithm.title}: {algorithm.formula}\n\nIt has no options. {_state_text(algorithm)}\n"
    width = max(len(name) for name in algorithm.options)
    options = "\n".join(
        f"    {option.name:{width}}  {option_range(option)}, default {_written(option)}"
        for option in algorithm.options.values()
    )
    return f"""{algorithm.title}: {algorithm.formula}

Here g is the gradient (after clipping, a change of sign to maximize, and + weight_decay * w), w a parameter, and t
counts the steps from 1. The defaults are the textbook's; those that were not set take a dialect's when one is chosen.

Options, all keywords, and attributes that can be read and set between two steps (those that decide what state there is,
and dialect, before the first one only):
{options}

{_state_text(algorithm)}

Errors: TypeError for an option that {algorithm.title} does not have or a value that is no number;
InvalidArgumentError, a ValueError, for a value that is not finite or out of range; UnknownNameError, a ValueError,
for a name that is none of the choices.
One optimizer is used by one thread at a time; different ones are independent.
"""


def _state_text(algorithm: Algorithm) -> str:
    if algorithm.is_for_models:
        return "It has no steps of its own: a fit of a linear model runs it, with batch_size=0."
    if algorithm.is_batch:
        return "It has no steps of its own: minimize() runs it, and a fit with batch_size=0."
    text = "State, one number per parameter, zero at first: "
    if any(algorithm.is_of_matrices(name) for name in algorithm.state_names):
        text = "State, in part for matrices or for vectors only, and of the shape of rows, columns or sides: "
    names = ", ".join(algorithm.state_names) or "none"
    return f"{text}{names}\n(a buffer that only an option needs is there if the option was on in the first step)"


def _written(option: Option) -> str:
    default = option.default
    return f"{default:g}" if isinstance(default, float) else repr(default)


def option_text(option: Option) -> str:
    """The docstring of an option's property."""
    when = "holds from the next step on, if it can still be changed"
    return f"{option_range(option)}, default {_written(option)}; {when}."
