"""The stored form of a question: SMT-LIB 2 (QF_BV), one operation a line, so that its reader is small.

    (set-logic QF_BV)
    (declare-const |data| (_ BitVec 64))
    (define-fun ?1 () Bool (= |data| #x0000000000000004))
    (assert ?1)
    (check-sat)

`write` makes the text from terms; `read` takes exactly that form, checks names, widths and order, and gives nodes
without simplifying anything.  What is certified is the text: nothing behind `write` looks at terms.
Trusted: `read`, as far as its nodes mean what SMT-LIB says that the text means (any SMT solver can be asked).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from verify.certificates.errors import Rejected
from verify.terms.smtlib import sort_text, symbol
from verify.terms.term import BOOL, Term, postorder
from verify.tuples import NamedTuple

WIDEST = 512  # bits of a bit-vector; nothing in C comes near


class Node(NamedTuple):
    """One operation on earlier nodes, given by their positions.

    `sort` is a width in bits, or 0 for Booleans.  `value`: of a constant; (high, low) of `extract`; the number of
    added bits of `zero_extend` and `sign_extend`; the name of a variable.
    """

    op: str
    args: tuple[int, ...]
    value: int | str | tuple[int, int] | None
    sort: int


class Formula(NamedTuple):
    """Nodes, arguments before what they are arguments of; which of them are variables, and which are asserted."""

    nodes: tuple[Node, ...]
    variables: tuple[int, ...]
    assertions: tuple[int, ...]


_FIRST, _LAST = "(set-logic QF_BV)", "(check-sat)"


def write(assertions: Iterable[Term]) -> str:
    """The text that says that all `assertions` (Booleans and bit-vectors only, see `verify.terms.flatten`) hold."""
    assertions = tuple(assertions)
    terms = postorder(assertions)
    names: dict[int, str] = {}
    taken: set[str] = set()
    lines = [_FIRST]
    for term in terms:
        if term.op == "var":
            name = names[term.id] = _unique(symbol(" ".join(str(term.value).split())), taken)
            lines.append(f"(declare-const {name} {sort_text(term.sort)})")
    count = 0
    for term in terms:
        if term.op in ("const", "true", "false"):
            names[term.id] = _constant(term)
        elif term.op != "var":
            count += 1
            names[term.id] = f"?{count}"
            operator = _operator(term)
            arguments = " ".join(names[a.id] for a in term.args)
            lines.append(f"(define-fun ?{count} () {sort_text(term.sort)} ({operator} {arguments}))")
    lines += [f"(assert {names[a.id]})" for a in assertions]
    return "\n".join((*lines, _LAST, ""))


def _unique(name: str, taken: set[str]) -> str:
    while name in taken:
        name = f"{name[:-1]}'|"
    taken.add(name)
    return name


def _constant(term: Term) -> str:
    if term.op != "const":
        return term.op
    value = int(str(term.value))
    return f"#x{value:0{term.sort // 4}x}" if term.sort % 4 == 0 else f"#b{value:0{term.sort}b}"


def _operator(term: Term) -> str:
    if term.op == "extract":
        high, low = term.value  # type: ignore[misc]
        return f"(_ extract {high} {low})"
    return f"(_ {term.op} {term.value})" if term.op in ("zero_extend", "sign_extend") else term.op


_SORT = r"(?:(?P<bool>Bool)|\(_ BitVec (?P<width>[1-9][0-9]*)\))"
_DECLARE = re.compile(rf"\(declare-const (?P<name>\|[^|\\?][^|\\]*\|) {_SORT}\)", re.ASCII)
_DEFINE = re.compile(
    rf"\(define-fun (?P<name>\?[1-9][0-9]*) \(\) {_SORT} "
    r"\((?:(?P<op>[a-z]+|=)|\(_ (?P<indexed>[a-z_]+) (?P<one>[0-9]+)(?: (?P<two>[0-9]+))?\)) (?P<args>.+)\)\)",
    re.ASCII,
)
_ASSERT = re.compile(r"\(assert (?P<arg>.+)\)")
_CONSTANT = re.compile(r"#x(?P<hex>[0-9a-f]+)|#b(?P<bits>[01]+)", re.ASCII)
_ARGUMENT = re.compile(r"\|[^|\\]*\||[^ |]+")

# How many arguments (None: any number), of which kind (b Boolean, v bit-vector, a either; all alike), and the result.
_SAME, _TRUTH = "same", "truth"
SIGNATURES: dict[str, tuple[int | None, str, str]] = {
    "not": (1, "b", _SAME), "and": (None, "b", _SAME), "or": (None, "b", _SAME), "=": (2, "a", _TRUTH),
    "bvult": (2, "v", _TRUTH), "bvslt": (2, "v", _TRUTH), "bvnot": (1, "v", _SAME), "bvneg": (1, "v", _SAME),
    **dict.fromkeys(("bvadd", "bvmul", "bvudiv", "bvurem", "bvsdiv", "bvsrem"), (2, "v", _SAME)),
    **dict.fromkeys(("bvand", "bvor", "bvxor", "bvshl", "bvlshr", "bvashr"), (2, "v", _SAME)),
}  # fmt: skip


def read(text: str) -> Formula:
    """The formula that `text` says.  Raises `Rejected` for anything that isn't in the form that `write` makes."""
    return _Reader(text).formula()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.nodes: list[Node] = []
        self.variables: list[int] = []
        self.assertions: list[int] = []
        self.names: dict[str, int] = {}
        self.number = 0

    def formula(self) -> Formula:
        lines = self.text.split("\n")
        if len(lines) < 3 or lines[0] != _FIRST or lines[-2:] != [_LAST, ""]:
            raise Rejected(f"the SMT-LIB text doesn't start with {_FIRST} and end with {_LAST}")
        for number, line in enumerate(lines[1:-2], 2):
            self.number = number
            if match := _DECLARE.fullmatch(line):
                self.variables.append(len(self.nodes))
                self.name(match["name"], Node("var", (), match["name"], self.sort(match)))
            elif match := _DEFINE.fullmatch(line):
                self.name(match["name"], self.operation(match))
            elif match := _ASSERT.fullmatch(line):
                self.assertions.append(self.argument(match["arg"]))
                self.must(self.nodes[self.assertions[-1]].sort == BOOL, "what is asserted isn't Boolean")
            else:
                self.must(False, f"`{line[:60]}` isn't understood")
        return Formula(tuple(self.nodes), tuple(self.variables), tuple(self.assertions))

    def must(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise Rejected(f"the SMT-LIB text, line {self.number}: {otherwise}")

    def name(self, name: str, node: Node) -> None:
        self.must(name not in self.names, f"{name} is there twice")
        self.names[name] = len(self.nodes)
        self.nodes.append(node)

    def sort(self, match: re.Match[str]) -> int:
        return BOOL if match["bool"] else self.size(match["width"])

    def size(self, digits: str) -> int:
        self.must(len(digits) <= 4 and int(digits) <= WIDEST, f"{digits[:20]} bits are too many")
        return int(digits)

    def argument(self, text: str) -> int:
        if text in ("true", "false"):
            node = Node(text, (), None, BOOL)
        elif match := _CONSTANT.fullmatch(text):
            digits, bits = (match["hex"], 4) if match["hex"] else (match["bits"], 1)
            node = Node("const", (), int(digits, 2**bits), self.size(str(len(digits) * bits)))
        else:
            self.must(text in self.names, f"{text[:60]} isn't defined above")
            return self.names[text]
        # A constant's text is its name; no variable and no definition is called so.
        if text not in self.names:
            self.name(text, node)
        return self.names[text]

    def operation(self, match: re.Match[str]) -> Node:
        texts = _ARGUMENT.findall(match["args"])
        self.must(" ".join(texts) == match["args"], "the arguments aren't understood")
        args = tuple(map(self.argument, texts))
        sorts = [self.nodes[a].sort for a in args]
        own, value, op = self.sort(match), None, match["op"] or match["indexed"]
        if match["indexed"]:
            self.must(len(args) == 1 and sorts[0] > BOOL, f"{op} takes one bit-vector")
            one, two = self.size(match["one"]), self.size(match["two"] or "0")
            if op == "extract" and match["two"] is not None:
                self.must(two <= one < sorts[0], "these bits aren't there")
                result, value = one - two + 1, (one, two)
            else:
                self.must(op in ("zero_extend", "sign_extend") and match["two"] is None, f"there is no (_ {op} …)")
                result, value = self.size(str(sorts[0] + one)), one
        elif op == "ite":
            self.must(len(args) == 3 and sorts[0] == BOOL and sorts[1] == sorts[2], "ite's arguments don't fit")
            result = sorts[1]
        elif op == "concat":
            self.must(len(args) == 2 and min(sorts) > BOOL, "concat's arguments don't fit")
            result = self.size(str(sum(sorts)))
        else:
            self.must(op in SIGNATURES, f"there is no {op}")
            count, kind, gives = SIGNATURES[op]
            fits = len(args) == count if count is not None else len(args) >= 2
            fits = fits and len(set(sorts)) == 1 and (kind == "a" or (sorts[0] == BOOL) == (kind == "b"))
            self.must(fits, f"{op}'s arguments don't fit")
            result = BOOL if gives == _TRUTH else sorts[0]
        self.must(own == result, f"{op} gives another sort than the text says")
        return Node(op, args, value, own)
