"""The C text of one version: the functions that ran, with all the macros, types and constants that they use.

Everything is taken from the code as it is read at run time.  A function that isn't looked into becomes a stub.  Names
of file scope get the version's name in front, by macros that end with the section, so that both versions fit into one
file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import cast

from verify.claims.versions import Version
from verify.errors import UnsupportedC
from verify.execution.interpreter import NotReplayable
from verify.execution.state import BLOCK_FUNCTIONS
from verify.replay.layout import Layout
from verify.replay.prune import pruned
from verify.replay.record import Placed
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.conditions import decided
from verify.syntax.ctypes import KERNEL_TYPES, ArrayOf, CType, FunctionOf, IntType, PointerTo, RecordType, VoidType
from verify.syntax.index import Item, Macro
from verify.syntax.lexer import TOKEN, without_comments
from verify.syntax.prepare import ANNOTATION_CALLS, ANNOTATIONS, C_WORDS, LAYOUT_WORDS
from verify.tuples import NamedTuple

_OWN = re.compile(r"(?:__)?verify_|__builtin_")
_COMPILERS = frozenset(
    """__extension__ volatile __volatile__ __attribute__ __attribute __inline __inline__ __const__
    _Static_assert""".split()
)
_EMPTY_CALLS = ANNOTATION_CALLS - _COMPILERS
_EMPTY = (ANNOTATIONS - _COMPILERS) | {"__inline", "__inline__"}
_OFFSETOF = "#define offsetof(type, member) __builtin_offsetof(type, member)"


_PASTED = re.compile(r"\w+(?:\s*##\s*\w+)+")
_TYPEDEF_OF_RECORD = re.compile(
    r"\s*typedef\s+(?P<kind>struct|union)\s+(?P<tag>\w+)\s*\{.*\}[^}]*?\b(?P<name>\w+)\s*;\s*$", re.S
)
_TABLES = ("macros", "functions", "typedefs", "enumerators", "globals")
_WORDS = {8: "char", 16: "short", 32: "int", 64: "long long"}


class Section(NamedTuple):
    """`opening` stands in front of the version's code, `closing` ends all of its macros.

    `globals` are the variables of file scope that are part of the text, `stubs` the functions to be made up.
    `clashes`: see `told_apart`.
    """

    opening: str
    closing: str
    globals: tuple[str, ...]
    stubs: tuple[tuple[str, FunctionOf], ...]
    clashes: frozenset[str]

    def told_apart(self, text: str) -> str:
        """`text` with other names for the records that are called like variables which lie at given addresses."""
        if not self.clashes:
            return text
        names = "|".join(sorted(self.clashes))
        return re.sub(rf"\b(struct|union)(\s+)({names})\b", r"\1\2verify_\3", text)


class Unknown(NamedTuple):
    """How a function that nothing declares is called: the number of arguments, and its result's type as C text."""

    arguments: int
    result: str


Prototype = Callable[[str], FunctionOf | None]


def section_of(
    version: Version,
    inlined: frozenset[str],
    asked: Mapping[str, Unknown],
    config: Mapping[str, bool],
    prototype: Prototype,
    layout: Layout | None = None,
    constants: Iterable[str] = (),
    ran: frozenset[tuple[str, int]] | None = None,
    silent: frozenset[str] = frozenset(),
    placed: Mapping[str, Placed] = MappingProxyType({}),
) -> Section:
    """The text around `version`'s functions `inlined`; those `asked` get stubs, those `silent` do nothing.

    `layout` tells what records look like whose layout the text doesn't tell; `constants` are what rests on that.  With
    `ran`, statements that didn't run are left out (`verify.replay.prune`).  Records of file scope in `placed` lie at
    given addresses.
    """
    read = dict(version.definitions.read)
    try:
        collector = _Collector(version, inlined, config, prototype, layout, ran)
        collector.silent, collector.placed = silent - asked.keys(), placed
        return collector.section(asked, tuple(constants))
    finally:
        version.definitions.read.clear()
        version.definitions.read.update(read)


