"""How a class is made from its form, and how its state goes through PyTorch's hands."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import torch

from ..pytorch._forms import Form

Function = TypeVar("Function", bound=Callable[..., Any])


def not_compiled(function: Function) -> Function:
    """Keeps torch.compile() out of what it cannot see through, as PyTorch does with parts of its own optimizers."""
    keep_out = getattr(torch, "_disable_dynamo", None)  # torch.compiler.disable() would import a compiler with it
    kept: Function = keep_out(function) if keep_out else function
    return kept


class _Sealed:
    """The state of one parameter on its way through PyTorch's load_state_dict(), which would change its type."""

    def __init__(self, entry: Mapping[Any, Any]) -> None:
        self.entry = entry


class Base(torch.optim.Optimizer):
    """How a class is made from its form, and how state goes through PyTorch's hands."""

    _form: ClassVar[Form]
    _state: defaultdict[Any, Any]
    defaults: dict[str, Any]
    param_groups: list[dict[str, Any]]

    def __init__(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """Makes an optimizer of these parameters, or of these param groups."""
        if not hasattr(self, "_form"):
            raise TypeError(f"{type(self).__name__} is a base class; make one of the others of descent.torch")
        bound = self.__signature__.bind(params, *args, **kwargs)
        given = dict(bound.arguments)
        del given["params"]
        super().__init__(params, {**self._form.positional, **self._form.keywords, **self._form.fixed, **given})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """PyTorch's, which would give state the types of the parameters."""
        handle = self.register_load_state_dict_pre_hook(_seal)
        try:
            super().load_state_dict(state_dict)
        finally:
            handle.remove()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What unpickling, copying and loading give it."""
        super().__setstate__(state)
        given = self.__dict__.pop("state", None)
        if given is not None:
            self.state = defaultdict(dict, {key: _unsealed(entry) for key, entry in given.items()})
        for group in self.param_groups:
            for name, default in self.defaults.items():
                group.setdefault(name, default)


def parameter_name(group: Mapping[str, Any], index: int, place: int) -> str:
    """What messages call a parameter."""
    if "param_names" in group:
        return f"the parameter {group['param_names'][place]!r}"
    return f"parameter {place} of group {index}"


def _seal(_: Any, state_dict: dict[str, Any]) -> dict[str, Any]:
    state = {key: _Sealed(entry) for key, entry in state_dict["state"].items()}
    return {**state_dict, "state": state}


def _unsealed(entry: Any) -> Any:
    if isinstance(entry, _Sealed):
        entry = entry.entry
    return dict(entry) if isinstance(entry, Mapping) else entry
