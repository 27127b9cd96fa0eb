"""Where one version of the code defines its names, and under which conditions.

Look-ups are lazy and go through the entry file, the named headers and then, if their surroundings are given, what these
include.  A name with several definitions whose `#if` conditions aren't known to exclude one another is refused, never
resolved by order.  Kernel idioms (`idioms.h` beside this file) take precedence over everything.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.source.tree import PACKED, is_kernel_header
from verify.syntax.conditions import FIXED, symbol_truth, truth
from verify.syntax.ctypes import KERNEL_TYPES, CType
from verify.syntax.included import including
from verify.syntax.index import DIRECTIVE_LINE, FileIndex, Item, Macro, index_file, same_text
from verify.syntax.lexer import TOKEN, without_comments
from verify.syntax.prepare import C_WORDS

if TYPE_CHECKING:
    from verify.source.tree import Surroundings

_CHANGING = pattern(r"^[ \t]*#[ \t]*(?:define|undef|include|import)\b", re.M)
IDIOMS = "verify/syntax/idioms.h"
OF_IDIOMS = "__idiom_"  # how the names of the variables begin that idioms declare
UNIQUE = "__UNIQUE_ID_"  # how the names begin that __UNIQUE_ID() makes, each another one
STATIC_CALL = "__SCT__"  # how the names begin that idioms.h makes for static calls
_INCLUSION = pattern(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)', re.M)
_TYPE_TEXT = pattern(  # of a macro; no pointer, as `#define P int *` makes `P a, b;` declare but one
    r"\s*(?:(?:(?:const|volatile|unsigned|signed|long|short|int|char|void|_Bool)\b\s*)+|(?:struct|union|enum)\s+\w+\s*)"
)
TAG_KINDS = ("struct", "union", "enum")
CONFIG_SYMBOL = pattern(r"\bCONFIG_\w+")


@cache
def idioms() -> FileIndex:
    """The kernel idioms that ship with `verify`."""
    with open(os.path.join(os.path.dirname(__file__), "idioms.h"), encoding="utf-8") as file:
        return index_file(Source(IDIOMS, file.read()))


def taken_as_known(name: str) -> bool:
    """True iff `name` has a meaning that isn't looked for: a kernel idiom or type."""
    return name in KERNEL_TYPES or name in idioms().macros