class _Collector:
    """Follows every name in the functions that ran to its definition."""

    def __init__(
        self,
        version: Version,
        inlined: frozenset[str],
        config: Mapping[str, bool],
        prototype: Prototype,
        layout: Layout | None,
        ran: frozenset[tuple[str, int]] | None,
    ) -> None:
        self.version = version
        self.ran = ran
        self.layout = layout
        self.prototype = prototype
        self.definitions = version.definitions
        self.inlined = inlined
        self.config = config
        self.macros: dict[str, str] = {}
        self.renamed: dict[str, None] = {}
        self.tags: dict[str, None] = {}
        self.globals: dict[str, None] = {}
        self.stubs: dict[str, FunctionOf] = {}
        self.pieces: list[str] = []
        self.silent: frozenset[str] = frozenset()
        self.placed: Mapping[str, Placed] = {}
        self.plain: dict[str, str] = {}  # the kernel's own integer types that are used
        self._bodies: list[str] = []  # of macros
        self._glued: set[str] = set()  # arguments of macros that make names of them
        self._seen: set[str] = set()
        self._spans: set[tuple[str, int]] = set()
        self._later: list[str] = []

    def section(self, asked: Mapping[str, Unknown], constants: tuple[str, ...]) -> Section:
        for name, unknown in asked.items():
            known = self.prototype(name)
            if known is None or known.variadic:
                self._seen.add(name)
                self.macros[name] = _made_up(name, unknown)
        self._take_own(asked)
        for name in sorted(self.inlined):
            self.name(name)
        for name in asked:
            self.name(name)
        asserted = self.layout.asserted(constants) if self.layout is not None else []
        for line in asserted:
            self.text(line)
        while self._later:
            self.name(self._later.pop(0))
        self._make_up()
        version = self.version.name
        missing = [name for name in asked if name not in self.stubs and name not in self.macros]
        if missing:
            raise NotReplayable(f"what {missing[0]}() takes and returns isn't known")
        names = [n for n in self.renamed if n not in self.macros]
        defined = [f"#define {n} {version}_{n}" for n in names]
        opening = [
            *defined,
            *(f"typedef {spelling(type_)} {name};" for name, type_ in self._plain_types()),
            *(f"{tag};" for tag in self.tags if not tag.startswith("enum ")),
            *self.macros.values(),
        ]
        closing = [f"#undef {n}" for n in (*names, *self.macros)]
        stubs = [f"static {signature(name, type_)};" for name, type_ in self.stubs.items()]
        functions = [p for p in self.pieces if p.startswith("\f")]
        others = [p for p in self.pieces if not p.startswith("\f")]
        text = [*opening, "", *others, *asserted, *stubs, "", *(f.removeprefix("\f") + "\n" for f in functions)]
        clashes = frozenset(n for n in self.placed if any(tag.partition(" ")[2] == n for tag in self.tags))
        found = Section("", "\n".join(closing) + "\n", tuple(self.globals), tuple(self.stubs.items()), clashes)
        return found._replace(opening=found.told_apart("\n".join(text) + "\n"))

    def _plain_types(self) -> list[tuple[str, CType]]:
        return [(name, KERNEL_TYPES[name]) for name in self.plain]

    def name(self, name: str) -> None:
        """Adds what `name` means at file scope, if that is known; a tag is "struct x"."""
        if name in self._seen or name in C_WORDS:
            return
        self._seen.add(name)
        if _OWN.match(name):
            if any(getattr(f, t).get(name) for f in self.definitions.files for t in ("macros", "functions", "globals")):
                raise NotReplayable(f"the code has a name of ours, `{name}`")
            return
        try:
            self._add(name)
        except UnsupportedC:
            # It isn't certain what it means.  What ran doesn't use it; should the text need it, it won't compile.
            return

    def _take_own(self, asked: Mapping[str, Unknown]) -> None:
        """Has the compiler's own memset(), memcpy() and memmove() run where these were looked into."""
        for name in [n for n in self.inlined if n.removeprefix("__builtin_") in BLOCK_FUNCTIONS]:
            if name in asked:
                raise NotReplayable(f"some calls of {name}() are looked into, others aren't")
            if not self.definitions.function_items(name):
                self.inlined -= {name}
                self._seen.add(name)
                if name in BLOCK_FUNCTIONS:
                    self.macros[name] = f"#define {name}(...) __builtin_{name}(__VA_ARGS__)"

    def _add(self, name: str) -> None:
        definitions = self.definitions
        if " " in name:
            item = definitions.item("tags", name)
            around = None if item is None else self._variable_around(item)
            if around is not None:
                self.name(around)
                return
            self.tags[name] = None
            self.renamed[name.partition(" ")[2]] = None
            if item is not None:
                self._piece(item, self.layout.text(name) if self.layout is not None else None)
            return
        if name.startswith("CONFIG_"):
            if self.config.get(name) or definitions.config.get(name):
                self.macros[name] = f"#define {name} 1"
            elif (known := definitions.macro(name)) is not None:
                self._macro(known)
            else:  # a number that what ran doesn't use, and that no #if takes for defined
                once = f"verify_has_{name}"
                self.macros[name] = f"#ifndef {once}\n#define {once}\nenum {{ {name} = 1 }};\n#endif"
            return
        if name in self.silent:
            self.macros[name] = f"#define {name}(...) verify_ignore(0, ##__VA_ARGS__)"
            return
        if name in _EMPTY and not LAYOUT_WORDS.fullmatch(name):
            self.macros[name] = f"#define {name}"
            return
        macro = definitions.macro(name)
        if macro is not None:
            self._macro(macro)
        elif name in self.inlined:
            self._function(name)
        elif definitions.function_items(name):
            self._stub(name)
        elif definitions.kernel_type(name) is not None:
            self.renamed[name] = None
            self.plain[name] = name
        elif any(name in f.typedefs for f in definitions.files):
            item = definitions.item("typedefs", name)
            if item is not None:
                self.renamed[name] = None
                self._typedef(name, item)
        elif any(name in f.enumerators for f in definitions.files):
            item = definitions.item("enumerators", name)
            if item is not None:
                self.renamed[name] = None
                self._piece(item)
        elif any(name in f.globals for f in definitions.files):
            self._global(name)
        elif name in _EMPTY:
            self.macros[name] = f"#define {name}"
        elif name in _EMPTY_CALLS:
            self.macros[name] = f"#define {name}(...)"
        elif name == "offsetof":
            self.macros[name] = _OFFSETOF

    def _variable_around(self, tag: Item) -> str | None:
        """The variable whose declaration defines the record `tag`."""
        for file in self.definitions.files:
            if file.source is tag.span.source:
                for name, items in file.globals.items():
                    if any(i.span.start <= tag.span.start and tag.span.end <= i.span.end for i in items):
                        return name
        return None

    def _make_up(self) -> None:
        """Gives names that nothing defines a meaning that must not be met: what ran doesn't use them."""
        uses: dict[str, list[str]] = {}  # "(": it is called, '"': it stands beside a string literal, so it is one
        for name in sorted(self.inlined):
            function = self.definitions.function(name)
            if function is None:
                continue
            own = _declared(function)
            for word, called in _uses(self._text_of(function)):
                if word not in own:
                    uses.setdefault(word, []).append(called)
        for body in self._bodies:
            for word, called in _uses(body):
                if word.isupper() and word != "__VA_ARGS__":
                    uses.setdefault(word, []).append(called)
        for word, called in uses.items():
            known = (
                word.startswith("CONFIG_")  # not defined is what it is, if it isn't set
                or word in self._glued
                or word in self.renamed
                or word in self.macros
                or word in C_WORDS
                or _OWN.match(word)
            )
            if not known and not any(getattr(f, t).get(word) for f in self.definitions.files for t in _TABLES):
                parameters = "(...)" if all(c == "(" for c in called) else ""
                text = f'#define {word}{parameters} verify_undefined("{word}")'
                if all(c == '"' for c in called):
                    text = f'#define {word} ""'
                self.macros[word] = f"#ifndef {word}\n{text}\n#endif"

    def _macro(self, macro: Macro) -> None:
        if macro.name in C_WORDS or macro.name in ("typeof", "defined"):
            raise NotReplayable(f"`{macro.name}` is defined as a macro")
        parameters = "" if macro.params is None else f"({', '.join(macro.params)})"
        self.macros[macro.name] = f"#define {macro.name}{parameters} {' '.join(macro.body.split(chr(10)))}"
        self._bodies.append(macro.body)
        self.text(macro.body, soft=True)

    def _function(self, name: str) -> None:
        function = self.definitions.function(name)
        if function is None:
            raise NotReplayable(f"which definition of `{name}` is compiled isn't known")
        text = self._text_of(function)
        self.renamed[name] = None
        self.text(text)
        self.pieces.append("\f" + text)

    def _text_of(self, function: ast.Function) -> str:
        return _whole(function.span) if self.ran is None else pruned(function, self.ran)

    def _stub(self, name: str) -> None:
        found = self.prototype(name)
        if found is None:
            return
        self.renamed[name] = None
        if not found.variadic:
            self.stubs[name] = found
            self.text(_result(found.returns))  # its members may be used

    def _global(self, name: str) -> None:
        if self.prototype(name) is not None:
            self._stub(name)
            return
        if name in self.placed:
            kind, key = self.placed[name].type.kind, self.placed[name].type.key
            self.text(f"{kind} {key}")
            self.macros[name] = f"#define {name} (*({kind} {key} *){self.placed[name].address:#x}UL)"
            return
        item = self.definitions.item("globals", name)
        declared = self.definitions.declaration("globals", name) or ()
        if item is None or all(d.name != name for d in declared):
            return
        self.renamed[name] = None
        if self._is_there(item):
            return
        self.globals[name] = None
        text = decided(item.span.text, self.definitions.config)
        text = re.sub(r"\bextern\b", "", text)
        self.text(text)
        self.pieces.append(text if text.rstrip().endswith(";") else f"{text};")

    def _piece(self, item: Item, instead: str | None = None) -> None:
        """Adds the text of `item`, or what stands for it."""
        if self._is_there(item):
            return
        text = instead or _whole(self.definitions.whole(item.span))
        if "#" in text:
            text = decided(text, self.definitions.config)
        for match in re.finditer(r"\b(?:struct|union|enum)\s+(\w+)", without_comments(text)):
            self.renamed.setdefault(match.group(1))
        self.text(text)
        for name in _enumerators(text):
            macro = self.definitions.macro(name)  # one that lists constants
            for constant in (name,) if macro is None else _enumerators(f"enum {{ {macro.body} }}"):
                self.renamed.setdefault(constant)
        self.pieces.append(text if text.rstrip().endswith(";") else f"{text};")

    def _typedef(self, name: str, item: Item) -> None:
        """Adds a typedef; the record that it defines is added as what it is here, or not at all."""
        found = _TYPEDEF_OF_RECORD.match(without_comments(item.span.text))
        tag = f"{found['kind']} {found['tag']}" if found is not None and found["name"] == name else ""
        if tag and not self._is_whole(tag):
            self.name(tag)
            self.pieces.append(f"typedef {tag} {name};")
        else:
            self._piece(item)

    def _is_whole(self, tag: str) -> bool:
        """True iff a record is declared as in the code."""
        try:
            return self.layout is None or self.layout.text(tag) is None
        except UnsupportedC:
            return False

    def _pasted(self, name: str, behind: Sequence[re.Match[str]]) -> Iterator[str]:
        """The names that a use of the macro `name` makes of its arguments and its own text."""
        try:
            macro = self.definitions.macro(name)
        except UnsupportedC:
            return
        if macro is None or macro.params is None or "##" not in macro.body or not behind or behind[0].group() != "(":
            return
        given = dict(zip(macro.params, _arguments(behind), strict=False))
        self._glued.update(given.values())
        for parts in _PASTED.findall(macro.body):
            yield "".join(given.get(part, part) for part in re.split(r"\s*##\s*", parts))

    def _is_there(self, item: Item) -> bool:
        """True iff the text of `item` was added before; from now on it is."""
        key = (item.span.source.name, item.span.start)
        known = key in self._spans
        self._spans.add(key)
        return known

    def text(self, text: str, soft: bool = False) -> None:
        """Adds what the names in `text` mean.  A tag behind which a `*` stands may come later; so may all if `soft`."""
        words = [m for m in TOKEN.finditer(without_comments(text)) if m.lastgroup != "space"]
        for position, match in enumerate(words):
            if match.lastgroup != "name":
                continue
            word = match.group()
            before = words[position - 1].group() if position else ""
            if before in ("struct", "union", "enum"):
                word = self._tag_meant(word)
                tag = f"{before} {word}"
                self.tags.setdefault(tag)
                self.renamed.setdefault(word)
                behind = words[position + 1].group() if position + 1 < len(words) else ""
                if behind == "{":
                    self._seen.add(tag)  # this is its definition
                elif behind == "*" or soft:
                    self._later.append(tag)
                else:
                    self.name(tag)
            elif before not in (".", "->") or any(m.params is None for m in self.definitions.macros(word)):
                self.name(word)
                for pasted in self._pasted(word, words[position + 1 :]):
                    self.name(pasted)

    def _tag_meant(self, word: str) -> str:
        """The tag that `word` is, or that it stands for if it is a macro."""
        try:
            macro = self.definitions.macro(word) if self.definitions.macros(word) else None
        except UnsupportedC:
            return word
        meant = "" if macro is None or macro.params is not None else macro.body.strip()
        if not meant.isidentifier():
            return word
        self.name(word)
        return meant


