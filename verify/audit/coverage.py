"""What the claims' assumptions reach: lines, both ways of each branch, and pairs of an old and a new path.

Something is reached iff some input satisfies the assumptions of a claim that speaks of its version and leads there.
The conditions are those of the symbolic execution; lines that it never came to are unreached under the spec's own.
"""

from __future__ import annotations

from collections.abc import Iterable

from verify.claims.language import parse, sides_mentioned
from verify.claims.obligations import Subject
from verify.claims.versions import Version
from verify.errors import InputError
from verify.execution.executor import UNROLL, Executor
from verify.execution.state import State
from verify.solving.solver import Model, Solver, Unsat
from verify.source.text import Span
from verify.syntax import ast
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.terms.term import Term
from verify.tuples import NamedTuple

MOST_PAIRS = 200  # path pairs that are looked for


class Place(NamedTuple):
    """A line that is not reached, or a branch that goes one way only."""

    version: str
    file: str
    line: int
    text: str
    why: str


class Coverage(NamedTuple):
    """Counts of what there is, and what of it no claim's assumptions reach.

    `pairs` is None for a spec of one version; `pairs_complete` is False iff there are more than were looked for.
    """

    lines: int
    branches: int
    pairs: int | None
    unreached: tuple[Place, ...]
    unreached_pairs: int
    pairs_complete: bool


class _Traced(Executor):
    """Notes where execution comes to and what it decides there."""

    def trace(self) -> None:
        self.reached_lines: dict[tuple[str, int], tuple[Span, list[Term]]] = {}
        self.branches: dict[tuple[str, int, int], tuple[Span, list[Term], list[Term]]] = {}

    def statement(self, node: ast.Stmt) -> None:
        span = node.span.use
        if not isinstance(node, ast.Block) and not self.state.dead:
            key = (span.source.name, span.line)
            self.reached_lines.setdefault(key, (span, []))[1].append(_path(self.state))
        super().statement(node)

    def if_statement(self, node: ast.If) -> None:
        super().if_statement(node)

    def condition(self, node: ast.Expr) -> Term:
        path = _path(self.state)
        found = super().condition(node)
        span = node.span.use
        if node.span.via is None and not self.state.dead and found.op not in ("true", "false"):
            entry = self.branches.setdefault((span.source.name, span.start, span.end), (span, [], []))
            entry[1].append(t.and_(path, found))
            entry[2].append(t.and_(path, t.not_(found)))
        return found


def _path(state: State) -> Term:
    return t.and_(*state.path)


def coverage(subject: Subject, solver: Solver, timeout: float) -> Coverage:
    """What no claim's assumptions reach.  `solver` is used in scopes of its own."""
    spoken = _hypotheses(subject)
    lines = branches = 0
    unreached: list[Place] = []
    atoms: dict[str, list[Term]] = {}
    for name, version in subject.versions.items():
        traced = _trace(subject, version)
        premise = t.or_(*spoken[name])
        seen = set(traced.reached_lines)
        for (file, line), (span, paths) in sorted(traced.reached_lines.items()):
            lines += 1
            if not _possible(solver, (premise, t.or_(*paths)), timeout):
                why = "the claims' assumptions never lead here"
                unreached.append(Place(name, file, line, span.source.line_text(line).strip(), why))
        for file, line, text in _other_lines(version, seen):
            lines += 1
            unreached.append(Place(name, file, line, text, "the spec's own assumptions never lead here"))
        for (file, _, _), (span, true, false) in sorted(traced.branches.items()):
            for ways, word in ((true, "true"), (false, "false")):
                branches += 1
                if not _possible(solver, (premise, t.or_(*ways)), timeout):
                    why = f"`{' '.join(span.text.split())}` is never {word}"
                    unreached.append(Place(name, file, span.line, span.source.line_text(span.line).strip(), why))
        atoms[name] = [t.or_(*true) for _, true, _ in traced.branches.values()]
        atoms[name] += [t.or_(*false) for _, _, false in traced.branches.values()]
    if len(subject.versions) < 2:
        return Coverage(lines, branches, None, tuple(unreached), 0, True)
    both = t.or_(*spoken["both"])
    base = t.and_(*subject.assumed)
    pairs, complete = _pairs(solver, base, (*atoms["old"], *atoms["new"]), timeout)
    missed = sum(not _possible(solver, (both, *pair), timeout) for pair in pairs)
    return Coverage(lines, branches, len(pairs), tuple(unreached), missed, complete)


