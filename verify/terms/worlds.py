"""Equality of worlds and of memories, spelt out as Boolean terms.

Worlds are a free algebra (`verify.terms.term`): two worlds are equal iff they went through the same calls, with the
same arguments, seeing the same memory, from the same initial world.
"""

from __future__ import annotations

from typing import cast

from verify.deadline import tick
from verify.syntax.ctypes import POINTER_WIDTH
from verify.terms.term import (
    BOOL,
    FALSE,
    MEMORY,
    TRUE,
    Term,
    and_,
    base,
    eq,
    ite,
    kept,
    or_,
    read,
    select,
    sign_extend,
    store,
    var,
    zero_extend,
)

POINTER_CALL = "a function pointer"  # what a call through a pointer is known by; its first argument is the pointer
WIDTHS = "the same though its width differs: "  # the unknown whether two memories of different widths hold the same
TAKEN = "the same though it takes another width: "  # whether a callee's arguments of different widths are the same
Step = tuple[str, int, tuple[str, ...]]  # a call's label, how many arguments it has, and the dirty locations

_equal_worlds: dict[tuple[int, int], Term] = kept({})
_equal_memories: dict[tuple[int, int], Term] = kept({})
_bases_below: dict[int, frozenset[int]] = kept({})
_lifted: dict[int, Term] = kept({})


def worlds_equal(one: Term, other: Term) -> Term:
    """A Boolean term that holds iff the two worlds are equal."""
    if one is other:
        return TRUE
    key = (one.id, other.id) if one.id < other.id else (other.id, one.id)
    found = _equal_worlds.get(key)
    if found is None:
        found = _equal_worlds[key] = _worlds_equal(one, other)
    return found


def _worlds_equal(one: Term, other: Term) -> Term:
    tick()
    if one.op == "ite" and other.op == "ite" and one.args[0] is other.args[0]:
        return ite(one.args[0], worlds_equal(one.args[1], other.args[1]), worlds_equal(one.args[2], other.args[2]))
    if one.op == "ite":
        return ite(one.args[0], worlds_equal(one.args[1], other), worlds_equal(one.args[2], other))
    if other.op == "ite":
        return worlds_equal(other, one)
    if one.op != "step" or other.op != "step":
        return FALSE
    function, count, keys = cast(Step, one.value)
    other_function, other_count, other_keys = cast(Step, other.value)
    arguments, other_arguments = one.args[1 : 1 + count], other.args[1 : 1 + other_count]
    if function != other_function:  # the same iff the pointer of one is the address of the other
        if function == POINTER_CALL:
            other_arguments = (address_of(other_function), *other_arguments)
        elif other_function == POINTER_CALL:
            arguments = (address_of(function), *arguments)
        else:
            return FALSE
    if len(arguments) != len(other_arguments):
        return FALSE
    same = and_(*(_passed_alike(function, a, b) for a, b in zip(arguments, other_arguments, strict=True)))
    if same is FALSE:
        return FALSE
    same = and_(same, worlds_equal(one.args[0], other.args[0]))
    if same is FALSE:
        return FALSE
    dirty = dict(zip(keys, one.args[1 + count :], strict=True))
    other_dirty = dict(zip(other_keys, other.args[1 + other_count :], strict=True))
    for location in sorted(dirty.keys() | other_dirty.keys()):
        same = and_(same, contents_equal(location, dirty.get(location), one.args[0],
                                         other_dirty.get(location), other.args[0]))  # fmt: skip
    return same


def _passed_alike(function: str, one: Term, other: Term) -> Term:
    """Whether two arguments are one to the callee; if their widths differ, it isn't known where they are one number."""
    if one.sort == other.sort:
        return eq(one, other)
    narrow, wide = sorted((one, other), key=lambda term: term.sort)
    alike = var(f"{TAKEN}{function}: {narrow.sort} and {wide.sort}", BOOL)
    return and_(alike, or_(*(eq(extend(narrow, wide.sort), wide) for extend in (zero_extend, sign_extend))))


def tells_of_widths(term: Term) -> bool:
    """True iff `term` is the unknown whether contents or arguments of different widths are the same."""
    return term.op == "var" and str(term.value).startswith((WIDTHS, TAKEN))


def address_of(function: str) -> Term:
    """The address of the function that calls are known by as `function`."""
    return var(f"&{function}", POINTER_WIDTH)


def contents_equal(location: str, one: Term | None, at: Term, other: Term | None, other_at: Term) -> Term:
    """Equality of what `location` holds: `one` and `other`, each None if untouched since worlds `at` and `other_at`."""
    known = one if one is not None else other
    assert known is not None
    if one is None:
        one = _untouched(location, known, at)
    if other is None:
        other = _untouched(location, known, other_at)
    if one.sort != other.sort:
        return var(f"{WIDTHS}{location}", BOOL)
    return memories_equal(one, other) if one.sort == MEMORY else eq(one, other)


