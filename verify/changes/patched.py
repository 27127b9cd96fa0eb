"""One C file that a patch changes: its functions compared, and what else changed in it or may hang on the change.

A function's change is "inner" if only functions of the file that are compared themselves can call it.  What no
comparison tells is noted in words: with a note, "no functional change" isn't confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from verify.changes.evidence import Change, Evidence
from verify.changes.pair import ASSUMING, SAME, Pair
from verify.changes.uses import Uses, is_named
from verify.claims.likeness import Likeness, words_of
from verify.claims.sides import CALLERS
from verify.pipeline import Options
from verify.source.repository import Delta
from verify.source.text import Span
from verify.source.tree import Files
from verify.syntax.index import FileIndex
from verify.syntax.lexer import canonical, without_comments
from verify.tuples import NamedTuple

_DEFINE = re.compile(r"^[ \t]*#[ \t]*define\b(?:[^\n]*\\\n)*[^\n]*$", re.M)
_DIRECTIVE = re.compile(
    r"^[ \t]*#[ \t]*(?:(?:define|undef)[ \t]+(?P<name>\w+)|include\b|pragma\b)(?:[^\n]*\\\n)*[^\n]*$", re.M
)
_TELLING = re.compile(
    r"\b(?:__)?(?P<name>constructor|destructor|section|alias|noreturn|pure|malloc|returns_nonnull|naked|regparm)(?:__)?\b"
    r"(?:\s*(?P<given>\([^()]*\)))?|(?<=[(,])\s*(?:__)?const(?:__)?\s*(?=[,)])"
)
# What the kernel's words for attributes that tell stand for.
_SECTIONS = {
    "__init": ".init.text", "__exit": ".exit.text", "__meminit": ".meminit.text", "__ref": ".ref.text",
    "__sched": ".sched.text", "__lockfunc": ".spinlock.text", "__cpuidle": ".cpuidle.text", "noinstr": ".noinstr.text",
}  # fmt: skip
_SPELLED_OUT = {"__attribute_const__": "((const))", **{word: f'section("{s}")' for word, s in _SECTIONS.items()}}
_SHORT = re.compile(rf"\b(?:{'|'.join(_SPELLED_OUT)})\b")
_TAKES_EFFECT = re.compile(r"\b(?:__)?(?:constructor|destructor|used|section|alias)(?:__)?\b")


class PatchedFile:
    """One C file before and after."""

    def __init__(
        self,
        old: Files,
        new: Files,
        delta: Delta,
        others: bool,
        includers: Sequence[str],
        options: Options,
        evidence: Evidence,
    ) -> None:
        """`others`: whether other files changed as well; `includers`: the files that include this one."""
        self.path = delta.new or ""
        self.evidence = evidence
        self.options = options
        self.pair = Pair(old, new, delta.old or "", self.path, options.define, options.solver)
        # A pair of its own: what is read on the way would otherwise count as read for the comparison.
        scout = Pair(old, new, delta.old or "", self.path, options.define, options.solver)
        # Functions that both versions have are compared themselves, but where a macro may take their place.
        indexes = self.pair.indexes
        self.likeness = Likeness(*scout.types, frozenset(n for n in scout.functions() if not _has_macro(indexes, n)))
        self.macros = _changed_macros(*indexes)
        # Whether no more than texts of functions changed: those that use one are compared if it isn't the same.
        self.only_texts = not others and not self.macros and indexes[0].functions.keys() == indexes[1].functions.keys()
        self.includers = tuple(dict.fromkeys(includers))
        self.outside = tuple(
            _outside(i.source.text, [s.span for f in i.functions.values() for s in f]) for i in self.pair.indexes
        )

    def compare(self, changes: list[Change], inner: set[tuple[str, str]], notes: list[str]) -> None:
        """The functions whose text or used definitions changed, and those that use what isn't the same."""
        notes += [f"`{self.path}`: {note}" for note in self._beside()]
        names = self.pair.functions()
        queue = [n for n in names if self.pair.text_changed(n) or self._redefined(n)]
        found: dict[str, Change] = {}
        doubted: frozenset[str] = frozenset()
        while queue:
            name = queue.pop(0)
            self.pair.doubt(doubted)
            comparison = self.pair.compare(name, self.options.timeout)
            differs = comparison.verdict not in (SAME, ASSUMING)
            is_inner = differs and (name in doubted or self._is_inner(name))
            found[name] = self.evidence.change(self.pair, comparison, mapped=not is_inner)
            of_callers = [r for r in comparison.reasons if r.startswith(CALLERS)]
            if of_callers and name not in doubted and not self._is_inner(name):
                notes.append(f"`{self.path}`: other files may call `{name}()`, and it is assumed that {of_callers[0]}")
            if (is_inner or of_callers) and name not in doubted:
                doubted |= {name}
                # Its users may have been compared before it, and taken it to do the same.
                queue += [n for n in names if n != name and n not in queue and self._uses(n, name)]
        for change in found.values():
            changes.append(change)
            comparison = change.comparison
            if comparison.function in doubted and comparison.verdict not in (SAME, ASSUMING):
                inner.add((comparison.path, comparison.function))
                why = self._hidden_use(comparison.function)
                notes += [f"`{self.path}`: `{comparison.function}()` isn't the same, and {why}"] if why else []

    def _beside(self) -> Iterator[str]:
        """What changed, or may have, that no comparison of the functions tells."""
        old, new = self.pair.indexes
        code = tuple(_DEFINE.sub("", o) for o in self.outside)
        alike = canonical(code[0]) == canonical(code[1])
        if not alike:
            yield "what stands outside of functions changed"
        else:
            for name in sorted(words_of(without_comments(code[1])).names & self.macros):
                yield f"what stands outside of functions uses `{name}`, which changed"
        yield from self._in_headers()
        if self.includers:
            yield f"`{self.includers[0]}` includes it: of that, only what the patch touches is compared"
        for name in sorted(old.functions.keys() ^ new.functions.keys()):
            here, other, word = (old, code[1], "deleted") if name in old.functions else (new, code[0], "new")
            if not all(_static(i.span.text) for i in here.functions[name]):
                yield f"`{name}()` is {word}, and other files may use it"
            elif name in words_of(without_comments(other)).names:
                yield f"`{name}()` is {word}, though the other version uses its name as well"
        for name in self.pair.functions():
            if self.pair.old.is_weak(name) != self.pair.new.is_weak(name):
                yield f"`{name}()` is weak in one version only"
            attributes = [{a for i in index.functions[name] for a in _attributes(i.span.text)} for index in (old, new)]
            for attribute in sorted(attributes[0] ^ attributes[1]):
                yield f"`{name}()` is `{attribute}` in one version only"
            conditions = [{i.condition for i in index.functions[name]} for index in (old, new)]
            if alike and conditions[0] != conditions[1]:
                yield f"`{name}()` stands under another `#if`"
        yield from self._moved()

    def _in_headers(self) -> Iterator[str]:
        """The macros that changed and that are defined in front of an #include which may ask for them."""
        for files, path, index in zip(self.pair.files, self.pair.paths, self.pair.indexes, strict=True):
            last = max((d.end for d in _directives(index.source.text) if not d.name), default=0)
            for name in sorted(n for n in self.macros if any(m.span.start < last for m in index.macros.get(n, ()))):
                holder = next((p for p in files.holders((path,), name) if p != path), "")
                if holder:
                    yield f"`{holder}`, which it includes, may use `{name}`, which changed"

    def _moved(self) -> Iterator[str]:
        """The functions that stand on the other side of a directive that may matter to them."""
        found = [_directives(index.source.text) for index in self.pair.indexes]
        common = {d.text for d in found[0]} & {d.text for d in found[1]}
        directives = [[d for d in one if d.text in common] for one in found]
        names = self.pair.functions()
        starts = [{n: index.functions[n][0].span.start for n in names} for index in self.pair.indexes]
        orders = [
            [what for _, what in sorted([*((d.end, d.text) for d in one), *((at, n) for n, at in own.items())])]
            for one, own in zip(directives, starts, strict=True)
        ]
        if orders[0] == orders[1]:
            return
        for name in names:
            before = [[d for d in one if d.end <= own[name]] for one, own in zip(directives, starts, strict=True)]
            texts = [{d.text for d in one} for one in before]
            if texts[0] == texts[1]:
                continue
            text = self.pair.indexes[1].functions[name][0].span.text
            reached = self.likeness.new.reach(text, frozenset())[0].names
            for directive in (*before[0], *before[1]):
                if directive.text in texts[0] ^ texts[1] and (not directive.name or directive.name in reached):
                    yield f"`{name}()` stands on the other side of `{directive.text}`"
                    break

    def _redefined(self, name: str) -> bool:
        if self.only_texts and self.outside[0] == self.outside[1]:
            return False
        return bool(self.likeness.culprit(name))

    def _uses(self, user: str, name: str) -> bool:
        texts = [i.span.text for index in self.pair.indexes for i in index.functions[user]]
        return any(re.search(rf"\b{name}\b", text) for text in texts)

    @cached_property
    def _uses_otherwise(self) -> tuple[Uses, Uses]:
        old, new = self.pair.indexes
        return Uses(old, self.likeness.old), Uses(new, self.likeness.new)

    def _hidden_use(self, name: str) -> str:
        """Why more may use a static function than the functions of its file that name it; "" if nothing else does."""
        if not any(self._uses(user, name) for user in self.pair.functions() if user != name):
            return "no function is seen to use it"
        for files, path, uses, index in zip(
            self.pair.files, self.pair.paths, self._uses_otherwise, self.pair.indexes, strict=True
        ):
            for holder in files.holders((path,), name):
                held = files.index(holder)
                texts = [m.body for macros in held.macros.values() for m in macros]
                texts += [i.span.text for items in held.functions.values() for i in items]
                if holder != path and any(re.search(rf"\b{name}\b", without_comments(text)) for text in texts):
                    return f"`{holder}` uses it"
            macro = uses.pasting(name)
            if macro:
                return f"`{macro}` may make its name"
            for user in self.pair.functions():
                if any(uses.in_assembly(name, i.span.text) for i in index.functions[user]):
                    return f"assembly in `{user}()` may use it"
        return ""

    def _is_inner(self, name: str) -> bool:
        """True iff only functions of this file that both versions have can call `name`."""
        if self.includers:
            return False
        for index, outside in zip(self.pair.indexes, self.outside, strict=True):
            if not all(_static(i.span.text) for i in index.functions[name]):
                return False
            macros = "\n".join(_DEFINE.findall(outside))
            code = without_comments(_DEFINE.sub("", outside))
            if name in macros or is_named(name, code):
                return False
            others = [n for n in index.functions if n not in self.pair.functions()]
            if any(re.search(rf"\b{name}\b", i.span.text) for n in others for i in index.functions[n]):
                return False
        return True


