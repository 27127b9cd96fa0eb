"""gcc's builtins that say whether a result fits, and sizes that become the largest number if they are too large."""

from __future__ import annotations

from tests.unit.attacks import OPEN, SAME, Attack, never_changed, never_the_same


def _checked(name: str, types: str, other: str) -> tuple[str, str]:
    a, b, r = types.split()
    head = f"int f({a} a, {b} b) {{ {r} r; "
    return f"{head}return __builtin_{name}_overflow(a, b, &r) ? -1 : (int)r; }}", f"{head}{other} }}"


FLEX = "struct x { u32 n; u32 part[]; };\nextern void *k(ulong n);\n"
EQUAL = {
    "an unsigned sum": Attack(*_checked("add", "u32 u32 u32", "return a + b < a ? -1 : (int)(a + b);"), "proved", SAME),
    "a signed sum": Attack(
        *_checked("add", "s32 s32 s32", "long x = (long)a + b; return x != (s32)x ? -1 : (s32)x;"), "proved", SAME
    ),
    "a difference of unlike types": Attack(
        *_checked("sub", "u8 s32 s32", "long x = (long)a - b; return x != (s32)x ? -1 : (s32)x;"), "proved", SAME
    ),
    "a product": Attack(
        *_checked("mul", "u16 u16 u16", "u32 x = (u32)a * b; return x > 0xffff ? -1 : (int)x;"), "proved", SAME
    ),
    "a negative sum in an unsigned number": Attack(
        *_checked("add", "s32 s32 u64", "long x = (long)a + b; return x < 0 ? -1 : (int)x;"), "proved", SAME
    ),
    "a size": Attack(
        FLEX + "void *f(struct x *p, u8 n) { return k(struct_size(p, part, n)); }",
        FLEX + "void *f(struct x *p, u8 n) { return k(sizeof(*p) + n * sizeof(u32)); }", OPEN, SAME,
    ),
}  # fmt: skip
test_never_changed = never_changed(EQUAL)

DIFFERENT = {
    "an unsigned sum": Attack(*_checked("add", "u32 u32 u32", "return (int)(a + b);"), "refuted", "changed"),
    "where the result is narrower": Attack(
        *_checked("add", "u32 u32 u8", "return a + b < a ? -1 : (int)(u8)(a + b);"), "refuted", "changed"
    ),
    "a size that is too large": Attack(
        FLEX + "void *f(struct x *p, ulong n) { return k(struct_size(p, part, n)); }",
        FLEX + "void *f(struct x *p, ulong n) { return k(sizeof(*p) + n * sizeof(u32)); }", OPEN, "changed",
    ),
    "an array's size": Attack(
        FLEX + "void *f(ulong n) { return k(array_size(n, 8)); }", FLEX + "void *f(ulong n) { return k(n * 8); }",
        OPEN, "changed",
    ),
    "where the result goes isn't known": Attack(
        "int f(u32 a, void *p) { return __builtin_add_overflow(a, 1, (u64 *)p); }",
        "int f(u32 a, void *p) { return 0; }", OPEN, OPEN,
    ),
}  # fmt: skip
test_never_the_same = never_the_same(DIFFERENT)
