"""Finds what else holds of every reachable state: z3's Spacer on constrained Horn clauses.

`strengthening` takes transitions and what mustn't happen; it returns conditions over the state as terms, "reachable"
if Spacer says that it can happen, or a reason why there is no answer.  Nothing here is trusted: the conditions become
C text (`verify.histories.ctext`), and are proved as ordinary invariants.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from verify.histories.operations import Transition
from verify.limited import run_limited
from verify.terms import term as t
from verify.terms.smtlib import Printer, sort_text
from verify.terms.term import BOOL, Term
from verify.tuples import NamedTuple

_MEGABYTES = 2048
_START = 1.0  # seconds that the child gets beyond the time limit that it is told


class Strengthening(NamedTuple):
    """`conditions` hold of every reachable state and exclude what mustn't happen, if Spacer is right."""

    conditions: tuple[Term, ...]


def strengthening(
    widths: Mapping[str, int],
    initial: Sequence[Term],
    first: Sequence[Transition],
    later: Sequence[Transition],
    lemmas: Sequence[Term],
    bad_state: Term | None,
    bad_steps: Sequence[Transition],
    seconds: float,
) -> Strengthening | str:
    """Conditions over `now` that are inductive and exclude the bad; else why there are none."""
    script = _script(widths, initial, first, later, lemmas, bad_state, bad_steps, seconds)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
    command = [sys.executable, "-m", "verify.solving.z3"]
    done = run_limited(command, seconds + _START, given=script, megabytes=_MEGABYTES, environment=environment)
    word, _, rest = done.output.partition("\n")
    if done.problem or word not in ("sat", "unsat"):
        return done.problem or f"Spacer gave up within {seconds:.3g} s"
    if word == "unsat":
        return "reachable"
    try:
        return Strengthening(tuple(_conjuncts(_definition(rest, widths))))
    except (ValueError, IndexError, AssertionError, KeyError) as error:
        return f"Spacer's answer can't be read: {error}"


def _script(
    widths: Mapping[str, int],
    initial: Sequence[Term],
    first: Sequence[Transition],
    later: Sequence[Transition],
    lemmas: Sequence[Term],
    bad_state: Term | None,
    bad_steps: Sequence[Transition],
    seconds: float,
) -> str:
    now = [t.var(f"now {n}", w) for n, w in widths.items()]
    lines = [
        f"(set-option :timeout {int(seconds * 1000)})",
        "(set-logic HORN)",
        f"(declare-fun Reached ({' '.join(sort_text(v.sort) for v in now)}) Bool)",
    ]

    def clause(conditions: Sequence[Term], from_reached: bool, to: Sequence[Term] | None) -> None:
        body = t.and_(*conditions)
        if body is t.FALSE:
            return
        printer = Printer(numbered=True)
        used = {v.id: v for v in t.postorder((body, *(to or ()), *(now if from_reached else ()))) if v.op == "var"}
        premise = [printer.term(body)]
        if from_reached:
            premise.append(f"(Reached {' '.join(map(printer.symbol, now))})")
        conclusion = "false" if to is None else f"(Reached {' '.join(map(printer.term, to))})"
        bound = " ".join(f"({printer.symbol(v)} {sort_text(v.sort)})" for v in used.values())
        text = f"(=> (and {' '.join(premise)}) {conclusion})"
        lines.append(f"(assert (forall ({bound}) {text}))" if bound else f"(assert {text})")

    for step in first:
        clause((*initial, *step.holds), False, [step.after[n] for n in widths])
    if not first:
        clause(initial, False, now)
    for step in later:
        clause((*lemmas, *step.holds), True, [step.after[n] for n in widths])
    firsts = {x.operation.name for x in first}
    for step in bad_steps:
        starts = step.operation.name in firsts
        clause((*(initial if starts else lemmas), *step.holds), not starts, None)
    if bad_state is not None:
        clause((*lemmas, bad_state), True, None)
    return "\n".join((*lines, "(check-sat)", "(get-model)"))


_TOKEN = re.compile(r"\(|\)|\|[^|]*\||[^\s()]+")
_Tree = str | list["_Tree"]


def _tree(text: str) -> _Tree:
    stack: list[list[_Tree]] = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    return stack[0][0]


def _definition(text: str, widths: Mapping[str, int]) -> Term:
    """The body of the relation's definition over `now`."""
    model = _tree(text)
    for entry in model:
        if isinstance(entry, list) and len(entry) == 5 and entry[1] == "Reached":
            _, _, parameters, _, body = entry
            scope: dict[str, Term] = {}
            for parameter, (name, width) in zip(parameters, widths.items(), strict=True):
                scope[str(parameter[0])] = t.var(f"now {name}", width)
            return _term(body, scope)
    raise ValueError("there is no definition in it")


_BINARY = {
    "bvand": t.bvand, "bvor": t.bvor, "bvxor": t.bvxor, "bvadd": t.add, "bvsub": t.sub, "bvmul": t.mul,
    "concat": t.concat,
}  # fmt: skip
_COMPARISONS = {"bvult": t.ult, "bvule": t.ule, "bvslt": t.slt, "bvsle": t.sle}
_MIRRORED = {"bvugt": "bvult", "bvuge": "bvule", "bvsgt": "bvslt", "bvsge": "bvsle"}


def _term(tree: _Tree, scope: Mapping[str, Term]) -> Term:
    if isinstance(tree, str):
        return scope[tree] if tree in scope else _constant(tree)
    head = tree[0]
    if head == "_":
        return t.const(int(str(tree[1]).removeprefix("bv")), int(str(tree[2])))
    if head == "let":
        inner = dict(scope)
        for name, value in tree[1]:
            inner[str(name)] = _term(value, scope)
        return _term(tree[2], inner)
    args = [_term(a, scope) for a in tree[1:]]
    if isinstance(head, list):
        numbers = [int(str(n)) for n in head[2:]]
        if head[1] == "extract":
            return t.extract(numbers[0], numbers[1], args[0])
        extend = {"zero_extend": t.zero_extend, "sign_extend": t.sign_extend}[str(head[1])]
        return extend(args[0], args[0].sort + numbers[0])
    if head == "not":
        return t.not_(args[0])
    if head in ("and", "or"):
        return (t.and_ if head == "and" else t.or_)(*args)
    if head == "=>":
        return t.implies(args[0], args[1])
    if head == "=" and len(args) == 2:
        return t.eq(args[0], args[1])
    if head == "distinct" and len(args) == 2:
        return t.ne(args[0], args[1])
    if head == "ite":
        return t.ite(*args)
    if head == "bvnot":
        return t.bvnot(args[0])
    if head == "bvneg":
        return t.neg(args[0])
    if head in _MIRRORED:
        return _COMPARISONS[_MIRRORED[head]](args[1], args[0])
    if head in _COMPARISONS:
        return _COMPARISONS[head](args[0], args[1])
    operation = _BINARY[head]
    result = args[0]
    for argument in args[1:]:
        result = operation(result, argument)
    return result


def _constant(text: str) -> Term:
    if text in ("true", "false"):
        return t.boolean(text == "true")
    if text.startswith("#x"):
        return t.const(int(text[2:], 16), 4 * len(text[2:]))
    if text.startswith("#b"):
        return t.const(int(text[2:], 2), len(text[2:]))
    raise ValueError(f"`{text}` isn't known")


def _conjuncts(term: Term) -> Iterator[Term]:
    if term.op == "and":
        for part in term.args:
            yield from _conjuncts(part)
    elif term.sort == BOOL and term is not t.TRUE:
        yield term
