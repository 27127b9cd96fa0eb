"""Other solvers' opinions: who agrees, who fails, and who lies."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from tests.unit.test_cli import FAILS, ROOT, SCHEMA, run, write_spec
from tests.unit.test_replay import has_ended
from verify.errors import InputError, InternalError
from verify.pipeline import Options, check
from verify.solving import crosscheck
from verify.solving.crosscheck import CrossCheck
from verify.terms import term as t

X = t.var("x", 8)
SAT = (t.eq(X, t.const(3, 8)),)
UNSAT = (t.ult(X, t.const(3, 8)), t.ult(t.const(5, 8), X))


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "solver.py"
    path.write_text(text)
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(path))}"


def opinion(command: str, timeout: float = 5.0) -> crosscheck.Opinion:
    check_ = CrossCheck("z3", (command,), timeout, packages=False)
    check_.note("one", "the claim", SAT, True)
    check_.note("two", "the claim", UNSAT, False)
    (found,) = check_.opinions("z3 1.0")
    assert found.solver == command
    return found


@pytest.mark.parametrize("command", ["z3 -in", "z3 {}"])
def test_z3_s_own_program(command: str) -> None:
    assert opinion(command) == (command, 2, 2, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("print('unknown')", "one: it says `unknown`"),
        ("print('\\x1b[31msaturated')", "one: it says `?[31msaturated`"),
        ("", "one: it says nothing (exit code 0)"),
        ("print('unsat')\nprint('sat')", "one: it says `unsat` and `sat`"),
        ("print('unsat')\nraise SystemExit(1)", "one: it says `unsat` (exit code 1)"),
        ("raise SystemExit('no licence')", "one: no licence"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "one: it was ended by SIGSEGV"),
        ("import time; time.sleep(1000)", "one: no answer within 0.5 s"),
    ],
)
def test_a_program_that_fails_decides_nothing(text: str, problem: str, tmp_path: Path) -> None:
    found = opinion(script(tmp_path, text), 0.5 if "sleep" in text else 5.0)
    assert found[1:] == (0, 2, problem)


def test_a_program_that_is_missing() -> None:
    assert opinion("/no/such/solver")[1:] == (0, 2, "one: there is no program `/no/such/solver`")


def test_a_program_that_is_late_too_often_is_not_asked_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    command = script(tmp_path, f"open({str(count)!r}, 'a').write('x'); import time; time.sleep(1000)")
    check_ = CrossCheck("z3", (command,), 0.3, packages=False)
    for i in range(6):
        check_.note("one", "the claim", (t.eq(X, t.const(i, 8)),), True)
    (found,) = check_.opinions("z3")
    assert (found.agreed, found.asked) == (0, 6)
    assert len(count.read_text()) == 3


@pytest.mark.parametrize("word", ["sat", "unsat"])
def test_a_program_that_contradicts_is_an_internal_error(word: str, tmp_path: Path) -> None:
    with pytest.raises(InternalError, match=f"says {word} where z3 1.0 says") as caught:
        opinion(script(tmp_path, f"print({word!r})"))
    kept = Path(str(caught.value).rpartition("; see ")[2])
    assert "(set-logic QF_BV)" in kept.read_text()


def test_the_same_question_with_two_answers() -> None:
    check_ = CrossCheck("z3", (), 1.0)
    check_.note("one", "the claim", SAT, True)
    with pytest.raises(InternalError, match="the same question has two answers"):
        check_.note("two", "the claim", SAT, False)


@pytest.mark.parametrize("command", ["", "  ", "'open"])
def test_what_is_no_command(command: str) -> None:
    with pytest.raises(InputError):
        CrossCheck("z3", (command,), 1.0)


def test_packages_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crosscheck, "PACKAGES", ("no_such_solver",))
    check_ = CrossCheck("z3", (), 1.0)
    check_.note("one", "the claim", SAT, True)
    missing = "it isn't installed (pip install no_such_solver)"
    assert check_.opinions("z3") == (("no_such_solver", 0, 1, missing),)


@pytest.mark.parametrize("solver", ["z3", "cvc5", "bitwuzla"])
def test_all_solvers_agree_on_feat_ctl(solver: str) -> None:
    for package in ("cvc5", "bitwuzla"):
        pytest.importorskip(package)
    report = check(str(ROOT / "specs" / "feat_ctl"), (), Options(solver=solver, cross_check=True))
    assert len(report.opinions) == (2 if solver == "z3" else 1)
    assert all(o.agreed == o.asked > 20 and not o.problem for o in report.opinions)


def test_the_answer_as_json_and_as_text(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, FAILS)
    document = json.loads(run("check", spec, "--solver-cmd", "z3 -in", "--json").stdout)
    jsonschema.validate(document, SCHEMA)
    (found,) = document["specs"][0]["opinions"]
    assert found["agreed"] == found["asked"] > 0
    text = run("check", spec, "--solver-cmd", "z3 -in", "--solver-cmd", "/no/such").stdout
    assert "z3 -in agree on all" in text
    assert "/no/such agrees on 0 of" in text
    wrong = run("check", spec, "--solver-cmd", f"{sys.executable} -c \"print('unsat')\"")
    assert wrong.returncode == 4
    assert "so one of them is wrong" in wrong.stderr


def test_children_end_on_ctrl_c(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    command = script(tmp_path, f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(1000)")
    words = [sys.executable, "-m", "verify", "check", write_spec(tmp_path, FAILS), "--timeout", "60"]
    process = subprocess.Popen([*words, "--solver-cmd", command], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            if pid.exists() and pid.read_text():
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == -signal.SIGINT
    finally:
        process.kill()
    assert has_ended(pid.read_text())
