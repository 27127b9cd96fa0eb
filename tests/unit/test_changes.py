"""Functions compared without a spec: verdicts, regions, and code that is stepped over."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

from tests.unit.test_tree import git, write
from verify import Options
from verify.changes.diff import Change, diff
from verify.cli import main
from verify.errors import InputError
from verify.report.changes import diff_text

HEAD = """
typedef unsigned int u32;
struct s { u32 a; u32 b; u32 arr[8]; };
extern u32 g(u32 x);
extern void h(u32 *p);
"""

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schema" / "diff-1.json").read_text())


def changes(folder: Path, old: str, new: str, functions: tuple[str, ...] = (), jobs: int = 1) -> list[Change]:
    for name, text in (("old", old), ("new", new)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "f.c").write_text(HEAD + text)
    return list(diff(str(folder / "old"), str(folder / "new"), functions, options=Options(jobs=jobs)))


def verdict(folder: Path, old: str, new: str) -> str:
    (only,) = changes(folder, old, new, ("f",))
    return only.comparison.verdict


SAME = {
    "reordered stores": ("p->a = 1; p->b = 2; return 0;", "p->b = 2; p->a = 1; return 0;"),
    "another way to compute": ("return n * 2;", "return n << 1;"),
    "an if turned round": ("if (n) return 1; return 2;", "return n ? 1 : 2;"),
    "a variable's name": ("u32 x = n + 1; return x;", "u32 y = n + 1; return y;"),
}

# The same act in the same state: a call of one name, or code of one text that isn't looked into.
ACTS = {
    "a call": ("return g(n) + 1;", "u32 r = g(n); return 1 + r;"),
    "inline assembly": ('asm volatile("x" : "+r" (n)); return n * 2;', 'asm volatile("x" : "+r" (n)); return n << 1;'),
    "a loop without a bound": (
        "u32 i, t = 0; for (i = 0; i < n; i++) t += p->arr[i & 7]; return t * 2;",
        "u32 i, t = 0; for (i = 0; i < n; i++) t += p->arr[i & 7]; return t << 1;",
    ),
    "a loop that returns": (
        "u32 i; for (i = 0; i < n; i++) if (p->arr[i & 7]) return i; return n * 2;",
        "u32 i; for (i = 0; i < n; i++) if (p->arr[i & 7]) return i; return n << 1;",
    ),
}

CHANGED = {
    "a constant": ("return n + 1;", "return n + 2;"),
    "a call's argument": ("return g(n);", "return g(n + 1);"),
    "a store": ("p->a = 1; return 0;", "p->b = 1; return 0;"),
    "what a loop changed": (
        "u32 i, t = 0; for (i = 0; i < n; i++) t += p->arr[i & 7]; return t;",
        "u32 i, t = 0; for (i = 0; i < n; i++) t += p->arr[i & 7]; return 0;",
    ),
    "a variable behind assembly": (
        'asm volatile("x" : "+r" (n)); return n;',
        'u32 m = n; asm volatile("x" : "+r" (n)); return m;',
    ),
}

NOT_SAME = {
    "memory behind a loop": (
        "u32 i; p->a = 1; for (i = 0; i < n; i++) p->arr[i & 7] = 0; return p->a;",
        "u32 i; p->a = 1; for (i = 0; i < n; i++) p->arr[i & 7] = 0; return 1;",
    ),
    "other assembly": ('asm volatile("x" : "+r" (n)); return n;', 'asm volatile("y" : "+r" (n)); return n;'),
    "assembly that isn't there": ('asm volatile("x" : "+r" (n)); return n;', "return n;"),
    "a loop over something else": (
        "u32 i, t = 0; for (i = 0; i < n; i++) t += p->a; return t;",
        "u32 i, t = 0; for (i = 0; i < n; i++) t += p->b; return t;",
    ),
    "the type of a variable in a loop": (
        "u32 t = 0, i; for (i = 0; i < n; i++) t += p->a; return t;",
        "unsigned char t = 0; u32 i; for (i = 0; i < n; i++) t += p->a; return t;",
    ),
    "assembly twice": ('asm volatile("x"); return n;', 'asm volatile("x"); asm volatile("x"); return n;'),
}


def function(body: str) -> str:
    return f"u32 f(struct s *p, u32 n) {{ {body} }}"


@pytest.mark.parametrize("name", SAME)
def test_the_same(name: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, *map(function, SAME[name])) == "same"


@pytest.mark.parametrize("name", ACTS)
def test_the_same_acts(name: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, *map(function, ACTS[name])) == "same"


@pytest.mark.parametrize("name", CHANGED)
def test_changed(name: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, *map(function, CHANGED[name])) == "changed"


@pytest.mark.parametrize("name", NOT_SAME)
def test_never_the_same(name: str, tmp_path: Path) -> None:
    assert verdict(tmp_path, *map(function, NOT_SAME[name])) in ("changed", "may differ", "unsupported")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#define K 1\n", "#define K 2\n"),
        ("enum { K = 1 };\n", "enum { K = 2 };\n"),
        ("static const u32 K = 1;\n", "static const u32 K = 2;\n"),
    ],
)
def test_what_a_loop_uses_counts(old: str, new: str, tmp_path: Path) -> None:
    """The text of the loop is the same in both; what it means isn't."""
    text = function("u32 i, t = 0; for (i = 0; i < n; i++) t += K; return t;")
    assert verdict(tmp_path, old + text, new + text) == "changed"


