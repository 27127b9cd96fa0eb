"""Reports as running text: a block for each claim, written as a reviewer would read it.

Takes `SpecReport`s, `Explanation`s and errors; returns strings with a final newline.  Assumptions are numbered: a
verdict names those it rests on as [1] or [1-3], and they are spelt out below the claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from verify.claims.verdict import (
    WORDS,
    Behaviour,
    ClaimReport,
    Counterexample,
    Input,
    MayDiffer,
    Mistaken,
    Proved,
    Refuted,
    Replayed,
    SpecReport,
    Undecided,
    Unsupported,
    Vacuous,
)
from verify.report.colour import PLAIN, Style
from verify.report.formula import formula_lines

if TYPE_CHECKING:
    from verify.errors import VerifyError
    from verify.pipeline import Explanation

_INDENT = "    "
_FAILS = "What fails: "
_ALIKE_SHOWN = 3  # things that both versions do, one after the other
_FREE_SHOWN = 6  # inputs that may have any value; of more, the rest is only counted
_RANGE = 3  # so many numbers in a row are written as a range
_SMALL = 1 << 20  # numbers below it are shown in decimal, too


def check_text(report: SpecReport, seconds: float, style: Style = PLAIN, verbose: bool = False) -> str:
    """One spec with all its claims, as `check` prints it."""
    given = number_assumptions(report.claims)
    lines = [*spec_heading(report, style), ""]
    width = max((len(c.claim) for c in report.claims), default=0)
    for claim in report.claims:
        lines += claim_block(claim, style, given, verbose, width)
    lines.append("")
    if any(c.induction is not None for c in report.claims):
        from verify.report.histories import matrix_lines

        lines += matrix_lines(report.claims, style)
    lines += assumption_lines(given, style)
    lines += remark_lines((report,), style)
    lines += _reading(report, style, verbose)
    lines += opinion_lines((report,), style)
    lines.append(summary_line((report,), seconds, style))
    return _text(lines)


def explain_text(explanation: Explanation, style: Style = PLAIN, verbose: bool = False) -> str:
    """One claim in detail, as `explain` prints it."""
    claim = explanation.report
    given = number_assumptions((claim,))

    def section(title: str, body: Iterable[str]) -> list[str]:
        return ["", style.paint("bold", title), *body]

    hypotheses = [line for c_text, _ in explanation.hypotheses for line in _code(c_text)] or [f"{_INDENT}(nothing)"]
    formulas = [line for _, formula in explanation.hypotheses for line in formula_lines(formula, style.width)]
    formulas = formulas or [f"{_INDENT}(nothing)"]
    goal = formula_lines(explanation.goal[1], style.width)
    lines = [*spec_heading(explanation.spec, style), "", style.paint("bold", claim.claim), *_prose(claim.says, style)]
    lines += section("Assuming, in C", hypotheses)
    lines += section("it claims, in C", _code(explanation.goal[0]))
    lines += section("The assumptions as formulas over the inputs", formulas)
    lines += section("and the claim", goal if explanation.goal[1] != "true" else [*goal, *_prose(_TRUE, style)])
    negated = formula_lines(explanation.negated, style.width)
    lines += section("Negated: the claim holds iff no input satisfies this", negated)
    asked = [f"{_INDENT}{n}. {question}" for n, question in enumerate(explanation.obligations, 1)]
    lines += section("What was asked", asked or [f"{_INDENT}nothing: simplification alone decides the claim"])
    lines += section("The verdict", [])
    lines += claim_block(claim, style, given, verbose, says=False)
    lines += ["", *assumption_lines(given, style)[:-1]] if given else []
    lines += section("How to read it", _prose(_MEANING[type(claim.verdict)], style))
    script = explanation.smtlib.rstrip().split("\n")
    lines += section("The same question in SMT-LIB 2: unsat iff the claim holds", script)
    width = max((len(name) for name, _ in explanation.names), default=0)
    legend = [f"{_INDENT}{name:<{width}}  {other}" for name, other in explanation.names]
    lines += section("Names there: a field, and which object's", legend) if legend else []
    if verbose:
        lines += ["", *_reading(explanation.spec, style, verbose)]
    return _text(lines)


def error_text(error: VerifyError, style: Style = PLAIN) -> str:
    """An error that the user can mend, with its place and what to do."""
    return f"{style.paint('bad', 'error')}: {error}\n"


def claim_block(
    claim: ClaimReport,
    style: Style,
    given: Mapping[str, int],
    verbose: bool = False,
    width: int = 0,
    says: bool = True,
) -> list[str]:
    """A claim's mark, name and verdict on one line; below it what it says and why the verdict is what it is.

    `width`: of the column of names.  `given`: the numbers of the assumptions.
    """
    numbers = "".join(f" [{r}]" for r in number_ranges(given[a] for a in claim.rests_on if a in given))
    time = style.paint("dim", duration(claim.seconds))
    name = style.paint("bold", claim.claim) + " " * (width - len(claim.claim))
    lines = [f"{mark(claim, style)} {name}  {verdict_phrase(claim, style)}{numbers}  {time}"]
    if says:
        lines += _prose(claim.says, style, "dim" if isinstance(claim.verdict, Proved) else "")
    lines += _reason(claim, style)
    lines += _certificate(claim, style)
    if verbose:
        lines.append(style.paint("dim", f"{_INDENT}{_decided_by(claim)}"))
    return lines


def _certificate(claim: ClaimReport, style: Style) -> list[str]:
    """Where the evidence is, or why there is none."""
    found = claim.certificate
    if found is None:
        return []
    if found.problem:
        return [f"{_INDENT}{style.paint('unsure', 'not certified')}: {found.problem}"]
    size = f"{found.clauses} clauses, {found.steps} {plural(found.steps, 'step')} of proof, checked"
    return [style.paint("dim", f"{_INDENT}certified: {found.folder} ({size})")]


def mark(claim: ClaimReport, style: Style) -> str:
    """Good iff the verdict is the expected one; bad if it decides against it; else unsure."""
    return style.mark(kind_of(claim))


def verdict_phrase(claim: ClaimReport, style: Style = PLAIN) -> str:
    """The verdict, and whether it was expected: "refuted, as expected", "proved, though refuted was expected"."""
    word, expect = claim.word, claim.expect
    if claim.induction is not None and claim.induction.kind == "reach":
        from verify.report.histories import goal_word

        word, expect = goal_word(word), goal_word(expect)
    if isinstance(claim.verdict, Mistaken):
        return style.paint("bad", word)
    if not claim.as_expected:
        return style.paint(kind_of(claim), f"{word}, though {expect} was expected")
    phrase = word if claim.expect == WORDS[Proved] else f"{word}, as expected"
    return style.paint("good", phrase)


def kind_of(claim: ClaimReport) -> str:
    if claim.as_expected:
        return "good"
    return "unsure" if claim.undecided and not isinstance(claim.verdict, Mistaken) else "bad"


def _decided_by(claim: ClaimReport) -> str:
    if isinstance(claim.verdict, Proved) and claim.verdict.construction:
        return "decided by simplification; no solver was asked for the claim itself"
    asked = f"{claim.obligations} {plural(claim.obligations, 'obligation')}"
    return f"{asked}, {claim.solver}" if _was_asked(claim.solver) else asked


def _reason(claim: ClaimReport, style: Style) -> list[str]:
    """What there is to say about the verdict itself."""
    match claim.verdict:
        case Proved():
            found = claim.induction.found if claim.induction is not None else ()
            return [f"{_INDENT}With what was found to hold as well: {' && '.join(found)}"] if found else []
        case Refuted(counterexample) | MayDiffer(_, counterexample) if claim.induction is not None:
            from verify.report.histories import history_lines

            why = _message(_sentence(claim.verdict.reason), style) if isinstance(claim.verdict, MayDiffer) else []
            return [*why, *history_lines(counterexample, claim.induction.kind, style), *_confirmed(claim, style)]
        case Refuted(counterexample):
            return [*_counterexample(counterexample, style, "This input violates it:"), *_confirmed(claim, style)]
        case MayDiffer(reason, counterexample):
            intro = "This input violates it if what isn't looked into answers like this:"
            if not counterexample.replayed:
                intro = "This input may violate it; it couldn't be run to confirm that:"
            return [*_message(_sentence(reason), style), *_counterexample(counterexample, style, intro)]
        case Undecided(reason):
            return _message(f"Not decided: {reason}", style)
        case Vacuous(assumptions):
            lines = [f"{_INDENT}No input satisfies its assumptions together, so it says nothing:"]
            return lines + [f"{_INDENT}{line}" for text in assumptions for line in _code(text)]
        case Unsupported(message):
            return _message(message, style)
        case Mistaken(error):
            return _message(str(error), style)


def _counterexample(found: Counterexample, style: Style, intro: str) -> list[str]:
    lines = [f"{_INDENT}{intro}"]
    free = [i for i in found.inputs if not i.matters]
    hidden = free[_FREE_SHOWN:] if len(free) > _FREE_SHOWN + 1 else []
    rows = [(i.name, shown_value(i)) for i in found.inputs if i not in hidden]
    rows += [(f"{len(hidden)} others", "any value")] if hidden else []
    width = max((len(name) for name, _ in rows), default=0)
    lines += [f"{_INDENT}{_INDENT}{name:<{width}} = {value}" for name, value in rows]
    lines += [f"{_INDENT}{line}" for line in behaviour_lines(found.behaviours)]
    for part in found.failing:
        first, *rest = wrap(part, style.width - len(_INDENT) - len(_FAILS))
        lines.append(f"{_INDENT}{_FAILS}{style.paint('bad', first)}")
        lines += [f"{_INDENT}{' ' * len(_FAILS)}{style.paint('bad', line)}" for line in rest]
    if found.nearest:
        changes = " and ".join(f"{i.name} = {shown_value(i)}" for i in found.nearest)
        lines.append(f"{_INDENT}Nearest input for which it holds: the same with {changes}")
    return lines


def _confirmed(claim: ClaimReport, style: Style) -> list[str]:
    return [f"{_INDENT}{line}" for line in replayed_lines(claim.compiled, style, style.width - len(_INDENT))]


def replayed_lines(found: Replayed | None, style: Style, width: int) -> list[str]:
    """What a compiler says of a counterexample, if it was asked."""
    if found is None:
        return []
    lines = wrap(f"Not replayed: {found.reason}", width)
    if found.by:
        how = " with UBSan" if found.ubsan else ""
        lines = [f"{style.paint('good', f'Confirmed by {found.by}')}{how}: {found.checks} checks hold"]
    return [*lines, f"{_INDENT}{found.path}"] if found.path else lines


def shown_value(item: Input) -> str:
    """`0x40000 (FEAT_CTL_SGX_ENABLED)`; truth values as 0 and 1; "any value" for what doesn't matter."""
    if not item.matters:
        return "any value"
    if item.bits:
        return f"{item.value:#x} ({' | '.join(item.bits)})"
    if item.value < 10:
        return str(item.value)
    return f"{item.value:#x} ({item.value})" if item.value < _SMALL else f"{item.value:#x}"


