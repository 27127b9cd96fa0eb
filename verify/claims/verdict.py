"""Verdicts and what they carry.

A verdict is one of seven classes; code that handles verdicts handles every one.  Only `verify.pipeline.decide` makes a
`Proved` (after the vacuity check) or a `Refuted` (after the model was replayed).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.errors import InputError, SpecError


class Input(NamedTuple):
    """One input of a counterexample.

    `name` is the spec's name for it, or the C expression.  `value` is unsigned, `width` in bits (1: a truth value);
    `bits` names the bits that are set, as far as the spec gives names.  `matters` is False iff every value (that the
    assumptions allow) violates the claim as well, the other inputs being as they are.
    """

    name: str
    value: int
    width: int
    bits: tuple[str, ...]
    matters: bool


class Behaviour(NamedTuple):
    """What one version does with the inputs, as lines of text."""

    version: str
    result: str
    calls: tuple[str, ...]
    stores: tuple[str, ...]
    warnings: tuple[str, ...]


class HistoryStep(NamedTuple):
    """One step of a history: an operation, the inputs that it depends on, the state after it, and what it did."""

    operation: str
    says: str
    inputs: tuple[Input, ...]
    state: tuple[Input, ...]
    behaviour: Behaviour


class Counterexample(NamedTuple):
    """Inputs that violate a claim.  `failing` are the parts of the claim that are false, as source text.

    `nearest` is the closest input for which the claim holds: the names that change with their new values; empty if
    none was found.  `replayed`: the concrete interpreter ran it and the claim was false.

    Of a claim about histories: `inputs` are the initial state, and `history` the steps that lead to what is violated.
    """

    inputs: tuple[Input, ...]
    behaviours: tuple[Behaviour, ...]
    failing: tuple[str, ...]
    nearest: tuple[Input, ...]
    replayed: bool
    history: tuple[HistoryStep, ...] = ()


class Replayed(NamedTuple):
    """Whether a compiled program confirmed a counterexample: `by` names the compiler, else `reason` says why not.

    `path` is the C file where it is kept; `checks` is how much it checked; `ubsan`: undefined behaviour would have
    ended it.
    """

    by: str
    reason: str
    path: str
    checks: int = 0
    ubsan: bool = False


class Opinion(NamedTuple):
    """Another solver's answers to a spec's questions: it agreed on `agreed` of `asked`; `problem` is the first other
    thing that it said.  (One that contradicts is an error, not an opinion.)
    """

    solver: str
    agreed: int
    asked: int
    problem: str


class Proved(NamedTuple):
    """The claim holds for all inputs.  `construction`: by simplification alone, no solver was asked."""

    construction: bool


class Refuted(NamedTuple):
    counterexample: Counterexample


class MayDiffer(NamedTuple):
    """A model exists, but it rests on an unknown call or layout, so it can't be replayed."""

    reason: str
    counterexample: Counterexample


class Undecided(NamedTuple):
    """Time-out, loop bound, possible undefined behaviour, or the solver's own "unknown"."""

    reason: str


class Vacuous(NamedTuple):
    """No input satisfies the assumptions, so the claim says nothing."""

    assumptions: tuple[str, ...]


class Row(NamedTuple):
    """What was found of one operation: whether it preserves an invariant, or does as a trace claim says.

    `reason` is empty if it does; `counterexample` is one to induction: a state before it that may not be reachable.
    """

    operation: str
    word: str
    reason: str
    counterexample: Counterexample | None


class Induction(NamedTuple):
    """How a claim about all histories was decided.

    `kind`: "invariant", "trace-claim" or "reach".  `method`: "induction", "k-induction", "strengthening", "history",
    or "none".  `base` are the initial state's rows, `rows` those of the steps; `lemmas` are the invariants (name and
    C text) that the steps were taken to start with, `found` the strengthening that was found, in C.  `depth`: no
    history of so many steps violates it; -1: none was looked for.
    """

    kind: str
    code: str
    method: str
    k: int
    base: tuple[Row, ...]
    rows: tuple[Row, ...]
    lemmas: tuple[tuple[str, str], ...]
    found: tuple[str, ...]
    depth: int


class Unsupported(NamedTuple):
    """The code or the claim uses what isn't supported; `message` has file, line and caret."""

    message: str


class Mistaken(NamedTuple):
    """The claim itself makes no sense: a mistake in the spec, which nobody can expect."""

    error: SpecError


Verdict = Proved | Refuted | MayDiffer | Undecided | Vacuous | Unsupported | Mistaken

WORDS: dict[type[Verdict], str] = {
    Proved: "proved",
    Refuted: "refuted",
    MayDiffer: "may differ",
    Undecided: "unknown",
    Vacuous: "vacuous",
    Unsupported: "unsupported",
    Mistaken: "error",
}


class Certificate(NamedTuple):
    """The evidence for a proved claim in `folder`, written and checked; `problem`: why there is none, else empty.

    `clauses` and `steps` are those of all its `parts` together.
    """

    folder: str
    parts: int
    clauses: int
    steps: int
    seconds: float
    problem: str


class ClaimReport(NamedTuple):
    """A claim with its verdict and all that the verdict rests on.  Times are in seconds."""

    spec: str
    claim: str
    says: str
    assumptions: tuple[str, ...]
    prove: str
    expect: str
    verdict: Verdict
    rests_on: tuple[str, ...]
    obligations: int
    solver: str
    seconds: float
    certificate: Certificate | None = None
    compiled: Replayed | None = None
    induction: Induction | None = None

    @property
    def word(self) -> str:
        """The verdict in one or two words; "proved under assumptions" isn't told apart here."""
        return WORDS[type(self.verdict)]

    @property
    def as_expected(self) -> bool:
        return self.word == self.expect

    @property
    def undecided(self) -> bool:
        """True iff the verdict decides nothing, whatever was expected."""
        return not isinstance(self.verdict, Proved | Refuted)


class SpecReport(NamedTuple):
    """All claims of a spec that were checked.

    `read` lists each definition that was read with its place, per version.  `error`: why the spec couldn't be checked;
    then there are no claims.  `remarks`: what the spec says to no effect.
    """

    name: str
    title: str
    path: str
    sources: tuple[tuple[str, str], ...]
    claims: tuple[ClaimReport, ...]
    read: tuple[tuple[str, str, str], ...]
    inlined: tuple[tuple[str, tuple[str, ...]], ...]
    effects: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    seconds: float
    opinions: tuple[Opinion, ...] = ()
    error: InputError | None = None
    remarks: tuple[str, ...] = ()


def exit_code(reports: tuple[SpecReport, ...]) -> int:
    """0: all as expected; 1: a claim failed; 3: none failed, but some are undecided, or a certificate is missing.

    Nothing checked is 3.  2, before all others: a spec couldn't be checked, or a claim is mistaken.
    """
    claims = [c for r in reports for c in r.claims]
    if any(r.error is not None for r in reports) or any(isinstance(c.verdict, Mistaken) for c in claims):
        return 2
    if any(not c.as_expected and not c.undecided for c in claims):
        return 1
    if not claims or any(not c.as_expected or (c.certificate and c.certificate.problem) for c in claims):
        return 3
    return 0
