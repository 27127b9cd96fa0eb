"""The way from a spec to verdicts; the page to read first.

    read_spec → load_version (source, syntax) → Subject (execution, terms) → pose (claims) → Decider (solving)
              → SpecReport, which `verify.report` prints

Each step is a pure function of immutable data, but for reading files and asking solvers.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from verify.claims.language import asks_if_same
from verify.claims.obligations import Posed, Subject
from verify.claims.quoted import place
from verify.claims.spec import Claim, Code, Spec, locate_spec, read_spec, spec_name
from verify.claims.verdict import (
    ClaimReport,
    Mistaken,
    Opinion,
    Proved,
    Refuted,
    Replayed,
    SpecReport,
    Undecided,
    Unsupported,
    Vacuous,
    Verdict,
)
from verify.claims.versions import Version, load_version
from verify.deadline import Overtime, deadline, late, patience
from verify.errors import InputError, SpecError, UnsupportedC, losing_none
from verify.solving.decide import Decider, Decision
from verify.solving.followed import followed_anew
from verify.source.text import Source, Span
from verify.source.tree import Directory, Files, Revision, Tree
from verify.syntax.conditions import overridden
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.claims.system import System
    from verify.histories.diagram import Diagram
    from verify.histories.prove import Decided
    from verify.replay.boundary import Boundary
    from verify.replay.confirm import Replayer
    from verify.replay.validate import Checked
    from verify.solving.crosscheck import CrossCheck

# The executor and the terms recurse as deeply as C expressions and if-then-elses nest; Python's frames are on the heap.
_RECURSION_LIMIT = 100_000
_NO_KERNEL = "this spec has no [kernel] table, so it can't be checked on a tree"
_APART = "variables of file scope lie apart, none of them at address 0"


class Options(NamedTuple):
    """How to check.  `timeout` is in seconds per claim.

    Trees: `old_tree` and `new_tree` are directories; or `git` is a repository and `old_rev` and `new_rev` are
    revisions.  Without any of these the spec's own files are read.  `define` fixes CONFIG symbols:
    CONFIG_X is y, or else CONFIG_X_MODULE may say that it is m.

    Evidence: with `replay` a compiler confirms each counterexample, whose C files are kept in the directory
    `save_replay` if that is given; with `cross_check` other solvers answer each question, and so do the programs
    `solver_commands`.  `certify`: the folder that gets a certificate for each proved claim.  Of
    comparisons without a spec, `validate` is on how many inputs each "same" is tried by compiled code.
    """

    solver: str = "z3"
    timeout: float = 10.0
    jobs: int = 1
    old_tree: str | None = None
    new_tree: str | None = None
    git: str | None = None
    old_rev: str | None = None
    new_rev: str | None = None
    define: Mapping[str, bool] = {}
    specs: str = "specs"
    certify: str | None = None
    replay: bool = False
    save_replay: str | None = None
    cross_check: bool = False
    solver_commands: tuple[str, ...] = ()
    validate: int = 0

    @property
    def real(self) -> bool:
        """True iff real trees are named."""
        return any((self.old_tree, self.new_tree, self.git))


class Validation(NamedTuple):
    """What `validate` compared, for each version."""

    spec: str
    title: str
    seed: int
    checked: tuple[Checked, ...]


class Table(NamedTuple):
    """Boundary inputs with what each version does; `accepted`: the spec calls a return of 0 `accepted`."""

    spec: str
    title: str
    accepted: bool
    boundary: Boundary


class Explanation(NamedTuple):
    """One claim in detail.  Formulas are pairs of C text and a readable form of the term, in the spec's own names;
    `names` has each of these with what the SMT-LIB text calls it.
    """

    report: ClaimReport
    spec: SpecReport
    hypotheses: tuple[tuple[str, str], ...]
    goal: tuple[str, str]
    negated: str
    smtlib: str
    obligations: tuple[str, ...]
    names: tuple[tuple[str, str], ...]


class Proof(NamedTuple):
    """A claim about histories in detail: the spec's report has this one claim, with its `Induction`."""

    spec: SpecReport
    system: System


