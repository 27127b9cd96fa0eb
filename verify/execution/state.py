"""The symbolic machine's data: values, places, and states that fork at a branch and merge behind it."""

from __future__ import annotations

from collections.abc import Iterable

from verify.errors import UnsupportedC
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.ctypes import INT, LONG, UINT, ULONG, CType, IntType
from verify.syntax.lexer import closing_of, whole_text
from verify.terms.term import FALSE, MEMORY, TRUE, WORLD, Term, and_, base, implies, ite, nonzero, or_, read
from verify.tuples import NamedTuple

WORLD_SLOT = "@world"  # what the outside has seen: all calls that have an effect
WARNINGS_SLOT = "@warnings"  # the warnings that fired, a world of their own
STOPPED_SLOT = "@stopped"  # BUG() was reached
KNOWN_SLOT = "@known "  # in front of a local variable: whether the outside may know its address; false if not there


RESULT = "result"  # what a call returned, as what is read of the world behind it
RETURNED = "(result)."  # how it begins for the members of a record
GLOBAL = "global "  # what locations of file scope begin with
UNKNOWN_LENGTH = -1
_COMPOSED = (ast.Binary, ast.Conditional, ast.Assign, ast.Comma)

BLOCK_FUNCTIONS = frozenset(("memset", "memcpy", "memmove"))
# The bytes of a record that belong to no member are one unknown byte of it, by this name.
PADDING = "(padding)"
UNSET_PADDING = "unset padding"  # what it is in a local variable before; no code may depend on it (C17 6.2.6.1p6)


class Place(NamedTuple):
    """An lvalue.

    `location` names the content that it selects from: a local variable's slot, or a field of all records of one type;
    `indices` are the record's address (unless `local`) and array indices.  `address` is the C address where one is
    known.  `bits` is a bit-field's width.  `storage` and `offset` (bits): a part of a union kept as one integer.
    `of`: how many elements the array has whose element this is (`UNKNOWN_LENGTH` if that isn't known); 0: it is none.
    `around`: of an anonymous member, the record with a name that it is in.
    """

    location: str
    indices: tuple[Term, ...]
    type: CType
    local: bool
    address: Term | None
    bits: int | None = None
    storage: int | None = None
    offset: int = 0
    of: int = 0
    around: Place | None = None


class Label(NamedTuple):
    """Where the condition comes from that a switch over `value` finds the constant `label`."""

    value: ast.Expr
    label: ast.Expr

    @property
    def text(self) -> str:
        """The condition as one writes it without a switch."""
        return f"{bracketed(self.value)} == {bracketed(self.label)}"


def bracketed(node: ast.Expr) -> str:
    """The text of an expression, in brackets if an operator beside it might take a part of it."""
    text = whole_text(node.span)
    closed = text.startswith("(") and closing_of(text, 0) == len(text) - 1
    return f"({text})" if isinstance(node, _COMPOSED) and not closed else text


class Lost(NamedTuple):
    """What a pointer points at depends on the path taken, or isn't tracked; reading through it is refused."""

    why: str


class Value(NamedTuple):
    """An rvalue.  `term` is None for void, records and results of unknown type (`note` says why).

    `target` is what a pointer points at, if that is more precise than its address; for a record, where it lies.
    """

    type: CType
    term: Term | None
    target: Place | Lost | None = None
    bits: int | None = None
    note: str = ""


class Hazard(NamedTuple):
    """Undefined behaviour that happens iff `condition` holds."""

    condition: Term
    text: str
    span: Span


class NullTest(NamedTuple):
    """An address that isn't NULL where the code asks, i.e. if `where` holds, whether it is; how the code spells it."""

    term: Term
    text: str
    where: Term

    @property
    def passes(self) -> Term:
        return implies(self.where, nonzero(self.term))


class Event(NamedTuple):
    """A call, store or warning in program order, that happens iff `condition` holds.

    kind: "call" (an effect), "question" (a call without one), "silent" (one that counts for nothing), "inlined",
    "store" or "warning".  `terms` are a call's arguments and, if `returns`, its result; or a store's indices and value.
    `world` is what a call leads to.
    """

    kind: str
    condition: Term
    text: str
    terms: tuple[Term, ...]
    span: Span
    world: Term | None = None
    returns: bool = False


CODE = "code "  # how the label of a step begins
OUT = "out "  # how the name begins of what it leaves in a local variable
GOES_TO = "goes to "  # how it begins of whether it goes to a label


class Step(NamedTuple):
    """A piece of code that was stepped over, because of `why`.

    `inputs`, `outputs` and `exposed` (their addresses become known) name local variables; `type` is that of its value,
    if it has one.  `returns`: it may leave the function; `gotos`: labels outside of it that it may go to.
    """

    label: str
    why: UnsupportedC
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    exposed: tuple[str, ...]
    type: CType | None
    returns: bool
    gotos: tuple[str, ...]
    span: Span


def code_of(label: str) -> str:
    """The code behind the label of a step."""
    return label.removeprefix(CODE).partition("\0")[0]


# What a function returns whose declaration isn't known: it can be tested, passed on and assigned, not computed with.
# All integers and pointers can be told from its 64 bits, into which they are extended as their type says.
_UNKNOWN_RESULT = "result of unknown type of "


FROM_LEFT = "from left to right"  # how assumptions about the order of evaluation end


