"""The map of a function that changed: it leaves nothing out, and says what that rests on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.test_changes import changes
from verify.cli import main

_CASES = "".join(f"case {n}: return {n * n};\n" for n in range(16))


def _switch(rest: str) -> str:
    return f"u32 f(struct s *p, u32 n) {{ switch (n) {{ {_CASES} default: {rest} }} }}\n"


@pytest.mark.parametrize("count", [1, 6, 9])
def test_what_differs_beside_the_cases_is_all_told(count: int, tmp_path: Path) -> None:
    old = "".join(f"if (p->a & {1 << bit}) return {bit};\n" for bit in range(count))
    new = old.replace("return ", "return 20 + ")
    (change,) = changes(tmp_path, _switch(old + "return 9;"), _switch(new + "return 9;"))
    assert change.map is not None
    assert change.map.complete
    told = " ".join(text for region in change.map.regions for text in region.conditions)
    assert all(f"p->a & {1 << bit}" in told for bit in range(count))
    assert len(change.map.regions) == count


def test_more_regions_than_are_looked_for_are_not_called_all(tmp_path: Path) -> None:
    old = "".join(f"if (n == {n} && p->a != {n}) return {n};\n" for n in range(70))
    text = "u32 f(struct s *p, u32 n) {{ {} return 99; }}\n"
    (change,) = changes(tmp_path, text.format(old), text.format(old.replace("return ", "return 100 + ")))
    assert change.map is not None
    assert not change.map.complete
    assert "more than" in change.map.why


def test_what_the_map_assumes_of_callees_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """u32 h(struct t *);
static u32 g(struct t *q) {{ u32 k; asm volatile("one" : "=r"(k) : "m"(*q)); return k; }}
u32 f(struct s *p, struct t *q) {{ if (p->a) return h(q); if (q->x) return g(q); return {}; }}
"""
    old, new = "struct t { u32 x; };\n" + text.format(1), "struct t { u32 y, x; };\n" + text.format(2)
    (change,) = changes(tmp_path, old, new, ("f",))
    assert change.map is not None
    assert change.map.complete
    assert any("g() (although `struct t` changed), h() (although `struct t` changed)" in g for g in change.map.given)
    assert main(["diff", *(str(tmp_path / side) for side in ("old", "new")), "--function", "f"]) == 1
    said = capsys.readouterr().out
    assert "    Outside of these regions nothing differs: proved.  It rests on:\n" in said
    assert "h() (although `struct t` changed)" in said


def test_a_pointer_that_only_the_new_version_follows_is_told(tmp_path: Path) -> None:
    old = "u32 f(struct s *p, u32 n) { if (!n) return 7; return p->a; }\n"
    new = "u32 f(struct s *p, u32 n) { u32 a = p->a; if (!n) return 8; return a; }\n"
    (change,) = changes(tmp_path, old, new)
    assert change.map is not None
    assert change.map.complete
    assert not change.map.given  # in the region, where n is 0, it makes no odds
    (change,) = changes(tmp_path, old.replace("!n", "n < 2"), new.replace("!n", "n < 2").replace("8", "7 + !n"))
    assert change.map is not None
    (given,) = change.map.given
    assert given.startswith("no pointer is NULL or an error in `p->a` at ")


def test_beside_the_cases_of_a_switch_their_values_are_excluded(tmp_path: Path) -> None:
    (change,) = changes(tmp_path, _switch("return 999;"), _switch("return 1000;"))
    assert change.map is not None
    assert change.map.complete
    (region,) = change.map.regions
    assert region.conditions == ("n is none of 0 ... 15",)
    (change,) = changes(tmp_path, _switch("if (n > 100) return 3; return 4;"), _switch("return 4;"))
    assert change.map is not None
    (region,) = change.map.regions
    assert region.conditions == ("n > 100",)  # no case has such a value


def test_regions_have_nothing_in_common(tmp_path: Path) -> None:
    sets = "".join(f"case {n}: r = {n * n}; break;\n" for n in range(14))
    text = (
        "u32 f(struct s *p, u32 n) {{ u32 r = 0; switch (n) {{ {} default: r = 1; }} if (p->a == 3) return r; {} }}\n"
    )
    old, new = text.format(sets, "return 7;"), text.format(sets, "return r > 13 ? 7 : 8;")
    (change,) = changes(tmp_path, old, new)
    assert change.map is not None
    assert change.map.complete
    regions = change.map.regions
    assert len(regions) == 4  # n of 0, 2 and 3, and the rest, in which 1 is no exception
    assert all("p->a == 3" in " ".join(region.conditions) for region in regions)
    assert "n is none of 0, 2 ... 13" in [text for region in regions for text in region.conditions]


def test_what_may_be_one_call_differs_for_no_certain(tmp_path: Path) -> None:
    one = "static void one(struct s *p) { p->a = 3; }\n"
    old = (
        one
        + "u32 f(struct s *p, u32 c, u32 z) { void (*o)(struct s *) = one; if (z) return 7; if (c) o(p); return 0; }\n"
    )
    new = one + "u32 f(struct s *p, u32 c, u32 z) { if (z) return 8; if (c) p->a = 3; return 0; }\n"
    (change,) = changes(tmp_path, old, new)
    assert change.map is not None
    certain = [region for region in change.map.regions if region.certain]
    assert certain
    assert all("z" in region.conditions for region in certain)


def test_padding_alone_differs_for_no_certain(tmp_path: Path) -> None:
    text = (
        "struct pd { u32 x; unsigned long y; };\nu32 f(struct pd *p, u32 z, u32 c) { if (z == 9) return @ return 0; }\n"
    )
    old = text.replace("@", "7; if (c) __builtin_memset(p, 0, sizeof(*p));")
    new = text.replace("@", "8; if (c) { p->x = 0; p->y = 0; }")
    (change,) = changes(tmp_path, old, new)
    assert change.map is not None
    certain = [region for region in change.map.regions if region.certain]
    assert certain
    assert all("z == 9" in region.conditions for region in certain)
    assert len(certain) < len(change.map.regions)


def test_what_is_assumed_where_further_conditions_are_not_told_is_named(tmp_path: Path) -> None:
    others = "".join(f"case {n}: return {n * n};" for n in range(14) if n != 3)
    text = (
        f"u32 f(struct s *p, struct s *q, u32 n) {{ switch (n) {{ {others} case 3: {{ @ }} default: return 77; }} }}\n"
    )
    old = "".join(f"if (p->a & {1 << bit}) return 1{bit};" for bit in range(6))
    new = old.replace("return 1", "return 2")
    first, last = (
        text.replace("@", f"{old} if (!q) return 5; return q->b;"),
        text.replace("@", f"{new} u32 b = q->b; if (!q) return 5; return b;"),
    )
    (change,) = changes(tmp_path, first, last)
    assert change.map is not None
    assert change.map.complete
    assert any("q->b" in given for given in change.map.given)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("u32 f(u32 n) { n++; if (n == 5) return @; return 0; }", "n == 5 (line 6)"),
        ("u32 f(struct s *p, struct s *q) { p = q; if (p->a == 3) return @; return 0; }", "p->a == 3 (line 6)"),
        (
            "static u32 k@(u32 n, u32 d) { if (n > 3) return @; return d; } u32 f(u32 n, u32 m) { return k@(m, n); }",
            "n > 3 (line 6)",
        ),
        ("u32 f(u32 n) { if (n == 5) return @; n++; return n; }", "n == 5"),
        ("u32 f(struct s *p, u32 n) { p->a = n; if (p->a == 7) return @; return 0; }", "p->a == 7 (line 6)"),
        (
            "u32 f(struct s *p, u32 n) { p->arr[2] = n; switch (p->arr[2]) { case 7: return @; } return 0; }",
            "p->arr[2] == 7 (line 6)",
        ),
        ("u32 f(struct s *p, u32 n) { u32 x = p->arr[3] < n; return x * @; }", "p->arr[3] < n"),
        ("u32 f(u32 n) { u32 m = n + 1; if (m == 5) return @; return 0; }", "m == 5"),
        ("u32 f(struct s *n) { if (n->a == 5) return @; n->a = 7; return 0; }", "n->a == 5"),
        (
            "u32 f(struct s *p, u32 n) { if (p->a == 1) p->c = 0;\np->a = n;\nif (p->a == 1) return @; return 0; }",
            "p->a == 1 (line 8)",
        ),
    ],
)
def test_conditions_that_are_not_about_the_entry_are_told_with_their_place(
    text: str, condition: str, tmp_path: Path
) -> None:
    found = changes(tmp_path, text.replace("@", "1"), text.replace("@", "2"), ("f",))
    assert found[0].map is not None
    assert [region.conditions[0] for region in found[0].map.regions] == [condition]


def test_a_condition_that_means_another_thing_in_the_other_version_is_told_with_its_version(tmp_path: Path) -> None:
    text = "#define LIMIT {0}\nu32 f(u32 n, u32 k) {{\n\tif (k > 7) return {1};\n\tif (n == LIMIT) return 1;\n\treturn 0;\n}}\n"
    (change,) = changes(tmp_path, text.format(3, 7), text.format(4, 8))
    assert change.map is not None
    told = {text.lstrip("!") for region in change.map.regions for text in region.conditions}
    assert {text.strip("()") for text in told if "LIMIT" not in text} == {"k > 7"}
    places = {text.partition("LIMIT")[2].lstrip(")") for text in told if "LIMIT" in text}
    assert places == {" (line 9 of the old version)", " (line 9 of the new version)"}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("u32 f(u32 n) { switch (n & 3) { case 1: return @; default: return 0; } }", "(n & 3) == 1"),
        ("u32 f(u32 n) { switch ((n & 3)) { case 1 | 2: return @; default: return 0; } }", "(n & 3) == (1 | 2)"),
        ("u32 f(u32 n, u32 m) { n = m; switch (n) { case 1: return @; default: return 0; } }", "n == 1 (line 6)"),
        (
            "static u32 k@(u32 n, u32 d) { switch (n) { case 3: return @; default: return d; } }\n"
            "u32 f(u32 n, u32 m) { return k@(m, n); }",
            "n == 3 (line 6)",
        ),
    ],
)
def test_a_case_of_a_switch_is_told_as_a_condition(text: str, condition: str, tmp_path: Path) -> None:
    found = changes(tmp_path, text.replace("@", "1"), text.replace("@", "2"), ("f",))
    assert found[0].map is not None
    assert [region.conditions[0] for region in found[0].map.regions] == [condition]


def test_what_no_case_holds_is_told_with_its_place(tmp_path: Path) -> None:
    cases = _CASES.replace("\n", " ")
    text = f"u32 f(u32 n, u32 m) {{ n = m & 63; switch (n ^ 1) {{ {cases} default: return @; }} }}\n"
    (change,) = changes(tmp_path, text.replace("@", "999"), text.replace("@", "1000"))
    assert change.map is not None
    (region,) = change.map.regions
    assert region.conditions == ("(n ^ 1) is none of 0 ... 15 (line 6)",)
