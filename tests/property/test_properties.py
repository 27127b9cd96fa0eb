"""Random functions are equal to themselves; what is refuted runs as printed; solvers and evaluation agree.

Environment: VERIFY_PROPERTY_EXAMPLES (how many examples each property is tried on).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from verify import check
from verify.claims.verdict import Behaviour, Counterexample, MayDiffer, Proved, Refuted
from verify.differential import interpretation
from verify.differential.effects import external
from verify.differential.generator import generate
from verify.differential.inputs import inputs_for
from verify.differential.interpretation import Interpretation
from verify.differential.loading import Refused
from verify.differential.program import Input, Observed, Program
from verify.differential.scalars import Scalar
from verify.errors import UnsupportedC
from verify.execution.interpreter import NotReplayable
from verify.solving.solver import SOLVERS, Model, Unsat, open_solver
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.terms.term import Term
from verify.terms.worlds import memories_equal, worlds_equal

from .campaign import examples
from .pairs import comparison, is_c, leaf_name, mutant, renamed, report, respaced
from .random_terms import Bits, Guess, conjunctions, memories, questions, worlds

SEEDS = st.integers(0, 2**24)
SAME = "same(old, new)"
LEAST_PROVED = 0.6
INPUTS = 8
_OTHER_CODE = "whose code differs between the versions"
# `p == &local`: see `test_pointers_from_outside_are_no_locals`.
_LOCAL_COMPARED = re.compile(r"[!=]= &\w|&\w+ [!=]=")


def _program(seed: int) -> Program:
    program = generate(seed)
    assume(not _LOCAL_COMPARED.search(program.text))
    return program


@pytest.mark.parametrize("rewrite", [str, renamed, respaced])
def test_a_function_is_equal_to_itself(rewrite: Callable[[str], str], tmp_path: Path) -> None:
    """Also in other words; a function that isn't inlined counts as another one when its names change."""
    words: Counter[str] = Counter()

    @examples(25)
    @given(SEEDS)
    def run(seed: int) -> None:
        program = _program(seed)
        (claim,) = report(tmp_path, program, rewrite(program.text), program.text, [SAME]).claims
        words[claim.word] += 1
        if rewrite is renamed and isinstance(claim.verdict, Refuted | MayDiffer):
            assert _OTHER_CODE in str(claim.verdict.counterexample.behaviours), program.text
        else:
            assert claim.word in ("proved", "unsupported", "unknown"), f"{claim.verdict}\n{program.text}"

    run()
    print(dict(words))
    assert words["proved"] >= LEAST_PROVED * words.total(), words


def test_verdicts_on_mutants_hold(tmp_path: Path) -> None:
    """What is proved of a mutant holds when both versions run on random inputs; what is refuted runs as printed."""
    words: Counter[str] = Counter()

    @examples(15)
    @given(SEEDS, SEEDS)
    def run(seed: int, change: int) -> None:
        program = _program(seed)
        changed = replace(program, text=mutant(program.text, change))
        assume(is_c(changed))
        claims = [SAME, *(["old.ret == new.ret"] if program.returns else [])]
        claims += [f"new.{leaf_name(0)} == {leaf_name(0)}"] if program.leaves else []
        note(f"{program.text}\n{changed.text}")
        runs = _Runs(program, changed)
        for claim in report(tmp_path, program, program.text, changed.text, claims).claims:
            words[claim.word] += 1
            match claim.verdict:
                case Proved():
                    words["proved and run"] += runs.hold(claim.prove)
                case Refuted(counterexample):
                    assert counterexample.replayed
                    for version, behaviour in zip((program, changed), counterexample.behaviours, strict=True):
                        words["refuted and run"] += _runs_as_printed(version, counterexample, behaviour)
                case _:
                    pass

    run()
    print(dict(words))
    assert words["refuted"] > 0
    assert words["refuted and run"] >= words["refuted"] / 3
    assert words["proved and run"] >= words["proved"] / 2


