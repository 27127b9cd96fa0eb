"""Attacks as other parts of the kernel than KVM have them: found by sweeping lib/, fs/, net/, mm/ and others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, CHANGED, HEAD, OPEN, SAME, Attack, never_changed, never_the_same, verdicts
from verify import Options
from verify.changes.diff import diff

LINK = "struct link { struct link *next; u32 x; };\n"
HOLDS = "extern void hold(u32 *p); extern void keep(struct link *l);\n"


def members(old: str, new: str, code: str, other: str = "") -> tuple[str, str]:
    """Two versions of a record's members, and of the code that uses them."""
    head = f"{LINK}{HOLDS}struct m {{ "
    return f"{head}{old} }};\n{code}", f"{head}{new} }};\n{other or code}"


WRAPPED = "u32 q; struct { u32 z; u64 y; u32 b; struct link l; };"
DEEPER = "u32 q; struct { u64 k; u32 z; u64 y; struct { u32 b; struct link l; }; };"
FLAT = "u64 z; u64 y; u32 b; u32 q; struct link l;"
SHUFFLED = "struct { u32 z; u64 y; u32 b; struct link l; } __randomize_layout;"
HOLD = "void f(struct m *p) { hold(&p->b); }"
KEEP = "u32 f(struct m *p, struct m *q) { q->l.x = 1; *p = *q; keep(&p->l); return p->l.x; }"


def under(condition: str, then: str, otherwise: str) -> str:
    """A function with two definitions."""
    one, other = (f"u32 f(u32 x) {{ return {value}; }}" for value in (then, otherwise))
    return f"{condition}\n{one}\n#else\n{other}\n#endif"


UNKNOWN = "#ifdef CONFIG_A\nint odd(int x);\n#else\n#define odd(x) ({ -5; })\n#endif\nextern void hold(int *p);\n"


def assigned(before: str, call: str = "r = odd(x)") -> str:
    """What isn't looked into sets a variable that something was done to `before`."""
    return f"{UNKNOWN}int f(int x) {{ {before} {call}; if (r & 1) e(); return r; }}"


