"""gcc's builtins for bits: pairs that differ aren't the same, equal pairs haven't changed."""

from __future__ import annotations

from tests.unit.attacks import Attack, never_changed, never_the_same

DIFFERENT = {
    "of zero": Attack(
        "u32 f(u32 n) { return n ? __builtin_ctz(n) : 32; }", "u32 f(u32 n) { return __builtin_ctz(n); }",
        "open", "open",
    ),
    "of zero, the other way round": Attack(
        "u32 f(u32 n) { return __builtin_clz(n); }", "u32 f(u32 n) { return n ? __builtin_clz(n) : 31; }",
        "open", "assuming",
    ),
    "the width": Attack(
        "u32 f(u64 n) { return __builtin_popcount(n); }", "u32 f(u64 n) { return __builtin_popcountll(n); }",
        "refuted", "changed",
    ),
    "the width, signed": Attack(
        "u32 f(int n) { return __builtin_popcount(n); }", "u32 f(int n) { return __builtin_popcountl(n); }",
        "refuted", "changed",
    ),
    "leading zeros of another width": Attack(
        "u32 f(u32 n) { return __builtin_clz(n | 1); }", "u32 f(u32 n) { return __builtin_clzl(n | 1); }",
        "refuted", "changed",
    ),
    "ffs counts from one": Attack(
        "u32 f(u32 n) { return __builtin_ffs(n | 4); }", "u32 f(u32 n) { return __builtin_ctz(n | 4); }",
        "refuted", "changed",
    ),
    "parity": Attack(
        "u32 f(u32 n) { return __builtin_parity(n); }", "u32 f(u32 n) { return __builtin_popcount(n) & 3; }",
        "refuted", "changed",
    ),
    "bytes": Attack(
        "u32 f(u32 n) { return __builtin_bswap32(n); }",
        "u32 f(u32 n) { return n << 24 | n >> 24 | (n << 8 & 0xff0000) | (n >> 8 & 0xff); }",
        "refuted", "changed",
    ),
    "half the bytes": Attack(
        "u32 f(u32 n) { return __builtin_bswap16(n); }", "u32 f(u32 n) { return __builtin_bswap32(n) >> 16 & 0xff00; }",
        "refuted", "changed",
    ),
    "a function of that name": Attack(
        "static u32 popcount(u32 n) { return n; }\nu32 f(u32 n) { return popcount(n); }",
        "static u32 popcount(u32 n) { return n; }\nu32 f(u32 n) { return __builtin_popcount(n); }",
        "refuted", "changed",
    ),
    "one that isn't known": Attack(
        "u32 f(u32 n) { return __builtin_clrsb(n); }", "u32 f(u32 n) { return __builtin_clrsb(n) + 1; }",
        "open", "open",
    ),
}  # fmt: skip

EQUAL = {
    "a size is a constant": Attack(
        "u32 f(u32 n) { return __builtin_constant_p(sizeof(n)) + __builtin_constant_p(\"a\"); }",
        "u32 f(u32 n) { return 2; }",
        "proved",
        "same",
    ),
    "an assertion at build time": Attack(
        "u32 f(u32 n) { _Static_assert(sizeof(n) == 4, \"a\"); return n; }", "u32 f(u32 n) { return n; }", "proved", "same"
    ),
    "lowest bit": Attack(
        "u32 f(u32 n) { return n ? __builtin_ctz(n) : 32; }", "u32 f(u32 n) { return __builtin_popcount(~n & (n - 1)); }",
        "proved", "same",
    ),
    "highest bit": Attack(
        "u32 f(u32 n) { u32 i, r = 0; n &= 0xff; for (i = 0; i < 8; i++) if (n >> i) r = i + 1; return r; }",
        "u32 f(u32 n) { n &= 0xff; return n ? 32 - __builtin_clz(n) : 0; }",
        "proved", "same",
    ),
    "ffs": Attack(
        "u32 f(u64 n) { return __builtin_ffsll(n); }", "u32 f(u64 n) { return n ? __builtin_ctzl(n) + 1 : 0; }",
        "proved", "same",
    ),
    "both undefined": Attack(
        "u32 f(u32 n) { return __builtin_ctz(n); }", "u32 f(u32 n) { return __builtin_ctzll(n); }",
        "open", "assuming",
    ),
    "swapped twice": Attack(
        "u64 f(u64 n) { return __builtin_bswap64(__builtin_bswap64(n)); }", "u64 f(u64 n) { return n; }",
        "proved", "same",
    ),
    "swapped in parts": Attack(
        "u16 f(u32 n) { return __builtin_bswap16(n); }", "u16 f(u32 n) { return (u8)n << 8 | (u8)(n >> 8); }",
        "proved", "same",
    ),
    "parity by folding": Attack(
        "u32 f(u8 n) { return __builtin_parity(n); }", "u32 f(u8 n) { n ^= n >> 4; n ^= n >> 2; return (n ^ n >> 1) & 1; }",
        "proved", "same",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)


test_never_changed = never_changed(EQUAL)
