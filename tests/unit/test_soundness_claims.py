"""Claims and configurations that a careless model would get wrong; none may come out "proved"."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.reports import checked as check
from verify import Options
from verify.errors import SpecError

S = "struct s { u32 a; u32 b; u32 arr[4]; struct s *next; u32 *out; };\nextern u32 g(u32 x);\nextern void z(void);\n"


def verdict(
    folder: Path, old: str, new: str | None = None, prove: str = "same(old, new)", code: str = "", more: str = ""
) -> str:
    """The verdict's class name; `code` is for [code], `more` stands before the claim."""
    (folder / "new.c").write_text(S + (old if new is None else new))
    line = ""
    if new is not None:
        (folder / "old.c").write_text(S + old)
        line = 'old = "old.c"\n'
    (folder / "spec.toml").write_text(
        f'[code]\n{line}new = "new.c"\nentry = "f"\n{code}\n{more}\n[[claim]]\nname = "c"\nprove = \'{prove}\'\n'
    )
    report = check(str(folder / "spec.toml"), (), Options(specs=str(folder.parent)))
    return type(report.claims[0].verdict).__name__


IFDEF = "u32 f(u32 n) {\n#ifdef CONFIG_A\n\treturn 1;\n#endif\n\treturn 2; }"
ENABLED = "u32 f(u32 n) { return IS_ENABLED(CONFIG_A) ? 1 : 2; }"
BUILTIN = "u32 f(u32 n) { return IS_BUILTIN(CONFIG_A) ? 1 : 2; }"
MODULE = "u32 f(u32 n) { return IS_MODULE(CONFIG_A) ? 1 : 2; }"
IF_MODULE = "u32 f(u32 n) {\n#if IS_MODULE(CONFIG_A)\n\treturn 1;\n#endif\n\treturn 2; }"
BOTH = "u32 f(u32 n) {\n#if defined(CONFIG_A) || defined(CONFIG_A_MODULE)\n\treturn 1;\n#endif\n\treturn 2; }"
NEITHER = "u32 f(u32 n) { return IS_BUILTIN(CONFIG_A) && IS_MODULE(CONFIG_A) ? 1 : 2; }"
ONE, TWO = "u32 f(u32 n) { return 1; }", "u32 f(u32 n) { return 2; }"


@pytest.mark.parametrize(
    ("old", "new", "define", "expected"),
    [
        (ENABLED, IFDEF, "", "Refuted"),
        (ENABLED, BUILTIN, "", "Refuted"),
        (MODULE, BUILTIN, "", "Refuted"),
        (IFDEF, BUILTIN, "", "Proved"),
        (ENABLED, BOTH, "", "Proved"),
        (MODULE, IF_MODULE, "", "Proved"),
        (NEITHER, TWO, "", "Proved"),
        (IFDEF, ONE, "m", "Refuted"),
        (IFDEF, TWO, "m", "Proved"),
        (ENABLED, ONE, "m", "Proved"),
        (MODULE, ONE, "m", "Proved"),
        (MODULE, TWO, "y", "Proved"),
        (ENABLED, TWO, "n", "Proved"),
    ],
)
def test_a_symbol_is_y_or_m_or_off(tmp_path: Path, old: str, new: str, define: str, expected: str) -> None:
    code = f'define = {{ CONFIG_A = "{define}" }}' if define else ""
    assert verdict(tmp_path, old, new, code=code) == expected


def test_a_symbol_that_is_never_m(tmp_path: Path) -> None:
    assert verdict(tmp_path, ENABLED, IFDEF, code='define = { CONFIG_A_MODULE = "n" }') == "Proved"


SET5, SET6 = "u32 f(u32 *p) { *p = 5; return 0; }", "u32 f(u32 *p) { *p = 6; return 0; }"


@pytest.mark.parametrize(
    ("prove", "expected"),
    [
        ("*new.p == *p", "Refuted"),
        ("*new.p == 6", "Proved"),
        ("*(u32 *)new.p == 6", "Proved"),
        ("*new.p == *old.p", "Refuted"),
        ("&*new.p == p", "Proved"),
        ("new.p[0] == 6", "Proved"),
        ("now == 6", "Proved"),
    ],
)
def test_memory_behind_a_pointer_of_a_version(tmp_path: Path, prove: str, expected: str) -> None:
    assert verdict(tmp_path, SET5, SET6, prove, more='[names]\nnow = "*new.p"') == expected


@pytest.mark.parametrize("prove", ["*(new.p + 0) == *p", "*(n ? new.p : p) == 0", "*np == *p", "get(new.p) == *p"])
def test_memory_of_unclear_time_is_refused(tmp_path: Path, prove: str) -> None:
    get = "static inline u32 get(u32 *p) { return *p; }\n"
    with pytest.raises(SpecError, match="isn't clear"):
        verdict(tmp_path, get + SET6.replace("u32 *p)", "u32 *p, u32 n)"), None, prove, more='[names]\nnp = "new.p"')


def test_swapped_parameter_names_are_refused(tmp_path: Path) -> None:
    old = "u32 f(struct s *p, struct s *q) { return 0; }"
    assert verdict(tmp_path, old, old.replace("*p", "*r"), "old.p->a == new.r->a") == "Proved"
    swapped = old.replace("*p", "*r").replace("*q", "*p").replace("*r", "*q")
    assert verdict(tmp_path, old, swapped, "old.p->a == old.q->a") == "Unsupported"


def test_what_a_named_side_rests_on(tmp_path: Path) -> None:
    body = "u32 f(u32 n) { z(); return 8 / n; }"
    assert verdict(tmp_path, body, None, "r == r", more='[names]\nr = "new.ret"') == "Undecided"


