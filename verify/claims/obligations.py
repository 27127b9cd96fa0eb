"""Turns a spec and its claims into obligations over terms.

`Subject` holds both versions of the code under a spec: it executes the entry functions once, under the assumptions
that hold for all claims.  `pose` states one claim as hypotheses and a goal: the claim holds iff the hypotheses and the
goal's negation are unsatisfiable together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

from verify.claims.first_values import data_culprit, same_first_value, same_members, same_static, value_culprit
from verify.claims.language import conjuncts, parse, sides_mentioned
from verify.claims.likeness import Likeness
from verify.claims.objects import lies_otherwise, takes_same_room
from verify.claims.pasted import ANYTHING, UNKNOWN
from verify.claims.sides import Part, Side, Sides
from verify.claims.spec import CallSpec, Claim, Code, Expression, Spec
from verify.errors import InputError, SpecError, UnsupportedC
from verify.execution.blocks import met_by_one
from verify.execution.calls import CallRule
from verify.execution.executor import UNROLL, Executor, Outcome, initial_state
from verify.execution.integers import convert
from verify.execution.memory import Setting, apart, by_address, is_behind, lie_apart, smallest
from verify.execution.sightings import Sightings
from verify.execution.state import BLOCK_FUNCTIONS, GLOBAL, Hazard, Place, State, code_of
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.source.tree import Files, Surroundings
from verify.syntax import ast
from verify.syntax.conditions import Fixed, truth
from verify.syntax.ctypes import ArrayOf, CType, IntType, PointerTo, RecordType, is_scalar, width_of
from verify.syntax.definitions import Definitions
from verify.syntax.index import Item, Macro
from verify.syntax.lexer import canonical, unpaired
from verify.syntax.lookup import idioms
from verify.syntax.tables import stays
from verify.syntax.types import Types
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.execution.tolerant import Tolerance

TRUSTING = ("modular", "by name", "near", "deep", "unrolled")
_MEANINGS = (
    ("macros", "a macro"),
    ("enumerators", "an enumeration constant"),
    ("typedefs", "a type"),
)
_ATTEMPTS = 6  # to settle which callees both versions treat alike


class Version(NamedTuple):
    """One version of the code: its text, its types and its entry function."""

    name: str
    files: Files
    paths: tuple[str, ...]
    definitions: Definitions
    types: Types
    entry: ast.Function


class Posed(NamedTuple):
    """A claim as terms.  `parts` are the conjuncts of the goal with their source text.

    `hazards` and `bounds` are conditions that must be impossible under the hypotheses for the verdict to count.
    `given` are the assumptions that a verdict rests on; `callees` tells those about calls that aren't looked into.
    """

    claim: Claim
    tree: ast.Expr
    hypotheses: tuple[Term, ...]
    goal: Term
    parts: tuple[Part, ...]
    hazards: tuple[Hazard, ...]
    bounds: tuple[Hazard, ...]
    given: tuple[str, ...]
    callees: Callable[[], tuple[str, ...]]
    case: tuple[Term, ...] = ()  # those of the hypotheses that only tell this question from its sisters

    @property
    def rests_on(self) -> tuple[str, ...]:
        """All assumptions that a verdict rests on."""
        return tuple(dict.fromkeys((*self.given, *self.callees())))


def load_version(name: str, files: Files, code: Code, config: Mapping[str, bool]) -> Version:
    """Reads one version.  Raises `InputError` if a file or the entry function is missing."""
    file = code.old if name == "old" else code.new
    entry_name = code.entry_old if name == "old" else code.entry_new
    assert file is not None
    paths = (file, *(h for h in code.headers if name != "old" or files.text(h) is not None))
    definitions = Definitions([files.index(p) for p in paths], Fixed(config), Surroundings(files, (file,)))
    entry = definitions.function(entry_name)
    if entry is None:
        import difflib

        index = files.index(file)
        close = difflib.get_close_matches(entry_name, list(index.functions), 3)
        hint = f"Did you mean {' or '.join(f'`{c}`' for c in close)}?" if close else "The spec's `entry` names it."
        count = len(definitions.function_items(entry_name))
        what = "has several definitions under #if" if count > 1 else "isn't defined"
        raise InputError(f"the function `{entry_name}` {what} in `{index.source.name}`", hint=hint)
    return Version(name, files, paths, definitions, Types(definitions), entry)


class Subject:
    """The versions of a spec, executed under its assumptions.

    `depth`: "strict" refuses what isn't supported, the others step over it.  "shallow" looks into no function that
    both versions define alike; nor does "modular", which also takes what it can't look into to do the same in both
    versions if it has the same name or text, whatever it uses.  "by name" looks into no function that both versions
    have; "near" into short ones; "deep" looks into all of them.  "unrolled" is "near", but follows loops whose ends
    aren't known for a few iterations.  Functions of `differing` are looked into at all of these depths, and never
    taken to do the same.  `hiding`: words of the spec that may be a parameter's name, too.
    """

    def __init__(
        self,
        spec: Spec,
        versions: tuple[Version, ...],
        depth: str = "strict",
        likeness: Likeness | None = None,
        differing: frozenset[str] = frozenset(),
        hiding: Iterable[str] = (),
    ) -> None:
        self.spec = spec
        self.hiding = frozenset(hiding)
        self.differing = differing
        self.depth = depth
        self.versions = {v.name: v for v in versions}
        self.new = self.versions["new"]
        self._alike: dict[tuple[str, str], bool] = {}
        self._short: dict[str, bool] = {}
        self._passed: set[tuple[str, bool]] = set()  # functions whose calls were met, and whether they were passed over
        self._locals: Mapping[str, str] = {}  # what local variables of the new version are called instead
        self._stepped: dict[str, frozenset[str]] = {}  # the texts of code that is stepped over; variables in reach
        self._likeness = likeness
        self.trusted: Likeness | None = None  # what tells of callees, if it isn't their text alone
        self._silent = frozenset(n for n, c in spec.calls.items() if c.pure or c.constant or c.silent)
        self.names = {k: parse(v, self.new.definitions.is_type) for k, v in spec.names.items()}
        self.hidden: set[str] = set()  # names that aren't shown with a counterexample
        self.variables = {k: self._variable_type(k, v) for k, v in spec.variables.items()}
        self.inputs = self._inputs()
        self.renamed: dict[str, str] = {}  # parameters of the old version that are called otherwise in the new one
        self.retyped: dict[str, tuple[str, str]] = {}  # the two types of those whose type is another one, too
        # Those whose width is another one, which are inputs of their own: what they are called in both versions.
        self.resized: dict[str, tuple[str, str]] = {}
        self._check_parameters()
        plain = self._setting("new", {}, {})
        self._before_plain = self._sides(plain, {}, {})
        assumed = [self._hypothesis(self._before_plain, e) for e in spec.assume]
        self.assumed = tuple(term for term, _ in assumed)
        self.assumed_hazards = [hazard for _, hazards in assumed for hazard in hazards]
        side = self._before_plain.before
        self._assumed_on, self._assumed_reached = side.assumptions, side.reached  # what the assumptions rest on
        self.facts, self.ranges = derive_facts(self.assumed)
        self.outcomes = self._execute()
        for version in versions if depth == "strict" else ():
            self._check_shadowed(version)
        self.sides = self._sides(self._setting("new", self.facts, self.ranges), self.outcomes, self._rules_by_version)

    def _variable_type(self, name: str, type_: Expression) -> IntType:
        text = f"{type_.text} {name};"
        from verify.syntax.convert import convert_declaration

        source = Source(type_.span.source.name, text)
        try:
            declared = convert_declaration(source, 0, len(text), self.new.definitions.is_type)
            found = self.new.types.resolve(declared[0].type, name) if len(declared) == 1 else None
        except UnsupportedC:
            found = None
        if not isinstance(found, IntType) or found.signed is None:
            raise SpecError(f"`{type_.text}` isn't an integer type", type_.span)
        return found

    def _inputs(self) -> tuple[str, ...]:
        """The names of the entry's parameters, by position; both versions share them."""
        names = tuple(p.name or f"argument{i + 1}" for i, p in enumerate(self.new.entry.params))
        old = self.versions.get("old")
        if old is not None and self.depth == "strict" and len(old.entry.params) != len(names):
            raise InputError(
                f"`{old.entry.name}` takes {len(old.entry.params)} parameters in the old version and "
                f"`{self.new.entry.name}` {len(names)} in the new one", self.new.entry.span
            )  # fmt: skip
        return names

    def inputs_of(self, version: str) -> tuple[str, ...]:
        """What the parameters of `version` are called as inputs: by position; where the depth isn't strict, by name.

        There, a parameter that only one version has, is an input of its own; one that has another name, and stands at
        the same place with a like type, is not: callers pass the same there, or differ themselves.  A number whose
        width is another one is an input of its own, of which `one_argument` tells.
        """
        if version == "new" or self.depth == "strict":
            return self.inputs
        own = [p.name or f"argument{i + 1}" for i, p in enumerate(self.versions[version].entry.params)]
        sides = (self.versions[version], self.new)
        types = [[v.types.resolve(p.type, "") for p in v.entry.params] for v in sides]
        ours = dict(zip(self.inputs, types[1], strict=True))
        facing = dict(zip(own, self.inputs, strict=True)) if len(own) == len(self.inputs) else {}
        names: list[str] = []
        for name, was in zip(own, types[0], strict=True):
            new = name if name in ours else facing.get(name, "")
            if new not in ours or (new != name and new in own):
                names.append(name)
                continue
            now = ours[new]
            before = f"{name}_{version}" if name == new else name
            is_number = isinstance(was, IntType) and isinstance(now, IntType)
            if new != name and _passed_alike(was, now, sides):
                names.append(new)
                self.renamed[name] = new
                if was != now:
                    self.retyped[name] = f"{was}", f"{now}"
            elif is_number and width_of(was) != width_of(now) and before not in ({*own, *ours} - {name}):
                names.append(before)
                self.resized[before] = name, new
            else:
                names.append(name)
        return tuple(names)

    def one_argument(self) -> Iterator[tuple[str, Term]]:
        """What is said of parameters whose width is another one, and that one argument is passed for both.

        C converts it to the one type and to the other (C17 6.5.2.2p7), so the lower bits are the same.
        """
        if not self.resized:
            return
        theirs, ours = self._parameters(self.versions["old"]), self._parameters(self.new)
        for own, (was, now) in self.resized.items():
            (narrow, one), (wide, other) = sorted((theirs[own], ours[now]), key=lambda known: known[1].sort)
            called = f"`{now}` is now" if was == now else f"`{was}` is now called `{now}` and"
            what = f"the parameter {called} a `{ours[now][0]}`, no `{theirs[own][0]}`"
            yield f"{what}: one argument is passed for both", t.eq(convert(other, wide, narrow), one)

    def _check_parameters(self) -> None:
        """Raises where the versions' parameters can't be the same inputs, or a variable of the spec hides one."""
        for name in self.variables:
            if name in self.names:
                raise SpecError(f"`{name}` in [vars] is also a name", self.spec.variables[name].span)
        for version in self.versions.values() if self.depth == "strict" else ():
            self._check_hidden(version)
        old = self.versions.get("old")
        if old is None:
            return
        if self.depth == "strict":
            for input_, param in zip(self.inputs, old.entry.params, strict=True):
                if param.name in self.inputs and param.name != input_:
                    raise UnsupportedC(
                        f"`{param.name}` isn't the same parameter in both versions: they are told by their positions",
                        param.span,
                    )
        theirs, ours = self._parameters(old), self._parameters(self.new)
        for name, param in zip(self.inputs_of("old"), old.entry.params, strict=True):
            if name in ours and theirs[name][1].sort != ours[name][1].sort:
                raise UnsupportedC(
                    f"`{name}` is `{theirs[name][0]}` in the old version and `{ours[name][0]}` in the new one",
                    param.span,
                )

    def _check_hidden(self, version: Version) -> None:
        """Raises where a word of the spec hides a parameter, or a variable of file scope."""
        parameters = {p.name for p in version.entry.params}
        file = version.files.index(version.paths[0])
        for name, expression in (*self.spec.names.items(), *self.spec.variables.items()):
            if name in self.hiding:
                continue
            if name in parameters:
                what = f"a parameter of `{version.entry.name}`"
            elif name in file.globals:
                function = file.globals[name][0].kind == "prototype"
                what = f"a {'function' if function else 'variable'} of `{file.source.name}`"
            else:
                continue
            raise SpecError(f"`{name}` is also {what}", expression.span, "Call it otherwise in the spec.")

    def _check_shadowed(self, version: Version) -> None:
        """Raises where a word of the spec means something else in what was read of the code: the spec's would win."""
        definitions = version.definitions
        for name, expression in (*self.spec.names.items(), *self.spec.variables.items()):
            if name in self.hiding:
                continue
            for file in (idioms(), *definitions.files_of(name)):
                for table, what in _MEANINGS:
                    known: list[Macro | Item] = getattr(file, table).get(name, [])
                    found = next((d for d in known if truth(d.condition, definitions.config) is not False), None)
                    if found is not None:
                        where = "the kernel" if file is idioms() else str(found.span)
                        hint = "Call it otherwise in the spec."
                        raise SpecError(f"`{name}` is also {what} ({where})", expression.span, hint)

    def _parameters(self, version: Version) -> dict[str, tuple[CType, Term]]:
        found: dict[str, tuple[CType, Term]] = {}
        for param, name in zip(version.entry.params, self.inputs_of(version.name), strict=True):
            type_ = version.types.resolve(param.type, "")
            type_ = PointerTo(type_.element) if isinstance(type_, ArrayOf) else type_
            if not is_scalar(type_):
                raise UnsupportedC(f"a parameter of type `{type_}`", param.span)
            term = t.var(name, width_of(type_))
            for known in {name, param.name or name}:
                found[known] = (type_, term)
        return found

    def _setting(self, version: str, facts: dict[int, Term], ranges: dict[int, tuple[int, int]]) -> Setting:
        def variant(kind: str, name: str) -> str:
            return self.variant(version, kind, name)

        paired = len(self.versions) > 1
        local_names: Mapping[str, str] = self._locals if version == "new" else {}
        return Setting(version, facts, variant, ranges, paired, paired and self.depth != "strict", local_names)

    def variant(self, version: str, kind: str, name: str) -> str:
        """ "" if both versions define `name` by the same text (or neither does, here), else "@" and the version."""
        old = self.versions.get("old")
        if old is None or (kind == "function" and name in self.spec.calls and self.spec.calls[name].alike):
            return ""
        if kind == "function" and name in self.differing:
            return f"@{version}"
        if kind == "record" and self.depth != "strict":
            return ""  # where members lie is no behaviour; named as an assumption
        if kind == "static":
            same_type, same_value = same_static(self.likeness, *name.split("."))
            return "" if same_type and (same_value or self.depth == "strict") else f"@{version}"
        if kind == "layout":
            return "" if self.depth == "strict" or self._lies_alike(name) else f"@{version}"
        if kind == "path":
            return "" if self.depth == "strict" or self._lies_in_alike(name) else f"@{version}"
        if kind == "function" and self.depth in TRUSTING:
            return ""
        if kind == "function" and self.depth != "strict" and name == old.entry.name == self.new.entry.name:
            return ""  # by induction: calls of itself do the same if one more call does
        return "" if self._same_text(kind, name) else f"@{version}"

    def _same_text(self, kind: str, name: str) -> bool:
        if (kind, name) not in self._alike:
            one, other = self.versions["old"], self.versions["new"]
            if kind == "function":
                alike = not self.likeness.culprit(name)
            elif kind == "global" and self._is_constant(name):
                alike = not self.likeness.culprit(name) and same_members(self.likeness, name)
            elif kind == "first value":
                function, _, own = name.rpartition(".")
                alike = (
                    same_static(self.likeness, function, own)[1] if function else same_first_value(self.likeness, name)
                )
            elif kind == "global" and self.depth != "strict":
                # Of what may change, only the first value counts, not its type's text or where it is kept, and its
                # register or symbol, if the text says which.
                labels = [_LABEL.findall("\n".join(_texts(v.definitions, kind, name))) for v in (one, other)]
                alike = labels[0] == labels[1] and same_first_value(self.likeness, name)
            else:
                alike = _texts(one.definitions, kind, name) == _texts(other.definitions, kind, name)
            self._alike[kind, name] = alike
        return self._alike[kind, name]

    def _lies_alike(self, name: str) -> bool:
        """True iff a member's place, or a record's size, is the same in all versions that have it, if any knows it.

        `name`: the record's kind and key, and the member, if it is about one.
        """
        if ("layout", name) not in self._alike:
            kind, key, *member = name.split(" ")
            record = RecordType(kind, key)
            if record.is_nameless:
                return True  # each version has its own number, which its text tells
            found: list[int | None] = []
            having = [v for v in self.versions.values() if v.definitions.has_record(kind, key)]
            for version in having or self.versions.values():
                try:
                    if not member:
                        found.append(version.types.size_of(record))
                    elif version.types.has_member(record, member[0]):
                        found.append(version.types.place_of(record, member[0]))
                except UnsupportedC:
                    found.append(None)
            self._alike["layout", name] = len(set(found)) <= 1
        return self._alike["layout", name]

    def _lies_in_alike(self, name: str) -> bool:
        """True iff all versions that have a member (`name`: its record's kind and key, and its own name) have it in
        anonymous records of the same names.
        """
        if ("path", name) not in self._alike:
            kind, key, member = name.split(" ")
            record = RecordType(kind, key)
            found: set[tuple[str, ...]] = set()
            for version in self.versions.values() if not record.is_nameless else ():
                try:
                    if version.types.has_member(record, member):
                        found.add(version.types.member(record, member).path)
                except UnsupportedC:
                    pass
            self._alike["path", name] = len(found) <= 1
        return self._alike["path", name]

    def _other_objects(self, old: Outcome, new: Outcome) -> Iterator[str]:
        """What is assumed of objects that code outside gets to know, and that are others in the other version."""
        for record in sorted({*old.shown, *new.shown}):
            if lies_otherwise(self.likeness, record):
                yield f"that `{record}` has another layout in the other version doesn't matter"
        rooms = [{(n, 0): o.room[n] for n in o.escaped if n in o.room} | o.given_away for o in (old, new)]
        for key in sorted(rooms[0].keys() & rooms[1].keys()):
            one, other = (room[key] for room in rooms)
            if not takes_same_room(self.likeness, one, other):
                name = key[0].removeprefix("local ").partition("#")[0]
                yield f"that `{name}` is a `{one}` in the old version and a `{other}` in the new one doesn't matter"

    @property
    def likeness(self) -> Likeness:
        """What both versions define alike."""
        if self._likeness is None:
            self._likeness = Likeness(self.versions["old"].types, self.versions["new"].types)
        return self._likeness

    def _sides(
        self, setting: Setting, outcomes: Mapping[str, Outcome], rules: Mapping[str, dict[str, CallRule]]
    ) -> Sides:
        facts, ranges = setting.facts, setting.ranges
        before = Side(self.new.types, setting, self._plain_rules(), initial_state(), self._parameters(self.new), None)
        after: dict[str, Side] = {}
        for name, outcome in outcomes.items():
            version = self.versions[name]
            state = State((), dict(outcome.state.slots), dict(outcome.state.targets))
            own = self._setting(name, facts, ranges)
            after[name] = Side(version.types, own, rules[name], state, self._parameters(version), outcome)
        return Sides(before, after, self.names, self.variables, self.depth != "strict")

    def _plain_rules(self) -> dict[str, CallRule]:
        return {n: CallRule((), c.pure, c.constant, c.silent, known=c.known) for n, c in self.spec.calls.items()}

    def _rules(self, version: Version) -> dict[str, CallRule]:
        """The spec's rules with the locations that a callee preserves looked up in `version`."""
        side = Side(
            version.types, self._setting(version.name, {}, {}), {}, initial_state(), self._parameters(version), None
        )
        Sides(side, {}, self.names, self.variables)
        places: dict[str, Place] = {}  # by the text: most rules preserve the same
        return {name: self._rule(side, call, places) for name, call in self.spec.calls.items()}

    def _rule(self, side: Side, call: CallSpec, places: dict[str, Place]) -> CallRule:
        preserves: list[tuple[str, int, tuple[int, ...]]] = []
        said: list[str] = []
        others = False  # what stands for the same location of other objects, too
        for expression in call.preserves:
            if expression.text not in places:
                places[expression.text] = side.place(parse(expression, side.definitions.is_type))
            place = places[expression.text]
            if not is_scalar(place.type) and not isinstance(place.type, ArrayOf):
                raise SpecError(f"`{expression.text}` isn't a scalar that can be preserved", expression.span)
            if place.storage is not None:
                raise SpecError(f"`{expression.text}` is a part of a union; that can't be preserved", expression.span)
            others = others or (bool(place.indices) and not place.location.startswith(GLOBAL))
            preserves.append((place.location, *side.shape(place)))
            said.append(f"`{expression.text}`{self._covered(side, expression, place)}")
        reason = ", ".join(said)
        reason += ", of this or any other object" if others else ""
        return CallRule(tuple(preserves), call.pure, call.constant, call.silent, reason, call.known)

    def _covered(self, side: Side, expression: Expression, place: Place) -> str:
        """What else is preserved with `place`, in words: a location stands for all indices, and for each record.

        "" where that is the same member of other objects alone.
        """
        name = f"`{place.location.removeprefix(GLOBAL)}`"
        if is_behind(place):
            return f" (any of {side.shape(place)[0]} bits behind a pointer)"
        if len(place.indices) > (not place.location.startswith(GLOBAL)):
            return f" (all elements of {name})"
        node = parse(expression, side.definitions.is_type)
        while isinstance(node, ast.Ident) and node.name in self.names:
            node = self.names[node.name]
        while isinstance(node, ast.Field) and not node.arrow:
            node = node.object
            if by_address(side.place(node).type):  # of a type of its own, which other members may have, too
                return f" (each {name})"
        return ""

    def setting(self, version: str) -> Setting:
        """What `version` is executed under."""
        return self._setting(version, self.facts, self.ranges)

    def rules_of(self, version: str) -> dict[str, CallRule]:
        """What callees are assumed to do, with locations as `version` has them."""
        return self._rules_by_version[version]

    @property
    def plain_side(self) -> Side:
        """The state before the call, as if nothing were assumed."""
        return self._before_plain.before

    @property
    def objects(self) -> dict[str, int]:
        """The addresses of the variables of file scope that a version uses and defines, with their sizes."""
        return smallest(outcome.objects for outcome in self.outcomes.values())

    @property
    def named_objects(self) -> dict[str, int]:
        """The same with those that the spec's expressions named so far."""
        sides = (self.plain_side, self.sides.before, *self.sides.after.values())
        return smallest((self.objects, *(side.objects for side in sides)))

    @cached_property
    def named_places(self) -> tuple[tuple[str, str, tuple[Term, ...]], ...]:
        """Each of the spec's names that is a place: its name, location and indices."""
        found: list[tuple[str, str, tuple[Term, ...]]] = []
        for name, tree in self.names.items():
            if name in self.hidden:
                continue
            try:
                place = self.sides.before.place(tree)
            except (SpecError, UnsupportedC):
                continue
            found.append((name, place.location, place.indices))
        return tuple(found)

    @cache  # noqa: B019 (a subject lives as long as its run)
    def bit_names(self, prefixes: tuple[str, ...]) -> dict[int, str]:
        """The macros with one of the prefixes whose value is a single bit, by value."""
        found: dict[int, str] = {}
        for index in self.new.definitions.files:
            for name in index.macros:
                if name.startswith(prefixes):
                    try:
                        value = self.new.types.constant(ast.Ident(name, ast.ANYTHING, index.macros[name][0].span))
                    except UnsupportedC:
                        continue
                    if value > 0 and value & (value - 1) == 0:
                        found.setdefault(value, name)
        return found

    @cached_property
    def addresses(self) -> frozenset[int]:
        """The ids of reads that yield addresses of what is read or written, or addresses a known distance away."""
        found: set[int] = set()
        for outcome in self.outcomes.values():
            events = (x for e in outcome.events for x in (e.condition, *e.terms))
            for part in t.postorder((*events, *outcome.state.slots.values())):
                indices = part.args[1:] if part.op == "read" else part.args[1:-1] if part.op == "store" else ()
                bases = (t.base_and_offset(index)[0] for index in indices)
                found.update(base.id for base in bases if base is not None and base.op == "read")
        return frozenset(found)

    def named_bits(self, name: str, value: int) -> tuple[str, ...]:
        """The names of the bits that are set in `value` of the spec's `name`, if the spec has such names."""
        prefixes = self.spec.bits.get(name, ())
        if not prefixes:
            return ()
        table = self.bit_names(prefixes)
        return tuple(table.get(1 << i, f"bit {i}") for i in range(value.bit_length()) if value >> i & 1)

    def _execute(self) -> dict[str, Outcome]:
        """Runs the versions.  A callee (memset() is one, too) is inlined in both or in none, as far as both know it."""
        opaque = frozenset(n for n, c in self.spec.calls.items() if n not in BLOCK_FUNCTIONS and not c.silent)
        self._rules_by_version = {name: self._rules(v) for name, v in self.versions.items()}
        self.refused: dict[str, UnsupportedC] = {}
        outcomes: dict[str, Outcome] = {}
        for _ in range(_ATTEMPTS):  # until no callee is inlined in one version only
            outcomes = {name: self._run(v, opaque) for name, v in self.versions.items()}
            for outcome in outcomes.values():
                self.refused.update(outcome.refused)
            refused = {n for o in outcomes.values() for n in o.refused}
            mixed = {
                n for o in outcomes.values() for n in o.inlined
                if any(_plain(e) == n for other in outcomes.values() for e in (*other.effects, *other.asked_only))
            }  # fmt: skip
            mixed |= met_by_one(o.whole for o in outcomes.values())
            more = (refused | mixed) - opaque
            passed_over = {n for o in outcomes.values() for n in o.passed_over}
            self.opaque = opaque | more | passed_over
            if self._layouts_are_settled() and (not more or (len(self.versions) == 1 and not mixed)):
                break
            opaque |= more
        self._locals = _renamed_locals(outcomes["old"], outcomes["new"]) if len(outcomes) > 1 else {}
        if self._locals:
            outcomes["new"] = self._run(self.new, opaque)
        return outcomes

    def _layouts_are_settled(self) -> bool:
        """True iff what was told of layouts holds now that the records inside of both versions' functions are known."""
        looks = {"layout": self._lies_alike, "path": self._lies_in_alike}
        told = {key: alike for key, alike in self._alike.items() if key[0] in looks}
        for key in told:
            del self._alike[key]
        return all(looks[kind](name) == alike for (kind, name), alike in told.items())

    def _run(self, version: Version, opaque: frozenset[str]) -> Outcome:
        setting = self._setting(version.name, self.facts, self.ranges)
        rules, unroll = self._rules_by_version[version.name], self.spec.unroll or UNROLL
        if self.depth == "strict":
            executor = Executor(version.types, setting, rules, opaque, unroll)
        else:
            from verify.execution.tolerant import Tolerant

            executor = Tolerant(version.types, setting, rules, opaque, unroll, self._tolerance(version.name))
        return executor.run(version.entry, self.inputs_of(version.name))

    def _is_alike(self, name: str) -> bool:
        """True iff calls of `name` do the same in both versions; where names are trusted, its text tells."""
        if name in self.differing:
            return False
        return self._same_text("text", name) if self.depth in TRUSTING else not self.likeness.culprit(name)

    def _tolerance(self, version: str) -> Tolerance:
        from verify.execution.tolerant import Reach, Tolerance

        def reach(text: str, declared: frozenset[str]) -> Reach:
            meanings = self.likeness.old if version == "old" else self.likeness.new
            words, bodies = meanings.reach(text, declared)
            self._stepped[text] = declared
            differs = self.depth not in TRUSTING and bool(self.likeness.text_culprit(text, declared))
            differs = differs or not self.differing.isdisjoint(words.names)
            names = words.names
            if UNKNOWN in names:
                names, bodies = names | declared, f"{bodies}\n{ANYTHING}"
            return Reach(names, bodies, f"@{version}" if differs else "")

        def passes(name: str) -> bool:
            passed = self._passes(name, self.depth)
            self._passed.add((name, passed))
            return passed

        def differs(text: str) -> bool:
            return bool(self.likeness.text_culprit(text, frozenset()))

        return Tolerance(reach, self._is_alike, passes, self.depth == "unrolled", self._is_quiet, differs)

    def is_also(self, depth: str) -> bool:
        """True iff execution at another depth would look into the same calls, and so find the same."""
        if "unrolled" in (self.depth, depth) or not {self.depth, depth} <= set(TRUSTING):
            return False
        return all(self._passes(name, depth) == passed for name, passed in self._passed)

    def _is_quiet(self, name: str) -> bool:
        """True iff the code of `name` shows in each version that has it, that it changes nothing.

        Where names aren't trusted a call of the function itself is an act, as the induction needs it.
        """
        itself = self.depth not in TRUSTING and name == self.new.entry.name
        return not itself and name not in self.differing and self.likeness.is_quiet(name, self._silent)

    def _is_short(self, name: str) -> bool:
        if name not in self._short:
            items = [i for v in self.versions.values() for i in v.definitions.function_items(name)]
            longest = max((len(canonical(i.span.text)) for i in items), default=0)
            limit = _SHORT_FUNCTION if self._is_alike(name) else _SHORT_HELPER
            self._short[name] = bool(items) and longest <= limit
        return self._short[name]

    def _passes(self, name: str, depth: str) -> bool:
        """True iff calls of `name` aren't looked into at `depth`."""
        if name in self.differing:
            return False
        definitions = [v.definitions for v in self.versions.values()]
        if any(name in d.behind_macros for d in definitions):
            return False  # the other version may spell out what it does
        found = [d.finds(name) for d in definitions]  # whichever version ran first
        if depth in ("near", "unrolled") and self._is_short(name):
            return False
        if depth in ("by name", "near", "unrolled"):
            return all(found)
        return depth != "deep" and self._is_alike(name)

    def _hypothesis(self, sides: Sides, expression: Expression) -> tuple[Term, tuple[Hazard, ...]]:
        side = sides.before
        hazards = len(side.hazards)
        tree = parse(expression, side.definitions.is_type)
        if sides_mentioned(tree, self.names):
            raise SpecError(
                "an assumption is about what holds before the call", expression.span, "Leave out old. and new."
            )
        term = self._evaluated(sides, tree)
        return term, tuple(side.hazards[hazards:])

    def assumption(self, expression: Expression) -> Term:
        """What `expression` says of the inputs.  Raises `SpecError` where it makes no sense before the call."""
        return self._hypothesis(self._before_plain, expression)[0]

    def _evaluated(self, sides: Sides, tree: ast.Expr) -> Term:
        try:
            return sides.condition(tree)
        except UnsupportedC as error:
            raise SpecError(error.message, error.span, error.hint) from None

    def pose(self, claim: Claim) -> Posed:
        """States `claim` over terms.  Raises `SpecError` where it makes no sense."""
        sides = self.sides
        plain = self._before_plain.before
        plain.assumptions, plain.reached = (
            dict(self._assumed_on),
            {w: dict(h) for w, h in self._assumed_reached.items()},
        )
        for side in (sides.before, *sides.after.values()):
            side.start_afresh()
        for side in (plain, sides.before):
            side.see_like(self.outcomes.values())
        own: list[Term] = []
        own_hazards: list[Hazard] = []
        for expression in claim.assume:
            term, found = self._hypothesis(self._before_plain, expression)
            own.append(term)
            # An assumption's own undefined behaviour is impossible only given those before it.
            own_hazards.extend(found)
        hypotheses = (*own, *(holds for _, holds in self.one_argument()))
        tree = parse(claim.prove, self.new.definitions.is_type)
        facts, _ = derive_facts((*self.assumed, *own))
        parts: list[Part] = []
        for conjunct in conjuncts(tree):
            parts.extend(self._parts(sides, conjunct))
        simplified = t.substitute(tuple(p.equal for p in parts), facts)
        parts = [Part(p.text, s) for p, s in zip(parts, simplified, strict=True)]
        mentioned = sides_mentioned(tree, self.names)
        outcomes = [o for n, o in self.outcomes.items() if n in mentioned]
        rests_on = dict.fromkeys(a for o in outcomes for a in o.assumptions)
        asked = (plain, sides.before, *sides.after.values())
        rests_on.update(dict.fromkeys(a for s in asked for a in s.assumptions))
        without = [s for n, s in sides.after.items() if n not in mentioned]
        rests_on.update(dict.fromkeys(apart(s.reached for s in asked if s not in without)))
        if len(outcomes) > 1:
            rests_on.update(dict.fromkeys(self._other_objects(*outcomes)))
        configs = (v.definitions.config for v in self.versions.values())
        rests_on.update(dict.fromkeys(told for c in configs if isinstance(c, Fixed) for told in c.told()))
        hazards = [h for o in outcomes for h in o.hazards] + self.assumed_hazards + own_hazards
        hazards += [h for s in (sides.before, *sides.after.values()) for h in s.hazards]
        bounds = [b for o in outcomes for b in o.bounds]
        goal = t.and_(*simplified)
        given = (*self.assumed, *hypotheses)
        return Posed(
            claim,
            tree,
            (*given, *lie_apart(self.named_objects, (*given, goal, *(h.condition for h in (*hazards, *bounds))))),
            goal,
            tuple(parts),
            _under(hazards, facts),
            _under(bounds, facts),
            tuple(rests_on),
            lambda: tuple(self._callee_assumptions(outcomes)),
        )

    def _parts(self, sides: Sides, node: ast.Expr) -> list[Part]:
        """The conjunct's parts: those of `same`, or itself."""
        if isinstance(node, ast.Call) and isinstance(node.function, ast.Ident) and node.function.name == "same":
            try:
                return sides.same(node)
            except UnsupportedC as error:
                raise SpecError(error.message, error.span, error.hint) from None
        return [Part(whole_text(node.span), self._evaluated(sides, node))]

    def _callee_assumptions(self, outcomes: Iterable[Outcome]) -> Iterable[str]:
        outcomes = list(outcomes)
        if len(outcomes) < 2:
            return
        one, other = outcomes
        both = set(one.effects) & set(other.effects) | (one.asked_only & other.asked_only)
        if self.depth != "strict":
            both |= one.addresses & other.addresses  # whoever gets them may call them
        shared = {name: self._although(name) for name in sorted(both)}
        if self.depth != "strict":  # there, that a call of one name is one act is what "same" means
            shared = {name: but for name, but in shared.items() if but}
        if shared:
            calls = ", ".join(f"{name}(){but}" for name, but in shared.items())
            yield f"what isn't looked into behaves the same in both versions: {calls}"
        asked = sorted(one.asked_only & other.asked_only)
        if asked and self.depth in TRUSTING:  # else it is the same code, and so is all that it uses
            calls = ", ".join(f"{n}(){self._although(n)}" for n in asked)
            yield f"what isn't looked into answers the same in both versions: {calls}"
        steps = {s.label: s for o in outcomes for found in o.steps.values() for s in found}
        labels = [{s.label for found in o.steps.values() for s in found} for o in outcomes]
        for label in sorted(labels[0] & labels[1]):
            text = code_of(label)
            likeness = self.trusted or self.likeness
            because = likeness.text_culprit(text, self._stepped[text]) if text in self._stepped else ""
            but = f", {ALTHOUGH} `{because}` differs" if because else ""
            unknown = _UNKNOWN_NAME.match(steps[label].why.message)
            missing = ""
            if not because and text in self._stepped:
                missing = likeness.undefined(text, self._stepped[text], unknown.group(1) if unknown else "")
            if missing:
                but = f", {ALTHOUGH} nothing that was read defines `{missing}`"
            elif not because and self.depth != "strict" and text in self._stepped:
                records = likeness.text_records(text, self._stepped[text])
                if not records:
                    continue  # it is the same code, and so is all that it uses
                but = f", {ALTHOUGH} {shown_list([f'`{r}`' for r in records])} changed"
            where = steps[label].span.use
            yield f"code that isn't looked into does the same in both versions: `{shorten(text)}` at {where}{but}"
        yield from self._data_assumptions(outcomes)

    def _data_assumptions(self, outcomes: Iterable[Outcome]) -> Iterator[str]:
        """What is assumed of variables that both versions name: of the functions that they point at, above all."""
        likeness = self.trusted or self.likeness
        used = [{_plain(address[1:]) for address in outcome.objects if address[0] == "&"} for outcome in outcomes]
        for name in sorted(used[0].intersection(*used[1:])):
            culprit = "" if self._is_constant(name) else value_culprit(likeness, name)
            if culprit:
                but = "its definition" if culprit == name else f"`{culprit}`"
                yield f"what `{name}` holds does the same in both versions, {ALTHOUGH} {but} differs"

    def data_apart(self) -> str:
        """Data that differs and that code uses which neither version looks into; "" if there is none."""
        outcomes = list(self.outcomes.values())
        labels = [{s.label for found in o.steps.values() for s in found} for o in outcomes]
        for text in sorted({code_of(label) for label in labels[0].intersection(*labels[1:])} & self._stepped.keys()):
            found = data_culprit(self.likeness, text, self._stepped[text])
            if found:
                return found
        return ""

    def _although(self, name: str) -> str:
        """What speaks against function `name` doing the same in both versions, in brackets; "" if nothing does."""
        known = [v.definitions.knows(name) for v in self.versions.values()]
        if not all(known):
            return f" ({ALTHOUGH} only one version declares it)" if any(known) and name not in self.spec.calls else ""
        likeness = self.trusted or self.likeness
        culprit = likeness.culprit(name)
        if culprit:
            return f" ({ALTHOUGH} {'its code' if culprit == name else f'`{culprit}`, which it uses,'} differs)"
        records = likeness.changed_records(name)
        return f" ({ALTHOUGH} {shown_list([f'`{r}`' for r in records])} changed)" if records else ""

    def _is_constant(self, name: str) -> bool:
        """True iff a version declares the variable `name`, or what it points at, const."""
        for version in self.versions.values():
            try:
                declared = version.definitions.declaration("globals", name) or ()
            except UnsupportedC:
                return True
            if any(d.name == name and ("const" in d.storage or stays(d, version.definitions)) for d in declared):
                return True
        return False


