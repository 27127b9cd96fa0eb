"""Functions and enums that include a list in their midst, each time with another meaning of its entries."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.attacks import CHANGED, HEAD, OPEN, SAME, in_header, never_changed, never_the_same
from tests.unit.test_changes import changes
from verify.cli import main
from verify.errors import UnsupportedC
from verify.source.text import Source, Span
from verify.source.tree import Directory, Files, Surroundings
from verify.syntax.definitions import Definitions
from verify.syntax.included import including
from verify.syntax.types import Types

SWITCH = """#define ONE 5
#define TWO 9
enum e {
#define E(x) E_##x,
#include "k.h"
E_NONE
};
u32 f(u32 x)
{
	switch (x) {
#define E(x) case x: return E_##x;
#include "k.h"
	}
	return E_NONE;
}"""
SUM = """u32 f(u32 x)
{
	u32 sum = x;
#define E(x) sum += x;
#include "k.h"
#undef E
	return sum;
}"""
LIST = "E(ONE)\nE(TWO)\n#undef E"
CHECKED = "#ifndef E\nBUILD_BUG()\n#endif\n#define E2(x) E(O##x)\nE2(NE)\nE(TWO)\n#undef E2\n#undef E"

DIFFERENT = {
    "the order of entries": in_header(SWITCH, LIST, "E(TWO)\nE(ONE)\n#undef E", "refuted", CHANGED),
    "one more entry": in_header(SWITCH, LIST, f"E(3)\n{LIST}", OPEN, OPEN),
    "one more entry at the end": in_header(SUM, "E(1)", "E(1)\nE(2)", "refuted", CHANGED),
    "an entry that another file may leave out": in_header(
        SUM, "E(1)\n#ifdef CONFIG_X\nE(2)\n#endif", "E(1)\n#ifdef CONFIG_X\nE(3)\n#endif", OPEN, OPEN
    ),
    "an entry that a test leaves out": in_header(
        SUM, "E(1)\n#ifdef E\nE(2)\n#endif", "E(1)\n#ifndef E\nE(2)\n#endif", "refuted", CHANGED
    ),
    "what an entry means": in_header(
        'u32 f(u32 x)\n{\n#include "k.h"\n\treturn E(x);\n}',
        "#define E(x) ((x) + 1)",
        "#define E(x) ((x) + 2)",
        "refuted",
        CHANGED,
    ),
    "what tears an entry apart": in_header(
        SUM.replace("sum += x", "sum = 2 * x"), "E(1 + 1)", "E((1 + 1))", "refuted", CHANGED
    ),
    "a sign that would join its neighbour": in_header(
        SUM.replace("sum += x", "sum = -x"), "E(-1)", "E(- -1)", "refuted", CHANGED
    ),
    "an operand of ## that is a macro itself": in_header(
        f"#define K ONE\n{SWITCH}", LIST, "#define L(x) E(x)\nL(ONE)\nL(K)\n#undef L\n#undef E", OPEN, OPEN
    ),
}
EQUAL = {
    "entries of another form": in_header(SWITCH, LIST, CHECKED, "proved", SAME),
    "entries in another place": in_header(SUM, "E(1)\nE(2)", "E(2)\nE(1)\n", "proved", SAME),
    "entries that a macro names": in_header(SUM, "E(1)\nE(2)", "#define E3 E\nE3(1) E3(2)\n", "proved", SAME),
    "entries on several lines": in_header(SUM, "E(1)\nE(2)", "E(\n1)\n /* and */ E(2)\n", "proved", SAME),
    "the sum without a list": in_header(SUM, "E(1)\nE(2)", "sum += 3;", "proved", SAME),
    "an entry under a condition": in_header(
        SUM, "E(1)\n#if defined(E) && !defined(F)\nE(2)\n#else\nE(7)\n#endif\n#undef F", "E(3)", "proved", SAME
    ),
    "an entry under one of three conditions": in_header(
        SUM,
        "#undef F\n#undef G\n#ifdef F\nE(1)\n#elif defined(E)\nE(3)\n#elif defined(G)\nE(2)\n#else\nE(7)\n#endif",
        "E(3)",
        "proved",
        SAME,
    ),
    "an entry in a condition that doesn't hold": in_header(
        SUM, "#undef F\n#ifdef F\n#ifdef E\nE(1)\n#else\nE(2)\n#endif\n#else\nE(3)\n#endif", "E(3)", "proved", SAME
    ),
}

test_different = never_the_same(DIFFERENT)
test_equal = never_changed(EQUAL)


def definitions_of(folder: Path, **texts: str) -> Definitions:
    for name, text in texts.items():
        (folder / f"{name}.h").write_text(text)
    files = Files(Directory(str(folder)))
    return Definitions([files.index("f.h")], {}, Surroundings(files, ("f.h",)))


def whole(definitions: Definitions, name: str) -> str:
    (item,) = definitions.function_items(name)
    return definitions.whole(item.span).text


def test_what_is_included_stands_on_the_line_of_its_directive(tmp_path: Path) -> None:
    code = 'int f(void)\n{\n#define E(x) x(#x);\n#include "k.h"\n\treturn 1;\n}\n'
    text = whole(definitions_of(tmp_path, f=code, k="E(a)\nE(b)\n"), "f")
    assert text.split("\n")[5].strip() == "}" and text.count("\n") == code.rstrip("\n").count("\n")
    assert text.split("\n")[3].split() == ["a", '("a");', "b", '("b");']


@pytest.mark.parametrize(
    ("code", "listed", "message"),
    [
        ('#include "none.h"', "", "what is included here isn't known"),
        ("#include NAME", "", "what is included here isn't known"),
        ('#ifdef CONFIG_X\n#include "k.h"\n#endif', "", "#include under a condition"),
        ('#include "k.h"', "#ifdef CONFIG_X\n1;\n#endif", "whether `#if defined(CONFIG_X)` holds"),
        ('#include "k.h"', "#ifdef OTHER\n1;\n#endif", "whether `#if defined(OTHER)` holds"),
        ('#define F\n#include "k.h"', "#if F\n1;\n#endif", "whether `#if F` holds"),
        ('#include "k.h"', "#if 1\n", "#if without #endif"),
        ('#include "k.h"', "#endif\n", "#endif without #if"),
        ('#include "k.h"', "#pragma pack(1)\n", "#pragma in what is included"),
        ('#include "k.h"', '#include "k.h"\n', "what is included here isn't known"),
        ('#define E(x) E(x)\n#include "k.h"', "E(1)", "the macro `E` isn't understood"),
        ('#define E(x) E2(x)\n#define E2(x) E(x)\n#include "k.h"', "E(1)", "isn't understood"),
        ('#define E(x) x\n#include "k.h"', "E(1", "the macro `E` isn't understood"),
        ('#define E(x) x\n#define K 1\n#include "k.h"', "E(K)", "the macro `K` is an argument of `E`"),
        ('#define E(x, y) x\n#include "k.h"', "E(1)", "the macro `E` takes 2 arguments"),
    ],
)
def test_what_is_not_certain_is_refused(tmp_path: Path, code: str, listed: str, message: str) -> None:
    definitions = definitions_of(tmp_path, f=f"int f(void)\n{{\n{code}\n\treturn 1;\n}}\n", k=listed)
    with pytest.raises(UnsupportedC) as caught:
        whole(definitions, "f")
    assert message in caught.value.message
    assert caught.value.span is not None and caught.value.span.line in (3, 4, 5)


def test_a_constant_of_an_included_list_is_found(tmp_path: Path) -> None:
    code = 'enum e {\n#define E(x) E_##x,\n#include "k.h"\nE_LAST\n};\n'
    types = Types(definitions_of(tmp_path, f=code, k="E(A)\nE(B)\n#undef E\n"))
    assert [types.definitions.generate(name) for name in ("E_B", "E_C")] == [True, False]
    assert (types.enumerator("E_B"), types.enumerator("E_LAST")) == (1, 2)


@pytest.mark.parametrize(
    ("text", "found"),
    [('{\n#include "k.h"\n}', True), ("{\n # include <k.h>\n}", True), ("{\n#define X\n}", False), ("{}", False)],
)
def test_including(text: str, found: bool) -> None:
    assert including(text) is found


def test_nothing_is_included_without_files() -> None:
    code = 'int f(void)\n{\n#include "k.h"\n\treturn 1;\n}\n'
    span = Span(Source("f.c", code), 0, len(code))
    assert Definitions([], {}).whole(span) is span


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_compiled_code_has_the_constants_of_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    by_macro = "enum listed { NONE, LISTED, LAST };\nu32 f2(u32 x)\n{\n\tif (x == C)\n\t\treturn 1;\n\treturn 2;\n}\n"
    for side, listed, entries in (("old", "B, C", "E(ONE)\nE(TWO)"), ("new", "C, B", "E(TWO)\nE(ONE)")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "k.h").write_text(f"{entries}\n#undef E\n")
        code = SWITCH.replace("case x:", "case E_##x:").replace("return E_##x;", "return E_##x - E_ONE;")
        (tmp_path / side / "f.c").write_text(f"{HEAD}#define LISTED {listed}\n{by_macro}{code}\n")
    assert main(["diff", *(str(tmp_path / side) for side in ("old", "new")), "--replay"]) == 1
    said = capsys.readouterr().out
    assert said.count("differs if") == said.count("Confirmed by gcc") > 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#define LISTED B, C\nenum e { A, LISTED, LAST };", "#define LISTED C, B\nenum e { A, LISTED, LAST };"),
        ("#define LISTED B, C\nenum e { A, LISTED, LAST };", "#define LISTED B, C\nenum e { Z, A, LISTED, LAST };"),
        ("enum e {\n#define E(x) x,\nE(A) E(C)\n#undef E\n};", "enum e {\n#define E(x) x,\nE(C) E(A)\n#undef E\n};"),
        ("#define E(x) enum { A, x };\nE(C)", "#define E(x) enum { A, Z, x };\nE(C)"),
        (
            "#define E(x) enum { A##x, B##x };\nE(C)\n#define C BC",
            "#define E(x) enum { B##x, A##x };\nE(C)\n#define C BC",
        ),
    ],
)
def test_a_function_is_listed_whose_constants_changed(tmp_path: Path, old: str, new: str) -> None:
    (change,) = changes(
        tmp_path, f"{old}\nu32 f(u32 x) {{ return x == C; }}\n", f"{new}\nu32 f(u32 x) {{ return x == C; }}\n"
    )
    assert change.comparison.verdict == "changed" or any("` differs" in r for r in change.comparison.reasons)
