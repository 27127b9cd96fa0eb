"""Flattening keeps what is satisfiable; every solver answers alike, keeps its time and survives faults."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import pytest

from verify.deadline import Overtime, deadline
from verify.errors import InputError
from verify.solving import library
from verify.solving.process import Process
from verify.solving.solver import SOLVERS, Minimiser, Model, Solver, Unknown, Unsat, open_solver
from verify.solving.text import parse_values
from verify.solving.z3 import Z3
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.terms.smtlib import Printer, Texts, readable, script
from verify.terms.term import BOOL, Term

# z3 -in, without the program: reads a script, answers through the library.
Z3_PROGRAM = f"""cmd:{shlex.quote(sys.executable)} -c {
    shlex.quote(
        "import sys; from verify.solving.z3 import Z3; print(Z3()._run(sys.stdin.read().replace('(exit)', '')), end='')"
    )
}"""
ALL = (*SOLVERS, Z3_PROGRAM)
SHORT_NAMES = (*SOLVERS, "cmd")

W = t.world("initial")
X, Y, Z = (t.var(n, 8) for n in "xyz")
P, Q = t.var("p", BOOL), t.var("q", BOOL)


def numbered(text: str) -> str:
    """`text` with x, y and p called as solvers know them."""
    for variable in (X, Y, P):
        text = re.sub(rf"\b{variable.value}\b", f"v{variable.id}", text)
    return text


def byte(value: int) -> Term:
    return t.const(value, 8)


@pytest.fixture(params=ALL, ids=SHORT_NAMES)
def solver(request: pytest.FixtureRequest) -> Iterator[Solver]:
    opened = open_solver(request.param)
    yield opened
    opened.close()


def satisfiable(assertions: Sequence[Term]) -> bool:
    opened = open_solver("z3")
    opened.add(flatten(tuple(assertions)).assertions)
    answer = opened.check()
    opened.close()
    assert not isinstance(answer, Unknown)
    return isinstance(answer, Model)


def field(index: Term, at: Term = W) -> Term:
    return t.read("s.field", at, (index,), 8)


def call(argument: Term, before: Term = W, dirty: tuple[tuple[str, Term], ...] = (), name: str = "f") -> Term:
    return t.step(name, before, (argument,), dirty)


def result(world: Term) -> Term:
    return t.read("result", world, (), 8)


MEMORY = t.base("s.field", W, 8, (8,))
WRITTEN_Y = t.store(MEMORY, (X,), Y)
WRITTEN_Z = t.store(MEMORY, (X,), Z)


@pytest.mark.parametrize(
    ("assertions", "expected"),
    [
        # equal questions have equal answers
        ([t.ne(field(X), field(X))], False),
        ([t.ne(field(X), field(Y))], True),
        ([t.ne(field(X), field(Y)), t.eq(X, Y)], False),
        ([t.ne(field(X), field(byte(3))), t.eq(X, byte(3))], False),
        ([t.ne(field(field(X)), field(field(Y))), t.eq(X, Y)], False),
        ([t.ne(field(field(X)), field(field(Y))), t.eq(field(X), field(Y))], False),
        # another location, another width: another question
        ([t.ne(field(X), t.read("s.other", W, (X,), 8))], True),
        ([t.ne(field(X), t.extract(7, 0, t.read("s.field", W, (X,), 16)))], True),
        # calls
        ([t.ne(result(call(X)), result(call(Y)))], True),
        ([t.ne(result(call(X)), result(call(Y))), t.eq(X, Y)], False),
        ([t.ne(result(call(X)), result(call(X, name="g")))], True),
        ([t.ne(result(call(X)), result(call(X, call(X))))], True),
        ([t.ne(result(call(X, call(X))), result(call(Y, call(Y)))), t.eq(X, Y)], False),
        ([t.ne(result(call(Z, call(X))), result(call(Z, call(Y)))), t.eq(X, Y)], False),
        ([t.ne(field(Z, call(X)), field(Z, call(Y))), t.eq(X, Y)], False),
        ([t.ne(field(Z, call(X)), field(Z))], True),
        # calls see memory
        ([t.ne(result(call(Z, W, (("s.field", WRITTEN_Y),))), result(call(Z)))], True),
        ([t.ne(result(call(Z, W, (("s.field", WRITTEN_Y),))), result(call(Z))), t.eq(field(X), Y)], False),
        (
            [
                t.ne(result(call(X, W, (("s.field", WRITTEN_Y),))), result(call(X, W, (("s.field", WRITTEN_Z),)))),
                t.eq(Y, Z),
            ],
            False,
        ),
        # worlds that depend on a condition
        ([t.ne(result(t.ite(P, call(X), call(Y))), result(call(X))), P], False),
        ([t.ne(result(t.ite(P, call(X), call(Y))), result(call(X))), t.not_(P)], True),
        # what a call returned decides on the next
        ([t.ne(result(call(result(call(X)), call(X))), result(call(result(call(Y)), call(Y)))), t.eq(X, Y)], False),
        # local objects
        ([t.eq(t.local_address("a"), t.add(t.local_address("b"), t.var("offset", 64)))], True),
        ([t.eq(t.local_address("a"), t.var("p", 64)), t.eq(t.local_address("b"), t.var("p", 64))], False),
        ([t.TRUE], True),
        ([t.FALSE], False),
        ([], True),
    ],
)
def test_flatten_is_congruent(assertions: list[Term], expected: bool) -> None:
    assert satisfiable(assertions) is expected


def test_flatten_leaves_bits_only() -> None:
    flat = flatten((t.ne(field(X, call(Y)), field(X)), t.eq(t.local_address("a"), t.var("p", 64))))
    for part in t.postorder(flat.assertions):
        assert part.sort >= 0
        assert part.op not in ("read", "local")
    assert len(flat.reads) == 2
    assert len({v.value for v in flat.variables.values()}) == 3


def test_flatten_names_reads_readably_and_apart() -> None:
    reads = [field(X), field(byte(3)), t.read("s.field", W, (X,), 16), field(t.add(X, Y)), field(X, call(Y))]
    flat = flatten(tuple(t.ne(r, t.const(0, r.sort)) for r in reads))
    names = [str(flat.variables[r.id].value) for r in reads]
    assert len(set(names)) == len(names)
    assert {"s.field[x]", "s.field[0x3]"} <= set(names)


@pytest.mark.parametrize("values", list(product(range(3), repeat=3)))
def test_evaluation_under_a_flat_model(values: tuple[int, int, int]) -> None:
    """A model of the flat assertions, read through `Flat`, satisfies the assertions that were flattened."""
    x, y, z = values
    original = (
        t.eq(X, byte(x)), t.eq(Y, byte(y)), t.eq(t.select(WRITTEN_Y, (Z,), 8), field(byte(z))),
        t.eq(result(call(X)), t.add(result(call(Y)), byte(int(x != y)))),
    )  # fmt: skip
    flat = flatten(original)
    solver = open_solver("z3")
    solver.add(flat.assertions)
    model = solver.check()
    solver.close()
    assert isinstance(model, Model)
    evaluation = Evaluation(model.values, flat)
    assert all(evaluation.evaluate(a) for a in original)


def test_printer_declares_each_variable_once_in_its_scope() -> None:
    printer = Printer()
    assert printer.declarations((t.eq(X, Y), P)).count("declare-const") == 3
    assert printer.declarations((X,)) == ""
    printer.push()
    assert "|z|" in printer.declarations((Z,))
    printer.pop()
    assert "|z|" in printer.declarations((Z,))
    assert set(printer.variables) == {"x", "y", "p", "z"}


def test_printer_shares_by_let() -> None:
    shared = t.mul(X, Y)
    chain = shared
    for _ in range(200):
        chain = t.mul(chain, chain)
    assert len(Printer().term(chain)) < 200 * 60


def test_script_has_hex_and_binary_constants() -> None:
    text = script((t.eq(X, byte(10)), t.eq(t.var("odd", 3), t.const(5, 3))))
    assert "#x0a" in text
    assert "#b101" in text
    assert text.endswith("(check-sat)\n")


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (t.add(X, byte(-1)), "x - 0x1"),
        (t.ne(t.bvand(X, byte(0x40)), byte(0)), "(x & 0x40) != 0"),
        (t.and_(P, t.or_(Q, t.not_(P))), "p && (q || !p)"),
        (t.ite(P, X, Y), "p ? x : y"),
        (t.ule(X, Y), "y >= x"),
        (t.slt(X, Y), "x <s y"),
        (t.extract(7, 4, X), "x[7:4]"),
        (field(X), "s.field[x]"),
        (result(call(X)), "f(x)"),
    ],
)
def test_readable(term: Term, text: str) -> None:
    found = readable(term)
    alternatives = {text, "(q || !p) && p", "!(y < x)"} if text in ("p && (q || !p)", "y >= x") else {text}
    assert found in alternatives


def test_readable_is_short_however_often_terms_are_shared() -> None:
    chain = X
    for step in range(60):
        chain = t.bvxor(t.mul(chain, t.add(chain, byte(step))), t.lshr(chain, byte(1)))
    found = readable(t.eq(chain, byte(3)))
    assert "…" in found
    assert len(found) < 5000


def test_readable_tells_what_is_read_in_two_worlds_apart() -> None:
    one, other = (field(X, call(argument)) for argument in (X, Y))
    told = Texts()
    first, second = readable(one, told), readable(other, told)
    assert (first, second) == ("s.field'[x]", "s.field''[x]")
    assert set(readable(t.eq(other, one), told).split(" == ")) == {first, second}
    assert readable(field(X), told) == "s.field[x]"
    assert readable(result(call(X)), told) == "f(x)"
    assert readable(result(call(X, call(Y))), told) == "f'(x)"


OPERATORS = [
    t.add, t.sub, t.mul, t.udiv, t.urem, t.sdiv, t.srem, t.bvand, t.bvor, t.bvxor, t.shl, t.lshr, t.ashr
]  # fmt: skip


def test_sat_and_a_true_model(solver: Solver) -> None:
    assertions = (t.eq(t.mul(X, Y), byte(35)), t.ult(byte(1), X), t.ult(X, Y), t.ult(Y, byte(16)), t.eq(P, t.ult(X, Y)))
    solver.add(assertions)
    answer = solver.check()
    assert isinstance(answer, Model)
    assert answer.values["p"] == 1
    assert all(Evaluation(answer.values).evaluate(a) for a in assertions)


def test_unsat(solver: Solver) -> None:
    solver.add((t.ult(X, Y), t.ult(Y, X)))
    assert solver.check() == Unsat()


def test_no_assertions_at_all(solver: Solver) -> None:
    assert isinstance(solver.check(), Model)
    solver.add((t.TRUE,))
    assert isinstance(solver.check(), Model)
    solver.add((t.FALSE,))
    assert solver.check() == Unsat()


def test_operators_mean_what_python_says(solver: Solver) -> None:
    """x op y has the value that `Evaluation` gives it, edge cases and all; no other one."""
    wrong: list[Term] = []
    for op, (a, b) in product(OPERATORS, [(7, 0), (9, 0), (8, 15), (9, 3), (3, 13), (15, 15), (5, 4), (12, 7)]):
        x, y = t.var(f"x{a}", 4), t.var(f"y{b}", 4)
        value = Evaluation({f"x{a}": a, f"y{b}": b}).number(op(x, y))
        given = t.and_(t.eq(x, t.const(a, 4)), t.eq(y, t.const(b, 4)))
        wrong.append(t.and_(given, t.ne(op(x, y), t.const(value, 4))))
    solver.add((t.or_(*wrong),))
    assert solver.check() == Unsat()


def test_comparisons_and_widths_mean_what_python_says(solver: Solver) -> None:
    wrong: list[Term] = []
    for a, b in product((0, 3, 7, 8, 15), repeat=2):
        x, y = t.var(f"x{a}", 4), t.var(f"y{b}", 4)
        terms = [
            t.bool_to_bv(t.ult(x, y), 8), t.bool_to_bv(t.sle(x, y), 8), t.concat(x, y), t.zero_extend(x, 8),
            t.sign_extend(y, 8), t.ite(t.slt(x, y), t.concat(y, x), byte(3)), t.concat(t.extract(2, 1, x), t.neg(
                t.concat(t.bvnot(y), t.extract(3, 2, y)))),
        ]  # fmt: skip
        for term in terms:
            value = Evaluation({f"x{a}": a, f"y{b}": b}).number(term)
            given = t.and_(t.eq(x, t.const(a, 4)), t.eq(y, t.const(b, 4)))
            wrong.append(t.and_(given, t.ne(term, t.const(value, 8))))
    solver.add((t.or_(*wrong),))
    assert solver.check() == Unsat()


def test_push_and_pop(solver: Solver) -> None:
    solver.add((t.ult(X, byte(4)),))
    solver.push()
    solver.add((t.ult(byte(2), X), t.eq(Z, byte(9))))
    inner = solver.check()
    assert isinstance(inner, Model)
    assert (inner.values["x"], inner.values["z"]) == (3, 9)
    solver.push()
    solver.add((t.ne(X, byte(3)),))
    assert solver.check() == Unsat()
    solver.pop()
    assert isinstance(solver.check(), Model)
    solver.pop()
    outer = solver.check((t.eq(X, byte(0)), t.eq(Z, byte(200))))
    assert isinstance(outer, Model)
    assert (outer.values["x"], outer.values["z"]) == (0, 200)
    assert isinstance(solver.check((t.eq(X, byte(1)),)), Model)
    assert solver.check((t.eq(X, byte(4)),)) == Unsat()


def test_a_question_that_ends_by_the_time_limit_leaves_nothing_asserted(
    solver: Solver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verify.deadline._EVERY", 1)
    x = t.var("x", 8)
    solver.push()
    solver.add((t.eq(x, t.const(1, 8)),))
    with pytest.raises(Overtime), deadline(-1.0):
        solver.check((t.eq(x, t.const(2, 8)),))
    solver.pop()
    solver.push()
    solver.add((t.eq(x, t.const(3, 8)),))
    assert solver.check() == Model({"x": 3})


def test_one_name_at_two_widths_in_scopes_of_their_own(solver: Solver) -> None:
    for width in (8, 16, 8):
        solver.push()
        solver.add((t.eq(t.var("again", width), t.const(5, width)),))
        answer = solver.check()
        assert isinstance(answer, Model)
        assert answer.values["again"] == 5
        solver.pop()


def test_names_that_smtlib_needs_quotes_for(solver: Solver) -> None:
    names = ["a b", "vmx->nested.vmxon", "s.field[0x3]", "x'", "address of x#2", "let", "(", "bv8", "#x01"]
    variables = [t.var(name, 8) for name in names]
    solver.add(tuple(t.eq(v, byte(i + 1)) for i, v in enumerate(variables)))
    answer = solver.check()
    assert isinstance(answer, Model)
    assert [answer.values[n] for n in names] == list(range(1, len(names) + 1))


def test_names_that_smtlib_reserves(solver: Solver) -> None:
    """C's parameters may be called so."""
    names = ["or", "and", "xor", "not", "distinct", "select", "store", "repeat", "as", "extract"]
    variables = [t.var(name, 8) for name in names]
    solver.add(tuple(t.eq(v, byte(i + 1)) for i, v in enumerate(variables)))
    answer = solver.check()
    assert isinstance(answer, Model)
    assert [answer.values[n] for n in names] == list(range(1, len(names) + 1))


