"""Claims that are easily misread, by the compiler's rules or by the spec's: what each of them means."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.attacks import HEAD
from verify import Options, check
from verify.errors import InputError


class Asked(NamedTuple):
    """Two versions ("": both are the first one), a claim, and the words of its verdict that aren't wrong ("a|b");
    "error": the spec makes no sense.  Then what is assumed, and more tables of the spec.
    """

    old: str
    new: str
    prove: str
    words: str
    assume: str
    tables: str


BITS = "struct z { u32 v : 6; };"
BLOCKS = "void *memset(void *p, int byte, ulong n); void *memcpy(void *to, const void *from, ulong n);"
ASKED = {
    "called through a pointer": Asked(
        "static u32 k(u32 x) { return x; } u32 f(u32 n) { u32 (*p)(u32) = k; return p(n); }",
        "",
        "!new.called(k)", "error",
        "", "",
    ),
    "called through any pointer": Asked(
        "static u32 k(u32 x) { return x; } u32 f(u32 (*p)(u32), u32 n) { return p(n); }",
        "",
        "new.called(k)", "refuted",
        "", "",
    ),
    "ret unsigned cmp": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "new.ret >= 0", "proved",
        "", "",
    ),
    "ret > -1 is unsigned": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "new.ret > -1", "refuted",
        "", "",
    ),
    "int ret > -1": Asked(
        "int f(struct s*p,u32 n) { return n; }",
        "",
        "new.ret > -1", "refuted",
        "", "",
    ),
    "implies prec": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "n == 1 ==> new.ret == 1 && n == 1", "proved",
        "", "",
    ),
    "implies right assoc": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "n == 1 ==> n == 2 ==> n == 3", "proved",
        "", "",
    ),
    "implies left would fail": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "(n == 1 ==> n == 2) ==> n == 3", "refuted",
        "", "",
    ),
    "iff chain": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "n == 1 <==> new.ret == 1", "proved",
        "", "",
    ),
    "or vs implies": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "n == 0 || n == 1 ==> new.ret <= 1", "proved",
        "", "",
    ),
    "not precedence": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "!n == 0", "refuted",
        "", "",
    ),
    "old new memory": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=2; return 0; }",
        "new.p->a == old.p->a", "refuted",
        "", "",
    ),
    "before memory": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=p->a+1; return 0; }",
        "new.p->a == p->a + 1", "proved",
        "", "",
    ),
    "before memory wrong": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=p->a+2; return 0; }",
        "new.p->a == p->a + 1", "refuted",
        "", "",
    ),
    "pointer moved": Asked(
        "u32 f(struct s *p, u32 n) { p=p->next; p->a=1; return 0; }",
        "",
        "new.p->a == 1", "refuted",
        "", "",
    ),
    "param changed inside": Asked(
        "u32 f(struct s *p, u32 n) { n=5; return n; }",
        "",
        "new.ret == n", "refuted",
        "", "",
    ),
    "new.n is entry": Asked(
        "u32 f(struct s *p, u32 n) { n=5; return n; }",
        "",
        "new.n == n", "proved|error",
        "", "",
    ),
    "next chain": Asked(
        "u32 f(struct s *p, u32 n) { p->next=p; return 0; }",
        "u32 f(struct s *p, u32 n) { p->next=p; p->a=7; return 0; }",
        "new.p->next->a == 7", "proved",
        "", "",
    ),
    "next chain before": Asked(
        "u32 f(struct s *p, u32 n) { p->next=p; return 0; }",
        "u32 f(struct s *p, u32 n) { p->next=p; p->a=7; return 0; }",
        "p->next->a == 7", "refuted",
        "", "",
    ),
    "same except ret": Asked(
        "u32 f(struct s *p, u32 n) { return 1; }",
        "u32 f(struct s *p, u32 n) { return 2; }",
        "same(old, new, except(ret))", "proved",
        "", "",
    ),
    "same except memory hides ret?": Asked(
        "u32 f(struct s *p, u32 n) { return 1; }",
        "u32 f(struct s *p, u32 n) { return 2; }",
        "same(old, new, except(memory))", "refuted",
        "", "",
    ),
    "same except loc other object": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->next->a=1; return 0; }",
        "same(old, new, except(p->a))", "refuted",
        "", "",
    ),
    "same except loc": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=2; return 0; }",
        "same(old, new, except(p->a))", "proved",
        "", "",
    ),
    "same except loc alias": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=2; p->next->a=3; return 0; }",
        "same(old, new, except(p->a))", "refuted",
        "", "",
    ),
    "same except call": Asked(
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "same(old, new, except(e))", "proved|may differ|unknown",
        "", "",
    ),
    "same except call, memory after": Asked(
        "u32 f(struct s *p, u32 n) { e(); return p->a; }",
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "same(old, new, except(e))", "refuted|may differ|unknown",
        "", "",
    ),
    "same except calls memory": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; e(); return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "same(old, new, except(calls))", "refuted|may differ|unknown",
        "", "",
    ),
    "same before": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=p->a; return 0; }",
        "same(before, new)", "proved",
        "", "",
    ),
    "same before store": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "",
        "same(before, new)", "refuted",
        "", "",
    ),
    "same before call": Asked(
        "u32 f(struct s *p, u32 n) { return 0; }",
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "same(before, new)", "refuted|may differ",
        "", "",
    ),
    "called": Asked(
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "u32 f(struct s *p, u32 n) { if(n) e(); return 0; }",
        "n != 0 <==> new.called(e)", "proved",
        "", "",
    ),
    "called not": Asked(
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "u32 f(struct s *p, u32 n) { if(n) e(); return 0; }",
        "new.called(e)", "refuted",
        "", "",
    ),
    "calls count": Asked(
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "u32 f(struct s *p, u32 n) { e(); if(n) e(); return 0; }",
        "new.calls(e) == 1 + (n != 0)", "proved",
        "", "",
    ),
    "calls count minus": Asked(
        "u32 f(struct s *p, u32 n) { return 0; }",
        "",
        "new.calls(e) - 1 < 0", "refuted",
        "", "",
    ),
    "called inlined": Asked(
        "static u32 k(u32 x){ return x; }\nu32 f(struct s*p,u32 n) { return k(n); }",
        "",
        "new.called(k)", "proved",
        "", "",
    ),
    "called inside opaque": Asked(
        "extern void k(u32 x);\nu32 f(struct s*p,u32 n) { k(n); return 0; }",
        "",
        "!new.called(e)", "proved|unknown",
        "", "",
    ),
    "called inside of a call that is silent": Asked(
        "u32 k(u32 x) { e(); return x; }\nu32 f(u32 n) { k(n); return 0; }",
        "",
        "!new.called(e)", "unknown",
        "", "[calls]\nk = { silent = true }\n",
    ),
    "called inside of a call that is pure": Asked(
        "u32 k(u32 x) { e(); return x; }\nu32 f(u32 n) { k(n); return 0; }",
        "",
        "!new.called(e)", "unknown",
        "", "[calls]\nk = { pure = true }\n",
    ),
    "called inside of a call that is constant": Asked(
        "u32 k(u32 x) { e(); return x; }\nu32 f(u32 n) { k(n); return 0; }",
        "",
        "!new.called(e)", "unknown",
        "", "[calls]\nk = { constant = true }\n",
    ),
    "called through a constant table": Asked(
        "struct o { void (*fn)(void); };\n"
        "static const struct o ops = { .fn = e };\nu32 f(u32 n) { ops.fn(); return 0; }",
        "",
        "!new.called(e)", "unknown",
        "", "",
    ),
    "called through a table that a pointer leads to": Asked(
        "struct o { void (*fn)(void); };\n"
        "static struct o ops = { .fn = e };\nu32 f(u32 n) { struct o *p = &ops; p->fn(); return 0; }",
        "",
        "!new.called(e)", "unknown",
        "", "",
    ),
    "called through an array of functions": Asked(
        "static void (*const fns[])(void) = { e };\nu32 f(u32 n) { fns[n & 0](); return 0; }",
        "",
        "!new.called(e)", "unknown",
        "", "",
    ),
    "called through a table whose function calls it": Asked(
        "struct o { void (*fn)(void); };\n"
        "static void k(void) { e(); }\nstatic const struct o ops = { .fn = k };\nu32 f(u32 n) { ops.fn(); return 0; }",
        "",
        "!new.called(e)", "unknown",
        "", "",
    ),
    "called through another table": Asked(
        "struct o { void (*fn)(void); };\nstatic void k(void) { }\nstatic const struct o ops = { .fn = k };\n"
        "u32 f(u32 n) { ops.fn(); return 0; }",
        "",
        "!new.called(e)", "proved",
        "", "",
    ),
    "called via pointer": Asked(
        "struct o{void(*fn)(void);};\nu32 f(struct o*p2) { p2->fn(); return 0; }",
        "",
        "!new.called(e)", "proved|unknown|refuted",
        "", "",
    ),
    "warned": Asked(
        "u32 f(struct s *p, u32 n) { WARN_ON(n); return 0; }",
        "u32 f(struct s *p, u32 n) { WARN_ON(n > 1); return 0; }",
        "new.warned ==> old.warned", "proved",
        "", "",
    ),
    "warned rev": Asked(
        "u32 f(struct s *p, u32 n) { WARN_ON(n); return 0; }",
        "u32 f(struct s *p, u32 n) { WARN_ON(n > 1); return 0; }",
        "old.warned ==> new.warned", "refuted",
        "", "",
    ),
    "warned vacuous": Asked(
        "u32 f(struct s *p, u32 n) { return 0; }",
        "",
        "new.warned", "refuted",
        "", "",
    ),
    "assume contradiction": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "new.ret == 5", "vacuous",
        "n == 1 && n == 2", "",
    ),
    "assume UB": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "new.ret == 5", "refuted|unknown",
        "1u << n", "",
    ),
    "assume memory": Asked(
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "",
        "new.ret == 5", "proved",
        "p->a == 5", "",
    ),
    "assume memory then call": Asked(
        "u32 f(struct s *p, u32 n) { e(); return p->a; }",
        "",
        "new.ret == 5", "refuted|may differ",
        "p->a == 5", "",
    ),
    "assume alias": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; p->next->a=2; return p->a; }",
        "",
        "new.ret == 1", "proved",
        "p->next != p", "",
    ),
    "no assume alias": Asked(
        "u32 f(struct s *p, u32 n) { p->a=1; p->next->a=2; return p->a; }",
        "",
        "new.ret == 1", "refuted",
        "", "",
    ),
    "width trunc claim": Asked(
        "u64 f(struct s*p,u32 n) { return n; }",
        "u64 f(struct s*p,u32 n) { return (u64)n<<32; }",
        "new.ret == 0", "refuted",
        "", "",
    ),
    "claim cast": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "(u8)new.ret == n", "refuted",
        "", "",
    ),
    "claim sizeof": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "sizeof(new.ret) == 4", "proved|error",
        "", "",
    ),
    "claim bit op": Asked(
        "u32 f(struct s *p, u32 n) { return n & 3; }",
        "",
        "new.ret & 4", "refuted",
        "", "",
    ),
    "claim bit op prec": Asked(
        "u32 f(struct s *p, u32 n) { return n & 3; }",
        "",
        "(new.ret & 4) == 0", "proved",
        "", "",
    ),
    "claim bit op prec2": Asked(
        "u32 f(struct s *p, u32 n) { return n & 3; }",
        "",
        "new.ret & 4 == 0", "refuted",
        "", "",
    ),
    "claim shift UB": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "1 << n >= 0", "unknown|refuted",
        "", "",
    ),
    "claim div zero": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "1 / n <= 1", "unknown|refuted",
        "", "",
    ),
    "claim null deref": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "p == 0 || p->a == new.p->a", "proved",
        "", "",
    ),
    "name shadow param": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "n == 1 ==> new.ret == 1", "error",
        "", "[names]\nn = \"p->a\"\n",
    ),
    "name shadow ret": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "ret2 == n", "proved|error",
        "", "[names]\nret2 = \"new.ret\"\n",
    ),
    "name accepted alone": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "new.acc ==> n == 0", "proved",
        "", "[names]\nacc = \"ret == 0\"\n",
    ),
    "name accepted bad": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "new.acc ==> n == 1", "refuted",
        "", "[names]\nacc = \"ret == 0\"\n",
    ),
    "name is state": Asked(
        "u32 f(struct s *p, u32 n) { p->a=n; return n; }",
        "",
        "new.x == n", "proved",
        "", "[names]\nx = \"p->a\"\n",
    ),
    "name is state before": Asked(
        "u32 f(struct s *p, u32 n) { p->a=n; return n; }",
        "",
        "x == n", "refuted",
        "", "[names]\nx = \"p->a\"\n",
    ),
    "name prec": Asked(
        "u32 f(struct s *p, u32 n) { return n; }",
        "",
        "x * 2 == n * 2 + 2", "proved",
        "", "[names]\nx = \"n + 1\"\n",
    ),
    "member called old": Asked(
        "struct z{u32 old;};\nu32 f(struct z*p,u32 n) { return p->old; }",
        "",
        "new.ret == p->old", "proved|error",
        "", "",
    ),
    "param called new": Asked(
        "u32 f(u32 new) { return new; }",
        "",
        "new.ret == new", "proved|error",
        "", "",
    ),
    "param called old": Asked(
        "struct z{u32 a;};\nu32 f(struct z old) { return old.a; }",
        "struct z{u32 a;};\nu32 f(struct z old) { return old.a+1; }",
        "new.ret == old.a", "refuted|error|unsupported",
        "", "",
    ),
    "global named ret": Asked(
        "u32 ret;\nu32 f(struct s*p,u32 n) { ret=n; return 1; }",
        "",
        "new.ret == 1", "proved|error",
        "", "",
    ),
    "global claim": Asked(
        "u32 v;\nu32 f(struct s*p,u32 n) { v=n; return 1; }",
        "",
        "new.v == n", "proved",
        "", "",
    ),
    "global claim old": Asked(
        "u32 v;\nu32 f(struct s*p,u32 n) { v=n; return 1; }",
        "u32 v;\nu32 f(struct s*p,u32 n) { v=n+1; return 1; }",
        "new.v == old.v", "refuted",
        "", "",
    ),
    "macro in claim new def": Asked(
        "\n#define K 1\nu32 f(void) { return K; }",
        "\n#define K 2\nu32 f(void) { return K; }",
        "old.ret == K", "refuted|error",
        "", "",
    ),
    "macro in claim old.": Asked(
        "\n#define K 1\nu32 f(void) { return K; }",
        "\n#define K 2\nu32 f(void) { return K; }",
        "new.ret == K", "proved",
        "", "",
    ),
    "enum in claim": Asked(
        "enum{K=1};\nu32 f(void) { return K; }",
        "enum{K=2};\nu32 f(void) { return K; }",
        "old.ret == K", "refuted|error",
        "", "",
    ),
    "quantified elem": Asked(
        "u32 f(struct s *p, u32 n) { p->arr[n&3]=1; return 0; }",
        "",
        "new.p->arr[1] == 1", "refuted",
        "", "",
    ),
    "elem all": Asked(
        "u32 f(struct s *p, u32 n) { p->arr[n&3]=1; return 0; }",
        "",
        "new.p->arr[n&3] == 1", "proved",
        "", "",
    ),
    "preserves": Asked(
        "u32 f(struct s *p, u32 n) { e(); return p->a; }",
        "",
        "new.ret == p->a", "proved",
        "", "[calls]\ne = { preserves = [\"p->a\"] }\n",
    ),
    "preserves other": Asked(
        "u32 f(struct s *p, u32 n) { e(); return p->b; }",
        "",
        "new.ret == p->b", "refuted|may differ",
        "", "[calls]\ne = { preserves = [\"p->a\"] }\n",
    ),
    "pure twice": Asked(
        "u32 f(struct s *p, u32 n) { return g(n)-g(n); }",
        "",
        "new.ret == 0", "proved",
        "", "[calls]\ng = { pure = true }\n",
    ),
    "impure twice": Asked(
        "u32 f(struct s *p, u32 n) { return g(n)-g(n); }",
        "",
        "new.ret == 0", "refuted|may differ",
        "", "",
    ),
    "constant after store": Asked(
        "u32 f(struct s *p, u32 n) { u32 a=g(1); p->a=n; return g(1)-a; }",
        "",
        "new.ret == 0", "proved",
        "", "[calls]\ng = { constant = true }\n",
    ),
    "pure after store": Asked(
        "u32 f(struct s *p, u32 n) { u32 a=g(1); p->a=n; return g(1)-a; }",
        "",
        "new.ret == 0", "refuted|may differ",
        "", "[calls]\ng = { pure = true }\n",
    ),
    "sizeof of what an assignment to a bit-field is": Asked(
        f"{BITS} u32 f(struct z *p) {{ return sizeof(p->v = 1); }}",
        "",
        "new.ret == 4", "unsupported",
        "", "",
    ),
    "typeof of a bit-field that a block hands on": Asked(
        f"{BITS} u32 f(struct z *p) {{ typeof(({{ p->v; }})) n = 200; return n; }}",
        "",
        "new.ret == 200", "unsupported",
        "", "",
    ),
    "sizeof of a promoted bit-field": Asked(
        f"{BITS} u32 f(struct z *p) {{ return sizeof(+p->v); }}",
        "",
        "new.ret == 4", "proved",
        "", "",
    ),
    "calls in a loop without end": Asked(
        "u32 f(u32 n) { if (n) for (;;) e(); return 1; }",
        "",
        "n == 0", "may differ|unknown",
        "", "",
    ),
    "memcpy() of a part": Asked(
        f"{BLOCKS} u32 f(struct s *p) {{ struct s s = {{ .a = 1 }}; memcpy(p, &s, sizeof(s.a)); return p->a; }}",
        "",
        "new.ret == 1", "may differ",
        "", "",
    ),
    "what memset() of a part leaves alone": Asked(
        f"{BLOCKS} u32 f(struct s *p, u32 n) {{ memset(p->arr, 0, n & 15); return p->b; }}",
        "",
        "new.ret == p->b", "may differ",
        "", "",
    ),
    "what memset() returns": Asked(
        f"{BLOCKS} u32 f(struct s *p, u32 n) {{ return memset(p->arr, 0, n & 15) == p->arr; }}",
        "",
        "new.ret", "may differ",
        "", "",
    ),
    "what a memset() has nothing to do with": Asked(
        f"{BLOCKS} u32 f(struct s *p, u32 n) {{ memset(p->arr, 0, n & 15); return n; }}",
        "",
        "new.ret == 1", "refuted",
        "", "",
    ),
    "a call behind a memset()": Asked(
        f"{BLOCKS} u32 f(struct s *p, u32 n) {{ memset(p->arr, 0, n & 15); e(); return p->b; }}",
        "",
        "new.ret == p->b", "refuted",
        "", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_what_a_claim_means(name: str, tmp_path: Path) -> None:
    asked = ASKED[name]
    for version, text in (("old", asked.old), ("new", asked.new or asked.old)):
        (tmp_path / f"{version}.c").write_text(f"{HEAD}{text}\n")
    code = '[code]\nold = "old.c"\nnew = "new.c"\nentry = "f"\n'
    assume = f'assume = "{asked.assume}"\n' if asked.assume else ""
    claim = f'[[claim]]\nname = "claim"\nprove = "{asked.prove}"\n{assume}'
    (tmp_path / "spec.toml").write_text(f"{code}{asked.tables}{claim}")
    assert _word(tmp_path) in asked.words.split("|")


def _word(folder: Path) -> str:
    try:
        return check(str(folder), (), Options(timeout=20)).claims[0].word
    except InputError:
        return "error"