def test_regions(tmp_path: Path) -> None:
    old = function("if (n == 7 && p->a) return 1; return 0;")
    new = function("if (n == 7 && p->b) return 1; return 0;")
    (change,) = changes(tmp_path, old, new)
    assert change.map is not None
    assert change.map.complete
    found = {frozenset(r.conditions) for r in change.map.regions}
    assert found == {frozenset(("n == 7", "p->a", "!(p->b)")), frozenset(("n == 7", "!(p->a)", "p->b"))}
    assert all(r.counterexample is not None and r.counterexample.replayed for r in change.map.regions)


def test_regions_of_a_switch(tmp_path: Path) -> None:
    cases = "".join(f"case {c}: return p->arr[{c % 8}];" for c in range(20))
    old = function(f"switch (n) {{ {cases} }} return 0;")
    new = old.replace("case 17: return p->arr[1]", "case 17: return p->arr[2]")
    (change,) = changes(tmp_path, old, new)
    assert change.map is not None
    assert change.map.complete
    (region,) = change.map.regions
    assert "n == 17" in region.conditions


def test_parameters_are_matched_by_name(tmp_path: Path) -> None:
    old, new = "u32 f(u32 a, u32 b) { return a - b; }", "u32 f(u32 b, u32 a) { return a - b; }"
    (change,) = changes(tmp_path, old, new, ("f",))
    assert change.comparison.verdict == "same under assumptions"
    assert "the callers pass `a`, `b` where the new version takes them" in change.comparison.reasons
    assert verdict(tmp_path, old, "u32 f(u32 b, u32 a) { return b - a; }") == "changed"
    assert verdict(tmp_path, old, "u32 f(u32 a, u32 b, u32 c) { return a - b; }") == "same"


def test_only_what_changed_is_compared(tmp_path: Path) -> None:
    old = "u32 e(u32 n) { return n; }\n" + function("return n;")
    assert [
        c.comparison.function
        for c in changes(tmp_path, old, old.replace("{ return n; }\nu32 f", "{ return 0; }\nu32 f"))
    ] == ["e"]
    assert changes(tmp_path, old, old.replace("return n", "return /* it */ n")) == []


