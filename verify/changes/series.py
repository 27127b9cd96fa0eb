"""What each patch of a series changes: every version is compared with the one before it, function by function.

Specs that speak of a changed file are checked on each version.

`review` takes the bytes of a patch, an mbox or a series, a git repository and a base, and returns a `Review`; the
repository isn't written to.  Raises `InputError` if there is no patch or no repository; what is wrong with single
patches is told with them.  "No functional change" in a message holds only if all that the patch touches was compared
and is the same.
"""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from itertools import pairwise

from verify.changes.claims import SpecRun, spec_paths, spec_runs
from verify.changes.evidence import Change, Evidence
from verify.changes.message import WHOLE, Statement, statements
from verify.changes.pair import ASSUMING, CHANGED, SAME, Pair
from verify.claims.likeness import Likeness
from verify.errors import InputError
from verify.pipeline import Options
from verify.source.mails import Patch, Series, read_series, unsafe_path, without_binary
from verify.source.repository import Delta, NotApplied, Repository
from verify.source.text import Span
from verify.source.tree import Files
from verify.syntax.lexer import canonical, without_comments
from verify.tuples import NamedTuple

_RECURSION_LIMIT = 100_000
HOLDS, HOLDS_ASSUMING, CONTRADICTED, UNDECIDED, NOT_JUDGED = (
    "holds", "holds under assumptions", "contradicted", "not decided", "not judged",
)  # fmt: skip
_LINK = re.compile(rb"^(?:new file mode|new mode|index [^\n]*) (?:120000|160000)\s*$", re.M)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define\b(?:[^\n]*\\\n)*[^\n]*$", re.M)
_BINARY = " is binary"
_HARMLESS = ("Documentation/", ".rst", ".txt", ".md", "MAINTAINERS")


class Judged(NamedTuple):
    """A sentence that says "no functional change", its verdict and why."""

    statement: Statement
    verdict: str
    why: str


class Step(NamedTuple):
    """What one patch changes.  `problems`: what is wrong with it; `beside`: what it touches that isn't compared.

    `inner`: changed functions that only functions of the same file use; these were compared as well.
    """

    patch: Patch
    applied: bool
    changes: tuple[Change, ...]
    inner: frozenset[tuple[str, str]]
    problems: tuple[str, ...]
    beside: tuple[str, ...]
    claims: tuple[Judged, ...]


class Review(NamedTuple):
    """All patches, and the series as a whole: against its base, and against another version of it if one was given."""

    base: str
    problems: tuple[str, ...]
    steps: tuple[Step, ...]
    whole: Step | None
    against: Step | None
    specs: tuple[SpecRun, ...] = ()


def behaviour_changed(step: Step) -> bool:
    """True iff a function that others can reach was shown to behave otherwise."""
    return any(
        c.comparison.verdict == CHANGED and (c.comparison.path, c.comparison.function) not in step.inner
        for c in step.changes
    )


def first_change(review: Review) -> Step | None:
    """The first patch that was shown to change behaviour."""
    return next((s for s in review.steps if behaviour_changed(s)), None)


def review(
    data: bytes,
    name: str,
    repository: str,
    base: str = "",
    against: tuple[bytes, str] | None = None,
    options: Options | None = None,
) -> Review:
    """Applies and compares the patches in `data`, which messages call `name`; `against`: an older series."""
    options = options or Options()
    specs = spec_paths(options)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
    series = read_series(data, name)
    other = read_series(*against) if against else None
    with Repository(repository) as git, ExitStack() as at_end:
        problems = list(series.problems)
        commit = _base(git, series, base, problems)
        stage = _Stage(git, options)
        at_end.callback(stage.evidence.close)
        first = tree = git.tree(commit)
        steps: list[Step] = []
        trees = [tree]
        for patch in series.patches:
            step, tree = stage.step(patch, tree)
            steps.append(step)
            trees.append(tree)
        total = series.cover or _titled("the whole series")
        whole = stage.compared(total, first, tree, _missing(steps)) if len(steps) > 1 else None
        compared = None
        if other is not None:
            problems += [f"the other series: {p}" for p in other.problems]
            old = first
            for patch in other.patches:
                old, failed, _ = stage.applied(patch, old)
                problems += [f"the other series, patch {patch.number}: {p}" for p in failed]
            compared = stage.compared(_titled("the other series, against this one"), old, tree, ())
            compared = compared._replace(claims=())
        return Review(commit, tuple(problems), tuple(steps), whole, compared, stage.specs(specs, trees, steps))


