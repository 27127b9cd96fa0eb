"""What two versions define alike: a name means the same in both if its text does, and so does all that it uses.

Records are compared by the members that are used; where a record that is named has changed otherwise, that is told, as
its size and layout have.  What a name means is looked for in the files that each version includes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from verify.claims.pasted import UNKNOWN, Pasted
from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Span
from verify.source.tree import is_kernel_header
from verify.syntax import ast
from verify.syntax.conditions import truth
from verify.syntax.ctypes import KERNEL_TYPES, CType, IntType
from verify.syntax.definitions import Definitions
from verify.syntax.generated import arguments_of
from verify.syntax.index import FileIndex, Item, Macro
from verify.syntax.lexer import KEPT, TOKEN, canonical, names_in, without_comments
from verify.syntax.lookup import idioms, taken_as_known
from verify.syntax.members import Member, in_front, members_in, overlapping
from verify.syntax.prepare import ANNOTATIONS
from verify.syntax.types import Types
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.claims.quiet import Quiet

KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while _Bool "
    "__inline __always_inline noinline __attribute__ typeof __typeof__ asm __asm__ true false NULL defined "
    "define undef ifdef ifndef elif endif include".split()
)
_OPERATORS = frozenset("_Alignof alignof __alignof __alignof__ _Generic __typeof offsetof".split())
# A name in front of `,` or `)`, behind a word that ends a type.
_PARAMETER_NAME = pattern(
    r"(?<=[\w*] )(?<!\bstruct )(?<!\bunion )(?<!\benum )(?<!\bconst )(?<!\bvolatile )([A-Za-z_]\w*) (?=[,)])"
)
_TYPE_ENDS = frozenset(
    "char short int long signed unsigned float double _Bool bool void const volatile restrict".split()
)
_INCLUDED = pattern(r"""^[ \t]*#[ \t]*include[ \t]*([<"][^>"\n]+)""", re.M)
_ALIASED = pattern(r"""\balias\w* \( "(\w+)" \)""")
_POINTED_AT = r"(?: const| __\w+)* \*"
_RECORD = pattern(rf"\b(struct|union) (\w+)\b(?!{_POINTED_AT})")
_NAME = pattern(r"[A-Za-z_]\w*")
_MEASURE = r"\b(?:sizeof|(?:__builtin_)?offsetof)\b"
_MEASURED = pattern(_MEASURE)
# Code that sees a record's bytes: assembly, a pointer that becomes one to numbers.
_SEES_BYTES = pattern(
    r"\b(?:asm|__asm__|__asm)\b|"
    r"\(\s*(?:const\s+)?(?:unsigned|char|short|int|long|_*[us](?:8|16|32|64))\s*[\w\s]*\*\s*\)"
)
# Where a record's size or the order of its members counts: what is measured, another name for it, values in order.
_OPERAND = pattern(rf"{_MEASURE} (?:[(*&] )*(?:(struct|union) (\w+)\b(?!{_POINTED_AT})|(\w+))")
_RENAMED = pattern(r"\btypedef (?:const )?(struct|union) (\w+) (?![*{])")
_IN_ORDER = r"\{ (?![.}[]|0 \})"
_LISTED = pattern(
    rf"\b(struct|union) (\w+) (?:\[ \] )?(?:\)|(?:\w+ )+(?:\[ [^\]]*\] )*=) (?={_IN_ORDER}|\{{ [^;]*?{_IN_ORDER})"
)
_ENUM = "enum "
_RECORDS = ("struct ", "union ")


class Words(NamedTuple):
    """The identifiers of a text: names of things, as in "enum e", members behind `.` or `->`, and "struct s"."""

    names: frozenset[str]
    members: frozenset[str]
    records: frozenset[str]


class Meaning(NamedTuple):
    """What a name stands for in one version: its definitions' texts, and the words that these use."""

    texts: tuple[str, ...]
    words: Words


_NO_WORDS = Words(frozenset(), frozenset(), frozenset())
_NOTHING = Meaning((), _NO_WORDS)


@lru_cache(maxsize=KEPT)
def words_of(text: str) -> Words:
    """The identifiers in `text` but for keywords."""
    names: set[str] = set()
    members: set[str] = set()
    records: set[str] = set()
    previous = ""
    for token in TOKEN.finditer(text):
        if token.lastgroup == "space":
            continue
        word = token.group()
        if token.lastgroup == "name" and word not in KEYWORDS:
            if previous in (".", "->"):
                members.add(word)
            elif previous in ("struct", "union"):
                records.add(f"{previous} {word}")
            else:
                names.add(f"{_ENUM}{word}" if previous == "enum" else word)
        previous = word
    return Words(frozenset(names), frozenset(members), frozenset(records))


