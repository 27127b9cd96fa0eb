"""Confirms a counterexample: writes it as a C file, compiles and runs that, and compares.

Trusted: the compiler, and that the file holds the code (`verify.replay.text`).  Raises `InternalError` if the program
doesn't do what the concrete interpreter says; then the file is kept.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile

from verify.claims.obligations import Posed, Subject
from verify.claims.verdict import Replayed
from verify.errors import InputError, InternalError, UnsupportedC
from verify.execution.interpreter import NotReplayable
from verify.replay.compiler import Compiler, Ran, compile_and_run, find_compiler
from verify.replay.program import Program, program_of
from verify.replay.record import record
from verify.terms.evaluate import Evaluation

_DONE = 79
_CANNOT_MAP = 77


class Replayer:
    """Confirms the counterexamples of a run, in one scratch directory; `keep` is where their files are kept."""

    def __init__(self, keep: str | None = None) -> None:
        self.keep = keep
        self._scratch: str | None = None
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

    def confirm(self, subject: Subject, posed: Posed, evaluation: Evaluation) -> Replayed:
        """Whether a compiled program does with this model what the interpreter says."""
        try:
            recordings = [record(subject, name, evaluation) for name in subject.versions]
            program = program_of(_title(subject, posed), recordings)
        except (NotReplayable, UnsupportedC) as error:
            message = error.message if isinstance(error, UnsupportedC) else str(error)
            return Replayed("", message, "")
        name = re.sub(r"[^\w.-]+", "-", f"{subject.spec.name}-{posed.claim.name}") + ".c"
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
        if not ran.compiled:
            return Replayed("", ran.problem, kept)
        if ran.code == _CANNOT_MAP:
            return Replayed("", ran.output.strip(), kept)
        said = ran.output.strip()
        if not ran.problem and ran.code == _DONE and said == f"all {program.checks} checks hold":
            return Replayed(compiler.called, "", kept, program.checks, compiler.ubsan)
        if not kept:
            kept = os.path.join(tempfile.mkdtemp(prefix="verify-mismatch-"), os.path.basename(path))
            shutil.copyfile(path, kept)
        what = ran.problem or said.splitlines()[0] if said or ran.problem else f"it ends with exit code {ran.code}"
        raise InternalError(
            f"{compiler.called} doesn't confirm the counterexample to `{posed.claim.name}`: {what}; see {kept}"
        )


def _title(subject: Subject, posed: Posed) -> str:
    return (
        f"A counterexample to the claim `{posed.claim.name}` of `{subject.spec.name}`:\n"
        f"{' '.join(posed.claim.says.split())}\n\n"
        "The code below is that of the versions compared, as it was read; what it calls and isn't looked into is made\n"
        'up.  Exit code 79 and "all N checks hold": the code does what `verify` says it does.'
    )
