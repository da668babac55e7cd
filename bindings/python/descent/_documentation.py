"""The docstrings and signatures of what is made from the library's table."""

import inspect
import math

from ._table import Algorithm, Option


def option_default(option: Option) -> float | bool:
    """The default, as its property would give it."""
    return bool(option.default) if option.is_switch else option.default


def option_range(option: Option) -> str:
    """The accepted values as an interval: '[0, 1)'."""
    if option.is_switch:
        return "True or False"
    above = math.nextafter(option.maximum, math.inf)
    if math.isinf(option.maximum):
        upper = "inf)"
    elif above.is_integer() and above != option.maximum:
        upper = f"{above:g})"
    else:
        upper = f"{option.maximum:g}]"
    return f"[{option.minimum:g}, {upper}"


def signature(algorithm: Algorithm) -> inspect.Signature:
    """Keyword arguments with the library's defaults."""
    return inspect.Signature(
        [
            inspect.Parameter(
                option.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=option_default(option),
                annotation=bool if option.is_switch else float,
            )
            for option in algorithm.options.values()
        ]
    )


def class_text(algorithm: Algorithm) -> str:
    """The docstring of an optimizer class."""
    width = max(len(name) for name in algorithm.options)
    options = "\n".join(
        f"    {option.name:{width}}  {option_range(option)}, default {option_default(option):g}"
        if not option.is_switch
        else f"    {option.name:{width}}  {option_range(option)}, default {option_default(option)}"
        for option in algorithm.options.values()
    )
    return f"""{algorithm.title}: {algorithm.formula}

Here g is the gradient (plus weight_decay * w, if that is not 0), w a parameter, and t counts the steps from 1.

Options, all keywords, and attributes that can be read and set between two steps:
{options}

State, one number per parameter, zero at first: {", ".join(algorithm.state_names) or "none"}

Errors: TypeError for an option that {algorithm.title} does not have or a value that is no number;
InvalidArgumentError, a ValueError, for a value that is not finite or out of range.
One optimizer is used by one thread at a time; different ones are independent.
"""


def option_text(option: Option) -> str:
    """The docstring of an option's property."""
    return f"{option_range(option)}, default {option_default(option)}; holds from the next step on."
