"""The floor: FEAT_CTL claims written by hand in z3py, the least that any tool on top of z3's Python API has to do.

`python -m bench.floor_z3py [--claims N] [--histories]` decides the ten headline claims, or N claims (the ten, the other
claims of specs/feat_ctl, each of the 64 bits; then the same again), and with `--histories` also those of
`bench.floor_histories`; it prints a verdict per claim, and exits with 1 if one isn't as expected.  Trusted: z3, and the
policy as written here.
"""

# z3 declares unions for what its operators return here (BoolRef | Probe | bool).
# pyright: basic, reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false

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
    """What one version does with a write; it refreshes the ENCLS bitmap iff it accepts."""

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


class Policies:
    """The inputs, both versions' outcomes, and what the claims are made of."""

    def __init__(self) -> None:
        self.data, self.valid, self.reg = z3.BitVecs("data valid_bits reg", 64)
        self.host = z3.Bool("host")
        self.guest = z3.Not(self.host)
        self.locked = self.reg & LOCKED != 0
        self.model_sound = self.valid & ~SUPPORTED == 0
        self.data_supported = self.data & ~SUPPORTED == 0
        mask = z3.If(self.host, z3.BitVecVal(SUPPORTED, 64), self.valid)
        self.old = self.write(self.valid, z3.BoolVal(False))
        self.new = self.write(mask, z3.Not(self.model_sound))
        self.same_silent = z3.And(
            self.old.accepted == self.new.accepted,
            self.old.reg == self.new.reg,
            self.old.leaves_nested == self.new.leaves_nested,
        )
        self.same = z3.And(self.same_silent, self.old.warns == self.new.warns)

    def write(self, allowed: z3.BitVecRef, warns: z3.BoolRef) -> Outcome:
        """A write where `allowed` holds the bits that may be set."""
        rejected = z3.Or(self.data & ~allowed != 0, z3.And(self.locked, self.guest))
        accepted = z3.Not(rejected)
        return Outcome(
            accepted,
            z3.If(rejected, self.reg, self.data),
            z3.And(accepted, self.host, self.data == 0),
            warns,
        )


def headline(p: Policies) -> Iterator[Claim]:
    """The ten headline claims, each built only when it is asked for."""

    def claim(name: str, assume: z3.BoolRef | None, prove: z3.BoolRef) -> Claim:
        return Claim(name, assume, prove, HEADLINE[name])

    old, new, data, reg = p.old, p.new, p.data, p.reg
    host_supported = z3.And(p.host, p.data_supported)
    old_takes_new_takes = z3.Implies(old.accepted, new.accepted)
    yield claim("guest-path-unchanged", p.guest, p.same_silent)
    yield claim("guest-path-unchanged-warnings-included", p.guest, p.same)
    yield claim("host-may-set-supported-bits", host_supported, z3.And(new.accepted, new.reg == data))
    yield claim("old-host-may-set-supported-bits", host_supported, z3.And(old.accepted, old.reg == data))
    yield claim("warning-unreachable-sound-model", p.model_sound, z3.Not(new.warns))
    yield claim("warning-unreachable", None, z3.Not(new.warns))
    yield claim("nothing-newly-rejected", None, old_takes_new_takes)
    yield claim("nothing-newly-rejected-sound-model", p.model_sound, old_takes_new_takes)
    yield claim("host-path-unchanged", p.host, p.same_silent)
    yield claim(
        "locked-register-closed-to-guest",
        z3.And(p.guest, p.locked),
        z3.And(z3.Not(old.accepted), old.reg == reg, z3.Not(new.accepted), new.reg == reg),
    )


