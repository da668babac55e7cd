"""What an optimizer's steps did to the parameters."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Health:
    """The record of an optimizer; the norms are Euclidean, over all tensors.

    step: the last step that was tracked, which the next six describe; 0 if none was (the option track_health)
    gradient_norm: of the gradients as they were given
    update_norm: of the change of the parameters
    parameter_norm: of the parameters before the step
    update_ratio: update_norm / parameter_norm; 0 where that is 0. About 1e-3 is usual
    update_cosine: between this update and the one before, in [-1, 1]: near -1 the steps overshoot; 0 at first
    zero_fraction: the share of gradient elements that are 0
    clipped_steps: how many steps clip_norm has scaled, since the optimizer was made or reset
    skipped_steps: how many were skipped for a NaN or infinity
    not_finite: how many gradient elements of the tracked steps were NaN or infinite
    state_not_finite: how many numbers of the state were, after the last tracked step: what they belong to may be stuck
    """

    step: int
    gradient_norm: float
    update_norm: float
    parameter_norm: float
    update_ratio: float
    update_cosine: float
    zero_fraction: float
    clipped_steps: int
    skipped_steps: int
    not_finite: int
    state_not_finite: int = 0

    @classmethod
    def _from_record(cls, record: Any) -> "Health":
        return cls(*[getattr(record, name) for name in cls.__dataclass_fields__])
