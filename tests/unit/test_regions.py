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
