"""Run an SMT-LIB script through the bitwuzla wheel's parser: the leanest way to put written-out questions to a solver.

`python -m bench.bitwuzla_smtlib FILE` prints the answers; bitwuzla itself holds each against the script's
`(set-info :status ...)` and raises where they differ.
"""

# pyright: basic

from __future__ import annotations

import sys

import bitwuzla

if __name__ == "__main__":
    bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options()).parse(sys.argv[1])
