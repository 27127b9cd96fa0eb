"""Random small systems: the verdicts are those of a search through all states."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from verify.claims.verdict import Proved, Refuted, Undecided, Vacuous
from verify.pipeline import Options, check

SIZE = 16  # values that a variable of the state has, as its operations keep only four bits
State = tuple[int, int]
Step = Callable[[int, int, int], State]


def operation(rng: random.Random) -> tuple[str, Step]:
    """A body in C over `o->a`, `o->b` and the input `x`, and the same in Python."""
    m, k, limit = rng.randrange(SIZE), rng.randrange(SIZE), rng.randrange(1, SIZE)
    table: list[tuple[str, Step]] = [
        (f"o->a = (x & {m}) & 15;", lambda a, b, x: (x & m, b)),
        (f"if (o->a < {limit}) o->a++; o->a &= 15;", lambda a, b, x: ((a + 1 if a < limit else a) & 15, b)),
        (f"o->b = (o->b | (o->a & {m})) & 15;", lambda a, b, x: (a, b | a & m)),
        (f"if (o->b & {k}) o->a = {m}; else o->b ^= {m};", lambda a, b, x: (m, b) if b & k else (a, b ^ m)),
        (f"u8 t = o->a; o->a = o->b; o->b = t & {m};", lambda a, b, x: (b, a & m)),
        (f"if (x == {k} && o->a == {limit}) o->b = {m};", lambda a, b, x: (a, m) if x == k and a == limit else (a, b)),
        (f"o->a = (o->a + {k}) & 15;", lambda a, b, x: ((a + k) & 15, b)),
        ("o->a = 0; o->b = 0;", lambda a, b, x: (0, 0)),
    ]
    return rng.choice(table)


def reachable(start: State, steps: list[Step]) -> dict[State, int]:
    """Each state that can be reached, with the length of a shortest history to it."""
    found = {start: 0}
    queue = [start]
    for state in queue:
        for step in steps:
            for x in range(SIZE):
                after = step(*state, x)
                if after not in found:
                    found[after] = found[state] + 1
                    queue.append(after)
    return found


@pytest.mark.parametrize("seed", range(30))
def test_verdicts_are_those_of_an_exhaustive_search(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    chosen = [operation(rng) for _ in range(rng.randrange(1, 5))]
    # One that changes both, so that each variable is touched, but only in a state that has nothing to change.
    bodies = [*(text for text, _ in chosen), "if (o->a > 15) { o->a = 1; o->b = 1; }"]
    start = (rng.randrange(4), rng.randrange(4))
    known = reachable(start, [step for _, step in chosen])
    code = "struct object { u8 a, b; };\n"
    code += "".join(f"void operation{i}(struct object *o, u8 x)\n{{\n{text}\n}}\n" for i, text in enumerate(bodies))
    (tmp_path / "code.c").write_text(code)
    lines = ['[code]\nnew = "code.c"\n[state]\na = "o->a"\nb = "o->b"']
    lines.append(f'initially = "a == {start[0]} && b == {start[1]}"')
    lines += [f'[[operation]]\nname = "op{i}"\nentry = "operation{i}"' for i in range(len(bodies))]
    goals = [(rng.randrange(SIZE), rng.randrange(SIZE)) for _ in range(3)] + [rng.choice(list(known))]
    bound = rng.randrange(SIZE)
    lines += [f'[[reach]]\nname = "g{i}"\ngoal = "a == {a} && b == {b}"' for i, (a, b) in enumerate(goals)]
    lines.append(f'[[invariant]]\nname = "bound"\nprove = "a <= {bound}"')
    (tmp_path / "spec.toml").write_text("\n".join(lines) + "\n")
    claims = {c.claim: c for c in check(str(tmp_path), (), Options(timeout=5)).claims}
    expected: dict[str, int | None] = {f"g{i}": known.get(goal) for i, goal in enumerate(goals)}
    expected["bound"] = min((n for (a, _), n in known.items() if a > bound), default=None)
    for name, length in expected.items():
        verdict = claims[name].verdict
        if isinstance(verdict, Proved):
            assert length is None, name
        elif isinstance(verdict, Refuted):
            assert len(verdict.counterexample.history) == length, name
    assert sum(isinstance(c.verdict, Proved | Refuted) for c in claims.values()) >= len(claims) - 1


Values = dict[str, int]  # of a, b and the input x
Rule = tuple[str, Callable[[Values], Values]]  # a body in C, and what it makes of the state

KINDS: dict[str, tuple[str, Callable[[int], int]]] = {
    "unsigned bits": ("u32 {} : 3;", lambda v: v & 7),
    "signed bits": ("s32 {} : 3;", lambda v: ((v & 7) ^ 4) - 4),
    "truth": ("bool {};", lambda v: int(v != 0)),
    "byte": ("s8 {};", lambda v: ((v & 255) ^ 128) - 128),
}


def expression(rng: random.Random, small: bool) -> tuple[str, Callable[[Values], int]]:
    """A number over the state and the input; `small` ones stay within four bits."""
    k, one, other = rng.randrange(8), *rng.sample("abx", 2)
    table: list[tuple[str, Callable[[Values], int]]] = [
        (f"({one} & {k})", lambda v: v[one] & k),
        (f"({one} ^ {other}) & {k}", lambda v: (v[one] ^ v[other]) & k),
        (f"{k - 4}", lambda v: k - 4),
        (f"{one} < {other} ? {k} : ({other} & 3)", lambda v: k if v[one] < v[other] else v[other] & 3),
    ]
    if not small:
        table += [(f"{one} + {k - 3}", lambda v: v[one] + k - 3), (f"{one} - {other}", lambda v: v[one] - v[other])]
    return rng.choice(table)


def guard(rng: random.Random) -> tuple[str, Callable[[Values], bool]]:
    """A condition over the state and the input."""
    k, one, other = rng.randrange(-3, 6), *rng.sample("abx", 2)
    table: list[tuple[str, Callable[[Values], bool]]] = [
        (f"{one} == {k}", lambda v: v[one] == k),
        (f"{one} < {k}", lambda v: v[one] < k),
        (f"{one} >= {other}", lambda v: v[one] >= v[other]),
        (f"!{one} || {other} == {k}", lambda v: not v[one] or v[other] == k),
    ]
    return rng.choice(table)


def members(text: str) -> str:
    """The C of an expression over `a` and `b` with the object's members."""
    return re.sub(r"\b([ab])\b", r"o->\1", text)