def test_processes_find_the_same(tmp_path: Path) -> None:
    old, new = function("return n;"), function("return n + 1;")
    for name, text in (("old", old), ("new", new)):
        (tmp_path / name).mkdir()
        for file in ("a.c", "b.c", "c.c"):
            (tmp_path / name / file).write_text(HEAD + text)
    sides = str(tmp_path / "old"), str(tmp_path / "new")
    found = [[(c.comparison.path, c.comparison.verdict) for c in diff(*sides, options=Options(jobs=j))] for j in (1, 2)]
    assert found[0] == found[1] == [(f"{n}.c", "changed") for n in "abc"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere", "nowhere"), "there is no file or directory `nowhere`"),
        (("old", "new", "--path", "sub"), "there is no file or directory `sub`"),
        (("old", "new", "--function", "missing"), "no file that both sides have defines `missing`"),
        (("old", "new", "--function", "f", "--function", "missing"), "no file that both sides have defines `missing`"),
        (("old", "new", "--path", ".."), "`..` isn't a path within the trees"),
        (("old", "new", "--path", "/etc"), "`/etc` isn't a path within the trees"),
        (("old/f.c", "new/f.c", "--path", "x"), "--path is for two trees"),
        (("old", "new", "--git", "."), "`diff` takes OLD and NEW, and no --git"),
        (("old", "empty"), "have no C file in common"),
    ],
)
def test_bad_input(
    words: tuple[str, ...],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changes(tmp_path, function("return n;"), function("return 1;"))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["diff", *words]) == 2
    assert message in capsys.readouterr().err


