"""Type syntax to C types, records' members and their layout, and constant expressions.

Layout follows the System V x86-64 ABI (psABI 3.1.2).  An offset or a size that depends on a configuration, on a packed
or aligned attribute or on a type that wasn't found is None: the caller makes it an opaque constant or refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from itertools import pairwise

from verify.errors import UnsupportedC
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.conditions import truth
from verify.syntax.convert import convert_members, convert_type
from verify.syntax.ctypes import (
    BOOL,
    BUILTIN_TYPES,
    INT,
    LONG,
    NAMELESS,
    POINTER_WIDTH,
    UINT,
    ULONG,
    VOID,
    ArrayOf,
    CType,
    FunctionOf,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    literal_type,
    promote,
    usual_conversion,
)
from verify.syntax.definitions import Definitions
from verify.syntax.lexer import canonical, commas_of, names_in, without_comments
from verify.syntax.prepare import ANNOTATION_CALLS, ANNOTATIONS, LAYOUT_WORDS
from verify.tuples import NamedTuple

TypeOf = Callable[[ast.Expr], CType]
_PACKING = pattern(r"^[ \t]*#[ \t]*pragma\s+(?:pack|scalar_storage_order)|\b_Pragma\b", re.M)
_MACRO_MEMBER = pattern(r"([A-Za-z_]\w*)\s*\(")
_QUALIFIER = pattern(r"\b(?:const|volatile|__const|__volatile__)\b")
_OF_ONE_NAME = (16, 32)  # widths of integers that one signed and one unsigned type of C has
_DEEPEST_MACRO = 8  # macros within macros
_LARGEST_UNION = 4096  # bits; a larger one isn't kept as one integer
_SHUFFLING = pattern(r"(?<!no_)randomize_layout")


_KINDS = ("struct", "union")
ANONYMOUS = "@"  # how the names begin that stand for anonymous members


class MemberInfo(NamedTuple):
    """A named member of a record.

    `path` are the anonymous members to go through first (`name_of`).  `bits` is a bit-field's width.
    """

    name: str
    type: CType
    bits: int | None
    path: tuple[str, ...]


class Record(NamedTuple):
    """A resolved struct or union.  `members` is in the order of the text; a name is None for anonymous members.

    `packed`: its layout isn't known; `shuffled`: not even which member comes first.
    """

    kind: str
    key: str
    members: tuple[tuple[str | None, ast.Member], ...]
    conditional: bool
    packed: bool
    shuffled: bool
    text: str


class Slot(NamedTuple):
    """Where a member lies in its record: offset and width in bits."""

    offset: int
    width: int


class Contents(NamedTuple):
    """What lies where in a record: its size, and by their names its members' offsets in bits and what they hold.

    Of an array: its length, and one element.
    """

    size: int
    parts: tuple[tuple[str, int, Contents | int], ...]


class Types:
    """The types of one version, over its `Definitions`."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._records: dict[str, Record] = {}
        self._resolved: dict[int, tuple[ast.TypeSyntax, CType]] = {}
        self._typedefs: dict[str, CType] = {}
        self._members: dict[tuple[str, int], CType] = {}
        self._enumerators: dict[str, int] = {}
        self._looked_up: set[str] = set()  # enumerators whose values are being found
        self._found_members: dict[tuple[str, str], MemberInfo] = {}
        self._positions: dict[str, dict[str, list[int]]] = {}
        self._layouts: dict[str, tuple[list[Slot], int, int] | None] = {}
        self._open: dict[RecordType, bool] = {}
        self._resolving: set[str] = set()
        self._packing: dict[Source, bool] = {}
        self._aligned: set[str] = set()  # typedefs with an alignment of their own
        # What couldn't be found, and in how many files: it may be in those that are read later.
        self._not_nested: dict[str, int] = {}
        self._not_laid_out: dict[tuple[str, int], int] = {}
        self._laid_up_to: dict[str, int] = {}  # the first member that no file that is read can give a place to
        self._slots: dict[tuple[str, str], Slot] = {}  # the places of members that are known
        self._contents: dict[str, Contents | None] = {}  # of records
        self.held: dict[tuple[RecordType, RecordType, int | None], bool] = {}  # for `Sightings`: what has what in it

    def resolve(self, syntax: ast.TypeSyntax, scope: str, type_of: TypeOf | None = None) -> CType:
        """The C type of `syntax`; `scope` prefixes the keys of untagged records; `type_of` serves `typeof`."""
        known = self._resolved.get(id(syntax))
        if known is not None:
            return known[1]
        found = self._resolve(syntax, scope, type_of)
        if not depends_on_scope(syntax):
            self._resolved[id(syntax)] = (syntax, found)
        return found

    def _resolve(self, syntax: ast.TypeSyntax, scope: str, type_of: TypeOf | None) -> CType:
        match syntax:
            case ast.NamedType(name, span):
                return self.named(name, span)
            case ast.PointerType(to, _):
                return PointerTo(self.resolve_target(to, scope, type_of))
            case ast.ArrayType(of, length, _):
                element = self.resolve(of, scope, type_of)
                return ArrayOf(element, self._length(length))
            case ast.FunctionType(returns, params, variadic, _):
                resolved = tuple(self.resolve_target(p.type, scope, type_of) for p in params)
                return FunctionOf(self.resolve_target(returns, scope, type_of), resolved, variadic)
            case ast.TypeofType(operand, span):
                if isinstance(operand, ast.TypeSyntax):
                    return self.resolve(operand, scope, type_of)
                if type_of is None:
                    raise UnsupportedC("typeof isn't supported here", span)
                return type_of(operand)
            case ast.TagType():
                return self._tag(syntax, scope)
            case ast.BadType(reason, span):
                raise UnsupportedC(reason, span)

    def resolve_target(self, syntax: ast.TypeSyntax, scope: str, type_of: TypeOf | None = None) -> CType:
        """Like `resolve`, but a type that isn't known becomes an opaque record: a pointer to it may still be passed."""
        try:
            return self.resolve(syntax, scope, type_of)
        except UnsupportedC:
            if isinstance(syntax, ast.NamedType):
                return RecordType("unknown", syntax.name)
            raise

    def named(self, name: str, span: Span | None = None) -> CType:
        """The type that a builtin's or a typedef's `name` means."""
        text = self.definitions.stands_for(name, span) if name not in BUILTIN_TYPES else None
        if text is not None:
            return self._replaced(text)
        if name in self._typedefs:
            return self._typedefs[name]
        if name in BUILTIN_TYPES:
            return BUILTIN_TYPES[name]
        basic = self.definitions.kernel_type(name)
        if basic is not None:
            self._typedefs[name] = basic
            return basic
        found = None
        if name not in self._resolving:
            self._resolving.add(name)
            try:
                for declarator in self.definitions.declaration("typedefs", name, span) or ():
                    if declarator.name == name:
                        found = self.resolve(declarator.type, name)
                        if self._is_aligned(declarator, name):
                            self._aligned.add(name)
            finally:
                self._resolving.discard(name)
        if found is None and (self.definitions.discover(name) or self.definitions.generate(name)):
            return self.named(name, span)
        if found is None:
            raise UnsupportedC(f"the type `{name}` isn't known", span, "Name the header that defines it.")
        self._typedefs[name] = found
        return found

    def _replaced(self, text: Span) -> CType:
        """The type that a macro's text is, which doesn't go by its name: elsewhere that may be another macro."""
        syntax = convert_type(text, self.definitions.is_type)
        if syntax is None or (isinstance(syntax, ast.TagType) and (syntax.members or syntax.enumerators)):
            raise UnsupportedC("this macro, which stands where a type does, isn't understood", text)
        return self.resolve(syntax, "")

    def choices(
        self, node: ast.Generic, type_: CType, resolve: Callable[[ast.TypeSyntax], CType]
    ) -> tuple[ast.Expr, ...]:
        """What `_Generic` may evaluate if its operand, as a value, is of `type_` (C17 6.5.1.1p3), with unlike texts.

        That may hang on what isn't known of types here: whether what a pointer points at is const, and which of two
        names an integer type has.
        """
        possible: list[ast.Expr] = []
        certain = False
        for syntax, value in node.choices:
            other = None if syntax is None else resolve(syntax)
            if syntax is None or other is None or not _may_be_compatible(type_, other):
                continue
            possible.append(value)
            certain = isinstance(type_, IntType) and type_ == other and type_.width in _OF_ONE_NAME
        if not certain or len(possible) != 1:
            possible += [value for syntax, value in node.choices if syntax is None]
        return tuple({canonical(_QUALIFIER.sub(" ", value.span.text)): value for value in reversed(possible)}.values())

    def chosen(self, node: ast.Generic, type_: CType, resolve: Callable[[ast.TypeSyntax], CType]) -> ast.Expr:
        """The same; raises `UnsupportedC` if it isn't certain."""
        possible = self.choices(node, type_, resolve)
        if len(possible) != 1:
            raise UnsupportedC("which choice of this _Generic is taken isn't known", node.span)
        return possible[0]

    def _is_aligned(self, declarator: ast.Declarator, name: str) -> bool:
        """True iff a typedef may have another alignment than the type that it stands for."""
        items = (i for f in self.definitions.files_of(name) for i in f.typedefs.get(name, ()))
        whole = any(LAYOUT_WORDS.search(without_comments(i.span.text)) for i in items)
        return whole or self._has_odd_alignment(declarator.type)

    def _has_odd_alignment(self, syntax: ast.TypeSyntax) -> bool:
        while isinstance(syntax, ast.ArrayType):
            syntax = syntax.of
        return isinstance(syntax, ast.NamedType) and syntax.name in self._aligned

    def _length(self, length: ast.Expr | None) -> int | None:
        if length is None:
            return None
        try:
            return self.constant(length)
        except UnsupportedC:
            return None

    def _tag(self, syntax: ast.TagType, scope: str) -> CType:
        text = self.definitions.stands_for(syntax.tag, syntax.span) if syntax.tag else None
        if text is not None:
            if syntax.members is not None or not text.text.strip().isidentifier():
                raise UnsupportedC("a tag that is a macro", syntax.span)
            return self._tag(syntax._replace(tag=text.text.strip()), scope)
        if syntax.kind == "enum":
            return self._enum_type(syntax)
        if syntax.members is not None and not syntax.tag and not scope:
            return self._nameless(syntax)
        if syntax.members is not None:
            key = syntax.tag or scope
            if not syntax.tag and any(f"{kind} {key}" in f.tags for f in self.definitions.files for kind in _KINDS):
                raise UnsupportedC(f"`{key}` is both a type without a tag and a tag", syntax.span)
            record = self._record(syntax, key)
            known = self._records.setdefault(key, record)
            if known.text != record.text:
                raise UnsupportedC(f"`{syntax.kind} {key}` has two definitions", syntax.span)
        return RecordType(syntax.kind, syntax.tag or scope)

    def _nameless(self, syntax: ast.TagType) -> RecordType:
        """A record that neither a tag nor what it is the type of names, as in sizeof(struct { … }): known by its text.

        Where attributes leave its layout open, it is told from one without them.
        """
        record = self._record(syntax, NAMELESS)
        key = f"{NAMELESS}{canonical(record.text)}{' packed' if record.packed or record.shuffled else ''}"
        self._records.setdefault(key, record._replace(key=key))
        return RecordType(syntax.kind, key)

    def _enum_type(self, syntax: ast.TagType) -> CType:
        name = f"enum {syntax.tag}" if syntax.tag else "enum"
        if syntax.enumerators is None:
            self.definitions.discover(name)
            declared = self.definitions.declaration("tags", name, syntax.span) if syntax.tag else None
            tag = declared[0].type if declared else None
            if not isinstance(tag, ast.TagType) or tag.enumerators is None:
                return IntType(name, INT.width, None)
            syntax = tag
        text = without_comments(syntax.span.text) + _behind(syntax)
        if LAYOUT_WORDS.search(text) or self._may_be_attributed(syntax):
            raise UnsupportedC(f"the size of `{name}`, which has an attribute, isn't known", syntax.span)
        unknown = IntType(name, INT.width, None)
        try:
            values = self._enum_values(syntax)
        except UnsupportedC:
            return unknown
        explicit = (e.value for e in self._constants_of(syntax) if e.value is not None)
        found = _holding(v for v, _ in values.values())
        if found != _holding(v for v, certain in values.values() if certain):
            return unknown
        if found != INT and not all(self._enum_constant(value, values)[1] for value in explicit):
            return unknown
        return found or unknown

    def _enum_values(self, syntax: ast.TagType, of: str = "") -> dict[str, tuple[int, bool]]:
        """Each enumerator's value, and whether it is certain; if it's one for `of`, which is there, what it needs is.

        Raises `UnsupportedC` where it isn't certain which enumerators there are.
        """
        values: dict[str, tuple[int, bool]] = {}
        following, certain = 0, True
        constants = self._constants_of(syntax)
        given = [c.condition for c in constants if c.name == of]
        for enumerator in constants:
            holds = truth(enumerator.condition, self.definitions.config) or given == [enumerator.condition]
            if enumerator.value is not None:
                following, certain = self._enum_constant(enumerator.value, values)
            certain = certain and holds
            values[enumerator.name] = (following, certain)
            following += 1
        return values

    def _constants_of(self, syntax: ast.TagType) -> list[ast.Enumerator]:
        """The constants that an enum may have under the configuration."""
        lines = (e for e in syntax.enumerators or () if truth(e.condition, self.definitions.config) is not False)
        return [constant for line in lines for constant in self.definitions.constants(line)]

    def _enum_constant(self, value: ast.Expr, earlier: dict[str, tuple[int, bool]]) -> tuple[int, bool]:
        try:
            return _Constants(self, earlier).value(value), True
        except UnsupportedC:
            return 0, False

    def enumerator(self, name: str, use: Span | None = None) -> int | None:
        """The value of the enumeration constant `name`, or None if it is none."""
        if name not in self._enumerators:
            declared = self.definitions.declaration("enumerators", name, use)
            if declared is None:
                return None
            if name not in self._looked_up:  # else it is looked up again for its own value
                self._looked_up.add(name)
                try:
                    for declarator in declared:
                        self.note_enumerators(declarator.type)
                    if name not in self._enumerators and self.definitions.is_only_constant(name):
                        for declarator in declared:
                            self.note_enumerators(declarator.type, name)
                finally:
                    self._looked_up.remove(name)
            if name not in self._enumerators:
                raise UnsupportedC(f"the value of `{name}` depends on the configuration", use)
        value = self._enumerators[name]
        if not -(1 << (INT.width - 1)) <= value < 1 << (INT.width - 1):
            # C17 6.7.2.2p2 has none; gcc gives it the type of its enum.
            raise UnsupportedC(f"the enumeration constant `{name}` doesn't fit an int", use)
        return value

    def note_enumerators(self, syntax: ast.TypeSyntax, of: str = "") -> None:
        """Makes the constants of an enum that `syntax` defines known, also inside of a record; or one for `of` only."""
        while isinstance(syntax, ast.ArrayType | ast.PointerType):
            syntax = syntax.of if isinstance(syntax, ast.ArrayType) else syntax.to
        if not isinstance(syntax, ast.TagType):
            return
        for member in syntax.members or ():
            if truth(member.condition, self.definitions.config) is True:
                self.note_enumerators(member.type, of)
        if syntax.enumerators is not None:
            for constant, (value, certain) in self._enum_values(syntax, of).items():
                if certain and of in ("", constant):
                    self._enumerators[constant] = value

    def _may_be_attributed(self, syntax: ast.TagType) -> bool:
        """True iff what stands behind the closing brace may be a macro for an attribute."""
        behind = _behind(syntax)
        if not behind.strip():
            return False
        files = self.definitions.files
        replaced = any(
            m.body not in ("", name)
            for name in names_in(behind) - ANNOTATIONS - ANNOTATION_CALLS
            for f in files
            for m in f.macros.get(name, ())
        )
        before = syntax.span.source.text[: syntax.span.start].rstrip()
        declared = behind.split("=")[0]
        shouted = not before.endswith("typedef") and any(
            n.isupper() and n not in ANNOTATIONS and n not in ANNOTATION_CALLS for n in names_in(declared)
        )
        return replaced or shouted

    def _record(self, syntax: ast.TagType, key: str) -> Record:
        text = without_comments(syntax.span.text)
        words = text + _behind(syntax)
        members = tuple((m.name, m) for member in syntax.members or () for m in self._by_macro(member))
        unknown = self._may_be_attributed(syntax)
        unknown = unknown or any(n and self.definitions.is_replaced(n, m.span) for n, m in members)
        packed = unknown or bool(LAYOUT_WORDS.search(words)) or self._is_packed_file(syntax)
        shuffled = unknown or bool(_SHUFFLING.search(words))
        return Record(syntax.kind, key, members, any(m.condition for _, m in members), packed, shuffled, text)

    def _by_macro(self, member: ast.Member, depth: int = 0) -> tuple[ast.Member, ...]:
        """What a member that may be a macro's use, e.g. of DECLARE_BITMAP, declares; itself if it is none."""
        span = member.span
        use = _MACRO_MEMBER.match(span.source.text, span.start, span.end)
        if not isinstance(member.type, ast.BadType) or use is None or depth > _DEEPEST_MACRO:
            return (member,)
        commas, end = commas_of(span.source.text, use.end())
        if not end or span.source.text[end : span.end].strip() != ";":
            return (member,)
        edges = [use.end() - 1, *commas, end - 1]
        arguments = tuple(span.source.text[a + 1 : b].strip() for a, b in pairwise(edges))
        try:
            text = self.definitions.replacement(use.group(1), arguments, span)
        except UnsupportedC:
            return (member,)
        if text is None or LAYOUT_WORDS.search(text.text):
            return (member,)
        made = [m for part in convert_members(text, self.definitions.is_type) for m in self._by_macro(part, depth + 1)]
        if not made or any(isinstance(m.type, ast.BadType) or m.condition for m in made):
            return (member,)
        return tuple(m._replace(condition=member.condition) for m in made)

    def _is_packed_file(self, syntax: ast.TagType) -> bool:
        source = syntax.span.source
        if source not in self._packing:
            words = ("pragma", "_Pragma")
            packed = any(w in source.text for w in words) and bool(_PACKING.search(source.text))
            self._packing[source] = packed or self.definitions.is_packed_by_header(source)
        return self._packing[source]

    def record(self, type_: RecordType, use: Span | None = None) -> Record:
        """The definition of a struct or union.  Raises `UnsupportedC` if it isn't found or isn't certain."""
        found = self._records.get(type_.key)
        if found is None:
            for declarator in self.definitions.declaration("tags", f"{type_.kind} {type_.key}", use) or ():
                syntax = declarator.type
                while isinstance(syntax, ast.PointerType | ast.ArrayType):
                    syntax = syntax.to if isinstance(syntax, ast.PointerType) else syntax.of
                if isinstance(syntax, ast.TagType) and syntax.tag == type_.key and syntax.members is not None:
                    found = self._records[type_.key] = self._record(syntax, type_.key)
                    break
        if found is None:
            found = self._nested_record(type_)
        if found is None and self.definitions.discover(f"{type_.kind} {type_.key}"):
            return self.record(type_, use)
        if found is None:
            raise UnsupportedC(f"`{type_}` isn't defined in what was read", use, "Name the header that defines it.")
        return found

    def _nested_record(self, type_: RecordType) -> Record | None:
        """A tagged record that is defined inside of another one."""
        needle = f"{type_.kind} {type_.key}"
        if self._not_nested.get(needle) == len(self.definitions.files):
            return None
        for index in self.definitions.files:
            for key, items in index.tags.items():
                if needle in items[0].span.text and key != needle:
                    try:
                        declared = self.definitions.declaration("tags", key) or ()
                    except UnsupportedC:
                        continue
                    for declarator in declared:
                        if isinstance(declarator.type, ast.TagType):
                            self._note_nested(declarator.type)
        found = self._records.get(type_.key)
        if found is None:
            self._not_nested[needle] = len(self.definitions.files)
        return found

    def _note_nested(self, syntax: ast.TagType) -> None:
        for member in syntax.members or ():
            inner = member.type
            while isinstance(inner, ast.ArrayType | ast.PointerType):
                inner = inner.of if isinstance(inner, ast.ArrayType) else inner.to
            if isinstance(inner, ast.TagType) and inner.members is not None:
                if inner.tag:
                    self._records.setdefault(inner.tag, self._record(inner, inner.tag))
                self._note_nested(inner)

    def steps_to(self, name: str, use: Span | None) -> tuple[str, ...]:
        """The members, each one of the last, that the word `name` behind a `.` or `->` means: more if it is a macro."""
        text = self.definitions.stands_for(name, use)
        if text is None:
            return (name,)
        words = [w.strip() for w in text.text.split(".")]
        if not all(map(str.isidentifier, words)):
            raise UnsupportedC(f"the macro `{name}`, which stands where a member does, isn't understood", use)
        return tuple(step for word in words for step in self.steps_to(word, text))

    def member(self, type_: RecordType, name: str, use: Span | None = None) -> MemberInfo:
        """The member `name` of a record, also through anonymous members.  Raises `UnsupportedC` if there is none."""
        if self.steps_to(name, use) != (name,):
            raise UnsupportedC(f"the member `{name}`, which is a macro for others", use)
        found = self._found_members.get((type_.key, name))
        if found is None:
            found = self._find_member(type_, name, use)
            if found is None:
                raise UnsupportedC(f"`{type_}` has no member `{name}`", use, partial(self._member_hint, type_, name))
            self._found_members[type_.key, name] = found
        return found

    def overlaid(self, type_: RecordType, name: str) -> frozenset[str]:
        """The members of a record that lie in the same union without a name as `name`, that one included."""
        inner: CType = type_
        for step in self.member(type_, name).path:
            inner = self.anonymous_member(inner, step) if isinstance(inner, RecordType) else inner
            if isinstance(inner, RecordType) and inner.kind == "union":
                return frozenset(self._names_in(inner))
        return frozenset()

    def _names_in(self, type_: RecordType) -> Iterator[str]:
        """The names by which a record's members are known, those of records without a name in it included."""
        record = self.record(type_)
        for i, (name, _) in enumerate(record.members):
            if name:
                yield name
            elif isinstance(inner := self.member_type(record, i), RecordType):
                yield from self._names_in(inner)

    def _member_hint(self, type_: RecordType, name: str) -> str:
        import difflib

        known = [n for n, _ in self.record(type_).members if n]
        close = difflib.get_close_matches(name, known, 3)
        return f"Did you mean {' or '.join(f'`{c}`' for c in close)}?" if close else ""

    def _find_member(self, type_: RecordType, name: str, use: Span | None) -> MemberInfo | None:
        record, config = self.record(type_, use), self.definitions.config
        places = self._positions_of(record)
        found: list[MemberInfo] = []
        for i in places.get(name, ()):
            holds = truth(record.members[i][1].condition, config)
            if holds is not False:
                found.append(MemberInfo(name, self.member_type(record, i), self.field_bits(record, i), ()))
            if holds is True:
                return found[-1]
        for i in places.get("", ()):
            member = record.members[i][1]
            if isinstance(member.type, ast.BadType) or member.bits is not None:
                continue
            inner = self.member_type(record, i) if truth(member.condition, config) is not False else None
            within = self._find_member(inner, name, use) if isinstance(inner, RecordType) else None
            if within is not None:
                found.append(within._replace(path=(name_of(record, i), *within.path)))
        if len(found) > 1:
            raise UnsupportedC(f"`{type_}` declares `{name}` twice, under conditions that aren't decided", use)
        return found[0] if found else None

    def _positions_of(self, record: Record) -> dict[str, list[int]]:
        """Where the members of each name are; anonymous ones also under ""."""
        positions = self._positions.get(record.key)
        if positions is None:
            positions = self._positions[record.key] = {}
            for i, (name, _) in enumerate(record.members):
                positions.setdefault(name_of(record, i), []).append(i)
                if name is None:
                    positions.setdefault("", []).append(i)
        return positions

    def member_type(self, record: Record, position: int) -> CType:
        """The type of the member at `position`; untagged records get the enclosing record's key as a prefix.

        An array of no elements that stands last is a flexible one (GCC manual, "Arrays of Length Zero").
        """
        key = (record.key, position)
        if key not in self._members:
            _, member = record.members[position]
            type_ = self.resolve(member.type, f"{record.key}.{name_of(record, position)}")
            if isinstance(type_, ArrayOf) and type_.length == 0 and _is_at_end(record, position):
                type_ = type_._replace(length=None)
            self._members[key] = type_
        return self._members[key]

    def field_bits(self, record: Record, position: int) -> int | None:
        """The width of the bit-field at `position`; None if the member is none."""
        name, member = record.members[position]
        if member.bits is None:
            return None
        bits, type_ = self.constant(member.bits), self.member_type(record, position)
        if not isinstance(type_, IntType) or not (0 if name is None else 1) <= bits <= type_.width:
            raise UnsupportedC(f"{bits} bits of a `{type_}` are no bit-field", member.bits.span)  # C17 6.7.2.1p4
        return bits

    def anonymous_member(self, type_: RecordType, name: str) -> CType:
        """The type of the anonymous member that `name_of` named."""
        record = self.record(type_)
        return self.member_type(record, self._positions_of(record)[name][0])

    def inner_type(self, type_: RecordType, name: str) -> CType:
        """The type of a member; `name` may be one of `name_of`.  Raises `UnsupportedC` if there is none."""
        return self.anonymous_member(type_, name) if name.startswith(ANONYMOUS) else self.member(type_, name).type

    def plain_members(self, type_: RecordType, use: Span) -> list[str] | None:
        """The names of a struct's members, sorted; None unless all of them are scalars that it certainly has."""
        record = self.record(type_, use)
        names = [name for name, _ in record.members if name is not None]
        plain = all(is_scalar(self.member_type(record, i)) for i in range(len(record.members)))
        return sorted(names) if plain and not record.conditional and len(names) == len(record.members) else None

    def size_of(self, type_: CType) -> int | None:
        """The size in bytes, or None if it isn't known."""
        shape = self._shape(type_)
        return None if shape is None else shape[0] // 8

    def bits_of(self, type_: RecordType) -> int | None:
        """The width of the integer that a union is kept as; None for what isn't kept so, as its bytes aren't known."""
        size = self.size_of(type_) if type_.kind == "union" else None
        if size is None or size * 8 > _LARGEST_UNION or not self._is_integers(type_):
            return None
        return size * 8

    def _is_integers(self, type_: CType) -> bool:
        """True iff every leaf of the type is an integer or a pointer at a known place."""
        if isinstance(type_, ArrayOf):
            return type_.length is not None and self._is_integers(type_.element)
        if not isinstance(type_, RecordType):
            return is_scalar(type_) and not (isinstance(type_, IntType) and type_.signed is None)
        record = self.record(type_)
        if record.packed or record.conditional:
            return False
        return all(self._is_integers(self.member_type(record, i)) for i in range(len(record.members)))

    def records_in(self, type_: RecordType) -> Iterator[RecordType]:
        """The types of the records that an object is made of, however deep, but for its own."""
        record = self.record(type_)
        for i in range(len(record.members)):
            member = self.member_type(record, i)
            while isinstance(member, ArrayOf):
                member = member.element
            if isinstance(member, RecordType):
                yield member
                yield from self.records_in(member)

    def is_open(self, type_: CType) -> bool:
        """True iff an object of this type ends with a flexible array, which may reach into what lies behind it."""
        if not isinstance(type_, RecordType):
            return isinstance(type_, ArrayOf) and type_.length is None
        if type_ not in self._open:
            self._open[type_] = False  # a record inside of itself
            try:
                record = self.record(type_)
                ends = [i for i in range(len(record.members)) if _is_at_end(record, i)]
                self._open[type_] = any(self.is_open(self.member_type(record, i)) for i in ends)
            except UnsupportedC:
                pass
        return self._open[type_]

    def is_last(self, type_: RecordType, name: str) -> bool:
        """True iff nothing lies behind the member `name` (or the anonymous member it names) of a record."""
        record = self.record(type_)
        return any(_is_at_end(record, i) for i in range(len(record.members)) if name_of(record, i) == name)

    def contents(self, type_: CType) -> Contents | int | None:
        """What lies where in an object: its size if it is a scalar; None if that isn't known."""
        if isinstance(type_, ArrayOf):
            element = self.contents(type_.element)
            return None if element is None or type_.length is None else Contents(type_.length, (("", 0, element),))
        if not isinstance(type_, RecordType):
            return self.size_of(type_)
        if type_.key not in self._contents:
            self._contents[type_.key] = self._contents_of(type_)
        return self._contents[type_.key]

    def _contents_of(self, type_: RecordType) -> Contents | None:
        size = self.size_of(type_)
        if size is None:
            return None
        record = self.record(type_)
        slots, _, _ = self._layout(record, len(record.members)) or ([], 0, 0)
        found: list[tuple[str, int, Contents | int]] = []
        for i, ((name, member), slot) in enumerate(zip(record.members, slots, strict=True)):
            if truth(member.condition, self.definitions.config) is False or (member.bits is not None and name is None):
                continue
            inner = slot.width if member.bits is not None else self.contents(_bounded(self.member_type(record, i)))
            if inner is None:
                return None
            if name is None and isinstance(inner, Contents):
                found += [(within, slot.offset + offset, part) for within, offset, part in inner.parts]
            else:
                found.append((name or "", slot.offset, inner))
        return Contents(size, tuple(sorted(found, key=lambda part: part[0])))

    def offset_of(self, type_: RecordType, name: str) -> int | None:
        """The offset in bytes of member `name` (or of the anonymous member it names), or None if it isn't known."""
        if type_.kind == "union":
            return 0  # C17 6.7.2.1p16
        slot = self.slot_of(type_, name)
        return None if slot is None else slot.offset // 8

    def has_member(self, type_: RecordType, name: str) -> bool:
        """True iff a record has the member `name`, or the anonymous member it names, also through anonymous ones."""
        if self._positions_of(self.record(type_)).get(name):
            return True
        return name.isidentifier() and self._find_member(type_, name, None) is not None

    def place_of(self, type_: RecordType, name: str) -> int | None:
        """The offset in bytes of a member, also through anonymous ones, or None if it isn't known."""
        if self._positions_of(self.record(type_)).get(name):
            return self.offset_of(type_, name)
        total = 0
        for step in (*self.member(type_, name).path, name):
            offset = self.offset_of(type_, step)
            if offset is None:
                return None
            total += offset
            inner = self.anonymous_member(type_, step) if step != name else None
            type_ = inner if isinstance(inner, RecordType) else type_
        return total

    def offset_by_path(self, type_: CType, members: Iterable[str]) -> int | None:
        """The offset in bytes of the member of a member, and so on; None if it isn't known.

        Raises `UnsupportedC` if there is none.
        """
        total = 0
        for name in members:
            if not isinstance(type_, RecordType):
                return None
            offset = self.place_of(type_, name)
            if offset is None:
                return None
            total += offset
            type_ = self.inner_type(type_, name)
        return total

    def slot_of(self, type_: RecordType, name: str) -> Slot | None:
        """The place of a member in bits, or None if it isn't known."""
        key = (type_.key, name)
        known = self._slots.get(key)
        if known is None:
            known = self._slot_of(self.record(type_), name)
            if known is not None:
                self._slots[key] = known
        return known

    def _slot_of(self, record: Record, name: str) -> Slot | None:
        if (
            record.kind == "struct"
            and record.members
            and not record.shuffled
            and name_of(record, 0) == name
            and record.members[0][1].bits is None
        ):
            return Slot(0, 0)  # whatever its type and its attributes are (C17 6.7.2.1p15)
        config = self.definitions.config
        places = self._positions_of(record).get(name, ())
        position = next((i for i in places if truth(record.members[i][1].condition, config) is not False), None)
        laid_out = None if position is None else self._layout(record, position + 1)
        return None if laid_out is None or position is None else laid_out[0][position]

    def _shape(self, type_: CType) -> tuple[int, int] | None:
        """Size and alignment in bits."""
        match type_:
            case IntType(width=width):
                width = max(8, width)
                return width, width
            case PointerTo():
                return POINTER_WIDTH, POINTER_WIDTH
            case ArrayOf(element, length):
                shape = self._shape(element)
                return None if shape is None or length is None else (shape[0] * length, shape[1])
            case RecordType():
                try:
                    record = self.record(type_)
                    laid_out = self._layout(record, len(record.members))
                except UnsupportedC:
                    return None
                if laid_out is None:
                    return None
                _, size, alignment = laid_out
                return _align(size, alignment), alignment
            case _:
                return None

    def _layout(self, record: Record, count: int) -> tuple[list[Slot], int, int] | None:
        """The slots of (at least) the first `count` members, the bits used and the alignment; None if not known."""
        if record.key not in self._layouts:
            self._layouts[record.key] = None  # a record inside of itself has no size
            self._layouts[record.key] = self._lay_out(record, len(record.members))
        whole = self._layouts[record.key]
        if whole is not None or count > self._laid_up_to.get(record.key, count):
            return whole
        if self._not_laid_out.get((record.key, count)) == len(self.definitions.files):
            return None
        found = self._lay_out(record, count)
        if found is None:
            self._not_laid_out[record.key, count] = len(self.definitions.files)
        return found

    def _earliest(self, record: Record, position: int) -> int:
        """Where the member at `position` may begin, in bits: what gives records layouts of its own says so."""
        del record, position
        return 0

    def _lay_out(self, record: Record, count: int) -> tuple[list[Slot], int, int] | None:
        if record.packed:
            return None
        slots: list[Slot] = []
        used = size = 0
        alignment = 8
        for position in range(count):
            _, member = record.members[position]
            holds = truth(member.condition, self.definitions.config)
            if holds is None:
                self._laid_up_to[record.key] = position
                return None
            if holds is False:
                slots.append(Slot(0, 0))
                continue
            try:
                type_ = self.member_type(record, position)
                bits = self.field_bits(record, position)
            except UnsupportedC:
                return None
            if self._has_odd_alignment(member.type):
                return None
            shape = self._shape(type_)
            if isinstance(type_, ArrayOf) and type_.length is None and _is_at_end(record, position):
                element = self._shape(type_.element)
                shape = None if element is None else (0, element[1])
            if shape is None:
                if isinstance(type_, RecordType) and type_.key in self._laid_up_to:
                    self._laid_up_to[record.key] = position
                return None
            width, unit = shape
            start = 0 if record.kind == "union" else max(used, self._earliest(record, position))
            if bits is None:
                start = _align(start, unit)
                alignment = max(alignment, unit)
            else:
                width = bits
                if bits == 0:
                    used = _align(start, unit)
                    slots.append(Slot(used, 0))
                    continue
                if start // unit != (start + bits - 1) // unit:
                    start = _align(start, unit)
                if member.name is not None:
                    alignment = max(alignment, unit)
            slots.append(Slot(start, width))
            used = start + width
            size = max(size, used)
        return slots, size, alignment

    def constant(self, expr: ast.Expr) -> int:
        """The value of an integer constant expression.  Raises `UnsupportedC` if it is none or isn't known."""
        return _Constants(self, {}).value(expr)

    def is_constant(self, expr: ast.Expr, variables: Container[str]) -> bool:
        """True iff `expr` is a constant expression or a string, where the names in `variables` are no constants."""
        if isinstance(expr, ast.String):
            return True
        try:
            _Kinds(self, variables).value(expr)
        except UnsupportedC:
            return False
        return True


