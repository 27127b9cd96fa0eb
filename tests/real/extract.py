"""Cuts the definitions that a function needs out of kernel files, for a compiler to build.

Independent of `verify.syntax` on purpose: gcc's own preprocessor decides the `#if`s, and the rest is a plain cut at
braces and semicolons.  What `provided` defines (the prelude) isn't looked for.  Kernel text stays in memory.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

_WORD = re.compile(r"[A-Za-z_]\w*")
_COMMENT = re.compile(r"""/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S)
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
_DEFINE = re.compile(r"#\s*define\s+(\w+)")
_UNDEF = re.compile(r"#\s*undef\s+(\w+)")
_MARKER = re.compile(r'#\s*\d+\s+"([^"]*)"')
_TAGGED = re.compile(r"\b(?:struct|union|enum)\s+(\w+)")
_BODY = re.compile(r"\b(struct|union|enum)\s+(?:__\w+\s+)*?(\w+)?\s*\{")
_ENUMERATOR = re.compile(r"[{,]\s*([A-Za-z_]\w*)\s*(?=[=,}])")
_FUNCTION = re.compile(r"([A-Za-z_]\w*)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s*$")
_VARIABLE = re.compile(r"(\w+)\s*(?:\[[^\]]*\]\s*)*(?:__\w+\s*)*(?:=|;)")
# Macros that stand alone on a line before a function and define something else.
_INVOCATIONS = re.compile(r"\A(?:[A-Z_]+\([^()]*\)\s*\n)+")
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b[^\n]*", re.M)
_INLINE_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"[^\n]*', re.M)


class ExtractionError(Exception):
    """The definitions can't be cut out: a mistake in the manifest or the extractor."""


@dataclass(slots=True)
class Definitions:
    """What a text defines, by name: macros with their `#define`, items with their whole text; tags as "struct x"."""

    macros: dict[str, str] = field(default_factory=dict[str, str])
    items: dict[str, str] = field(default_factory=dict[str, str])

    def names(self) -> frozenset[str]:
        return frozenset(self.macros) | frozenset(self.items)


def without_comments(text: str) -> str:
    """`text` with comments as blanks; strings stay."""
    return _COMMENT.sub(lambda m: m.group(1) or re.sub(r"[^\n]+", " ", m.group(0)), text)


