"""The rows of the table: a module a kind of job, each with a function rows()."""

from ..race import Row
from . import (
    adam,
    binary,
    epoch,
    every_rule,
    full_batch,
    iris,
    many_tensors,
    minimizing,
    models,
    muon,
    overhead,
    rules,
    target_loss,
    to_the_minimum,
    torch_optimizers,
)

ON_IMAGES = (epoch, full_batch, target_loss, to_the_minimum, binary, models)
ON_STEPS = (overhead, adam, rules, every_rule, muon, many_tensors, torch_optimizers)
MODULES = (*ON_STEPS, minimizing, iris, *ON_IMAGES)


def all_rows() -> list[Row]:
    """Every row, in the order of the table."""
    return [row for module in MODULES for row in module.rows()]


def needs_images(row: Row) -> bool:
    """Whether the row trains on Fashion-MNIST."""
    return any(row.key == other.key for module in ON_IMAGES for other in module.rows())


def needs_torch(row: Row) -> bool:
    """Whether the row has nothing to measure without PyTorch."""
    return any(row.key == other.key for other in torch_optimizers.rows())
