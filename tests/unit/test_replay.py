"""Counterexamples confirmed by a compiler, and what happens without one or with a bad one."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from tests.unit.test_cli import CODE, FAILS, ROOT, SCHEMA, run, write_spec
from verify import pipeline
from verify.claims.spec import find_specs
from verify.claims.verdict import Refuted, Replayed
from verify.errors import InternalError
from verify.limited import run_limited
from verify.pipeline import Options, check
from verify.replay import compiler, confirm
from verify.report.evidence import table_json

EVIDENCE = json.loads((ROOT / "docs" / "schema" / "evidence-1.json").read_text())

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Each test looks for compilers anew."""
    known = dict(compiler._known)
    compiler._known.clear()
    yield
    compiler._known.clear()
    compiler._known.update(known)


def replayed(spec: str, **options: object) -> Replayed:
    report = check(spec, (), Options(replay=True, **options))  # type: ignore[arg-type]
    (found,) = [c.compiled for c in report.claims if c.compiled is not None]
    return found


def program(folder: Path, name: str, text: str) -> str:
    """A script in a folder that is all of PATH, with what a shell script needs."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(folder)


def lying_gcc(folder: Path, old: str, new: str) -> str:
    """A gcc that replaces text in what it compiles."""
    gcc = shutil.which("gcc")
    return program(
        folder,
        "gcc",
        f"""import subprocess, sys
words = sys.argv[1:]
if words[-1].endswith(".c") and "probe" not in words[-1]:
    text = open(words[-1]).read()
    assert {old!r} in text
    words[-1] = words[-1].removesuffix(".c") + ".lie.c"
    open(words[-1], "w").write(text.replace({old!r}, {new!r}))
sys.exit(subprocess.run([{gcc!r}, *words], env={{"PATH": {os.environ["PATH"]!r}}}).returncode)
""",
    )


@pytest.mark.parametrize("path", find_specs(str(ROOT / "specs")))
def test_each_refuted_claim_of_the_repository_is_confirmed(path: str) -> None:
    report = check(path, (), Options(replay=True))
    refuted = [c for c in report.claims if isinstance(c.verdict, Refuted)]
    assert all((c.compiled is not None) == (c in refuted) for c in report.claims)
    for claim in refuted:
        assert claim.compiled is not None
        assert claim.compiled.by.startswith(("gcc", "clang", "tcc")), claim.compiled.reason
        assert claim.compiled.checks > 0


def test_the_file_has_both_versions_and_what_is_checked(tmp_path: Path) -> None:
    done = run("check", "feat_ctl", "nothing-newly-rejected", "--save-replay", str(tmp_path))
    assert done.returncode == 0
    (file,) = tmp_path.iterdir()
    text = file.read_text()
    assert text.count("static inline bool vmx_feature_control_msr_valid(") == 2
    assert "#define vmx_set_msr old_vmx_set_msr" in text
    assert "#define vmx_set_msr new_vmx_set_msr" in text
    assert "vmx_write_encls_bitmap(0x100000, 0x0)" in text  # the old version's call
    assert "result == 0x1ULL" in text  # the new version's result
    assert str(file) in done.stdout


def test_the_answer_as_json(tmp_path: Path) -> None:
    done = run("check", write_spec(tmp_path, FAILS), "--replay", "--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    compiled = [c.get("compiled") for c in document["specs"][0]["claims"]]
    assert compiled[0] is None
    assert compiled[1]["confirmed_by"]
    assert compiled[1]["path"] == ""


def test_without_a_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = replayed(write_spec(tmp_path, FAILS))
    assert (found.by, found.reason) == ("", "there is no gcc, clang or tcc on PATH")


def test_a_compiler_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "_COMPILE_SECONDS", 0.3)
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "gcc", "import time; time.sleep(1000)"))
    found = replayed(write_spec(tmp_path, FAILS))
    assert found.by == ""
    assert found.reason == "gcc: the compiler gave up: no answer within 0.3 s"


def test_a_compiler_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; sys.exit('gcc: error: no such luck')"
    monkeypatch.setenv("PATH", program(tmp_path / "bin", "gcc", script))
    found = replayed(write_spec(tmp_path, FAILS))
    assert (found.by, found.reason) == ("", "gcc: it doesn't compile: gcc: no such luck")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("x > 0", "x >= 0", "new version: it returns 0x0"),
        ("return verify_done;", "return 0;", "all 5 checks hold"),
        ("verify_checks++", "(void)0", "all 0 checks hold"),
        ("verify_new();", "", "all 0 checks hold"),
        ("return x > 0;", "return *(int *)0;", "SIGSEGV"),
    ],
)
def test_a_program_that_does_something_else_is_an_internal_error(
    old: str, new: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("PATH", lying_gcc(tmp_path / "bin", old, new))
    with pytest.raises(InternalError, match="doesn't confirm the counterexample to `always-one`") as caught:
        replayed(write_spec(tmp_path / "spec", FAILS))
    assert said in str(caught.value)
    kept = Path(str(caught.value).rpartition("; see ")[2])
    assert kept.exists()
    assert "x > 0" in kept.read_text()


def has_ended(pid: str) -> bool:
    """True iff no such process runs (any more): it's gone, or only waits for its parent to notice."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        except FileNotFoundError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.1)
    return False


