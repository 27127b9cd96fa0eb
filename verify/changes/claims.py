"""Specs on the versions of a series: which claim each patch establishes or breaks.

A spec takes part if its `[kernel]` table names a file that some patch changes.  On each step its claims are decided
with the version before the patch as the old one and the version with it as the new one; at the end with base and last
version.  A claim that speaks of one version only is judged on the base as well: so it is known who established it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from verify.claims.spec import Claim, Spec, find_specs, read_spec
from verify.claims.verdict import ClaimReport, Proved, Refuted
from verify.errors import InputError
from verify.pipeline import Options, check_versions
from verify.source.tree import Files

NEW, OLD, BOTH = "new", "old", "both"  # the versions that a claim speaks of
_OLD = re.compile(r"\bold\b")
_NEW = re.compile(r"\bnew\b")
_BOTH = re.compile(r"\b(?:same|except)\s*\(")


class Track(NamedTuple):
    """One claim through a series.  None: not decided there, as the patch doesn't touch the spec's files.

    `base`: on the base alone, if the claim speaks of the new version only.
    """

    claim: Claim
    about: str
    base: ClaimReport | None
    steps: tuple[ClaimReport | None, ...]
    whole: ClaimReport | None


class SpecRun(NamedTuple):
    """One spec through a series.  `problems`: why it couldn't be run on some version."""

    spec: Spec
    tracks: tuple[Track, ...]
    problems: tuple[str, ...]


class Event(NamedTuple):
    """What the patch at `position` (from 0) does to a claim: "establishes" or "breaks"."""

    position: int
    word: str
    track: Track
    report: ClaimReport


def spec_runs(files: Sequence[Files], changed: Sequence[frozenset[str]], options: Options) -> Iterator[SpecRun]:
    """The specs that take part.  `files`: the base, then the version after each patch; `changed`: a patch's paths."""
    if not os.path.isdir(options.specs):
        return
    touched = frozenset[str]().union(*changed)
    for path in find_specs(options.specs):
        try:
            spec = read_spec(path, options.specs)
        except InputError:
            continue  # `verify all` says what is wrong with it
        kernel = spec.kernel
        if kernel is not None and spec.claims and {kernel.old, kernel.new} & touched:
            own = frozenset(p for p in (kernel.old, kernel.new, *kernel.headers) if p is not None)
            yield _run(spec, own, files, changed, options)


def _run(
    spec: Spec, own: frozenset[str], files: Sequence[Files], changed: Sequence[frozenset[str]], options: Options
) -> SpecRun:
    problems: list[str] = []

    def checked(old: Files, new: Files, where: str, names: Sequence[str] = ()) -> dict[str, ClaimReport]:
        try:
            report = check_versions(spec.path, {"old": old, "new": new}, names, options)
        except InputError as error:
            problems.append(f"{where}: {error.message}")
            return {}
        return {claim.claim: claim for claim in report.claims}

    about = {claim.name: _about(claim, spec) for claim in spec.claims}
    single = [name for name, versions in about.items() if versions == NEW]
    base = checked(files[0], files[0], "the base", single) if single else {}
    steps: list[dict[str, ClaimReport]] = []
    for number, paths in enumerate(changed, 1):
        reports = checked(files[number - 1], files[number], f"patch {number}") if paths & own else {}
        steps.append(reports)
    whole = checked(files[0], files[-1], "the series") if len(changed) > 1 else {}
    tracks = (
        Track(c, about[c.name], base.get(c.name), tuple(s.get(c.name) for s in steps), whole.get(c.name))
        for c in spec.claims
    )
    return SpecRun(spec, tuple(tracks), tuple(problems))


def _about(claim: Claim, spec: Spec) -> str:
    """Which versions a claim speaks of; its names count with what they stand for."""
    texts = [e.text for e in (claim.prove, *claim.assume, *spec.assume)]
    known = {name: e.text for name, e in spec.names.items()}
    used = [known[word] for text in texts for word in re.findall(r"\w+", text) if word in known]
    whole = "\n".join((*texts, *used))
    if _BOTH.search(whole) or (_OLD.search(whole) and _NEW.search(whole)):
        return BOTH
    return OLD if _OLD.search(whole) else NEW


def events(run: SpecRun) -> Iterator[Event]:
    """What the patches do to the claims, in order.

    A claim about the new version is established where it wasn't proved before, be it that it couldn't be asked; and
    broken where it was proved and is refuted now.  One that compares the versions is broken by a patch that refutes it.
    """
    for position in range(max((len(t.steps) for t in run.tracks), default=0)):
        for track in run.tracks:
            report = track.steps[position]
            if report is None or track.about == OLD:
                continue
            before = next((s for s in reversed(track.steps[:position]) if s is not None), track.base)
            broken = isinstance(report.verdict, Refuted)
            if track.about == BOTH:
                if broken:
                    yield Event(position, "breaks", track, report)
            elif before is not None and isinstance(before.verdict, Proved) and broken:
                yield Event(position, "breaks", track, report)
            elif before is not None and not isinstance(before.verdict, Proved) and isinstance(report.verdict, Proved):
                yield Event(position, "establishes", track, report)


def broken(run: SpecRun) -> list[Event]:
    """The claims about the new version that a patch breaks though the spec expects a proof, and the whole doesn't mend.

    A claim that compares the versions is none of these: that they differ is what a patch is for.
    """

    def lasts(event: Event) -> bool:
        end = event.track.whole
        return end is None or not isinstance(end.verdict, Proved)

    own = (e for e in events(run) if e.word == "breaks" and e.track.about == NEW)
    return [e for e in own if e.track.claim.expect == "proved" and lasts(e)]


def undecided(run: SpecRun) -> bool:
    """True iff some claim wasn't decided on the last version."""
    last = [t.whole or next((s for s in reversed(t.steps) if s is not None), None) for t in run.tracks]
    return bool(run.problems) or any(r is not None and not isinstance(r.verdict, Proved | Refuted) for r in last)