def _untouched(location: str, like: Term, at: Term) -> Term:
    if like.sort != MEMORY:
        return read(location, at, (), like.sort)
    while like.op != "base":
        like = like.args[0] if like.op == "store" else like.args[1]
    _, width, indices = like.value  # type: ignore[misc]
    return base(location, at, width, indices)  # type: ignore[arg-type]


def memories_equal(one: Term, other: Term) -> Term:
    """A Boolean term that holds iff the two contents agree at every address.

    Where they rest on the contents of different worlds, equality of the worlds is demanded: a stronger condition.
    """
    if one is other:
        return TRUE
    key = (one.id, other.id) if one.id < other.id else (other.id, one.id)
    found = _equal_memories.get(key)
    if found is None:
        found = _equal_memories[key] = _memories_equal(one, other)
    return found


def _memories_equal(one: Term, other: Term) -> Term:
    tick()
    if one.op == "ite" and other.op == "ite" and one.args[0] is other.args[0]:
        return ite(one.args[0], memories_equal(one.args[1], other.args[1]), memories_equal(one.args[2], other.args[2]))
    if len(_bases(one) | _bases(other)) == 1:
        writes: dict[tuple[int, ...], tuple[tuple[Term, ...], int]] = {}
        seen: set[int] = set()
        _writes(one, writes, seen)
        _writes(other, writes, seen)
        return and_(*(eq(select(one, i, w), select(other, i, w)) for i, w in writes.values()))
    for a, b in ((one, other), (other, one)):
        if a.op == "ite":
            return ite(a.args[0], memories_equal(a.args[1], b), memories_equal(a.args[2], b))
    # Two chains of writes, possibly through if-then-elses further down, over different bases.
    below_one, below_other = _lift_ite(one), _lift_ite(other)
    if below_one is not one or below_other is not other:
        return memories_equal(below_one, below_other)
    base_one, base_other = _base_of(one), _base_of(other)
    if base_one.value != base_other.value:
        location = str(base_one.value[0])  # type: ignore[index]
        if location == base_other.value[0]:  # type: ignore[index]
            return var(f"{WIDTHS}{location}", BOOL)
        return FALSE  # garbage of different versions
    same_base = worlds_equal(base_one.args[0], base_other.args[0])
    return FALSE if same_base is FALSE else and_(same_base, memories_equal(_rebase(one, base_other), other))


def _bases(memory: Term) -> frozenset[int]:
    """The ids of all the contents below the writes."""
    found = _bases_below.get(memory.id)
    if found is None:
        if memory.op == "base":
            found = frozenset((memory.id,))
        elif memory.op == "store":
            found = _bases(memory.args[0])
        else:
            found = _bases(memory.args[1]) | _bases(memory.args[2])
        _bases_below[memory.id] = found
    return found


def _writes(memory: Term, writes: dict[tuple[int, ...], tuple[tuple[Term, ...], int]], seen: set[int]) -> None:
    if memory.id in seen or memory.op == "base":
        return
    seen.add(memory.id)
    if memory.op == "store":
        indices = memory.args[1:-1]
        writes[tuple(i.id for i in indices)] = (indices, memory.args[-1].sort)
        _writes(memory.args[0], writes, seen)
    else:
        _writes(memory.args[1], writes, seen)
        _writes(memory.args[2], writes, seen)


def _lift_ite(memory: Term) -> Term:
    """`memory` with its topmost if-then-else moved above the writes, or itself if it has none."""
    if memory.op != "store":
        return memory
    found = _lifted.get(memory.id)
    if found is None:
        found = _lifted[memory.id] = _lift_store(memory)
    return found


def _lift_store(memory: Term) -> Term:
    below = _lift_ite(memory.args[0])
    indices, value = memory.args[1:-1], memory.args[-1]
    if below.op != "ite":  # there was none, or both its branches became the same
        return memory if below is memory.args[0] else _lift_ite(store(below, indices, value))
    condition, then, otherwise = below.args
    return ite(condition, store(then, indices, value), store(otherwise, indices, value))


def _base_of(memory: Term) -> Term:
    while memory.op == "store":
        memory = memory.args[0]
    assert memory.op == "base"
    return memory


def _rebase(memory: Term, onto: Term) -> Term:
    return store(_rebase(memory.args[0], onto), memory.args[1:-1], memory.args[-1]) if memory.op == "store" else onto