def factoring() -> tuple[Term, ...]:
    """Has no answer for a while: the two 32-bit factors of a 64-bit number."""
    a, b = t.var("a", 64), t.var("b", 64)
    product_ = t.const(2654435761 * 4093082899, 64)
    small = [t.ult(v, t.const(2**32, 64)) for v in (a, b)]
    return (t.eq(t.mul(a, b), product_), *small, t.ult(t.const(1, 64), a), t.ule(a, b))


def test_timeout_is_unknown(solver: Solver) -> None:
    solver.add(factoring())
    started = time.process_time()
    assert isinstance(solver.check((), 0.05), Unknown)
    assert time.process_time() - started < 2


def test_timeout_is_told_as_one() -> None:
    solver = open_solver("bitwuzla")
    solver.add(factoring())
    assert solver.check((), 0.05) == Unknown("no answer within 0.05 s")


def test_timeout_of_cvc5_is_told_as_one() -> None:
    solver = open_solver("cvc5")
    solver.add(factoring())
    assert solver.check((), 0.05) == Unknown("no answer within 0.05 s")


def test_timeout_of_z3_is_told_as_one() -> None:
    solver = open_solver("z3")
    solver.add(factoring())
    assert solver.check((), 0.001) == Unknown("no answer within 0.001 s")


