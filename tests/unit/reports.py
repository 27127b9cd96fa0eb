"""Hand-made reports for the tests of what is printed: one claim for each kind of verdict; and reports without mistakes."""

from __future__ import annotations

from collections.abc import Sequence

from verify.claims.verdict import (
    Behaviour,
    ClaimReport,
    Counterexample,
    Input,
    MayDiffer,
    Mistaken,
    Proved,
    Refuted,
    SpecReport,
    Undecided,
    Unsupported,
    Vacuous,
    Verdict,
)
from verify.pipeline import Options, check

SAME_CALLEES = "what isn't looked into behaves the same in both versions: vmx_leave_nested()"
PRESERVED = "vmx_leave_nested() doesn't write `feat_ctl`"

REJECTED = Behaviour("old", "1", (), (), ())
ACCEPTED = Behaviour(
    "new",
    "0",
    ("vmx_write_encls_bitmap(vcpu, 0x0)",),
    ("feat_ctl = 0x40000 (FEAT_CTL_SGX_ENABLED)",),
    ("WARN_ON_ONCE at after.c:18:2",),
)
COUNTEREXAMPLE = Counterexample(
    inputs=(
        Input("data", 0x40000, 64, ("FEAT_CTL_SGX_ENABLED",), True),
        Input("host_initiated", 1, 1, (), True),
        Input("feat_ctl", 0, 64, (), False),
        Input("valid_bits", (1 << 63) | 1, 64, ("FEAT_CTL_LOCKED", "bit 63"), True),
        Input("bit", 33, 32, (), True),
        Input("address", 0xFFFF_FFFF_FFFF_FFFE, 64, (), True),
    ),
    behaviours=(REJECTED, ACCEPTED),
    failing=("old.accepted", "the warnings"),
    nearest=(Input("valid_bits", 0x40000, 64, ("FEAT_CTL_SGX_ENABLED",), True),),
    replayed=True,
)
ALIKE = COUNTEREXAMPLE._replace(behaviours=(REJECTED, REJECTED._replace(version="new")), nearest=())
ALONE = COUNTEREXAMPLE._replace(behaviours=(ACCEPTED._replace(result=""),))


def claim(name: str, verdict: Verdict, expect: str = "proved", rests_on: tuple[str, ...] = ()) -> ClaimReport:
    return ClaimReport(
        spec="feat_ctl",
        claim=name,
        says=f"What {name} says.",
        assumptions=("msr_info->index == MSR_IA32_FEAT_CTL", "host_initiated"),
        prove="old.accepted\n&& same(old, new)",
        expect=expect,
        verdict=verdict,
        rests_on=rests_on,
        obligations=2,
        solver="z3 5.4.1",
        seconds=0.0123,
    )


PROVED = claim("proved-one", Proved(construction=False), rests_on=(SAME_CALLEES, PRESERVED))
BUILT = claim("built-one", Proved(construction=True))
REFUTED_AS_EXPECTED = claim("refuted-one", Refuted(COUNTEREXAMPLE), "refuted", (PRESERVED,))
REFUTED = claim("failing-one", Refuted(ALIKE))
PROVED_BUT_REFUTED_EXPECTED = claim("too-good", Proved(construction=False), "refuted")
MAY_DIFFER = claim("unclear-one", MayDiffer("it rests on what f() returns", ALONE))
TIMEOUT = claim("slow-one", Undecided("timeout"))
OVERFLOW = claim("undefined-one", Undecided("an overflow is possible at a.c:1:5\n    a\t/ b;\n     \t^"))
VACUOUS = claim("empty-one", Vacuous(("x > 1", "x < 1")))
UNSUPPORTED = claim("odd-one", Unsupported('a.c:3:2: inline assembly\n    \tasm("");\n    \t^^^'))
EVERY_KIND = (
    PROVED,
    BUILT,
    REFUTED_AS_EXPECTED,
    REFUTED,
    PROVED_BUT_REFUTED_EXPECTED,
    MAY_DIFFER,
    TIMEOUT,
    OVERFLOW,
    VACUOUS,
    UNSUPPORTED,
)


def spec_report(*claims: ClaimReport) -> SpecReport:
    return SpecReport(
        name="feat_ctl",
        title="Userspace may set every bit",
        path="specs/feat_ctl/spec.toml",
        sources=(("old", "specs/feat_ctl/before.c"), ("new", "specs/feat_ctl/after.c")),
        claims=claims,
        read=(
            ("old", "vmx_set_msr", "specs/feat_ctl/before.c:12:1"),
            ("old", "BIT_ULL", "specs/feat_ctl/kvm.h:7:1"),
            ("new", "vmx_set_msr", "specs/feat_ctl/after.c:30:1"),
        ),
        inlined=(("old", ()), ("new", ("vmx_feature_control_msr_valid",))),
        effects=(("old", ("vmx_leave_nested",)), ("new", ("vmx_leave_nested",))),
        notes=("odd() isn't looked into: inline assembly (a.c:3:2)",),
        seconds=0.2,
    )


def checked(path: str, claims: Sequence[str] = (), options: Options | None = None) -> SpecReport:
    """The report on a spec.  Raises what is wrong with a claim."""
    report = check(path, claims, options)
    for one in report.claims:
        if isinstance(one.verdict, Mistaken):
            raise one.verdict.error
    return report
