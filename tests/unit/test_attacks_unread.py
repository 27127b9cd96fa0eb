"""Definitions that are hard to find, and differ: without being told where to look, `diff` says what they change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from verify.changes.diff import diff
from verify.changes.pair import ASSUMING, CHANGED, MAY, SAME


class Case(NamedTuple):
    """`code` of f.c, and `header`, k.h, in both of which `@` is `old`, then `new`; what is said of f() at best."""

    code: str
    header: str
    old: str
    new: str
    best: str


ZED = "struct zed { @ m; };"
LOOP = "static int k(struct zed *p) { int n = 0; while (p->m < 0 && n < 3) n++; return n; }\n"
CASES: Mapping[str, Case] = {
    "a member in a header that nothing else needs": Case(
        "int f(struct zed *p) { return p->m < 0; }", ZED, "unsigned int", "int", CHANGED
    ),
    "the same, in a callee that isn't looked into": Case(
        LOOP + "static int kk(struct zed *p) { int i, s = 0; for (i = 0; i < p->m; i++) s += k(p); return s; }\n"
        "int f(struct zed *p) { return kk(p); }",
        ZED, "unsigned int", "int", ASSUMING,
    ),
    "the same, in assembly": Case(
        'int f(struct zed *p) { int r; asm("mov %1,%0" : "=r" (r) : "r" ((long)p->m)); return r; }',
        ZED, "unsigned int", "int", MAY,
    ),
    "an attribute in front of the tag": Case(
        "int f(struct zed *p) { return p->m; }",
        "struct __attribute__((__packed__)) zed { @ m; };", "unsigned short", "short", CHANGED,
    ),
    "the first record of a header that C++ reads, too": Case(
        "int f(struct zed *p) { return p->m; }",
        '#ifdef __cplusplus\nextern "C" {\n#endif\n' + ZED + "\n#ifdef __cplusplus\n}\n#endif\n",
        "unsigned short", "short", CHANGED,
    ),
    "members by a macro without arguments": Case(
        "int f(struct zed *p) { return p->m; }",
        "#define MEMBERS @ m;\nstruct zed { MEMBERS };", "unsigned short", "short", ASSUMING,
    ),
    "a member by a macro": Case(
        "int f(struct zed *p) { return p->m < 0; }",
        "#define MEMBER(t, n) t n\nstruct zed { MEMBER(@, m); };", "unsigned int", "int", CHANGED,
    ),
    "a member as a macro's argument": Case(
        "unsigned long f(struct zed *p) { return GET(p, m) >> 3; }",
        "#define GET(p, name) ((p)->name)\n" + ZED, "unsigned int", "short", MAY,
    ),
    "a member that is pasted": Case(
        "unsigned long f(struct zed *p) { return GET(p, m) >> 3; }",
        "#define GET(p, name) ((p)->x_##name)\nstruct zed { @ x_m; };", "unsigned int", "short", MAY,
    ),
    "a function that a macro makes in the file itself": Case(
        "#define GETTER(name, k) static int get_##name(int x) { return x + k; }\nGETTER(rax, @)\n"
        "int f(int x) { return get_rax(x); }",
        "", "1", "3", ASSUMING,
    ),
    "the same, declared before": Case(
        "static int get_rax(int x);\n"
        "#define GETTER(name, k) static int get_##name(int x) { return x + k; }\nGETTER(rax, @)\n"
        "int f(int x) { return get_rax(x); }",
        "", "1", "3", ASSUMING,
    ),
    "a name with capitals, by a macro in lower case": Case(
        "int f(int x) { return PageLocked(x); }",
        "#define pageflag(name, k) static inline int Page##name(int x) { return x + k; }\npageflag(Locked, @)\n",
        "1", "3", ASSUMING,
    ),
    "a whole name as a macro's argument": Case(
        "int f(int x) { return getaa(x); }",
        "#define GEN(name, k) static inline int name(int x) { return x + k; }\nGEN(getaa, @)\n",
        "1", "3", ASSUMING,
    ),
    "the second of two headers that define a name": Case(
        "int f(int x) { return k(x); }",
        '#ifdef CONFIG_P\nstatic inline int k(int x) { return x; }\n#endif\n#include "l.h"\n// l.h\n'
        "#ifndef CONFIG_P\nstatic inline int k(int x) { return x + @; }\n#endif\n",
        "1", "2", ASSUMING,
    ),
    "a callback in a variable": Case(
        "struct op { int (*h)(int); };\nint reg(struct op *p);\nstatic int o1(int x) { return x + @; }\n"
        "static struct op ops = { .h = o1 };\nint f(void) { return reg(&ops); }",
        "", "1", "2", ASSUMING,
    ),
    "a variable that a macro defines": Case(
        "struct w { void (*f)(void); };\nvoid schedule(struct w *);\nvoid w1(void);\nvoid w2(void);\n"
        "#define DECLARE_W(n, g) struct w n = { .f = g }\nstatic DECLARE_W(ww, @);\nvoid f(void) { schedule(&ww); }",
        "", "w1", "w2", ASSUMING,
    ),
    "an alias": Case(
        "int c5(int x) { return x + @; }\n"
        'int c1(int x) __attribute__((alias("c5")));\nint f(int x) { return c1(x); }',
        "", "1", "2", ASSUMING,
    ),
    "a macro that comes in front of an include, or behind it": Case(
        "@\nint f(int x) { return x + K; }",
        "#ifdef FLAG\n#define K 1\n#else\n#define K 2\n#endif\n",
        '#define FLAG\n#include "k.h"', '#include "k.h"\n#define FLAG', MAY,
    ),
    "a record's size": Case(
        "int f(struct zed *p) { return sizeof(*p); }", ZED, "int", "char", ASSUMING
    ),
    "a record that is filled by position": Case(
        "int f(int a) { struct zed z = { a, 2 }; return z.m; }", "struct zed { @ };", "int m, n;", "int n, m;", CHANGED
    ),
}  # fmt: skip
_ORDER = (SAME, ASSUMING, MAY, CHANGED)


@pytest.mark.parametrize("name", CASES)
def test_it_is_told(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    for side, what in (("old", case.old), ("new", case.new)):
        (tmp_path / side).mkdir()
        header, _, further = case.header.replace("@", what).partition("// l.h\n")
        include = '#include "k.h"\n' if header and "k.h" not in case.old else ""
        (tmp_path / side / "f.c").write_text(f"{include}{case.code.replace('@', what)}\n")
        (tmp_path / side / "k.h").write_text(header)
        (tmp_path / side / "l.h").write_text(further)
    found = {c.comparison.function: c.comparison for c in diff(str(tmp_path / "old"), str(tmp_path / "new"))}
    assert "f" in found, "nothing is said of f()"
    assert found["f"].verdict == case.best
    assert found["f"].reasons or case.best == CHANGED