def _made_up(name: str, unknown: Unknown) -> str:
    """A macro that stands for a function which nothing declares: its arguments are converted as C17 6.5.2.2p6 says."""
    parameters = [f"verify_{i}" for i in range(unknown.arguments)]
    given = "".join(f"verify_bits({p}), " for p in parameters)
    answer = f'verify_answer("{name}", {len(parameters)}, (const verify_number[]){{ {given}0 }})'
    return f"#define {name}({', '.join(parameters)}) (({unknown.result}){answer})"


def _arguments(words: Sequence[re.Match[str]]) -> list[str]:
    """The texts of the arguments in the brackets that `words` begin with."""
    found: list[str] = [""]
    depth = 0
    for match in words:
        word = match.group()
        depth += (word in "([{") - (word in ")]}")
        if depth == 0:
            return found
        if word == "," and depth == 1:
            found.append("")
        elif depth > 1 or word != "(":
            found[-1] += word
    return []


def _whole(span: Span) -> str:
    return span.text.strip()


def _uses(text: str) -> Iterator[tuple[str, str]]:
    """The names in a piece of code that aren't members, tags or labels; each with "(" if it is called, and with '"' if
    a string literal stands beside it."""
    words = [m for m in TOKEN.finditer(without_comments(text)) if m.lastgroup != "space"]
    for before, match, behind in zip([None, *words], words, [*words[1:], None], strict=False):
        previous = before.group() if before is not None else ""
        following = behind.group() if behind is not None else ""
        if match.lastgroup != "name" or following == "##":
            continue
        if previous not in (".", "->", "struct", "union", "enum", "goto", "#", "##"):
            yield match.group(), '"' if '"' in (previous[:1], following[:1]) else following[:1]


