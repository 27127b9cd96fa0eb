"""The kernel idioms that ship with the tool, against what the kernel's headers say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, CHANGED, OPEN, SAME, Attack, verdicts
from verify.changes.diff import diff

CAPTURED = "{} u32 f(u32 __idiom_one, u32 y) {{ return min(y, {}); }}"
PAIRS: dict[str, Attack] = {
    "a parameter called like a variable of an idiom": Attack(
        "u32 f(u32 __one, u32 y) { return min(y, __one); }", "u32 f(u32 __one, u32 y) { return y; }", "", CHANGED
    ),
    "the argument is such a variable": Attack(
        CAPTURED.format("", "__idiom_one"), CAPTURED.format("", "y"), "", OPEN
    ),
    "a macro's text is": Attack(
        CAPTURED.format("#define Y __idiom_one\n", "Y"), CAPTURED.format("", "y"), "", OPEN
    ),
    "a macro's use is": Attack(
        CAPTURED.format("#define P(a, b) a##b\n", "P(__idi, om_one)"), CAPTURED.format("", "y"), "", OPEN
    ),
    "nested idioms": Attack(
        "u32 f(u32 x, u32 y) { return min(x, max(y, min(x, 3u))); }",
        "u32 f(u32 x, u32 y) { u32 a = x < 3 ? x : 3; a = a > y ? a : y; return a < x ? a : x; }", "", SAME
    ),
    "array_index_nospec() of a negative number": Attack(
        "int f(int i) { if (i >= 10) return 0; return array_index_nospec(i, 10); }",
        "int f(int i) { if (i >= 10) return 0; return i; }", "", CHANGED
    ),
    "array_index_nospec() of a number in range": Attack(
        "u32 f(u32 i) { if (i >= 10) return 0; return array_index_nospec(i, 10); }",
        "u32 f(u32 i) { if (i >= 10) return 0; return i; }", "", ASSUMING
    ),
    "array_index_nospec() evaluates its argument once": Attack(
        "u32 f(u32 x) { return array_index_nospec(g(x), 10); }",
        "u32 f(u32 x) { u32 i = g(x); return i < 10 ? i : 0; }", "", ASSUMING
    ),
    "array_index_nospec() has its argument's type": Attack(
        "u32 f(u32 x) { return sizeof(array_index_nospec((u8)x, 4)); }", "u32 f(u32 x) { return 1; }", "", ASSUMING
    ),
    "IS_ERR_OR_NULL() evaluates its argument once": Attack(
        "void *k(void); u32 f(void) { return IS_ERR_OR_NULL(k()); }",
        "void *k(void); u32 f(void) { ulong p = (ulong)k(); return !p || p >= -4095UL; }", "", SAME
    ),
    "types of error tests": Attack(
        "u64 f(struct s *p, int x) { return sizeof(IS_ERR(p)) + sizeof(IS_ERR_OR_NULL(p)) + (IS_ERR_VALUE(x) << 40); }",
        "u64 f(struct s *p, int x) { return 2 + ((u64)(x < 0 && x >= -4095) << 40); }", "", SAME
    ),
    "max3() of several widths": Attack(
        "u64 f(u8 x, u32 y, u32 z) { return max3(x, y, z); }",
        "u64 f(u8 x, u32 y, u32 z) { u32 a = x > y ? x : y; return a > z ? a : z; }", "", SAME
    ),
    "BITS_TO_LONGS() is unsigned": Attack(
        "u64 f(int x) { return BITS_TO_LONGS(x); }", "u64 f(int x) { return ((u64)x + 63) / 64; }", "", SAME
    ),
}  # fmt: skip


def test_conditions_name_no_variable_of_an_idiom(tmp_path: Path) -> None:
    for version, test in (("old", "IS_ERR_OR_NULL(p)"), ("new", "IS_ERR(p)")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "f.c").write_text(f"int f(int *p) {{ return {test} ? 1 : 2; }}\n")
    (change,) = diff(str(tmp_path / "old"), str(tmp_path / "new"), ("f",))
    assert change.map is not None
    assert [region.conditions for region in change.map.regions] == [("p == 0",)]


@pytest.mark.parametrize("name", PAIRS)
def test_what_an_idiom_means(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    _, _, verdict, reasons = verdicts(pair, tmp_path)
    match pair.change:
        case "same" | "changed":
            assert verdict == pair.change
        case "assuming":
            assert verdict == "same under assumptions" and reasons
        case _:
            assert verdict == "may differ"
