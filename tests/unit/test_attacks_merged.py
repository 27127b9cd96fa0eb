"""Changes of the engine that took something for no input, a constant, left out or apart, which it needn't be."""

from __future__ import annotations

from pathlib import Path

from tests.unit.attacks import (
    ASSUMING,
    CHANGED,
    NAMED,
    OPEN,
    SAME,
    Attack,
    in_header,
    never_changed,
    never_the_same,
    verdicts,
)

_PASTED = """#define CAT(a, b) a##b
extern float level;
u32 f(u32 n) { u32 ab = %s; ab = CAT(a, b) + (u32)(level * 2); return ab; }"""
_OWN = "%s u32 get_current(struct s *p);\nu32 f(struct s *p) { u32 r = get_current(p); p->a = 7; return %s; }"
_ANOTHER = "struct t { u32 x; %s u32 z; };\nint f(struct t *p) { return &p->b == &p->a; }"
_INCLUDED = (
    '#define %s 1\n#ifdef %s\n#include "k.h"\n#endif\n#ifndef V\n#define V 7\n#endif\nu32 f(u32 x) { return V; }'
)
_BRANCH = "#define %s 1\nu32 f(u32 x) {\n#ifdef %s\n\treturn %s;\n#else\n\treturn x;\n#endif\n}"
_OPEN = "struct o { u32 n; u32 d[%s]; };\n"
_IN_FRONT = "struct h { struct o o; u32 z; };\nu32 f(struct h *p) { p->z = 1; p->o.d[0] = 2; return %s; }"
_IN_ARRAY = "struct h { struct o o[2]; };\nu32 f(struct h *p) { p->o[1].n = 1; p->o[0].d[0] = 2; return %s; }"
_IN_GROUP = (
    "struct h { struct { u32 n; u32 d[%s]; }; u32 z; };\nu32 f(struct h *p) { p->z = 1; p->d[0] = 2; return %s; }"
)
_IN_LOCAL = "u32 f(u32 x) { struct { struct o o; u32 z; } v; v.z = x; v.o.d[0] = 2; return %s; }"
_SIZE = "ulong f(void) { return %s; }"
_GIVEN = "struct t { u32 x; struct { %s }; };\nu32 f(void) { struct t t = { 1, { 2, 3 } }; return t.b; }"
_ALONE = "u32 f(struct o *p, u32 i) { p->d[i] = 2; return %s; }"


def _reaching(code: str, old: str, new: str, length: str = "0") -> Attack:
    head = _OPEN % length
    return Attack(head + code % old, head + code % new, NAMED, ASSUMING)


DIFFER = {
    # What is set may be read under a name that ## makes.
    "only set, but read by a pasted name": Attack(_PASTED % "1", _PASTED % "n", OPEN, CHANGED),
    # A function that is called like a kernel's idiom, but declared otherwise, isn't that.
    "another get_current()": Attack(_OWN % ("extern", "r"), _OWN % ("extern", "get_current(p)"), OPEN, CHANGED),
    "another get_current() called for nothing": Attack(
        "u32 get_current(struct s *p);\nvoid f(struct s *p) { }",
        "u32 get_current(struct s *p);\nvoid f(struct s *p) { get_current(p); }",
        OPEN,
        CHANGED,
    ),
    # Whether two members have one address is a matter of the layout alone.
    "members that move into a union": Attack(
        _ANOTHER % "u32 a; u32 b;", _ANOTHER % "union { u32 a; u32 b; };", OPEN, ASSUMING
    ),
    "a member that moves out of a union": Attack(
        _ANOTHER % "union { u32 a; struct { u32 b; }; };", _ANOTHER % "u32 a; u32 b;", OPEN, ASSUMING
    ),
    # What the code itself defines is so.
    **{
        f"an include under the code's own {name}": in_header(
            _INCLUDED % (name, name), "#define V 1", "#define V 2", OPEN, OPEN
        )
        for name in ("BUILD_VDSO", "__CHECKER__", "__INTEL_COMPILER")
    },
    **{
        f"a branch under the code's own {name}": Attack(
            _BRANCH % (name, name, "1"), _BRANCH % (name, name, "2"), OPEN, OPEN
        )
        for name in ("BUILD_VDSO", "__CHECKER__", "__INTEL_COMPILER")
    },
    # What is aligned as a line of the cache has another layout.
    **{
        f"{what} that is {word}": Attack(
            record % word + _SIZE % "sizeof(struct t)", record % word + _SIZE % "8", OPEN, OPEN
        )
        for word in ("__cacheline_aligned", "__cacheline_aligned_in_smp")
        for what, record in {
            "a member": "struct t { u32 x; u32 y %s; };\n",
            "a record": "struct t { u32 x; u32 y; } %s;\n",
        }.items()
    },
    # An initialiser that isn't looked into gives its values by the members' places.
    "members that change places under an initialiser": Attack(
        _GIVEN % "u32 a; u32 b;", _GIVEN % "u32 b; u32 a;", OPEN, OPEN
    ),
    # gcc takes an array of no elements, or a flexible one, for one that may reach into what lies behind it.
    "an array of no elements in front of a member": _reaching(_IN_FRONT, "p->z", "1"),
    "a flexible array in front of a member": _reaching(_IN_FRONT, "p->z", "1", ""),
    "an array of no elements in an element": _reaching(_IN_ARRAY, "p->o[1].n", "1"),
    "an array of no elements in an anonymous record": Attack(
        _IN_GROUP % ("0", "p->z"), _IN_GROUP % ("0", "1"), NAMED, ASSUMING
    ),
    "an array of no elements in a local record": _reaching(_IN_LOCAL, "v.z", "x"),
}

ALIKE = {
    "an array of no elements at the end": Attack(
        _OPEN % "0" + _ALONE % "2", _OPEN % "" + _ALONE % "p->d[i]", "proved", SAME
    ),
    "members that stay where they are": Attack(
        _ANOTHER % "u32 a; u32 b;", _ANOTHER % "struct { u32 a; u32 b; };", "proved", SAME
    ),
}

test_never_the_same = never_the_same(DIFFER)
test_never_changed = never_changed(ALIKE)


def test_a_declaration_of_get_current_that_says_the_kernels_is_that(tmp_path: Path) -> None:
    head = "struct task_struct { u32 z; };\nextern struct task_struct *get_current(void);\n"
    old = head + "u32 f(void) { struct task_struct *t = get_current(); e(); return t->z; }"
    new = head + "u32 f(void) { e(); return get_current()->z; }"
    _, _, verdict, _ = verdicts(Attack(old, new, OPEN, SAME), tmp_path)
    assert verdict == SAME