@pytest.mark.parametrize("name", SOLVERS)
def test_a_timeout_is_for_one_question_only(name: str) -> None:
    solver = open_solver(name)
    solver.push()
    solver.add(factoring())
    assert isinstance(solver.check((), 0.05), Unknown)
    solver.pop()
    solver.add((t.ult(X, Y),))
    assert isinstance(solver.check(), Model)
    assert isinstance(solver.check((), 5.0), Model)
    assert solver.check((t.ult(Y, X),), 5.0) == Unsat()
    solver.close()


def test_what_was_left_to_one_question_is_no_limit_of_the_next() -> None:
    """The scopes of the next question are opened under its own limit: z3 times them, too, which takes 5 ms or more."""
    solver = open_solver("z3")
    for _ in range(5):
        solver.push()
        solver.add((t.ult(X, Y),))
        assert isinstance(solver.check((), 0.001), Model | Unknown)
        solver.pop()
        solver.push()
        solver.add((t.ult(Y, X),))
        assert isinstance(solver.check((), 5.0), Model)
        solver.pop()
    solver.close()


def test_versions_are_told() -> None:
    for name in SOLVERS:
        solver = open_solver(name)
        assert solver.name == name
        assert solver.version[:1].isdigit()
        solver.close()


def test_no_such_solver() -> None:
    with pytest.raises(InputError, match="there is no solver `yices`") as caught:
        open_solver("yices")
    assert "bitwuzla" in caught.value.hint


