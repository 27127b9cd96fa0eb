"""Claims about histories as text: the history that violates one, the proof by induction, and which operation preserves
what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from verify.claims.verdict import ClaimReport, Counterexample, HistoryStep, Induction, Input, Proved, Refuted, Row
from verify.report.colour import PLAIN, Style
from verify.report.text import (
    assumption_lines,
    claim_block,
    number_assumptions,
    plural,
    shown_value,
    spec_heading,
    wrap,
)

if TYPE_CHECKING:
    from verify.claims.system import Operation, System
    from verify.pipeline import Proof

_INDENT = "    "
_INVARIANT, _TRACE, _REACH = "invariant", "trace-claim", "reach"
_MARKS = {"proved": "good", "vacuous": "good", "refuted": "bad"}
_GOAL_WORDS = {"proved": "unreachable", "refuted": "reached"}
_NEVER = "never happens"
_FIRST = "at first"


def goal_word(word: str) -> str:
    """What a verdict means for a goal that may be reached or not."""
    return _GOAL_WORDS.get(word, word)


def history_lines(found: Counterexample, kind: str, style: Style) -> list[str]:
    """The steps of a history, each with the inputs that matter and what becomes of the state."""
    ran = "each step was run" if found.replayed else "it couldn't be run to confirm that"
    count = len(found.history)
    does = "reaches it" if kind == _REACH else "violates it"
    if not count:
        lines = [f"{_INDENT}Already the initial state {does}: {_assignments(found.inputs)}"]
        return [*lines, *_failing(found, kind, style)]
    lines = [f"{_INDENT}A shortest history that {does}, {count} {plural(count, 'step')}; {ran}:"]
    width = max(len(_FIRST), *(len(s.operation) for s in found.history))
    state = found.inputs
    margin = 2 * len(_INDENT) + len(str(count)) + 2 + width + 2
    lines += _line(f"{'':{len(str(count))}}  {_FIRST:<{width}}", _assignments(state), margin, style)
    for number, step in enumerate(found.history, 1):
        lines += _step_lines(f"{number:>{len(str(count))}}. {step.operation:<{width}}", step, state, margin, style)
        state = step.state
    return [*lines, *_failing(found, kind, style)]


def _failing(found: Counterexample, kind: str, style: Style) -> list[str]:
    label = "There it holds that " if kind == _REACH else "What fails: "
    lines: list[str] = []
    for part in found.failing:
        first, *rest = wrap(part, style.width - len(_INDENT) - len(label))
        colour = "good" if kind == _REACH else "bad"
        lines.append(f"{_INDENT}{label}{style.paint(colour, first)}")
        lines += [f"{_INDENT}{' ' * len(label)}{style.paint(colour, line)}" for line in rest]
    return lines


def _step_lines(label: str, step: HistoryStep, before: tuple[Input, ...], margin: int, style: Style) -> list[str]:
    said = step.says if step.says != step.operation else ""
    texts = [text for text in (_assignments(step.inputs) or said,) if text]
    changed = [b for a, b in zip(before, step.state, strict=True) if a.value != b.value]
    done = [f"then {_assignments(changed)}"] if changed else ["changes nothing"]
    done += [f"returns {step.behaviour.result}"] if step.behaviour.result else []
    lines: list[str] = []
    for text in (*texts, *done):
        lines += _line("" if lines else label, text, margin, style)
    # A path isn't broken, so that it can be followed.
    return [*lines, *(f"{' ' * margin}warns: {warning}" for warning in step.behaviour.warnings)]


def _line(label: str, text: str, margin: int, style: Style) -> list[str]:
    first, *rest = wrap(text, style.width - margin)
    lead = f"{_INDENT}{_INDENT}{label}"
    return [f"{lead:<{margin}}{first}", *(f"{' ' * margin}{line}" for line in rest)]


def _assignments(inputs: Iterable[Input]) -> str:
    return ", ".join(f"{i.name} = {shown_value(i)}" for i in inputs)


def matrix_lines(claims: Sequence[ClaimReport], style: Style) -> list[str]:
    """Which operation preserves which invariant and does as which claim says; nothing if it would be too wide."""
    own = [(c, c.induction) for c in claims if c.induction is not None and c.induction.rows]
    operations = list(dict.fromkeys(r.operation for _, i in own for r in (*i.base, *i.rows) if r.operation))
    width = max((len(c.claim) for c, _ in own), default=0)
    if not own or width + sum(len(o) + 2 for o in operations) > style.width:
        return []
    lines = [style.paint("bold", "Which operation preserves what (.: not asked, ✗: not from every state)")]
    if not style.unicode:
        lines = ["Which operation preserves what (.: not asked, x: not from every state)"]
    lines.append(f"{'':<{width}}  {'  '.join(operations)}".rstrip())
    for claim, induction in own:
        rows = {r.operation: r for r in (*induction.base, *induction.rows)}
        cells = [f"{_cell(rows.get(o), style):<{len(o)}}" for o in operations]
        lines.append(f"{claim.claim:<{width}}  {'  '.join(cells)}".rstrip())
    return [*lines, ""]


def _cell(row: Row | None, style: Style) -> str:
    if row is None:
        return "."
    marks = {"good": "✓", "bad": "✗"} if style.unicode else {"good": "ok", "bad": "x"}
    return marks.get(_MARKS.get(row.word, ""), "?")


def proof_text(proof: Proof, style: Style = PLAIN) -> str:
    """One claim about histories with its proof, as `explain` prints it."""
    (claim,) = proof.spec.claims
    induction = claim.induction
    assert induction is not None
    given = number_assumptions((claim,))
    system = proof.system
    lines = [*spec_heading(proof.spec, style), "", style.paint("bold", claim.claim), *_prose(claim.says, style)]
    lines += ["", style.paint("bold", _WHAT[induction.kind]), *_code(claim.prove)]
    if claim.assumptions:
        lines += ["", style.paint("bold", "whenever it holds before the step that"), *map(_indented, claim.assumptions)]
    lines += ["", style.paint("bold", "The histories")]
    lines += _histories(system, induction, style)
    if isinstance(claim.verdict, Proved):
        lines += _proof(claim, induction, system, style)
    else:
        lines += _attempt(claim, induction, system, style)
    lines += ["", style.paint("bold", "The verdict"), *claim_block(claim, style, given, says=False)]
    lines += ["", *assumption_lines(given, style)[:-1]] if given else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


_WHAT = {
    _INVARIANT: "It claims of every state that a history leads to, in C",
    _TRACE: "It claims of every step of every history (bare names: before the step; new.: after it), in C",
    _REACH: "It asks for a history to a state in which, in C",
}


def _histories(system: System, induction: Induction, style: Style) -> list[str]:
    first = [o for o in system.operations if o.first]
    later = [o for o in system.operations if not o.first]
    state = ", ".join(system.state)
    lines = _prose(f"The state is {state}. A history is a sequence of these operations, of any length:", style)
    width = max(len(o.name) for o in system.operations)
    for operation in (*first, *later):
        note = " (once, at the beginning)" if operation.first else ""
        lines.append(f"{_INDENT}{_INDENT}{operation.name:<{width}}  {operation.says}{note}")
    if induction.kind == _REACH:
        named = ", ".join(dict.fromkeys(r.operation for r in (*induction.base, *induction.rows) if r.operation))
        lines += _prose(f"Towards this goal, only these may be taken: {named}.", style)
    if system.initially:
        lines += _prose("Before the first step it holds that", style)
        lines += [f"{_INDENT}{_INDENT}{' '.join(e.text.split())}" for e in system.initially]
    return lines


def _proof(claim: ClaimReport, induction: Induction, system: System, style: Style) -> list[str]:
    reaching = induction.kind == _REACH
    outcome = "no history of any length reaches the goal" if reaching else "it holds after each of them, however many"
    if induction.method == "k-induction":
        return _k_proof(induction, style)
    lines = ["", style.paint("bold", "The proof, by induction over the steps")]
    if induction.found:
        lines += _prose(
            "The claim alone isn't preserved by every step. It is together with this, which was found by z3's Spacer "
            "and is proved here like the claim itself:", style,
        )  # fmt: skip
        lines += [f"{_INDENT}{_INDENT}{text}" for text in induction.found]
    if induction.kind == _TRACE:
        lines += _lemmas(induction, "The states that a history leads to satisfy", style)
        lines += _prose("From each such state, each step does as claimed:", style)
        lines += _rows(induction.rows, system, style)
        lines += _prose(
            "Conclusion. Each step of a history starts in a state that a history leads to, so it does as claimed: in "
            "histories of every length.", style,
        )  # fmt: skip
        return lines
    starts = [o.name for o in system.operations if o.first]
    begin = f"after the first step ({', '.join(starts)})" if starts else "in the initial state"
    claimed = "The goal isn't reached" if reaching else "The claim holds"
    lines += _prose(f"Base. {claimed} {begin}: {_word(induction.base)}.", style)
    lines += _lemmas(induction, "Step. Take any state like that which satisfies", style)
    if not induction.lemmas:
        lines += _prose("Step. Take any state like that, whether a history leads there or not.", style)
    lines += _prose("Whatever the next step is, the state after it is like that, too:", style)
    lines += _rows(induction.rows, system, style)
    lines += _prose(
        f"Conclusion. A history begins as the base says and goes on by such steps; so by induction on their number, "
        f"{outcome}.", style,
    )  # fmt: skip
    return lines


def _k_proof(induction: Induction, style: Style) -> list[str]:
    k = induction.k
    lines = ["", style.paint("bold", f"The proof, by {k}-induction over the steps")]
    base = f"Base. No history of at most {induction.depth} steps violates the claim: all were asked for."
    lines += _prose(base, style)
    lines += _lemmas(induction, "Each state that a history leads to satisfies", style)
    what = "steps in a row that do as claimed" if induction.kind == _TRACE else "states in a row that satisfy it"
    lines += _prose(
        f"Step. After {k} {what}, no two of the states alike, the next one does, too, whatever the steps are.", style
    )
    text = """Conclusion. A shortest history that violates the claim passes no state twice, as what lies between could
        be left out; and by the base it is longer than that. So its last steps would contradict the step. So there is
        none, of any length."""
    return [*lines, *_prose(text, style)]


def _lemmas(induction: Induction, intro: str, style: Style) -> list[str]:
    if not induction.lemmas:
        return []
    lines = _prose(f"{intro} these invariants, which are proved in the same way:", style)
    width = max(len(name) for name, _ in induction.lemmas)
    return lines + [f"{_INDENT}{_INDENT}{name:<{width}}  {' '.join(c.split())}" for name, c in induction.lemmas]


def _word(rows: Sequence[Row]) -> str:
    return "proved" if all(r.word in ("proved", "vacuous") for r in rows) else "not proved"


def _rows(rows: Sequence[Row], system: System, style: Style) -> list[str]:
    says: dict[str, Operation] = {o.name: o for o in system.operations}
    width = max((len(r.operation) for r in rows), default=0)
    lines: list[str] = []
    for row in rows:
        word = _NEVER if row.word == "vacuous" else row.word
        kind = _MARKS.get(row.word, "unsure")
        shown = style.paint(kind, f"{word:<13}")
        lines.append(f"{_INDENT}{_INDENT}{row.operation:<{width}}  {shown}  {says[row.operation].says}")
    return lines


def _attempt(claim: ClaimReport, induction: Induction, system: System, style: Style) -> list[str]:
    """What was tried where there is no proof: which step breaks it, and from where."""
    lines = ["", style.paint("bold", "Induction over the steps")]
    lines += _lemmas(induction, "From states that satisfy the claim and", style)
    rows = [r for r in induction.rows if r.operation]
    lines += _prose("One step from such a state:", style) + _rows(rows, system, style)
    for row in rows:
        if row.counterexample is not None:
            lines += _prose(f"{row.operation} doesn't preserve it from this state, reachable or not:", style)
            shown = [i._replace(matters=True) for i in row.counterexample.inputs]
            lines += [f"{_INDENT}{_INDENT}{i.name} = {shown_value(i)}" for i in shown]
    if isinstance(claim.verdict, Refuted):
        lines += _prose("So a history was looked for that leads to such a step, the shortest ones first.", style)
    return lines


def _prose(text: str, style: Style) -> list[str]:
    return [f"{_INDENT}{line}" for line in wrap(" ".join(text.split()), style.width - len(_INDENT))]


def _code(text: str) -> list[str]:
    return [f"{_INDENT}{line.rstrip()}" for line in text.strip().split("\n")]


def _indented(text: str) -> str:
    return f"{_INDENT}{' '.join(text.split())}"
