"""Verdicts on tiny C: what each means, what it rests on, and what is never proved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import verify
from tests.unit.reports import checked
from verify.claims.verdict import ClaimReport, MayDiffer, Proved, Refuted, SpecReport, Undecided, Unsupported, Vacuous
from verify.errors import InputError, SpecError
from verify.pipeline import Options, check, explain, loaded

BOTH = "same(old, new)"
TYPES = "typedef unsigned int u32;\nint g(int);\nint h(int);\nvoid trace(int);\n"


class Case:
    """A folder with a spec of one claim."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def report(
        self, new: str, prove: str, *, old: str | None = None, assume: tuple[str, ...] = (), more: str = "",
        code: str = "", options: verify.Options | None = None, head: str = TYPES
    ) -> SpecReport:  # fmt: skip
        (self.folder / "new.c").write_text(head + new)
        lines = ["[code]", 'new = "new.c"', 'entry = "f"', code]
        if old is not None:
            (self.folder / "old.c").write_text(head + old)
            lines.append('old = "old.c"')
        lines += [more, "[[claim]]", 'name = "c"', f"assume = {[*assume]!r}", f"prove = '''{prove}'''"]
        (self.folder / "spec.toml").write_text("\n".join(lines) + "\n")
        return checked(str(self.folder), (), options)

    def claim(
        self, new: str, prove: str, *, old: str | None = None, assume: tuple[str, ...] = (), more: str = "",
        code: str = "", options: verify.Options | None = None, head: str = TYPES
    ) -> ClaimReport:  # fmt: skip
        report = self.report(new, prove, old=old, assume=assume, more=more, code=code, options=options, head=head)
        return report.claims[0]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


S = "struct s { int a; int b; };\nint f(struct s *p) { "
PQ = "struct s { int a; };\nint f(struct s *p, struct s *q) { p->a = 1; return q->a; }"

ONE_VERSION = [
    # C's own semantics
    ("int f(int x) { return x; }", "new.ret == x", "proved"),
    ("int f(int x) { return x + 1; }", "new.ret > x", "refuted"),
    ("u32 f(u32 x) { return x + 1; }", "new.ret == x + 1u", "proved"),
    ("int f(int x) { return x < 0 ? -x : x; }", "new.ret >= 0", "refuted"),
    ("int f(int x) { return x < -100 || x > 100 ? 0 : x < 0 ? -x : x; }", "new.ret >= 0 && new.ret <= 100", "proved"),
    ("int f(unsigned char x) { return ~x; }", "new.ret < 0", "proved"),
    ("int f(int x) { return (unsigned char)x; }", "new.ret == (x & 255)", "proved"),
    ("int f(int x) { return -1 < 1u; }", "new.ret == 0", "proved"),
    ("int f(int x) { return !x; }", "new.ret ==> x == 0", "proved"),
    ("int f(int x) { return !x; }", "new.ret <==> x == 0", "proved"),
    ("int f(int x) { return !x; }", "x == 0 ==> !new.ret", "refuted"),
    ("int f(int x) { return 1; }", "1 == 1", "proved"),
    ("int f(int x) { return 1; }", "1 == 2", "refuted"),
    # before and after
    ("int f(int x) { x = 3; return x; }", "new.ret == 3 && x == x", "proved"),
    ("int f(int *p) { *p = 3; return 0; }", "new.*p == 3", None),
    (S + "p->a = p->b; return 0; }", "new.p->a == p->b", "proved"),
    (S + "p->a = p->b; return 0; }", "new.p->a == p->a", "refuted"),
    (S + "p->a = p->b; return 0; }", "new.p->b == p->b", "proved"),
    (S + "p->a = 1; return 0; }", "same(before, new, except(p->a))", "proved"),
    (S + "p->a = 1; return 0; }", "same(before, new, except(p->b))", "refuted"),
    (S + "p->a = 1; return 0; }", "same(before, new)", "refuted"),
    (S + "int t = p->a; p->a = 1; p->a = t; return 0; }", "same(before, new)", "proved"),
    # two pointers of one type may be equal; of two types they aren't
    (PQ, "new.ret == q->a", "refuted"),
    (PQ, "p != q ==> new.ret == q->a", "proved"),
    ("struct s { int a; };\nstruct r { int a; };\nint f(struct s *p, struct r *q) { p->a = 1; return q->a; }",
     "new.ret == q->a", "proved"),
    # calls
    ("int f(int x) { if (x) g(x); return 0; }", "new.called(g) <==> x != 0", "proved"),
    ("int f(int x) { if (x) g(x); return 0; }", "new.called(g)", "refuted"),
    ("int f(int x) { g(1); if (x) g(2); return 0; }", "new.calls(g) == (x ? 2 : 1)", "proved"),
    ("int f(int x) { g(1); if (x) g(2); return 0; }", "new.calls(g) <= 1", "refuted"),
    ("int f(int x) { g(1); return 0; }", "new.calls(h) == 0 && !new.called(h)", "proved"),
    ("static int k(int x) { return x; }\nint f(int x) { return k(x); }", "new.called(k) && new.ret == x", "proved"),
    ("int f(int x) { return g(x) - g(x); }", "new.ret == 0", "may differ or refuted"),
    ("int v;\nint f(int x) { v = 1; g(x); return v; }", "new.ret == 1", "refuted"),
    ("int f(int x) { int v = 1; g(x); return v; }", "new.ret == 1", "proved"),
    ("int f(int x) { WARN_ON(x == 3); return 0; }", "new.warned <==> x == 3", "proved"),
    ("int f(int x) { WARN_ON(x == 3); return 0; }", "!new.warned", "refuted"),
    ("int f(int x) { BUG_ON(x == 3); return x; }", "new.ret != 3", "any"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "prove", "word"), [c for c in ONE_VERSION if c[2] is not None])
