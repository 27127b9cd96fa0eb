"""Verdicts of `diff` and `patch` that compiled code confirms, and what happens if it doesn't."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from tests.unit.test_cli import ROOT
from tests.unit.test_replay import _forget, lying_gcc
from verify.changes.evidence import tried
from verify.changes.pair import ASSUMING, CHANGED, SAME, Basis, Comparison, Pair
from verify.cli import main
from verify.errors import InternalError
from verify.replay import confirm, sameness
from verify.replay.confirm import Replayer
from verify.source.tree import Directory, Files

SCHEMA = json.loads((ROOT / "docs" / "schema" / "diff-1.json").read_text())
CASES = 20
HEAD = """
typedef unsigned int u32;
typedef unsigned long long u64;
struct s { u32 a; u32 b; u32 arr[8]; };
struct obj;
extern u32 g(u32 x);
extern void h(u32 *p);
extern struct obj *get(u32 x);
extern struct s *find(u32 x);
"""

__all__ = ["_forget"]  # each test looks for compilers anew
pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")


def pair_of(folder: Path, old: str, new: str) -> Pair:
    for name, text in (("old", old), ("new", new)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "f.c").write_text(HEAD + text)
    before, after = (Files(Directory(str(folder / name))) for name in ("old", "new"))
    return Pair(before, after, "f.c", "f.c", {})


def of(body: str, above: str = "", returns: str = "u32") -> str:
    return f"{above}\n{returns} f(struct s *p, u32 n)\n{{\n\t{body}\n}}\n"


SAME_CASES = {
    "stores": (of("p->a = 1; p->b = n; return 0;"), of("p->b = n; p->a = 1; return 0;")),
    "calls": (of("u32 x = g(n); return g(x);"), of("return g(g(n));")),
    "a constant variable": (
        of("h(p->arr); return n + high;", "static const u32 high = 3;"),
        of("h(p->arr); return high + n;", "static const u32 high = 3;"),
    ),
    "a local variable that a call writes": (
        of("u32 x = n; h(&x); return x + x;"),
        of("u32 x = n; h(&x); return 2 * x;"),
    ),
    "a function that nothing declares": (
        of("if (mystery(n, p)) return n * 2; return 0;"),
        of("return mystery(n, p) ? n + n : 0;"),
    ),
    "an annotation and a string": (
        of('return g(n) + say("x");', "int say(char *t);"),
        of('return g(n) + say("x") + 0;', "int say(char *t);"),
    ),
    "BUG()": (of("if (n > 5) BUG(); return n * 2;"), of("if (n > 5) BUG(); return n + n;")),
    "nothing is returned by one": (of("p->a = n;", returns="void"), of("p->a = n; return 0;", returns="int")),
    "a symbol of the configuration": (
        of("u32 x = n;\n#ifdef CONFIG_A\n\tx++;\n#endif\n\treturn x * 2;"),
        of("u32 x = n;\n#ifdef CONFIG_A\n\tx++;\n#endif\n\treturn x + x;"),
    ),
    "a callee's name": (
        of("return was(n) + 1;", "extern u32 was(u32 n);"),
        of("return is_now(n) + 1;", "extern u32 is_now(u32 n);"),
    ),
    "a variable that is a record": (
        of("return state.b * 2;", "struct state { u32 a; u32 b; }; static struct state state;"),
        of("return state.b << 1;", "struct state { u32 a; u32 b; }; static struct state state;"),
    ),
    "names that macros make": (
        of("return MASK(ONE) | n;", "enum { BIT_ONE = 4 };\n#define MASK(x) (1u << BIT_##x)"),
        of("return n | MASK(ONE);", "enum { BIT_ONE = 4 };\n#define MASK(x) (1u << BIT_##x)"),
    ),
    "members whose places aren't known": (
        of(
            "struct big *q = (struct big *)p; q->x = n; return q->y + q->x;",
            "struct big { struct hidden h; u32 x; u32 y; };",
        ),
        of(
            "struct big *q = (struct big *)p; q->x = n; return q->x + q->y;",
            "struct big { struct hidden h; u64 w; u32 x; u32 y; };",
        ),
    ),
}


@pytest.mark.parametrize("name", SAME_CASES)
def test_compiled_versions_agree(name: str, tmp_path: Path) -> None:
    pair = pair_of(tmp_path, *SAME_CASES[name])
    found = pair.compare("f", 5.0)
    assert found.verdict in (SAME, ASSUMING), found.reasons
    done = tried(pair, found, CASES)
    assert done.reason == ""
    assert done.by.startswith("gcc")
    assert 0 < done.compiled <= done.inputs <= CASES * len(found.bases)
    assert done.checks >= done.compiled


NOT_RUN = {
    "code that isn't looked into": (of('asm("x" : "+r" (n)); return n * 2;'), "isn't looked into"),
    "a call through a pointer": (
        of("return ops->call(n) * 2;", "struct ops { u32 (*call)(u32); }; static struct ops *ops;"),
        "through a pointer",
    ),
}


@pytest.mark.parametrize("name", NOT_RUN)
def test_why_none_was_run(name: str, tmp_path: Path) -> None:
    text, reason = NOT_RUN[name]
    pair = pair_of(tmp_path, text, text.replace("n * 2", "n << 1").replace(" * 2", " << 1"))
    done = tried(pair, pair.compare("f", 5.0), CASES)
    assert (done.compiled, done.by) == (0, "")
    assert reason in done.reason


def test_a_wrong_verdict_is_noticed(tmp_path: Path) -> None:
    pair = pair_of(tmp_path, of("return n > 7;"), of("return n >= 7;"))
    wrong = Comparison("f.c", "f", SAME, (), None, 0.0, "deep", bases=(Basis("deep"),))
    with pytest.raises(InternalError, match="was found to do the same, and doesn't by the interpreter"):
        tried(pair, wrong, 200)


def test_compiled_code_that_does_something_else_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", lying_gcc(tmp_path / "bin", "n + n", "n + n + 1"))
    pair = pair_of(tmp_path, of("return n + n;"), of("return 0 + n + n;"))
    with pytest.raises(InternalError, match="the old version compiled by gcc"):
        tried(pair, pair.compare("f", 5.0), CASES)


def test_what_no_compiler_has_to_keep_to_is_no_mismatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gcc calls the right operand first where it likes to; the verdict says that it rests on the order."""
    monkeypatch.setattr(sameness, "compiled", _failing)
    pair = pair_of(tmp_path, of("return g(n) + g(n + 1);"), of("return g(n) + g(1 + n);"))
    found = pair.compare("f", 5.0)
    assert any("from left to right" in reason for reason in found.reasons)
    assert "needn't keep to it" in tried(pair, found, CASES).reason


