"""Attacks on what a function's own text doesn't say: a header that it includes is another one in the new version."""

from __future__ import annotations

from tests.unit.attacks import ASSUMING, CHANGED, NAMED, OPEN, SAME, Attack, in_header, never_changed, never_the_same

INCLUDES = 'u32 f(u32 x) { return t[1]; }\nstatic const u32 t[] = {\n#include "k.h"\n};\n'
PAIR = "struct o { u32 a, b; };", "struct o { u32 b, a; };"
ENUM = "enum e { A, B };", "enum e { A, B, M = -1 };"
EMPTY = "#define unused"
GIVEN = "extern u32 k(struct z *z);\nu32 f(u32 x) { struct z z = {}; z.v = x; return k(&z); }"
LISTED = "enum e { A, LISTED, LAST };"
LISTED_IF = "enum e { A,\n#ifdef CONFIG_X\nLISTED,\n#endif\nLAST };"

DIFFERENT = {
    "a word of C is a macro": in_header(
        "u64 f(u64 x) { int y = x; return y; }", EMPTY, "#define int short", OPEN, OPEN
    ),
    "a keyword is a macro": in_header(
        "u32 f(u32 x) { if (x) return 1; return 2; }", EMPTY, "#define if(c) if (!(c))", OPEN, OPEN
    ),
    "its own idiom": in_header(
        "u32 f(u32 x) { return min(x, 3u); }",
        "#define min(a, b) ((a) < (b) ? (a) : (b))",
        "#define min(a, b) ((a) > (b) ? (a) : (b))",
        "refuted",
        CHANGED,
    ),
    "its own type of a known name": in_header(
        "u64 f(u64 x) { gfn_t y = x; return y; }", "typedef u64 gfn_t;", "typedef u32 gfn_t;", "refuted", CHANGED
    ),
    "its own function of a known name": in_header(
        "u32 f(u32 x) { return test_bit(x, 0); }",
        "static inline int test_bit(int a, void *b) { return a & 1; }",
        "static inline int test_bit(int a, void *b) { return a & 2; }",
        "refuted",
        ASSUMING,
    ),
    "a static variable of an inline function": in_header(
        "u32 f(void) { return next(); }",
        "static inline u32 next(void) { static u32 n = 1; return n++; }",
        "static inline u32 next(void) { static u32 n = 2; return n++; }",
        NAMED,
        ASSUMING,
    ),
    "a macro of a function's name": in_header(
        "u32 f(u32 x) { return g(x); }", EMPTY, "#define g(x) ((x) + 1)", OPEN, CHANGED
    ),
    "a macro of its own function's name": in_header(
        'static u32 own(u32 x) { return x + 1; }\n#include "k.h"\nu32 f(u32 x) { return own(x); }',
        EMPTY,
        "#define own(x) ((x) + 2)",
        "refuted",
        CHANGED,
    ),
    "a macro of a variable's name": in_header(
        'extern u32 v;\n#include "k.h"\nu32 f(u32 x) { return v + x; }', EMPTY, "#define v 0", OPEN, OPEN
    ),
    "what a table includes": in_header(INCLUDES, "1, 2,", "1, 3,", OPEN, OPEN),
    "what a table includes, by a macro": in_header(
        f"#define E(x) x,\n{INCLUDES}", "E(1) E(2)", "E(1) E(3)", OPEN, OPEN
    ),
    "what an enum includes": in_header(
        'enum e {\n#include "k.h"\nLAST };\nu32 f(void) { return LAST; }', "A,", "A, B,", OPEN, OPEN
    ),
    "what a record includes": in_header(
        'struct r {\n#include "k.h"\n};\nu64 f(struct r *r, u32 x) { r->v = x; return r->v; }',
        "u32 v;",
        "u16 v;",
        OPEN,
        OPEN,
    ),
    "the order of members": in_header(
        "static const struct o t = { 1, 5 }; u32 f(void) { return t.a; }", *PAIR, OPEN, OPEN
    ),
    "the order of members, of what isn't const": in_header(
        "static struct o t = { 1, 5 }; u32 f(void) { return t.a; }", *PAIR, NAMED, OPEN
    ),
    "the order of members, in a table": in_header(
        "static const struct o t[] = { { 1, 5 }, { 2, 6 } }; u32 f(u32 x) { return t[x].a; }", *PAIR, OPEN, OPEN
    ),
    "the order of members, by a macro": in_header(
        "#define E(x, y) { x, y }\nstatic const struct o t[] = { E(1, 2), E(3, 4) }; u32 f(u32 x) { return t[x].a; }",
        *PAIR,
        OPEN,
        OPEN,
    ),
    "the order of members within": in_header(
        "struct p { struct o in; int k; }; static const struct p t = { .in = { 1, 5 } }; u32 f(void) { return t.in.a; }",
        *PAIR,
        OPEN,
        OPEN,
    ),
    "the order of members within, of a record without a tag": in_header(
        "static const struct { struct o v[1]; } t = { .v = { { 1, 5 } } }; u32 f(void) { return t.v[0].a; }",
        *PAIR,
        OPEN,
        OPEN,
    ),
    "the order of records within": in_header(
        "static const struct p t = { { .a = 1 }, { .a = 2 } }; u32 f(void) { return t.p.a; }",
        "struct in { u32 a; }; struct p { struct in p, q; };",
        "struct in { u32 a; }; struct p { struct in q, p; };",
        OPEN,
        OPEN,
    ),
    "a member in front": in_header(
        "static const struct o t = { 1, 5 }; u32 f(void) { return t.b; }",
        "struct o { u32 a, b; };",
        "struct o { u32 a, z, b; };",
        OPEN,
        OPEN,
    ),
    "an enum's sign": in_header("u64 f(u32 x) { enum e y = x; return y; }", *ENUM, "refuted", CHANGED),
    "an enum's sign, of a parameter": in_header("u64 f(enum e x) { return x; }", *ENUM, OPEN, OPEN),
    "an enum's sign, of the result": in_header("enum e f(u32 x) { return x; }", *ENUM, NAMED, ASSUMING),
    "an enum's size": in_header(
        "u64 f(u64 x) { enum e y = x; return y; }", ENUM[0], "enum e { A, B, M = 0x100000000 };", "refuted", CHANGED
    ),
    "an enum's size, asked for": in_header(
        "u64 f(void) { return sizeof(enum e); }", ENUM[0], "enum e { A, B, M = 0x100000000 };", "refuted", CHANGED
    ),
    "an enum's sign, as it's configured": in_header(
        "u64 f(u32 x) { enum e y = x; return y; }",
        ENUM[0],
        "enum e { A, B,\n#ifdef CONFIG_X\nM = -1\n#endif\n};",
        OPEN,
        OPEN,
    ),
    "an enum's sign, by a macro": in_header(
        "#define LEAST -1\nu64 f(u32 x) { enum e y = x; return y; }",
        ENUM[0],
        "enum e { A, B, M = LEAST };",
        "refuted",
        CHANGED,
    ),
    "what a member holds that both versions' local record has": Attack(
        f"struct z {{ u32 v; }};\n{GIVEN}",
        f"struct z {{ u32 v, w; }};\n{GIVEN.replace('= x', '= x + 1')}",
        "refuted",
        CHANGED,
    ),
    "the order of an enum's constants, by a macro": in_header(
        "u32 f(u32 x) { return x == C; }",
        f"#define LISTED B, C\n{LISTED}",
        f"#define LISTED C, B\n{LISTED}",
        "refuted",
        CHANGED,
    ),
    "how many constants a macro lists": in_header(
        "u32 f(u32 x) { return x == LAST; }",
        f"#define LISTED B, C\n{LISTED}",
        f"#define LISTED B\n{LISTED}",
        "refuted",
        CHANGED,
    ),
    "a constant in front of those that a macro lists": in_header(
        "u32 f(u32 x) { return x == C; }",
        f"#define LISTED B, C\n{LISTED_IF}",
        f"#define LISTED B, C\n{LISTED_IF.replace('A,', 'A, Z,')}",
        "refuted",
        CHANGED,
    ),
    "whether constants are listed": in_header(
        "u32 f(u32 x) { return x == LAST; }",
        f"#define LISTED B, C\n{LISTED_IF}",
        f"#define LISTED B, C\n{LISTED}",
        OPEN,
        ASSUMING,
    ),
    "a macro behind the enum that it would list constants of": in_header(
        '#include "k.h"\n#define LISTED B, C\nu32 f(u32 x) { return x == LAST; }',
        LISTED,
        "enum e { A, B, C, LAST };",
        OPEN,
        ASSUMING,
    ),
    "a macro of a header behind the enum that it would list constants of": in_header(
        f'{LISTED}\n#include "k.h"\nu32 f(u32 x) {{ return x == LAST; }}',
        "#define LISTED B, C",
        "#define LISTED B, C, D\n#undef LISTED",
        OPEN,
        ASSUMING,
    ),
    "whether what stands in front of constants is there": in_header(
        "u32 f(u32 x) { return x == C; }",
        f"#define LISTED B, C\n{LISTED}",
        f"#define LISTED B, C\n{LISTED_IF.replace('LISTED', 'Z').replace('LAST', 'LISTED, LAST')}",
        OPEN,
        ASSUMING,
    ),
    "one of two macros that list constants": in_header(
        f"{LISTED}\nu32 f(u32 x) {{ return x == C; }}",
        "#ifdef CONFIG_X\n#define LISTED B, C\n#else\n#define LISTED C, B\n#endif",
        "#ifdef CONFIG_Y\n#define LISTED B, C\n#else\n#define LISTED C, B\n#endif",
        OPEN,
        ASSUMING,
    ),
    "an enum's sign, by a macro that lists constants": in_header(
        "u64 f(u32 x) { enum e y = x; return y; }",
        f"#define LISTED B, C\n{LISTED}",
        f"#define LISTED B = -1, C\n{LISTED}",
        "refuted",
        CHANGED,
    ),
    "a constant by another name": in_header(
        'u32 f(u32 x) { asm volatile("one %0" : : "i" (N)); return x; }',
        "#define N 12",
        "#define M 13\n#define N M",
        OPEN,
        OPEN,
    ),
    "a constant by another name, under a condition": in_header(
        'u32 f(u32 x) { asm volatile("one %0" : : "i" (N)); return x; }',
        "#define N 12",
        "#ifdef CONFIG_X\n#define M 12\n#endif\n#define N M",
        OPEN,
        ASSUMING,
    ),
    "a constant by another name that ends": in_header(
        'u32 f(u32 x) { asm volatile("one %0" : : "i" (N)); return x; }',
        "#define N M\n#define M 12",
        "#define N M\n#define M 12\n#undef M\n#define M 13",
        OPEN,
        OPEN,
    ),
    "several elements by a macro": in_header(
        "static const u32 t[] = { L }; u32 f(void) { return sizeof(t); }",
        "#define L 1, 2",
        "#define L 1, 2, 3",
        OPEN,
        OPEN,
    ),
    "an element's index by a macro": in_header(
        "static const u32 t[] = { E(1) }; u32 f(void) { return sizeof(t); }",
        "#define E(i) [i] = 7",
        "#define E(i) [i + 1] = 7",
        OPEN,
        OPEN,
    ),
    "the length of an array": in_header(
        "u32 f(void) { return sizeof(t) / sizeof(t[0]); }", "extern u32 t[3];", "extern u32 t[4];", "refuted", CHANGED
    ),
    "a static variable of a macro": in_header(
        "u32 f(void) { return next(); }",
        "#define next() ({ static u32 id = 1; id++; })",
        "#define next() ({ static u32 id = 2; id++; })",
        NAMED,
        OPEN,
    ),
    "a macro of a member's name": in_header(
        "struct r { u32 a, b; }; u32 f(struct r *r) { return r->M; }", "#define M a", "#define M b", OPEN, ASSUMING
    ),
    "a symbol that is defined": in_header(
        "u32 f(void) { return IS_ENABLED(CONFIG_X); }", EMPTY, "#define CONFIG_X 1", OPEN, OPEN
    ),
    "a symbol that is undefined": in_header(
        "u32 f(void) {\n#ifdef CONFIG_X\nreturn 1;\n#endif\nreturn 0; }", EMPTY, "#undef CONFIG_X", OPEN, OPEN
    ),
    "records that are packed": in_header(
        "struct r { u8 a; u32 b; }; u32 f(void) { return sizeof(struct r); }",
        EMPTY,
        "#pragma pack(1)",
        "refuted",
        ASSUMING,
    ),
    "a constant of a macro's enum": in_header(
        "#define X(n) E_##n,\nenum { L };\nu32 f(void) { return E_b; }",
        "#define L X(a) X(b)",
        "#define L X(b)",
        OPEN,
        ASSUMING,
    ),
}

