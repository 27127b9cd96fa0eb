"""Specs on the versions of a series, as text and as JSON: the grid of claims and patches, and what the patches do to
them.

Takes `SpecRun`s; returns lines, and objects for the JSON document of `verify patch`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verify.changes.claims import BREAKS, ESTABLISHES, broken, events, undecided
from verify.report.colour import PLAIN, Style
from verify.report.json import verdict_object
from verify.report.text import assumption_lines, claim_block, number_assumptions, number_ranges, plural

if TYPE_CHECKING:
    from verify.changes.claims import Cell, Event, SpecRun, Track
    from verify.claims.verdict import ClaimReport

_MARKS = {"proved": "✓", "refuted": "✗", "may differ": "~", "unknown": "?", "vacuous": "∅", "unsupported": "-"}
_ASCII = {"proved": "ok", "refuted": "X", "may differ": "~", "unknown": "?", "vacuous": "0", "unsupported": "-"}
_LEGEND = {"unsupported": "not to be asked, or unsupported"}
_PHRASES = {"unsupported": "not to be asked", "vacuous": "empty", "unknown": "not decided", "may differ": "not decided"}


def spec_lines(run: SpecRun, labels: Sequence[str], style: Style = PLAIN) -> list[str]:
    """A spec's claims on the versions: the grid, what the patches do, and what the verdicts rest on.

    `labels`: the patches' numbers.
    """
    given = number_assumptions([r for t in run.tracks for r in _reports(t)])
    lines = _heading(run, style)
    if run.tracks:
        lines += [*(f"  {line}".rstrip() for line in _grid(run, labels, given, style)), ""]
        lines += _event_lines(run, events(run), labels, given, style)
        lines += ["", *_indented(assumption_lines(given, _narrow(style))[:-1])] if given else []
    return lines


def mail_lines(run: SpecRun, labels: Sequence[str], style: Style) -> list[str]:
    """The same for a mail: what the patches do, and the count of verdicts in the end."""
    found = events(run)
    given = number_assumptions([e.cell.report for e in found])
    lines = _heading(run, style)
    if run.tracks:
        lines += _event_lines(run, found, labels, given, style)
        words = Counter(r.word for t in run.tracks if (r := t.last) is not None)
        told = ", ".join(f"{words[word]} {word}" for word in _MARKS if words[word])
        count = f"its {len(run.tracks)} {plural(len(run.tracks), 'claim')}"
        lines.append(f"  In the end, of {count}: {told or 'none decided'}")
        lines += _indented(assumption_lines(given, _narrow(style))[:-1])
    return lines


def patch_lines(run: SpecRun, position: int, label: str, style: Style) -> list[str]:
    """What the patch at `position` does to the spec's claims; nothing if it does nothing."""
    found = [e for e in events(run) if e.position == position]
    problems = [f"  ! {p}" for p in run.problems if not run.tracks or p.startswith(f"patch {label}:")]
    given = number_assumptions([e.cell.report for e in found])
    lines = _event_lines(run, found, {position: label}, given, style) if found else []
    lines += _indented(assumption_lines(given, _narrow(style))[:-1])
    return [f"Spec {run.name}:", *problems, *lines] if problems or lines else []


def status(run: SpecRun, position: int) -> str:
    """What b4 is told of the patch at `position`: "fail" if it breaks a claim for good, "warn" if one is in doubt."""
    if any(e.position == position for e in broken(run)):
        return "fail"
    mine = [e for e in events(run) if e.position == position and e.word != ESTABLISHES]
    if any(e.track.claim.expect == "proved" for e in mine) or undecided(run):
        return "warn"
    return "pass"