def whole_text(span: Span) -> str:
    """The text of `span` on one line, with the brackets around it that the syntax tree leaves out."""
    text, start, end = span.source.text, span.start, span.end
    before, behind = unpaired(span.text)
    while before or behind:
        start = text.rfind(before[0], 0, start) if before else start
        end = text.find(behind[0], end) + 1 if behind else end
        if start < 0 or end == 0:
            return " ".join(span.text.split())
        before, behind = unpaired(text[start:end])
    return " ".join(text[start:end].split())


def _under(hazards: Iterable[Hazard], facts: dict[int, Term]) -> tuple[Hazard, ...]:
    hazards = list(hazards)
    conditions = t.substitute(tuple(h.condition for h in hazards), facts)
    return tuple(h._replace(condition=c) for h, c in zip(hazards, conditions, strict=True) if c is not t.FALSE)


ALTHOUGH = "although"  # what follows speaks against an assumption
_SHORT = 60
_SHORT_FUNCTION = 200  # characters, comments not counted
_SHORT_HELPER = 600  # the same for a function that differs
_LISTED = 3


def shown_list(items: list[str]) -> str:
    """The items with commas; of many, the first."""
    rest = len(items) - _LISTED
    return ", ".join(items) if rest <= 0 else f"{', '.join(items[:_LISTED])} and {rest} more"


