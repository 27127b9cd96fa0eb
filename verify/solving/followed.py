"""Pointers that only the new version follows, maybe in front of a test for NULL: what "the same" has to name.

Reading through NULL is no behaviour that two versions could be compared by, so the solver is asked for it separately:
does the new version read or write through a NULL or an error pointer only where the old one does?
"""

from __future__ import annotations

from collections.abc import Iterable

from verify.claims.obligations import Posed, shorten, shown_list
from verify.deadline import Overtime
from verify.execution.memory import Followed
from verify.solving.decide import Decider
from verify.terms import term as t


def followed_anew(decider: Decider, posed: Posed) -> tuple[str, ...]:
    """What is assumed of such pointers, if it isn't proved that there is none; `posed` says what is given."""
    old, new = (decider.subject.outcomes[version] for version in ("old", "new"))
    before: dict[int, list[frozenset[int]]] = {}
    for one in old.followed:
        before.setdefault(one.pointer.id, []).append(_path(one))
    left = [one for one in new.followed if not any(path <= _path(one) for path in before.get(one.pointer.id, ()))]

    def is_old(followed: Iterable[Followed]) -> bool:
        goal = t.implies(t.or_(*(one.crashes for one in followed)), old.crashes)
        try:
            return decider.holds(posed._replace(goal=goal, parts=(), hazards=(), bounds=()))
        except Overtime:
            return False

    if not left or is_old(left):
        return ()
    spans = [one.span for one in left if len(left) == 1 or not is_old((one,))]
    places = [*dict.fromkeys(f"`{shorten(' '.join(span.text.split()))}` at {span.use}" for span in spans)]
    if not places:
        return ()
    return (f"no pointer is NULL or an error in {shown_list(places)}, where only the new version follows it",)


def _path(followed: Followed) -> frozenset[int]:
    return frozenset(condition.id for condition in followed.path)


__all__ = ["followed_anew"]
