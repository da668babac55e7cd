"""The library's optimizers as torch.optim's: a change of the import.

    from descent.torch import AdamW

    optimizer = AdamW(model.parameters(), lr=1e-3)
    optimizer.step()                                  # in place, on the CPU

There is a class for each of the library's algorithms. Those that torch.optim has, too, take its arguments and exchange
state dictionaries with it; the others take `lr` and the library's options by name. help(descent.torch.AdamW) says what
a class takes, help(descent.torch.Optimizer) what all have in common.
"""

import inspect
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

try:
    import torch as _torch  # noqa: F401
except ImportError as error:
    raise ImportError(
        "descent.torch needs PyTorch, which cannot be imported: install it, as with `pip install descent[torch]`",
        name="torch",
    ) from error

from ..pytorch._classes import FORMS
from ..pytorch._forms import Form
from ._base import Base
from ._batch import BatchOptimizer
from ._optimizer import Optimizer


def _signature(form: Form) -> inspect.Signature:
    """The parameters first, then what PyTorch or the library has, and the library's further options as keywords."""
    kinds = inspect.Parameter
    arguments = [kinds("params", kinds.POSITIONAL_OR_KEYWORD)]
    arguments += [kinds(name, kinds.POSITIONAL_OR_KEYWORD, default=value) for name, value in form.positional.items()]
    keywords = {**form.keywords, **form.extras}
    arguments += [kinds(name, kinds.KEYWORD_ONLY, default=value) for name, value in keywords.items()]
    return inspect.Signature(arguments)


def _documentation(form: Form) -> str:
    theirs = f"Those of torch.optim.{form.title}" if form.dialect == "pytorch" else "The library's options"
    base = "BatchOptimizer" if form.algorithm.is_batch else "Optimizer"
    own = _wrapped(f"{name}={value!r}" for name, value in form.arguments.items())
    return f"""{form.title}: {form.algorithm.formula}

{theirs} are its arguments, and entries of a param group:
{own}

Further options of the library's are keywords, which a group has only if they are given:
{_wrapped(form.extras)}

help(descent.{form.algorithm.title}) says what the library's options mean, help(descent.torch.{base}) what these
optimizers have in common, and which errors there are.
"""


def _wrapped(words: Iterable[str]) -> str:
    return textwrap.fill(", ".join(words), 110, initial_indent="    ", subsequent_indent="    ")


def _make_class(form: Form) -> type[Base]:
    members: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": _documentation(form),
        "__signature__": _signature(form),
        "_form": form,
    }
    return type(form.title, (BatchOptimizer if form.algorithm.is_batch else Optimizer,), members)


# By the algorithm's name in the library: 'adamw' -> AdamW.
OPTIMIZERS = {name: _make_class(form) for name, form in FORMS.items()}
_CLASSES = {kind.__name__: kind for kind in OPTIMIZERS.values()}
# The library writes some otherwise than PyTorch: AdaGrad, RMSProp.
_CLASSES |= {kind._form.algorithm.title: kind for kind in OPTIMIZERS.values()}
globals().update(_CLASSES)

__all__ = ["OPTIMIZERS", "BatchOptimizer", "Optimizer"]
__all__ += list(_CLASSES)

if TYPE_CHECKING:
    # They exist at run time only; `make stubs` describes them.
    from ._optimizer_classes import *  # noqa: F403
