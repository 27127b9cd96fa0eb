"""The functions of functions.toml: how each is built by a compiler, and how the tool reads it where it stands.

The compiler gets prelude.h and the definitions cut out of the tree (`extract`); the tool gets the tree itself.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from verify.differential import scalars
from verify.differential.compiler import SHIM
from verify.differential.inputs import inputs_for
from verify.differential.program import Input, Leaf, Object, Param, Pointer, Program
from verify.differential.scalars import Scalar

from .extract import Extract, extract, provided_by

HERE = Path(__file__).parent
MANIFEST = HERE / "functions.toml"
PRELUDE = HERE / "prelude.h"
# The symbols that are set in every case, for gcc and for the tool; all others are unset.
CONFIG = ("CONFIG_64BIT", "CONFIG_X86_64")
_KEYS = frozenset("name file tree sources headers config also ranges points leaves".split())

_INTEGERS: dict[str, Scalar] = {
    "u8": scalars.U8, "u16": scalars.U16, "u32": scalars.U32, "u64": scalars.U64,
    "s8": scalars.S8, "s16": scalars.S16, "s32": scalars.S32, "s64": scalars.S64,
    "__u8": scalars.U8, "__u16": scalars.U16, "__u32": scalars.U32, "__u64": scalars.U64, "__s64": scalars.S64,
    "bool": scalars.BOOL, "int": scalars.INT, "unsigned int": scalars.UINT, "unsigned": scalars.UINT,
    "unsigned char": scalars.U8, "short": scalars.S16, "__s32": scalars.S32, "long": scalars.LONG,
    "unsigned long": scalars.ULONG, "ulong": scalars.ULONG,
    "uint64_t": scalars.U64, "uint32_t": scalars.U32, "size_t": scalars.ULONG, "gpa_t": scalars.U64,
    "gfn_t": scalars.U64, "kvm_pfn_t": scalars.U64, "hpa_t": scalars.U64, "ktime_t": scalars.S64,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One function of the manifest.

    `ranges` keeps inputs within what the function is defined for.  `points` says what a pointer points at: "struct x",
    or "struct x.member" for a member.
    """

    name: str
    file: str
    tree: str
    sources: tuple[str, ...]
    headers: tuple[str, ...]
    config: tuple[str, ...]
    also: tuple[str, ...]
    ranges: Mapping[str, tuple[int, int]]
    points: Mapping[str, str]
    leaves: Mapping[str, str]

    @property
    def id(self) -> str:
        return f"{self.name}-{self.tree}"


def _case(table: dict[str, Any]) -> Case:
    unknown = set(table) - _KEYS
    assert not unknown, f"{table.get('name')}: unknown keys {unknown}"
    return Case(
        table["name"], table["file"], table.get("tree", "new"), tuple(table.get("sources", ())),
        tuple(table.get("headers", ())), (*CONFIG, *table.get("config", ())), tuple(table.get("also", ())),
        {k: (v[0], v[1]) for k, v in table.get("ranges", {}).items()}, table.get("points", {}),
        table.get("leaves", {}),
    )  # fmt: skip


def read_manifest() -> tuple[Case, ...]:
    """All cases, in the manifest's order."""
    with MANIFEST.open("rb") as file:
        return tuple(_case(table) for table in tomllib.load(file)["function"])


@cache
def _provided() -> frozenset[str]:
    return provided_by(SHIM.read_text(), PRELUDE.read_text())


def cut(case: Case, root: str) -> Extract:
    """The case's definitions from the tree at `root`."""
    return extract(root, case.name, (case.file, *case.sources), case.config, _provided(), case.also)


def _scalar(name: str) -> Scalar:
    base, _, bits = name.partition(":")
    base = base.strip()
    found = Scalar(base, 32, False, "u32") if base.startswith("enum ") else _INTEGERS[base]
    return found.field(int(bits)) if bits else found


_QUALIFIERS = re.compile(
    r"\b(?:const|volatile|static|inline|__always_inline|__attribute_const__|__must_check|noinline|notrace)\b"
    r"|__attribute__\(\([^()]*\)\)"
)


def _plain(type_: str) -> str:
    return " ".join(_QUALIFIERS.sub(" ", type_).split())


def _signature(name: str, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The return type, and each parameter's type and name."""
    match = re.match(rf"(.*?)\b{name}\s*\(([^{{]*)\)\s*\{{", text, re.S)
    assert match, f"{name}: the signature isn't understood"
    params: list[tuple[str, str]] = []
    for param in match.group(2).split(","):
        parts = re.fullmatch(r"\s*(.*?)(\w+)\s*(\[\w*\])?\s*", param, re.S)
        assert parts, f"{name}: the parameter `{param}` isn't understood"
        type_ = _plain(parts.group(1)) + (" *" if parts.group(3) else "")
        if parts.group(2) != "void" or type_:
            params.append((type_.replace("* ", "*"), parts.group(2)))
    return _plain(match.group(1)), tuple(params)


def program(case: Case, root: str) -> Program:
    """What the compiler builds, and what goes into a run of it."""
    extracted = cut(case, root)
    returns, signature = _signature(case.name, extracted.function)
    params: list[Param] = []
    objects: list[Object] = []
    pointers: list[Pointer] = []

    def point(path: str, declared: str, at: str) -> None:
        what, _, member = at.partition(".")
        what = f"__typeof__({what})" if what.endswith("]") else what
        objects.append(Object(f"object{len(objects)}", what))
        pointers.append(Pointer(path, declared, objects[-1].name, member))

    for type_, name in signature:
        is_pointer = type_.endswith("*")
        declared = type_ if is_pointer else f"{type_} "
        params.append(Param(name, declared, None if is_pointer else _scalar(type_)))
        if is_pointer:
            point(name, declared, case.points.get(name, type_.removesuffix("*").strip()))
    names = {name for _, name in signature}
    for path, at in case.points.items():
        if path not in names:
            point(path, "", at)
    leaves = tuple(Leaf(path, _scalar(type_)) for path, type_ in case.leaves.items())
    text = f'#include "{PRELUDE}"\n{extracted.text}'
    seed = zlib.crc32(case.id.encode())
    scalar = None if returns == "void" else _scalar(returns)
    return Program(
        seed, text, case.name, tuple(params), leaves, tuple(objects), tuple(pointers), None, scalar, frozenset()
    )


def inputs(case: Case, built: Program, count: int) -> list[Input]:
    """`count` boundary values, constants of the text and random ones; then each single bit.  All within the ranges."""
    return [_within(case, built, given) for given in (*inputs_for(built, count), *_single_bits(built))]


def _single_bits(built: Program) -> Iterator[Input]:
    for i, slot in enumerate(built.slots):
        for bit in range(slot.type.value_bits):
            yield Input(tuple(slot.type.wrap(1 << bit) if i == j else 0 for j in range(len(built.slots))))


def _within(case: Case, built: Program, given: Input) -> Input:
    values = list(given.values)
    for i, slot in enumerate(built.slots):
        low, high = case.ranges.get(slot.path, (slot.type.minimum, slot.type.maximum))
        if not low <= values[i] <= high:
            values[i] = low + values[i] % (high - low + 1)
    return Input(tuple(values))