CASES = [
    ("return other(x);", "int other(int x);", "", True),
    ("counter++; return 0;", "static int counter;", "", True),
    ("other(&x); return 0;", "void other(int *x);", "", True),
    ("other(&x); other(&x); return x;", "void other(int *x);", "", True),
    ('return other("a text", x);', "int other(const char *text, int x);", "", True),
    ("return other(helper, x);", "int helper(int x); int other(int (*f)(int), int x);", "", True),
    ("return global.a + x;", "struct global { int b; int a; }; static struct global global;", "", True),
    ("return call(x);", "static int (*call)(int);", "through a pointer", False),
    ('WARN_ONCE(x == 0, "%d", other(x)); return 0;', "int other(int x);", "", True),
    ("\n#ifdef CONFIG_X\n\treturn 5;\n#endif\n\treturn 6;", "", "", True),
    ("return (long)names[0] == x;", "static const char *names[2];", "`names` is a record or an array", False),
    ("static struct s s; s.a += x; return s.a;", "struct s { int a; };", "`s` is a static record", False),
    ("other(x, 1); return 0;", "void other(int x, ...);", "", True),
    ("if (x == 1) BUG(); return 0;", "", "", True),
    ("WARN_ON(x == 0); return 0;", "", "", True),
    ("struct s s = { .a = x }; return s.b;", "struct s { u8 a : 3; u8 b : 5; };", "", True),
    ("return IS_ENABLED(CONFIG_X) ? 5 : 6;", "", "", True),
    (
        "*p = (struct out){ .n = p->a.v }; return 0;",
        "struct in { s8 v; }; struct out { int n; struct in a; u16 b[3]; };",
        "",
        True,
    ),
    ("return p->a.v + p->b[1];", "struct in { s8 v; }; struct out { int n; struct in a; u16 b[3]; };", "", True),
]


@pytest.mark.parametrize(("body", "above", "reason", "confirmed"), CASES)
def test_what_can_and_what_cannot_be_replayed(
    body: str, above: str, reason: str, confirmed: bool, tmp_path: Path
) -> None:
    spec = write_spec(tmp_path, FAILS)
    parameter = "struct out *p" if "*p" in body or "p->" in body else "int x"
    (tmp_path / "a.c").write_text(f"{above}\nint f({parameter})\n{{\n\t{body}\n}}\n")
    report = check(spec, ("always-one",), Options(replay=True))
    found = report.claims[0].compiled
    if found is None:  # refused before: no counterexample that could be replayed
        assert not confirmed
        return
    assert bool(found.by) == confirmed, found.reason
    assert reason in found.reason


