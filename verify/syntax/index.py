"""Cuts a C file into its top-level items without parsing them.

A file becomes macros, functions, struct/union/enum bodies, typedefs and globals, each with its text's place and the
`#if` conditions it stands under.  Only what is needed is parsed later, so that a file of 9,000 lines costs 10 ms.
The cut relies on balanced braces; where an `#if` unbalances them, the item ends at the first `}` in column 1.
"""

from __future__ import annotations

import re

from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax.lexer import canonical, closing_of, without_comments
from verify.tuples import NamedTuple

_LANDMARK = pattern(
    r"""//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[{}();=]"""
    r"""|(?:^[ \t]*\#(?:"(?:\\.|[^"\\\n])*"|[^\n\\/]|\\.|/(?![*/])|/\*.*?\*/|//(?:\\\n|[^\n])*)*)""",
    re.S | re.M,
)
DIRECTIVE = pattern(r"\s*#\s*(\w+)\s*(.*)", re.S)
_GUARD = pattern(r"^[ \t]*#[ \t]*ifndef[ \t]+(\w+)[^\n]*\n[ \t]*#[ \t]*define[ \t]+(\w+)", re.M)
# The same of a header with trace events, which is read again for each part of their code; more directives follow it.
_TRACE_GUARD = pattern(
    r"^[ \t]*#[ \t]*if[ \t]+(!defined\((\w+)\) \|\| defined\(TRACE_HEADER_MULTI_READ\))[ \t]*\n"
    r"[ \t]*#[ \t]*define[ \t]+(\w+)", re.M
)  # fmt: skip
_IS_DEFINED = pattern(r"defined\s*\(?\s*(\w+)\s*\)?")
_NOT_IN_C = "__cplusplus"
_BEFORE_GUARD = ("include", "pragma")
_DEFINE = pattern(r"(\w+)(\(([^)]*)\))?(.*)", re.S)
_INCLUDE = pattern(r"""[<"]([^>"]+)[>"]""")
_ARGUMENTS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"  # of an attribute
_TAG = pattern(rf"\b(struct|union|enum)\b((?:\s+__\w+(?:\s*{_ARGUMENTS})?(?=\s*\w))*)(?:\s*\b(\w+))?\s*$")
_INNER_ENUM = pattern(r"\benum\b\s*(?:\w+\s*)?(\{[^{}]*\})")
_ENUMERATOR = pattern(r"(?:^|[,{])\s*([A-Za-z_]\w*)\s*(?=[=,}]|$)")
_MACRO_USE = pattern(r"(?>\s|/\*.*?\*/|//[^\n]*)*+[A-Z][A-Z0-9_]*\s*\(", re.S)
_CALL_PART = pattern(r"([A-Za-z_]\w*)\s*(?=\()|[()]")
PLAIN_DIRECTIVE = pattern(r"^[ \t]*#[^\n]*$", re.M)  # a line of a text without comments
DIRECTIVE_LINE = pattern(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.M | re.S)
_ANNOTATION = pattern(
    r"__(?:attribute(?:__)?|printf|scanf|releases|acquires|must_hold|aligned|section|alloc_size|context__|asm(?:__)?)|asm"
)
_TYPEDEF_NAME = pattern(r"\(\s*\*\s*(\w+)\s*\)\s*\(|(\w+)\s*(?:\[[^\]]*\]\s*)*(?:__\w+(?:\([^)]*\))?\s*)*(?=[;,])")
# A declarator's parenthesis, or a type's that is that of an expression.
_INNER = pattern(
    r"\b((?:__)?typeof(?:_unqual)?(?:__)?)\s*\(|\(\s*\*[\s*]*(?:(?:const|volatile|restrict|__\w+)\b[\s*]*)*(?=[\w(])"
)
_LENGTH = pattern(r"\[[^\[\]]*\]")
_IN_BRACKETS = pattern(r"(?<=[\s*])\((\w+)\)(?=\s*\()")  # a function's name, so that no macro replaces it
_MOST_INNER = 8  # of one declaration, and its characters: damaged text may have any number
_LONGEST_HEAD = 2000
_MORE = pattern(r"\s*[(\[]")
_FORWARD = pattern(r"(?:struct|union|enum)\s+\w+\s*;\s*")  # declares a tag only
_NEXT_VALUE = pattern(r"\}\s*,[\s*]*\w+\s*(?:\[[^\]]*\]\s*)*=")  # of another declarator
_DECLARED = pattern(r"(\w+)\s*(?:\[[^\]]*\]\s*)*(?=\s*(?:[;,=]|__\w|$))")