def unknown_result(label: str) -> IntType:
    """The type of what the callee `label` returns, if its declaration isn't known."""
    return IntType(f"{_UNKNOWN_RESULT}{label.partition('@')[0]}()", 64, None)


def is_unknown_result(type_: CType) -> bool:
    return isinstance(type_, IntType) and type_.name.startswith(_UNKNOWN_RESULT)


def promoted_type_of(type_: CType) -> str:
    """The name of the two-bit unknown that tells which of `PROMOTED_TYPES` such a result is promoted to."""
    assert isinstance(type_, IntType)
    return f"promoted type of {type_.name.removeprefix(_UNKNOWN_RESULT)}"


PROMOTED_TYPES = (INT, UINT, LONG, ULONG)
# Comparing a result of unknown type with one of these, converted by whatever type it has, is comparing its 64 bits.
PLAIN_NUMBERS = range(0x80)
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<=", "&": "&"}


def key_of(node: ast.Expr | ast.Stmt) -> str:
    """What a node that is stepped over is known by: its kind, its place and its text."""
    kind = "statement" if isinstance(node, ast.Stmt) else "value"
    return f"{kind} {node.span.source.name}:{node.span.start} {node.span.text}"


# Where a local object is made: the calls on the way, outermost first, and its declaration's place.
Site = tuple[tuple[tuple[str, int], ...], ...]


def site_of(span: Span) -> tuple[tuple[str, int], ...]:
    """What tells a place in the source from all others, those in one macro used at several places included."""
    found: list[tuple[str, int]] = []
    current: Span | None = span
    while current is not None:
        found.append((current.source.name, current.start))
        current = current.via
    return tuple(found)


class State:
    """What the machine holds at one point of the program.

    `path` are the conditions under which it is reached.  A location without a slot holds what it held in the current
    world, i.e. it was not written since the last call.
    """

    __slots__ = ("path", "slots", "targets")

    def __init__(self, path: tuple[Term, ...], slots: dict[str, Term], targets: dict[str, Place | Lost]) -> None:
        self.path = path
        self.slots = slots
        self.targets = targets

    def fork(self, condition: Term) -> State:
        """A copy that is reached iff also `condition` holds."""
        path = self.path if condition is TRUE else (*self.path, condition)
        return State(path, dict(self.slots), dict(self.targets))

    @property
    def condition(self) -> Term:
        return and_(*self.path)

    @property
    def dead(self) -> bool:
        return FALSE in self.path

    @property
    def world(self) -> Term:
        return self.slots[WORLD_SLOT]


def content(world: Term, location: str, like: Term) -> Term:
    """What `location` holds if it wasn't written since `world`; `like` is another content of the same shape."""
    if like.sort == MEMORY:
        while like.op != "base":
            like = like.args[0] if like.op == "store" else like.args[1]
        _, width, indices = like.value  # type: ignore[misc]
        return base(location, world, width, indices)  # type: ignore[arg-type]
    assert like.sort != WORLD
    return FALSE if location.startswith(KNOWN_SLOT) else read(location, world, (), like.sort)


def merge(states: Iterable[State]) -> State | None:
    """The state that is one of `states` (at most one of which is reached), or None if there is none."""
    alive = [s for s in states if not s.dead]
    if len(alive) < 2:
        return alive[0] if alive else None
    prefix = _common_prefix([s.path for s in alive])
    conditions = [and_(*s.path[prefix:]) for s in alive]
    reached = or_(*conditions)
    path = alive[0].path[:prefix]
    merged = State(path if reached is TRUE else (*path, reached), {}, {})
    holders: dict[str, list[tuple[int, Term]]] = {}
    for i, state in enumerate(alive):
        for key, value in state.slots.items():
            holders.setdefault(key, []).append((i, value))
    one_world = all(s.world is alive[0].world for s in alive)
    for key, held in holders.items():
        known = held[0][1]
        if len(held) == len(alive):
            usual = _most_common(held)
        elif one_world:
            usual = content(alive[0].world, key, known)
        else:
            having = {i for i, _ in held}
            held += [(i, content(s.world, key, known)) for i, s in enumerate(alive) if i not in having]
            usual = _most_common(held)
        merged.slots[key] = _choose(conditions, held, usual)
    for key in dict.fromkeys(k for s in alive for k in s.targets):
        targets = [s.targets.get(key) for s in alive]
        same = all(t == targets[0] for t in targets)
        merged.targets[key] = targets[0] if same and targets[0] else Lost("it differs by the path taken")
    return merged


def _most_common(values: list[tuple[int, Term]]) -> Term:
    counts: dict[int, int] = {}
    for _, value in values:
        counts[value.id] = counts.get(value.id, 0) + 1
    if len(counts) == 1:
        return values[0][1]
    most = max(counts.values())
    return next(v for _, v in reversed(values) if counts[v.id] == most)


def _choose(conditions: list[Term], values: list[tuple[int, Term]], usual: Term) -> Term:
    """The value whose condition holds, or `usual`, the value of all the other states."""
    chosen = usual
    for i, value in reversed(values):
        if value is not usual:
            chosen = ite(conditions[i], value, chosen)
    return chosen


def _common_prefix(paths: list[tuple[Term, ...]]) -> int:
    shortest = min(map(len, paths))
    for i in range(shortest):
        if any(p[i] is not paths[0][i] for p in paths):
            return i
    return shortest
