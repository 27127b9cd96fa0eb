"""What differs between two texts of a function though what is executed doesn't show it, in words for the verdict.

That is code for other machines than x86-64, calls of kernel idioms that count for nothing, and words whose meaning
depends on the place where they stand.  It is looked for in the function, in the macros that it uses, and in functions
that only one version has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from verify.changes.primitives import INSTRUMENTS, PRIMITIVES
from verify.claims.likeness import Likeness, words_of
from verify.source.tree import is_kernel_header
from verify.syntax.conditions import FIXED, NUMBERS, truth
from verify.syntax.ctypes import KERNEL_TYPES
from verify.syntax.definitions import Definitions
from verify.syntax.index import PLAIN_DIRECTIVE, Conditions, FileIndex
from verify.syntax.lexer import TOKEN, canonical, without_comments
from verify.syntax.lookup import idioms
from verify.syntax.prepare import ANNOTATIONS
from verify.tuples import NamedTuple

_NO_CODE = frozenset("fallthrough __fallthrough static_assert BUILD_BUG_ON BUILD_BUG_ON_MSG BUILD_BUG_ON_ZERO".split())
_PLAIN = "array_index_nospec"  # its value counts, that it keeps speculation out doesn't
_HERE = frozenset("__func__ __FUNCTION__ __PRETTY_FUNCTION__ _RET_IP_ _THIS_IP_ __builtin_return_address".split())
_EVERYWHERE = frozenset(
    f"__{word}__" for word in "LINE FILE FILE_NAME BASE_FILE COUNTER DATE TIME TIMESTAMP INCLUDE_LEVEL".split()
)
BY_PLACE = _HERE | _EVERYWHERE  # what means something else in each place
_KNOWN = ANNOTATIONS | KERNEL_TYPES.keys()
_MACHINE = (FIXED.keys() | NUMBERS.keys()) - frozenset(
    "__KERNEL__ __GNUC__ __ASSEMBLY__ __ASSEMBLER__ __cplusplus __CHECKER__ BUILD_VDSO BUILD_VDSO32".split()
)
_LOOPS = ("for", "while", "do")


class Seen(NamedTuple):
    """A word that one of the lists above has: how many loops are around it, and in which function it stands."""

    word: str
    loops: int
    function: str


class Texts:
    """A function's text in one version; `others` are the functions of the file that both versions have.

    Of the words in the function's text only those are looked for in headers that are `wanted`.
    """

    def __init__(
        self, name: str, definitions: Definitions, others: frozenset[str], wanted: Callable[[str], bool]
    ) -> None:
        self.definitions = definitions
        self._others = others
        self._wanted = wanted
        self._within = 0  # so many of these is the text a part of that is looked at
        self._open: set[str] = {name}
        self.seen = [one for i in definitions.function_items(name) for one in self._in(i.span.text, 0, name)]

    def _in(self, text: str, loops: int, function: str, params: tuple[str, ...] = ()) -> Iterator[Seen]:
        """What is seen in `text`, in its order.

        If it is a macro's, arguments stand in the places of `params`: they are seen where it is used (C17 6.10.3.1).
        """
        around: list[bool] = []  # for each bracket that is open, whether it holds the body of a loop
        heads: list[str] = []  # for each parenthesis that is open, the word in front of it
        head = last = ""  # the word whose body comes next; the last token
        for token in TOKEN.finditer(text):
            symbol = token.group()
            if token.lastgroup == "space":
                continue
            if symbol == "(":
                heads.append(last)
            elif symbol == ")":
                head = heads.pop() if heads else ""
            elif symbol == "{":
                around.append(_loops(head))
            elif symbol == "}":
                del around[-1:]
            elif token.lastgroup == "name" and last != "#" and symbol not in params:
                yield from self._word(symbol, loops + sum(around) + _loops(head), function)
            if symbol != ")":
                head = symbol if symbol == "do" else ""
            last = symbol

    def _word(self, word: str, loops: int, function: str) -> Iterator[Seen]:
        if word in BY_PLACE:
            yield Seen(word, loops, function)
            return
        if self._counts_for_nothing(word):
            yield Seen(word, loops, function)
        known = word in _KNOWN or word in idioms().macros or word in PRIMITIVES
        if word in self._open or (known and not self.definitions.defines_own(word)):
            return
        within = self._within or self._wanted(word)
        if within and not self.definitions.knows(word):
            self.definitions.discover(word)
        self._open.add(word)
        self._within += within
        for index in _own(self.definitions, word):
            for macro in index.macros.get(word, ()):
                yield from self._in(macro.body, loops, function, macro.params or ())
        for item in self.definitions.function_items(word) if word not in self._others else ():
            if not is_kernel_header(item.span.source.name):
                yield from self._in(item.span.text, loops, word)
        self._within -= within
        self._open.discard(word)

    def _counts_for_nothing(self, word: str) -> bool:
        macros = idioms().macros.get(word, ())
        known = word == _PLAIN or word in INSTRUMENTS or any(m.body.strip() == "((void)0)" for m in macros)
        return known and word not in _NO_CODE and not self.definitions.defines_own(word)


def _loops(head: str) -> bool:
    """True iff a body behind the word `head`, and what this may stand in front of in parentheses, is that of a loop."""
    return head in _LOOPS or "for_each" in head


def unseen(name: str, likeness: Likeness, both: frozenset[str]) -> Iterator[str]:
    """What a verdict "same" on the function `name` assumes; `both` are the functions of the file in both versions.

    `likeness` is that of definitions that serve nothing else, as more of them is read here than a comparison needs.
    """
    sides = (likeness.old.definitions, likeness.new.definitions)
    wanted = _differing(name, sides)
    old, new = (Texts(name, definitions, both, wanted).seen for definitions in sides)
    lost, found = ([(s.word, s.loops) for s in seen if s.word not in BY_PLACE] for seen in (old, new))
    if lost != found:
        words = {word for word, _ in lost + found}
        for word in sorted(w for w in words if _only(w, lost) != _only(w, found)) or sorted(words):
            yield f"`{word}()` counts for {'its value only' if word == _PLAIN else 'nothing here'}"
    for word in sorted({s.word for s in (*old, *new) if s.word in _EVERYWHERE}):
        yield f"that `{word}` may mean something else in the new version doesn't matter"
    counts = [Counter((s.word, s.function) for s in seen if s.word in _HERE) for seen in (old, new)]
    for word in sorted({word for word, _ in (counts[0] - counts[1]) + (counts[1] - counts[0])}):
        yield f"that `{word}` moved into or out of a function doesn't matter"
    yield from _of_other_machines(name, likeness, both, wanted)


def _differing(name: str, sides: Iterable[Definitions]) -> Callable[[str], bool]:
    """Whether one version of a function's text has a word more often; if the texts are alike, any word may differ."""
    texts = [" ".join(canonical(i.span.text) for i in definitions.function_items(name)) for definitions in sides]
    if texts[0] == texts[1]:
        return lambda word: True
    old, new = (Counter(t.group() for t in TOKEN.finditer(text) if t.lastgroup == "name") for text in texts)
    return {word for word in old | new if old[word] != new[word]}.__contains__


