"""Pointers that only the new version follows, maybe in front of a test for NULL: what "the same" has to name.

Reading through NULL is no behaviour that two versions could be compared by, so the solver is asked for it separately:
does the new version read or write through a NULL or an error pointer only where the old one does?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from verify.claims.facts import derive_facts
from verify.claims.obligations import Posed
from verify.claims.words import shorten, shown_list
from verify.deadline import Overtime
from verify.execution.memory import Followed
from verify.solving.decide import Decider
from verify.terms import term as t


def followed_anew(decider: Decider, posed: Posed) -> tuple[str, ...]:
    """What is assumed of such pointers, if it isn't proved that there is none; `posed` says what is given."""
    old, new = (decider.subject.outcomes[version] for version in ("old", "new"))
    known = {(one.pointer, one.path) for one in old.followed}
    others = [one for one in new.followed if (one.pointer, one.path) not in known]
    if not others:
        return ()
    facts, _ = derive_facts(posed.hypotheses)
    before = _Paths(_under(old.followed, facts))
    left = [one for one in _under(others, facts) if not before.lead_to(one)]

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


def _under(followed: Iterable[Followed], facts: dict[int, t.Term]) -> Iterator[Followed]:
    """Those on a path that the facts leave possible, with what is left of its conditions."""
    followed = list(followed)
    for one, reached in zip(followed, t.substitute(tuple(t.and_(*one.path) for one in followed), facts), strict=True):
        if reached is not t.FALSE:
            left = reached.args if reached.op == "and" else (reached,)
            yield one._replace(path=() if reached is t.TRUE else left)


class _Paths:
    """Which pointer is followed under which conditions, found by the condition that fewest paths have."""

    def __init__(self, followed: Iterable[Followed]) -> None:
        paths = {(one.pointer.id, frozenset(condition.id for condition in one.path)) for one in followed}
        common = Counter(condition for _, path in paths for condition in path)
        self._found: dict[tuple[int, int | None], list[frozenset[int]]] = {}
        for pointer, path in paths:
            rarest = min(path, key=lambda condition: (common[condition], condition), default=None)
            self._found.setdefault((pointer, rarest), []).append(path)

    def lead_to(self, one: Followed) -> bool:
        """Whether its pointer is followed on a path whose conditions all hold on `one`'s path."""
        path = frozenset(condition.id for condition in one.path)
        keys = ((one.pointer.id, condition) for condition in (None, *path))
        return any(before <= path for key in keys for before in self._found.get(key, ()))


__all__ = ["followed_anew"]
