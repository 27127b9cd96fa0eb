"""The command line: exit codes, streams, options and what it imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

import jsonschema
import pytest

import verify.pipeline
from tests.unit import reports as r
from verify import cli
from verify.commands.common import harmless
from verify.errors import InputError, InternalError, losing_none
from verify.pipeline import Options
from verify.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "schema" / "report-1.json").read_text())

CODE = """\
int f(int x)
{
	return x > 0;
}
"""
SPEC = """\
title = "A tiny spec"
[code]
file = "a.c"
entry = "f"
[[claim]]
name = "truth-value"
says = "The result is 0 or 1."
prove = "new.ret == 0 || new.ret == 1"
{more}
"""
FAILS = '[[claim]]\nname = "always-one"\nsays = "The result is 1."\nprove = "new.ret == 1"\n'
EMPTY = '[[claim]]\nname = "empty"\nsays = "Nothing."\nassume = ["x > 1", "x < 1"]\nprove = "new.ret == 1"\n'
TRIVIAL = '[[claim]]\nname = "trivial"\nsays = "One is one."\nprove = "1 == 1"\n'


def write_spec(folder: Path, more: str = "") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "a.c").write_text(CODE)
    (folder / "spec.toml").write_text(SPEC.replace("{more}", more))
    return str(folder / "spec.toml")


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("VERIFY_DEBUG", "NO_COLOR", "COLUMNS")}
    return subprocess.run(
        [sys.executable, "-m", "verify", *arguments],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("more", "claims", "code"),
    [
        ("", (), 0),
        (FAILS + 'expect = "refuted"\n', (), 0),
        (EMPTY + 'expect = "vacuous"\n', (), 0),
        (FAILS, (), 1),
        (FAILS, ("truth-value",), 0),
        (FAILS + EMPTY, (), 1),
        (EMPTY, (), 3),
        (TRIVIAL + 'expect = "refuted"\n', (), 1),
    ],
)
def test_exit_code_of_a_check(more: str, claims: tuple[str, ...], code: int, tmp_path: Path) -> None:
    spec = write_spec(tmp_path, more)
    done = run("check", spec, *claims)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr == ""
    assert run("check", spec, *claims, "--json").returncode == code


def test_exit_code_of_all_is_that_of_the_worst_spec(tmp_path: Path) -> None:
    write_spec(tmp_path / "specs" / "good")
    assert run("all", cwd=tmp_path).returncode == 0
    write_spec(tmp_path / "specs" / "empty", EMPTY)
    assert run("all", cwd=tmp_path).returncode == 3
    write_spec(tmp_path / "specs" / "bad", FAILS)
    done = run("all", "--jobs", "2", cwd=tmp_path)
    assert done.returncode == 1
    assert "always-one  refuted, though proved was expected" in done.stdout
    assert "3 specs, 5 claims: 3 proved, 1 refuted, 1 vacuous; 2 not as expected" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("frobnicate",), "invalid choice: 'frobnicate'"),
        (("check",), "required: SPEC"),
        (("explain", "feat_ctl"), "required: CLAIM"),
        (("check", "feat_ctl", "--frobnicate"), "unrecognized arguments: --frobnicate"),
        (("check", "feat_ctl", "--timeout", "0"), "`0` isn't a positive number of seconds"),
        (("check", "feat_ctl", "--timeout", "nan"), "`nan` isn't a positive number of seconds"),
        (("all", "--jobs", "0"), "`0` isn't a positive whole number"),
        (("all", "--jobs", "two"), "`two` isn't a positive whole number"),
        (("all", "--solver", "yices"), "`yices` isn't one of z3, bitwuzla, cvc5, cmd:PROGRAM"),
        (("all", "--solver", "cmd:"), "`cmd:` isn't one of"),
        (("all", "--color", "sometimes"), "invalid choice: 'sometimes'"),
        (("all", "--define", "X86=y"), "`X86=y` isn't of the form CONFIG_NAME=y"),
        (("all", "--define", "CONFIG_X86=2"), "`CONFIG_X86=2` isn't of the form CONFIG_NAME=y"),
        (("all", "--define", "CONFIG_X86"), "`CONFIG_X86` isn't of the form CONFIG_NAME=y"),
        (("check", "feat_ctl", "--git", ".", "--tree", "."), "--git and source trees exclude each other"),
        (("check", "feat_ctl", "--new", "v6.1"), "--old and --new name revisions of --git REPO"),
        (("check", "feat_ctl", "--git", "."), "--git needs --new REV"),
        (("check", "feat_ctl", "--tree", ".", "--old-tree", "."), "--tree stands for both"),
        (("check", "feat_ctl", "--old-tree", "/nowhere", "--new-tree", "/nowhere"), "`/nowhere` isn't a directory"),
        (("check", "no-such-spec"), "there is no spec `no-such-spec`"),
        (("check", "feat_ctll"), "Did you mean feat_ctl"),
        (("check", "feat_ctl", "no-such-claim"), "has no claim `no-such-claim`"),
        (("all", "--specs", "/nowhere"), "there is no directory `/nowhere`"),
        (("list", "--specs", "/nowhere"), "there is no directory `/nowhere`"),
        (("all", "--specs", "docs"), "there is no spec below `docs`"),
        (("completion", "tcsh"), "invalid choice: 'tcsh'"),
    ],
)
def test_usage_and_input_errors(arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_no_command_shows_the_help() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert "examples:" in done.stderr


def raising(error: BaseException) -> object:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("kind", [RuntimeError, InternalError, RecursionError, AssertionError, MemoryError])
def test_internal_errors(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VERIFY_DEBUG", raising=False)
    monkeypatch.setattr(verify.pipeline, "check", raising(kind("odd")))
    assert cli.main(["check", "feat_ctl"]) == 4
    printed = capsys.readouterr()
    assert printed.err.startswith("internal error: ")
    assert "odd" in printed.err
    assert "Please report it" in printed.err
    assert "Traceback" not in printed.err
    monkeypatch.setenv("VERIFY_DEBUG", "1")
    assert cli.main(["check", "feat_ctl"]) == 4
    assert "Traceback" in capsys.readouterr().err


def test_control_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(verify.pipeline, "check", raising(KeyboardInterrupt()))
    assert cli.main(["check", "feat_ctl"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("solver", ["z3", "bitwuzla"])
def test_control_c_does_not_wait_for_the_solver(solver: str) -> None:
    pytest.importorskip(solver)
    case = ROOT / "tests" / "golden" / "verdicts" / "timeout"
    started = subprocess.Popen(
        [sys.executable, "-m", "verify", "check", "spec.toml", "--timeout", "60", "--solver", solver],
        cwd=case,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with pytest.raises(subprocess.TimeoutExpired):  # it is at work
        started.communicate(timeout=2)
    started.send_signal(signal.SIGINT)
    output, _ = started.communicate(timeout=10)
    assert output == b""
    assert started.returncode in (-signal.SIGINT, cli.INTERRUPTED)


def test_reader_that_goes_away() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "verify", "list"]
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [
        ("list > /dev/full", 2, "error: can't write to standard output: No space left on device\n"),
        ("list --json > /dev/full", 2, "error: can't write to standard output: No space left on device\n"),
        ("list >&-", 0, ""),
        ("check no-such-spec 2>&-", 2, ""),
        ("check no-such-spec 2> /dev/full", 2, ""),
        ("patch - --git . <&-", 2, "error: standard input is empty\n"),
    ],
)
def test_streams_that_are_closed_or_full(redirection: str, code: int, said: str) -> None:
    command = ["sh", "-c", f"{sys.executable} -m verify {redirection}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code
    assert done.stderr.startswith(said) and bool(done.stderr) == bool(said)


def test_a_process_that_is_ended_from_outside_is_told() -> None:
    with pytest.raises(InputError, match="one of the processes was ended from outside"), losing_none():
        raise BrokenExecutor
    with pytest.raises(ValueError, match="else"), losing_none():
        raise ValueError("else")


def test_what_strangers_wrote_does_not_steer_the_terminal() -> None:
    assert harmless("a\tb\n\x1b[32mgood\x1b[0m é") == "a\tb\n\x1b[32mgood\x1b[0m é"
    assert harmless("\x1b[8mhidden\x1b[30m") == r"\x1b[8mhidden\x1b[30m"
    assert harmless("new\u202e\u200b.ret") == r"new\u202e\u200b.ret"
    assert harmless("\x1b]0;title\x07\r\x9b2J\x1b[2J") == r"\x1b]0;title\x07\x0d\x9b2J\x1b[2J"


def taken(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[str, Sequence[str], Options]:
    """What the API gets for these arguments."""
    calls: list[tuple[str, Sequence[str], Options]] = []

    def check(spec: str, claims: Sequence[str], options: Options) -> object:
        calls.append((spec, tuple(claims), options))
        return r.spec_report(r.PROVED)

    monkeypatch.setattr(verify.pipeline, "check", check)
    assert cli.main([*arguments]) == 0
    return calls[0]


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(monkeypatch, "check", "a") == ("a", (), Options())


OPTIONS = (
    "--timeout", "2.5", "--jobs", "3", "--solver", "cmd:z3 -in", "--define", "CONFIG_A=y", "--define", "CONFIG_B=n",
    "--old-tree", "o", "--new-tree", "n", "--specs", "s",
)  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        (*OPTIONS, "check", "a", "b", "c"),
        ("check", *OPTIONS, "a", "b", "c"),
        ("check", "a", *OPTIONS, "b", "c"),
        ("check", "a", "b", *OPTIONS, "c"),
        ("check", "a", "b", "c", *OPTIONS),
        (*OPTIONS[:8], "check", "a", *OPTIONS[8:10], "b", "c", *OPTIONS[10:]),
    ],
)
def test_options_stand_anywhere(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Options(
        solver="cmd:z3 -in",
        timeout=2.5,
        jobs=3,
        old_tree="o",
        new_tree="n",
        define={"CONFIG_A": True, "CONFIG_B": False},
        specs="s",
    )
    assert taken(monkeypatch, *arguments) == ("a", ("b", "c"), expected)


def test_the_later_option_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ("--define", "CONFIG_A=y", "--jobs", "2"), ("--define=CONFIG_A=n", "--jobs=4")
    options = taken(monkeypatch, *first, "check", "a", *second)[2]
    assert (options.define, options.jobs) == ({"CONFIG_A": False}, 4)


def test_one_tree_for_both_and_revisions(monkeypatch: pytest.MonkeyPatch) -> None:
    options = taken(monkeypatch, "check", "a", "--tree", "t")[2]
    assert (options.old_tree, options.new_tree) == ("t", "t")
    options = taken(monkeypatch, "check", "a", "--git", "g", "--old", "1", "--new", "2")[2]
    assert (options.git, options.old_rev, options.new_rev) == ("g", "1", "2")


def test_version_and_help() -> None:
    assert run("--version").stdout == f"verify {VERSION}\n"
    done = run("--help")
    assert done.returncode == 0
    assert "examples:\n  python -m verify all" in done.stdout
    for command in ("all", "check", "list", "explain", "completion"):
        assert run(command, "--help").stdout.startswith(f"usage: python -m verify {command} ")


def test_json_is_all_that_standard_output_has(tmp_path: Path) -> None:
    spec = write_spec(tmp_path / "specs" / "a", FAILS + EMPTY)
    for arguments in (
        ("check", spec), ("all",), ("list",), ("explain", spec, "always-one"), ("check", "nothing"), ("check",)
    ):  # fmt: skip
        document = json.loads(run(*arguments, "--json", cwd=tmp_path).stdout)
        jsonschema.validate(document, SCHEMA)
        assert document == {**document, "schema": 1, "tool": {"name": "verify", "version": VERSION}}


def test_errors_with_json_are_told_on_both_streams() -> None:
    done = run("--json", "check", "nothing")
    assert json.loads(done.stdout)["message"] == "there is no spec `nothing`"
    assert json.loads(done.stdout)["exit_code"] == done.returncode == 2
    assert "there is no spec `nothing`" in done.stderr


def test_colours_only_where_wanted(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    assert "\x1b" not in run("check", spec).stdout
    assert "\x1b[32m✓\x1b[0m" in run("check", spec, "--color", "always", NO_COLOR="1").stdout
    assert "\x1b[31merror\x1b[0m: " in run("--color=always", "check", "nothing").stderr


def test_output_that_cannot_be_encoded(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, TRIVIAL.replace("One is one.", "Ünö → ünö."))
    done = run("check", spec, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert done.stdout.count("\nok ") == 2
    assert "\\xdcn\\xf6 \\u2192" in done.stdout


def test_explain_a_claim(tmp_path: Path) -> None:
    done = run("explain", write_spec(tmp_path, FAILS), "always-one")
    assert done.returncode == 1
    assert "(check-sat)" in done.stdout
    assert "This input violates it:" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    pytest.importorskip("shtab")
    done = run("completion", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--old-tree" in done.stdout
    assert "explain" in done.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=True)


def test_completion_without_shtab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert cli.main(["completion", "bash"]) == 2
    assert "pip install shtab" in capsys.readouterr().err


def test_check_imports_nothing_slow(tmp_path: Path) -> None:
    """Each of these costs several milliseconds of a budget of 100."""
    spec = write_spec(tmp_path, TRIVIAL)
    script = f"import sys; from verify.cli import main; main(['check', {spec!r}, 'trivial']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    slow = {
        "dataclasses", "importlib.metadata", "inspect", "json", "multiprocessing", "rich", "shutil", "tabulate",
        "tempfile", "textwrap", "z3", "verify.report.json", "verify.report.table",
    }  # fmt: skip
    assert slow & set(done.stdout.splitlines()[-1].split()) == set()


def write_broken(root: Path) -> None:
    write_spec(root / "a-good")
    write_spec(root / "bad-toml")
    (root / "bad-toml" / "spec.toml").write_text("title = \n")
    write_spec(root / "no-file")
    (root / "no-file" / "a.c").unlink()
    write_spec(root / "no-entry")
    (root / "no-entry" / "a.c").write_text("int g(int x) { return x; }\n")
    (root / "unreadable").mkdir()
    (root / "unreadable" / "spec.toml").symlink_to("nowhere")
    write_spec(root / "z-good", FAILS)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_all_goes_on_after_broken_specs(jobs: str, tmp_path: Path) -> None:
    write_broken(tmp_path / "specs")
    done = run("all", "--jobs", jobs, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert "specs/bad-toml/spec.toml:1:9: this isn't valid TOML: Invalid value" in done.stdout
    assert "isn't defined in `specs/no-entry/a.c`" in done.stdout
    assert "no-file can't be used:" in done.stdout
    assert "always-one  refuted, though proved was expected" in done.stdout
    assert "6 specs, 3 claims: 2 proved, 1 refuted; 1 not as expected, 4 specs with errors (" in done.stdout
    document = json.loads(run("all", "--jobs", jobs, "--json", cwd=tmp_path).stdout)
    jsonschema.validate(document, SCHEMA)
    assert [e["spec"] for e in document["errors"]] == ["bad-toml", "no-entry", "no-file", "unreadable"]
    assert document["errors"][0]["place"] == {"file": "specs/bad-toml/spec.toml", "line": 1, "column": 9}
    assert [s["name"] for s in document["specs"]] == ["a-good", "z-good"]
    assert document["summary"]["exit_code"] == 2


def test_list_goes_on_after_broken_specs(tmp_path: Path) -> None:
    write_broken(tmp_path / "specs")
    done = run("list", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert "specs/bad-toml/spec.toml:1:9: this isn't valid TOML" in done.stdout
    assert "4 specs, 5 claims; 2 specs with errors" in done.stdout
    document = json.loads(run("list", "--json", cwd=tmp_path).stdout)
    jsonschema.validate(document, SCHEMA)
    assert [e["spec"] for e in document["errors"]] == ["bad-toml", "unreadable"]


def test_what_is_wrong_with_all_specs_is_told_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_spec(tmp_path / "specs" / name, FAILS)
    done = run("all", "--solver", "cmd:/nowhere/solver", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")


TWO = """\
[code]
old = "old.c"
new = "a.c"
entry = "f"
[names]
wrong = "y + 1"
"""
MISTAKES = {
    "unknown-name": ("x == z", "`z` isn't known"),
    "unknown-name-of-a-name": ("wrong == 1", "`y` isn't known"),
    "widths": ("same(old, new)", "one version returns `int`, the other `long`"),
    "types": ("new.ret == same(old)", "`same` takes two of before, old and new"),
    "brackets": ("(x == 1", "the brackets of this expression don't match"),
    "assignment": ("x = 1", "a claim can't change anything"),
    "no-such-function": ("!new.called(g)", "no version knows a function `g`"),
}


def write_mistakes(folder: Path) -> str:
    folder.mkdir(parents=True)
    (folder / "old.c").write_text(CODE)
    (folder / "a.c").write_text(CODE.replace("int f", "long f"))
    claims = {"good": "new.ret <= 1", **{name: prove for name, (prove, _) in MISTAKES.items()}, "last": "old.ret <= 1"}
    blocks = [f'[[claim]]\nname = "{name}"\nprove = "{prove}"\n' for name, prove in claims.items()]
    (folder / "spec.toml").write_text(TWO + "".join(blocks))
    return str(folder / "spec.toml")


def test_a_mistaken_claim_does_not_hide_the_others(tmp_path: Path) -> None:
    spec = write_mistakes(tmp_path / "specs" / "mixed")
    done = run("check", spec)
    assert (done.returncode, done.stderr) == (2, "")
    for _, message in MISTAKES.values():
        assert f"{spec}:" in done.stdout
        assert message in " ".join(done.stdout.split())
    assert "9 claims: 2 proved, 7 errors; 7 not as expected (" in done.stdout
    document = json.loads(run("check", spec, "--json").stdout)
    jsonschema.validate(document, SCHEMA)
    verdicts = {c["name"]: c["verdict"] for c in document["specs"][0]["claims"]}
    assert {n: v["message"] for n, v in verdicts.items() if v["word"] == "error"} == {
        name: message for name, (_, message) in MISTAKES.items()
    }
    assert verdicts["unknown-name"]["place"] == {"file": spec, "line": 12, "column": 15}
    assert document["summary"]["verdicts"] == {
        **dict.fromkeys(document["summary"]["verdicts"], 0),
        "proved": 2,
        "error": 7,
    }
    assert document["summary"]["exit_code"] == 2
    assert run("all", cwd=tmp_path).returncode == 2
    assert run("check", spec, "good").returncode == 0
    explained = run("explain", spec, "widths")
    assert (explained.returncode, explained.stdout) == (2, "")
    assert "except(ret)" in explained.stderr


@pytest.mark.parametrize("spec", ["permission_mask", "signed_compare", "width_truncation"])
def test_the_table_of_differences_is_that_part_of_the_table(spec: str) -> None:
    whole, part = (verify.pipeline.table(f"specs/examples/{spec}", differences=only).boundary for only in (False, True))
    assert part == whole
