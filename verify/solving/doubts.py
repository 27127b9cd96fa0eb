"""Why a solver's counterexample may not be real although the formula is right.

- It rests on what a constant table holds: an object of file scope that is `const` and initialised, whose initialiser
  isn't read, or a string.  To the solver its content is unknown, though the code fixes it.
- It rests on the address or the content of a variable, or the address of a function, whose definition isn't the same in
  both versions: to the solver they are unrelated, though it is one object, with another first value.
- It rests on what code that isn't looked into does to memory, though it runs in both versions: it may do nothing, or
  it is an assignment, which does something, whatever the solver would like.
- Only one version calls one of C's functions that fill memory (C17 7.24), and the other one stores by itself; or a
  claim rests on what such a function leaves, which isn't anything.
- Only one version calls a function through a pointer to it, and the other one runs its code.
- Only one version says that a function which both call never returns.
- A primitive of the kernel gets a constant of one name that each version numbers otherwise.
- It rests on a member that only one version's record has, and on no more than that the record is copied or passed.
- Only one version sets a variable that code which isn't looked into may set without asking what it holds.
- The address of a member of some object is NULL, and the code asks whether it is.
- Objects overlap in part: two of one type, or of types neither of which is a part of the other.
- It rests on variables that only one version has each: one may have taken the other's place.
- It rests on bytes that one version knows by one name and the other version by another one, e.g. after a rename.
- It rests on a part of a local variable that only one version's type has: no call in the other version can get it.
- It rests on a member of what a callee returns that only one version's record has.
- It rests on what a field holds, or what a callee takes, that isn't of one width in both versions: the two contents
  are unrelated unknowns.

A proof isn't concerned: it holds for whatever these unknowns are.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import TYPE_CHECKING, cast

from verify.claims.first_values import statics_of
from verify.claims.words import shorten
from verify.errors import UnsupportedC
from verify.execution.concrete_types import declared_type
from verify.execution.memory import OFFSET, OWN_NAME, STRING, Embedded, mentions_local, root, split_address
from verify.execution.state import CODE, GLOBAL, OUT, RESULT, RETURNED, Event, code_of
from verify.patterns import pattern
from verify.syntax.ctypes import POINTER_WIDTH, ArrayOf, CType, RecordType
from verify.syntax.definitions import Definitions
from verify.syntax.lexer import canonical
from verify.syntax.tables import constant_elements, is_constant
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term
from verify.terms.worlds import POINTER_CALL, TAKEN, WIDTHS, Step, tells_of_widths
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

    from verify.execution.executor import Outcome
    from verify.terms.evaluate import Evaluation

_BYTE = 8
_ADDRESS_OF = "&"  # how the names of variables' addresses begin
_STATIC = "static "  # how the names of static variables in functions begin
# An assignment to what isn't called by a name alone, and no more: no loop, and no condition.
_STORES = pattern(
    r"(?!(?:if|for|while|do|switch|\w*for_each\w*)\b)[^;{}=]*(?:\*|\[|\.|->)[^;{}=]*(?<![=!<>])=(?!=)[^;{}]*;?$"
)
_CALLS, _MEMORY = "the calls", "memory: "  # parts of what is claimed to be the same
_MOST_PAIRS = 2000  # of records that may be one
_FILLING = frozenset("memset memcpy memmove strcpy strncpy".split())


def doubt(goal: Term, evaluation: Evaluation, versions: Iterable[Types], objects: Mapping[str, int]) -> str:
    """What is doubtful without which `goal` need not be false under `evaluation`; "" if nothing is.

    `objects` are the addresses of variables that pointers may have, with the variables' sizes.
    """
    parts = t.postorder((goal,))
    types = tuple(versions)
    found = {
        **_addresses(parts), **_replaced(parts, types), **_widths(parts, evaluation), **_seen_twice(parts, types),
        **_tables(parts, types), **_pointed(parts, types, evaluation, objects), **_effects(parts, evaluation),
        **_returned(parts, types),
    }  # fmt: skip
    return _resting(parts, found, evaluation)


def unfilled(goal: Term, evaluation: Evaluation) -> str:
    """Which of C's functions that fill memory must leave something else there for `goal` to be false; "" if none.

    What they leave isn't anything, though to the solver it is where they weren't looked into.
    """
    parts = t.postorder((goal,))
    calls = {part.id: _filling(part) for part in parts if part.op == "read"}
    found = {read: f"it rests on what {name}() does, which isn't looked into" for read, name in calls.items() if name}
    return _resting(parts, found, evaluation)


def lacking(goal: Term, evaluation: Evaluation, outcomes: Iterable[Outcome], versions: Iterable[Types]) -> str:
    """Which part of a local variable that only one version's type has must hold something for `goal` to be false."""
    parts = t.postorder((goal,))
    sides = [(outcome.room, types) for outcome, types in zip(outcomes, versions, strict=True)]
    found: dict[int, str] = {}
    for part in parts:
        location = part.value[0] if isinstance(part.value, tuple) else part.value
        if part.op in ("read", "base") and isinstance(location, str) and location.startswith("local "):
            having = [_part_of(location, room, types) for room, types in sides]
            if having[:1] * len(having) != having and None not in having:
                found[part.id] = f"it rests on `{location}`, which only one version's `{root(location)}` has"
    return _resting(parts, found, evaluation)


