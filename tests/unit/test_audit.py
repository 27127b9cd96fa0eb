"""Audits: mutants and their fates, witnesses, unneeded assumptions, coverage and hints."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from verify.audit.audit import Audit, audit, audit_all, exit_code
from verify.audit.evidence import Figure
from verify.audit.mutants import mutants_of
from verify.audit.mutation import Equivalent, Killed, Open, Refused, Survived
from verify.claims.obligations import Subject
from verify.pipeline import Options, loaded
from verify.report.audit import audit_json, audit_text
from verify.source.text import Source
from verify.syntax.index import index_file

CODE = """\
#define LIMIT 8
unsigned int cut(unsigned int x)
{
	if (x > LIMIT)
		return LIMIT;
	return x;
}
"""
HEAD = 'title = "t"\n[code]\nnew = "a.c"\nentry = "cut"\nassume = []\n'


def spec(folder: Path, claims: str, code: str = CODE, head: str = HEAD) -> str:
    (folder / "a.c").write_text(code)
    (folder / "spec.toml").write_text(head + claims)
    return str(folder / "spec.toml")


def claim(name: str, prove: str, assume: str = "[]", expect: str = "proved") -> str:
    return f'[[claim]]\nname = "{name}"\nprove = "{prove}"\nassume = {assume}\nexpect = "{expect}"\n'


EXACT = claim("exact", "new.ret == (x > 8 ? 8 : x)")


def audited(folder: Path, claims: str, **kind: str) -> Audit:
    return audit(spec(folder, claims, **kind))


def test_an_exact_claim_notices_every_mutant(tmp_path: Path) -> None:
    found = audited(tmp_path, EXACT)
    assert found.count(Killed) > 8
    assert found.count(Survived) == found.count(Open) == found.count(Refused) == 0
    assert exit_code((found,)) == 0
    same = [j.mutant.after for j in found.mutants if isinstance(j.fate, Equivalent)]
    assert "\tif (x >= LIMIT)" in same  # 8 becomes 8 either way


def test_a_weak_claim_lets_mutants_survive(tmp_path: Path) -> None:
    found = audited(tmp_path, claim("weak", "new.ret <= 8"))
    survivors = {j.mutant.after: j.fate for j in found.mutants if isinstance(j.fate, Survived)}
    assert "\t\treturn 0;" in survivors
    assert exit_code((found,)) == 1
    assert "no claim notices this" in audit_text(found)


def test_mutants_are_the_text_with_one_change(tmp_path: Path) -> None:
    found = loaded(spec(tmp_path, EXACT))
    Subject(found.spec, found.versions)
    mutants = mutants_of(found.versions[-1])
    assert len({m.text for m in mutants}) == len(mutants)
    for mutant in mutants:
        assert mutant.text.replace(mutant.after, mutant.before, 1) == CODE
        assert "cut" in index_file(Source("a.c", mutant.text)).functions


@pytest.mark.parametrize(
    ("code", "kind", "after"),
    [
        ("int f(int x) { return x ? 1 : 2; }", "swapped branches", "(x) ? (2) : (1)"),
        ("int f(int x) { if (x) { return 1; } else { return 2; } }", "swapped branches", "{ return 2; }"),
        ("int f(int x) { return (unsigned char)x == 0; }", "dropped cast", "(x) == 0"),
        ("int f(int x) { int y = 1; y = x; return y; }", "dropped store", "int y = 1; ; return y;"),
        ("int g(int x); int f(int x) { g(x); return 0; }", "dropped call", "{ ; return 0; }"),
        ("int f(int x) { unsigned long y = x; return y > 3; }", "narrower type", "unsigned int y"),
        ("int f(int x) { unsigned long y = x; return y > 3; }", "other sign", "long long y"),
        ("int f(int x) { return x == 1 && x != 2; }", "dropped operand", "return (x == 1)"),
        ("int f(int x) { for (int i = 0; i < 2; i++) x += i; return x; }", "other operator", "x -= i"),
        ("int f(int x) { while (x > 1) x = 0; return x; }", "negated condition", "while (!(x > 1))"),
    ],
)  # fmt: skip
def test_kinds_of_mutants(tmp_path: Path, code: str, kind: str, after: str) -> None:
    head = HEAD.replace('"cut"', '"f"')
    found = loaded(spec(tmp_path, claim("c", "new.ret == new.ret"), code + "\n", head))
    Subject(found.spec, found.versions)
    assert any(m.kind == kind and after in m.after for m in mutants_of(found.versions[-1]))


def test_unneeded_and_vacuous_assumptions(tmp_path: Path) -> None:
    two = claim("two", "new.ret == x", '["x < 5", "x < 6"]')
    found = audited(tmp_path, EXACT + two + claim("none", "new.ret == 9", '["x < 3 && x > 4"]', "vacuous"))
    by_name = {n.claim.name: n for n in found.needs}
    assert by_name["two"].claim_unneeded == ("x < 5",)
    assert by_name["none"].witness is None
    assert [i.value for i in by_name["exact"].witness or ()] == [0]
    assert exit_code((found,)) == 1


def test_coverage_names_what_no_claim_reaches(tmp_path: Path) -> None:
    found = audited(tmp_path, claim("low", "new.ret == x", '["x < 5"]')).coverage
    assert {(p.line, p.why) for p in found.unreached} == {
        (5, "the claims' assumptions never lead here"),
        (4, "`x > LIMIT` is never true"),
    }
    assert not audited(tmp_path, EXACT).coverage.unreached


def test_hints_are_weakest_and_proved(tmp_path: Path) -> None:
    found = audited(tmp_path, claim("same", "new.ret == x", expect="refuted"))
    assert [h.assumptions for h in found.hints] == [("x <= LIMIT",)]


def test_jobs_change_nothing(tmp_path: Path) -> None:
    path = spec(tmp_path, EXACT)
    one, two = (audit(path, Options(jobs=n)) for n in (1, 2))
    assert [(j.mutant, type(j.fate)) for j in one.mutants] == [(j.mutant, type(j.fate)) for j in two.mutants]


def test_json_and_figures_from_elsewhere(tmp_path: Path) -> None:
    found = audit_all([spec(tmp_path, EXACT)])
    figures = {f.title: f for f in found.figures}
    assert set(figures) >= {"replay", "certificates"}
    assert figures["replay"] == Figure("replay", "0 of 0 counterexamples confirmed", True)
    document = json.loads(audit_json(found.audits, found.figures, 0.5, 0))
    schema = json.loads((Path(__file__).parents[2] / "docs/schema/audit.json").read_text())
    jsonschema.validate(document, schema)
    assert document["specs"][0]["mutants"]["counts"]["survived"] == 0


def test_random_functions_are_compared_on_demand(tmp_path: Path) -> None:
    (figure,) = (f for f in audit_all([spec(tmp_path, EXACT)], functions=2).figures if f.title == "random C")
    assert figure.good
    assert figure.value.startswith("formulas and interpreter agree with gcc on 2 of 2 functions, ")


def test_a_figure_that_is_not_right_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = audit_all([spec(tmp_path, EXACT)], functions=1)
    assert Figure("random C", "there is no gcc to compare with", False) in found.figures
    assert exit_code(found.audits, found.figures) == 3
    assert exit_code(found.audits) == 0