class Macro(NamedTuple):
    """`params` is None for an object-like macro; a last param "..." (or "args...") is variadic."""

    name: str
    params: tuple[str, ...] | None
    body: str
    condition: str
    span: Span


class Item(NamedTuple):
    """A top-level piece of text: kind is "function", "tag", "typedef", "global" or "prototype"."""

    kind: str
    name: str
    condition: str
    span: Span


class Ended(NamedTuple):
    """An `#undef`: where it stands, and the condition of the `#if`s around it ("" if there are none)."""

    start: int
    condition: str


class FileIndex(NamedTuple):
    """What one file defines.  Every table maps a name to all its definitions, in the order of the text.

    `tags` is keyed by "struct tag" and so on; `enumerators` maps an enumeration constant to the item of its enum.
    """

    source: Source
    macros: dict[str, list[Macro]]
    functions: dict[str, list[Item]]
    tags: dict[str, list[Item]]
    typedefs: dict[str, list[Item]]
    globals: dict[str, list[Item]]
    enumerators: dict[str, list[Item]]
    includes: tuple[str, ...]
    undefined: dict[str, list[Ended]]


class Conditions:
    """The stack of `#if` conditions at one place, as C text of the conjunction.

    Each level holds what is around it, the negation of its branches so far, and its current branch, joined once only:
    damaged text may have many thousands of levels.
    """

    def __init__(self) -> None:
        self._stack: list[tuple[str, str, str]] = []
        self.text = ""

    def line(self, text: str) -> None:
        """Takes in a line that is a directive (`PLAIN_DIRECTIVE`)."""
        directive = DIRECTIVE.fullmatch(text)
        if directive is not None:
            self.directive(directive.group(1), directive.group(2).strip())

    def directive(self, word: str, rest: str) -> None:
        if word == "if":
            self._stack.append((self.text, "", f"({rest})"))
        elif word == "ifdef":
            self._stack.append((self.text, "", f"defined({rest.split()[0] if rest.split() else ''})"))
        elif word == "ifndef":
            self._stack.append((self.text, "", f"!defined({rest.split()[0] if rest.split() else ''})"))
        elif word == "guard":
            self._stack.append((self.text, "", ""))
        elif word in ("else", "elif") and self._stack:
            outer, before, current = self._stack.pop()
            negated = f"!{current}" if current.startswith(("(", "defined")) else f"!({current})"
            self._stack.append((outer, _all(before, negated), f"({rest})" if word == "elif" else ""))
        elif word == "endif" and self._stack:
            self.text = self._stack.pop()[0]
            return
        else:
            return
        self.text = _all(*self._stack[-1])


def _test_of_c(word: str, rest: str) -> tuple[str, str]:
    """The directive, or `#if 1` or `#if 0` if it asks whether this is C++."""
    if _NOT_IN_C not in rest:
        return word, rest
    return ("if", "1" if word == "ifndef" else "0") if _tested(word, rest) == _NOT_IN_C else (word, rest)


def _tested(word: str, rest: str) -> str:
    """The macro that a directive asks for, if it asks for nothing else; or ""."""
    if word in ("ifdef", "ifndef"):
        return rest.split()[0] if rest else ""
    match = _IS_DEFINED.fullmatch(rest) if word == "if" else None
    return match.group(1) if match is not None else ""


def _known_test(word: str, rest: str, found: FileIndex) -> tuple[str, str]:
    """The directive, or `#if 1` or `#if 0` if it asks for a macro that the file itself certainly defines above it."""
    name = _tested(word, rest)
    if name in found.undefined or not any(not m.condition for m in found.macros.get(name, ())):
        return word, rest
    return "if", "0" if word == "ifndef" else "1"


