"""The terms' smart constructors, exhaustively at small widths, against plain Python integers.

A `Both` is a term beside its values, as plain Python says they are, for every assignment of its variables; the term's
own values are read off the nodes that the constructors left.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import pytest

from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.terms.term import BOOL, Term
from verify.terms.worlds import memories_equal, worlds_equal

WIDTHS = (1, 2, 3, 4)


def signed(value: int, width: int) -> int:
    return value - 2**width if value >= 2 ** (width - 1) else value


def truncated(one: int, other: int) -> tuple[int, int]:
    """The quotient towards zero and its remainder; `other` isn't 0."""
    quotient = abs(one) // abs(other)
    quotient = quotient if (one < 0) == (other < 0) else -quotient
    return quotient, one - quotient * other


def sdiv(a: int, b: int, w: int) -> int:
    one, other = signed(a, w), signed(b, w)
    return (1 if one < 0 else -1) if other == 0 else truncated(one, other)[0]


def srem(a: int, b: int, w: int) -> int:
    one, other = signed(a, w), signed(b, w)
    return one if other == 0 else truncated(one, other)[1]


Arithmetic = Callable[[int, int, int], int]

BINARY: dict[str, tuple[Callable[[Term, Term], Term], Arithmetic]] = {
    "bvadd": (t.add, lambda a, b, w: a + b),
    "bvsub": (t.sub, lambda a, b, w: a - b),
    "bvmul": (t.mul, lambda a, b, w: a * b),
    "bvudiv": (t.udiv, lambda a, b, w: a // b if b else -1),
    "bvurem": (t.urem, lambda a, b, w: a % b if b else a),
    "bvsdiv": (t.sdiv, sdiv),
    "bvsrem": (t.srem, srem),
    "bvand": (t.bvand, lambda a, b, w: a & b),
    "bvor": (t.bvor, lambda a, b, w: a | b),
    "bvxor": (t.bvxor, lambda a, b, w: a ^ b),
    "bvshl": (t.shl, lambda a, b, w: a << b),
    "bvlshr": (t.lshr, lambda a, b, w: a >> b),
    "bvashr": (t.ashr, lambda a, b, w: signed(a, w) >> b),
}
COMPARISONS: dict[str, tuple[Callable[[Term, Term], Term], Arithmetic]] = {
    "=": (t.eq, lambda a, b, w: a == b),
    "distinct": (t.ne, lambda a, b, w: a != b),
    "bvult": (t.ult, lambda a, b, w: a < b),
    "bvule": (t.ule, lambda a, b, w: a <= b),
    "bvslt": (t.slt, lambda a, b, w: signed(a, w) < signed(b, w)),
    "bvsle": (t.sle, lambda a, b, w: signed(a, w) <= signed(b, w)),
}
ALL_BINARY = {**BINARY, **COMPARISONS}


def operate(term: Term, args: tuple[int, ...]) -> int:
    """The value of one node whose arguments have the values `args`."""
    mask = 2**term.sort - 1 if term.sort > 0 else 1
    width = term.args[0].sort if term.args else 0
    match term.op:
        case "true" | "false":
            return int(term.op == "true")
        case "const":
            assert isinstance(term.value, int)
            return term.value
        case "not":
            return 1 - args[0]
        case "and":
            return min(args)
        case "or":
            return max(args)
        case "ite":
            return args[1] if args[0] else args[2]
        case "bvneg":
            return -args[0] & mask
        case "bvnot":
            return ~args[0] & mask
        case "extract":
            high, low = term.value  # type: ignore[misc]
            assert isinstance(high, int) and isinstance(low, int)
            return (args[0] >> low) % 2 ** (high - low + 1)
        case "zero_extend":
            return args[0]
        case "sign_extend":
            return signed(args[0], width) & mask
        case "concat":
            return args[0] * 2 ** term.args[1].sort + args[1]
        case op:
            return int(ALL_BINARY[op][1](args[0], args[1], width)) & mask


class Both(NamedTuple):
    """A term, and its value in each of the assignments of `Space`."""

    term: Term
    values: tuple[int, ...]


class Space:
    """The assignments of two bit-vectors x and y of one width and of a Boolean p."""

    def __init__(self, width: int) -> None:
        self.width = width
        count = 2**width
        self.rows: tuple[tuple[int, ...], ...] = tuple(product(range(count), range(count), (0, 1)))
        self.x = Both(t.var("x", width), tuple(r[0] for r in self.rows))
        self.y = Both(t.var("y", width), tuple(r[1] for r in self.rows))
        self.p = Both(t.var("p", BOOL), tuple(r[2] for r in self.rows))
        self.known = {b.term.id: b.values for b in (self.x, self.y, self.p)}

    def constant(self, value: int, width: int | None = None) -> Both:
        width = width or self.width
        return Both(t.const(value, width), (value % 2**width,) * len(self.rows))

    def table(self, root: Term) -> tuple[int, ...]:
        """The values of `root`, read off its nodes."""
        for term in t.postorder((root,)):
            if term.id not in self.known:
                columns = [self.known[a.id] for a in term.args]
                self.known[term.id] = (
                    tuple(operate(term, row) for row in zip(*columns, strict=True))
                    if columns
                    else (operate(term, ()),) * len(self.rows)
                )
        return self.known[root.id]

    def binary(self, op: str, one: Both, other: Both) -> Both:
        build, meaning = ALL_BINARY[op]
        width = one.term.sort
        mask = 2**width - 1 if op in BINARY else 1
        values = tuple(int(meaning(a, b, width)) & mask for a, b in zip(one.values, other.values, strict=True))
        return Both(build(one.term, other.term), values)

    def ite(self, condition: Both, then: Both, otherwise: Both) -> Both:
        rows = zip(condition.values, then.values, otherwise.values, strict=True)
        return Both(t.ite(condition.term, then.term, otherwise.term), tuple(a if c else b for c, a, b in rows))

    def map(self, term: Term, meaning: Callable[[int], int], one: Both) -> Both:
        return Both(term, tuple(int(meaning(v)) for v in one.values))

    def check(self, both: Both, what: object = "") -> None:
        if self.table(both.term) != both.values:
            found = zip(self.rows, self.table(both.term), both.values, strict=True)
            row, actual, expected = next(f for f in found if f[1] != f[2])
            pytest.fail(f"{what}: {both.term} is {actual}, not {expected}, for x, y, p = {row}")


@cache
def space(width: int) -> Space:
    return Space(width)


def unary(s: Space, one: Both) -> Iterator[Both]:
    """Every operator on one bit-vector, with all its parameters."""
    width, mask = one.term.sort, 2**one.term.sort - 1
    yield s.map(t.neg(one.term), lambda v: -v & mask, one)
    yield s.map(t.bvnot(one.term), lambda v: ~v & mask, one)
    yield s.map(t.nonzero(one.term), lambda v: v != 0, one)
    for high, low in product(range(width), repeat=2):
        if low <= high:
            yield s.map(t.extract(high, low, one.term), lambda v, h=high, o=low: (v >> o) % 2 ** (h - o + 1), one)
    for more in range(4):
        yield s.map(t.zero_extend(one.term, width + more), lambda v: v, one)
        wider = 2 ** (width + more) - 1
        yield s.map(t.sign_extend(one.term, width + more), lambda v, m=wider: signed(v, width) & m, one)


@cache
def shapes(width: int) -> tuple[Both, ...]:
    """Bit-vectors of `width` bits of every form that some constructor looks for."""
    s = space(width)
    x, y, p = s.x, s.y, s.p
    constants = [s.constant(c) for c in range(2**width)]
    some = [constants[i] for i in sorted({1, 2**width - 1, 2 ** (width - 1)})]
    found = [x, y, *constants]
    found += [s.ite(p, a, b) for a in (constants[0], some[0], some[-1]) for b in some]
    found += [s.ite(p, x, y), s.ite(p, x, some[0]), s.ite(s.binary("bvult", x, y), some[-1], constants[0])]
    for a in (x, y):
        found += [b for b in unary(s, a) if b.term.sort == width]
    for op in BINARY:
        found += [s.binary(op, x, y), s.binary(op, x, some[-1])]
    for op in ("bvadd", "bvand", "bvor", "bvxor"):
        found += [s.binary(op, x, c) for c in some]
    found.append(s.binary("bvadd", s.binary("bvadd", x, some[0]), y))
    if width > 1:
        low = s.map(t.extract(width - 2, 0, x.term), lambda v: v % 2 ** (width - 1), x)
        found += [b for b in unary(s, low) if b.term.sort == width]
        top = s.map(t.extract(width - 1, width - 1, y.term), lambda v: v >> (width - 1), y)
        found += [concat(s, top, low), concat(s, low, top)]
    unique = {b.term.id: b for b in found}
    return tuple(unique.values())


def concat(s: Space, high: Both, low: Both) -> Both:
    shift = low.term.sort
    rows = zip(high.values, low.values, strict=True)
    return Both(t.concat(high.term, low.term), tuple((a << shift) + b for a, b in rows))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("op", ALL_BINARY)
def test_binary_operators_on_constants(op: str, width: int) -> None:
    build, meaning = ALL_BINARY[op]
    for a, b in product(range(2**width), repeat=2):
        value = meaning(a, b, width)
        expected = t.const(value, width) if op in BINARY else t.boolean(bool(value))
        assert build(t.const(a, width), t.const(b, width)) is expected, (a, b)


@pytest.mark.parametrize("width", WIDTHS)
def test_shapes_themselves(width: int) -> None:
    for shape in shapes(width):
        space(width).check(shape)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("op", ALL_BINARY)
def test_binary_operators_on_every_pair_of_shapes(op: str, width: int) -> None:
    s = space(width)
    own = shapes(width)
    some = own[:: max(1, 2 * width - 3)]
    for one, other in (*product(own[:4], own), *product(some, some[1:])):
        s.check(s.binary(op, one, other), (op, one.term, other.term))


@pytest.mark.parametrize("width", WIDTHS)
def test_unary_operators_and_every_chain_of_two(width: int) -> None:
    s = space(width)
    for i, shape in enumerate(shapes(width)):
        for once in unary(s, shape):
            s.check(once, shape.term)
            if once.term.sort > 0 and (width < 3 or i % (4 * width) == 0):
                for twice in unary(s, once):
                    s.check(twice, once.term)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_concat_and_extracts_of_it(width: int) -> None:
    s = space(width)
    for high, low in product(shapes(width)[::width], repeat=2):
        joined = concat(s, high, low)
        s.check(joined, (high.term, low.term))
        for top in range(joined.term.sort):
            for bottom in (0, width - 1, width):
                if bottom <= top:
                    part = t.extract(top, bottom, joined.term)
                    s.check(s.map(part, lambda v, h=top, o=bottom: (v >> o) % 2 ** (h - o + 1), joined))


def test_adjacent_extracts_join() -> None:
    x = t.var("x", 8)
    assert t.concat(t.extract(7, 3, x), t.extract(2, 0, x)) is x
    assert t.concat(t.extract(7, 4, x), t.extract(2, 0, x)).op == "concat"


@pytest.mark.parametrize("width", [1, 2, 3])
def test_equality_with_constants_of_wider_forms(width: int) -> None:
    """`x extended == c`, `x : y == c`, `~x == c`, `x + k == c` fold or split; whichever, they keep their meaning."""
    s = space(width)
    for shape in shapes(width):
        wide = [b for b in unary(s, shape) if b.term.sort > width]
        for form in (*wide, concat(s, s.x, shape)):
            for value in range(min(2**form.term.sort, 32)):
                s.check(s.binary("=", form, s.constant(value, form.term.sort)), (form.term, value))


@pytest.mark.parametrize("width", [1, 2, 3])
def test_comparisons_of_extended_forms(width: int) -> None:
    s = space(width)
    forms = [b for a in (s.x, s.y, *shapes(width)[2:8]) for b in unary(s, a) if b.term.sort == width + 1]
    for op in ALL_BINARY:
        for one, other in product(forms, repeat=2):
            s.check(s.binary(op, one, other), (op, one.term, other.term))


@pytest.mark.parametrize("width", [1, 2, 3])
def test_if_then_else_of_every_pair_of_shapes(width: int) -> None:
    s = space(width)
    less = s.binary("bvult", s.x, s.y)
    negated = s.map(t.not_(s.p.term), lambda v: 1 - v, s.p)
    for then, otherwise in product(shapes(width)[:: 2 * width - 1], repeat=2):
        for condition in (s.p, negated, less):
            chosen = s.ite(condition, then, otherwise)
            s.check(chosen)
            s.check(s.ite(s.p, chosen, then))
            s.check(s.binary("=", chosen, otherwise))
            s.check(s.binary("=", chosen, s.constant(1)))


@pytest.mark.parametrize("width", [*WIDTHS, 8, 64])
def test_signed_is_twos_complement(width: int) -> None:
    for value in {0, 1, 2 ** (width - 1) - 1, 2 ** (width - 1), 2**width - 1}:
        assert t.signed(value, width) == int.from_bytes(
            ((value | (-(value >> (width - 1)) << width)) & (2**128 - 1)).to_bytes(16, "little"), "little", signed=True
        )
        assert t.signed(value, width) % 2**width == value
        assert -(2 ** (width - 1)) <= t.signed(value, width) < 2 ** (width - 1)


def test_constants_wrap() -> None:
    assert t.const(-1, 4) is t.const(15, 4)
    assert t.const(16, 4) is t.const(0, 4)
    assert t.const_value(t.const(-1, 64)) == 2**64 - 1


@pytest.mark.parametrize(
    "build",
    [
        lambda: t.add(t.var("x", 8), t.var("y", 16)),
        lambda: t.eq(t.var("x", 8), t.var("y", 16)),
        lambda: t.eq(t.var("x", 1), t.var("p", BOOL)),
        lambda: t.ite(t.var("x", 1), t.var("y", 8), t.var("z", 8)),
        lambda: t.ite(t.var("p", BOOL), t.var("y", 8), t.var("z", 9)),
        lambda: t.and_(t.var("x", 1)),
        lambda: t.extract(8, 0, t.var("x", 8)),
        lambda: t.extract(0, 1, t.var("x", 8)),
        lambda: t.zero_extend(t.var("x", 8), 7),
        lambda: t.const(1, 0),
    ],
)
def test_wrong_widths_are_bugs_of_the_caller(build: Callable[[], Term]) -> None:
    with pytest.raises(AssertionError):
        build()


def test_booleans_of_depth_two() -> None:
    names = ("p", "q", "r")
    rows = tuple(product((0, 1), repeat=3))
    s = Space(1)
    s.rows = rows
    leaves = [Both(t.var(n, BOOL), tuple(r[i] for r in rows)) for i, n in enumerate(names)]
    s.known = {b.term.id: b.values for b in leaves}
    leaves += [Both(t.TRUE, (1,) * 8), Both(t.FALSE, (0,) * 8)]
    leaves += [Both(t.not_(b.term), tuple(1 - v for v in b.values)) for b in leaves]

    def combined(pool: list[Both]) -> Iterator[Both]:
        for a, b in product(pool, repeat=2):
            pairs = tuple(zip(a.values, b.values, strict=True))
            yield Both(t.and_(a.term, b.term), tuple(v & w for v, w in pairs))
            yield Both(t.or_(a.term, b.term), tuple(v | w for v, w in pairs))
            yield Both(t.implies(a.term, b.term), tuple((1 - v) | w for v, w in pairs))
            yield Both(t.eq(a.term, b.term), tuple(int(v == w) for v, w in pairs))
            yield s.ite(leaves[2], a, b)
            yield s.ite(a, leaves[0], b)
            yield s.ite(a, b, leaves[1])

    once = {b.term.id: b for b in combined(leaves)}
    for both in once.values():
        s.check(both)
        s.check(Both(t.not_(both.term), tuple(1 - v for v in both.values)))
    for both in combined(list(once.values())[::2]):
        s.check(both)


def test_long_conjunctions() -> None:
    parts = [t.var(f"c{i}", BOOL) for i in range(40)]
    whole = t.TRUE
    for part in parts:
        whole = t.and_(whole, part)
    for missing in (None, 0, 17, 39):
        values = {f"c{i}": int(i != missing) for i in range(40)}
        assert Evaluation(values).evaluate(whole) == (missing is None)
    assert t.and_(whole, t.FALSE) is t.FALSE
    assert t.or_(t.not_(parts[0]), parts[0]) is t.TRUE


def test_bool_to_bv() -> None:
    p = t.var("p", BOOL)
    assert [Evaluation({"p": v}).evaluate(t.bool_to_bv(p, 8)) for v in (0, 1)] == [0, 1]
    assert t.nonzero(t.bool_to_bv(p, 8)) is p


def test_equal_terms_are_one_object() -> None:
    x, y = t.var("x", 8), t.var("y", 8)
    assert t.add(x, y) is t.add(y, x)
    assert t.eq(x, y) is t.eq(y, x)
    assert t.sub(t.add(x, y), y) is x
    assert t.var("x", 8) is x
    assert t.var("x", 9) is not x


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("op", [op for op in ALL_BINARY if op in t.REBUILD])
def test_evaluation_of_binary_operators(op: str, width: int) -> None:
    node = ALL_BINARY[op][0](t.var("x", width), t.var("y", width))
    assert node.op == op
    mask = 2**width - 1 if op in BINARY else 1
    for x, y in product(range(2**width), repeat=2):
        assert Evaluation({"x": x, "y": y}).evaluate(node) == int(ALL_BINARY[op][1](x, y, width)) & mask, (x, y)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_evaluation_agrees_on_every_shape(width: int) -> None:
    s = space(width)
    forms = [b for shape in shapes(width) for b in (shape, *unary(s, shape))]
    for i, (x, y, p) in enumerate(s.rows):
        evaluation = Evaluation({"x": x, "y": y, "p": p})
        for form in forms:
            assert evaluation.evaluate(form.term) == form.values[i], (form.term, x, y, p)


def test_unassigned_variables_are_zero() -> None:
    assert Evaluation({}).evaluate(t.add(t.var("x", 8), t.const(3, 8))) == 3
    assert Evaluation({}).evaluate(t.var("p", BOOL)) is False


@pytest.mark.parametrize("width", [1, 2, 3])
def test_substitute_keeps_meaning(width: int) -> None:
    """Replacing x by a term e: the value is that of the original where x is e's value."""
    s = space(width)
    where = {row: i for i, row in enumerate(s.rows)}
    replacements = [s.constant(1), s.y, s.binary("bvadd", s.y, s.constant(1)), s.ite(s.p, s.constant(0), s.y)]
    roots = [
        s.binary(op, one, other)
        for op in ALL_BINARY
        for one, other in zip(shapes(width), reversed(shapes(width)), strict=True)
    ]
    for new in replacements:
        results = t.substitute(tuple(r.term for r in roots), {s.x.term.id: new.term})
        rows = [where[new.values[i], y, p] for i, (_, y, p) in enumerate(s.rows)]
        for root, result in zip(roots, results, strict=True):
            assert all(part is not s.x.term for part in t.postorder((result,))) or new.term is s.x.term
            s.check(Both(result, tuple(root.values[r] for r in rows)), (root.term, new.term))


def test_substitute_of_an_inner_term() -> None:
    x, y = t.var("x", 8), t.var("y", 8)
    inner = t.bvand(x, y)
    (result,) = t.substitute((t.eq(t.mul(inner, inner), t.const(9, 8)),), {inner.id: t.const(3, 8)})
    assert result is t.TRUE


@pytest.mark.parametrize("width", [1, 2, 3])
def test_rebuild_keeps_meaning(width: int) -> None:
    s = space(width)
    for shape in shapes(width):
        if shape.term.args:
            assert t.rebuild(shape.term, shape.term.args) is shape.term
            # Arguments of the same sorts, another way round: the node's own operator on their values.
            args = tuple(reversed(shape.term.args))
            if [a.sort for a in args] == [a.sort for a in shape.term.args]:
                columns = zip(*(s.table(a) for a in args), strict=True)
                s.check(Both(t.rebuild(shape.term, args), tuple(operate(shape.term, c) for c in columns)))


CONTENT = {(i, j): (5 * i + 3 * j + 1) % 4 for i in range(4) for j in range(4)}  # what a base holds


def value_of(term: Term, values: dict[str, int]) -> int:
    """The value of a term over variables and reads of the base, whose content is `CONTENT`."""
    known: dict[int, int] = {}
    for part in t.postorder((term,)):
        if part.op == "var":
            known[part.id] = values[str(part.value)]
        elif part.op == "read":
            i, j = (known[a.id] for a in part.args[1:])
            known[part.id] = CONTENT[i, j]
        elif part.op != "world":
            known[part.id] = operate(part, tuple(known[a.id] for a in part.args))
    return known[term.id]


def random_index(rng: random.Random) -> Term:
    choice = rng.randrange(4)
    name = t.var(rng.choice("ijk"), 2)
    return t.const(rng.randrange(4), 2) if choice == 0 else t.add(name, t.const(1, 2)) if choice == 1 else name


Content = Callable[[dict[str, int]], dict[tuple[int, int], int]]


def random_memory(rng: random.Random, writes: int) -> tuple[Term, Content]:
    """A chain of writes with if-then-elses in it, and its content as a dict, given the variables' values."""
    if writes == 0:
        return t.base("m", t.world("w"), 2, (2, 2)), lambda values: dict(CONTENT)
    below, content = random_memory(rng, writes - 1)
    if rng.randrange(4) == 0:
        other, other_content = random_memory(rng, writes - 1)
        condition = t.eq(t.var("i", 2), t.var("k", 2))
        return t.ite(condition, below, other), lambda v: content(v) if v["i"] == v["k"] else other_content(v)
    indices, value = (random_index(rng), random_index(rng)), random_index(rng)

    def written(values: dict[str, int]) -> dict[tuple[int, int], int]:
        place = (value_of(indices[0], values), value_of(indices[1], values))
        return {**content(values), place: value_of(value, values)}

    return t.store(below, indices, value), written


ASSIGNMENTS = [dict(zip("ijk", row, strict=True)) for row in product(range(4), repeat=3)]


@pytest.mark.parametrize("seed", range(12))
def test_select_over_stores_is_a_dict(seed: int) -> None:
    rng = random.Random(seed)
    memory, content = random_memory(rng, 1 + seed % 5)
    tables = [content(values) for values in ASSIGNMENTS]
    for _ in range(8):
        indices = (random_index(rng), random_index(rng))
        found = t.select(memory, indices, 2)
        for values, table in zip(ASSIGNMENTS, tables, strict=True):
            place = (value_of(indices[0], values), value_of(indices[1], values))
            assert value_of(found, values) == table[place], (values, indices)


@pytest.mark.parametrize("seed", range(24))
def test_memories_are_equal_iff_their_dicts_are(seed: int) -> None:
    rng = random.Random(seed)
    (one, content), (other, other_content) = random_memory(rng, seed % 4), random_memory(rng, 1 + seed % 3)
    same = memories_equal(one, other)
    for values in ASSIGNMENTS:
        assert bool(value_of(same, values)) == (content(values) == other_content(values)), values


def test_a_store_of_what_is_there_changes_nothing() -> None:
    memory = t.base("m", t.world("w"), 8, (64,))
    at = (t.var("p", 64),)
    assert t.store(memory, at, t.select(memory, at, 8)) is memory
    assert t.select(t.store(memory, at, t.const(3, 8)), at, 8) is t.const(3, 8)
    twice = t.store(t.store(memory, at, t.const(3, 8)), at, t.const(4, 8))
    assert twice is t.store(memory, at, t.const(4, 8))


def test_local_objects_have_addresses_of_their_own() -> None:
    a, b = t.local_address("a"), t.local_address("b")
    eight = t.const(8, 64)
    assert t.eq(a, b) is t.FALSE
    assert t.eq(t.add(a, eight), a) is t.FALSE
    assert t.eq(a, a) is t.TRUE
    assert t.eq(a, t.var("p", 64)).op == "="


def random_world(rng: random.Random, depth: int, scalars: bool) -> Term:
    if depth == 0:
        return t.world("initial")
    before = random_world(rng, depth - 1, scalars)
    if rng.randrange(4) == 0:
        return t.ite(t.eq(t.var("x", 2), t.const(rng.randrange(4), 2)), before, random_world(rng, depth - 1, scalars))
    argument = rng.choice((t.var("x", 2), t.var("y", 2), t.const(1, 2), t.read("result", before, (), 2)))
    dirty: list[tuple[str, Term]] = []
    if rng.randrange(2):
        content = t.base("m", before, 2, (2,)) if before.op != "ite" else t.base("m", t.world("initial"), 2, (2,))
        dirty.append(("m", t.store(content, (rng.choice((t.var("x", 2), t.const(1, 2))),), t.var("y", 2))))
    if scalars and rng.randrange(3) == 0:
        dirty.append(("s", rng.choice((t.var("x", 2), t.const(0, 2), t.read("s", before, (), 2)))))
    return t.step(rng.choice("ffg"), before, (argument,), tuple(dirty))


def check_worlds(seed: int, scalars: bool) -> None:
    rng = random.Random(seed)
    depth = 1 + seed % 3
    one, other = random_world(rng, depth, scalars), random_world(rng, depth, scalars)
    same = worlds_equal(one, other)
    assert worlds_equal(other, one) is same
    flat = flatten((t.or_(same, t.var("either", BOOL)),))
    names = sorted({str(v.value) for a in flat.assertions for v in t.postorder((a,)) if v.op == "var"} | {"x", "y"})
    for _ in range(40):
        values = {name: rng.randrange(4) for name in names} | {"either": 1}
        evaluation = Evaluation(values, flat)
        if all(Evaluation(values).evaluate(a) for a in flat.assertions):
            assert evaluation.evaluate(same) == (evaluation.evaluate(one) == evaluation.evaluate(other)), values


@pytest.mark.parametrize("seed", range(100))
def test_worlds_are_equal_iff_their_evaluations_are(seed: int) -> None:
    check_worlds(seed, scalars=False)


def test_worlds_with_written_scalars_are_equal_iff_their_evaluations_are() -> None:
    for seed in range(100):
        check_worlds(seed, scalars=True)


WORLD = t.world("initial")
X, Y = t.var("x", 8), t.var("y", 8)
M = t.base("m", WORLD, 8, (8,))
CALLED = t.step("f", WORLD, (X,), ())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (WORLD, t.world("other"), t.FALSE),
        (WORLD, CALLED, t.FALSE),
        (CALLED, t.step("g", WORLD, (X,), ()), t.FALSE),
        (CALLED, t.step("f", WORLD, (X, X), ()), t.FALSE),
        (CALLED, t.step("f", WORLD, (t.var("x", 8), X), ()), t.FALSE),
        (CALLED, t.step("f", WORLD, (Y,), ()), t.eq(X, Y)),
        (CALLED, t.step("f", CALLED, (X,), ()), t.FALSE),
        (t.step("f", CALLED, (), ()), t.step("f", t.step("f", WORLD, (Y,), ()), (), ()), t.eq(X, Y)),
        (
            t.step("f", WORLD, (), (("m", t.store(M, (X,), Y)),)),
            t.step("f", WORLD, (), ()),
            t.eq(t.read("m", WORLD, (X,), 8), Y),
        ),
        (t.step("f", WORLD, (), (("s", X),)), t.step("f", WORLD, (), ()), t.eq(t.read("s", WORLD, (), 8), X)),
        (t.ite(t.var("p", BOOL), WORLD, CALLED), WORLD, t.var("p", BOOL)),
    ],
)
def test_what_tells_worlds_apart(one: Term, other: Term, same: Term) -> None:
    assert worlds_equal(one, other) is same
    assert worlds_equal(other, one) is same


UNTOUCHED, PLAIN = t.step("f", WORLD, (), (("s", t.read("s", WORLD, (), 8)),)), t.step("f", WORLD, (), ())


def test_a_scalar_left_as_it_was_is_no_difference() -> None:
    assert worlds_equal(UNTOUCHED, PLAIN) is t.TRUE


def test_a_scalar_left_as_it_was_is_no_difference_to_evaluation_either() -> None:
    evaluation = Evaluation({})
    assert evaluation.evaluate(UNTOUCHED) == evaluation.evaluate(PLAIN)
