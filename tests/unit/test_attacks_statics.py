"""Static variables in functions that are records or arrays: what they hold isn't read, but for plain numbers."""

from __future__ import annotations

from tests.unit.attacks import ASSUMING, NAMED, OPEN, SAME, Attack, never_changed, never_the_same

TABLE = (
    "struct e {{ u32 a; u32 b; }};\nu32 f(u32 n) {{ static const struct e tab[] = {{ {} }}; return tab[n & 1].{}; }}"
)
HEAD = "struct e {{ {} }};\nu32 f(void) {{ static const struct e one = {{ 1, 2 }}; return one.a; }}"
NAMES = 'void k(const char *s);\nvoid f(u32 n) {{ static const char *const names[] = {{ "a", {} }}; k(names[n]); }}'
COUNT = "struct e {{ u32 a; u32 b; }};\nu32 f(void) {{ static struct e count = {{ .b = {} }}; count.a++; return count.{}; }}"
EQUAL = {
    "a table": Attack(TABLE.format("{1, 2}, {3, 4}", "a"), TABLE.format("{1, 2}, {3, 4}", "a") + " ", OPEN, SAME),
    "a table whose values are the same, written otherwise": Attack(
        TABLE.format("{1, 2}, {3, 4}", "a"), TABLE.format("{.a = 1, 2}, {3, 4}", "a"), OPEN, OPEN
    ),
    "a table of which only what isn't used differs": Attack(
        TABLE.format("{1, 2}, {3, 4}", "a"), TABLE.format("{1, 5}, {3, 6}", "a"), OPEN, OPEN
    ),
    "two members of a table that hold the same": Attack(
        TABLE.format("{1, 1}, {3, 3}", "a"), TABLE.format("{1, 1}, {3, 3}", "b"), OPEN, OPEN
    ),
    "a record's members in another order": Attack(
        HEAD.format("u32 a; u32 b;"), HEAD.format("u32 c; u32 a;").replace("1, 2", "2, 1"), OPEN, OPEN
    ),
    "names": Attack(NAMES.format('"b"'), NAMES.format('"b", "c"'), OPEN, OPEN),
}
test_never_changed = never_changed(EQUAL)

DIFFERENT = {
    "a table's values": Attack(TABLE.format("{1, 2}, {3, 4}", "a"), TABLE.format("{1, 2}, {4, 3}", "a"), OPEN, OPEN),
    "which members a record's values are": Attack(
        HEAD.format("u32 a; u32 b;"), HEAD.format("u32 b; u32 a;"), OPEN, OPEN
    ),
    "a first value": Attack(COUNT.format(1, "b"), COUNT.format(2, "b"), NAMED, ASSUMING),
    "another member": Attack(COUNT.format(1, "a"), COUNT.format(1, "b"), OPEN, "changed"),
}
test_never_the_same = never_the_same(DIFFERENT)