def test_preserved_locations_of_any_object(tmp_path: Path) -> None:
    body = "u32 f(struct s *p, struct s *q) { q->a = 1; z(); return q->a; }"
    more = '[calls]\nz = { preserves = ["p->a"] }'
    assert verdict(tmp_path, body, None, "new.ret == 1", more=more) == "Proved"
    report = check(str(tmp_path / "spec.toml"), (), Options(specs=str(tmp_path.parent)))
    assert any("of this or any other object" in line for line in report.claims[0].rests_on)


def test_a_part_of_a_union_cannot_be_preserved(tmp_path: Path) -> None:
    body = "union u { u32 w; u8 c; };\nu32 f(union u *p) { p->w = 1; z(); return p->w; }"
    with pytest.raises(SpecError, match="union"):
        verdict(tmp_path, body, None, "new.ret == 1", more='[calls]\nz = { preserves = ["p->c"] }')


def test_calls_that_leave_no_trace_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="macro"):
        verdict(tmp_path, "#define kick(x) g(x)\nu32 f(u32 n) { return kick(n); }", None, "!new.called(kick)")
    with pytest.raises(SpecError, match="silent"):
        verdict(
            tmp_path, "u32 f(u32 n) { z(); return 0; }", None, "!new.called(z)", more="[calls]\nz = { silent = true }"
        )


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("u32 f(u32 (*p)(u32), u32 n) { return p(n); }", "what a function pointer points at"),
        ('static void k(void) { asm(""); g(1); }\nu32 f(u32 n) { k(); return 0; }', "k()"),
    ],
)
def test_calls_inside_of_opaque_calls_are_named(tmp_path: Path, body: str, named: str) -> None:
    verdict(tmp_path, body, None, "!new.called(g)")
    report = check(str(tmp_path / "spec.toml"), (), Options(specs=str(tmp_path.parent)))
    assert f"g() isn't called inside of what isn't looked into: {named}" in report.claims[0].rests_on


PACKED = "struct b { union { u32 w; struct { u16 lo; u16 hi; }; }; struct { u32 x; } in; };\n"


@pytest.mark.parametrize(
    ("old", "new", "excepted", "expected"),
    [
        ("p->arr[n & 3] = 1; q->a = 0;", "p->arr[n & 3] = 2; q->a = 0;", "p->arr", "Proved"),
        ("p->arr[n & 3] = 1; q->a = 0;", "p->arr[n & 3] = 2; q->a = 1;", "p->arr", "Refuted"),
        ("p->arr[n & 3] = 1;", "q->arr[n & 3] = 1;", "p->arr", "Refuted"),
    ],
)
def test_an_excepted_array(tmp_path: Path, old: str, new: str, excepted: str, expected: str) -> None:
    head = "u32 f(struct s *p, struct s *q, u32 n) {"
    prove = f"same(old, new, except({excepted}))"
    assert verdict(tmp_path, f"{head} {old} return 0; }}", f"{head} {new} return 0; }}", prove) == expected


@pytest.mark.parametrize(("excepted", "why"), [("p->lo", "part of a union"), ("p->in", "record")])
def test_what_cannot_be_excepted(tmp_path: Path, excepted: str, why: str) -> None:
    old = PACKED + "u32 f(struct b *p) { p->lo = 1; p->hi = 3; return 0; }"
    with pytest.raises(SpecError, match=why):
        verdict(tmp_path, old, old.replace("= 3", "= 4"), f"same(old, new, except({excepted}))")


GUARDED = "#ifdef CONFIG_A\nstatic u32 k(u32 x) { return x; }\n#endif\n"
USE = "u32 f(u32 n) {\n#ifdef CONFIG_A\n\treturn k(n);\n#else\n\treturn 1;\n#endif\n}"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (GUARDED + USE, USE.replace("k(n)", "n"), "Proved"),
        (GUARDED + USE, USE.replace("k(n)", "n + 1"), "Refuted"),
        (GUARDED + USE, GUARDED.replace("return x", "return x + 1") + USE, "Refuted"),
        (GUARDED + USE.replace("ifdef", "if IS_ENABLED(CONFIG_A) //"), USE.replace("k(n)", "n"), "MayDiffer"),
        (GUARDED + "u32 f(u32 n) { return k(n); }", "u32 f(u32 n) { return n; }", "Refuted"),
    ],
)
def test_a_function_is_used_under_its_own_condition(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert verdict(tmp_path, old, new) == expected


@pytest.mark.parametrize("body", ["u32 f(u32 n) { switch (n) case 1: return 5; return 6; }", "u32 f(u32 n) { ) }"])
def test_an_entry_that_does_not_parse_is_unsupported(tmp_path: Path, body: str) -> None:
    assert verdict(tmp_path, body, None, "new.ret == 5") == "Unsupported"


def test_a_local_with_another_name_is_the_same(tmp_path: Path) -> None:
    old = "extern void h(u32 *p);\nu32 f(u32 n) { u32 x = 1; h(&x); return 0; }"
    assert verdict(tmp_path, old, old.replace("x", "y").replace("eytern", "extern")) == "Proved"
    assert verdict(tmp_path, old, old.replace("= 1", "= 2")) == "Refuted"


def test_a_comment_between_head_and_body(tmp_path: Path) -> None:
    text = "static u32 k(u32 x) // a note\n{\n\treturn x;\n}\nu32 f(u32 n) { return k(n); }"
    assert verdict(tmp_path, text, text.replace(" // a note", "")) == "Proved"
    assert verdict(tmp_path, text, text.replace("return x", "return x + 1")) == "Refuted"
