"""Ways to a wrong "proved" through scopes, initialisers, pointers and arrays (an independent review's findings)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_soundness_claims import verdict

WRONG = {  # what each function doesn't return, and what verdict says so
    "a variable's scope begins before its initialiser": (
        "u32 f(void) { u64 x = 1; { u8 x = sizeof(x); return x; } }", "new.ret == 8", "Refuted",
    ),
    "a macro's variable hides its argument": (
        "#define SQ(v) ({ u32 x = (v); x * x + 0; })\nu32 f(u32 x) { return SQ(x); }", "new.ret == x * x", "MayDiffer",
    ),
    "a file's constant is read in its own scope": (
        "enum { A = 1 };\nstatic const u32 B = A + 1;\nu32 f(u32 A) { return B; }", "new.ret == A + 1", "Refuted",
    ),
    "what isn't evaluated leaves no scope behind": (
        "u32 f(u32 n) { u32 x = 1; { u32 x = sizeof(({ u32 y = g(n); asm(\"\"); y; })); (void)x; } return x; }",
        "new.ret == 4", ("Refuted", "Unsupported"),
    ),
    "what isn't evaluated doesn't return": (
        "u32 f(void) { u32 x = sizeof(({ return 5; 1; })); return x; }", "new.ret == 5", "Unsupported",
    ),
    "two statics of one name": (
        "u32 f(void) { { static u32 c; c = 1; } { static u32 c; c = 2; } { static u32 c; return c; } }",
        "new.ret == 2", "Unsupported",
    ),
    "an initialiser goes on inside of a member": (
        "struct in { u32 x, y; };\nstruct out { struct in in; u32 z; };\n"
        "u32 f(void) { struct out o = { .in.x = 1, 2 }; return o.z; }", "new.ret == 2", "Unsupported",
    ),
    "an index through a pointer beyond its array": (
        "u32 f(u32 n) { u32 arr[2] = { 1, 1 }, *x = arr; return x[n]; }", "new.ret == 1", "Undecided",
    ),
    "a pointer into a row isn't moved into another": (
        "u32 f(void) { u32 m[2][2] = { { 1, 2 }, { 3, 4 } }; u32 *q = &m[0][0]; return q[2]; }", "new.ret == 0", "Undecided",
    ),
    "a member of an element is no element": (
        "struct t { struct { u32 x, y; } a[2]; };\nu32 f(struct t *p) { u32 *q = &p->a[0].x; p->a[1].x = 7; return q[1]; }",
        "new.ret == 7", "Unsupported",
    ),
    "two pointers in one union": (
        "u32 f(void) { u32 x = 1, y = 2; union { struct { u32 *a, *b; } s; u64 v[2]; } u; u.s.a = &x; u.s.b = &y; return *u.s.a; }",
        "new.ret == 2", "Unsupported",
    ),
    "an address that leaves as a number": (
        "u32 f(void) { u32 y = 5; union { u32 *p; u64 v; } u; u.p = &y; h((u32 *)u.v); return y; }", "new.ret == 5",
        ("Refuted", "MayDiffer", "Unsupported"),
    ),
    "a record that is seen as a number": (
        "u32 f(struct s *p) { u32 *q = (u32 *)p; p->a = 3; *q = 1; return p->a; }", "new.ret == 3", "Unsupported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_nothing_wrong_is_proved(name: str, tmp_path: Path) -> None:
    code, claim, expected = WRONG[name]
    head = "extern void h(u32 *p);\n"
    assert verdict(tmp_path, head + code, prove=claim) in ((expected,) if isinstance(expected, str) else expected)


RIGHT = {
    "an index within reach": ("u32 f(u32 n) { u32 arr[2] = { 1, 1 }, *x = arr; return x[n & 1]; }", "new.ret == 1"),
    "one past the end may be pointed at": (
        "u32 f(void) { u32 a[2] = { 1, 2 }, *p, t = 0; for (p = a; p < a + 2; p++) t += *p; return t; }", "new.ret == 3",
    ),
    "an element by its own pointer": ("u32 f(struct s *p) { u32 *q = &p->arr[1]; *q = 7; return p->arr[1]; }", "new.ret == 7"),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_still_is_proved(name: str, tmp_path: Path) -> None:
    code, claim = RIGHT[name]
    assert verdict(tmp_path, code, prove=claim) == "Proved"


def test_a_record_that_is_seen_as_another_is_named(tmp_path: Path) -> None:
    from verify import Options, check

    code = "struct t { u32 z; };\nu32 f(struct s *p) { struct t *q = (struct t *)p; q->z = 1; return q->z; }"
    assert verdict(tmp_path, code, prove="new.ret == 1") == "Proved"
    report = check(str(tmp_path / "spec.toml"), (), Options(specs=str(tmp_path.parent)))
    assert any("`struct s` that is seen as a `struct t`" in text for text in report.claims[0].rests_on)


def test_a_record_that_is_used_as_two_is_refused(tmp_path: Path) -> None:
    code = "struct t { u32 z; };\nu32 f(struct s *p) { struct t *q = (struct t *)p; p->a = 3; q->z = 1; return p->a; }"
    assert verdict(tmp_path, code, prove="new.ret == 3") == "Unsupported"


DOUBTFUL = {
    "an address that is known on one path only": (
        "u32 f(u32 n) { u32 y = 1; if (n) h(&y); y = 5; g(1); return y; }", None, "new.ret == 5",
    ),
    "a local variable of another type": ("u32 f(void) { u16 x = 1; h((u32 *)&x); return 1; }",
                                         "u32 f(void) { u32 x = 1; h(&x); return 1; }", "same(old, new)"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_is_in_doubt_may_differ(name: str, tmp_path: Path) -> None:
    old, new, claim = DOUBTFUL[name]
    head = "extern void h(u32 *p);\n"
    assert verdict(tmp_path, head + old, None if new is None else head + new, prove=claim) in ("MayDiffer", "Refuted")


TABLE = "static const u16 table[4] = { 3, [2] = 1u << 15, -1 };\n"
PAIRS = "struct pair { u32 x, y; };\nstatic const struct pair pairs[] = { { 1, 2 }, { 3, 4 } };\n"
TABLES = {  # what is claimed of a function that reads a constant object of file scope
    "by an index": (TABLE + "u32 f(u32 n) { return table[n & 3]; }", "new.ret == 3 || !new.ret || new.ret >= 0x8000", "Proved"),
    "what isn't named is zero": (TABLE + "u32 f(void) { return table[1]; }", "!new.ret", "Proved"),
    "converted to the element's type": (TABLE + "u32 f(void) { return table[3]; }", "new.ret == 0xffff", "Proved"),
    "through a pointer": (TABLE + "u32 f(u32 n) { const u16 *q = table; return q[n & 1]; }", "new.ret <= 3", "Proved"),
    "after a call": (TABLE + "u32 f(u32 n) { g(n); return table[0]; }", "new.ret == 3", "Proved"),
    "a wrong claim": (TABLE + "u32 f(u32 n) { return table[n & 3]; }", "new.ret <= 0x8000", "Refuted"),
    "records aren't read": (PAIRS + "u32 f(u32 n) { return pairs[n & 1].y; }", "new.ret <= 4", "MayDiffer"),
    "records don't matter": (PAIRS + "u32 f(u32 n) { return n ? pairs[n & 1].y : 5; }", "!n ==> new.ret <= 4", "Refuted"),
    "a pointer to constants may change": (
        "static const u32 *q = 0;\nu32 f(u32 n) { return q ? 1 : 0; }", "new.ret == 0", "Refuted",
    ),
    "what isn't constant may change": ("static u32 q[2] = { 1, 2 };\nu32 f(u32 n) { return q[n & 1]; }", "new.ret <= 2", "Refuted"),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_constant_tables(name: str, tmp_path: Path) -> None:
    code, claim, expected = TABLES[name]
    assert verdict(tmp_path, code, prove=claim) == expected


LABELS = """u32 f(u32 n)
{
	u32 x = 0;

	switch (n) {
	case 1:
		return 1;
#if IS_ENABLED(CONFIG_A)
	case 2:
		x = 2;
		fallthrough;
#endif
	case 3:
		x += 3;
		break;
#if IS_ENABLED(CONFIG_B)
	default:
		return 9;
#else
	case 4:
		return 4;
#endif
	}
	return x;
}
"""
BRANCHES = """u32 f(u32 n)
{
	if (n == 1)
		return 1;
	if (n == 2 && IS_ENABLED(CONFIG_A))
		return 5;
	if (n == 3)
		return 3;
	if (IS_ENABLED(CONFIG_B))
		return 9;
	return n == 4 ? 4 : RESULT;
}
"""


def test_labels_under_undecided_conditions(tmp_path: Path) -> None:
    assert verdict(tmp_path, BRANCHES.replace("RESULT", "0"), LABELS) == "Proved"
    assert verdict(tmp_path, BRANCHES.replace("RESULT", "n == 7 && IS_ENABLED(CONFIG_A)"), LABELS) == "Refuted"
    jumped = LABELS.replace("	switch", "	if (n > 9)\n		goto three;\n	switch").replace(
        "case 3:", "case 3:\nthree:"
    )
    assert verdict(tmp_path, jumped, LABELS) == "Unsupported"