def behaviour_lines(behaviours: Sequence[Behaviour], whole: bool = True) -> list[str]:
    """What each version does; said once where all do the same.

    Unless it's `whole`, long runs of what both do alike are only counted.
    """
    if len(behaviours) > 1 and len({b[1:] for b in behaviours}) == 1:
        groups = [("Either version ", behaviours[0])]
    elif len(behaviours) == 1:
        groups = [("The code ", behaviours[0])]
    else:
        groups = [(f"{'Old' if b.version == 'old' else 'New'} code ", b) for b in behaviours]
    done = [_done(behaviour) for _, behaviour in groups]
    if len(done) == 2 and not whole:
        done = [_unlike(*done), _unlike(*reversed(done))]
    return [
        line
        for (label, _), (returned, *rest) in zip(groups, done, strict=True)
        for line in (f"{label}{returned}", *(f"{' ' * len(label)}{line}" for line in rest))
    ]


def _unlike(done: list[str], other: list[str]) -> list[str]:
    """`done`, its first line and what `other` doesn't have; of the rest, how much it is."""
    from difflib import SequenceMatcher

    found = done[:1]
    for tag, start, end, *_ in SequenceMatcher(None, done[1:], other[1:], autojunk=False).get_opcodes():
        lines = done[1 + start : 1 + end]
        alike = tag == "equal" and len(lines) > _ALIKE_SHOWN
        found += [f"… {len(lines)} more, as in the other version (-v shows them)"] if alike else lines
    return found