def test_one_version(case: Case, code: str, prove: str, word: str) -> None:
    claim = case.claim(code, prove)
    if word != "any":
        assert claim.word in word.split(" or "), claim.verdict


@pytest.mark.parametrize(
    ("code", "prove", "hazard", "place", "enough"),
    [
        ("u32 f(u32 x) { return 1u << x; }", "new.ret != 3", "shift count out of range", "new.c:5:23", "x < 32"),
        ("int f(int x) { return 1 >> x; }", "new.ret < 2", "shift count out of range", "new.c:5:23",
         "x >= 0 && x < 32"),
        ("u32 f(u32 x) { return 7 / x; }", "new.ret <= 7", "division by zero", "new.c:5:23", "x > 0"),
        ("u32 f(u32 x) { return 7 % x; }", "new.ret <= 7", "division by zero", "new.c:5:23", "x != 0"),
        (
            "int f(int x) { return x / -1; }", "x ==> new.ret != x || x < 0", "signed division overflow", "new.c:5:23",
            "x != -2147483647 - 1",
        ),
        (
            "int a[4];\nint f(u32 x) { a[x] = 1; return 1; }", "new.ret == 1", "array index out of bounds",
             "new.c:6:16",
            "x < 4",
        ),
        (
            "int f(u32 x) { int a[4] = { 1, 2, 3, 4 }; return a[x]; }", "new.ret >= 1", "array index out of bounds",
            "new.c:5:50", "x <= 3",
        ),
    ],
)  # fmt: skip
def test_possible_undefined_behaviour_is_unknown(
    case: Case, code: str, prove: str, hazard: str, place: str, enough: str
) -> None:
    verdict = case.claim(code, prove).verdict
    assert isinstance(verdict, Undecided)
    first, line, caret = verdict.reason.split("\n")[:3]
    assert first.startswith(f"{hazard} is possible at ")
    assert first.endswith(place)
    assert line.strip()
    assert caret.strip("^ ") == ""
    assert isinstance(case.claim(code, prove, assume=(enough,)).verdict, Proved)


def test_undefined_behaviour_out_of_reach_does_not_matter(case: Case) -> None:
    code = "u32 f(u32 x) { if (x < 32) return 1u << x; return x ? 8 / x : 1; }"
    assert case.claim(code, "new.ret <= 0x80000000u").word == "proved"


def test_undefined_behaviour_in_the_claim_itself(case: Case) -> None:
    code = "int f(u32 x) { return 0; }"
    assert case.claim(code, "(1u << x) != 3").word == "unknown"
    assert case.claim(code, "x < 32 ==> (1u << x) != 3").word == "proved"
    assert case.claim(code, "(1u << x) != 3", assume=("x < 32",)).word == "proved"


def test_undefined_behaviour_in_an_assumption(case: Case) -> None:
    code = "int f(u32 x) { return 0; }"
    assert case.claim(code, "new.ret == 0", assume=("8 / x != 2",)).word == "unknown"
    assert case.claim(code, "new.ret == 0", assume=("x && 8 / x != 2",)).word == "proved"


def test_undefined_behaviour_in_an_assumption_of_all_claims(case: Case) -> None:
    code = "int f(u32 x) { return 0; }"
    assert case.claim(code, "new.ret == 0", code='assume = ["8 / x != 2"]').word == "unknown"


def test_a_hazard_of_a_version_that_is_not_spoken_of(case: Case) -> None:
    new, old = "u32 f(u32 x) { return x; }", "u32 f(u32 x) { return 8 / x; }"
    assert case.claim(new, "new.ret == x", old=old).word == "proved"
    assert case.claim(new, "old.ret == x", old=old).word == "unknown"


@pytest.mark.parametrize(
    ("assume", "unroll", "word"),
    [((), 4, "unknown"), (("x <= 3",), 4, "proved"), (("x <= 9",), 4, "unknown"), (("x <= 9",), 10, "proved")],
)
def test_loop_bound(case: Case, assume: tuple[str, ...], unroll: int, word: str) -> None:
    code = "u32 f(u32 x) {\n\tu32 n = 0;\n\twhile (n < x)\n\t\tn++;\n\treturn n;\n}"
    claim = case.claim(code, "new.ret == x", assume=assume, code=f"unroll = {unroll}")
    assert claim.word == word
    if isinstance(claim.verdict, Undecided):
        assert f"more than {unroll} iterations of this loop is possible at" in claim.verdict.reason
        assert "new.c:7:2" in claim.verdict.reason


