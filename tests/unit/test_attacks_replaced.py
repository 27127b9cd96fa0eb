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
LISTS = """struct lh { struct lh *next, *prev; };
#define INIT(name) { &(name), &(name) }
#define LIST(name) struct lh name = INIT(name)
#define TWO { 1, 2 }
struct outer { int i; struct lh l; };
extern void use(struct lh *p);
"""
GROUP = """#define group(NAME, MEMBERS...) union { struct { MEMBERS }; struct { MEMBERS } NAME; }
struct r { u32 a; group(both, u32 x; u32 y:3; u32 z:5; ); u32 e; };
"""
PLAIN = "struct r { u32 a; struct { u32 x; u32 y:3; u32 z:5; }; u32 e; };\n"
BITMAP = "#define BITS(n, c) unsigned long n[(c + 63) / 64]\ntypedef struct cm { BITS(bits, 128); } cm_t;\n"
WRAPPED = "struct r { u32 a; union { struct { u32 x; u32 y; }; u64 q; }; };\n"
BARE = "struct r { u32 a; struct { u32 x; u32 y; }; };\n"
EQUAL = {
    "an initialiser in braces": Attack(
        LISTS + "void f(void) { LIST(x); use(&x); }", LISTS + "void f(void) { struct lh x = { &x, &x }; use(&x); }",
        OPEN, SAME,
    ),
    "an initialiser in braces of an array": Attack(
        LISTS + "int f(void) { int a[2] = TWO; return a[1]; }", "int f(void) { return 2; }", "proved", SAME
    ),
    "an initialiser in braces within another one": Attack(
        LISTS + "int f(void) { struct outer x = { 1, INIT(x.l) }; use(&x.l); return x.i; }",
        LISTS + "int f(void) { struct outer x = { .l = INIT(x.l), .i = 1 }; use(&x.l); return x.i; }", OPEN, SAME,
    ),
    "members that a macro declares": Attack(
        GROUP + "void f(struct r *p) { p->y = 3; p->x = 1; p->e = p->z; }",
        GROUP + "void f(struct r *p) { p->x = 1; p->y = 3; p->e = p->z; }", "proved", SAME,
    ),
    "members under two names": Attack(
        GROUP + "u32 f(struct r *p) { p->both.x = 1; p->x = 3; return p->both.x; }",
        GROUP + "u32 f(struct r *p) { p->both.x = 1; p->x = 3; return 3; }", "proved", SAME,
    ),
    "members that get a union around them": Attack(
        GROUP + "void f(struct r *p) { p->y = 3; }", PLAIN + "void f(struct r *p) { p->y = 3; }", OPEN, OPEN
    ),
    "members that get a union around them, stored": Attack(
        WRAPPED + "void f(struct r *p) { p->y = 3; }", BARE + "void f(struct r *p) { p->y = 3; }", OPEN, OPEN
    ),
    "members that get a union around them, read": Attack(
        WRAPPED + "u32 f(struct r *p) { return p->y; }", BARE + "u32 f(struct r *p) { return p->y; }", OPEN, OPEN
    ),
    "a typedef of a record with a macro in it": Attack(
        BITMAP + "u64 f(cm_t *p) { return p->bits[1] + sizeof(*p); }",
        BITMAP + "u64 f(struct cm *p) { return p->bits[1] + 16; }", "proved", SAME,
    ),
    "constants of an enum with macros in it": Attack(
        "enum { A,\n#define A A\n B,\n#define B B\n C };\nint f(void) { return C; }", "int f(void) { return 2; }",
        "proved", SAME,
    ),
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
    "an initialiser in braces": Attack(
        LISTS + "void f(void) { LIST(x); use(&x); }", LISTS + "void f(void) { struct lh x = { &x, 0 }; use(&x); }",
        OPEN, "changed",
    ),
    "members that a macro declares": Attack(
        GROUP + "void f(struct r *p) { p->y = 3; }", GROUP + "void f(struct r *p) { p->z = 3; }", "refuted", "changed"
    ),
    "members under two names": Attack(
        GROUP + "u32 f(struct r *p) { p->both.x = 1; p->x = 3; return p->both.x; }",
        GROUP + "u32 f(struct r *p) { p->both.x = 1; p->x = 3; return 1; }", "refuted", "changed",
    ),
    "an element of what a macro declares": Attack(
        BITMAP + "u64 f(cm_t *p) { return p->bits[1]; }", BITMAP + "u64 f(cm_t *p) { return p->bits[0]; }",
        "refuted", "changed",
    ),
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

BYTES = "u32 f(u32 x) { return (x << 24) | ((x & 0xff00) << 8) | ((x >> 8) & 0xff00) | (x >> 24); }"
ORDER = {
    "ntohl() by hand": Attack("u32 f(u32 x) { return ntohl(x); }", BYTES, "proved", SAME),
    "little endian": Attack(
        "u64 f(u64 x) { return le32_to_cpu(x) + cpu_to_le16(x); }", "u64 f(u64 x) { return (u32)x + (u16)x; }",
        "proved", SAME,
    ),
    "the code's own": Attack(
        "u32 ntohl(u32 x) { return x; }\nu32 f(u32 x) { return ntohl(x); }", "u32 f(u32 x) { return x; }",
        "proved", SAME,
    ),
}  # fmt: skip
test_byte_orders = never_changed(ORDER)
test_other_byte_orders = never_the_same(
    {
        "none": Attack("u32 f(u32 x) { return ntohl(x); }", "u32 f(u32 x) { return x; }", "refuted", "changed"),
        "through a pointer to what is narrower": Attack(
            "typedef u64 __be64;\nu64 f(u32 *p) { return be64_to_cpup(p); }",
            "u64 f(u32 *p) { return __builtin_bswap64(*p); }",
            OPEN,
            OPEN,
        ),
    }
)
