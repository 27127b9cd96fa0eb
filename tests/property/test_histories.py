"""Random small systems: the verdicts are those of a search through all states."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from verify.claims.verdict import Proved, Refuted
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