def test_a_file_as_path_and_files_of_one_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes(tmp_path, function("return n;"), function("return n;"))
    (tmp_path / "old" / "gone.c").write_text("int g(void) { return 1; }\n")
    sides = [str(tmp_path / "old"), str(tmp_path / "new")]
    assert main(["diff", *sides]) == 0
    assert "Only in the old tree: 1 file: gone.c" in capsys.readouterr().out
    assert main(["diff", *sides, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["files_only_old"] == ["gone.c"]
    assert main(["diff", *sides, "--path", "f.c"]) == 0
    assert "gone.c" not in capsys.readouterr().out


def test_revisions_are_those_of_whole_repositories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tmp_path, "init", "-q")
    for number in (1, 2):
        write(tmp_path, {"a.c": "int f(void) { return 1; }\n", "sub/a.c": f"int f(void) {{ return {number}; }}\n"})
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", "next")
    git(tmp_path, "update-ref", "refs/heads/--name-status", "HEAD")
    assert main(["diff", f"{tmp_path}/sub@HEAD~1", f"{tmp_path}/sub@HEAD"]) == 2
    assert f"Write {tmp_path}@HEAD~1, and --path sub" in capsys.readouterr().err
    assert main(["diff", f"{tmp_path}@HEAD~1", f"{tmp_path}@--name-status", "--path", "sub"]) == 1
    # A file is compared with the one of its own path, not with one of its name.
    for other in (f"{tmp_path}@HEAD", str(tmp_path)):
        assert main(["diff", f"{tmp_path}/sub/a.c", other]) == main(["diff", other, f"{tmp_path}/sub/a.c"]) == 0


def test_who_answered_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes(tmp_path, function("return n + 1;"), function("return 1 + n;"))
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--solver", "bitwuzla"]) == 0
    assert "(by bitwuzla, " in capsys.readouterr().out


def test_what_was_fixed_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "u32 f(u32 n) {{\n#ifdef CONFIG_X\nreturn {};\n#endif\nreturn n; }}"
    changes(tmp_path, text.format("1"), text.format("2"), ("f",))
    words = ["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--define", "CONFIG_X=y", "--define", "CONFIG_X=n"]
    assert main(words) == 0
    assert "1 same (CONFIG_X=n, " in capsys.readouterr().out
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["define"] == ["CONFIG_X=n"]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    changes(tmp_path, function("return n;"), function("return n ? n : 5;"))
    monkeypatch.chdir(tmp_path)
    assert main(["diff", "old", "new"]) == 1
    text = capsys.readouterr().out
    assert "f()  changed" in text
    assert "differs if n == 0" in text
    assert "Outside of these regions nothing differs: proved." in text
    assert main(["diff", "old", "new", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["functions"][0]["verdict"] == "changed"
    assert document["functions"][0]["regions"][0]["inputs"] == {"n": 0}
    assert main(["diff", "old", "old"]) == 0
    assert "Nothing changed in the 1 function that both have." in capsys.readouterr().out


def test_a_file_alone(tmp_path: Path) -> None:
    changes(tmp_path, function("return n;"), function("return n + 0;"))
    old, new = (os.path.join(tmp_path, side, "f.c") for side in ("old", "new"))
    assert [c.comparison.verdict for c in diff(old, new)] == ["same"]


def test_a_side_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file or directory"):
        list(diff(str(tmp_path / "x.c"), str(tmp_path)))


RENAMED = "extern u32 {0}(u32 x);\nstruct r {{ u32 {1}; u32 other; }};\nu32 f(struct r *r, u32 n) {{ r->{1} = n; return {0}(n{2}); }}\n"


@pytest.mark.parametrize(
    ("old", "new", "expected", "told"),
    [
        (("check", "mask", ""), ("probe", "bits", ""), "same under assumptions", ["mask", "check"]),
        (("check", "mask", ""), ("probe", "bits", " + 1"), "changed", []),  # more than names
        (("check", "mask", ""), ("g", "mask", ""), "changed", []),  # g is no new name
    ],
)
def test_renames(
    old: tuple[str, str, str], new: tuple[str, str, str], expected: str, told: list[str], tmp_path: Path
) -> None:
    (only,) = changes(tmp_path, RENAMED.format(*old), RENAMED.format(*new), ("f",))
    assert only.comparison.verdict == expected
    assert [r.split("`")[1] for r in only.comparison.reasons if "was renamed to" in r] == told


def test_a_name_that_is_still_there_was_not_renamed(tmp_path: Path) -> None:
    """Not even if only the file itself has it."""
    body = "struct s { u32 x; };\nstruct r { struct s was; struct s now; };\nextern u32 g(u32 *p);\n"
    (only,) = changes(
        tmp_path,
        body.replace("now", "later") + "u32 f(struct r *r) { return g(&r->was.x); }\n",
        body + "u32 f(struct r *r) { return g(&r->now.x); }\n",
        ("f",),
    )
    assert only.comparison.verdict in ("changed", "may differ")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("enum e { A, X };", "enum e { A, B, X };", "X (1, now 2)"),
        ("#define X (3 * 32 + 4)", "#define X (3 * 32 + 5)", "X (100, now 101)"),
        ("#define X n", "#define X (n + 1)", "X"),
    ],
)
def test_what_changed_beside_the_function_is_told(old: str, new: str, told: str, tmp_path: Path) -> None:
    body = "\nextern u32 g(u32 x);\nu32 f(u32 n) { return g(X); }\n"
    (only,) = changes(tmp_path, old + body, new + body)
    assert (only.comparison.verdict, only.comparison.cause) == ("changed", told)


def test_a_static_key_is_asked_for_its_value(tmp_path: Path) -> None:
    """Whether that is likely is the compiler's business."""
    body = "extern struct key k, l;\nu32 f(u32 n) {{ return {} ? n : 0; }}\n"
    likely, unlikely = (body.format(f"static_branch_{how}(&k)") for how in ("likely", "unlikely"))
    (only,) = changes(tmp_path, likely, unlikely, ("f",))
    assert only.comparison.verdict == "same"
    (only,) = changes(tmp_path, likely, unlikely.replace("&k", "&l"), ("f",))
    assert only.comparison.verdict == "changed"


def test_a_rename_beside_another_callee_that_differs(tmp_path: Path) -> None:
    """What is assumed of that one is named, as it is without a rename."""
    body = (
        "static u32 long_one(u32 x) {{ u32 s = {1}; for (; x; x--) s += g(s ^ x) + g(s + x) * g(s & x); return s; }}\n"
        "extern u32 {0}(u32 x);\nu32 f(u32 n) {{ return {0}(n) + long_one(n); }}\n"
    )
    (only,) = changes(tmp_path, body.format("check", 1), body.format("probe", 2), ("f",))
    assert only.comparison.verdict == "same under assumptions"
    assert "`check` was renamed to `probe`" in only.comparison.reasons
    assert any("long_one() (although its code differs)" in reason for reason in only.comparison.reasons)


def test_a_function_that_moved_out_of_the_file_is_still_called(tmp_path: Path) -> None:
    old = "u32 h2(u32 x) { return g(x); }\nu32 f(u32 n) { return h2(n); }\n"
    new = "extern u32 h2(u32 x);\nu32 f(u32 n) { return h2(n + 1); }\n"
    (only,) = changes(tmp_path, old, new, ("f",))
    assert only.comparison.verdict == "changed"
    assert only.comparison.counterexample is not None
    assert "the calls" in only.comparison.counterexample.failing


def test_a_renamed_callee_with_another_body_is_no_rename(tmp_path: Path) -> None:
    body = "static u32 {0}(u32 x) {{ for (;x;) g(x{1}); return x; }}\nu32 f(u32 n) {{ return {0}(n); }}\n"
    (only,) = changes(tmp_path, body.format("check", ""), body.format("probe", " + 1"), ("f",))
    assert only.comparison.verdict in ("changed", "may differ", "unknown")
    (only,) = changes(tmp_path, body.format("check", ""), body.format("probe", ""), ("f",))
    assert only.comparison.verdict == "same"


LAID = "struct in {{ u32 x; }};\nstruct out {{ {0} struct in in; struct in many[4]; }};\nextern u32 k(struct in *p);\n"


def test_where_members_lie_is_no_behaviour(tmp_path: Path) -> None:
    body = "u32 f(struct out *o, u32 n) {{ o->in.x = n; k(&o->many[n & 3]); return k(&o->in){1}; }}\n"
    (only,) = changes(tmp_path, (LAID + body).format("", ""), (LAID + body).format("u32 first;", " + 0"), ("f",))
    assert only.comparison.verdict == "same"
    (only,) = changes(tmp_path, (LAID + body).format("", ""), (LAID + body).format("u32 first;", " + 1"), ("f",))
    assert only.comparison.verdict == "changed"
    assert only.comparison.counterexample is not None and only.comparison.counterexample.replayed


def test_a_stub_beside_a_declaration_does_not_show_what_a_function_does(tmp_path: Path) -> None:
    head = "#ifdef CONFIG_A\nextern u32 made(u32 x);\n#else\nstatic inline u32 made(u32 x) { return 0; }\n#endif\n"
    (only,) = changes(
        tmp_path, head + "u32 f(u32 n) { made(n); return n; }\n", head + "u32 f(u32 n) { return n; }\n", ("f",)
    )
    assert only.comparison.verdict == "changed"
    quiet = head.replace("extern u32 made(u32 x);", "static inline u32 made(u32 x) { return x; }")
    (only,) = changes(
        tmp_path, quiet + "u32 f(u32 n) { made(n); return n; }\n", quiet + "u32 f(u32 n) { return n; }\n", ("f",)
    )
    assert only.comparison.verdict in ("same", "same under assumptions")


VARIABLE = "struct config {{ u32 a; {0} }};\nstatic struct config config{1};\nstatic u32 limit{2};\n"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (("u32 more;", "", " = 3"), "same"),  # its type grew
        (("", " __read_mostly", " __ro_after_init = 3"), "same"),  # it is kept elsewhere
        (("", "", " = 4"), "may differ"),  # it begins with another value
    ],
)
def test_variables_that_are_declared_otherwise(new: tuple[str, str, str], expected: str, tmp_path: Path) -> None:
    body = "u32 f(u32 n) { return config.a + limit; }\n"
    (only,) = changes(tmp_path, VARIABLE.format("", "", " = 3") + body, VARIABLE.format(*new) + body, ("f",))
    assert only.comparison.verdict == expected


