"""The bit-blaster: from a formula over bit-vectors to clauses (CNF), by the circuits that schoolbooks have.

A literal is a positive or negative variable number; bits are lists of literals, the least significant one first; a
Boolean is one bit.  Variable 1 is true.  Then come the bits of the formula's variables, in order; then one variable for
each gate (Tseitin).  A gate whose inputs are constant or equal is folded, and equal gates are one.

The clauses are satisfiable iff the formula is, and every assignment of the formula's variables that satisfies it
extends to exactly one of all.  Trusted; tested exhaustively at widths 1 to 4 (`tests/unit/test_blast.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from verify.certificates.errors import Rejected
from verify.certificates.formula import Formula, Node
from verify.tuples import NamedTuple

TRUE, FALSE = 1, -1

Bits = list[int]
Clause = tuple[int, ...]


class Cnf(NamedTuple):
    """Clauses over the variables 1 to `variables`; `inputs` are the bits of the formula's variables by name."""

    variables: int
    clauses: tuple[Clause, ...]
    inputs: tuple[tuple[str, int, tuple[int, ...]], ...]  # name, sort, literals

    def dimacs(self) -> str:
        """The text in DIMACS's format."""
        lines = [f"p cnf {self.variables} {len(self.clauses)}"]
        lines += [" ".join(map(str, (*clause, 0))) for clause in self.clauses]
        return "\n".join((*lines, ""))


def blast(formula: Formula, most: int | None = None) -> Cnf:
    """The clauses that are satisfiable iff all of `formula`'s assertions can hold together.

    Raises `Rejected` as soon as there are more than `most`: a stranger's text may ask for very many.
    """
    circuit = Circuit()
    bits: list[Bits] = [[] for _ in formula.nodes]
    for position in formula.variables:
        bits[position] = [circuit.variable() for _ in range(max(formula.nodes[position].sort, 1))]
    inputs = tuple((str(formula.nodes[v].value), formula.nodes[v].sort, tuple(bits[v])) for v in formula.variables)
    for position, node in enumerate(formula.nodes):
        if node.op != "var":
            bits[position] = _blast(circuit, node, [bits[a] for a in node.args])
            if most is not None and len(circuit.clauses) > most:
                raise Rejected(f"the SMT-LIB text comes down to more than {most} clauses")
    for position in formula.assertions:
        circuit.clause(*bits[position])
    return Cnf(circuit.variables, tuple(circuit.clauses), inputs)


def _blast(c: Circuit, node: Node, args: list[Bits]) -> Bits:
    """The bits of one operation's result."""
    op, value = node.op, node.value
    if op in ("true", "false"):
        return [TRUE if op == "true" else FALSE]
    if op == "const":
        assert isinstance(value, int)
        return [TRUE if value >> i & 1 else FALSE for i in range(node.sort)]
    if op == "extract":
        assert isinstance(value, tuple)
        high, low = value
        return args[0][low : high + 1]
    if op in ("zero_extend", "sign_extend"):
        assert isinstance(value, int)
        return args[0] + [args[0][-1] if op == "sign_extend" else FALSE] * value
    if op in ("and", "or"):
        bits = [bit for (bit,) in args]
        return [c.conjunction(bits) if op == "and" else -c.conjunction([-bit for bit in bits])]
    return OPERATIONS[op](c, *args)


