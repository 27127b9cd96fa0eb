"""Pointers that the new version follows where the old one doesn't, e.g. in front of its test for NULL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, NAMED, OPEN, SAME, Attack, never_changed, never_the_same, verdicts

_D = "struct dev { u32 irq; struct dev *up; };\nextern struct dev *find(u32 n);\n"


def _pair(old: str, new: str, claim: str = NAMED, change: str = ASSUMING) -> Attack:
    return Attack(f"{_D}{old}", f"{_D}{new}", claim, change)


EARLIER = {
    "in front of a test": _pair(
        "int f(u32 n) { struct dev *d = find(n); u32 irq; if (!d) return -19; irq = d->irq; return g(irq); }",
        "int f(u32 n) { struct dev *d = find(n); u32 irq = d->irq; if (!d) return -19; return g(irq); }",
    ),
    "in an expression": _pair(
        "int f(struct s *p, u32 x) { return p && p->a && x; }", "int f(struct s *p, u32 x) { return p->a && p && x; }"
    ),
    "without the test": _pair(
        "void f(struct s *p) { if (p) p->a = p->a | 0; }", "void f(struct s *p) { p->a = p->a | 0; }"
    ),
    "of what a pointer leads to": _pair(
        "u32 f(struct dev *d) { return d->up ? d->up->irq & 0 : 0; }", "u32 f(struct dev *d) { return d->up->irq & 0; }",
        NAMED, ASSUMING,
    ),
    "of an error": _pair(
        "u32 f(u32 n) { struct dev *d = find(n); if ((ulong)d >= (ulong)-4095) return 0; return g(d->irq); }",
        "u32 f(u32 n) { struct dev *d = find(n); u32 x = d->irq; if ((ulong)d >= (ulong)-4095) return 0; return g(x); }",
    ),
}  # fmt: skip
AS_BEFORE = {
    "later": _pair(
        "u32 f(struct s *p, u32 x) { u32 a = p->a; if (x) return a; return a + 1; }",
        "u32 f(struct s *p, u32 x) { if (x) return p->a; return p->a + 1; }", OPEN, SAME,
    ),
    "by another name": _pair(
        "int f(struct dev *d) { if (!d->up) return 0; return g(d->up->irq); }",
        "int f(struct dev *d) { struct dev *u = d->up; if (u) return g(u->irq); return 0; }", OPEN, SAME,
    ),
    "another member of the same record": _pair(
        "u32 f(struct s *p, u32 x) { return x ? p->a : p->b; }",
        "u32 f(struct s *p, u32 x) { u32 a = p->a; return x ? a : p->b; }", OPEN, SAME,
    ),
    "behind a test that says the same": _pair(
        "int f(u32 n) { struct dev *d = find(n); if (!d || n == 3) return 0; return g(d->irq); }",
        "int f(u32 n) { struct dev *d = find(n); if (d) if (n != 3) return g(d->irq); return 0; }", OPEN, SAME,
    ),
}  # fmt: skip

test_never_the_same = never_the_same(EARLIER)
test_never_changed = never_changed(AS_BEFORE)


@pytest.mark.parametrize("name", EARLIER)
def test_it_is_named(name: str, tmp_path: Path) -> None:
    word, rests_on, verdict, reasons = verdicts(EARLIER[name], tmp_path)
    assert word != "proved" or any("where only the new version follows it" in text for text in rests_on)
    assert verdict == "may differ" or any("where only the new version follows it" in text for text in reasons)


@pytest.mark.parametrize("name", AS_BEFORE)
def test_nothing_is_named_without_need(name: str, tmp_path: Path) -> None:
    _, rests_on, _, _ = verdicts(AS_BEFORE[name], tmp_path)
    assert not any("NULL" in text for text in rests_on)