def test_code_that_is_stepped_over_at_different_points(tmp_path: Path) -> None:
    head = "enum e { A, B = -1 };\nextern void k(u32 n);\n"
    old = head + 'u32 f(u32 n) { asm("a" : "+r" (n)); asm("b" : "+r" (n)); return n; }\n'
    new = head + 'u32 f(u32 n) { asm("b" : "+r" (n)); asm("a" : "+r" (n)); return n; }\n'
    (only,) = changes(tmp_path, old, new, ("f",))
    assert only.comparison.verdict == "may differ"
    assert "at different points" in only.comparison.reasons[0]
    twice = new.replace("return n", 'asm("a" : "+r" (n)); return n')
    (only,) = changes(tmp_path, old, twice, ("f",))
    assert only.comparison.verdict == "may differ"


ASSEMBLY = """
static inline void raw_set(u32 nr, u32 *p) { asm volatile("bts %1,%0" : "+m" (*p) : "r" (nr)); }
static inline void set(u32 nr, u32 *p) { raw_set(nr, p); }
static inline u32 test_and_set(u32 nr, u32 *p) { u32 r; asm volatile("bts" : "+m" (*p), "=r" (r) : "r" (nr)); return r; }
static inline void unset(u32 nr, u32 *p) { asm volatile("btr %1,%0" : "+m" (*p) : "r" (nr)); }
"""


