"""The floor for claims about histories: those of specs/feat_ctl_history written by hand in z3py.

The state is two words, the operations are one transition relation.  Each claim is decided as `verify` does: by
induction; else a history that violates it is looked for, step by step; else Spacer finds what makes it inductive.  No
history is replayed, made readable or canonical here, and what Spacer finds isn't checked again.  Trusted: z3, and the
operations as written here.
"""

# z3 declares unions for what its operators return here (BoolRef | Probe | bool).
# pyright: basic, reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import z3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOCKED, VMX, SGX_LC, SGX, LMCE = 1 << 0, 3 << 1, 1 << 17, 1 << 18, 1 << 20
SUPPORTED = LOCKED | VMX | SGX_LC | SGX | LMCE
SET_CPUID, SETUP_MCE, GUEST, HOST = range(4)
EVERYTHING = (SET_CPUID, SETUP_MCE, GUEST, HOST)
BY_GUEST = (SET_CPUID, SETUP_MCE, GUEST)
DEPTH = 5  # steps of the histories that are looked for before Spacer is asked


class State(NamedTuple):
    """The register, and the bits that the CPUID model allows."""

    reg: z3.BitVecRef
    valid: z3.BitVecRef


class Step(NamedTuple):
    """The operation and its inputs, the states around it, and what it tells whoever called it."""

    operation: z3.BitVecRef
    data: z3.BitVecRef
    before: State
    after: State
    accepted: z3.BoolRef
    warns: z3.BoolRef

    def one_of(self, operations: Sequence[int]) -> z3.BoolRef:
        return z3.Or(*[self.operation == o for o in operations])


class Claim(NamedTuple):
    """`holds`: of each state, or of each of the `steps`.  `reach`: proved means that it is never false."""

    name: str
    code: str
    expect: str
    state: Callable[[State], z3.BoolRef] | None
    step: Callable[[Step], z3.BoolRef] | None = None
    operations: Sequence[int] = EVERYTHING  # of a claim about steps: those that it speaks of


CREATED = State(z3.BitVecVal(0, 64), z3.BitVecVal(LOCKED, 64))


def take(code: str, before: State, number: int) -> Step:
    """Step `number` from a state; which operation it is and its inputs are free."""
    operation = z3.BitVec(f"operation {number}", 2)
    data = z3.BitVec(f"data {number}", 64)
    vmx, sgx, sgx_lc, lmce = (z3.Bool(f"{name} {number}") for name in ("vmx", "sgx", "sgx_lc", "lmce"))

    def given(word: z3.BitVecRef, bits: int, on: z3.BoolRef) -> z3.BitVecRef:
        return z3.If(on, word | bits, word & ~bits)

    told = given(before.valid, VMX, vmx)
    told = given(told, SGX << 1 if code == "broken-model" else SGX, sgx)
    told = given(told, SGX_LC, sgx_lc)
    host = operation == HOST
    write = z3.Or(operation == GUEST, host)
    allowed = before.valid if code == "old" else z3.If(host, z3.BitVecVal(SUPPORTED, 64), before.valid)
    bound = host if code == "broken-lock" else z3.Not(host)
    accepted = z3.And(write, data & ~allowed == 0, z3.Not(z3.And(bound, before.reg & LOCKED != 0)))
    warns = z3.BoolVal(False) if code == "old" else z3.And(write, before.valid & ~SUPPORTED != 0)
    valid = z3.If(
        operation == SET_CPUID, told, z3.If(operation == SETUP_MCE, given(before.valid, LMCE, lmce), before.valid)
    )
    return Step(operation, data, before, State(z3.If(accepted, data, before.reg), valid), accepted, warns)


