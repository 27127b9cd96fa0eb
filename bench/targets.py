"""The speed targets, held against the measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.measure import Measurement

MIB = 1024
FAMILY_SECONDS = {10: 0.1, 100: 0.2, 1000: 1.0}
NEAR_LINEAR = 12.0


@dataclass(frozen=True, slots=True)
class Target:
    """`value` has to be at most (or, if `strictly`, below) `limit`; None: not measured."""

    what: str
    value: float | None
    limit: float
    unit: str
    strictly: bool = False

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        return "met" if self.value < self.limit or (self.value == self.limit and not self.strictly) else "missed"


class Figures:
    """Measured medians by row name; None where a row is missing or refused."""

    def __init__(self, measured: list[Measurement]) -> None:
        self._by_name = {one.row.name: one for one in measured if one.usable}

    def seconds(self, name: str) -> float | None:
        one = self._by_name.get(name)
        return one.median if one else None

    def mebibytes(self, name: str) -> float | None:
        one = self._by_name.get(name)
        return one.peak_kib / MIB if one else None

    def ratio(self, name: str, base: str) -> float | None:
        return divide(self.seconds(name), self.seconds(base))

    def beyond(self, name: str, base: str) -> float | None:
        seconds, start = self.seconds(name), self.seconds(base)
        return None if seconds is None or start is None else seconds - start

    def per_extra_claim(self) -> float | None:
        """Milliseconds that each of the ten claims adds to a check of one."""
        nine = self.beyond("verify: 10 claims", "verify: 1 claim")
        return None if nine is None else nine / 9 * 1000


def divide(value: float | None, by: float | None) -> float | None:
    return None if value is None or by is None or by <= 0 else value / by


def targets(measured: list[Measurement]) -> list[Target]:
    """Every target; start-up is `import z3`."""
    of = Figures(measured)
    floor = "floor: 10 claims in z3py"
    family = {n: of.beyond(f"family {n}: verify", "import z3") for n in FAMILY_SECONDS}
    made = [
        Target("10 claims, z3, against the floor", of.ratio("verify: 10 claims", floor), 1.3, "x"),
        Target(
            "10 claims, bitwuzla, against the floor", of.ratio("verify: 10 claims, bitwuzla", floor), 0.8, "x", True
        ),
        Target("verify all, against the same claims", of.ratio("verify all", "floor of the same claims"), 2.0, "x"),
        Target("each extra claim", of.per_extra_claim(), 4.0, "ms"),
        Target("real trees", of.seconds("verify: real trees"), 1.5, "s"),
        Target("memory of verify all", of.mebibytes("verify all"), 80.0, "MiB"),
    ]
    made += [Target(f"family of {n}, beyond start-up", family[n], limit, "s") for n, limit in FAMILY_SECONDS.items()]
    made.append(Target("family, from 100 to 1000 (near-linear)", divide(family[1000], family[100]), NEAR_LINEAR, "x"))
    if of.seconds("CBMC: 10 claims") is not None:
        against = of.ratio("verify: 10 claims, bitwuzla", "CBMC: 10 claims")
        made.append(Target("10 claims, bitwuzla, against CBMC", against, 1.0, "x", True))
    return made