def _all(*conditions: str) -> str:
    return " && ".join(c for c in conditions if c)


class _Guard:
    """An include guard: the file's first condition, with nothing but comments and code behind its #endif."""

    def __init__(self, text: str) -> None:
        first = _GUARD.search(text)
        named = first is not None and first.group(1) == first.group(2) and not first.group(1).startswith("CONFIG_")
        self.name = first.group(1) if first is not None and named else ""
        traced = _TRACE_GUARD.search(text)
        self._test = ("ifndef", self.name)
        if not self.name and traced is not None and traced.group(2) == traced.group(3):
            self.name = traced.group(2)
            self._test = ("if", traced.group(1))
        self.is_one = bool(self.name)
        self._depth = 0
        self._closed = False

    def opens(self, word: str, rest: str) -> bool:
        """Takes note of the next directive; True iff it is the one that the guard begins with."""
        if not self.is_one or (not self._depth and word in _BEFORE_GUARD and not self._closed):
            return False
        first = not self._depth
        if self._closed and self._test[0] == "if":
            return False
        if self._closed or (first and (word, rest.split()[0] if word == "ifndef" and rest else rest) != self._test):
            self.is_one = False
        elif word.startswith("if"):
            self._depth += 1
        elif word == "endif":
            self._depth -= 1
            self._closed = not self._depth
        elif word.startswith("el") and self._depth == 1:
            self.is_one = False
        return first and self.is_one


class _Dead:
    """Whether text stands under `#if 0`: it need not be C."""

    def __init__(self) -> None:
        self._depth = 0

    def directive(self, word: str, rest: str) -> bool:
        """Takes note of the next directive; True iff it, and the text behind it, is dead."""
        if not self._depth:
            self._depth = int(word == "if" and rest == "0")
            return False
        if word.startswith("if"):
            self._depth += 1
        elif word == "endif" or (word.startswith("el") and self._depth == 1):
            self._depth -= 1
        return self._depth > 0

    def __bool__(self) -> bool:
        return self._depth > 0


def index_file(source: Source) -> FileIndex:
    """Cuts `source` into its items.  Never fails: text that makes no sense simply defines nothing."""
    guard = _Guard(source.text)
    found = _cut(source, guard if guard.is_one else None) or _cut(source, None)
    assert found is not None
    return found


def _cut(source: Source, guard: _Guard | None) -> FileIndex | None:
    """What `source` defines; None if the guard turns out to be none."""
    text = source.text
    found = FileIndex(source, {}, {}, {}, {}, {}, {}, (), {})
    includes: list[str] = []
    conditions = Conditions()
    dead = _Dead()
    depth = parens = 0
    start = 0  # where the current item begins
    dead_from = -1  # the same, if nothing but text under `#if 0` stands behind it
    brace = -1  # the item's first `{` at depth 0
    header_end = -1
    assigned = statements = False
    item_condition = ""

    def finish(end: int) -> None:
        nonlocal start, brace, header_end, assigned, statements
        if not statements and text[start:end].strip(" \t\n;"):
            _classify(found, Span(source, start, end), brace, assigned, item_condition)
        start, brace, header_end, assigned, statements = end, -1, -1, False, False

    for match in _LANDMARK.finditer(text):
        symbol = match.group()
        first = symbol[0]
        if first in "/\"'":
            continue
        if symbol.lstrip(" \t")[0] == "#":
            directive = DIRECTIVE.match(without_comments(symbol))
            if not directive:
                continue
            word, rest = _test_of_c(directive.group(1), directive.group(2).replace("\\\n", " ").strip())
            opens_guard = guard is not None and guard.opens(word, rest)
            if guard is not None and not guard.is_one:
                return None
            was_dead = bool(dead)
            if dead.directive(word, rest) and word[:2] not in ("if", "el", "en"):
                continue
            if word == "define":
                name = guard.name if guard is not None else ""
                _define(found, rest, conditions.text, Span(source, match.start(), match.end()), name)
            elif word == "include":
                included = _INCLUDE.match(rest)
                if included:
                    includes.append(included.group(1))
            elif word == "undef":
                ended = Ended(match.start(), conditions.text)
                found.undefined.setdefault(rest.split()[0] if rest.split() else "", []).append(ended)
            else:
                conditions.directive(*(("guard", "") if opens_guard else _known_test(word, rest, found)))
            blank = start == dead_from if was_dead else not text[start : match.start()].strip()
            if depth == 0 and brace < 0 and blank:
                start = dead_from = match.end()
            continue
        if dead:
            continue
        if symbol == "{":
            if depth == 0 and parens == 0 and brace < 0:
                brace = match.start()
                item_condition = conditions.text
            depth += 1
        elif symbol == "}":
            depth -= 1
            column_one = match.start() == 0 or text[match.start() - 1] == "\n"
            if depth < 0 or (column_one and depth > 0):
                depth = 0
            if depth == 0:
                parens = 0
                head = text[start:brace] if brace >= 0 else ""
                ends = head.rstrip().endswith((")", "*/")) or _clean(head).rstrip().endswith(")")
                if brace >= 0 and not assigned and ends and "(" in head:
                    finish(match.end())
        elif depth:
            continue
        elif symbol == "(":
            parens += 1
        elif symbol == ")":
            parens -= 1
        elif symbol == "=" and parens == 0:
            assigned = True
        elif symbol == ";":
            if parens > 0 and _MACRO_USE.match(text, start):
                statements = True  # TRACE_EVENT(…; …) and the like: what is inside declares nothing here
                continue
            parens = 0
            if brace < 0:
                item_condition = conditions.text
            finish(match.end())
    return found._replace(includes=tuple(includes))