def test_programs_end_with_us(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"import os, time; child = os.fork(); open({str(pid)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(1000)"
    done = run_limited([sys.executable, "-c", script], 1.0)
    assert done.timed_out
    assert done.problem == "no answer within 1 s"
    both = pid.read_text().split()
    assert len(both) == 2
    assert all(map(has_ended, both))


def test_programs_have_limited_memory() -> None:
    done = run_limited([sys.executable, "-c", "x = bytearray(1 << 29)"], 10.0, megabytes=256)
    assert done.code != 0
    assert "MemoryError" in done.errors


def test_every_input_where_there_are_few(tmp_path: Path) -> None:
    spec = write_spec(tmp_path)
    (tmp_path / "a.c").write_text(CODE.replace("int x", "u8 x"))
    done = run("validate", spec, "--cases", "20", "--json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, EVIDENCE)
    (version,) = document["versions"]
    assert (version["inputs"], version["bits"], version["exhaustive"]) == (256, 8, True)
    assert (version["compiled"], version["skipped"]) == (256, 0)
    assert done.returncode == 0


def test_many_inputs_else_and_the_seed_decides_which() -> None:
    said = [json.loads(run("validate", "feat_ctl", "--cases", "40", "--seed", s, "--json").stdout) for s in "001"]
    for document in said:
        jsonschema.validate(document, EVIDENCE)
        assert [v["inputs"] for v in document["versions"]] == [40, 40]
        assert not any(v["exhaustive"] for v in document["versions"])
    versions = [document["versions"] for document in said]
    assert versions[0] == versions[1]
    assert versions[0] != versions[2]


def test_a_compiler_that_reads_the_code_otherwise(tmp_path: Path) -> None:
    path = lying_gcc(tmp_path / "bin", "x > 0", "x > 1")
    done = run("validate", write_spec(tmp_path / "spec"), "--cases", "50", PATH=path)
    assert done.returncode == 4
    assert "does something else than the interpreter: case " in done.stderr


def test_formulas_that_say_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from verify.terms.evaluate import Evaluation

    right = Evaluation.number
    monkeypatch.setattr(Evaluation, "number", lambda self, root: right(self, root) ^ (root.op == "ite"))
    with pytest.raises(InternalError, match=r"the new version's result: the formulas say [01], the interpreter"):
        pipeline.validate(write_spec(tmp_path), 20, 0)


def test_validate_without_a_compiler(tmp_path: Path) -> None:
    done = run("validate", write_spec(tmp_path), "--cases", "5", PATH="")
    assert done.returncode == 3
    assert "No compiled code was run: there is no gcc, clang or tcc on PATH." in " ".join(done.stdout.split())


def test_the_table_is_the_policy() -> None:
    supported = 1 | 1 << 1 | 1 << 2 | 1 << 17 | 1 << 18 | 1 << 20
    found = pipeline.table(str(ROOT / "specs" / "feat_ctl"), Options(replay=True))
    document = json.loads(table_json(found, 1.0, 0))
    jsonschema.validate(document, EVIDENCE)
    assert document["confirmed_by"]
    assert document["skipped"] == 0
    names = [n["name"] for n in document["names"]]
    seen: set[int] = set()
    for row in document["rows"]:
        given = dict(zip(names, (int(v, 16) for v in row["inputs"]), strict=True))
        data, host = given["data"], given["host_initiated"]
        unlocked = bool(host) or not given["feat_ctl"] & 1
        old = unlocked and not data & ~given["valid_bits"]
        new = unlocked and not data & ~(supported if host else given["valid_bits"])
        assert row["results"] == ["accept" if a else "reject" for a in (old, new)], given
        seen.add(data)
    assert seen >= {1 << i for i in range(64)} | {supported ^ 1 << i for i in range(64)} | {0, supported}
