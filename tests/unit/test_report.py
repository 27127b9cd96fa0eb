"""What is printed for each kind of verdict: text, tables and JSON, from hand-made reports."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit import reports as r
from verify import explain
from verify.claims.spec import parse_spec
from verify.claims.verdict import ClaimReport, Input, MayDiffer, exit_code
from verify.errors import SpecError
from verify.pipeline import Explanation
from verify.report.colour import PLAIN, Style, style_for
from verify.report.formula import formula_lines
from verify.report.json import error_json, explanation_json, list_json, report_json
from verify.report.table import all_text, claims_text, list_text
from verify.report.text import check_text, claim_block, duration, explain_text, shown_value, summary_line, wrap
from verify.source.text import Source, Span

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "report-1.json"
SPEC = parse_spec(
    '[code]\nnew = "a.c"\nentry = "f"\n[[claim]]\nname = "c"\nsays = "It holds."\nprove = "1"\n', "s/spec.toml", "s"
)
EXPLANATION = Explanation(
    report=r.REFUTED_AS_EXPECTED,
    spec=r.spec_report(r.REFUTED_AS_EXPECTED),
    hypotheses=(("host_initiated", "host_initiated != 0"),),
    goal=("old.accepted\n&& same(old, new)", "(data & ~valid_bits) = 0"),
    negated="host_initiated != 0 and (data & ~valid_bits) != 0",
    smtlib="(set-logic QF_BV)\n(check-sat)\n",
    obligations=("the assumptions can hold together", "the claim"),
    names=(("data", "msr.data[m]"),),
)


def block(claim: ClaimReport, style: Style = PLAIN, verbose: bool = False) -> str:
    return "\n".join(claim_block(claim, style, {r.SAME_CALLEES: 1, r.PRESERVED: 2}, verbose))


@pytest.mark.parametrize(
    ("claim", "line"),
    [
        (r.PROVED, "✓ proved-one  proved [1] [2]  12 ms"),
        (r.BUILT, "✓ built-one  proved  12 ms"),
        (r.REFUTED_AS_EXPECTED, "✓ refuted-one  refuted, as expected [2]  12 ms"),
        (r.REFUTED, "✗ failing-one  refuted, though proved was expected  12 ms"),
        (r.PROVED_BUT_REFUTED_EXPECTED, "✗ too-good  proved, though refuted was expected  12 ms"),
        (r.MAY_DIFFER, "? unclear-one  may differ, though proved was expected  12 ms"),
        (r.TIMEOUT, "? slow-one  unknown, though proved was expected  12 ms"),
        (r.TIMEOUT._replace(expect="unknown"), "✓ slow-one  unknown, as expected  12 ms"),
        (r.VACUOUS, "? empty-one  vacuous, though proved was expected  12 ms"),
        (r.UNSUPPORTED, "? odd-one  unsupported, though proved was expected  12 ms"),
    ],
)
def test_first_line_tells_mark_verdict_and_expectation(claim: ClaimReport, line: str) -> None:
    assert block(claim).split("\n")[0] == line


def test_marks_without_unicode() -> None:
    ascii_style = Style(unicode=False)
    firsts = [block(c, ascii_style).split()[0] for c in (r.PROVED, r.REFUTED, r.TIMEOUT)]
    assert firsts == ["ok", "FAILED", "?"]
    assert "✓" not in check_text(r.spec_report(*r.EVERY_KIND), 0, ascii_style)


def test_counterexample_reads_as_a_reviewer_would() -> None:
    assert block(r.REFUTED_AS_EXPECTED).split("\n")[1:] == [
        "    What refuted-one says.",
        "    This input violates it:",
        "        data           = 0x40000 (FEAT_CTL_SGX_ENABLED)",
        "        host_initiated = 1",
        "        feat_ctl       = any value",
        "        valid_bits     = 0x8000000000000001 (FEAT_CTL_LOCKED | bit 63)",
        "        bit            = 0x21 (33)",
        "        address        = 0xfffffffffffffffe",
        "    Old code returns 1, and does nothing else",
        "    New code returns 0",
        "             sets feat_ctl = 0x40000 (FEAT_CTL_SGX_ENABLED)",
        "             calls vmx_write_encls_bitmap(vcpu, 0x0)",
        "             warns: WARN_ON_ONCE at after.c:18:2",
        "    What fails: old.accepted",
        "    What fails: the warnings",
        "    Nearest input for which it holds: the same with valid_bits = 0x40000 (FEAT_CTL_SGX_ENABLED)",
    ]


def test_versions_that_do_the_same_are_told_once() -> None:
    text = block(r.REFUTED)
    assert "    Either version returns 1, and does nothing else\n" in text
    assert "Nearest" not in text


def test_one_version_and_a_function_without_a_result() -> None:
    assert "    The code returns\n             sets feat_ctl" in block(r.MAY_DIFFER)


def test_may_differ_says_why_it_is_not_refuted() -> None:
    lines = block(r.MAY_DIFFER).split("\n")
    assert lines[2] == "    It rests on what f() returns."
    assert lines[3] == "    This input violates it if what isn't looked into answers like this:"
    unconfirmed = r.MAY_DIFFER._replace(verdict=MayDiffer("", r.ALONE._replace(replayed=False)))
    assert "    This input may violate it; it couldn't be run to confirm that:\n" in block(unconfirmed)


@pytest.mark.parametrize(
    ("value", "width", "bits", "shown"),
    [
        (0, 64, (), "0"),
        (1, 1, (), "1"),
        (9, 32, (), "9"),
        (10, 32, (), "0xa (10)"),
        (0xFFFFF, 64, (), "0xfffff (1048575)"),
        (0x100000, 64, (), "0x100000"),
        (1, 64, ("LOCKED",), "0x1 (LOCKED)"),
        (2**64 - 1, 64, (), "0xffffffffffffffff"),
    ],
)
def test_values(value: int, width: int, bits: tuple[str, ...], shown: str) -> None:
    assert shown_value(Input("x", value, width, bits, True)) == shown
    assert shown_value(Input("x", value, width, bits, False)) == "any value"


def test_reasons_keep_the_source_line_and_its_caret() -> None:
    assert block(r.OVERFLOW).split("\n")[2:] == [
        "    Not decided: an overflow is possible at a.c:1:5",
        "        a\t/ b;",
        "         \t^",
    ]
    assert block(r.UNSUPPORTED).split("\n")[2:] == [
        "    a.c:3:2: inline assembly",
        '        \tasm("");',
        "        \t^^^",
    ]


def test_vacuous_lists_the_assumptions() -> None:
    assert block(r.VACUOUS).endswith("so it says nothing:\n        x > 1\n        x < 1")


def test_verbose_tells_who_decided() -> None:
    assert block(r.PROVED, verbose=True).endswith("\n    2 obligations, z3 5.4.1")
    assert block(r.BUILT, verbose=True).endswith("no solver was asked for the claim itself")


def test_check_spells_out_assumptions_once_and_ends_with_the_summary() -> None:
    report = r.spec_report(r.PROVED, r.REFUTED_AS_EXPECTED)
    text = check_text(report, 0.25)
    assert text.startswith("feat_ctl: Userspace may set every bit\n  old  specs/feat_ctl/before.c\n")
    assert text.count(r.PRESERVED) == 1
    assert f"\n  [1] {r.SAME_CALLEES}\n  [2] {r.PRESERVED}\n" in text
    assert "Read: 3 definitions in 3 files; -v lists them." in text
    assert text.endswith("\n2 claims: 1 proved, 1 refuted; all as expected (4 obligations, z3 5.4.1, 250 ms)\n")


def test_check_verbose_lists_what_was_read_and_called() -> None:
    text = check_text(r.spec_report(r.PROVED), 0.25, verbose=True)
    for expected in (
        "Read for the old version, with line numbers:\n  specs/feat_ctl/before.c\n    vmx_set_msr:12\n",
        "    BIT_ULL:7\n",
        "Looked into in the new version: vmx_feature_control_msr_valid()\n",
        "Looked into in the old version: nothing\n",
        "Not looked into in the old version: vmx_leave_nested()\n",
        "Note: odd() isn't looked into: inline assembly (a.c:3:2)\n",
    ):
        assert expected in text


def test_summary_counts_every_kind() -> None:
    line = summary_line((r.spec_report(*r.EVERY_KIND),), 1.5)
    assert line == (
        "10 claims: 3 proved, 2 refuted, 1 may differ, 2 unknown, 1 vacuous, 1 unsupported; 7 not as expected "
        "(20 obligations, z3 5.4.1, 1.50 s)"
    )


def test_nothing_checked_is_said_so() -> None:
    assert summary_line((), 0) == "0 claims: nothing was checked (0 obligations, 0 ms)"
    assert exit_code(()) == 3


def test_all_has_a_row_for_each_claim_and_details_of_the_unexpected_only() -> None:
    text = all_text([r.spec_report(*r.EVERY_KIND)], 0.5)
    table, _, below = text.partition("\n\n")
    rows = table.split("\n")
    assert len(rows) == 2 + len(r.EVERY_KIND)
    assert rows[0].split() == ["spec", "claim", "verdict", "as", "expected", "given", "time"]
    assert rows[2].split() == ["✓", "feat_ctl", "proved-one", "proved", "yes", "1,", "2", "12", "ms"]
    assert rows[5].split() == ["✗", "feat_ctl", "failing-one", "refuted", "NO:", "proved", "12", "ms"]
    assert "refuted-one" not in below
    for claim in (r.REFUTED, r.PROVED_BUT_REFUTED_EXPECTED, r.VACUOUS):
        assert f"In feat_ctl:\n{block(claim).split()[0]} {claim.claim}" in below
    assert text.endswith("\n1 spec, 10 claims: 3 proved, 2 refuted, 1 may differ, 2 unknown, 1 vacuous, 1 unsupported; "
                         "7 not as expected (20 obligations, z3 5.4.1, 500 ms)\n")  # fmt: skip


def test_all_without_claims() -> None:
    assert all_text([r.spec_report()], 0).endswith("1 spec, 0 claims: nothing was checked (0 obligations, 0 ms)\n")


def test_list() -> None:
    lines = list_text([SPEC]).split("\n")
    assert lines[0].split() == ["spec", "versions", "claims", "real", "trees", "title"]
    assert lines[2].split() == ["s", "one", "1", "no", "s"]
    assert lines[4] == "1 spec, 1 claim"
    assert claims_text(SPEC).split("\n")[4].split() == ["c", "proved", "It", "holds."]


def test_explain_has_every_section() -> None:
    text = explain_text(EXPLANATION)
    for expected in (
        "Assuming, in C\n    host_initiated\n",
        "it claims, in C\n    old.accepted\n    && same(old, new)\n",
        "The assumptions as formulas over the inputs\n    host_initiated != 0\n",
        "and the claim\n    (data & ~valid_bits) = 0\n",
        "no input satisfies this\n    host_initiated != 0 and (data & ~valid_bits) != 0\n",
        "What was asked\n    1. the assumptions can hold together\n    2. the claim\n",
        "The verdict\n✓ refuted-one  refuted, as expected [1]  12 ms\n    This input violates it:\n",
        "How to read it\n    The input shown satisfies the assumptions",
        "(set-logic QF_BV)\n(check-sat)\n",
    ):
        assert expected in text
    assert "Looked into in the old version" in explain_text(EXPLANATION, verbose=True)
    assert "Names there: a field, and which object's\n    data  msr.data[m]\n" in text
    assert "by construction" not in text
    proved = EXPLANATION._replace(goal=("1", "true"), negated="false", names=())
    assert "so the claim holds by construction.\n" in explain_text(proved)
    assert "Names there" not in explain_text(proved)


@pytest.mark.parametrize(
    ("formula", "lines"),
    [
        ("a && b", ["  a && b"]),
        ("aaaa && bbbb || cccc", ["     aaaa && bbbb", "  || cccc"]),
        ("aaaa && !(bbbb || cccc && dddd)", ["     aaaa", "  && !(   bbbb", "       || cccc", "          && dddd)"]),
        ("f(a || b, c && d) == eeee", ["  f(a || b, c && d) == eeee"]),
        ("(aaaaaaaa) == (bbbbbbbbb)", ["  (aaaaaaaa) == (bbbbbbbbb)"]),
    ],
)
def test_long_formulas_are_broken_at_what_binds_loosest(formula: str, lines: list[str]) -> None:
    assert formula_lines(formula, 20, "  ") == lines


def test_formulas_are_in_the_names_of_the_spec(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("struct s { int a; };\nint f(struct s *p) { return p->a; }\n")
    spec = '[code]\nnew = "a.c"\nentry = "f"\n[names]\nit = "p->a"\n[[claim]]\nname = "c"\nprove = "new.ret == 7"\n'
    (tmp_path / "spec.toml").write_text(spec)
    found = explain(str(tmp_path / "spec.toml"), "c")
    assert isinstance(found, Explanation)
    assert (found.goal, found.negated) == (("new.ret == 7", "it == 7"), "it != 7")
    assert found.names == (("it", "s.a[p]"),)
    assert "|s.a[p]|" in found.smtlib


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 ms"), (0.0004, "0 ms"), (0.0126, "13 ms"), (0.9996, "1.00 s"), (12.345, "12.35 s")]
)
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_wrap_keeps_words_whole() -> None:
    assert wrap("aa bb  cc\ndd", 5) == ["aa bb", "cc dd"]
    assert wrap("a-very-long-word b", 5, "  ") == ["a-very-long-word", "  b"]
    assert wrap("", 5) == [""]


class Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("when", "terminal", "environment", "colour"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("never", True, {}, False),
        ("always", False, {"NO_COLOR": "1", "TERM": "dumb"}, True),
    ],
)
def test_colour(
    when: str, terminal: bool, environment: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert style_for(Terminal() if terminal else io.StringIO(), when).colour is colour


def test_unicode_only_if_the_encoding_has_it() -> None:
    assert style_for(io.TextIOWrapper(io.BytesIO(), "utf-8")).unicode
    assert not style_for(io.TextIOWrapper(io.BytesIO(), "ascii")).unicode
    assert not style_for(io.TextIOWrapper(io.BytesIO(), "latin-1")).unicode


def test_colours_end_and_change_no_text() -> None:
    report = r.spec_report(*r.EVERY_KIND)
    for plain, painted in (
        (check_text(report, 0, verbose=True), check_text(report, 0, Style(colour=True), True)),
        (all_text([report], 0), all_text([report], 0, Style(colour=True))),
    ):
        assert "\x1b[31m" in painted
        assert painted.count("\x1b[") == 2 * painted.count("\x1b[0m")
        assert re.sub(r"\x1b\[\d+m", "", painted) == plain


def closed(schema: Any) -> Any:
    """The schema, but nothing is allowed that it doesn't describe."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") in ("object", ["object", "null"]):
        changed["unevaluatedProperties"] = False
    return changed