def _part_of(location: str, room: Mapping[str, CType], types: Types) -> tuple[int, ...] | str | None:
    """The lengths of the arrays around a part of a local, "lacking" if its type lacks that; None if it is unknown."""
    name, _, path = location.partition(".")
    type_ = room.get(name)
    lengths: list[int] = []
    for step in (*filter(None, path.split(".")), ""):
        while isinstance(type_, ArrayOf):
            lengths.append(type_.length or 0)
            type_ = type_.element
        if not step:
            return tuple(lengths)
        if not isinstance(type_, RecordType):
            return None
        try:
            if not types.has_member(type_, step):
                return "lacking"
            type_ = types.member(type_, step).type
        except UnsupportedC:
            return None
    return None


def _filling(read: Term) -> str:
    """The function that fills memory, if it is the last thing that was called before `read`; else ""."""
    world = read.args[0]
    name = cast("Step", world.value)[0].partition("@")[0] if world.op == "step" else ""
    return name if name.removeprefix("__builtin_") in _FILLING else ""


def _resting(parts: list[Term], found: Mapping[int, str], evaluation: Evaluation) -> str:
    """The doubtful leaf, of those in `found`, that the value of the last part rests on."""
    if not found:
        return ""
    relied: dict[int, str] = {}
    for part in parts:
        relied[part.id] = found.get(part.id) or _relied(part, relied, evaluation)
    return relied[parts[-1].id]


def _relied(part: Term, relied: dict[int, str], evaluation: Evaluation) -> str:
    """The doubtful leaf that the value of `part` rests on."""
    if part.op == "ite":
        condition, then, otherwise = part.args
        return relied[condition.id] or relied[(then if evaluation.evaluate(condition) else otherwise).id]
    if part.op in ("and", "or"):
        deciding = part.op == "or"
        if bool(evaluation.evaluate(part)) is deciding:
            # One argument decides; that some other rests on a doubt doesn't matter if one doesn't.
            found = [relied[a.id] for a in part.args if bool(evaluation.evaluate(a)) is deciding]
            return "" if "" in found else found[0]
    return next((relied[a.id] for a in part.args if relied[a.id]), "")


def _addresses(parts: Iterable[Term]) -> dict[int, str]:
    """The addresses and contents of variables that the versions define differently, with the reason."""
    found: dict[int, str] = {}
    for part in parts:
        if part.op == "var" and part.value == OWN_NAME:
            found[part.id] = "it rests on where the name `__func__` is"
        elif _is_address(part):
            name, differs, _ = str(part.value)[1:].partition("@")
            if differs:
                found[part.id] = f"it rests on where `{name}` is, whose definition differs between the versions"
        elif part.op == "read" and str(part.value).startswith(GLOBAL):
            name, differs, _ = str(part.value).removeprefix(GLOBAL).partition("@")
            if differs:
                found[part.id] = f"it rests on what `{name}` holds, whose definition differs between the versions"
    return found


def _replaced(parts: Iterable[Term], versions: tuple[Types, ...]) -> dict[int, str]:
    """Variables that only one version has, if the other one has such, too: with the reason."""
    named: dict[str, list[int]] = {}
    for part in parts:
        if part.op in ("var", "read"):
            name = _variable(str(part.value), GLOBAL if part.op == "read" else _ADDRESS_OF)
            named.setdefault(name, []).append(part.id)
    names, reason = _exchanged(named, versions)
    return {part: reason for name in names for part in named[name]}