def _define(found: FileIndex, rest: str, condition: str, span: Span, guard: str) -> None:
    match = _DEFINE.match(rest)
    if not match or (match.group(1) == guard and not match.group(4).strip()):
        return
    params = None
    body = match.group(4)
    if match.group(2) is not None:
        params = tuple(p.strip() for p in match.group(3).split(",")) if match.group(3).strip() else ()
    name = match.group(1)
    found.macros.setdefault(name, []).append(Macro(name, params, body.strip(), condition, span))


def _clean(text: str) -> str:
    """`text` with comments and directives blanked out at equal length."""
    text = without_comments(text)
    return DIRECTIVE_LINE.sub(lambda m: " " * len(m.group()), text) if "#" in text else text


def _without_values(text: str) -> str:
    """A declaration up to its first `=`; where more is declared behind a value, without the values."""
    head, _, rest = text.partition("=")
    if "," not in rest[rest.rfind("}") + 1 :] and not _NEXT_VALUE.search(rest):
        return head
    kept = [head]
    depth, value = 0, True
    for character in rest:
        depth += (character in "([{") - (character in ")]}")
        if not depth and character in ",=":
            value = character == "="
        if not value:
            kept.append(character)
    return "".join(kept)


def _unwrapped(head: str) -> str:
    """A declaration without its declarators' parentheses, `int (*f[2])(int);` as `int f[2];`, and without `typeof`s."""
    start = 0
    for _ in range(_MOST_INNER if len(head) <= _LONGEST_HEAD else 0):
        match = _INNER.search(head, start)
        if match is None:
            break
        opening = head.index("(", match.start())
        closing = closing_of(head, opening)
        if closing < 0 or head.count("(", 0, opening) > head.count(")", 0, opening):
            start = opening + 1
        elif match.group(1):
            head = f"{head[: match.start()]}int {head[closing + 1 :]}"
        else:
            end = closing + 1
            while (more := _MORE.match(head, end)) is not None and (last := closing_of(head, more.end() - 1)) > 0:
                end = last + 1
            head = f"{head[:opening]} {head[match.end() : closing]} {head[end:]}"
    return head


