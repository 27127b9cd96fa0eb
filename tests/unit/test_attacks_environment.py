"""Attacks on what a function uses while its own text stays: records that lie otherwise, values given in order, bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, HEAD, NAMED, OPEN, REFUSED, Attack, in_header, never_changed, never_the_same
from verify import Options
from verify.changes.diff import diff

GROWN = "struct o { u32 a; };", "struct o { u32 a; u32 b; };"
TURNED = "struct o { u32 a; u32 b; };", "struct o { u32 b; u32 a; };"

BYTES = {
    "a number of the member's width": in_header(
        "u32 f(struct o *p, u32 x) { p->a = x; return *(u32 *)p; }", *TURNED, OPEN, ASSUMING
    ),
    "a wider number": in_header(
        "u64 f(struct o *p) { p->a = 1; p->b = 2; return *(u64 *)p; }", *TURNED, OPEN, ASSUMING
    ),
    "numbers one after the other": in_header(
        "u32 f(struct o *p, u32 n) { u32 s = 0, *q = (u32 *)p; for (u32 i = 0; i < n; i++) s += q[i]; return s; }",
        *TURNED,
        OPEN,
        ASSUMING,
    ),
    "numbers in a callee": in_header(
        "static u32 first(u32 *q) { return *q; } u32 f(struct o *p, u32 x) { p->a = x; return first((u32 *)p); }",
        *TURNED,
        NAMED,
        ASSUMING,
    ),
    "numbers that a call gets": in_header(
        "void f(struct o *p) { p->a = 1; p->b = 2; h((u32 *)p); }", *TURNED, NAMED, ASSUMING
    ),
    "assembly gets a pointer": in_header(
        'u32 f(struct o *p) { p->a = 1; asm volatile("x" : : "r" (p) : "memory"); return p->a; }',
        *TURNED,
        OPEN,
        ASSUMING,
    ),
    "assembly gets a local record, by a macro": in_header(
        '#define GIVE(v) asm volatile("x" : : "m" (v))\nvoid f(void) { struct o v = { .a = 1 }; GIVE(v); }',
        *TURNED,
        OPEN,
        ASSUMING,
    ),
}
test_bytes_of_records_are_no_members = never_the_same(BYTES)

UNREAD = {
    "a callback whose head a macro makes": in_header(
        '#define NAME(n) o_##n\n#include "k.h"\nextern u32 (*hook)(u32); void f(void) { hook = o_get; }',
        "static u32 NAME(get)(u32 x) { return x + 1; }",
        "static u32 NAME(get)(u32 x) { return x + 2; }",
        OPEN,
        ASSUMING,
    ),
}
test_what_nothing_declares_is_named = never_the_same(UNREAD)

# Each has a function `f` whose behaviour changes although its text doesn't.
USES = {
    "a macro measures": ("#define SIZE sizeof(struct o)\nu64 f(void) { return SIZE; }", GROWN),
    "a macro's macro measures": ("#define SIZE O_SIZE\n#define O_SIZE sizeof(struct o)\nu64 f(void) { return SIZE; }", GROWN),
    "a callee measures": ("static u64 size(void) { return sizeof(struct o); } u64 f(void) { return size(); }", GROWN),
    "a callee measures what it gets": (
        "static u64 size(struct o *p) { return sizeof(*p); } u64 f(struct o *p) { return size(p); }", GROWN
    ),
    "an array's length": ("struct p { u8 b[sizeof(struct o)]; }; u64 f(struct p *p) { return ARRAY_SIZE(p->b); }", GROWN),
    "a constant": ("static const u64 size = sizeof(struct o); u64 f(void) { return size; }", GROWN),
    "a table": ("static const u64 sizes[] = { 1, sizeof(struct o) }; u64 f(void) { return sizes[1]; }", GROWN),
    "a place, by a macro": ("#define PLACE(m) offsetof(struct o, m)\nu64 f(void) { return PLACE(b); }", TURNED),
    "a place, in a callee": ("static u64 place(void) { return offsetof(struct o, b); } u64 f(void) { return place(); }", TURNED),
    "values in order": ("static const struct o v = { 1, 2 }; u32 f(void) { return v.a; }", TURNED),
    "values in order, in a table": ("static const struct o v[] = { [1] = { 1, 2 } }; u32 f(void) { return v[1].a; }", TURNED),
    "values in order, by a macro": ("#define O(x) ((struct o){ x, 2 })\nu32 f(u32 x) { return O(x).a; }", TURNED),
    "values in order, in a callee": (
        "static u32 one(u32 x) { struct o v = { x, 2 }; return v.a; } u32 f(u32 x) { return one(x); }", TURNED
    ),
    "values in order, by another name": ("typedef struct o O; u32 f(u32 x) { O v = { x, 2 }; return v.a; }", TURNED),
    "numbers, by a cast": ("u32 f(struct o *p, u32 x) { p->a = x; return *(u32 *)p; }", TURNED),
    "assembly": ('void f(struct o *p) { p->a = 1; asm volatile("x" : : "m" (*p)); }', TURNED),
    "members in a union": (
        "u64 f(union o *p) { p->a = 1; return p->both; }",
        ("union o { u64 both; struct { u32 a; u32 b; }; };", "union o { u64 both; struct { u32 b; u32 a; }; };"),
    ),
    "bits in a union": (
        "u32 f(union o *p) { p->all = 0; p->b = 1; return p->all; }",
        ("union o { u32 all; struct { u32 a:4, b:4; }; };", "union o { u32 all; struct { u32 a:5, b:4; }; };"),
    ),
    "a type in front, in a union": (
        "u64 f(union o *p) { p->all = 0; p->b = 1; return p->all; }",
        (
            "typedef u16 T; union o { u64 all; struct { T a; u16 b; }; };",
            "typedef u32 T; union o { u64 all; struct { T a; u16 b; }; };",
        ),
    ),
    "a record in front, in a union": (
        "u64 f(union o *p) { p->all = 0; p->b = 1; return p->all; }",
        (
            "struct i { u8 x; }; union o { u64 all; struct { struct i a; u8 b; }; };",
            "struct i { u8 x, y; }; union o { u64 all; struct { struct i a; u8 b; }; };",
        ),
    ),
}  # fmt: skip

UNUSED = {
    "a record is pointed at": ("struct p { struct o *o; u32 n; }; u64 f(void) { return sizeof(struct p); }", GROWN),
    "values by name": ("static const struct o v = { .a = 1, .b = 2 }; u32 f(void) { return v.a; }", TURNED),
    "another part of a union": (
        "u64 f(union o *p) { p->a = 1; return p->both; }",
        ("union o { u64 both; u32 a; };", "union o { u64 both; u32 a; struct { u8 x; u32 y; }; };"),
    ),
}


def _compared(code: str, headers: tuple[str, str], folder: Path) -> dict[str, str]:
    """The verdicts on those functions that are compared if none is asked for."""
    for version, header in zip(("old", "new"), headers, strict=True):
        (folder / version).mkdir()
        (folder / version / "f.c").write_text(f'{HEAD}#include "k.h"\n{code}\n')
        (folder / version / "k.h").write_text(f"{header}\n")
    changes = diff(str(folder / "old"), str(folder / "new"), options=Options(timeout=20))
    return {change.comparison.function: change.comparison.verdict for change in changes}


@pytest.mark.parametrize("name", USES)
def test_a_function_that_behaves_otherwise_is_compared(name: str, tmp_path: Path) -> None:
    code, headers = USES[name]
    assert _compared(code, headers, tmp_path).get("f") not in (None, "same")


@pytest.mark.parametrize("name", UNUSED)
def test_a_function_that_nothing_changes_is_left_out(name: str, tmp_path: Path) -> None:
    code, headers = UNUSED[name]
    assert "f" not in _compared(code, headers, tmp_path)


_GIVEN = """extern u32 get(struct s *in, struct s *out);
u32 f(u32 *q, u32 x) { struct s v, o; if (q) { v.a = *q; v.b = 1; } if (get(q ? &v : 0, &o) > %s) e(); return o.a; }"""

EQUAL = {
    "a local variable that a call gets on one path": Attack(_GIVEN % "x + 1", _GIVEN % "1 + x", REFUSED, OPEN),
}
test_equal_calls_are_answered_alike = never_changed(EQUAL)