def _done(behaviour: Behaviour) -> list[str]:
    """What a version did, a line each: the first is how it returned."""
    rest = [
        *(f"sets {store}" for store in behaviour.stores),
        *(f"calls {call}" for call in behaviour.calls),
        *(f"warns: {warning}" for warning in behaviour.warnings),
    ]
    returned = f"returns {behaviour.result}" if behaviour.result else "returns"
    return [returned, *rest] if rest else [f"{returned}, and does nothing else"]


def number_assumptions(claims: Iterable[ClaimReport]) -> dict[str, int]:
    """The assumptions that verdicts rest on, numbered from 1 in the order of their first use."""
    texts = dict.fromkeys(a for c in claims for a in c.rests_on)
    return {text: number for number, text in enumerate(texts, 1)}


def number_ranges(numbers: Iterable[int]) -> list[str]:
    """The numbers in order, three or more in a row as one range: 1, 2, 4, 5, 6 is ["1", "2", "4-6"]."""
    rows: list[list[int]] = []
    for number in sorted(set(numbers)):
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    return [text for row in rows for text in ([f"{row[0]}-{row[-1]}"] if len(row) >= _RANGE else [str(n) for n in row])]


def assumption_lines(given: Mapping[str, int], style: Style) -> list[str]:
    """The numbered assumptions, spelt out; nothing if there are none."""
    if not given:
        return []
    lines = [style.paint("bold", "The verdicts rest on these assumptions:")]
    margin = len(str(len(given))) + 3
    for text, number in given.items():
        label = f"[{number}]".ljust(margin)
        first, *rest = wrap(text, style.width - margin - 2)
        lines += [f"  {label}{first}", *(f"  {' ' * margin}{line}" for line in rest)]
    return [*lines, ""]