def _classify(found: FileIndex, span: Span, brace: int, assigned: bool, condition: str) -> None:
    if brace >= 0 and not assigned:
        header = _IN_BRACKETS.sub(r" \1 ", _clean(span.source.text[span.start : brace]))
        if header.rstrip().endswith(")"):
            groups = _called(header)
            if groups:
                start = span.start + (groups[-2][1] if len(groups) > 1 else 0)
                start += len(header[start - span.start :]) - len(header[start - span.start :].lstrip())
                plain = _unwrapped(header)
                name, _ = ((_called(plain) if plain is not header else ()) or groups)[-1]
                item = Item("function", name, condition, Span(span.source, start, span.end))
                found.functions.setdefault(item.name, []).append(item)
            return
    text = _IN_BRACKETS.sub(r" \1 ", _clean(span.text))
    span = Span(span.source, span.start + len(text) - len(text.lstrip()), span.end)
    text = text.lstrip()
    header = text[: brace - span.start] if brace >= 0 else text

    def add(table: dict[str, list[Item]], kind: str, name: str, key: str = "") -> None:
        table.setdefault(key or name, []).append(Item(kind, name, condition, span))

    is_typedef = text.startswith("typedef")
    tag = _TAG.search(header.rstrip()) if brace >= 0 and not assigned else None
    if tag:
        body_end = text.rfind("}")
        if tag.group(3):
            add(found.tags, "tag", tag.group(3), f"{tag.group(1)} {tag.group(3)}")
        item = Item("tag", tag.group(3) or "", condition, span)
        body = text[text.find("{") : body_end + 1]
        for inner in [body] if tag.group(1) == "enum" else _INNER_ENUM.findall(body):
            for name in constants_in(inner):
                found.enumerators.setdefault(name, []).append(item)
        for match in _TYPEDEF_NAME.finditer(text[body_end + 1 :]):
            table, kind = (found.typedefs, "typedef") if is_typedef else (found.globals, "global")
            add(table, kind, match.group(1) or match.group(2))
    elif is_typedef:
        match = re.match(r"typedef\s+[A-Z][A-Z0-9_]*\s*\(\s*(\w+)", text)  # e.g. by DECLARE_BITMAP
        match = match or re.search(r"\(\s*(?:\w+\s+)?(?:\*\s*)?(\w+)\s*\)\s*\(", text)
        match = match or re.search(r"(\w+)\s*(?:\[[^\]]*\]\s*)*;", text)
        match = match or re.search(r"(\w+)\s*\([^;]*\)\s*;", text)
        if match:
            add(found.typedefs, "typedef", match.group(1))
    elif not _FORWARD.fullmatch(text):
        head = _unwrapped(_without_values(text) if assigned else header)
        groups = [] if assigned else _called(_LENGTH.sub("", head))
        if groups:
            add(found.globals, "prototype", groups[-1][0])
        else:
            if "asm" in head:
                head = re.sub(r"\b(?:asm|__asm(?:__)?)\s*\([^)]*\)", " ", head)
            head = re.sub(r"\b__\w+\s+(?=\w)|\s__\w+\s*(?=[;=,\[]|$)", " ", head)
            for match in _DECLARED.finditer(re.sub(r"=[^,;]*", "", head)):
                add(found.globals, "global", match.group(1))


def constants_in(body: str) -> list[str]:
    """The names in the body of an enum, braces included."""
    while body != (body := re.sub(r"\([^()]*\)", "", body)):
        pass
    return _ENUMERATOR.findall(re.sub(r"=[^,}]*", "", body))


def _called(header: str) -> list[tuple[str, int]]:
    """Each `name(…)` at depth 0 that is no annotation: the name, and the offset behind its closing parenthesis."""
    return [group for group in _call_groups(header) if not _ANNOTATION.fullmatch(group[0])]


def _call_groups(header: str) -> list[tuple[str, int]]:
    """The same with annotations."""
    groups: list[tuple[str, int]] = []
    depth, name = 0, ""
    for match in _CALL_PART.finditer(header):
        if match.group(1):
            name = match.group(1) if depth == 0 else name
        elif match.group() == "(":
            depth += 1
        else:
            depth -= 1
            if depth == 0 and name:
                groups.append((name, match.end()))
                name = ""
    return groups


def same_text(one: str, other: str) -> bool:
    """True iff the two texts have the same tokens."""
    return one == other or canonical(one) == canonical(other)
