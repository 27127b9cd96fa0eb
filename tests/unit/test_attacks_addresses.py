"""Addresses: of a local object's parts, of neighbours, and of records and numbers that begin inside of one another."""

from __future__ import annotations

from pathlib import Path

from tests.unit.attacks import HEAD, Attack, never_changed, never_the_same
from verify import check

PAIR = "struct r { u32 a; u32 b; };\n"
NESTED = "struct n { u32 k; struct { u32 x; u32 y; } in; struct { u32 z; }; };\nextern void see(void *p);\n"
UNKNOWN = "struct m { u32 a; struct elsewhere o; u32 b; };\nextern void see(void *p);\n"


def compared(condition: str, value: int, declared: str = "struct w { u32 a; u32 b; } w;") -> Attack:
    """`condition` about addresses of `w` and `v`, and the number that it is, or isn't."""
    head = f"u32 f(u32 i, u32 j) {{ {declared} if (i > 3 || j > 3) return 2;"
    return Attack(f"{head} return {condition}; }}", f"{head} return {value}; }}", "open", "open")


def written(
    first: str, second: str, head: str = f"{PAIR}u32 f(struct r *p, u64 i, u64 j)", back: str = "p->b"
) -> Attack:
    """Two stores, of 1 and of 2, and what the first one's place then holds, or 1."""
    body = f"{head} {{ {first} = 1; {second} = 2; return"
    return Attack(f"{body} {back}; }}", f"{body} 1; }}", "open", "open")


TWO = "struct w { u32 a; u32 b; } w; struct w v;"
ARRAYS = "u32 w[4]; u32 v[4];"
BYTES = "union u { u32 all; struct { u16 low; u16 high; } half; u8 c[4]; } w;"
TRUE = {
    "first member": compared("(void *)&w.a == (void *)&w", 1),
    "next member": compared("&w.a + 1 == &w.b", 1),
    "member isn't null": compared("&w.b != (u32 *)0", 1),
    "members of two": compared("&w.b != &v.a", 1, TWO),
    "two": compared("(void *)&w != (void *)&v", 1, TWO),
    "elements": compared("&w[i] != &v[j]", 1, ARRAYS),
    "element": compared("(&w[i] == &w[j]) == (i == j)", 1, ARRAYS),
    "element and array": compared("(void *)&w[0] == (void *)&w", 1, ARRAYS),
    "half of a union": compared("(void *)(&w.half.low + 1) == (void *)&w.half.high", 1, BYTES),
    "byte of a union": compared("&w.c[2] == (u8 *)&w.half.high", 1, BYTES),
}
DIFFERENT = {
    **{f"not {name}": attack._replace(new=attack.new.replace("return 1;", "return 0;")) for name, attack in TRUE.items()},
    "end is beginning": compared("&w.b + 1 == &v.a", 0, TWO),
    "end isn't beginning": compared("&w.b + 1 == &v.a", 1, TWO),
    "begins inside": written("p->b", "((struct r *)((char *)p + 4))->a"),
    "begins inside, by number": written("p->b", "((struct r *)((u64)p + 4))->a"),
    "begins anywhere": written("p->b", "((struct r *)((char *)p + i))->a")._replace(claim="named", change="assuming"),
    "begins at an element's middle": written("p[i].b", "((struct r *)((char *)(p + i) + 4))->a", back="p[i].b"),
    "number inside": written("*p", "*(u32 *)((char *)p + 2)", "u32 f(u32 *p, u64 i)", "*p"),
    "signed number inside": written("*p", "*(s32 *)((char *)p + 2)", "u32 f(u32 *p, u64 i)", "*p"),
    "begins inside of a member": written(
        "p->x.b", "((struct r *)&p->x.b)->a", f"{PAIR}struct q {{ struct r x; struct r y; }}; u32 f(struct q *p)", "p->x.b"
    ),
    "begins inside of a variable": written("v.b", "((struct r *)&v.b)->a", f"{PAIR}struct r v; u32 f(void)", "v.b"),
    "a member that is asked about elsewhere": Attack(
        "u32 f(struct s *p) { if ((u64)p == -4ull) return 1; if (&p->b) return 2; return 3; }",
        "u32 f(struct s *p) { if ((u64)p == -4ull) return 5; return 2; }", "refuted", "changed",
    ),
    "passes another member": Attack(
        NESTED + "void f(void) { struct n n; n.k = 0; see(&n); }",
        NESTED + "void f(void) { struct n n; n.k = 0; see(&n.in.x); }",
        "refuted", "changed",
    ),
    "passes another member of an unknown layout": Attack(
        UNKNOWN + "void f(void) { struct m n; n.a = 0; see(&n.a); }",
        UNKNOWN + "void f(void) { struct m n; n.a = 0; see(&n.b); }",
        "refuted", "changed",
    ),
}  # fmt: skip
EQUAL = {
    **{name: attack._replace(claim="proved", change="same") for name, attack in TRUE.items()},
    "a member isn't NULL": Attack(
        "u32 f(struct s *p) { return &p->b == 0; }", "u32 f(struct s *p) { return 0; }", "open", "assuming"
    ),
    "one of two addresses isn't NULL": Attack(
        "u32 f(struct s *p, u32 x) { u32 *q = x ? &p->b : 0; return q ? 1 : 2; }",
        "u32 f(struct s *p, u32 x) { return x ? 1 : 2; }", "open", "assuming",
    ),
    "passes the first member": Attack(
        NESTED + "void f(void) { struct n n; n.k = 0; see(&n); }",
        NESTED + "void f(void) { struct n n; n.k = 0; see(&n.k); }",
        "proved", "same",
    ),
    "passes a member of an unknown layout": Attack(
        UNKNOWN + "void f(void) { struct m n; n.a = 0; see(&n.b); }",
        UNKNOWN + "void f(void) { struct m n; n.a = 0; u32 *p = &n.b; see(p); }",
        "proved", "same",
    ),
    "elements lie apart": written("p[0].b", "p[1].a"),
    "elements of an index": written("p[i].b", "p[j].a", back="p[i].b")._replace(claim="proved", change="same"),
    "strides": written("p->b", "((struct r *)((char *)p + 8 * i))->a")._replace(claim="proved", change="same"),
    "records behind a member": Attack(
        "struct b { u32 k; struct s s; }; u32 f(struct b *p) { struct s *q = &p->s; return ((struct b *)((char *)q - "
        "__builtin_offsetof(struct b, s)))->k; }",
        "struct b { u32 k; struct s s; }; u32 f(struct b *p) { return p->k; }",
        "proved", "same",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)


test_never_changed = never_changed(EQUAL)


def test_overlap_is_told(tmp_path: Path) -> None:
    """What can't be followed says which records overlap."""
    (tmp_path / "f.c").write_text(f"{HEAD}{DIFFERENT['begins inside'].old}\n")
    (tmp_path / "spec.toml").write_text(
        '[code]\nold = "f.c"\nnew = "f.c"\nentry = "f"\n[[claim]]\nname = "c"\nprove = "same(old, new)"\n'
    )
    (claim,) = check(str(tmp_path)).claims
    assert claim.word == "unsupported"
    assert "memory that is seen as two `struct r`, which overlap in part" in str(claim.verdict)
