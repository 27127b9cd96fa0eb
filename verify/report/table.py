"""Reports as tables: one row per claim, and below them what wasn't as expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tabulate import tabulate

from verify.claims.spec import Broken, broken_of, claims_of
from verify.report.colour import PLAIN, Style
from verify.report.histories import goal_word
from verify.report.text import (
    assumption_lines,
    broken_count,
    claim_block,
    duration,
    heading,
    kind_of,
    mark,
    number_assumptions,
    number_ranges,
    opinion_lines,
    plural,
    remark_lines,
    replay_lines,
    summary_line,
    wrap,
)

if TYPE_CHECKING:
    from verify.claims.spec import Claim, Spec
    from verify.claims.system import Property
    from verify.claims.verdict import ClaimReport, SpecReport


def all_text(reports: Sequence[SpecReport], seconds: float, style: Style = PLAIN, verbose: bool = False) -> str:
    """Every claim of every spec in a table, then the unexpected ones in full, the assumptions and a summary."""
    claims = [c for r in reports for c in r.claims]
    given = number_assumptions(claims)
    headers = ("", "spec", "claim", "verdict", "as expected", "given", "time")
    rows = [row for r in reports for row in (*(_row(c, given, style) for c in r.claims), *_not_checked(r, style))]
    lines = [_table(headers, rows, right=("time",)), ""]
    lines += broken_lines(broken_of(reports), style)
    for claim in claims:
        if not claim.as_expected:
            lines += [style.paint("bold", f"In {claim.spec}:"), *claim_block(claim, style, given, verbose), ""]
    lines += assumption_lines(given, style)
    lines += remark_lines(reports, style)
    lines += [*replay_lines(claims, style), *opinion_lines(reports, style)]
    lines.append(f"{len(reports)} {plural(len(reports), 'spec')}, {summary_line(reports, seconds, style)}")
    return "\n".join(lines) + "\n"


def broken_lines(broken: Iterable[Broken], style: Style) -> list[str]:
    """What is wrong with the specs, each thing once."""
    names: dict[str, list[str]] = {}
    for one in broken:
        names.setdefault(str(one.error), []).append(one.name)
    lines: list[str] = []
    for text, those in names.items():
        first, *rest = text.split("\n")
        lines += [style.paint("bold", line) for line in wrap(f"{', '.join(those)} can't be used:", style.width)]
        lines += [*(f"    {line}" for line in (*wrap(first, style.width - 4), *rest)), ""]
    return lines


def list_text(specs: Sequence[Spec], style: Style = PLAIN, broken: Sequence[Broken] = ()) -> str:
    """The specs with their titles and numbers of claims, and what is wrong with the others."""
    headers = ("spec", "versions", "claims", "real trees", "title")
    rows = [
        (
            s.name,
            "one" if s.code.old is None else "old, new",
            str(len(claims_of(s))),
            "no" if s.kernel is None else "yes",
            s.title,
        )
        for s in specs
    ]
    count = sum(len(claims_of(s)) for s in specs)
    total = f"{len(specs)} {plural(len(specs), 'spec')}, {count} {plural(count, 'claim')}"
    table = _table(headers, rows, right=("claims",), widths=(None, None, None, None, 50))
    total = style.paint("bold", total)
    if broken:
        total += f"; {style.paint('bad', broken_count(len(broken)))}"
    return "\n".join([*([table, ""] if specs else []), *broken_lines(broken, style), total]) + "\n"


def claims_text(spec: Spec, style: Style = PLAIN) -> str:
    """One spec's claims in words."""
    rows = [(c.name, _expected(c), " ".join(c.says.split())) for c in claims_of(spec)]
    table = _table(("claim", "expected", "says"), rows, widths=(None, None, 60))
    return f"{heading(spec.name, spec.title, style)}\n\n{table}\n"


def _expected(claim: Claim | Property) -> str:
    return goal_word(claim.expect) if getattr(claim, "kind", "") == "reach" else claim.expect


def _not_checked(report: SpecReport, style: Style) -> list[tuple[str, ...]]:
    if report.error is None:
        return []
    return [(style.mark("bad"), report.name, "", style.paint("bad", "error"), "", "", "")]


def _row(claim: ClaimReport, given: Mapping[str, int], style: Style) -> tuple[str, ...]:
    kind = kind_of(claim)
    numbers = ", ".join(number_ranges(given[a] for a in claim.rests_on))
    expected = "yes" if claim.as_expected else style.paint(kind, f"NO: {claim.expect}")
    reached = claim.induction is not None and claim.induction.kind == "reach"
    word = style.paint(kind, goal_word(claim.word) if reached else claim.word)
    return (mark(claim, style), claim.spec, claim.claim, word, expected, numbers, duration(claim.seconds))


def _table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: tuple[str, ...] = (),
    widths: Sequence[int | None] | None = None,
) -> str:
    """A plain table.  Numbers stay as they are written: tabulate would turn 64-bit values into floats."""
    align = ["right" if h in right else "left" for h in headers]
    return tabulate(
        rows, headers, "simple", disable_numparse=True, colalign=align if rows else None, maxcolwidths=widths
    )
