"""Records that calls return, arrays sized by initialisers, typeof: differences aren't lost, nor made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.attacks import HEAD, Attack, never_changed, never_the_same, verdicts
from verify import Options, check
from verify.changes.diff import diff

_R = "struct r { u32 a; u32 b; };\nextern struct r mk(u32 n);\nextern struct r other(u32 n);\n"
_B = "struct bits { u32 a : 3; bool t; s8 c; };\nextern struct bits mk(void);\n"

DIFFERENT = {
    "another member": Attack(
        f"{_R}u32 f(u32 n) {{ return mk(n).a; }}", f"{_R}u32 f(u32 n) {{ return mk(n).b; }}",
        "refuted", "changed",
    ),
    "another function": Attack(
        f"{_R}u32 f(u32 n) {{ return mk(n).a; }}", f"{_R}u32 f(u32 n) {{ return other(n).a; }}",
        "refuted", "changed",
    ),
    "asked again": Attack(
        f"{_R}u32 f(u32 n) {{ struct r x = mk(n), y = mk(n); return x.a + y.b; }}",
        f"{_R}u32 f(u32 n) {{ struct r x = mk(n); mk(n); return x.a + x.b; }}",
        "refuted", "changed",
    ),
    "a member of another width": Attack(
        "struct q { u32 a; u32 b; };\nextern struct q mk(void);\nu32 f(u32 n) { return mk().b; }",
        "struct q { u32 a; u64 b; };\nextern struct q mk(void);\nu32 f(u32 n) { return mk().b; }",
        "open", "open",
    ),
    "by a pointer": Attack(
        f"{_R}u32 f(struct r (*get)(u32), u32 n) {{ return get(n).a; }}",
        f"{_R}u32 f(struct r (*get)(u32), u32 n) {{ return get(n + 1).a; }}",
        "refuted", "changed",
    ),
    "an array's length": Attack(
        "u32 f(u32 n) { u32 a[] = { 1, 2, 3 }; return sizeof(a) + a[n % 3]; }",
        "u32 f(u32 n) { u32 a[] = { 1, 2, 3, 4 }; return sizeof(a) + a[n % 3]; }",
        "refuted", "changed",
    ),
    "a designator makes it longer": Attack(
        "u32 f(u32 n) { u32 a[] = { 1, [5] = 3, 4 }; return ARRAY_SIZE(a); }",
        "u32 f(u32 n) { u32 a[] = { 1, [5] = 3 }; return ARRAY_SIZE(a); }",
        "refuted", "changed",
    ),
    "of file scope": Attack(
        "static const u32 a[] = { 1, 2, 3 };\nu32 f(u32 n) { return ARRAY_SIZE(a); }",
        "static const u32 a[] = { 1, 2, 3, 4 };\nu32 f(u32 n) { return ARRAY_SIZE(a); }",
        "refuted", "changed",
    ),
    "out of its bounds": Attack(
        "static const u32 a[] = { 1, 2, 3, 0 };\nu32 f(u32 n) { return a[n & 3]; }",
        "static const u32 a[] = { 1, 2, 3 };\nu32 f(u32 n) { return a[n & 3]; }",
        "open", "open",
    ),
    "a static table": Attack(
        "u32 f(u32 n) { static const u32 a[] = { 1, 2, 3 }; return a[n % 3]; }",
        "u32 f(u32 n) { static const u32 a[] = { 1, 2, 4 }; return a[n % 3]; }",
        "refuted", "changed",
    ),
    "a static array that is written": Attack(
        "u32 f(u32 n) { static u32 a[] = { 1, 2, 3 }; return a[n % 3]++; }",
        "u32 f(u32 n) { static u32 a[] = { 1, 2, 4 }; return a[n % 3]++; }",
        "named", "open",
    ),
    "static or not": Attack(
        "u32 f(u32 n) { static u32 a[2]; return a[n & 1]++; }", "u32 f(u32 n) { u32 a[2] = {}; return a[n & 1]++; }",
        "refuted", "changed",
    ),
    "an array of records without braces": Attack(
        f"{_R}u32 f(u32 n) {{ static const struct r a[] = {{ 1, 2, 3, 4 }}; return sizeof(a) / 8; }}",
        f"{_R}u32 f(u32 n) {{ return 4; }}",
        "open", "open",
    ),
    "the width of a typeof": Attack(
        "u32 f(struct s *p, u32 n) { typeof(p->c) x = n; return x; }",
        "u32 f(struct s *p, u32 n) { typeof(p->a) x = n; return x; }",
        "refuted", "changed",
    ),
    "typeof doesn't evaluate": Attack(
        "u32 f(u32 n) { typeof(n++) x = n; return x; }", "u32 f(u32 n) { n++; return n; }",
        "refuted", "changed",
    ),
    "records that nothing names": Attack(
        "u32 f(u32 n) { return sizeof(struct { int a; }); }",
        "u32 f(u32 n) { return sizeof(struct { long b; long c; }); }",
        "refuted", "changed",
    ),
    "two records that nothing names": Attack(
        "u32 f(u32 n) { return sizeof(struct { int a; }) == sizeof(struct { long b; long c; }); }",
        "u32 f(u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "a packed one": Attack(
        "u32 f(u32 n) { return sizeof(struct { u8 a; u32 b; }); }",
        "u32 f(u32 n) { return sizeof(struct { u8 a; u32 b; } __attribute__((packed))); }",
        "open", "open",
    ),
    "two of one text, one of them packed": Attack(
        "u32 f(u32 n) { return sizeof(struct { u8 a; u32 b; }) == sizeof(struct { u8 a; u32 b; } __attribute__((packed))); }",
        "u32 f(u32 n) { return 1; }",
        "open", "open",
    ),
    "a member of one": Attack(
        "struct in { u32 x; };\nu32 f(u32 n) { return sizeof(struct { struct in i; u32 y; }); }",
        "struct in { u64 x; };\nu32 f(u32 n) { return sizeof(struct { struct in i; u32 y; }); }",
        "refuted", "changed",
    ),
}  # fmt: skip

EQUAL = {
    "records that nothing names": Attack(
        "u32 f(u32 n) { return sizeof(struct { int a; }) + sizeof(union { u8 a; u64 b; }); }",
        "u32 f(u32 n) { return 4 + sizeof(struct { long b; }); }",
        "proved", "same",
    ),
    "a record": Attack(
        f"{_R}u32 f(u32 n) {{ struct r x = mk(n); return x.a + x.b; }}",
        f"{_R}u32 f(u32 n) {{ struct r x; x = mk(n); return x.b + x.a; }}",
        "proved", "same",
    ),
    "kept over a call": Attack(
        f"{_R}u32 f(u32 n) {{ struct r x = mk(n); e(); return x.a + x.b; }}",
        f"{_R}u32 f(u32 n) {{ struct r x = mk(n); u32 s = x.a + x.b; e(); return s; }}",
        "proved", "same",
    ),
    "stored": Attack(
        f"{_R}void f(struct r *p, u32 n) {{ *p = mk(n); }}",
        f"{_R}void f(struct r *p, u32 n) {{ struct r x = mk(n); p->a = x.a; p->b = x.b; }}",
        "proved", "same",
    ),
    "members' widths": Attack(
        f"{_B}u32 f(u32 n) {{ struct bits x = mk(); return x.a > 7 || x.t > 1 || x.c > 127; }}",
        f"{_B}u32 f(u32 n) {{ mk(); return 0; }}",
        "proved", "same",
    ),
    "an array": Attack(
        "u32 f(u32 n) { u32 a[] = { 1, [2] = 3, [1] = 2 }; return a[n % 3]; }", "u32 f(u32 n) { return n % 3 + 1; }",
        "proved", "same",
    ),
    "an array of file scope": Attack(
        "static const u32 a[] = { [1] = 2, 3, [0] = 1 };\nu32 f(u32 n) { return a[n % ARRAY_SIZE(a)]; }",
        "u32 f(u32 n) { return n % 3 + 1; }",
        "proved", "same",
    ),
    "a loop over one": Attack(
        "static u32 a[] = { 1, 2, 3 };\nu32 f(u32 n) { u32 s = 0, i; for (i = 0; i < ARRAY_SIZE(a); i++) s += a[i];"
        " return s; }",
        "static u32 a[] = { 1, 2, 3 };\nu32 f(u32 n) { return a[0] + a[1] + a[2]; }",
        "proved", "same",
    ),
    "a static table": Attack(
        "u32 f(u32 n) { static const u32 a[] = { 1, 2, 3, [3] = 4 }; return a[n & 3]; }",
        "u32 f(u32 n) { return (n & 3) + 1; }",
        "proved", "same",
    ),
    "a static table that a call gets": Attack(
        "u32 f(u32 n) { static const u32 a[] = { 1, 2 }; h((u32 *)a); return a[0]; }",
        "u32 f(u32 n) { static const u32 a[] = { 1, 2 }; h((u32 *)a); return 1; }",
        "proved", "same",
    ),
    "an unnamed array": Attack(
        "u32 f(u32 n) { u32 *p = (u32[]){ 1, 2, 3 }; return p[n % 3]; }", "u32 f(u32 n) { return n % 3 + 1; }",
        "proved", "same",
    ),
    "typeof": Attack(
        "u32 f(struct s *p, u32 n) { typeof(p->arr) x = { n }; typeof(*p) y = { .c = n }; typeof(&y) q = &y;"
        " return x[0] + q->c; }",
        "u32 f(struct s *p, u32 n) { return n + (u8)n; }",
        "proved", "same",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)


test_never_changed = never_changed(EQUAL)

ONE = "extern u32 w({}); u32 f(u32 n) {{ return w({}); }}"
SET = "{} k; void f(u32 n) {{ k = n & 1; }}"
TAKES = "w() takes {} bits in the two versions"
HOLDS = "it rests on `k`, whose width differs between the versions"
WIDTHS = {
    "an argument": (ONE.format("u32", "n & 1"), ONE.format("u64", "n & 1"), TAKES.format("32 and 64")),
    "a condition": (ONE.format("bool", "n & 1"), ONE.format("u64", "n & 1"), TAKES.format("1 and 64")),
    "an argument of a pointer's": (
        "u32 f(int (*w)(u32), u32 n) { return w(n); }", "u32 f(int (*w)(u64), u32 n) { return w(n); }",
        "a function pointer takes 32 and 64 bits in the two versions",
    ),
    "a variable": (SET.format("extern u8"), SET.format("extern u32"), HOLDS),
    "a static variable": (SET.format("static u8"), SET.format("static u32"), HOLDS),
    "an array and a number": (
        "static u8 k[3]; void f(u32 n) { k[0] = n; }", "static u8 k; void f(u32 n) { k = n; }", HOLDS
    ),
    "another argument, too": (ONE.format("u32, u32", "n, 1"), ONE.format("u64, u32", "n, 2"), ""),
    "another number": (ONE.format("u32", "1"), ONE.format("u64", "2"), ""),
    "what doesn't fit": (ONE.format("u32", "n"), ONE.format("u8", "n"), ""),
    "a call after it": (
        "extern void w(u32); u32 f(u32 n) { w(n); return g(n); }",
        "extern void w(u64); u32 f(u32 n) { w(n); return g(n); }", TAKES.format("32 and 64")
    ),
    "a result after it": (
        "extern void w(u32); u32 f(u32 n) { w(n); return g(n); }",
        "extern void w(u64); u32 f(u32 n) { w(n); return g(n) + 1; }", ""
    ),
    "another result": (SET.format("static u8"), SET.format("static u32").replace("1;", "1; e();"), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WIDTHS)
def test_what_is_of_another_width_may_be_the_same(name: str, tmp_path: Path) -> None:
    old, new, reason = WIDTHS[name]
    _, _, verdict, reasons = verdicts(Attack(old, new, "", ""), tmp_path)
    assert verdict == ("may differ" if reason else "changed")
    assert not reason or reasons == (reason,)


@pytest.mark.parametrize(("added", "word"), [("", "may differ"), (" + 1", "refuted")])
@pytest.mark.parametrize(
    "lead", ["extern void w({}); u32 f(u32 n) {{ w(n & 1);", "static {} k; u32 f(u32 n) {{ k = n & 1;"]
)
def test_results_behind_what_is_of_another_width(lead: str, added: str, word: str, tmp_path: Path) -> None:
    for version, type_, more in (("old", "u32", ""), ("new", "u16", added)):
        (tmp_path / f"{version}.c").write_text(f"{HEAD}{lead.format(type_)} return g(n){more}; }}\n")
    code = '[code]\nold = "old.c"\nnew = "new.c"\nentry = "f"\n[calls]\nw = { alike = true }\n'
    (tmp_path / "spec.toml").write_text(f'{code}[[claim]]\nname = "c"\nprove = "old.ret == new.ret"\n')
    assert check(str(tmp_path), (), Options(timeout=20)).claims[0].word == word


def test_regions_name_no_unknowns_of_widths(tmp_path: Path) -> None:
    for version, type_ in (("old", "int"), ("new", "long")):
        (tmp_path / version).mkdir()
        text = f"int w({type_}); int f(int n) {{ if (n > 3) return w(n); return {len(version + type_)}; }}\n"
        (tmp_path / version / "f.c").write_text(text)
    (change,) = diff(str(tmp_path / "old"), str(tmp_path / "new"), ("f",))
    assert change.map is not None
    assert [region.conditions for region in change.map.regions] == [("!(n > 3)",), ("n > 3",)]
