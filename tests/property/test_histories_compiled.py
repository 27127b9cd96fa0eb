"""Random systems: no verdict contradicts a search through all states of the code that gcc made.

Two pointers that may be equal, narrow members, early returns, warnings, loops, copies of whole objects; claims are
evaluated by gcc as well.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from verify.claims.verdict import Proved, Refuted, Vacuous
from verify.errors import SpecError
from verify.pipeline import Options, check

State = tuple[int, int]
KINDS = {"u32 {} : 2;": range(4), "s32 {} : 2;": range(-2, 2), "bool {};": range(2), "s8 {} : 3;": range(-4, 4)}
INPUTS = 6
PRELUDE = """
#include <stdio.h>
#include <string.h>
#include <stdbool.h>
typedef unsigned char u8; typedef signed char s8; typedef int s32; typedef unsigned int u32;
static int warned;
#define WARN_ON(c) ({ int fired = !!(c); warned |= fired; fired; })
"""


def expression(rng: random.Random, words: list[str], depth: int = 2) -> str:
    if depth == 0 or rng.random() < 0.3:
        return rng.choice([*words, *words, str(rng.randrange(-3, 7))])
    one, other = (expression(rng, words, depth - 1) for _ in range(2))
    return rng.choice(
        [f"({one} {op} {other})" for op in ("+", "-", "&", "|", "^", "<", "==", "!=", ">=", "&&")]
        + [
            f"(!{one})",
            f"(~{one})",
            f"({one} >> ({other} & 3))",
            f"((u8){one} > {other})",
            f"({one} ? {other} : {one})",
        ]
    )


def statement(rng: random.Random, depth: int = 2) -> str:
    words = ["o->a", "o->b", "x", "y", *(["p->a", "p->b"] if rng.random() < 0.5 else [])]
    value = expression(rng, words)
    choices = [
        f"{rng.choice('oop')}->{rng.choice('ab')} {rng.choice(['=', '=', '+=', '-=', '^=', '|='])} {value};",
        f"o->{rng.choice('ab')}{rng.choice(['++', '--'])};",
        f"y = {value};",
    ]
    if depth:
        inner, other = (statement(rng, depth - 1) for _ in range(2))
        choices += [
            f"if ({value}) {{ {inner} }} else {{ {other} }}",
            f"if ({value}) return {rng.randrange(-1, 2)};",
            f"if (WARN_ON({value})) {{ {inner} }}",
            f"for (int i = 0; i < 3; i++) {{ {statement(rng, 0)} }}",
            f"switch (x) {{ case 0: {inner} case 1: {other} break; default: {statement(rng, 0)} }}",
            "*o = *p;",
            "memset(o, 0, sizeof(*o));",
        ]
    return rng.choice(choices)


class Searched:
    """What gcc's code does: `steps` from each state: the operation, the state after it, and whether each claim holds."""

    def __init__(
        self, folder: Path, code: str, kinds: list[str], count: int, claims: list[str], states: list[str]
    ) -> None:
        loops = "".join(
            f"for (int s{n} = {KINDS[k][0]}; s{n} <= {KINDS[k][-1]}; s{n}++) " for n, k in zip("ab", kinds, strict=True)
        )
        text = f"{PRELUDE}{code}int main(void) {{ {loops} {{ struct object B = {{ .a = sa, .b = sb }};\n"
        text += (
            'printf("S %d %d", sa, sb);' + "".join(f'printf(" %d", !!({compiled(c)}));' for c in states) + 'puts("");\n'
        )
        for number in range(count):
            for alone in (False, True):
                others = loops.replace("sa", "ta").replace("sb", "tb") if alone else ""
                given = "{ .a = ta, .b = tb }" if alone else "{ 0 }"
                text += (
                    f"for (int x = 0; x < {INPUTS}; x++) {others} {{ struct object A = B, P = {given}; warned = 0;\n"
                )
                text += f"int ret = operation{number}(&A, {'&P' if alone else '&A'}, x);\n"
                text += f'printf("T {number} %d %d", A.a, A.b);'
                text += "".join(f'printf(" %d", !!({compiled(c)}));' for c in claims) + 'puts(""); }\n'
        (folder / "search.c").write_text(f"{text} }} }}\n")
        flags = ("-w", "-O1", "-fno-strict-overflow")
        subprocess.run(["gcc", *flags, "-o", folder / "search", folder / "search.c"], check=True)
        printed = subprocess.run([folder / "search"], capture_output=True, text=True, check=True, timeout=20).stdout
        self.holds: dict[State, list[bool]] = {}
        self.steps: dict[State, set[tuple[int, ...]]] = {}
        state = 0, 0
        for line in printed.splitlines():
            kind, *words = line.split()
            one, two, *rest = map(int, words)
            if kind == "S":
                state = one, two
                self.holds[state], self.steps[state] = list(map(bool, rest)), set()
            else:
                self.steps[state].add((one, two, *rest))

    def reached(self, first: int, allowed: set[int]) -> tuple[dict[State, int], dict[tuple[int, int], int]]:
        """The states with the lengths of shortest histories; and those to violations, by claim and operation."""
        begin = [s for s, holds in self.holds.items() if holds[0]]
        found = dict.fromkeys(begin, 0) if not first else {}
        violated: dict[tuple[int, int], int] = {}
        queue = [(s, 0) for s in begin]
        for state, length in queue:
            for number, a, b, *claims in self.steps[state]:
                if (number < first) != (length == 0 < first) or number not in allowed:
                    continue
                for position, holds in enumerate(claims):
                    if not holds:
                        violated.setdefault((position, number), length + 1)
                if (a, b) not in found:
                    found[a, b] = length + 1
                    queue.append(((a, b), length + 1))
        return found, violated


