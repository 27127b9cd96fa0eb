"""Claims on finished runs of the concrete interpreter."""

from __future__ import annotations

import pytest

from tests.unit.machines import Outside, types_of
from verify.claims.concrete import differences, failing_parts, holds
from verify.claims.language import parse
from verify.claims.spec import Expression
from verify.execution.interpreter import ConcreteRule, Machine, NotReplayable
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.ctypes import UINT

HEAD = """
struct s { u32 a, b; u64 list[4]; }; struct out { struct s *s; };
u32 other; void act(struct s *p); int ask(int x); void note(u32 x); u32 peek(struct s *p);
static struct s *inner(struct out *o) { int ret = 0, a = 1; return ret + a > 5 ? NULL : o->s; }
"""
P = 0x100000
PRESERVES = ConcreteRule(preserves=frozenset(("s.a",)))


def _tree(text: str) -> ast.Expr:
    span = Span(Source("claim", text), 0, len(text))
    return parse(Expression(text, span), types_of(HEAD).definitions.is_type)


class Runs:
    """Two versions of `f(struct out *o, u32 v)`, run with the same outside."""

    def __init__(
        self, old: str, new: str, v: int = 7, memory: dict[tuple[int, str, tuple[int, ...]], int] | None = None
    ) -> None:
        found = {(0, "out.s", (0x900,)): P, (0, "s.a", (P,)): 3, **(memory or {})}
        rules = {"peek": ConcreteRule(pure=True), "keep": PRESERVES}
        self.machines: dict[str, Machine] = {}
        for side, body in (("old", old), ("new", new), ("before", new)):
            types = types_of(f"{HEAD}int f(struct out *o, u32 v) {{ struct s *p = o->s; {body} }}")
            outside = Outside((0x900, v), found, {"ask": (4, 5, 6), "peek": (8,)})
            made = Machine(types, outside, rules, frozenset(), version=side)
            function = types.definitions.function("f")
            assert function is not None
            (made.bind if side == "before" else made.run)(function, ("o", "v"))
            self.machines[side] = made
        self.inputs = self.machines.pop("before")
        names = {"a": "inner(o)->a", "accepted": "ret == 0", "list": "o->s->list", "peeked": "peek(o->s)"}
        self.names = {name: _tree(text) for name, text in names.items()}

    def holds(self, claim: str) -> bool:
        return holds(_tree(claim), self.machines, self.names, self.inputs, {"bit": (UINT, 5)})

    def failing(self, claim: str) -> list[str]:
        return failing_parts(_tree(claim), self.machines, self.names, self.inputs)

    def differences(self, claim: str) -> list[str]:
        node = _tree(claim)
        assert isinstance(node, ast.Call)
        return differences(node, self.machines, self.names, self.inputs)


def test_states_of_a_name() -> None:
    runs = Runs("p->a = v; return 1;", "p->a += v; return 0;")
    for claim in (
        "a == 3 && old.a == 7 && new.a == 10",
        "inner(o)->a == 3 && old.o->s->a == 7 && new.inner(o)->a == 10",
        "!old.accepted && new.accepted && old.ret == 1 && new.ret == 0",
        "bit == 5 && v == 7 && new.v == 7",
        "old.list[bit - 5] == list[0]",
    ):
        assert runs.holds(claim), claim
    assert not runs.holds("new.a == 3")


def test_implications() -> None:
    runs = Runs("return 1;", "return 0;")
    assert runs.holds("old.accepted ==> 0")
    assert runs.holds("new.accepted ==> !old.accepted ==> 1")
    assert not runs.holds("new.accepted ==> old.accepted")
    assert runs.holds("old.accepted <==> !new.accepted")
    assert runs.holds("0 ==> 1 / 0")


def test_calls_and_warnings() -> None:
    runs = Runs("ask(1); WARN_ON(v); return 0;", "act(p); ask(1); ask(2); inner(o); return 0;")
    assert runs.holds("old.warned && !new.warned && old.calls(ask) == 1 && new.calls(ask) == 2")
    assert runs.holds("!old.called(act) && new.called(act) && new.called(inner) && new.calls(note) == 0")


def test_failing_parts_are_the_false_conjuncts() -> None:
    runs = Runs("p->a = 1; return 0;", "p->a = 2; return 0;")
    assert runs.failing("new.a == 2 && old.a\n == 2 && same(old, new)") == ["old.a == 2", "same(old, new)"]


