"""The members that a record's text declares, with the unions and the `#if`s around them, without parsing it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from verify.patterns import pattern
from verify.syntax.index import Conditions
from verify.syntax.lexer import canonical, without_comments
from verify.tuples import NamedTuple

_MEMBER = pattern(r"(\w+)\s*(?:\[[^\]]*\]\s*)*(?::[^,;]*)?(?:__\w+(?:\([^)]*\))?\s*)*(?=[,;]|$)|\(\s*\*\s*(\w+)\s*\)")
_LANDMARK = pattern(r"^[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif)\b([^\n]*)|[;{}]", re.M)
_KIND = pattern(r"\b(struct|union|enum)\b")
_TYPE_OF_FIRST = pattern(r"(.*\w)\s*[\s*]\s*\w+\s*(?:\[[^\]]*\]\s*)*(?::.*)?$")
_USE_FIRST = pattern(r"\w+\s*\(")
_NAME = pattern(r"[A-Za-z_]\w*")


class Member(NamedTuple):
    """A member of a record: its declaration, the `#if`s around it, its name behind those of the members around it.

    `within`: for each record around it, the outermost first: where that begins, whether it is a union, and which of
    its parts the member belongs to.
    """

    record: str
    name: str
    text: str
    condition: str
    path: str
    within: tuple[tuple[int, bool, int], ...]

    def is_in_union(self) -> bool:
        """True iff a record around it is a union."""
        return any(union for _, union, _ in self.within)


class _Group:
    """A record that is open: its text up to its `{`, and what was found in it."""

    def __init__(self, head: str, start: int, condition: str) -> None:
        kind = _KIND.search(head)
        self.kind = kind.group() if kind is not None else ""
        self.unknown = "" if self.kind else canonical(head)  # a macro may say what it is
        self.start = start
        self.condition = condition
        self.parts = 0
        self.found: list[Member] = []

    def goes_on(self, condition: str) -> bool:
        """True iff what stands under `condition`, within its braces, stands under its own condition, too."""
        return not self.condition or f"{condition} && ".startswith(f"{self.condition} && ")

    def part(self) -> tuple[int, bool, int]:
        self.parts += 1
        return self.start, self.kind == "union", self.parts


def members_in(record: str, text: str, condition: str, start: int) -> list[Member]:
    """The members of a record, whose text begins at `start` of its file, and of those without a tag within it.

    Where the `#if`s cut through its braces, each member's declaration is the whole text.
    """
    text = without_comments(text)
    conditions = Conditions()
    opening = text.find("{")
    root = _Group(text[:opening], start, "")
    open_ = [root]
    closed: _Group | None = None  # what follows names members of this type
    position, before = opening + 1, ""  # `before`: what the current declaration has in front of a directive
    ragged = False
    for landmark in _LANDMARK.finditer(text, position):
        piece, symbol = before + text[position : landmark.start()], landmark.group()
        position, before = landmark.end(), ""
        if landmark.group(1):
            conditions.directive(landmark.group(1), canonical(landmark.group(2)))
            ragged = ragged or not open_[-1].goes_on(conditions.text)
            before = f"{piece}{symbol}\n" if piece.strip() or closed is not None else ""
            continue
        group = open_[-1]
        if symbol == "{":
            open_.append(_Group(piece, start + landmark.start(), conditions.text))
            closed = None
            continue
        group.found += _declared(record, piece, conditions.text, group, closed)
        closed = None
        if symbol == "}":
            ragged = ragged or group.condition != conditions.text
            if group is root:
                break
            closed = open_.pop()
    ragged = ragged or len(open_) > 1
    whole = canonical(text)
    return [
        member._replace(
            text=whole if ragged else member.text, condition=" && ".join(c for c in (condition, member.condition) if c)
        )
        for group in open_
        for member in group.found
    ]


def _declared(record: str, piece: str, condition: str, group: _Group, closed: _Group | None) -> Iterator[Member]:
    """The members that `piece` declares in `group`; they have the type `closed` if that stands in front of it."""
    paths: list[str] = []
    if group.kind == "enum":
        return
    for declared in _apart(" ".join(piece.split())):
        names = [match.group(1) or match.group(2) for match in _MEMBER.finditer(declared)]
        names += _NAME.findall(declared) if _USE_FIRST.match(declared) else []  # a macro may declare it
        before = f"{group.unknown} {{ }} " if group.unknown else ""
        before += f"{closed.kind or closed.unknown} {{ }} " if closed is not None else ""
        for name in dict.fromkeys(names):
            paths += [] if name.startswith("__") else [name]  # an annotation
            yield Member(record, name, canonical(before + declared), condition, name, (group.part(),))
    if closed is not None:
        part = group.part()
        for member in closed.found:
            path = f"{paths[0]}.{member.path}" if paths else member.path
            yield member._replace(path=path, within=(part, *member.within))


def _apart(declaration: str) -> Iterator[str]:
    """A declaration of several members, `int a, *b`, as those of each; as it is where that isn't simple."""
    first, *others = declaration.split(",")
    match = _TYPE_OF_FIRST.match(first) if others and "(" not in declaration else None
    if match is None:
        yield declaration
        return
    yield first
    for other in others:
        yield f"{match.group(1)} {other}"


def overlapping(members: Iterable[Member], name: str) -> set[tuple[str, str]]:
    """The members of a record's definitions in one file that share bytes with those called `name`: pairs of paths."""
    members = list(members)
    own = [member for member in members if member.name == name and member.is_in_union()]
    return {(one.path, other.path) for one in own for other in members if _overlap(one.within, other.within)}


def in_front(members: Iterable[Member], name: str) -> set[tuple[str, str]]:
    """The paths of those members called `name` that are in a union, each with the declarations in front of it in its
    part of the outermost one: they tell which of the union's bytes it has.
    """
    members = list(members)
    found: set[tuple[str, str]] = set()
    for i, member in enumerate(members):
        if member.name == name and member.is_in_union():
            part = _part_of_union(member)
            before = (f"{m.condition} {m.text} ;" for m in members[:i] if _part_of_union(m) == part)
            found.add((member.path, " ".join(before)))
    return found


def _part_of_union(member: Member) -> tuple[tuple[int, bool, int], ...]:
    """Which part of the outermost union around it a member belongs to; nothing if there is none."""
    unions = [i for i, (_, union, _) in enumerate(member.within) if union]
    return member.within[: unions[0] + 1] if unions else ()


def _overlap(one: tuple[tuple[int, bool, int], ...], other: tuple[tuple[int, bool, int], ...]) -> bool:
    """True iff the innermost record around both members is a union, and they belong to different parts of it."""
    for (start, union, part), (start_of_other, _, part_of_other) in zip(one, other, strict=False):
        if start != start_of_other:
            return False
        if part != part_of_other:
            return union
    return False
