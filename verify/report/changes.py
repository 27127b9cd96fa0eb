"""What changed, as text and as JSON: one block for each function, with the regions in which its versions differ."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from verify.report.colour import PLAIN, Style
from verify.report.json import replayed_object
from verify.report.text import behaviour_lines, duration, plural, replayed_lines, shown_value, wrap
from verify.tuples import NamedTuple
from verify.version import VERSION

if TYPE_CHECKING:
    from verify.changes.diff import Beside
    from verify.changes.evidence import Change
    from verify.changes.regions import Map, Region
    from verify.replay.sameness import Tried

FORMAT = "verify-diff-1"
_WORDS = ("same", "same under assumptions", "changed", "may differ", "unknown", "unsupported")
_COLOURS = {"same": "good", "same under assumptions": "good", "changed": "bad"}
_SAME = frozenset(("same", "same under assumptions"))
_MARKS = {"same": "=", "same under assumptions": "≈", "changed": "≠"}
_UNSURE = "?"
_MARGIN = 19
_FILES_SHOWN = 12
_REGIONS_SHOWN = 12  # of a function; of more, the rest is only counted
_MAP_LINES = 100  # of a function's regions, but for the first, if there are more
_GIVEN_SHOWN = 6  # assumptions of a function's regions, likewise
_MEMORY = "memory: "
_OF_A_FUNCTION = re.compile(r"()(\w+\(\))( .+)")  # what comes first, of what, and what is said of it
_OF_A_PLACE = re.compile(r"(code that isn't looked into does the same in both versions: )(.+)()")


# What "same" means (docs/diff.md).
CONVENTIONS = (
    "Compared are the result, memory, calls and warnings: members by their names, wherever they lie; calls by name, "
    "arguments and order, where what is called isn't known to differ."
)


def exit_code(changes: Sequence[Change]) -> int:
    """0: nothing changed; 1: something did; 3: nothing that is known to, but not all is decided."""
    verdicts = {c.comparison.verdict for c in changes}
    if "changed" in verdicts:
        return 1
    return 3 if verdicts - {"same", "same under assumptions"} else 0


class How(NamedTuple):
    """Who was asked, and which CONFIG symbols were fixed, as in "CONFIG_X=y": what verdicts rest on, too."""

    solver: str = "z3"
    define: tuple[str, ...] = ()


USUAL = How()


def how_text(how: How) -> str:
    """What isn't usual about it, to stand in front of the time."""
    by = "" if how.solver == USUAL.solver else f"by {how.solver}, "
    return by + "".join(f"{symbol}, " for symbol in how.define)


def how_json(how: How) -> dict[str, Any]:
    """The same as properties of a document."""
    return {"solver": how.solver, "define": list(how.define)}


def conventions(verdicts: Collection[str], style: Style) -> list[str]:
    """What "same" means, if one of the verdicts is that."""
    return [] if _SAME.isdisjoint(verdicts) else wrap(CONVENTIONS, style.width)


def diff_text(
    changes: Sequence[Change],
    seconds: float,
    style: Style = PLAIN,
    verbose: bool = False,
    beside: Sequence[Beside] = (),
    how: How = USUAL,
) -> str:
    """All functions, a block each, those that weren't compared as only one version has them, and a count."""
    lines: list[str] = []
    path = ""
    for change in changes:
        if change.comparison.path != path:
            path = change.comparison.path
            lines += ["", style.paint("bold", path)]
        lines += _block(change, style, verbose)
    tally = Counter(c.comparison.verdict for c in changes)
    counts = ", ".join(f"{tally[word]} {word}" for word in _WORDS if tally[word])
    total = f"{len(changes)} {plural(len(changes), 'function')} compared"
    alone = _alone(beside, style)
    lines += ["", *alone] if alone else []
    same = sum(one.common for one in beside)
    nothing = (
        f"Nothing changed in the {same} {plural(same, 'function')} that both have." if beside else "Nothing changed."
    )
    lines += ["", f"{total}: {counts} ({how_text(how)}{duration(seconds)})" if changes else nothing]
    return "\n".join(lines).lstrip("\n") + "\n"


