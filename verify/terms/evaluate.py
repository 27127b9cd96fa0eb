"""Evaluates terms in Python integers under a model; nothing here uses the smart constructors.

Worlds evaluate to nested tuples, memories to what they hold on top of an unknown content; so values are equal iff what
they stand for is.  Each is made only once (`Shape`), as they nest deeply and share what they nest.  Trusted for
counterexamples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from verify.terms.flatten import Flat
from verify.terms.term import BOOL, MEMORY, WORLD, Term

Value = int | bool | tuple[object, ...]
# A memory: its location, the widths of its values and indices, the world it is from; and what was written over it.
Held = tuple[
    tuple[tuple[str, int, tuple[int, ...]], Value],
    tuple[tuple[tuple[Value, ...], Value], ...],
]

_Operation = Callable[[Term, list[Any]], Value]


class Shape(tuple[object, ...]):
    """The value of a world or a memory.  Of one evaluation's, equal ones are the same object."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


_STACK = 0xFFFF_C900_0000_0000  # where the kernel's stacks are (Documentation/arch/x86/x86_64/mm.rst)


class Evaluation:
    """`values` are those of variables by name; what isn't there is zero.  `flat` tells which variable a read became."""

    def __init__(self, values: Mapping[str, int], flat: Flat | None = None) -> None:
        self.values = values
        self.flat = flat
        self._addresses: dict[str, int] = {}
        self._known: dict[int, Value] = {}
        self._reads: dict[tuple[object, ...], int] = {}
        self._shapes: dict[tuple[object, ...], Shape] = {}
        if flat is None:
            return
        # A read's own indices and worlds may rest on other reads, which were made before it; what memories look like
        # rests on all of them, hence the second round.
        for _ in range(2):
            self._known.clear()
            for read in sorted(flat.reads, key=lambda r: r.id):
                key = (read.value, read.sort, *(self.evaluate(a) for a in read.args))
                self._reads[key] = int(values.get(str(flat.variables[read.id].value), 0))
        self._known.clear()

    def evaluate(self, root: Term) -> Value:
        """The value of `root`: an unsigned integer, a truth value, or a tuple for worlds and memories."""
        known = self._known
        stack = [root]
        while stack:
            term = stack[-1]
            if term.id in known:
                stack.pop()
            elif term.op == "ite":
                condition, then, otherwise = term.args
                if condition.id not in known:
                    stack.append(condition)
                    continue
                taken = then if known[condition.id] else otherwise
                if taken.id not in known:
                    stack.append(taken)
                    continue
                known[term.id] = known[taken.id]
                stack.pop()
            elif missing := [a for a in term.args if a.id not in known]:
                stack += missing
            else:
                known[term.id] = self._apply(term)
                stack.pop()
        return known[root.id]

    def number(self, root: Term) -> int:
        """The value of a bit-vector (or of a Boolean, as 0 or 1)."""
        value = self.evaluate(root)
        assert not isinstance(value, tuple)
        return int(value)

    def key(self, leaf: Term) -> tuple[object, ...]:
        """What tells an input from others under this model: a variable's name; what a read reads."""
        if leaf.op != "read":
            return leaf.op, leaf.value
        return leaf.value, leaf.sort, *(self.evaluate(a) for a in leaf.args)

    def unknown(self, location: str, width: int, world: Value, indices: tuple[Value, ...]) -> int:
        """What `location` held at `indices` in `world`: the model's answer, or zero."""
        return self._reads.get((location, width, world, *indices), 0)

    def _apply(self, term: Term) -> Value:
        op, sort = term.op, term.sort
        if op == "const":
            assert isinstance(term.value, int)
            return term.value
        if op == "var":
            value = self.values.get(str(term.value), 0)
            return bool(value) if sort == BOOL else int(value) & ((1 << sort) - 1)
        args = [self._known[a.id] for a in term.args]
        operation = _OPERATIONS.get(op)
        if operation is not None:
            return operation(term, args)
        if sort == WORLD:
            return self._shape(("world", term.value) if op == "world" else self._step(term, args))
        if sort == MEMORY:
            return self._shape(self._memory(term, args))
        if op == "read":
            return self.unknown(str(term.value), sort, args[0], tuple(args[1:]))
        assert op == "local"
        return self._address(str(term.value))

    def _shape(self, content: tuple[object, ...]) -> Shape:
        return self._shapes.setdefault(content, Shape(content))

    def _address(self, name: str) -> int:
        """The model's address for a local variable, or one that differs from all others."""
        if name not in self._addresses:
            chosen = self.values.get(f"address of {name}", _STACK - (len(self._addresses) << 12))
            self._addresses[name] = chosen
        return self._addresses[name]

    def _step(self, term: Term, args: list[Value]) -> tuple[object, ...]:
        """A world: what was called, in which world, with which arguments, and what differed in memory since.

        Numbers of different widths are told apart; whether they are the same isn't known (`tells_of_widths`).
        """
        assert isinstance(term.value, tuple)
        label, count, keys = term.value
        assert isinstance(count, int) and isinstance(keys, tuple)
        before = args[0]
        dirty: list[object] = []
        widths = [a.sort for a in term.args[1 : 1 + count]]
        terms = term.args[1 + count :]
        for key, content, held in zip(cast("tuple[str, ...]", keys), terms, args[1 + count :], strict=True):
            if isinstance(held, tuple):
                (_, world), writes = cast(Held, held)
                if world == before and not writes:
                    continue
            elif self.unknown(key, content.sort, before, ()) == held:
                continue
            dirty.append((key, held))
            widths.append(content.sort)
        return ("step", label, before, tuple(args[1 : 1 + count]), tuple(dirty), tuple(widths))

    def _memory(self, term: Term, args: list[Value]) -> tuple[object, ...]:
        if term.op == "base":
            return (term.value, args[0]), ()
        below = args[0]
        assert term.op == "store" and isinstance(below, tuple)
        base, writes = cast(Held, below)
        indices, value = tuple(args[1:-1]), args[-1]
        table = dict(writes)
        table[indices] = value
        (location, width, _), world = base
        if self.unknown(location, width, world, indices) == value:
            del table[indices]
        return (base, tuple(sorted(table.items())))


