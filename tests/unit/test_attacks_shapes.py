"""Objects of uncommon shapes: pairs that differ aren't the same, equal pairs haven't changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import ASSUMING, CHANGED, HEAD, NAMED, OPEN, SAME, Attack, never_changed, never_the_same
from verify import Options, check

_OTHER_STATIC = (
    "u32 f(struct s *p, u32 x) { static struct s v; if (x) { p->next = &v; return 0; } v.a = 1; p->a = 2; return %s; }"
)
_OWN_STATIC = "u32 f(struct s *p, u32 x) { static struct s v; p->next = &v; p->next->a = x; return %s; }"
_RENAMED = "extern void gs(struct s *p); u32 f(u32 x) { static struct s v; gs(&v); return 0; }"
_IN_UNION = "struct in { u32 z; u32 y; };\nstruct o { u64 k; union { struct in n; u64 q; }; };\n"
_POINTED = _IN_UNION + "u32 f(struct in *p, struct o *o) { o->n.z = 1; p->z = 2; return %s; }"
_AROUND = _IN_UNION + "u32 f(struct in *p) { struct o *o = (struct o *)((char *)p - 8); %s }"
_LARGE = "struct large { union { u64 q; u8 b[600]; } u; };\n"
_COPIED = _LARGE + "u64 f(struct large *p, struct large *r, u64 x) { %s p->u.q = x; *r = *p; return %s; }"
_HELD = (
    "struct in { u32 z; };\nstruct o { u64 k; struct in n; struct in m[2]; };\nstruct q { u64 a, b; struct o o; };\n"
)
_TWO = _HELD + "u32 f(struct o *o, struct o *p) { o->n.z = 1; p->m[1].z = 2; return %s; }"
_TWO_TYPES = (
    _HELD + "struct r { struct in n; };\nu32 f(struct o *o, struct r *p) { o->n.z = 1; p->n.z = 2; return %s; }"
)
_ONE = _HELD + "u32 f(struct o *o, struct o *p) { o->n.z = 1; p->n.z = 2; return %s; }"
_PART = _HELD + "u32 f(struct o *o, struct q *p) { o->n.z = 1; p->o.n.z = 2; return %s; }"
_OWN_PART = _HELD + "u32 f(struct o *o, struct in *p) { o->n.z = 1; p->z = 2; return %s; }"

DIFFERENT = {
    "a static record of a function through a pointer": Attack(
        _OTHER_STATIC % "v.a", _OTHER_STATIC % "1", "refuted", CHANGED
    ),
    "a record in a union, through a pointer": Attack(
        _POINTED % "o->n.z", _POINTED % "1", NAMED, ASSUMING
    ),
    "a record in a union, through a pointer that it is found from": Attack(
        _AROUND % "p->z = 1; o->n.z = 2; return p->z;", _AROUND % "p->z = 1; o->n.z = 2; return 1;",
        OPEN, OPEN,
    ),
    "a copy of a large union": Attack(
        _COPIED % ("", "r->u.q"), _COPIED % ("u64 old = r->u.q;", "p == r ? x : old"), OPEN, OPEN
    ),
    "one member of two objects, or of one": Attack(_ONE % "o->n.z", _ONE % "1", "refuted", CHANGED),
    "a member of an object, or of what holds it": Attack(_PART % "o->n.z", _PART % "1", "refuted", CHANGED),
    "a member of an object, or what lies there": Attack(_OWN_PART % "o->n.z", _OWN_PART % "1", "refuted", CHANGED),
}  # fmt: skip
EQUAL = {
    "a static record of a function through memory": Attack(
        _OWN_STATIC % "v.a", _OWN_STATIC % "x", "proved", SAME
    ),
    "a static record of another name": Attack(_RENAMED, _RENAMED.replace("v;", "w;").replace("&v", "&w"), OPEN, OPEN),
    "a record that is found from one in a union": Attack(
        _AROUND % "p->z = 1; o->k = 2; return p->z;", _AROUND % "p->z = 1; o->k = 2; return 1;",
        "proved", SAME,
    ),
    "a record in a union that is found from it": Attack(
        _AROUND % "p->z = 1; o->n.z = 2; return p->z;", _AROUND % "p->z = 1; o->n.z = 2; return 2;",
        OPEN, OPEN,
    ),
    "two members of one type": Attack(_TWO % "o->n.z", _TWO % "1", OPEN, OPEN),
    "members of two types that hold a record of one": Attack(_TWO_TYPES % "o->n.z", _TWO_TYPES % "1", OPEN, OPEN),
}  # fmt: skip

test_different = never_the_same(DIFFERENT)
test_equal = never_changed(EQUAL)

_BY_CLAIM = '[code]\nnew = "f.c"\nentry = "f"\n[[claim]]\nname = "c"\nprove = "new.o->n.z == o->n.z"\n'
_BY_STATE = (
    'title = "t"\n[code]\nnew = "f.c"\n[state]\nz = "o->n.z"\ninitially = "z == 0"\n'
    '[[operation]]\nname = "f"\nentry = "f"\n[[invariant]]\nname = "c"\nprove = "z == 0"\n'
)


@pytest.mark.parametrize("spec", [_BY_CLAIM, _BY_STATE])
def test_a_record_in_a_union_that_only_the_spec_names(spec: str, tmp_path: Path) -> None:
    (tmp_path / "f.c").write_text(f"{HEAD}{_IN_UNION}void f(struct o *o, struct in *p) {{ p->z = 2; }}\n")
    (tmp_path / "spec.toml").write_text(spec)
    (claim,) = check(str(tmp_path), (), Options(timeout=20)).claims
    assert claim.word != "proved" or any("lies in no union" in text for text in claim.rests_on)