@pytest.mark.parametrize(
    "loop",
    [
        "for (i = 0; i < 5; i++) n += i;",
        "i = 0; while (i < 5) { n += i; i++; }",
        "i = 0; do { n += i; } while (++i < 5);",
        "for (i = 0; ; i++) { if (i == 5) break; n += i; }",
        "for (i = 0; i < 9; i++) { if (i > 4) continue; n += i; }",
        "i = 0; again: n += i; if (++i < 5) goto again;",
    ],
)
def test_loops_with_constant_bounds_are_whole(case: Case, loop: str) -> None:
    claim = case.claim(f"int f(int x) {{ int i, n = 0; {loop} return n; }}", "new.ret == 10")
    assert claim.word == "proved", claim.verdict


@pytest.mark.parametrize(
    "assume", [("x < 3", "x > 5"), ("0",), ("x != x",), ("p->a == 1", "p->a == 2"), ("g(x) == 1", "g(x) == 2")]
)
def test_vacuous(case: Case, assume: tuple[str, ...]) -> None:
    code = "struct s { int a; };\nint f(struct s *p, int x) { return x; }"
    verdict = case.claim(code, "new.ret == 7", assume=assume, more="[calls]\ng = { pure = true }").verdict
    assert verdict == Vacuous(assume)


def test_assumptions_of_the_code_and_of_the_claim_contradict(case: Case) -> None:
    verdict = case.claim("int f(int x) { return x; }", "1", assume=("x > 5",), code='assume = ["x < 3"]').verdict
    assert verdict == Vacuous(("x < 3", "x > 5"))


@pytest.mark.parametrize(
    ("code", "message", "place"),
    [
        ("int f(int x) {\n\treturn x + 1.5;\n}", "not an integer literal", "new.c:6:13"),
        ("int f(int x) {\n\tdouble d = x;\n\treturn d;\n}", "`double`", "new.c:6:2"),
        ('int f(int x) {\n\tasm("nop");\n\treturn x;\n}', "", "new.c:6:2"),
        ("int f(int x) {\n\treturn y;\n}", "y", "new.c:6:9"),
        ("int f(int x) {\n\treturn x ? f(x - 1) : 0;\n}", "`f` calls itself", "new.c:6:13"),
        ("struct s;\nint f(struct s *p) {\n\treturn p->a;\n}", "`struct s` isn't defined", "new.c:7:9"),
        ("struct s { int abc; };\nint f(struct s *p) {\n\treturn p->abd;\n}", "has no member `abd`", "new.c:7:9"),
    ],
)
def test_unsupported_with_place_and_caret(case: Case, code: str, message: str, place: str) -> None:
    verdict = case.claim(code, "new.ret == 3").verdict
    assert isinstance(verdict, Unsupported)
    first, line, caret = verdict.message.split("\n")[:3]
    assert first.split(": ")[0].endswith(place)
    assert message in first
    column = int(first.split(": ")[0].rsplit(":", 1)[1])
    assert caret[4:].replace("\t", " ")[: column - 1].isspace() or column == 1
    assert caret[4 + column - 1] == "^"
    assert line[4:] == code.split("\n")[int(place.split(":")[1]) - 5]


def test_what_is_not_reached_is_not_refused(case: Case) -> None:
    code = 'int f(int x) { if (0) { asm("nop"); return 1.5; } return x; }'
    assert case.claim(code, "new.ret == x").word == "proved"


