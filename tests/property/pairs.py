"""Pairs of random programs: a program and the same in other words, or a mutant of it; and their specs."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from verify import Options, check
from verify.changes.pair import Comparison, Pair
from verify.claims.verdict import SpecReport
from verify.differential.compiler import text_of
from verify.differential.program import Program
from verify.errors import SpecError
from verify.source.tree import Directory, Files

_OPTIONS = Options(timeout=1.0)
# Names that the generator gives to parameters, locals and labels; struct members have other ones.
_OWN_NAME = re.compile(r"\b(?:[avhitp]|arr|st|ptr|rp|skip)\d+\b")
_OPERATOR = re.compile(
    r"(?<= )(?:[-+*&|^<>]|<<|>>|[<>=!]=|&&|\|\||[-+&|^*]=)(?= )|\+\+|--|(?<![\w.])(?:0x)?\d+(?=[uUlL]*\b)"
)
_PART_OF_UNION = re.compile(r"`(\w+)` is a part of a union")
_BIT_FIELD = re.compile(r"^\t+[\w ]+ : \d+;$", re.M)
_SWAPS: dict[str, tuple[str, ...]] = {
    "+": ("-", "|"), "-": ("+", "^"), "*": ("+", "&"), "&": ("|", "^"), "|": ("&", "^"), "^": ("|", "+"),
    "<": ("<=", ">"), ">": (">=", "<"), "<=": ("<", "=="), ">=": (">", "!="), "==": ("!=", "<="), "!=": ("==", "<"),
    "&&": ("||",), "||": ("&&",), "<<": (">>",), ">>": ("<<",), "++": ("--",), "--": ("++",),
    "+=": ("-=", "="), "-=": ("+=",), "&=": ("|=",), "|=": ("^=",), "^=": ("|=",), "*=": ("+=",),
}  # fmt: skip


def renamed(text: str) -> str:
    """`text` with other names for parameters, locals and labels."""
    return _OWN_NAME.sub(lambda match: f"{match.group()}_renamed", text)


def respaced(text: str) -> str:
    """`text` with other white space and with comments, some of which look like code."""
    lines = (line.replace(" ", "  ").replace("\t", "    ") for line in text.splitlines())
    return "/* { \" ' */\n" + "".join(f"{line} /* }} ; #if */\n" for line in lines) + "// the end {\n"


def mutant(text: str, seed: int) -> str:
    """`text` with one operator or one number changed; the widths of bit-fields stay."""
    dice = random.Random(seed)
    widths = [match.span() for match in _BIT_FIELD.finditer(text)]
    places = [
        place for place in _OPERATOR.finditer(text) if not any(start <= place.start() < end for start, end in widths)
    ]
    if not places:
        return text
    place = dice.choice(places)
    word = place.group()
    other = dice.choice(_SWAPS[word]) if word in _SWAPS else _other_number(word, dice)
    return text[: place.start()] + other + text[place.end() :]


def _other_number(word: str, dice: random.Random) -> str:
    if word.startswith("0x"):
        return hex(int(word, 16) ^ 1 << dice.randrange(8))
    octal = len(word) > 1 and word.startswith("0")
    number = int(word, 8 if octal else 10) + dice.choice((1, 2, 8))
    return f"{number:#o}".replace("o", "") if octal else str(number)


def is_c(program: Program) -> bool:
    """True iff gcc accepts the text; a mutant may be no C."""
    command = ["gcc", "-fsyntax-only", "-w", "-std=gnu11", "-x", "c", "-"]
    return (
        subprocess.run(command, input=text_of([program]), capture_output=True, text=True, check=False).returncode == 0
    )


def leaf_name(position: int) -> str:
    """What the spec calls the leaf at `position`."""
    return f"leaf{position}"


def report(folder: Path, program: Program, old: str, new: str, claims: Sequence[str]) -> SpecReport:
    """The verdicts on `claims` about the texts `old` and `new` of `program`; leaves have names, callees keep them.

    Parts of unions can't be kept; they are left out one by one.
    """
    lost: set[str] = set()
    while True:
        try:
            return _report(folder, program, old, new, claims, lost)
        except SpecError as error:
            found = _PART_OF_UNION.search(error.message)
            if found is None or found.group(1) in lost:
                raise
            lost.add(found.group(1))


def comparison(folder: Path, program: Program, old: str, new: str) -> Comparison:
    """What is found of the texts `old` and `new` of `program` without a spec."""
    for name, text in (("old", old), ("new", new)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "f.c").write_text(text)
    one, other = (Files(Directory(str(folder / name))) for name in ("old", "new"))
    return Pair(one, other, "f.c", "f.c", {}, careful=False).compare(program.entry, _OPTIONS.timeout)


def _report(folder: Path, program: Program, old: str, new: str, claims: Sequence[str], lost: set[str]) -> SpecReport:
    (folder / "old.c").write_text(old)
    (folder / "new.c").write_text(new)
    paths = [leaf.path for leaf in program.leaves]
    code = {"old": "old.c", "new": "new.c", "entry": program.entry}
    names = {leaf_name(i): path for i, path in enumerate(paths)}
    called = sorted(set(re.findall(r"\bext_\w+", new)))
    preserves = json.dumps([leaf_name(i) for i in range(len(paths)) if leaf_name(i) not in lost])
    rules = {name: f"{{ preserves = {preserves} }}" for name in called if paths}
    tables = [("code", _quoted(code)), ("names", _quoted(names)), ("calls", rules)]
    tables += [("[claim]", _quoted({"name": f"c{i}", "prove": claim})) for i, claim in enumerate(claims)]
    text = "".join(_table(name, content) for name, content in tables)
    (folder / "spec.toml").write_text(text)
    return check(str(folder), (), _OPTIONS)


def _quoted(table: Mapping[str, str]) -> dict[str, str]:
    return {key: json.dumps(value) for key, value in table.items()}


def _table(name: str, content: Mapping[str, str]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in content.items())
