"""Attacks: what a loop or a callee that is compared as text uses differs by what stands elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, CHANGED, OPEN, SAME, Attack, never_changed, never_the_same
from verify import Options
from verify.changes.diff import diff


def both(text: str, old: str, new: str, change: str = OPEN) -> Attack:
    """`text` of both versions behind what differs."""
    return Attack(f"{old}\n{text}", f"{new}\n{text}", OPEN, change)


def record(old: str, new: str, use: str, before: str = "", change: str = OPEN) -> Attack:
    """A loop that does `use` with `struct z *p`, whose members differ."""
    text = f"int f(struct z *p, int n) {{ int r = 0; while (n--) {{ {use} }} return r; }}"
    return both(text, f"{before}struct z {{\n{old}\n}};", f"{before}struct z {{\n{new}\n}};", change)


AB = "p->a = n; r = r * 3 + p->b;"
IN = "p->in.a = n; r = r * 3 + p->in.b;"
STEP = "#define STEP(n) step_##n\n"
STEPS = "int f(unsigned n) { int r = 0; while (n--) r = r * 3 + STEP(a); return r; }"
FOO = "struct z {\n#ifdef FOO\nint pad; u8 a;\n#else\nint pad; s8 a;\n#endif\n};\n"
DIFFERENT = {
    "a union becomes a struct": record("union { int a; int b; };", "struct { int a; int b; };", AB, change=CHANGED),
    "a union with a name becomes a struct": record(
        "union { int a; int b; } in;", "struct { int a; int b; } in;", IN, change=CHANGED
    ),
    "a union in a struct in a union": record(
        "union { int q; union { int a; int b; }; };", "union { int q; struct { int a; int b; }; };", AB, change=CHANGED
    ),
    "a struct in a union is gone": record(
        "union { int q; struct { int a; int b; }; };", "union { int q; int a; int b; };", AB, change=CHANGED
    ),
    "members of one declaration": record("union { int a, b; };", "struct { int a, b; };", AB, change=CHANGED),
    "a member leaves its union": record("union { int a; int b; };", "union { int a; }; int b;", AB, change=CHANGED),
    "a member goes into another union": record(
        "union { int a; int b; }; union { int c; };", "union { int a; }; union { int b; int c; };", AB, change=CHANGED
    ),
    "a member that a callee writes": both(
        "static void k(struct z *p, int n) { while (n--) p->a = n; } "
        "static int j(struct z *p, int n) { int r = 0; while (n--) r += p->b; return r; } "
        "int f(struct z *p, int n) { k(p, n); return j(p, n); }",
        "struct z { union { int a; int b; }; };", "struct z { struct { int a; int b; }; };", ASSUMING
    ),
    "a macro opens the union": both(
        f"struct z {{ KIND {{ int a; int b; }}; }}; int f(struct z *p, int n) {{ int r = 0; while (n--) {{ {AB} }} return r; }}",
        "#define KIND union", "#define KIND struct", ASSUMING
    ),
    "a union that an #if opens": both(
        "struct z {\n#ifdef FOO\nunion {\n#endif\nint a; int b;\n#ifdef FOO\n};\n#endif\n};\n"
        f"int f(struct z *p, int n) {{ int r = 0; while (n--) {{ {AB} }} return r; }}", "#define FOO", "", ASSUMING
    ),
    "a union under an #if": both(
        "struct z {\n#ifdef FOO\nunion { int a; int b; };\n#else\nstruct { int a; int b; };\n#endif\n};\n"
        f"int f(struct z *p, int n) {{ int r = 0; while (n--) {{ {AB} }} return r; }}", "#define FOO", "", ASSUMING
    ),
    "a member under an #if": both(f"{FOO} int f(struct z *p) {{ return p->a; }}", "#define FOO", "", ASSUMING
    ),
    "a member under an #if, in a loop": both(
        f"{FOO} int f(struct z *p, int n) {{ int r = 0; while (n--) r = r * 3 + p->a; return r; }}",
        "#define FOO", "", ASSUMING
    ),
    "a member under an #if with a value": both(
        f"{FOO.replace('#ifdef FOO', '#if FOO == 1')} int f(struct z *p) {{ return p->a; }}",
        "#define FOO 1", "#define FOO 2", ASSUMING
    ),
    "a record under an #if": both(
        "#ifdef FOO\nstruct z { int pad; u8 a; };\n#else\nstruct z { int pad; s8 a; };\n#endif\n"
        "int f(struct z *p, int n) { int r = 0; while (n--) r = r * 3 + p->a; return r; }", "#define FOO", "", ASSUMING
    ),
    "a record that only a typedef names": both(
        "struct s2 { int a; }; int f(T *p, int n) { int r = 0; while (n--) r = r * 3 + p->a; return r; }",
        "typedef struct { u8 a; } T;", "typedef struct { s8 a; } T;", ASSUMING
    ),
    "a union that only a typedef names": both(
        f"int f(T *p, int n) {{ int r = 0; while (n--) {{ {AB} }} return r; }}",
        "typedef union { int a; int b; } *P, T;", "typedef struct { int a; int b; } *P, T;", ASSUMING
    ),
    "a variable that a local hides later": both(
        "static int k(int n) { int r = tab; int tab = 3; return r + tab + n; } int f(int n) { return k(n); }",
        "static const int tab = 1;", "static const int tab = 2;", ASSUMING
    ),
    "a variable that a local of the same declaration hides": both(
        "static int k(int n) { int r = tab, tab = 3; return r + tab + n; } int f(int n) { return k(n); }",
        "static const int tab = 1;", "static const int tab = 2;", ASSUMING
    ),
    "a constant that a local hides behind a loop": both(
        "static int k(int n) { int r = 0; while (n--) r += tab; int tab = 3; return r + tab; } int f(int n) { return k(n); }",
        "enum { tab = 1 };", "enum { tab = 2 };", ASSUMING
    ),
    "a function that a local hides later": both(
        "static int k(int n) { int r = tab(n); int tab = 3; return r + tab; } int f(int n) { return k(n); }",
        "static int tab(int n) { return n; }", "static int tab(int n) { return n + 1; }", ASSUMING
    ),
    "a type that a parameter hides": both(
        "static tab k(int tab) { return tab; } int f(int n) { return k(n); }", "typedef u8 tab;", "typedef s8 tab;", ASSUMING
    ),
    "a type that a declared function's parameter hides": both(
        "extern tab k(int tab); int f(int n) { return k(n); }", "typedef u8 tab;", "typedef s8 tab;", ASSUMING
    ),
    "a length that a parameter hides": both(
        'static int k(u8 (*a)[N], int N) { asm(""); return sizeof(*a) + N; } int f(u8 (*a)[1], int n) { return k(a, n); }',
        "enum { N = 1 };", "enum { N = 2 };", ASSUMING
    ),
    "a constant that ## names": both(STEP + STEPS, "enum { step_a = 1 };", "enum { step_a = 2 };", ASSUMING),
    "a macro that ## names": both(STEP + STEPS, "#define step_a 1", "#define step_a 2", ASSUMING),
    "a constant that ## names in a callee": both(
        STEP + 'static int k(int n) { asm(""); return STEP(a) + n; } int f(int n) { return k(n); }',
        "enum { step_a = 1 };", "enum { step_a = 2 };", ASSUMING
    ),
    "a variable that ## names": both(
        STEP + STEPS, "static const int step_a = 1;", "static const int step_a = 2;", ASSUMING
    ),
    "a function that ## names": both(
        "#define GET(n, x) get_##n(x)\nint f(unsigned n) { int r = 0; while (n--) r = r * 3 + GET(a, r); return r; }",
        "static int get_a(int x) { return x; }", "static int get_a(int x) { return x + 1; }", ASSUMING
    ),
    "a name that ## makes in a macro's macro": both(
        f"{STEP}#define TWICE(n) (2 * STEP(n))\n{STEPS.replace('STEP(a)', 'TWICE(a)')}",
        "enum { step_a = 1 };", "enum { step_a = 2 };", ASSUMING
    ),
    "a name that ## makes of a macro": both(
        f"{STEP}#define BY(n) STEP(n)\n#define WHICH a\n{STEPS.replace('STEP(a)', 'BY(WHICH)')}",
        "enum { step_a = 1 };", "enum { step_a = 2 };", ASSUMING
    ),
    "a name that ## makes in a plain macro": both(
        f"{STEP}#define ONE STEP(a)\n{STEPS.replace('STEP(a)', 'ONE')}",
        "enum { step_a = 1 };", "enum { step_a = 2 };", ASSUMING
    ),
    "a name that ## makes of the macro's own": both(
        f"#define STEP(n, ...) step_##n(__VA_ARGS__)\n#define step_b(x) step_##x##_c\n{STEPS.replace('STEP(a)', 'STEP(b, a)')}",
        "enum { step_a_c = 1 };", "enum { step_a_c = 2 };", ASSUMING
    ),
    "a variable that ## writes": Attack(
        "#define SET(n, x) (v_##n = x)\nint f(int n) { int v_a = 0; while (n--) SET(a, n); return v_a; }",
        "#define SET(n, x) (v_##n = x)\nint f(int n) { int v_a = 0; while (n--) SET(a, n); return 0; }", OPEN, OPEN
    ),
}  # fmt: skip

ALIKE = {
    "a member that is wrapped": record("int a; int b;", "int a; struct { int b; };", AB, change=SAME),
    "a member that is wrapped in a union": record("int a; int b;", "int a; union { int b; int c; };", AB, change=SAME),
    "a union that gets a member": record(
        "union { int a; int b; };", "union { int a; int c; int b; };", AB, change=SAME
    ),
    "a union that gets a name's record": record(
        "union { int a; int b; };", "union { int a; int b; struct { int c; } in; };", AB, change=SAME
    ),
    "a typedef's record that gets a member": both(
        f"int f(T *p, int n) {{ int r = 0; while (n--) {{ {AB} }} return r; }}",
        "typedef struct { int a; int b; } T;", "typedef struct { int a; int c; int b; } T;", SAME
    ),
    "a condition around one declaration": record(
        "int a; int b;", "int a;\n#ifdef CONFIG_B\nint b;\n#endif", AB, change=SAME
    ),
    "a function that a local hides": both(
        'static int k(int n) { int tab = n; asm(""); return tab; } int f(int n) { return k(n); }',
        "extern int tab(int n);", "extern long tab(int n);", SAME
    ),
    "a function that a parameter hides": both(
        'static int k(int tab) { int r = tab; asm(""); return r; } int f(int n) { return k(n); }',
        "extern int tab(int n);", "extern long tab(int n);", SAME
    ),
    "a name that ## might make": both(STEP + STEPS, "enum { step_a, step_b };", "enum { step_a, step_c, step_b };", SAME),
    "a comma that ## drops": both(
        "extern int say(int n, ...);\n#define SAY(n, ...) say(n, ## __VA_ARGS__)\n"
        "int f(unsigned n) { int r = 0; while (n--) r += SAY(n, r); return r; }", "", "extern int nr;", SAME
    ),
}  # fmt: skip

test_never_the_same = never_the_same(DIFFERENT)
test_never_changed = never_changed(ALIKE)

LOOP = "int f(unsigned n) {{ int r = 0; while (n--) r = r * 3 + {}; return r; }}\n"
# What a header in a folder `include` defines, which is none of the kernel's basic headers, and its use in both versions.
OWN_HEADERS = {
    "an idiom": ("#define BIT(n) (1 << (n))", "#define BIT(n) (2 << (n))", LOOP.format("BIT(n & 7)")),
    "a function of a known name": (
        "static inline int ffs(int n) { return n; }",
        "static inline int ffs(int n) { return n + 1; }",
        LOOP.format("ffs(n)"),
    ),
    "code for another machine": (
        "#ifdef CONFIG_64BIT\n#define K 1\n#else\n#define K 2\n#endif",
        "#ifdef CONFIG_64BIT\n#define K 1\n#else\n#define K 3\n#endif",
        "int f(int n) { return K + n; }\n",
    ),
}


@pytest.mark.parametrize("folder", ["include", "include/net", "drivers/x/include"])
@pytest.mark.parametrize("name", OWN_HEADERS)
def test_a_folder_called_include_is_not_the_kernels(name: str, folder: str, tmp_path: Path) -> None:
    *headers, text = OWN_HEADERS[name]
    for side, header in zip(("old", "new"), headers, strict=True):
        (tmp_path / side / folder).mkdir(parents=True)
        (tmp_path / side / folder / "k.h").write_text(f"{header}\n")
        (tmp_path / side / "f.c").write_text(f'#include "{folder}/k.h"\n{text}')
    (change,) = diff(str(tmp_path / "old"), str(tmp_path / "new"), ("f",), options=Options(timeout=20))
    assert change.comparison.verdict == "same under assumptions"
    assert change.comparison.reasons