def spec_object(run: SpecRun, numbers: Sequence[int]) -> dict[str, Any]:
    """A spec as a JSON object; `numbers` are the patches'."""
    happened = events(run)
    return {
        "spec": run.name,
        "path": run.path,
        "problems": list(run.problems),
        "claims": [
            {
                "claim": t.claim.name,
                "says": t.claim.says,
                "expect": t.claim.expect,
                "about": t.about,
                "base": t.base.word if t.base else None,
                "patches": [s.report.word if s else None for s in t.steps],
                "series": t.whole.report.word if t.whole else None,
                "rests_on": list(dict.fromkeys(a for r in _reports(t) for a in r.rests_on)),
            }
            for t in run.tracks
        ],
        "events": [
            {
                "patch": numbers[e.position],
                "effect": e.word,
                "claim": e.track.claim.name,
                "expected": _expected(e),
                "before": verdict_object(e.cell.before.verdict) if e.cell.before else None,
                "verdict": verdict_object(e.cell.report.verdict),
            }
            for e in happened
        ],
    }


def _heading(run: SpecRun, style: Style) -> list[str]:
    title = f"Spec {run.name}: {run.title}" if run.title else f"Spec {run.name}"
    return [style.paint("bold", title), *(f"  ! {' '.join(p.split())}" for p in run.problems)]


def _reports(track: Track) -> list[ClaimReport]:
    cells = (*track.steps, track.whole)
    return [*((track.base,) if track.base else ()), *(c.report for c in cells if c is not None)]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}".rstrip() for line in lines]


def _narrow(style: Style) -> Style:
    """The style for lines that are indented afterwards."""
    return style._replace(width=style.width - 2)


def _grid(run: SpecRun, labels: Sequence[str], given: Mapping[str, int], style: Style) -> list[str]:
    """Claims and versions; empty where nothing that the spec reads was changed."""
    from tabulate import tabulate

    marks = _MARKS if style.unicode else _ASCII

    def mark(report: ClaimReport | None) -> str:
        return "" if report is None else marks[report.word]

    def cell_mark(cell: Cell | None) -> str:
        return mark(cell.report if cell is not None else None)

    whole = len(labels) > 1
    based = any(t.base for t in run.tracks)
    heads = ["claim", *(["base"] if based else []), *labels, *(["series"] if whole else [])]
    heads += ["given"] if given else []
    rows: list[list[str]] = []
    for track in run.tracks:
        row = [track.claim.name, *([mark(track.base)] if based else []), *map(cell_mark, track.steps)]
        row += [cell_mark(track.whole)] if whole else []
        numbers = number_ranges(given[a] for r in _reports(track) for a in r.rests_on)
        rows.append([*row, "".join(f"[{n}]" for n in numbers)] if given else row)
    words = {r.word for t in run.tracks for r in _reports(t)}
    legend = "  ".join(f"{sign} {_LEGEND.get(word, word)}" for word, sign in marks.items() if word in words)
    return [*tabulate(rows, heads, disable_numparse=True).splitlines(), legend]


def _event_lines(
    run: SpecRun,
    found: Sequence[Event],
    labels: Sequence[str] | Mapping[int, str],
    given: Mapping[str, int],
    style: Style,
) -> list[str]:
    lines: list[str] = []
    for event in found:
        name, claim = f"Patch {labels[event.position]}", event.track.claim
        before = event.cell.before
        if event.word == ESTABLISHES:
            word = before.word if before else ""
            lines.append(f"  {name} establishes `{claim.name}` ({_PHRASES.get(word, word)} without it)")
        elif event.word == BREAKS:
            expected = ", as the spec expects" if _expected(event) else ""
            lines.append(f"  {name} {'breaks' if expected else style.paint('bad', 'breaks')} `{claim.name}`{expected}")
        else:
            lines.append(f"  {name} leaves `{claim.name}` undecided ({event.cell.report.word}; proved without it)")
        if event.word != ESTABLISHES and not _expected(event):
            lines += _indented(claim_block(event.cell.report, _narrow(style), given)[1:])
    if not found:
        count = len(run.tracks)
        lines.append(f"  No patch establishes or breaks one of its {count} {plural(count, 'claim')}.")
    return lines


def _expected(event: Event) -> bool:
    """True iff the spec expects the verdict that the patch leads to."""
    return event.cell.report.as_expected
