"""What the library saves of a classifier: what Python itself looks at, and the rest as it is."""

from dataclasses import dataclass, field

import numpy as np

from .._c.arrays import Array
from .._c.errors import InvalidArgumentError
from .._c.table import LOSSES
from .._saving import saved_bytes
from .._saving.state_dicts import StateDict, StateReader, number

# Where the last fit stands, and what its reports need.
_PREFIXES = ("training.", "record.")
_LOSS_NAMES = {loss.value: loss.name for loss in LOSSES.values()}


@dataclass
class SavedClassifier:
    """Parameters, and by their names the numbers and arrays of the last fit, if there was one."""

    loss: int
    l2: float
    weights: Array
    bias: Array
    fit: StateDict = field(default_factory=dict)

    @property
    def loss_name(self) -> str:
        """The loss, as Python calls it."""
        return _LOSS_NAMES[self.loss]

    def to_bytes(self) -> bytes:
        """What the library loads; it judges all of it."""
        return saved_bytes.build(saved_bytes.CLASSIFIER, self.to_dict())

    def to_dict(self) -> StateDict:
        """The state dictionary, which is also what the library lists of saved bytes."""
        state = {
            "loss": number(self.loss, np.int32),
            "l2": number(self.l2, np.float64),
            "weights": self.weights,
            "bias": self.bias,
        }
        return state | self.fit

    @classmethod
    def from_dict(cls, state: StateReader) -> "SavedClassifier":
        """From a state dictionary, or from what the library lists."""
        loss = state.integer("loss")
        if loss not in _LOSS_NAMES:
            raise InvalidArgumentError(f"the state's 'loss' is {loss}, which is none of the library's")
        weights = state.array("weights", np.float32)
        if weights.ndim != 2:
            raise InvalidArgumentError(f"the state's 'weights' have {weights.ndim} axes, not 2: (features, classes)")
        result = cls(loss, state.double("l2"), weights, state.array("bias", np.float32, weights.shape[1:]))
        for prefix in _PREFIXES:
            result.fit |= {prefix + name: array for name, array in state.below(prefix).items()}
        return result
