"""Pieces of C expressions with what their users must know: binding strength, type, side effects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from verify.differential.scalars import Scalar

# Binding strengths (C17 6.5), loosest first.
COMMA, ASSIGN, CONDITIONAL, OR, AND, BIT_OR, BIT_XOR, BIT_AND = 1, 2, 3, 4, 5, 6, 7, 8
EQUALITY, RELATIONAL, SHIFT, ADDITIVE, MULTIPLICATIVE, UNARY, POSTFIX = 9, 10, 11, 12, 13, 14, 16

# What a fragment may write besides named locals: anything that a pointer can reach, and that by its own assignment
# (not in a callee, so unsequenced with a store of its value).
MEMORY = "*memory*"
DIRECT = "*direct*"
# Stands among what a fragment writes if it calls external functions or warns.
CALLS = "*calls*"


@dataclass(frozen=True, slots=True)
class Fragment:
    """`type` is None where a delicate macro may regroup the neighbours, so that the type isn't known.

    `writes`: names of locals, MEMORY, DIRECT, CALLS; empty iff it may be evaluated any number of times.
    """

    text: str
    strength: int
    type: Scalar | None
    writes: frozenset[str] = frozenset()

    def bracketed(self) -> Fragment:
        return replace(self, text=f"({self.text})", strength=POSTFIX)

    def at_least(self, strength: int) -> str:
        """The text, in brackets unless it binds at least as strongly."""
        return self.text if self.strength >= strength else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Context:
    """What an expression may do where it stands.

    `effects`: it may write and call.  `frozen`: names (or MEMORY) that it mustn't read, since a sibling writes them
    unsequenced.  `plain`: it will be pasted by a delicate macro, so an operator that relies on its operands' exact
    extent (shifts, divisions) stays in brackets.
    """

    depth: int
    effects: bool = False
    frozen: frozenset[str] = frozenset()
    plain: bool = False

    def deeper(self) -> Context:
        return replace(self, depth=self.depth - 1)

    def pure(self) -> Context:
        return replace(self, effects=False)

    def beside(self, writes: frozenset[str]) -> Context:
        """For a sibling of what writes `writes`: unsequenced, so without effects and without reading them."""
        return replace(self, effects=False, frozen=self.frozen | writes)