def _signed(value: int, width: int) -> int:
    return value - (1 << width) if value >> (width - 1) else value


def _divide(op: str, a: int, b: int, width: int) -> int:
    """SMT-LIB's division: by zero the quotient is all ones (signed: -1 or 1), the remainder the dividend."""
    if op in ("bvsdiv", "bvsrem"):
        a, b = _signed(a, width), _signed(b, width)
    if b == 0:
        return a if op in ("bvurem", "bvsrem") else 1 if op == "bvsdiv" and a < 0 else -1
    quotient = abs(a) // abs(b)
    if (a < 0) != (b < 0):
        quotient = -quotient
    return quotient if op in ("bvudiv", "bvsdiv") else a - quotient * b


def _mask(term: Term) -> int:
    return (1 << term.sort) - 1


def _extract(term: Term, args: list[Any]) -> int:
    high, low = term.value  # type: ignore[misc]
    return (args[0] >> low) & ((1 << (high - low + 1)) - 1)  # type: ignore[operator]


def _division(op: str) -> _Operation:
    return lambda term, x: _divide(op, x[0], x[1], term.sort) & _mask(term)


# What each operation makes of its term and its arguments' values.
_OPERATIONS: dict[str, _Operation] = {
    "true": lambda term, x: True,
    "false": lambda term, x: False,
    "not": lambda term, x: not x[0],
    "and": lambda term, x: all(x),
    "or": lambda term, x: any(x),
    "=": lambda term, x: x[0] == x[1],
    "bvult": lambda term, x: x[0] < x[1],
    "bvslt": lambda term, x: _signed(x[0], term.args[0].sort) < _signed(x[1], term.args[0].sort),
    "extract": _extract,
    "zero_extend": lambda term, x: x[0],
    "sign_extend": lambda term, x: _signed(x[0], term.args[0].sort) & _mask(term),
    "concat": lambda term, x: (x[0] << term.args[1].sort) | x[1],
    "bvadd": lambda term, x: (x[0] + x[1]) & _mask(term),
    "bvneg": lambda term, x: -x[0] & _mask(term),
    "bvmul": lambda term, x: (x[0] * x[1]) & _mask(term),
    "bvnot": lambda term, x: ~x[0] & _mask(term),
    "bvand": lambda term, x: x[0] & x[1],
    "bvor": lambda term, x: x[0] | x[1],
    "bvxor": lambda term, x: x[0] ^ x[1],
    "bvshl": lambda term, x: (x[0] << x[1]) & _mask(term) if x[1] < term.sort else 0,
    "bvlshr": lambda term, x: x[0] >> x[1] if x[1] < term.sort else 0,
    "bvashr": lambda term, x: (_signed(x[0], term.sort) >> min(x[1], term.sort)) & _mask(term),
    **{op: _division(op) for op in ("bvudiv", "bvurem", "bvsdiv", "bvsrem")},
}
