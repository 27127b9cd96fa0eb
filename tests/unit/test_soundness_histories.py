"""Claims about histories that were, or could be, decided wrongly: each case says what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.reports import checked as check
from tests.unit.test_histories import method, one, reports, spec, steps
from verify.claims.verdict import MayDiffer, Proved, Refuted, Undecided, Unsupported
from verify.errors import SpecError, UnsupportedC
from verify.pipeline import Options, diagram

OBJECT = "struct object { u32 n, m; };\n"
STATE = '[state]\nn = "o->n"\ninitially = "n == 0"\n'
BOTH = '[state]\nn = "o->n"\nm = "o->m"\ninitially = "n == 0 && m == 0"\n'


def operations(*names: str, more: str = "") -> str:
    return "".join(f'[[operation]]\nname = "{n}"\nentry = "{n}"\n{more}\n' for n in names)


def invariant(prove: str, name: str = "i") -> str:
    return f'[[invariant]]\nname = "{name}"\nprove = "{prove}"\n'


def refusal(tmp_path: Path, code: str, text: str) -> str:
    with pytest.raises(SpecError) as caught:
        check(spec(tmp_path, code, text))
    assert caught.value.span is not None
    return caught.value.message


def test_a_word_of_an_invariant_that_means_something_else_in_one_operation(tmp_path: Path) -> None:
    """Else `inc` preserves n <= 100, `nop` preserves n <= 5, and both would count for one invariant."""
    code = (
        OBJECT
        + """
        void nop(struct object *o) { if (o->n > 100) o->n = 0; }
        void inc(struct object *o) { if (o->n < 100) o->n++; }
    """
    )
    text = '[names]\nlimit = "5"\n' + STATE + operations("nop") + operations("inc", more='names = { limit = "100" }')
    message = refusal(tmp_path, code, text + invariant("n <= limit"))
    assert message == "this means something else in the operation `inc`"


def test_a_parameter_called_like_an_enumerator(tmp_path: Path) -> None:
    code = (
        "enum { LIMIT = 5 };\n"
        + OBJECT
        + """
        void nop(struct object *o) { if (o->n > 100) o->n = 0; }
        void inc(struct object *o, u32 LIMIT) { if (o->n < LIMIT) o->n++; }
    """
    )
    message = refusal(tmp_path, code, STATE + operations("nop", "inc") + invariant("n <= LIMIT"))
    assert message == "this may only speak of what [state] names"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (operations("inc", more='names = { n = "o->m" }'), "the operation `inc` gives `n` a meaning of its own"),
        (operations("inc") + '[predicates]\nn = "o->n & 1"\n', "`n` is in [state] as well as in [predicates]"),
        (operations("inc") + '[names]\nbig = "n > 9"\n[predicates]\nbig = "n > 5"\n',
         "`big` is in [names] as well as in [predicates]"),
        (operations("inc") + '[predicates]\nret = "n & 1"\n', "`ret` can't be the name of a predicate"),
    ],
)  # fmt: skip
def test_names_for_two_things(tmp_path: Path, text: str, message: str) -> None:
    code = OBJECT + "void inc(struct object *o) { o->n++; }\n"
    assert refusal(tmp_path, code, STATE + text + invariant("n == 0")) == message


def test_conditions_have_names_that_the_spec_does_not_use(tmp_path: Path) -> None:
    code = OBJECT + "void inc(struct object *o) { if (o->n < 5) o->n++; }\n"
    text = STATE.replace("n =", "condition_1 =").replace('"n ', '"condition_1 ') + operations("inc")
    report = one(tmp_path, code, text + invariant("condition_1 <= 5"))
    assert isinstance(report.verdict, Proved)
    text = '[names]\ncondition_1 = "o->n + 1"\n' + STATE + operations("inc")
    assert isinstance(one(tmp_path, code, text + invariant("condition_1 <= 6")).verdict, Proved)
    assert isinstance(one(tmp_path, code, text + invariant("condition_1 <= 5")).verdict, Refuted)


@pytest.mark.parametrize(
    ("code", "state", "names", "message"),
    [
        ("struct other { u32 n; };\nvoid inc(struct object *o) { o->n++; }\nvoid dec(struct other *o) { o->n--; }\n",
         '"o->n"', ("inc", "dec"), "`n` in [state] is another place in `dec` than in the operations before it"),
        ("struct array { u32 v[8]; };\nstruct message { u32 index; };\n"
         "void inc(struct array *o, struct message *m) { if (m->index < 8) o->v[m->index]++; }\n",
         '"o->v[m->index]"', ("inc",),
         "which place `n` in [state] is depends on `message.index`, which may differ from step to step"),
        ("struct chain { struct object *first; };\nvoid inc(struct chain *o) { o->first->n++; }\n",
         '"o->first->n"', ("inc",),
         "which place `n` in [state] is depends on `chain.first`, which may differ from step to step"),
        ("void inc(struct object *o, u32 x) { x++; o->n = x; }\n",
         '"x"', ("inc",), "`n` in [state] is the call's own: it is over after the step"),
        ("void inc(struct object *o, u32 n) { o->n += n; }\n",
         '"o->n"', ("inc",), "`n` is also a parameter of `inc`"),
    ],
)  # fmt: skip
def test_what_is_not_one_place_in_all_steps(
    tmp_path: Path, code: str, state: str, names: tuple[str, ...], message: str
) -> None:
    text = f'[state]\nn = {state}\ninitially = "n == 0"\n' + operations(*names) + invariant("n <= 5")
    assert refusal(tmp_path, OBJECT + code, text) == message


def test_a_place_behind_a_pointer_that_persists(tmp_path: Path) -> None:
    code = (
        OBJECT
        + """
        struct chain { struct object *first; };
        void inc(struct chain *c) { if (c->first && c->first->n < 5) c->first->n++; }
        void set(struct chain *c, struct object *o) { c->first = o; }
    """
    )
    text = '[state]\nfirst = "c->first"\nn = "c->first->n"\ninitially = "first == 0"\n'
    found = reports(tmp_path, code, text + operations("inc", "set") + invariant("first ==> n <= 5"))
    assert steps(found["i"]) == ["set"]  # to an object of which nothing is known
    assert isinstance(one(tmp_path, code, text + operations("inc") + invariant("!first") + operations(
        "set", more='assume = "!o"')).verdict, Proved)  # fmt: skip


def test_one_object_though_operations_reach_it_in_different_ways(tmp_path: Path) -> None:
    """`one` acts on the object at 40960, `two` on that at 81924: no object has both."""
    code = """
        struct object { u32 n; };
        struct outer { u32 k; struct object in; };
        void one(struct object *o) { if ((u64)o == 40960) o->n = 1; }
        void two(struct outer *w) { if ((u64)w == 81920 && w->in.n == 1) w->in.n = 2; }
    """
    text = STATE + operations("one") + operations("two", more='names = { o = "&w->in" }') + invariant("n != 2")
    assert isinstance(one(tmp_path, code, text).verdict, Proved)
    near = code.replace("81920", "40956")
    assert steps(one(tmp_path, near, text)) == ["one", "two"]


def test_parameters_that_change_their_roles(tmp_path: Path) -> None:
    """`b` is the object in `two`.  It isn't the other one that `one` calls so."""
    code = (
        OBJECT
        + """
        void one(struct object *a, struct object *b) { if ((u64)a < (u64)b && a->n < 9) a->n++; }
        void two(struct object *b, struct object *a) { if ((u64)b < (u64)a && b->n < 9) b->n++; }
    """
    )
    text = '[state]\nx = "a->n"\ninitially = "x == 0"\n' + operations("one")
    text += operations("two", more='names = { a = "b" }') + '[[reach]]\nname = "i"\ngoal = "x == 2"\n'
    assert len(steps(one(tmp_path, code, text))) == 2