BY_NAME = {  # where the members of `m` are, and the code; claims ask for numbers, which aren't the same
    "an anonymous record that begins otherwise": members(WRAPPED, DEEPER, HOLD),
    "a member that was wrapped": members(FLAT, WRAPPED, HOLD),
    "a member that was unwrapped": members(WRAPPED, FLAT, HOLD),
    "an anonymous record without a known order": members(SHUFFLED, DEEPER, HOLD),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_members_have_one_address_by_name(name: str, tmp_path: Path) -> None:
    _, _, verdict, reasons = verdicts(Attack(*BY_NAME[name], OPEN, OPEN), tmp_path)
    assert (verdict, reasons) == ("same", ())


STEPPED = (
    "extern struct s *nxt(struct s *p);\n"
    "u32 f(struct s *p) {{ u32 r{0}; e(); {2} for (; p; p = nxt(p)) {{ r = g(p->a); h(&r); }} return {1}; }}"
)


@pytest.mark.parametrize(
    ("new", "word"),
    [
        (("", "1", ""), "may differ"),
        ((" = 0", "1 + 0", ""), "same under assumptions"),
        ((" = 1", "1", ""), "changed"),
        (("", "2", ""), "changed"),
        (("", "1", "e();"), "changed"),
    ],
)
def test_what_a_loop_may_set_before_it_asks(new: tuple[str, str, str], word: str, tmp_path: Path) -> None:
    attack = Attack(STEPPED.format(" = 0", "1", ""), STEPPED.format(*new), OPEN, OPEN)
    assert verdicts(attack, tmp_path)[2] == word


DIES = "void die(void);\nint f(u32 x) { if (x) { die(); e(); } return %s; }"
SAID_TO_DIE = DIES.replace("(void);", "(void) __attribute__((noreturn));", 1)


@pytest.mark.parametrize(("number", "word"), [("1", "may differ"), ("2", "changed")])
def test_what_one_version_says_never_returns_may_not_in_the_other(number: str, word: str, tmp_path: Path) -> None:
    _, _, verdict, reasons = verdicts(Attack(DIES % "1", SAID_TO_DIE % number, OPEN, OPEN), tmp_path)
    assert verdict == word
    assert word == "changed" or reasons[0] == "only one version says that die() never returns"


EQUAL = {
    "a record in an anonymous record that is copied": Attack(
        *members(WRAPPED, "u32 q; struct { struct { u32 z; }; u64 y; u32 b; struct link l; };", KEEP), OPEN, OPEN
    ),
    "how far a member of an anonymous record is away": Attack(
        *members(
            WRAPPED, DEEPER,
            "int f(struct m *p) { return (u64)&p->b - (u64)p == __builtin_offsetof(struct m, b); }",
            "int f(struct m *p) { return 1; }",
        ),
        OPEN, ASSUMING,
    ),
}  # fmt: skip
EQUAL |= {
    "definitions under conditions that are told otherwise": Attack(
        under("#ifdef CONFIG_A", "g(x) + 1", "0"), under("#ifndef CONFIG_A", "x - x", "1 + g(x)"), OPEN, SAME
    ),
    "a definition that became two": Attack(
        "u32 f(u32 x) { return 0; }", under("#ifdef CONFIG_A", "0", "x - x"), OPEN, SAME
    ),
}
EQUAL["what a variable held that is only set"] = Attack(assigned("int r = 0;"), assigned("int r;"), OPEN, SAME)
OTHERS = "#ifdef CONFIG_ALPHA\ntypedef u32 status;\n#else\ntypedef u8 status;\n#endif\n"
EQUAL["a type that another machine has otherwise"] = Attack(
    f"{OTHERS}status f(u32 x) {{ return x; }}", f"{OTHERS}status f(u32 x) {{ return x & 0xff; }}", "proved", SAME
)
TICKS = "extern unsigned long volatile __cacheline_aligned_in_smp __jiffy_arch_data ticks;\n"
EQUAL["a variable with several annotations"] = Attack(
    f"{TICKS}u64 f(u64 x) {{ u64 now = ticks; return now + x; }}", f"{TICKS}u64 f(u64 x) {{ return x + ticks; }}",
    "proved", SAME,
)  # fmt: skip
INTELS = "\n// k.h\n#define __builtin_bswap16 _bswap16\n"


def chosen(test: str, value: str) -> str:
    """A header of another compiler, or of this one, renames what swaps bytes."""
    chosen = f'#ifdef __clang__\n#elif {test}\n#include "k.h"\n#elif defined(__GNUC__)\n#endif\n'
    return f"{chosen}u32 f(u16 x) {{ return {value}; }}{INTELS}"


EQUAL["what another compiler's header renames"] = Attack(
    chosen("defined(__INTEL_COMPILER)", "__builtin_bswap16(x)"),
    chosen("defined(__INTEL_COMPILER)", "(u16)(x << 8 | x >> 8)"),
    "proved", SAME,
)  # fmt: skip
test_never_changed = never_changed(EQUAL)

DEPTH = "struct depth { u32 max; u32 k; };\n"
PASSED = "u32 f(struct grp *p) { return g(p->%s); }"
ONE_MEMORY = {  # the members of `grp` that old and new code pass on
    "a member that moved out of a record": ("u32 a; struct depth d;", "d.max", "u32 a; u32 max;", "max"),
    "a member that moved out of a record, elsewhere": ("u32 a; struct depth d;", "d.max", "u32 max; u32 a;", "max"),
    "a member that moved out of a record of an unknown place": (
        "union { u32 a; u64 b; } __aligned(4); struct depth d;", "d.max", "u32 max; u32 a;", "max",
    ),
    "a member that moved into a record": ("u32 max;", "max", "u64 a; struct depth d;", "d.max"),
    "a member that has another name": ("u32 a; u32 max;", "max", "u32 a; u32 __max;", "__max"),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_MEMORY)
def test_one_member_may_have_two_names(name: str, tmp_path: Path) -> None:
    old, passed, new, passes = ONE_MEMORY[name]
    codes = [f"{DEPTH}struct grp {{ {m} }};\n{PASSED % p}" for m, p in ((old, passed), (new, passes))]
    _, _, verdict, reasons = verdicts(Attack(codes[0], codes[1], OPEN, OPEN), tmp_path)
    assert verdict in ("may differ", "same under assumptions")
    assert any("may be one memory" in r or "renamed" in r for r in reasons)


DIFFERENT = {
    "a member that only the other version doesn't use": Attack(
        "struct grp { u32 a; u32 max; };\n" + PASSED % "a", "struct grp { u32 max; u32 a; };\n" + PASSED % "max",
        OPEN, CHANGED,
    ),
    "the address of another member of an anonymous record": Attack(
        *members(WRAPPED, DEEPER, HOLD, HOLD.replace("->b", "->z")), OPEN, CHANGED
    ),
    "what is in a record in an anonymous one that is copied": Attack(
        *members(WRAPPED, DEEPER.replace("u64 k; ", ""), KEEP, KEEP.replace("= 1", "= 2")), OPEN, CHANGED
    ),
    "where a member of an anonymous record lies as a number": Attack(
        *members(WRAPPED, DEEPER, "u64 f(void) { return __builtin_offsetof(struct m, b); }"), OPEN, ASSUMING
    ),
}  # fmt: skip
DIFFERENT |= {
    "definitions under conditions that differ for a module": Attack(
        under("#ifdef CONFIG_A", "g(x)", "0"),
        under("#if defined(CONFIG_A) || defined(CONFIG_A_MODULE)", "g(x)", "0"),
        OPEN, CHANGED,
    ),
    "what a header renames": Attack(
        chosen("defined(__GNUC__)", "__builtin_bswap16(x)"), chosen("defined(__GNUC__)", "(u16)(x << 8 | x >> 8)"),
        OPEN, OPEN,
    ),
    "a definition that became two, one of which differs": Attack(
        "u32 f(u32 x) { return 0; }", under("#ifdef CONFIG_A", "0", "x"), OPEN, CHANGED
    ),
    "a definition that is left out in one configuration": Attack(
        "u32 f(u32 x) { return 0; }",
        under("#ifdef CONFIG_A", "0", "x - x").replace("#else", "#elif defined(CONFIG_B)"),
        OPEN, OPEN,
    ),
    "what a variable held that is used to set it": Attack(
        assigned("int r = 0;", "r = odd(x + r)"), assigned("int r = 1;", "r = odd(x + r)"), OPEN, CHANGED
    ),
    "what a variable held that is added to": Attack(
        assigned("int r = 0;", "r += odd(x)"), assigned("int r = 1;", "r += odd(x)"), OPEN, CHANGED
    ),
    "what a variable held whose address is known": Attack(
        assigned("int r; hold(&r); r = 0;"), assigned("int r; hold(&r); r = 1;"), OPEN, OPEN
    ),
    "what a variable held that a macro uses": Attack(
        assigned("int r = 0;").replace("-5", "r"), assigned("int r = 1;").replace("-5", "r"), OPEN, OPEN
    ),
}  # fmt: skip
test_never_the_same = never_the_same(DIFFERENT)


def test_what_a_header_has_where_the_file_has_none_is_another_function(tmp_path: Path) -> None:
    header = "#ifdef CONFIG_A\nu32 f(u32 x);\n#else\nstatic inline u32 f(u32 x) { return 7; }\n#endif\n#define TWO 2\n"
    for side, value in (("old", "x + TWO"), ("new", "TWO + x")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "k.h").write_text(header)
        first = f"{HEAD}u32 first(u32 x) {{ return f({value}); }}"
        code = f'#include "k.h"\n{first}\n#ifdef CONFIG_A\nu32 f(u32 x) {{ return {value}; }}\n#endif\n'
        (tmp_path / side / "f.c").write_text(code)
    changes = [*diff(str(tmp_path / "old"), str(tmp_path / "new"), ("first", "f"), options=Options(timeout=20))]
    assert changes[1].comparison.verdict == "same"
