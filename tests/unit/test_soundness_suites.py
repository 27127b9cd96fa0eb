"""Wrong verdicts that test suites by others brought to light (gcc's torture tests, CBMC's regression tests)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_soundness_claims import verdict
from verify import Options, check
from verify.source.text import Source
from verify.syntax.index import index_file

STOP = "extern void stop(void) __attribute__((noreturn));\n"

VERDICTS = {  # the code, the claim, and its verdict
    "what isn't looked into calls it, as its text says": (
        STOP + "u32 f(u32 n) { float x = 1; if (n) stop(); return 1; }\nu32 g2(u32 n) { return f(n); }",
        "entry = \"g2\"", "!new.called(stop)", "Undecided",
    ),
    "through another function": (
        STOP + "static void deep(void) { stop(); }\nu32 f(u32 n) { float x = 1; deep(); return 1; }\nu32 g2(u32 n) { return f(n); }",
        "entry = \"g2\"", "!new.called(stop)", "Undecided",
    ),
    "what isn't looked into doesn't name it": (
        STOP + "u32 f(u32 n) { float x = 1; return 1; }\nu32 g2(u32 n) { return f(n); }",
        "entry = \"g2\"", "!new.called(stop)", "Proved",
    ),
    "out of reach": (
        STOP + "u32 f(u32 n) { float x = 1; if (n) stop(); return 1; }\nu32 g2(u32 n) { return n && !n ? f(n) : 1; }",
        "entry = \"g2\"", "!new.called(stop)", "Proved",
    ),
    "two variables of file scope": (
        "struct v { u32 a; } x, y;\nu32 f(void) { x.a = 1; y.a = 2; return x.a; }", "", "new.ret == 1", "Proved",
    ),
    "no variable lies at address 0": ("u32 x;\nu32 f(void) { return &x != 0; }", "", "new.ret == 1", "Proved"),
    "no string lies at address 0": ("u32 f(void) { const char *p = \"a\"; return p ? 1 : 0; }", "", "new.ret == 1", "Proved"),
    "no function that is defined does": (
        "static u32 h(void) { return 1; }\nu32 f(void) { return h ? 1 : 0; }", "", "new.ret == 1", "Proved",
    ),
    "one that is only declared may be weak": (
        "u32 h(void);\nu32 f(void) { return h ? 1 : 0; }", "", "new.ret == 1", ("Refuted", "MayDiffer"),
    ),
    "strings of other characters": (
        "u32 f(void) { const char *p = \"ab\"; return p != \"ac\"; }", "", "new.ret == 1", "Proved",
    ),
    "one of the same characters may be the same string": (
        "u32 f(void) { const char *p = \"a\" \"b\"; return p != \"ab\"; }", "", "new.ret == 1", ("Refuted", "MayDiffer"),
    ),
    "the end of a string may be another one": (
        "u32 f(void) { const char *p = \"ab\"; return p + 1 != \"b\"; }", "", "new.ret == 1", ("Refuted", "MayDiffer"),
    ),
    "the end of an array is behind it": (
        "u16 x[] = { 1, 2 };\nu32 f(void) { u16 *p; u32 n = 0; for (p = x; p < x + 2; p++) n++; return n; }",
        "", "new.ret == 2", "Proved",
    ),
    "a static local variable": (
        "u32 y;\nu32 f(void) { static u32 x; return &x != 0 && &x != &y; }", "", "new.ret == 1", "Proved",
    ),
    "names that a linker may give to one place": (
        "extern u32 x, y;\nu32 f(void) { return &x != &y; }", "", "new.ret == 1", ("Refuted", "MayDiffer"),
    ),
    "a pointer from outside may point at a variable": (
        "struct v { u32 a; } x;\nu32 f(struct v *p) { x.a = 1; p->a = 2; return x.a; }", "", "new.ret == 1",
        ("Refuted", "MayDiffer"),
    ),
    "a variable of file scope is seen again": (
        "u32 x;\nu32 f(void) { u32 x = 3; { extern u32 x; return x; } }", "", "new.ret == 3", "Unsupported",
    ),
    "a parameter is hidden, too": (
        "u32 x;\nu32 f(u32 x) { { extern u32 x; return x; } }", "", "new.ret == x", "Unsupported",
    ),
    "nothing is hidden": ("u32 x;\nu32 f(void) { extern u32 x; x = 3; return x; }", "", "new.ret == 3", "Proved"),
    "a parameter's length changes another one": ("u32 f(u32 a, u32 b[a++]) { return a; }", "", "new.ret == a", "Unsupported"),
    "a length that calls": (
        "u32 g2(void) { return 1; }\nu32 f(u32 a, u32 b[g2()]) { return a; }", "", "new.ret == a", "Unsupported",
    ),
    "a cast that counts": (
        "u32 f(u32 a, void *p) { u32 (*q)[4] = (u32 (*)[a++])p; return a; }", "", "new.ret == a", "Unsupported",
    ),
    "a plain length": ("u32 f(u32 a, u32 b[4]) { return a; }", "", "new.ret == a", "Proved"),
    "a pointer without a value": (
        "u32 f(void) { u32 *a, b = 1; if (a != &b) return 1; return *a; }", "", "new.ret == 1",
        ("MayDiffer", "Refuted", "Undecided", "Unsupported", "Proved"),  # but no internal error
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict(name: str, tmp_path: Path) -> None:
    code, entry, claim, expected = VERDICTS[name]
    found = _verdict(tmp_path, code, claim, entry) if entry else verdict(tmp_path, code, prove=claim)
    assert found in ((expected,) if isinstance(expected, str) else expected)


def _verdict(folder: Path, code: str, claim: str, entry: str) -> str:
    (folder / "new.c").write_text("typedef unsigned int u32;\n" + code)
    (folder / "spec.toml").write_text(f'[code]\nnew = "new.c"\n{entry}\n[[claim]]\nname = "c"\nprove = \'{claim}\'\n')
    report = check(str(folder / "spec.toml"), (), Options(specs=str(folder.parent)))
    return type(report.claims[0].verdict).__name__


def test_a_callee_that_can_be_looked_into_on_some_calls_only(tmp_path: Path) -> None:
    odd = "u32 odd(u32 n) { if (!n) return 0; { float x = n; return x; } }\n"
    code = STOP + odd + "u32 f(void) { if (odd(0)) stop(); odd(1); if (odd(2)) stop(); return 1; }"
    assert _verdict(tmp_path, code, "!new.called(stop)", 'entry = "f"') == "Refuted"  # was an internal error
    assert _verdict(tmp_path, code, "new.calls(odd) >= 1", 'entry = "f"') == "Proved"


def test_why_it_isnt_looked_into(tmp_path: Path) -> None:
    code, entry, claim, _ = VERDICTS["what isn't looked into calls it, as its text says"]
    _verdict(tmp_path, code, claim, entry)
    report = check(str(tmp_path / "spec.toml"), (), Options(specs=str(tmp_path.parent)))
    reason = str(report.claims[0].verdict)
    assert "a call of stop() inside of f(), which isn't looked into (" in reason
    assert "float" in reason


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int a = 1, b;", {"a", "b"}),
        ("int a = f(1, 2), *b, c[2] = { 1, 2 }, d;", {"a", "b", "c", "d"}),
        ("int a[] = { 1, 2, 3 };", {"a"}),
        ("struct s a = { .x = 1, .y = (2, 3) }, b = { 4 };", {"a", "b"}),
        ("int a = (1, b), c;", {"a", "c"}),
    ],
)
def test_what_is_declared_behind_a_value(text: str, names: set[str]) -> None:
    assert set(index_file(Source("a.c", text)).globals) == names


def test_the_explanation_shows_that_variables_lie_apart(tmp_path: Path) -> None:
    from verify import explain
    from verify.pipeline import Explanation

    code = "struct v { u32 a; } x, y;\nu32 f(void) { x.a = 1; y.a = 2; return x.a; }"
    assert verdict(tmp_path, code, prove="new.ret == 1") == "Proved"
    found = explain(str(tmp_path / "spec.toml"), "c", Options(specs=str(tmp_path.parent)))
    assert isinstance(found, Explanation)
    assert any("lie apart" in text for text, _ in found.hypotheses)
