"""Terms as text: SMT-LIB 2 (QF_BV), and a readable form in C's manner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from verify.deadline import tick
from verify.patterns import pattern
from verify.terms.term import BOOL, Term, number_of, postorder, signed

_PRECEDENCE = {
    "bvmul": 10,
    "bvadd": 9,
    "<<": 8,
    "<": 7,
    "==": 6,
    "bvand": 5,
    "bvxor": 4,
    "bvor": 3,
    "and": 2,
    "or": 1,
    "?": 0,
}
_SYMBOLS = {
    "bvmul": "*", "bvadd": "+", "bvand": "&", "bvxor": "^", "bvor": "|", "bvudiv": "/", "bvurem": "%", "bvsdiv": "/s",
    "bvsrem": "%s", "bvshl": "<<", "bvlshr": ">>", "bvashr": ">>s", "and": "&&", "or": "||",
}  # fmt: skip
_LONGEST = 2000  # characters of a part of a text that is for reading

_TAKEN = pattern(r"(true|false|not|and|or|xor|distinct|ite|concat|extract|repeat|(zero|sign)_extend|rotate_\w+|bv\w+)$")


def symbol(name: str) -> str:
    """`name` as an SMT-LIB symbol; a name that QF_BV gives a meaning gets a mark (|or| means what or means)."""
    name = f"{name}'" if _TAKEN.match(name) else name
    return f"|{name.replace('|', '!').replace(chr(92), '/')}|"


def sort_text(sort: int) -> str:
    return "Bool" if sort == BOOL else f"(_ BitVec {sort})"


class Printer:
    """Prints assertions for one solver; names are made known once in a scope.  `variables` are those in scope.

    `numbered`: variables are called by their terms' numbers, for parsers that are particular about names; so are, in
    `assertions` and `expressions`, the terms that occur more than once.
    """

    def __init__(self, numbered: bool = False) -> None:
        self.variables: dict[str, Term] = {}
        self._numbered = numbered
        self._known: dict[int, None] = {}  # the numbers of the terms that have names in scope
        self._scopes: list[tuple[int, int]] = []

    def push(self) -> None:
        self._scopes.append((len(self.variables), len(self._known)))

    def pop(self) -> None:
        variables, known = self._scopes.pop()
        _cut(self.variables, variables)
        _cut(self._known, known)

    def symbol(self, variable: Term) -> str:
        """What `variable` is called."""
        return f"v{number_of(variable)}" if self._numbered else symbol(str(variable.value))

    def declarations(self, terms: Iterable[Term]) -> str:
        """Declarations of the variables below `terms` that were not declared yet."""
        lines: list[str] = []
        for term in postorder(terms):
            if term.op == "var" and str(term.value) not in self.variables:
                lines.append(self._declared(term))
        return "\n".join(lines)

    def _declared(self, variable: Term) -> str:
        self.variables[str(variable.value)] = variable
        return f"(declare-const {self.symbol(variable)} {sort_text(variable.sort)})"

    def assertions(self, terms: Sequence[Term]) -> list[str]:
        """The commands that assert `terms`, with those that declare and define what they name."""
        commands, texts = self.expressions(terms)
        return [*commands, *(f"(assert {text})" for text in texts)]

    def expressions(self, terms: Sequence[Term]) -> tuple[list[str], list[str]]:
        """Commands that declare variables and name what occurs more than once; and each of `terms` in these names.

        Linear in what no earlier call in scope has named.
        """
        known = self._known
        order: list[Term] = []
        uses: dict[int, int] = {}  # how often each term that has no name yet occurs
        for root in terms:
            tick()
            stack = [root]
            while stack:
                term = stack[-1]
                if term.id not in known and term.id not in uses:
                    waiting = [a for a in term.args if a.id not in known and a.id not in uses]
                    if waiting:
                        stack += waiting
                        continue
                    order.append(term)
                    uses[term.id] = 0
                    for argument in term.args:
                        if argument.id in uses:
                            uses[argument.id] += 1
                stack.pop()
            if root.id in uses:
                uses[root.id] += 1
        commands: list[str] = []
        texts: dict[int, str] = {}
        for term in order:
            if term.op == "var":
                commands.append(self._declared(term))
                known[term.id] = None
                continue
            text = _operation(term, [texts.get(a.id) or f"v{number_of(a)}" for a in term.args])
            if uses[term.id] > 1 and term.args:
                commands.append(f"(define-fun v{number_of(term)} () {sort_text(term.sort)} {text})")
                known[term.id] = None
            else:
                texts[term.id] = text
        return commands, [texts.get(root.id) or f"v{number_of(root)}" for root in terms]

    def term(self, root: Term) -> str:
        """`root` as one expression; what occurs in it more than once is bound by a let."""
        tick()
        uses: dict[int, int] = {}
        order = postorder((root,))
        for term in order:
            for argument in term.args:
                uses[argument.id] = uses.get(argument.id, 0) + 1
        texts: dict[int, str] = {}
        bindings: list[tuple[str, str]] = []
        for term in order:
            text = self.symbol(term) if term.op == "var" else _operation(term, [texts[a.id] for a in term.args])
            if uses.get(term.id, 0) > 1 and term.args:
                name = f"?{number_of(term)}"
                bindings.append((name, text))
                text = name
            texts[term.id] = text
        result = texts[root.id]
        opening = "".join(f"(let (({name} {text})) " for name, text in bindings)
        return f"{opening}{result}{')' * len(bindings)}"

    def assertion(self, term: Term) -> str:
        return f"(assert {self.term(term)})"


def _cut(table: dict[Any, Any], size: int) -> None:
    """Drops what `table` got last, down to `size` entries."""
    while len(table) > size:
        table.popitem()


def _operation(term: Term, args: list[str]) -> str:
    op = term.op
    if op in ("true", "false"):
        return op
    if op == "const":
        assert isinstance(term.value, int)
        return f"#x{term.value:0{term.sort // 4}x}" if term.sort % 4 == 0 else f"#b{term.value:0{term.sort}b}"
    if op == "extract":
        high, low = term.value  # type: ignore[misc]
        return f"((_ extract {high} {low}) {args[0]})"
    if op in ("zero_extend", "sign_extend"):
        return f"((_ {op} {term.value}) {args[0]})"
    return f"({op} {' '.join(args)})"


def script(assertions: tuple[Term, ...]) -> str:
    """A whole SMT-LIB 2 script: unsatisfiable iff what `assertions` negate holds."""
    printer = Printer()
    declarations = printer.declarations(assertions)
    body = "\n".join(printer.assertion(a) for a in assertions)
    return f"(set-logic QF_BV)\n{declarations}\n{body}\n(check-sat)\n"


def numbered_script(assertions: tuple[Term, ...]) -> str:
    """The same for parsers that are particular about names: variables have numbers, a comment says what they are."""
    printer = Printer(numbered=True)
    declarations = printer.declarations(assertions)
    names = [f"; {printer.symbol(v)}: {' '.join(name.split())}" for name, v in printer.variables.items()]
    lines = ["(set-logic QF_BV)", *names, declarations, *map(printer.assertion, assertions), "(check-sat)"]
    return "\n".join(line for line in lines if line) + "\n"


class Texts(dict[int, tuple[str, int]]):
    """Terms' texts, with how tightly they bind.  `taken`: what is read, by its text; no two things have one."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[str, int] = {}

    def of_read(self, term: Term, name: str, rest: str, later: bool) -> str:
        """The `name` and `rest`, and a mark between them for what calls may have changed, or one more."""
        marked = name + "'" * later
        while self.taken.setdefault(f"{marked}{rest}", term.id) != term.id:
            marked += "'"
        return f"{marked}{rest}"