def test_other_assembly_may_do_the_same(tmp_path: Path) -> None:
    old = ASSEMBLY + "u32 f(struct s *p) { set(3, &p->a); return 1; }\n"
    (only,) = changes(tmp_path, old, old.replace("{ set(", "{ test_and_set("), ("f",))
    assert only.comparison.verdict == "may differ"
    assert "inline assembly" in only.comparison.reasons[0]
    for other in ("{ set(4, &p->a)", "{ g(3)", "{ set(3, &p->a); h(&p->b)"):
        (only,) = changes(tmp_path, old, old.replace("{ set(3, &p->a)", other), ("f",))
        assert only.comparison.verdict == "changed", other


def test_what_comes_first_lies_at_the_same_place(tmp_path: Path) -> None:
    layout = "struct packed_one {{ {0} u32 control; }} __attribute__((aligned(64))) __packed;\n"
    body = "extern void use(u32 *words);\nvoid f(struct packed_one *p) { use(p->words); }\n"
    old, new = (layout.format(m) + body for m in ("u32 words[8];", "union { u32 words[8]; unsigned long wide[4]; };"))
    (only,) = changes(tmp_path, old, new, ("f",))
    assert only.comparison.verdict in ("same", "same under assumptions")
    moved = layout.format("u32 more; u32 words[8];") + body.replace("use(p->words)", "use(&p->more)")
    (only,) = changes(tmp_path, old, moved, ("f",))
    assert only.comparison.verdict != "changed" or only.map is not None


def test_constants_of_an_enum_inside_of_a_record(tmp_path: Path) -> None:
    record = "struct operand {{ enum kind {{ REG, {0} MEM, NONE }} type; u32 n; }};\n"
    body = "u32 f(struct operand *p) {{ switch (p->type) {{ case REG: return 1; case {0}: return 2; default: return 3; }} }}\n"
    old = record.format("") + body.format("MEM")
    (only,) = changes(tmp_path, old, record.format("") + body.format("1"), ("f",))
    assert only.comparison.verdict == "same"
    (only,) = changes(tmp_path, old, record.format("") + body.format("2"), ("f",))
    assert only.comparison.verdict == "changed"


@pytest.mark.parametrize(
    ("body", "old", "new"),
    [
        ('if (n != 0x1234567) asm("{1}" : "+r" (n)); return n == 0x1234567 ? {0} : n;', (1, "x"), (2, "y")),
        ("return n == 0x1234567 ? {0} : sum(n + {0}) ^ sum(n * {0});", (1, ""), (2, "")),
    ],
)
def test_a_counterexample_for_which_it_does_not_matter_what_is_unknown(
    body: str, old: tuple[int, str], new: tuple[int, str], tmp_path: Path
) -> None:
    head = "static u32 sum(u32 n) { u32 i, t = 0; for (i = 0; i < n; i++) t += i; return t; }\n"
    bodies = [body.replace("{0}", str(value)).replace("{1}", code) for value, code in (old, new)]
    before, after = (f"{head}u32 f(u32 n) {{ {text} }}\n" for text in bodies)
    (only,) = changes(tmp_path, before, after, ("f",))
    assert only.comparison.verdict == "changed"
    assert only.comparison.counterexample is not None
    assert [i.value for i in only.comparison.counterexample.inputs if i.name == "n"] == [0x1234567]
    assert only.map is not None
    for region in only.map.regions:  # what is unknown is also run where the two may do the same
        assert region.certain == ("n == 0x1234567" in region.conditions)
        assert bool(region.why) != region.certain
        assert not {"true", "false"}.intersection(region.conditions)
    shown = diff_text((only,), 0.0)
    assert all(" ".join(f"Not certain: {r.why}".split()) in " ".join(shown.split()) for r in only.map.regions if r.why)


