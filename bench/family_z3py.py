"""The synthetic family by hand in z3py: one question a branch, as an expert would pose it.

`python -m bench.family_z3py N` proves "guest path unchanged" for each branch, checks that the assumption is satisfiable
and that the control (the claim without the assumption) is refuted on the last branch; exits with 1 if one isn't as
expected.
"""

# z3 declares unions for what its operators return here (BoolRef | Probe | bool).
# pyright: basic, reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false

from __future__ import annotations

import sys

import z3

from bench.family import Register, registers


def differ(r: Register, data: z3.BitVecRef, host: z3.BoolRef) -> z3.BoolRef:
    """Where the two versions of this branch return or store something different."""
    reg = z3.BitVec(r.name, 64)
    locked = z3.And(reg & r.lock != 0, z3.Not(host))
    old_rejects = z3.Or(data & ~r.mask != 0, locked)
    allowed = z3.If(host, z3.BitVecVal(r.wide, 64), z3.BitVecVal(r.mask, 64))
    new_rejects = z3.Or(data & ~allowed != 0, locked)
    return z3.Or(old_rejects != new_rejects, z3.If(old_rejects, reg, data) != z3.If(new_rejects, reg, data))


def main(count: int) -> int:
    """Decide every branch and the controls; 0 iff each is as expected."""
    data = z3.BitVec("data", 64)
    host = z3.Bool("host")
    family = registers(count)
    solver = z3.Solver()
    guest = z3.Not(host)
    possible = solver.check(guest) == z3.sat
    proved = 0
    for r in family:
        solver.push()
        solver.add(differ(r, data, host), guest)
        proved += solver.check() == z3.unsat
        solver.pop()
    solver.add(differ(family[-1], data, host))
    refuted = solver.check() == z3.sat
    print(f"{count} branches: {proved} proved, control {'refuted' if refuted else 'NOT refuted'}")
    return 0 if proved == count and refuted and possible else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
