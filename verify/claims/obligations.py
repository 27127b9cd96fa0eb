"""Turns a spec and its claims into obligations over terms.

`Subject` holds both versions of the code under a spec: it executes the entry functions once, under the assumptions
that hold for all claims.  `pose` states one claim as hypotheses and a goal: the claim holds iff the hypotheses and the
goal's negation are unsatisfiable together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from verify.claims.facts import derive_facts, possible_under
from verify.claims.language import conjuncts, parse, sides_mentioned
from verify.claims.likeness import Likeness
from verify.claims.parameters import Parameters
from verify.claims.pasted import ANYTHING, UNKNOWN
from verify.claims.sides import Part, Side, Sides
from verify.claims.spec import CallSpec, Claim, Expression, Spec
from verify.claims.trust import Trust, plain_name
from verify.claims.variants import TRUSTING, Variants
from verify.claims.versions import Version
from verify.errors import SpecError, UnsupportedC
from verify.execution.blocks import met_by_one
from verify.execution.calls import CallRule
from verify.execution.executor import UNROLL, Executor, Outcome, initial_state
from verify.execution.memory import Setting, apart, by_address, is_behind, lie_apart, smallest
from verify.execution.state import BLOCK_FUNCTIONS, GLOBAL, Hazard, Place, State
from verify.source.text import Source
from verify.syntax import ast
from verify.syntax.conditions import Fixed, truth
from verify.syntax.ctypes import ArrayOf, IntType, is_scalar
from verify.syntax.index import Item, Macro
from verify.syntax.lexer import canonical, whole_text
from verify.syntax.lookup import idioms
from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.execution.tolerant import Tolerance

_MEANINGS = (
    ("macros", "a macro"),
    ("enumerators", "an enumeration constant"),
    ("typedefs", "a type"),
)
_ATTEMPTS = 6  # to settle which callees both versions treat alike


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
        self._short: dict[str, bool] = {}
        self._passed: set[tuple[str, bool]] = set()  # functions whose calls were met, and whether they were passed over
        self._locals: Mapping[str, str] = {}  # what local variables of the new version are called instead
        self.variants = Variants(self.versions, spec.calls, depth, likeness, differing)
        self.trust = Trust(self.versions, spec.calls, self.variants, depth == "strict")
        self._silent = frozenset(n for n, c in spec.calls.items() if c.pure or c.constant or c.silent)
        self.names = {k: parse(v, self.new.definitions.is_type) for k, v in spec.names.items()}
        self.hidden: set[str] = set()  # names that aren't shown with a counterexample
        self.variables = {k: self._variable_type(k, v) for k, v in spec.variables.items()}
        self.parameters = Parameters(self.versions, depth == "strict")
        self._check_words()
        self.parameters.check()
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

    def _check_words(self) -> None:
        """Raises where a variable of the spec hides one of its names, or a word of it what the code means by it."""
        for name in self.variables:
            if name in self.names:
                raise SpecError(f"`{name}` in [vars] is also a name", self.spec.variables[name].span)
        for version in self.versions.values() if self.depth == "strict" else ():
            self._check_hidden(version)

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

    def _setting(self, version: str, facts: dict[int, Term], ranges: dict[int, tuple[int, int]]) -> Setting:
        def variant(kind: str, name: str) -> str:
            return self.variants.of(version, kind, name)

        paired = len(self.versions) > 1
        local_names: Mapping[str, str] = self._locals if version == "new" else {}
        return Setting(version, facts, variant, ranges, paired, paired and self.depth != "strict", local_names)

    def _sides(
        self, setting: Setting, outcomes: Mapping[str, Outcome], rules: Mapping[str, dict[str, CallRule]]
    ) -> Sides:
        facts, ranges = setting.facts, setting.ranges
        parameters = self.parameters.terms(self.new)
        before = Side(self.new.types, setting, self._plain_rules(), initial_state(), parameters, None)
        after: dict[str, Side] = {}
        for name, outcome in outcomes.items():
            version = self.versions[name]
            state = State((), dict(outcome.state.slots), dict(outcome.state.targets))
            own = self._setting(name, facts, ranges)
            after[name] = Side(version.types, own, rules[name], state, self.parameters.terms(version), outcome)
        return Sides(before, after, self.names, self.variables, self.depth != "strict")

    def _plain_rules(self) -> dict[str, CallRule]:
        return {n: CallRule((), c.pure, c.constant, c.silent, known=c.known) for n, c in self.spec.calls.items()}

    def _rules(self, version: Version) -> dict[str, CallRule]:
        """The spec's rules with the locations that a callee preserves looked up in `version`."""
        setting = self._setting(version.name, {}, {})
        side = Side(version.types, setting, {}, initial_state(), self.parameters.terms(version), None)
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
                if any(plain_name(e) == n for other in outcomes.values() for e in (*other.effects, *other.asked_only))
            }  # fmt: skip
            mixed |= met_by_one(o.whole for o in outcomes.values())
            more = (refused | mixed) - opaque
            passed_over = {n for o in outcomes.values() for n in o.passed_over}
            self.opaque = opaque | more | passed_over
            if self.variants.are_settled() and (not more or (len(self.versions) == 1 and not mixed)):
                break
            opaque |= more
        self._locals = _renamed_locals(outcomes["old"], outcomes["new"]) if len(outcomes) > 1 else {}
        if self._locals:
            outcomes["new"] = self._run(self.new, opaque)
        return outcomes

    def _run(self, version: Version, opaque: frozenset[str]) -> Outcome:
        setting = self._setting(version.name, self.facts, self.ranges)
        rules, unroll = self._rules_by_version[version.name], self.spec.unroll or UNROLL
        if self.depth == "strict":
            executor = Executor(version.types, setting, rules, opaque, unroll)
        else:
            from verify.execution.tolerant import Tolerant

            executor = Tolerant(version.types, setting, rules, opaque, unroll, self._tolerance(version.name))
        return executor.run(version.entry, self.parameters.of(version.name))

    def _tolerance(self, version: str) -> Tolerance:
        from verify.execution.tolerant import Reach, Tolerance

        def reach(text: str, declared: frozenset[str]) -> Reach:
            meanings = self.variants.likeness.old if version == "old" else self.variants.likeness.new
            words, bodies = meanings.reach(text, declared)
            self.trust.stepped[text] = declared
            differs = not self.variants.trusting and bool(self.variants.likeness.text_culprit(text, declared))
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
            return bool(self.variants.likeness.text_culprit(text, frozenset()))

        quiet = partial(self._is_quiet, is_old=version == "old")
        return Tolerance(reach, self.variants.is_alike, passes, self.depth == "unrolled", quiet, differs)

    def is_also(self, depth: str) -> bool:
        """True iff execution at another depth would look into the same calls, and so find the same."""
        if "unrolled" in (self.depth, depth) or not {self.depth, depth} <= set(TRUSTING):
            return False
        return all(self._passes(name, depth) == passed for name, passed in self._passed)

    def _is_quiet(self, name: str, is_old: bool) -> bool:
        """True iff the code of `name` shows in this version, and in the other one if that knows it, that it changes
        nothing.

        Where names aren't trusted a call of the function itself is an act, as the induction needs it.
        """
        itself = not self.variants.trusting and name == self.new.entry.name
        return not itself and name not in self.differing and self.variants.likeness.is_quiet(name, self._silent, is_old)

    def _is_short(self, name: str) -> bool:
        if name not in self._short:
            items = [i for v in self.versions.values() for i in v.definitions.function_items(name)]
            longest = max((len(canonical(i.span.text)) for i in items), default=0)
            limit = _SHORT_FUNCTION if self.variants.is_alike(name) else _SHORT_HELPER
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
        return depth != "deep" and self.variants.is_alike(name)

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
        hypotheses = (*own, *(holds for _, holds in self.parameters.one_argument()))
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
            rests_on.update(dict.fromkeys(self.variants.other_objects(*outcomes)))
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
            possible_under(hazards, facts),
            possible_under(bounds, facts),
            tuple(rests_on),
            lambda: tuple(self.trust.assumptions(outcomes)),
        )

    def _parts(self, sides: Sides, node: ast.Expr) -> list[Part]:
        """The conjunct's parts: those of `same`, or itself."""
        if isinstance(node, ast.Call) and isinstance(node.function, ast.Ident) and node.function.name == "same":
            try:
                return sides.same(node)
            except UnsupportedC as error:
                raise SpecError(error.message, error.span, error.hint) from None
        return [Part(whole_text(node.span), self._evaluated(sides, node))]


_SHORT_FUNCTION = 200  # characters, comments not counted
_SHORT_HELPER = 600  # the same for a function that differs


__all__ = ["Posed", "Subject"]


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