def summary_line(reports: Sequence[SpecReport], seconds: float, style: Style = PLAIN) -> str:
    """How many claims, with which verdicts, whether as expected, how many obligations, which solver, how long."""
    claims = [c for r in reports for c in r.claims]
    count = f"{len(claims)} {plural(len(claims), 'claim')}"
    counts = [(sum(isinstance(c.verdict, kind) for c in claims), word, kind) for kind, word in WORDS.items()]
    tally = ", ".join(f"{n} {plural(n, word) if kind is Mistaken else word}" for n, word, kind in counts if n)
    unexpected = [c for c in claims if not c.as_expected]
    if not claims:
        outcome = style.paint("unsure", "nothing was checked")
    elif not unexpected:
        outcome = style.paint("good", "all as expected")
    else:
        kind = "unsure" if all(kind_of(c) == "unsure" for c in unexpected) else "bad"
        outcome = style.paint(kind, f"{len(unexpected)} not as expected")
    uncertified = sum(c.certificate is not None and bool(c.certificate.problem) for c in claims)
    if uncertified:
        outcome += f", {style.paint('unsure', f'{uncertified} not certified')}"
    certified = sum(c.certificate is not None and not c.certificate.problem for c in claims)
    if certified:
        outcome += f", {certified} certified"
    broken = sum(r.error is not None for r in reports)
    if broken:
        outcome += f", {style.paint('bad', broken_count(broken))}"
    obligations = sum(c.obligations for c in claims)
    solvers = dict.fromkeys(c.solver for c in claims if _was_asked(c.solver))
    details = (f"{obligations} {plural(obligations, 'obligation')}", *solvers, duration(seconds))
    return f"{count}: {f'{tally}; ' if tally else ''}{outcome} ({', '.join(details)})"


def remark_lines(reports: Iterable[SpecReport], style: Style) -> list[str]:
    """What the specs say to no effect."""
    lines = [line for r in reports for text in r.remarks for line in wrap(f"Note: {text}", style.width, "  ")]
    return [*lines, ""] if lines else []


def broken_count(count: int) -> str:
    return f"{count} {plural(count, 'spec')} with errors"


def replay_lines(claims: Sequence[ClaimReport], style: Style = PLAIN) -> list[str]:
    """How many counterexamples a compiler confirmed, and why the others were not replayed."""
    found = [(c, c.compiled) for c in claims if c.compiled is not None]
    if not found:
        return []
    confirmed = [r for _, r in found if r.by]
    lines: list[str] = []
    if confirmed:
        by = ", ".join(dict.fromkeys(r.by for r in confirmed))
        count = f"{len(confirmed)} of {len(found)} {plural(len(found), 'counterexample')}"
        lines.append(style.paint("good" if len(confirmed) == len(found) else "unsure", f"{count} confirmed by {by}"))
    return lines + [f"Not replayed: {c.spec}, {c.claim}: {r.reason}" for c, r in found if not r.by]


def opinion_lines(reports: Sequence[SpecReport], style: Style = PLAIN) -> list[str]:
    """What the other solvers said, one line for those that agree on everything and one for each that doesn't."""
    totals: dict[str, tuple[int, int, str]] = {}
    for report in reports:
        for opinion in report.opinions:
            agreed, asked, problem = totals.get(opinion.solver, (0, 0, ""))
            said = f"{report.name}, {opinion.problem}" if opinion.problem else ""
            totals[opinion.solver] = (agreed + opinion.agreed, asked + opinion.asked, problem or said)
    if not totals:
        return []
    first = next((c.solver for r in reports for c in r.claims if _was_asked(c.solver)), "simplification")
    agreeing = [name for name, (agreed, asked, _) in totals.items() if agreed == asked]
    count = max(asked for _, asked, _ in totals.values())
    lines: list[str] = []
    if agreeing:
        names = [first, *agreeing]
        text = f"{', '.join(names[:-1])} and {names[-1]} agree on all {count} {plural(count, 'question')}"
        lines.append(style.paint("good", text) + " that simplification leaves open")
    for name, (agreed, asked, problem) in totals.items():
        if agreed < asked:
            count = style.paint("unsure", f"{name} agrees on {agreed} of {asked}")
            lines.append(f"{count}; no answer e.g. for {problem}")
    return lines


