"""The floor: FEAT_CTL claims written by hand in z3py, the least that any tool on top of z3's Python API has to do.

`python -m bench.floor_z3py [--claims N]` decides the ten headline claims, or N claims (the ten, the rest of SEED.md's table, each of the
64 bits; then the same again), prints a verdict per claim, and exits with 1 if one isn't as expected.  Trusted: z3, and the policy as written here.
"""

from __future__ import annotations

import sys
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, NamedTuple

import z3

from bench.headline import HEADLINE

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCKED = 1 << 0
SUPPORTED_BITS = (0, 1, 2, 17, 18, 20)
SUPPORTED = sum(1 << bit for bit in SUPPORTED_BITS)

VERDICTS = {"unsat": "proved", "sat": "refuted", "unknown": "unknown"}


class Outcome(NamedTuple):
    """What one version does with a write."""

    accepted: z3.BoolRef
    reg: z3.BitVecRef
    leaves_nested: z3.BoolRef
    warns: z3.BoolRef


class Claim(NamedTuple):
    """`prove` must hold wherever `assume` does (None: everywhere)."""

    name: str
    assume: z3.BoolRef | None
    prove: z3.BoolRef
    expect: str


def write(
    allowed: z3.BitVecRef, warns: z3.BoolRef, data: z3.BitVecRef, reg: z3.BitVecRef, host: z3.BoolRef
) -> Outcome:
    """A write of `data` where `allowed` holds the bits that may be set; the ENCLS bitmap is refreshed iff it is accepted."""
    rejected = z3.Or(data & ~allowed != 0, z3.And(reg & LOCKED != 0, z3.Not(host)))
    accepted = z3.Not(rejected)
    return Outcome(accepted, z3.If(rejected, reg, data), z3.And(accepted, host, data == 0), warns)


def same(old: Outcome, new: Outcome) -> z3.BoolRef:
    """Same return, register and calls; the warning left out."""
    return z3.And(old.accepted == new.accepted, old.reg == new.reg, old.leaves_nested == new.leaves_nested)


def claims() -> Iterator[Claim]:
    """The claims in order, each built only when it is asked for."""
    data, valid, reg = z3.BitVecs("data valid_bits reg", 64)
    host = z3.Bool("host")
    guest = z3.Not(host)
    old = write(valid, z3.BoolVal(False), data, reg, host)
    new = write(z3.If(host, z3.BitVecVal(SUPPORTED, 64), valid), valid & ~SUPPORTED != 0, data, reg, host)
    valid_supported = valid & ~SUPPORTED == 0
    data_supported = data & ~SUPPORTED == 0
    guest_locked = z3.And(guest, reg & LOCKED != 0)

    def headline(name: str, assume: z3.BoolRef | None, prove: z3.BoolRef) -> Claim:
        return Claim(name, assume, prove, HEADLINE[name])

    yield headline("guest-path-unchanged", guest, same(old, new))
    yield headline("guest-path-unchanged-with-warning", guest, z3.And(same(old, new), old.warns == new.warns))
    yield headline("host-may-set-any-supported-bit", z3.And(host, data_supported), new.accepted)
    yield headline("host-could-set-any-supported-bit", z3.And(host, data_supported), old.accepted)
    yield headline("warning-unreachable-if-valid-bits-supported", valid_supported, z3.Not(new.warns))
    yield headline("warning-unreachable", None, z3.Not(new.warns))
    yield headline("accepted-stays-accepted", None, z3.Implies(old.accepted, new.accepted))
    yield headline(
        "accepted-stays-accepted-if-valid-bits-supported", valid_supported, z3.Implies(old.accepted, new.accepted)
    )
    yield headline("host-path-unchanged", host, same(old, new))
    yield headline("guest-cannot-change-locked-register", guest_locked, z3.And(old.reg == reg, new.reg == reg))

    unchanged = [z3.Or(v.accepted, z3.And(v.reg == reg, z3.Not(v.leaves_nested))) for v in (old, new)]
    yield Claim("rejected-write-changes-nothing", None, z3.And(*unchanged), "proved")
    yield Claim("host-never-sets-unsupported-bit", host, z3.Implies(new.accepted, data_supported), "proved")
    yield Claim(
        "guest-never-sets-unsupported-bit", valid_supported, z3.Implies(new.accepted, data_supported), "proved"
    )
    yield Claim(
        "host-may-write-locked-register",
        z3.And(host, reg & LOCKED != 0, data_supported, data & ~valid == 0),
        z3.And(old.accepted, new.accepted),
        "proved",
    )
    left = [v.leaves_nested == z3.And(v.accepted, host, data == 0) for v in (old, new)]
    yield Claim("nested-mode-left-iff-host-writes-zero", None, z3.And(*left), "proved")
    yield Claim(
        "guest-path-unchanged-with-warning-if-valid-bits-supported",
        z3.And(guest, valid_supported),
        z3.And(same(old, new), old.warns == new.warns),
        "proved",
    )
    for bit in range(64):
        only_bit = z3.And(host, data == 1 << bit)
        if bit in SUPPORTED_BITS:
            yield Claim(f"supported-bit-{bit}-accepted", only_bit, new.accepted, "proved")
        else:
            yield Claim(f"unsupported-bit-{bit}-rejected", only_bit, z3.Not(new.accepted), "proved")


def decide(solver: z3.Solver, claim: Claim) -> str:
    """The verdict: proved iff the assumption is satisfiable and, with it, the negated claim isn't."""
    solver.push()
    try:
        if claim.assume is not None:
            solver.add(claim.assume)
            if solver.check() != z3.sat:
                return "vacuous"
        solver.add(z3.Not(claim.prove))
        return VERDICTS[str(solver.check())]
    finally:
        solver.pop()


def main(argv: list[str]) -> int:
    """Decide the claims; 0 iff each verdict is as expected."""
    count = int(argv[1]) if argv[:1] == ["--claims"] else len(HEADLINE)
    solver = z3.Solver()
    verdicts: list[str] = []
    wrong = 0
    for claim in islice(chain.from_iterable(claims() for _ in repeat(None)), count):
        verdict = decide(solver, claim)
        verdicts.append(verdict)
        wrong += verdict != claim.expect
        print(f"{claim.name}: {verdict}")
    print(f"{count} claims: {verdicts.count('proved')} proved, {verdicts.count('refuted')} refuted, {wrong} unexpected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
