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
from verify.changes.pair import ASSUMING, CHANGED, SAME
from verify.changes.patched import PatchedFile
from verify.claims.words import ALTHOUGH
from verify.errors import InputError
from verify.pipeline import Options
from verify.source.mails import Patch, Series, outside_hunks, printable, read_series, unsafe_path, without_binary
from verify.source.repository import Delta, NotApplied, Repository
from verify.source.tree import Files
from verify.tuples import NamedTuple

_RECURSION_LIMIT = 100_000
HOLDS, HOLDS_ASSUMING, CONTRADICTED, UNDECIDED, NOT_JUDGED = (
    "holds", "holds under assumptions", "contradicted", "not decided", "not judged",
)  # fmt: skip
_LINK = re.compile(rb"^(?:new file mode|new mode|index [^\n]*) (?:120000|160000)\s*$", re.M)
_BINARY = " is binary"
_HARMLESS = ("Documentation/", "LICENSES/"), (".rst", ".md"), ("MAINTAINERS", "CREDITS", ".mailmap")


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
        is_more = len(steps) > 1 or _said(total)
        whole = stage.compared(total, first, tree, _missing(series, steps)) if is_more else None
        compared = None
        if other is not None:
            problems += [f"the other series: {p}" for p in other.problems]
            old = first
            lacking = [f"the other series: {note}" for note in other.lacking]
            for patch in other.patches:
                old, failed, left_out = stage.applied(patch, old)
                told = [f"the other series, patch {patch.number}: {p}" for p in failed]
                problems += told
                lacking += [*told, *(f"the other series, patch {patch.number}: {p}" for p in left_out)]
            beside = (*lacking, *_missing(series, steps))
            compared = stage.compared(_titled("the other series, against this one"), old, tree, beside)
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
        heads, left_out = outside_hunks(patch.diff)
        if left_out:
            return tree, [*problems, f"a hunk has more lines than its head says (`{left_out}`); it isn't applied"], []
        if _LINK.search(heads):
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
            if delta.old and delta.new and not delta.link and delta.old.endswith(".c") and delta.new.endswith(".c"):
                including = [p for t, d in ((old, delta.old), (new, delta.new)) for p in self.git.includers(t, d)]
                try:
                    file = PatchedFile(before, after, delta, len(deltas) > 1, including, self.options, self.evidence)
                    file.compare(changes, inner, notes)
                except InputError as error:
                    notes.append(f"`{printable(delta.new)}` can't be compared: {printable(error.message)}")
        notes += _resting(changes)
        step = Step(patch, True, tuple(changes), frozenset(inner), (), tuple(dict.fromkeys(notes)), ())
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
    """Why a file isn't compared, or not only with itself; "" if it is or need not be."""
    path = delta.new or delta.old or ""
    if delta.link:
        return f"`{path}` is a symbolic link or a submodule"
    if all(_is_harmless(p) for p in (delta.old, delta.new) if p is not None):
        return ""
    if delta.old is None:
        return f"`{path}` is new: there is nothing to compare it with"
    if delta.new is None:
        return f"`{path}` is deleted"
    if delta.old != delta.new:
        return f"`{delta.old}` is renamed to `{delta.new}`"
    if path.endswith(".h"):
        return f"`{path}` is a header: of the code that uses it only the files that the patch touches are compared"
    return "" if path.endswith(".c") else f"`{path}` isn't C"


def _is_harmless(path: str) -> bool:
    folders, endings, names = _HARMLESS
    return not path.endswith(".c") and (path.startswith(folders) or path.endswith(endings) or path in names)


def _resting(changes: list[Change]) -> list[str]:
    """What a "same" takes to do the same although it differs, and no comparison tells whether it does."""
    compared = {c.comparison.function for c in changes}
    found: list[str] = []
    for one in (c.comparison for c in changes):
        for reason in one.reasons if one.verdict == ASSUMING else ():
            names = re.findall(rf"(\w+)\(\) \({ALTHOUGH}", reason) or re.findall(rf"{ALTHOUGH} `([^`]+)`", reason)
            found += [
                f"`{one.path}`: `{one.function}()` rests on `{n}`, which isn't compared"
                for n in names
                if n not in compared
            ]
    return found


def _missing(series: Series, steps: list[Step]) -> tuple[str, ...]:
    """What of the patches isn't in the last version."""
    found = list(series.lacking)
    for step in steps:
        if not step.applied:
            found.append(f"patch {step.patch.number} isn't applied")
        else:
            found += [f"patch {step.patch.number}: {p}" for p in step.problems]
            found += [note for note in step.beside if note.endswith(_BINARY)]
    return tuple(dict.fromkeys(found))


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
