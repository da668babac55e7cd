"""What the library lists of an optimizer, looked up as the exchange with PyTorch needs it."""

from collections.abc import Iterator
from dataclasses import dataclass

from .._c.table import Algorithm
from .._saving.state_dicts import StateDict
from ..optimizers import Optimizer


@dataclass
class Entries:
    """The entries of an optimizer: numbers and arrays by name, the latter in the shapes of their tensors."""

    algorithm: Algorithm
    named: StateDict

    @classmethod
    def of(cls, optimizer: Optimizer) -> "Entries":
        """Those of an optimizer."""
        return cls(optimizer._algorithm, optimizer._shaped_entries())

    @property
    def step_count(self) -> int:
        """How many steps have been made."""
        return int(self.named["step_count"])

    @property
    def groups(self) -> list[int]:
        """The numbers of all groups, 0 too."""
        return [0, *map(int, self.named["groups"])]

    def options(self, group: int) -> dict[str, float]:
        """The options of a group, in the library's numbers."""
        return {
            name: float(self.named.get(f"group.{group}.{name}", self.named[f"options.{name}"]))
            for name in self.algorithm.options
        }

    def everywhere(self) -> Iterator[dict[str, float]]:
        """The options of each group."""
        return map(self.options, self.groups)

    @staticmethod
    def kept(group: int, name: str) -> str:
        """What a number is called that the rule keeps for a group."""
        return f"group.{group}.kept.{name}" if group else f"kept.{name}"
