"""Attacks on what macros stand for: by way of other macros, by their parameters, and where they aren't defined yet."""

from __future__ import annotations

from tests.unit.attacks import ASSUMING, OPEN, SAME, Attack, in_header, never_changed, never_the_same

SUM = "#define W x + 1\n#define W_OF(x) x + 1\n#define ID(a) a\n"
CALLED = "extern u32 real(u32), other(u32);\n"
USED = (
    f'{CALLED}#include "k.h"\nu32 k(u32 x) {{ return call(x); }}\n#define real other\nu32 f(u32 x) {{ return k(x); }}'
)
DEFINED_WITHIN = "enum { A,\n#if defined(K)\nZ,\n#endif\n#define K\n#if defined(K)\nB,\n#endif\n};\n"
GUARDED = "// k.h\n#ifndef K_H\n#define K_H\nE(x)\n#endif"
ENTRIES = '#define E(n)\n#include "k.h"\n#undef E\nu32 f(u32 x)\n{\n\tu32 s = 0;\n#define E(n) s += n;\n#include "k.h"\n\treturn s;\n}\n'

DIFFERENT = {
    "an operand by two macros": Attack(
        f"{SUM}#define V W\nu32 f(u32 x) {{ return V * 2; }}", f"{SUM}u32 f(u32 x) {{ return (x + 1) * 2; }}", OPEN, OPEN
    ),
    "an operand by two macros with arguments": Attack(
        f"{SUM}#define V(x) W_OF(x)\nu32 f(u32 x) {{ return V(x) * 2; }}",
        f"{SUM}u32 f(u32 x) {{ return (x + 1) * 2; }}", OPEN, OPEN,
    ),
    "an operand by a macro that is an argument": Attack(
        f"{SUM}u32 f(u32 x) {{ return ID(W) * 2; }}", f"{SUM}u32 f(u32 x) {{ return (x + 1) * 2; }}", OPEN, OPEN
    ),
    "an operand by three macros where it isn't evaluated": Attack(
        "#define C x || y\n#define D C\n#define V D\nu32 f(u32 x, u32 y) { return 0 && V; }",
        "#define C x || y\nu32 f(u32 x, u32 y) { return 0 && (C); }", OPEN, OPEN,
    ),
    "a macro of its own parameter's name": in_header(
        '#define p 3\n#include "k.h"\nu32 k(u32 x) { e(); return ID(x); }\nu32 f(u32 x) { return k(x); }',
        "#define ID(p) p", "#define ID(p) 3", "refuted", ASSUMING,
    ),
    "a macro for a name that becomes a macro later": in_header(
        USED, "#define call real", "#define call other", "refuted", ASSUMING
    ),
    "a constant under an #if of what its enum defines": Attack(
        f"{DEFINED_WITHIN}u32 f(void) {{ return B; }}", f"{DEFINED_WITHIN}u32 f(void) {{ return 2; }}", OPEN, OPEN
    ),
    "what is included again": Attack(
        f"{ENTRIES}{GUARDED}", f"{ENTRIES.replace('return s', 'return x')}{GUARDED}", OPEN, OPEN
    ),
}  # fmt: skip
test_never_the_same = never_the_same(DIFFERENT)

EQUAL = {
    "an operand in parentheses by two macros": Attack(
        "#define W (x + 1)\n#define V W\nu32 f(u32 x) { return V * 2; }",
        "u32 f(u32 x) { return (x + 1) * 2; }", "proved", SAME,
    ),
    "parentheses around a macro": Attack(
        f"{SUM}#define V (W)\nu32 f(u32 x) {{ return V * 2; }}", f"{SUM}u32 f(u32 x) {{ return (x + 1) * 2; }}",
        "proved", SAME,
    ),
    "an argument in parentheses": Attack(
        f"{SUM}u32 f(u32 x) {{ return ID((W)) * 2; }}", f"{SUM}u32 f(u32 x) {{ return (x + 1) * 2; }}", "proved", SAME
    ),
}  # fmt: skip
test_never_changed = never_changed(EQUAL)