EQUAL = {
    "a static variable of a macro": in_header(
        "u32 f(void) { return next(); }",
        "#define next() ({ static u32 id = 1; id++; })",
        "#define next() ({ static u32 id = 1; ++id - 1; })",
        OPEN,
        OPEN,
    ),
    "records that were packed": in_header(
        "struct r { u8 a; u32 b; }; u32 f(void) { return sizeof(struct r); }",
        EMPTY,
        "#pragma pack(push, 1)\nstruct q { u8 a; u32 b; };\n#pragma pack(pop)",
        "proved",
        SAME,
    ),
    "a macro of another name": in_header("u32 f(u32 x) { return g(x); }", EMPTY, "#define k(x) g(x)", "proved", SAME),
    "an idiom written otherwise": in_header(
        "u32 f(u32 x) { return min(x, 3u); }",
        "#define min(a, b) ((a) < (b) ? (a) : (b))",
        "#define min(a, b) ((b) > (a) ? (a) : (b))",
        "proved",
        SAME,
    ),
    "what a table includes": in_header(INCLUDES, "1, 2,", "1, 2, /* two */", OPEN, SAME),
    "designators": in_header(
        "static const struct o t = { .a = 1, .b = 5 }; u32 f(void) { return t.a; }", *PAIR, "proved", SAME
    ),
    "a member behind": in_header(
        "static const struct o t = { 1, 5 }; u32 f(void) { return t.b; }",
        "struct o { u32 a, b; };",
        "struct o { u32 a, b, z; };",
        "proved",
        SAME,
    ),
    "a constant by another name": in_header(
        'u32 f(u32 x) { asm volatile("one %0" : : "i" (N)); return x; }',
        "#define N 12",
        "#define M K\n#define K 12\n#define N M",
        OPEN,
        SAME,
    ),
    "constants that a macro lists": in_header(
        "u32 f(u32 x) { return x == C; }", f"#define LISTED B, C\n{LISTED}", "enum e { Z, B, C };", "proved", SAME
    ),
    "constants that a macro lists, and another one": in_header(
        "u32 f(u32 x) { return x == LAST; }",
        f"#define LISTED B, MORE\n#define MORE C, D\n{LISTED}",
        "enum e { LAST = 4 };",
        "proved",
        SAME,
    ),
    "constants that a macro lists, if they are there": in_header(
        "u32 f(u32 x) { return x == C; }", f"#define LISTED B, C\n{LISTED_IF}", "enum e { C = 2 };", "proved", SAME
    ),
    "a member more of a local record": in_header(GIVEN, "struct z { u32 v; };", "struct z { u32 v, w; };", OPEN, OPEN),
    "a member within that a local record no longer has": in_header(
        GIVEN,
        "struct z { u32 v; struct { u32 a[2], w; } in; };",
        "struct z { u32 v; struct { u32 a[2]; } in; };",
        OPEN,
        OPEN,
    ),
    "more elements of a local record": in_header(
        GIVEN, "struct z { u32 v, a[2]; };", "struct z { u32 v, a[4]; };", OPEN, OPEN
    ),
    "an enum of one sign": in_header(
        "u64 f(u32 x) { enum e y = x; return y; }", ENUM[0], "enum e { A, B, C };", "proved", SAME
    ),
}

test_different = never_the_same(DIFFERENT)
test_equal = never_changed(EQUAL)
