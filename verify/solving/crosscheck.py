"""Other solvers' opinions on each question that was asked, from its SMT-LIB 2 text alone.

Takes questions with the answers they got; returns an `Opinion` for each other solver.  No opinion decides anything: one
solver that says sat where another says unsat means that one of them, or our text, is wrong, which is an `InternalError`
with the file kept.  Solvers run in processes of their own, under limits; what fails, hangs or is missing is told.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence

from verify.claims.verdict import Opinion
from verify.errors import InputError, InternalError
from verify.limited import Finished, run_limited
from verify.terms.smtlib import numbered_script
from verify.terms.term import Term
from verify.tuples import NamedTuple

PACKAGES = ("cvc5", "bitwuzla")
_FILE = "{}"  # stands for the file's name in a command
_START = 10.0  # seconds that a solver may take to start
_MOST_LATE = 3  # a program that gave no answer in time so often isn't asked again
_DECIDED = ("sat", "unsat")
_GOOD_CODES = (0, 10, 20)  # the latter as in the competitions of SAT solvers: 10 sat, 20 unsat


class Question(NamedTuple):
    """One set of assertions: `what` was asked for which claim, and whether it was found to be satisfiable."""

    claim: str
    what: str
    assertions: tuple[Term, ...]
    satisfiable: bool


class CrossCheck:
    """Collects questions, then has them answered by the other solvers all at once."""

    def __init__(self, solver: str, commands: Sequence[str], timeout: float, packages: bool = True) -> None:
        self.packages = tuple(p for p in PACKAGES if packages and p != solver)
        self.commands = {command: _words(command) for command in commands}
        self.timeout = timeout
        self.questions: dict[tuple[int, ...], Question] = {}

    def note(self, claim: str, what: str, assertions: tuple[Term, ...], satisfiable: bool) -> None:
        """Remembers a question, once."""
        key = tuple(sorted(a.id for a in assertions))
        known = self.questions.setdefault(key, Question(claim, what, assertions, satisfiable))
        if known.satisfiable != satisfiable:
            raise InternalError(f"the same question has two answers: {what}, for `{claim}`")

    def opinions(self, asked: str) -> tuple[Opinion, ...]:
        """What the others say; `asked` names who gave the answers so far.  Raises `InternalError` if they disagree."""
        questions = tuple(self.questions.values())
        if not questions:
            return tuple(Opinion(n, 0, 0, "") for n in (*self.packages, *self.commands))
        texts = [numbered_script(q.assertions) for q in questions]
        found = [self._package(name, questions, texts, asked) for name in self.packages]
        found += [self._command(name, words, questions, texts, asked) for name, words in self.commands.items()]
        return tuple(found)

    def _package(self, name: str, questions: Sequence[Question], texts: Sequence[str], asked: str) -> Opinion:
        """One of the solvers that come as Python packages; one process answers all."""
        if importlib.util.find_spec(name) is None:
            return Opinion(name, 0, len(questions), f"it isn't installed (pip install {name})")
        given = json.dumps([[text, self.timeout] for text in texts])
        seconds = _START + (self.timeout + 1) * len(texts)
        home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((home, *filter(None, sys.path)))}
        command = [sys.executable, "-m", "verify.solving.judge", name]
        done = run_limited(command, seconds, given=given, megabytes=4096, environment=environment)
        version, _, rest = done.output.partition("\n")
        answers = rest.splitlines()
        called = f"{name} {version}" if version else name
        missing = done.problem or _last_line(done) or "it ended early"
        said = [answers[i] if i < len(answers) else missing for i in range(len(texts))]
        return self._compared(called, said, questions, texts, asked)

    def _command(
        self, name: str, words: tuple[str, ...], questions: Sequence[Question], texts: Sequence[str], asked: str
    ) -> Opinion:
        """A program that the user names; a process for each question."""
        said: list[str] = []
        beside = os.path.dirname(os.path.abspath(sys.executable))  # z3's package puts its program there
        environment = {**os.environ, "PATH": os.pathsep.join((os.environ.get("PATH", os.defpath), beside))}
        late = 0
        scratch = tempfile.mkdtemp(prefix="verify-solver-")
        try:
            for text in texts:
                command, given = list(words), text
                if any(_FILE in word for word in words):
                    path = os.path.join(scratch, "question.smt2")
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(text)
                    command, given = [word.replace(_FILE, path) for word in words], ""
                done = run_limited(command, self.timeout, given=given, megabytes=4096, environment=environment)
                said.append(_answer(done))
                late += done.timed_out
                if not done.started or late >= _MOST_LATE:
                    said += [done.problem] * (len(texts) - len(said))
                    break
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return self._compared(name, said, questions, texts, asked)

    def _compared(
        self, name: str, said: Sequence[str], questions: Sequence[Question], texts: Sequence[str], asked: str
    ) -> Opinion:
        agreed, problem = 0, ""
        for answer, question, text in zip(said, questions, texts, strict=True):
            expected = "sat" if question.satisfiable else "unsat"
            if answer in _DECIDED and answer != expected:
                path = _kept(question, text)
                raise InternalError(
                    f"`{name}` says {answer} where {asked} says {expected}, so one of them is wrong: "
                    f"{question.what}, for `{question.claim}`; see {path}"
                )
            agreed += answer == expected
            problem = problem or ("" if answer in _DECIDED else f"{question.claim}: {answer}")
        return Opinion(name, agreed, len(questions), problem)


def _answer(done: Finished) -> str:
    """What a program printed if that is one answer and no more; else what was wrong with it."""
    lines = [line.strip() for line in done.output.splitlines() if line.strip()]
    if done.problem:
        return done.problem
    if len(lines) == 1 and lines[0] in _DECIDED and done.code in _GOOD_CODES:
        return lines[0]
    if lines:
        more = f" and `{_plain(lines[1])}`" if len(lines) > 1 else ""
        code = f" (exit code {done.code})" if done.code not in _GOOD_CODES else ""
        return f"it says `{_plain(lines[0])}`{more}{code}"
    return _last_line(done) or f"it says nothing (exit code {done.code})"


def _last_line(done: Finished) -> str:
    lines = [line.strip() for line in done.errors.splitlines() if line.strip()]
    return _plain(lines[-1]) if lines else ""


def _plain(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]", "?", text)[:100]


def _words(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise InputError(f"`{command}` can't be read as a command: {error}") from None
    if not words:
        raise InputError("--solver-cmd needs a program's name", hint="E.g. --solver-cmd 'z3 -in'.")
    return words


def _kept(question: Question, text: str) -> str:
    name = re.sub(r"[^\w.-]+", "-", question.claim)
    path = os.path.join(tempfile.mkdtemp(prefix="verify-disagreement-"), f"{name}.smt2")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path