def test_no_difference_is_lost(tmp_path: Path) -> None:
    """Without a spec, too: a mutant that runs otherwise is never the same, unless what was taken for granted is named."""
    words: Counter[str] = Counter()

    @examples(12)
    @given(SEEDS, SEEDS)
    def run(seed: int, change: int) -> None:
        program = _program(seed)
        changed = replace(program, text=mutant(program.text, change))
        assume(is_c(changed))
        note(f"{program.text}\n{changed.text}")
        found = comparison(tmp_path, program, program.text, changed.text)
        words[found.verdict] += 1
        if found.verdict == "same" or (found.verdict == "same under assumptions" and not _admitted(found.reasons)):
            words["same and run"] += _Runs(program, changed).hold(SAME)

    run()
    print(dict(words))
    assert words["same and run"] > 0


def _admitted(reasons: tuple[str, ...]) -> bool:
    """True iff the reasons say that the versions may differ: in code that isn't looked into, or where it is undefined."""
    return any("although" in reason or "doesn't happen" in reason for reason in reasons)


def _interpreted(program: Program) -> Interpretation | None:
    try:
        return Interpretation(program)
    except (Refused, NotReplayable, UnsupportedC):
        return None


def _observed(interpretation_: Interpretation, given_: Input) -> Observed | None:
    try:
        return interpretation_.run(given_)
    except (Refused, NotReplayable, UnsupportedC):
        return None


class _Runs:
    """Two versions, run on random inputs when it is first asked."""

    def __init__(self, old: Program, new: Program) -> None:
        self.new = new
        self.versions = (old, new)

    @cached_property
    def observed(self) -> list[tuple[Input, Observed, Observed]]:
        """The inputs on which both could be run."""
        old, new = map(_interpreted, self.versions)
        if old is None or new is None:
            return []
        found = ((given_, _observed(old, given_), _observed(new, given_)) for given_ in inputs_for(self.new, INPUTS))
        return [(given_, before, after) for given_, before, after in found if before and after]

    def hold(self, claim: str) -> bool:
        """Asserts that `claim` holds in all runs; False if there are none."""
        for given_, before, after in self.observed:
            if claim == SAME:
                assert before == after, given_
            elif claim.startswith("old.ret"):
                assert before.ret == after.ret, given_
            else:
                assert after.leaves[0] == given_.values[len(self.new.scalar_params)], given_
        return bool(self.observed)


def _runs_as_printed(program: Program, counterexample: Counterexample, printed: Behaviour) -> bool:
    """False if the program couldn't be run: inputs without a name may matter, or calls that aren't external."""
    calls = [_parsed_call(call) for call in printed.calls]
    nameless = len(program.pointers) > 1 or "pointer-test" in program.features or "union" in program.text
    if nameless or not all(name.startswith("ext_") for name, _, _ in calls):
        return False
    interpreted = _interpreted(program)
    if interpreted is None:
        return False
    values = {i.name: i.value for i in counterexample.inputs}
    named = [(p.path, p.type) for p in program.scalar_params]
    named += [(leaf_name(i), leaf.type) for i, leaf in enumerate(program.leaves)]
    given_ = Input(tuple(type_.wrap(values.get(name, 0)) for name, type_ in named))

    def answer(name: str, number: int, args: object) -> int | None:
        del args
        type_ = external(name).returns
        return type_.wrap(calls[number][2]) if type_ else None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interpretation, "effect_result", answer)
        observed = _observed(interpreted, given_)
    if observed is None:
        return False
    if program.returns:
        assert observed.ret == program.returns.wrap(int(printed.result, 0)), (given_, printed)
    assert observed.warnings == len(printed.warnings), (given_, printed)
    assert [c.name for c in observed.calls] == [name for name, _, _ in calls], (given_, printed)
    for made, (name, args, _) in zip(observed.calls, calls, strict=True):
        assert made.args == _wrapped(external(name).params, args), (given_, printed)
    _stored_as_printed(program, given_, observed, printed)
    return True


