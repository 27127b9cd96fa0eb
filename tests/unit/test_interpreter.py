"""The concrete interpreter: C snippets (interpreter.c), which gcc confirms, and what it does beyond C's own answers.

Memory, calls and undefined behaviour have tables of their own.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.machines import Outside, expression, machine
from verify.errors import UnsupportedC
from verify.execution.interpreter import ConcreteRule, Machine, NotReplayable
from verify.execution.state import site_of
from verify.source.text import Source, Span
from verify.syntax.ctypes import CType, IntType, width_of

SHIM = Path(__file__).parent.parent / "support" / "kernel_shim.h"
FLAGS = ("-O1", "-w", "-std=gnu11", "-fno-strict-overflow", "-fwrapv", "-fno-strict-aliasing", "-shared", "-fPIC")
MAX32 = (1 << 32) - 1
MAX64 = (1 << 64) - 1


class Snippet(NamedTuple):
    """A C program that defines `f`, and some of its calls: arguments and result."""

    name: str
    text: str
    calls: tuple[tuple[tuple[int, ...], int], ...]


def _snippets() -> Iterator[Snippet]:
    for piece in Path(__file__).with_name("interpreter.c").read_text().split("\n//// ")[1:]:
        head, _, text = piece.partition("\n")
        name, _, calls = head.partition(": f(")
        pairs = (call.removeprefix("f(").split(") = ") for call in calls.split("; "))
        yield Snippet(
            name, text, tuple((tuple(int(n, 0) for n in a.split(", ") if n), int(result, 0)) for a, result in pairs)
        )


SNIPPETS = tuple(_snippets())


def _run(text: str, arguments: tuple[int, ...]) -> Machine:
    return machine(text, Outside(parameters=arguments))


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: s.name)
def test_snippet(snippet: Snippet) -> None:
    for arguments, expected in snippet.calls:
        ran = _run(snippet.text, arguments)
        assert ran.problem is None
        assert ran.result == expected & ((1 << width_of(ran.result_type)) - 1), arguments


def _c_type(type_: CType) -> Callable[[int], object]:
    assert isinstance(type_, IntType)
    if type_.width == 1:
        return ctypes.c_bool
    return getattr(ctypes, f"c_{'' if type_.signed else 'u'}int{type_.width}")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
def test_gcc_agrees(tmp_path: Path) -> None:
    for number, snippet in enumerate(SNIPPETS):
        target = tmp_path / f"snippet{number}.so"
        command = ["gcc", *FLAGS, "-include", str(SHIM), "-x", "c", "-", "-o", str(target)]
        subprocess.run(command, input=snippet.text, text=True, check=True)
        compiled = ctypes.CDLL(str(target)).f
        for arguments, expected in snippet.calls:
            ran = _run(snippet.text, arguments)
            assert ran.function is not None
            types = [ran.types.resolve(p.type, "") for p in ran.function.params]
            compiled.restype = _c_type(ran.result_type)
            assert compiled(*(_c_type(t)(a) for t, a in zip(types, arguments, strict=True))) == expected, snippet.name


# Text, arguments, and the beginning of the problem.
UNDEFINED = [
    ("int f(int a) { return 1 << a; }", (32,), "shift count out of range at test.c:1:"),
    ("int f(int a) { return 1 >> a; }", (-1,), "shift count out of range"),
    ("int f(int a) { return 1 / a; }", (0,), "division by zero"),
    ("int f(int a) { return a % -1; }", (-(1 << 31),), "signed division overflow"),
    ("int f(u32 i) { int a[2] = {}; return a[i]; }", (2,), "array index out of bounds"),
    ("int f(u32 i) { int a[2] = {}, *p = a; return p[i]; }", (3,), "pointer arithmetic leaves its array"),
    ("int f(u32 i) { int a[2] = {}, *p = a + i; return *p; }", (2,), "array index out of bounds"),
    ("struct s { u8 a[3]; }; int f(struct s *p, int i) { return p->a[i]; }", (4096, -1), "array index out of bounds"),
    ("int f(int a) { int x; if (a) x = 1; return x; }", (0,), "uninitialised read"),
    ("int f(int a) { int a2[2]; a2[0] = a; return a2[1]; }", (0,), "uninitialised read"),
    ("union u { u32 a; u8 b; }; int f(void) { union u u; u.b = 1; return u.a; }", (), "uninitialised read"),
    ("int f(int x) { { int x = x; return x; } }", (1,), "uninitialised read"),
    ("int f(int a) { if (a) return 1; }", (0,), "uninitialised read"),
]


@pytest.mark.parametrize(("text", "arguments", "problem"), UNDEFINED)
def test_undefined_behaviour_is_noted(text: str, arguments: tuple[int, ...], problem: str) -> None:
    ran = _run(text, arguments)
    assert ran.problem is not None
    assert ran.problem.startswith(problem)


DEFINED = [
    ("int f(void) { int a[2], *p = &a[2]; return p == a + 2; }", ()),
    ("struct s { int a; u8 rest[]; }; int f(struct s *p) { return p->rest[7]; }", (4096,)),
    ("struct s { int a, b; }; int f(void) { struct s s, t; s.a = 1; t = s; return t.a; }", ()),
    ("union u { u32 a; u8 b; }; int f(void) { union u u; u.a = 1; return u.b; }", ()),
    ("static int g(int a) { if (a) return 1; } int f(void) { g(0); return 1; }", ()),
]


@pytest.mark.parametrize(("text", "arguments"), DEFINED)
def test_defined_behaviour_is_no_problem(text: str, arguments: tuple[int, ...]) -> None:
    assert _run(text, arguments).problem is None


REFUSED = [
    ("int f(char c) { return c + 1; }", "whether `char` is signed"),
    ("struct s { u64 a : 40; }; int f(struct s *p) { return p->a > 3; }", "a bit-field wider than int"),
    ("int f(void) { for (;;) ; }", "more than 20 turns of a loop"),
    ("#define M(p) (p)++; (p)++\nint f(int a) { int n = 0; if (a) M(n); return n; }", "only the first statement"),
    ("#define M(c) if (c) a = 1\nint f(int a) { if (a) M(a > 2); else a = 2; return a; }", "the else belongs to"),
    ("#define C case 1: a++\nint f(int a) { switch (a) { { C; } return a; } return 2; }", "may be a macro that holds"),
    ("struct o { int a, b; }; struct p { struct o o; int c; };"
     "int f(void) { struct p p = { .o.a = 1, 2 }; return p.c; }", "goes on inside of a member"),
    ("int g(void); struct s { int a[2]; }; struct s h(void); int f(void) { return h().a[0]; }", "isn't an object"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refusal(text: str, reason: str) -> None:
    with pytest.raises((NotReplayable, UnsupportedC), match=reason):
        machine(text, Outside(parameters=(4096,)), unroll=20)


RECORDS = """
struct in { u8 x; u16 y[3]; };
union raw { u64 all; u8 bytes[8]; struct { u32 lo, hi; }; };
struct r { u32 a; u8 bits : 3; struct in in; struct in many[2]; struct { int q; struct in deep; } n; union raw u;
           union { u32 whole; u16 half[2]; }; u64 list[4]; struct r *next; u32 *out; };
