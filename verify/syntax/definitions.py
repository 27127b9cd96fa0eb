"""What the names of one version of the code mean: macros, functions, enumeration constants, typedefs, globals.

Look-ups are lazy and go through the entry file, the named headers and then, if a `finder` is given, the files that
these include.  A name with several definitions whose `#if` conditions aren't known to exclude one another is refused,
never resolved by order.  Kernel idioms (`idioms.h` beside this file) take precedence over everything.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

from verify.errors import TornMacro, UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.source.tree import PACKED, is_kernel_header
from verify.syntax import ast
from verify.syntax.conditions import FIXED, decided, symbol_truth, truth
from verify.syntax.convert import (
    convert_declaration,
    convert_expression,
    convert_function,
    convert_initialiser,
    convert_statements,
)
from verify.syntax.convert_expressions import parse_literal
from verify.syntax.ctypes import BUILTIN_TYPES, KERNEL_TYPES, CType
from verify.syntax.generated import expanded, parts_of
from verify.syntax.included import Unfolding, including
from verify.syntax.index import DIRECTIVE_LINE, FileIndex, Item, Macro, constants_in, index_file, same_text
from verify.syntax.lexer import TOKEN, joined_strings, names_in, without_comments
from verify.syntax.prepare import ANNOTATION_CALLS, ANNOTATIONS, ATTRIBUTES, C_WORDS
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.source.tree import Surroundings

_Definition = TypeVar("_Definition", Macro, Item)
_READ_AS_C = ANNOTATIONS | ANNOTATION_CALLS | C_WORDS
_ANNOTATING = ATTRIBUTES | {"attribute", "inline"}
_DEEPEST_STRING = 20
_CHANGING = pattern(r"^[ \t]*#[ \t]*(?:define|undef|include|import)\b", re.M)
_DEEPEST_LIST = 8  # of constants, by macros within macros
_OTHER_BODY = pattern(r"\b(?:alias|__alias|ifunc|weakref|__weakref__)\b")
_WEAK = pattern(r"\b(?:__weak|weak|__weak__)\b")
_PRAGMA_WEAK = pattern(r"^[ \t]*#[ \t]*pragma[ \t]+weak[ \t]+(\w+)", re.M)
_NO_RETURN = pattern(r"\b(?:_Noreturn|__noreturn|noreturn|__noreturn__)\b")
_DIRECTIVES = pattern(r"^[ \t]*#[ \t]*(?:el)?if[^\n]*", re.M)
_BRACED = pattern(r"\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*")
_LABEL_WORD = pattern(r"\b(?:case|default)\b")

_IDIOMS = "verify/syntax/idioms.h"
OF_IDIOMS = "__idiom_"  # how the names of the variables begin that idioms declare


@cache
def idioms() -> FileIndex:
    """The kernel idioms that ship with `verify`."""
    with open(os.path.join(os.path.dirname(__file__), "idioms.h"), encoding="utf-8") as file:
        return index_file(Source(_IDIOMS, file.read()))


def _refuse_captured(text: str, use: Span) -> None:
    """Refuses code that names an idiom's variable: it may stand within the idiom."""
    if OF_IDIOMS in text:
        raise UnsupportedC(f"names that begin with `{OF_IDIOMS}` are those of `verify`", use)


def taken_as_known(name: str) -> bool:
    """True iff `name` has a meaning that isn't looked for: a kernel idiom or type."""
    return name in KERNEL_TYPES or name in idioms().macros


class Expansion(NamedTuple):
    """A macro's use turned into syntax, how tightly its text binds (`verify.syntax.ast`), and the use."""

    node: ast.Expr
    binds: int
    use: Span


_INCLUSION = pattern(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)', re.M)
UNIQUE = "__UNIQUE_ID_"  # how the names begin that __UNIQUE_ID() makes, each another one
STATIC_CALL = "__SCT__"  # how the names begin that idioms.h makes for static calls
_TYPE_TEXT = pattern(  # of a macro; no pointer, as `#define P int *` makes `P a, b;` declare but one
    r"\s*(?:(?:(?:const|volatile|unsigned|signed|long|short|int|char|void|_Bool)\b\s*)+|(?:struct|union|enum)\s+\w+\s*)"
)
_DEEPEST_ANNOTATION = 8  # macros within macros
# Of a function's head: all but what is looked for in its text.
_SAYING_NOTHING = frozenset(
    word
    for name in (*ANNOTATIONS, *ANNOTATION_CALLS, *ATTRIBUTES, "static", "inline", "extern")
    for word in (name, f"__{name}__")
    if not _NO_RETURN.search(word) and not _WEAK.search(word)
)
_TAG_KINDS = ("struct", "union", "enum")
_CONFIG_SYMBOL = pattern(r"\bCONFIG_\w+")
_NAMING = frozenset((ast.Declarator, ast.Param, ast.Call, ast.ArrayType, ast.TagType, ast.Label, ast.Goto))
_NO_NAMES = frozenset((Span, str, int, bool, type(None), ast.Ident, ast.Number))
_NOT_ENTERED = frozenset((Span, str, int, bool, type(None), ast.Number, *ast.Stmt.__args__))


