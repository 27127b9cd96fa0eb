"""The parameters of the function that claims are about, as inputs that both versions share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.claims.versions import Version
from verify.errors import InputError, UnsupportedC
from verify.execution.integers import convert
from verify.execution.sightings import Sightings
from verify.syntax.ctypes import ArrayOf, CType, IntType, PointerTo, RecordType, is_scalar, width_of
from verify.terms import term as t
from verify.terms.term import Term


class Parameters:
    """What the versions' parameters are called as inputs: by position if `strict`, else by name.

    Raises `InputError` and `UnsupportedC` where they can't be the same inputs.
    """

    def __init__(self, versions: Mapping[str, Version], strict: bool) -> None:
        self._versions = versions
        self._new = versions["new"]
        self._strict = strict
        self.names = self._names()
        self.renamed: dict[str, str] = {}  # parameters of the old version that are called otherwise in the new one
        self.retyped: dict[str, tuple[str, str]] = {}  # the two types of those whose type is another one, too
        # Those whose width is another one, which are inputs of their own: what they are called in both versions.
        self.resized: dict[str, tuple[str, str]] = {}

    def _names(self) -> tuple[str, ...]:
        """The names of the entry's parameters, by position; both versions share them."""
        names = tuple(p.name or f"argument{i + 1}" for i, p in enumerate(self._new.entry.params))
        old = self._versions.get("old")
        if old is not None and self._strict and len(old.entry.params) != len(names):
            raise InputError(
                f"`{old.entry.name}` takes {len(old.entry.params)} parameters in the old version and "
                f"`{self._new.entry.name}` {len(names)} in the new one", self._new.entry.span
            )  # fmt: skip
        return names

    def of(self, version: str) -> tuple[str, ...]:
        """What the parameters of `version` are called as inputs: by position; where that isn't strict, by name.

        There, a parameter that only one version has, is an input of its own; one that has another name, and stands at
        the same place with a like type, is not: callers pass the same there, or differ themselves.  A number whose
        width is another one is an input of its own, of which `one_argument` tells.
        """
        if version == "new" or self._strict:
            return self.names
        own = [p.name or f"argument{i + 1}" for i, p in enumerate(self._versions[version].entry.params)]
        sides = (self._versions[version], self._new)
        types = [[v.types.resolve(p.type, "") for p in v.entry.params] for v in sides]
        ours = dict(zip(self.names, types[1], strict=True))
        facing = dict(zip(own, self.names, strict=True)) if len(own) == len(self.names) else {}
        names: list[str] = []
        for name, was in zip(own, types[0], strict=True):
            new = name if name in ours else facing.get(name, "")
            if new not in ours or (new != name and new in own):
                names.append(name)
                continue
            now = ours[new]
            before = f"{name}_{version}" if name == new else name
            is_number = isinstance(was, IntType) and isinstance(now, IntType)
            if new != name and _passed_alike(was, now, sides):
                names.append(new)
                self.renamed[name] = new
                if was != now:
                    self.retyped[name] = f"{was}", f"{now}"
            elif is_number and width_of(was) != width_of(now) and before not in ({*own, *ours} - {name}):
                names.append(before)
                self.resized[before] = name, new
            else:
                names.append(name)
        return tuple(names)

    def one_argument(self) -> Iterator[tuple[str, Term]]:
        """What is said of parameters whose width is another one, and that one argument is passed for both.

        C converts it to the one type and to the other (C17 6.5.2.2p7), so the lower bits are the same.
        """
        if not self.resized:
            return
        theirs, ours = self.terms(self._versions["old"]), self.terms(self._new)
        for own, (was, now) in self.resized.items():
            (narrow, one), (wide, other) = sorted((theirs[own], ours[now]), key=lambda known: known[1].sort)
            called = f"`{now}` is now" if was == now else f"`{was}` is now called `{now}` and"
            what = f"the parameter {called} a `{ours[now][0]}`, no `{theirs[own][0]}`"
            yield f"{what}: one argument is passed for both", t.eq(convert(other, wide, narrow), one)

    def check(self) -> None:
        """Raises where the versions' parameters can't be the same inputs."""
        old = self._versions.get("old")
        if old is None:
            return
        if self._strict:
            for input_, param in zip(self.names, old.entry.params, strict=True):
                if param.name in self.names and param.name != input_:
                    raise UnsupportedC(
                        f"`{param.name}` isn't the same parameter in both versions: they are told by their positions",
                        param.span,
                    )
        theirs, ours = self.terms(old), self.terms(self._new)
        for name, param in zip(self.of("old"), old.entry.params, strict=True):
            if name in ours and theirs[name][1].sort != ours[name][1].sort:
                raise UnsupportedC(
                    f"`{name}` is `{theirs[name][0]}` in the old version and `{ours[name][0]}` in the new one",
                    param.span,
                )

    def terms(self, version: Version) -> dict[str, tuple[CType, Term]]:
        """The parameters of `version`, by their own names and as inputs, with their types."""
        found: dict[str, tuple[CType, Term]] = {}
        for param, name in zip(version.entry.params, self.of(version.name), strict=True):
            type_ = version.types.resolve(param.type, "")
            type_ = PointerTo(type_.element) if isinstance(type_, ArrayOf) else type_
            if not is_scalar(type_):
                raise UnsupportedC(f"a parameter of type `{type_}`", param.span)
            term = t.var(name, width_of(type_))
            for known in {name, param.name or name}:
                found[known] = (type_, term)
        return found


def _passed_alike(one: CType, other: CType, versions: tuple[Version, Version]) -> bool:
    """True iff what stands at one place in the parameters of two `versions`, of these types, is the same argument.

    Numbers are if they are of one width, and pointers unless they are to two records, neither of which holds the other.
    """
    one, other = (PointerTo(type_.element) if isinstance(type_, ArrayOf) else type_ for type_ in (one, other))
    if isinstance(one, PointerTo) and isinstance(other, PointerTo):
        records = one.target, other.target
        if records[0] == records[1] or not all(isinstance(record, RecordType) for record in records):
            return True
        sides = zip(versions, (records, records[::-1]), strict=True)
        return any(Sightings(version.types).holds(outer, inner, 0) for version, (outer, inner) in sides)
    are_numbers = isinstance(one, IntType) and isinstance(other, IntType)
    return one == other or (are_numbers and width_of(one) == width_of(other))


__all__ = ["Parameters"]
