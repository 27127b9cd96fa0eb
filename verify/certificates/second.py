"""A second opinion on proofs: dratify (extra `certificates`), a checker by others, in a process of its own.

`python -m verify.certificates.second CNF LRAT ...` checks each pair: an LRAT proof without its numbers and hints is one
in DRUP's format, whose steps a checker derives by itself.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections.abc import Sequence

from verify.certificates.child import run
from verify.certificates.errors import Rejected

NAME = "dratify"
SECONDS = 60.0  # for the proofs of one certificate


def second_opinion(paths: Sequence[str]) -> str:
    """Who else accepts the proofs (`paths`: a CNF, its proof, and so on), or why nobody does.  Raises `Rejected`."""
    if importlib.util.find_spec(NAME) is None:
        return ""
    done = run((sys.executable, "-m", "verify.certificates.second", *paths), SECONDS)
    if done.code == 0:
        return f"{NAME} {importlib.metadata.version(NAME)}"
    if done.code == 1:
        raise Rejected(f"{NAME} doesn't accept what verify's own checker does: {done.output.strip()[:200]}")
    return f"{NAME} has no answer within {SECONDS:g} s" if done.code is None else f"{NAME} failed"


def without_hints(proof: str) -> str:
    """The clauses that an LRAT proof adds, in DRUP's format."""
    lines: list[str] = []
    for line in proof.splitlines():
        words = line.split()
        lines.append(" ".join(words[1 : words.index("0", 1) + 1]))
    return "\n".join((*lines, ""))


def _accepts(cnf: str, proof: str) -> bool:
    import dratify  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]

    result = dratify.check_proof(dratify.parse_dimacs(cnf), without_hints(proof))  # pyright: ignore
    return bool(result.ok and result.reached_empty)  # pyright: ignore


def main(paths: Sequence[str]) -> int:
    """0 iff every pair's proof is accepted, 1 if one isn't."""
    for cnf, proof in zip(paths[::2], paths[1::2], strict=True):
        with open(cnf, encoding="ascii") as file:
            clauses = file.read()
        with open(proof, encoding="ascii") as file:
            steps = file.read()
        if not _accepts(clauses, steps):
            print(proof)
            return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        sys.exit(2)
