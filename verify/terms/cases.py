"""Splits formulas by the value of one term: a switch with many labels becomes as many small questions.

A formula over a symbolic register number and a thousand branches takes a solver minutes, the thousand formulas in which
the number is fixed milliseconds.  The split is exact: the cases are the constants that the term is compared with, and
the rest, in which it is none of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verify.terms import term as t
from verify.terms.term import Term
from verify.tuples import NamedTuple

_FEW = 4  # cases, up to which an argument is found by them
LEAST = 12  # below so many cases one question is as fast


class Case(NamedTuple):
    """One case: what holds in it, the constant (None: none of them), and what the roots become."""

    holds: tuple[Term, ...]
    value: int | None
    roots: tuple[Term, ...]


class Cases:
    """The cases of `scrutinee`, which `roots` compare with `constants`; `find` chooses it."""

    def __init__(self, roots: Sequence[Term], scrutinee: Term, constants: Sequence[int]) -> None:
        self.roots = tuple(roots)
        self.scrutinee = scrutinee
        self.constants = tuple(constants)
        self._tests = {t.eq(scrutinee, t.const(c, scrutinee.sort)).id: i for i, c in enumerate(constants)}
        self._everywhere = (1 << len(self.constants)) - 1
        self._sensitive = self._sensitivities()
        self._known: dict[tuple[int, int], Term] = {}
        self._wide: dict[int, tuple[list[Term], dict[int, list[Term]], list[Term]]] = {}

    @classmethod
    def find(cls, roots: Sequence[Term], least: int = LEAST) -> Cases | None:
        """The split by the term that is compared with most constants, at least `least` of them."""
        compared: dict[int, tuple[Term, dict[int, None]]] = {}
        for part in t.postorder(roots):
            if part.op == "=" and part.args[0].sort > 1:
                one, other = part.args
                one, other = (other, one) if one.op == "const" else (one, other)
                value = t.const_value(other)
                if value is not None and one.op != "const":
                    compared.setdefault(one.id, (one, {}))[1][value] = None
        best = max(compared.values(), key=lambda found: len(found[1]), default=None)
        if best is None or len(best[1]) < least:
            return None
        return cls(roots, best[0], sorted(best[1]))

    def __iter__(self) -> Iterator[Case]:
        """Each constant's case, from the smallest on, and the rest at the end."""
        tests = [t.eq(self.scrutinee, t.const(c, self.scrutinee.sort)) for c in self.constants]
        for i, (test, value) in enumerate(zip(tests, self.constants, strict=True)):
            yield Case((test,), value, tuple(self.restrict(root, i) for root in self.roots))
        rest = len(self.constants)
        yield Case(tuple(map(t.not_, tests)), None, tuple(self.restrict(root, rest) for root in self.roots))

    def _sensitivities(self) -> dict[int, int]:
        """For each term the set of cases, as bits, in which it may differ from what it is in the rest."""
        found: dict[int, int] = {}
        for part in t.postorder(self.roots):
            if part is self.scrutinee:
                found[part.id] = self._everywhere
            elif part.id in self._tests:
                found[part.id] = 1 << self._tests[part.id]
            else:
                cases = 0
                for argument in part.args:
                    cases |= found[argument.id]
                found[part.id] = cases
        return found

    def restrict(self, term: Term, case: int) -> Term:
        """`term` as it is in `case`, which counts `constants`; the one behind the last is the rest."""
        rest = len(self.constants)
        sensitive = self._sensitive[term.id]
        if not sensitive:
            return term
        if case != rest and not sensitive >> case & 1:
            case = rest
        key = (term.id, case)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._restricted(term, case)
        return found

    def _restricted(self, term: Term, case: int) -> Term:
        if term is self.scrutinee:
            return term if case == len(self.constants) else t.const(self.constants[case], term.sort)
        if term.id in self._tests:
            return t.boolean(self._tests[term.id] == case)
        if term.op == "ite":
            condition = self.restrict(term.args[0], case)
            if condition is t.TRUE or condition is t.FALSE:
                return self.restrict(term.args[1 if condition is t.TRUE else 2], case)
        if term.op in ("and", "or"):
            return self._junction(term, case)
        return t.rebuild(term, tuple(self.restrict(a, case) for a in term.args))

    def _junction(self, term: Term, case: int) -> Term:
        """A conjunction or disjunction: of its many arguments, few differ from what they are in the rest."""
        rest = len(self.constants)
        if term.id not in self._wide:
            neutral = t.boolean(term.op == "and")
            usual = [a for a in term.args if self.restrict(a, rest) is not neutral]
            special: dict[int, list[Term]] = {}
            many: list[Term] = []
            for argument in term.args:
                cases = self._sensitive[argument.id]
                if cases.bit_count() > _FEW:
                    many.append(argument)
                    continue
                while cases:
                    lowest = cases & -cases
                    special.setdefault(lowest.bit_length() - 1, []).append(argument)
                    cases ^= lowest
            self._wide[term.id] = usual, special, many
        usual, special, many = self._wide[term.id]
        own: list[Term] = []
        if case != rest:
            own = [*special.get(case, ()), *(a for a in many if self._sensitive[a.id] >> case & 1)]
        args = {a.id: a for a in (*usual, *own)}
        return t.REBUILD[term.op](*(self.restrict(a, case) for a in args.values()))