def inside(location: str, name: str) -> str:
    """The location of the member `name` of what lies at `location`.

    Anonymous records don't count, so that a member keeps its location when it is wrapped into one.
    """
    return f"{location if name.startswith(ANONYMOUS) else _named(location)}.{name}"


def of_bits(location: str) -> str:
    """The location of a union that is kept as one integer; an anonymous one's is its first member's."""
    named = _named(location)
    return location if named == location else f"{named}.{location.rpartition('.')[2].removeprefix(ANONYMOUS)}"


def _named(location: str) -> str:
    """`location` without the anonymous members at its end."""
    while (end := location.rfind(".")) >= 0 and location.startswith(ANONYMOUS, end + 1):
        location = location[:end]
    return location


def name_of(record: Record, position: int) -> str:
    """The name of the member at `position`; an anonymous one's is made of the first name in it, or of its position.

    So it is the same in a version that has other members in front.
    """
    name, member = record.members[position]
    if name is not None:
        return name
    within = _first_name(member.type)
    alike = [m for n, m in record.members if n is None and _first_name(m.type) == within]
    return f"{ANONYMOUS}{position}" if within is None or len(alike) > 1 else ANONYMOUS + within


def _first_name(syntax: ast.TypeSyntax) -> str | None:
    for member in (syntax.members or ()) if isinstance(syntax, ast.TagType) else ():
        found = member.name or _first_name(member.type)
        if found is not None:
            return found
    return None