def _was_asked(solver: str) -> bool:
    """True iff the solver was started: only then its version is known and stands after its name."""
    return " " in solver


def heading(name: str, title: str, style: Style) -> str:
    """A spec's name and title; a spec without a title has its name for it."""
    return style.paint("bold", name) + (f": {title}" if title != name else "")


def spec_heading(report: SpecReport, style: Style) -> list[str]:
    lines = [heading(report.name, report.title, style)]
    width = max((len(version) for version, _ in report.sources), default=0)
    lines += [style.paint("dim", f"  {version:<{width}}  {path}") for version, path in report.sources]
    return lines


def _reading(report: SpecReport, style: Style, verbose: bool) -> list[str]:
    """Which files and definitions were read, and how callees were treated: in full, or how many."""
    if not verbose:
        if not report.read:
            return []
        files = len({_file_and_line(place)[0] for _, _, place in report.read})
        counts = f"{len(report.read)} {plural(len(report.read), 'definition')} in {files} {plural(files, 'file')}"
        return [style.paint("dim", f"Read: {counts}; -v lists them.")]
    lines: list[str] = []
    for version, _ in report.sources:
        by_file: dict[str, list[tuple[int, str]]] = {}
        for owner, name, place in report.read:
            if owner == version:
                file, line = _file_and_line(place)
                by_file.setdefault(file, []).append((line, name))
        lines.append(style.paint("bold", f"Read for the {version} version, with line numbers:"))
        for file, names in by_file.items():
            shown = ", ".join(f"{name}:{line}" for line, name in sorted(names))
            lines += [f"  {file}", *(f"{_INDENT}{line}" for line in wrap(shown, style.width - 4))]
    for title, rows in (("Looked into", report.inlined), ("Not looked into", report.effects)):
        for version, names in rows:
            shown = ", ".join(f"{n}()" for n in names) or "nothing"
            lines += wrap(f"{title} in the {version} version: {shown}", style.width, "  ")
    for note in report.notes:
        lines += wrap(f"Note: {note}", style.width, "  ")
    return [*lines, ""]


def _file_and_line(place: str) -> tuple[str, int]:
    """The parts of a place `file:line:column`."""
    file, line, _ = place.rsplit(":", 2)
    return file, int(line)


_TRUE = (
    "This is all that is left of it: the formulas simplified to that while they were made from the code, so the claim "
    "holds by construction."
)
_MEANING = {
    Proved: "No input that satisfies the assumptions violates the claim: every value of every input is covered, not "
    "only those that a test would try. At least one input does satisfy the assumptions.",
    Refuted: "The input shown satisfies the assumptions and violates the claim. It was run by a separate interpreter "
    "of the C text, not by the formulas, and did violate it there. As few bits as possible are set.",
    MayDiffer: "A solver found the input shown, but what happens with it depends on code that isn't looked into. So "
    "the claim is neither proved nor refuted.",
    Undecided: "Neither proved nor refuted. More time (--timeout), another solver (--solver) or a larger bound for "
    "loops (`unroll` in the spec) may decide it.",
    Vacuous: "The assumptions contradict one another. Anything follows from them, so this isn't counted as proved.",
    Unsupported: "The code that the claim depends on, or the claim, uses C that isn't understood. Nothing is guessed.",
    Mistaken: "The claim itself is mistaken.",
}


def duration(seconds: float) -> str:
    """A time for people: whole milliseconds below a second, else seconds with two digits."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def wrap(text: str, width: int, hanging: str = "") -> list[str]:
    """`text` in lines of at most `width` characters, as far as its words allow; `hanging` begins all but the first."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        if current.strip() and len(current) + 1 + len(word) > width:
            lines.append(current)
            current = f"{hanging}{word}"
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current]


def _prose(text: str, style: Style, paint: str = "") -> list[str]:
    lines = wrap(text, style.width - len(_INDENT))
    return [f"{_INDENT}{style.paint(paint, line) if paint else line}" for line in lines]


def _message(text: str, style: Style) -> list[str]:
    """A message whose first line is prose; what follows (a source line and a caret) keeps its shape."""
    first, *rest = text.split("\n")
    return [*_prose(first, style), *(f"{_INDENT}{line}".rstrip() for line in rest)]


def _code(text: str) -> list[str]:
    return [f"{_INDENT}{line}".rstrip() for line in text.strip().split("\n")]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
