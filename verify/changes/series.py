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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise

from verify.changes.claims import SpecRun, spec_paths, spec_runs
from verify.changes.evidence import Change, Evidence
from verify.changes.message import WHOLE, Statement, statements
from verify.changes.pair import ASSUMING, CHANGED, SAME, Pair
from verify.claims.likeness import Likeness, words_of
from verify.claims.obligations import ALTHOUGH
from verify.claims.sides import CALLERS
from verify.errors import InputError
from verify.pipeline import Options
from verify.source.mails import Patch, Series, outside_hunks, printable, read_series, unsafe_path, without_binary
from verify.source.repository import Delta, NotApplied, Repository
from verify.source.text import Span
from verify.source.tree import Files
from verify.syntax.index import FileIndex, Macro
from verify.syntax.lexer import canonical, without_comments
from verify.tuples import NamedTuple

_RECURSION_LIMIT = 100_000
HOLDS, HOLDS_ASSUMING, CONTRADICTED, UNDECIDED, NOT_JUDGED = (
    "holds", "holds under assumptions", "contradicted", "not decided", "not judged",
)  # fmt: skip
_LINK = re.compile(rb"^(?:new file mode|new mode|index [^\n]*) (?:120000|160000)\s*$", re.M)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define\b(?:[^\n]*\\\n)*[^\n]*$", re.M)
_DIRECTIVE = re.compile(
    r"^[ \t]*#[ \t]*(?:(?:define|undef)[ \t]+(?P<name>\w+)|include\b|pragma\b)(?:[^\n]*\\\n)*[^\n]*$", re.M
)
_PASTED = re.compile(r"(?<!\w)(\w*) ?## ?(?=(\w*))")
_TAKES_EFFECT = re.compile(r"\b(?:__)?(?:constructor|destructor|used|section|alias)(?:__)?\b")
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
                    file = _File(before, after, delta, len(deltas) > 1, including, self.options, self.evidence)
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


class _File:
    """One C file before and after."""

    def __init__(
        self,
        old: Files,
        new: Files,
        delta: Delta,
        others: bool,
        includers: Sequence[str],
        options: Options,
        evidence: Evidence,
    ) -> None:
        """`others`: whether other files changed as well; `includers`: the files that include this one."""
        self.path = delta.new or ""
        self.evidence = evidence
        self.options = options
        self.pair = Pair(old, new, delta.old or "", self.path, options.define, options.solver)
        # A pair of its own: what is read on the way would otherwise count as read for the comparison.
        scout = Pair(old, new, delta.old or "", self.path, options.define, options.solver)
        # Functions that both versions have are compared themselves, but where a macro may take their place.
        indexes = self.pair.indexes
        self.likeness = Likeness(*scout.types, frozenset(n for n in scout.functions() if not _has_macro(indexes, n)))
        self.macros = _changed_macros(*indexes)
        # Whether no more than texts of functions changed: those that use one are compared if it isn't the same.
        self.only_texts = not others and not self.macros and indexes[0].functions.keys() == indexes[1].functions.keys()
        self.includers = tuple(dict.fromkeys(includers))
        self.outside = tuple(
            _outside(i.source.text, [s.span for f in i.functions.values() for s in f]) for i in self.pair.indexes
        )

    def compare(self, changes: list[Change], inner: set[tuple[str, str]], notes: list[str]) -> None:
        """The functions whose text or used definitions changed, and those that use what isn't the same."""
        notes += [f"`{self.path}`: {note}" for note in self._beside()]
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
            of_callers = [r for r in comparison.reasons if r.startswith(CALLERS)]
            if of_callers and name not in doubted and not self._is_inner(name):
                notes.append(f"`{self.path}`: other files may call `{name}()`, and it is assumed that {of_callers[0]}")
            if (is_inner or of_callers) and name not in doubted:
                doubted |= {name}
                # Its users may have been compared before it, and taken it to do the same.
                queue += [n for n in names if n != name and n not in queue and self._uses(n, name)]
        for change in found.values():
            changes.append(change)
            comparison = change.comparison
            if comparison.function in doubted and comparison.verdict not in (SAME, ASSUMING):
                inner.add((comparison.path, comparison.function))
                why = self._hidden_use(comparison.function)
                notes += [f"`{self.path}`: `{comparison.function}()` isn't the same, and {why}"] if why else []

    def _beside(self) -> Iterator[str]:
        """What changed, or may have, that no comparison of the functions tells."""
        old, new = self.pair.indexes
        code = tuple(_DEFINE.sub("", o) for o in self.outside)
        alike = canonical(code[0]) == canonical(code[1])
        if not alike:
            yield "what stands outside of functions changed"
        else:
            for name in sorted(words_of(without_comments(code[1])).names & self.macros):
                yield f"what stands outside of functions uses `{name}`, which changed"
        yield from self._in_headers()
        if self.includers:
            yield f"`{self.includers[0]}` includes it: of that, only what the patch touches is compared"
        for name in sorted(old.functions.keys() ^ new.functions.keys()):
            here, other, word = (old, code[1], "deleted") if name in old.functions else (new, code[0], "new")
            if not all(_static(i.span.text) for i in here.functions[name]):
                yield f"`{name}()` is {word}, and other files may use it"
            elif name in words_of(without_comments(other)).names:
                yield f"`{name}()` is {word}, though the other version uses its name as well"
        for name in self.pair.functions():
            if self.pair.old.is_weak(name) != self.pair.new.is_weak(name):
                yield f"`{name}()` is weak in one version only"
            conditions = [{i.condition for i in index.functions[name]} for index in (old, new)]
            if alike and conditions[0] != conditions[1]:
                yield f"`{name}()` stands under another `#if`"
        yield from self._moved()

    def _in_headers(self) -> Iterator[str]:
        """The macros that changed and that are defined in front of an #include which may ask for them."""
        for files, path, index in zip(self.pair.files, self.pair.paths, self.pair.indexes, strict=True):
            last = max((d.end for d in _directives(index.source.text) if not d.name), default=0)
            for name in sorted(n for n in self.macros if any(m.span.start < last for m in index.macros.get(n, ()))):
                holder = next((p for p in files.holders((path,), name) if p != path), "")
                if holder:
                    yield f"`{holder}`, which it includes, may use `{name}`, which changed"

    def _moved(self) -> Iterator[str]:
        """The functions that stand on the other side of a directive that may matter to them."""
        found = [_directives(index.source.text) for index in self.pair.indexes]
        common = {d.text for d in found[0]} & {d.text for d in found[1]}
        directives = [[d for d in one if d.text in common] for one in found]
        names = self.pair.functions()
        starts = [{n: index.functions[n][0].span.start for n in names} for index in self.pair.indexes]
        orders = [
            [what for _, what in sorted([*((d.end, d.text) for d in one), *((at, n) for n, at in own.items())])]
            for one, own in zip(directives, starts, strict=True)
        ]
        if orders[0] == orders[1]:
            return
        for name in names:
            before = [[d for d in one if d.end <= own[name]] for one, own in zip(directives, starts, strict=True)]
            texts = [{d.text for d in one} for one in before]
            if texts[0] == texts[1]:
                continue
            text = self.pair.indexes[1].functions[name][0].span.text
            reached = self.likeness.new.reach(text, frozenset())[0].names
            for directive in (*before[0], *before[1]):
                if directive.text in texts[0] ^ texts[1] and (not directive.name or directive.name in reached):
                    yield f"`{name}()` stands on the other side of `{directive.text}`"
                    break

    def _redefined(self, name: str) -> bool:
        if self.only_texts and self.outside[0] == self.outside[1]:
            return False
        return bool(self.likeness.culprit(name))

    def _uses(self, user: str, name: str) -> bool:
        texts = [i.span.text for index in self.pair.indexes for i in index.functions[user]]
        return any(re.search(rf"\b{name}\b", text) for text in texts)

    def _hidden_use(self, name: str) -> str:
        """Why more may use a static function than the functions of its file that name it; "" if nothing else does."""
        if not any(self._uses(user, name) for user in self.pair.functions() if user != name):
            return "no function is seen to use it"
        for files, path, index in zip(self.pair.files, self.pair.paths, self.pair.indexes, strict=True):
            for holder in files.holders((path,), name):
                held = files.index(holder)
                texts = [m.body for macros in held.macros.values() for m in macros]
                texts += [i.span.text for items in held.functions.values() for i in items]
                if holder != path and any(name in words_of(text).names for text in texts):
                    return f"`{holder}` uses it"
            for macro in (m for macros in index.macros.values() for m in macros):
                if any(name.startswith(one) and name.endswith(other) for one, other in _pasted(macro)):
                    return f"`{macro.name}` may make its name"
        return ""

    def _is_inner(self, name: str) -> bool:
        """True iff only functions of this file that both versions have can call `name`."""
        if self.includers:
            return False
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


