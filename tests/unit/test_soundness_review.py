"""Pairs from the independent review: what a compiler makes of them differs, so none may be proved without a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import check

S = "struct s { u32 a; u32 b; u32 arr[4]; struct s *next; u32 *out; };\nextern u32 g(u32 x);\nextern void h(u32 *p);\n"

ORDER = {
    "a statement expression": "u32 f(u32 n) { return n + ({ n++; n; }); }",
    "a macro with ++": "#define INC(x) (++(x))\nu32 f(u32 n) { return n + INC(n); }",
    "an inlined callee and a pointer": "static u32 bump(u32 *x) { return ++*x; }\nu32 f(u32 n) { return n + bump(&n); }",
    "an inlined callee and a variable": "u32 v;\nstatic u32 bump(void) { return ++v; }\nu32 f(u32 n) { return v + bump(); }",
    "arguments": "u32 v;\nstatic u32 bump(void) { return ++v; }\nstatic u32 two(u32 a, u32 b) { return a * 2 + b; }\n"
    "u32 f(u32 n) { return two(v, bump()); }",
    "an index": "u32 f(u32 n) { u32 arr[9] = {}; n &= 7; arr[n] = ({ n++; 7; }); return arr[n]; }",
    "a call and an escaped local": "u32 f(struct s *p, u32 n) { u32 x = 1; p->out = &x; return x + g(1); }",
    "a call and memory": "u32 f(struct s *p, u32 n) { p->next->a = g(1); return p->a; }",
}

ORDERLY = {
    "a call and a local": "u32 f(u32 n) { return n + g(1); }",
    "a call and a constant": "#define K 7\nu32 f(u32 n) { return K + g(1); }",
    "two reads": "u32 f(struct s *p) { return p->a + p->b; }",
    "an inlined callee that changes its own": "static u32 k(u32 x) { x++; return x; }\nu32 f(u32 n) { return n + k(n); }",
}

# (old, new)
DIFFERENT = {
    "a loop macro with an if": (
        "#define each(i, n) for (i = 0; i < n; i++) if (i & 1)\nu32 f(u32 n) { u32 i, t = 0; each(i, 4) t++; return t; }",
        "u32 f(u32 n) { return 4; }",
    ),
    "an enumeration constant above int": (
        "enum e { A = 0x80000000 };\nu64 f(u64 n) { return n & A; }",
        "u64 f(u64 n) { return n & 0xffffffff80000000ull; }",
    ),
    "the size of an array behind a macro": (
        "#define ARR(p) ((p)->arr)\nu32 f(struct s *p) { return sizeof(ARR(p)); }",
        "u32 f(struct s *p) { return 8; }",
    ),
    "the size of a string": ('u32 f(u32 n) { return sizeof("abc"); }', "u32 f(u32 n) { return 8; }"),
    "a clamped index": ("u32 f(u32 n) { return array_index_nospec(n, 4); }", "u32 f(u32 n) { return n; }"),
    "a member declared twice": (
        "struct t {\n#ifdef CONFIG_A\nu32 m;\n#else\nu8 m;\n#endif\n};\nu32 f(struct t *p, u32 n) { p->m = n; return p->m; }",
        "struct t {\n#ifdef CONFIG_A\nu32 m;\n#else\nu8 m;\n#endif\n};\nu32 f(struct t *p, u32 n) { p->m = n; return n; }",
    ),
}


def spec(folder: Path, old: str, new: str, assume: str = "") -> str:
    (folder / "before.c").write_text(S + old)
    (folder / "after.c").write_text(S + new)
    code = f'[code]\nold = "before.c"\nnew = "after.c"\nentry = "f"\n{assume}'
    (folder / "spec.toml").write_text(f'{code}[[claim]]\nname = "claim"\nprove = "same(old, new)"\n')
    return str(folder)


@pytest.mark.parametrize("name", ORDER)
def test_the_order_of_operands_is_named(name: str, tmp_path: Path) -> None:
    claim = check(spec(tmp_path, ORDER[name], ORDER[name])).claims[0]
    assert claim.word == "unsupported" or any("from left to right" in text for text in claim.rests_on)


@pytest.mark.parametrize("name", ORDERLY)
def test_where_no_order_matters_none_is_named(name: str, tmp_path: Path) -> None:
    claim = check(spec(tmp_path, ORDERLY[name], ORDERLY[name])).claims[0]
    assert claim.word == "proved"
    assert not any("from left to right" in text for text in claim.rests_on)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_not_proved(name: str, tmp_path: Path) -> None:
    assert check(spec(tmp_path, *DIFFERENT[name])).claims[0].word in ("refuted", "unsupported")


def test_a_negative_label_over_an_unsigned_value(tmp_path: Path) -> None:
    old = "u32 f(u32 n) { switch (n) { case 5 ... -1: return 1; } return 0; }"
    path = spec(tmp_path, old, "u32 f(u32 n) { return 0; }", 'assume = ["n > 3"]\n')
    assert check(path).claims[0].word in ("refuted", "unsupported")
