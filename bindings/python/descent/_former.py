"""Where modules were in 0.1: programs that import them from there find them, and so do its pickles."""

import sys

from ._c import errors
from .functions import gradients, minimizing, progress, range_tests, results, searching
from .linear import _model, classifier
from .optimizers import _saving, health

__all__ = [
    "classifier",
    "errors",
    "gradients",
    "health",
    "minimizing",
    "progress",
    "range_tests",
    "results",
    "searching",
]

_PLACES = {"_model": _model, "_optimizer_saving": _saving} | {name: globals()[name] for name in __all__}
sys.modules.update({f"{__package__}.{name}": module for name, module in _PLACES.items()})