def _failing(*_: object) -> None:
    raise InternalError("it does something else")


def test_what_changed_is_confirmed(tmp_path: Path) -> None:
    pair = pair_of(tmp_path, of("return g(n) ? 1 : 2;"), of("return g(n) ? 1 : 3;"))
    found = pair.compare("f", 5.0)
    replayer = Replayer(str(tmp_path / "kept"))
    try:
        regions = pair.map(found, 5.0, replayer)
        again = pair.confirm(found, 5.0, replayer)
    finally:
        replayer.close()
    assert found.verdict == CHANGED
    confirmed = [r.compiled for r in regions.regions]
    assert confirmed
    assert all(c is not None and c.by.startswith("gcc") and c.checks for c in confirmed)
    assert again is not None
    assert again.by.startswith("gcc")
    names = sorted(p.name for p in (tmp_path / "kept").iterdir())
    assert names == ["f.c-f-1.c", "f.c-f.c"]


@pytest.mark.parametrize("body", ["q->a = {}; return 0;", "return q->a + {};", "q->arr[n & 7] += {}; return 0;"])
def test_what_calls_return_is_the_address_of_an_object_of_its_own(tmp_path: Path, body: str) -> None:
    whole = "struct s *q = find(n); if (!q) return 1; " + body
    pair = pair_of(tmp_path, of(whole.format(3)), of(whole.format(4)))
    replayer = Replayer(str(tmp_path / "kept"))
    try:
        regions = pair.map(pair.compare("f", 5.0), 5.0, replayer).regions
    finally:
        replayer.close()
    assert regions
    for region in regions:
        assert region.compiled is not None
        assert region.compiled.by.startswith("gcc"), region.compiled.reason
        assert region.counterexample is not None
        (found,) = (i for i in region.counterexample.inputs if i.name == "what find() returns")
        assert found.value % 0x100000 == 0
        assert found.value > 0


def test_a_change_that_compiled_code_denies_is_an_internal_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(confirm.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("PATH", lying_gcc(tmp_path / "bin", "n + 2", "n + 1"))
    pair_of(tmp_path, of("return n + 1;"), of("return n + 2;"))
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--replay"]) == 4
    assert "doesn't confirm" in capsys.readouterr().err


def test_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = "\nu32 k(u32 n)\n{\n\treturn n * 2;\n}\n"
    pair_of(tmp_path, of("return n + 1;") + two, of("return n + 2;") + two.replace("n * 2", "n + n"))
    trees = [str(tmp_path / "old"), str(tmp_path / "new")]
    assert main(["diff", *trees, "--save-replay", str(tmp_path / "kept"), "--validate", "30"]) == 1
    said = capsys.readouterr().out
    assert "Confirmed by gcc" in said
    assert str(tmp_path / "kept" / "f.c-f-1.c") in said
    assert "agree on 30 inputs" in said
    assert main(["diff", *trees, "--replay", "--validate", "30", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    changed, same = document["functions"]
    assert changed["regions"][0]["compiled"]["confirmed_by"].startswith("gcc")
    assert (same["tried"]["compiled"], same["tried"]["reason"]) == (30, "")
    assert main(["diff", *trees, "--json"]) == 1
    bare = json.loads(capsys.readouterr().out)
    jsonschema.validate(bare, SCHEMA)
    assert not any("compiled" in r for f in bare["functions"] for r in f.get("regions", ()))
    assert not any("tried" in f for f in bare["functions"])