@pytest.mark.parametrize("name", SOLVERS)
def test_a_solver_that_is_not_installed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    if name == "z3":
        monkeypatch.setattr(library, "_loaded", [])
        monkeypatch.setattr(library, "_ready", [])
        monkeypatch.setattr(library.PathFinder, "find_spec", lambda _: None)
        library.begin()  # in the background nothing is said
    with pytest.raises(InputError, match="isn't installed") as caught:
        open_solver(name)
    assert "pip install" in caught.value.hint


MINIMAL: list[tuple[tuple[Term, ...], tuple[int, ...]]] = [
    ((t.ne(X, byte(0)),), (1, 0, 0)),
    ((t.ult(byte(100), X),), (128, 0, 0)),
    ((t.ult(byte(128), X),), (129, 0, 0)),
    ((t.ne(t.bvand(X, byte(0x30)), byte(0)),), (16, 0, 0)),
    ((t.eq(t.add(X, Y), byte(0xFF)),), (0, 255, 0)),
    ((t.eq(t.add(X, Y), byte(7)), t.ult(Y, byte(3))), (5, 2, 0)),
    ((t.eq(t.mul(X, Y), byte(35)), t.ult(byte(1), X), t.ult(X, byte(16)), t.ult(Y, byte(16))), (5, 7, 0)),
    ((t.eq(X, t.bvnot(Y)), P), (0, 255, 1)),
    ((t.or_(P, t.eq(X, byte(12))),), (0, 0, 1)),
    ((t.eq(t.bvand(X, byte(0x0F)), byte(9)), t.slt(X, byte(0))), (0x89, 0, 0)),
]


