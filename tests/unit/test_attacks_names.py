"""One thing under two names: members that are wrapped or moved, records that are renamed, functions behind pointers."""

from __future__ import annotations

from tests.unit.attacks import ASSUMING, OPEN, SAME, Attack, never_changed, never_the_same

K = "extern u32 k(u32 x);\n"
IS_ERR = "#define IS_ERR(p) ((ulong)(p) >= (ulong)-4095)\n"


def stored(old: str, new: str, *paths: str, claim: str = OPEN, change: str = OPEN) -> Attack:
    """A store of 3 to the member `paths[0]` of `struct r`, and to `paths[-1]` of it as `new` has it."""
    first, last = (f"void f(struct r *p) {{ p->{path} = 3; }}" for path in (paths[0], paths[-1]))
    return Attack(f"{old} {first}", f"{new} {last}", claim, change)


HELPER = 'static u32 help(u32 x) { asm(""); return x + CALL; } u32 f(u32 x) { return help(x); }\n'
NUMBER = "#define define_n(a) static const u32 n = a;\n"
MAKER = "#define make(a) u32 n(void) { return 3 a; }\n#define b 3\n#define c 4\n"
PLAIN = "struct r { u32 x; u32 y; };"
EQUAL = {
    "a member in front of an anonymous struct": stored(
        "struct r { u32 x; struct { u32 y; }; };", "struct r { u32 x; u32 n; struct { u32 y; }; };", "y",
        claim="proved", change=SAME,
    ),
    "a member in front of an anonymous union": stored(
        "struct r { u32 x; union { u32 y; u8 z; }; };", "struct r { u32 x; u32 n; union { u32 y; u8 z; }; };", "y",
        claim="proved", change=SAME,
    ),
    "a member in front of bits in a union": stored(
        "struct r { u32 x; union { u32 y; struct { u32 l:3; u32 h:29; }; }; };",
        "struct r { u32 x; u32 n; union { u32 y; struct { u32 l:3; u32 h:29; }; }; };", "l",
        claim="proved", change=SAME,
    ),
    "an anonymous struct in an anonymous union in front": stored(
        "struct r { union { struct { u32 x; u32 y; }; u64 both; }; };",
        "struct r { u32 n; union { struct { u32 x; u32 y; }; u64 both; }; };", "y", claim="proved", change=SAME,
    ),
    "wrapped into an anonymous struct": stored(
        PLAIN, "struct r { u32 x; struct { u32 y; }; };", "y", claim="proved", change=SAME
    ),
    "wrapped into an anonymous union": stored(
        PLAIN, "struct r { u32 x; union { u32 y; u8 z; }; };", "y", claim="proved", change=SAME
    ),
    "wrapped into a union, not first": stored(PLAIN, "struct r { u32 x; union { u8 z; u32 y; }; };", "y"),
    "moved into a struct": stored(PLAIN, "struct in { u32 y; }; struct r { u32 x; struct in in; };", "y", "in.y"),
    "moved out of a struct": stored("struct in { u32 y; }; struct r { u32 x; struct in in; };", PLAIN, "in.y", "y"),
    "renamed record": Attack(
        "struct old { u32 x; }; u32 f(struct old *p) { return p->x; }",
        "struct new { u32 x; }; u32 f(struct new *p) { return p->x; }",
        OPEN, "assuming",
    ),
    "renamed record of an unknown layout": Attack(
        "struct old { struct e e; u32 x; }; u32 f(struct old *p) { return p->x; }",
        "struct new { struct e e; u32 x; }; u32 f(struct new *p) { return p->x; }",
        OPEN, "assuming",
    ),
    "a parameter's name in a prototype": Attack(
        "extern u32 k(struct s *one, u32 n); u32 f(struct s *p) { return k(p, 1); }",
        "u32 k(struct s *two, u32 m); u32 f(struct s *p) { return k(p, 1); }",
        "proved", SAME,
    ),
    "a variable that became a member": Attack(
        "static u32 v; u32 f(void) { return v; }", "static struct { u32 v; } all; u32 f(void) { return all.v; }",
        OPEN, OPEN,
    ),
    "a static variable that left its function": Attack(
        "u32 f(void) { static u32 c; return c++; }", "static u32 c; u32 f(void) { return c++; }", OPEN, OPEN
    ),
    "a variable of another name": Attack(
        "static struct s v; u32 f(void) { return v.a; }", "static struct s w; u32 f(void) { return w.a; }",
        OPEN, "assuming",
    ),
    "a record of one number": Attack(
        "struct r { u32 x; }; u32 f(struct r *p) { return p->x; }", "u32 f(u32 *p) { return *p; }", OPEN, OPEN
    ),
    "what the pointer is known to be, by name": Attack(
        K + "u32 f(u32 (*p)(u32), u32 x) { return p == k ? k(x) : p(x); }",
        K + "u32 f(u32 (*p)(u32), u32 x) { return p(x); }",
        "named", SAME,
    ),
    "what the pointer is known to be, inlined": Attack(
        "static u32 k(u32 x) { return x + 1; } u32 f(u32 (*p)(u32), u32 x) { return p == k ? k(x) : p(x); }",
        "static u32 k(u32 x) { return x + 1; } u32 f(u32 (*p)(u32), u32 x) { return p(x); }",
        OPEN, OPEN,
    ),
    "a pointer to a function": Attack(
        K + "u32 f(u32 x) { u32 (*p)(u32) = k; return p(x); }", K + "u32 f(u32 x) { return k(x); }", "proved", SAME
    ),
    "a pointer in a table that isn't read": Attack(
        K + "struct o { u32 (*k)(u32); }; static const struct o o = {.k = k}; u32 f(u32 x) { return o.k(x); }",
        K + "u32 f(u32 x) { return k(x); }",
        OPEN, OPEN,
    ),
    "an error pointer that is read through": Attack(
        IS_ERR + "u32 f(struct s *p) { u32 v = p->a; return IS_ERR(p) ? 3 : v; }",
        "u32 f(struct s *p) { return p->a; }",
        OPEN, OPEN,
    ),
    "an error pointer that is written through": Attack(
        IS_ERR + "void f(struct s *p) { p->a = 1; if (IS_ERR(p)) return; e(); }",
        "void f(struct s *p) { p->a = 1; e(); }",
        OPEN, OPEN,
    ),
}  # fmt: skip
EITHER = "struct q { u32 k;\n#ifdef CONFIG_A\nstruct { u32 x; };\n#else\nstruct { u64 x; };\n#endif\n};\n"
EITHER_KIND = """struct q { u32 k;
#ifdef CONFIG_A
union { u32 x; u32 y; };
#else
struct { u32 x; u32 y; };
#endif
};
"""
DIFFERENT = {
    "a member of either of two anonymous records": Attack(
        EITHER + "u64 f(struct q *p) { return p->x; }", EITHER + "u64 f(struct q *p) { return (u32)p->x; }", OPEN, OPEN
    ),
    "members of a union or of a struct": Attack(
        EITHER_KIND + "u32 f(struct q *p) { p->x = 1; p->y = 2; return p->x; }",
        EITHER_KIND + "u32 f(struct q *p) { p->x = 1; p->y = 2; return 2; }",
        OPEN, OPEN,
    ),
    "another member of an anonymous struct": stored(
        "struct r { u32 x; struct { u32 y; u32 z; }; };", "struct r { u32 x; struct { u32 y; u32 z; }; };", "y", "z",
        claim="refuted", change="changed",
    ),
    "another member of two anonymous structs": stored(
        "struct r { struct { u32 y; }; struct { u32 z; }; };", "struct r { struct { u32 y; }; struct { u32 z; }; };",
        "y", "z", claim="refuted", change="changed",
    ),
    "a part of the union": stored(
        "struct r { u32 x; union { u32 y; u8 z; }; };", "struct r { u32 x; union { u32 y; u8 z; }; };", "y", "z",
        claim="refuted", change="changed",
    ),
    "another member of a renamed record": Attack(
        "struct old { u32 x; u32 y; }; u32 f(struct old *p) { return p->x; }",
        "struct new { u32 x; u32 y; }; u32 f(struct new *p) { return p->y; }",
        OPEN, OPEN,
    ),
    "a renamed record, and another result": Attack(
        "struct old { u32 x; }; u32 f(struct old *p) { p->x = 1; return 1; }",
        "struct new { u32 x; }; u32 f(struct new *p) { p->x = 1; return 2; }",
        OPEN, "changed",
    ),
    "a variable of another name, and another result": Attack(
        "static u32 v; u32 f(void) { v = 1; return 1; }", "static u32 w; u32 f(void) { w = 1; return 2; }",
        OPEN, "changed",
    ),
    "another function behind the pointer": Attack(
        K + "u32 f(u32 x) { u32 (*p)(u32) = g; return p(x); }", K + "u32 f(u32 x) { return k(x); }", OPEN, OPEN
    ),
    "other arguments behind the pointer": Attack(
        K + "u32 f(u32 x) { u32 (*p)(u32) = k; return p(x); }", K + "u32 f(u32 x) { return k(x + 1); }",
        "refuted", "changed",
    ),
    "any function": Attack(
        K + "u32 f(u32 (*p)(u32), u32 x) { return p(x); }", K + "u32 f(u32 (*p)(u32), u32 x) { return k(x); }",
        "refuted", "changed",
    ),
    "a pointer that isn't read through": Attack(
        IS_ERR + "u32 f(struct s *p) { return IS_ERR(p) ? 3 : 0; }", "u32 f(struct s *p) { return 0; }",
        "refuted", "changed",
    ),
    "what a macro's use at file scope defines": Attack(
        NUMBER + "define_n(2 * 3)\n" + HELPER.replace("CALL", "n"), NUMBER + "define_n(2 * 4)\n" + HELPER.replace("CALL", "n"),
        OPEN, ASSUMING,
    ),
    "a function that a macro's use defines": Attack(
        MAKER + "static make(* b)\n" + HELPER.replace("CALL", "n()"), MAKER + "static make(* c)\n" + HELPER.replace("CALL", "n()"),
        OPEN, ASSUMING,
    ),
    "a parameter's type in a prototype": Attack(
        "extern u32 k(u32 n); u32 f(u32 x) { return k(x); }", "extern u32 k(u8 n); u32 f(u32 x) { return k(x); }",
        OPEN, ASSUMING,
    ),
    "locals in anonymous records": Attack(
        "struct r { u32 n; struct { u32 y; u32 z; }; }; u32 f(u32 a) { struct r r; r.y = a; r.z = 1; h(&r.y); return r.z; }",
        "struct r { u32 n; struct { u32 y; u32 z; }; }; u32 f(u32 a) { struct r r; r.y = a; r.z = 1; h(&r.z); return r.z; }",
        "refuted", "changed",
    ),
}  # fmt: skip


test_never_changed = never_changed(EQUAL)


test_never_the_same = never_the_same(DIFFERENT)
