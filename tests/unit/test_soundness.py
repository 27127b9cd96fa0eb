"""Pairs of functions that differ, or claims that are false, in ways that a careless model would not see.

None of them may come out "proved".
"""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import Options, check

S = "struct s { u32 a; u32 b; u32 arr[4]; struct s *next; u32 *out; };\nextern u32 g(u32 x);\nextern void h(u32 *p);\n"

# name: (old, new); the entry is `int f(struct s *p, struct s *q, u32 n)` or as written; claim: same(old, new)
DIFFERENT = {
    "aliasing pointers of one type": (
        "u32 f(struct s *p, struct s *q, u32 n) { p->a = 1; q->a = 2; return p->a; }",
        "u32 f(struct s *p, struct s *q, u32 n) { p->a = 1; q->a = 2; return 1; }",
    ),
    "aliasing array elements": (
        "u32 f(struct s *p, u32 n) { p->arr[n & 3] = 1; p->arr[0] = 2; return p->arr[n & 3]; }",
        "u32 f(struct s *p, u32 n) { p->arr[n & 3] = 1; p->arr[0] = 2; return 1; }",
    ),
    "a scalar pointer into a field": (
        "u32 f(struct s *p, u32 n) { u32 *x = &p->a; *x = n; return p->a; }",
        "u32 f(struct s *p, u32 n) { u32 *x = &p->a; *x = n; return 0; }",
    ),
    "a callee that changes an escaped local": (
        "u32 f(u32 n) { u32 x = 1; h(&x); return x; }",
        "u32 f(u32 n) { u32 x = 1; h(&x); return 1; }",
    ),
    "a local that escaped before": (
        "u32 f(struct s *p, u32 n) { u32 x = 1; p->out = &x; g(0); return x; }",
        "u32 f(struct s *p, u32 n) { u32 x = 1; p->out = &x; g(0); return 1; }",
    ),
    "what a callee sees of a local": (
        "u32 f(u32 n) { u32 x = 1; h(&x); return 0; }",
        "u32 f(u32 n) { u32 x = 2; h(&x); return 0; }",
    ),
    "the order of a store and a call": (
        "u32 f(struct s *p, u32 n) { p->a = n; g(1); return 0; }",
        "u32 f(struct s *p, u32 n) { g(1); p->a = n; return 0; }",
    ),
    "memory after a call": (
        "u32 f(struct s *p, u32 n) { p->a = 1; g(1); return p->a; }",
        "u32 f(struct s *p, u32 n) { p->a = 1; g(1); return 1; }",
    ),
    "two calls in another order": (
        "u32 f(u32 n) { u32 x = g(1); u32 y = g(2); return x + y; }",
        "u32 f(u32 n) { u32 y = g(2); u32 x = g(1); return x + y; }",
    ),
    "a call that is made once or twice": (
        "u32 f(u32 n) { return g(1) + g(1); }",
        "u32 f(u32 n) { return 2 * g(1); }",
    ),
    "a side effect behind &&": (
        "u32 f(u32 n) { u32 i = 0; if (n && ++i) return i; return i + 5; }",
        "u32 f(u32 n) { u32 i = 0; ++i; if (n && i) return i; return i + 5; }",
    ),
    "fall-through": (
        "u32 f(u32 n) { u32 r = 0; switch (n) { case 1: r = 1; case 2: r += 2; break; default: r = 9; } return r; }",
        "u32 f(u32 n) { u32 r = 0; switch (n) { case 1: r = 1; break; case 2: r += 2; break; default: r = 9; } return r; }",
    ),
    "a range's upper end": (
        "u32 f(u32 n) { switch (n) { case 1 ... 5: return 1; } return 0; }",
        "u32 f(u32 n) { switch (n) { case 1 ... 4: return 1; } return 0; }",
    ),
    "a loop past the bound": (
        "u32 f(u32 n) { u32 i, r = 0; for (i = 0; i < n; i++) r++; return r; }",
        "u32 f(u32 n) { u32 i, r = 0; for (i = 0; i < n; i++) if (i < 1000) r++; return r; }",
    ),
    "the sign of a comparison": (
        "u32 f(int n) { return n < 5; }",
        "u32 f(int n) { return (u32)n < 5; }",
    ),
    "a bit-field's width": (
        "struct b { u32 x : 3; u32 y : 29; };\nu32 f(struct b *p, u32 n) { p->x = n; return p->x; }",
        "struct b { u32 x : 3; u32 y : 29; };\nu32 f(struct b *p, u32 n) { p->x = n; return n; }",
    ),
    "a union's other member": (
        "union u { u32 w; u8 c; };\nu32 f(union u *p, u32 n) { p->w = n; p->c = 0; return p->w; }",
        "union u { u32 w; u8 c; };\nu32 f(union u *p, u32 n) { p->w = n; p->c = 0; return n; }",
    ),
    "a callee whose body changed": (
        "static u32 k(u32 x) { asm(\"\"); return x; }\nu32 f(u32 n) { return k(n); }",
        "static u32 k(u32 x) { asm(\"\"); return x + 1; }\nu32 f(u32 n) { return k(n); }",
    ),
    "a constant that changed": (
        "#define K 1\nu32 f(u32 n) { return n & K; }",
        "#define K 2\nu32 f(u32 n) { return n & K; }",
    ),
    "a global table that changed": (
        "static const u32 table[2] = { 1, 2 };\nu32 f(u32 n) { return table[n & 1]; }",
        "static const u32 table[2] = { 1, 3 };\nu32 f(u32 n) { return table[n & 1]; }",
    ),
    "a macro that its neighbours tear apart": (
        "#define K 1 + 2\nu32 f(u32 n) { return K * 3; }",
        "#define K 1 + 2\nu32 f(u32 n) { return 9; }",
    ),
    "a macro's argument evaluated twice": (
        "#define TWICE(x) ((x) + (x))\nu32 f(u32 n) { u32 i = 0; return TWICE(g(n)); }",
        "#define TWICE(x) ((x) + (x))\nu32 f(u32 n) { u32 i = g(n); return i + i; }",
    ),
    "a definition under #if": (
        "#ifdef CONFIG_A\nstatic inline u32 k(u32 x) { return x; }\n#else\nstatic inline u32 k(u32 x) { return 0; }\n#endif\n"
        "u32 f(u32 n) { return k(n); }",
        "u32 f(u32 n) { return 0; }",
    ),
    "code under #if": (
        "u32 f(u32 n) {\n#ifdef CONFIG_A\n\tn = 0;\n#endif\n\treturn n; }",
        "u32 f(u32 n) { return n; }",
    ),
    "a warning": (
        "u32 f(u32 n) { WARN_ON(n == 3); return n; }",
        "u32 f(u32 n) { return n; }",
    ),
    "BUG": (
        "u32 f(u32 n) { BUG_ON(n == 3); return n; }",
        "u32 f(u32 n) { return n; }",
    ),
    "an uninitialised variable": (
        "u32 f(u32 n) { u32 x; if (n) x = 1; return x; }",
        "u32 f(u32 n) { u32 x; if (n) x = 1; else x = 0; return x; }",
    ),
    "a struct copy": (
        "u32 f(struct s *p, struct s *q, u32 n) { u32 x = p->b; p->a = q->a; p->b = q->b; return x; }",
        "u32 f(struct s *p, struct s *q, u32 n) { p->a = q->a; p->b = q->b; return p->b; }",
    ),
    "early return in a callee": (
        "static u32 k(struct s *p, u32 x) { if (x) return 1; p->a = 2; return 0; }\n"
        "u32 f(struct s *p, u32 n) { u32 r = k(p, n); p->b = r; return r; }",
        "static u32 k(struct s *p, u32 x) { p->a = 2; if (x) return 1; return 0; }\n"
        "u32 f(struct s *p, u32 n) { u32 r = k(p, n); p->b = r; return r; }",
    ),
    "a static local": (
        "u32 f(u32 n) { static u32 count; return ++count; }",
        "u32 f(u32 n) { static u32 count; return 1; }",
    ),
    "a pointer chosen by a condition": (
        "u32 f(struct s *p, struct s *q, u32 n) { struct s *r = n ? p : q; r->a = 1; return q->a; }",
        "u32 f(struct s *p, struct s *q, u32 n) { p->a = 1; return q->a; }",
    ),
}  # fmt: skip


