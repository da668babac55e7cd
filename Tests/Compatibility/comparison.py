"""Which differences between two interfaces break compiled programs, and which only add something."""

import re
from collections.abc import Iterator

from interface import Interface


def breaks(old: Interface, new: Interface, newest_version: str | None) -> list[str]:
    """One sentence for each thing that a program which was compiled against the old interface would stumble on.

    New functions must carry the newest version; None if there are several versions between the two.
    """
    return [*_lost_or_changed(old, new), *_misplaced_members(old, new), *_misversioned(old, new, newest_version)]


def additions(old: Interface, new: Interface) -> list[str]:
    """What is not described yet, or is described otherwise."""
    return [f"{key}: {value}" for key, value in new.items() if old.get(key) != value]


def _lost_or_changed(old: Interface, new: Interface) -> Iterator[str]:
    for key, value in old.items():
        if key not in new:
            yield f"{key} is gone; it was: {value}"
        elif new[key] != value and not _has_grown(key, old, new):
            yield f"{key} has changed from: {value}; to: {new[key]}"


def _has_grown(key: str, old: Interface, new: Interface) -> bool:
    """A struct may grow if its callers say how large theirs is."""
    kind, name = key.split()
    return kind == "struct" and _may_grow(name, old) and _size(old[key]) < _size(new[key])


def _may_grow(struct: str, interface: Interface) -> bool:
    return interface.get(f"member {struct}.struct_size") == "at 0, uint32_t"


def _size(value: str) -> int:
    return int(re.search(r"\d+", value)[0])  # type: ignore[index]


def _misplaced_members(old: Interface, new: Interface) -> Iterator[str]:
    for key, value in new.items():
        kind, name = key.split()
        struct = f"struct {name.split('.')[0]}"
        if kind != "member" or key in old or struct not in old:
            continue
        if not _may_grow(name.split(".")[0], old):
            yield f"{key} is new in a struct that cannot grow: it does not begin with struct_size"
        elif _size(value) < _size(old[struct]):
            yield (
                f"{key} is new {value.split(',')[0]}, among the {old[struct]} that older programs hand in; "
                "new members come after them"
            )


def _misversioned(old: Interface, new: Interface, newest_version: str | None) -> Iterator[str]:
    if newest_version is None:
        return
    for key, value in new.items():
        if key.startswith("function ") and key not in old and not value.endswith(f", {newest_version}"):
            yield f"{key} is new, and so it needs the version {newest_version} in exports.map: {value}"
