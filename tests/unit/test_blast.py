"""The bit-blaster: every operation at widths 1 to 4 for all inputs against Python integers; at 64 bits against z3.

Clauses are run on all inputs at once: each variable has two numbers, whose bit i says that it is known to be true, or
false, for input i.  What unit propagation makes of them shows both that the clauses determine each gate and how.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import pytest

from verify.certificates.blast import OPERATIONS, blast
from verify.certificates.formula import SIGNATURES, Formula, Node, read, write
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.term import BOOL, REBUILD, Term

WIDTHS = (1, 2, 3, 4)
BUILD: dict[str, Callable[..., Term]] = {**REBUILD}


def signed(a: int, w: int) -> int:
    return a - 2**w if a >= 2 ** (w - 1) else a


def towards_zero(a: int, b: int) -> int:
    return -(abs(a) // abs(b)) if (a < 0) != (b < 0) else abs(a) // abs(b)


def sdiv(a: int, b: int, w: int) -> int:
    a, b = signed(a, w), signed(b, w)
    return towards_zero(a, b) if b else 1 if a < 0 else -1


def srem(a: int, b: int, w: int) -> int:
    a, b = signed(a, w), signed(b, w)
    return a - b * towards_zero(a, b) if b else a


UNARY: dict[str, Callable[[int, int], int]] = {"bvnot": lambda a, w: ~a, "bvneg": lambda a, w: -a}
BINARY: dict[str, Callable[[int, int, int], int]] = {
    "bvadd": lambda a, b, w: a + b,
    "bvmul": lambda a, b, w: a * b,
    "bvudiv": lambda a, b, w: a // b if b else -1,
    "bvurem": lambda a, b, w: a % b if b else a,
    "bvsdiv": sdiv,
    "bvsrem": srem,
    "bvand": lambda a, b, w: a & b,
    "bvor": lambda a, b, w: a | b,
    "bvxor": lambda a, b, w: a ^ b,
    "bvshl": lambda a, b, w: a << b if b < w else 0,
    "bvlshr": lambda a, b, w: a >> b,
    "bvashr": lambda a, b, w: signed(a, w) >> b,
}
RELATIONS: dict[str, Callable[[int, int, int], int]] = {
    "=": lambda a, b, w: a == b,
    "bvult": lambda a, b, w: a < b,
    "bvslt": lambda a, b, w: signed(a, w) < signed(b, w),
}


def run(formula: Formula, inputs: Sequence[Sequence[int]]) -> list[dict[str, int]]:
    """The values of all of the formula's variables that follow from each of `inputs`, those of the first variables.

    Every gate must be determined, and no clause false.
    """
    cnf = blast(formula)
    lanes = (1 << len(inputs)) - 1
    known = {literal: 0 for v in range(1, cnf.variables + 1) for literal in (v, -v)}
    for (_, _, bits), values in zip(cnf.inputs, zip(*inputs, strict=True), strict=False):
        for position, literal in enumerate(bits):
            mask = sum((value >> position & 1) << lane for lane, value in enumerate(values))
            known[literal], known[-literal] = mask, lanes & ~mask
    changed = True
    while changed:
        changed = False
        for clause in cnf.clauses:
            for literal in clause:
                implied = lanes
                for other in clause:
                    if other != literal:
                        implied &= known[-other]
                if implied & ~known[literal]:
                    known[literal] |= implied
                    changed = True
    for v in range(1, cnf.variables + 1):
        assert known[v] & known[-v] == 0, "a clause is false"
        assert known[v] | known[-v] == lanes, "a gate isn't determined"
    return [
        {
            name: sum((known[literal] >> lane & 1) << position for position, literal in enumerate(bits))
            for name, _, bits in cnf.inputs
        }
        for lane in range(len(inputs))
    ]


def results(
    node: Node, arguments: Sequence[int | str], sorts: Sequence[int], inputs: Sequence[Sequence[int]]
) -> list[int]:
    """What `node` gives for each of `inputs`.  An argument is a constant or the name of a variable."""
    names = list(dict.fromkeys(a for a in arguments if isinstance(a, str)))
    by_name = dict(zip([a for a in arguments if isinstance(a, str)], [s for a, s in zip(arguments, sorts, strict=True) if isinstance(a, str)], strict=True))  # fmt: skip
    nodes = [Node("var", (), name, by_name[name]) for name in names]
    nodes.append(Node("var", (), "result", node.sort))
    places: list[int] = []
    for argument, sort in zip(arguments, sorts, strict=True):
        if isinstance(argument, str):
            places.append(names.index(argument))
            continue
        places.append(len(nodes))
        nodes.append(
            Node("const", (), argument, sort) if sort else Node("true" if argument else "false", (), None, BOOL)
        )
    nodes.append(node._replace(args=tuple(places)))
    nodes.append(Node("=", (len(names), len(nodes) - 1), None, BOOL))
    formula = Formula(tuple(nodes), tuple(range(len(names) + 1)), (len(nodes) - 1,))
    return [values["result"] for values in run(formula, inputs)]


def check(node: Node, sorts: Sequence[int], expected: Callable[..., int]) -> None:
    """`node` agrees with `expected` for all values of its arguments, each of them a variable, or one a constant."""
    mask = (1 << max(node.sort, 1)) - 1
    names = [f"x{i}" for i in range(len(sorts))]
    everything = [range(1 << max(sort, 1)) for sort in sorts]
    inputs = list(product(*everything))
    assert results(node, names, sorts, inputs) == [expected(*values) & mask for values in inputs]
    for fixed in range(len(sorts)):
        for value in everything[fixed]:
            arguments = [value if i == fixed else name for i, name in enumerate(names)]
            rest = list(product(*(e for i, e in enumerate(everything) if i != fixed))) or [()]
            wanted = [expected(*values[:fixed], value, *values[fixed:]) & mask for values in rest]
            assert results(node, arguments, sorts, rest) == wanted


@pytest.mark.parametrize("w", WIDTHS)
@pytest.mark.parametrize("op", BINARY)
def test_binary(op: str, w: int) -> None:
    check(Node(op, (), None, w), (w, w), lambda a, b: BINARY[op](a, b, w))


@pytest.mark.parametrize("w", WIDTHS)
@pytest.mark.parametrize("op", RELATIONS)
def test_relations(op: str, w: int) -> None:
    check(Node(op, (), None, BOOL), (w, w), lambda a, b: int(RELATIONS[op](a, b, w)))


@pytest.mark.parametrize("w", WIDTHS)
@pytest.mark.parametrize("op", UNARY)
def test_unary(op: str, w: int) -> None:
    check(Node(op, (), None, w), (w,), lambda a: UNARY[op](a, w))


@pytest.mark.parametrize("w", WIDTHS)
@pytest.mark.parametrize("op", [*BINARY, *RELATIONS])
def test_an_operation_on_one_variable_twice(op: str, w: int) -> None:
    """Gates whose inputs are equal or opposite are folded."""
    expected = {**BINARY, **RELATIONS}[op]
    sort = w if op in BINARY else BOOL
    inputs = [(a,) for a in range(1 << w)]
    wanted = [int(expected(a, a, w)) & ((1 << max(sort, 1)) - 1) for (a,) in inputs]
    assert results(Node(op, (), None, sort), ("a", "a"), (w, w), inputs) == wanted
    nodes = (
        Node("var", (), "a", w),
        Node("var", (), "result", sort),
        Node("bvnot", (0,), None, w),
        Node(op, (0, 2), None, sort),
        Node("=", (1, 3), None, BOOL),
    )
    wanted = [int(expected(a, ~a & (1 << w) - 1, w)) & ((1 << max(sort, 1)) - 1) for (a,) in inputs]
    assert [v["result"] for v in run(Formula(nodes, (0, 1), (4,)), inputs)] == wanted


@pytest.mark.parametrize("w", WIDTHS)
def test_choice(w: int) -> None:
    check(Node("ite", (), None, w), (BOOL, w, w), lambda c, a, b: a if c else b)


def test_booleans() -> None:
    check(Node("ite", (), None, BOOL), (BOOL, BOOL, BOOL), lambda c, a, b: a if c else b)
    check(Node("not", (), None, BOOL), (BOOL,), lambda a: 1 - a)
    check(Node("=", (), None, BOOL), (BOOL, BOOL), lambda a, b: int(a == b))
    for count in (2, 3, 4):
        check(Node("and", (), None, BOOL), (BOOL,) * count, lambda *values: int(all(values)))
        check(Node("or", (), None, BOOL), (BOOL,) * count, lambda *values: int(any(values)))
    for op, arguments in product(("and", "or"), product(("a", "b", 0, 1), repeat=3)):
        inputs = list(product((0, 1), repeat=len({a for a in arguments if isinstance(a, str)})))
        names = list(dict.fromkeys(a for a in arguments if isinstance(a, str)))
        junction = all if op == "and" else any
        wanted = [int(junction(v[names.index(a)] if isinstance(a, str) else a for a in arguments)) for v in inputs]
        assert results(Node(op, (), None, BOOL), arguments, (BOOL,) * 3, inputs) == wanted


@pytest.mark.parametrize("w", WIDTHS)
def test_widths_that_change(w: int) -> None:
    for low in range(w):
        for high in range(low, w):
            check(Node("extract", (), (high, low), high - low + 1), (w,), lambda a, k=low: a >> k)
    for more in range(4):
        check(Node("zero_extend", (), more, w + more), (w,), lambda a: a)
        check(Node("sign_extend", (), more, w + more), (w,), lambda a: signed(a, w))
    for other in WIDTHS:
        check(Node("concat", (), None, w + other), (w, other), lambda a, b, k=other: a << k | b)


def test_every_operation_of_the_terms_is_there() -> None:
    """What the executor can build, the reader reads, the blaster knows, and the tests above cover."""
    indexed = {"extract", "zero_extend", "sign_extend"}
    assert {*REBUILD} == {*SIGNATURES, "ite", "concat"}
    assert {*REBUILD} == {*OPERATIONS, "and", "or"}
    assert {*REBUILD} == {*UNARY, *BINARY, *RELATIONS, "not", "and", "or", "ite", "concat"}
    assert not indexed & {*REBUILD}


def test_a_wrong_circuit_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, "bvadd", OPERATIONS["bvxor"])
    with pytest.raises(AssertionError):
        check(Node("bvadd", (), None, 2), (2, 2), lambda a, b: a + b)


EDGES = (0, 1, 2, 3, 63, 64, 65, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1)
Z3_NAMES = {"bvudiv": "UDiv", "bvurem": "URem", "bvsrem": "SRem", "bvlshr": "LShR", "bvult": "ULT"}


def in_z3(op: str, a: Any, b: Any) -> Any:
    z3 = pytest.importorskip("z3")
    if op in Z3_NAMES:
        return getattr(z3, Z3_NAMES[op])(a, b)
    plain: dict[str, Callable[..., object]] = {
        "bvadd": lambda: a + b, "bvmul": lambda: a * b, "bvsdiv": lambda: a / b, "bvand": lambda: a & b,
        "bvor": lambda: a | b, "bvxor": lambda: a ^ b, "bvshl": lambda: a << b, "bvashr": lambda: a >> b,
        "=": lambda: a == b, "bvslt": lambda: a < b,
    }  # fmt: skip
    return plain[op]()


@pytest.mark.parametrize("op", [*BINARY, *RELATIONS])
def test_64_bits_on_chosen_and_random_numbers(op: str) -> None:
    """As z3 computes them, and as Python does."""
    z3 = pytest.importorskip("z3")
    generator = random.Random(op)
    inputs = list(product(EDGES, EDGES))
    inputs += [(generator.getrandbits(64), generator.getrandbits(generator.randint(1, 64))) for _ in range(200)]
    sort = 64 if op in BINARY else BOOL
    found = results(Node(op, (), None, sort), ("a", "b"), (64, 64), inputs)
    for (a, b), result in zip(inputs, found, strict=True):
        value = z3.simplify(in_z3(op, z3.BitVecVal(a, 64), z3.BitVecVal(b, 64)))
        assert result == (value.as_long() if op in BINARY else int(z3.is_true(value))), (op, a, b)
        assert result == int({**BINARY, **RELATIONS}[op](a, b, 64)) & (2**64 - 1), (op, a, b)


HARD = {"bvmul": 6, "bvudiv": 8, "bvurem": 8, "bvsdiv": 7, "bvsrem": 7}


@pytest.mark.parametrize("op", [*BINARY, *RELATIONS, *UNARY])
def test_equal_to_z3s_operation_for_all_inputs(op: str) -> None:
    """z3 proves the circuit right: at 64 bits, multiplication and division at fewer."""
    z3 = pytest.importorskip("z3")
    w = HARD.get(op, 64)
    sort = BOOL if op in RELATIONS else w
    args = (0,) if op in UNARY else (0, 1)
    nodes = (
        Node("var", (), "a", w),
        Node("var", (), "b", w),
        Node("var", (), "result", sort),
        Node(op, args, None, sort),
        Node("=", (2, 3), None, BOOL),
    )
    cnf = blast(Formula(nodes, (0, 1, 2), (4,)))
    solver = z3.SolverFor("QF_BV")
    solver.set("timeout", 60_000)
    literals = {v: z3.Bool(f"v{v}") for v in range(1, cnf.variables + 1)}
    for clause in cnf.clauses:
        solver.add(z3.Or([literals[v] if v > 0 else z3.Not(literals[-v]) for v in clause]))
    vectors: list[Any] = []
    for name, own, bits in cnf.inputs:
        vector = z3.BitVec(name, own) if own else z3.Bool(name)
        vectors.append(vector)
        for position, literal in enumerate(bits):
            bit = z3.Extract(position, position, vector) == 1 if own else vector
            solver.add(bit == literals[literal])
    a, b, result = vectors
    wanted = {"bvnot": lambda: ~a, "bvneg": lambda: -a}.get(op, lambda: in_z3(op, a, b))()  # type: ignore[operator]
    assert solver.check() == z3.sat
    assert solver.check(result != wanted) == z3.unsat


def random_term(generator: random.Random, depth: int, sort: int) -> Term:
    def sub(s: int = sort) -> Term:
        return random_term(generator, depth - 1, s)

    if depth == 0:
        if sort == BOOL:
            return generator.choice((t.var("p", BOOL), t.var("q", BOOL), t.TRUE))
        return generator.choice(
            (t.var(f"x{sort}", sort), t.var(f"y{sort}", sort), t.const(generator.getrandbits(sort), sort))
        )
    if sort == BOOL:
        width = generator.choice((1, 3, 8))
        build = generator.choice(
            (
                lambda: t.and_(sub(), sub(), sub()),
                lambda: t.or_(sub(), sub()),
                lambda: t.not_(sub()),
                lambda: t.eq(sub(), sub()),
                lambda: t.ite(sub(), sub(), sub()),
                *(lambda op=op: BUILD[op](sub(width), sub(width)) for op in RELATIONS),
            )
        )
        return build()
    narrow = generator.randint(1, sort)
    build = generator.choice(
        (
            lambda: t.ite(sub(BOOL), sub(), sub()),
            lambda: t.zero_extend(sub(narrow), sort),
            lambda: t.sign_extend(sub(narrow), sort),
            lambda: t.extract(narrow - 1, 0, sub()) if narrow == sort else t.concat(sub(sort - narrow), sub(narrow)),
            lambda: t.extract(sort, 1, sub(sort + 1)),
            lambda: t.bvnot(sub()),
            lambda: t.neg(sub()),
            *(lambda op=op: BUILD[op](sub(), sub()) for op in BINARY),
        )
    )
    return build()


@pytest.mark.parametrize("seed", range(60))
def test_random_terms_through_text_and_clauses(seed: int) -> None:
    """A term, as the terms' own evaluation has it, and what its text's clauses give."""
    generator = random.Random(seed)
    root = random_term(generator, 4, generator.choice((BOOL, 1, 5, 8)))
    while not any(part.op == "var" for part in t.postorder((root,))):
        root = random_term(generator, 4, 8)
    formula = read(write((t.eq(root, t.var("result", root.sort)),)))
    names = [str(formula.nodes[v].value).strip("|") for v in formula.variables]
    sorts = {name: formula.nodes[v].sort for name, v in zip(names, formula.variables, strict=True)}
    assert "result" in sorts
    cnf = blast(formula)
    for _ in range(4):
        values = {name: generator.getrandbits(max(sort, 1)) for name, sort in sorts.items()}
        values["result"] = Evaluation(values).number(root)
        true = {1} | {
            literal if values[name.strip("|")] >> i & 1 else -literal
            for name, _, bits in cnf.inputs
            for i, literal in enumerate(bits)
        }
        # Unit propagation from the inputs: all gates follow, and no clause is false.
        changed = True
        while changed:
            changed = False
            for clause in cnf.clauses:
                left = [lit for lit in clause if -lit not in true]
                assert left, "a clause is false"
                if len(left) == 1 and left[0] not in true:
                    true.add(left[0])
                    changed = True
        assert len(true) == cnf.variables
