"""First-order optimization on NumPy arrays, by libdescent.

    import descent

    adam = descent.Adam(learning_rate=0.01)
    adam.update(params, grads)                                     # two dicts of arrays, changed in place

    loss, gradient = descent.softmax_cross_entropy(scores, labels)

    classifier = descent.LinearClassifier(optimizer="adam", epochs=10).fit(X, y)
    classifier.score(X_test, y_test)

    result = descent.minimize(fun, x0, jac=True, optimizer="adam")   # any function of your own
    descent.check_gradient(fun, x0)                                # is its gradient right?

Optimizers: SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam. Losses: softmax_cross_entropy, multiclass_hinge,
squared_hinge, squared_error, absolute_error, huber, logistic. Functions: minimize, numeric_gradient, check_gradient,
random_search, learning_rate_range, initialize. Sampler draws minibatches; descent.schedules has schedules of the
learning rate, descent.pytorch exchanges optimizers with PyTorch, and descent.torch, which is imported by itself, has
optimizers for PyTorch's tensors. Each has its own help: help(descent.Adam).
`python -m descent` draws what they do.
"""

from typing import TYPE_CHECKING

from . import distributed, losses, optimizers, pytorch, schedules
from ._c.errors import (
    CancelledError,
    CommunicationError,
    CorruptStateError,
    DescentError,
    InvalidArgumentError,
    NotFiniteError,
    NotFittedError,
    NullPointerError,
    OutOfMemoryError,
    ShapeMismatchError,
    UnknownNameError,
    UnsupportedError,
)
from ._c.library import VERSION, active_isa, library_version
from ._former import *  # noqa: F403
from .functions.gradients import GradientReport, check_gradient, numeric_gradient
from .functions.minimizing import minimize
from .functions.progress import ProgressReport
from .functions.range_tests import RangeTest, learning_rate_range
from .functions.results import OptimizeResult
from .functions.searching import random_search
from .initialization import initialize
from .linear.classifier import LinearClassifier
from .linear.regressor import LinearRegressor
from .losses import *  # noqa: F403
from .optimizers import *  # noqa: F403
from .optimizers.health import Health
from .samplers import Sampler
from .threads import set_thread_count, thread_count

__version__ = VERSION

__all__ = [
    "CancelledError",
    "CommunicationError",
    "CorruptStateError",
    "DescentError",
    "GradientReport",
    "Health",
    "InvalidArgumentError",
    "LinearClassifier",
    "LinearRegressor",
    "NotFiniteError",
    "NotFittedError",
    "NullPointerError",
    "OptimizeResult",
    "OutOfMemoryError",
    "ProgressReport",
    "RangeTest",
    "Sampler",
    "ShapeMismatchError",
    "UnknownNameError",
    "UnsupportedError",
    "__version__",
    "active_isa",
    "check_gradient",
    "distributed",
    "initialize",
    "learning_rate_range",
    "library_version",
    "minimize",
    "numeric_gradient",
    "pytorch",
    "random_search",
    "schedules",
    "set_thread_count",
    "thread_count",
]
__all__ += losses.__all__ + optimizers.__all__

if TYPE_CHECKING:
    from ._loss_functions import *  # noqa: F403
    from .optimizers._optimizer_classes import *  # noqa: F403