def rule(rng: random.Random, kinds: dict[str, str]) -> Rule:
    """`if (guard) one = expression; else other = expression;`, with the guard or the second part left out at times."""
    condition, holds = guard(rng) if rng.random() < 0.7 else ("1", lambda v: True)
    first, second = rng.sample("ab", 2)
    sets = {n: expression(rng, kinds[n] == "byte") for n in (first, second)}
    twice = rng.random() < 0.4
    text = f"if ({members(condition)}) o->{first} = {members(sets[first][0])};"
    if twice:
        text += f" else o->{second} = {members(sets[second][0])};"

    def run(values: Values) -> Values:
        name = first if holds(values) else second if twice else ""
        if not name:
            return values
        return {**values, name: KINDS[kinds[name]][1](sets[name][1](values))}

    return text, run


def histories(
    starts: list[State], first: list[Rule], later: list[Rule], bad: Callable[[State, State, int], bool] | None
) -> dict[State, int]:
    """Each state that is reached with the length of a shortest history; the initial ones count if nothing is first.

    With `bad`: only the states after steps (before, after, the operation's number) that are bad, with that length.
    """
    found: dict[State, int] = {} if first else dict.fromkeys(starts, 0)
    violated: dict[State, int] = {}
    queue = [(s, 0, first) for s in starts] if first else [(s, 0, later) for s in starts]
    for state, length, possible in queue:
        for number, (_, run) in enumerate(possible):
            for x in range(8):
                after = run({"a": state[0], "b": state[1], "x": x})
                to = after["a"], after["b"]
                if bad is not None and bad(state, to, number + (0 if first and length == 0 else len(first))):
                    violated[to] = min(violated.get(to, length + 1), length + 1)
                if to not in found:
                    found[to] = length + 1
                    queue.append((to, length + 1, later))
    return found if bad is None else violated


