"""Attacks: the callee isn't the same thing everywhere: it has other code, or none, in one version, or is a macro too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, CHANGED, OPEN, SAME, Attack, never_changed, never_the_same, verdicts

QUIET = "static inline u32 k(u32 x) { return x + 1; }\n"
LOUD = "static inline u32 k(u32 x) { h(&x); return x + 1; }\n"
DECLARED = "extern u32 k(u32 x);\n"
NONE, ONCE, TWICE = (f"u32 f(u32 x) {{ {calls} return x; }}" for calls in ("", "k(x);", "k(x); k(x + 1);"))
ASKS, KEEPS = "u32 f(u32 x) { return k(x); }", "u32 f(u32 x) { u32 y = k(x); return y; }"


def headers(old: str, old_code: str, new: str, new_code: str, change: str) -> Attack:
    """Two versions with a header each, which is read only if its version calls `k`."""
    include = '#include "k.h"\n'
    return Attack(f"{include}{old_code}\n// k.h\n{old}", f"{include}{new_code}\n// k.h\n{new}", OPEN, change)


def sometimes(macro: str) -> str:
    return f"#ifdef CONFIG_X\n#define k(x) {macro}\n#endif\n"


DIFFERENT = {
    "it changes nothing where nobody calls it": headers(QUIET, NONE, DECLARED, ONCE, CHANGED),
    "it no longer changes anything": headers(DECLARED, ONCE, QUIET, NONE, CHANGED),
    "it changes nothing in the old version": headers(QUIET, NONE, LOUD, ONCE, CHANGED),
    "it is declared, and called once more": headers(QUIET, ONCE, DECLARED, TWICE, ASSUMING),
    "a macro beside it differs": Attack(
        f"{QUIET}{sometimes('g(x)')}{ASKS}", f"{QUIET}{sometimes('g((x) + 1)')}{KEEPS}", OPEN, ASSUMING
    ),
    "a macro hides it until an #undef": Attack(
        f"{QUIET}#define k(x) g(x)\n#ifdef CONFIG_X\n#undef k\n#endif\n{ASKS}",
        f"{QUIET}#define k(x) g(x + 1)\n#ifdef CONFIG_X\n#undef k\n#endif\n{KEEPS}", OPEN, ASSUMING
    ),
    "a header's macro beside it differs": headers(
        QUIET + sometimes("g(x)"), ASKS, QUIET + sometimes("g((x) + 1)"), KEEPS, ASSUMING
    ),
}  # fmt: skip
ALIKE = {
    "it changes nothing where it is called": headers(QUIET, ONCE, LOUD, NONE, SAME),
    "only one version knows it": headers("", NONE, QUIET, ONCE, SAME),
}

ALLOCATE = "extern void *kmalloc(u64 n, u32 flags);\n#define FLAG 0x%du\n#define MORE 0x%du\n"
HAS = "#define FEATURE (3 * 32 + %d)\n"


def allocation(flags: str, then: str) -> str:
    return f"int f(u64 n) {{ void *p = kmalloc(n, {flags}); {then} }}"


RENUMBERED = {
    "a feature's bit": headers(
        HAS % 1, "u32 f(u32 x) { if (boot_cpu_has(FEATURE)) return 1; return x; }",
        HAS % 2, "u32 f(u32 x) { if (boot_cpu_has(FEATURE)) return 1; else return x; }", OPEN,
    ),
    "an allocation's flags": headers(
        ALLOCATE % (1, 2), allocation("FLAG", "return p ? 0 : 1;"),
        ALLOCATE % (4, 8), allocation("FLAG", "if (p) return 0; return 1;"), OPEN,
    ),
}  # fmt: skip
RENAMED = {
    "other flags of the same numbers": headers(
        ALLOCATE % (1, 2), allocation("FLAG", "return !p;"), ALLOCATE % (1, 2), allocation("MORE", "return !p;"), CHANGED
    ),
    "what doesn't hang on it": headers(
        ALLOCATE % (1, 2), allocation("FLAG", "return 1;"), ALLOCATE % (4, 8), allocation("FLAG", "return 2;"), CHANGED
    ),
}  # fmt: skip
FEWER, MORE = (f"struct r {{ u32 a; {more} }};\nvoid v(struct r r);\n" for more in ("", "u32 b;"))
WHOLE = {
    "a record that is passed": headers(
        FEWER, "void f(struct r *p) { v(*p); }", MORE, "void f(struct r *p) { struct r l = *p; v(l); }", OPEN
    ),
    "a record that is copied": headers(
        FEWER, "void f(struct r *p, struct r *q) { *p = *q; }",
        MORE, "void f(struct r *p, struct r *q) { struct r l = *q; *p = l; }", OPEN,
    ),
}  # fmt: skip
PARTS = {
    "a new member that is set": headers(
        FEWER, "void f(struct r *p, struct r *q) { *p = *q; }",
        MORE, "void f(struct r *p, struct r *q) { *p = *q; p->b = 1; }", CHANGED,
    ),
    "a callee that takes one more": headers(
        "void v(u32 a);\n", "void f(u32 a) { v(a); }", "void v(u32 a, u32 b);\n", "void f(u32 a) { v(a, 1); }", CHANGED
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", [*RENUMBERED.values(), *WHOLE.values()], ids=[*RENUMBERED, *WHOLE])
def test_may_differ(attack: Attack, tmp_path: Path) -> None:
    _, _, verdict, _ = verdicts(attack, tmp_path)
    assert verdict == "may differ"


test_renamed = never_the_same(RENAMED)
test_parts = never_the_same(PARTS)
test_different = never_the_same(DIFFERENT)
test_alike = never_changed(ALIKE)


@pytest.mark.parametrize("body", [";", "{ u32 r = 0; while (b--) r += a; return r; }"], ids=["declared", "defined"])
def test_parameters_that_changed_places(body: str, tmp_path: Path) -> None:
    """A caller that wasn't adapted passes each for the other one."""
    old, new = (f"u32 k({params}) {body}\n" for params in ("u32 a, u32 b", "u32 b, u32 a"))
    calls = "u32 f(u32 x, u32 y) { return k(x, y); }", "u32 f(u32 x, u32 y) { u32 r = k(x, y); return r; }"
    _, _, verdict, reasons = verdicts(Attack(old + calls[0], new + calls[1], OPEN, OPEN), tmp_path)
    assert verdict == "same under assumptions"
    assert "k() (although its parameters `a`, `b` changed places)" in reasons[0]