def _places(text: str) -> dict[str, list[int]]:
    """Where each name in `text` stands that isn't a member's or a tag."""
    found: dict[str, list[int]] = {}
    previous = ""
    for token in TOKEN.finditer(text):
        if token.lastgroup == "name" and previous not in (".", "->", "struct", "union", "enum"):
            found.setdefault(token.group(), []).append(token.start())
        previous = token.group() if token.lastgroup != "space" else previous
    return found


def lasting_names(function: ast.Function) -> set[str]:
    """The names of a function's parameters and of the variables that live until its end.

    Those that are also used in front of their declaration, where they mean something else (C17 6.2.1p7), are left out.
    """
    declared = [(p.name, p.span.end) for p in function.params if p.name]
    for item in function.body.items:
        if isinstance(item, ast.Declaration):
            named = (d for d in item.declarators if d.name)
            declared += [(d.name, d.span.end if d.init is None else d.init.span.start) for d in named]
    return _unused_before(function.span, declared)


def _unused_before(span: Span, declared: list[tuple[str, int]]) -> set[str]:
    """Those names that `span` has but once in front of the end of their declarators."""
    places = _places(span.text)
    return {name for name, end in declared if sum(at + span.start < end for at in places.get(name, ())) <= 1}


class Meanings:
    """The meanings of names in one version; what the kernel's headers make of `primitives` is left out of it."""

    def __init__(self, types: Types, primitives: frozenset[str] = frozenset()) -> None:
        self.types = types
        self.primitives = primitives
        self.definitions: Definitions = types.definitions
        self.pasted = Pasted(types.definitions, primitives)
        self._known: dict[str, Meaning] = {UNKNOWN: Meaning((str(id(self)),), _NO_WORDS)}  # in no other version
        self._makers: list[tuple[frozenset[str], list[str]]] | None = None  # words that macros make, and the texts
        self._own = tuple(self.definitions.files)  # what a spec lists, before anything is looked for

    def of(self, name: str) -> Meaning:
        """The meaning of `name`; nothing if it isn't defined in what can be read."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._look_up(name)
        return found

    def _look_up(self, name: str) -> Meaning:
        definitions = self.definitions
        if name in ANNOTATIONS and not any(name in f.macros for f in definitions.files_of(name)):
            return _NOTHING
        if name in self.primitives:
            definitions.read_own(name, whatever=True)
        if name in KERNEL_TYPES or name in idioms().macros or name in self.primitives:
            files = [f for f in definitions.files_of(name) if not is_kernel_header(f.source.name)]
            return _meaning(_texts(definitions, files, name), frozenset((name,)))
        if name.startswith(_ENUM):
            return self._enum(name)
        if name.startswith("CONFIG_"):
            set_by = [f for f in definitions.files_of(name) if not is_kernel_header(f.source.name)]
            undone = [f"#undef {e.condition}" for f in definitions.files for e in f.undefined.get(name, ())]
            return Meaning((*_texts(definitions, set_by, name), *undone), _NO_WORDS)
        known = any(name in f.typedefs for f in definitions.files_of(name))
        if not known and not definitions.finds(name):
            loose = [t for f in self._own for t in _loose_texts(f).get(name, ())]
            return _meaning([*loose, *self._made_by_macros(name)], frozenset((name,)))
        definitions.generate(name)
        definitions.read_beside(name)
        if any(name in f.enumerators for f in definitions.files_of(name)) and not definitions.function_items(name):
            try:
                value = self.types.enumerator(name)
            except UnsupportedC:
                value = None
            if value is not None:
                return Meaning((f"= {value}",), _NO_WORDS)
        texts = _texts(definitions, definitions.files_of(name), name)
        if not definitions.function_items(name):
            texts += [t for f in self._own for t in _loose_texts(f).get(name, ())]  # a macro may define it
        if len(texts) > 1:
            texts += self._conditions_of_includes(name)
            texts += [_order(f, name) for f in definitions.files_of(name) if name in f.macros]
        texts += self._included_before(name)
        return _meaning(texts, frozenset((name, *self._own_names(name))))

    def _conditions_of_includes(self, name: str) -> list[str]:
        """The conditions under which own files include those that define `name`."""
        names = [f.source.name for f in self.definitions.files_of(name)]
        found = [(c, path) for f in self._own for c, path in _conditional_includes(f)]
        return [f"#if {condition}" for condition, path in found if any(n.endswith(f"/{path}") for n in names)]

    def _included_before(self, name: str) -> list[str]:
        """What own files include in front of their macros that the `#if`s around definitions of `name` ask for."""
        tested = {word for condition in self.definitions.conditions_of(name) for word in names_in(condition)}
        return [
            f"#define {macro.name} behind {' '.join(_INCLUDED.findall(file.source.text, 0, macro.span.start))}"
            for word in sorted(tested)
            for file in self._own
            for macro in file.macros.get(word, ())
        ]

    def _enum(self, key: str) -> Meaning:
        """What matters of "enum tag": its type.  Its constants have names of their own."""
        definitions = self.definitions
        try:
            definitions.discover(key)
            declared = definitions.declaration("tags", key) or ()
            types = {self.types.resolve(d.type, "") for d in declared if isinstance(d.type, ast.TagType)}
        except UnsupportedC:
            types = set[CType]()
        if len(types) == 1 and isinstance(type_ := types.pop(), IntType) and type_.signed is not None:
            return Meaning((str(type_),), _NO_WORDS)
        items = [i for f in definitions.files_of(key) for i in f.tags.get(key, ())]
        return _meaning([_described(definitions, i) for i in items], frozenset())

    def _made_by_macros(self, name: str) -> list[str]:
        """The uses of macros at file scope, with the macros' texts, that may define `name` without saying it."""
        if self._makers is None:
            uses: dict[str, list[str]] = {}
            for piece in dict.fromkeys(p for f in self._own for pieces in _loose_texts(f).values() for p in pieces):
                for head in _USE.findall(piece):
                    uses.setdefault(head, []).append(piece)
            made = ((pieces, *self._made_by(head)) for head, pieces in uses.items())
            self._makers = [(words, [*pieces, *bodies]) for pieces, words, bodies in made]
        return [text for words, texts in self._makers if name in words for text in texts]

    def _made_by(self, head: str) -> tuple[frozenset[str], list[str]]:
        """The words that the macro `head` stands for, those that its use says aside, and its macros' texts."""
        definitions = self.definitions
        if not definitions.knows(head):
            definitions.discover(head)
        bodies: list[str] = []
        seen = {head}
        queue = [head]
        while queue:
            for macro in definitions.macros(queue.pop()):
                bodies.append(macro.body)
                inner = words_of(macro.body).names - seen - frozenset(macro.params or ())
                seen |= inner
                queue.extend(sorted(inner))
        return frozenset(seen - {head}), bodies

    def _own_names(self, name: str) -> set[str]:
        """The names that a function or a macro declares for itself, wherever it uses them."""
        macros = self.definitions.macros(name)
        if macros:
            return {p.removesuffix("...") for p in macros[0].params or () if all(p in (m.params or ()) for m in macros)}
        try:
            function = self.definitions.function(name)
            if function is not None:
                files_of = self.definitions.files_of
                return {n for n in lasting_names(function) if not any(n in f.macros for f in files_of(n))}
            declared = self.definitions.declaration("globals", name) or ()
        except UnsupportedC:
            return set()
        types = [d.type for d in declared if d.name == name]
        found = set[str]()
        for type_ in types:
            if isinstance(type_, ast.FunctionType):
                span = Span(type_.returns.span.source, type_.returns.span.start, type_.span.end)
                found |= _unused_before(span, [(p.name, p.span.end) for p in type_.params if p.name])
        return found

    def words(self, text: str) -> Words:
        """The identifiers in `text`, and the names that macros' uses in it make."""
        own = words_of(text)
        made = self.pasted.names(canonical(text)) - KEYWORDS
        return own._replace(names=own.names | made) if made else own

    def reach(self, text: str, declared: frozenset[str]) -> tuple[Words, str]:
        """All words that `text` uses through macros, and the macros' texts; `declared` are variables, not macros."""
        own = self.words(text)
        names, members, records = set(own.names), set(own.members), set(own.records)
        bodies: list[str] = []
        queue = sorted(names - declared)
        while queue:
            name = queue.pop()
            macros = idioms().macros.get(name) or self.definitions.macros(name)
            if not macros and not self.definitions.knows(name) and self.definitions.discover_macro(name):
                macros = self.definitions.macros(name)
            for macro in macros:
                bodies.append(macro.body)
                inner = self.words(macro.body)
                members |= inner.members
                records |= inner.records
                used = inner.names - {p.removesuffix("...") for p in macro.params or ()}
                queue.extend(sorted(used - names))
                names |= used
        return Words(frozenset(names), frozenset(members), frozenset(records)), "\n".join(bodies)

    def record(self, key: str) -> tuple[str, ...]:
        """The texts of the record `key`, e.g. "struct s"."""
        definitions = self.definitions
        if not any(key in f.tags for f in definitions.files_of(key)):
            definitions.discover(key)
        return tuple(_described(definitions, i) for f in definitions.files_of(key) for i in f.tags.get(key, ()))