def moved(outcomes: Iterable[Outcome], versions: Iterable[Types]) -> str:
    """Why versions that write different variables, whatever the input, may do the same; "" if they don't."""
    names = dict.fromkeys(_variable(location, GLOBAL) for outcome in outcomes for location in outcome.written)
    return _exchanged(names, tuple(versions))[1]


def _variable(text: str, prefix: str) -> str:
    """The variable that a location or an address is of, "static f.x" for one of a function's own; "" if it is of none.

    Locations go on with the member; addresses don't, so that one with a dot is a function's own variable's.
    """
    name = text.removeprefix(prefix).partition("@")[0] if text.startswith(prefix) else ""
    if prefix == _ADDRESS_OF and "." in name:
        name = f"{_STATIC}{name}"
    return ".".join(name.split(".")[: 2 if name.startswith(_STATIC) else 1])


def _exchanged(names: Iterable[str], versions: tuple[Types, ...]) -> tuple[list[str], str]:
    """Those variables that only one version has, if each of the two has such, and what that may mean."""
    if len(versions) < 2:
        return [], ""
    having = {name: [_declares(types.definitions, name) for types in versions] for name in names if name}
    old, new = ([name for name, has in having.items() if has == only] for only in ([True, False], [False, True]))
    if not old or not new:
        return [], ""
    one, other = (some[0].removeprefix(_STATIC) for some in (old, new))
    return [*old, *new], f"the old version's `{one}` may be the new version's `{other}`"


def _declares(definitions: Definitions, name: str) -> bool:
    """True unless a version certainly lacks the variable; "static f.x" is one of a function's own."""
    function, _, own = name.removeprefix(_STATIC).rpartition(".")
    try:
        return bool(statics_of(definitions, function, own) if function else definitions.declaration("globals", name))
    except UnsupportedC:
        return True


class _Member(NamedTuple):
    """A number behind a pointer.  `begin`: bytes from its record's address, where all versions that have it agree.

    `everywhere`: all versions have it.  `overlaid`: the members that share a union without a name with it in any.
    """

    read: Term
    begin: int | None
    everywhere: bool
    overlaid: frozenset[str] = frozenset()


def _seen_twice(parts: Iterable[Term], versions: tuple[Types, ...]) -> dict[int, str]:
    """The reads of bytes behind a pointer that are known by two names, with the reason."""
    found: dict[int, str] = {}
    seen: dict[int, list[tuple[int | None, _Member]]] = {}
    for read in parts:
        if read.op != "read" or len(read.args) < 2:
            continue
        base, shift = _behind(read.args[1])
        member = _member(read, versions)
        for other_shift, other in seen.setdefault(base.id, []):
            if _overlap(member, other, None if shift is None or other_shift is None else other_shift - shift):
                reason = f"`{other.read.value}` and `{read.value}` may be one memory under two names"
                found[read.id] = found[other.read.id] = reason
        seen[base.id].append((shift, member))
    return found


def _behind(address: Term) -> tuple[Term, int | None]:
    """The record that an address is in, and how far behind its beginning; None if that is a number of its layout."""
    base, shift = split_address(address)
    record = base
    while record.op == "bvadd" and (others := [arg for arg in record.args if not _is_offset(arg)]) != [*record.args]:
        record = others[0] if others else record.args[0]
    return record, t.signed(shift % (1 << POINTER_WIDTH), POINTER_WIDTH) if record is base else None


def _is_offset(part: Term) -> bool:
    return part.op == "var" and str(part.value).startswith(OFFSET)