def _hypotheses(subject: Subject) -> dict[str, list[Term]]:
    """The hypotheses of the claims that speak of each version, and of both."""
    found: dict[str, list[Term]] = {"old": [], "new": [], "both": []}
    for claim in subject.spec.claims:
        try:
            posed = subject.pose(claim)
        except InputError:
            continue
        tree = parse(claim.prove, subject.new.definitions.is_type)
        mentioned = sides_mentioned(tree, subject.names)
        holds = t.and_(*posed.hypotheses)
        for name in mentioned & found.keys():
            found[name].append(holds)
        if {"old", "new"} <= mentioned:
            found["both"].append(holds)
    return found


def _trace(subject: Subject, version: Version) -> _Traced:
    setting = subject.setting(version.name)
    rules, unroll = subject.rules_of(version.name), subject.spec.unroll or UNROLL
    traced = _Traced(version.types, setting, rules, frozenset(subject.opaque), unroll)
    traced.trace()
    traced.run(version.entry, subject.parameters.of(version.name))
    return traced


def _other_lines(version: Version, seen: set[tuple[str, int]]) -> list[tuple[str, int, str]]:
    """The lines with statements, in the functions that were entered, where execution never came."""
    functions = [version.entry]
    for name in version.definitions.read:
        function = version.definitions.function(name) if version.definitions.function_items(name) else None
        if function is not None and function is not version.entry:
            functions.append(function)
    found: dict[tuple[str, int], str] = {}
    for function in functions:
        spans = list(_statements(function.body))
        if not any((s.source.name, s.line) in seen for s in spans):
            continue  # it was never entered: a callee that isn't looked into
        for span in spans:
            if (span.source.name, span.line) not in seen:
                found[span.source.name, span.line] = span.source.line_text(span.line).strip()
    return [(file, line, text) for (file, line), text in sorted(found.items())]


def _statements(node: object) -> Iterable[Span]:
    if isinstance(node, tuple) and not isinstance(node, Span):
        labels = ast.Block | ast.Case | ast.Default | ast.Label
        if isinstance(node, ast.Stmt) and not isinstance(node, labels):
            yield node.span
        for part in node:  # pyright: ignore[reportUnknownVariableType]
            yield from _statements(part)  # pyright: ignore[reportUnknownArgumentType]


def _possible(solver: Solver, conditions: tuple[Term, ...], timeout: float) -> bool:
    """False iff no input satisfies all of `conditions`; an open question counts as possible."""
    flat = flatten((t.and_(*conditions),))
    if t.FALSE in flat.assertions:
        return False
    solver.push()
    try:
        solver.add(flat.assertions)
        return not isinstance(solver.check((), timeout), Unsat)
    finally:
        solver.pop()


def _pairs(solver: Solver, base: Term, atoms: tuple[Term, ...], timeout: float) -> tuple[list[tuple[Term, ...]], bool]:
    """The ways in which the branches can be taken together, each as a conjunction; whether these are all."""
    found: list[tuple[Term, ...]] = []
    blocked: list[Term] = []
    while len(found) < MOST_PAIRS:
        # Every atom stays in the question, so that the model says what it is.
        flat = flatten((t.and_(base, *blocked),))
        if t.FALSE in flat.assertions:
            return found, True
        solver.push()
        try:
            solver.add(flat.assertions)
            answer = solver.check((), timeout)
        finally:
            solver.pop()
        if not isinstance(answer, Model):
            return found, isinstance(answer, Unsat)
        evaluation = Evaluation(answer.values, flat)
        pair = tuple(a if evaluation.evaluate(a) else t.not_(a) for a in atoms)
        found.append(pair)
        blocked.append(t.not_(t.and_(*pair)))
    return found, False
