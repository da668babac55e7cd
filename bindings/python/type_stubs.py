"""Writes the type stubs of what is made from the library's table, for type checkers and editors: `make stubs`.

They say what the library that was loaded offers: optimizer classes with their options, and loss functions.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from descent._c import table
from descent._c.enumerations import OPTION_CHOICES
from descent.pytorch._classes import FORMS
from descent.pytorch._forms import LEFT_OUT, Form

PROJECT = Path(__file__).parent
PACKAGE = PROJECT / "descent"

OPTIMIZERS = '''"""Made by `make stubs` from the library's table: the optimizers."""

from typing import Literal

from ..schedules import Schedule
from ._optimizer import Optimizer

'''

LOSSES = '''"""Made by `make stubs` from the library's table: the losses."""

from typing import Any, Literal, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Float = TypeVar("_Float", bound=np.floating[Any])

'''

TORCH = '''"""Made by `make stubs` from the library's table: the optimizers for PyTorch."""

from collections.abc import Iterable
from typing import Any, Literal

from torch import Tensor

from ._batch import BatchOptimizer
from ._optimizer import Optimizer

_Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]
'''
# The types of arguments whose default tells too little.
TORCH_TYPES = {
    "lr": "float | Tensor",
    "foreach": "bool | None",
    "fused": "bool | None",
    "max_eval": "int | None",
    "adjust_lr_fn": "str | None",
    "line_search_fn": "str | None",
}

# What the gradient is depends on whether it is wanted.
LOSS = """
@overload
def {name}({arguments}, *, gradient: Literal[True] = True, out: Out = None{more}) -> tuple[float, NDArray[_Float]]: ...
@overload
def {name}({arguments}, *, gradient: Literal[False], out: None = None{more}) -> tuple[float, None]: ...
@overload
def {name}({arguments}, *, gradient: bool, out: Out = None{more}) -> tuple[float, NDArray[_Float] | None]: ...
""".replace("Out", "NDArray[_Float] | None")
WITH_LABELS = "scores: NDArray[_Float], labels: ArrayLike"
WITH_TARGETS = "predictions: NDArray[_Float], targets: NDArray[_Float]"


def choice_name(option: str) -> str:
    """What the type of an option that is a choice is called: not_finite_policy -> _NotFinitePolicyName."""
    return "_" + option.title().replace("_", "") + "Name"


def optimizer_class(algorithm: table.Algorithm) -> str:
    """The options are keywords and attributes; a schedule can be given as an object too."""
    parameters, attributes = "", ""
    for option in algorithm.options.values():
        name, kind = option.name, type(option.default).__name__
        if option.choices:
            kind = choice_name(name)
        accepted = f"{kind} | Schedule" if name == "schedule" else kind
        parameters += f"{name}: {accepted} = {option.default!r}, "
        attributes += (
            f"    {name}: {kind}\n"
            if accepted == kind
            else f"    @property\n    def {name}(self) -> {kind}: ...\n"
            f"    @{name}.setter\n    def {name}(self, value: {accepted}) -> None: ...\n"
        )
    parameters = f"*, {parameters}" if parameters else ""
    return f"class {algorithm.title}(Optimizer):\n    def __init__(self, {parameters}) -> None: ...\n{attributes}"


def optimizer_stub() -> str:
    """The text of _optimizer_classes.pyi."""
    choices = [f"{choice_name(name)} = Literal[{', '.join(map(repr, of))}]\n" for name, of in OPTION_CHOICES.items()]
    classes = [optimizer_class(algorithm) for algorithm in table.ALGORITHMS.values()]
    return OPTIMIZERS + "".join(choices + classes)


def torch_type(name: str, default: object) -> str:
    """The type of an argument of descent.torch, by its default."""
    if isinstance(default, tuple):
        parts = ["float | None" if part is None else type(part).__name__ for part in default]
        return f"tuple[{', '.join(parts)}]"
    if name in OPTION_CHOICES:
        return choice_name(name)
    return TORCH_TYPES.get(name, type(default).__name__)


def torch_class(form: Form) -> str:
    """PyTorch's arguments or `lr` and the algorithm's, then the library's further options."""

    def listed(arguments: Mapping[str, object]) -> str:
        return "".join(f"{name}: {torch_type(name, value)} = {value!r}, " for name, value in arguments.items())

    positional, keywords = listed(form.positional), listed({**form.keywords, **form.extras})
    base = "BatchOptimizer" if form.algorithm.is_batch else "Optimizer"
    keywords = f"*, {keywords}" if keywords else ""
    return (
        f"class {form.title}({base}):\n    def __init__(self, params: _Params, {positional}{keywords}) -> None: ...\n"
    )


def torch_stub() -> str:
    """The text of the one for PyTorch."""
    choices = [
        f"{choice_name(name)} = Literal[{', '.join(map(repr, of))}]\n"
        for name, of in OPTION_CHOICES.items()
        if name not in LEFT_OUT
    ]
    classes = [torch_class(form) for form in FORMS.values()]
    others = [
        f"{form.algorithm.title} = {form.title}\n" for form in FORMS.values() if form.algorithm.title != form.title
    ]
    return TORCH + "".join(choices + classes + others)


def loss_stub() -> str:
    """The text of _loss_functions.pyi."""
    return LOSSES + "".join(
        LOSS.format(
            name=loss.name,
            arguments=WITH_LABELS if loss.takes_labels else WITH_TARGETS,
            more=f", {loss.parameter.name}: float = {loss.parameter.default}" if loss.parameter else "",
        )
        for loss in table.LOSSES.values()
    )


def stubs() -> dict[Path, str]:
    """The files and their texts, as the formatter leaves them."""
    texts = {
        "optimizers/_optimizer_classes.pyi": optimizer_stub(),
        "torch/_optimizer_classes.pyi": torch_stub(),
        "_loss_functions.pyi": loss_stub(),
    }
    command = [sys.executable, "-m", "ruff", "format", "--config", str(PROJECT / "pyproject.toml"), "--stdin-filename"]
    return {
        PACKAGE / name: subprocess.run(
            [*command, name, "-"], input=text, capture_output=True, text=True, check=True
        ).stdout
        for name, text in texts.items()
    }


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text)