@pytest.mark.parametrize(("assertions", "values"), MINIMAL)
@pytest.mark.parametrize("name", SOLVERS)
def test_minimal_models_do_not_depend_on_the_solver(
    name: str, assertions: tuple[Term, ...], values: tuple[int, ...]
) -> None:
    solver = open_solver(name)
    solver.add(assertions)
    found = Minimiser(solver, assertions, 10).minimal((X, Y, P))
    solver.close()
    assert isinstance(found, Model)
    assert tuple(found.values.get(n, 0) for n in "xyp") == values
    assert all(Evaluation(found.values).evaluate(a) for a in assertions)


@pytest.mark.parametrize("start", [0xFF, 0x83, 0xE0, 0x95])
def test_minimal_models_do_not_depend_on_the_first_one(start: int) -> None:
    assertions = (t.ult(byte(0x82), X), t.or_(t.eq(t.bvand(X, byte(0x80)), byte(0x80)), t.eq(Y, byte(3))))
    solver = open_solver("z3")
    solver.add(assertions)
    found = Minimiser(solver, assertions, 10).minimal((X, Y), Model({"x": start, "y": 0}))
    solver.close()
    assert isinstance(found, Model)
    assert (found.values["x"], found.values["y"]) == (0x83, 0)


def test_no_minimal_model_of_a_contradiction(solver: Solver) -> None:
    assertions = (t.ult(X, Y), t.ult(Y, X))
    solver.add(assertions)
    assert Minimiser(solver, assertions, 10).minimal((X, Y)) == Unsat()