def claims() -> Iterator[Claim]:
    """The claims of specs/feat_ctl_history, in its order."""

    def model_is_sound(s: State) -> z3.BoolRef:
        return s.valid & ~SUPPORTED == 0

    def register_is_sound(s: State) -> z3.BoolRef:
        return s.reg & ~SUPPORTED == 0

    def silent(x: Step) -> z3.BoolRef:
        return z3.Not(x.warns)

    def closed(x: Step) -> z3.BoolRef:
        return z3.Implies(x.before.reg & LOCKED != 0, x.after.reg == x.before.reg)

    def restores(x: Step) -> z3.BoolRef:
        return z3.Implies(x.data == x.before.reg, z3.And(x.accepted, x.after.reg == x.data))

    yield Claim("model-is-sound", "new", "proved", model_is_sound)
    yield Claim("model-is-sound-broken", "broken-model", "refuted", model_is_sound)
    yield Claim("register-is-sound", "new", "proved", register_is_sound)
    yield Claim("register-is-sound-old", "old", "proved", register_is_sound)
    yield Claim("register-is-sound-broken", "broken-model", "refuted", register_is_sound)
    yield Claim("warning-cannot-fire", "new", "proved", None, silent, (GUEST, HOST))
    yield Claim("warning-cannot-fire-broken", "broken-model", "refuted", None, silent, (GUEST, HOST))
    yield Claim("locked-register-is-closed", "new", "proved", None, closed, BY_GUEST)
    yield Claim("locked-register-is-closed", "old", "proved", None, closed, BY_GUEST)
    yield Claim("locked-register-is-closed-broken", "broken-lock", "refuted", None, closed, BY_GUEST)
    yield Claim("host-can-restore", "new", "proved", None, restores, (HOST,))
    yield Claim("host-can-restore-old", "old", "refuted", None, restores, (HOST,))
    yield Claim("host-can-restore-broken", "broken-lock", "refuted", None, restores, (HOST,))

    def never(goal: Callable[[State], z3.BoolRef]) -> Callable[[State], z3.BoolRef]:
        return lambda s: z3.Not(goal(s))

    yield Claim(
        "sgx-enabled-unlocked", "new", "refuted", never(lambda s: z3.And(s.reg & SGX != 0, s.reg & LOCKED == 0)), None,
        BY_GUEST,
    )  # fmt: skip
    yield Claim(
        "locked-with-outdated-bits", "new", "refuted",
        never(lambda s: z3.And(s.reg & LOCKED != 0, s.reg & ~s.valid != 0)), None, BY_GUEST,
    )  # fmt: skip
    yield Claim(
        "outdated-without-model-change", "new", "proved", never(lambda s: s.reg & ~s.valid != 0), None, (GUEST,)
    )


class Prover:
    """Decides claims; invariants that were proved of a version serve for its later claims."""

    def __init__(self) -> None:
        self.state = State(z3.BitVec("reg", 64), z3.BitVec("valid", 64))
        self.lemmas: dict[str, list[Callable[[State], z3.BoolRef]]] = {}
        self.solver = z3.Solver()

    def decide(self, claim: Claim) -> str:
        if self._inductive(claim):
            if claim.state is not None and claim.operations == EVERYTHING:
                self.lemmas.setdefault(claim.code, []).append(claim.state)
            return "proved"
        return "refuted" if self._history(claim) else self._spacer(claim)

    def _unsat(self, *conditions: z3.BoolRef) -> bool:
        self.solver.push()
        try:
            self.solver.add(*conditions)
            return self.solver.check() == z3.unsat
        finally:
            self.solver.pop()

    def _inductive(self, claim: Claim) -> bool:
        """Whether the claim holds at first and, with what was proved before, of each further step."""
        step = take(claim.code, self.state, 0)
        known = [lemma(self.state) for lemma in self.lemmas.get(claim.code, ())]
        possible = step.one_of(claim.operations)
        if claim.step is not None:
            return self._unsat(*known, possible, z3.Not(claim.step(step)))
        assert claim.state is not None
        if not self._unsat(z3.Not(claim.state(CREATED))):
            return False
        return self._unsat(*known, claim.state(self.state), possible, z3.Not(claim.state(step.after)))

    def _history(self, claim: Claim) -> bool:
        """Whether some history of at most `DEPTH` steps violates the claim."""
        solver = z3.SolverFor("QF_BV")
        state = CREATED
        for number in range(DEPTH):
            step = take(claim.code, state, number)
            if claim.step is not None:
                bad = z3.And(step.one_of(claim.operations), z3.Not(claim.step(step)))
                allowed = z3.BoolVal(True)
            else:
                assert claim.state is not None
                bad, allowed = z3.Not(claim.state(step.after)), step.one_of(claim.operations)
            solver.add(allowed)
            if solver.check(bad) == z3.sat:
                solver.model()
                return True
            state = step.after
        return False

    def _spacer(self, claim: Claim) -> str:
        """What Spacer says of all histories."""
        assert claim.state is not None
        words = z3.BitVecSort(64)
        reached = z3.Function("reached", words, words, z3.BoolSort())
        spacer = z3.Fixedpoint()
        spacer.set(engine="spacer")
        spacer.register_relation(reached)
        step = take(claim.code, self.state, 0)
        inputs = [z3.Bool(f"{name} 0") for name in ("vmx", "sgx", "sgx_lc", "lmce")]
        spacer.declare_var(*self.state, step.operation, step.data, *inputs)
        spacer.fact(reached(*CREATED))
        spacer.rule(reached(*step.after), [reached(*self.state), step.one_of(claim.operations)])
        found = spacer.query(z3.And(reached(*self.state), z3.Not(claim.state(self.state))))
        return {"unsat": "proved", "sat": "refuted"}.get(str(found), "unknown")


def verdicts() -> Iterator[tuple[str, str, str]]:
    """Each claim's name, verdict and the verdict that is expected."""
    prover = Prover()
    for claim in claims():
        yield claim.name, prover.decide(claim), claim.expect
