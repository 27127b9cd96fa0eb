"""Makes a failing program smaller: deletes lines and blocks, and replaces expressions by their parts.

Works on the text, so that programs from elsewhere can be reduced, too.  Takes a predicate that says whether a program
still fails; a candidate counts only if a compiler accepts it, and if
sanitizers find nothing undefined in it for the inputs at hand.  The entry's signature and the leaves stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from verify.differential.compiler import CompileError, RunError, Toolchain, compile_text, run_isolated, text_of
from verify.differential.program import Input, Program

from .selfcheck import CHECKED, CLANG_MEMORY, have_clang

Fails = Callable[[Program], bool]

MAX_ATTEMPTS = 4000
RUN_SECONDS = 10
# Quick to build: a whole reduction makes thousands of candidates.
UNDEFINED = Toolchain("gcc", ("-O0", "-w", "-fsanitize=undefined", "-fno-sanitize=signed-integer-overflow"))
_RUN_LENGTHS = (16, 8, 4, 2, 1)
_TOKEN = re.compile(r"[A-Za-z_]\w*|0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|'(?:\\.|[^'])'|<<=|>>=|\.\.\.|->|\+\+|--|<<|>>"
                    r"|[<>=!+\-*/%&|^]=|&&|\|\||\?:|\S")  # fmt: skip
_BINARY = frozenset("+ - * / % & | ^ << >> < > <= >= == != && || ? : ?: ,".split())
_OPENERS = {"(": ")", "[": "]", "{": "}"}
_LEFT_EDGES = frozenset(("=", "return", ";", "case", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="))


def shrink(program: Program, fails: Fails, inputs: Sequence[Input], max_attempts: int = MAX_ATTEMPTS) -> Program:
    """The smallest program found for which `fails` holds and whose runs on `inputs` are defined.

    `fails(program)` holds.  At most `max_attempts` candidates are tried.
    """
    state = _Search(program, fails, inputs, max_attempts)
    before = ""
    while before != state.best.text and state.attempts < max_attempts:
        before = state.best.text
        state.reduce(_without_pieces)
        state.reduce(_without_blocks)
        state.reduce(_without_lines)
        state.reduce(_simpler_expressions)
    return state.best


def defined_for(program: Program, inputs: Sequence[Input], toolchain: Toolchain) -> bool:
    """True iff the text compiles, ends, and a sanitizer finds nothing wrong when it runs on `inputs`."""
    try:
        _, messages = run_isolated([(program, inputs)], toolchain, RUN_SECONDS)
    except (CompileError, RunError):
        return False
    return not messages


class _Search:
    def __init__(self, program: Program, fails: Fails, inputs: Sequence[Input], max_attempts: int) -> None:
        self.best = program
        self.fails = fails
        self.inputs = inputs
        self.max_attempts = max_attempts
        self.attempts = 0
        self.tried: set[str] = set()

    def reduce(self, candidates: Callable[[str], Iterator[str]]) -> None:
        """Takes candidates that still fail until there is none; after one, goes on from where it was found."""
        skip = 0
        found = True
        while found and self.attempts < self.max_attempts:
            found = False
            for number, text in enumerate(candidates(self.best.text)):
                if number >= skip and self._accept(text):
                    skip, found = number, True
                    break
                if self.attempts >= self.max_attempts:
                    return
            if not found and skip:
                skip, found = 0, True

    def _accept(self, text: str) -> bool:
        if text in self.tried or len(text) >= len(self.best.text):
            return False
        self.tried.add(text)
        self.attempts += 1
        candidate = replace(self.best, text=text)
        try:
            compile_text(CHECKED, text_of([candidate]), None)
        except CompileError:
            return False
        # Only what is defined may run in this process, as the predicate may make it do.
        if not defined_for(candidate, self.inputs, UNDEFINED) or not self.fails(candidate):
            return False
        if have_clang() and not defined_for(candidate, self.inputs, CLANG_MEMORY):
            return False
        self.best = candidate
        return True


def _without_pieces(text: str) -> Iterator[str]:
    """`text` without one of the definitions at file scope."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if line and line[0] not in "\t{}"] + [len(lines)]
    for start, end in pairwise(starts):
        yield _joined(lines[:start] + lines[end:])


def _without_blocks(text: str) -> Iterator[str]:
    """`text` without a braced block, or with the block's content in its place."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        if not line.endswith("{") or not line.startswith("\t"):
            continue
        indent = line[: len(line) - len(line.lstrip("\t"))]
        end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith(indent + "}")), None)
        if end is None:
            continue
        yield _joined(lines[:start] + lines[end + 1 :])
        yield _joined(lines[:start] + lines[start + 1 : end] + lines[end + 1 :])


def _without_lines(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for length in _RUN_LENGTHS:
        for start in range(0, len(lines) - length + 1, max(1, length // 2)):
            yield _joined(lines[:start] + lines[start + length :])


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _simpler_expressions(text: str) -> Iterator[str]:
    """`text` with one bracketed group or operand replaced by 0, 1 or a part of itself."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        for simpler in dict.fromkeys(_simpler_lines(line)):
            yield _joined([*lines[:number], simpler, *lines[number + 1 :]])


def _simpler_lines(line: str) -> Iterator[str]:
    tokens = [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(line)]
    closers = _matching(tokens)
    for i, (word, start, end) in enumerate(tokens):
        if word == "(" and i in closers:
            close = closers[i]
            inner = line[end : tokens[close][1]]
            after = line[tokens[close][2] :]
            head = start
            if i and (tokens[i - 1][0][0].isalpha() or tokens[i - 1][0][0] == "_"):
                head = tokens[i - 1][1]
            for at in dict.fromkeys((head, start)):
                for part in (inner, "0", "1"):
                    yield line[:at] + part + after
            yield line[:start] + after.lstrip()
        elif word in _BINARY and i:
            left, right = _left_edge(tokens, closers, i), _right_edge(tokens, closers, i)
            yield line[:left] + line[left:start].rstrip() + line[right:]
            yield line[:left] + line[end:right].lstrip() + line[right:]
        elif word[0].isdigit() and word not in ("0", "1"):
            yield line[:start] + "0" + line[end:]
            yield line[:start] + "1" + line[end:]


def _matching(tokens: list[tuple[str, int, int]]) -> dict[int, int]:
    """The closing bracket of each opening one, by token number."""
    stack: list[int] = []
    pairs: dict[int, int] = {}
    for i, (word, _, _) in enumerate(tokens):
        if word in _OPENERS:
            stack.append(i)
        elif stack and word == _OPENERS[tokens[stack[-1]][0]]:
            pairs[stack.pop()] = i
    return pairs


def _left_edge(tokens: list[tuple[str, int, int]], closers: dict[int, int], at: int) -> int:
    """Where the operands to the left of the operator `at` begin, as an offset in the line."""
    openers = {close: opener for opener, close in closers.items()}
    i = at - 1
    while i >= 0 and tokens[i][0] not in _OPENERS and tokens[i][0] not in _LEFT_EDGES and tokens[i][0] != ",":
        i = openers.get(i, i) - 1
    return tokens[i + 1][1]


def _right_edge(tokens: list[tuple[str, int, int]], closers: dict[int, int], at: int) -> int:
    """Where the operands to the right of the operator `at` end."""
    i = at + 1
    while i < len(tokens) and tokens[i][0] not in (")", "]", "}", ";", ","):
        i = closers.get(i, i) + 1
    return tokens[i - 1][2]
