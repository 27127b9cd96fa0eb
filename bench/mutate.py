"""Mutants of functions that were judged the same: each must come out otherwise, or be equivalent.

    python -m bench.mutate OLD NEW SWEEP.jsonl [--count 100] [--seed 1] [--jobs 2] > result.jsonl

One place in the new version of each function is changed: an operator, a constant, a condition, a statement.  A line for
each mutant says what was done and which verdict it got; those judged the same must be read by a person.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from verify.changes.pair import ASSUMING, SAME, Pair
from verify.changes.workers import Failed, Pool, Stopped
from verify.source.tree import Directory, Files

LIMIT = 40.0
_SWAPS = {
    "==": "!=", "!=": "==", "<": "<=", ">": ">=", "<=": "<", ">=": ">", "&&": "||", "||": "&&", "+": "-", "-": "+",
    "&": "|", "|": "&", "<<": ">>", ">>": "<<", "+=": "-=", "|=": "&=", "&=": "|=",
}  # fmt: skip
_OPERATOR = re.compile(r"(?<=[\w)\]] )(==|!=|<=|>=|&&|\|\||<<|>>|\+=|\|=|&=|[<>+&|-])(?= )")
_NUMBER = re.compile(r"(?<![\w.\"%])(0x[0-9a-fA-F]+|\d+)(?=[uUlL]*\b)")
_WORD = re.compile(r"\b(true|false)\b")
_IF = re.compile(r"\bif \(")
_STATEMENT = re.compile(r"^\t+[a-z_][\w>.\-\[\]]*(?: [|&+-]?= [^;{}]+|\([^;{}]*\));$", re.M)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"", re.S)


class Mutant(NamedTuple):
    """A place in a function's text and what stands there instead."""

    path: str
    function: str
    kind: str
    start: int
    end: int
    text: str


def mutations(body: str) -> Iterator[tuple[str, int, int, str]]:
    """What can be changed in a function's text: kind, start, end and the new text."""
    masked = _COMMENT.sub(lambda m: " " * len(m.group()), body)
    first = masked.find("{")
    for m in _OPERATOR.finditer(masked, first):
        yield "operator", m.start(), m.end(), _SWAPS[m.group()]
    for m in _NUMBER.finditer(masked, first):
        yield "constant", m.start(), m.end(), str(int(m.group(), 0) + 1)
    for m in _WORD.finditer(masked, first):
        yield "constant", m.start(), m.end(), "false" if m.group() == "true" else "true"
    for m in _IF.finditer(masked, first):
        end = closing(masked, m.end() - 1)
        yield "condition", m.end(), end, f"!({body[m.end() : end]})"
    for m in _STATEMENT.finditer(masked, first):
        yield "statement", m.start(), m.end(), ";"


def closing(text: str, opening: int) -> int:
    """Where the parenthesis at `opening` is closed."""
    depth = 0
    for at in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return len(text)


class Work:
    """Compares the old version with a mutant of the new one."""

    def __init__(self, old: str, new: str) -> None:
        self.trees = old, new
        self.files: tuple[Files, Files] | None = None

    def __call__(self, mutant: Mutant, begin: Callable[[], None]) -> tuple[str, tuple[str, ...], str]:
        if self.files is None:
            self.files = Files(Directory(self.trees[0])), Files(Directory(self.trees[1]))
        old, new = self.files
        text = new.text(mutant.path) or ""
        text = text[: mutant.start] + mutant.text + text[mutant.end :]
        begin()
        pair = Pair(old, new.replaced(mutant.path, text), mutant.path, mutant.path, {})
        found = pair.compare(mutant.function, 5)
        return found.verdict, found.reasons, found.depth


def chosen(rows: list[dict[str, str]], new: Files, count: int, seed: int) -> list[Mutant]:
    """One mutant for each of `count` functions that were judged the same."""
    source = random.Random(seed)
    found: list[Mutant] = []
    for row in source.sample(rows, len(rows)):
        items = new.index(row["path"]).functions[row["function"]]
        places = list(mutations(items[0].span.text)) if len(items) == 1 else []
        if places and len(found) < count:
            kinds = sorted({p[0] for p in places})
            kind = source.choice(kinds)
            kind, start, end, text = source.choice([p for p in places if p[0] == kind])
            base = items[0].span.start
            found.append(Mutant(row["path"], row["function"], kind, base + start, base + end, text))
    return sorted(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("sweep")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    a = parser.parse_args()
    with open(a.sweep, encoding="utf-8") as file:
        rows = sorted(
            (r for r in map(json.loads, file) if r.get("verdict") in (SAME, ASSUMING)),
            key=lambda r: (r["path"], r["function"]),
        )
    new = Files(Directory(a.new))
    left = chosen(rows, new, a.count, a.seed)
    tally: Counter[str] = Counter()
    pool = Pool(a.jobs, Work(a.old, a.new), 4 << 30)
    try:
        while left or pool.busy():
            for worker in pool.idle():
                if left:
                    pool.give(worker, left.pop(0), 60, LIMIT)
            for _, mutant, answer, _ in pool.wait(1):
                if isinstance(answer, Stopped | Failed):
                    answer = ("unknown", tuple(answer[:1]), "")
                tally[answer[0]] += 1
                line = new.index(mutant.path).source.position(mutant.start)[0]
                record = {
                    "path": mutant.path, "function": mutant.function, "line": line, "kind": mutant.kind,
                    "start": mutant.start, "end": mutant.end, "text": mutant.text, "verdict": answer[0],
                    "depth": answer[2], "reasons": answer[1],
                }  # fmt: skip
                sys.stdout.write(json.dumps(record) + "\n")
                sys.stdout.flush()
    finally:
        pool.close()
    sys.stderr.write(f"{dict(tally)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