def test_a_function_of_a_header_is_known_to_both_versions(tmp_path: Path) -> None:
    steps = " ".join(f'asm("step {i}" : "+m" (p->arr[{i}]));' for i in range(8))
    for version, call in (("old", "prepare(p); "), ("new", "")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "prepare.h").write_text(f"static inline void prepare(struct s *p) {{ {steps} }}\n")
        (tmp_path / version / "f.c").write_text(
            f'{HEAD}#include "prepare.h"\nu32 f(struct s *p) {{ {call}return p->a; }}\n'
        )
    (only,) = diff(str(tmp_path / "old"), str(tmp_path / "new"), ("f",), options=Options(jobs=1))
    assert only.comparison.verdict == "changed"
    assert only.comparison.counterexample is not None
    assert only.comparison.counterexample.failing == ("the calls",)


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ('asm("x" : : : "memory");', "may differ"),  # code in both versions, which may do nothing to p->a
        ("h(&p->b);", "changed"),  # a function, which may do anything
        ('asm("x" : : : "memory"); p->a = n;', "changed"),
    ],
)
def test_what_unknown_code_does_to_memory(between: str, expected: str, tmp_path: Path) -> None:
    old = f"u32 f(struct s *p, u32 n) {{ u32 a = p->a; {between} return a; }}\n"
    new = f"u32 f(struct s *p, u32 n) {{ {between} return p->a; }}\n"
    (only,) = changes(tmp_path, old, new, ("f",))
    assert only.comparison.verdict == expected
    if expected == "may differ":
        assert "does to `s.a`" in only.comparison.reasons[0]


def test_conditions_that_look_alike_are_told_apart(tmp_path: Path) -> None:
    text = "u32 f(struct s *p) {{ if (!p->a) return 1;\nh(&p->b);\nif (p->a) return {0};\nreturn 2; }}\n"
    (only,) = changes(tmp_path, text.format(3), text.format(4), ("f",))
    assert only.map is not None
    assert [r.conditions for r in only.map.regions] == [("p->a (line 6)", "p->a (line 8)")]


EACH = "#define for_each_thing(i, n) for (i = 0; i < n; i++)\n#define for_each_other(i, n) for_each_thing(i, n)\n"


@pytest.mark.parametrize("macro", ["for_each_thing", "for_each_other"])
def test_the_body_of_a_loop_macro_counts(macro: str, tmp_path: Path) -> None:
    """A loop that is stepped over is its macro and its body, not what the macro alone stands for."""
    body = EACH + f"u32 f(struct s *p, u32 n) {{{{ u32 i; {macro}(i, n) {{{{ g({{}}); }}}} return 0; }}}}\n"
    assert verdict(tmp_path, body.format(1), body.format(2)) == "changed"
    assert verdict(tmp_path, body.format(1), body.format("1 ")) == "same"


def test_a_loop_macro_in_a_header_is_looked_for(tmp_path: Path) -> None:
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "h.h").write_text(EACH)
    body = '#include "h.h"\nu32 f(struct s *p, u32 n) { u32 i, t = 0; for_each_other(i, 3) { t += n; } return t; }\n'
    assert verdict(tmp_path, body, body.replace("{ t += n; }", "t = n + t;")) == "same"
    assert verdict(tmp_path, body, body.replace("(i, 3)", "(i, 2)")) == "changed"


