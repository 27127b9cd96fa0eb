"""Pointers to functions, in variables and tables, and pointers to arrays: what they are declared as, and point at."""

from __future__ import annotations

import pytest

from tests.unit.attacks import ASSUMING, NAMED, OPEN, SAME, Attack, never_changed, never_the_same
from verify.source.text import Source
from verify.syntax.index import index_file

F = """static int a(int x) { return x + 1; } static int b(int x) { return x + 2; }
extern int (*p)(int), (*q)(int); extern int k(int);
"""
TABLE = F + "static int (*const t[])(int) = { a, b };\n"
PICK = F + "static int (*pick(int n))(int) { return n ? a : b; }\n"
ARRAY = "u32 f(u32 x) { u32 a[4] = { 1, 2, 3, x }; "
BYTES = f"{ARRAY}void *p = a; "
ROWS = "u32 f(u32 (*r)[4], u32 x) "


def pair(head: str, old: str, new: str, claim: str = OPEN, change: str = OPEN) -> Attack:
    return Attack(head + old, head + new, claim, change)


EQUAL = {
    "bytes that are whole elements": pair(
        "", f"{BYTES}p += 12; return *(u32 *)p; }}", f"{ARRAY}return a[3]; }}", "proved", SAME
    ),
    "bytes back": pair(
        "",
        f"{BYTES}p += 12; return *(u32 *)(p - 8); }}",
        f"{ARRAY}u32 *p = a + 2; return *--p; }}",
        "proved",
        SAME,
    ),
    "bytes of a member": pair(
        "",
        "u32 f(struct s *s) { void *p = s->arr; return *(u32 *)(p + 8); }",
        "u32 f(struct s *s) { return s->arr[2]; }",
        "proved",
        SAME,
    ),
    "a table, whose address is constant": pair(
        TABLE, "int f(int x) { return t[1](x); }", "int f(int x) { int y = x; return t[1](y); }", "proved", SAME
    ),
    "a variable, with and without a star": pair(
        F, "int f(int x) { return p(x); }", "int f(int x) { return (*p)(x); }", "proved", SAME
    ),
    "a variable that was set": pair(
        F, "int f(int x) { p = k; return p(x); }", "int f(int x) { p = k; return k(x); }", "proved", SAME
    ),
    "a variable that was set between": pair(
        F, "int f(int x) { int r = p(x); p = k; return r + p(x); }", "int f(int x) { int r = p(x); p = k; return r + k(x); }",
        "proved", SAME,
    ),
    "a typedef of a function's type": pair(
        "typedef int fn_t(int); extern fn_t *p;", "int f(int x) { return p(x); }", "int f(int x) { return (*p)(x); }",
        "proved", SAME,
    ),
    "a constant variable": Attack(
        F + "static int (*const c)(int) = a; int f(int x) { return c(x); }", F + "int f(int x) { return a(x); }", OPEN, OPEN
    ),
    "what a function returns": pair(PICK, "int f(int x) { return pick(1)(x); }", "int f(int x) { return a(x); }"),
    "a row": pair(ROWS, "{ return r[1][0]; }", "{ return ((u32 *)r)[4]; }", "proved", ASSUMING),
    "a store into a row": pair(
        ROWS, "{ (*r)[1] = 3; return ((u32 *)r)[1]; }", "{ (*r)[1] = 3; return 3; }", "proved", ASSUMING
    ),
    "rows of rows": pair(
        "u32 f(u32 (*r)[2][3]) ", "{ (*r)[1][2] = 5; return ((u32 *)r)[5]; }", "{ (*r)[1][2] = 5; return 5; }", "proved", ASSUMING
    ),
    "an element's address": pair(
        ROWS, "{ u32 *e = &(*r)[1]; *e = 7; return (*r)[1]; }", "{ (*r)[1] = 7; return 7; }", "proved", ASSUMING
    ),
    "records in a row": pair(
        "u32 f(struct s (*r)[2]) ", "{ (*r)[1].a = 5; return ((struct s *)r)[1].a; }", "{ (*r)[1].a = 5; return 5; }",
        "proved", SAME,
    ),
    "a local array": Attack(
        "u32 f(u32 x) { u32 v[4] = { 1, 2, 3, 4 }; u32 (*r)[4] = &v; return (*r)[x & 3]; }", "u32 f(u32 x) { return (x & 3) + 1; }",
        "proved", SAME,
    ),
    "a row's size": pair(ROWS, "{ return sizeof(*r); }", "{ return 16; }", "proved", SAME),
    "a store that isn't understood": pair(
        "u32 f(struct s *p) ", "{ ((struct zz *)p)->q = 3; return p->a; }", "{ ((struct zz *)p)->q = 3; return 7; }"
    ),
}  # fmt: skip

