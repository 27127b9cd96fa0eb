"""`_Generic`, and macros with `typeof` that are used where the same names have other types."""

from __future__ import annotations

from tests.unit.attacks import OPEN, SAME, Attack, never_changed, never_the_same

OUTER = """#define container_of_const(p, type, m) _Generic(p, const typeof(*(p)) *: ((const type *)container_of(p, type, m)), \\
    default: ((type *)container_of(p, type, m)))
struct o { int z; struct s in; int w; };
"""
PICK = "#define PICK(x) _Generic(x, int: 1, unsigned int: 2, default: 3)\n"
BITS = "struct b { u32 n : 3; };\n"
BOTH = "struct s2 { u32 b; u32 a; };\n"
CAST = BOTH + "#define B(p) (((typeof(*(p)) *)(void *)(p))->b)\nstatic u32 h(struct s2 *p) { return B(p); }\n"
ARRAY = "#define W(p) ({ typeof(p) t[2]; t[0] = -1; t[1] = 0; t[0]; })\nstatic u64 h(u8 p) { return W(p); }\n"
ANNOTATED = "#define SCOPE static\n#ifdef CONFIG_X\n#define place __init\n#else\n#define place\n#endif\n"
INODE = """struct o { int z; struct s in; int w; };
#define O(p) _Generic(p, struct s *: container_of(p, struct o, in), \\
    const struct s *: (const struct o *)container_of(p, const struct o, in))
"""
CASES = """#define CASE(kind, p) struct kind: of_##kind((struct kind *)(p))
#define OF(p) _Generic(*p, CASE(s, p), CASE(other, p))
#define PROP(x, what) _Generic(x, u32: u32_##what, u8: u8_##what)
#define LOG(x, how, fmt, ...) log##how(x, "log " fmt, ##__VA_ARGS__)
#define ERR(x, fmt, ...) LOG((x),, fmt, ##__VA_ARGS__)
struct other { u32 b; };
static u32 of_s(struct s *p) { return p->a; }
static u32 of_other(struct other *p) { return p->b; }
static u32 u32_prop(u32 x) { return x + 1; }
static u32 u8_prop(u8 x) { return x + 2; }
void log(u32 x, const char *fmt, ...);
"""
EQUAL = {
    "choices that differ in const": Attack(
        INODE + "int f(struct s *p) { return O(p)->w; }",
        INODE + "int f(struct s *p) { return container_of(p, struct o, in)->w; }", "proved", SAME,
    ),
    "choices that are macros' uses": Attack(
        CASES + "u32 f(struct s *p) { return OF(p) + PROP(p->a, prop)(3); }", "u32 f(struct s *p) { return p->a + 4; }",
        "proved", SAME,
    ),
    "a macro's use with an empty argument": Attack(
        CASES + 'u32 f(u32 x) { ERR(x, "x\\n"); return x; }', CASES + 'u32 f(u32 x) { log(x, "log x\\n"); return x; }',
        "proved", SAME,
    ),
    "container_of_const()": Attack(
        OUTER + "int f(struct s *p) { return container_of_const(p, struct o, in)->w; }",
        OUTER + "int f(struct s *p) { return container_of(p, struct o, in)->w; }", "proved", SAME,
    ),
    "an integer's type": Attack(PICK + "int f(u32 x) { return PICK(x); }", "int f(u32 x) { return 2; }", "proved", SAME),
    "a promoted one": Attack(PICK + "int f(u16 x) { return PICK(x + 0); }", "int f(u16 x) { return 1; }", "proved", SAME),
    "its operand isn't evaluated": Attack(
        "u32 f(void) { return _Generic(g(1), u32: g(2), default: g(3)); }", "u32 f(void) { return g(2); }", OPEN, SAME
    ),
    "typeof in a cast, of two types": Attack(
        CAST + "u32 f(struct s *p, struct s2 *r) { return h(r) + B(p); }",
        BOTH + "u32 f(struct s *p, struct s2 *r) { return p->b + r->b; }", "proved", SAME,
    ),
    "typeof of an array's elements, of two widths": Attack(
        ARRAY + "u64 f(u32 p, u8 q) { return h(q) ^ W(p); }", "u64 f(u32 p, u8 q) { return 0xff ^ 0xffffffff; }",
        "proved", SAME,
    ),
    "annotations behind macros": Attack(
        ANNOTATED + "SCOPE u32 place f(u32 x) { return x + 1; }", "u32 f(u32 x) { return 1 + x; }", "proved", SAME
    ),
}  # fmt: skip
test_never_changed = never_changed(EQUAL)

DIFFERENT = {
    "choices that differ in const": Attack(
        INODE + "int f(struct s *p) { return O(p)->w; }",
        INODE + "int f(struct s *p) { return container_of(p, struct o, in)->z; }", "refuted", "changed",
    ),
    "choices that differ in const, and in what they do": Attack(
        "int f(struct s *p) { return _Generic(p, struct s *: g(1), const struct s *: g(2)); }",
        "int f(struct s *p) { return g(1); }", OPEN, OPEN,
    ),
    "choices that are macros' uses": Attack(
        CASES + "u32 f(struct s *p) { return OF(p) + PROP(p->a, prop)(3); }", "u32 f(struct s *p) { return p->a + 5; }",
        "refuted", "changed",
    ),
    "container_of_const()": Attack(
        OUTER + "int f(struct s *p) { return container_of_const(p, struct o, in)->w; }",
        OUTER + "int f(struct s *p) { return container_of(p, struct o, in)->z; }", "refuted", "changed",
    ),
    "an integer's type": Attack(
        PICK + "int f(u32 x) { return PICK(x); }", "int f(u32 x) { return 3; }", "refuted", "changed"
    ),
    "one of two names for a type": Attack(
        "int f(u64 x) { return _Generic(x, unsigned long: 1, default: 3); }", "int f(u64 x) { return 1; }", OPEN, OPEN
    ),
    "what a pointer points at may be const": Attack(
        "int f(const u32 *x) { return _Generic(x, u32 *: 1, default: 3); }", "int f(const u32 *x) { return 1; }",
        OPEN, OPEN,
    ),
    "a bit-field": Attack(
        BITS + PICK + "int f(struct b *p) { return PICK(p->n); }", BITS + "int f(struct b *p) { return 2; }", OPEN, OPEN
    ),
    "typeof in a cast, of two types": Attack(
        CAST + "u32 f(struct s *p, struct s2 *r) { return h(r) + B(p); }",
        BOTH + "u32 f(struct s *p, struct s2 *r) { return p->a + r->b; }", "refuted", "changed",
    ),
    "typeof of an array's elements, of two widths": Attack(
        ARRAY + "u64 f(u32 p, u8 q) { return h(q) ^ W(p); }", "u64 f(u32 p, u8 q) { return 0; }", "refuted", "changed"
    ),
    "annotations behind macros, one that isn't": Attack(
        "#define place __attribute__((alias(\"g\")))\nu32 place f(u32 x) { return x + 1; }", "u32 f(u32 x) { return 1 + x; }",
        OPEN, OPEN,
    ),
}  # fmt: skip
test_never_the_same = never_the_same(DIFFERENT)
