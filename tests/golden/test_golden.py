"""Whole outputs: each folder below with a file `command` is a case.

`command` holds the arguments after `verify` as in a shell; `$ROOT` is the repository.  The command runs in the case's
folder; `expected` is what it prints on both streams, with times as `# ms`, solver versions as `#`, and its exit code.
`$MADE` is a folder with a git repository and patches that `repository.py` makes.
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

from tests.golden.repository import build

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CASES = sorted(str(path.parent.relative_to(HERE)) for path in HERE.rglob("command"))

_TIME = re.compile(r"(?<![\d.])\d+(\.\d+)? m?s\b")
_JSON_TIME = re.compile(r'"seconds": [-+.e0-9]+')
_SOLVER = re.compile(r"\b(z3|bitwuzla|cvc5|gcc|clang|tcc) \d+(\.\d+)*(-modified)?")
_SECOND = re.compile(r", and by dratify \d+(\.\d+)*")  # where it is installed
_RULE = re.compile(r"-+[- ]*?(-+)$")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    build(folder)
    return folder


def normalised(output: str, made: str = "") -> str:
    """`output` without what differs from run to run and from machine to machine."""
    output = output.replace(made, "$MADE") if made else output
    output = _SECOND.sub("", output)
    output = _SOLVER.sub(r"\1 #", output.replace(str(ROOT), "$ROOT"))
    output = _JSON_TIME.sub('"seconds": 0', _TIME.sub("# ms", output))
    lines = output.split("\n")
    for number, line in enumerate(lines):
        rule = _RULE.match(line)
        if rule and lines[number - 1].endswith(" time"):
            # A table whose last column is as wide as the longest time.
            end = next(i for i in range(number, len(lines)) if not lines[i])
            for i in (number - 1, *range(number + 1, end)):
                lines[i] = lines[i][: rule.start(1)] + lines[i][rule.start(1) :].lstrip()
            lines[number] = line[: rule.start(1)] + "----"
    return "\n".join(lines)


def run(case: str, request: pytest.FixtureRequest) -> str:
    folder = HERE / case
    command = (folder / "command").read_text().replace("$ROOT", str(ROOT))
    made = str(request.getfixturevalue("made")) if "$MADE" in command else ""
    arguments = shlex.split(command.replace("$MADE", made), comments=True)
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
    return f"{normalised(finished.stdout, made)}[exit code {finished.returncode}]\n"


@pytest.mark.parametrize("case", CASES)
def test_output(case: str, request: pytest.FixtureRequest) -> None:
    output = run(case, request)
    assert "Traceback" not in output
    expected = HERE / case / "expected"
    if request.config.getoption("--update-golden"):
        expected.write_text(output)
    assert output == expected.read_text()


def test_there_are_cases() -> None:
    assert len(CASES) > 50


def test_normalising() -> None:
    table = "a       time\n--  --------\nx      12 ms\ny   123.4 ms\nz     1.23 s\n\n(z3 5.4.1, 8 ms)\n"
    assert normalised(table) == "a   time\n--  ----\nx   # ms\ny   # ms\nz   # ms\n\n(z3 #, # ms)\n"
    assert normalised('"seconds": 1.5e-05, \x1b[2m34 ms') == '"seconds": 0, \x1b[2m# ms'