def depends_on_scope(syntax: ast.TypeSyntax) -> bool:
    """True iff a `typeof` is part of `syntax`: a macro's text may stand for another type at each use."""
    match syntax:
        case ast.TypeofType():
            return True
        case ast.PointerType(inner, _) | ast.ArrayType(inner, _, _):
            return depends_on_scope(inner)
        case ast.FunctionType(returns, params, _, _):
            return depends_on_scope(returns) or any(depends_on_scope(p.type) for p in params)
        case _:
            return False


def _may_be_compatible(one: CType, other: CType) -> bool:
    if isinstance(one, IntType) and isinstance(other, IntType):
        return one.width == other.width and (one.signed == other.signed or one.signed is None or other.signed is None)
    if isinstance(one, PointerTo) and isinstance(other, PointerTo):
        either = (one.target, other.target)
        return _may_be_compatible(*either) or any(isinstance(target, FunctionOf | ArrayOf) for target in either)
    return one == other


def _is_at_end(record: Record, position: int) -> bool:
    """True iff nothing lies behind the member at `position`: it is the last one, or in a union."""
    return record.kind == "union" or position == len(record.members) - 1


def _bounded(type_: CType) -> CType:
    """`type_`, or for a flexible array, which takes no room, one of no elements."""
    return type_._replace(length=0) if isinstance(type_, ArrayOf) and type_.length is None else type_