def _base(git: Repository, series: Series, base: str, problems: list[str]) -> str:
    if base:
        commit = git.commit(base)
        if not commit:
            raise InputError(f"`{base}` isn't a commit of the repository `{git.path}`", hint="--base names a revision.")
        return commit
    if series.base:
        commit = git.commit(series.base)
        if commit:
            return commit
        problems.append(f"the series' base {series.base[:12]} isn't in the repository; HEAD stands for it")
    commit = git.commit("HEAD")
    if not commit:
        raise InputError(f"the repository `{git.path}` has no commit yet", hint="--base names a revision.")
    there = git.holding(series.patches[0].subject) if series.patches[0].subject else ""
    before = git.commit(f"{there}^") if there else ""
    if before:
        problems.append(
            f"patch {series.patches[0].number} is in the repository as {there[:12]}; its parent is the base"
        )
    return before or commit


class _Stage:
    """The versions, as far as they were read."""

    def __init__(self, git: Repository, options: Options) -> None:
        self.git = git
        self.options = options
        self.evidence = Evidence(options)
        self._files: dict[str, Files] = {}

    def applied(self, patch: Patch, tree: str) -> tuple[str, list[str], list[str]]:
        """The tree with the patch, what is wrong with it, and which of its files are left out."""
        problems = list(patch.problems)
        path = unsafe_path(patch.diff)
        if path:
            return (
                tree,
                [*problems, f"the path `{path}` leads out of the repository or into `.git`; it isn't applied"],
                [],
            )
        if _LINK.search(patch.diff):
            return tree, [*problems, "it makes or changes a symbolic link or a submodule; it isn't applied"], []
        diff, binary = without_binary(patch.diff)
        beside = [f"`{p}`{_BINARY}" for p in binary]
        if not diff.strip():
            return tree, problems, beside
        try:
            return self.git.apply(tree, diff), problems, beside
        except NotApplied as error:
            return tree, [*problems, f"it doesn't apply: {error.message}"], beside
        except InputError as error:
            return tree, [*problems, f"it couldn't be applied: {error.message}"], beside

    def step(self, patch: Patch, tree: str) -> tuple[Step, str]:
        """What one patch changes, and the tree with it; the tree as it was if the patch doesn't apply."""
        after, problems, beside = self.applied(patch, tree)
        if len(problems) > len(patch.problems):
            claims = tuple(Judged(s, NOT_JUDGED, "the patch isn't applied") for s in _said(patch))
            return Step(patch, False, (), frozenset(), tuple(problems), tuple(beside), claims), tree
        step = self.compared(patch, tree, after, tuple(beside))
        return step._replace(problems=tuple(problems)), after

    def compared(self, patch: Patch, old: str, new: str, beside: tuple[str, ...]) -> Step:
        deltas = self.git.deltas(old, new)
        changed = frozenset(p for d in deltas for p in (d.old, d.new) if p is not None)
        before = self._read(old)
        after = (
            Files(self.git.snapshot(f"patch {patch.number}" if patch.number else "after", new), before, changed)
            if old != new
            else before
        )
        self._files = {new: after}
        notes = list(beside)
        changes: list[Change] = []
        inner: set[tuple[str, str]] = set()
        for delta in deltas:
            reason = _left_out(delta)
            if reason:
                notes.append(reason)
            elif delta.old and delta.new and delta.new.endswith(".c"):
                file = _File(before, after, delta, len(deltas) > 1, self.options, self.evidence)
                file.compare(changes, inner, notes)
        step = Step(patch, True, tuple(changes), frozenset(inner), (), tuple(notes), ())
        return step._replace(claims=tuple(_judged(s, step) for s in _said(patch)))

    def specs(self, paths: tuple[str, ...], trees: list[str], steps: list[Step]) -> tuple[SpecRun, ...]:
        """Those of the specs at `paths` that speak of what the patches change, on each version."""
        changed = [
            frozenset(p for d in self.git.deltas(*pair) for p in (d.old, d.new) if p is not None)
            for pair in pairwise(trees)
        ]
        labels = [f"patch {step.patch.number}" for step in steps]
        files = [Files(self.git.snapshot("base", trees[0]))]
        for label, tree, own in zip(labels, trees[1:], changed, strict=True):
            files.append(Files(self.git.snapshot(label, tree), files[-1], own) if own else files[-1])
        return tuple(spec_runs(paths, files, changed, labels, self.options))

    def _read(self, tree: str) -> Files:
        if tree not in self._files:
            self._files[tree] = Files(self.git.snapshot("before", tree))
        return self._files[tree]