def test_places_that_may_be_one(tmp_path: Path) -> None:
    code = OBJECT + "void set(struct object *o, struct object *p) { o->n = 1; p->n = 2; }\n"
    text = '[state]\na = "o->n"\nb = "p->n"\ninitially = "a == 1 && b == 2"\n' + operations("set")
    found = reports(tmp_path, code, text + invariant("b == 2") + invariant("a == 1", "j"))
    assert isinstance(found["i"].verdict, Proved)
    assert isinstance(found["j"].verdict, Proved)  # they differ to begin with, and stay where they are
    loose = text.replace("a == 1 && b == 2", "b == 2 && a != 1")
    assert steps(one(tmp_path, code, loose + '[[reach]]\nname = "r"\ngoal = "a == 1"\n')) == ["set"]


@pytest.mark.parametrize("member", ["u32 b : 3;", "s32 b : 3;", "bool b;", "s8 b;", "u16 a : 5, b : 9;"])
def test_narrow_members(tmp_path: Path, member: str) -> None:
    code = f"struct object {{ {member} }};\nvoid set(struct object *o) {{ o->b = !o->b; }}\n"
    text = '[state]\nb = "o->b"\ninitially = "b == 0"\n' + operations("set")
    found = reports(tmp_path, code, text + invariant("b == 0 || b == 1 || b == -1") + invariant("!b", "j"))
    assert isinstance(found["i"].verdict, Proved)
    assert steps(found["j"]) == ["set"]


