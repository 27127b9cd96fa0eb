"""What `validate` compared, as text and as JSON (docs/schema/evidence-1.json)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from verify.report.colour import PLAIN, Style
from verify.report.text import duration, heading, plural, wrap
from verify.version import VERSION

if TYPE_CHECKING:
    from verify.pipeline import Validation
    from verify.replay.validate import Checked

SCHEMA = 1


def validation_text(found: Validation, seconds: float, style: Style = PLAIN) -> str:
    """A block for each version, and a summary."""
    lines = [heading(found.spec, found.title, style), ""]
    for checked in found.checked:
        mark = style.mark("good" if checked.compiled else "unsure")
        lines.append(f"{mark} {style.paint('bold', f'{checked.version} version')}")
        lines += [f"    {line}" for sentence in _sentences(checked) for line in wrap(sentence, style.width - 4)]
    inputs = sum(c.inputs for c in found.checked)
    compiled = sum(c.compiled for c in found.checked)
    total = f"{inputs} {plural(inputs, 'input')}, {compiled} of them run by compiled code: no difference"
    lines += ["", f"{total} (seed {found.seed}, {duration(seconds)})"]
    return "\n".join(lines) + "\n"


def _sentences(checked: Checked) -> list[str]:
    count = f"{checked.inputs} {plural(checked.inputs, 'input')}"
    which = "all there are" if checked.exhaustive else "boundary values and random ones"
    found = [f"{count} of {checked.bits} bits, {which}: the formulas and the interpreter agree."]
    if checked.by:
        found.append(f"The code compiled by {checked.by} does the same on each ({checked.checks} checks).")
    else:
        found.append(f"No compiled code was run: {checked.reason}.")
    if checked.skipped:
        found.append(f"{checked.skipped} further {plural(checked.skipped, 'input')} skipped: {checked.why}.")
    return found


def validation_json(found: Validation, seconds: float, exit_code: int) -> str:
    """The same for programs."""
    document = {
        "schema": SCHEMA,
        "kind": "validation",
        "tool": {"name": "verify", "version": VERSION},
        "spec": found.spec,
        "seed": found.seed,
        "versions": [c._asdict() for c in found.checked],
        "seconds": round(seconds, 6),
        "exit_code": exit_code,
    }
    return json.dumps(document, indent=2) + "\n"
