"""Objects that code outside gets to know, compared between two versions.

What a call does with an object that isn't looked into may hang on the object's room, and with bytes on what lies where
in them, although members are compared by name.
"""

from __future__ import annotations

from verify.claims.likeness import Likeness
from verify.errors import UnsupportedC
from verify.syntax.ctypes import ArrayOf, CType, RecordType


def takes_same_room(likeness: Likeness, one: CType, other: CType) -> bool:
    """True iff an object of the type `one` in the old version takes the room of one of `other` in the new version.

    Of a record, which is compared by its members' names, that isn't asked; another one must have the same contents.
    """
    if isinstance(one, ArrayOf) and isinstance(other, ArrayOf):
        return one.length == other.length and takes_same_room(likeness, one.element, other.element)
    if isinstance(one, RecordType) and one == other:
        return True
    if isinstance(one, RecordType) != isinstance(other, RecordType):
        return False
    old, new = likeness.old.types.contents(one), likeness.new.types.contents(other)
    return old is not None and old == new


def lies_otherwise(likeness: Likeness, record: RecordType) -> bool:
    """True iff the bytes of `record` may mean something else in the other version, if that has such a record."""
    try:
        for meanings in (likeness.old, likeness.new):
            meanings.types.record(record)
    except UnsupportedC:
        return False
    old, new = likeness.old.types.contents(record), likeness.new.types.contents(record)
    return old != new or (old is None and likeness.record_changed(str(record)))


__all__ = ["lies_otherwise", "takes_same_room"]
