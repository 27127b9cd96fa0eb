"""CaDiCaL, the SAT solver that makes proofs and models.

Not trusted: both are checked by `verify.certificates.lrat`.
"""

from __future__ import annotations

import os
import shutil

from verify.certificates.child import run
from verify.certificates.errors import NotCertified
from verify.errors import InputError
from verify.tuples import NamedTuple

UNSATISFIABLE, SATISFIABLE = 20, 10


class Answer(NamedTuple):
    """`model` is the literal of each variable, in order; None if there is none, then the proof's file is written."""

    model: tuple[int, ...] | None


def find() -> str:
    """The path of the program: $CADICAL, or `cadical` on the PATH.  Raises `InputError` if it isn't there."""
    named = os.environ.get("CADICAL", "cadical")
    found = shutil.which(named)
    if found is None:
        hint = "Debian: apt-get install cadical.  CADICAL=PATH names a program that isn't on the PATH."
        raise InputError(f"certificates need the SAT solver CaDiCaL, and there is no program `{named}`", hint=hint)
    return found


def solve(program: str, cnf: str, proof: str, seconds: float) -> Answer:
    """Decides the clauses in the file `cnf`; writes a DRAT proof to the file `proof` (a useless one for a model).

    Raises `NotCertified` if there is no answer within the limits.
    """
    try:
        # --plain: without preprocessing proofs of our questions are shorter, and no step introduces variables.
        code, output = run((program, "-q", "--plain", "--no-binary", cnf, proof), seconds)
    except OSError as error:
        raise InputError(f"`{program}` can't be run: {error.strerror}") from None
    if code is None:
        raise NotCertified(f"CaDiCaL has no answer within {seconds:g} s")
    if code == UNSATISFIABLE:
        return Answer(None)
    if code == SATISFIABLE:
        words = [word for line in output.split("\n") if line.startswith("v ") for word in line.split()[1:]]
        try:
            return Answer(tuple(int(word) for word in words if word != "0"))
        except ValueError:
            raise NotCertified("CaDiCaL's model can't be read") from None
    said = " ".join(output.split())[:200]
    raise NotCertified(f"CaDiCaL ended with {code}: {said or 'memory or the size of its proof ran out'}")


def proof_text(path: str) -> str:
    """What CaDiCaL wrote to the file `path`.  Raises `NotCertified` if that is no DRAT proof in text form."""
    try:
        with open(path, encoding="ascii") as file:
            text = file.read()
    except (FileNotFoundError, UnicodeDecodeError):
        text = "?"
    if not set(text) <= set("0123456789-d \n"):
        raise NotCertified("CaDiCaL's proof can't be read")
    return text