class Likeness:
    """Which names mean the same in both versions.  What the names `apart` mean is left out of it.

    `proved(name)`: whether a function is known to do the same although its text, or that of what it uses, differs.
    """

    def __init__(
        self,
        old: Types | Meanings,
        new: Types | Meanings,
        apart: frozenset[str] = frozenset(),
        proved: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self.old, self.new = (m if isinstance(m, Meanings) else Meanings(m) for m in (old, new))
        self.apart = apart
        self._one_text = self.old.definitions.reads_as(self.new.definitions)  # whatever each of them has read of it
        self._proved = proved
        self._alike: set[str] = set()
        self._changed_records: dict[str, tuple[str, ...]] = {}
        self._culprits: dict[str, str] = {}  # a name that isn't alike, and what differs
        self._records: dict[str, bool] = {}
        self._looked_at: set[str] = set()  # names that are alike, and whether they measure what has changed is known
        self._measuring: dict[str, str] = {}  # those that do, and the record
        self._quiet: dict[frozenset[str], tuple[Quiet, Quiet]] = {}
        self._takers: dict[str, frozenset[tuple[int, str, str]]] = {}  # the macros' parameters that become members
        self._is_quiet: dict[tuple[str, frozenset[str], bool], bool] = {}

    def is_quiet(self, name: str, silent: frozenset[str], is_old: bool) -> bool:
        """True iff the code of the function `name` in one version shows that it changes nothing,
        and so does that of the other one, if that knows the name.
        """
        if silent not in self._quiet:
            from verify.claims.quiet import Quiet

            self._quiet[silent] = Quiet(self.old.definitions, silent), Quiet(self.new.definitions, silent)
        known = self._is_quiet.get((name, silent, is_old))
        if known is None:  # stays what it is, although more may be read later: a run must see one answer
            own, other = self._quiet[silent] if is_old else self._quiet[silent][::-1]
            known = own.is_quiet(name) and (other.is_quiet(name) or not other.definitions.finds(name))
            self._is_quiet[name, silent, is_old] = known
        return known

    def culprit(self, name: str) -> str:
        """ "" if `name` means the same in both versions, else what differs: itself, or something that it uses."""
        if name not in self._alike and name not in self._culprits:
            found = self._search({name}, _NO_WORDS, self._alike)
            if isinstance(found, str) and found != name and self._proved(name):
                self._alike.add(name)
            elif isinstance(found, str):
                self._culprits[name] = found
        return self._culprits.get(name, "")

    def changed_records(self, name: str) -> tuple[str, ...]:
        """The records that a name that is alike uses and that have changed: their size or layout may matter to it."""
        if self.culprit(name):
            return ()
        if name not in self._changed_records:
            found = self._search({name}, _NO_WORDS, set())
            named = frozenset[str]() if isinstance(found, str) else found.records  # it is proved to be the same
            records = tuple(sorted(r for r in named if self.record_changed(r)))
            self._changed_records[name] = () if records and self._proved(name) else records
        return self._changed_records[name]

    def text_culprit(self, text: str, declared: frozenset[str]) -> str:
        """What `culprit` says, for a piece of code that stands in both versions; `declared` are its variables."""
        words = self.old.words(text)
        found = self._search(set(words.names - declared), words, self._alike, text)
        return found if isinstance(found, str) else ""

    def undefined(self, text: str, declared: frozenset[str], unknown: str = "") -> str:
        """What a piece of code uses, maybe through macros, and no version defines: a word in capitals, a function, a
        member, or the name `unknown` that it couldn't be executed for; "" if there is none.
        """
        words, bodies = self.new.reach(text, declared)
        called = frozenset(_USE.findall(canonical(f"{text}\n{bodies}"))) - declared - KEYWORDS - _OPERATORS
        for name in sorted(words.names - declared):
            known = name.startswith(("CONFIG_", "__builtin_")) or taken_as_known(name)
            if not known and (name[0].isupper() or name in called or name == unknown):
                if not any(m.of(name).texts or name in m.primitives for m in (self.old, self.new)):
                    return name
        for member in sorted(words.members):
            if not any(_declarations(m.definitions, member) for m in (self.old, self.new)):
                return f".{member}"
        return ""

    def text_records(self, text: str, declared: frozenset[str]) -> tuple[str, ...]:
        """What `changed_records` says, for a piece of code that is alike; or what isn't (proofs may take too long)."""
        words = self.old.words(text)
        found = self._search(set(words.names - declared), words, set(), text)
        return (found,) if isinstance(found, str) else tuple(sorted(r for r in found.records if self.record_changed(r)))

    def measured_record(self, text: str) -> str:
        """A record that has changed and that the text of a function, alike in both versions, uses as a whole: its
        size or layout counts there, or in what the function uses; "" if there is none that is found.
        """
        if _MEASURED.search(text) or _SEES_BYTES.search(text):
            return next(iter(self.text_records(text, frozenset())), "")
        whole = (f"{kind} {tag}" for kind, tag in _RECORD.findall(canonical(text)))
        return next(filter(self.record_changed, dict.fromkeys(whole)), "") or self._measured_behind(text)

    def _measured_behind(self, text: str) -> str:
        """The same of what `text` uses, which is known to be alike."""
        for name in sorted(self._alike - self._looked_at):
            self._looked_at.add(name)
            records = (key for piece in self.old.of(name).texts for key in _measured_in(piece))
            changed = next(filter(self.record_changed, records), "")
            if changed:
                self._measuring[name] = changed
        if not self._measuring:
            return ""
        words = self.old.words(text)
        found = self._search(set(words.names), words, set(), text)
        reached = found.names if isinstance(found, Words) else frozenset[str]()
        return next((self._measuring[name] for name in sorted(reached & self._measuring.keys())), "")

    def _search(self, start: set[str], own: Words, known: set[str], text: str = "") -> str | Words:
        """What differs; if nothing does, all that is named behind `start` and `own`, but for names `known` to be alike.

        `text` is that of `own`.
        """
        if self._one_text:
            return _NO_WORDS
        own = own._replace(members=own.members | self._passed_members(canonical(text)))
        seen, seen_members = set(start), set(own.members)
        queue = sorted(start)
        members, records = sorted(own.members), set(own.records)
        read: set[str] = set()  # records whose definitions were looked for: a member may be one of theirs
        while queue or members or records - read:
            if not queue and records - read:
                if self._read_records(sorted(records - read)):
                    members = sorted(seen_members)
                read |= records
                continue
            if queue:
                name = queue.pop()
                if name in known or name in self.apart - start:
                    continue
                if name in self._culprits:
                    return self._culprits[name]
                one, other = self.old.of(name), self.new.of(name)
                if one.texts != other.texts:
                    if self._proved(name):
                        continue
                    self._culprits[name] = name
                    return name
                texts = "\n".join(one.texts)
                made = self.old.pasted.names(texts) - KEYWORDS
                members_made = one.words.members | self._passed_members(texts)
                words = one.words._replace(names=one.words.names | made, members=members_made)
            else:
                differs = self._member_words(members.pop())
                if isinstance(differs, str):
                    return differs
                words = differs
            records |= words.records
            queue += sorted(words.names - seen)
            members += sorted(words.members - seen_members)
            seen |= words.names
            seen_members |= words.members
        self._alike |= seen  # each of them reaches only what was reached here
        return Words(frozenset(seen), frozenset(seen_members), frozenset(records))

    def _passed_members(self, text: str) -> frozenset[str]:
        """The members that macros' uses in a canonical text make of their arguments, as `GET(p, m)` may."""
        found: set[str] = set()
        for use in _USE.finditer(text):
            places = self._member_places(use.group(1)) if use.group(1) not in KEYWORDS else ()
            if places:
                arguments, _ = arguments_of(text, use.end())
                words = [_NAME.findall(argument) for argument in arguments]
                found.update(f"{a}{w}{z}" for place, a, z in places for w in dict(enumerate(words)).get(place, ()))
        return frozenset(found) - KEYWORDS

    def _member_places(self, name: str) -> frozenset[tuple[int, str, str]]:
        """At which places a macro takes what it makes a member of, itself or by others; what it pastes around it."""
        known = self._takers.get(name)
        if known is None:
            self._takers[name] = frozenset()  # no macro is expanded within itself
            found: set[tuple[int, str, str]] = set()
            for meanings in (self.old, self.new):
                own = (macro for _, macro in meanings.definitions.all_macros(name))
                for macro in (*idioms().macros.get(name, ()), *own):
                    body = canonical(macro.body)
                    taken = words_of(body).members | self._passed_members(body)
                    params = [p.removesuffix("...").strip() or "__VA_ARGS__" for p in macro.params or ()]
                    found.update((i, "", "") for i, param in enumerate(params) if param in taken)
                    for parts in (pasted.split(" ## ") for pasted in _PASTED.findall(body)):
                        for place in (parts.index(param) for param in params if param in parts):
                            param = params.index(parts[place])
                            found.add((param, "".join(parts[:place]), "".join(parts[place + 1 :])))
            known = self._takers[name] = frozenset(found)
        return known

    def _read_records(self, keys: list[str]) -> bool:
        """Looks for the records `keys`; True iff a version has read more for that."""
        before = [len(m.definitions.files) for m in (self.old, self.new)]
        for key in keys:
            for meanings in (self.old, self.new):
                meanings.definitions.discover(key)
        return [len(m.definitions.files) for m in (self.old, self.new)] != before

    def member_culprit(self, name: str) -> str:
        """The member called `name` that a record declares otherwise in the other version; "" if none does."""
        found = self._member_words(name)
        return found if isinstance(found, str) else ""

    def _member_words(self, name: str) -> str | Words:
        """The words in the declarations of members called `name`; a text if a record declares it otherwise."""
        one, other = (_declarations(m.definitions, name) for m in (self.old, self.new))
        declarations: list[str] = []
        files = [f for m in (self.old, self.new) for f in m.definitions.files]
        in_unions = {o.record for f in files for o in members_of(f).named.get(name, ()) if o.is_in_union()}
        for tag in sorted(one.keys() & other.keys()):
            if one[tag] != other[tag]:
                return f"the member {name} of {tag}"
            before = self._in_front(tag, name) if tag in in_unions else []
            if before is None or (tag in in_unions and self._overlaps_otherwise(tag, name)):
                return f"what overlaps the member {name} of {tag}"
            sized = [*before, *([one[tag]] if _MEASURED.search(one[tag]) else [])]
            whole = (f"{kind} {key}" for kind, key in _RECORD.findall(" ".join(sized)))
            changed = next(filter(self.record_changed, whole), "")
            if changed:
                return changed
            declarations += [one[tag], *before]
        words = words_of("\n".join(declarations))
        if not one and not other:
            makers = (_declaring(m.definitions, name) for m in (self.old, self.new))
            words = words._replace(names=frozenset[str]().union(*makers))
        is_macro = any(m.definitions.macros(name) for m in (self.old, self.new))
        return words._replace(names=words.names | {name} if is_macro else words.names - {name})

    def _in_front(self, record: str, name: str) -> list[str] | None:
        """The declarations that tell which bytes of unions members of a record have that are called `name`; None if
        these aren't the same in both versions.
        """
        one, other = (
            dict(pair for f in m.definitions.files for pair in in_front(members_of(f).of.get(record, []), name))
            for m in (self.old, self.new)
        )
        both = one.keys() & other.keys()
        return None if any(one[path] != other[path] for path in both) else [one[path] for path in sorted(both)]

    def _overlaps_otherwise(self, record: str, name: str) -> bool:
        """True iff other bytes of a record are a part of its members called `name`, of members of both versions."""
        sides = [[members_of(f).of.get(record, []) for f in m.definitions.files] for m in (self.old, self.new)]
        one, other = (set[tuple[str, str]]().union(*(overlapping(members, name) for members in side)) for side in sides)
        if one == other:
            return False
        old, new = ({member.path for members in side for member in members} for side in sides)
        return any(old >= set(pair) and new >= set(pair) for pair in one ^ other)

    def record_changed(self, key: str) -> bool:
        """True iff the text of the record `key`, or that of one within it, isn't the same in both versions."""
        if self._one_text:
            return False
        known = self._records.get(key)
        if known is None:
            self._records[key] = False  # a record may hold pointers to itself
            one, other = self.old.record(key), self.new.record(key)
            inner = {f"{kind} {tag}" for text in one for kind, tag in _RECORD.findall(text)} - {key}
            known = self._records[key] = one != other or any(map(self.record_changed, sorted(inner)))
        return known


def _measured_in(text: str) -> Iterator[str]:
    """The records whose size, or the order of whose members, counts in a canonical text, as far as it says so."""
    found = [*_RENAMED.findall(text), *_LISTED.findall(text)]
    for kind, tag, name in _OPERAND.findall(text):
        found += [(kind, tag)] if tag else re.findall(rf"\b(struct|union) (\w+) (?:\* )*{name}\b", text)
    yield from dict.fromkeys(f"{kind} {tag}" for kind, tag in found)


def _meaning(texts: list[str], own: frozenset[str]) -> Meaning:
    whole = "\n".join(texts)
    words = words_of(whole)
    names = words.names.union(_ALIASED.findall(whole)) if "alias" in whole else words.names
    return Meaning(tuple(texts), words._replace(names=names - own))


def _texts(definitions: Definitions, files: Sequence[FileIndex], name: str) -> list[str]:
    """All definitions of `name`, whatever they define, with their conditions, in order."""
    found: list[str] = []
    is_macro = any(name in index.macros for index in files)
    for index in files:
        for table in (index.macros, index.functions, index.enumerators, index.globals, index.typedefs):
            found += [_described(definitions, i, is_macro) for i in table.get(name, ()) if not _is_use(i)]
    return list(dict.fromkeys(found))


def _is_use(item: Macro | Item) -> bool:
    """True iff the text only looks like a declaration of the item's name: it uses a macro of that name."""
    return isinstance(item, Item) and item.kind == "prototype" and item.name in idioms().macros


def _described(definitions: Definitions, item: Macro | Item, as_it_stands: bool = True) -> str:
    """A definition's text with its condition, and what it includes in its midst.

    What a prototype calls its parameters is left out, if that may be.
    """
    if isinstance(item, Macro):
        return f"#if {item.condition} #define {item.params} {canonical(_final_text(definitions, item))}"
    text = canonical(item.span.text)
    included = canonical(definitions.included_in(item))
    return f"#if {item.condition} {text if as_it_stands else _nameless(text)}{included}"


def _final_text(definitions: Definitions, macro: Macro) -> str:
    """The text of `macro`; if that is but another macro's name, the text of that one (C17 6.10.3.4)."""
    seen = {macro.name}
    while _NAME.fullmatch(name := macro.body.strip()) and name not in {*seen, *(macro.params or ())}:
        seen.add(name)
        known = idioms().macros.get(name) or definitions.macros(name)
        if not known and definitions.discover_macro(name):
            known = definitions.macros(name)
        ended = any(name in f.undefined for f in definitions.files)
        if len(known) != 1 or known[0].params is not None or ended or not truth(known[0].condition, definitions.config):
            break
        if not definitions.is_defined_with(known[0], macro):
            break  # in between, the name may be a function's or a variable's
        macro = known[0]
    return macro.body


def _nameless(text: str) -> str:
    """A prototype, its tokens separated by single spaces, without `extern` and its parameters' names."""
    if not _PROTOTYPE.match(text.removesuffix(" ;")):
        return text
    head, opening, rest = text.removeprefix("extern ").partition("( ")
    return head + opening + _PARAMETER_NAME.sub(lambda m: "" if m.group(1) not in _TYPE_ENDS else m.group(), rest)


def _declarations(definitions: Definitions, member: str) -> dict[str, str]:
    """How each record that has such a member declares it."""
    found: dict[str, str] = {}
    for index in definitions.files:
        members = members_of(index).named.get(member, ())
        for one in members:
            alternatives = [o for o in members if (o.record, o.path) == (one.record, one.path)]
            differ = any(o.text != one.text or o.is_in_union() for o in alternatives)
            condition = f"#if {one.condition} " if differ and len({o.condition for o in alternatives}) > 1 else ""
            found[one.record] = f"{found.get(one.record, '')};{condition}{one.text}"
        for tag, item in _including(index):
            text = definitions.included_in(item)
            if member in names_in(text):
                found[tag] = f"{found.get(tag, '')};{canonical(text)}"
    return found


def _declaring(definitions: Definitions, member: str) -> Iterator[str]:
    """The macros that stand for members of the records that were read, this one among them."""
    for name in sorted(frozenset[str]().union(*map(_bare_members, definitions.files))):
        if any(member in names_in(macro.body) for _, macro in definitions.all_macros(name)):
            yield name


# What defines nothing by a macro's use: directives and strings.
# What declares one function: a type stands in front of its name, which isn't in capitals.
_PROTOTYPE = pattern(
    r"(?:(?:static|extern|inline|__always_inline|const) )*"
    r"(?:(?:struct|union|enum) \w+|unsigned \w+|(?!(?:static|extern|inline|const) )[a-z]\w*) (?:\* )*"
    r"([a-z_][a-z0-9_]*) \((?!.*[A-Z]\w* \().*\)$"
)
_USE = pattern(r"([A-Za-z_]\w*) \(")
_PASTED = pattern(r"(?:\w+ ## )+\w+")
_OTHERWISE = pattern(r"""^[ \t]*#[^\n]*|"(?:\\.|[^"\\\n])*\"""", re.M)
_indexed: dict[int, tuple[FileIndex, Members]] = {}
_bare: dict[int, tuple[FileIndex, frozenset[str]]] = {}
_with_includes: dict[int, tuple[FileIndex, list[tuple[str, Item]]]] = {}
_CONDITIONS = pattern(r"^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif|include)\b([^\n]*)", re.M)
_under_conditions: dict[int, tuple[FileIndex, list[tuple[str, str]]]] = {}
_loose: dict[int, tuple[FileIndex, dict[str, list[str]]]] = {}


class Members(NamedTuple):
    """The members of a file's records: for each member's name, and for each record."""

    named: dict[str, list[Member]]
    of: dict[str, list[Member]]


def members_of(index: FileIndex) -> Members:
    """The members of the records of a file, by their tags, or by a typedef's name if they have none."""
    known = _indexed.get(id(index))
    if known is None:
        found = Members({}, {})
        tagged = {item.span.start for items in index.tags.values() for item in items}
        for record, items in (*index.tags.items(), *index.typedefs.items()):
            without_tag = (i for i in items if i.span.start not in tagged and "{" in i.span.text)
            for item in items if record.startswith(_RECORDS) else without_tag:
                own = members_in(record, item.span.text, item.condition, item.span.start)
                found.of.setdefault(record, []).extend(own)
                for member in own:
                    if member.name not in KEYWORDS:
                        found.named.setdefault(member.name, []).append(member)
        known = _indexed[id(index)] = (index, found)
    return known[1]


def _bare_members(index: FileIndex) -> frozenset[str]:
    """The members of a file's records that are no more than a name, so that a macro has to stand for the rest."""
    known = _bare.get(id(index))
    if known is None:
        found = (name for name, members in members_of(index).named.items() if any(m.text == name for m in members))
        known = _bare[id(index)] = (index, frozenset(found))
    return known[1]


def _including(index: FileIndex) -> list[tuple[str, Item]]:
    """The records of a file with an #include in their midst."""
    known = _with_includes.get(id(index))
    if known is None:
        items = [(key, item) for key, items in index.tags.items() for item in items]
        known = _with_includes[id(index)] = (index, [(k, i) for k, i in items if "include" in i.span.text])
    return known[1]


def _order(index: FileIndex, name: str) -> str:
    """Where in a file a macro begins and ends, between the other definitions that name it."""
    macros = [(m.span.start, f"#define {canonical(m.body)}") for m in index.macros[name]]
    ends = [(e.start, "#undef") for e in index.undefined.get(name, ())]
    if len(macros) + len(ends) < 2:
        return ""
    tables = (index.functions, index.globals, index.typedefs, index.enumerators, index.tags)
    items = {(i.span.start, key): i for table in tables for key, found in table.items() for i in found}
    uses = [
        (at, key) for (at, key), item in items.items() if name in item.span.text and name in names_in(item.span.text)
    ]
    return " ".join(what for _, what in sorted(macros + ends + uses))


def _conditional_includes(index: FileIndex) -> list[tuple[str, str]]:
    """What a file includes within `#if`s, with all that these say."""
    known = _under_conditions.get(id(index))
    if known is None:
        found: list[tuple[str, str]] = []
        open_: list[str] = []
        for line in _CONDITIONS.finditer(index.source.text):
            word, rest = line.group(1), canonical(line.group(2))
            if word.startswith("if"):
                open_.append(f"{word} {rest}")
            elif word == "endif":
                del open_[-1:]
            elif word == "include":
                found += [(" ".join(open_), rest.strip('<>" ').replace(" ", ""))] if open_ else []
            elif open_:
                open_[-1] += f" {word} {rest}"
        known = _under_conditions[id(index)] = (index, found)
    return known[1]


def _loose_texts(index: FileIndex) -> dict[str, list[str]]:
    """For each word outside of functions, the pieces of text that hold it: uses of macros that define things."""
    known = _loose.get(id(index))
    if known is None:
        text = _OTHERWISE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), without_comments(index.source.text))
        inside = [i.span for items in index.functions.values() for i in items]
        pieces: list[str] = []
        position = 0
        for span in sorted(inside, key=lambda s: s.start):
            pieces += text[position : max(position, span.start)].split(";")
            position = max(position, span.end)
        pieces += text[position:].split(";")
        found: dict[str, list[str]] = {}
        for piece in pieces:
            before = piece.partition("=")[0]
            whole = canonical(piece if "(" in before else before)
            declared = _PROTOTYPE.match(whole)
            plain = declared is not None and declared.group(1) not in index.macros
            for word in {declared.group(1)} if declared is not None and plain else set(_NAME.findall(whole)):
                found.setdefault(word, []).append(_nameless(whole) if plain else whole)
        known = _loose[id(index)] = (index, found)
    return known[1]