def check_json(text: str) -> Any:
    document = json.loads(text)
    jsonschema.Draft202012Validator(closed(json.loads(SCHEMA.read_text()))).validate(document)
    return document


def test_schema_is_valid_and_refuses() -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(report_json((r.spec_report(r.REFUTED),), 0.5, 1))
    document["specs"][0]["claims"][0]["verdict"]["word"] = "proved"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_report_json() -> None:
    document = check_json(report_json((r.spec_report(*r.EVERY_KIND), r.spec_report()), 0.5, 1))
    assert document["summary"]["claims"] == len(r.EVERY_KIND)
    assert document["summary"]["as_expected"] == 3
    assert document["summary"]["verdicts"]["refuted"] == 2
    assert document["summary"]["exit_code"] == 1
    assert document["tool"]["name"] == "verify"
    claims = {c["name"]: c for c in document["specs"][0]["claims"]}
    assert claims["built-one"]["verdict"] == {"word": "proved", "by_construction": True}
    found = claims["refuted-one"]["verdict"]["counterexample"]
    assert found["inputs"][3] == {
        "name": "valid_bits",
        "hex": "0x8000000000000001",
        "decimal": "9223372036854775809",
        "width": 64,
        "bits": ["FEAT_CTL_LOCKED", "bit 63"],
        "matters": True,
    }
    assert found["behaviours"][0]["returns"] == "1"
    assert claims["refuted-one"]["rests_on"] == [r.PRESERVED]


def test_json_is_ascii() -> None:
    report_json((r.spec_report(r.PROVED._replace(says="Ümlaut")),), 0, 0).encode("ascii")


def test_explanation_json() -> None:
    document = check_json(explanation_json(EXPLANATION, 0))
    assert document["hypotheses"] == [{"c": "host_initiated", "formula": "host_initiated != 0"}]
    assert document["asked"] == list(EXPLANATION.obligations)


def test_list_json() -> None:
    document = check_json(list_json([SPEC]))
    assert document["specs"][0]["claims"] == [{"name": "c", "says": "It holds.", "expect": "proved"}]


def test_error_json() -> None:
    span = Span(Source("spec.toml", "one\ntwo"), 4, 7)
    document = check_json(error_json(SpecError("bad", span, "mend it"), 2))
    assert document["place"] == {"file": "spec.toml", "line": 2, "column": 1}
    assert check_json(error_json(SpecError("bad"), 2))["place"] is None
