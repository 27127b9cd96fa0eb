"""A review of patches as text, as JSON, as b4's checks, and as a reply for a mailing list."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from verify.changes.claims import broken, undecided
from verify.changes.series import CONTRADICTED, UNDECIDED, behaviour_changed, first_change
from verify.report.changes import USUAL, How, change_json, conventions, diff_text, how_json, how_text
from verify.report.colour import PLAIN, Style
from verify.report.specs import mail_lines, patch_lines, spec_lines, spec_object, status
from verify.version import VERSION

if TYPE_CHECKING:
    from verify.changes.series import Review, Step

FORMAT = "verify-patch-1"
_SURE = ("same", "same under assumptions", "changed")
_MARKS = {"same": "=", "same under assumptions": "≈", "changed": "≠"}
_MAIL = 74
_IN_MAIL = Style(width=_MAIL - 2)


def exit_code(review: Review) -> int:
    """1: a message is contradicted or a spec's claim broken; 2: a patch has a problem; 3: something isn't decided."""
    steps = list(_steps(review))
    claims = [c.verdict for s in steps for c in s.claims]
    if CONTRADICTED in claims or any(map(broken, review.specs)):
        return 1
    if any(s.problems for s in steps) or any(not s.applied for s in steps):
        return 2
    return 3 if UNDECIDED in claims or any(map(_unsure, steps)) or any(map(undecided, review.specs)) else 0


def _unsure(step: Step) -> bool:
    """True iff what the patch does to behaviour isn't known: not all is decided, or nothing that was compared changed
    and not all was compared.
    """
    undecided = any(c.comparison.verdict not in _SURE for c in step.changes)
    return undecided or (bool(step.beside) and not behaviour_changed(step))


def patch_text(review: Review, seconds: float, style: Style = PLAIN, verbose: bool = False, how: How = USUAL) -> str:
    """Each patch with its functions, the grid, and the first patch that changes behaviour."""
    lines = [f"Base: {review.base[:12]}", *(f"! {p}" for p in review.problems)]
    for step in _steps(review):
        lines += ["", style.paint("bold", title(step)), *_notes(step)]
        if step.changes:
            lines += [
                f"  {line}".rstrip() for line in diff_text(step.changes, _taken(step), style, verbose).splitlines()
            ]
        elif step.applied:
            lines.append(_no_change(step))
    for run in review.specs:
        lines += ["", *spec_lines(run, _numbers(review), style)]
    meaning = conventions({c.comparison.verdict for s in _steps(review) for c in s.changes}, style)
    lines += ["", *_grid(review), *_first(review), *meaning, f"({how_text(how)}{seconds:.1f} s)"]
    return "\n".join(lines) + "\n"


def patch_json(review: Review, seconds: float, code: int, how: How = USUAL) -> str:
    """The same as one JSON document (docs/schema/patch.json)."""
    first = first_change(review)
    document = {
        "format": FORMAT,
        "verify": VERSION,
        **how_json(how),
        "seconds": round(seconds, 3),
        "exit_code": code,
        "base": review.base,
        "problems": list(review.problems),
        "first_change": first.patch.number if first else None,
        "patches": [_step_json(s) for s in review.steps],
        "series": _step_json(review.whole) if review.whole else None,
        "against": _step_json(review.against) if review.against else None,
        "specs": [spec_object(run, [s.patch.number for s in review.steps]) for run in review.specs],
    }
    return json.dumps(document, indent=2) + "\n"


def patch_b4(review: Review) -> str:
    """The JSON array that `b4.review-perpatch-check-cmd` reads: one object for each patch."""
    checks: list[dict[str, str]] = []
    for position, step in enumerate(review.steps):
        lines = [part for problem in review.problems for part in _wrapped(f"Note: {problem}")] + _mail_lines(step)
        for run in review.specs:
            told = patch_lines(run, position, str(step.patch.number), _IN_MAIL)
            lines += [part for line in told for part in _wrapped(line)]
        lines += conventions({c.comparison.verdict for c in step.changes}, _IN_MAIL)
        details = "\n".join(lines)
        checks.append(
            {
                "tool": "verify",
                "status": _status(review, position),
                "summary": summary(step),
                "url": "",
                "details": details,
            }
        )
    return json.dumps(checks, indent=2) + "\n"


def _status(review: Review, position: int) -> str:
    step = review.steps[position]
    verdicts = {c.verdict for c in step.claims}
    marks = {status(run, position) for run in review.specs}
    if CONTRADICTED in verdicts or "fail" in marks:
        return "fail"
    unsure = review.problems or step.problems or UNDECIDED in verdicts or "warn" in marks
    return "warn" if unsure or _unsure(step) else "pass"


def patch_markdown(review: Review, how: How = USUAL) -> str:
    """A reply for the mailing list: plain text under 75 columns."""
    lines = list(
        _wrapped(
            f"verify {VERSION} compared each patch with the version before it ({how_text(how)}base {review.base[:12]})."
        )
    )
    for problem in review.problems:
        lines += _wrapped(f"Note: {problem}")
    for step in _steps(review):
        lines += ["", *_mail_lines(step)]
    for run in review.specs:
        lines += ["", *(part for line in mail_lines(run, _numbers(review), _IN_MAIL) for part in _wrapped(line))]
    lines += ["", *(part for line in _first(review) for part in _wrapped(line))]
    lines += conventions({c.comparison.verdict for s in _steps(review) for c in s.changes}, _IN_MAIL)
    return "\n".join(lines) + "\n"


def title(step: Step) -> str:
    """The patch's number and subject; of a cover letter that it stands for the whole series."""
    patch = step.patch
    if patch.total and not patch.number:
        return f"The whole series, 1 to {patch.total}: {patch.subject or 'a cover letter without a subject'}"
    number = f"{patch.number}/{patch.total} " if patch.total else f"{patch.number} " if patch.number else ""
    return f"{number}{patch.subject or 'a patch without a subject'}"


