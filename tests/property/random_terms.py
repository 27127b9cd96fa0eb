"""Random terms for Hypothesis: bit-vectors and Booleans over x, y and p; memories, calls and questions about them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from hypothesis import strategies as st

from verify.terms import term as t
from verify.terms.evaluate import Evaluation, Value
from verify.terms.term import BOOL, Term
from verify.terms.worlds import memories_equal, worlds_equal

_DEPTH = 4
_EASY = (t.add, t.sub, t.bvand, t.bvor, t.bvxor, t.shl, t.lshr, t.ashr)
_HARD = (t.mul, t.udiv, t.urem, t.sdiv, t.srem)
_COMPARISONS = (t.eq, t.ne, t.ult, t.ule, t.slt, t.sle)
_JUNCTIONS: tuple[Callable[[Term, Term], Term], ...] = (t.and_, t.or_, t.implies)
_ENTRY = t.world("entry")
_WIDTH = 2


class Bits(NamedTuple):
    """Which bit-vectors: their width, and whether multiplication and division occur."""

    width: int
    hard: bool = True


def bits(of: Bits, depth: int = _DEPTH) -> st.SearchStrategy[Term]:
    """Bit-vectors over the variables x and y, and the Boolean p."""
    width = of.width
    leaves = st.one_of(
        st.sampled_from((t.var("x", width), t.var("y", width))),
        st.integers(0, 2**width - 1).map(lambda value: t.const(value, width)),
    )
    if depth == 0:
        return leaves
    below = bits(of, depth - 1)
    operators = (*_EASY, *_HARD) if of.hard else _EASY
    joined = st.builds(_joined, below, below, st.integers(0, 2 * width - 1))
    return st.one_of(
        leaves,
        st.builds(_applied, st.sampled_from(operators), below, below),
        st.builds(_applied, st.sampled_from(operators), below, below),
        below.map(t.neg),
        below.map(t.bvnot),
        st.builds(t.ite, booleans(of, depth - 1), below, below),
        joined,
    )


def _applied(op: Callable[[Term, Term], Term], one: Term, other: Term) -> Term:
    return op(one, other)


def _joined(one: Term, other: Term, low: int) -> Term:
    """As many bits as `one` has, out of both, with an extension where they don't suffice."""
    width = one.sort
    part = t.extract(min(low + width - 1, 2 * width - 1), low, t.concat(one, other))
    return (t.sign_extend if low % 2 else t.zero_extend)(part, width)


def booleans(of: Bits, depth: int = _DEPTH) -> st.SearchStrategy[Term]:
    """Booleans over the same."""
    leaf = st.just(t.var("p", BOOL))
    if depth == 0:
        return leaf
    below = st.deferred(lambda: booleans(of, depth - 1))
    numbers = bits(of, depth - 1)
    compared = st.builds(_applied, st.sampled_from(_COMPARISONS), numbers, numbers)
    return st.one_of(
        compared,
        compared,
        leaf,
        below.map(t.not_),
        st.builds(_applied, st.sampled_from(_JUNCTIONS), below, below),
        st.builds(t.ite, below, below, below),
    )


def conjunctions(of: Bits) -> st.SearchStrategy[Term]:
    """Several of them at once, so that some can't be satisfied."""
    return st.lists(booleans(of, 3), min_size=1, max_size=5).map(lambda parts: t.and_(*parts))


def numbers(depth: int = 2) -> st.SearchStrategy[Term]:
    """Bit-vectors of two bits that may rest on memory and on what calls returned."""
    plain = bits(Bits(_WIDTH), 1)
    if depth == 0:
        return plain
    below = st.deferred(lambda: numbers(depth - 1))
    return st.one_of(
        plain,
        st.builds(_selected, memories(depth - 1), below),
        st.builds(_read, worlds(depth - 1), below),
        worlds(depth - 1).map(_scalar),
        worlds(depth - 1).map(_result),
    )


def _selected(memory: Term, index: Term) -> Term:
    return t.select(memory, (index,), _WIDTH)


def _stored(memory: Term, index: Term, value: Term) -> Term:
    return t.store(memory, (index,), value)


def _read(at: Term, index: Term) -> Term:
    """What the memory `m` holds at `index` in the world `at`."""
    return t.read("m", at, (index,), _WIDTH)


def _scalar(at: Term) -> Term:
    """What the variable `v` holds in the world `at`."""
    return t.read("v", at, (), _WIDTH)


def _result(world: Term) -> Term:
    """What the last call returned; 0 where there was none."""
    if world.op == "ite":
        return t.ite(world.args[0], _result(world.args[1]), _result(world.args[2]))
    return t.const(0, _WIDTH) if world is _ENTRY else t.read("result", world, (), _WIDTH)


def worlds(depth: int = 2) -> st.SearchStrategy[Term]:
    """Worlds after calls of two functions, between which memory may be written."""
    if depth == 0:
        return st.just(_ENTRY)
    below = st.deferred(lambda: worlds(depth - 1))
    condition = booleans(Bits(_WIDTH), 1)
    return st.one_of(
        st.just(_ENTRY),
        st.builds(_called, st.sampled_from("fg"), below, numbers(depth - 1)),
        st.builds(_called_after, below, numbers(depth - 1), numbers(depth - 1), st.booleans()),
        st.builds(t.ite, condition, below, below),
    )


def _called(name: str, before: Term, argument: Term) -> Term:
    return t.step(name, before, (argument,), ())


def _called_after(before: Term, index: Term, value: Term, scalar: bool) -> Term:
    """A call that sees a write."""
    dirty = ("v", value) if scalar else ("m", t.store(_content(before), (index,), value))
    return t.step("f", before, (index,), (dirty,))


def memories(depth: int = 2) -> st.SearchStrategy[Term]:
    """Memories of two-bit cells with two-bit indices."""
    start = st.just(_content(_ENTRY))
    if depth == 0:
        return start
    below = st.deferred(lambda: memories(depth - 1))
    return st.one_of(
        start,
        st.builds(_stored, below, numbers(depth - 1), numbers(depth - 1)),
        st.builds(t.ite, booleans(Bits(_WIDTH), 1), below, below),
    )


def _content(at: Term) -> Term:
    """What the memory `m` holds in the world `at`."""
    if at.op == "ite":
        return t.ite(at.args[0], _content(at.args[1]), _content(at.args[2]))
    return t.base("m", at, _WIDTH, (_WIDTH,))


def questions() -> st.SearchStrategy[Term]:
    """Conjunctions that compare such numbers, memories and worlds."""
    one = numbers()
    compared = st.builds(_applied, st.sampled_from((t.eq, t.ne, t.ult)), one, one)
    equal = st.one_of(st.builds(worlds_equal, worlds(), worlds()), st.builds(memories_equal, memories(), memories()))
    part = st.one_of(compared, compared, equal, equal.map(t.not_))
    return st.lists(part, min_size=1, max_size=4).map(lambda parts: t.and_(*parts))


class Guess(Evaluation):
    """Memory and results are dice."""

    def __init__(self, values: Mapping[str, int], seed: int) -> None:
        super().__init__(values)
        self._dice = random.Random(seed)
        self._guessed: dict[tuple[object, ...], int] = {}

    def unknown(self, location: str, width: int, world: Value, indices: tuple[Value, ...]) -> int:
        return self._guessed.setdefault((location, width, world, indices), self._dice.getrandbits(width))
