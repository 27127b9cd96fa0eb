"""What a sweep found, as a table of counts and as JSON lines (docs/schema/sweep-1.json)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tabulate import tabulate

from verify.report.changes import USUAL, How, conventions, how_json, how_text
from verify.report.colour import PLAIN, Style
from verify.report.text import duration, plural
from verify.version import VERSION

if TYPE_CHECKING:
    from verify.changes.sweep import Row, Sweep

FORMAT = "verify-sweep-1"
_WORDS = ("same", "same under assumptions", "changed", "may differ", "unknown", "unsupported")
_DECIDED = _WORDS[:3]
_SAME = _WORDS[:2]
_SHORT = 40  # lines
_PLACE = re.compile(r"^(?:\S+:\d+:\d+|\S+\.[ch]:\d+): ")
_QUOTED = re.compile(r"`[^`]*`")
_SHOWN = 12  # constructs; of more, the rest is only counted


def exit_code(sweep: Sweep, rows: Sequence[Row]) -> int:
    """0: nothing changed; 1: something did; 3: nothing that is known to, but not all is decided or was read."""
    verdicts = {row.verdict for row in rows}
    if "changed" in verdicts:
        return 1
    return 3 if sweep.unread or verdicts.difference(_SAME) else 0


def construct(reason: str) -> str:
    """A reason without places, names and source lines, so that like ones count together."""
    text = _PLACE.sub("", reason.split("\n", 1)[0])
    text = _QUOTED.sub("`…`", text.split("`…`: ")[0])
    return re.sub(r"\s*\([^)]*\)", "", text).split(": `…`")[0].strip()[:100]


def counts_text(rows: Sequence[Row], style: Style = PLAIN) -> str:
    """How often each verdict came, for all functions and for the short ones."""
    del style
    tally = Counter(row.verdict for row in rows)
    short = Counter(row.verdict for row in rows if row.lines < _SHORT)
    times: Counter[str] = Counter()
    for row in rows:
        times[row.verdict] += row.seconds  # pyright: ignore[reportArgumentType]
    table = [
        (word, str(tally[word]), _share(tally[word], len(rows)), str(short[word]), duration(times[word]))
        for word in _WORDS
        if tally[word]
    ]
    late = sum(row.out_of_time for row in rows)
    if late:
        table.append(("  of these out of time", str(late), _share(late, len(rows)), "", ""))
    headers = ("verdict", "functions", "share", f"under {_SHORT} lines", "time")
    align = ("left", "right", "right", "right", "right")
    return tabulate(table, headers, "simple", disable_numparse=True, colalign=align if table else None)


def sweep_text(
    sweep: Sweep,
    rows: Sequence[Row],
    seconds: float,
    style: Style = PLAIN,
    verbose: bool = False,
    how: How = USUAL,
) -> str:
    """The counts, what stood in the way, and how it was found; `verbose`: each function, too."""
    c = sweep.counts
    lines: list[str] = []
    if verbose:
        table = [(f"{r.path}: {r.function}()", r.verdict, duration(r.seconds)) for r in rows]
        lines += [tabulate(table, ("function", "verdict", "time"), "simple", disable_numparse=True), ""]
    both = f"{c.files} {plural(c.files, 'file')} with {c.both} {plural(c.both, 'function')} in both trees"
    lines.append(f"{both}; the text of {c.text_changed} changed.")
    if c.both > c.text_changed:
        lines.append("The others aren't compared, though what they use may have changed; `diff` does that.")
    gone = f"{_number(c.only_old_files, 'file')} and {_number(c.only_old, 'function')}"
    come = f"{_number(c.only_new_files, 'file')} and {_number(c.only_new, 'function')}"
    lines.append(f"Only in the old tree: {gone} of files in both; only in the new: {come}.")
    if rows:
        lines += ["", counts_text(rows, style)]
    stuck = [row for row in rows if row.verdict not in _DECIDED]
    if stuck:
        reasons = Counter((row.verdict, construct((*row.reasons, "")[0])) for row in stuck).most_common()
        table = [(str(n), verdict, why) for (verdict, why), n in reasons[:_SHOWN]]
        headers = ("", "verdict", "why")
        lines += ["", tabulate(table, headers, "simple", disable_numparse=True, maxcolwidths=(None, None, 70))]
        if len(reasons) > _SHOWN:
            lines.append(f"… and {len(reasons) - _SHOWN} more reasons (--json has all)")
    hits = sum(row.cached for row in rows)
    known = f"{hits} of {len(rows)} known from an earlier run" if hits else "none known from an earlier run"
    lines += ["", *(f"Note: {note}." for note in sweep.notes), *conventions({row.verdict for row in rows}, style)]
    lines.append(
        style.paint("bold", f"{_number(len(rows), 'function')} compared, {known} ({how_text(how)}{duration(seconds)})")
    )
    return "\n".join(lines) + "\n"


def row_json(row: Row) -> str:
    """One function as one line."""
    record = {
        "format": FORMAT,
        "kind": "function",
        "path": row.path,
        "function": row.function,
        "lines": row.lines,
        "verdict": row.verdict,
        "reasons": list(row.reasons),
        "differing": list(row.differing),
        "out_of_time": row.out_of_time,
        "cached": row.cached,
        "seconds": round(row.seconds, 3),
    }
    if row.verdict not in _DECIDED:
        record["construct"] = construct((*row.reasons, "")[0])
    return json.dumps(record) + "\n"


def summary_json(sweep: Sweep, rows: Sequence[Row], seconds: float, code: int, how: How = USUAL) -> str:
    """The last line: what was counted."""
    tally = Counter(row.verdict for row in rows)
    record = {
        "format": FORMAT,
        "kind": "summary",
        "verify": VERSION,
        "counts": {
            "files": sweep.counts.files,
            "files_only_in_old": sweep.counts.only_old_files,
            "files_only_in_new": sweep.counts.only_new_files,
            "functions_in_both": sweep.counts.both,
            "functions_only_in_old": sweep.counts.only_old,
            "functions_only_in_new": sweep.counts.only_new,
            "text_changed": sweep.counts.text_changed,
            "files_unread": len(sweep.unread),
        },
        "verdicts": {word: tally[word] for word in _WORDS},
        "out_of_time": sum(row.out_of_time for row in rows),
        "cached": sum(row.cached for row in rows),
        "notes": sweep.notes,
        **how_json(how),
        "seconds": round(seconds, 3),
        "exit_code": code,
    }
    return json.dumps(record) + "\n"


def _number(count: int, word: str) -> str:
    return f"{count} {plural(count, word)}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"
