"""What a spec says to no effect, and what it must not hide."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.errors import SpecError
from verify.pipeline import check

CODE = """\
#define PART_LOW 1
struct part { int n; };
static int limit;
void note(struct part *p);
int f(struct part *p, int x)
{
	note(p);
	return p->n > limit + x;
}
"""
HEAD = '[code]\nnew = "a.c"\nentry = "f"\n'
CLAIM = '[[claim]]\nname = "c"\nprove = "new.ret == 0 || new.ret == 1"\n'


def write(folder: Path, tables: str, claim: str = CLAIM) -> str:
    (folder / "a.c").write_text(CODE)
    (folder / "spec.toml").write_text(f"{HEAD}{tables}{claim}")
    return str(folder / "spec.toml")


@pytest.mark.parametrize(
    ("tables", "place", "said"),
    [
        ('[names]\nright = "ret == 0"\n', "5:10", "no claim uses `right` of [names], and no counterexample shows it"),
        (
            '[names]\nn = "p->m"\n',
            "5:6",
            "no claim uses `n` of [names], and no counterexample shows it: `struct part` has no",
        ),
        ('[vars]\nbit = "int"\n', "5:8", "no claim uses `bit` of [vars]"),
        ("[calls]\nnot = { silent = true }\n", "5:1", "the code doesn't call `not`, of which [calls] speaks"),
        ("[calls]\nnoted = { pure = true }\n", "5:1", "of which [calls] speaks; did you mean `note`?"),
        (
            '[names]\nn = "p->n"\n[bits]\nn = "PARTS_"\n',
            "7:1",
            "no macro begins with `PARTS_`, which [bits] gives for `n`; did you mean `PART_`?",
        ),
    ],
)
def test_what_has_no_effect_is_told(tables: str, place: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, tables)
    (remark,) = check(path).remarks
    assert remark.startswith(f"{path}:{place}: ")
    assert said in remark


@pytest.mark.parametrize(
    "tables",
    [
        '[names]\nn = "p->n"\n',  # counterexamples show it
        '[names]\nn = "p->n"\n[calls]\nnote = { preserves = ["n"] }\n[bits]\nn = "PART_"\n',
        "[calls]\nnote = { silent = true }\n",
        '[kernel]\nfile = "b.c"\n[calls]\nvmx_leave_nested = { pure = true }\n',  # the real source may call it
    ],
)
def test_what_has_an_effect_is_not_told(tables: str, tmp_path: Path) -> None:
    assert check(write(tmp_path, tables)).remarks == ()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ('[names]\nx = "p->n"\n', "`x` is also a parameter of `f`"),
        ('[vars]\nx = "int"\n', "`x` is also a parameter of `f`"),
        ('[names]\nlimit = "p->n"\n', "`limit` is also a variable of"),
    ],
)
def test_a_name_that_hides_a_part_of_the_code(tables: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        check(write(tmp_path, tables))
    assert caught.value.message.startswith(message)
    assert caught.value.span is not None and caught.value.span.line == 5
