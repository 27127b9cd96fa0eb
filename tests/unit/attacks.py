"""Attacks: pairs of small functions as a kernel author might write them, and what a verdict on them must not be.

Each is checked as a claim, `same(old, new)`, and compared without a spec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from verify import Options, check
from verify.changes.diff import diff
from verify.errors import InputError

HEAD = """
typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long long u64;
typedef signed char s8; typedef short s16; typedef int s32; typedef long long s64; typedef unsigned long ulong;
struct s { u32 a; u32 b; u32 arr[4]; struct s *next; u32 *out; u64 q; int i; u8 c; };
extern u32 g(u32 x);
extern void h(u32 *p);
extern void e(void);
"""
REFUSED = "refused"
NAMED = "named"  # proved, but under an assumption that the verdict names
OPEN = "open"  # anything that isn't wrong
SAME, ASSUMING, CHANGED = "same", "assuming", "changed"
_OPTIONS = Options(timeout=20)


class Attack(NamedTuple):
    """Two versions of `f`, and what is found: of the claim "refuted", "named", "proved" or "open", and without a spec
    "changed", "assuming" (the same under assumptions), "same" or "open".

    A version may go on, behind a line `// k.h`, with the header "k.h".
    """

    old: str
    new: str
    claim: str
    change: str


def in_header(code: str, old: str, new: str, claim: str, change: str) -> Attack:
    """`code` of both versions, which includes a header that isn't the same."""
    if "#include" not in code:
        code = f'#include "k.h"\n{code}'
    return Attack(f"{code}\n// k.h\n{old}", f"{code}\n// k.h\n{new}", claim, change)


def never_the_same(attacks: Mapping[str, Attack]) -> Callable[[str, Path], None]:
    """A test that none of the pairs is taken for the same, unless what is assumed for it is named."""

    @pytest.mark.parametrize("name", attacks)
    def test(name: str, tmp_path: Path) -> None:
        attack = attacks[name]
        word, rests_on, verdict, reasons = verdicts(attack, tmp_path)
        assert word != "proved" or (attack.claim == NAMED and rests_on)
        assert word == "refuted" or attack.claim != "refuted"
        assert verdict != "same"
        assert verdict != "same under assumptions" or (attack.change == ASSUMING and reasons)
        assert verdict == "changed" or attack.change != CHANGED

    return test


def never_changed(attacks: Mapping[str, Attack]) -> Callable[[str, Path], None]:
    """A test that no difference is told where there is none."""

    @pytest.mark.parametrize("name", attacks)
    def test(name: str, tmp_path: Path) -> None:
        attack = attacks[name]
        word, _, verdict, _ = verdicts(attack, tmp_path)
        assert word != "refuted"
        assert word == "proved" or attack.claim != "proved"
        assert verdict != "changed"
        assert verdict == "same" or attack.change != SAME
        assert verdict in ("same", "same under assumptions") or attack.change != ASSUMING

    return test


def verdicts(attack: Attack, folder: Path) -> tuple[str, tuple[str, ...], str, tuple[str, ...]]:
    """The verdict on the claim and what it rests on, and that without a spec."""
    for name, text in (("old", attack.old), ("new", attack.new)):
        (folder / name).mkdir()
        code, _, header = text.partition("// k.h\n")
        (folder / name / "f.c").write_text(f"{HEAD}{code}\n")
        if header:
            (folder / name / "k.h").write_text(f"{header}\n")
    code = '[code]\nold = "old/f.c"\nnew = "new/f.c"\nentry = "f"\n'
    (folder / "spec.toml").write_text(f'{code}[[claim]]\nname = "claim"\nprove = "same(old, new)"\n')
    (change,) = diff(str(folder / "old"), str(folder / "new"), ("f",), options=_OPTIONS)
    found = change.comparison
    try:
        claim = check(str(folder), (), _OPTIONS).claims[0]
    except InputError:  # e.g. results of two widths: the claim makes no sense
        return REFUSED, (), found.verdict, found.reasons
    return claim.word, claim.rests_on, found.verdict, found.reasons