def _alone(beside: Sequence[Beside], style: Style) -> list[str]:
    """The functions that only one version of their file has."""
    lines: list[str] = []
    for one in beside:
        for word, names in (("old", one.only_old), ("new", one.only_new)):
            if names:
                listed = ", ".join(f"{name}()" for name in names)
                lines += wrap(f"{one.path}: only in the {word} version: {listed}", style.width, "  ")
    for word in ("old", "new"):
        files = [one.path for one in beside if one.only == word]
        if files:
            more = f" and {len(files) - _FILES_SHOWN} more" if len(files) > _FILES_SHOWN else ""
            count = f"{len(files)} {plural(len(files), 'file')}"
            lines += wrap(
                f"Only in the {word} tree: {count}: {', '.join(files[:_FILES_SHOWN])}{more}", style.width, "  "
            )
    return lines


def _block(change: Change, style: Style, verbose: bool) -> list[str]:
    found = change.comparison
    mark = style.paint(_COLOURS.get(found.verdict, "unsure"), _MARKS.get(found.verdict, _UNSURE))
    word = style.paint(_COLOURS.get(found.verdict, "unsure"), found.verdict)
    lines = [f"{mark} {found.function}()  {word}  {duration(found.seconds)}"]
    if found.cause:
        what = "a function of its name" if found.cause == found.function else found.cause
        lines.append(f"    Its own text is the same; what it uses isn't: {what}")
    if change.map is not None:
        lines += _map_lines(change.map, style, verbose)
    if change.tried is not None:
        lines += [f"    {line}" for line in wrap(_told(change.tried), style.width - 4)]
    reasons = [r for r in found.reasons if change.map is None or r not in change.map.given]
    if reasons and (verbose or found.verdict != "changed"):
        lines.append(f"    {'It rests on:' if found.verdict in ('same under assumptions', 'changed') else 'Why:'}")
        lines += _reason_lines(_gathered(reasons), style)
    return lines


def _reason_lines(reasons: Sequence[str], style: Style) -> list[str]:
    lines: list[str] = []
    for reason in reasons:
        first, *rest = [line for part in reason.split("\n") for line in wrap(part, style.width - 8)] or [""]
        lines += [f"      - {first}", *(f"        {line}" for line in rest)]
    return lines


def _told(tried: Tried) -> str:
    """What compiled code does on inputs of a function that is the same."""
    count = f"{tried.inputs} {plural(tried.inputs, 'input')}"
    skipped = f"; {tried.skipped} more can't be run: {tried.why}" if tried.skipped and tried.inputs else ""
    if tried.by:
        return (
            f"Old and new code, compiled by {tried.by}, agree on {tried.compiled} "
            f"{plural(tried.compiled, 'input')} ({tried.checks} checks){skipped}."
        )
    also = f"; the interpreter finds that they agree on {count}" if tried.inputs else ""
    return f"Not tried by compiled code: {tried.reason}{also}."


def _gathered(reasons: Sequence[str]) -> list[str]:
    """The reasons, with those that say the same of several functions, or of several places, as one."""
    found: dict[tuple[str, str], list[str]] = {}
    for reason in reasons:
        match = _OF_A_FUNCTION.fullmatch(reason) or _OF_A_PLACE.fullmatch(reason)
        lead, what, tail = match.groups() if match else (reason, "", "")
        found.setdefault((lead, tail), []).append(what)
    texts: list[str] = []
    for (lead, tail), whats in found.items():
        if len(whats) == 1:
            texts.append(f"{lead}{whats[0]}{tail}")
        elif tail:
            texts.append(f"each of {', '.join(whats[:-1])} and {whats[-1]}{tail}")
        else:
            texts.append("\n  ".join([lead.rstrip(), *whats]))
    return texts


