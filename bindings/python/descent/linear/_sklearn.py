"""What scikit-learn asks of an estimator, and its classes of exceptions; it is needed only by those who use it."""

import copy
import functools
import sys
import warnings
from typing import Any

from .._c.errors import NotFittedError


def not_fitted_error(text: str) -> NotFittedError:
    """This package's exception, and scikit-learn's too where a program has loaded that."""
    return _not_fitted_class("sklearn.exceptions" in sys.modules)(text)


@functools.cache
def _not_fitted_class(is_loaded: bool) -> type[NotFittedError]:
    if not is_loaded:
        return NotFittedError
    from sklearn.exceptions import NotFittedError as Theirs  # noqa: PLC0415

    # Like both, and called like both.
    return type("NotFittedError", (NotFittedError, Theirs), {"__module__": NotFittedError.__module__})


def warn(text: str, kind: str) -> None:
    """Warns with scikit-learn's class of this name where a program has loaded that, else with UserWarning.

    The warning's place is the line that called this package.
    """
    theirs = sys.modules.get("sklearn.exceptions")
    category: type[Warning] = getattr(theirs, kind, UserWarning)
    package, frame, level = __name__.partition(".")[0], sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


def tags(kind: str, *, several_targets: bool, several_classes: bool = True) -> Any:
    """The answer to __sklearn_tags__()."""
    from sklearn.utils import ClassifierTags, InputTags, RegressorTags, Tags, TargetTags  # noqa: PLC0415

    return Tags(
        estimator_type=kind,
        target_tags=TargetTags(required=True, multi_output=several_targets, single_output=True),
        input_tags=InputTags(sparse=False, allow_nan=False),
        classifier_tags=ClassifierTags(multi_class=several_classes) if kind == "classifier" else None,
        regressor_tags=RegressorTags() if kind == "regressor" else None,
    )


class Routing:
    """Metadata routing: which methods ask for sample_weight."""

    def get_metadata_routing(self) -> Any:
        """The methods' requests, as scikit-learn's metadata routing wants them."""
        return _companion_of(self).get_metadata_routing()

    def set_fit_request(self, **requests: Any) -> Any:
        """Whether fit() asks for sample_weight; returns itself. See scikit-learn's guide to metadata routing."""
        return self._request("fit", requests)

    def set_partial_fit_request(self, **requests: Any) -> Any:
        """The same for partial_fit()."""
        return self._request("partial_fit", requests)

    def set_score_request(self, **requests: Any) -> Any:
        """The same for score()."""
        return self._request("score", requests)

    def _request(self, method: str, requests: dict[str, Any]) -> Any:
        companion = _companion_of(self)
        getattr(companion, f"set_{method}_request")(**requests)
        self._metadata_request = companion._metadata_request
        return self


def _companion_of(estimator: object) -> Any:
    companion = _companion_class(type(estimator).__name__)()
    if hasattr(estimator, "_metadata_request"):
        companion._metadata_request = copy.deepcopy(estimator._metadata_request)
    return companion


@functools.cache
def _companion_class(name: str) -> type:
    """An estimator of scikit-learn's own with methods of the same arguments, which it makes requests of."""
    from sklearn.base import BaseEstimator  # noqa: PLC0415

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None, validation: Any = None) -> Any: ...
    def partial_fit(self: Any, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any: ...
    def score(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any: ...

    return type(name, (BaseEstimator,), {"fit": fit, "partial_fit": partial_fit, "score": score})