def test_a_first_operation_that_is_not_understood(tmp_path: Path) -> None:
    """No history is known to begin, so none is shown."""
    code = (
        OBJECT
        + """
        void make(struct object *o) { asm volatile("hlt"); o->n = 1; o->m = 3; }
        void inc(struct object *o) { if (o->m == 5) o->n++; }
    """
    )
    text = BOTH.replace(" && m == 0", "") + operations("make", more="first = true") + operations("inc")
    found = reports(tmp_path, code, text + invariant("n == 0") + '[[reach]]\nname = "r"\ngoal = "n == 1"\n')
    assert all(isinstance(c.verdict, Unsupported) for c in found.values())


def test_k_steps_that_the_first_one_is_not_among(tmp_path: Path) -> None:
    """The third step violates the claim: that two did as claimed, the first one included, says nothing of it."""
    code = (
        OBJECT
        + """
        void make(struct object *o) { o->n = 1; }
        void move(struct object *o) { if (o->n == 1) o->n = 2; else if (o->n == 2) o->n = 3; }
    """
    )
    text = STATE + operations("make", more="first = true") + operations("move")
    claim = '[[trace-claim]]\nname = "t"\nprove = "new.n != 3"\n'
    short = one(tmp_path, code, text + "[histories]\ndepth = 2\n" + claim)
    assert isinstance(short.verdict, Undecided)
    assert steps(one(tmp_path, code, text + claim)) == ["make", "move", "move"]


def test_a_history_has_one_first_step(tmp_path: Path) -> None:
    code = (
        OBJECT
        + """
        void make(struct object *o) { o->n = 1; }
        void grow(struct object *o) { o->n = 2; }
        void keep(struct object *o) { if (o->n > 2) o->n = 0; }
    """
    )
    text = STATE + operations("make", "grow", more="first = true") + operations("keep")
    found = reports(tmp_path, code, text + invariant("n == 1 || n == 2") + invariant("n == 1", "j"))
    assert isinstance(found["i"].verdict, Proved)
    assert steps(found["j"]) == ["grow"]


def test_assumptions_of_the_spec_that_contradict_one_another(tmp_path: Path) -> None:
    code = OBJECT + "void inc(struct object *o) { o->n++; }\n"
    (tmp_path / "code.c").write_text(code)
    text = '[code]\nnew = "code.c"\nassume = ["o->m == 1", "o->m == 2"]\n' + STATE + operations("inc")
    (tmp_path / "spec.toml").write_text(text + invariant("n <= 5"))
    with pytest.raises(SpecError, match="the assumptions of the operation `inc` contradict one another"):
        check(str(tmp_path))


