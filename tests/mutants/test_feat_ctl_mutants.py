"""Mutants of the patched FEAT_CTL code: each is refuted by a claim, or proved equivalent by the tool itself."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from verify import check
from verify.errors import InputError

SPEC = Path("specs/feat_ctl")
# What is replaced by what, one place at a time.
EDITS = (
    (r"==", "!="), (r"!=", "=="), (r"&&", "||"), (r"\|\|", "&&"), (r"(?<![&\w(,] )(?<!&)&(?!&)(?= )", "|"),
    (r"(?<!\|)\|(?!\|)", "&"), (r"~", ""), (r"!(?!=)", ""), (r"\bif \(", "if (!("), (r"\breturn 1;", "return 0;"),
    (r"\breturn 0;", "return 1;"), (r"\breturn true;", "return false;"), (r"\breturn false;", "return true;"),
    (r"\bbreak;", ";"), (r"\bu64\b", "u32"), (r"\bu64\b", "u8"), (r"\b0x[0-9a-f]+\b", "0"), (r"\b0\b", "1"),
    (r"^\t+[a-z_]+\([^;{}]*\);$", "\t;"), (r"^\t+vmx->\w+ = \w+(?:->\w+)?;$", "\t;"),
    (r"\bFEAT_CTL_LOCKED\b", "FEAT_CTL_LMCE_ENABLED"), (r"\bFEAT_CTL_\w+", "0"),
)  # fmt: skip


class Mutant(NamedTuple):
    line: int
    before: str
    after: str
    text: str


def mutants(text: str) -> list[Mutant]:
    """Every mutant of the code part of `text`, comments and includes left alone."""
    found: dict[str, Mutant] = {}
    blank = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text, flags=re.S)
    for pattern, replacement in EDITS:
        for match in re.finditer(pattern, blank, re.M):
            line = text.count("\n", 0, match.start()) + 1
            whole = blank.split("\n")[line - 1]
            if whole.lstrip().startswith("#include"):
                continue
            changed = text[: match.start()] + replacement + text[match.end() :]
            if replacement == "if (!(":
                end = _closing(changed, match.start() + len("if "))
                changed = changed[:end] + ")" + changed[end:]
            found.setdefault(changed, Mutant(line, whole.strip(), changed.split("\n")[line - 1].strip(), changed))
    return list(found.values())


def _closing(text: str, opening: int) -> int:
    depth = 0
    for i in range(opening, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 1 and text[i] == ")" and i > opening + 1:
            return i + 1
    raise AssertionError("unbalanced")


def killed_by(mutant: Mutant, folder: Path) -> str:
    """The first claim that comes out otherwise than expected; "" if none does."""
    (folder / "after.c").write_text(mutant.text)
    for claim in check(str(folder / "spec.toml")).claims:
        if not claim.as_expected:
            return claim.claim
    return ""


def is_equivalent(mutant: Mutant, folder: Path) -> bool:
    (folder / "before.c").write_text((SPEC / "after.c").read_text())
    (folder / "after.c").write_text(mutant.text)
    text = (SPEC / "spec.toml").read_text()
    head = text[: text.index("[[claim]]")]
    spec = folder / "equal.toml"
    spec.write_text(head + '[[claim]]\nname = "equal"\nprove = "same(old, new)"\n')
    verdict = check(str(spec)).claims[0].word
    (folder / "before.c").write_text((SPEC / "before.c").read_text())
    return verdict == "proved"


def test_every_mutant_is_noticed_or_equivalent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "feat_ctl"
    shutil.copytree(SPEC, folder)
    survivors: list[Mutant] = []
    killed = equivalent = refused = 0
    everything = mutants((SPEC / "after.c").read_text())
    for mutant in everything:
        try:
            claim = killed_by(mutant, folder)
        except InputError:
            refused += 1  # no C any more, or a claim speaks of what is gone
            continue
        if claim:
            killed += 1
        elif is_equivalent(mutant, folder):
            equivalent += 1
        else:
            survivors.append(mutant)
    with capsys.disabled():
        print(f"\n{len(everything)} mutants: {killed} killed, {equivalent} equivalent, {refused} refused")
    assert not survivors, "\n".join(f"line {m.line}: {m.before}  →  {m.after}" for m in survivors)
    assert killed > 20
    assert refused < len(everything) // 10
