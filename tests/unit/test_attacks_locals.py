"""Local variables under other names, whose addresses calls get."""

from __future__ import annotations

from tests.unit.attacks import CHANGED, NAMED, OPEN, SAME, Attack, never_changed, never_the_same

CALLS = "extern void fill(struct s *p, u32 *q); extern void take(u32 *a, u32 *b);\n"
FILLED = CALLS + "u32 f(u32 x) { struct s a = { x }; u32 n = 0; fill(&a, &n); return a.b + n; }"
TAKEN = CALLS + "u32 f(u32 x) { u32 a = x, k = 3; take(&a, 0); return a + k; }"
ON_A_PATH = "u32 f(u32 x, u32 y) {{ u32 v = y; if (x) {{ h(&v); {0} }} {1} }}"
EQUAL = {
    "a call on a path where its address isn't known": Attack(
        ON_A_PATH.format("return v;", "e(); return v;"), ON_A_PATH.format("return v;", "e(); return y;"), "proved", SAME
    ),
    "what a call doesn't see on a path where its address isn't known": Attack(
        ON_A_PATH.format("return v;", "v = 2; e(); return g(v);"),
        ON_A_PATH.format("return v;", "v = 3; e(); return g(2);"), "proved", SAME,
    ),
    "calls behind a path on which its address became known": Attack(
        "u32 f(u32 x, u32 y) { u32 v = y; if (x) h(&v); e(); e(); if (x) return 0; return v; }",
        "u32 f(u32 x, u32 y) { u32 v = y; if (x) h(&v); e(); e(); if (x) return 0; return y; }", "proved", SAME,
    ),
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
    "what a later call sees if its address is known": Attack(
        ON_A_PATH.format("", "v = 5; e(); return 0;"), ON_A_PATH.format("", "v = 6; e(); return 0;"), "refuted", CHANGED
    ),
    "what a later call leaves if its address is known": Attack(
        ON_A_PATH.format("", "e(); return v;"), ON_A_PATH.format("", "u32 w = v; e(); return w;"), "refuted", CHANGED
    ),
    "what a call leaves behind a loop in which its address becomes known": Attack(
        "u32 f(u32 x) { u32 i, v = 1; for (i = 0; i < 3; i++) { e(); if (x == i) h(&v); } return v; }",
        "u32 f(u32 x) { u32 i, v = 1; for (i = 0; i < 3; i++) { e(); if (x == i) h(&v); if (x == 1) v = 1; } return v; }",
        "refuted", CHANGED,
    ),
    "what a call leaves after its address was stored on a path": Attack(
        "u32 f(struct s *p, u32 x) { u32 v = 1; if (x) p->out = &v; e(); return v; }",
        "u32 f(struct s *p, u32 x) { u32 v = 1; if (x) p->out = &v; e(); return 1; }", "refuted", CHANGED,
    ),
    "what a call leaves if one of two addresses was passed": Attack(
        "u32 f(u32 x) { u32 v = 1, w = 2; h(x ? &v : &w); v = 3; e(); return v; }",
        "u32 f(u32 x) { u32 v = 1, w = 2; h(x ? &v : &w); v = 3; e(); return 3; }", OPEN, OPEN,
    ),
    "what a call leaves in a record that holds its address on a path": Attack(
        "extern void keep(struct s *r); u32 f(struct s *p, u32 x) { u32 v = 1; struct s r = { 0 }; if (x) r.out = &v; g(x); keep(&r); v = 4; e(); return v; }",
        "extern void keep(struct s *r); u32 f(struct s *p, u32 x) { u32 v = 1; struct s r = { 0 }; if (x) r.out = &v; g(x); keep(&r); v = 4; e(); return 4; }",
        OPEN, OPEN,
    ),
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
