"""What `recheck` found, as text and as JSON (`docs/schema/recheck-1.json`)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from verify.certificates.recheck import Checked, Refused
from verify.report.colour import PLAIN, Style
from verify.report.text import duration, plural
from verify.version import VERSION

SCHEMA = 1


def recheck_text(answers: Sequence[Checked | Refused], seconds: float, style: Style = PLAIN) -> str:
    """A line for each certificate, reasons below those that are rejected, and a summary."""
    checked = [a for a in answers if isinstance(a, Checked)]
    lines: list[str] = []
    spec, width = "", max((len(a.claim) for a in checked), default=0)
    for found in answers:
        if isinstance(found, Refused):
            lines += [f"{style.mark('bad')} {style.paint('bad', 'rejected')}: {found.folder}", f"    {found.reason}"]
            spec = ""
            continue
        if found.spec != spec:
            spec = found.spec
            lines.append(style.paint("bold", spec))
        size = f"{_parts(found.parts)}: {found.clauses} clauses, {found.steps} {plural(found.steps, 'step')}"
        name = f"{style.paint('bold', found.claim)}{' ' * (width - len(found.claim))}"
        lines.append(f"{style.mark('good')} {name}  {style.paint('good', 'shown')}  {style.paint('dim', size)}")
    refused = len(answers) - len(checked)
    count = f"{len(answers)} {plural(len(answers), 'certificate')}"
    outcome = style.paint("bad", f"{refused} rejected") if refused else style.paint("good", "all are right")
    second = dict.fromkeys(a.second for a in checked if a.second)
    by = ", ".join(("checked by verify's own LRAT checker", *(f"and by {s}" for s in second)))
    return "\n".join((*lines, "", f"{count}: {outcome} ({by}, {duration(seconds)})", ""))


def recheck_json(answers: Sequence[Checked | Refused], seconds: float, exit_code: int) -> str:
    document = {
        "schema": SCHEMA,
        "kind": "recheck",
        "tool": {"name": "verify", "version": VERSION},
        "certificates": [_answer(a) for a in answers],
        "seconds": round(seconds, 6),
        "exit_code": exit_code,
    }
    return json.dumps(document, indent=2) + "\n"


def _answer(found: Checked | Refused) -> dict[str, object]:
    if isinstance(found, Refused):
        return {"folder": found.folder, "right": False, "reason": found.reason}
    return {"folder": found.folder, "right": True, **found._asdict(), "parts": list(found.parts)}


def _parts(parts: Sequence[str]) -> str:
    """The parts of a certificate; of an induction, which has a folder for each question, how many these are."""
    questions = len({part.rpartition("/")[0] for part in parts})
    return ", ".join(parts) if questions == 1 else f"{questions} questions"
