"""Local variables under other names, whose addresses calls get."""

from __future__ import annotations

from tests.unit.attacks import NAMED, OPEN, SAME, Attack, never_changed, never_the_same

CALLS = "extern void fill(struct s *p, u32 *q); extern void take(u32 *a, u32 *b);\n"
FILLED = CALLS + "u32 f(u32 x) { struct s a = { x }; u32 n = 0; fill(&a, &n); return a.b + n; }"
TAKEN = CALLS + "u32 f(u32 x) { u32 a = x, k = 3; take(&a, 0); return a + k; }"
EQUAL = {
    "two of two types": Attack(
        FILLED, CALLS + "u32 f(u32 x) { struct s b = { x }; u32 m = 0; fill(&b, &m); return b.b + m; }", NAMED, SAME
    ),
    "a name that another variable had": Attack(
        TAKEN, CALLS + "u32 f(u32 x) { u32 a = 3, k = x; take(&k, 0); return a + k; }", NAMED, SAME
    ),
    "two of one type": Attack(
        CALLS + "u32 f(u32 x) { u32 a = x; u32 n = 0; take(&a, &n); return a; }",
        CALLS + "u32 f(u32 x) { u32 b = x; u32 m = 0; take(&b, &m); return b; }", OPEN, OPEN,
    ),
    "a member of a record": Attack(
        "u32 f(u32 x) { u32 v = x; h(&v); return v; }",
        "u32 f(u32 x) { struct { u32 v; } l = { x }; h(&l.v); return l.v; }", OPEN, OPEN,
    ),
    "an element": Attack(
        "u32 f(u32 x) { u32 v = x; h(&v); return v; }", "u32 f(u32 x) { u32 v[1] = { x }; h(&v[0]); return v[0]; }",
        OPEN, OPEN,
    ),
}  # fmt: skip
test_never_changed = never_changed(EQUAL)

DIFFERENT = {
    "another first value": Attack(
        FILLED, CALLS + "u32 f(u32 x) { struct s b = { x }; u32 m = 1; fill(&b, &m); return b.b + m; }",
        "refuted", "changed",
    ),
    "another variable": Attack(
        TAKEN, CALLS + "u32 f(u32 x) { u32 a = 3, k = x; take(&k, 0); return k; }", "refuted", "changed"
    ),
    "another element": Attack(
        "u32 f(u32 x) { u32 v[2] = { x, x }; h(&v[0]); return v[0]; }",
        "u32 f(u32 x) { u32 v[2] = { x, x }; h(&v[1]); return v[0]; }", "refuted", "changed",
    ),
    "in each other's places": Attack(
        CALLS + "u32 f(u32 x) { u32 a = x; u32 n = 0; take(&a, &n); return a; }",
        CALLS + "u32 f(u32 x) { u32 a = x; u32 n = 0; take(&n, &a); return a; }", "refuted", "changed",
    ),
}  # fmt: skip
test_never_the_same = never_the_same(DIFFERENT)
