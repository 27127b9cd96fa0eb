"""SYSCALL_DEFINEn() as the function that it defines."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.changes.diff import diff
from verify.errors import InputError
from verify.syntax.heads import with_heads

INCLUDE = "#include <linux/syscalls.h>\n"


@pytest.mark.parametrize(
    ("head", "meant"),
    [
        ("SYSCALL_DEFINE1(f, int, a)", "long __do_sys_f(int a)"),
        ("SYSCALL_DEFINE0(f)", "long __do_sys_f()"),
        ("SYSCALL_DEFINE2(f_3, char __user *, p,\n\t\tsize_t, n)", "long __do_sys_f_3(char __user * p, size_t n)"),
        ("COMPAT_SYSCALL_DEFINE1(f, u32, a)", "long __do_compat_sys_f(u32 a)"),
        ("SYSCALL_DEFINE1(f, const int *, a /* a, b */)", "long __do_sys_f(const int * a /* a, b */)"),
        ("SYSCALL_DEFINE2(f, int, a)", None),  # the number of arguments is another one
        ("SYSCALL_DEFINE1(f(x), int, a)", None),
        ("SYSCALL_DEFINE7(f, int, a)", None),
        ("  SYSCALL_DEFINE1(f, int, a)", None),
    ],
)
def test_heads_are_written_out_at_equal_length(head: str, meant: str | None) -> None:
    text = f"{INCLUDE}{head}\n{{\n\treturn 0;\n}}\nint z;\n"
    found = with_heads(text)
    assert len(found) == len(text) and found.count("\n") == text.count("\n")
    assert found.split("{")[1] == text.split("{")[1]
    if meant is None:
        assert found == text
    else:
        assert (
            " ".join(found.removeprefix(INCLUDE).split("{")[0].replace("(", " ( ").split()).replace(" ( ", "(") == meant
        )


@pytest.mark.parametrize(
    "text",
    [
        "SYSCALL_DEFINE1(f, int, a)\n{\n\treturn 0;\n}\n",  # nothing says what it means
        f"{INCLUDE}#define SYSCALL_DEFINE1(name, t, a) int name(t a)\nSYSCALL_DEFINE1(f, int, a)\n{{\n\treturn 0;\n}}\n",
        f"{INCLUDE}SYSCALL_DEFINE1(f, int, a);\n",
    ],
)
def test_what_may_mean_something_else_is_left_alone(text: str) -> None:
    assert with_heads(text) == text


def verdict(folder: Path, old: str, new: str, name: str) -> str:
    for side, text in (("old", old), ("new", new)):
        (folder / side).mkdir(exist_ok=True)
        (folder / side / "f.c").write_text(INCLUDE + text)
    (change,) = diff(str(folder / "old"), str(folder / "new"), (name,))
    return change.comparison.verdict


def test_diff_finds_them_by_name(tmp_path: Path) -> None:
    old = (
        "SYSCALL_DEFINE2(one, int, fd, unsigned int, n)\n{\n\treturn n > 3 ? -22 : fd;\n}\n"
        "SYSCALL_DEFINE2(other, int, fd, unsigned int, n)\n{\n\treturn n + fd;\n}\n"
        "COMPAT_SYSCALL_DEFINE1(one, u32, n)\n{\n\treturn n;\n}\nSYSCALL_DEFINE0(none)\n{\n\treturn 1;\n}\n"
    )
    assert verdict(tmp_path, old, old.replace("n > 3", "!(n <= 3)"), "__do_sys_one") == "same"
    assert verdict(tmp_path, old, old.replace("n > 3", "n > 4"), "__do_sys_one") == "changed"
    assert verdict(tmp_path, old, old.replace("n > 3", "n > 4"), "__do_sys_other") == "same"
    assert verdict(tmp_path, old, old.replace("unsigned int, n)\n{\n\treturn n >", "int, n)\n{\n\treturn n >"),
                   "__do_sys_one") == "changed"  # fmt: skip
    assert verdict(tmp_path, old, old.replace("return n;", "return n + 1;"), "__do_compat_sys_one") == "changed"
    assert verdict(tmp_path, old, old.replace("return 1;", "return 2;"), "__do_sys_none") == "changed"
    with pytest.raises(InputError):
        verdict(tmp_path, old, old, "SYSCALL_DEFINE2")