def test_what_an_operation_assumes_of_the_state_is_named(tmp_path: Path) -> None:
    code = OBJECT + "void inc(struct object *o) { o->n++; }\n"
    report = one(tmp_path, code, STATE + operations("inc", more='assume = "n < 5"') + invariant("n <= 5"))
    assert isinstance(report.verdict, Proved)
    assert "`inc` happens only if `n < 5`, which is about the state" in report.rests_on


def test_an_empty_list_of_operations(tmp_path: Path) -> None:
    code = OBJECT + "void inc(struct object *o) { o->n++; }\n"
    text = STATE + operations("inc") + '[[reach]]\nname = "r"\ngoal = "n == 1"\noperations = []\n'
    assert refusal(tmp_path, code, text) == "`operations` of reach r names no operation"


LOOP = (
    OBJECT
    + """
    void inc(struct object *o, u32 k) { u32 i; for (i = 0; i < k; i++) o->n++; }
    void see(struct object *o) { if (o->n > 1000) o->m = 1; else o->m = 0; }
"""
)


def test_a_loop_past_its_bound_in_the_middle(tmp_path: Path) -> None:
    found = reports(
        tmp_path, LOOP, BOTH + operations("inc", "see") + invariant("m == 0")
        + '[[reach]]\nname = "two"\ngoal = "n == 2"\n[[reach]]\nname = "m"\ngoal = "m == 1"\nexpect = "unreachable"\n',
    )  # fmt: skip
    assert isinstance(found["i"].verdict, Undecided)
    assert isinstance(found["m"].verdict, Undecided)
    assert "more than 40 iterations" in found["i"].verdict.reason
    assert steps(found["two"]) == ["inc"]


def test_a_diagram_without_what_is_not_followed(tmp_path: Path) -> None:
    """It would lack the edges to states that only more iterations lead to."""
    text = BOTH + operations("inc", "see") + invariant("m == 0") + '[predicates]\nmany = "m == 1"\n'
    with pytest.raises(UnsupportedC, match="what `inc` does isn't known in each case: more than 40 iterations"):
        diagram(spec(tmp_path, LOOP, text), "new", Options())


def test_a_diagram_over_a_predicate_that_is_not_defined(tmp_path: Path) -> None:
    code = OBJECT + "void inc(struct object *o) { o->n++; }\n"
    text = STATE + operations("inc") + invariant("n == 0") + '[predicates]\neight = "(1 << n) == 8"\n'
    with pytest.raises(SpecError, match="what the predicate `eight` is isn't defined in each state"):
        diagram(spec(tmp_path, code, text), "new", Options())


def test_undefined_behaviour_on_the_way(tmp_path: Path) -> None:
    code = (
        OBJECT
        + """
        void shift(struct object *o, u32 k) { o->n = 1u << k; }
        void divide(struct object *o, u32 k) { o->m = o->n / k; }
    """
    )
    text = (
        BOTH
        + operations("shift", "divide")
        + '[[reach]]\nname = "r"\ngoal = "n == 0 && m == 7"\nexpect = "unreachable"\n'
    )
    # Only a shift by 32 or more bits would lead there, and that has no meaning.
    assert isinstance(one(tmp_path, code, text).verdict, MayDiffer | Undecided)


def test_k_induction_needs_steps_that_are_defined(tmp_path: Path) -> None:
    code = """
        struct ring { u32 a, b, s; };
        void turn(struct ring *r, u32 k) { r->a = r->b; r->s = 1u << k; }
        void other(struct ring *r) { r->b++; }
    """
    text = '[state]\na = "r->a"\nb = "r->b"\ninitially = "a == 0 && b == 0"\n' + operations("turn", "other")
    text += '[[reach]]\nname = "r"\ngoal = "a == 7"\noperations = ["turn"]\nexpect = "unreachable"\n'
    assert isinstance(one(tmp_path, code, text).verdict, Undecided)
    report = one(tmp_path, code.replace("1u << k", "k"), text)
    assert (report.word, method(report)) == ("proved", "k-induction")
