"""The rows of the table: a module a kind of job, each with a function rows()."""

from ..race import Row
from . import (
    adam,
    binary,
    epoch,
    every_rule,
    full_batch,
    many_tensors,
    minimizing,
    muon,
    overhead,
    rules,
    sparse,
    sparse_l1,
    target_loss,
    to_the_minimum,
)

ON_IMAGES = (epoch, full_batch, target_loss, to_the_minimum, binary)
ON_PACKAGES = (sparse, sparse_l1)
MODULES = (overhead, adam, rules, every_rule, muon, many_tensors, minimizing, *ON_IMAGES, *ON_PACKAGES)


def all_rows() -> list[Row]:
    """Every row, in the order of the table."""
    return [row for module in MODULES for row in module.rows()]


def needs_images(row: Row) -> bool:
    """Whether the row trains on Fashion-MNIST."""
    return any(row.key == other.key for module in ON_IMAGES for other in module.rows())


def needs_packages(row: Row) -> bool:
    """Whether the row trains on Debian's list of packages."""
    return any(row.key == other.key for module in ON_PACKAGES for other in module.rows())
