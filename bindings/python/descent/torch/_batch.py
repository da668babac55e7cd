"""Methods that decide themselves where to evaluate: each step() minimizes for a while, by calls of its closure."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._c.errors import InvalidArgumentError, UnsupportedError
from ..functions.minimizing import minimize
from ..functions.progress import ProgressReport
from ..functions.results import OptimizeResult
from ..optimizers import OPTIMIZERS
from ..optimizers import Optimizer as LibraryOptimizer
from ..pytorch._forms import Form
from . import _settings, _tensors
from ._base import Base, not_compiled, parameter_name

_SAVED = "saved"


class BatchOptimizer(Base):
    """What LBFGS and ConjugateGradient have in common. Not to be made itself.

    step() takes a closure that computes loss and gradients anew, and is called as often as the line search wants; it
    makes up to `max_iter` steps of the method. The parameters are gathered in a vector of float64, in which all is
    computed; what the closure sees is rounded to their types. There is one param group.

    What differs from torch.optim.LBFGS: there always is a line search for the strong Wolfe conditions, with
    line_search_fn=None too, and so `lr` can only be 1; `tolerance_grad` holds for the Euclidean norm of the gradient,
    `tolerance_change` for the loss alone, relative to it. Its state dictionary is this library's own.

    What a closure raises comes out; the parameters then are those that it was called with.
    """

    _library_optimizer: LibraryOptimizer | None = None
    _last_result: OptimizeResult | None = None

    def __init__(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """Makes an optimizer of these parameters, which are one param group."""
        super().__init__(params, *args, **kwargs)
        if len(self.param_groups) != 1:
            raise InvalidArgumentError(f"{type(self).__name__} has one param group, not {len(self.param_groups)}")
        self._require(0, self.param_groups[0])

    @property
    def result(self) -> OptimizeResult | None:
        """How the last step() ended, as descent.minimize() tells it."""
        return self._last_result

    @property
    def state(self) -> defaultdict[Any, Any]:
        """The library's saved bytes, as the state of the first parameter."""
        if self._library_optimizer is not None:
            saved = np.frombuffer(self._library_optimizer._saved(), np.uint8).copy()
            self._state[self.param_groups[0]["params"][0]] = {_SAVED: torch.from_numpy(saved)}
        return self._state

    @state.setter
    def state(self, value: Mapping[Any, Any]) -> None:
        self._state = value if isinstance(value, defaultdict) else defaultdict(dict, value)
        self._library_optimizer = None

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over state and hyperparameters. InvalidArgumentError for state that is not this class's."""
        former = self._state, self._library_optimizer, self.param_groups
        try:
            super().load_state_dict(state_dict)
            self._library_optimizer = self._restored()
        except BaseException:
            self._state, self._library_optimizer, self.param_groups = former
            raise

    @not_compiled
    def step(self, closure: Callable[[], Any]) -> Any:
        """Minimizes what the closure computes for up to max_iter steps; returns what its first call did."""
        if closure is None:
            raise TypeError(f"{type(self).__name__} needs a closure that computes the loss anew")
        group = self.param_groups[0]
        optimizer = self._restored()
        for name, number in _settings.read(self._form, group).whole:
            option = optimizer._algorithm.options[name]
            if getattr(optimizer, name) != option.value_of(number):
                setattr(optimizer, name, option.value_of(number))
        run = _Run(group["params"], closure)
        most = _most_evaluations(self._form, group)

        def enough(_: Any, report: ProgressReport) -> bool:
            return bool(run.calls >= most)

        with torch.no_grad():
            result = minimize(
                run.evaluate,
                run.gathered(group["params"]),
                jac=True,
                optimizer=optimizer,
                max_steps=_settings.plain(group["max_iter"]),
                gradient_tolerance=_settings.plain(group["tolerance_grad"]),
                value_tolerance=_settings.plain(group["tolerance_change"]),
                callback=enough,
            )
            run.scatter(result.x)
        self._library_optimizer, self._last_result = optimizer, result
        return run.first

    def _require(self, index: int, group: Mapping[str, Any]) -> None:
        for place, parameter in enumerate(group["params"]):
            _tensors.require(parameter, parameter_name(group, index, place))
        if "lr" in group and _settings.plain(group["lr"]) != 1:
            raise UnsupportedError(f"lr: {group['lr']}; the line search finds the length of each step: leave it out")
        if group.get("line_search_fn") not in (None, "strong_wolfe"):
            raise InvalidArgumentError(
                f"line_search_fn: {group['line_search_fn']!r} is neither 'strong_wolfe' nor None"
            )
        OPTIMIZERS[self._form.algorithm.name](**_named(self._form, group))

    def _restored(self) -> LibraryOptimizer:
        """The library's optimizer, from the state if it comes from elsewhere."""
        if self._library_optimizer is not None:
            return self._library_optimizer
        kind = OPTIMIZERS[self._form.algorithm.name]
        entry = self._state.get(self.param_groups[0]["params"][0], {})
        if not entry:
            return kind(**_named(self._form, self.param_groups[0]))
        if not isinstance(entry.get(_SAVED), Tensor):
            raise InvalidArgumentError(f"the state is not that of a descent.torch.{self._form.title}: {list(entry)}")
        return kind._from_saved(entry[_SAVED].to(torch.uint8).numpy().tobytes())


class _Run:
    """The parameters as one vector, and a closure as a function of it."""

    def __init__(self, parameters: list[Tensor], closure: Callable[[], Any]) -> None:
        self.parameters, self.closure = parameters, closure
        self.calls, self.first = 0, None

    def gathered(self, tensors: list[Tensor | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Tensors of the parameters' shapes, one behind the other; None is zeros."""
        pieces = [
            torch.zeros(parameter.numel(), dtype=torch.float64)
            if tensor is None
            else (tensor.to_dense() if tensor.layout != torch.strided else tensor).detach().reshape(-1).double()
            for tensor, parameter in zip(tensors, self.parameters, strict=True)
        ]
        gathered: np.ndarray[Any, np.dtype[np.float64]] = torch.cat(pieces).numpy()
        return gathered

    def scatter(self, point: np.ndarray[Any, Any]) -> None:
        """Gives the parameters the numbers of a point."""
        begin = 0
        for parameter in self.parameters:
            piece = torch.from_numpy(point[begin : begin + parameter.numel()])
            parameter.copy_(piece.reshape(parameter.shape))
            begin += parameter.numel()

    def evaluate(self, point: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        """Loss and gradient."""
        self.scatter(np.ascontiguousarray(point))
        with torch.enable_grad():
            loss = self.closure()
        if not self.calls:
            self.first = loss
        self.calls += 1
        return float(loss), self.gathered([parameter.grad for parameter in self.parameters])


def _most_evaluations(form: Form, group: Mapping[str, Any]) -> float:
    """PyTorch's LBFGS has a limit if none is given."""
    if group["max_eval"] is None:
        return _settings.plain(group["max_iter"]) * 5 // 4 if form.dialect == "pytorch" else math.inf
    return float(_settings.plain(group["max_eval"]))


def _named(form: Form, group: Mapping[str, Any]) -> dict[str, Any]:
    """The library's options of a group, as Python has them."""
    settings = _settings.read(form, group)
    return {name: settings.algorithm.options[name].value_of(number) for name, number in settings.whole}
