"""Checks a spec's claims about histories: reads each version of the code, executes its operations, decides.

`check_histories` takes a spec with a system and how to read code; it returns a report for each claim.  Raises
`InputError` for operations that don't exist and initial states that contradict themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from verify.claims.obligations import Subject
from verify.claims.spec import Code, Spec
from verify.claims.system import Operation, Property, System
from verify.claims.verdict import ClaimReport, Induction, Undecided, Unsupported, Verdict
from verify.claims.versions import Version, load_version
from verify.deadline import Overtime, deadline, late, patience
from verify.errors import InputError, SpecError, UnsupportedC
from verify.histories.operations import Operations
from verify.histories.prove import Decided, Prover
from verify.solving.solver import open_solver
from verify.source.tree import Directory, Files

if TYPE_CHECKING:
    from verify.solving.crosscheck import CrossCheck

Trees = Mapping[str, Files]  # of real source, by "old" and "new"


class Loader:
    """Loads the entries of one version of the code; what is read once is read for all of them."""

    def __init__(self, spec: Spec, system: System, code: str, config: Mapping[str, bool], trees: Trees | None) -> None:
        self.config = config
        self.real = trees is not None
        own = spec.kernel if trees is not None else spec.code
        assert own is not None
        path = own.new if trees is not None or code == "new" else own.old if code == "old" else system.variants[code]
        assert path is not None
        self.files = Files(Directory(os.path.dirname(spec.path) or ".", closed=True)) if trees is None else trees[code]
        self.code = Code(None, path, own.headers, "", "")
        self.version: Version | None = None

    def __call__(self, operation: Operation) -> Version:
        name = operation.kernel_entry if self.real else operation.entry
        if self.version is not None:
            entry = self.version.definitions.function(name)
            if entry is not None:
                return self.version._replace(entry=entry)
        try:
            found = load_version("new", self.files, self.code._replace(entry_old=name, entry_new=name), self.config)
        except UnsupportedC:
            raise
        except InputError as error:
            if "the function `" not in error.message:
                raise
            place = operation.place.span
            raise SpecError(f"operation {operation.name}: {error.message}", place, error.hint) from None
        self.version = found
        return found


def codes_of(properties: Sequence[Property]) -> tuple[str, ...]:
    """The versions of the code that `properties` speak of, in order."""
    return tuple(dict.fromkeys(p.code for p in properties))


def operations_of(
    spec: Spec, system: System, code: str, config: Mapping[str, bool], trees: Trees | None, timeout: float
) -> Operations:
    """The operations of one version of the code, executed.  Raises `Overtime` if that takes too long."""
    with deadline(patience(timeout)):
        return Operations(spec, system, code, Loader(spec, system, code, config, trees))


def check_histories(
    spec: Spec,
    names: Sequence[str],
    config: Mapping[str, bool],
    trees: Trees | None,
    solver: str,
    timeout: float,
    seen: Callable[[ClaimReport, Decided], ClaimReport] | None = None,
    cross: CrossCheck | None = None,
) -> tuple[list[ClaimReport], list[str], list[Subject]]:
    """Reports on the properties called `names` (all of them if empty), in the spec's order; notes; and what was run.

    `seen` may add to a report what else was made of it; `cross` notes the questions about single steps.  With `trees`,
    claims about versions that aren't among them are left out, which a note says.
    """
    system = spec.system
    assert system is not None
    chosen = [p for p in system.properties if not names or p.name in names]
    notes: list[str] = []
    if trees is not None:
        missing = [p for p in chosen if p.code not in trees]
        if missing and names:
            raise InputError(f"`{missing[0].name}` speaks of the code `{missing[0].code}`, of which there is no tree")
        if missing:
            listed = ", ".join(p.name for p in missing)
            notes.append(f"left out, as they speak of code that isn't in these trees: {listed}")
        chosen = [p for p in chosen if p.code in trees]
    found: dict[str, ClaimReport] = {}
    subjects: list[Subject] = []
    opened = open_solver(solver)
    try:
        for code in codes_of(chosen):
            own = [p for p in chosen if p.code == code]
            try:
                operations = operations_of(spec, system, code, config, trees, timeout)
            except SpecError:
                raise
            except UnsupportedC as error:
                found.update((p.name, _undone(spec, p, Unsupported(str(error)), solver)) for p in own)
                continue
            except Overtime:
                verdict = Undecided(late("executing the code", timeout))
                found.update((p.name, _undone(spec, p, verdict, solver)) for p in own)
                continue
            subjects += operations.subjects.values()
            for name, error in operations.refused.items():
                notes.append(f"operation {name} isn't understood in the code `{code}`: {error.message}")
            still = [f"`{n}`" for n in operations.widths if not operations.refused and not operations.changes(n)]
            if still:
                notes.append(f"no operation of the code `{code}` changes {', '.join(still)}: it stays as it begins")
            prover = Prover(operations, opened, timeout, cross)
            for decided in prover.prove(own):
                report = report_of(spec, decided, prover.solver_name)
                found[report.claim] = seen(report, decided) if seen is not None else report
    finally:
        opened.close()
    return [found[p.name] for p in chosen], notes, subjects


def report_of(spec: Spec, decided: Decided, solver: str) -> ClaimReport:
    """The report on one property."""
    claim = decided.property
    return ClaimReport(
        spec.name, claim.name, claim.says, tuple(e.text for e in claim.assume), claim.prove.text.strip(), claim.expect,
        decided.verdict, decided.rests_on, decided.obligations, solver, decided.seconds, induction=decided.induction,
    )  # fmt: skip


def _undone(spec: Spec, claim: Property, verdict: Verdict, solver: str) -> ClaimReport:
    """The report on a claim that the code doesn't allow to be posed."""
    induction = Induction(claim.kind, claim.code, "none", 1, (), (), (), (), -1)
    return ClaimReport(
        spec.name, claim.name, claim.says, tuple(e.text for e in claim.assume), claim.prove.text.strip(), claim.expect,
        verdict, (), 0, solver, 0.0, induction=induction,
    )  # fmt: skip