# Old body, new body, claim, and what it finds to be different.
SAME: list[tuple[str, str, str, list[str]]] = [
    ("return 1;", "return 2 - 1;", "same(old, new)", []),
    ("return 1;", "return 2;", "same(old, new)", ["the return value"]),
    ("return 1;", "return 2;", "same(old, new, except(ret))", []),
    ("return 1;", "BUG(); return 1;", "same(old, new, except(ret))", ["whether BUG() is reached"]),
    ("BUG(); return 1;", "BUG_ON(v); return 2;", "same(old, new)", []),
    ("WARN_ON(v); return 0;", "return 0;", "same(old, new)", ["the warnings"]),
    ("WARN_ON(v); return 0;", "return 0;", "same(old, new, except(warnings))", []),
    ("p->a = 3; return 0;", "return 0;", "same(old, new)", []),
    ("p->a = 4; return 0;", "return 0;", "same(old, new)", ["memory: s.a"]),
    ("p->a = 4; return 0;", "return 0;", "same(old, new, except(memory))", []),
    ("p->a = 4; return 0;", "p->a = 5; return 0;", "same(old, new, except(a))", []),
    ("p->a = 4; other = 1; return 0;", "p->a = 5; return 0;", "same(old, new, except(a))", ["memory: global other"]),
    ("p->list[2] = 4; return 0;", "return 0;", "same(old, new, except(list))", []),
    ("p->list[2] = 4; return 0;", "return 0;", "same(old, new, except(list[1]))", ["memory: s.list"]),
    ("p[1].a = 4; return 0;", "return 0;", "same(old, new, except(a))", ["memory: s.a"]),
    ("ask(1); return 0;", "ask(1); return 0;", "same(old, new)", []),
    ("ask(1); return 0;", "ask(2); return 0;", "same(old, new)", ["the calls"]),
    ("ask(1); return 0;", "return 0;", "same(old, new, except(ask))", []),
    ("ask(1); note(2); return 0;", "note(2); return 0;", "same(old, new, except(ask))", []),
    ("ask(1); note(2); return 0;", "note(3); return 0;", "same(old, new, except(ask))", ["the calls"]),
    ("p->a = 1; ask(1); return 0;", "ask(1); return 0;", "same(old, new)", ["the calls"]),
    ("p->a = 3; ask(1); return 0;", "ask(1); return 0;", "same(old, new)", []),
    ("p->a = 1; ask(1); return 0;", "ask(1); p->a = 1; return 0;", "same(old, new, except(calls))", ["memory: s.a"]),
    ("p->a = 1; keep(1); return 0;", "keep(1); p->a = 1; return 0;", "same(old, new, except(calls))", []),
    ("peek(p); return 0;", "return 0;", "same(old, new)", []),
    ("p->a = 3; return 1;", "return 2;", "same(before, old)", []),
    ("p->a = 4; return 1;", "ask(1); return 2;", "same(before, new)", ["the calls"]),
    ("{ int x = 1; peek((void *)&x); ask(x); } return 0;", "ask(1); return 0;", "same(old, new, except(calls))", []),
]


@pytest.mark.parametrize(("old", "new", "claim", "expected"), SAME)
def test_same(old: str, new: str, claim: str, expected: list[str]) -> None:
    runs = Runs(old, new)
    assert runs.differences(claim) == expected
    assert runs.holds(claim) == (not expected)


def test_a_question_in_a_claim_is_the_code_s() -> None:
    runs = Runs("return peek(p) == 8;", "p->a = 1; return 0;")
    assert runs.holds("peeked == 8 && old.ret")
    with pytest.raises(NotReplayable, match="the claim itself calls peek"):
        runs.holds("new.peeked == 8")


UNCLEAR = [
    ("return 0;", "return 0;", "ask(1) == 4", "the claim itself calls ask"),
    ("return 0;", "BUG(); return 0;", "new.ret == 0", "the new version returns no number"),
    ("return 0;", "return 0;", "ret == 0", "only after a version ran"),
    (
        "p->a = 1; ask(1); return 0;",
        "p->a = 1; ask(2); return 0;",
        "same(old, new, except(calls))",
        "calls that differ",
    ),
    ("return 0;", "return 0;", "1 << (bit + 40)", "is undefined: shift count out of range"),
]


@pytest.mark.parametrize(("old", "new", "claim", "reason"), UNCLEAR)
def test_claims_that_cannot_be_evaluated(old: str, new: str, claim: str, reason: str) -> None:
    with pytest.raises(NotReplayable, match=reason):
        Runs(old, new).holds(claim)