OPERANDS = '#define MORE "+r" (q)\n#define ARCH "push "\n'


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('asm volatile(ARCH "x" : "+r" (n), MORE : "r" (p)); return n + 0;', "", True),
        (
            'asm(ARCH "x" : "+r" (n), MORE : [a] "r" (p)); return n;',
            'asm(ARCH "x" : "+r" (n) : [a] "r" (p)); return n;',
            False,
        ),
        ('asm(ARCH "x" : "=r" (n), MORE : : "cc"); return n;', 'asm(ARCH "x" : "=r" (n), MORE); return n;', False),
        ("return n & (__alignof__(p->a) - 1);", "return (__alignof__(p->a) - 1) & n;", False),
        ("return n & (__alignof__(p->a) - 1);", "u32 m = n; return n & (__alignof__(p->a) - 1);", True),
    ],
)
def test_assembly_whose_operands_are_macros(old: str, new: str, same: bool, tmp_path: Path) -> None:
    text = OPERANDS + "u32 f(struct s *p, u32 n) {{ u32 q = n; {} }}\n"
    found = verdict(tmp_path, text.format(old), text.format(new or old.replace("n + 0", "n")))
    assert found == "same" if same else found in ("changed", "may differ")


def test_functions_that_only_one_version_has_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = function("return n;")
    changes(tmp_path, f"u32 gone(void) {{ return 1; }}\n{both}", f"{both}u32 come(void) {{ return 1; }}\n")
    sides = [str(tmp_path / side) for side in ("old", "new")]
    assert main(["diff", *sides]) == 0
    text = capsys.readouterr().out
    assert "f.c: only in the old version: gone()\nf.c: only in the new version: come()\n" in text
    assert main(["diff", *sides, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["only_old"], document["only_new"]) == ({"f.c": ["gone"]}, {"f.c": ["come"]})
    assert main(["diff", *sides, "--function", "f"]) == 0
    assert "only in" not in capsys.readouterr().out


def test_revisions_without_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="git isn't installed"):
        list(diff(f"{tmp_path}@old", f"{tmp_path}@new"))


def test_nothing_compared_is_no_success(tmp_path: Path) -> None:
    for name, text in (("one", "u32 f(void) { return 1; }\n"), ("other", "u32 g(void) { return 2; }\n")):
        (tmp_path / f"{name}.c").write_text(text)
    with pytest.raises(InputError, match="define no function in common"):
        list(diff(str(tmp_path / "one.c"), str(tmp_path / "other.c")))


def test_of_many_regions_the_first_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = "".join(f"case {n}: return n + {{}};\n" for n in range(16))
    text = f"u32 f(struct s *p, u32 n) {{{{ switch (n) {{{{ {cases} }}}} return 0; }}}}\n"
    changes(tmp_path, text.format(*[0] * 16), text.format(*[1] * 16))
    sides = [str(tmp_path / side) for side in ("old", "new")]
    assert main(["diff", *sides]) == 1
    text = capsys.readouterr().out
    assert text.count("differs if") == 12
    assert "    … and 4 more regions (-v shows them)\n    Outside of these regions nothing differs: proved.\n" in text
    assert main(["diff", *sides, "-v"]) == 1
    assert capsys.readouterr().out.count("differs if") == 16


def test_what_both_versions_do_is_counted_where_it_is_much(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls = "".join(f"k({n}); " for n in range(9))
    text = f"extern void k(u32 x);\nvoid f(u32 n) {{{{ k(1{{}}); {calls} k(2); k(3{{}}); }}}}\n"
    changes(tmp_path, text.format("0", ""), text.format("1", "0"))
    sides = [str(tmp_path / side) for side in ("old", "new")]
    assert main(["diff", *sides]) == 1
    text = capsys.readouterr().out
    assert text.count("… 10 more, as in the other version (-v shows them)\n") == 2
    assert re.findall(r"calls k\((\w+)\)", text) == ["0xa", "0x3", "0xb", "0x1e"]
    assert main(["diff", *sides, "-v"]) == 1
    assert capsys.readouterr().out.count("calls k(") == 24