class _Directive(NamedTuple):
    """A directive that code behind it may depend on; `name` is the macro that it speaks of, or ""."""

    text: str
    name: str
    end: int


def _directives(text: str) -> list[_Directive]:
    found = _DIRECTIVE.finditer(without_comments(text))
    return [_Directive(" ".join(m.group().split()), m.group("name") or "", m.end()) for m in found]


def _has_macro(indexes: tuple[FileIndex, FileIndex], name: str) -> bool:
    return any(name in index.macros for index in indexes)


def _pasted(macro: Macro) -> list[tuple[str, str]]:
    """What names that a macro pastes together begin and end with."""
    params = macro.params or ()
    pairs = [tuple("" if p in params else p for p in pair) for pair in _PASTED.findall(canonical(macro.body))]
    return [(one, other) for one, other in pairs if one or other]


def _changed_macros(old: FileIndex, new: FileIndex) -> frozenset[str]:
    """The macros that don't mean the same in both versions of the file, or use one that doesn't."""
    texts = [
        {n: [(m.params, canonical(m.body), m.condition) for m in i.macros[n]] for n in i.macros} for i in (old, new)
    ]
    names = texts[0].keys() | texts[1].keys()
    found = {n for n in names if texts[0].get(n) != texts[1].get(n)}
    uses = {n: {w for i in (old, new) for m in i.macros.get(n, ()) for w in words_of(m.body).names} for n in names}
    size = -1
    while size != len(found):
        size = len(found)
        found |= {n for n in names if not uses[n].isdisjoint(found)}
    return frozenset(found)


def _outside(text: str, spans: list[Span]) -> str:
    """The text without the functions."""
    pieces: list[str] = []
    position = 0
    for span in sorted(spans, key=lambda s: s.start):
        pieces.append(text[position : max(position, span.start)])
        position = max(position, span.end)
    return "\n".join([*pieces, text[position:]])


def _static(text: str) -> bool:
    """True iff nothing but the code of its file can call the function."""
    head = text.partition("{")[0]
    return re.search(r"\bstatic\b", head) is not None and _TAKES_EFFECT.search(head) is None


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