struct r global_record; int counter; u8 table[5]; struct in array[3];
"""
P = 0x100000

# An lvalue over `struct r *p` (and the globals), the location and the indices of its content, and the content's width.
CELLS: list[tuple[str, str, tuple[int, ...], int]] = [
    ("p->a", "r.a", (P,), 32),
    ("p->bits", "r.bits", (P,), 3),
    ("p->in.x", "in.x", (P + 6,), 8),
    ("p->in.y[2]", "in.y", (P + 6, 2), 16),
    ("p->many[1].y[0]", "in.y", (P + 22, 0), 16),
    ("p->n.q", "r.n.q", (P,), 32),
    ("p->n.deep.x", "in.x", (P + 36,), 8),
    ("p->u.all", "raw", (P + 48,), 64),
    ("p->u.bytes[3]", "raw", (P + 48,), 64),
    ("p->u.hi", "raw", (P + 48,), 64),
    ("p->half[1]", "r.whole", (P,), 32),
    ("p->list[3]", "r.list", (P, 3), 64),
    ("p[1].a", "r.a", (P + 112,), 32),
    ("(&p->in)->x", "in.x", (P + 6,), 8),
    ("*&p->a", "r.a", (P,), 32),
    ("*(p->list + 2)", "r.list", (P, 2), 64),
    ("container_of(&p->in, struct r, in)->a", "r.a", (P,), 32),
    ("p->next->a", "r.a", (0,), 32),
    ("*p->out", "*32", (0,), 32),
    ("p->out[2]", "*32", (8,), 32),
    ("global_record.a", "r.a", (0x5000,), 32),
    ("counter", "global counter", (), 32),
    ("table[4]", "global table", (4,), 8),
    ("array[2].x", "in.x", (0x6000 + 16,), 8),
]


@pytest.mark.parametrize(("text", "location", "indices", "width"), CELLS, ids=[c[0] for c in CELLS])
def test_names_of_memory(text: str, location: str, indices: tuple[int, ...], width: int) -> None:
    outside = Outside(parameters=(P,), constants={"&global_record": 0x5000, "&array": 0x6000})
    standing = machine(RECORDS + "void f(struct r *p) { }", outside, run=False)
    place = standing.place_at_end(expression(standing.types, text))
    assert (place.location, place.indices) == (location, indices)
    standing.value_at_end(expression(standing.types, text))
    assert outside.reads[-1] == (0, location, indices, width)


def test_unknown_layout_is_asked_for() -> None:
    text = """struct in { int x; }; struct s {
    #ifdef CONFIG_A
        u64 a;
    #endif
        struct in i; }; u64 f(struct s *p) { return p->i.x + sizeof(*p); }"""
    outside = Outside((P,), {(0, "in.x", (P + 24,)): 2}, constants={"offsetof(s, i)": 24, "sizeof(s)": 32})
    assert machine(text, outside).result == 34


def test_stores_and_memory() -> None:
    text = RECORDS + "void f(struct r *p, u32 v) { p->a = v; p->u.bytes[1] = v; p->in.y[1] += v; counter = p->a; }"
    outside = Outside((P, 0x1FF), {(0, "raw", (P + 48,)): 0x1111, (0, "in.y", (P + 6, 1)): 0xFFFF})
    ran = machine(text, outside)
    expected = [
        ("r.a", (P,), 0x1FF),
        ("raw", (P + 48,), 0xFF11),
        ("in.y", (P + 6, 1), 0x1FE),
        ("global counter", (), 0x1FF),
    ]
    assert ran.stores == expected
    assert {(place, i): c.number for place, cells in ran.memory.items() for i, c in cells.items()} == {
        (place, i): number for place, i, number in expected
    }
    assert ran.result is None


def test_two_pointers_may_alias() -> None:
    text = RECORDS + "u32 f(struct r *p, struct r *q) { p->a = 1; q->a = 2; return p->a; }"
    assert machine(text, Outside((P, P))).result == 2
    assert machine(text, Outside((P, P + 112))).result == 1


def test_config() -> None:
    text = """int f(void) { int n = IS_ENABLED(CONFIG_A);
    #if defined(CONFIG_A) && !defined(CONFIG_B)
        n += 10;
    #else
        n += 20;
    #endif
        return n; }"""
    assert machine(text, Outside(constants={"CONFIG_A": 1})).result == 11
    assert machine(text, Outside(constants={"CONFIG_A": 1, "CONFIG_B": 1})).result == 21


CALLS = """
struct s { u32 a, b; };
u8 ask(u8 x); void act(struct s *p); int peek(int *p); extern u64 count;
"""


def test_calls_are_logged_with_converted_arguments() -> None:
    text = CALLS + "int f(struct s *p) { act(p); return ask(0x1FF) + unknown(p->a, (u8)3) * 0; }"
    with pytest.raises(NotReplayable, match="the type that unknown\\(\\) returns isn't known"):
        machine(text, Outside((P,)))
    text = CALLS + "int f(struct s *p) { act(p); unknown(-1, (u8)3); return ask(0x1FF); }"
    ran = machine(text, Outside((P,), results={"ask": (0x80,)}))
    expected = [("act", (P,), None), ("unknown", (MAX64, 3), None), ("ask", (0xFF,), 0x80)]
    assert [made[:3] for made in ran.calls] == expected
    assert ran.result == 0x80


def test_an_effect_makes_memory_unknown() -> None:
    text = CALLS + "u32 f(struct s *p) { p->a = 1; act(p); p->b = 5; act(p); return p->a * 100 + p->b; }"
    outside = Outside((P,), {(2, "s.a", (P,)): 3, (2, "s.b", (P,)): 4, (0, "s.a", (P,)): 9})
    ran = machine(text, outside)
    assert ran.result == 304
    assert [sorted(seen) for seen in ran.seen] == [["s.a"], ["s.b"]]
    assert ran.memory == {}


def test_what_a_call_preserves_stays() -> None:
    text = CALLS + "u32 f(struct s *p) { p->a = 1; act(p); ask(1); return p->a * 100 + p[1].a * 10 + p->b; }"
    outside = Outside((P,), {(0, "s.a", (P + 8,)): 2, (1, "s.a", (P,)): 9, (2, "s.b", (P,)): 4})
    rule = ConcreteRule(preserves=frozenset(("s.a",)))
    assert machine(text, outside, rules={"act": rule, "ask": rule}).result == 124


def test_pure_constant_and_silent_calls_change_nothing() -> None:
    text = CALLS + "u32 f(struct s *p) { p->a = 1; ask(1); peek(0); quiet(p->b++, junk junk); return p->a + p->b; }"
    rules = {"ask": ConcreteRule(pure=True), "peek": ConcreteRule(constant=True), "quiet": ConcreteRule(silent=True)}
    text = text.replace("junk junk", '"%d"')
    ran = machine(text, Outside((P,)), rules=rules)
    assert ran.calls == []
    assert [made.label for made in ran.questions] == ["ask", "peek"]
    assert ran.result == 2


def test_functions_are_inlined_unless_opaque() -> None:
    text = CALLS + "static u8 g(u8 x) { return x + 1; } int f(void) { return g(255); }"
    ran = machine(text)
    assert (ran.result, ran.calls, ran.inlined) == (0, [], ["g"])
    ran = machine(text, Outside(results={"g": (7,)}), opaque=frozenset(("g",)))
    assert (ran.result, [made[:3] for made in ran.calls], ran.inlined) == (7, [("g", (255,), 7)], [])


def test_a_local_escapes_through_a_call() -> None:
    text = CALLS + "int f(void) { int x = 1, y = 2; peek(&x); ask(0); return x * 10 + y; }"
    outside = Outside((), {(2, "local x", ()): 5}, constants={"address of local x": 0x7000})
    ran = machine(text, outside)
    assert ran.calls[0].arguments == (0x7000,)
    assert ran.result == 52


def test_a_local_escapes_through_memory() -> None:
    text = "int *kept; void act(void); int f(void) { int x = 1; kept = &x; act(); return x; }"
    assert machine(text, Outside((), {(1, "local x", ()): 5})).result == 5


def test_an_escaped_local_whose_number_is_in_doubt() -> None:
    """Formulas name local objects by their number on all paths, a run by that on its own."""
    text = CALLS + "int f(int c) { for (int i = 0; i < 2; i++) { int x = 1; peek(&x); c += x; } return c; }"
    ran = machine(text, Outside((0,)), run=False)
    ran.made = {}
    assert ran.function is not None
    with pytest.raises(NotReplayable, match="the local variable `x`"):
        ran.run(ran.function, ("c",))


def test_an_escaped_local_is_known_by_the_name_that_the_formulas_have_for_its_place() -> None:
    text = CALLS + "int f(int c) { int x = 1; peek(&x); return x; }"
    outside = Outside((0,), {(1, "local x#7", ()): 5}, constants={"address of local x#7": 0x7000})
    ran = machine(text, outside, run=False)
    assert ran.function is not None
    ran.made = {(site_of(Span(Source("test.c", text), text.index("x = 1"), len(text))),): "local x#7"}
    ran.run(ran.function, ("c",))
    assert (ran.calls[0].arguments, ran.result) == ((0x7000,), 5)


def test_calls_through_pointers() -> None:
    text = "struct ops { int (*get)(u8 x); }; int f(struct ops *o) { return o->get(0x123); }"
    outside = Outside((P,), {(0, "ops.get", (P,)): 0xF00}, {"a function pointer": (9,)})
    ran = machine(text, outside)
    assert (ran.result, [made[:3] for made in ran.calls]) == (9, [("a function pointer", (0xF00, 0x23), 9)])


def test_bug_stops() -> None:
    text = (
        CALLS
        + "static int g(int a) { BUG_ON(a); return 1; }"
        + "int f(int a, struct s *p) { p->a = 1; g(a); p->a = 2; return 3; }"
    )
    ran = machine(text, Outside((1, P)))
    assert (ran.stopped, ran.result, ran.stores) == (True, None, [("s.a", (P,), 1)])
    ran = machine(text, Outside((0, P)))
    assert (ran.stopped, ran.result) == (False, 3)


def test_warnings_in_order() -> None:
    text = 'int f(int a) { WARN_ON_ONCE(a & 1); WARN(a & 2, "two"); WARN_ON(a & 4); return 0; }'
    assert machine(text, Outside((5,))).warnings == ["WARN_ON_ONCE", "WARN_ON"]


def test_values_at_the_end() -> None:
    text = CALLS + "u32 f(struct s *p, u32 v) { v++; p->a = v; p = 0; return v; }"
    outside = Outside((P, 7), {(0, "s.b", (P,)): 0xFFFFFFFF})
    ran = machine(text, outside)
    assert ran.value_at_end(expression(ran.types, "p->a * 10 + v"))[0] == 87
    number, type_ = ran.value_at_end(expression(ran.types, "-(int)p->b - 2"))
    assert (number, str(type_)) == (MAX32, "int")
    before = machine(text, outside, run=False)
    assert before.value_at_end(expression(before.types, "p->a"))[0] == 0


def test_looking_leaves_no_trace() -> None:
    text = (
        CALLS
        + "static u32 g(struct s *p) { p->a = 5; WARN_ON(1); return p->a; } u32 f(struct s *p) { p->a = 1; return 0; }"
    )
    ran = machine(text, Outside((P,)))
    assert ran.value_at_end(expression(ran.types, "g(p)"))[0] == 5
    assert ran.value_at_end(expression(ran.types, "p->a"))[0] == 1
    assert (ran.warnings, ran.inlined, len(ran.stores)) == ([], [], 1)