class Definitions:
    """The names of one version.  `config` maps CONFIG symbols to their truth; `files` are searched in order."""

    def __init__(
        self,
        files: Iterable[FileIndex],
        config: Mapping[str, bool],
        around: Surroundings | None = None,
    ) -> None:
        self.files = list(files)
        self._read = {id(f) for f in self.files}
        self.config = config
        self.read: dict[str, Span] = {}  # each name that was used, and where its definition was read
        self._around = around
        self._searched: set[str] = set()
        self._expressions: dict[tuple[str, tuple[str, ...] | None], Expansion] = {}
        # What macros' uses stand for, by the `id` of the use.
        self._statements: dict[int, tuple[ast.Expr | ast.Stmt, ast.Block]] = {}
        self._hiding: dict[str, bool] = {}  # whether macros hold labels
        self._labelled: dict[int, tuple[tuple[ast.Stmt, ...], tuple[ast.Stmt, ...]]] = {}
        self._initialisers: dict[int, tuple[ast.Expr, ast.InitList]] = {}
        self._lists: dict[int, tuple[ast.InitList, ast.InitList]] = {}  # initialisers with what macros list in them
        self._functions: dict[str, ast.Function | None] = {}
        self._macros: dict[str, Macro | None] = {}
        self._whole: dict[int, ast.Stmt | ast.Expr] = {}
        self._types: dict[str, bool] = {}
        self._unfolded: dict[tuple[str, int, str], Span] = {}
        self._inclusions: dict[str, tuple[tuple[int, str], ...]] = {}  # where files include what, by their names
        self._included_later: dict[tuple[str, int, str], bool] = {}
        self._undefining: dict[str, tuple[FileIndex, ...]] = {}  # the files with #undef of a name
        self.behind_macros: set[str] = set()  # functions that code calls by guard() and the like
        self._no_macros: set[str] = set()  # names that no file, read or only included, defines as a macro
        self._own_looked_for: set[str] = set()  # names that were looked for in the code's own headers
        self._by_name: dict[str, list[FileIndex]] = {}
        self._pragmas: dict[str, Sequence[str]] = {}  # the names that `#pragma weak` makes weak, by file
        self._sorted_in = 0  # so many files are in `_by_name`

    def reads_as(self, other: Definitions) -> bool:
        """True iff these are the names of the same files, read under the same configuration."""
        return self._around is not None and self._around == other._around and self.config == other.config

    def files_of(self, name: str) -> Sequence[FileIndex]:
        """Those of the files that define or declare `name` ("struct s" for a tag), in order."""
        if self._around is not None and name not in self._own_looked_for:
            self._own_looked_for.add(name)
            self.read_own(name, taken_as_known(name))
        if self._sorted_in < len(self.files):
            for file in self.files[self._sorted_in :]:
                for key in {key for table in _tables(file) for key in table}:
                    self._by_name.setdefault(key, []).append(file)
            self._sorted_in = len(self.files)
        return self._by_name.get(name, ())

    def read_own(self, name: str, whatever: bool) -> None:
        """Reads the headers of the code's own that may define the macro `name`, or `whatever` of that name."""
        for index in self._around.own(name, whatever) if self._around is not None else ():
            if id(index) not in self._read and (self._may_define(index, name) or name in index.undefined):
                self._add(index)

    def macros(self, name: str) -> list[Macro]:
        """Every macro `name` in what was read, whatever its conditions."""
        return [m for f in self.files_of(name) for m in f.macros.get(name, ())]

    def _candidates(self, table: str, name: str) -> list[Macro | Item]:
        return [d for f in self.files_of(name) for d in getattr(f, table).get(name, ())]

    def discover(self, name: str) -> bool:
        """Looks for a name that nothing read so far certainly defines in what the files include; True iff it is there.

        If the first of them defines it under a condition, the others are read, too.
        """
        if self._around is None or name in self._searched:
            return False
        if name in C_WORDS or name in FIXED:
            return self.discover_macro(name)
        self._searched.add(name)
        word = name.rpartition(" ")[2]
        return self._discover(name, self._around.mentioning(word), self._around.declaring(word))

    def discover_macro(self, name: str) -> bool:
        """The same where only a macro of that name counts."""
        if self._around is None or name in self._searched or f"{name} macro" in self._searched:
            return False
        self._searched.add(f"{name} macro")
        # A macro's use at file scope looks like a declaration of its name.
        if any(truth(m.condition, self.config) for f in self.files_of(name) for m in f.macros.get(name, ())):
            return False
        return self._read_first(name, self._around.defining(name), self._around.defining(name))

    def _discover(self, name: str, first: Iterator[FileIndex], all_: Iterator[FileIndex]) -> bool:
        """Reads the first file that defines `name`, and all that do if it does so under a condition."""
        return not any(self._surely_defines(f, name) for f in self.files_of(name)) and self._read_first(
            name, first, all_
        )

    def _read_first(self, name: str, first: Iterator[FileIndex], all_: Iterator[FileIndex]) -> bool:
        """The same, of those that aren't read yet."""
        known = self._read
        found = next((i for i in first if id(i) not in known and self._may_define(i, name)), None)
        if found is None:
            return False
        self._add(found)
        if not self._surely_defines(found, name):
            for index in all_:
                if id(index) not in known and self._may_define(index, name):
                    self._add(index)
        return True

    def _add(self, index: FileIndex) -> None:
        """Reads one more file."""
        self.files.append(index)
        self._read.add(id(index))
        self._types.clear()
        self._statements.clear()
        self._labelled.clear()
        self._hiding.clear()
        self._initialisers.clear()
        self._lists.clear()
        self._undefining.clear()
        # What was looked for in vain may stand in this file, too.
        self._macros = {k: v for k, v in self._macros.items() if v is not None}
        self._functions = {k: v for k, v in self._functions.items() if v is not None}

    def generate(self, name: str) -> bool:
        """Looks for a name that nothing defines in what macros' uses at file scope stand for; True iff it was found.

        A function of the first file that is only declared isn't defined.
        """
        if self._around is None or name.startswith(STATIC_CALL) or f"{name} made" in self._searched:
            return False
        if self.knows(name) and not self._is_only_declared_here(name):
            return False
        self._searched.add(f"{name} made")
        parts = frozenset(parts_of(name))
        makers = {id(f): f for part in parts_of(name) for f in self._around.making(part)}
        for index in makers.values():
            made = expanded(
                index, name, parts, self._macro_at_file_scope, lambda m, a, s: self._expanded_text(m, a, s)[0]
            )
            if made is not None and (name in made.functions or name in made.typedefs or name in made.globals):
                functions, typedefs, variables = (
                    _only(table, name) for table in (made.functions, made.typedefs, made.globals)
                )
                only = FileIndex(made.source, {}, functions, {}, typedefs, variables, {}, (), {})
                self._add(only)
                return True
        return self._find_in_list(name) or self._find_in_inclusion(name)

    def _find_in_inclusion(self, name: str) -> bool:
        """Looks for a constant that an enum has by a file that it includes in its midst."""
        assert self._around is not None
        for index in self._around.with_inclusions():
            for item in {id(i): i for found in index.enumerators.values() for i in found}.values():
                if including(item.span.text) and name in constants_in(self._whole_or_not(item.span).text):
                    self._add(FileIndex(index.source, {}, {}, {}, {}, {}, {name: [item]}, (), {}))
                    return True
        return False

    def _whole_or_not(self, span: Span) -> Span:
        try:
            return self.whole(span)
        except UnsupportedC:
            return span

    def whole(self, span: Span) -> Span:
        """The text of an item with what it includes in its midst in place.  Raises if that isn't certain."""
        if self._around is None or not including(span.text):
            return span
        key = span.source.name, span.start, span.text
        known = self._unfolded.get(key)
        if known is None:
            around, source = self._around, span.source
            unfolding = Unfolding(
                lambda name: around.included(name, source),
                lambda condition: truth(condition, self.config),
                lambda name: self.is_replaced(name, span, called=True),
                around.is_included_once,
                lambda macro, arguments, use: substitute(macro, macro.body, arguments, use),
            )
            text = unfolding.text(span)
            made = Source(source.name, source.text[: span.start] + text + source.text[span.end :])
            known = self._unfolded[key] = Span(made, span.start, span.start + len(text))
        return known

    def _find_in_list(self, name: str) -> bool:
        """Looks for a constant that an enum has by a macro that lists it, as `enum e { LISTED, LAST };`."""
        assert self._around is not None
        for index in self._around.listing(name):
            macros = (m for found in index.macros.values() for m in found if m.params is None)
            for macro in (m for m in macros if name in names_in(m.body)):
                for enum in chain(self.files_of(macro.name), self._around.mentioning(macro.name)):
                    items = enum.enumerators.get(macro.name)
                    if items:
                        self._add(FileIndex(enum.source, {}, {}, {}, {}, {}, {name: items}, (), {}))
                        return True
        return False

    def _is_in_front(self, macro: Macro, use: Span) -> bool:
        """True iff the file of `use` defines `macro` itself, or only by what it includes in front of `use`."""
        source = macro.span.source
        return source is use.source or (self._around is not None and self._around.includes_before(use, source))

    def constants(self, enumerator: ast.Enumerator, depth: int = 0) -> tuple[ast.Enumerator, ...]:
        """What a line of an enum declares: one constant, or those that a macro lists.

        Raises `UnsupportedC` where a macro's text isn't certain or no list of constants.
        """
        name, use = enumerator.name, enumerator.span
        if not self.is_replaced(name, use):
            return (enumerator,)
        macro = self._macro_in_reach(name, use) if enumerator.value is None and depth < _DEEPEST_LIST else None
        if macro is None or macro.params is not None or not self._is_in_front(macro, use):
            raise UnsupportedC(f"the enumerator `{name}` is a macro", use)
        text, _ = self._expanded_text(macro, None, use)
        source = Source(f"macro {name}", f"enum {{ {text} }};")
        declared = convert_declaration(source, 0, len(source.text), self.is_type)
        enum = declared[0].type if len(declared) == 1 else None
        if not isinstance(enum, ast.TagType) or enum.enumerators is None:
            raise UnsupportedC(f"the macro `{name}` isn't a list of constants", use)
        listed = (e._replace(condition=enumerator.condition, span=use) for e in enum.enumerators)
        return tuple(constant for e in listed for constant in self.constants(e, depth + 1))

    def _is_only_declared_here(self, name: str) -> bool:
        """True iff all that was read of `name` are a function's prototypes, one of them in the first file."""
        found = [d for f in self.files_of(name) for table in _tables(f) for d in table.get(name, ())]
        return name in self.files[0].globals and all(isinstance(d, Item) and d.kind == "prototype" for d in found)

    def finds(self, name: str) -> bool:
        """True iff `name` is defined or declared in what was read, or can be read."""
        return self.knows(name) or self.discover(name) or self.generate(name)

    def _macro_at_file_scope(self, name: str) -> Macro | None:
        """The macro `name`, whose use may look like a declaration of `name` itself."""
        idiom = idioms().macros.get(name)
        if idiom and not self.own_items("macros", name):
            return idiom[0]
        return self._macro_in_reach(name)

    def _may_define(self, file: FileIndex, name: str) -> bool:
        """True iff `file` defines or declares `name`, under a condition that isn't known to be false."""
        return any(truth(d.condition, self.config) is not False for table in _tables(file) for d in table.get(name, ()))

    def _surely_defines(self, file: FileIndex, name: str) -> bool:
        """True iff `file` defines or declares `name`, under whatever condition: one of `#if` and `#else` holds."""
        conditions = {d.condition for table in _tables(file) for d in table.get(name, ())}
        if any(truth(condition, self.config) for condition in conditions):
            return True
        parts = [condition.rpartition(" && ") for condition in conditions]
        return any(
            f"{outer}{joint}!{last}" in conditions and (not outer or truth(outer, self.config))
            for outer, joint, last in parts
        )

    def _one(self, table: str, name: str, use: Span | None) -> Macro | Item | None:
        """The definition of `name` that holds under the configuration; raises if that isn't known."""
        found = [(d, truth(d.condition, self.config)) for d in self._candidates(table, name)]
        found = [(d, holds) for d, holds in found if holds is not False]
        if not found:
            return None
        if table == "globals" and len(found) > 1:
            found = _without_repetitions(found)
        first = found[0][0]
        alike = all(_same_definition(first, other) for other, _ in found[1:])
        if len(found) > 1 and not alike:
            places = ", ".join(str(d.span) for d, _ in found[:4])
            raise UnsupportedC(f"`{name}` has several definitions ({places})", use or first.span, _fix_config(found))
        if not any(h for _, h in found) and not self._must_be(name, first):
            raise UnsupportedC(
                f"`{name}` is defined only under `#if {first.condition}`", use or first.span, _fix_config(found)
            )
        self.read.setdefault(name, first.span)
        return first

    def _must_be(self, name: str, only: Macro | Item) -> bool:
        """True iff `only` is what `name` means wherever it's used, as else that code wouldn't compile.

        So it is if nothing else of that name is there to take its place.
        """
        return (
            sum(name in t for f in self.files_of(name) for t in (f.macros, f.functions, f.globals, f.enumerators)) <= 1
            and not (isinstance(only, Item) and only.kind == "prototype")
            and not self._is_elsewhere(name)
        )

    def is_only_constant(self, name: str) -> bool:
        """True iff `name` is one enum's constant wherever it's used, as else that code wouldn't compile.

        What the enum's `#if`s ask for doesn't change in its midst.
        """
        found = self._candidates("enumerators", name)
        return len(found) == 1 and self._must_be(name, found[0]) and _CHANGING.search(found[0].span.text) is None

    def _is_elsewhere(self, name: str) -> bool:
        """True iff a file that isn't read yet, but included, defines `name`, too."""
        found = self._around.mentioning(name.rpartition(" ")[2]) if self._around is not None else ()
        return any(id(index) not in self._read and self._may_define(index, name) for index in found)

    def conditions_of(self, name: str) -> list[str]:
        """The conditions that the definitions of `name` stand under, "" for none."""
        tables = ("macros", "functions", "typedefs", "globals", "enumerators")
        found = [d.condition for table in tables for d in self._candidates(table, name)]
        return found + [d.condition for k in _TAG_KINDS for d in self._candidates("tags", f"{k} {name}")]

    def symbols_of(self, name: str) -> list[str]:
        """The CONFIG symbols that the definitions of `name` stand under and that aren't decided."""
        found = self.conditions_of(name)
        symbols = (s for c in found if truth(c, self.config) is None for s in _CONFIG_SYMBOL.findall(c))
        return [s for s in dict.fromkeys(symbols) if symbol_truth(s, self.config) is None]

    def included_in(self, item: Item) -> str:
        """The texts of what a definition includes in its midst, which isn't read as a part of it."""
        text = item.span.text
        return self._around.within(item.span.source, text) if self._around is not None and "include" in text else ""

    def is_packed_by_header(self, source: Source) -> bool:
        """True iff a header of the code's own may pack the records of the file `source`."""
        own = self._around.own(PACKED, whatever=False) if self._around is not None else ()
        return not is_kernel_header(source.name) and any(index.source is not source for index in own)

    def own_items(self, table: str, name: str) -> list[Item | Macro]:
        """What defines `name` in `table` of the files that aren't the kernel's own basic headers."""
        return [
            d
            for f in self.files_of(name)
            for d in getattr(f, table).get(name, ())
            if not is_kernel_header(f.source.name) and truth(d.condition, self.config) is not False
        ]

    def defines_own(self, name: str) -> bool:
        """True iff the code itself, or a header of its own, defines the function or macro `name`."""
        self.read_own(name, whatever=True)
        return any(self.own_items(table, name) for table in ("functions", "macros"))

    def kernel_type(self, name: str) -> CType | None:
        """What `name` means if it is one of the kernel's own words for a type and the code doesn't define it itself.

        C allows no second typedef of another type (C17 6.7p3), so one under an undecided condition is of no account
        where the kernel's own header is included.
        """
        own = self.own_items("typedefs", name) if name in KERNEL_TYPES else ()
        if any(truth(d.condition, self.config) for d in own) or (own and not self._is_basic(name)):
            return None
        return KERNEL_TYPES.get(name)

    def _is_basic(self, name: str) -> bool:
        """True iff one of the kernel's basic headers that are included defines the type `name`."""
        read = any(name in f.typedefs and is_kernel_header(f.source.name) for f in self.files_of(name))
        return read or (self._around is not None and self._around.has_basic_type(name))

    def is_replaced(self, name: str, use: Span | None = None, *, called: bool = False) -> bool:
        """True iff `name`, which `(` follows iff it is `called`, may be a macro for something else at `use`."""
        return self._replacing(name, use, called) is not None

    def _replacing(self, name: str, use: Span | None, called: bool) -> Macro | None:
        """The first macro that may do so, also of what isn't read."""
        outer = None if use is None else use.use
        for file, macro in self.all_macros(name):
            in_front = outer is not None and outer.source is file.source and outer.start < macro.span.start
            replaces = (called or macro.params is None) and macro.body != name and not in_front
            if replaces and truth(macro.condition, self.config) is not False and not _is_undone(file, name, use):
                return macro
        return None

    def all_macros(self, name: str) -> Iterator[tuple[FileIndex, Macro]]:
        """Each definition of the macro `name`, with its file: of what was read, then of what is only included."""
        unread = self._around.defining(name) if self._around is not None else ()
        return ((file, macro) for file in chain(self.files_of(name), unread) for macro in file.macros.get(name, ()))

    def refuse_replaced(self, name: str, use: Span | None, *, called: bool = False) -> None:
        """Raises `UnsupportedC` if `name`, which isn't an expression here, may be a macro."""
        macro = self._replacing(name, use, called)
        if macro is not None:
            raise UnsupportedC(f"`{name}` is a macro, but stands where no expression does", use or macro.span)

    def replacement(self, name: str, arguments: tuple[str, ...], use: Span) -> Span | None:
        """The text that the use of the function-like macro `name` stands for, or None if there is none such."""
        macro = self._macro_in_reach(name, use)
        return None if macro is None or macro.params is None else self._expanded_text(macro, arguments, use, ";")[1]

    def stands_for(self, name: str, use: Span | None) -> Span | None:
        """The text that `name`, which isn't an expression here, is replaced by; None if it is no macro.

        Raises `UnsupportedC` where that isn't certain.
        """
        if name in self._no_macros:
            return None
        if self._replacing(name, use, called=False) is None:
            if self._replacing(name, None, called=False) is None:
                self._no_macros.add(name)
            return None
        self.discover(name)
        macro = None if use is None else self.macro(name, use)
        if use is None or macro is None or not self._is_only(macro):
            self.refuse_replaced(name, use)
            return None
        return self._expanded_text(macro, None, use)[1]

    def _is_only(self, macro: Macro) -> bool:
        """True iff nothing that was read or included defines the name of `macro` otherwise."""
        name = macro.name
        found = [m for _, m in self.all_macros(name)]
        own = (name, *(f"{kind} {name}" for kind in _TAG_KINDS))
        return (
            macro.params is None
            and not any((self._may_define(f, key) and key not in f.macros) for key in own for f in self.files_of(key))
            and all(_same_definition(macro, m) for m in found if truth(m.condition, self.config) is not False)
        )

    def _refuse_names(self, node: object) -> None:
        """Refuses what code within a function declares so that names would be looked up wrong.

        These are variables, labels, and members that are called, that may be macros, constants of an enum, and records
        called like one outside of the function.
        """
        stack: list[object] = [node]
        while stack:
            part = stack.pop()
            if part.__class__ not in _NAMING:
                pass
            elif isinstance(part, ast.Declarator | ast.Param) and part.name:
                self.refuse_replaced(part.name, part.span)
            elif isinstance(part, ast.Label | ast.Goto):
                self.refuse_replaced(part.name if isinstance(part, ast.Label) else part.label, part.span)
            elif isinstance(part, ast.Call) and isinstance(part.function, ast.Field):
                self.refuse_replaced(part.function.name, part.span, called=True)
            elif isinstance(part, ast.ArrayType) and part.length is not None and self._may_change(part.length):
                raise UnsupportedC("an array's length that is computed when it is declared", part.length.span)
            elif isinstance(part, ast.TagType):
                if part.enumerators is not None:
                    raise UnsupportedC("an enum that is defined inside of a function", part.span, "Move it out.")
                if part.members is not None and part.tag and self._is_tag(f"{part.kind} {part.tag}"):
                    raise UnsupportedC(f"`{part.kind} {part.tag}` is also defined outside of the function", part.span)
            if isinstance(part, tuple):
                stack.extend([p for p in cast("tuple[object, ...]", part) if p.__class__ not in _NO_NAMES])

    def _may_change(self, length: ast.Expr) -> bool:
        """True iff an array's length does something, which types don't show (C17 6.7.6.2p5)."""
        stack: list[object] = [length]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Assign | ast.IncDec):
                return True
            if isinstance(part, ast.Call) and isinstance(part.function, ast.Ident):
                called = part.function.name
                if any(called in f.functions or called in f.globals for f in self.files_of(called)):
                    return True
            if isinstance(part, tuple):
                stack.extend([p for p in cast("tuple[object, ...]", part) if p.__class__ is not Span])
        return False

    def _is_tag(self, key: str) -> bool:
        return any(key in f.tags for f in self.files_of(key)) or self.discover(key)

    def _refuse_own_words(self, span: Span) -> None:
        """Refuses a text in which a word of C, or an annotation that is dropped unread, is an own macro."""
        for name in sorted(_READ_AS_C.intersection(names_in(span.text))):
            own = self.own_items("macros", name)
            if not all(isinstance(macro, Macro) and _is_annotation(macro) for macro in own):
                raise UnsupportedC(f"`{name}` is a word of C or an annotation, but a macro here", span)

    def refuse_alias(self, name: str, use: Span) -> None:
        """Refuses a function whose body is that of another name."""
        for file in self.files_of(name):
            for item in file.globals.get(name, ()):
                if _OTHER_BODY.search(item.span.text):
                    raise UnsupportedC(f"`{name}` is an alias of another function", use)

    def is_one_item(self, node: ast.Expr) -> bool:
        """True iff an initialiser's item is certainly one; a macro may stand for several, or for none."""
        name, arguments = _use(node)
        if not name:
            return True
        if not self.knows(name):
            self.discover(name)
        try:
            macro = self.macro(name, node.span)
            if macro is None or (macro.params is None) != (arguments is None):
                return True
            text, span = self._expanded_text(macro, arguments, node.span)
            if _BRACED.fullmatch(text):
                return True
            inner, _ = convert_expression(span.source, span.start, span.end, self.is_type, span.via)
        except UnsupportedC:
            return False
        return not isinstance(inner, ast.Comma | ast.BadExpr) and bool(text.strip()) and self.is_one_item(inner)

    def refuse_own_symbol(self, name: str) -> None:
        """Raises `UnsupportedC` if the code itself, or a header of its own, sets a CONFIG symbol."""
        for file in self.files_of(name):
            for macro in file.macros.get(name, ()):
                if not is_kernel_header(file.source.name):
                    raise UnsupportedC(f"`{name}` is a macro of the code's own", macro.span)
        for file in self.files:
            for undone in file.undefined.get(name, ()):
                if not is_kernel_header(file.source.name):
                    raise UnsupportedC(f"the code undefines `{name}`", Span(file.source, undone.start, undone.start))

    def has_effect(self, node: ast.Expr) -> bool:
        """True iff evaluating `node` may do more than give a value."""
        stack: list[object] = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Assign | ast.IncDec | ast.StatementExpr | ast.BadExpr):
                return True
            if isinstance(part, ast.Ident | ast.Call):
                expanded = self._replaced(part)
                if expanded is None and isinstance(part, ast.Call):
                    return True
                stack.append(expanded)
            if isinstance(part, tuple) and not isinstance(part, ast.Call):
                stack.extend([p for p in cast("tuple[object, ...]", part) if p.__class__ is not Span])
        return False

    def _replaced(self, node: ast.Ident | ast.Call) -> ast.Expr | None:
        try:
            if isinstance(node, ast.Ident):
                return self.expand_name(node)
            return self.expand_call(node) if isinstance(node.function, ast.Ident) else None
        except UnsupportedC:
            return None

    def is_weak(self, name: str) -> bool:
        """True iff another definition of the function or variable `name` may take its place when it is linked."""
        return any(
            any(
                _WEAK.search(item.span.text.partition("{")[0])
                for item in (*file.globals.get(name, ()), *file.functions.get(name, ()))
            )
            or name in self._weak_by_pragma(file.source)
            for file in self.files_of(name)
        )

    def _weak_by_pragma(self, source: Source) -> Sequence[str]:
        if source.name not in self._pragmas:
            self._pragmas[source.name] = _PRAGMA_WEAK.findall(source.text)
        return self._pragmas[source.name]

    def never_returns(self, name: str) -> bool:
        """True iff a declaration says that the function `name` doesn't return."""
        return any(
            _NO_RETURN.search(item.span.text.partition("{")[0])
            for file in self.files_of(name)
            for item in (*file.globals.get(name, ()), *file.functions.get(name, ()))
        )

    def is_type(self, name: str) -> bool:
        """True iff `name` is a typedef's name, or that of a macro for a type."""
        known = self._types.get(name)
        if known is None:
            files = self.files_of(name)
            known = name in KERNEL_TYPES or any(name in f.typedefs for f in files)
            known = known or any(_names_type(m) for f in files for m in f.macros.get(name, ()))
            self._types[name] = known
        return known

    def _macro_in_reach(self, name: str, use: Span | None = None) -> Macro | None:
        """As `macro`, also of what the files include and isn't read yet."""
        return self.macro(name, use) or (self.macro(name, use) if self.discover_macro(name) else None)

    def macro(self, name: str, use: Span | None = None) -> Macro | None:
        """The macro `name`, idioms first.  Raises `UnsupportedC` where its definition isn't certain."""
        found = self._macros[name] if name in self._macros else self._find_macro(name, use)
        if found is not None and use is not None:
            self._refuse_outside_of_scope(found, use)
        return found

    def _find_macro(self, name: str, use: Span | None) -> Macro | None:
        idiom = idioms().macros.get(name)
        found = idiom[0] if idiom and not self._has_own(name, idiom[0]) else self._one("macros", name, use)
        assert found is None or isinstance(found, Macro)
        if found is not None and found.body == name:
            found = None  # `#define name name` only tells the preprocessor that `name` exists
        if found is not None and name in found.body and _names_itself(found):
            raise UnsupportedC(f"the macro `{name}` uses its own name", use or found.span)
        self._macros[name] = found
        return found

    def _has_own(self, name: str, idiom: Macro) -> bool:
        """True iff the code itself gives a kernel idiom's name a meaning of its own."""
        return any(
            not _same_definition(idiom, item)
            for table in ("macros", "functions", "globals", "enumerators")
            for item in self.own_items(table, name)
            if not (f"!defined({name})" in item.condition and self._is_basic_macro(name))
        )

    def _is_basic_macro(self, name: str) -> bool:
        """True iff one of the kernel's basic headers that are included defines the macro `name`."""
        files = self._around.defining(name) if self._around is not None else ()
        return any(name in f.macros and is_kernel_header(f.source.name) for f in files)

    def _refuse_outside_of_scope(self, macro: Macro, use: Span) -> None:
        """Refuses a use in front of the macro's definition, or behind an #undef (C17 6.10.3.5)."""
        outer, defined, name = use.use, macro.span, macro.name
        if outer.source is defined.source and outer.start < defined.start:
            raise UnsupportedC(f"`{name}` is used in front of its definition as a macro", use)
        if outer.source is not defined.source and self._is_included_later(outer, defined.source.name):
            raise UnsupportedC(f"`{name}` is used in front of the #include that may define it as a macro", use)
        files = self._undefining.get(name)
        if files is None:
            files = self._undefining[name] = tuple(f for f in self.files if name in f.undefined)
        for file in files:
            source = file.source
            end = outer.start if outer.source is source else len(source.text)
            starts = [m.span.start for m in file.macros.get(name, ()) if m.span.start < end]
            if max((e.start for e in file.undefined[name] if e.start < end), default=-1) > max(starts, default=-1):
                raise UnsupportedC(f"the macro `{name}` may have ended by an #undef in {source.name}", use)

    def is_defined_with(self, macro: Macro, other: Macro) -> bool:
        """True iff no code lies between the definition of the macro `other` and that of `macro` behind it."""
        source, end = other.span.source, other.span.end
        if macro.span.source is not source:
            return macro.span.source is not self.files[0].source and not self._is_included_later(
                other.span, macro.span.source.name
            )
        between = without_comments(source.text[end : macro.span.start])
        return not including(between) and not DIRECTIVE_LINE.sub("", between).strip()

    def _is_included_later(self, use: Span, header: str) -> bool:
        """True iff `use` stands in a C file, in front of the `#include` of `header` or of all its `#include`s."""
        found = self._inclusions.get(use.source.name)
        if found is None:
            directives = _INCLUSION.finditer(use.source.text)
            found = self._inclusions[use.source.name] = tuple((m.start(), m.group(1)) for m in directives)
        if (
            not found
            or found[-1][0] < use.start
            or header == idioms().source.name
            or not use.source.name.endswith(".c")
        ):
            return False
        count = bisect_left(found, (use.start,))  # of those in front of the use
        key = use.source.name, count, header
        if key not in self._included_later:
            before, behind = ([n for _, n in part] for part in (found[:count], found[count:]))
            later = any(map(header.endswith, behind)) and not any(map(header.endswith, before))
            self._included_later[key] = later or not before
        return self._included_later[key]

    def expand_name(self, node: ast.Ident) -> ast.Expr | None:
        """The expression that the object-like macro `node` stands for, or None if it is no macro."""
        name = node.name
        if name in self._macros and self._macros[name] is None:
            return None  # most names are none
        macro = self.macro(name, node.span)
        if macro is None or macro.params is not None:
            return None
        return self._expand(macro, None, node.binding, node.span)

    def expand_call(self, node: ast.Call) -> ast.Expr | None:
        """The expression that the function-like macro's use stands for, or None if it is no macro."""
        assert isinstance(node.function, ast.Ident)
        macro = self.macro(node.function.name, node.span)
        if macro is None or macro.params is None:
            return None
        return self._expand(macro, node.arguments_text, node.binding, node.span)

    def callee(self, node: ast.Call) -> ast.Expr:
        """What `node` calls: where a macro's use stands for a name, as in `static_call(f)(x)`, that name."""
        function = node.function
        if isinstance(function, ast.Call) and isinstance(function.function, ast.Ident):
            if not self.knows(function.function.name):
                self.discover(function.function.name)
            expanded = self.expand_call(function)
            if isinstance(expanded, ast.Call | ast.Ident):
                return self.callee(node._replace(function=expanded))
        return function

    def _expand(self, macro: Macro, arguments: tuple[str, ...] | None, needed: int, use: Span) -> ast.Expr:
        key = (macro.name, arguments)
        found = self._expressions.get(key)
        if found is not None and use.use.source is found.use.source and use.use.start < found.use.start:
            found = None  # what it uses may be defined between the two uses
        if found is None:
            text, span = self._expanded_text(macro, arguments, use)
            literal = parse_literal(text, span)
            node, binds = (
                (literal, ast.PRIMARY)
                if literal is not None
                else convert_expression(span.source, span.start, span.end, self.is_type, span.via)
            )
            found = self._expressions[key] = Expansion(node, binds, use.use)
            if (
                isinstance(node, ast.Ident | ast.Call)
                and "(" not in node.span.source.text[span.start : node.span.start]
            ):
                found = self._expressions[key] = found._replace(binds=min(binds, self._binding_of(node)))
            self.check_whole(node)
            if not isinstance(node, ast.Ident | ast.Number):
                self._refuse_names(node)
        if found.binds < needed:
            raise TornMacro(
                f"the macro `{macro.name}` expands to `{macro.body}`, which its neighbours may tear apart",
                use,
                "Put parentheses around the use or the macro's body.",
            )
        if isinstance(found.node, ast.Comma) and found.binds == ast.ANYTHING:
            raise UnsupportedC(f"the macro `{macro.name}` expands to a comma expression", use)
        return found.node

    def _binding_of(self, use: ast.Ident | ast.Call) -> int:
        """How tightly `use` binds; if it is a macro's, what that stands for does."""
        if isinstance(use, ast.Call) and not isinstance(use.function, ast.Ident):
            return ast.PRIMARY
        for binding in (ast.PRIMARY, ast.UNARY):
            try:
                self._expand_whole(use._replace(binding=binding))
            except TornMacro:
                continue
            return binding
        return ast.ANYTHING

    def check_whole(self, node: ast.Stmt | ast.Expr) -> None:
        """Raises `TornMacro` if the text of a macro in `node` would be torn apart, whether or not it is evaluated.

        Statements and expressions inside of it that stand between brackets of their own are left to their own check.
        """
        if id(node) in self._whole:
            return
        stack: list[Any] = [node]
        while stack:
            part = stack.pop()
            kind = part.__class__
            if kind is ast.Ident:
                if part.binding == ast.ANYTHING or self._macros.get(part.name, part) is None:
                    continue  # most names are no macros
                known = self._expressions.get((part.name, None))
                if known is None or known.binds < ast.PRIMARY:
                    self._expand_whole(part)
                continue
            if kind is ast.Call and part.binding > ast.ANYTHING and isinstance(part.function, ast.Ident):
                self._expand_whole(part)
            stack += [p for p in part if p.__class__ not in _NOT_ENTERED]
        self._whole[id(node)] = node

    def _expand_whole(self, use: ast.Ident | ast.Call) -> None:
        """Raises `TornMacro` if `use` is a macro whose text would be torn apart."""
        try:
            _ = self.expand_name(use) if isinstance(use, ast.Ident) else self.expand_call(use)
        except TornMacro:
            raise
        except UnsupportedC:
            pass  # counts only if it is evaluated

    def check_alone(self, node: ast.Stmt | None) -> None:
        """Raises `TornMacro` if `node`, a branch or body without braces, is a macro's use that isn't one statement."""
        if not isinstance(node, ast.ExprStmt):
            return
        try:
            block = self.expand_statements(node.expr)
        except UnsupportedC:
            return  # an expression, or refused where it is executed
        if block is None:
            return
        last = block.items[0] if len(block.items) == 1 else None
        if isinstance(last, ast.ExprStmt):
            self.check_alone(last)
        elif not isinstance(last, ast.Block) and not (isinstance(last, ast.While) and last.body_first):
            raise TornMacro("this macro isn't one statement, so its neighbours may tear it apart", node.span)

    def expand_statements(self, node: ast.Expr) -> ast.Block | None:
        """The statements that a macro's use as a whole statement stands for, or None if it is no macro."""
        name, arguments = _use(node)
        macro = self.macro(name, node.span) if name else None
        if macro is None or (macro.params is None) != (arguments is None):
            return None
        known = self._statements.get(id(node))
        if known is not None:
            return known[1]
        _, span = self._expanded_text(macro, arguments, node.span, tail=";")
        block = convert_statements(span.source, span.start, span.end, self.is_type, span.via)
        self._refuse_names(block)
        self._statements[id(node)] = node, block
        return block

    def labelled(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """A switch's `items`, with what macros that hold case labels stand for, as `C(A);` for `case A: return 1;`."""
        known = self._labelled.get(id(items))
        if known is None:
            found: list[ast.Stmt] = []
            for item in items:
                name = _use(item.expr)[0] if isinstance(item, ast.ExprStmt) else ""
                hides = bool(name) and self.hides_labels(name)
                block = self.expand_statements(item.expr) if hides and isinstance(item, ast.ExprStmt) else None
                found += (item,) if block is None else self.labelled(block.items)
            known = self._labelled[id(items)] = items, tuple(found)
        return known[1]

    def scoped(self, items: tuple[ast.Stmt, ...]) -> tuple[ast.Stmt, ...]:
        """A block's `items`; where a variable is cleaned up, what stands behind it is its scope."""
        for position, item in enumerate(items):
            declaration = self.cleaned(item)
            if declaration is None:
                continue
            first = next(i for i, d in enumerate(declaration.declarators) if d.cleanup)
            own, init = declaration.declarators[first], declaration.declarators[first].init
            macro = self.macro(own.cleanup, own.span)
            if macro is not None and macro.params is not None:  # the attribute names what has the macro's name
                raise UnsupportedC(f"`{own.cleanup}`, which cleans up, is a macro, too", own.span)
            self.behind_macros.add(own.cleanup)
            if isinstance(item, ast.ExprStmt) and isinstance(init, ast.Call) and isinstance(init.function, ast.Ident):
                self.behind_macros.add(init.function.name)
            parts = [declaration._replace(declarators=(d,)) for d in declaration.declarators]
            rest = self.scoped((*parts[first + 1 :], *items[position + 1 :]))
            return (*items[:position], *parts[:first], ast.Scoped(parts[first], rest, item.span))
        return items

    def cleaned(self, item: ast.Stmt) -> ast.Declaration | None:
        """The declaration, also behind macros as `guard(mutex)(&m);`, with a variable that is cleaned up; else None."""
        if isinstance(item, ast.Declaration):
            return item if any(d.cleanup for d in item.declarators) else None
        call = item.expr if isinstance(item, ast.ExprStmt) else None
        use = call.function if isinstance(call, ast.Call) else None
        if not (isinstance(call, ast.Call) and isinstance(use, ast.Call) and isinstance(use.function, ast.Ident)):
            return None
        known = self._statements.get(id(item))
        if known is None:
            macro = self._macro_in_reach(use.function.name, use.span)
            if macro is None or macro.params is None:
                return None
            tail = f"({', '.join(call.arguments_text)});"
            span = self._expanded_text(macro, use.arguments_text, item.span, tail)[1]
            block = convert_statements(span.source, span.start, span.end, self.is_type, span.via)
            self._refuse_names(block)
            known = self._statements[id(item)] = item, block
        found = [self.cleaned(inner) for inner in known[1].items]
        if len(found) > 1 and any(found):
            raise UnsupportedC("a macro that declares a variable that is cleaned up, and more", item.span)
        return found[0] if found else None

    def initialiser(self, node: ast.Expr) -> ast.Expr:
        """An initialiser, in braces also where these stand in a macro, as in LIST_HEAD_INIT()."""
        name, arguments = _use(node)
        if name and arguments is not None and not self.knows(name):
            self.discover(name)
        if not any(m.body.lstrip()[:1] == "{" for m in self.macros(name)):
            return node
        macro = self.macro(name, node.span)
        if macro is None or (macro.params is None) != (arguments is None) or macro.body.lstrip()[:1] != "{":
            return node
        known = self._initialisers.get(id(node))
        if known is None:
            found = convert_initialiser(self._expanded_text(macro, arguments, node.span)[1], self.is_type)
            self.check_whole(found)
            self._refuse_names(found)
            known = self._initialisers[id(node)] = node, found
        return known[1]

    def listed(self, init: ast.InitList) -> ast.InitList:
        """An initialiser with the items that macros stand for which list several, or none, e.g. `{ REASONS, 0 }`.

        Raises `UnsupportedC` where it isn't certain what they are.
        """
        known = self._lists.get(id(init))
        if known is None:
            found: list[tuple[tuple[str | ast.Expr, ...], ast.Expr]] = []
            for path, item in init.items:
                items = (((), item),) if self.is_one_item(item) else self._several(item)
                if path and (not items or items[0][0]):
                    raise UnsupportedC("a macro behind a designator that isn't one initialiser", item.span)
                found += [(path or items[0][0], items[0][1]), *items[1:]] if items else []
            known = self._lists[id(init)] = init, init._replace(items=tuple(found))
        return known[1]

    def _several(self, node: ast.Expr) -> tuple[tuple[tuple[str | ast.Expr, ...], ast.Expr], ...]:
        """The items that a macro's use stands for."""
        name, arguments = _use(node)
        macro = self.macro(name, node.span)
        before = node.span.source.text[: node.span.start].rstrip()
        if macro is None or (macro.params is None) != (arguments is None) or before[-1:] not in ("{", ",", "=", "]"):
            raise UnsupportedC(f"`{name}` may stand for several initialisers", node.span)
        text, span = self._expanded_text(macro, arguments, node.span)
        source = Source(span.source.name, f"{{ {text} }}")
        inner = convert_initialiser(Span(source, 0, len(source.text), node.span), self.is_type)
        self.check_whole(inner)
        self._refuse_names(inner)
        return self.listed(inner).items

    def expand_loop(self, head: ast.Call) -> ast.Stmt | None:
        """The loop, with an empty body, that `for_each_…(…)` stands for, or None if it is no known macro.

        A macro that puts more around the body than the loop, e.g. `if (c)`, is refused.
        """
        name, arguments = _use(head)
        if name and not self.knows(name):
            self.discover(name)
        macro = self.macro(name, head.span) if name else None
        if macro is None or macro.params is None:
            return None
        _, span = self._expanded_text(macro, arguments, head.span, tail=" ;")
        block = convert_statements(span.source, span.start, span.end, self.is_type, span.via)
        self._refuse_names(block)
        loop = block.items[0] if len(block.items) == 1 else block
        if isinstance(loop, ast.ExprStmt) and isinstance(loop.expr, ast.Call):
            return self.expand_loop(loop.expr)  # it stands for another loop macro
        if isinstance(loop, ast.For) and not _is_empty(loop.body):
            raise UnsupportedC(f"the loop macro `{name}` puts something around the loop's body", head.span)
        return loop

    def _expanded_text(
        self, macro: Macro, arguments: tuple[str, ...] | None, use: Span, tail: str = ""
    ) -> tuple[str, Span]:
        is_idiom = macro.span.source.name == _IDIOMS
        if is_idiom:
            _refuse_captured(" ".join(arguments or ()), use)
        if arguments is None and not tail:
            place = macro.span.source.text.find(macro.body, macro.span.start, macro.span.end)
            if place >= 0 and macro.body and OF_IDIOMS not in macro.body:
                return macro.body, Span(macro.span.source, place, place + len(macro.body), use)
        body = macro.body.replace("\\\n", " ")
        if use.via is not None and arguments is not None and "#" in body:
            self._refuse_unexpanded(macro, body, arguments, use)
        text = (body if arguments is None else substitute(macro, body, arguments, use)) + tail
        if not is_idiom:
            _refuse_captured(text, use)
        return text, Span(Source(f"macro {macro.name}", text), 0, len(text), use)

    def _refuse_unexpanded(self, macro: Macro, body: str, arguments: tuple[str, ...], use: Span) -> None:
        """Refuses # and ## of an argument in which another macro's use may be replaced first (C17 6.10.3.1)."""
        words = [w.group() for w in TOKEN.finditer(body) if w.lastgroup != "space"]
        for i, param in enumerate(macro.params or ()):
            variadic = param.endswith("...")
            name = param if not variadic else param.removesuffix("...") or "__VA_ARGS__"
            taken = any(
                w == name
                and (words[at - 1 : at] in (["#"], ["##"]) or words[at + 1 : at + 2] == ["##"])
                and not (variadic and words[max(at - 2, 0) : at] == [",", "##"])
                for at, w in enumerate(words)
            )
            if not taken:
                continue
            argument = ", ".join(arguments[i:] if variadic else arguments[i : i + 1])
            for word in names_in(argument):
                found = self._macro_in_reach(word, use)
                if found is not None and (found.params is None or re.search(rf"\b{word}\s*\(", argument)):
                    raise UnsupportedC(f"the macro `{word}` is an operand of # or ## in `{macro.name}`", use)

    def string_text(self, node: ast.String) -> str:
        """What tells a string from others: its text, with what its macros stand for.  Equal ones may differ in it."""
        alone = TOKEN.fullmatch(node.text)
        if alone and alone.lastgroup == "string":
            return joined_strings((node.text,))
        return joined_strings(self._expanded_string(node.text, node.span, 0))

    def _expanded_string(self, text: str, span: Span, depth: int) -> list[str]:
        """The string literals that `text` stands for."""
        parts: list[str] = []
        for token in TOKEN.finditer(text):
            if token.lastgroup == "string":
                parts.append(token.group())
            elif token.lastgroup != "space":
                name = token.group()
                macro = self._macro_in_reach(name, span) if token.lastgroup == "name" else None
                if macro is None or macro.params is not None or depth > _DEEPEST_STRING:
                    raise UnsupportedC(f"`{name}` in a string isn't known", span, "Name the header that defines it.")
                parts += self._expanded_string(macro.body, span, depth + 1)
        return parts

    def function(self, name: str) -> ast.Function | None:
        """The one definition of function `name`, or None; its `condition` is "" iff it certainly is compiled.

        A function with several definitions is returned only if all but one are excluded by the configuration.
        """
        if name not in self._functions:
            if not self.function_items(name):
                self.generate(name)
            found = [(d, truth(d.condition, self.config)) for d in self.function_items(name)]
            found = [(d, holds) for d, holds in found if holds is not False]
            # What the entry's own file defines on no condition is what is meant: C allows no second definition.
            certain = [(d, holds) for d, holds in found if holds and d in self.files[0].functions.get(name, ())]
            if len(certain) == 1:
                found = certain
            function = None
            if len(found) == 1:
                item, holds = found[0]
                span = item.span
                self.read.setdefault(name, span)
                function = self.parsed(item, "" if holds else item.condition)
            self._functions[name] = function
        return self._functions[name]

    def parsed(self, item: Item, condition: str) -> ast.Function:
        """The function that `item` is, without what the configuration leaves out of it; it stands under `condition`.

        Raises `UnsupportedC` where macros may change how it reads.
        """
        source, start, end = item.span.source, item.span.start, item.span.end
        if "#" in source.text[start:end]:
            for symbol in _CONFIG_SYMBOL.findall(" ".join(_DIRECTIVES.findall(source.text, start, end))):
                self.refuse_own_symbol(symbol)
            text = decided(source.text[start:end], self.config)
            source = Source(source.name, source.text[:start] + text + source.text[end:])
            source, start, end, _ = self.whole(Span(source, start, end))
        self._refuse_own_words(Span(source, start, end))
        try:
            function = convert_function(source, start, end, self.is_type)
        except UnsupportedC:
            plain = self._without_annotations(source, start, end)
            if plain is None:
                raise
            function = convert_function(plain, start, end, self.is_type)
        function = function._replace(condition=condition)
        self._refuse_names(function)
        return function

    def _without_annotations(self, source: Source, start: int, end: int) -> Source | None:
        """The text with the macros in a function's head blanked that say nothing of what it does; None without such."""
        text = source.text
        brace = text.find("{", start, end)
        words = [w for w in TOKEN.finditer(text, start, max(brace, start)) if w.lastgroup == "name"]
        plain = [w for w in words if w.group() not in C_WORDS and self._is_annotation(w.group())]
        for word in plain:
            text = text[: word.start()] + " " * len(word.group()) + text[word.end() :]
        return Source(source.name, text) if plain else None

    def _is_annotation(self, name: str, depth: int = 0) -> bool:
        """True iff `name` is a macro for annotations and storage classes, whichever of its definitions holds."""
        self.discover_macro(name)
        found = [m for _, m in self.all_macros(name)]
        tokens = [w for m in found for w in TOKEN.finditer(m.body) if w.lastgroup != "space"]
        return (
            bool(found)
            and all(m.params is None for m in found)
            and depth < _DEEPEST_ANNOTATION
            and all(
                w.group() in ("(", ")", ",")
                if w.lastgroup == "op"
                else w.lastgroup != "name" or w.group() in _SAYING_NOTHING or self._is_annotation(w.group(), depth + 1)
                for w in tokens
            )
        )

    def function_in(self, name: str, place: Span) -> ast.Function | None:
        """The function `name` if it was read and `place` lies in it."""
        function = self._functions.get(name)
        if function is None or function.span.source.name != place.source.name:
            return None
        return function if function.span.start <= place.start < function.span.end else None

    def function_items(self, name: str) -> list[Item]:
        """Every definition of function `name` in what was read, whatever its conditions."""
        return [d for f in self.files_of(name) for d in f.functions.get(name, ())]

    def uses(self, name: str, wanted: str, tables: tuple[str, ...] = ("functions",)) -> bool:
        """True iff the code of the function `name`, as far as it was read, names `wanted`, or code that does.

        With "globals" in `tables`, so do variables by their initialisers.
        """
        seen = {name}
        queue = [name]
        while queue:
            current = queue.pop()
            texts = [
                i.span.text
                for f in self.files_of(current)
                for table in tables
                for i in getattr(f, table).get(current, ())
            ]
            texts += [m.body for m in self.macros(current)]
            for word in {w for text in texts for w in names_in(text)} - seen:
                if word == wanted:
                    return True
                seen.add(word)
                queue.append(word)
        return False

    def texts_of(self, name: str) -> list[str]:
        """The texts of all definitions of `name` in what was read, whatever they define."""
        found: list[str] = []
        for index in self.files:
            found += [f"{name} {m.params} {m.body}" for m in index.macros.get(name, ())]
            for table in (index.functions, index.enumerators, index.globals, index.typedefs):
                found += [i.span.text for i in table.get(name, ())]
            found += [i.span.text for k in _TAG_KINDS for i in index.tags.get(f"{k} {name}", ())]
        return found

    def declaration(self, table: str, name: str, use: Span | None = None) -> tuple[ast.Declarator, ...] | None:
        """The parsed declaration of `name` in `table` ("tags", "typedefs", "globals", "enumerators"), or None."""
        idiom = idioms().globals.get(name) if table == "globals" else None
        if idiom and not self.own_items("globals", name) and not self.own_items("functions", name):
            item: Macro | Item | None = idiom[0]
        else:
            item = self._one(table, name, use)
        if item is None:
            return None
        span = self.whole(item.span) if table in ("tags", "enumerators") else item.span
        self._refuse_own_words(span)
        return convert_declaration(span.source, span.start, span.end, self.is_type)

    def typedef(self, name: str) -> ast.Declarator | None:
        """The declaration of the typedef `name`, or None if there is none, or it is one of the kernel's own words."""
        if name in BUILTIN_TYPES or self.kernel_type(name) is not None:
            return None
        return next((d for d in self.declaration("typedefs", name) or () if d.name == name), None)

    def item(self, table: str, name: str) -> Item | None:
        """The one definition or declaration of `name` in `table`, or None; raises where that isn't certain."""
        found = self._one(table, name, None)
        return found if isinstance(found, Item) else None

    def is_variable(self, name: str) -> bool:
        """True if `name` is declared as a variable, or as a function by a typedef of its type."""
        return any(item.kind == "global" for file in self.files_of(name) for item in file.globals.get(name, ()))

    def hides_labels(self, name: str) -> bool:
        """True iff `name` may be a macro whose text holds a `case` or `default` label, also by other macros."""
        if name not in self._hiding:
            self._hiding[name] = False
            self._hiding[name] = any(
                _LABEL_WORD.search(macro.body) is not None or any(map(self.hides_labels, names_in(macro.body)))
                for macro in self.macros(name)
            )
        return self._hiding[name]

    def knows(self, name: str) -> bool:
        """True iff `name` is defined or declared in what was read."""
        return bool(idioms().macros.get(name) or idioms().globals.get(name)) or any(
            truth(d.condition, self.config) is not False
            for f in self.files_of(name)
            for table in (f.macros, f.functions, f.globals, f.enumerators)
            for d in table.get(name, ())
        )


def _tables(file: FileIndex) -> tuple[dict[str, list[Macro]] | dict[str, list[Item]], ...]:
    return file.macros, file.functions, file.tags, file.typedefs, file.globals, file.enumerators


def _only(table: dict[str, list[Item]], name: str) -> dict[str, list[Item]]:
    return {name: table[name]} if name in table else {}


def _without_repetitions(found: list[tuple[Macro | Item, bool | None]]) -> list[tuple[Macro | Item, bool | None]]:
    """Declarations of one variable or function without those that only repeat another (C17 6.7p4: all agree)."""
    if all(isinstance(d, Item) and d.kind == "prototype" and d.condition == found[0][0].condition for d, _ in found):
        return found[:1]
    defined = [one for one in found if not one[0].span.text.lstrip().startswith("extern")]
    return defined if defined and all(h for _, h in defined) else found


def _is_annotation(macro: Macro) -> bool:
    """True iff a macro that is called like an annotation stands for nothing but harmless ones."""
    words = {word.strip("_") for word in names_in(macro.body)}
    return macro.name not in C_WORDS and words <= _ANNOTATING and not re.search("[;={}]", macro.body)


def _is_empty(node: ast.Stmt) -> bool:
    """True for the statement `;`."""
    return isinstance(node, ast.Block) and not node.items


def cleaning(declarator: ast.Declarator, number: int) -> tuple[str, ast.Call]:
    """A name, which no code has, for a variable that is cleaned up, and the call that does so."""
    name, span = f"cleaned up {number}", declarator.span
    argument = ast.Unary("&", ast.Ident(name, ast.ANYTHING, span), span)
    function = ast.Ident(declarator.cleanup, ast.ANYTHING, span)
    return name, ast.Call(function, (argument,), (f"&{declarator.name}",), ast.ANYTHING, span)


def _names_type(macro: Macro) -> bool:
    return macro.params is None and _TYPE_TEXT.fullmatch(macro.body) is not None


def _names_itself(macro: Macro) -> bool:
    """True iff the macro's own name in its body would be its use, if it were replaced again (C17 6.10.3.4p2)."""
    words = [w.group() for w in TOKEN.finditer(macro.body) if w.lastgroup != "space"]
    return any(w == macro.name and (macro.params is None or words[i + 1 : i + 2] == ["("]) for i, w in enumerate(words))


def _same_definition(one: Macro | Item, other: Macro | Item) -> bool:
    if isinstance(one, Macro) and isinstance(other, Macro):
        return one.params == other.params and same_text(one.body, other.body)
    return same_text(one.span.text, other.span.text)


def _fix_config(found: list[tuple[Macro | Item, bool | None]]) -> str:
    symbols = sorted({s for d, _ in found for s in re.findall(r"CONFIG_\w+", d.condition)})
    return f"Fix the configuration, e.g. --define {symbols[0]}=y" if symbols else ""


def _is_undone(file: FileIndex, name: str, use: Span | None) -> bool:
    """True iff `file` ends without the macro `name`, and `use` stands elsewhere."""
    if name not in file.undefined or use is None or use.use.source is file.source:
        return False
    last = max(m.span.start for m in file.macros[name])
    conditional = any(m.condition for m in file.macros[name])
    return not conditional and any(e.start > last and not e.condition for e in file.undefined[name])


def _use(node: ast.Expr) -> tuple[str, tuple[str, ...] | None]:
    """The macro's name and arguments if `node` looks like a macro's use."""
    if isinstance(node, ast.Call) and isinstance(node.function, ast.Ident):
        return node.function.name, node.arguments_text
    return (node.name, None) if isinstance(node, ast.Ident) else ("", None)


def substitute(macro: Macro, body: str, arguments: Sequence[str], use: Span, replaced: Sequence[str] = ()) -> str:
    """The replacement text of a function-like macro: C17 6.10.3, with # and ##; nested uses stay as they are.

    `replaced`: the arguments with their macros replaced, for where neither # nor ## takes them.
    """
    params = list(macro.params or ())
    if params and params[-1].endswith("..."):
        params[-1] = params[-1].removesuffix("...") or "__VA_ARGS__"
    table = dict(zip(params, _values(macro, arguments, use), strict=True))
    plain = dict(zip(params, _values(macro, replaced, use), strict=True)) if replaced else table
    words = [t.group() for t in TOKEN.finditer(body)]
    out: list[str] = []
    i = 0
    while i < len(words):
        word = words[i]
        if word == "#" and i + 1 < len(words) and words[i + 1] in table:
            spaced = (" " if t.lastgroup == "space" else t.group() for t in TOKEN.finditer(table[words[i + 1]].strip()))
            text = "".join(spaced).replace("\\", "\\\\").replace('"', '\\"')
            out.append(f'"{text}"')
            i += 2
            continue
        if word == "##":
            while out and out[-1].isspace():
                out.pop()
            while i + 1 < len(words) and words[i + 1].isspace():
                i += 1
            following = words[i + 1] if i + 1 < len(words) else ""
            if following == params[-1] and macro.params and macro.params[-1].endswith("...") and out[-1:] == [","]:
                if not table[following]:
                    out.pop()  # GNU: `, ## __VA_ARGS__` without arguments drops the comma
        elif word in table:
            # A substituted argument's tokens never join with their neighbours', except by ## (C17 6.10.3.3).
            pasted = _neighbour(words, i, -1) == "##" or _neighbour(words, i, 1) == "##"
            out.append(table[word] if pasted else f" {plain[word]} ")
        else:
            out.append(word)
        i += 1
    return "".join(out)


def _values(macro: Macro, arguments: Sequence[str], use: Span) -> list[str]:
    """What stands for each parameter of a macro: what is left for the last one if that is variadic."""
    params, values = macro.params or (), list(arguments)
    if params and params[-1].endswith("..."):
        fixed = len(params) - 1
        if len(values) < fixed:
            raise UnsupportedC(f"the macro `{macro.name}` takes at least {fixed} arguments", use)
        values = [*values[:fixed], ", ".join(values[fixed:])]
    if len(params) == 1 and not values:
        values = [""]
    if len(values) != len(params):
        raise UnsupportedC(f"the macro `{macro.name}` takes {len(params)} arguments, not {len(values)}", use)
    return values


def _neighbour(words: list[str], i: int, step: int) -> str:
    """The next word that isn't white space, before or behind word `i`."""
    i += step
    while 0 <= i < len(words) and words[i].isspace():
        i += step
    return words[i] if 0 <= i < len(words) else ""
