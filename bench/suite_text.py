"""Makes a test program by others readable for `verify` and states its claim, as text at run time.

Old-style (K&R) function heads become prototypes, `main` first does what static initialisation does
(for `verify` the memory on entry is anything), and a copy of a program can be made to fail.  A compiler judges what
comes out: a program that doesn't compile or run as it should isn't counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from verify.source.text import Source
from verify.syntax.index import index_file
from verify.syntax.lexer import without_comments

SETUP = "verify_setup"

_KNR = re.compile(
    r"^(?P<head>[A-Za-z_][\w \t\n*]*?[\s*])?(?P<name>[A-Za-z_]\w*)[ \t]*"
    r"\(\s*(?P<params>[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*\)"
    r"(?P<decls>(?:\s*[A-Za-z_][\w\s*,\[\]]*;)*)(?=\s*\{)",
    re.M,
)
_HEADLESS = re.compile(
    r"(?P<before>\A\s*|[;}]\s*|^[ \t]*#[^\n]*\n\s*)(?P<name>[A-Za-z_]\w*)(?=\s*\([^;{}]*\)\s*\{)", re.M
)
_DECLARED = re.compile(r"(?P<stars>[\s*]*)(?P<name>\w+)\s*(?P<array>(?:\[[^\]]*\]\s*)*)\Z")
_ABORT = re.compile(r"\bif\s*\(")
_NUMBER = re.compile(r"(?:\s*\b(?:unsigned|signed|char|short|int|long|_Bool|float|double)\b)+\s*")
_STATIC_LOCAL = re.compile(r"^[ \t]+(?:\w+\s+)?static\b|\{\s*static\b", re.M)
_WORDS = frozenset("if while for switch return sizeof do else typedef struct union enum".split())


def prototypes(text: str) -> str:
    """`text` with old-style function heads written as prototypes, and with `int` where no type is given."""
    text = _KNR.sub(_prototype, re.sub(r"\b__builtin_(abort|exit)\b", r"\1", text))
    return _HEADLESS.sub(lambda m: f"{m['before']}{'' if m['name'] in _WORDS else 'int '}{m['name']}", text)


def _prototype(match: re.Match[str]) -> str:
    names = [n.strip() for n in match["params"].split(",")]
    if match["name"] in _WORDS or names == ["void"]:
        return match.group()
    types: dict[str, str] = {}
    for declaration in filter(str.strip, match["decls"].split(";")):
        first, *others = declaration.split(",")
        split = re.match(r"(.*?[\w*]\b\s*|.*?\*\s*)??([\s*]*\w+\s*(?:\[[^\]]*\]\s*)*)\Z", first, re.S)
        if split is None:
            return match.group()
        base = (split[1] or "").strip()
        for declarator in (split[2], *others):
            found = _DECLARED.match(declarator)
            if found is None or not base:
                return match.group()
            types[found["name"]] = f"{base} {found['stars'].strip()}{found['name']}{found['array']}"
    if not match["decls"].strip() and names[0] in types:
        return match.group()
    given = ", ".join(" ".join(types.get(n, f"int {n}").split()) for n in names)
    lines = "\n" * match.group().count("\n")
    return f"{match['head'] or ''}{match['name']} ({given}){lines}"


class Readable(NamedTuple):
    """`whole`: all that is static is set up.  `assume`: what holds for the entry's parameters."""

    text: str
    whole: bool
    assume: tuple[str, ...]