def readable(root: Term, known: Texts | None = None) -> str:
    """`root` in C's manner, with shared terms written out; for reading, not for machines.

    Formulas that are told together share what is `known`, so that what they read has one text, and of its own.
    A part whose text would be longer than anyone reads is "…": with shared terms, texts can double at each step.
    """
    return _write(root, Texts() if known is None else known)[0]


def _readable(term: Term, known: Texts) -> tuple[str, int]:
    found = known.get(term.id)
    if found is None:
        found = _write(term, known)
        found = known[term.id] = found if len(found[0]) <= _LONGEST else ("…", 20)
    return found


def _inner(term: Term, level: int, known: Texts) -> str:
    text, own = _readable(term, known)
    return text if own > level else f"({text})"


def _equation(operator: str, sides: Sequence[Term], known: Texts) -> str:
    one, other = (sides[1], sides[0]) if sides[0].op == "const" else sides
    return f"{_inner(one, 6, known)} {operator} {_inner(other, 6, known)}"


def _order(operator: str, mirrored: str, term: Term, known: Texts) -> str:
    """A comparison, with a constant on its right; "s" tells that it is signed."""
    one, other = term.args
    if one.op == "const":
        one, other, operator = other, one, mirrored
    return f"{_inner(one, 7, known)} {operator}{'s' * (term.op == 'bvslt')} {_inner(other, 7, known)}"


