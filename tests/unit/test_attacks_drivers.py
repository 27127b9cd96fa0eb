"""What came up in drivers, file systems and network code: arrays of no elements, parameters that were replaced, loop
macros whose names other macros make.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, CHANGED, OPEN, SAME, Attack, never_changed, never_the_same, verdicts
from tests.unit.test_tree import Dictionary
from verify.source.tree import Files

_T = """
struct item { u32 v; };
struct list { u32 n; struct item at[0]; };
struct mixed { u32 n; union { struct item at[0]; u64 wide[0]; } data; };
struct mid { u32 n; u32 mark[0]; u32 m; };
union req { struct item item; u32 mode; u64 all; };
struct other { struct item *item; };
struct pair { u32 one; u32 two; };
"""
_MACROS = """
#define __ARGS(_0, _1, _2, _n, X...) _n
#define COUNT(X...) __ARGS(, ##X, 2, 1, 0)
#define __CAT(a, b) a##b
#define CAT(a, b) __CAT(a, b)
#define __each0(p, x) for (u32 __i = 0; (x = g(p->arr[__i])) || __i < 4; __i++)
#define __each1(p, x, i) for (i = 0; (x = g(p->arr[i])) || i < 4; i++)
#define for_each(p, x, ...) CAT(__each, COUNT(__VA_ARGS__))(p, x, __VA_ARGS__)
#ifdef CONFIG_A
#define WHICH(x) 1
#else
#define WHICH(x) 2
#endif
#define set1(v) v = g(1)
#define set2(v) v = g(2)
#define stop1(v) if (g(v)) break
#define stop2(v) if (!g(v)) break
#define SET(v) CAT(set, WHICH(v))(v)
#define STOP(v) CAT(stop, WHICH(v))(v)
"""


def _pair(old: str, new: str, change: str) -> Attack:
    return Attack(f"{_T}{_MACROS}{old}", f"{_T}{_MACROS}{new}", OPEN, change)


DIFFERENT = {
    "behind a use of an array of no elements": _pair(
        "u32 f(struct list *p, u32 x) { if (x) { p->at[0].v = 1; return g(1); } return 0; }",
        "u32 f(struct list *p, u32 x) { if (x) { p->at[0].v = 1; return g(2); } return 0; }", CHANGED,
    ),
    "what is written to an array of no elements": _pair(
        "void f(struct list *p, u32 x) { p->at[x].v = 1; }", "void f(struct list *p, u32 x) { p->at[x].v = 2; }",
        CHANGED,
    ),
    "the address of an element of none, in a union": _pair(
        "u32 f(struct mixed *p) { struct item *i = &p->data.at[0]; return g(1) + i->v; }",
        "u32 f(struct mixed *p) { struct item *i = &p->data.at[0]; return g(2) + i->v; }", CHANGED,
    ),
    "a number in place of one of another width, used otherwise": _pair(
        "u32 f(int n) { return n > 3; }", "u32 f(_Bool b) { return b; }", CHANGED,
    ),
    "a number in place of one of the same width, used otherwise": _pair(
        "u32 f(int flags) { return g(flags); }", "u32 f(u32 how) { return g(how + 1); }", CHANGED,
    ),
    "a returned record's member that both versions have": _pair(
        "struct fd { void *file; u64 flags; };\nextern struct fd get(u32 n);\n"
        "u32 f(u32 n) { struct fd d = get(n); return d.file ? 1 : 0; }",
        "struct fd { void *file; u32 more; };\nextern struct fd get(u32 n);\n"
        "u32 f(u32 n) { struct fd d = get(n); return d.file ? 2 : 0; }", CHANGED,
    ),
    "a member in place of its record, not the first one": _pair(
        "struct outer { u64 more; struct pair pair; };\nu32 f(struct outer *o) { return g(o->pair.two); }",
        "u32 f(struct pair *p) { return g(p->two); }", OPEN,
    ),
    "what a message's arguments do": _pair(
        'struct device;\nu32 f(struct device *d, u32 x) { dev_err(d, "%u", x++); return g(x); }',
        'struct device;\nu32 f(struct device *d, u32 x) { dev_err(d, "%u", x); return g(x); }', CHANGED,
    ),
    "a message of the code's own": _pair(
        '#define dev_warn(p, ...) (p)->a = 1\nu32 f(struct s *p) { dev_warn(p, "x"); return 0; }',
        '#define dev_warn(p, ...) (p)->a = 2\nu32 f(struct s *p) { dev_warn(p, "x"); return 0; }', CHANGED,
    ),
    "a record that holds the pointer": _pair(
        "u32 f(struct item *i) { return g(i->v); }", "u32 f(struct other *o) { return g(o->item->v); }", CHANGED,
    ),
    "what a loop of a pasted name leaves": _pair(
        "u32 f(struct s *p) { u32 x = 0; for_each(p, x) if (x & 1) break; return x; }",
        "u32 f(struct s *p) { u32 x = 0; for_each(p, x) if (x & 1) break; return 0; }", CHANGED,
    ),
    "what a loop of a pasted name counts": _pair(
        "u32 f(struct s *p) { u32 x = 0, i = 0; for_each(p, x, i) if (x & 1) break; return i; }",
        "u32 f(struct s *p) { u32 x = 0, i = 0; for_each(p, x, i) if (x & 1) break; return 0; }", CHANGED,
    ),
    "what a macro of a name that isn't known sets": _pair(
        "u32 f(void) { u32 x = 0; SET(x); return x; }", "u32 f(void) { u32 x = 0; SET(x); return 0; }", OPEN,
    ),
    "where a macro of a name that isn't known leads to": _pair(
        "u32 f(u32 x) { u32 y = 0; switch (x) { case 1: STOP(x); y = 2; } return y == 2 ? 0 : 1; }",
        "u32 f(u32 x) { switch (x) { case 1: STOP(x); return 0; } return x == 1 ? 0 : 1; }", OPEN,
    ),
}  # fmt: skip
ALIKE = {
    "a union in place of its member": _pair(
        "void f(struct item *i, u32 x) { h(&x); if (!x) i = 0; e(); g(i ? 1 : 0); }",
        "void f(union req *r, u32 x) { struct item *i = &r->item; h(&x); if (!x) i = 0; e(); g(i ? 1 : 0); }", ASSUMING,
    ),
    "a union in place of a number": _pair(
        "void f(u32 *mode) { *mode = 1; }", "void f(union req *r) { u32 *mode = &r->mode; *mode = 1; }", OPEN,
    ),
    "a member in place of its record": _pair(
        "struct outer { struct pair pair; u64 more; };\nu32 f(struct outer *o) { return g(o->pair.two); }",
        "u32 f(struct pair *p) { return g(p->two); }", ASSUMING,
    ),
    "a member in place of a record without a tag": _pair(
        "typedef struct { struct pair pair; } outer_t;\nstruct has { u32 n; outer_t o; };\nextern void take(struct pair *p);\n"
        "void f(struct has *p) { take(&p->o.pair); }",
        "struct has { u32 n; struct pair o; };\nextern void take(struct pair *p);\nvoid f(struct has *p) { take(&p->o); }",
        OPEN,
    ),
    "what of a returned record only one version has": _pair(
        "struct fd { void *file; u64 flags; };\nextern struct fd get(u32 n);\n"
        "u32 f(u32 n) { struct fd d = get(n); return d.file ? 1 : 0; }",
        "struct fd { ulong word; };\nextern struct fd get(u32 n);\n"
        "u32 f(u32 n) { struct fd d = get(n); return (void *)(d.word & ~3ul) ? 1 : 0; }", OPEN,
    ),
    "a record in place of anything": _pair(
        "u32 f(void *p) { struct item *i = p; return g(i->v); }", "u32 f(struct item *i) { return g(i->v); }", ASSUMING,
    ),
    "a number without a sign": _pair("u32 f(int how) { return g(how); }", "u32 f(u32 mode) { return g(mode); }", ASSUMING),
    "a truth value in place of a number": _pair(
        "void f(int onoff) { if (onoff == 0) g(1); else g(2); }", "void f(_Bool on) { if (!on) g(1); else g(2); }", OPEN,
    ),
    "a wider number": _pair(
        "u32 f(u8 m) { if (m & 2) return g(1); return 0; }", "u32 f(u64 mode) { if (mode & 2) return g(1); return 0; }",
        OPEN,
    ),
    "an array of no elements": _pair(
        "u32 f(struct list *p, u32 x) { u32 a = p->at[x].v; return a + p->n; }",
        "u32 f(struct list *p, u32 x) { return p->n + p->at[x].v; }", SAME,
    ),
    "nothing where ## takes an argument": _pair(
        "#define kept(x, ...) CAT(x, __VA_ARGS__)\nu32 f(u32 x) { while (g(x)) kept(x)++; return x + 1; }",
        "#define kept(x, ...) CAT(x, __VA_ARGS__)\nu32 f(u32 x) { while (g(x)) kept(x)++; return 1 + x; }", OPEN,
    ),
    "a loop of a pasted name": _pair(
        "u32 f(struct s *p) { u32 x = 0; for_each(p, x) if (x & 1) break; return x + 1; }",
        "u32 f(struct s *p) { u32 x = 0; for_each(p, x) if (x & 1) break; return 1 + x; }", SAME,
    ),
}  # fmt: skip

test_never_the_same = never_the_same(DIFFERENT)
test_never_changed = never_changed(ALIKE)


@pytest.mark.parametrize("place", ["struct list *p, u32 x", "struct mixed *p, u32 x"])
def test_nothing_is_assumed_of_an_array_of_no_elements(place: str, tmp_path: Path) -> None:
    at = "p->at" if "list" in place else "p->data.at"
    pair = _pair(f"u32 f({place}) {{ return {at}[x].v; }}", f"u32 f({place}) {{ return ({at}[x]).v; }}", OPEN)
    _, _, verdict, reasons = verdicts(pair, tmp_path)
    assert verdict in ("same", "same under assumptions")
    assert not any("out of bounds" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("condition", "is_read"),
    [
        ("#ifdef __clang__\n#elif defined(__INTEL_COMPILER)", False),
        ("#ifdef __clang__\n#elif defined(__GNUC__)", True),
        ("#ifndef CONFIG_X86_32", True),
        ("#ifdef CONFIG_X86_32\n#endif\n#if 1", True),
        ("#ifdef CONFIG_X86_32\n#else", True),
        ("#if CONFIG_X86_32 || \\\n\tCONFIG_X", True),
        ("#ifdef CONFIG_X", True),
    ],
)
def test_what_another_compiler_includes_is_not_read(condition: str, is_read: bool, tmp_path: Path) -> None:
    """A header that says what a call means counts, but where the compiler certainly leaves it out."""
    code = f'{condition}\n#include "k.h"\n#endif\n'
    header = "\n// k.h\n#define swapped(x) exchanged(x)\n"
    old = f"{code}u32 swapped(u32 x);\nu32 f(u32 x) {{ return swapped(x); }}{header}"
    new = f"{code}u32 swapped(u32 x);\nu32 f(u32 y) {{ return swapped(y); }}{header}"
    _, _, verdict, reasons = verdicts(Attack(old, new, OPEN, OPEN), tmp_path)
    assert verdict == "same under assumptions"
    assert any("exchanged" in reason for reason in reasons) == is_read


@pytest.mark.parametrize(
    ("makefile", "found"),
    [
        ("ccflags-y += -I $(srctree)/$(src)/lib\n", "fs/a/lib/x.h"),
        ("ccflags-y := -I$(src)/lib # a comment\n", "fs/a/lib/x.h"),
        ("subdir-ccflags-y += -I $(srctree)/drivers/b/ \\\n\t-DX\n", "drivers/b/x.h"),
        ("ccflags-y += -I$(src)/../..\n", "x.h"),
        ("ccflags-y += -I$(src)/../../..\n", ""),
        ("ccflags-y += -I$(objtree)/fs/a/lib -I/usr/include\n", ""),
        ("", ""),
    ],
)
@pytest.mark.parametrize("including", ["fs/a/f.c", "fs/a/sub/f.c"])
def test_a_makefile_says_where_headers_are(makefile: str, found: str, including: str) -> None:
    headers = ("fs/a/lib/x.h", "drivers/b/x.h", "x.h", "../x.h")
    texts = {"fs/a/Makefile": makefile, including: '#include "x.h"\n', **dict.fromkeys(headers, "int x;\n")}
    assert list(Files(Dictionary(texts)).including((including,))) == ([found] if found else [])


def test_makefiles_share_what_they_say() -> None:
    texts = {
        "fs/Makefile": "obj-y += a/core/ \\\n\tb/\n",
        "fs/a/core/Kbuild": "TOP=$(src)/..\ninclude $(TOP)/part/Makefile\nccflags-y := -I$(TOP)/core\n",
        "fs/a/core/Makefile": "ccflags-y := -I$(srctree)/fs/b\n",
        "fs/a/part/Makefile": "subdir-ccflags-y += -I$(TOP)/other\n",
        "fs/a/part/f.c": '#include "x.h"\n#include "y.h"\n',
        **dict.fromkeys(("fs/a/core/x.h", "fs/b/x.h", "fs/a/other/y.h", "fs/b/y.h"), "int x;\n"),
    }
    assert list(Files(Dictionary(texts)).including(("fs/a/part/f.c",))) == ["fs/a/core/x.h", "fs/a/other/y.h"]


def test_messages_of_devices_do_nothing_that_matters(tmp_path: Path) -> None:
    code = 'struct device;\nu32 f(struct device *d, u32 x) {{ {}(d, "bad %u\\n", x); return g(x); }}'
    _, _, verdict, reasons = verdicts(_pair(code.format("dev_err"), code.format("netdev_dbg"), OPEN), tmp_path)
    assert verdict == "same under assumptions"
    assert [r for r in reasons if r.endswith("() does nothing that matters here")] == list(reasons)