@pytest.mark.parametrize(
    ("prove", "message"),
    [
        ("old.ret == 1", "this spec has one version"),
        ("ret == 1", "known only after a version ran"),
        ("new.called(nowhere)", "no version knows a function `nowhere`"),
        ("new.called(3)", "takes one function's name"),
        ("(x = 3) == 3", "a claim can't change anything"),
        ("x++ == 3", "a claim can't change anything"),
        ("g(x) == 3", "which may change something"),
        ("same(new)", "`same` takes two of before, old and new"),
        ("same(before, new, x)", "the third argument of `same`"),
        ("new == 3", "can't stand alone"),
        ("nowhere == 3", "nowhere"),
        ("0 < x < 3", "C has no chained comparisons"),
        ("x == 1 != (0)", "C has no chained comparisons"),
        ("x ==> ({ x ==> x; })", "an arrow within statements"),
    ],
)
def test_claims_that_make_no_sense(case: Case, prove: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        case.claim("int f(int x) { return x; }", prove)
    assert message in str(caught.value)
    assert caught.value.span is not None
    assert "spec.toml:" in str(caught.value)


def test_an_assumption_about_the_end(case: Case) -> None:
    with pytest.raises(SpecError, match="an assumption is about what holds before"):
        case.claim("int f(int x) { return x; }", "1", assume=("new.ret == 1",))


@pytest.mark.parametrize(
    ("code", "message"),
    [("int k(int x) { return x; }", "the function `f` isn't defined"), ("", "the function `f` isn't defined")],
)
def test_no_entry(case: Case, code: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        case.claim(code, "1")


GLOBAL = "int v;\nint f(int x) {"
TWO_VERSIONS = [
    ("int f(int x) { return x * 2; }", "int f(int y) { return y + y; }", BOTH, "proved"),
    ("int f(int x) { return x; }", "int f(int x) { return x + 1; }", BOTH, "refuted"),
    ("int f(int x) { return x; }", "int f(int x) { return x + 1; }", "same(old, new, except(ret))", "proved"),
    # calls
    ("int f(int x) { return g(x); }", "int f(int x) { int r = g(x); return r; }", BOTH, "proved"),
    ("int f(int x) { return g(x); }", "int f(int x) { return h(x); }", BOTH, "may differ or refuted"),
    ("int f(int x) { g(x); return 0; }", "int f(int x) { return 0; }", BOTH, "refuted"),
    ("int f(int x) { g(x); return 0; }", "int f(int x) { return 0; }", "same(old, new, except(calls, memory))",
     "proved"),
    ("int f(int x) { trace(x); return 0; }", "int f(int x) { return 0; }", "same(old, new, except(trace))", "proved"),
    ("int f(int x) { trace(x); g(x); return 0; }", "int f(int x) { g(x); return 0; }", "same(old, new, except(trace))",
     "proved"),
    ("int f(int x) { trace(x); g(x); return 0; }", "int f(int x) { g(x + 1); return 0; }",
     "same(old, new, except(trace))",
     "refuted"),
    ("int f(int x) { g(1); h(2); return 0; }", "int f(int x) { h(2); g(1); return 0; }", BOTH, "refuted"),
    ("int f(int x) { g(1); g(1); return 0; }", "int f(int x) { g(1); return 0; }", BOTH, "refuted"),
    ("int f(int x) { if (x == 1) g(x); return 0; }", "int f(int x) { if (x == 1) g(1); return 0; }", BOTH, "proved"),
    # memory
    ("int v;\nint f(int x) { v = x; return 0; }", "int v;\nint f(int x) { v = 1; v = x; return 0; }", BOTH, "proved"),
    ("int v;\nint f(int x) { v = x; return 0; }", "int v;\nint f(int x) { return 0; }", BOTH, "refuted"),
    ("int v;\nint f(int x) { v = x; return 0; }", "int v;\nint f(int x) { return 0; }",
     "same(old, new, except(memory))",
     "proved"),
    ("int v;\nint f(int x) { v = x; g(0); return v; }", "int v;\nint f(int x) { g(0); return v; }",
     "old.ret == new.ret",
     "refuted or may differ"),
    ("int v;\nint f(int x) { v = v; g(0); return v; }", "int v;\nint f(int x) { g(0); return v; }", BOTH, "proved"),
    # warnings
    ("int f(int x) { WARN_ON(x); return 0; }", "int f(int x) { return 0; }", BOTH, "refuted"),
    ("int f(int x) { WARN_ON(x); return 0; }", "int f(int x) { return 0; }", "same(old, new, except(warnings))",
     "proved"),
    ("int f(int x) { BUG_ON(x == 5); return 0; }", "int f(int x) { return 0; }", BOTH, "refuted"),
    ("int f(int x) { BUG_ON(x == 5); return 0; }", "int f(int x) { return 0; }", "x != 5 ==> same(old, new)", "proved"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "prove", "word"), TWO_VERSIONS)
def test_two_versions(case: Case, old: str, new: str, prove: str, word: str) -> None:
    claim = case.claim(new, prove, old=old)
    assert claim.word in word.split(" or "), claim.verdict


def test_same_except_a_global(case: Case) -> None:
    claim = case.claim(f"{GLOBAL} return 0; }}", "same(old, new, except(v))", old=f"{GLOBAL} v = x; return 0; }}")
    assert claim.word == "proved"


def test_parts_of_same_that_fail_are_named(case: Case) -> None:
    old, new = "int v;\nint f(int x) { g(x); v = 1; return 0; }", "int v;\nint f(int x) { g(x); v = 1; return x; }"
    verdict = case.claim(new, BOTH, old=old).verdict
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample.failing == ("the return value",)
    assert verdict.counterexample.replayed
    assert [(i.name, i.value) for i in verdict.counterexample.inputs if i.name == "x"] == [("x", 1)]


def test_a_part_that_fails_is_named_by_its_whole_text(case: Case) -> None:
    verdict = case.claim("int f(int x) { return x; }", "(x & 1) ==> (new.ret == 2)").verdict
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample.failing == ("(x & 1) ==> (new.ret == 2)",)


def test_parameters_that_are_not_the_same_inputs(case: Case) -> None:
    with pytest.raises(InputError, match="takes 1 parameters in the old version"):
        case.claim("int f(int x, int y) { return 0; }", BOTH, old="int f(int x) { return 0; }")
    claim = case.claim("int f(long x) { return 0; }", BOTH, old="int f(int x) { return 0; }")
    assert claim.word == "unsupported"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        # both inlined: compared by what they do
        ("static int k(int x) { return x * 2; }", "static int k(int x) { return x + x; }", {"proved"}),
        ("static int k(int x) { return x; }", "static int k(int x) { return x + 1; }", {"refuted"}),
        # not looked into, the same text: the same function
        ('static int k(int x) { asm("nop"); return x; }', 'static int k(int x) { asm("nop"); return x; }', {"proved"}),
        ('static int k(int x) { asm("nop"); return x; }', 'static int k(int x)\n{ /* ! */ asm("nop");\n return x; }',
         {"proved"}),
        # not looked into, another text: two functions
        ('static int k(int x) { asm("nop"); return x; }', 'static int k(int x) { asm("nop"); return x + 1; }',
         {"refuted", "may differ"}),
        ('static int k(int x) { asm("nop"); return x; }', "static int k(int x) { return x; }", {"refuted",
         "may differ"}),
        ("static int k(int x) { return x; }", 'static int k(int x) { asm("nop"); return x; }', {"refuted",
         "may differ"}),
        # in one version only
        ("int k(int x);", "static int k(int x) { return x; }", {"refuted", "may differ"}),
    ],
)  # fmt: skip
def test_callees_with_texts_of_their_own(case: Case, old: str, new: str, words: set[str]) -> None:
    entry = "\nint f(int x) { return k(x); }"
    assert case.claim(new + entry, BOTH, old=old + entry).word in words


