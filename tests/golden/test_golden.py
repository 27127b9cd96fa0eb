"""Whole outputs: each folder below with a file `command` is a case.

`command` holds the arguments after `verify` as in a shell; `$ROOT` is the repository.  The command runs in the case's
folder; `expected` is what it prints on both streams, with times as `# ms` and solver versions as `#`, and its exit code.
`pytest --update-golden` writes `expected` anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CASES = sorted(str(path.parent.relative_to(HERE)) for path in HERE.rglob("command"))

_TIME = re.compile(r"\b\d+(\.\d+)? m?s\b")
# In a table the times stand in the last column, whose width depends on them.
_TIME_COLUMN = re.compile(r"[ ]+# ms$", re.MULTILINE)
_TIME_HEADING = re.compile(r"[ ]+time\n(-[- ]*?)-+$", re.MULTILINE)
_JSON_TIME = re.compile(r'"seconds": [-+.e0-9]+')
_SOLVER = re.compile(r"\b(z3|bitwuzla|cvc5) \d+(\.\d+)*")


def normalised(output: str) -> str:
    """`output` without what differs from run to run and from machine to machine."""
    output = output.replace(str(ROOT), "$ROOT")
    output = _SOLVER.sub(r"\1 #", output)
    output = _JSON_TIME.sub('"seconds": 0', output)
    output = _TIME_COLUMN.sub("  # ms", _TIME.sub("# ms", output))
    return _TIME_HEADING.sub(r"  time\n\1----", output)


def run(case: str) -> str:
    folder = HERE / case
    arguments = shlex.split((folder / "command").read_text().replace("$ROOT", str(ROOT)), comments=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("VERIFY_", "PYTHONIOENCODING", "COLUMNS"))}
    finished = subprocess.run(
        [sys.executable, "-m", "verify", *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return f"{normalised(finished.stdout)}[exit code {finished.returncode}]\n"


@pytest.mark.parametrize("case", CASES)
def test_output(case: str, request: pytest.FixtureRequest) -> None:
    output = run(case)
    assert "Traceback" not in output
    expected = HERE / case / "expected"
    if request.config.getoption("--update-golden"):
        expected.write_text(output)
    assert output == expected.read_text()


def test_there_are_cases() -> None:
    assert len(CASES) > 50


def test_normalising() -> None:
    table = "a       time\n--  --------\nx     12 ms\ny  123.4 ms\nz    1.23 s\n(z3 5.4.1, 8 ms)\n"
    assert normalised('"seconds": 1.5e-05,') == '"seconds": 0,'
    assert normalised(table) == "a  time\n--  ----\nx  # ms\ny  # ms\nz  # ms\n(z3 #, # ms)\n"