def shorten(text: str) -> str:
    """The beginning of a piece of code, for messages."""
    return text if len(text) <= _SHORT else f"{text[:_SHORT].rstrip()} …"


_UNKNOWN_NAME = pattern(r"`(?!__\w+__`)(\w+)` isn't known$")  # but for `__func__` and the like
_LABEL = pattern(r"\b(?:asm|__asm|__asm__) \(.*")  # of a variable: what an assembler knows it by


def _plain(label: str) -> str:
    return label.partition("@")[0]


def _texts(definitions: Definitions, kind: str, name: str) -> list[str]:
    if kind == "text":
        items = [i for f in definitions.files_of(name) for i in f.functions.get(name, ())]
    elif kind in ("record", "record's text"):
        items = [i for f in definitions.files for k in ("struct", "union") for i in f.tags.get(f"{k} {name}", ())]
    else:
        items = [i for f in definitions.files_of(name) for i in f.globals.get(name, ())]
    # A variable's first value says nothing of what it holds when the function is called.
    texts = [canonical(i.span.text) for i in items]
    return [text.partition(" = ")[0].removesuffix(" ;") for text in texts] if kind == "global" else texts


def derive_facts(assumptions: Iterable[Term]) -> tuple[dict[int, Term], dict[int, tuple[int, int]]]:
    """What the assumptions say of single terms: replacements, and ranges (lowest, highest; unsigned) by term id."""
    facts: dict[int, Term] = {}
    ranges: dict[int, tuple[int, int]] = {}
    stack = list(assumptions)
    while stack:
        atom = stack.pop()
        if atom.op == "and":
            stack.extend(atom.args)
            continue
        if atom.op in ("true", "false"):
            continue
        facts[atom.id] = t.TRUE
        facts[t.not_(atom).id] = t.FALSE
        positive = atom.args[0] if atom.op == "not" else atom
        if positive.op == "=" and positive.args[0].sort > 0:
            one, other = positive.args
            one, other = (other, one) if one.op == "const" else (one, other)
            if other.op == "const" and one.op != "const":
                if atom.op != "not":
                    facts[one.id] = other
                elif one.sort == 1:
                    facts[one.id] = t.bvnot(other)
        elif positive.op == "bvult":
            _narrow(ranges, positive, atom.op != "not")
    return facts, ranges