class Circuit:
    """Gates, each a new variable with clauses that make it the gate's output."""

    def __init__(self) -> None:
        self.variables = 1
        self.clauses: list[Clause] = [(TRUE,)]
        self._gates: dict[tuple[object, ...], int] = {}

    def variable(self) -> int:
        self.variables += 1
        return self.variables

    def clause(self, *literals: int) -> None:
        self.clauses.append(literals)

    def conjunction(self, literals: Bits) -> int:
        """True iff all of `literals` are."""
        parts = sorted({literal for literal in literals if literal != TRUE})
        if FALSE in parts or any(-literal in parts for literal in parts if literal > 0):
            return FALSE
        if len(parts) < 2:
            return parts[0] if parts else TRUE
        key = ("and", *parts)
        if key not in self._gates:
            gate = self._gates[key] = self.variable()
            for literal in parts:
                self.clause(-gate, literal)
            self.clause(gate, *(-literal for literal in parts))
        return self._gates[key]

    def and_(self, a: int, b: int) -> int:
        return self.conjunction([a, b])

    def or_(self, a: int, b: int) -> int:
        return -self.conjunction([-a, -b])

    def xor(self, a: int, b: int) -> int:
        """True iff `a` and `b` differ."""
        if abs(a) == TRUE or abs(b) == TRUE:
            a, b = (a, b) if abs(b) == TRUE else (b, a)
            return -a if b == TRUE else a
        if abs(a) == abs(b):
            return FALSE if a == b else TRUE
        flipped = (a < 0) != (b < 0)
        a, b = sorted((abs(a), abs(b)))
        key = ("xor", a, b)
        if key not in self._gates:
            gate = self._gates[key] = self.variable()
            self.clause(-gate, a, b)
            self.clause(-gate, -a, -b)
            self.clause(gate, -a, b)
            self.clause(gate, a, -b)
        return -self._gates[key] if flipped else self._gates[key]

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        """`then` if `condition` holds, else `otherwise`."""
        if condition == TRUE or then == otherwise:
            return then
        if condition == FALSE:
            return otherwise
        if abs(then) == TRUE or abs(otherwise) == TRUE or then == -otherwise:
            return self.or_(self.and_(condition, then), self.and_(-condition, otherwise))
        if condition < 0:
            condition, then, otherwise = -condition, otherwise, then
        key = ("choose", condition, then, otherwise)
        if key not in self._gates:
            gate = self._gates[key] = self.variable()
            self.clause(-condition, -then, gate)
            self.clause(-condition, then, -gate)
            self.clause(condition, -otherwise, gate)
            self.clause(condition, otherwise, -gate)
        return self._gates[key]


def _not(c: Circuit, a: Bits) -> Bits:
    return [-bit for bit in a]


def _and(c: Circuit, a: Bits, b: Bits) -> Bits:
    return [c.and_(x, y) for x, y in zip(a, b, strict=True)]


def _or(c: Circuit, a: Bits, b: Bits) -> Bits:
    return [c.or_(x, y) for x, y in zip(a, b, strict=True)]


def _xor(c: Circuit, a: Bits, b: Bits) -> Bits:
    return [c.xor(x, y) for x, y in zip(a, b, strict=True)]


def _equal(c: Circuit, a: Bits, b: Bits) -> Bits:
    return [c.conjunction([-c.xor(x, y) for x, y in zip(a, b, strict=True)])]


def _choose(c: Circuit, condition: Bits, a: Bits, b: Bits) -> Bits:
    return [c.choose(condition[0], x, y) for x, y in zip(a, b, strict=True)]


def _concat(c: Circuit, high: Bits, low: Bits) -> Bits:
    return low + high


def _sum(c: Circuit, a: Bits, b: Bits, carry: int) -> Bits:
    """a + b + carry modulo 2**width: a ripple-carry adder."""
    total: Bits = []
    for x, y in zip(a, b, strict=True):
        either = c.xor(x, y)
        total.append(c.xor(either, carry))
        carry = c.choose(either, carry, x)
    return total


def _add(c: Circuit, a: Bits, b: Bits) -> Bits:
    return _sum(c, a, b, FALSE)


def _negate(c: Circuit, a: Bits) -> Bits:
    return _sum(c, [-bit for bit in a], [FALSE] * len(a), TRUE)


def _multiply(c: Circuit, a: Bits, b: Bits) -> Bits:
    """The sum of a * 2**i over the bits i of b, modulo 2**width."""
    width = len(a)
    total = [FALSE] * width
    for i, bit in enumerate(b):
        row = [c.and_(x, bit) for x in a[: width - i]]
        total = total[:i] + _sum(c, total[i:], row, FALSE)
    return total


