"""Names that may only have been exchanged: where the old version of a function has `foo`, the new one has `bar`."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise

from verify.changes.unseen import BY_PLACE
from verify.claims.likeness import KEYWORDS
from verify.syntax.ctypes import KERNEL_TYPES
from verify.syntax.lexer import TOKEN
from verify.syntax.lookup import idioms
from verify.tuples import NamedTuple

_MOST = 4  # names; more are a change, not a renaming
_LEFT = 0.1  # of a text's tokens may differ otherwise


class Names(NamedTuple):
    """One version's names: whether one occurs anywhere in it; and whether what is called by a name is known there."""

    occurs: Callable[[str], bool]
    is_known: Callable[[str], bool]


def exchanged(old: str, new: str, in_old: Names, in_new: Names) -> dict[str, str]:
    """What names of the text `old` stand as what others in `new`, each always as the same; none if there are too many,
    or if much else differs.

    A name that the new version still has wasn't renamed, one that the old version has, too, is no new name.  Nor are
    words of C, CONFIG symbols, kernel idioms and what the compiler defines, which have a meaning of their own, or a
    function that nothing in its version declares.
    """
    one, other = ([(m.group(), m.lastgroup) for m in TOKEN.finditer(t) if m.lastgroup != "space"] for t in (old, new))
    words = [{word for word, kind in tokens if kind == "name"} for tokens in (one, other)]
    if not words[0] - words[1] or not words[1] - words[0]:
        return {}
    found: dict[str, set[str]] = {}
    differing = 0
    places: list[tuple[str, str]] = []  # where one name stands in the other's place
    for tag, start, end, other_start, other_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            differing += max(end - start, other_end - other_start)
        if tag == "replace" and end - start == other_end - other_start:
            for (word, kind), (now, now_kind) in zip(one[start:end], other[other_start:other_end], strict=True):
                if kind == now_kind == "name" and word not in words[1] and now not in words[0]:
                    found.setdefault(word, set()).add(now)
                    places.append((word, now))
    names = {word: next(iter(now)) for word, now in found.items() if len(now) == 1}
    names = {word: now for word, now in names.items() if [*names.values()].count(now) == 1}
    names = {word: now for word, now in names.items() if not _is_fixed(word) and not _is_fixed(now)}
    names = {word: now for word, now in names.items() if not in_new.occurs(word) and not in_old.occurs(now)}
    called = (_called(one, in_old), _called(other, in_new))
    names = {word: now for word, now in names.items() if word not in called[0] and now not in called[1]}
    names = {w: now for w, now in names.items() if not _is_given(w, one, in_old) and not _is_given(now, other, in_new)}
    left = differing - sum(names.get(word) == now for word, now in places)
    return names if len(names) <= _MOST and left <= _LEFT * len(one) else {}


def _is_fixed(word: str) -> bool:
    return (
        word in KEYWORDS
        or word in idioms().macros
        or word in KERNEL_TYPES
        or word.startswith(("__builtin_", "CONFIG_"))
    )


def _is_given(word: str, tokens: list[tuple[str, str | None]], names: Names) -> bool:
    """True iff `word` may be the compiler's own: its name says so, and nothing declares it."""
    if word in BY_PLACE:
        return True
    members = ((before, name) for (before, _), (name, _) in pairwise(tokens))
    is_member = any(before in (".", "->") and name == word for before, name in members)
    return word.startswith("__") and not is_member and not names.is_known(word)


def _called(tokens: list[tuple[str, str | None]], names: Names) -> set[str]:
    """The functions and macros that are called in `tokens`, and that nothing declares; members aren't meant."""
    found: set[str] = set()
    for (before, _), (word, kind), (bracket, _) in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if kind == "name" and bracket == "(" and before not in (".", "->") and not names.is_known(word):
            found.add(word)
    return found