def others(p: Policies) -> Iterator[Claim]:
    """The other claims of specs/feat_ctl."""

    def proved(name: str, assume: z3.BoolRef | None, prove: z3.BoolRef) -> Claim:
        return Claim(name, assume, prove, "proved")

    old, new, data, reg, host, guest = p.old, p.new, p.data, p.reg, p.host, p.guest
    either = (old, new)
    yield proved("guest-path-unchanged-sound-model", z3.And(guest, p.model_sound), p.same)
    yield proved("same-result-means-same-effect", None, z3.Implies(old.accepted == new.accepted, p.same_silent))
    yield proved(
        "where-old-and-new-differ",
        None,
        (old.accepted != new.accepted) == z3.And(host, (data & ~p.valid == 0) != p.data_supported),
    )
    yield proved(
        "warns-exactly-on-unsound-model", None, z3.And(new.warns == (p.valid & ~SUPPORTED != 0), z3.Not(old.warns))
    )
    mask = z3.If(host, z3.BitVecVal(SUPPORTED, 64), p.valid)
    allowed = z3.And(data & ~mask == 0, z3.Or(host, reg & LOCKED == 0))
    yield proved("reference-policy", None, z3.And(new.accepted == allowed, new.reg == z3.If(new.accepted, data, reg)))
    unchanged = [z3.Or(v.accepted, z3.And(v.reg == reg, z3.Not(v.leaves_nested))) for v in either]
    yield proved("rejected-write-changes-nothing", None, z3.And(*unchanged))
    left = [v.leaves_nested == z3.And(host, data == 0, v.accepted) for v in either]
    yield proved("nested-mode-left-iff-host-writes-zero", None, z3.And(*left))
    yield proved(
        "locked-register-open-to-host",
        z3.And(host, p.locked),
        z3.And(
            z3.Implies(data & ~p.valid == 0, z3.And(old.accepted, old.reg == data)),
            z3.Implies(p.data_supported, z3.And(new.accepted, new.reg == data)),
        ),
    )
    nothing_added = new.reg & ~reg & ~SUPPORTED == 0
    yield proved("host-cannot-add-unsupported-bit", host, nothing_added)
    yield Claim("guest-cannot-add-unsupported-bit", guest, nothing_added, "refuted")
    yield proved("guest-cannot-add-unsupported-bit-sound-model", z3.And(guest, p.model_sound), nothing_added)

    bit = z3.BitVec("bit", 32)
    alone = z3.BitVecVal(1, 64) << z3.ZeroExt(32, bit)
    in_range = z3.ULT(bit, 64)
    host_alone = z3.And(host, in_range, data == alone)
    yield proved(
        "host-sets-each-supported-bit",
        z3.And(host_alone, data & SUPPORTED != 0),
        z3.And(new.accepted, new.reg == alone),
    )
    yield proved(
        "host-sets-no-unsupported-bit",
        z3.And(host, in_range, data & alone & ~SUPPORTED != 0),
        z3.And(z3.Not(new.accepted), new.reg == reg),
    )
    yield proved("supported-bits-are-these-six", host_alone, new.accepted == z3.Or(*[bit == b for b in SUPPORTED_BITS]))
    in_model = z3.And(reg & LOCKED == 0, p.valid & alone != 0)
    yield proved(
        "guest-sets-each-bit-of-its-model",
        z3.And(guest, in_range, data == alone),
        z3.And(old.accepted == in_model, new.accepted == in_model),
    )
    for number in range(64):
        takes = new.accepted if number in SUPPORTED_BITS else z3.Not(new.accepted)
        yield proved(f"host-sets-bit-{number}", z3.And(host, data == 1 << number), takes)


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


def one_write(count: int) -> Iterator[tuple[str, str, str]]:
    """The names, verdicts and expected verdicts of `count` claims about one write."""
    policies = Policies()
    again_and_again = chain.from_iterable(chain(headline(policies), others(policies)) for _ in repeat(None))
    solver = z3.Solver()
    for claim in islice(again_and_again, count):
        yield claim.name, decide(solver, claim), claim.expect


def main(argv: list[str]) -> int:
    """Decide the claims; 0 iff each verdict is as expected."""
    decided = one_write(int(argv[argv.index("--claims") + 1]) if "--claims" in argv else len(HEADLINE))
    if "--histories" in argv:
        from bench.floor_histories import verdicts as histories

        decided = chain(decided, histories())
    verdicts: list[str] = []
    unexpected = 0
    for name, verdict, expect in decided:
        verdicts.append(verdict)
        unexpected += verdict != expect
        print(f"{name}: {verdict}")
    proved, refuted = verdicts.count("proved"), verdicts.count("refuted")
    print(f"{len(verdicts)} claims: {proved} proved, {refuted} refuted, {unexpected} unexpected")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
