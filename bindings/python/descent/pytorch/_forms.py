"""How each class of descent.torch is called, and what its arguments and its state mean to the library.

Classes that torch.optim has too take its arguments and keep its state; all others take `lr` and the library's options
by their names, and keep the library's state. Either also takes those of the library's options that it has no argument
for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .._c.table import ALGORITHMS, Algorithm

Group = Mapping[str, Any]
# What the library's options become in a param group: theirs, by name, or a function of the group.
Meaning = str | tuple[str, ...] | Callable[[Group], dict[str, Any]]

# PyTorch's schedulers do what these do; the dialect is the class's; health is for a loop of the library's own.
LEFT_OUT = {
    *("schedule", "warmup_steps", "schedule_steps", "schedule_factor", "schedule_power", "schedule_floor"),
    *("cycle_factor", "cycle_rise", "cycle_start", "cycle_decay", "patience", "plateau_rises", "plateau_threshold"),
    *("cooldown", "dialect", "track_health"),
}
# How PyTorch computes: here there is one way.
IGNORED = {"foreach": None, "fused": None}
REFUSED = {"capturable": False, "differentiable": False}


@dataclass(frozen=True)
class Form:
    """One class of this room.

    title: its name
    positional: its arguments in their order, and their defaults
    keywords: those that are keywords only, the library's further options among them, without which a group has none
    meanings: what the arguments are called in the library
    chosen: the algorithm of a group
    algorithm: that of a group with the defaults
    dialect: whose arithmetic
    buffers, kept, computed: names of the state of a parameter, and what the library calls it, or how it is computed
    counts_steps: whether that has 'step'
    fixed: entries of its groups that are no arguments
    """

    title: str
    algorithm: Algorithm
    positional: Mapping[str, Any]
    keywords: Mapping[str, Any]
    meanings: Mapping[str, Meaning]
    dialect: str = "textbook"
    chosen: Callable[[Group], str] | None = None
    buffers: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    computed: Mapping[str, Callable[[Mapping[str, float], int], float]] = field(default_factory=dict)
    counts_steps: bool = True
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, Any]:
        """Those of PyTorch, or of the algorithm."""
        return {**self.positional, **self.keywords}

    @cached_property
    def extras(self) -> dict[str, Any]:
        """The library's further options and their defaults."""
        taken = {name for meaning in self.meanings.values() for name in option_names(meaning)}
        return {
            name: option.default
            for name, option in self.algorithm.options.items()
            if name not in taken | LEFT_OUT and name not in self.positional and name not in self.keywords
        }

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """The entries of a group that the steps depend on."""
        return tuple(
            name for name in (*self.positional, *self.keywords, *self.fixed, *self.extras) if name not in IGNORED
        )

    def algorithm_of(self, group: Group) -> Algorithm:
        """The algorithm that steps a group."""
        return ALGORITHMS[self.chosen(group)] if self.chosen else self.algorithm

    def words(self) -> dict[str, str]:
        """How the library's texts begin, and what the argument is called here."""
        words = {}
        for name, meaning in self.meanings.items():
            for place, option in enumerate(option_names(meaning)):
                words[f"{option}: "] = f"{name}[{place}]: " if isinstance(meaning, tuple) else f"{name}: "
        return words


def option_names(meaning: Meaning) -> tuple[str, ...]:
    """The options that an argument becomes."""
    if callable(meaning):
        names: tuple[str, ...] = meaning.names  # type: ignore[attr-defined]
        return names
    return (meaning,) if isinstance(meaning, str) else meaning


def means(*names: str) -> Callable[[Callable[[Group], dict[str, Any]]], Callable[[Group], dict[str, Any]]]:
    """Says of a function which options it makes."""

    def mark(function: Callable[[Group], dict[str, Any]]) -> Callable[[Group], dict[str, Any]]:
        function.names = names  # type: ignore[attr-defined]
        return function

    return mark


# Of a call of a batch method, and what they are by default.
CALL = {"max_iter": 20, "max_eval": None, "tolerance_grad": 1e-7, "tolerance_change": 1e-9}
# What every algorithm has that is stepped, as SGD has nothing else.
_COMMON = set(ALGORITHMS["sgd"].options) - {"learning_rate", "weight_decay", "decoupled_weight_decay", "maximize"}


def library_form(algorithm: Algorithm) -> Form:
    """The class of an algorithm that PyTorch does not have."""
    own = {
        name: option.default
        for name, option in algorithm.options.items()
        if name not in LEFT_OUT and name not in _COMMON
    }
    meanings: dict[str, Meaning] = {"lr" if name == "learning_rate" else name: name for name in own}
    first = {"lr": own.pop("learning_rate")} if "learning_rate" in own else CALL
    return Form(algorithm.title, algorithm, first, own, meanings)
