"""What the text of a function doesn't say: weak definitions, registers and symbols by name, its place, wide constants."""

from __future__ import annotations

from tests.unit.attacks import OPEN, Attack, never_changed, never_the_same

CALLS = "u32 f(void) { return k(); }"
READS = "u32 f(void) { return k; }"
ONE = "u32 f(void) { return 1; }"


def weak(declared: str, use: str = CALLS) -> Attack:
    """What is weak may be replaced when the kernel is linked."""
    return Attack(f"{declared}\n{use}", ONE, OPEN, OPEN)


DIFFERENT = {
    "weak": weak("u32 __weak k(void) { return 1; }"),
    "weak in front": weak("__weak u32 k(void) { return 1; }"),
    "weak by attribute": weak("u32 __attribute__((weak)) k(void) { return 1; }"),
    "weak by attribute in front": weak("__attribute__((weak)) u32 k(void) { return 1; }"),
    "weak by attribute of another spelling": weak("__attribute__((__weak__)) u32 k(void) { return 1; }"),
    "weak behind a macro's use": weak("EXPORT(k)\n__attribute__((weak)) u32 k(void) { return 1; }"),
    "weak by declaration": weak("extern u32 k(void) __attribute__((weak));\nu32 k(void) { return 1; }"),
    "weak by pragma": weak("#pragma weak k\nu32 k(void) { return 1; }"),
    "weak constant": weak("const u32 __weak k = 1;", READS),
    "weak constant by attribute": weak("const u32 k __attribute__((weak)) = 1;", READS),
    "the place in the file": Attack("u32 f(void) { return __LINE__; }", "\n\nu32 f(void) { return __LINE__; }", OPEN, "assuming"),
    "the register": Attack(
        'register ulong k asm("rsp");\nulong f(void) { return k; }',
        'register ulong k asm("rbp");\nulong f(void) { return k; }',
        OPEN, OPEN,
    ),
    "a constant that fits no int": Attack(
        "enum { X = 0x80000000 }; u32 f(s32 a) { return a < X; }",
        "enum { X = 0x80000000 }; u32 f(s32 a) { return a < (s32)0x80000000; }",
        OPEN, OPEN,
    ),
}  # fmt: skip
EQUAL = {
    "a constant that fits no int": Attack(
        "enum { X = 0x80000000 }; u32 f(s32 a) { return a < X; }",
        "enum { X = 0x80000000 }; u32 f(s32 a) { return (u32)a < 0x80000000u; }",
        OPEN, OPEN,
    ),
    "an attribute in front": Attack(
        "__attribute__((cold)) static u32 k(void) { return 1; }\n" + CALLS, ONE, "proved", "same"
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)


test_never_changed = never_changed(EQUAL)