def _align(offset: int, alignment: int) -> int:
    return (offset + alignment - 1) // alignment * alignment


def _holding(values: Iterable[int]) -> IntType | None:
    """The type that gcc gives to an enum: the first that holds all its values."""
    values = (0, *values)
    types = (t for t in (UINT, INT, ULONG, LONG) if all(_wrap(v, t) == v for v in (min(values), max(values))))
    return next(types, None)


def _behind(syntax: ast.TagType) -> str:
    """What stands between the closing brace of a record or an enum and the next semicolon."""
    source = syntax.span.source.text
    start = syntax.span.start + without_comments(syntax.span.text).rfind("}") + 1
    stop = source.find(";", start)
    return without_comments(source[start : stop if stop >= 0 else start + 80])


_SOME_SIZE = 509


class _Constants:
    """Evaluates constant expressions to a value and a type (C17 6.6)."""

    def __init__(self, types: Types, enumerators: dict[str, tuple[int, bool]]) -> None:
        self.types = types
        self.enumerators = enumerators
        self.depth = 0

    def value(self, expr: ast.Expr) -> int:
        return self.typed(expr)[0]

    def typed(self, expr: ast.Expr) -> tuple[int, IntType]:
        self.depth += 1
        if self.depth > 200:
            raise UnsupportedC("this constant is nested too deeply", expr.span)
        try:
            return self._typed(expr)
        finally:
            self.depth -= 1

    def _typed(self, expr: ast.Expr) -> tuple[int, IntType]:
        match expr:
            case ast.Number(value, suffix, decimal, span):
                type_ = literal_type(value, suffix, decimal)
                if type_ is None:
                    raise UnsupportedC("this literal fits no type", span)
                return value, type_
            case ast.Character(value=value):
                return value, INT
            case ast.Ident(name, _, span):
                if name in self.enumerators:
                    value, certain = self.enumerators[name]
                    if not certain:
                        raise UnsupportedC(f"the value of `{name}` depends on the configuration", span)
                    return value, INT
                expanded = self.types.definitions.expand_name(expr)
                if expanded is not None:
                    return self.typed(expanded)
                value = self.types.enumerator(name, span)
                definitions = self.types.definitions
                if value is None and (definitions.discover(name) or definitions.generate(name)):
                    return self._typed(expr)
                if value is None:
                    raise UnsupportedC(f"`{name}` isn't a known constant", span)
                return value, INT
            case ast.Call(function=ast.Ident(name)):
                definitions = self.types.definitions
                expanded = definitions.expand_call(expr)
                if expanded is None and not definitions.knows(name) and definitions.discover(name):
                    expanded = definitions.expand_call(expr)
                if expanded is not None:
                    return self.typed(expanded)
            case ast.Unary(op, operand, _) if op in "-+~!":
                value, type_ = self.typed(operand)
                if op == "!":
                    return int(value == 0), INT
                common = promote(type_)
                value = _wrap(value, common)
                return _wrap(-value if op == "-" else ~value if op == "~" else value, common), common
            case ast.Binary(op, left, right, _):
                return self._binary(expr, op, left, right)
            case ast.Conditional(condition, then, otherwise, _):
                chosen, _ = self.typed(condition)
                picked = (then or condition) if chosen else otherwise
                other = otherwise if chosen else (then or condition)
                value, type_ = self.typed(picked)
                common = usual_conversion(promote(type_), promote(self.typed(other)[1]))
                return _wrap(value, common), common
            case ast.Cast(type_syntax, operand, span):
                type_ = self.types.resolve(type_syntax, "")
                value, _ = self.typed(operand)
                if not isinstance(type_, IntType) or type_.signed is None:
                    raise UnsupportedC("this isn't an integer constant", span)
                return (int(value != 0) if type_ == BOOL else _wrap(value, type_)), type_
            case ast.Sizeof(operand, span) if isinstance(operand, ast.TypeSyntax):
                size = self.types.size_of(self.types.resolve(operand, ""))
                if size is None:
                    raise UnsupportedC("this size isn't known without a configuration", span)
                return size, ULONG
            case _:
                pass
        raise UnsupportedC("this isn't an integer constant", expr.span)

    def _binary(self, expr: ast.Expr, op: str, left: ast.Expr, right: ast.Expr) -> tuple[int, IntType]:
        one, one_type = self.typed(left)
        if op in ("&&", "||"):
            short = (one == 0) if op == "&&" else (one != 0)
            return (int(op == "||") if short else int(self.typed(right)[0] != 0)), INT
        other, other_type = self.typed(right)
        if op in ("<<", ">>"):
            type_ = promote(one_type)
            if not 0 <= other < type_.width:
                raise UnsupportedC("this shift count is out of range", expr.span)
            return _wrap(one << other if op == "<<" else one >> other, type_), type_
        common = usual_conversion(promote(one_type), promote(other_type))
        one, other = _wrap(one, common), _wrap(other, common)
        comparisons = {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}
        comparisons |= {"==": one == other, "!=": one != other}
        if op in comparisons:
            return int(comparisons[op]), INT
        if op in ("/", "%"):
            if other == 0:
                raise UnsupportedC("division by zero", expr.span)
            quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
            return _wrap(quotient if op == "/" else one - quotient * other, common), common
        results = {"+": one + other, "-": one - other, "*": one * other}
        results |= {"&": one & other, "|": one | other, "^": one ^ other}
        return _wrap(results[op], common), common


class _Kinds(_Constants):
    """Tells constant expressions from others; a size has some value."""

    def __init__(self, types: Types, variables: Container[str]) -> None:
        super().__init__(types, {})
        self.variables = variables

    def _typed(self, expr: ast.Expr) -> tuple[int, IntType]:
        if isinstance(expr, ast.Sizeof | ast.Offsetof):
            return _SOME_SIZE, ULONG
        if isinstance(expr, ast.Ident) and expr.name in self.variables:
            raise UnsupportedC(f"`{expr.name}` is a variable", expr.span)
        return super()._typed(expr)


def _wrap(value: int, type_: IntType) -> int:
    value &= (1 << type_.width) - 1
    return value - (1 << type_.width) if type_.signed and value >> (type_.width - 1) else value


__all__ = ["VOID", "MemberInfo", "Record", "Slot", "Types", "VoidType", "inside", "name_of", "of_bits"]