def _declared(node: object) -> set[str]:
    """The names that a function declares for itself: parameters, variables, labels."""
    found: set[str] = set()
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, ast.Declarator | ast.Param | ast.Label) and part.name:
            found.add(part.name)
        if isinstance(part, tuple):
            stack.extend(cast("tuple[object, ...]", part))
    return found


def _enumerators(text: str) -> list[str]:
    found: list[str] = []
    for match in re.finditer(r"\benum\b[^{;]*\{([^}]*)\}", without_comments(text)):
        found += [part.partition("=")[0].strip() for part in match.group(1).split(",")]
    return [name for name in found if name.isidentifier()]


def signature(name: str, type_: FunctionOf) -> str:
    """A stub's declaration; every pointer that it takes is a `void *`."""
    parameters = ", ".join(f"{spelling(p)} verify_{i}" for i, p in enumerate(type_.params))
    return f"{_result(type_.returns)} {name}({parameters or 'void'})"


def _result(type_: CType) -> str:
    """The type of a result as C text; of a pointer, with the record that it points at."""
    to = type_.target if isinstance(type_, PointerTo) else None
    tagged = isinstance(to, RecordType) and to.kind in ("struct", "union") and to.key.isidentifier()
    return f"{to.kind} {to.key} *" if tagged and isinstance(to, RecordType) else spelling(type_)


def spelling(type_: CType) -> str:
    """A scalar type, or void, as C spells it; pointers are `void *`.  Raises `NotReplayable` for others."""
    match type_:
        case VoidType():
            return "void"
        case PointerTo() | ArrayOf() | FunctionOf():
            return "void *"
        case IntType(_, 1, _):
            return "_Bool"
        case IntType(_, width, signed) if width in _WORDS:
            return f"{'signed' if signed else 'unsigned'} {_WORDS[width]}"
        case _:
            raise NotReplayable(f"a `{type_}` is passed to or from what isn't looked into")