@pytest.mark.parametrize("seed", range(16))
def test_narrow_members_first_operations_and_steps(seed: int, tmp_path: Path) -> None:
    rng = random.Random(f"narrow {seed}")
    kinds = {n: rng.choice(list(KINDS)) for n in "ab"}
    first = [rule(rng, kinds) for _ in range(rng.choice((0, 0, 1, 2)))]
    later = [rule(rng, kinds) for _ in range(rng.randrange(1, 4))]
    start = {n: KINDS[kinds[n]][1](rng.randrange(8)) for n in "ab"}
    names = [f"op{i}" for i in range(len(first) + len(later) + 1)]
    bodies = [*(text for text, _ in (*first, *later)), "if (x < 3 && x > 5) { o->a = !o->a; o->b = !o->b; }"]
    code = f"struct object {{ {' '.join(KINDS[kinds[n]][0].format(n) for n in 'ab')} }};\n"
    code += "".join(f"void {n}(struct object *o, u8 x)\n{{\n{b}\n}}\n" for n, b in zip(names, bodies, strict=True))
    (tmp_path / "code.c").write_text(code)
    lines = ['[code]\nnew = "code.c"\n[state]\na = "o->a"\nb = "o->b"']
    free = kinds["b"] != "byte" and rng.random() < 0.3
    begin = f"a == {start['a']}" + ("" if free else f" && b == {start['b']}")
    lines.append(f'initially = "{begin}"\n[histories]\ndepth = {rng.choice((2, 3, 8))}')
    for i, name in enumerate(names):
        lines.append(f'[[operation]]\nname = "{name}"\nentry = "{name}"\nassume = "x < 8"')
        lines.append("first = true" if i < len(first) else "")
    starts = sorted({(start["a"], KINDS[kinds["b"]][1](v) if free else start["b"]) for v in range(8)})
    reached = histories(starts, first, later, None)
    expected: dict[str, int | None] = {}
    for i in range(2):
        goal = rng.choice([*reached, (rng.randrange(-4, 8), rng.randrange(-4, 8))])
        chosen = [n for n in names[len(first) :] if rng.random() < 0.7] or names[-1:]
        own = [r for n, r in zip(names[len(first) :], later, strict=False) if n in chosen]
        expected[f"goal{i}"] = histories(starts, first, own, None).get(goal)
        lines.append(f'[[reach]]\nname = "goal{i}"\ngoal = "a == {goal[0]} && b == {goal[1]}"\noperations = {chosen}')
    bound = rng.randrange(-2, 6)
    lines.append(f'[[invariant]]\nname = "bound"\nprove = "a <= {bound}"')
    expected["bound"] = min((n for (a, _), n in reached.items() if a > bound), default=None)
    for i in range(2):
        spoken = [n for n in names if rng.random() < 0.6] or names[:1]
        numbers = {names.index(n) for n in spoken}
        k, limit = rng.randrange(-1, 4), rng.randrange(-3, 6)
        lines.append(f'[[trace-claim]]\nname = "step{i}"\noperations = {spoken}')
        lines.append(f'assume = "b >= {k}"\nprove = "new.a == a || new.a < {limit}"')

        def bad(
            before: State, after: State, number: int, k: int = k, limit: int = limit, own: set[int] = numbers
        ) -> bool:
            return number in own and before[1] >= k and after[0] != before[0] and after[0] >= limit

        expected[f"step{i}"] = min(histories(starts, first, later, bad).values(), default=None)
    (tmp_path / "spec.toml").write_text("\n".join(lines) + "\n")
    claims = {c.claim: c for c in check(str(tmp_path), (), Options(timeout=5)).claims}
    for name, length in expected.items():
        verdict = claims[name].verdict
        if isinstance(verdict, Proved | Vacuous):
            assert length is None, name
        elif isinstance(verdict, Refuted):
            assert len(verdict.counterexample.history) == length, name
        else:
            assert isinstance(verdict, Undecided), name
