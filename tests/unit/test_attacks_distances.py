"""`__func__`, and how far apart pointers are."""

from __future__ import annotations

from tests.unit.attacks import NAMED, OPEN, SAME, Attack, never_changed, never_the_same

LOG = "void log(const char *s, u32 n);\nstatic void k(u32 n) { log(__func__, n); }\n"
EQUAL = {
    "the own name": Attack(
        LOG + "void f(u32 n) { log(__func__, n); }", LOG + "void f(u32 m) { log(__FUNCTION__, m); }", NAMED, "assuming"
    ),
    "the own name as a string": Attack(
        LOG + "void f(u32 n) { log(__func__, n); }", LOG + 'void f(u32 n) { log("f", n); }', OPEN, OPEN
    ),
    "elements": Attack(
        "long f(struct s *p, u32 n) { return &p[n] - p; }", "long f(struct s *p, u32 n) { return n; }", "proved", SAME
    ),
    "order": Attack(
        "long f(u32 *p, u32 *q) { return p - q > 0; }", "long f(u32 *p, u32 *q) { return p > q; }", OPEN, "assuming"
    ),
    "bytes": Attack(
        "u32 f(u8 *p, u8 *q) { return q - p; }", "u32 f(u8 *p, u8 *q) { return (ulong)q - (ulong)p; }", "proved", SAME
    ),
}
test_never_changed = never_changed(EQUAL)

DIFFERENT = {
    "what else a call gets": Attack(
        LOG + "void f(u32 n) { log(__func__, n); }", LOG + "void f(u32 n) { log(__func__, n + 1); }", OPEN, "changed"
    ),
    "another name": Attack(
        LOG + "void f(u32 n) { log(__func__, n); }", LOG + "void f(u32 n) { k(n); }", NAMED, "assuming"
    ),
    "the size of a name": Attack(
        "ulong f(u32 n) { return sizeof(__func__); }", "ulong f(u32 n) { return 8; }", OPEN, OPEN
    ),
    "which way": Attack(
        "long f(u32 *p, u32 *q) { return q - p; }", "long f(u32 *p, u32 *q) { return p - q; }", OPEN, "changed"
    ),
    "elements of another size": Attack(
        "long f(u32 *p, u32 *q) { return q - p; }",
        "long f(u32 *p, u32 *q) { return (u16 *)q - (u16 *)p; }",
        OPEN,
        "changed",
    ),
    "local variables": Attack(
        "long f(void) { u32 a, b; return &a - &b; }", "long f(void) { u32 a, b; return &b - &a; }", OPEN, OPEN
    ),
}
test_never_the_same = never_the_same(DIFFERENT)