def _left_out(delta: Delta) -> str:
    """Why a file isn't compared, or "" if it is or need not be."""
    path = delta.new or delta.old or ""
    if path.startswith(_HARMLESS) or path.endswith(_HARMLESS):
        return ""
    if delta.old is None:
        return f"`{path}` is new: there is nothing to compare it with"
    if delta.new is None:
        return f"`{path}` is deleted"
    if path.endswith(".h"):
        return f"`{path}` is a header: of the code that uses it only the files that the patch touches are compared"
    if not path.endswith(".c"):
        return f"`{path}` isn't C"
    return f"`{delta.old}` is renamed to `{delta.new}`" if delta.old != delta.new and delta.same else ""


class _File:
    """One C file before and after."""

    def __init__(
        self, old: Files, new: Files, delta: Delta, others: bool, options: Options, evidence: Evidence
    ) -> None:
        self.path = delta.new or ""
        self.evidence = evidence
        self.options = options
        self.pair = Pair(old, new, delta.old or "", self.path, options.define, options.solver)
        # A pair of its own: what is read on the way would otherwise count as read for the comparison.
        scout = Pair(old, new, delta.old or "", self.path, options.define, options.solver)
        # Functions that both versions have are compared themselves.
        self.likeness = Likeness(*scout.types, frozenset(scout.functions()))
        self.others = others  # whether other files changed as well
        self.outside = tuple(
            _outside(i.source.text, [s.span for f in i.functions.values() for s in f]) for i in self.pair.indexes
        )

    def compare(self, changes: list[Change], inner: set[tuple[str, str]], notes: list[str]) -> None:
        """The functions whose text or used definitions changed, and those that use what isn't the same."""
        old, new = self.pair.indexes
        code = tuple(canonical(_DEFINE.sub("", o)) for o in self.outside)
        if code[0] != code[1]:
            notes.append(f"`{self.path}`: what stands outside of functions changed")
        elif canonical(self.outside[0]) != canonical(self.outside[1]):
            data = [n for n in new.globals if self.likeness.culprit(n)]
            notes += [f"`{self.path}`: the value of `{n}` may have changed" for n in data]
        for gone in old.functions.keys() ^ new.functions.keys():
            where = old if gone in old.functions else new
            if not all(_static(i.span.text) for i in where.functions[gone]):
                notes.append(
                    f"`{self.path}`: `{gone}()` is {'deleted' if where is old else 'new'}, and other files may use it"
                )
        names = self.pair.functions()
        queue = [n for n in names if self.pair.text_changed(n) or self._redefined(n)]
        found: dict[str, Change] = {}
        doubted: frozenset[str] = frozenset()
        while queue:
            name = queue.pop(0)
            self.pair.doubt(doubted)
            comparison = self.pair.compare(name, self.options.timeout)
            differs = comparison.verdict not in (SAME, ASSUMING)
            is_inner = differs and (name in doubted or self._is_inner(name))
            found[name] = self.evidence.change(self.pair, comparison, mapped=not is_inner)
            if is_inner and name not in doubted:
                doubted |= {name}
                # Its users may have been compared before it, and taken it to do the same.
                queue += [n for n in names if n != name and n not in queue and self._uses(n, name)]
        for change in found.values():
            changes.append(change)
            comparison = change.comparison
            if comparison.function in doubted and comparison.verdict not in (SAME, ASSUMING):
                inner.add((comparison.path, comparison.function))

    def _redefined(self, name: str) -> bool:
        if not self.others and self.outside[0] == self.outside[1]:
            return False  # only functions differ, and those whose text does are compared
        return bool(self.likeness.culprit(name))

    def _uses(self, user: str, name: str) -> bool:
        texts = [i.span.text for index in self.pair.indexes for i in index.functions[user]]
        return any(re.search(rf"\b{name}\b", text) for text in texts)

    def _is_inner(self, name: str) -> bool:
        """True iff only functions of this file that both versions have can call `name`."""
        for index, outside in zip(self.pair.indexes, self.outside, strict=True):
            if not all(_static(i.span.text) for i in index.functions[name]):
                return False
            macros = "\n".join(_DEFINE.findall(outside))
            code = without_comments(_DEFINE.sub("", outside))
            if name in macros or re.search(rf"\b{name}\b(?!\s*\([^;{{}}=]*\)\s*;)", code):
                return False
            others = [n for n in index.functions if n not in self.pair.functions()]
            if any(re.search(rf"\b{name}\b", i.span.text) for n in others for i in index.functions[n]):
                return False
        return True


