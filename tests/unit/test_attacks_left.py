"""Loops that are stepped over, and left by goto or return: what stands behind the label they go to counts."""

from __future__ import annotations

from tests.unit.attacks import OPEN, SAME, Attack, never_changed, never_the_same

CALLS = "extern int chk(u32 x); extern void done(void); extern struct s *nxt(struct s *p);\n"


def leaving(first: str = "out", second: str = "out", behind: str = "r = n; out: done(); return r;") -> str:
    return (
        f"{CALLS}int f(struct s *p, u32 n) {{ int r = 0; for (; p; p = nxt(p)) {{ if (chk(p->a)) goto {first};"
        f" if (chk(p->b)) goto {second}; if (p->c) return 3; }} {behind} }}"
    )


TWO = "return 0; one: r = 1; two: done(); return r;"
EQUAL = {
    "what stands behind": Attack(
        leaving(behind="r = n + 1; out: done(); return r;"), leaving(behind="r = 1 + n; out: done(); return r;"),
        OPEN, SAME,
    ),
    "two labels": Attack(
        leaving("one", "two", TWO), leaving("one", "two", TWO.replace("r = 1;", "r = 3 - 2;")), OPEN, SAME
    ),
}  # fmt: skip
test_never_changed = never_changed(EQUAL)

DIFFERENT = {
    "behind the label": Attack(leaving(), leaving(behind="r = n; out: return r;"), OPEN, "changed"),
    "in front of the label": Attack(leaving(), leaving(behind="r = n + 1; out: done(); return r;"), OPEN, "changed"),
    "a label that moved": Attack(leaving(), leaving(behind="out: r = n; done(); return r;"), OPEN, "changed"),
    "behind one of two labels": Attack(
        leaving("one", "two", TWO), leaving("one", "two", TWO.replace("r = 1;", "r = 2;")), OPEN, "changed"
    ),
    "labels in each other's places": Attack(leaving("one", "two", TWO), leaving("two", "one", TWO), OPEN, "changed"),
}  # fmt: skip
test_never_the_same = never_the_same(DIFFERENT)
