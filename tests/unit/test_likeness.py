"""Code that isn't looked into counts as the same in both versions only if all that it rests on is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import check
from verify.claims.verdict import ClaimReport

HEAD = "extern u32 g(u32 x);\nextern u32 reg(u32 (*cb)(u32));\n"
OPAQUE = 'static u32 k(u32 n) { asm(""); return %s; }\nu32 f(u32 n) { return k(n); }'

# name: (old, new, text of both behind them)
DIFFERENT = {
    "a constant record": (
        "static const struct s tab = { .a = 1 };", "static const struct s tab = { .a = 2 };", "u32 f(u32 n) { return tab.a; }"
    ),
    "a macro in a constant table": ("#define K 1", "#define K 5", "static const u32 tab[2] = {K, 2};\nu32 f(u32 n) { return tab[n & 1]; }"),
    "a function that is passed on": (
        "static u32 cb(u32 x) { return x; }", "static u32 cb(u32 x) { return x + 1; }", "u32 f(u32 n) { return reg(cb); }"
    ),
    "the condition of a definition": ("#ifdef CONFIG_A", "#ifndef CONFIG_A", "static u32 k(u32 x) { return x; }\n#else\nextern u32 k(u32 x);\n#endif\nu32 f(u32 n) { return k(n); }"),
    "the branches of a macro": (
        "#ifdef CONFIG_A\n#define K 1\n#else\n#define K 2\n#endif", "#ifdef CONFIG_A\n#define K 2\n#else\n#define K 1\n#endif", OPAQUE % "K"
    ),
    "a name that is also declared in a block": (
        "enum { K2 = 1 };", "enum { K2 = 2 };", "static u32 k(u32 n) { { u32 K2 = 1; n += K2; } asm(\"\"); return n + K2; }\nu32 f(u32 n) { return k(n); }"
    ),
    "a typedef": ("typedef u32 T;", "typedef u8 T;", OPAQUE % "(T)n"),
    "a typedef in a member": ("typedef u8 T;", "typedef u16 T;", "struct t { T m; };\nextern struct t *gp;\n" + OPAQUE % "gp->m = n"),
    "a macro in a member": ("#define N 2", "#define N 3", "struct t { u32 m[N]; };\nextern struct t *gp;\n" + OPAQUE % "ARRAY_SIZE(gp->m)"),
    "the type of a member": ("struct t { u32 m; };", "struct t { u8 m; };", "extern struct t *gp;\n" + OPAQUE % "gp->m = n"),
    "a function that a variable points at": (
        "static u32 j(u32 n) { return 1; }", "static u32 j(u32 n) { return 2; }", "static u32 (*fp)(u32) = j;\n" + OPAQUE % "fp(n)"
    ),
    "a function that a macro defines": (
        "#define DEF(n, v) u32 n(u32 x) { return v; }", "#define DEF(n, v) u32 n(u32 x) { return v + 1; }", "extern u32 k(u32 x);\nDEF(k, 1)\nu32 f(u32 n) { return k(n); }"
    ),
    "a callee's callee": ("static u32 j(u32 n) { asm(\"\"); return n; }", "static u32 j(u32 n) { asm(\"\"); return 0; }", OPAQUE % "j(n)"),
}  # fmt: skip

# These differ in nothing that the callee uses.
ALIKE = {
    "a constant's neighbour": ("enum { A, K };", "enum { A, K, B };", OPAQUE % "K"),
    "a variable called like something else": ("extern u32 x(u32);", "extern u64 x(u64);", "static u32 k(u32 x) { asm(\"\"); return x; }\nu32 f(u32 n) { return k(n); }"),
    "comments": ("#define K 1 /* one */", "#define K   1", OPAQUE % "K"),
    "a member that isn't used": ("struct t { u32 m; };", "struct t { u32 m; u32 o; };", "extern struct t *gp;\n" + OPAQUE % "gp->m"),
}  # fmt: skip


def claim(folder: Path, old: str, new: str, text: str) -> ClaimReport:
    for name, own in (("old.c", old), ("new.c", new)):
        (folder / name).write_text(f"struct s {{ u32 a; }};\n{HEAD}{own}\n{text}\n")
    code = '[code]\nold = "old.c"\nnew = "new.c"\nentry = "f"\n'
    (folder / "spec.toml").write_text(f'{code}[[claim]]\nname = "claim"\nprove = "same(old, new)"\n')
    return check(str(folder)).claims[0]


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_is_not_the_same(name: str, tmp_path: Path) -> None:
    assert claim(tmp_path, *DIFFERENT[name]).word in ("refuted", "may differ", "unsupported")


@pytest.mark.parametrize("name", ALIKE)
def test_what_does_not_matter_is_passed_over(name: str, tmp_path: Path) -> None:
    assert claim(tmp_path, *ALIKE[name]).word == "proved"


@pytest.mark.parametrize("use", ["*p = *q", "p->a = sizeof(*q)", "p->a = ({ struct t x = { 1, 2 }; x.a; })"])
def test_a_record_that_grew_is_named(use: str, tmp_path: Path) -> None:
    text = f'static u32 k(struct t *p, struct t *q) {{ asm(""); {use}; return 0; }}\n'
    text += "u32 f(struct t *p, struct t *q) { return k(p, q); }"
    found = claim(tmp_path, "struct t { u32 a; };", "struct t { u32 a; u32 b; };", text)
    assert found.word == "proved"
    assert any("k() (although `struct t` changed)" in text for text in found.rests_on)