class Loaded(NamedTuple):
    """A spec with the versions of its code, read but not executed; `config` fixes CONFIG symbols."""

    spec: Spec
    code: Code
    versions: tuple[Version, ...]
    config: Mapping[str, bool]


def loaded(path_or_name: str, options: Options | None = None) -> Loaded:
    """Reads a spec and its code.  Raises `InputError` if either can't be read."""
    run = _Run(path_or_name, options or Options())
    code = run.spec.kernel if run.options.real and run.spec.kernel is not None else run.spec.code
    return Loaded(run.spec, code, run.load(), overridden(run.spec.define, run.options.define))


def check(path_or_name: str, claims: Sequence[str] = (), options: Options | None = None) -> SpecReport:
    """Checks a spec's claims (all of them if `claims` is empty).

    Raises `InputError` if the spec or the code can't be read.  What the code makes impossible is a verdict, and so is
    a mistake in one claim.
    """
    return _Run(path_or_name, options or Options()).check(claims)


def check_versions(
    spec: Spec, files: Mapping[str, Files], claims: Sequence[str], options: Options | None = None
) -> SpecReport:
    """Checks some claims of a spec on real source, read as its `[kernel]` says: `files` of "new", and of "old" if the
    claims speak of it.

    Raises as `check` does; but a claim with a name that a version doesn't have is unsupported there.
    """
    return _Run(spec.path, options or Options(), spec, files).check(claims)


def check_all(paths: Sequence[str], options: Options | None = None) -> Iterator[SpecReport]:
    """Checks each spec, in order, each report as soon as it is there; `options.jobs` processes share the work.

    The report on a spec that can't be checked has its `error`.
    """
    options = options or Options()
    if options.jobs <= 1 or len(paths) < 2:
        for path in paths:
            yield _check_or_tell(path, options)
        return
    import multiprocessing
    import signal
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork") if sys.platform != "win32" else None
    workers = min(options.jobs, len(paths))
    # Ctrl-C ends a worker at once, whatever its solver makes of it.
    on_interrupt = (signal.SIGINT, signal.SIG_DFL)
    pool = ProcessPoolExecutor(workers, context, initializer=signal.signal, initargs=on_interrupt)
    with losing_none(), pool:
        yield from pool.map(_check_or_tell, paths, [options] * len(paths))


def _check_or_tell(path: str, options: Options) -> SpecReport:
    try:
        return _Run(path, options).check((), alone=False)
    except InputError as error:
        name = spec_name(path, options.specs)
        return SpecReport(name, name, path, (), (), (), (), (), (), 0.0, error=error)


def explain(path_or_name: str, claim: str, options: Options | None = None) -> Explanation | Proof:
    """Everything about one claim: what it says, what was asked, the answer.  Raises `InputError` as `check` does."""
    return _Run(path_or_name, options or Options()).explain(claim)


def validate(path_or_name: str, cases: int, seed: int, options: Options | None = None) -> Validation:
    """Compares formulas, interpreter and compiled code of a spec's versions.  Raises `InputError` as `check` does, and
    `InternalError` where they differ.
    """
    return _Run(path_or_name, options or Options()).validate(cases, seed)


def table(path_or_name: str, options: Options | None = None, differences: bool = False) -> Table:
    """Boundary inputs of a spec with what each version does.  Raises as `validate` does.

    With `differences`, only rows in which the versions differ are run, and confirmed by a compiler if asked for.
    """
    return _Run(path_or_name, options or Options()).table(differences)


def diagram(path_or_name: str, code: str, options: Options | None = None) -> Diagram:
    """Which operation leads from where to where, in one version of the code.  Raises `InputError` as `check` does."""
    return _Run(path_or_name, options or Options()).diagram(code)


