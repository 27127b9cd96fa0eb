"""Runs C snippets in the concrete interpreter, with a table as the outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.execution.interpreter import ConcreteRule, Machine
from verify.source.text import Source
from verify.syntax import ast
from verify.syntax.convert import convert_expression
from verify.syntax.definitions import Definitions
from verify.syntax.index import index_file
from verify.syntax.types import Types

Memory = Mapping[tuple[int, str, tuple[int, ...]], int]


@dataclass
class Outside:
    """An oracle that answers from tables and remembers what it was asked.

    `memory` is keyed by epoch, location and indices; `results` by label, each call taking the next one.
    """

    parameters: tuple[int, ...] = ()
    memory: Memory = field(default_factory=dict)
    results: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    constants: Mapping[str, int] = field(default_factory=dict)
    reads: list[tuple[int, str, tuple[int, ...], int]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)

    def parameter(self, position: int, name: str, width: int) -> int:
        return self.parameters[position] & ((1 << width) - 1)

    def read(self, epoch: int, location: str, indices: tuple[int, ...], width: int) -> int:
        self.reads.append((epoch, location, indices, width))
        return self.memory.get((epoch, location, indices), 0)

    def answer(self, label: str, arguments: tuple[int, ...], effect: bool, width: int | None) -> int:
        number = self.asked[label] = self.asked.get(label, 0) + 1
        results = self.results.get(label, ())
        return results[number - 1] if number <= len(results) else 0

    def constant(self, name: str, width: int) -> int:
        return self.constants.get(name, 0)


def types_of(text: str, config: Mapping[str, bool] | None = None) -> Types:
    return Types(Definitions([index_file(Source("test.c", text))], config or {}))


def expression(types: Types, text: str) -> ast.Expr:
    return convert_expression(Source("expression", text), 0, len(text), types.definitions.is_type)[0]


def machine(
    text: str,
    outside: Outside | None = None,
    *,
    rules: Mapping[str, ConcreteRule] | None = None,
    opaque: frozenset[str] = frozenset(),
    unroll: int = 10_000,
    version: str = "new",
    run: bool = True,
) -> Machine:
    """A machine that ran `f` of `text`; or one that stands at its entry."""
    types = types_of(text)
    made = Machine(types, outside or Outside(), rules or {}, opaque, unroll, version)
    function = types.definitions.function("f")
    assert function is not None
    names = tuple(p.name or f"argument{i}" for i, p in enumerate(function.params))
    (made.run if run else made.bind)(function, names)
    return made