class Lookup:
    """The definitions of one version.  `config` maps CONFIG symbols to their truth; `files` are searched in order."""

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
        self._macros: dict[str, Macro | None] = {}
        self._types: dict[str, bool] = {}
        self._inclusions: dict[str, tuple[tuple[int, str], ...]] = {}  # where files include what, by their names
        self._included_later: dict[tuple[str, int, str], bool] = {}
        self._undefining: dict[str, tuple[FileIndex, ...]] = {}  # the files with #undef of a name
        self._own_looked_for: set[str] = set()  # names that were looked for in the code's own headers
        self._looked_beside: set[str] = set()  # names that were looked for as other things, too
        self._by_name: dict[str, list[FileIndex]] = {}
        self._sorted_in = 0  # so many files are in `_by_name`

    def reads_as(self, other: Lookup) -> bool:
        """True iff these are the names of the same files, read under the same configuration."""
        return self._around is not None and self._around == other._around and self.config == other.config

    def files_of(self, name: str) -> Sequence[FileIndex]:
        """Those of the files that define or declare `name` ("struct s" for a tag), in order."""
        if self._around is not None and name not in self._own_looked_for:
            self._own_looked_for.add(name)
            self.read_own(name, taken_as_known(name))
        if self._sorted_in < len(self.files):
            for file in self.files[self._sorted_in :]:
                for key in {key for table in tables_of(file) for key in table}:
                    self._by_name.setdefault(key, []).append(file)
            self._sorted_in = len(self.files)
        return self._by_name.get(name, ())

    def read_own(self, name: str, whatever: bool) -> None:
        """Reads the headers of the code's own that may define the macro `name`, or `whatever` of that name."""
        for index in self._around.own(name, whatever) if self._around is not None else ():
            if id(index) not in self._read and (self._may_define(index, name) or name in index.undefined):
                self._add(index)

    def read_beside(self, name: str) -> None:
        """Reads what else may define `name` where it is used: macros, and own functions that were only declared."""
        if self._around is None or name in self._looked_beside or taken_as_known(name):
            return
        files = self.files_of(name)
        is_function = any(name in f.functions for f in files)
        is_other = any(name in table for f in files for table in (f.globals, f.enumerators, f.typedefs))
        if not is_function and not is_other and not any(name in f.macros for f in files):
            return
        self._looked_beside.add(name)
        for index in self._around.defining(name) if is_function or is_other else self._around.redefining(name):
            if id(index) not in self._read and self._may_define(index, name):
                self._add(index)
        for index in self._around.own(name, whatever=True) if not is_function and is_other else ():
            if id(index) not in self._read and name in index.functions:
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
        self._undefining.clear()
        # What was looked for in vain may stand in this file, too.
        self._macros = {k: v for k, v in self._macros.items() if v is not None}

    def _may_define(self, file: FileIndex, name: str) -> bool:
        """True iff `file` defines or declares `name`, under a condition that isn't known to be false."""
        return any(
            truth(d.condition, self.config) is not False for table in tables_of(file) for d in table.get(name, ())
        )

    def _surely_defines(self, file: FileIndex, name: str) -> bool:
        """True iff `file` defines or declares `name`, under whatever condition: one of `#if` and `#else` holds."""
        conditions = {d.condition for table in tables_of(file) for d in table.get(name, ())}
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
        return found + [d.condition for k in TAG_KINDS for d in self._candidates("tags", f"{k} {name}")]

    def symbols_of(self, name: str) -> list[str]:
        """The CONFIG symbols that the definitions of `name` stand under and that aren't decided."""
        found = self.conditions_of(name)
        symbols = (s for c in found if truth(c, self.config) is None for s in CONFIG_SYMBOL.findall(c))
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

    def declares_otherwise(self, name: str) -> bool:
        """True iff the code itself, or a header of its own, declares `name` otherwise than the kernel's idiom."""
        return any(
            not same_text(_without_extern(idiom), _without_extern(item))
            for idiom in idioms().globals.get(name, ())
            for item in self.own_items("globals", name)
        )

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

    def _is_only(self, macro: Macro) -> bool:
        """True iff nothing that was read or included defines the name of `macro` otherwise."""
        name = macro.name
        found = [m for _, m in self.all_macros(name)]
        own = (name, *(f"{kind} {name}" for kind in TAG_KINDS))
        return (
            macro.params is None
            and not any((self._may_define(f, key) and key not in f.macros) for key in own for f in self.files_of(key))
            and all(_same_definition(macro, m) for m in found if truth(m.condition, self.config) is not False)
        )

    def has_record(self, kind: str, key: str) -> bool:
        """True iff a record's tag, or its type's name, is defined in the files, and not within another record."""
        return any(
            any(name in table for file in self.files_of(name) for table in (file.tags, file.typedefs))
            or self.discover(name)
            for name in (f"{kind} {key}", key)
        )

    def _is_tag(self, key: str) -> bool:
        return any(key in f.tags for f in self.files_of(key)) or self.discover(key)

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
        self.read_beside(name)
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

    def function_items(self, name: str) -> list[Item]:
        """Every definition of function `name` in what was read, whatever its conditions."""
        return [d for f in self.files_of(name) for d in f.functions.get(name, ())]

    def is_variable(self, name: str) -> bool:
        """True if `name` is declared as a variable, or as a function by a typedef of its type."""
        return any(item.kind == "global" for file in self.files_of(name) for item in file.globals.get(name, ()))

    def knows(self, name: str) -> bool:
        """True iff `name` is defined or declared in what was read."""
        return bool(idioms().macros.get(name) or idioms().globals.get(name)) or any(
            truth(d.condition, self.config) is not False
            for f in self.files_of(name)
            for table in (f.macros, f.functions, f.globals, f.enumerators)
            for d in table.get(name, ())
        )


def tables_of(file: FileIndex) -> tuple[dict[str, list[Macro]] | dict[str, list[Item]], ...]:
    return file.macros, file.functions, file.tags, file.typedefs, file.globals, file.enumerators


def _without_repetitions(found: list[tuple[Macro | Item, bool | None]]) -> list[tuple[Macro | Item, bool | None]]:
    """Declarations of one variable or function without those that only repeat another (C17 6.7p4: all agree)."""
    if all(isinstance(d, Item) and d.kind == "prototype" and d.condition == found[0][0].condition for d, _ in found):
        return found[:1]
    defined = [one for one in found if not one[0].span.text.lstrip().startswith("extern")]
    return defined if defined and all(h for _, h in defined) else found


def _names_type(macro: Macro) -> bool:
    return macro.params is None and _TYPE_TEXT.fullmatch(macro.body) is not None


def _names_itself(macro: Macro) -> bool:
    """True iff the macro's own name in its body would be its use, if it were replaced again (C17 6.10.3.4p2)."""
    words = [w.group() for w in TOKEN.finditer(macro.body) if w.lastgroup != "space"]
    return any(w == macro.name and (macro.params is None or words[i + 1 : i + 2] == ["("]) for i, w in enumerate(words))


def _without_extern(declared: Macro | Item) -> str:
    """The text of a function's declaration; that it is `extern` says nothing (C17 6.2.2p5)."""
    return declared.span.text.strip().removeprefix("extern").strip()


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