def _only(word: str, seen: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [one for one in seen if one[0] == word]


def _of_other_machines(
    name: str, likeness: Likeness, both: frozenset[str], wanted: Callable[[str], bool]
) -> Iterator[str]:
    """The conditions under which code for other machines differs, of the function and of what is `wanted` in it."""
    sides = (likeness.old, likeness.new)
    found: set[tuple[str, str]] = set()
    own, names, seen = name, [name], {name}
    while names:
        name = names.pop()
        found |= _left_out(likeness.old.definitions, name) ^ _left_out(likeness.new.definitions, name)
        texts = [text for m in sides if _own(m.definitions, name) for text in m.definitions.texts_of(name)]
        words = {word for text in texts for word in words_of(text).names}
        names += sorted(w for w in words - seen - both if (name != own or wanted(w)) and likeness.culprit(w))
        seen |= words
    for condition in sorted({condition for condition, _ in found}):
        yield f"that the machine is x86-64: code under `#if {condition}` isn't compared"


def _own(definitions: Definitions, name: str) -> list[FileIndex]:
    """The files that define `name`, but for the kernel's basic headers, which differ in much that doesn't matter."""
    return [index for index in definitions.files_of(name) if not is_kernel_header(index.source.name)]


def _left_out(definitions: Definitions, name: str) -> set[tuple[str, str]]:
    """The conditions and texts of the definitions of `name`, and parts of them, that x86-64 doesn't compile."""
    found: set[tuple[str, str]] = set()
    for index in _own(definitions, name):
        for table in (index.macros, index.functions, index.tags, index.typedefs, index.globals, index.enumerators):
            for item in table.get(name, ()):
                parts = [(item.condition, item.span.text), *_branches(item.span.text)]
                found |= {(_plain(c), canonical(text)) for c, text in parts if _is_of_another_machine(c)}
    return found


def _branches(text: str) -> Iterator[tuple[str, str]]:
    """The pieces of `text` between its directives, each with the condition of the `#if`s within `text` around it."""
    text = without_comments(text)
    conditions = Conditions()
    start = 0
    for line in PLAIN_DIRECTIVE.finditer(text):
        yield conditions.text, text[start : line.start()]
        start = line.end()
        conditions.line(line.group())
    yield conditions.text, text[start:]


def _is_of_another_machine(condition: str) -> bool:
    return not _MACHINE.isdisjoint(re.findall(r"\w+", condition)) and truth(condition, {}) is False


def _plain(condition: str) -> str:
    """The condition without parentheses that say nothing."""
    condition = re.sub(r"!\(!(defined\(\w+\))\)", r"\1", condition)
    return condition[1:-1] if re.fullmatch(r"\([^()]*\)", condition) else condition
