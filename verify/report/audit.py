"""Audits as text and as JSON: one page for each spec, and the figures of all of them.

Takes `Audit`s and a `Repository`; returns strings with a final newline.  The JSON has a schema: docs/schema/audit.json.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from verify.audit.mutation import Equivalent, Fate, Judged, Killed, Open, Refused, Survived
from verify.claims.verdict import WORDS, Input, Vacuous
from verify.report.colour import PLAIN, Style
from verify.report.text import duration, plural, shown_value, wrap
from verify.version import VERSION

if TYPE_CHECKING:
    from verify.audit.audit import Audit, Figure, Repository
    from verify.audit.coverage import Place

SCHEMA = 1
_INDENT = "    "
_FATES: dict[type, str] = {
    Killed: "killed",
    Equivalent: "equivalent",
    Survived: "survived",
    Open: "undecided",
    Refused: "refused",
}
_PLACES_SHOWN = 12


def audit_text(audit: Audit, style: Style = PLAIN, verbose: bool = False) -> str:
    """One spec."""
    sections = (
        _mutants(audit, style, verbose),
        _witnesses(audit, style, verbose),
        _assumptions(audit, style),
        _coverage(audit, style, verbose),
        _hints(audit, style),
    )
    lines = [f"{style.paint('bold', audit.name)}: {audit.title}"]
    for section in sections:
        lines += ["", *section]
    return "\n".join([*lines, "", f"({duration(audit.seconds)})"]) + "\n"


def repository_text(repository: Repository, seconds: float, style: Style = PLAIN, verbose: bool = False) -> str:
    """All specs: what failed of each, then the figures."""
    lines: list[str] = []
    for audit in repository.audits:
        counts = Counter(_FATES[type(j.fate)] for j in audit.mutants)
        shown = ", ".join(f"{counts[w]} {w}" for w in _FATES.values() if counts[w])
        good = not audit.count(Survived) and not audit.count(Open)
        total = f"{len(audit.needs)} claims, {len(audit.mutants)} mutants: {shown}"
        lines.append(f"{style.mark('good' if good else 'bad')} {audit.name}  {total}  {duration(audit.seconds)}")
        for one in audit.mutants:
            if verbose or isinstance(one.fate, Survived | Open):
                lines += _mutant(one, style)
    lines += ["", *(_figure(f, style) for f in repository.figures)]
    count = len(repository.audits)
    return "\n".join([*lines, "", f"{count} {plural(count, 'spec')} audited ({duration(seconds)})"]) + "\n"


def _figure(figure: Figure, style: Style) -> str:
    first, *rest = figure.value.split("\n")
    lines = [f"{style.mark('good' if figure.good else 'bad')} {figure.title:<12} {first}"]
    return "\n".join([*lines, *(f"{_INDENT}{line}" for line in rest)])


def _mutants(audit: Audit, style: Style, verbose: bool) -> list[str]:
    total = len(audit.mutants)
    counts = Counter(_FATES[type(j.fate)] for j in audit.mutants)
    shown = ", ".join(f"{counts[w]} {w}" for w in _FATES.values() if counts[w])
    good = not counts["survived"] and not counts["undecided"]
    lines = [f"{style.mark('good' if good else 'bad')} {total} {plural(total, 'mutant')} of the new code: {shown}"]
    killers = Counter(j.fate.claim for j in audit.mutants if isinstance(j.fate, Killed))
    lines += [f"{_INDENT}{count:4} noticed first by {claim}" for claim, count in killers.most_common()]
    reasons = Counter(j.fate.reason for j in audit.mutants if isinstance(j.fate, Refused))
    lines += [f"{_INDENT}{count:4} refused: {reason}" for reason, count in reasons.most_common()]
    for one in audit.mutants:
        if verbose or isinstance(one.fate, Survived | Open):
            lines += _mutant(one, style)
    return lines


def _mutant(one: Judged, style: Style) -> list[str]:
    """A mutant as a diff, and what came of it."""
    mutant, fate = one.mutant, one.fate
    lines = [f"{_INDENT}{mutant.path}:{mutant.line}: {mutant.kind}"]
    changed = difflib.ndiff(mutant.before.split("\n"), mutant.after.split("\n"))
    for line in (d for d in changed if not d.startswith("?")):
        paint = {"-": "bad", "+": "good"}.get(line[:1], "")
        shown = f"{_INDENT}  {line[0]} {line[2:]}".rstrip()
        lines.append(style.paint(paint, shown) if paint else shown)
    return [*lines, *(f"{_INDENT}  {line}" for line in wrap(_says(fate), style.width - 6))]


def _says(fate: Fate) -> str:
    match fate:
        case Killed(claim, verdict):
            return f"{claim} notices: {verdict}"
        case Equivalent():
            return "equivalent: proved to do the same for all inputs under the spec's assumptions"
        case Survived(inputs):
            return f"no claim notices this; it shows, e.g., with {_inputs(inputs)}"
        case Open(reason):
            return f"undecided: {reason.splitlines()[0]}"
        case Refused(reason):
            return f"refused: {reason}"


def _inputs(inputs: Iterable[Input]) -> str:
    shown = [f"{i.name} = {shown_value(i)}" for i in inputs if i.matters]
    return ", ".join(shown) or "any input"


def _witnesses(audit: Audit, style: Style, verbose: bool) -> list[str]:
    missing = [n for n in audit.needs if n.witness is None]
    having = len(audit.needs) - len(missing)
    mark = style.mark("bad" if missing else "good")
    lines = [f"{mark} {having} of {len(audit.needs)} claims speak of some input; the smallest for each:"]
    for need in missing:
        word = WORDS[type(need.verdict)]
        why = "no input satisfies its assumptions" if isinstance(need.verdict, Vacuous) else f"its verdict is {word}"
        lines.append(f"{_INDENT}{need.claim.name}: none; {why}")
    seen = [(_inputs(n.witness), n.claim.name) for n in audit.needs if n.witness is not None]
    for inputs, group in groupby(sorted(seen), key=lambda pair: pair[0]):
        names = [name for _, name in group]
        lines += [f"{_INDENT}{line}" for line in wrap(inputs, style.width - 4)]
        if not verbose and len(names) > 3:
            names = [*names[:3], f"{len(names) - 3} more"]
        lines += [style.paint("dim", f"{_INDENT}  {x}") for x in wrap(f"of {', '.join(names)}", style.width - 6)]
    return lines


def _assumptions(audit: Audit, style: Style) -> list[str]:
    own = [(n.claim.name, a) for n in audit.needs for a in n.claim_unneeded]
    idle = [p.text for p in audit.premises if not p.needed_by]
    shared = Counter(a for n in audit.needs for a in n.spec_unneeded)
    proved = sum(WORDS[type(n.verdict)] == "proved" for n in audit.needs)
    found = bool(own or idle or shared)
    lines = [f"{style.mark('unsure' if found else 'good')} " + (
        "Assumptions that proofs do without:" if found else "Every proof needs each of its assumptions."
    )]  # fmt: skip
    lines += [f"{_INDENT}{name} is proved without `{text}`" for name, text in own]
    lines += [
        f"{_INDENT}{count} of {proved} proved claims hold without the spec's `{text}`" for text, count in shared.items()
    ]
    lines += [f"{_INDENT}no proved claim needs that {text}" for text in idle]
    return lines


def _coverage(audit: Audit, style: Style, verbose: bool) -> list[str]:
    found = audit.coverage
    total = found.lines + found.branches
    lines = [
        f"{style.mark('good' if not found.unreached else 'unsure')} {total - len(found.unreached)} of {total} lines "
        "and branch directions are reached under the assumptions of some claim"
    ]
    if found.pairs is not None:
        more = "" if found.pairs_complete else " (there are more; these were looked at)"
        reached = found.pairs - found.unreached_pairs
        lines.append(f"{_INDENT}{reached} of {found.pairs} pairs of an old and a new path are, too{more}")
    for why, group in groupby(found.unreached, key=lambda p: (p.version, p.file, p.why)):
        places = list(group)
        lines.append(f"{_INDENT}{why[1]}: {why[2]}")
        lines += [f"{_INDENT}{p.line:6} | {p.text}" for p in _shown(places, verbose)]
        if not verbose and len(places) > _PLACES_SHOWN:
            lines.append(f"{_INDENT}       … and {len(places) - _PLACES_SHOWN} more (-v)")
    return lines


def _shown(places: list[Place], verbose: bool) -> list[Place]:
    return places if verbose else places[:_PLACES_SHOWN]


def _hints(audit: Audit, style: Style) -> list[str]:
    if not audit.hints:
        return [f"{style.mark('good')} No claim is refuted."]
    lines = ["  What the refuted claims would need; each is proved, and the weakest found:"]
    for hint in audit.hints:
        lines.append(f"{_INDENT}{hint.claim}")
        if not hint.assumptions:
            lines.append(f"{_INDENT}  no small assumption over the spec's names was found")
        for number, text in enumerate(hint.assumptions):
            lines.append(f"{_INDENT}  {'holds if you also assume' if not number else 'or'} `{text}`")
    return lines


def audit_json(audits: Sequence[Audit], figures: Sequence[Figure], seconds: float, exit_code: int) -> str:
    """One or several audits as one document."""
    document = {
        "schema": SCHEMA,
        "kind": "audit",
        "tool": {"name": "verify", "version": VERSION},
        "specs": [_audit(a) for a in audits],
        "figures": [f._asdict() for f in figures],
        "seconds": round(seconds, 6),
        "exit_code": exit_code,
    }
    return json.dumps(document, indent=2) + "\n"


def _audit(audit: Audit) -> dict[str, object]:
    found = audit.coverage
    return {
        "name": audit.name,
        "title": audit.title,
        "claims": [
            {
                "name": n.claim.name,
                "verdict": WORDS[type(n.verdict)],
                "witness": None if n.witness is None else [_input(i) for i in n.witness],
                "unneeded": list(n.claim_unneeded),
                "unneeded_of_spec": list(n.spec_unneeded),
            }
            for n in audit.needs
        ],
        "premises": [{"text": p.text, "needed_by": list(p.needed_by)} for p in audit.premises],
        "mutants": {
            "counts": {word: audit.count(fate) for fate, word in _FATES.items()},
            "all": [_mutant_json(j) for j in audit.mutants],
        },
        "coverage": {
            "lines": found.lines,
            "branches": found.branches,
            "pairs": found.pairs,
            "unreached_pairs": found.unreached_pairs,
            "pairs_complete": found.pairs_complete,
            "unreached": [p._asdict() for p in found.unreached],
        },
        "hints": [{"claim": h.claim, "assumptions": list(h.assumptions)} for h in audit.hints],
        "seconds": round(audit.seconds, 6),
    }


def _mutant_json(one: Judged) -> dict[str, object]:
    mutant, fate = one.mutant, one.fate
    found: dict[str, object] = {
        "kind": mutant.kind,
        "file": mutant.path,
        "line": mutant.line,
        "before": mutant.before,
        "after": mutant.after,
        "fate": _FATES[type(fate)],
        "seconds": round(one.seconds, 6),
    }
    match fate:
        case Killed(claim, verdict):
            found |= {"claim": claim, "verdict": verdict}
        case Survived(inputs):
            found |= {"inputs": [_input(i) for i in inputs]}
        case Open(reason) | Refused(reason):
            found |= {"reason": reason}
        case Equivalent():
            pass
    return found


def _input(item: Input) -> dict[str, object]:
    return {"name": item.name, "hex": f"{item.value:#x}", "width": item.width, "bits": list(item.bits),
            "matters": item.matters}  # fmt: skip
