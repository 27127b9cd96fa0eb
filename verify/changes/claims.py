"""Specs on the versions of a series: which claim each patch establishes or breaks.

`spec_runs` takes the files of each version and what each patch changes; a spec takes part if its `[kernel]` table names
a file that some patch changes.  Its claims about the new version are judged on each version alone.  Those that compare
two versions, or speak of the old one, are decided on each patch with the version before it as the old one, and at the
end with base and last version.  What is wrong with a spec is told with it.

What a patch does to a claim is told by comparing the verdict with what it would be if the patch changed nothing: of a
claim about the new version, that on the version before the patch; of one that compares two versions, that on the
version before the patch with itself.  A claim that the version before can't be asked, as a name isn't there yet, is
asked of its code with the names' meaning after the patch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from verify.claims.language import said_of_old, versions_named
from verify.claims.spec import Claim, Code, Expression, Spec, claims_of, find_specs, read_spec, spec_name
from verify.claims.system import Property
from verify.claims.verdict import ClaimReport, Proved, Refuted, Unsupported
from verify.errors import InputError
from verify.pipeline import Options, check_versions
from verify.source.text import Source, Span
from verify.source.tree import Files
from verify.tuples import NamedTuple

NEW, OLD, BOTH = "new", "old", "both"  # the versions that a claim speaks of
ESTABLISHES, BREAKS, LOSES = "establishes", "breaks", "leaves undecided"
_BEFORE = " (before)"  # behind the name of a claim that is asked of the version before a patch


class Cell(NamedTuple):
    """A claim on one patch, or on the whole series.

    `before`: the verdict if it changed nothing; None if that is unknown, or if the claim is about the old version.
    """

    report: ClaimReport
    before: ClaimReport | None

    @property
    def effect(self) -> str:
        """What the patch does to the claim: "establishes", "breaks", "leaves undecided", or "" for nothing."""
        if self.before is None:
            return ""
        was, now = self.before.verdict, self.report.verdict
        if isinstance(was, Proved):
            return "" if isinstance(now, Proved) else BREAKS if isinstance(now, Refuted) else LOSES
        return ESTABLISHES if isinstance(now, Proved) else ""


class Track(NamedTuple):
    """One claim through a series.  None: nothing that it rests on is changed there, or it couldn't be run.

    `base`: on the base alone, if the claim speaks of the new version only.
    """

    claim: Claim | Property
    about: str
    base: ClaimReport | None
    steps: tuple[Cell | None, ...]
    whole: Cell | None

    @property
    def last(self) -> ClaimReport | None:
        """The verdict that counts at the end."""
        found = [cell.report for cell in (*self.steps, self.whole) if cell is not None]
        return found[-1] if found else None


class SpecRun(NamedTuple):
    """One spec through a series.  `problems`: why it couldn't be run at all, or on some version."""

    name: str
    title: str
    path: str
    tracks: tuple[Track, ...]
    problems: tuple[str, ...]


class Event(NamedTuple):
    """What the patch at `position` (from 0) does to a claim."""

    position: int
    word: str
    track: Track
    cell: Cell


def spec_paths(options: Options) -> tuple[str, ...]:
    """The specs that there are.  Raises `InputError` if their directory isn't there and isn't the usual one."""
    missing = options.specs == Options().specs and not os.path.isdir(options.specs)
    return () if missing else find_specs(options.specs)


def spec_runs(
    paths: Sequence[str],
    files: Sequence[Files],
    changed: Sequence[frozenset[str]],
    labels: Sequence[str],
    options: Options,
) -> Iterator[SpecRun]:
    """Those of the specs at `paths` that take part.  `files`: the base, then the version after each patch; `changed`: a
    patch's paths; `labels`: what messages call the patches.
    """
    touched = frozenset[str]().union(*changed)
    for path in paths:
        if not _mentions(path, touched):
            continue
        try:
            spec = read_spec(path, options.specs)
        except InputError as error:
            yield SpecRun(spec_name(path, options.specs), "", path, (), (f"it can't be read: {_told(error)}",))
            continue
        if spec.kernel is not None and not _named(spec.kernel).isdisjoint(touched):
            yield _Course(spec, spec.kernel, files, changed, labels, options).run()


