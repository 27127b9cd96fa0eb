"""Reads what a spec says of histories: operations, the state that they share, and properties of all their sequences.

`read_system` takes the reader of a spec and its tables; returns a `System`, or None if the spec has no operations.
Raises `SpecError` with the file and the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from verify.claims.spec import EXPECTATIONS, SYSTEM_TABLES, Expression, is_name
from verify.errors import SpecError
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.claims.spec import Reader

INVARIANT, TRACE, REACH = "invariant", "trace-claim", "reach"
_OPERATION = ("name", "says", "entry", "kernel_entry", "assume", "names", "first")
_COMMON = ("name", "says", "code", "expect")
_KEYS = {
    INVARIANT: (*_COMMON, "prove"),
    TRACE: (*_COMMON, "assume", "prove", "operations", "except"),
    REACH: (*_COMMON, "goal", "operations", "except"),
}
_GOALS = {"reached": "refuted", "unreachable": "proved", "unknown": "unknown"}
_HISTORIES = ("depth",)
DEPTH = 12  # steps of the longest history that is looked for


class Operation(NamedTuple):
    """One step of a history.  `first`: it happens once, before all others.  `names` go before those of the spec."""

    name: str
    says: str
    entry: str
    kernel_entry: str
    assume: tuple[Expression, ...]
    names: Mapping[str, Expression]
    first: bool
    place: Expression  # where the spec names the entry


class Property(NamedTuple):
    """What is claimed of all histories of one version of the code.

    `kind`: an invariant holds in each state; a trace claim in each step, if `assume` does; a reach goal somewhere.
    `prove` is the goal itself for `REACH`.  `operations`: the steps that a trace claim speaks of, or that may be taken
    towards a goal.  `expect` is a verdict's word; a goal that is reached is a claim refuted: that it never is.
    """

    kind: str
    name: str
    says: str
    assume: tuple[Expression, ...]
    prove: Expression
    operations: tuple[str, ...]
    code: str
    expect: str


class System(NamedTuple):
    """Operations over a state.  `variants` are further versions of the code, by name."""

    state: Mapping[str, Expression]
    initially: tuple[Expression, ...]
    operations: tuple[Operation, ...]
    properties: tuple[Property, ...]
    predicates: Mapping[str, Expression]
    variants: Mapping[str, str]
    depth: int


def read_system(reader: Reader, top: dict[str, object], variants: Mapping[str, str], old: bool) -> System | None:
    """The system that the spec's tables describe.  `old`: the spec has an old version of the code."""
    if "operation" not in top:
        for key in SYSTEM_TABLES:
            if key in top:
                raise reader.fail(f"[{key}] is about operations, and the spec has no [[operation]]", key)
        return None
    state, initially = _state(reader, top)
    operations = _operations(reader, top["operation"])
    codes = ("new", *(("old",) if old else ()), *variants)
    properties: list[Property] = []
    for kind in (INVARIANT, TRACE, REACH):
        for found in _properties(reader, kind, top.get(kind, []), operations, codes):
            if any(p.name == found.name for p in properties):
                raise reader.fail(f"two claims are called `{found.name}`", f'"{found.name}"')
            properties.append(found)
    reader.from_here = 0
    if not properties:
        hint = "Add an [[invariant]], a [[trace-claim]] or a [[reach]] goal."
        raise reader.fail("the spec has operations, but claims nothing about them", "operation", hint)
    predicates = {
        k: reader.expression(reader.text(reader.table(top, "predicates"), k, "[predicates]"), k)
        for k in reader.table(top, "predicates")
    }
    for key in predicates:
        if not is_name(key):
            raise reader.fail(f"`{key}` can't be the name of a predicate", key)
        for table, names in (("[names]", reader.table(top, "names")), ("[state]", state)):
            if key in names:
                raise reader.fail(f"`{key}` is in {table} as well as in [predicates]", key, "Call one otherwise.")
    for operation in operations:
        for key, name in operation.names.items():
            if key in state or key in predicates:
                message = f"the operation `{operation.name}` gives `{key}` a meaning of its own"
                raise SpecError(message, name.span, "What [state] and [predicates] name is the same for all of them.")
    limits = reader.keys(top.get("histories", {}), _HISTORIES, "[histories]")
    depth = limits.get("depth", DEPTH)
    if not isinstance(depth, int) or isinstance(depth, bool) or not 0 < depth <= 1000:
        raise reader.fail("`depth` in [histories] must be a number from 1 to 1000", "depth")
    return System(state, initially, operations, tuple(properties), predicates, variants, depth)


