"""Test suites by others (`docs/trust.md`): no wrong verdict, and none that changed unseen."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bench.suite_text import negated, prototypes, with_setup
from bench.suites import Result, report, run_suites, tsv

GCC, CBMC = os.environ.get("VERIFY_GCC_SOURCE"), os.environ.get("VERIFY_CBMC_SOURCE")
KNOWN = Path(__file__).resolve().parents[2] / "bench" / "suites.tsv"


@pytest.mark.skipif(not (GCC or CBMC), reason="neither VERIFY_GCC_SOURCE nor VERIFY_CBMC_SOURCE names unpacked sources")
def test_no_wrong_verdict() -> None:
    results = run_suites(Path(GCC) if GCC else None, Path(CBMC) if CBMC else None, re.compile(""), 60.0)
    assert results
    assert [r for r in results if r.mark == "wrong"] == []
    known = {tuple(line.split("\t")[:2]): line.split("\t") for line in KNOWN.read_text().splitlines()[1:]}
    for result in results:
        before = known.get((result.suite, result.name))
        # Out of time there may be right here: only answers are compared.
        if before is not None and result.verdict and before[3] != "-":
            assert (result.suite, result.name, result.verdict) == (*before[:2], before[3])


def test_the_known_results_have_no_wrong_verdict() -> None:
    rows = [line.split("\t") for line in KNOWN.read_text().splitlines()]
    assert rows[0] == ["suite", "case", "expected", "verdict", "mark"]
    assert {row[0] for row in rows[1:]} == {"gcc", "gcc-broken", "cbmc"}
    for suite, name, expected, verdict, mark in rows[1:]:
        assert mark != "wrong"
        assert mark != "right" or verdict == expected, (suite, name)


def test_a_wrong_verdict_is_reported() -> None:
    results = [
        Result("gcc", "b", "proved", "refuted", "wrong", ""),
        Result("gcc", "a", "proved", "proved", "right", ""),
    ]
    assert "WRONG: gcc b: refuted, should be proved" in report(results, 1.0)
    assert tsv(results).splitlines()[1:] == ["gcc\ta\tproved\tproved\tright", "gcc\tb\tproved\trefuted\twrong"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("f (x, p) int x; char *p; { }", "int f (int x, char *p) { }"),
        ("static int\nf (x)\n  unsigned x;\n{ }", "static int\nf (unsigned x)\n\n{ }"),
        ("f (a, b) { }", "int f (int a, int b) { }"),
        ("int f (int x) { if (x) { } }", "int f (int x) { if (x) { } }"),
        ("main () { __builtin_abort (); }", "int main () { abort (); }"),
    ],
)
def test_old_style_heads(old: str, new: str) -> None:
    assert prototypes(old).split() == new.split()


def test_each_check_is_negated_alone() -> None:
    text = 'int main (void) { if (f ("(") != 1) abort (); if (x) { abort (); } if (y) z (); }'
    assert [m.count("(!(") for m in negated(text)] == [1, 1]


@pytest.mark.parametrize(
    ("declared", "setup"),
    [
        ("int a = 3, b;", ["a = 3;", "b = 0;"]),
        ("static const int c = 1;", ["*(int *)&c = 1;"]),
        ("char *p;", ["p = 0;"]),
        ("int *volatile q = &a;", ["q = &a;"]),
    ],
)
def test_static_variables_are_set_up(declared: str, setup: list[str]) -> None:
    made = with_setup(f"{declared}\nint main(void) {{ return 0; }}\n")
    assert made is not None
    assert made.whole
    assert all(line in made.text for line in setup)


def test_what_cant_be_set_up_is_known() -> None:
    made = with_setup("int (*f)(void);\nint main(void) { static int x; return x; }\n")
    assert made is not None
    assert not made.whole