def _parsed_call(text: str) -> tuple[str, list[int], int]:
    """The name, the arguments and the result (0 for void) of a printed call."""
    match = re.fullmatch(r"(\w+)\((.*)\)(?: returns (\w+))?(?:, .*)?", text)
    assert match, text
    name, arguments, result = match.groups()
    if not name.startswith("ext_"):
        return name, [], 0
    return name, [int(a, 0) for a in arguments.split(", ") if a], int(result or "0", 0)


def _wrapped(types: tuple[Scalar, ...], values: list[int]) -> tuple[int, ...]:
    return tuple(type_.wrap(value) for type_, value in zip(types, values, strict=True))


def _stored_as_printed(program: Program, given_: Input, observed: Observed, printed: Behaviour) -> None:
    """Leaves hold what the last store to them says, or what they held before if all stores are to leaves."""
    stores = [re.match(r"(.*) = (\w+)", line) for line in printed.stores]
    last = {store[1]: int(store[2], 0) for store in stores if store}
    if not all(name.startswith(leaf_name(0)[:-1]) for name in last):
        return
    before = given_.values[len(program.scalar_params) :]
    for i, leaf in enumerate(program.leaves):
        expected = leaf.type.wrap(last.get(leaf_name(i), before[i]))
        assert observed.leaves[i] == expected, (leaf, given_, printed)


def test_solvers_and_evaluation_agree() -> None:
    """A model makes `evaluate` say true; without a model no assignment does; all solvers say the same."""
    answers: Counter[str] = Counter()

    @examples(40)
    @given(st.integers(1, 3).flatmap(lambda width: st.tuples(st.just(width), conjunctions(Bits(width)))))
    def run(drawn: tuple[int, Term]) -> None:
        width, term = drawn
        expected = any(Evaluation(values).evaluate(term) for values in _assignments(width))
        for name in SOLVERS:
            assert _satisfiable(name, (term,)) is expected, (name, term)
        answers[str(expected)] += 1

    run()
    print(dict(answers))
    assert min(answers["True"], answers["False"]) > 0.05 * answers.total(), answers


def test_solvers_agree_at_full_width() -> None:
    @examples(40)
    @given(conjunctions(Bits(64, hard=False)))
    def run(term: Term) -> None:
        assert len({_satisfiable(name, (term,)) for name in SOLVERS}) == 1, term

    run()


def test_what_flattening_calls_impossible_never_happens() -> None:
    """Memory, calls and local addresses: no guess at what they hold satisfies assertions without a model."""
    answers: Counter[str] = Counter()

    @examples(60)
    @given(questions(), SEEDS)
    def run(term: Term, seed: int) -> None:
        satisfiable = _satisfiable("z3", (term,))
        happens = any(Guess(values, seed + i).evaluate(term) for i, values in enumerate(_assignments(2)))
        assert satisfiable or not happens, term
        answers[f"{satisfiable}, {happens}"] += 1

    run()
    print(dict(answers))
    assert answers["False, False"] > 0.05 * answers.total(), answers


def test_worlds_are_equal_iff_their_values_are() -> None:
    """`worlds_equal` and `memories_equal` against evaluation, under guesses at what memory holds."""

    @examples(60)
    @given(st.one_of(st.tuples(worlds(), worlds()), st.tuples(memories(), memories())), SEEDS)
    def run(pair: tuple[Term, Term], seed: int) -> None:
        one, other = pair
        equal = (worlds_equal if one.sort == t.WORLD else memories_equal)(one, other)
        for i, values in enumerate(_assignments(2)):
            guess = Guess(values, seed + i)
            assert guess.evaluate(equal) == (guess.evaluate(one) == guess.evaluate(other)), (one, other, values)

    run()


def _assignments(width: int) -> list[dict[str, int]]:
    numbers = range(2**width)
    return [{"x": x, "y": y, "p": p} for x, y, p in product(numbers, numbers, (0, 1))]