def test_minimiser_passes_on_that_it_is_not_known() -> None:
    solver = open_solver("z3")
    solver.add(factoring())
    assert isinstance(Minimiser(solver, factoring(), 0.05).minimal((t.var("a", 64),)), Unknown)
    solver.close()


def fake(tmp_path: Path, body: str) -> Process:
    """A program that swallows the question and then does `body`."""
    path = tmp_path / "fake solver.py"
    path.write_text(f"import sys, time\ntext = sys.stdin.read()\n{body}\n")
    return Process(f"{shlex.quote(sys.executable)} {shlex.quote(str(path))}")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("time.sleep(60)", "no answer within 0.3 s"),
        ("print('segmentation fault')", "said: segmentation fault"),
        ("pass", "said: nothing"),
        ("print('unknown')", "said: unknown"),
        ("print('sat')", "model can't be read"),
        ("print('sat')\nprint('((|x| ))')", "model can't be read"),
        ("print('sat')\nprint('(error \"no model\")')", "model can't be read"),
        ("sys.exit('out of memory')", "said: out of memory"),
        ("print('unsatisfiable')", "said: unsatisfiable"),
        ("print('(error \"line 1\")')\nprint('sat')", "said: (error"),
        ("print('unsat')\nprint('sat')", "said: unsat sat"),
        ("print('unsat', flush=True)\nimport os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11"),
    ],
)
def test_faulty_programs_are_unknown(tmp_path: Path, body: str, reason: str) -> None:
    solver = fake(tmp_path, body)
    solver.add((t.ult(X, Y),))
    started = time.monotonic()
    answer = solver.check((), 0.3 if "sleep" in body else 20)
    assert isinstance(answer, Unknown)
    assert reason in answer.reason
    assert time.monotonic() - started < 15


def test_a_program_that_prints_what_is_no_text_is_unknown(tmp_path: Path) -> None:
    solver = fake(tmp_path, "sys.stdout.buffer.write(b'\\xff\\xfe sat')")
    solver.add((t.ult(X, Y),))
    assert isinstance(solver.check((), 20), Unknown)


def test_a_program_that_dies_before_it_reads_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "dies.py"
    path.write_text("raise SystemExit(3)\n")
    solver = Process(f"{shlex.quote(sys.executable)} {shlex.quote(str(path))}")
    solver.add(tuple(t.ne(t.var(f"v{i}", 64), t.const(i, 64)) for i in range(3000)))
    assert isinstance(solver.check((), 20), Unknown)


def test_answers_of_programs_are_read(tmp_path: Path) -> None:
    for value in ("((|x| #x07))", "((x (_ bv7 8)))", "(\\n(|x|\\n#b00000111)\\n)"):
        solver = fake(tmp_path, f"print('sat')\nprint('{numbered(value)}')")
        solver.add((t.ne(X, byte(0)),))
        assert solver.check() == Model({"x": 7})
    solver = fake(tmp_path, "print('unsat')\nprint('(error \"no model\")')")
    assert solver.check() == Unsat()