def _missing(steps: list[Step]) -> tuple[str, ...]:
    """What of the patches isn't in the last version."""
    found: list[str] = []
    for step in steps:
        if not step.applied:
            found.append(f"patch {step.patch.number} isn't applied")
        else:
            found += [f"patch {step.patch.number}: {p}" for p in step.problems]
            found += [note for note in step.beside if note.endswith(_BINARY)]
    return tuple(dict.fromkeys(found))


def _outside(text: str, spans: list[Span]) -> str:
    """The text without the functions."""
    pieces: list[str] = []
    position = 0
    for span in sorted(spans, key=lambda s: s.start):
        pieces.append(text[position : max(position, span.start)])
        position = max(position, span.end)
    return "\n".join([*pieces, text[position:]])


def _static(text: str) -> bool:
    return re.search(r"\bstatic\b", text.partition("{")[0]) is not None


def _said(patch: Patch) -> tuple[Statement, ...]:
    return statements(patch.subject, patch.message)


def _titled(subject: str) -> Patch:
    return Patch(0, 0, 1, subject, "", b"", ())


def _judged(statement: Statement, step: Step) -> Judged:
    """The verdict on one sentence."""
    if statement.kind != WHOLE:
        return Judged(statement, NOT_JUDGED, statement.why)
    outer = [c.comparison for c in step.changes if (c.comparison.path, c.comparison.function) not in step.inner]
    changed = [c.function for c in outer if c.verdict == CHANGED]
    if changed:
        return Judged(statement, CONTRADICTED, ", ".join(f"{n}()" for n in changed) + " behaves otherwise")
    open_ = [f"{c.function}() is {c.verdict}" for c in outer if c.verdict not in (SAME, ASSUMING)]
    if open_ or step.beside or step.patch.problems:
        return Judged(statement, UNDECIDED, "; ".join((*open_, *step.beside, *step.patch.problems)))
    if any(c.verdict == ASSUMING for c in outer):
        return Judged(statement, HOLDS_ASSUMING, "")
    return Judged(statement, HOLDS, "")