def with_setup(text: str, main: str = "main") -> Readable | None:
    """`text` with a call at the beginning of `main` that sets up what is static; None if it has none or reads argv."""
    plain = _blanked(text)
    found = re.search(rf"\b{main}\s*\((?P<params>[^()]*)\)\s*\{{", plain)
    if found is None:
        return None
    whole = _STATIC_LOCAL.search(plain) is None
    lines: list[str] = []
    done: set[int] = set()
    for items in index_file(Source("program.c", text)).globals.values():
        for item in items:
            declaration = without_comments(item.span.text).strip()
            if item.span.start in done or "(" in declaration.partition("=")[0]:
                continue
            done.add(item.span.start)
            setup = list(_setup(declaration))
            whole = whole and bool(setup)
            lines += setup
    names = [p.split()[-1].strip("*[] ") for p in found["params"].split(",") if p.strip() not in ("", "void")]
    assume: tuple[str, ...] = ()
    if main == "main" and names:
        if len(names) > 1 and re.search(rf"\b{names[1]}\b", plain[found.end() :]):
            return None  # nothing says what it is
        assume = (f"{names[0]} >= 1",)
    body = "".join(f"\t{line}\n" for line in lines)
    text = f"{text[: found.end()]} {SETUP}(); {text[found.end() :]}"
    text = f"static void {SETUP}(void);\n{text}\n\nstatic void {SETUP}(void)\n{{\n{body}}}\n"
    return Readable(text, whole, assume)


def _setup(declaration: str) -> Iterator[str]:
    """Assignments that do what a declaration at file scope does; nothing if that is too hard to say."""
    head = declaration.rstrip("; \n")
    if re.match(r"(?:typedef|extern)\b", head) or "__attribute__" in head or "#" in head:
        return
    parts = list(_split(head))
    parts[0] = re.sub(r"\*\s*(?:volatile|const)\b", "*", parts[0])
    first = re.match(r"((?:[A-Za-z_]\w*[\s]+)*[A-Za-z_]\w*[\s*]+?)(\**\s*\w+.*)\Z", parts[0], re.S)
    if first is None or "{" in parts[0].partition("=")[0]:
        return
    base = re.sub(r"\b(?:static|volatile|const|register)\b", "", first[1]).strip()
    for part in (first[2], *parts[1:]):
        declarator, _, value = part.partition("=")
        found = _DECLARED.match(declarator.strip())
        if found is None:
            return
        name, array, value = found["name"], found["array"].strip(), value.strip()
        type_ = f"{base} {found['stars'].strip()}"
        where = f"*({type_}*)&{name}" if "const" in declaration.split() else name
        if array:
            own = f"verify_{name}"
            if array.count("[") > 1:
                return
            yield f"{{ {type_}{own}{array} = {value or '{ 0 }'}; unsigned long verify_i;"
            yield f"  for (verify_i = 0; verify_i < sizeof({own}) / sizeof({own}[0]); verify_i++)"
            target = f"(({type_}*){name})" if "const" in declaration.split() else name
            yield f"    {target}[verify_i] = {own}[verify_i]; }}"
        elif value.startswith("{") or not (value or "*" in type_ or _NUMBER.fullmatch(base)):
            yield f"{{ {type_}verify_{name} = {value or '{ 0 }'}; {where} = verify_{name}; }}"
        else:
            yield f"{where} = {value or '0'};"


def _split(text: str) -> Iterator[str]:
    """At commas outside of brackets."""
    depth = start = 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            yield text[start:position]
            start = position + 1
    yield text[start:]


def negated(text: str) -> Iterator[str]:
    """Copies of `text` in each of which one `if (condition) abort ();` has its condition negated."""
    plain = _blanked(text)
    for match in _ABORT.finditer(plain):
        end = _closing(plain, match.end() - 1)
        if end and re.match(r"\s*\{?\s*(?:abort|__builtin_abort)\s*\(\s*\)\s*;", plain[end:]):
            start = match.end() - 1
            yield f"{text[:start]}(!{text[start:end]}){text[end:]}"


def _closing(text: str, start: int) -> int:
    """Where the bracket at `start` has been closed, or 0."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == "(") - (text[position] == ")")
        if not depth:
            return position + 1
    return 0


def _blanked(text: str) -> str:
    """`text` at equal length without comments and literals."""
    pattern = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
