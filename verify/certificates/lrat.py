"""The checker: a proof in LRAT's text format against clauses in DIMACS's.

Each line of a proof, `NUMBER LITERAL ... 0 HINT ... 0`, adds a clause: if all of its literals were false, then each
clause named by a hint, in turn, would have one literal left that must be true, and the last one none.  So every clause
that is added follows from those before it (RUP); the empty one ends the proof.  LRAT's other steps (those with negative
hints, deletions) aren't needed and are refused.
Trusted, and short for that reason; shares no code with what makes proofs.
"""

from __future__ import annotations

import re

from verify.certificates.errors import Rejected

Clauses = dict[int, tuple[int, ...]]

_NUMBER = re.compile(r"-?[1-9][0-9]{0,11}", re.ASCII)


def parse_dimacs(text: str) -> tuple[int, Clauses]:
    """The number of variables, and the clauses numbered from 1.  One clause a line; no comments."""
    lines = text.split("\n")
    header = re.fullmatch(r"p cnf ([1-9][0-9]{0,9}) (0|[1-9][0-9]{0,9})", lines[0], re.ASCII)
    if header is None or lines[-1] != "" or len(lines) - 2 != int(header[2]):
        raise Rejected("the CNF isn't whole: its header and its clauses disagree")
    clauses: Clauses = {}
    for number, line in enumerate(lines[1:-1], 1):
        *literals, end = line.split(" ")
        clauses[number] = tuple(_integer(word, "the CNF") for word in literals)
        if end != "0" or any(abs(literal) > int(header[1]) for literal in clauses[number]):
            raise Rejected(f"the CNF, line {number + 1}: not a clause")
    return int(header[1]), clauses


def check_proof(cnf: str, proof: str) -> int:
    """How many steps the proof has, if it shows that the clauses of `cnf` can't all hold.  Raises `Rejected`."""
    _, clauses = parse_dimacs(cnf)
    lines = proof.split("\n")
    if lines.pop() != "":
        raise Rejected("the proof's last line is cut off")
    last = len(clauses)
    for count, line in enumerate(lines, 1):
        number, clause, hints = _step(line)
        if number <= last:
            raise Rejected(f"the proof's step {count} has no new number")
        if not _follows(clause, hints, clauses):
            raise Rejected(f"the proof's step {count} doesn't follow from the clauses that it names")
        if not clause:
            if count < len(lines):
                raise Rejected("the proof goes on behind its end")
            return count
        clauses[number] = clause
        last = number
    raise Rejected("the proof doesn't reach the empty clause")


def _step(line: str) -> tuple[int, tuple[int, ...], list[int]]:
    words = line.split(" ")
    if words.count("0") != 2 or words[-1] != "0" or words[0] == "0":
        raise Rejected(f"the proof has a line that is no step: `{line[:60]}`")
    middle = words.index("0")
    number, *clause = (_integer(word, "the proof") for word in words[:middle])
    return number, tuple(clause), [_integer(word, "the proof") for word in words[middle + 1 : -1]]


def _integer(word: str, where: str) -> int:
    if not _NUMBER.fullmatch(word):
        raise Rejected(f"{where} has `{word[:20]}` where a number should be")
    return int(word)


def _follows(clause: tuple[int, ...], hints: list[int], clauses: Clauses) -> bool:
    """True iff falsifying `clause` makes the hints' clauses propagate, one after another, to a conflict."""
    false = set(clause)
    if any(-literal in false for literal in clause):
        return True
    for position, hint in enumerate(hints):
        if hint not in clauses:
            return False
        left = {literal for literal in clauses[hint] if literal not in false}
        if not left:
            return position == len(hints) - 1
        if len(left) > 1:
            return False
        false.add(-left.pop())
    return False


def check_model(cnf: str, model: str) -> int:
    """How many clauses there are, if `model` (each variable's literal, one line) makes all of them true."""
    variables, clauses = parse_dimacs(cnf)
    *words, end = model.removesuffix("\n").split(" ")
    literals = [_integer(word, "the model") for word in words]
    each_once = [abs(literal) for literal in literals] == list(range(1, variables + 1))
    if end != "0" or not model.endswith("\n") or not each_once:
        raise Rejected("the model doesn't give each variable one value")
    true = set(literals)
    for number, clause in clauses.items():
        if true.isdisjoint(clause):
            raise Rejected(f"the model makes clause {number} false")
    return len(clauses)
