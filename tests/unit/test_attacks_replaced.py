"""Macros where a type, a tag or a member stands, as the kernel has `pgoff_t`, `struct rcu_head` and `sk->sk_family`."""

from __future__ import annotations

from tests.unit.attacks import OPEN, SAME, Attack, never_changed, never_the_same

MACROS = """#define pg_t unsigned long
#define head other
struct other { int z; struct s in; };
#define first in.a
"""
TURNED = """typedef int T; int early(u32 x) { return (T)x < 0; }
#define T unsigned long
int f(u32 x) { return early(x) + ((T)-1 < 0); }
"""
EQUAL = {
    "a type": Attack(
        MACROS + "int f(u32 x) { pg_t i = x; return i + 1; }", "int f(u32 x) { unsigned long i = x; return i + 1; }",
        "proved", SAME,
    ),
    "a type in a cast": Attack(
        MACROS + "u64 f(u32 x) { return (pg_t)x << 32; }", "u64 f(u32 x) { return (unsigned long)x << 32; }",
        "proved", SAME,
    ),
    "a tag": Attack(
        MACROS + "int f(struct head *p) { return p->z; }", MACROS + "int f(struct other *p) { return p->z; }",
        "proved", SAME,
    ),
    "a member": Attack(
        MACROS + "int f(struct other *p) { return p->first; }", MACROS + "int f(struct other *p) { return p->in.a; }",
        "proved", SAME,
    ),
    "a member that is stored to": Attack(
        MACROS + "void f(struct other *p) { p->first = 3; }", MACROS + "void f(struct other *p) { p->in.a = 3; }",
        "proved", SAME,
    ),
    "a typedef's name that becomes a macro": Attack(
        TURNED, "int f(u32 x) { return (int)x < 0; }", "proved", SAME
    ),
    "typeof among a macro's arguments": Attack(
        "#define of(p, type, m) ((type *)(p))->m\nu32 f(struct s *p) { return of(p, typeof(*p), b); }",
        "u32 f(struct s *p) { return p->b; }", "proved", SAME,
    ),
}  # fmt: skip
test_never_changed = never_changed(EQUAL)

DIFFERENT = {
    "a type in a cast": Attack(
        MACROS + "u64 f(u32 x) { return (pg_t)x << 31; }", "u64 f(u32 x) { return x << 31; }", "refuted", "changed"
    ),
    "another member": Attack(
        MACROS + "int f(struct other *p) { return p->first; }", MACROS + "int f(struct other *p) { return p->in.b; }",
        "refuted", "changed",
    ),
    "a member's own name before": Attack(
        "struct o { int z; struct s in; int m; };\n#define m in.a\nint f(struct o *p) { return p->m; }",
        "struct o { int z; struct s in; int m; };\nint f(struct o *p) { return p->m; }", "refuted", "changed",
    ),
    "a typedef's name that becomes a macro": Attack(
        TURNED, "int f(u32 x) { return ((int)x < 0) + 1; }", "refuted", "changed"
    ),
    "a macro for a pointer, which binds one declarator": Attack(
        "#define P int *\nint f(int j) { int i = 1; P a = &i, b = j; return *a + b; }",
        "int f(int j) { return 1; }", OPEN, OPEN,
    ),
    "a type that is another one later": Attack(
        "#define T int\nint early(u32 x) { return (T)x < 0; }\n#undef T\n#define T unsigned long\n"
        "int f(u32 x) { return early(x) + ((T)-1 < 0); }",
        "int f(u32 x) { return ((int)x < 0) + 1; }", OPEN, OPEN,
    ),
    "part of a type": Attack(
        "#define T int\nu64 f(u32 x) { long T y = x; return y << 32; }", "u64 f(u32 x) { return (int)(x << 31); }",
        OPEN, OPEN,
    ),
}  # fmt: skip
test_never_the_same = never_the_same(DIFFERENT)
