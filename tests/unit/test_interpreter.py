"""The concrete interpreter: C snippets with their results, which gcc confirms, and what it does where C has no answer."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.machines import Outside, expression, machine
from verify.errors import UnsupportedC
from verify.execution.interpreter import ConcreteRule, Machine, NotReplayable
from verify.syntax.ctypes import CType, IntType

SHIM = Path(__file__).parent.parent / "support" / "kernel_shim.h"
FLAGS = ("-O1", "-w", "-std=gnu11", "-fno-strict-overflow", "-fwrapv", "-fno-strict-aliasing", "-shared", "-fPIC")
MAX32, MAX64 = (1 << 32) - 1, (1 << 64) - 1

# Name, text, and for each call of `f` its arguments and its result as unsigned bits.
SNIPPETS: list[tuple[str, str, list[tuple[tuple[int, ...], int]]]] = [
    # ------------------------------------------------------------------------------------------ integers
    ("promotion of u8", "int f(u8 a) { return a << 4; }", [((0xFF,), 0xFF0)]),
    ("unsigned beats int", "int f(int a, u32 b) { return a < b; }", [((-1, 1), 0), ((0, 1), 1)]),
    ("s64 holds u32", "int f(s64 a, u32 b) { return a < b; }", [((-1, 1), 1)]),
    ("u16 becomes int", "int f(u16 a, u16 b) { return a - b < 0; }", [((1, 2), 1)]),
    ("long and unsigned long long", "int f(long a, u64 b) { return a < b; }", [((-1, 1), 0)]),
    ("wraps", "int f(int a) { return a + 1; }", [((0x7FFFFFFF,), 0x80000000)]),
    ("multiplication wraps", "u64 f(int a, int b) { return a * b; }", [((0x10000, 0x8000), 0xFFFFFFFF80000000)]),
    ("u16 product is an int", "u64 f(u16 a) { return a * a; }", [((0xFFFF,), 0xFFFFFFFFFFFE0001)]),
    ("negation of unsigned", "u64 f(u32 a) { return -a; }", [((1,), MAX32)]),
    ("complement of u8", "int f(u8 a) { return ~a; }", [((0x0F,), MAX32 - 0x0F)]),
    ("arithmetic shift", "int f(int a) { return a >> 1; }", [((-3,), MAX32 - 1)]),
    ("logical shift", "u32 f(u32 a) { return a >> 31; }", [((0x80000000,), 1)]),
    ("left shift into the sign", "s64 f(int a) { return a << 31; }", [((1,), 0xFFFFFFFF80000000)]),
    ("shift has the left type", "u64 f(u32 a, u64 n) { return a << n; }", [((3, 31), 0x80000000)]),
    ("division truncates", "int f(int a, int b) { return a / b * 100 + a % b; }",
     [((-7, 2), (-301) & MAX32), ((7, -2), (-299) & MAX32)]),
    ("mixed division is unsigned", "u32 f(int a, u32 b) { return a / b; }", [((-1, 2), 0x7FFFFFFF)]),
    ("s8 from wide", "int f(int a) { return (s8)a; }", [((0x180,), MAX32 - 127), ((0x17F,), 0x7F)]),
    ("bool from wide", "int f(u64 a) { bool b = a; return b + b; }", [((1 << 40,), 2), ((0,), 0)]),
    ("bool goes round", "int f(void) { bool b = 1; b++; b += 3; b--; return b * 2 + !b; }", [((), 1)]),
    ("bool bit-field", "struct s { bool b : 1; }; int f(int a) { struct s s = {}; s.b = a; return s.b; }", [((2,), 1)]),
    ("literals", "u64 f(void) { return (2147483648 > 0) + 2 * (0x80000000 > -1) + 4 * (-1 < 0xFFFFFFFFF); }", [((), 5)]),
    ("octal and characters", "int f(void) { return 017 + 'a' + '\\n' + '\\0'; }", [((), 15 + 97 + 10)]),
    ("enum is unsigned", "enum e { A, B }; int f(enum e e) { return e - 1 < 0; }", [((0,), 0)]),
    ("enum with a negative", "enum e { A = -1, B }; int f(enum e e) { return e - 1 < 0; }", [((0,), 1)]),
    ("conditional's type", "u64 f(int c, int a, u32 b) { return c ? a : b; }", [((1, -1, 0), MAX32)]),
    ("?: without middle", "int f(int a) { return a++ ?: 7; }", [((0,), 7), ((5,), 5)]),
    ("sizeof doesn't evaluate", "u64 f(int a) { u64 n = sizeof(a++); return n * 10 + a; }", [((3,), 43)]),
    ("sizeof of promotions", "u64 f(u8 a) { return sizeof(a) * 10 + sizeof(+a); }", [((1,), 14)]),
    ("sizeof strings and arrays", 'u64 f(void) { u16 a[3]; return sizeof("abc") * 10 + sizeof(a); }', [((), 46)]),
    ("likely is long", "u64 f(int a) { return likely(a) << 40; }", [((1,), 1 << 40)]),
    ("logical operators stop", "int f(int a) { int n = 0; a && n++; a || (n += 10); return n; }", [((0,), 10), ((2,), 1)]),
    ("comma", "int f(int a) { int b = (a++, a * 2); return b; }", [((3,), 8)]),
    ("assignment's value is cut", "u64 f(u64 a) { u8 b; u64 c = b = a; return c; }", [((0x1FF,), 0xFF)]),
    # ----------------------------------------------------------------------------------------- bit-fields
    ("bit-field is cut", "struct s { u32 a : 3; s32 b : 3; }; int f(int v) { struct s s; s.a = v; s.b = v;"
     " return s.a * 100 + s.b; }", [((13,), 5 * 100 - 3), ((3,), 303)]),
    ("bit-field's assignment", "struct s { u32 a : 3; }; int f(int v) { struct s s; return (s.a = v) + 0; }", [((13,), 5)]),
    ("narrow bit-field promotes to int", "struct s { u32 a : 31; u32 b : 32; u64 c : 32; };"
     "int f(void) { struct s s = {}; return (-1 < s.a) + 2 * (-1 < s.b) + 4 * (-1 < s.c); }", [((), 1)]),
    ("bit-field increments", "struct s { u8 a : 2; }; int f(void) { struct s s = { 3 }; s.a++; return s.a; }", [((), 0)]),
    # ------------------------------------------------------------------------------------ objects, pointers
    ("swap by pointer", "static void g(int *a, int *b) { int t = *a; *a = *b; *b = t; }"
     "int f(int a, int b) { g(&a, &b); return a * 10 + b; }", [((1, 2), 21)]),
    ("a local's address isn't null", "static int g(int *p) { if (!p) return 0; return *p; }"
     "int f(int a) { return g(&a) + (&a == NULL); }", [((4,), 4)]),
    ("addresses of elements", "int f(void) { int a[4]; return (&a[1] == &a[0]) + 2 * (a + 1 == &a[1]) + 4 * (&a[3] - a); }",
     [((), 14)]),
    ("address of the first member", "struct s { int x, y; }; int f(void) { struct s s; return (void *)&s == &s.x; }", [((), 1)]),
    ("record copy", "struct s { int a[2]; struct { u8 b; } c; }; int f(int v) { struct s s = { { v, 2 }, { 3 } }, t = s;"
     " s.a[0] = 9; s.c.b++; return t.a[0] * 100 + t.a[1] * 10 + t.c.b; }", [((1,), 123)]),
    ("record by value and as result", "struct s { int a, b; }; static struct s g(struct s s) { s.a++; return s; }"
     "int f(int a) { struct s s = { a, 5 }, t = g(s); return s.a * 100 + t.a * 10 + g(t).b; }", [((1,), 125)]),
    ("initialiser fills with zero", "struct s { u8 a; u32 b[3]; }; int f(void) { struct s s = { .b = { [1] = 7 } };"
     " return s.a + s.b[0] + s.b[1] + s.b[2]; }", [((), 7)]),
    ("array sized by its initialiser", "u64 f(void) { int a[] = { 1, [4] = 2, 3 }; return ARRAY_SIZE(a) * 10 + a[5]; }", [((), 63)]),
    ("union of integers", "union u { u64 a; struct { u16 lo; u8 b[6]; }; s8 c; }; int f(u64 v) { union u u; u.a = v;"
     " u.b[1] = 0xEE; return u.lo * 1000 + (u.a >> 24 & 0xFF) + u.c; }", [((0x0102030405060708,), 0x0708 * 1000 + 0xEE + 8)]),
    ("union of bit-fields", "union u { u32 a; struct { u32 lo : 4, mid : 8, hi : 20; }; }; u32 f(u32 v) { union u u = { v };"
     " u.mid = 0; return u.a; }", [((0x12345678,), 0x12345008)]),
    ("container_of on a local", "struct i { int x; }; struct o { u64 pad; struct i i, j; }; int f(int v) { struct o o = { 7 };"
     " struct i *p = &o.j; p->x = v; return container_of(p, struct o, j)->pad * 100 + o.j.x; }", [((3,), 703)]),
    ("pointer walk", "int f(void) { int a[4] = { 1, 2, 3, 4 }, *p = a, n = 0; while (p != a + 4) n = n * 10 + *p++; return n; }",
     [((), 1234)]),
    ("pointer to pointer", "int f(int a) { int b = 2, *p = &a, **q = &p; **q = 5; *q = &b; *p = 7; return a * 10 + b; }", [((1,), 57)]),
    ("array of records", "struct s { u8 a; u16 b; }; int f(int i) { struct s s[3] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };"
     " struct s *p = s + i; return p->a * 10 + (p - 1)->b; }", [((1,), 32), ((2,), 54)]),
    ("two dimensions", "int f(int i) { u8 a[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } }; return a[1][i] * 10 + a[i / 2][1]; }", [((2,), 65)]),
    ("compound literal", "struct s { int a, b; }; static int g(struct s *s) { return s->a - s->b; }"
     "int f(int v) { return g(&(struct s){ .b = v }); }", [((3,), -3 & MAX32)]),
    # ------------------------------------------------------------------------------------------- statements
    ("switch", "int f(int a) { int n = 0; switch (a) { case 1: n = 1; case 2: n += 10; break; case 5 ... 9: n = 5; break;"
     " default: n = 99; } return n; }", [((1,), 11), ((2,), 10), ((7,), 5), ((10,), 99)]),
    ("switch converts its labels", "int f(u8 a) { switch (a) { case 0x100: return 1; case 0: return 2; } return 3; }", [((0,), 2)]),
    ("switch with default first", "int f(int a) { switch (a) { default: return 9; case -1: return 1; } }", [((-1,), 1), ((0,), 9)]),
    ("label inside of a loop", "int f(int a) { int n = 0; switch (a) { case 0: do { n++; case 1: n += 10; } while (n < 30); }"
     " return n; }", [((0,), 33), ((1,), 32)]),
    ("loops", "int f(int a) { int n = 0; for (int i = 0; i < a; i++) { if (i == 2) continue; if (i == 5) break; n += i; }"
     " do n *= 2; while (n < 50); return n; }", [((9,), 64)]),
    ("goto forwards", "int f(int a) { int n = 1; if (a) goto out; n = 2; out: return n; }", [((0,), 2), ((1,), 1)]),
    ("goto backwards", "int f(int a) { int n = 0; again: n += a; if (--a > 0) goto again; return n; }", [((4,), 10)]),
    ("goto into a block", "int f(int a) { int n = 0; if (a) goto in; while (n < 5) { n += 2; in: n++; } return n; }",
     [((0,), 6), ((1,), 7)]),
    ("shadowing", "int f(int a) { int n = a; { int a = 5; n += a; { int a = 7; n += a; } } return n + a; }", [((1,), 14)]),
    ("statement expression", "int f(int a) { return ({ int b = a * 2; b++; b; }) + ({ if (a) return 99; 1; }); }", [((0,), 2), ((1,), 99)]),
    ("min and max", "u64 f(int a, u32 b) { return min_t(u8, a, b) * 1000 + max(a, 3); }", [((-1, 5), 5003), ((300, 45), 44300)]),
    ("nested macros", "#define TWICE(x) ((x) * 2)\n#define F(x) (TWICE(x) + TWICE(1))\nint f(int a) { return F(a + 1); }", [((2,), 8)]),
    ("typeof is the variable's", "#define P(x) ({ typeof(x) *p_ = &(x); typeof(x) a_[2]; sizeof(*p_) * 100 + sizeof(a_); })\n"
     "static u64 g(u8 x) { return P(x); } u64 f(u64 x) { return P(x) * 10000 + g(1); }", [((1,), 8160102)]),
    ("static constants", "static const u32 limit = 5; int f(int a) { static const u8 low = 2; return a * limit + low; }", [((3,), 17)]),
    ("WARN_ON's value", "int f(int a) { if (WARN_ON(a > 3)) return 1; return 2; }", [((4,), 1), ((3,), 2)]),
]  # fmt: skip


def _run(text: str, arguments: tuple[int, ...]) -> Machine:
    return machine(text, Outside(parameters=arguments))


@pytest.mark.parametrize(("text", "calls"), [s[1:] for s in SNIPPETS], ids=[s[0] for s in SNIPPETS])
def test_snippet(text: str, calls: list[tuple[tuple[int, ...], int]]) -> None:
    for arguments, expected in calls:
        ran = _run(text, arguments)
        assert ran.problem is None
        assert ran.result == expected, arguments


def _c_type(type_: CType) -> Callable[[int], object]:
    assert isinstance(type_, IntType)
    if type_.width == 1:
        return ctypes.c_bool
    return getattr(ctypes, f"c_{'' if type_.signed else 'u'}int{type_.width}")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
def test_gcc_agrees(tmp_path: Path) -> None:
    for number, (name, text, calls) in enumerate(SNIPPETS):
        target = tmp_path / f"snippet{number}.so"
        command = ["gcc", *FLAGS, "-include", str(SHIM), "-x", "c", "-", "-o", str(target)]
        subprocess.run(command, input=text, text=True, check=True)
        compiled = ctypes.CDLL(str(target)).f
        for arguments, expected in calls:
            ran = _run(text, arguments)
            assert ran.function is not None
            types = [ran.types.resolve(p.type, "") for p in ran.function.params]
            compiled.restype = _c_type(ran.result_type)
            got = int(compiled(*(_c_type(t)(a) for t, a in zip(types, arguments, strict=True))))
            assert isinstance(ran.result_type, IntType)
            assert got & ((1 << ran.result_type.width) - 1) == expected, name


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
    ("#define C case 1: a++\nint f(int a) { switch (a) { C; return a; } return 2; }", "may be a macro that holds case labels"),
    ("struct o { int a, b; }; struct p { struct o o; int c; }; int f(void) { struct p p = { .o.a = 1, 2 }; return p.c; }",
     "goes on inside of a member"),
    ("int g(void); struct s { int a; }; struct s h(void); int f(void) { return h().a; }", "isn't an object"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_refusal(text: str, reason: str) -> None:
    with pytest.raises((NotReplayable, UnsupportedC), match=reason):
        machine(text, Outside(parameters=(4096,)), unroll=20)


# ---------------------------------------------------------------------------------------------------------- memory

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
    ("p->half[1]", "r.@6", (P,), 32),
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
    expected = [("r.a", (P,), 0x1FF), ("raw", (P + 48,), 0xFF11), ("in.y", (P + 6, 1), 0x1FE), ("global counter", (), 0x1FF)]
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


# ----------------------------------------------------------------------------------------------------------- calls

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
    assert ran.calls == [("act", (P,), None), ("unknown", (MAX32, 3), None), ("ask", (0xFF,), 0x80)]
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
    assert (ran.result, ran.calls, ran.inlined) == (7, [("g", (255,), 7)], [])


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
    text = CALLS + "int f(int c) { for (int i = 0; i < 2; i++) { int x = 1; peek(&x); c += x; } return c; }"
    with pytest.raises(NotReplayable, match="the local variable `x`"):
        machine(text, Outside((0,)))


def test_calls_through_pointers() -> None:
    text = "struct ops { int (*get)(u8 x); }; int f(struct ops *o) { return o->get(0x123); }"
    outside = Outside((P,), {(0, "ops.get", (P,)): 0xF00}, {"a function pointer": (9,)})
    ran = machine(text, outside)
    assert (ran.result, ran.calls) == (9, [("a function pointer", (0xF00, 0x23), 9)])


def test_bug_stops() -> None:
    text = CALLS + "static int g(int a) { BUG_ON(a); return 1; } int f(int a, struct s *p) { p->a = 1; g(a); p->a = 2; return 3; }"
    ran = machine(text, Outside((1, P)))
    assert (ran.stopped, ran.result, ran.stores) == (True, None, [("s.a", (P,), 1)])
    ran = machine(text, Outside((0, P)))
    assert (ran.stopped, ran.result) == (False, 3)


def test_warnings_in_order() -> None:
    text = "int f(int a) { WARN_ON_ONCE(a & 1); WARN(a & 2, \"two\"); WARN_ON(a & 4); return 0; }"
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
    text = CALLS + "static u32 g(struct s *p) { p->a = 5; WARN_ON(1); return p->a; } u32 f(struct s *p) { p->a = 1; return 0; }"
    ran = machine(text, Outside((P,)))
    assert ran.value_at_end(expression(ran.types, "g(p)"))[0] == 5
    assert ran.value_at_end(expression(ran.types, "p->a"))[0] == 1
    assert (ran.warnings, ran.inlined, len(ran.stores)) == ([], [], 1)
