"""Names that may only have been exchanged: where the old version of a function has `foo`, the new one has `bar`."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher

from verify.syntax.lexer import TOKEN

_MOST = 4  # names; more are a change, not a renaming
_LEFT = 0.1  # of a text's tokens may differ otherwise


def exchanged(old: str, new: str, in_old: Callable[[str], bool], in_new: Callable[[str], bool]) -> dict[str, str]:
    """What names of the text `old` stand as what others in `new`, each always as the same; none if there are too many,
    or if much else differs.

    `in_old` and `in_new` tell whether a name occurs anywhere in that version: one that the new version still has wasn't
    renamed, one that the old version has, too, is no new name.
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
    names = {word: now for word, now in names.items() if not in_new(word) and not in_old(now)}
    left = differing - sum(names.get(word) == now for word, now in places)
    return names if len(names) <= _MOST and left <= _LEFT * len(one) else {}