def events(run: SpecRun) -> list[Event]:
    """What the patches do to the claims: by patch, what the spec doesn't expect first."""
    found = [Event(i, c.effect, t, c) for t in run.tracks for i, c in enumerate(t.steps) if c is not None and c.effect]
    return sorted(found, key=lambda e: (e.position, e.cell.report.as_expected))


def broken(run: SpecRun) -> list[Event]:
    """The claims about the new version that a patch breaks though the spec expects a proof, and no later one mends.

    A claim that compares the versions is none of these: that they differ is what a patch is for.
    """
    own = (e for e in events(run) if e.word == BREAKS and e.track.about == NEW and e.track.claim.expect == "proved")
    return [e for e in own if e.track.last is None or not isinstance(e.track.last.verdict, Proved)]


def undecided(run: SpecRun) -> bool:
    """True iff some claim isn't decided in the end, unless the spec expects just that."""
    last = [t.last for t in run.tracks]
    return not last or any(r is None or (r.undecided and not r.as_expected) for r in last)


def _mentions(path: str, touched: frozenset[str]) -> bool:
    """True iff the spec at `path` may name one of the files; what can't be read may."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return True
    return any(name in text for name in touched)


def _named(kernel: Code) -> frozenset[str]:
    return frozenset(os.path.normpath(p) for p in (kernel.old, kernel.new, *kernel.headers) if p is not None)


def _told(error: InputError) -> str:
    """The message with its place, on one line."""
    return f"{error.message} ({error.span})" if error.span is not None else error.message


class _Course:
    """One spec on all versions."""

    def __init__(
        self,
        spec: Spec,
        kernel: Code,
        files: Sequence[Files],
        changed: Sequence[frozenset[str]],
        labels: Sequence[str],
        options: Options,
    ) -> None:
        self.spec = spec
        self.kernel = kernel
        self.files = files
        self.changed = changed
        self.labels = labels
        self.options = options
        self.problems: list[str] = []
        self.names = {name: e.text for name, e in spec.names.items()}
        # Of claims about histories, those about the new code; each version is the new code once.
        self.claims = [c for c in claims_of(spec) if isinstance(c, Claim) or c.code == NEW]
        self.about = {c.name: self._about(c) for c in self.claims}
        of_old = {c.name: self._of_old(c) for c in self.claims if isinstance(c, Claim) and self.about[c.name] != OLD}
        self.asked_before = {c.name: name for name, c in of_old.items()}
        self.wide = spec._replace(claims=(*spec.claims, *of_old.values()))

    def run(self) -> SpecRun:
        tracks: tuple[Track, ...] = ()
        entries = {self.kernel.entry_old, self.kernel.entry_new}
        if self.spec.claims and not any(self._defines(f, entries) for f in self.files):
            names = " and ".join(f"`{e}`" for e in sorted(entries))
            self.problems.append(f"no version of `{self.kernel.new}` has a function {names}; it isn't run")
        else:
            tracks = self._tracks()
            if all(t.last is None for t in tracks):
                tracks, self.problems = (), [f"it can't be run; {self.problems[0]}"]
        spec = self.spec
        return SpecRun(spec.name, spec.title, spec.path, tracks, tuple(dict.fromkeys(self.problems)))

    def _defines(self, files: Files, entries: set[str]) -> bool:
        path = self.kernel.new
        return files.text(path) is not None and not entries.isdisjoint(files.index(path).functions)

    def _tracks(self) -> tuple[Track, ...]:
        base = alone = self._alone(self.files[0], "the base")
        steps: list[dict[str, Cell]] = []
        for position, label in enumerate(self.labels):
            old, new = self.files[position], self.files[position + 1]
            if not self._takes_part(old, new, self.changed[position]):
                steps.append({})
                continue
            reports = self._alone(new, label)
            steps.append(self._cells(old, new, label, alone, reports))
            alone = reports
        whole: dict[str, Cell] = {}
        if len(self.labels) > 1:
            whole = self._cells(self.files[0], self.files[-1], "the series", base, alone)
        return tuple(
            Track(c, self.about[c.name], base.get(c.name), tuple(s.get(c.name) for s in steps), whole.get(c.name))
            for c in self.claims
        )

    def _takes_part(self, old: Files, new: Files, changed: frozenset[str]) -> bool:
        """True iff the spec's code may read one of the changed files."""
        if not changed:
            return False
        roots = (self.kernel.new,)
        return not _named(self.kernel).isdisjoint(changed) or any(
            not changed.isdisjoint(f.including(roots)) for f in (old, new) if f.text(self.kernel.new) is not None
        )

    def _cells(
        self, old: Files, new: Files, label: str, before: Mapping[str, ClaimReport], after: Mapping[str, ClaimReport]
    ) -> dict[str, Cell]:
        """All claims on one patch.  `before` and `after` have the verdicts on each of the versions alone."""
        unsure = [n for n in after if not _asked(before.get(n)) and _decided(after[n])]
        pairs = self._paired(old, new, label, unsure)
        cells = {n: Cell(r, before[n] if _asked(before.get(n)) else pairs.get(n + _BEFORE)) for n, r in after.items()}
        for name, report in pairs.items():
            if name not in cells and name not in self.asked_before:
                was = pairs.get(name + _BEFORE)
                cells[name] = Cell(report, was if was is not None and _decided(was) else None)
        return cells

    def _alone(self, files: Files, where: str) -> dict[str, ClaimReport]:
        """The claims about the new version, on one version."""
        single = [c for c in self.claims if self.about[c.name] == NEW]
        calls = [c.name for c in single if isinstance(c, Claim)]
        histories = [c.name for c in single if not isinstance(c, Claim)]
        found = self._checked(self.spec, {NEW: files}, calls, where)
        problems = len(self.problems)
        told = self._checked(self.spec, {NEW: files}, histories, where)
        if histories and not told and not self.problems[-1].startswith(f"{where}: operation"):
            # One of them can't be asked of this version; the others may be.
            for name in histories:
                told |= self._checked(self.spec, {NEW: files}, [name], where)
            del self.problems[problems + 1 :]
        return found | told

    def _paired(self, old: Files, new: Files, where: str, unsure: Sequence[str]) -> dict[str, ClaimReport]:
        """The claims that need both versions, each with what it says of the old one alone, and those of `unsure`."""
        names = [n for n, about in self.about.items() if about != NEW]
        names += [own for own, of in self.asked_before.items() if of in unsure or self.about[of] == BOTH]
        return self._checked(self.wide, {OLD: old, NEW: new}, names, where)

    def _checked(
        self, spec: Spec, files: Mapping[str, Files], names: Sequence[str], where: str
    ) -> dict[str, ClaimReport]:
        if not names:
            return {}
        try:
            return {claim.claim: claim for claim in check_versions(spec, files, names, self.options).claims}
        except InputError as error:
            self.problems.append(f"{where}: {_told(error)}")
            return {}

    def _about(self, claim: Claim | Property) -> str:
        if not isinstance(claim, Claim):
            return NEW
        versions = versions_named(claim.prove.text, self.names)
        return BOTH if len(versions) == 2 else OLD if OLD in versions else NEW

    def _of_old(self, claim: Claim) -> Claim:
        text = said_of_old(claim.prove.text, self.names)
        source = Source(claim.prove.span.source.name, text)
        return claim._replace(name=claim.name + _BEFORE, prove=Expression(text, Span(source, 0, len(text))))


def _asked(report: ClaimReport | None) -> bool:
    """True iff the claim could be asked of the version."""
    return report is not None and not isinstance(report.verdict, Unsupported)


def _decided(report: ClaimReport) -> bool:
    return isinstance(report.verdict, Proved | Refuted)