DIFFERENT = {
    "bytes are no elements": pair("", f"{BYTES}return *(u32 *)(p + x); }}", f"{ARRAY}return a[x]; }}"),
    "bytes are no elements, within one": pair("", f"{BYTES}return *(u32 *)(p + 2); }}", f"{ARRAY}return a[2]; }}"),
    "bytes are no elements, stored": pair(
        "static u32 t[8];\n",
        "void f(u32 x) { void *p = t; p += x; *(u32 *)p = 3; }",
        "void f(u32 x) { t[x] = 3; }",
    ),
    "halves are no elements": pair(
        "", f"{ARRAY}u16 *p = (void *)a; return *(u32 *)(p + x); }}", f"{ARRAY}return a[x]; }}"
    ),
    "a constant table's content": Attack(
        TABLE + "int f(int x) { return t[1](x); }",
        TABLE.replace("{ a, b }", "{ a, a }") + "int f(int x) { return t[1](x); }", OPEN, OPEN,
    ),
    "a variable's first value": Attack(
        F + "static int (*v)(int) = a; int f(int x) { return v(x); }",
        F + "static int (*v)(int) = b; int f(int x) { return v(x); }", NAMED, OPEN,
    ),
    "a constant variable's function": Attack(
        F + "static int (*const c)(int) = a; int f(int x) { return c(x); }", F + "int f(int x) { return b(x); }", OPEN, OPEN
    ),
    "an element": pair(TABLE, "int f(int x) { return t[0](x); }", "int f(int x) { return t[1](x); }"),
    "another variable": pair(F, "int f(int x) { return p(x); }", "int f(int x) { return q(x); }", "refuted", "changed"),
    "another argument": pair(F, "int f(int x) { return p(x); }", "int f(int x) { return p(x + 1); }", "refuted", "changed"),
    "no call": pair(F, "int f(int x) { p(x); return 0; }", "int f(int x) { return 0; }", "refuted", "changed"),
    "a call between that may set it": pair(
        F, "int f(int x) { int (*o)(int) = p; e(); return o(x); }", "int f(int x) { e(); return p(x); }", "refuted", "changed"
    ),
    "a function returned": pair(PICK, "int f(int x) { return pick(1)(x); }", "int f(int x) { return b(x); }"),
    "another argument for a function returned": pair(
        "extern int (*pick(int n))(int);", "int f(int x) { return pick(x)(x); }", "int f(int x) { return pick(x)(x + 1); }",
        "refuted", "changed",
    ),
    "another element of a row": pair(ROWS, "{ return (*r)[1]; }", "{ return (*r)[2]; }", "refuted", "changed"),
    "an index cut otherwise": pair(ROWS, "{ return (*r)[x & 3]; }", "{ return (*r)[x & 1]; }", "refuted", "changed"),
    "a store into a row, read before": pair(
        ROWS, "{ (*r)[1] = 3; return ((u32 *)r)[1]; }", "{ u32 o = ((u32 *)r)[1]; (*r)[1] = 3; return o; }", "refuted", "changed"
    ),
    "bytes of a number": pair(
        "u32 f(u8 (*r)[4]) ", "{ (*r)[1] = 5; return *(u32 *)r; }", "{ u32 o = *(u32 *)r; (*r)[1] = 5; return o; }"
    ),
}  # fmt: skip


test_never_changed = never_changed(EQUAL)


test_never_the_same = never_the_same(DIFFERENT)


@pytest.mark.parametrize(
    ("text", "globals_", "functions"),
    [
        ("static int (*const t[])(int) = { f, g };", {"t": "global"}, []),
        ("int (*f)(int), (*g)(void), z;", {"f": "global", "g": "global", "z": "global"}, []),
        ("static struct s *(*q)(u32 a, u32 b) __read_mostly = h;", {"q": "global"}, []),
        ("static void (*const __initconst x)(void) = y;", {"x": "global"}, []),
        ("int (*(*f)(int))(void);", {"f": "global"}, []),
        ("int (*arr)[4];", {"arr": "global"}, []),
        ("int (*pick(int n))(int);", {"pick": "prototype"}, []),
        ("void (*signal(int s, void (*h)(int)))(int);", {"signal": "prototype"}, []),
        ("void reg(int (*cb)(int), void *p);", {"reg": "prototype"}, []),
        ("static typeof(*a) b;", {"b": "global"}, []),
        ("int (*pick(int n))(int) { return 0; }", {}, ["pick"]),
        ("static __attribute__((cold)) int (*pick(int n))(int) __releases(x) { return 0; }", {}, ["pick"]),
        ("static inline void f(int (*a)(void)) { }", {}, ["f"]),
        ("static int (*x)(void) { }", {}, ["int"]),  # no C: it defines something, whatever that is
        ("typeof(x) { }", {}, ["typeof"]),
    ],
)
def test_declarators_in_parentheses(text: str, globals_: dict[str, str], functions: list[str]) -> None:
    found = index_file(Source("x.c", text))
    assert {name: items[0].kind for name, items in found.globals.items()} == globals_
    assert list(found.functions) == functions