def _write(term: Term, known: Texts) -> tuple[str, int]:
    op, args = term.op, term.args
    if op == "const":
        assert isinstance(term.value, int)
        return (str(term.value) if term.value < 10 else f"{term.value:#x}"), 20
    if op in ("true", "false"):
        return op, 20
    if op in ("var", "local", "world"):
        return str(term.value), 20
    if op == "read":
        inside = ", ".join(_readable(a, known)[0] for a in args[1:])
        location = str(term.value)
        if location == "result":
            return known.of_read(term, *_call(args[0], known), later=False), 20
        return known.of_read(term, location, f"[{inside}]" if inside else "", args[0].op != "world"), 20
    if op == "not":
        inner = args[0]
        if inner.op == "=":
            return _equation("!=", inner.args, known), 6
        if inner.op in ("bvult", "bvslt"):
            return _order(">=", "<=", inner, known), 7
        return f"!{_inner(inner, 15, known)}", 15
    if op == "=":
        return _equation("==", args, known), 6
    if op in ("bvult", "bvslt"):
        return _order("<", ">", term, known), 7
    if op in ("and", "or"):
        level = _PRECEDENCE[op]
        return f" {_SYMBOLS[op]} ".join(_inner(a, level, known) for a in args), level
    if op == "ite":
        return f"{_inner(args[0], 0, known)} ? {_inner(args[1], 0, known)} : {_inner(args[2], 0, known)}", 0
    if op == "bvadd" and args[1].op == "const" and signed(int(str(args[1].value)), term.sort) < 0:
        return f"{_inner(args[0], 9, known)} - {-signed(int(str(args[1].value)), term.sort):#x}", 9
    if op in _SYMBOLS:
        level = _PRECEDENCE.get(op, 8 if "sh" in op else 10)
        return f"{_inner(args[0], level, known)} {_SYMBOLS[op]} {_inner(args[1], level, known)}", level
    if op in ("bvnot", "bvneg"):
        return f"{'~' if op == 'bvnot' else '-'}{_inner(args[0], 15, known)}", 15
    if op == "extract":
        high, low = term.value  # type: ignore[misc]
        return f"{_inner(args[0], 15, known)}[{high}:{low}]", 16
    if op == "zero_extend":
        return _readable(args[0], known)
    if op == "sign_extend":
        return f"(s{term.sort}){_inner(args[0], 15, known)}", 15
    if op == "concat":
        return f"{_inner(args[0], 15, known)}:{_inner(args[1], 15, known)}", 10
    return f"<{op}>", 20


def _call(world: Term, known: Texts) -> tuple[str, str]:
    if world.op != "step":
        return "result", ""
    label, count, _ = world.value  # type: ignore[misc]
    arguments = world.args[1 : 1 + count]  # type: ignore[operator]
    return f"{label}", f"({', '.join(_readable(a, known)[0] for a in arguments)})"
