"""Which names mean the same in both versions, as far as an execution has to know.

What doesn't is called otherwise in each of them: its name gets "@" and the version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.claims.first_values import same_first_value, same_members, same_static
from verify.claims.likeness import Likeness
from verify.claims.objects import lies_otherwise, takes_same_room
from verify.claims.spec import CallSpec
from verify.claims.versions import Version
from verify.errors import UnsupportedC
from verify.execution.executor import Outcome
from verify.patterns import pattern
from verify.syntax.ctypes import RecordType
from verify.syntax.definitions import Definitions
from verify.syntax.lexer import canonical
from verify.syntax.tables import stays

TRUSTING = ("modular", "by name", "near", "deep", "unrolled")
_LABEL = pattern(r"\b(?:asm|__asm|__asm__) \(.*")  # of a variable: what an assembler knows it by


class Variants:
    """What the `versions` define alike, at a depth as `Subject` has it; `calls` are the spec's."""

    def __init__(
        self,
        versions: Mapping[str, Version],
        calls: Mapping[str, CallSpec],
        depth: str,
        likeness: Likeness | None,
        differing: frozenset[str],
    ) -> None:
        self._versions = versions
        self._calls = calls
        self._depth = depth
        self._likeness = likeness
        self._differing = differing
        self._alike: dict[tuple[str, str], bool] = {}

    @property
    def trusting(self) -> bool:
        """True iff what isn't looked into counts as the same in both versions if its name is."""
        return self._depth in TRUSTING

    @property
    def likeness(self) -> Likeness:
        """What both versions define alike."""
        if self._likeness is None:
            self._likeness = Likeness(self._versions["old"].types, self._versions["new"].types)
        return self._likeness

    def of(self, version: str, kind: str, name: str) -> str:
        """ "" if both versions define `name` by the same text (or neither does, here), else "@" and the version."""
        old = self._versions.get("old")
        if old is None or (kind == "function" and name in self._calls and self._calls[name].alike):
            return ""
        if kind == "function" and name in self._differing:
            return f"@{version}"
        if kind == "record" and self._depth != "strict":
            return ""  # where members lie is no behaviour; named as an assumption
        if kind == "static":
            same_type, same_value = same_static(self.likeness, *name.split("."))
            return "" if same_type and (same_value or self._depth == "strict") else f"@{version}"
        if kind == "layout":
            return "" if self._depth == "strict" or self._lies_alike(name) else f"@{version}"
        if kind == "path":
            return "" if self._depth == "strict" or self._lies_in_alike(name) else f"@{version}"
        if kind == "function" and self.trusting:
            return ""
        is_itself = kind == "function" and name == old.entry.name == self._versions["new"].entry.name
        if is_itself and self._depth != "strict":
            return ""  # by induction: calls of itself do the same if one more call does
        return "" if self.same_text(kind, name) else f"@{version}"

    def same_text(self, kind: str, name: str) -> bool:
        """True iff both versions define what is of this kind and name by texts that mean the same."""
        if (kind, name) not in self._alike:
            one, other = self._versions["old"], self._versions["new"]
            if kind == "function":
                alike = not self.likeness.culprit(name)
            elif kind == "global" and self.is_constant(name):
                alike = not self.likeness.culprit(name) and same_members(self.likeness, name)
            elif kind == "first value":
                function, _, own = name.rpartition(".")
                alike = (
                    same_static(self.likeness, function, own)[1] if function else same_first_value(self.likeness, name)
                )
            elif kind == "global" and self._depth != "strict":
                # Of what may change, only the first value counts, not its type's text or where it is kept, and its
                # register or symbol, if the text says which.
                labels = [_LABEL.findall("\n".join(_texts(v.definitions, kind, name))) for v in (one, other)]
                alike = labels[0] == labels[1] and same_first_value(self.likeness, name)
            else:
                alike = _texts(one.definitions, kind, name) == _texts(other.definitions, kind, name)
            self._alike[kind, name] = alike
        return self._alike[kind, name]

    def _lies_alike(self, name: str) -> bool:
        """True iff a member's place, or a record's size, is the same in all versions that have it, if any knows it.

        `name`: the record's kind and key, and the member, if it is about one.
        """
        if ("layout", name) not in self._alike:
            kind, key, *member = name.split(" ")
            record = RecordType(kind, key)
            if record.is_nameless:
                return True  # each version has its own number, which its text tells
            found: list[int | None] = []
            having = [v for v in self._versions.values() if v.definitions.has_record(kind, key)]
            for version in having or self._versions.values():
                try:
                    if not member:
                        found.append(version.types.size_of(record))
                    elif version.types.has_member(record, member[0]):
                        found.append(version.types.place_of(record, member[0]))
                except UnsupportedC:
                    found.append(None)
            self._alike["layout", name] = len(set(found)) <= 1
        return self._alike["layout", name]

    def _lies_in_alike(self, name: str) -> bool:
        """True iff all versions that have a member (`name`: its record's kind and key, and its own name) have it in
        anonymous records of the same names.
        """
        if ("path", name) not in self._alike:
            kind, key, member = name.split(" ")
            record = RecordType(kind, key)
            found: set[tuple[str, ...]] = set()
            for version in self._versions.values() if not record.is_nameless else ():
                try:
                    if version.types.has_member(record, member):
                        found.add(version.types.member(record, member).path)
                except UnsupportedC:
                    pass
            self._alike["path", name] = len(found) <= 1
        return self._alike["path", name]

    def are_settled(self) -> bool:
        """True iff what was told of layouts holds now that the records inside of both versions' functions are known."""
        looks = {"layout": self._lies_alike, "path": self._lies_in_alike}
        told = {key: alike for key, alike in self._alike.items() if key[0] in looks}
        for key in told:
            del self._alike[key]
        return all(looks[kind](name) == alike for (kind, name), alike in told.items())

    def other_objects(self, old: Outcome, new: Outcome) -> Iterator[str]:
        """What is assumed of objects that code outside gets to know, and that are others in the other version."""
        for record in sorted({*old.shown, *new.shown}):
            if lies_otherwise(self.likeness, record):
                yield f"that `{record}` has another layout in the other version doesn't matter"
        rooms = [{(n, 0): o.room[n] for n in o.escaped if n in o.room} | o.given_away for o in (old, new)]
        for key in sorted(rooms[0].keys() & rooms[1].keys()):
            one, other = (room[key] for room in rooms)
            if not takes_same_room(self.likeness, one, other):
                name = key[0].removeprefix("local ").partition("#")[0]
                yield f"that `{name}` is a `{one}` in the old version and a `{other}` in the new one doesn't matter"

    def is_constant(self, name: str) -> bool:
        """True iff a version declares the variable `name`, or what it points at, const."""
        for version in self._versions.values():
            try:
                declared = version.definitions.declaration("globals", name) or ()
            except UnsupportedC:
                return True
            if any(d.name == name and ("const" in d.storage or stays(d, version.definitions)) for d in declared):
                return True
        return False

    def is_alike(self, name: str) -> bool:
        """True iff calls of `name` do the same in both versions; where names are trusted, its text tells."""
        if name in self._differing:
            return False
        return self.same_text("text", name) if self.trusting else not self.likeness.culprit(name)


def _texts(definitions: Definitions, kind: str, name: str) -> list[str]:
    if kind == "text":
        items = [i for f in definitions.files_of(name) for i in f.functions.get(name, ())]
    elif kind in ("record", "record's text"):
        items = [i for f in definitions.files for k in ("struct", "union") for i in f.tags.get(f"{k} {name}", ())]
    else:
        items = [i for f in definitions.files_of(name) for i in f.globals.get(name, ())]
    # A variable's first value says nothing of what it holds when the function is called.
    texts = [canonical(i.span.text) for i in items]
    return [text.partition(" = ")[0].removesuffix(" ;") for text in texts] if kind == "global" else texts


__all__ = ["TRUSTING", "Variants"]