def test_programs_get_all_assertions(tmp_path: Path) -> None:
    echo = tmp_path / "question"
    solver = fake(tmp_path, f"open({str(echo)!r}, 'w').write(text)\nprint('unsat')")
    solver.add((t.ult(X, Y),))
    solver.push()
    solver.add((P,))
    solver.check((Q,))
    text = echo.read_text()
    assert text.count("(assert") == 3
    assert text.index(numbered("declare-const x")) < text.index("(assert") < text.index("(check-sat)")
    solver.pop()
    solver.check()
    assert echo.read_text().count("(assert") == 1


def test_missing_and_unusable_programs(tmp_path: Path) -> None:
    missing = Process("no-such-solver -in")
    with pytest.raises(InputError, match="there is no program `no-such-solver`"):
        missing.check()
    plain = tmp_path / "data"
    plain.write_text("")
    with pytest.raises(InputError, match="can't be run"):
        Process(str(plain)).check()
    with pytest.raises(InputError, match="needs a program's name"):
        open_solver("cmd:")


def test_a_command_with_an_open_quote_is_the_users_fault() -> None:
    with pytest.raises(InputError):
        open_solver("cmd:z3 'in")


def test_z3_survives_what_it_cannot_read() -> None:
    """Its own handler would end the process, so this runs in one of its own."""
    program = (
        "from verify.solving.z3 import Z3\n"
        "from verify.terms import term as t\n"
        "solver = Z3()\n"
        "solver._pending.append('(assert (bvfoo |x| #x1')\n"
        "print(type(solver.check()).__name__)\n"
        "solver = Z3()\n"
        "solver._pending.append('(assert (bvult x y))')\n"
        "print(solver.check().reason)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("\n", 1)
    assert first == "Unknown"
    assert "z3 didn't understand the question" in second


def test_z3_works_on_after_an_error() -> None:
    solver = Z3()
    solver._pending.append("(assert (bvult nowhere nothing))")
    assert isinstance(solver.check(), Unknown)
    solver.add((t.ult(X, Y),))
    assert isinstance(solver.check(), Model)
    solver.close()
    solver.close()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("((|x| #x0f) (|y| #b00000101) (|p| true))", {"x": 15, "y": 5, "p": 1}),
        ("((x #x0F)\n (y (_ bv200 8))\n (p false))", {"x": 15, "y": 200, "p": 0}),
        ("(\n(|x| #xff)\n)((|y| #x00)) ((|p| true))", {"x": 255, "y": 0, "p": 1}),
    ],
)
def test_values_in_every_notation(text: str, values: dict[str, int]) -> None:
    assert parse_values(numbered(text), Printer(numbered=True), (X, Y, P)) == values


@pytest.mark.parametrize("text", ["", "((|x| #x0f))", "((|x| #x0f) (|y| ) )"])
def test_values_that_are_missing(text: str) -> None:
    with pytest.raises(ValueError, match="no value for"):
        parse_values(numbered(text), Printer(numbered=True), (X, Y))


def test_what_occurs_more_than_once_gets_one_name_in_a_scope() -> None:
    x, y = t.var("x", 8), t.var("y", 8)
    shared = t.mul(x, y)
    printer = Printer(numbered=True)
    first = printer.assertions((t.ult(shared, t.add(shared, x)),))
    name = f"v{shared.id}"
    assert [line for line in first if line.startswith(f"(define-fun {name} ")] == [
        f"(define-fun {name} () (_ BitVec 8) (bvmul v{x.id} v{y.id}))"
    ]
    assert printer.assertions((t.ult(shared, y),)) == [f"(assert (bvult {name} v{y.id}))"]
    printer.push()
    inner = printer.assertions((t.and_(t.ult(t.bvnot(shared), x), t.ult(y, t.bvnot(shared))),))
    assert inner[0] == f"(define-fun v{t.bvnot(shared).id} () (_ BitVec 8) (bvnot {name}))"
    printer.pop()
    again = printer.assertions((t.ult(t.bvnot(shared), y),))
    assert again == [f"(assert (bvult (bvnot {name}) v{y.id}))"]