def _satisfiable(name: str, assertions: tuple[Term, ...]) -> bool:
    """What the solver says; its model is checked."""
    flat = flatten(assertions)
    solver = open_solver(name)
    try:
        solver.add(flat.assertions)
        answer = solver.check((), 20.0)
    finally:
        solver.close()
    if isinstance(answer, Model):
        evaluation = Evaluation(answer.values, flat)
        for term in assertions:
            assert evaluation.evaluate(term) is True, (name, term, answer)
        return True
    assert isinstance(answer, Unsat), (name, assertions, answer)
    return False


def _word(folder: Path, old: str, new: str, more: str = "") -> str:
    """The verdict on `same(old, new)` for two texts that define f."""
    (folder / "old.c").write_text(old)
    (folder / "new.c").write_text(new)
    code = '[code]\nold = "old.c"\nnew = "new.c"\nentry = "f"\n'
    (folder / "spec.toml").write_text(f'{code}{more}\n[[claim]]\nname = "c"\nprove = "{SAME}"\n')
    return check(str(folder)).claims[0].word


def test_pointers_from_outside_are_no_locals(tmp_path: Path) -> None:
    code = "int f(int *p) { int l = 1; return p == &l ? NUMBER : 0; }"
    old, new = (code.replace("NUMBER", number) for number in "12")
    assert _word(tmp_path, old, new) in ("proved", "may differ")


def test_a_preserved_bit_field_may_change_its_width(tmp_path: Path) -> None:
    code = "struct s { int a : WIDTH; };\nint g(int);\nint f(struct s *p) { return g(1); }"
    preserves = '[calls]\ng = { preserves = ["p->a"] }'
    old, new = (code.replace("WIDTH", width) for width in "34")
    assert _word(tmp_path, old, new, preserves) in ("proved", "may differ")


def test_a_bit_field_wider_than_its_type_is_refused(tmp_path: Path) -> None:
    code = "struct s { unsigned char a : 9; };\nint f(struct s *p) { p->a = 1; return 0; }"
    assert _word(tmp_path, code, code) == "unsupported"


def test_pointers_that_are_read_through_are_valid(tmp_path: Path) -> None:
    code = "struct s { int a; };\nint f(struct s *p) { int x = p->a; if (!p) return NUMBER; return x; }"
    old, new = (code.replace("NUMBER", number) for number in "12")
    assert _word(tmp_path, old, new) in ("proved", "may differ")


def test_a_local_array_that_a_callee_sees(tmp_path: Path) -> None:
    code = "int h(int *);\nint f(int n) { int l[2] = { n, n }; return h(l); }"
    assert _word(tmp_path, code, code) == "proved"


def test_case_labels_that_overlap_are_refused(tmp_path: Path) -> None:
    code = "int f(int n) { switch (n) { case 1 ... 3: return 1; case 2: return 2; } return 0; }"
    assert _word(tmp_path, code, code) == "unsupported"


_UNION = "union u { int w; u8 b[4]; struct { u8 lo; u8 hi; }; };\nstruct s { long k; union u v; };\n"


@pytest.mark.parametrize(
    "body",
    [
        "(int n) { int l[3] = { n }; return &l[0] == &l[1]; }",
        "(int n) { int l[2][2] = { { n } }; return l[0] == l[1]; }",
        "(int n) { struct s l[2] = {}; l[0].k = n; return &l[0].k == &l[1].k; }",
        "(int n) { union u l = { n }; return &l.b[0] == &l.b[1]; }",
        "(int n) { union u l = { n }; return &l.lo == &l.hi; }",
        "(struct s *p) { return &p->v.b[0] == &p->v.b[1]; }",
        "(int n) { int l[3] = { n }, *p = l; return &*(p + 1) == &l[0]; }",
    ],
)
def test_parts_of_an_object_have_addresses_of_their_own(body: str, tmp_path: Path) -> None:
    old, new = f"{_UNION}int f{body}", f"{_UNION}int f{body.partition(')')[0]}) {{ return 1; }}"
    assert _word(tmp_path, old, new) in ("refuted", "unsupported")
