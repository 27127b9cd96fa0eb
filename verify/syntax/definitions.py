"""What the names of one version of the code mean: functions, types, variables, constants, and the macros among them.

`Lookup` finds where they are defined, `Expander` replaces macros, `Definitions` parses what was found.  Beside what
files define as such, these are the names that macros' uses make at file scope, that an item includes in its midst, and
the constants that a macro lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.conditions import FIXED, decided, truth
from verify.syntax.convert import convert_declaration, convert_function
from verify.syntax.ctypes import BUILTIN_TYPES
from verify.syntax.expansion import Expander
from verify.syntax.generated import expanded, parts_of
from verify.syntax.included import Unfolding, including
from verify.syntax.index import FileIndex, Item, Macro, constants_in
from verify.syntax.lexer import TOKEN, names_in
from verify.syntax.lookup import STATIC_CALL, TAG_KINDS, idioms, tables_of
from verify.syntax.prepare import ANNOTATION_CALLS, ANNOTATIONS, ATTRIBUTES, C_WORDS
from verify.syntax.substitution import substitute

if TYPE_CHECKING:
    from verify.source.tree import Surroundings

_DEEPEST_LIST = 8  # of constants, by macros within macros
_OTHER_BODY = pattern(r"\b(?:alias|__alias|ifunc|weakref|__weakref__)\b")
_WEAK = pattern(r"\b(?:__weak|weak|__weak__)\b")
_PRAGMA_WEAK = pattern(r"^[ \t]*#[ \t]*pragma[ \t]+weak[ \t]+(\w+)", re.M)
_NO_RETURN = pattern(r"\b(?:_Noreturn|__noreturn|noreturn|__noreturn__)\b")
_SYMBOL = pattern(rf"\b(?:CONFIG_\w+|(?:{'|'.join(FIXED)})\b)")
_DIRECTIVES = pattern(r"^[ \t]*#[ \t]*(?:el)?if[^\n]*", re.M)
_DEEPEST_ANNOTATION = 8  # macros within macros
# Of a function's head: all but what is looked for in its text.
_SAYING_NOTHING = frozenset(
    word
    for name in (*ANNOTATIONS, *ANNOTATION_CALLS, *ATTRIBUTES, "static", "inline", "extern")
    for word in (name, f"__{name}__")
    if not _NO_RETURN.search(word) and not _WEAK.search(word)
)


class Definitions(Expander):
    """The names of one version.  `config` maps CONFIG symbols to their truth; `files` are searched in order."""

    def __init__(
        self,
        files: Iterable[FileIndex],
        config: Mapping[str, bool],
        around: Surroundings | None = None,
    ) -> None:
        super().__init__(files, config, around)
        self._functions: dict[str, ast.Function | None] = {}
        self._unfolded: dict[tuple[str, int, str], Span] = {}
        self._pragmas: dict[str, Sequence[str]] = {}  # the names that `#pragma weak` makes weak, by file

    def _add(self, index: FileIndex) -> None:
        super()._add(index)
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
        item = self._included_constants.get(name)
        if item is not None:
            self._add(FileIndex(item.span.source, {}, {}, {}, {}, {}, {name: [item]}, (), {}))
        return item is not None

    @cached_property
    def _included_constants(self) -> Mapping[str, Item]:
        """The enums that have constants by a file that they include in their midst, by the names of these."""
        found: dict[str, Item] = {}
        for index in self._around.with_inclusions() if self._around is not None else ():
            for item in {id(i): i for items in index.enumerators.values() for i in items}.values():
                if including(item.span.text):
                    for name in constants_in(self._whole_or_not(item.span).text):
                        found.setdefault(name, item)
        return found

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
        found = [d for f in self.files_of(name) for table in tables_of(f) for d in table.get(name, ())]
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

    def refuse_alias(self, name: str, use: Span) -> None:
        """Refuses a function whose body is that of another name."""
        for file in self.files_of(name):
            for item in file.globals.get(name, ()):
                if _OTHER_BODY.search(item.span.text):
                    raise UnsupportedC(f"`{name}` is an alias of another function", use)

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
            for symbol in _SYMBOL.findall(" ".join(_DIRECTIVES.findall(source.text, start, end))):
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
            found += [i.span.text for k in TAG_KINDS for i in index.tags.get(f"{k} {name}", ())]
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


def _only(table: dict[str, list[Item]], name: str) -> dict[str, list[Item]]:
    return {name: table[name]} if name in table else {}