def _map_lines(found: Map, style: Style, verbose: bool) -> list[str]:
    lines: list[str] = []
    shown = 0
    for number, region in enumerate(found.regions, 1):
        told = _region_lines(number, region, style, verbose)
        left = len(found.regions) - shown
        if not verbose and left > 1 and (shown == _REGIONS_SHOWN or (shown and len(lines) + len(told) > _MAP_LINES)):
            lines.append(f"    … and {left} more regions (-v shows them)")
            break
        lines += told
        shown = number
    if found.complete and not found.given:
        lines.append("    Outside of these regions nothing differs: proved.")
    elif found.complete:
        given = _gathered(found.given)
        shown = given if verbose or len(given) <= _GIVEN_SHOWN + 1 else given[:_GIVEN_SHOWN]
        lines.append("    Outside of these regions nothing differs: proved.  It rests on:")
        lines += _reason_lines(shown, style)
        if len(shown) < len(given):
            lines.append(f"      … and {len(given) - len(shown)} more assumptions (-v shows them)")
    else:
        lines.append(f"    There may be more: {found.why}.")
    return lines


def _region_lines(number: int, region: Region, style: Style, verbose: bool) -> list[str]:
    lines: list[str] = []
    if not region.conditions:
        lines.append(f"    {number}. {'always differs' if region.certain else 'may differ with any input'}")
    for text in region.conditions:
        first, *rest = wrap(" ".join(text.split()), style.width - _MARGIN)
        lead = f"{number}. {'differs' if region.certain else 'may differ'} if" if not lines else "and"
        lines.append(f"    {lead:>{_MARGIN - 5}} {first}")
        lines += [f"{' ' * (_MARGIN + 2)}{line}" for line in rest]
    if region.why:
        lines += [f"       {line}" for line in wrap(f"Not certain: {region.why}.", style.width - 9)]
    if region.counterexample is None:
        return lines
    lines += [f"       {line}" for line in wrap(f"What differs: {', '.join(_telling(region))}", style.width - 9)]
    inputs = [i for i in region.counterexample.inputs if i.matters or (i.value and not region.certain)]
    values = [f"{i.name} = {shown_value(i._replace(matters=True))}" for i in inputs]
    if values:
        first, *rest = wrap(f"For example: {', '.join(values)}", style.width - 9)
        lines += [f"       {first}", *(f"         {line}" for line in rest)]
    lines += [f"       {line}" for line in behaviour_lines(region.counterexample.behaviours, verbose)]
    return [*lines, *(f"       {line}" for line in replayed_lines(region.compiled, style, style.width - 9))]


def _telling(region: Region) -> tuple[str, ...]:
    """What differs, without the memory that differs only because the calls before it do: neither version writes it."""
    if "the calls" not in region.differing or region.counterexample is None:
        return region.differing
    stores = [line for b in region.counterexample.behaviours for line in b.stores]
    return tuple(
        d for d in region.differing if not d.startswith(_MEMORY) or any(d.removeprefix(_MEMORY) in s for s in stores)
    )


def diff_json(
    changes: Sequence[Change],
    seconds: float,
    code: int,
    beside: Sequence[Beside] = (),
    how: How = USUAL,
) -> str:
    """The same as one JSON document."""
    document = {
        "format": FORMAT,
        "verify": VERSION,
        **how_json(how),
        "seconds": round(seconds, 3),
        "exit_code": code,
        "functions": [change_json(c) for c in changes],
        "only_old": {one.path: list(one.only_old) for one in beside if one.only_old},
        "only_new": {one.path: list(one.only_new) for one in beside if one.only_new},
        "files_only_old": [one.path for one in beside if one.only == "old"],
        "files_only_new": [one.path for one in beside if one.only == "new"],
    }
    return json.dumps(document, indent=2) + "\n"


def change_json(change: Change) -> dict[str, Any]:
    """One function as a JSON object."""
    found = change.comparison
    record: dict[str, Any] = {
        "path": found.path,
        "function": found.function,
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "seconds": round(found.seconds, 3),
    }
    if change.map is not None:
        record["complete"] = change.map.complete
        record["given"] = list(change.map.given)
        record["regions"] = [
            {
                "conditions": list(r.conditions),
                "certain": r.certain,
                "why": r.why,
                "differing": list(r.differing),
                "inputs": {i.name: i.value for i in r.counterexample.inputs if i.matters} if r.counterexample else None,
                **({} if r.compiled is None else {"compiled": replayed_object(r.compiled)}),
            }
            for r in change.map.regions
        ]
    if change.tried is not None:
        record["tried"] = change.tried._asdict()
    return record