def test_a_rule_does_not_hide_that_a_callee_changed(case: Case) -> None:
    entry = "\nint f(int x) { return k(x); }"
    old, new = "static int k(int x) { return x; }" + entry, "static int k(int x) { return x + 1; }" + entry
    for rule in ("pure", "constant"):
        assert case.claim(new, BOTH, old=old, more=f"[calls]\nk = {{ {rule} = true }}").word != "proved"


ASM = 'asm("nop");'
HIDDEN = f"static int k(int x) {{ {ASM} return "


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"#define STEP 1\n{HIDDEN} x + STEP; }}", f"#define STEP 2\n{HIDDEN} x + STEP; }}"),
        (
            f"static int j(int x) {{ return x; }}\n{HIDDEN} j(x); }}",
            f"static int j(int x) {{ return 0; }}\n{HIDDEN} j(x); }}",
        ),
        (f"enum {{ STEP = 1 }};\n{HIDDEN} x + STEP; }}", f"enum {{ STEP = 2 }};\n{HIDDEN} x + STEP; }}"),
    ],
)
def test_what_a_callee_that_is_not_looked_into_rests_on_changed(case: Case, old: str, new: str) -> None:
    entry = "\nint f(int x) { return k(x); }"
    assert case.claim(new + entry, BOTH, old=old + entry).word != "proved"


STRUCT = "struct s { int a; int b; };\nint k(struct s *p);\n"
CHANGES = STRUCT + "int f(struct s *p) { int before = p->a; k(p); return p->a == before; }"


@pytest.mark.parametrize(
    ("code", "prove", "rule", "word"),
    [
        (CHANGES, "new.ret", "", "refuted"),
        (CHANGES, "new.ret", "k = { preserves = ['p->a'] }", "proved"),
        (CHANGES, "new.ret", "k = { preserves = ['p->b'] }", "refuted"),
        (CHANGES, "new.p->b == p->b", "k = { preserves = ['p->a'] }", "refuted"),
        (CHANGES, "new.p->b == p->b", "k = { preserves = ['p->a', 'p->b'] }", "proved"),
        (CHANGES, "new.ret", "k = { pure = true }", "proved"),
        (CHANGES, "new.ret", "k = { constant = true }", "proved"),
        (CHANGES, "new.ret", "k = { silent = true }", "proved"),
        # pure: the result depends on memory; constant: on the arguments alone
        (STRUCT + "int f(struct s *p) { return k(p) == k(p); }", "new.ret", "", "refuted"),
        (STRUCT + "int f(struct s *p) { return k(p) == k(p); }", "new.ret", "k = { pure = true }", "proved"),
        (STRUCT + "int f(struct s *p) { int r = k(p); p->a++; return r == k(p); }", "new.ret", "k = { pure = true }",
         "refuted"),
        (STRUCT + "int f(struct s *p) { int r = k(p); p->a++; return r == k(p); }", "new.ret",
         "k = { constant = true }",
         "proved"),
        (STRUCT + "int f(struct s *p, struct s *q) { return k(p) == k(q); }", "new.ret", "k = { constant = true }",
         "refuted"),
        (STRUCT + "int f(struct s *p, struct s *q) { return k(p) == k(q); }", "p == q ==> new.ret",
         "k = { pure = true }",
         "proved"),
        (STRUCT + "int f(struct s *p) { int r = k(p); g(1); return r == k(p); }", "new.ret", "k = { pure = true }",
         "refuted"),
        (STRUCT + "int f(struct s *p) { int r = k(p); g(1); return r == k(p); }", "new.ret", "k = { constant = true }",
         "proved"),
        # claims may call what changes nothing
        (STRUCT + "int f(struct s *p) { return k(p); }", "new.ret == k(p)", "k = { pure = true }", "proved"),
        (STRUCT + "int f(struct s *p) { return k(p); }", "new.called(k)", "k = { pure = true }", "proved"),
    ],
)  # fmt: skip
def test_rules_of_calls(case: Case, code: str, prove: str, rule: str, word: str) -> None:
    claim = case.claim(code, prove, more=f"[calls]\n{rule}")
    assert claim.word in ((word, "may differ") if word == "refuted" else (word,)), claim.verdict