class _Directive(NamedTuple):
    """A directive that code behind it may depend on; `name` is the macro that it speaks of, or ""."""

    text: str
    name: str
    end: int


def _directives(text: str) -> list[_Directive]:
    found = _DIRECTIVE.finditer(without_comments(text))
    return [_Directive(" ".join(m.group().split()), m.group("name") or "", m.end()) for m in found]


def _has_macro(indexes: tuple[FileIndex, FileIndex], name: str) -> bool:
    return any(name in index.macros for index in indexes)


def _changed_macros(old: FileIndex, new: FileIndex) -> frozenset[str]:
    """The macros that don't mean the same in both versions of the file, or use one that doesn't."""
    texts = [
        {n: [(m.params, canonical(m.body), m.condition) for m in i.macros[n]] for n in i.macros} for i in (old, new)
    ]
    names = texts[0].keys() | texts[1].keys()
    found = {n for n in names if texts[0].get(n) != texts[1].get(n)}
    uses = {n: {w for i in (old, new) for m in i.macros.get(n, ()) for w in words_of(m.body).names} for n in names}
    size = -1
    while size != len(found):
        size = len(found)
        found |= {n for n in names if not uses[n].isdisjoint(found)}
    return frozenset(found)


def _outside(text: str, spans: list[Span]) -> str:
    """The text without the functions."""
    pieces: list[str] = []
    position = 0
    for span in sorted(spans, key=lambda s: s.start):
        pieces.append(text[position : max(position, span.start)])
        position = max(position, span.end)
    return "\n".join([*pieces, text[position:]])


def _attributes(text: str) -> set[str]:
    """The attributes that a function's definition has and that say more of it than its body, e.g. "noreturn"."""
    head = _SHORT.sub(lambda short: _SPELLED_OUT[short.group()], without_comments(text.partition("{")[0]))
    return {f"{m['name']}{canonical(m['given'] or '')}" if m["name"] else "const" for m in _TELLING.finditer(head)}


def _static(text: str) -> bool:
    """True iff nothing but the code of its file can call the function."""
    head = text.partition("{")[0]
    return re.search(r"\bstatic\b", head) is not None and _TAKES_EFFECT.search(head) is None
