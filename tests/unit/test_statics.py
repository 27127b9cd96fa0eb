"""Static variables of functions that are records, and macros for statements that a header has."""

from __future__ import annotations

from tests.unit.attacks import CHANGED, NAMED, OPEN, SAME, Attack, in_header, never_changed, never_the_same

COUNT = "u32 f(u32 x) { static struct s c; if (x) c.a = x; c.b++; return c.a; }"
ONCE = "#define once(p) do { static struct s key; init((p), &key); } while (0)"
INIT = 'extern void init(u32 *p, struct s *q);\n#include "k.h"\nu32 f(struct s *s) { once(&s->a); return 0; }'

EQUAL = {
    "stores in another order": Attack(
        COUNT, "u32 f(u32 x) { static struct s c; c.b += 1; if (x) c.a = x; return c.a; }", "proved", SAME
    ),
    "a macro for statements, in a header": in_header(INIT, ONCE, f"{ONCE}\n#define unused", "proved", SAME),
}
DIFFERENT = {
    "another member": Attack(COUNT, COUNT.replace("return c.a", "return c.b"), "refuted", CHANGED),
    "a record that is no longer static": Attack(COUNT, COUNT.replace("static ", ""), OPEN, OPEN),
    "what it holds at first": Attack(COUNT, COUNT.replace("s c;", "s c = { 1 };"), NAMED, OPEN),
    "what a macro for statements does": in_header(INIT, ONCE, ONCE.replace("&key", "0"), "refuted", CHANGED),
    "a static record of a macro for statements": in_header(
        INIT, ONCE, ONCE.replace("key;", "key = { 7 };"), NAMED, OPEN
    ),
}

test_equal = never_changed(EQUAL)
test_different = never_the_same(DIFFERENT)
