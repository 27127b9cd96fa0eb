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


UNDECLARED = "g() is a function, not a macro: nothing that was read declares it"


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