def test_silent_calls_are_not_compared(case: Case) -> None:
    old, new = "int f(int x) { trace(x); return x; }", "int f(int x) { return x; }"
    assert case.claim(new, BOTH, old=old).word == "refuted"
    assert case.claim(new, BOTH, old=old, more="[calls]\ntrace = { silent = true }").word == "proved"


def test_the_result_of_a_silent_call_cannot_be_used(case: Case) -> None:
    claim = case.claim("int f(int x) { return g(x); }", "new.ret == x", more="[calls]\ng = { silent = true }")
    assert isinstance(claim.verdict, Unsupported)
    assert "assumed to do nothing" in claim.verdict.message


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("k = { preserves = ['p->a'] }", "doesn't write `p->a`"),
        ("k = { pure = true }", "depends on its arguments and memory"),
        ("k = { constant = true }", "depends on its arguments alone"),
        ("k = { silent = true }", "does nothing that matters"),
    ],
)
def test_verdicts_name_the_rules_they_rest_on(case: Case, rule: str, words: str) -> None:
    claim = case.claim(CHANGES, "new.ret", more=f"[calls]\n{rule}")
    assert isinstance(claim.verdict, Proved)
    assert any(words in a and "k()" in a for a in claim.rests_on)


NESTED = """struct in { int a; };
struct t { struct in i, j; int arr[4]; struct { int b; } rec[2]; struct { int c; } one; int d; struct in *k; int *out; };
int tab[4]; struct in whole; int plain;
void k(void);
"""


@pytest.mark.parametrize(
    ("preserved", "kept", "words"),
    [
        ("p->d", "p->d", "`p->d`"),
        ("p->one.c", "p->one.c", "`p->one.c`"),
        ("p->k->a", "p->i.a", "`p->k->a`"),
        ("p->arr[0]", "p->arr[1]", "`p->arr[0]` (all elements of `t.arr`)"),
        ("p->arr[x & 1]", "p->arr[3]", "`p->arr[x & 1]` (all elements of `t.arr`)"),
        ("p->rec[0].b", "p->rec[1].b", "`p->rec[0].b` (all elements of `t.rec.b`)"),
        ("p->i.a", "p->j.a", "`p->i.a` (each `in.a`)"),
        ("named", "p->j.a", "`named` (each `in.a`)"),
        ("whole.a", "p->j.a", "`whole.a` (each `in.a`)"),
        ("*p->out", "p->out[1]", "`*p->out` (any of 32 bits behind a pointer)"),
        ("tab[0]", "tab[1]", "`tab[0]` (all elements of `tab`)"),
        ("plain", "plain", "`plain`"),
    ],
)
def test_verdicts_name_all_that_is_taken_to_be_preserved(case: Case, preserved: str, kept: str, words: str) -> None:
    code = f"{NESTED}int f(struct t *p, int x) {{ int was = {kept}; k(); return {kept} == was; }}"
    more = f"[names]\nnamed = 'p->i.a'\n[calls]\nk = {{ preserves = ['p->k', 'p->out', '{preserved}'] }}"
    claim = case.claim(code, "new.ret", more=more)
    assert isinstance(claim.verdict, Proved)
    said = f"k() doesn't write `p->k`, `p->out`, {words}, of this or any other object"
    assert said in claim.rests_on


def test_verdicts_name_the_callees_taken_to_be_the_same(case: Case) -> None:
    code = "int f(int x) { return g(x); }"
    claim = case.claim(code, BOTH, old=code)
    assert any("same in both versions: g()" in a for a in claim.rests_on)


SWITCH = """int f(int x)
{
#ifdef CONFIG_A
	return 1;
#else
	return 2;
#endif
}
"""
ENABLED = "int f(int x) { return IS_ENABLED(CONFIG_A) ? 1 : 2; }"


@pytest.mark.parametrize(
    ("old", "new", "prove", "define", "word"),
    [
        (SWITCH, SWITCH, BOTH, {}, "proved"),
        (SWITCH, ENABLED, BOTH, {}, "refuted"),  # CONFIG_A=m
        (SWITCH, ENABLED, BOTH, {"CONFIG_A_MODULE": False}, "proved"),
        (None, SWITCH, "new.ret == 1 || new.ret == 2", {}, "proved"),
        (None, SWITCH, "new.ret == 1", {}, "refuted"),
        (None, SWITCH, "new.ret == 1", {"CONFIG_A": True}, "proved"),
        (None, SWITCH, "new.ret == 2", {"CONFIG_A": False}, "proved"),
        (None, ENABLED, "new.ret == 1", {"CONFIG_A": True}, "proved"),
        (None, SWITCH, "IS_ENABLED(CONFIG_A) ==> new.ret == 1", {}, "refuted"),
        (None, SWITCH, "IS_BUILTIN(CONFIG_A) ==> new.ret == 1", {}, "proved"),
        (SWITCH, SWITCH.replace("CONFIG_A", "CONFIG_B"), BOTH, {}, "refuted"),
        (SWITCH, SWITCH.replace("CONFIG_A", "CONFIG_B"), BOTH, {"CONFIG_A": True, "CONFIG_B": True}, "proved"),
        (SWITCH, SWITCH.replace("#ifdef", "#if defined(CONFIG_B) || defined").replace("defined CONFIG",
         "defined CONFIG"),
         BOTH, {"CONFIG_B": False}, "proved"),
    ],
)  # fmt: skip
def test_config_symbols_are_inputs_that_both_versions_share(
    case: Case, old: str | None, new: str, prove: str, define: Mapping[str, bool], word: str
) -> None:
    claim = case.claim(new, prove, old=old, options=verify.Options(define=define))
    assert claim.word == word, claim.verdict