def compiled(claim: str) -> str:
    """C for the driver: `B` is the object before the step, `A` after it."""
    text = re.sub(r"(?<!new\.)\b([ab])\b", r"B.\1", claim)
    return re.sub(r"new\.([ab])\b", r"A.\1", text).replace("new.", "")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc isn't installed")
@pytest.mark.parametrize("seed", range(20))
def test_no_verdict_contradicts_the_compiled_code(seed: int, tmp_path: Path) -> None:
    rng = random.Random(f"compiled {seed}")
    kinds = [rng.choice(list(KINDS)) for _ in "ab"]
    first = rng.choice((0, 0, 1))
    count = first + rng.randrange(1, 4)
    code = f"struct object {{ {' '.join(k.format(n) for n, k in zip('ab', kinds, strict=True))} }};\n"
    for number in range(count):
        body = " ".join(statement(rng) for _ in range(rng.randrange(1, 4)))
        code += (
            f"int operation{number}(struct object *o, struct object *p, u8 x)\n{{ int y = 0; {body} return y & 1; }}\n"
        )
    begin = (
        " && ".join(f"{n} == {rng.choice(KINDS[k])}" for n, k in zip("ab", kinds, strict=True) if rng.random() < 0.8)
        or "1"
    )
    states = [
        begin,
        *(f"{rng.choice('ab')} {rng.choice(['<=', '!='])} {expression(rng, ['a', 'b'], 1)}" for _ in range(3)),
    ]
    steps = ["!new.warned", "new.ret == 0"]
    steps += [
        f"!({expression(rng, ['a', 'b', 'x'], 1)}) || new.{rng.choice('ab')} <= {expression(rng, ['a', 'b', 'new.a', 'new.b'])}"
        for _ in range(3)
    ]
    known = Searched(tmp_path, code, kinds, count, steps, states)
    operations = [f"operation{i}" for i in range(count)]
    lines = ['[code]\nnew = "code.c"\n[state]\na = "o->a"\nb = "o->b"', f"initially = '{begin}'"]
    for number, name in enumerate(operations):
        lines.append(f'[[operation]]\nname = "{name}"\nentry = "{name}"\nassume = "x < {INPUTS}"')
        lines.append("first = true" if number < first else "")
    expected: dict[str, int | None] = {}
    everything = set(range(count))
    found, violated = known.reached(first, everything)
    for position, claim in enumerate(states[1:], 1):
        lines.append(f"[[invariant]]\nname = 'state{position}'\nprove = '{claim}'")
        expected[f"state{position}"] = min((n for s, n in found.items() if not known.holds[s][position]), default=None)
    for position, claim in enumerate(steps):
        chosen = [n for n in range(count) if rng.random() < 0.7] or [count - 1]
        lines.append(
            f"[[trace-claim]]\nname = 'step{position}'\nprove = '{claim}'\noperations = {[operations[n] for n in chosen]}"
        )
        lengths = [n for (claimed, number), n in violated.items() if claimed == position and number in chosen]
        expected[f"step{position}"] = min(lengths, default=None)
    for goal in rng.sample(list(known.holds), 3):
        allowed = {n for n in everything if n < first or rng.random() < 0.7} | {count - 1}
        name = f"goal {goal}".replace(" ", "").strip("()").replace("(", "_").replace(",", "_")
        lines.append(
            f"[[reach]]\nname = '{name}'\ngoal = 'a == {goal[0]} && b == {goal[1]}'\noperations = {[operations[n] for n in allowed]}"
        )
        expected[name] = known.reached(first, allowed)[0].get(goal)
    (tmp_path / "code.c").write_text(code)
    (tmp_path / "spec.toml").write_text("\n".join(lines) + "\n")
    try:
        claims = check(str(tmp_path), (), Options(timeout=3)).claims
    except SpecError:
        pytest.skip("an operation can never happen")
    assert {c.claim for c in claims} == set(expected)
    for claim in claims:
        length = expected[claim.claim]
        if isinstance(claim.verdict, Proved | Vacuous):
            assert length is None, claim.claim
        elif isinstance(claim.verdict, Refuted):
            assert len(claim.verdict.counterexample.history) == length, claim.claim