class _Run:
    """One spec under some options."""

    def __init__(
        self,
        path_or_name: str,
        options: Options,
        spec: Spec | None = None,
        files: Mapping[str, Files] | None = None,
    ) -> None:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
        self.started = time.perf_counter()
        self.options = options
        self.spec = spec or read_spec(locate_spec(path_or_name, options.specs), options.specs)
        self.versions: tuple[Version, ...] = ()
        self.files = files  # of real source; else `options` say where that is
        self.subjects: list[Subject] = []
        self.replayer: Replayer | None = None
        if self.options.replay or self.options.save_replay is not None:
            from verify.replay.confirm import Replayer

            self.replayer = Replayer(self.options.save_replay)

    def load(self) -> tuple[Version, ...]:
        """The versions, not yet executed.  Raises `InputError`, as far as possible with its place in the spec."""
        try:
            return self._load()
        except UnsupportedC:
            raise
        except InputError as error:
            missing = self.options.real and error.message.startswith("there is no file")
            hint = error.hint or ("Paths are those from the root of a kernel tree." if missing else "")
            raise (error if error.span else InputError(error.message, self._place(error), hint)) from None

    def _place(self, error: InputError) -> Span | None:
        """Where the spec names what `error` is about."""
        try:
            source = Source(self.spec.path, _text(self.spec.path))
        except OSError:
            return None
        found = (place(source, 0, word) for word in re.findall(r"`([^`]+)`", error.message))
        return next(filter(None, found), None)

    def _load(self) -> tuple[Version, ...]:
        spec, options = self.spec, self.options
        if not spec.claims:
            hint = "`check` and `explain` take its claims about histories."
            raise InputError(f"the spec `{spec.name}` has no [[claim]] about one call of a function", hint=hint)
        config = overridden(spec.define, options.define)
        if self.files is not None and spec.kernel is not None:
            code = spec.kernel if "old" in self.files else spec.kernel._replace(old=None)
            return tuple(load_version(n, self.files[n], code, config) for n in _versions(code))
        if not options.real:
            files = Files(Directory(os.path.dirname(spec.path) or ".", closed=True))
            return tuple(load_version(n, files, spec.code, config) for n in _versions(spec.code))
        if spec.kernel is None:
            raise InputError(_NO_KERNEL)
        trees = self._trees(spec)
        same = trees.get("old") is trees.get("new")
        files_of = {name: Files(tree) for name, tree in trees.items()}
        if same and "old" in files_of:
            files_of["old"] = files_of["new"]
        return tuple(load_version(n, files_of[n], spec.kernel, config) for n in _versions(spec.kernel))

    def _trees(self, spec: Spec) -> dict[str, Tree]:
        options = self.options
        needed = _versions(spec.code)
        if options.git is not None:
            revisions = {"old": options.old_rev, "new": options.new_rev}
            for name in needed:
                if revisions[name] is None:
                    raise InputError(f"--git needs --{name} REVISION for this spec")
            made: dict[str, Tree] = {r: Revision(options.git, r) for r in {str(revisions[n]) for n in needed}}
            return {n: made[str(revisions[n])] for n in needed}
        directories = {"old": options.old_tree, "new": options.new_tree}
        for name in needed:
            if directories[name] is None:
                raise InputError(f"this spec needs --{name}-tree DIRECTORY", hint="Give both trees, or none.")
        made = {d: Directory(d) for d in {str(directories[n]) for n in needed}}
        return {n: made[str(directories[n])] for n in needed}

    def check(self, names: Sequence[str], alone: bool = True) -> SpecReport:
        """Checks the claims called `names`, all if that is empty; `alone`: the options are meant for this one spec."""
        claims, properties = self._chosen(names)
        report = self._check_claims(claims) if claims else self._report(None, [])
        if properties:
            report = self._check_histories(report, properties if names else ())
        if names or self.files is not None:
            return report
        from verify.claims.unused import unused

        return report._replace(remarks=unused(self.spec, self.subjects, self.options.define if alone else ()))

    def _check_histories(self, report: SpecReport, names: Sequence[str]) -> SpecReport:
        """The report with the claims about histories."""
        from verify.histories.check import check_histories

        options = self.options
        seen = self._seen if self.replayer is not None or options.certify is not None else None
        cross = self._cross_check()
        try:
            reports, notes, subjects = check_histories(
                self.spec, names, overridden(self.spec.define, options.define),
                self._history_trees(), options.solver, options.timeout, seen, cross,
            )  # fmt: skip
        finally:
            if self.replayer is not None:
                self.replayer.close()
        self.subjects += subjects
        reports = [
            r._replace(verdict=self._mistaken(r.verdict.error)) if isinstance(r.verdict, Mistaken) else r
            for r in reports
        ]
        return report._replace(
            sources=report.sources or self._history_sources(),
            claims=(*report.claims, *reports),
            notes=(*report.notes, *notes),
            seconds=time.perf_counter() - self.started,
            opinions=(*report.opinions, *(cross.opinions(reports[0].solver) if cross is not None and reports else ())),
        )

    def _seen(self, report: ClaimReport, decided: Decided) -> ClaimReport:
        """A report on a claim about histories with what a compiler says of its history, if it was asked."""
        if self.replayer is not None and isinstance(report.verdict, Refuted) and decided.run is not None:
            steps = [self.replayer.confirm(*step) for step in decided.run.posed]
            failed = next((s for s in steps if not s.by), None)
            if failed is None and steps:
                failed = steps[-1]._replace(checks=sum(s.checks for s in steps))
            report = report._replace(compiled=failed)
        if self.options.certify is not None:
            from verify.certificates.induction import Question, certify_induction

            questions = [
                Question(a.row.operation, a.says, a.assume, a.prove, a.posed, isinstance(a.verdict, Vacuous))
                for a in decided.answers
                if a.posed is not None
            ]
            texts = self._history_texts()
            certificate = certify_induction(self.options.certify, report, questions, texts, self.options.timeout)
            report = report._replace(certificate=certificate)
        return report

    def _history_trees(self) -> dict[str, Files] | None:
        """The trees that histories can be checked on, by the version of the code."""
        options, spec = self.options, self.spec
        if self.files is not None:
            return dict(self.files)
        if not options.real:
            return None
        if spec.kernel is None:
            raise InputError(_NO_KERNEL)
        if options.git is not None:
            revisions = {"new": options.new_rev, "old": options.old_rev}
            return {n: Files(Revision(options.git, r)) for n, r in revisions.items() if r is not None}
        directories = {"new": options.new_tree, "old": options.old_tree}
        return {n: Files(Directory(d)) for n, d in directories.items() if d is not None}

    def _history_sources(self) -> tuple[tuple[str, str], ...]:
        spec, options = self.spec, self.options
        if options.real and spec.kernel is not None:
            trees = {"old": options.old_tree or options.old_rev, "new": options.new_tree or options.new_rev}
            return tuple((n, f"{root}/{spec.kernel.new}") for n, root in trees.items() if root is not None)
        folder = os.path.dirname(spec.path)
        files = {"old": spec.code.old, "new": spec.code.new, **(spec.system.variants if spec.system else {})}
        return tuple((n, os.path.join(folder, path)) for n, path in files.items() if path is not None)

    def _history_texts(self) -> dict[str, tuple[str, str]]:
        """The names and texts of what claims about histories speak of."""
        trees, kernel = self._history_trees(), self.spec.kernel
        if trees is not None and kernel is not None:
            texts = {n: (p, trees[n].text(str(kernel.new)) or "") for n, p in self._history_sources() if n in trees}
        else:
            texts = {n: (p, _text(p)) for n, p in self._history_sources()}
        return {"spec": (self.spec.path, _text(self.spec.path)), **texts}

    def _check_claims(self, claims: Sequence[Claim]) -> SpecReport:
        try:
            self.versions = self.load()
            subject = self._executed()
            self.subjects.append(subject)
        except Overtime:
            undecided = self._late("executing the code")
            return self._report(None, [_undone(self.spec, c, undecided, self.options.solver) for c in claims])
        except UnsupportedC as error:
            verdict: Verdict = Unsupported(str(error))
            if error.span is not None and error.span.source.name == self.spec.path:
                verdict = self._mistaken(SpecError(error.message, error.span, error.hint))
            return self._report(None, [_undone(self.spec, c, verdict, self.options.solver) for c in claims])
        decider = Decider(subject, self.options.solver, self.options.timeout)
        decider.cross = self._cross_check()
        try:
            reports = [self._claim(subject, decider, c)[0] for c in claims]
            opinions = decider.cross.opinions(decider.solver_name) if decider.cross is not None else ()
            return self._report(subject, reports, opinions)
        finally:
            decider.close()
            if self.replayer is not None:
                self.replayer.close()

    def _executed(self) -> Subject:
        """Both versions, executed.  Raises `Overtime` if that takes too long."""
        with deadline(patience(self.options.timeout)):
            return Subject(self.spec, self.versions)

    def _in_time(self) -> Subject:
        """The same.  Raises `InputError` if that takes too long."""
        try:
            return self._executed()
        except Overtime:
            raise InputError(self._late("executing the code").reason) from None

    def _late(self, what: str) -> Undecided:
        return Undecided(late(what, self.options.timeout))

    def _chosen(self, names: Sequence[str]) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
        """The claims called `names`, all of them if empty; and the names of those about histories."""
        claims = {c.name: c for c in self.spec.claims}
        properties = [p.name for p in self.spec.system.properties] if self.spec.system is not None else []
        for name in names:
            if name not in claims and name not in properties:
                import difflib

                known = [*claims, *properties]
                close = difflib.get_close_matches(name, known, 3)
                hint = f"Did you mean {' or '.join(close)}?" if close else f"Its claims: {', '.join(known)}."
                raise SpecError(f"the spec `{self.spec.name}` has no claim `{name}`", hint=hint)
        if not names:
            return self.spec.claims, tuple(properties)
        return tuple(claims[n] for n in names if n in claims), tuple(p for p in properties if p in names)

    def _claim(
        self, subject: Subject, decider: Decider, claim: Claim
    ) -> tuple[ClaimReport, Posed | None, Decision | None]:
        started = time.perf_counter()
        posed: Posed | None = None
        decision: Decision | None = None
        verdict: Verdict
        try:
            with deadline(patience(self.options.timeout)):
                posed = subject.pose(claim)
            decision = decider.decide(posed)
            verdict = decision.verdict
            if isinstance(verdict, Proved) and asks_if_same(posed.tree):
                posed = posed._replace(given=(*posed.given, *followed_anew(decider, posed)))
        except Overtime:
            verdict = self._late("making the claim's formulas")
        except SpecError as error:
            verdict = self._mistaken(error)
        except UnsupportedC as error:
            verdict = Unsupported(str(error))
        except RecursionError:
            verdict = self._mistaken(
                SpecError("this claim, or what it speaks of, is nested too deeply", claim.prove.span)
            )
        compiled: Replayed | None = None
        if self.replayer is not None and isinstance(verdict, Refuted) and posed is not None:
            assert decider.model is not None
            compiled = self.replayer.confirm(subject, posed, decider.model)
        seconds = time.perf_counter() - started
        report = ClaimReport(
            self.spec.name,
            claim.name,
            claim.says,
            tuple(e.text for e in (*self.spec.assume, *claim.assume)),
            claim.prove.text.strip(),
            claim.expect,
            verdict,
            posed.rests_on if posed else (),
            decision.obligations if decision else 0,
            decider.solver_name,
            seconds,
            compiled=compiled,
        )
        if self.options.certify is not None:
            from verify.certificates.bundle import certify

            certificate = certify(self.options.certify, report, posed, self._texts(), self.options.timeout)
            report = report._replace(certificate=certificate)
        return report, posed, decision

    def _mistaken(self, error: SpecError) -> Verdict:
        """What a mistake in a claim means: of versions that others chose, that they lack what it speaks of."""
        if self.files is None:
            return Mistaken(error)
        return Unsupported(f"it can't be asked of this version: {error.message}")

    def _texts(self) -> dict[str, tuple[str, str]]:
        """The names and texts of what the claims speak of."""
        texts = {"spec": (self.spec.path, _text(self.spec.path))}
        for version in self.versions:
            source = version.files.index(version.paths[0]).source
            texts[version.name] = source.name, source.text
        return texts

    def _cross_check(self) -> CrossCheck | None:
        options = self.options
        if not options.cross_check and not options.solver_commands:
            return None
        from verify.solving.crosscheck import CrossCheck

        return CrossCheck(options.solver, options.solver_commands, options.timeout, options.cross_check)

    def _report(
        self, subject: Subject | None, claims: list[ClaimReport], opinions: tuple[Opinion, ...] = ()
    ) -> SpecReport:
        versions = self.versions
        outcomes = subject.outcomes if subject else {}
        return SpecReport(
            self.spec.name,
            self.spec.title,
            self.spec.path,
            tuple((v.name, v.files.index(v.paths[0]).source.name) for v in versions),
            tuple(claims),
            tuple((v.name, name, str(span)) for v in versions for name, span in v.definitions.read.items()),
            tuple((n, o.inlined) for n, o in outcomes.items()),
            tuple((n, o.effects) for n, o in outcomes.items()),
            tuple(_notes(subject)) if subject else (),
            time.perf_counter() - self.started,
            opinions,
        )

    def validate(self, cases: int, seed: int) -> Validation:
        from verify.replay.validate import validate as compare

        self.versions = self.load()
        return Validation(self.spec.name, self.spec.title, seed, compare(self._in_time(), cases, seed))

    def diagram(self, code: str) -> Diagram:
        from verify.histories.diagram import diagram as draw

        options = self.options
        config = overridden(self.spec.define, options.define)
        return draw(self.spec, code, config, self._history_trees(), options.solver, options.timeout)

    def table(self, differences: bool) -> Table:
        from verify.replay.boundary import boundary

        self.versions = self.load()
        name = self.spec.names.get("accepted")
        accepted = name is not None and "".join(name.text.split()) == "ret==0"
        found = boundary(self._in_time(), self.options.replay, differences)
        return Table(self.spec.name, self.spec.title, accepted, found)

    def explain(self, name: str) -> Explanation | Proof:
        claims, properties = self._chosen([name])
        if properties:
            system = self.spec.system
            assert system is not None
            proof = Proof(self.check([name]), system)
            _raise_if_mistaken(proof.spec.claims[0])
            return proof
        (claim,) = claims
        self.versions = self.load()
        subject = self._in_time()
        decider = Decider(subject, self.options.solver, self.options.timeout)
        try:
            report, posed, decision = self._claim(subject, decider, claim)
        finally:
            decider.close()
        _raise_if_mistaken(report)
        if posed is None:
            if isinstance(report.verdict, Undecided):
                raise InputError(report.verdict.reason)
            assert isinstance(report.verdict, Unsupported)
            raise UnsupportedC(report.verdict.message)
        from verify.solving.counterexample import plain_inputs
        from verify.terms import term as t
        from verify.terms.smtlib import Texts, readable, script

        roots = (*posed.hypotheses, posed.goal)
        own = plain_inputs(subject, roots)
        named = t.substitute(roots, {term.id: t.var(name, term.sort) for name, term in own.items()})
        told = Texts()
        texts = (*report.assumptions, *(_APART for _ in posed.hypotheses[len(report.assumptions) :]))
        return Explanation(
            report,
            self._report(subject, [report]),
            tuple((text, readable(h, told)) for text, h in zip(texts, named[:-1], strict=True)),
            (claim.prove.text.strip(), readable(named[-1], told)),
            readable(t.and_(*named[:-1], t.not_(named[-1])), told),
            script(decider.question(posed)),
            decision.asked if decision else (),
            tuple((name, readable(term, told)) for name, term in own.items()),
        )


def _versions(code: Code) -> tuple[str, ...]:
    return ("new",) if code.old is None else ("old", "new")


def _raise_if_mistaken(report: ClaimReport) -> None:
    if isinstance(report.verdict, Mistaken):
        raise report.verdict.error


def _undone(spec: Spec, claim: Claim, verdict: Verdict, solver: str) -> ClaimReport:
    """The report on a claim that the code, or what the spec says of it, doesn't allow to be posed."""
    texts = tuple(e.text for e in (*spec.assume, *claim.assume))
    return ClaimReport(
        spec.name, claim.name, claim.says, texts, claim.prove.text.strip(), claim.expect,
        verdict, (), 0, solver, 0.0,
    )  # fmt: skip


def _notes(subject: Subject) -> Iterable[str]:
    for name, error in subject.refused.items():
        where = f" ({error.span})" if error.span else ""
        yield f"{name}() isn't looked into: {error.message}{where}"


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