def test_options_override_what_the_spec_defines(case: Case) -> None:
    code = 'define = { CONFIG_A = "n" }'
    assert case.claim(SWITCH, "new.ret == 2", code=code).word == "proved"
    options = verify.Options(define={"CONFIG_A": True})
    assert case.claim(SWITCH, "new.ret == 1", code=code, options=options).word == "proved"


def test_a_function_under_an_undecided_if_is_not_inlined(case: Case) -> None:
    code = "#ifdef CONFIG_A\nstatic int k(int x) { return x; }\n#endif\nint f(int x) { return k(x); }"
    assert case.claim(code, "new.ret == x").word in ("refuted", "may differ")
    assert case.claim(code, "new.ret == x", options=verify.Options(define={"CONFIG_A": True})).word == "proved"


def test_what_only_one_version_asks_may_differ(case: Case) -> None:
    verdict = case.claim(
        "int f(int x) { return g(1); }", "old.ret == new.ret", old="int f(int x) { return g(0); }"
    ).verdict
    assert isinstance(verdict, MayDiffer)
    assert "g() returns, which only one version calls like this" in verdict.reason


def test_refuted_is_replayed_and_minimal(case: Case) -> None:
    code = "struct s { int a; };\nint f(struct s *p, u32 x) { if (x & 0x50) p->a = 7; return 0; }"
    verdict = case.claim(code, "new.p->a == p->a").verdict
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample.replayed
    assert {i.name: i.value for i in verdict.counterexample.inputs}["x"] == 0x10


def test_names_abbreviate_and_bits_name(case: Case) -> None:
    code = "#define B_ONE 1\n#define B_TWO 2\nstruct s { u32 a; };\nint f(struct s *p) { return p->a & B_TWO; }"
    more = "[names]\nbits = 'p->a'\n[bits]\nbits = 'B_'"
    verdict = case.claim(code, "new.ret == 0 && new.bits == bits", more=more).verdict
    assert isinstance(verdict, Refuted)
    (shown,) = [i for i in verdict.counterexample.inputs if i.name == "bits"]
    assert (shown.value, shown.bits) == (2, ("B_TWO",))


def test_variables_are_further_inputs(case: Case) -> None:
    code = "u32 f(u32 x) { return x & ~0xffu; }"
    more = "[vars]\nn = 'u32'"
    assert case.claim(code, "n < 8 ==> !(new.ret & (1u << n))", more=more).word == "proved"
    assert case.claim(code, "n < 9 ==> !(new.ret & (1u << n))", more=more).word == "refuted"
    with pytest.raises(SpecError, match="isn't an integer type"):
        case.claim(code, "n == n", more="[vars]\nn = 'struct s'")
    with pytest.raises(SpecError, match="is also a parameter of"):
        case.claim(code, "x == x", more="[vars]\nx = 'u32'")


@pytest.mark.parametrize(
    ("name", "what"),
    [("K", "a macro"), ("E", "an enumeration constant"), ("tt", "a type"), ("BIT", "a macro")],
)
def test_a_name_that_the_code_has_for_something_else(case: Case, name: str, what: str) -> None:
    code = "#define K 1\nenum { E = 2 };\ntypedef int tt;\nstatic int g(int x) { return x; }\nint f(int x) { return g(x); }"
    with pytest.raises(SpecError, match=f"`{name}` is also {what}"):
        case.claim(code, f"{name} == 3", more=f"[names]\n{name} = '3'")
    with pytest.raises(SpecError, match=f"`{name}` is also {what}"):
        case.claim(code, "x == x", more=f"[vars]\n{name} = 'u32'")


def test_a_mistake_in_what_the_spec_says_of_calls(case: Case) -> None:
    code = "extern void g(void);\nint f(int x) { g(); return x; }"
    with pytest.raises(SpecError, match="`nowhere` isn't known"):
        case.claim(code, "1", more="[calls]\ng = { preserves = ['nowhere'] }")


@pytest.mark.parametrize("value", ["y", "m", "n"])
def test_a_verdict_names_the_symbols_that_were_fixed_for_it(case: Case, value: str) -> None:
    code = "int f(int x) { if (IS_ENABLED(CONFIG_ONE)) return 1; return 0; }"
    more = f"[code.define]\nCONFIG_ONE = '{value}'\nCONFIG_TWO = 'y'"
    report = case.claim(code, f"new.ret == {int(value != 'n')}", more=more)
    assert (report.word, report.rests_on) == ("proved", (f"CONFIG_ONE is {value}",))


def test_a_symbol_that_nothing_asks_for(case: Case) -> None:
    case.claim("int f(int x) {\n#ifdef CONFIG_ONE\nreturn 1;\n#endif\nreturn x; }", "1")
    options = verify.Options(define={"CONFIG_OEN": True, "CONFIG_ONE": False, "CONFIG_ONE_MODULE": False})
    (remark,) = verify.check(str(case.folder), options=options).remarks
    assert remark == "nothing that was read speaks of CONFIG_OEN, which is fixed; did you mean `CONFIG_ONE`?"


