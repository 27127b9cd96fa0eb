"""One piece of text as tree-sitter's tree, and where its nodes stand in the source."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from verify.errors import InternalError, UnsupportedC
from verify.source.text import Source, Span
from verify.syntax.prepare import REFUSED, Prepared

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

IsType = Callable[[str], bool]


@cache
def _parser() -> Parser:
    from tree_sitter import Language, Parser

    return Parser(Language(_grammar()))


def _grammar() -> object:
    """tree-sitter-c's grammar.

    The package's own `__init__` imports importlib.resources for files that we don't need, which costs 16 ms; so the
    extension module in it is loaded alone.
    """
    from importlib.machinery import PathFinder
    from importlib.util import find_spec, module_from_spec

    package = find_spec("tree_sitter_c")
    found = PathFinder.find_spec("_binding", list(package.submodule_search_locations or ())) if package else None
    if found is None or found.loader is None:
        raise InternalError(
            "tree-sitter-c isn't installed as expected", hint="pip install --force-reinstall tree-sitter-c"
        )
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.language()


class Piece:
    """Converts the tree of one prepared piece; every `Span` it makes is in the original source."""

    def __init__(
        self, source: Source, base: int, prepared: Prepared, head: str, is_type: IsType, via: Span | None
    ) -> None:
        self.source = source
        self.base = base
        self.prepared = prepared
        self.head = len(head)
        self.head_text = head
        self.is_type = is_type
        self.via = via
        self.text = b""
        self._starts, self._ends = prepared.starts, prepared.ends
        self.used_cleanups: set[int] = set()  # of `prepared`, those that declarations have

    def parse(self, tail: str = "") -> Node:
        self.text = (self.head_text + self.prepared.text + tail).encode("ascii", "replace")
        return _parser().parse(self.text).root_node

    def span(self, node: Node) -> Span:
        start, end = node.start_byte - self.head, node.end_byte - self.head - 1
        limit = len(self._starts) - 1
        if start < 0 or end < start or end > limit:  # a part of what was put around the text
            if limit < 0:
                return Span(self.source, self.base, self.base + 1, self.via)
            start, end = min(max(start, 0), limit), min(max(end, 0), limit)
        first, last = self._starts[start], self._ends[end]
        return Span(self.source, self.base + first, self.base + (last if last > first else first + 1), self.via)

    def refuse_unused(self) -> None:
        """Raises `UnsupportedC` if an attribute `cleanup` stands where no declaration takes it."""
        for position, _ in self.prepared.cleanups:
            if position not in self.used_cleanups:
                place = self.base + position
                raise UnsupportedC(
                    "this attribute may change what the code does", Span(self.source, place, place + 1, self.via)
                )

    def refuse_errors(self, node: Node) -> None:
        """Raises `UnsupportedC` at the first error or missing token below `node`."""
        if not node.has_error:
            return
        refused = self.prepared.text.find(REFUSED)
        if refused >= 0:
            starts, ends = self.prepared.starts, self.prepared.ends
            span = Span(self.source, self.base + starts[refused], self.base + ends[refused], self.via)
            raise UnsupportedC("this attribute may change what the code does", span, "Only harmless ones are known.")
        stack = [node]
        while stack:
            current = stack.pop()
            if current.is_error or current.is_missing:
                raise UnsupportedC("this C can't be parsed", self.span(current), "See README, “The C subset”.")
            stack.extend(reversed([c for c in current.children if c.has_error or c.is_missing]))
        raise UnsupportedC("this C can't be parsed", self.span(node))

    def word(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte].decode()

    def field(self, node: Node, name: str) -> Node:
        found = node.child_by_field_name(name)
        if found is None:
            raise UnsupportedC("this C can't be parsed", self.span(node))
        return found

    def is_range(self, node: Node) -> bool:
        operator = node.child_by_field_name("operator")
        if operator is None:
            return False
        start = self.base + self.prepared.starts[operator.start_byte - self.head]
        return self.source.text[start : start + 3] == "..."
