"""What `validate` compared and the rows of `table`, as text and as JSON (docs/schema/evidence-1.json)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from verify.report.colour import PLAIN, Style
from verify.report.text import duration, heading, plural, wrap
from verify.version import VERSION

if TYPE_CHECKING:
    from verify.pipeline import Table, Validation
    from verify.replay.boundary import Row
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


def table_text(found: Table, seconds: float, style: Style = PLAIN, differences: bool = False) -> str:
    """A line for each boundary input."""
    from tabulate import tabulate

    table = found.boundary
    chosen = [row for row in table.rows if not differences or _differs(row)]
    rows = [(*(f"{v:#x}" for v in row.inputs), *(_result(found, r) for r in row.results)) for row in chosen]
    right = ("right",) * len(table.names) + ("left",) * len(table.versions)
    names = (*table.names, *table.versions)
    lines = [heading(found.spec, found.title, style), ""]
    lines.append(tabulate(rows, names, "simple", disable_numparse=True, colalign=right if rows else None))
    differing = sum(map(_differs, table.rows))
    count = f"{len(table.rows)} {plural(len(table.rows), 'input')}"
    differ = f", {differing} of them treated differently" if len(table.versions) > 1 else ""
    lines += ["", f"{count}{differ} ({duration(seconds)})"]
    if table.skipped:
        lines.append(f"{table.skipped} left out: they don't satisfy the assumptions, or can't be run")
    if table.by:
        lines.append(style.paint("good", f"All confirmed by {table.by}"))
    elif table.reason:
        lines += wrap(f"Not replayed: {table.reason}", style.width)
    return "\n".join(lines) + "\n"


def table_json(found: Table, seconds: float, exit_code: int, differences: bool = False) -> str:
    """The same for programs; numbers are strings in hex."""
    table = found.boundary
    document = {
        "schema": SCHEMA,
        "kind": "table",
        "tool": {"name": "verify", "version": VERSION},
        "spec": found.spec,
        "names": [{"name": n, "width": w} for n, w in zip(table.names, table.widths, strict=True)],
        "versions": list(table.versions),
        "rows": [
            {"inputs": [f"{v:#x}" for v in row.inputs], "results": [_result(found, r) for r in row.results]}
            for row in table.rows
            if not differences or _differs(row)
        ],
        "skipped": table.skipped,
        "confirmed_by": table.by,
        "not_replayed": table.reason,
        "seconds": round(seconds, 6),
        "exit_code": exit_code,
    }
    return json.dumps(document, indent=2) + "\n"


def _differs(row: Row) -> bool:
    return len(set(row.results)) > 1


def _result(found: Table, result: int | None) -> str:
    if result is None:
        return "nothing"
    if found.accepted:
        return "reject" if result else "accept"
    return f"{result:#x}"
