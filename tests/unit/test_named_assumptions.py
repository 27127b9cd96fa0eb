"""What a verdict takes for granted stands beside it; these are cases that real functions brought to light."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify import check
from verify.claims.verdict import ClaimReport


def claim(folder: Path, text: str, prove: str, old: str = "", header: str = "", assume: str = "") -> ClaimReport:
    """The report on one claim over `f` in `text`."""
    (folder / "new.c").write_text(text)
    (folder / "old.c").write_text(old)
    (folder / "h.h").write_text(header)
    code = f'old = "old.c"\nnew = "new.c"\nheaders = ["h.h"]\nentry = "f"\nassume = [{assume}]\n'
    (folder / "spec.toml").write_text(
        f'[code]\n{code if old else code.partition(chr(10))[2]}[[claim]]\nname = "claim"\nprove = "{prove}"\n'
    )
    return check(str(folder / "spec.toml")).claims[0]


UNDECLARED = "g() is a function, not a macro, and has the same type everywhere: nothing that was read declares it"


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("", True),
        ("extern void g(u64 x);", False),
        ("static inline void g(u64 x) { asm(\"\"); }", False),
        ("#ifdef CONFIG_A\nextern void g(u64 x);\n#else\nvoid g(u64 x);\n#endif", False),
        ("#ifdef CONFIG_X86_32\nextern void g(u64 x);\n#endif", True),
    ],
)  # fmt: skip
def test_a_name_that_nothing_declares_may_be_a_macro(header: str, named: bool, tmp_path: Path) -> None:
    """do_div(x, 10) changes x, but without its header it looks like a call, by value."""
    found = claim(tmp_path, "u64 f(u64 x)\n{\n\tg(x);\n\treturn x;\n}\n", "new.ret == x", header=header)
    assert found.word == "proved"
    assert (UNDECLARED in found.rests_on) == named, found.rests_on


def _apart(*types: str) -> str:
    named = ", ".join(f"`{type_}`" for type_ in types)
    return f"numbers of different widths that are reached through pointers ({named}) don't overlap"


BYTES = _apart("unsigned char", "unsigned short")


@pytest.mark.parametrize(
    "body",
    [
        "p[0] = 1; *(u16 *)p = 0; return p[0];",
        "*(u16 *)p = 0; p[1] = 1; return *(u16 *)p == 256;",
        "*(u16 *)(p + 1) = 0; return *(u32 *)p == 0;",
        "if (n) p[0] = 1; *(u16 *)p = 0; return p[0];",
        "if (n) { p[0] = 1; *(u16 *)p = 0; } return p[0];",
    ],
)
def test_bytes_of_a_number_are_refused_where_they_are_seen(body: str, tmp_path: Path) -> None:
    """Found in is_zero_ether_addr(): gcc, which builds the kernel with -fno-strict-aliasing, says otherwise."""
    found = claim(tmp_path, f"int f(u8 *p, int n)\n{{\n\t{body}\n}}\n", "new.ret == 1")
    assert found.word == "unsupported", found


@pytest.mark.parametrize(
    ("text", "prove", "named"),
    [
        ("int f(u8 *p, u16 *q)\n{\n\t*p = 1;\n\t*q = 0;\n\treturn *p;\n}\n", "new.ret == 1", True),
        ("int f(u8 *p, u16 *q)\n{\n\t*p = 1;\n\treturn 1;\n}\n", "new.ret == 1", False),
        ("int f(u8 *p, u16 *q)\n{\n\t*p = 1;\n\treturn 1;\n}\n", "*new.q == *q", True),
        ("int f(u8 *p, u16 *q)\n{\n\t*p = 1;\n\treturn sizeof(*q);\n}\n", "new.ret == 2", False),
        ("int f(u8 *p, int n)\n{\n\tif (n)\n\t\t*p = 1;\n\telse\n\t\t*(u16 *)p = 1;\n\treturn 1;\n}\n",
         "new.ret == 1", True),
        ("int f(u8 *p)\n{\n\treturn *(u16 *)p == *(u16 *)p && p[2] == p[2];\n}\n", "new.ret == 1", True),
    ],
)  # fmt: skip
def test_that_numbers_of_two_widths_lie_apart_is_named(text: str, prove: str, named: bool, tmp_path: Path) -> None:
    found = claim(tmp_path, text, prove)
    assert found.word == "proved", found
    assert (BYTES in found.rests_on) == named, found.rests_on


def test_that_numbers_of_two_versions_lie_apart_is_named(tmp_path: Path) -> None:
    old, new = (f"void f(u8 *p, u16 *q, u32 *r)\n{{\n\t{body}\n}}\n" for body in ("*p = *p;", "*q = *q; *r = *r;"))
    found = claim(tmp_path, new, "same(old, new)", old)
    assert found.word == "proved", found
    assert _apart("unsigned char", "unsigned short", "unsigned int") in found.rests_on


def test_what_an_assumption_reaches_counts(tmp_path: Path) -> None:
    text = "int f(u8 *p, u16 *q)\n{\n\t*q = 0;\n\treturn *p;\n}\n"
    found = claim(tmp_path, text, "new.ret == 1", assume='"*p == 1"')
    assert found.word == "proved" and BYTES in found.rests_on, found
    text = "int f(u8 *p, u16 *q)\n{\n\t*q = 0;\n\treturn 1;\n}\n"
    found = claim(tmp_path, text, "new.ret == 1", assume='"*p == 1"')
    assert found.word == "proved" and BYTES in found.rests_on, found


SAYS = "what warnings say, which differs between the versions, doesn't matter"
TWO = "int f(int x)\n{{\n\tif ({}) WARN(1, {}); else WARN(1, {});\n\treturn 1;\n}}\n"
ONE = "int f(int x)\n{{\n\tWARN({}, {});\n\treturn {};\n}}\n"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (ONE.format("x", '"a %d", x', "1"), ONE.format("x", '"b %d", x', "1"), True),
        (ONE.format("x", '"a %d", x', "1"), ONE.format("x", '"a %d", x + 1', "1"), True),
        (ONE.format("x", '"a %d", x', "1"), ONE.format("x != 0", '"a %d",  x', "2 - 1"), False),
        (TWO.format("x", '"a"', '"b"'), TWO.format("x", '"b"', '"a"'), True),
        (TWO.format("x", '"a"', '"b"'), TWO.format("!x", '"b"', '"a"'), False),
        ("int f(int x)\n{\n\treturn WARN_ON(x) ? 1 : 2;\n}\n", "int f(int x)\n{\n\treturn 2 - !!WARN_ON(x != 0);\n}\n",
         False),
    ],
)  # fmt: skip
def test_that_warnings_say_something_else_is_named(old: str, new: str, named: bool, tmp_path: Path) -> None:
    found = claim(tmp_path, new, "same(old, new)", old)
    assert found.word == "proved"
    assert (SAYS in found.rests_on) == named, found.rests_on
    left_out = claim(tmp_path, new, "same(old, new, except(warnings))", old)
    assert SAYS not in left_out.rests_on
