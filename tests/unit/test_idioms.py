"""The kernel idioms that ship with the tool, against what the kernel's headers say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import CHANGED, OPEN, SAME, Attack, verdicts

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
}  # fmt: skip


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
