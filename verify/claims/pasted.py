"""The names that `##` makes where a text uses macros (C17 6.10.3.3): no text needs to hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.tree import is_kernel_header
from verify.syntax.definitions import Definitions
from verify.syntax.generated import arguments_of
from verify.syntax.index import Macro
from verify.syntax.lexer import canonical, names_in
from verify.syntax.lookup import idioms
from verify.syntax.substitution import substitute

UNKNOWN = "what ## makes"  # stands for names that aren't known
ANYTHING = "goto asm"  # what the macros of such names may stand for
_USE = pattern(r"([A-Za-z_]\w*) \(")
_NAME = pattern(r"[A-Za-z_]\w*")
_NO_COMMA = pattern(r", ## \w+")  # GNU: it may drop the comma, and makes no name
_LONGEST = 100_000
_LONGEST_ARGUMENT = 500


class Pasted:
    """Looks for them in what `definitions` know, without reading more; what the kernel's headers make of `primitives`
    and of idioms is left out.
    """

    def __init__(self, definitions: Definitions, primitives: frozenset[str]) -> None:
        self._definitions = definitions
        self._primitives = primitives
        self._known: dict[str, frozenset[str]] = {}
        self._pasting: dict[str, tuple[Macro, ...]] = {}

    def names(self, text: str) -> frozenset[str]:
        """The names that `##` makes where macros' uses in a canonical text are replaced."""
        known = self._known.get(text)
        if known is None:
            found: set[str] = set()
            self._replace(text, frozenset(), found, {text})
            known = self._known[text] = frozenset(found)
        return known

    def _replace(self, text: str, within: frozenset[str], found: set[str], seen: set[str]) -> None:
        """Adds what is found in `text`, which stands for the macros `within`: none of them is replaced again."""
        for use in _USE.finditer(text):
            name = use.group(1)
            macros = self._macros(name) if name not in within else ()
            arguments, end = arguments_of(text, use.end()) if macros else ((), 0)
            for macro in macros if end else ():
                given = [canonical(a) for a in arguments] if macro.params else []
                replaced = [self._replaced(argument) for argument in given]
                try:
                    made = substitute(macro, canonical(macro.body), given, macro.span, replaced)
                except UnsupportedC:  # it takes another number of arguments
                    continue
                found |= names_in(made).difference(names_in(macro.body), *map(names_in, (*given, *replaced)))
                if any(self._is_use(argument) for argument in _operands(macro, given)):
                    found.add(UNKNOWN)
                made = canonical(made)
                if sum(map(len, seen)) + len(made) > _LONGEST:
                    found.add(UNKNOWN)
                elif made not in seen:
                    seen.add(made)
                    self._replace(made, within | {name}, found, seen)

    def _replaced(self, argument: str) -> str:
        """An argument with macros replaced that stand for one name, or for what one use of another macro becomes."""
        for _ in range(8):
            before = argument
            argument = self._used(_NAME.sub(lambda match: self._alias(match.group()), argument))
            if argument == before:
                break
        return argument

    def _used(self, argument: str) -> str:
        """What `argument` becomes if it is one use of a macro that has one definition."""
        use = _USE.match(argument)
        macros = {canonical(m.body): m for _, m in self._definitions.all_macros(use.group(1))} if use else {}
        arguments, end = arguments_of(argument, use.end()) if use and len(macros) == 1 else ((), 0)
        if not end or end != len(argument):
            return argument
        ((body, macro),) = macros.items()
        try:
            made = canonical(substitute(macro, body, [canonical(a) for a in arguments], macro.span))
        except UnsupportedC:
            return argument
        return made if len(made) <= _LONGEST_ARGUMENT else argument

    def _is_use(self, argument: str) -> bool:
        """True iff `argument` has a macro's use in it, whose text would have to be known."""
        uses = (use.group(1) for use in _USE.finditer(argument))
        return any(macro.params is not None for name in uses for _, macro in self._definitions.all_macros(name))

    def _alias(self, name: str) -> str:
        bodies = {m.body.strip() for _, m in self._definitions.all_macros(name) if m.params is None}
        body = bodies.pop() if len(bodies) == 1 else ""
        return body if _NAME.fullmatch(body) else name

    def _macros(self, name: str) -> tuple[Macro, ...]:
        """The definitions of a function-like macro that pastes, or stands for uses of others that do."""
        known = self._pasting.get(name)
        if known is None:
            self._pasting[name] = ()  # no macro is expanded within itself
            idiom = idioms().macros.get(name, ())
            found = self._definitions.all_macros(name)
            if idiom or name in self._primitives:
                found = ((file, macro) for file, macro in found if not is_kernel_header(file.source.name))
            macros = (*idiom, *(macro for _, macro in found))
            known = self._pasting[name] = tuple(m for m in macros if m.params is not None and self._pastes(m))
        return known

    def _pastes(self, macro: Macro) -> bool:
        return "##" in _pasting(macro) or any(map(self._macros, _USE.findall(canonical(macro.body))))


def _pasting(macro: Macro) -> str:
    """The text of a macro, without each `##` that makes no name."""
    return _NO_COMMA.sub(",", canonical(macro.body))


def _operands(macro: Macro, arguments: Sequence[str]) -> Iterator[str]:
    """The arguments of a use that `##` takes."""
    body = _pasting(macro)
    for param, argument in zip(macro.params or (), arguments, strict=False):
        if re.search(rf"## {re.escape(param)}\b|\b{re.escape(param)} ##", body):
            yield argument
