"""A process of its own that answers SMT-LIB scripts: `python -m verify.solving.judge bitwuzla` (or `cvc5`).

Standard input is a JSON list of [script, seconds]; standard output is the solver's version, then a line for each
script as soon as it is answered: "sat", "unsat", or what went wrong.  A crash takes this process down only.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from typing import Any


def cvc5(script: str, seconds: float) -> str:
    module: Any = importlib.import_module("cvc5")
    solver: Any = module.Solver()
    solver.setOption("tlimit-per", str(int(seconds * 1000)))
    parser: Any = module.InputParser(solver, module.SymbolManager(solver))
    parser.setStringInput(module.InputLanguage.SMT_LIB_2_6, script, "verify")
    symbols: Any = parser.getSymbolManager()
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += str(command.invoke(solver, symbols))
    return said.strip()


def bitwuzla(script: str, seconds: float) -> str:
    module: Any = importlib.import_module("bitwuzla")
    parser: Any = module.Parser(module.TermManager(), module.Options())
    parser.parse(script, True, False)
    instance: Any = parser.bitwuzla()
    end = time.monotonic() + seconds if seconds else math.inf
    instance.configure_terminator(lambda: time.monotonic() > end)
    return str(instance.check_sat()).rpartition(".")[2].lower()


def _version(name: str) -> str:
    module: Any = importlib.import_module(name)
    found: Any = module.version() if name == "bitwuzla" else module.Solver().getVersion()
    return found.decode() if isinstance(found, bytes) else str(found)


def main(name: str) -> None:
    answer = {"cvc5": cvc5, "bitwuzla": bitwuzla}[name]
    print(_version(name), flush=True)
    for script, seconds in json.loads(sys.stdin.read()):
        try:
            said = answer(script, seconds)
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        print(" ".join(said.split())[:200] or "nothing", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