def preprocessed(text: str, config: Iterable[str]) -> str:
    """`text` after gcc decided its `#if`s with `config` set to 1; `#define`s stay, macros aren't expanded."""
    command = ["gcc", "-E", "-fdirectives-only", "-w", "-undef", "-D__x86_64__", "-D__KERNEL__", "-D__GNUC__=12"]
    command += [f"-D{symbol}=1" for symbol in config]
    kconfig = (
        "#define BITS_PER_LONG 64\n#define __ARG_PLACEHOLDER_1 0,\n#define __take_second(ignored, value, ...) value\n"
        "#define IS_ENABLED(option) __enabled(option)\n#define __enabled(value) __enabled_(__ARG_PLACEHOLDER_##value)\n"
        "#define __enabled_(junk) __take_second(junk 1, 0)\n#define IS_REACHABLE(option) IS_ENABLED(option)\n"
        "#define IS_BUILTIN(option) IS_ENABLED(option)\n"
    )
    source = f'{kconfig}# 1 "kernel"\n{_INCLUDE.sub("", text)}'
    done = subprocess.run([*command, "-x", "c", "-"], input=source, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtractionError(done.stderr[:2000])
    lines: list[str] = []
    ours = False
    for line in done.stdout.splitlines():
        marker = _MARKER.match(line)
        if marker:
            ours = marker.group(1) == "kernel"
        elif ours:
            lines.append(line)
    return without_comments("\n".join(lines))


def definitions(text: str) -> Definitions:
    """Cuts preprocessed `text` into what it defines."""
    found = Definitions()
    depth = 0
    item: list[str] = []
    text = text.replace("\\\n", " ")
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#") and depth == 0:
            defined, undefined = _DEFINE.match(stripped), _UNDEF.match(stripped)
            if defined:
                found.macros[defined.group(1)] = stripped
            elif undefined:
                found.macros.pop(undefined.group(1), None)
            continue
        if stripped.startswith("#"):
            item.append(line + "\n")
            continue
        bare = _STRING.sub(lambda m: " " * len(m.group(0)), line)
        for character, plain in zip(line, bare, strict=True):
            item.append(character)
            if plain == "{":
                depth += 1
            elif plain == "}":
                depth -= 1
            if depth == 0 and (plain == ";" or (plain == "}" and _is_function("".join(item)))):
                _add(found, "".join(item).strip())
                item = []
        item.append("\n")
    return found


def _is_function(item: str) -> bool:
    return bool(_FUNCTION.search(item.partition("{")[0]))


def _add(found: Definitions, item: str) -> None:
    head, brace, _ = item.partition("{")
    function = _FUNCTION.search(head)
    if brace and function and "=" not in head:
        found.items[function.group(1)] = _INVOCATIONS.sub("", item)
        return
    body = _BODY.search(item)
    if body:
        if body.group(2):
            found.items[f"{body.group(1)} {body.group(2)}"] = item
        if body.group(1) == "enum":
            for name in _ENUMERATOR.findall(item[body.end() - 1 :]):
                found.items[name] = item
        if body.group(1) != "enum":
            for line in re.findall(r"^[ \t]*#[ \t]*define\b[^\n]*", item, re.M):
                found.macros[line.split("define", 1)[1].split("(")[0].split()[0]] = line.strip()
    if item.startswith("typedef"):
        pointer = re.search(r"\(\s*\*\s*(\w+)\s*\)", item)
        plain = re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*;$", item)
        name = pointer or plain
        if name:
            found.items[name.group(1)] = item
    elif not body and (brace or not _FUNCTION.search(item.rstrip(";"))) and "extern" not in item.split():
        variable = _VARIABLE.search(item)
        if variable:
            found.items[variable.group(1)] = item


@cache
def of_file(root: str, path: str, config: tuple[str, ...]) -> Definitions:
    """What the file at `path` below `root` defines; a table that it `#include`s from its own directory is put in."""
    text = Path(root, path).read_text(encoding="utf-8", errors="replace")
    tables = Path(root, path).parent

    def table(match: re.Match[str]) -> str:
        file = tables / match.group(1)
        body = without_comments(file.read_text()) if file.is_file() else "{"
        return "" if "{" in body or ";" in body else body

    return definitions(preprocessed(_INLINE_INCLUDE.sub(table, text), config))


@dataclass(frozen=True, slots=True)
class Extract:
    """`text` is C that needs the prelude before it; `function` is the entry's own text."""

    text: str
    function: str


def extract(
    root: str,
    entry: str,
    paths: tuple[str, ...],
    config: tuple[str, ...],
    provided: frozenset[str],
    also: tuple[str, ...] = (),
) -> Extract:
    """`entry` from the first of `paths`, with all that it needs out of `paths`, needed things first.

    `also` are needed names that can't be seen in the text, since macros paste them together.
    """
    files = [of_file(root, path, config) for path in paths]
    if entry not in files[0].items:
        raise ExtractionError(f"{paths[0]} doesn't define {entry}")
    macros: dict[str, str] = {}
    items: dict[str, None] = {}
    seen: set[str] = set()

    def need(name: str, within: str = "") -> None:
        if name in seen or name in provided or name == within:
            return
        seen.add(name)
        table = next((f for f in files if name in f.items or name in f.macros), None)
        if table is None:
            return
        text = table.items.get(name) or table.macros[name]
        needed(text, name)
        if name in table.items:
            items[text] = None
        else:
            macros[name] = text

    def needed(text: str, within: str) -> None:
        for tag in re.finditer(r"\b(struct|union|enum)\s+(\w+)", text):
            need(f"{tag.group(1)} {tag.group(2)}", within)
        tags = set(_TAGGED.findall(text))
        for word in dict.fromkeys(_WORD.findall(_STRING.sub("", text))):
            if word not in tags:
                need(word, within)

    for name in (*also, entry):
        if name.endswith("*"):
            names = {n for f in files for n in f.names() if n.startswith(name[:-1])}
            for one in sorted(names):
                need(one)
        need(name)
    return Extract("\n".join([*macros.values(), *items]) + "\n", files[0].items[entry])


def provided_by(*texts: str) -> frozenset[str]:
    """The names that the prelude's `texts` define."""
    names: set[str] = set()
    for text in texts:
        names |= definitions(without_comments(_INCLUDE.sub("", text))).names()
        names |= set(re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", text, re.M))
    return frozenset(names)