def _narrow(ranges: dict[int, tuple[int, int]], comparison: Term, holds: bool) -> None:
    one, other = comparison.args
    for term, bound, below in ((one, other, holds), (other, one, not holds)):
        limit = t.const_value(bound)
        if limit is None or term.op == "const":
            continue
        low, high = ranges.get(term.id, (0, (1 << term.sort) - 1))
        if below:  # term < limit, or term <= limit if the comparison was negated and turned round
            ranges[term.id] = (low, min(high, limit - 1 if holds else limit))
        else:
            ranges[term.id] = (max(low, limit + 1 if holds else limit), high)


__all__ = ["Posed", "Span", "Subject", "Version", "derive_facts", "load_version"]


def _passed_alike(one: CType, other: CType, versions: tuple[Version, Version]) -> bool:
    """True iff what stands at one place in the parameters of two `versions`, of these types, is the same argument.

    Numbers are if they are of one width, and pointers unless they are to two records, neither of which holds the other.
    """
    one, other = (PointerTo(type_.element) if isinstance(type_, ArrayOf) else type_ for type_ in (one, other))
    if isinstance(one, PointerTo) and isinstance(other, PointerTo):
        records = one.target, other.target
        if records[0] == records[1] or not all(isinstance(record, RecordType) for record in records):
            return True
        sides = zip(versions, (records, records[::-1]), strict=True)
        return any(Sightings(version.types).holds(outer, inner, 0) for version, (outer, inner) in sides)
    are_numbers = isinstance(one, IntType) and isinstance(other, IntType)
    return one == other or (are_numbers and width_of(one) == width_of(other))


def _renamed_locals(old: Outcome, new: Outcome) -> dict[str, str]:
    """Other names for the new version's local variables, so that those that take the old ones' places are called alike.

    Addresses are told by names; what a local variable is called changes nothing else, as long as no two are called
    alike.  So names are exchanged where each version shows the outside just one of a type that the other one doesn't.
    """
    found: dict[str, str] = {}
    one, other = old.escaped - new.escaped, new.escaped - old.escaped
    single = frozenset(new.made.values())
    for name in one:
        mine, theirs = (
            [n for n in names if o.room.get(n) == old.room.get(name)] for names, o in ((one, old), (other, new))
        )
        if len(mine) == len(theirs) == 1 and theirs[0] in single and (name in single or name not in new.room):
            found |= {theirs[0]: name, name: theirs[0]}
    return found