def _spec(folder: Path, old: str, new: str, claim: str) -> Path:
    (folder / "before.c").write_text(S + old)
    (folder / "after.c").write_text(S + new)
    path = folder / "spec.toml"
    path.write_text(
        f'[code]\nold = "before.c"\nnew = "after.c"\nentry = "f"\n[[claim]]\nname = "claim"\nprove = "{claim}"\n'
    )
    return path


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_difference_is_never_proved_away(name: str, tmp_path: Path) -> None:
    old, new = DIFFERENT[name]
    report = check(str(_spec(tmp_path, old, new, "same(old, new)")), (), Options())
    assert report.claims[0].word != "proved", report.claims[0]


@pytest.mark.parametrize("name", DIFFERENT)
def test_each_side_is_equal_to_itself(name: str, tmp_path: Path) -> None:
    for text in DIFFERENT[name]:
        report = check(str(_spec(tmp_path, text, text, "same(old, new)")), (), Options())
        assert report.claims[0].word not in ("refuted", "vacuous"), report.claims[0]


def test_what_callees_call_their_variables_is_not_a_name_of_the_spec(tmp_path: Path) -> None:
    text = "static inline u32 k(u32 x) { u32 data = 1; return data + x; }\nu32 f(u32 n) { return k(n); }"
    path = _spec(tmp_path, text, text, "k(n) == n + 1")
    path.write_text(path.read_text().replace("[[claim]]", '[names]\ndata = "n"\n[[claim]]'))
    assert check(str(path)).claims[0].word == "proved"
