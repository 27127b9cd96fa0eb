"""Objects whose room, or whose bytes, are others in the new version, and that calls get to know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, NAMED, OPEN, SAME, Attack, never_changed, never_the_same, verdicts

CALLS = """
extern int snprintf(char *buf, ulong size, const char *fmt, ...);
extern u32 use(const char *name);
extern void fill(void *p);
extern ulong copy_to_user(void *to, const void *from, ulong n);
"""
_PRINTED = 'u32 f(u32 n) { char x[%d]; snprintf(x, 16, "q-%%d", n); return use(x); }'
_MEMBER = (
    'struct t { u32 a; char b[%d]; };\nu32 f(u32 n) { struct t x; snprintf(x.b, 16, "q-%%d", n); return use(x.b); }'
)
_BEHIND = (
    'struct t { u32 a; char b[%d]; u8 z; };\nu32 f(struct t *p, u32 n) { snprintf(p->b, 16, "q-%%d", n); return 0; }'
)
_INFO = "struct info { u32 %s; };\nu32 f(void *to, u32 n) { struct info x = { .id = n, .flags = 2 }; %s }"
_OUT = "return copy_to_user(to, &x, sizeof(x)) ? -14 : 0;"
_OWN = "u32 f(void *to, u32 n) { struct info { u32 %s; } x = { .id = n, .flags = 2 }; " + _OUT + " }"
_POINTER = "struct info { u32 %s; };\nu32 f(void *to, struct info *p) { p->id = 1; return !!copy_to_user(to, p, 8); }"
_TWO = "struct one { u32 id, flags; }; struct two { %s; };\nu32 f(void *to, u32 n) { struct %s x = { .id = n }; %s }"


def _pair(text: str, old: object, new: object, claim: str = NAMED, change: str = ASSUMING) -> Attack:
    return Attack(f"{CALLS}{text % old}", f"{CALLS}{text % new}", claim, change)


OTHERS = {
    "a smaller buffer": _pair(_PRINTED, 16, 8),
    "a larger buffer": _pair(_PRINTED, 16, 32),
    "a smaller buffer in a record": _pair(_MEMBER, 16, 8),
    "a smaller buffer behind a pointer": _pair(_BEHIND, 16, 8),
    "a smaller number": _pair("u32 f(u32 n) { %s v; fill(&v); return n; }", "long", "int"),
    "a larger number": _pair("u32 f(u32 n) { %s v; fill(&v); return n; }", "u8", "u64"),
    "larger elements": _pair("u32 f(u32 n) { %s v[4]; fill(v); return n; }", "u8", "u32"),
    "by a cast": _pair("extern void put(u32 *p);\nu32 f(u32 n) { u8 v[%d]; put((u32 *)v); return n; }", 8, 4),
    "another record": _pair(
        "struct a { u64 x; }; struct b { u32 x; };\nu32 f(u32 n) { struct %s v; fill(&v); return n; }", "a", "b"
    ),
    "members in another order": _pair(_INFO, ("id, flags", _OUT), ("flags, id", _OUT)),
    "members of a record of its own": _pair(_OWN, "id, flags", "flags, id"),
    "members behind a pointer": _pair(_POINTER, "id, flags", "flags, id"),
    "members behind a pointer that is cast": _pair(
        _POINTER.replace("to, p, 8", "to, (char *)p, 8"), "id, flags", "flags, id"
    ),
    "a record of other names": _pair(_TWO, ("u32 flags, id", "one", _OUT), ("u32 flags, id", "two", _OUT)),
}  # fmt: skip
EQUAL = {
    "a buffer": _pair(_PRINTED, 16, 16, change=SAME),
    "one of another element's name": _pair(
        "u32 f(u32 n) { %s v[4]; fill(v); return n; }", "unsigned int", "u32", OPEN, SAME
    ),
    "a record of other names": _pair(_TWO, ("u32 id, flags", "one", _OUT), ("u32 id, flags", "two", _OUT), OPEN, SAME),
    "other members' types, of the same bytes": _pair(
        "struct info { %s id; };\nu32 f(void *to) { struct info x = { 1 }; " + _OUT + " }", "u32", "unsigned int",
        OPEN, SAME,
    ),
    "a record that is passed as what it is": _pair(
        "struct info { u32 %s; };\nextern void take(struct info *p);\n"
        "u32 f(u32 n) { struct info x = { .id = n, .flags = 2 }; take(&x); return x.id; }",
        "id, flags", "flags, id", OPEN, ASSUMING,
    ),
    "a member that is wrapped": _pair(
        "struct info { u32 id; %s; };\nu32 f(void *to, u32 n) { struct info x = { .id = n, .flags = 2 }; " + _OUT + " }",
        "u32 flags", "struct { u32 flags; }", OPEN, SAME,
    ),
}  # fmt: skip

test_never_the_same = never_the_same(OTHERS)
test_never_changed = never_changed(EQUAL)


@pytest.mark.parametrize("name", OTHERS)
def test_a_claim_names_them_too(name: str, tmp_path: Path) -> None:
    word, rests_on, _, reasons = verdicts(OTHERS[name], tmp_path)
    assert word != "proved" or any("doesn't matter" in text for text in rests_on)
    assert any("doesn't matter" in text for text in reasons)