def summary(step: Step) -> str:
    """One line on a patch."""
    if not step.applied:
        return step.problems[-1] if step.problems else "it isn't applied"
    for claim in step.claims:
        if claim.verdict == CONTRADICTED:
            return f"it says that nothing changes, but {claim.why}"
    if behaviour_changed(step):
        return "it changes behaviour"
    if any(c.comparison.verdict not in _SURE for c in step.changes) or step.beside:
        return "not all of it is decided"
    return "no change of behaviour was found in what was compared"


def _steps(review: Review) -> Iterator[Step]:
    yield from review.steps
    yield from (s for s in (review.whole, review.against) if s is not None)


def _numbers(review: Review) -> list[str]:
    return [str(s.patch.number) for s in review.steps]


def _taken(step: Step) -> float:
    return sum(c.comparison.seconds for c in step.changes)


def _notes(step: Step) -> list[str]:
    lines = [f"  ! {p}" for p in step.problems] + [f"  ? {n}" for n in step.beside]
    for claim in step.claims:
        lines.append(f'  The message says "{claim.statement.sentence}": {claim.verdict}')
        if claim.why:
            lines.append(f"    {claim.why}")
    if step.inner:
        names = ", ".join(f"{name}()" for _, name in sorted(step.inner))
        lines.append(f"  Only functions of the same file use {names}: what uses it is compared instead.")
    return lines


def _mail_lines(step: Step) -> list[str]:
    lines = [*_wrapped(title(step)), *(p for n in _notes(step) for p in _wrapped(n))]
    if step.changes:
        text = diff_text(step.changes, _taken(step), _IN_MAIL)
        lines += [p for line in text.splitlines() for p in _wrapped(f"  {line}")]
    elif step.applied:
        lines.append(_no_change(step))
    return lines


def _no_change(step: Step) -> str:
    """What is said of a patch in which no function differs."""
    if step.beside:
        return "  In what was compared, no function's text or used definition changed."
    return "  No function's text or used definition changed."


def _wrapped(line: str) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, _MAIL, subsequent_indent=f"{indent}  ", break_on_hyphens=False) or [""]


def _grid(review: Review) -> list[str]:
    """Patches and functions: the verdicts' marks."""
    steps = [s for s in review.steps if s.changes]
    places = dict.fromkeys((c.comparison.function, c.comparison.path) for s in steps for c in s.changes)
    if not places:
        return []
    from tabulate import tabulate

    names = [name for name, _ in places]
    rows: list[list[str]] = []
    for name, path in places:
        row = [f"{name}()" if names.count(name) == 1 else f"{name}() in {path}"]
        for step in review.steps:
            own = (c.comparison for c in step.changes)
            row.append("".join(_MARKS.get(c.verdict, "?") for c in own if (c.function, c.path) == (name, path)))
        rows.append(row)
    heads = ["function", *(str(s.patch.number) for s in review.steps)]
    table = tabulate(rows, heads, disable_numparse=True)
    return [*table.splitlines(), "= same  ≈ same under assumptions  ≠ changed  ? not decided", ""]


def _first(review: Review) -> list[str]:
    step = first_change(review)
    missing = [str(s.patch.number) for s in review.steps if not s.applied]
    if len(missing) == len(review.steps):
        return ["Nothing was compared, as no patch could be applied."]
    if step:
        return [f"The first patch that is shown to change behaviour: {title(step)}"]
    beside = f" But not all were compared: patch {', '.join(missing)} isn't applied." if missing else ""
    return [f"No patch is shown to change behaviour.{beside}"]


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "number": step.patch.number,
        "subject": step.patch.subject,
        "applied": step.applied,
        "problems": list(step.problems),
        "not_compared": list(step.beside),
        "behaviour_changed": behaviour_changed(step),
        "claims": [{"sentence": c.statement.sentence, "verdict": c.verdict, "why": c.why} for c in step.claims],
        "functions": [change_json(c) for c in step.changes],
    }