def test_a_name_that_is_defined_by_itself(case: Case) -> None:
    with pytest.raises(SpecError, match="is defined by itself"):
        case.claim("int f(int x) { return x; }", "a == 1", more="[names]\na = 'b'\nb = 'a'")


def test_unknown_claims_are_suggested(case: Case) -> None:
    case.claim("int f(int x) { return x; }", "1")
    with pytest.raises(SpecError, match="has no claim `d`") as caught:
        verify.check(str(case.folder), ["d"])
    assert "c" in caught.value.hint


@pytest.mark.parametrize("solver", ["z3", "bitwuzla", "cvc5"])
def test_verdicts_and_counterexamples_do_not_depend_on_the_solver(case: Case, solver: str) -> None:
    options = verify.Options(solver=solver)
    code = "u32 f(u32 x, u32 y) { return x * y; }"
    assert case.claim(code, "new.ret == y * x", options=options).word == "proved"
    verdict = case.claim(code, "new.ret != 15", options=options).verdict
    assert isinstance(verdict, Refuted)
    assert [i.value for i in verdict.counterexample.inputs] == [1, 15]


def branches(values: range, other: str = "return -1;") -> str:
    cases = "".join(f"case {c}: return y & {c % 7 + 1};" for c in values)
    return f"int f(u32 x, u32 y) {{ switch (x) {{ {cases} default: {other} }} }}"


def test_many_branches_are_decided_one_by_one(case: Case) -> None:
    old = branches(range(100, 140))
    cascade = "".join(f"if (x == {c}) return (int)(y & {c % 7 + 1});" for c in reversed(range(100, 140)))
    assert case.claim(f"int f(u32 x, u32 y) {{ {cascade} return -1; }}", BOTH, old=old).word == "proved"


def test_the_branch_that_differs_is_found(case: Case) -> None:
    old = branches(range(100, 140))
    verdict = case.claim(old.replace("case 117: return y & 6", "case 117: return y & 4"), BOTH, old=old).verdict
    assert isinstance(verdict, Refuted)
    assert [(i.name, i.value) for i in verdict.counterexample.inputs] == [("x", 117), ("y", 2)]


def test_what_differs_in_no_branch_is_found(case: Case) -> None:
    old = branches(range(100, 140))
    new = branches(range(100, 140), "return x == 7 ? 0 : -1;")
    verdict = case.claim(new, BOTH, old=old).verdict
    assert isinstance(verdict, Refuted)
    assert [i.value for i in verdict.counterexample.inputs if i.name == "x"] == [7]
    new = branches(range(100, 140), "return x > 200 && x < 202 ? 0 : -1;")
    verdict = case.claim(new, BOTH, old=old).verdict
    assert isinstance(verdict, Refuted)
    assert [i.value for i in verdict.counterexample.inputs if i.name == "x"] == [201]


def test_assumptions_hold_in_each_branch(case: Case) -> None:
    old = branches(range(100, 140))
    new = old.replace("case 117: return y & 6", "case 117: return y & 4")
    assert case.claim(new, BOTH, old=old, assume=("x != 117",)).word == "proved"
    assert case.claim(new, BOTH, old=old, assume=("x > 116", "x < 119")).word == "refuted"
    assert case.claim(new, BOTH, old=old, assume=("x > 117", "x < 119")).word == "proved"


def test_one_tree_for_both_versions_is_one_text(case: Case, tmp_path: Path) -> None:
    code = "extern int g(int);\nint f(int x) { return g(x); }"
    case.claim(code, "same(old, new)", old=code, more="[kernel]\nfile = 'k.c'")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "k.c").write_text(code)
    tree = str(tmp_path / "tree")
    options = verify.Options(old_tree=tree, new_tree=tree)
    old, new = loaded(str(case.folder), options).versions
    assert old.files is new.files and old.definitions.reads_as(new.definitions)
    (report,) = verify.check(str(case.folder), options=options).claims
    assert report.rests_on == ("what isn't looked into behaves the same in both versions: g()",)


def test_code_that_takes_too_long_to_execute_is_unknown(tmp_path: Path) -> None:
    loops = "for (i = 0; i < n; i++) for (j = 0; j < n; j++) for (k = 0; k < n; k++) r += i ^ j ^ k;"
    (tmp_path / "f.c").write_text(f"unsigned f(unsigned n) {{ unsigned i, j, k, r = 0; {loops} return r; }}\n")
    claim = '[[claim]]\nname = "c"\nprove = "new.ret == 0"\n'
    (tmp_path / "spec.toml").write_text(f'[code]\nnew = "f.c"\nentry = "f"\n{claim}')
    (report,) = check(str(tmp_path), (), Options(timeout=1.0)).claims
    assert report.word == "unknown"
    assert isinstance(report.verdict, Undecided)
    assert report.verdict.reason == "executing the code takes more than 1 s; --timeout gives it more"
    with pytest.raises(InputError, match="executing the code takes more than 1 s"):
        explain(str(tmp_path), "c", Options(timeout=1.0))
