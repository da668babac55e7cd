"""Keys of tensors in copies: a copy of a key that is compared by identity is another key.

A copy of an optimizer cannot know which one its next update() will have. A copy by itself goes on with the original's
parameters, and their keys. One that is made together with its parameters has the copies of the keys, whether they come
before it or after it. So it is known by both, until a step tells.
"""

import copy
import weakref
from collections.abc import Callable, Hashable, Sequence
from typing import Any

ADVICE = (
    "; the optimizer was copied or pickled, and a copy of this key is another key: copy or pickle it together with its "
    "parameters, in one object, or use keys that are compared by value, such as names"
)
# How many lists of keys a copy of a copy inherits.
_MOST = 4


def is_compared_by_identity(key: Hashable) -> bool:
    """Whether a copy of it is another key."""
    if isinstance(key, tuple):
        return any(map(is_compared_by_identity, key))
    return type(key).__eq__ is object.__eq__


class OtherKeys:
    """Lists of keys that the next step may have instead of those that are known.

    They are weak: where nobody has parameters with these keys, nothing is kept alive.
    """

    __slots__ = ("_lists",)

    def __init__(self, lists: Sequence[Sequence[Hashable]] = ()) -> None:
        """Each list is in the order of the tensors."""
        self._lists = [[_reference(key) for key in keys] for keys in lists]

    def alive(self) -> list[list[Hashable]]:
        """Those that still exist."""
        found = ([reference() for reference in references] for references in self._lists)
        return [keys for keys in found if not any(key is _GONE for key in keys)]

    def deep_copy(self, known: Sequence[Hashable], memo: dict[int, Any]) -> "OtherKeys":
        """Those of a deep copy: the copies of all that there were, and they themselves."""
        former = [list(known), *self.alive()][:_MOST]
        copies = [[_copied(key, memo) for key in keys] for keys in former]
        return OtherKeys([keys for keys in [*copies, *former[1:]] if keys != former[0]])


_GONE = object()


def _reference(key: Hashable) -> Callable[[], Hashable]:
    """Answers the key, or _GONE when it does not exist any more."""
    if isinstance(key, tuple):
        items = [_reference(item) for item in key]

        def rebuild() -> Hashable:
            parts = [item() for item in items]
            return _GONE if any(part is _GONE for part in parts) else tuple(parts)

        return rebuild
    if is_compared_by_identity(key) and key is not None:
        try:
            weak = weakref.ref(key)
        except TypeError:
            pass
        else:
            return lambda: _GONE if (found := weak()) is None else found
    return lambda: key


def _copied(key: Hashable, memo: dict[int, Any]) -> Hashable:
    """The copy that parameters have that are copied too; the key itself if it is equal, or cannot be copied."""
    try:
        copied: Hashable = copy.deepcopy(key, memo)
    except Exception:
        return key
    return key if copied == key else copied