def _overlap(one: _Member, other: _Member, apart: int | None) -> bool:
    """True iff two that have different names may be one memory, the record of `other` lying `apart` bytes behind.

    Where layouts aren't known they are taken for one if they have one name, in two types of records at one place, or
    if only one version has one of them: a member that moved out of a record, or into one.
    """
    (record, _, name), (other_record, _, other_name) = (str(m.read.value).partition(".") for m in (one, other))
    if apart == 0 and record == other_record and (other_name in one.overlaid or name in other.overlaid):
        return name != other_name
    if one.read.value == other.read.value or (one.everywhere and other.everywhere and record == other_record):
        return False
    if record != other_record and name == other_name != "" and not (one.everywhere and other.everywhere):
        return True
    if apart is None or one.begin is None or other.begin is None:
        return apart == 0 and record != other_record and name == other_name != ""
    ends = [m.begin + max(1, m.read.sort // _BYTE) for m in (one, other) if m.begin is not None]
    return one.begin < apart + ends[1] and apart + other.begin < ends[0]


def _member(read: Term, versions: tuple[Types, ...]) -> _Member:
    record, *members = str(read.value).split(".")
    if not members:
        return _Member(read, 0, True)
    found: list[int | None] = []
    overlaid: set[str] = set()
    for types in versions:
        for kind in ("struct", "union"):
            try:
                found.append(types.offset_by_path(RecordType(kind, record), members))
                overlaid |= types.overlaid(RecordType(kind, record), members[0])
                break
            except UnsupportedC:
                continue
    begin = found[0] if len({*found}) == 1 else None
    return _Member(read, begin, len(found) == len(versions), frozenset(overlaid))


def _effects(parts: Iterable[Term], evaluation: Evaluation) -> dict[int, str]:
    """The reads of what code that isn't looked into has changed, as the model has it, with the reason."""
    found: dict[int, str] = {}
    for part in parts:
        for code, before in _through(part):
            if before is None or _STORES.match(code) or evaluation.evaluate(before) != evaluation.evaluate(part):
                what = str(part.value).removeprefix(GLOBAL)
                found[part.id] = f"it rests on what code that isn't looked into does to `{what}`: `{shorten(code)}`"
                break
    return found


def touched(goal: Term) -> Term | None:
    """When code that isn't looked into changes what `goal` reads, other than what was written right before it.

    Or when what has two widths, and may be the same, isn't.
    """
    parts = t.postorder((goal,))
    reads = [(part, before) for part in parts for _, before in _through(part)]
    changes = [t.not_(t.eq(part, before)) for part, before in reads if before is not None]
    changes += [t.not_(part) for part in parts if tells_of_widths(part)]
    return t.or_(*changes) if changes else None


def _through(read: Term) -> Iterator[tuple[str, Term | None]]:
    """The pieces of such code that ran before `read`, and what it was before each; None if that was just written."""
    place = read
    while place.op == "read" and place.value != "result" and not str(place.value).startswith(OUT):
        world, *indices = place.args
        label, _, written = cast("Step", world.value) if world.op == "step" else ("", 0, ())
        if not label.startswith(CODE):
            return
        if place.value in written:
            yield code_of(label), None
            return
        place = t.read(str(place.value), world.args[0], tuple(indices), place.sort)
        yield code_of(label), place


def filled(outcomes: Iterable[Outcome], evaluation: Evaluation) -> str:
    """Why different calls may do the same: only one version calls what fills memory, and the other one stores."""
    ran = _ran(outcomes, evaluation)
    for here, facing in zip(ran, reversed(ran), strict=True):
        calls, others = ([e for e in events if _fills(e)] for events in (here, facing))
        only = next((e for e in calls if _times(calls, e) > _times(others, e)), None)
        stores, by_itself = ([e for e in events if e.kind == "store"] for events in (here, facing))
        if only is None:
            continue
        if mentions_local(only.terms[0]) or any(_times(by_itself, e) > _times(stores, e) for e in by_itself):
            name = only.text.partition("@")[0]
            return f"only one version calls {name}(), whose work the other may do by itself"
    return ""


def renumbered(
    outcomes: Iterable[Outcome], evaluation: Evaluation, primitives: Set[str], failing: Iterable[Term]
) -> tuple[str, Term | None]:
    """Why calls that differ may be one, and when: the first of them gets a constant of another number, by one text.

    `primitives` mean the same in both versions, and so do the names of constants for them.  All that is `failing`
    beside the calls must rest on that call.
    """
    for one, other in zip(*(_asked(outcome, evaluation) for outcome in outcomes), strict=False):
        if one.text != other.text or one.returns != other.returns:
            return "", None
        given = [e.terms[: len(e.terms) - e.returns] for e in (one, other)]
        apart = [pair for pair in zip(*given, strict=False) if len({*map(evaluation.number, pair)}) > 1]
        if len(given[0]) == len(given[1]) and not apart:
            continue
        texts = {canonical(e.span.use.text) for e in (one, other)}
        fixed = all(term.op == "const" for pair in apart for term in pair)
        if not apart or one.text not in primitives or len(texts) > 1 or not fixed:
            return "", None
        numbers = " and ".join(hex(evaluation.number(term)) for term in apart[0])
        reason = f"{one.text}() gets {numbers} for what the versions write alike: `{shorten(*texts)}`"
        if all(_rests_on_call(equal, (one, other), reason, evaluation) for equal in failing):
            return reason, t.and_(one.condition, other.condition)
        return "", None
    return "", None


def as_a_whole(
    outcomes: Iterable[Outcome], evaluation: Evaluation, versions: Iterable[Types], failing: Mapping[str, Term]
) -> str:
    """Why records that have other members in the other version may be one: all that fails, by its text, rests on copies
    of such a member with its record, or on a call that takes a record with it.
    """
    found, types = tuple(outcomes), tuple(versions)
    calls = _taken_whole(found, evaluation, types) if _CALLS in failing else ()
    reason = f"{calls[0].text}() takes a record that has other members in the other version" if calls else ""
    for text, equal in failing.items():
        location = text.removeprefix(_MEMORY)
        if text == _CALLS or (calls and _rests_on_call(equal, calls, reason, evaluation)):
            if not calls:
                return ""
        elif location == text or not _is_copied(location, found, evaluation, types):
            return ""
        else:
            reason = reason or f"it rests on `{location}`, which is copied with its record, and only one version has"
    return reason


def _taken_whole(outcomes: Iterable[Outcome], evaluation: Evaluation, versions: tuple[Types, ...]) -> tuple[Event, ...]:
    """The first calls that differ, if they are of one function that takes records, whose members are others."""
    for calls in zip(*(_asked(outcome, evaluation) for outcome in outcomes), strict=False):
        numbers = [
            (e.text, len(e.terms), [*map(evaluation.number, e.terms[: len(e.terms) - e.returns])]) for e in calls
        ]
        if all(number == numbers[0] for number in numbers):
            continue
        declared = [declared_type(types, calls[0].text) for types in versions]
        takes = [[isinstance(p, RecordType) for p in d.params] for d in declared if d is not None]
        is_alike = len(takes) == len(declared) and all(one == takes[0] for one in takes) and any(takes[0])
        other = len({text for text, *_ in numbers}) == 1 < len({count for _, count, _ in numbers})
        return calls if is_alike and other else ()
    return ()


def _is_copied(location: str, outcomes: Iterable[Outcome], evaluation: Evaluation, versions: tuple[Types, ...]) -> bool:
    """True iff only one version's record has this member, and all that is stored in it comes from such members."""
    having = {_has(types, location) for types in versions}
    ran = [e for o in outcomes for e in o.events if e.kind == "store" and e.text == location]
    stored = [e.terms[-1] for e in ran if evaluation.evaluate(e.condition)]
    return having == {False, True} and all(term.op == "read" and term.value == location for term in stored)


def _has(types: Types, location: str) -> bool:
    """True iff a version has the member that a location names behind its record."""
    record, *path = location.split(".")
    for kind in ("struct", "union"):
        try:
            types.offset_by_path(RecordType(kind, record), path)
            return True
        except UnsupportedC:
            continue
    return False


def _asked(outcome: Outcome, evaluation: Evaluation) -> list[Event]:
    """The calls that happen under the model, in order."""
    return [e for e in outcome.events if e.kind in ("call", "question") and evaluation.evaluate(e.condition)]


def _rests_on_call(equal: Term, calls: Iterable[Event], reason: str, evaluation: Evaluation) -> bool:
    """True iff the value of `equal` rests on what was known only after one of `calls`."""
    answers = {e.terms[-1].id for e in calls if e.returns}
    worlds = {e.world.id for e in calls if e.world is not None and e.kind == "call"}
    found: dict[int, str] = {}
    parts = t.postorder((equal,))
    for part in parts:
        if not worlds.isdisjoint(arg.id for arg in part.args) and part.op in ("step", "ite"):
            worlds.add(part.id)
        if part.id in answers or (part.op == "read" and part.args[0].id in worlds):
            found[part.id] = reason
    return bool(_resting(parts, found, evaluation))


def unset(outcomes: Iterable[Outcome], evaluation: Evaluation) -> str:
    """The code that isn't looked into that is the first to run otherwise, as only one version has set a variable.

    It may set the variable itself, without asking what it holds.
    """
    ran = ([e for e in events if e.kind == "call"] for events in _ran(outcomes, evaluation))
    for one, other in zip(*ran, strict=False):
        if one.text != other.text or _numbers(one, evaluation) != _numbers(other, evaluation):
            if one.text != other.text or not one.text.startswith(CODE) or len(one.terms) == len(other.terms):
                break
            return f"only one version sets a variable before `{shorten(code_of(one.text))}`, which may set it"
    return ""


def ended(outcomes: Iterable[Outcome], evaluation: Evaluation, versions: Sequence[Types]) -> str:
    """Which function, that both versions call, is said never to return by the one only that ends with the call."""
    ran = _ran(outcomes, evaluation)
    for here, facing, one, other in zip(ran, reversed(ran), versions, reversed(versions), strict=True):
        last = here[-1] if here and here[-1].kind == "call" else None
        if last is not None and _times(facing, last):
            name = last.text.partition("@")[0]
            if one.definitions.never_returns(name) and not other.definitions.never_returns(name):
                return f"only one version says that {name}() never returns"
    return ""


def nowhere(outcomes: Iterable[Outcome], evaluation: Evaluation) -> tuple[str, Term | None]:
    """What is NULL, as the code asks, but can't be, a member's address (C17 6.5.3.2p3); and when it isn't."""
    for outcome in outcomes:
        for test in outcome.null_tests.values():
            if not evaluation.evaluate(test.passes):
                return f"it rests on `{test.text}` being NULL, which no member of an object is", t.not_(test.passes)
    return "", None


def overlapping(outcomes: Iterable[Outcome], evaluation: Evaluation) -> tuple[str, Term | None]:
    """Which two objects that have a record of one type in them overlap in part, as none do; and when any such do."""
    known = tuple(outcomes)
    held = [outcome.sightings for outcome in known if outcome.sightings is not None]
    records: dict[str, list[Embedded]] = {}
    for record in (record for outcome in known for record in outcome.embedded):
        records.setdefault(record.key, []).append(record)
    pairs = [pair for alike in records.values() for pair in combinations(alike, 2)]
    reason, meetings = "", list[Term]()
    for one, other in pairs if held and len(pairs) <= _MOST_PAIRS else ():
        meets = one.meets(other)
        first, second = one.whole, other.whole
        if any(s.holds(first, second, None) or s.holds(second, first, None) for s in held):
            behind = t.sub(other.start, one.start)
            distance = t.signed(evaluation.number(behind), POINTER_WIDTH)
            if any(s.holds(first, second, distance) or s.holds(second, first, -distance) for s in held):
                continue  # one is a part of the other
            meets = t.and_(meets, t.eq(behind, t.const(distance, POINTER_WIDTH)))
        meetings.append(meets)
        if not reason and evaluation.evaluate(meets):
            named = f"two `{first}`" if first == second else f"a `{first}` and a `{second}`"
            reason = f"it rests on {named} that overlap in part"
    return (reason, t.or_(*meetings)) if reason else ("", None)


def aimed(outcomes: Iterable[Outcome], evaluation: Evaluation, versions: Iterable[Types]) -> tuple[str, Term | None]:
    """Why calls that differ may be one: what only one version calls through a pointer is known to be some function.

    It is fixed by a constant, or another function returns it, or it is compared with an address, or is one.  The other
    version may run that function's code.  Also when that is so, if known.
    """
    types = tuple(versions)
    ran = _ran(outcomes, evaluation)
    conditions = tuple({e.condition.id: e.condition for events in ran for e in events}.values())
    for events, facing in zip(ran, reversed(ran), strict=True):
        own, others = ([e for e in some if e.text == POINTER_CALL] for some in (events, facing))
        here, there = ([_numbers(e, evaluation) for e in calls] for calls in (own, others))
        for event, numbers in zip(own, here, strict=True):
            pointer = event.terms[0]
            if here.count(numbers) <= there.count(numbers):
                continue
            if all(numbers[0] != other[0] for other in there):
                fixed = _tables(t.postorder((pointer,)), types)
                if fixed:
                    return next(iter(fixed.values())), None
                if pointer.op == "read" and pointer.value == RESULT:
                    return "only one version calls what another function returns, the other may run its code", None
            roots = (*conditions, pointer) if len(own) > len(others) else conditions
            for aim in (x for x in t.postorder(roots) if _is_address(x) and evaluation.number(x) == numbers[0]):
                name = str(aim.value)[1:].partition("@")[0]
                by_name = any(e.kind == "call" and e.text.partition("@")[0] == name for e in facing)
                if not by_name and any(v.definitions.function_items(name) for v in types):
                    reason = f"only one version calls {name}() through a pointer, the other may run its code"
                    return reason, t.and_(event.condition, t.eq(pointer, aim))
    return "", None


def may_be_aimed(outcomes: Iterable[Outcome], versions: Iterable[Types]) -> Iterator[Term]:
    """When what a version calls through a pointer is a function that the code names, and whose code is known."""
    found, types = tuple(outcomes), tuple(versions)
    pointers = [[e for e in outcome.events if e.text == POINTER_CALL] for outcome in found]
    if not any(pointers):
        return
    roots = [term for outcome in found for e in outcome.events for term in (e.condition, *e.terms)]
    aims = [x for x in t.postorder(roots) if _is_address(x) and _is_known_function(x, types)]
    for event in chain.from_iterable(pointers):
        for aim in aims:
            yield t.and_(event.condition, t.eq(event.terms[0], aim))


def _is_known_function(address: Term, types: Iterable[Types]) -> bool:
    name = str(address.value)[1:].partition("@")[0]
    return any(version.definitions.function_items(name) for version in types)


def _ran(outcomes: Iterable[Outcome], evaluation: Evaluation) -> list[list[Event]]:
    """The events of each version that happen under the model."""
    return [[e for e in o.events if evaluation.evaluate(e.condition)] for o in outcomes]


def _is_address(term: Term) -> bool:
    return term.op == "var" and str(term.value).startswith("&")


def _numbers(event: Event, evaluation: Evaluation) -> tuple[int, ...]:
    return tuple(evaluation.number(term) for term in event.terms)


def _fills(event: Event) -> bool:
    name = event.text.partition("@")[0].removeprefix("__builtin_")
    return event.kind == "call" and name in _FILLING and bool(event.terms)


def _times(events: list[Event], event: Event) -> int:
    return sum(e.text == event.text for e in events)


def _widths(parts: Iterable[Term], evaluation: Evaluation) -> dict[int, str]:
    """The reads of what has two widths, and comparisons of such contents and arguments, with the reason."""
    found: dict[int, str] = {}
    reads: dict[tuple[str, str], dict[tuple[int, int], list[Term]]] = {}  # by their widths and numbers of indices
    apart = ""  # why the model has worlds that may be one
    for part in parts:
        if tells_of_widths(part):
            found[part.id] = _of_widths(str(part.value))
            apart = apart if evaluation.evaluate(part) else found[part.id]
        elif part.op == "read":
            label = ""
            if part.value == RESULT or str(part.value).startswith(RETURNED):
                world = part.args[0].value
                label = str(world[0] if isinstance(world, tuple) else world)  # type: ignore[reportUnknownArgumentType]
                if label == POINTER_CALL:
                    continue  # of many functions
            reads.setdefault((str(part.value), label), {}).setdefault((part.sort, len(part.args)), []).append(part)
    for (location, label), by_shape in reads.items():
        if len(by_shape) > 1:
            widths = " and ".join(str(width) for width in sorted({width for width, _ in by_shape}))
            what = f"what {label.partition('@')[0]}() returns" if label else f"`{location.removeprefix(GLOBAL)}`"
            reason = f"it rests on {what}, which has {widths} bits in the two versions"
            if " and " not in widths:
                reason = f"it rests on {what}, which is an array in one version only"
            found.update((read.id, reason) for group in by_shape.values() for read in group)
    for read in parts if apart else ():
        if read.op == "read" and read.args[0].op != "world":
            found.setdefault(read.id, apart)
    return found


def _returned(parts: Iterable[Term], versions: tuple[Types, ...]) -> dict[int, str]:
    """The reads of a returned record's member that only one version's record has, with the reason."""
    found: dict[int, str] = {}
    for part in parts:
        if part.op == "read" and str(part.value).startswith(RETURNED):
            callee = str(cast("Step", part.args[0].value)[0]).partition("@")[0]
            member = str(part.value).removeprefix(RETURNED).partition(".")[0]
            if {_returns(types, callee, member) for types in versions} == {False, True}:
                found[part.id] = f"it rests on `{member}` of what {callee}() returns, which only one version has"
    return found


def _returns(types: Types, callee: str, member: str) -> bool | None:
    """Whether a function returns a record with a `member`; None if that isn't known."""
    declared = declared_type(types, callee)
    if declared is None or not isinstance(declared.returns, RecordType):
        return None
    try:
        return types.has_member(declared.returns, member)
    except UnsupportedC:
        return None


def _of_widths(unknown: str) -> str:
    """What rests on an unknown that `tells_of_widths`."""
    if unknown.startswith(TAKEN):
        callee, _, widths = unknown.removeprefix(TAKEN).partition(": ")
        return f"{callee if callee == POINTER_CALL else f'{callee}()'} takes {widths} bits in the two versions"
    return (
        f"it rests on `{unknown.removeprefix(WIDTHS).removeprefix(GLOBAL)}`, whose width differs between the versions"
    )


def is_constant_table(definitions: Definitions, name: str) -> bool:
    """True iff `name` is an initialised constant object of file scope; or of a function, as "static f.x"."""
    function, _, own = name.removeprefix(_STATIC).rpartition(".")
    try:
        declared = statics_of(definitions, function, own) if function else definitions.declaration("globals", name)
    except UnsupportedC:
        return True  # which of several definitions counts isn't certain
    return any(d.name == own and is_constant(d, definitions) for d in declared or ())


def is_read_table(read: Term, types: Types) -> bool:
    """True iff `read` is what lies outside of a constant array whose elements are known."""
    if read.op != "read" or not str(read.value).startswith(GLOBAL):
        return False
    name = str(read.value).removeprefix(GLOBAL).partition("@")[0]
    try:
        declared = types.definitions.declaration("globals", name) or ()
        return any(
            d.name == name and constant_elements(types, types.resolve(d.type, name), d) is not None for d in declared
        )
    except UnsupportedC:
        return False


def _tables(parts: Iterable[Term], versions: tuple[Types, ...]) -> dict[int, str]:
    """The reads of constant tables and strings, with the reason.  `parts` come after their arguments."""
    tables: dict[str, bool] = {}
    found: dict[int, str] = {}
    addresses: dict[int, frozenset[str]] = {}  # those of variables of file scope that each part is made of
    for part in parts:
        if part.op == "var":
            address = str(part.value)
            name = address if address.startswith(STRING) else _variable(address, _ADDRESS_OF)
            addresses[part.id] = frozenset((name,)) if name else _NONE
            continue
        below = {addresses[a.id] for a in part.args}
        addresses[part.id] = _NONE.union(*below) if len(below) > 1 else next(iter(below), _NONE)
        if part.op == "read":
            location = str(part.value)
            own = {_variable(location, GLOBAL)} if location.startswith(GLOBAL) else _NONE
            # The variables of file scope that it may be a part of.
            for name in sorted(own.union(*(addresses[i.id] for i in part.args[1:]))):
                if name.startswith(STRING):
                    found[part.id] = f"it rests on what {shorten(name.removeprefix(STRING))} holds, which isn't read"
                    continue
                if name not in tables:
                    tables[name] = any(is_constant_table(v.definitions, name) for v in versions)
                if tables[name]:
                    found[part.id] = _of_table(name)
    return found


def _of_table(name: str) -> str:
    return f"it rests on what `{name.removeprefix(_STATIC)}` holds, whose initialiser isn't read"


def _pointed(
    parts: Iterable[Term], versions: tuple[Types, ...], evaluation: Evaluation, objects: Mapping[str, int]
) -> dict[int, str]:
    """The reads through pointers that happen to point at constant tables, with the reason."""
    rooms: dict[str, range] = {}
    for address, size in objects.items():
        name = _variable(address, "&")
        if name and any(is_constant_table(v.definitions, name) for v in versions):
            begin = evaluation.number(t.var(address, POINTER_WIDTH))
            rooms[name] = range(begin, begin + size)
    found: dict[int, str] = {}
    for part in parts if rooms else ():
        if part.op == "read" and len(part.args) > 1:
            place = evaluation.number(part.args[1])
            for name in (name for name, room in rooms.items() if place in room):
                found[part.id] = _of_table(name)
    return found


_NONE: frozenset[str] = frozenset()