def _state(reader: Reader, top: dict[str, object]) -> tuple[dict[str, Expression], tuple[Expression, ...]]:
    raw = reader.table(top, "state")
    state = {k: reader.expression(reader.text(raw, k, "[state]"), k) for k in raw if k != "initially"}
    if not state:
        hint = 'E.g. [state] counter = "object->counter".'
        raise reader.fail("[state] names no location that operations share", "state" if raw else "operation", hint)
    for key in state:
        if not is_name(key):
            raise reader.fail(f"`{key}` can't be a name of the state", key)
        if key in reader.table(top, "names"):
            raise reader.fail(f"`{key}` is in [names] as well as in [state]", key, "Leave it out of [names].")
    return state, reader.expressions(raw, "initially", "[state]")


def _operations(reader: Reader, raw: object) -> tuple[Operation, ...]:
    found: list[Operation] = []
    for table in _tables(reader, raw, "operation"):
        entry = reader.keys(table, _OPERATION, "[[operation]]")
        name = reader.text(entry, "name", "[[operation]]")
        where = f"operation {name}"
        if any(o.name == name for o in found):
            raise reader.fail(f"two operations are called `{name}`", f'"{name}"')
        function = reader.text(entry, "entry", where)
        names = reader.table(entry, "names")
        for key in names:
            if not is_name(key):
                raise reader.fail(f"`{key}` can't be a name of {where}", key)
        found.append(
            Operation(
                name,
                reader.text(entry, "says", where, name).strip(),
                function,
                reader.text(entry, "kernel_entry", where, function),
                reader.expressions(entry, "assume", where),
                {k: reader.expression(reader.text(names, k, f"names of {where}"), k) for k in names},
                reader.flag(entry, "first", where),
                reader.expression(function, "entry"),
            )
        )
    if all(o.first for o in found):
        hint = "`first = true` is for what happens once, before all other operations."
        raise reader.fail("each operation is a first one, so nothing can follow", "first", hint)
    return tuple(found)


def _tables(reader: Reader, raw: object, kind: str) -> Iterator[object]:
    """The tables of an array; the reader is told where each of them begins."""
    if not isinstance(raw, list):
        raise reader.fail(f"`{kind}` must be an array of tables: [[{kind}]]", kind)
    place = -1
    for table in cast("list[object]", raw):
        place = reader.source.text.find(f"[[{kind}]]", place + 1)
        reader.from_here = max(place, 0)
        yield table


def _properties(
    reader: Reader, kind: str, raw: object, operations: tuple[Operation, ...], codes: tuple[str, ...]
) -> list[Property]:
    found: list[Property] = []
    for table in _tables(reader, raw, kind):
        entry = reader.keys(table, _KEYS[kind], f"[[{kind}]]")
        name = reader.claim_name(entry, f"[[{kind}]]")
        where = f"{kind} {name}"
        key = "goal" if kind == REACH else "prove"
        prove = reader.expression(reader.text(entry, key, where), key)
        assume = reader.expressions(entry, "assume", where)
        says = reader.text(entry, "says", where, name).strip()
        own = _chosen(reader, entry, kind, where, operations)
        versions = reader.texts(entry, "code", where) or ("new",)
        for code in versions:
            if code not in codes:
                hint = f"Known: {', '.join(codes)}; further ones are named in `variants` in [code]."
                raise reader.fail(f"{where} speaks of the code `{code}`, which the spec doesn't have", code, hint)
            full = name if len(versions) == 1 else f"{name}@{code}"
            found.append(Property(kind, full, says, assume, prove, own, code, _expectation(reader, entry, kind, where)))
    return found


def _expectation(reader: Reader, entry: dict[str, object], kind: str, where: str) -> str:
    known = tuple(_GOALS) if kind == REACH else EXPECTATIONS
    expect = reader.text(entry, "expect", where, "reached" if kind == REACH else "proved")
    if expect not in known:
        raise reader.fail(f"`expect` of {where} must be one of {', '.join(known)}", expect)
    return _GOALS[expect] if kind == REACH else expect


def _chosen(
    reader: Reader, entry: dict[str, object], kind: str, where: str, operations: tuple[Operation, ...]
) -> tuple[str, ...]:
    """The operations that a property speaks of: those it lists, or all but those it excepts (and the first ones)."""
    known = [o.name for o in operations]
    listed = reader.texts(entry, "operations", where)
    excepted = reader.texts(entry, "except", where)
    if listed and excepted:
        raise reader.fail(f"{where} has both `operations` and `except`", "except")
    for key in ("operations", "except"):
        if entry.get(key) == []:
            raise reader.fail(f"`{key}` of {where} names no operation", key, "Leave it out, or name some.")
    for name in (*listed, *excepted):
        if name not in known:
            import difflib

            close = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean `{close[0]}`?" if close else f"Known operations: {', '.join(known)}."
            raise reader.fail(f"{where} names the operation `{name}`, which doesn't exist", name, hint)
    if listed:
        return tuple(n for n in known if n in listed)
    return tuple(o.name for o in operations if o.name not in excepted and not (kind == TRACE and o.first))
