"""Confirms a counterexample: writes it as a C file, compiles and runs that, and compares.

Trusted: the compiler, and that the file holds the code (`verify.replay.text`).  Raises `InternalError` if the program
doesn't do what the concrete interpreter says; then the file is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping

from verify.claims.obligations import Posed, Subject
from verify.claims.verdict import Replayed
from verify.errors import InputError, InternalError, UnsupportedC
from verify.execution.interpreter import NotReplayable
from verify.execution.state import FROM_LEFT
from verify.replay.compiler import DONE, Compiler, Ran, compile_and_run, find_compiler
from verify.replay.layout import ROUNDS, Layout, Moved, Numbers, own_layouts
from verify.replay.program import Program, program_of
from verify.replay.record import Recording, UnknownLayout, record
from verify.solving.replay import replay
from verify.terms.evaluate import Evaluation

_ROUNDS = 4


class Replayer:
    """Confirms the counterexamples of a run, in one scratch directory; `keep` is where their files are kept."""

    def __init__(self, keep: str | None = None) -> None:
        self.keep = keep
        self._scratch: str | None = None
        self._names: dict[str, int] = {}  # of files, and how many there are
        if keep is not None:
            try:
                os.makedirs(keep, exist_ok=True)
            except OSError as error:
                raise InputError(f"`{keep}` can't be made: {error.strerror}") from None

    @property
    def scratch(self) -> str:
        if self._scratch is None:
            self._scratch = tempfile.mkdtemp(prefix="verify-replay-")
        return self._scratch

    def close(self) -> None:
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def confirm(self, subject: Subject, posed: Posed, evaluation: Evaluation, name: str = "") -> Replayed:
        """Whether a compiled program does with this model what the interpreter says; `name` is that of its file."""
        name = re.sub(r"[^\w.-]+", "-", name or f"{subject.spec.name}-{posed.claim.name}")
        self._names[name] = self._names.get(name, 0) + 1
        name += f"-again{self._names[name]}.c" if self._names[name] > 1 else ".c"
        try:
            recordings = _recorded(subject, posed, evaluation)
        except (NotReplayable, UnsupportedC) as error:
            return Replayed("", _reason(error), "")
        whole = self._compiled(subject, posed, recordings, name, False)
        if not whole.by:
            # What didn't run may need what wasn't read.
            short = self._compiled(subject, posed, recordings, name, True)
            return short if short.by else whole
        return whole

    def _compiled(
        self, subject: Subject, posed: Posed, recordings: list[Recording], name: str, short: bool
    ) -> Replayed:
        """Writes, compiles and runs the C file; `short`: without what didn't run."""
        try:
            program = program_of(_title(subject, posed, short), recordings, short)
        except (NotReplayable, UnsupportedC) as error:
            return Replayed("", _reason(error), "")
        path = os.path.join(self.scratch if self.keep is None else self.keep, name)
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(program.text)
        except OSError as error:
            raise InputError(f"`{path}` can't be written: {error.strerror}") from None
        kept = "" if self.keep is None else path
        compiler = find_compiler(self.scratch)
        if isinstance(compiler, str):
            return Replayed("", compiler, kept)
        ran = compile_and_run(compiler, os.path.abspath(path), self.scratch)
        return self._judged(ran, program, compiler, path, kept, posed)

    def _judged(self, ran: Ran, program: Program, compiler: Compiler, path: str, kept: str, posed: Posed) -> Replayed:
        if ran.unable:
            return Replayed("", ran.unable, kept)
        said = ran.output.strip()
        if not ran.problem and ran.code == DONE and said == f"all {program.checks} checks hold":
            return Replayed(compiler.called, "", kept, program.checks, compiler.ubsan)
        order = next((a for a in posed.rests_on if a.endswith(FROM_LEFT)), "")
        if order and not ran.problem:
            return Replayed("", f"compiled code does otherwise, maybe in another order: {order}", kept)
        if not kept:
            kept = os.path.join(tempfile.mkdtemp(prefix="verify-mismatch-"), os.path.basename(path))
            shutil.copyfile(path, kept)
        what = ran.problem or said.splitlines()[0] if said or ran.problem else f"it ends with exit code {ran.code}"
        raise InternalError(
            f"{compiler.called} doesn't confirm the counterexample to `{posed.claim.name}`: {what}; see {kept}"
        )


def _recorded(subject: Subject, posed: Posed, evaluation: Evaluation) -> list[Recording]:
    """A run of each version; in a layout of ours, where the text tells none and the counterexample stands in it."""
    layouts: dict[str, Layout | None] = dict.fromkeys(subject.versions)
    chosen: dict[str, int] = {}
    own: dict[str, Layout] = {}
    functions = known = frozenset[str]()
    for _ in range(_ROUNDS):
        recordings: list[Recording] = []
        unknown: list[str] = []
        problem: UnknownLayout | None = None
        for name in subject.versions:
            try:
                recordings.append(record(subject, name, evaluation, layouts[name]))
            except UnknownLayout as error:
                problem = problem or error
                functions |= error.functions
                unknown += error.constants
        if problem is None:
            return recordings
        if not own or functions != known:
            own, known = own_layouts(subject.versions, functions), functions
        layouts = dict(own)
        chosen = _settled((*chosen, *unknown), own, problem)
        evaluation = Evaluation({**evaluation.values, **chosen}, evaluation.flat)
        if evaluation.evaluate(posed.goal) or not all(map(evaluation.evaluate, posed.hypotheses)):
            raise problem
        if replay(subject, posed, evaluation).problem:
            raise problem
    raise NotReplayable("its layout can't be settled")


def _settled(constants: Iterable[str], layouts: Mapping[str, Layout], problem: UnknownLayout) -> dict[str, int]:
    """The numbers of all `constants`.  Raises `problem` if the layouts can't tell them alike."""
    for _ in range(ROUNDS):
        numbers = Numbers(layouts)
        try:
            told = {constant: numbers(constant) for constant in dict.fromkeys(constants)}
        except Moved:
            continue
        found = {constant: number for constant, number in told.items() if number is not None}
        if len(found) < len(told):
            raise problem
        return found
    raise problem


def _reason(error: NotReplayable | UnsupportedC) -> str:
    return error.message if isinstance(error, UnsupportedC) else str(error)


def _title(subject: Subject, posed: Posed, short: bool) -> str:
    text = "as it was read"
    if short:
        text += " but for statements that aren't reached"
    what = f"Inputs for which the versions of {subject.spec.name}() differ."
    if posed.claim.says:
        what = f"A counterexample to the claim `{posed.claim.name}` of `{subject.spec.name}`:\n"
        what += " ".join(posed.claim.says.split())
    return (
        f"{what}\n\n"
        f"The code below is that of the versions compared, {text}; what it\n"
        "calls and isn't looked into is made up.  Of records whose layout the text doesn't tell, it has the members\n"
        "that are used.\n"
        'Exit code 79 and "all N checks hold": the code does what `verify` says it does.'
    )
