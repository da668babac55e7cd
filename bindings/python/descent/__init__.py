"""First-order optimization on NumPy arrays, by libdescent.

    import descent

    adam = descent.Adam(learning_rate=0.01)
    adam.update(params, grads)                                     # two dicts of arrays, changed in place

    loss, gradient = descent.softmax_cross_entropy(scores, labels)

    classifier = descent.LinearClassifier(optimizer="adam", epochs=10).fit(X, y)
    classifier.score(X_test, y_test)

Optimizers: SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam. Losses: softmax_cross_entropy, multiclass_hinge,
squared_hinge, squared_error, absolute_error, huber, logistic. Each has its own help: help(descent.Adam).
"""

from typing import TYPE_CHECKING, Any

from . import losses, optimizers
from ._library import VERSION, active_isa, library_version
from .classifier import LinearClassifier, NotFittedError
from .errors import (
    CancelledError,
    CorruptStateError,
    DescentError,
    InvalidArgumentError,
    NotFiniteError,
    NullPointerError,
    OutOfMemoryError,
    ShapeMismatchError,
    UnknownNameError,
    UnsupportedError,
)
from .losses import *  # noqa: F403
from .optimizers import *  # noqa: F403
from .progress import ProgressReport

__version__ = VERSION

__all__ = [
    "CancelledError",
    "CorruptStateError",
    "DescentError",
    "InvalidArgumentError",
    "LinearClassifier",
    "NotFiniteError",
    "NotFittedError",
    "NullPointerError",
    "OutOfMemoryError",
    "ProgressReport",
    "ShapeMismatchError",
    "UnknownNameError",
    "UnsupportedError",
    "__version__",
    "active_isa",
    "library_version",
]
__all__ += losses.__all__ + optimizers.__all__

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """The optimizers and losses that exist at run time only."""