def _below(c: Circuit, a: Bits, b: Bits) -> int:
    """a < b, both unsigned: the highest bit in which they differ decides."""
    below = FALSE
    for x, y in zip(a, b, strict=True):
        below = c.choose(c.xor(x, y), y, below)
    return below


def _unsigned_below(c: Circuit, a: Bits, b: Bits) -> Bits:
    return [_below(c, a, b)]


def _signed_below(c: Circuit, a: Bits, b: Bits) -> Bits:
    return [_below(c, [*a[:-1], -a[-1]], [*b[:-1], -b[-1]])]


def _shift_up(c: Circuit, a: Bits, count: Bits, fill: int) -> Bits:
    """`a` moved towards the end of the list by `count`, `fill` moving in: a stage for each bit of `count`."""
    width = len(a)
    for k, bit in enumerate(count):
        step = min(1 << k, width)
        moved = [fill] * step + a[: width - step]
        a = [c.choose(bit, x, y) for x, y in zip(moved, a, strict=True)]
    return a


def _shift_left(c: Circuit, a: Bits, count: Bits) -> Bits:
    return _shift_up(c, a, count, FALSE)


def _shift_right(c: Circuit, a: Bits, count: Bits) -> Bits:
    return _shift_up(c, a[::-1], count, FALSE)[::-1]


def _shift_right_signed(c: Circuit, a: Bits, count: Bits) -> Bits:
    return _shift_up(c, a[::-1], count, a[-1])[::-1]


def _divide(c: Circuit, a: Bits, b: Bits) -> tuple[Bits, Bits]:
    """Quotient and remainder by long division; by zero all ones and `a`, as SMT-LIB has it."""
    wide = [*b, FALSE]
    rest = [FALSE] * len(wide)
    quotient: Bits = []
    for bit in reversed(a):
        rest = [bit, *rest[:-1]]
        fits = -_below(c, rest, wide)
        less = _sum(c, rest, [-x for x in wide], TRUE)
        rest = [c.choose(fits, x, y) for x, y in zip(less, rest, strict=True)]
        quotient.insert(0, fits)
    return quotient, rest[:-1]


def _magnitude(c: Circuit, a: Bits) -> Bits:
    return _choose(c, a[-1:], _negate(c, a), a)


def _unsigned_quotient(c: Circuit, a: Bits, b: Bits) -> Bits:
    return _divide(c, a, b)[0]


def _unsigned_remainder(c: Circuit, a: Bits, b: Bits) -> Bits:
    return _divide(c, a, b)[1]


def _signed_quotient(c: Circuit, a: Bits, b: Bits) -> Bits:
    """That of the magnitudes, negated where the signs differ."""
    quotient = _divide(c, _magnitude(c, a), _magnitude(c, b))[0]
    return _choose(c, [c.xor(a[-1], b[-1])], _negate(c, quotient), quotient)


def _signed_remainder(c: Circuit, a: Bits, b: Bits) -> Bits:
    """That of the magnitudes, with the dividend's sign."""
    rest = _divide(c, _magnitude(c, a), _magnitude(c, b))[1]
    return _choose(c, a[-1:], _negate(c, rest), rest)


OPERATIONS: dict[str, Callable[..., Bits]] = {
    "not": _not, "=": _equal, "ite": _choose, "concat": _concat,
    "bvnot": _not, "bvand": _and, "bvor": _or, "bvxor": _xor,
    "bvadd": _add, "bvneg": _negate, "bvmul": _multiply,
    "bvult": _unsigned_below, "bvslt": _signed_below,
    "bvshl": _shift_left, "bvlshr": _shift_right, "bvashr": _shift_right_signed,
    "bvudiv": _unsigned_quotient, "bvurem": _unsigned_remainder,
    "bvsdiv": _signed_quotient, "bvsrem": _signed_remainder,
}  # fmt: skip
