"""Claims over all histories: systems small enough to see what is right, and refusals."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from tests.unit.reports import checked as check
from verify.certificates.recheck import Checked, Refused, recheck
from verify.claims.verdict import ClaimReport, MayDiffer, Mistaken, Proved, Refuted, Undecided
from verify.errors import InputError
from verify.pipeline import Options, diagram
from verify.pipeline import check as plain_check

SCHEMAS = Path(__file__).resolve().parent.parent.parent / "docs" / "schema"
COUNTER = """
struct counter { u32 n; u32 limit; };
bool full(struct counter *c);
void note(struct counter *c);
int up(struct counter *c) { if (c->n >= c->limit) return 1; c->n++; return 0; }
void reset(struct counter *c) { c->n = 0; }
void setup(struct counter *c) { c->n = 0; c->limit = 3; }
"""
STATE = '[state]\nn = "c->n"\nlimit = "c->limit"\n'
OPERATIONS = """
[[operation]]
name = "setup"
entry = "setup"
first = true
[[operation]]
name = "up"
entry = "up"
[[operation]]
name = "reset"
entry = "reset"
"""


def spec(tmp_path: Path, code: str, text: str) -> str:
    (tmp_path / "code.c").write_text(code)
    path = tmp_path / "spec.toml"
    path.write_text(f'[code]\nnew = "code.c"\n{text}')
    return str(path)


def reports(tmp_path: Path, code: str, text: str, timeout: float = 10.0) -> dict[str, ClaimReport]:
    return {c.claim: c for c in check(spec(tmp_path, code, text), (), Options(timeout=timeout)).claims}


def one(tmp_path: Path, code: str, text: str, timeout: float = 10.0) -> ClaimReport:
    (report,) = reports(tmp_path, code, text, timeout).values()
    return report


def method(report: ClaimReport) -> str:
    assert report.induction is not None
    return report.induction.method


def steps(report: ClaimReport) -> list[str]:
    assert isinstance(report.verdict, Refuted | MayDiffer)
    return [s.operation for s in report.verdict.counterexample.history]


def test_invariants_that_hold_together(tmp_path: Path) -> None:
    found = reports(tmp_path, COUNTER, STATE + OPERATIONS + """
[[invariant]]
name = "bounded"
prove = "n <= limit"
[[invariant]]
name = "small"
prove = "n <= 3"
[[invariant]]
name = "limit"
prove = "limit == 3"
""")  # fmt: skip
    assert {name: c.word for name, c in found.items()} == dict.fromkeys(("bounded", "small", "limit"), "proved")
    assert all(method(c) == "induction" for c in found.values())
    small = found["small"].induction
    assert small is not None
    assert [r.operation for r in small.base] == ["setup"]
    assert [(r.operation, r.word) for r in small.rows] == [("up", "proved"), ("reset", "proved")]
    assert "nothing but the spec's operations, on this one object, changes `n`, `limit`" in found["small"].rests_on


UNSET = ("!(n & 0xfffffffcULL)", "!(limit & 0xfffffffcULL)")  # with ">=" that will do; else Spacer finds more


@pytest.mark.parametrize("compared", [">=", "=="])
def test_a_strengthening_is_found_and_proved(compared: str, tmp_path: Path) -> None:
    code = COUNTER.replace(">=", compared)
    report = one(tmp_path, code, STATE + OPERATIONS + '[[invariant]]\nname = "small"\nprove = "n <= 3"\n')
    assert isinstance(report.verdict, Proved)
    assert method(report) == "strengthening"
    assert report.induction is not None and report.induction.found
    assert (report.induction.found == UNSET) is (compared == ">=")


def test_what_is_no_state_may_be_anything_in_each_step(tmp_path: Path) -> None:
    text = """
[state]
a = "r->a"
initially = "a == 0"
[[operation]]
name = "turn"
entry = "turn"
[[invariant]]
name = "never-seven"
prove = "a != 7"
"""
    report = one(tmp_path, RING, text)
    assert steps(report) == ["turn"]
    assert any(text.startswith("what isn't in [state] may change") for text in report.rests_on)


RING = """
struct ring { u32 a, b, c; };
void turn(struct ring *r) { r->a = r->b; r->b = r->c; r->c = r->c & r->c; }
void swap(struct ring *r) { u32 a = r->a; r->a = r->c; r->c = a; }
"""
RING_STATE = '[state]\na = "r->a"\nb = "r->b"\nc = "r->c"\ninitially = "a == 0 && b == 0 && c == 0"\n'


def test_k_induction_over_three_states(tmp_path: Path) -> None:
    operations = '[[operation]]\nname = "turn"\nentry = "turn"\n[[operation]]\nname = "swap"\nentry = "swap"\n'
    found = reports(
        tmp_path, RING, RING_STATE + operations + '[[reach]]\nname = "seven"\ngoal = "a == 7"\n'
        'operations = ["turn"]\nexpect = "unreachable"\n',
    )  # fmt: skip
    report = found["seven"]
    assert report.as_expected
    assert method(report) == "k-induction"
    assert report.induction is not None and report.induction.k == 3


def test_a_shortest_history(tmp_path: Path) -> None:
    text = STATE + OPERATIONS + '[[reach]]\nname = "three"\ngoal = "n == 3"\n'
    report = one(tmp_path, COUNTER, text)
    assert report.as_expected
    assert steps(report) == ["setup", "up", "up", "up"]
    assert isinstance(report.verdict, Refuted)
    assert [[(i.name, i.value) for i in s.state] for s in report.verdict.counterexample.history][-1] == [
        ("n", 3), ("limit", 3)
    ]  # fmt: skip


def test_a_goal_out_of_reach(tmp_path: Path) -> None:
    text = STATE + OPERATIONS + '[[reach]]\nname = "four"\ngoal = "n == 4"\nexpect = "unreachable"\n'
    report = one(tmp_path, COUNTER, text)
    assert report.as_expected and isinstance(report.verdict, Proved)


def test_only_listed_operations_lead_to_a_goal(tmp_path: Path) -> None:
    text = STATE + OPERATIONS + '[[reach]]\nname = "one"\ngoal = "n == 1"\nexcept = ["up"]\nexpect = "unreachable"\n'
    assert one(tmp_path, COUNTER, text).as_expected


def test_the_initial_state_violates_an_invariant(tmp_path: Path) -> None:
    operations = '[[operation]]\nname = "reset"\nentry = "reset"\n'
    state = '[state]\nn = "c->n"\ninitially = "n >= 5"\n'
    report = one(tmp_path, COUNTER, state + operations + '[[invariant]]\nname = "small"\nprove = "n < 5"\n')
    assert isinstance(report.verdict, Refuted)
    assert report.verdict.counterexample.history == ()
    assert report.verdict.counterexample.replayed
    assert [(i.name, i.value) for i in report.verdict.counterexample.inputs] == [("n", 8)]  # one bit, if one will do


def test_trace_claims(tmp_path: Path) -> None:
    found = reports(tmp_path, COUNTER, STATE + OPERATIONS + """
[[trace-claim]]
name = "up-goes-up"
operations = "up"
prove = "ret == 0"
[[trace-claim]]
name = "never-down-but-by-reset"
except = ["reset"]
prove = "new.n >= n"
[[trace-claim]]
name = "never-down"
prove = "new.n >= n"
""".replace("ret ==", "new.ret =="))  # fmt: skip
    assert found["never-down-but-by-reset"].word == "proved"
    assert found["never-down"].word == "refuted"
    assert steps(found["never-down"]) == ["setup", "up", "reset"]
    assert steps(found["up-goes-up"]) == ["setup", "up", "up", "up", "up"]


def test_a_trace_claim_about_a_state_that_never_comes(tmp_path: Path) -> None:
    text = (
        STATE
        + OPERATIONS
        + """
[[invariant]]
name = "limit"
prove = "limit == 3"
[[trace-claim]]
name = "at-four"
assume = "limit == 4"
prove = "new.n == 0"
expect = "vacuous"
"""
    )
    assert reports(tmp_path, COUNTER, text)["at-four"].as_expected


CALLING = COUNTER + "void call(struct counter *c) { note(c); }\n"
CALL = '[[operation]]\nname = "call"\nentry = "call"\n'
LIMIT = '[[invariant]]\nname = "limit"\nprove = "limit == 3"\n'


def test_a_call_that_may_write_the_state_refutes_nothing(tmp_path: Path) -> None:
    report = one(tmp_path, CALLING, STATE + OPERATIONS + CALL + LIMIT)
    assert isinstance(report.verdict, MayDiffer)
    assert 'note = { preserves = ["n", "limit"] }' in report.verdict.reason
    told = '[calls]\nnote = { preserves = ["n", "limit"] }\n' + STATE + OPERATIONS + CALL + LIMIT
    assert one(tmp_path, CALLING, told).word == "proved"


def test_a_history_that_rests_on_no_call_is_preferred(tmp_path: Path) -> None:
    text = STATE + OPERATIONS + CALL + '[[invariant]]\nname = "zero"\nprove = "n == 0"\n'
    report = one(tmp_path, CALLING, text)
    assert isinstance(report.verdict, Refuted)
    assert steps(report) == ["setup", "up"]


def test_a_constant_function_has_one_answer(tmp_path: Path) -> None:
    code = """
struct counter { u32 n; };
u32 answer(u32 question);
void ask(struct counter *c) { if (answer(1) == 5) c->n |= 1; else c->n |= 2; }
"""
    text = """
[calls]
answer = { constant = true }
[state]
n = "c->n"
initially = "n == 0"
[[operation]]
name = "ask"
entry = "ask"
[[invariant]]
name = "not-both"
prove = "n != 3"
"""
    report = one(tmp_path, code, text)
    assert isinstance(report.verdict, MayDiffer)
    assert "answers differently in two steps" in report.verdict.reason


def test_undefined_behaviour_within_reach_is_never_proved(tmp_path: Path) -> None:
    code = "struct counter { u32 n; };\nvoid shift(struct counter *c, u32 by) { c->n = (1u << by) & 0; }\n"
    text = """
[state]
n = "c->n"
initially = "n == 0"
[[operation]]
name = "shift"
entry = "shift"
[[invariant]]
name = "zero"
prove = "n == 0"
"""
    report = one(tmp_path, code, text)
    assert isinstance(report.verdict, Undecided)
    assert "shift" in report.verdict.reason


def test_a_loop_past_its_bound_is_never_proved(tmp_path: Path) -> None:
    code = """
struct counter { u32 n; };
void run(struct counter *c, u32 times) { u32 i; for (i = 0; i < times; i++) c->n = i >= 60 ? 1 : 0; }
"""
    text = """
[state]
n = "c->n"
initially = "n == 0"
[[operation]]
name = "run"
entry = "run"
[[invariant]]
name = "zero"
prove = "n == 0"
"""
    report = one(tmp_path, code, text)
    assert isinstance(report.verdict, Undecided)
    assert "loop" in report.verdict.reason


def test_what_is_not_found_is_unknown(tmp_path: Path) -> None:
    code = "struct hash { u64 x; };\nvoid mix(struct hash *h) { h->x = h->x * 6364136223846793005ULL + 1442695040888963407ULL; }\n"
    text = """
[state]
x = "h->x"
initially = "x == 1"
[[operation]]
name = "mix"
entry = "mix"
[[invariant]]
name = "never"
prove = "x != 12345678901234567ULL"
"""
    report = one(tmp_path, code, text, timeout=1.0)
    assert isinstance(report.verdict, Undecided)
    assert "induction fails at mix" in report.verdict.reason
    assert "no history of at most" in report.verdict.reason


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('entry = "up"', 'entry = "upp"'), "operation up: the function `upp` isn't defined.*Did you mean `up`"),
        (('limit = "c->limit"', 'limit = "c->limit"\nodd = "c->odd"'), "`counter` has no member `odd`|`odd`"),
        (('limit = "c->limit"', 'limit = "c->limit"\ninitially = ["n == 0", "n == 1"]'), "contradict one another"),
        (('entry = "up"', 'entry = "up"\nassume = ["n == 0", "n == 1"]'), "assumptions of the operation `up` contradict"),
        (('prove = "n <= 3"', 'prove = "new.n <= 3"'), "an assumption is about|before the call"),
        (('prove = "n <= 3"', 'prove = "n <= 3"\ncode = "old"'), "speaks of the code `old`"),
        (('[[invariant]]\nname = "small"\nprove = "n <= 3"', ""), "claims nothing about them"),
        (('limit = "c->limit"', 'limit = "c->limit"\nret = "c->n"'), "`ret` can't be a name of the state"),
        (('[state]\nn = "c->n"\nlimit = "c->limit"', ""), r"\[state\] names no location"),
        (('entry = "reset"', 'entry = "reset"\nfirst = "yes"'), "`first` in operation reset must be true or false"),
        (('name = "reset"', 'name = "up"'), "two operations are called `up`"),
        (('entry = "reset"', 'entry = "reset"\nonce = true'), "unknown key `once`"),
        (
            ('[[invariant]]', '[[trace-claim]]\nname = "t"\noperations = ["upp"]\nprove = "1"\n[[invariant]]'),
            "names the operation `upp`, which doesn't exist.*Did you mean `up`",
        ),
        (('prove = "n <= 3"', 'prove = "c->n <= c->limit"'), ""),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = STATE + OPERATIONS + '[[invariant]]\nname = "small"\nprove = "n <= 3"\n'
    assert change[0] in text
    path = spec(tmp_path, COUNTER, text.replace(change[0], change[1], 1))
    if not message:
        assert check(path).claims[0].word == "proved"
        return
    with pytest.raises(InputError) as caught:
        check(path)
    assert re.search(message, str(caught.value), re.DOTALL), str(caught.value)


def test_state_that_no_operation_changes(tmp_path: Path) -> None:
    """Left out of [state], it could change between any two steps, and no invariant could speak of it."""
    code = COUNTER.replace("c->limit = 3;", "")
    text = STATE + OPERATIONS + '[[invariant]]\nname = "small"\nprove = "n <= limit"\n'
    report = check(spec(tmp_path, code, text))
    assert report.claims[0].word == "proved"
    assert "no operation of the code `new` changes `limit`: it stays as it begins" in report.notes


def test_an_invariant_over_an_input(tmp_path: Path) -> None:
    code = "struct counter { u32 n; };\nvoid set(struct counter *c, u32 to) { c->n = to; }\n"
    text = '[state]\nn = "c->n"\n[[operation]]\nname = "set"\nentry = "set"\n[[invariant]]\nname = "i"\nprove = "n == to"\n'
    with pytest.raises(InputError, match="may only speak of what"):
        check(spec(tmp_path, code, text))


def test_an_element_that_each_step_may_choose(tmp_path: Path) -> None:
    code = "struct table { u32 at[4]; };\nvoid set(struct table *c, u32 i) { c->at[i & 3] = 1; }\n"
    text = '[state]\nn = "c->at[i & 3]"\n[[operation]]\nname = "set"\nentry = "set"\n[[invariant]]\nname = "i"\nprove = "n <= 1"\n'
    with pytest.raises(InputError, match="depends on `i`, which may differ from step to step"):
        check(spec(tmp_path, code, text))


def test_signed_and_narrow_state(tmp_path: Path) -> None:
    code = """
struct small { s8 n; bool on; u16 w; };
void down(struct small *c) { if (c->n > -3) c->n--; c->on = !c->on; c->w += 0x4000; }
"""
    text = """
[state]
n = "c->n"
on = "c->on"
w = "c->w"
initially = "n == 0 && !on && w == 0"
[[operation]]
name = "down"
entry = "down"
[[invariant]]
name = "bounded"
prove = "n >= -3"
[[reach]]
name = "minus-two"
goal = "n == -2 && !on"
[[reach]]
name = "wraps"
goal = "n < 0 && w == 0"
"""
    found = reports(tmp_path, code, text)
    assert found["bounded"].word in ("proved",)
    assert steps(found["minus-two"]) == ["down"] * 2
    assert steps(found["wraps"]) == ["down"] * 4


def certified(tmp_path: Path, text: str) -> tuple[dict[str, ClaimReport], Path]:
    """The reports on a spec's claims, and the folder of their certificates."""
    path, root = spec(tmp_path, COUNTER, text), tmp_path / "certificates"
    report = check(path, (), Options(certify=str(root)))
    return {claim.claim: claim for claim in report.claims}, root


@pytest.mark.skipif(shutil.which("cadical") is None, reason="no cadical")
def test_an_induction_is_certified_question_by_question(tmp_path: Path) -> None:
    claims = '[[invariant]]\nname = "limited"\nprove = "limit <= 3"\n[[invariant]]\nname = "small"\nprove = "n <= 3"\n'
    found, root = certified(tmp_path, STATE + OPERATIONS + claims)
    made = [claim.certificate for claim in found.values()]
    assert all(c is not None and not c.problem and c.parts for c in made)
    answers = {a.claim: a for a in recheck(str(root)) if isinstance(a, Checked)}
    assert set(answers) == set(found)
    small = Path(answers["small"].folder)
    listed = json.loads((small / "induction.json").read_text())
    jsonschema.validate(listed, json.loads((SCHEMAS / "induction-1.json").read_text()))
    for question in listed["questions"]:
        kept = tmp_path / "kept"
        (small / question["folder"]).rename(kept)
        assert [a.reason for a in recheck(str(small)) if isinstance(a, Refused)], question
        kept.rename(small / question["folder"])
    assert isinstance(recheck(str(small))[0], Checked)
    for change in ("drop", "exchange", "proof", "readme"):
        damaged = Path(shutil.copytree(small, tmp_path / change))
        first, second = (damaged / q["folder"] for q in listed["questions"][:2])
        if change == "drop":
            shutil.rmtree(first)
            rest = {**listed, "questions": listed["questions"][1:]}
            (damaged / "induction.json").write_text(json.dumps(rest, indent=2) + "\n")
        elif change == "exchange":
            shutil.rmtree(first)
            shutil.copytree(second, first)
        elif change == "proof":
            proof = first / "claim.lrat"
            proof.write_text(proof.read_text()[:-2])
        else:
            (damaged / "README.md").write_text("proved")
        assert isinstance(recheck(str(damaged))[0], Refused), change


@pytest.mark.skipif(shutil.which("cadical") is None, reason="no cadical")
def test_a_strengthening_is_certified(tmp_path: Path) -> None:
    found, root = certified(tmp_path, STATE + OPERATIONS + '[[invariant]]\nname = "small"\nprove = "n <= 3"\n')
    assert method(found["small"]) == "strengthening"
    (answer,) = recheck(str(root))
    assert isinstance(answer, Checked) and answer.claim == "small"
    listed = json.loads((Path(answer.folder) / "induction.json").read_text())
    assert listed["found"] and {q["prove"] for q in listed["questions"]} >= {f"after it: {c}" for c in listed["found"]}


def test_a_mistaken_claim_does_not_hide_the_others(tmp_path: Path) -> None:
    text = (
        STATE + OPERATIONS + '[[invariant]]\nname = "bounded"\nprove = "n <= limit"\n'
        '[[invariant]]\nname = "wrong"\nprove = "m <= limit"\n'
        '[[trace-claim]]\nname = "odd"\nprove = "new.n == k"\n'
        '[[reach]]\nname = "somewhere"\ngoal = "z == 3"\n'
    )
    found = {c.claim: c for c in plain_check(spec(tmp_path, COUNTER, text)).claims}
    assert [c.word for c in found.values()] == ["proved", "error", "error", "error"]
    mistakes = [c.verdict.error for c in found.values() if isinstance(c.verdict, Mistaken)]
    assert [e.message for e in mistakes] == ["`m` isn't known", "`k` isn't known", "`z` isn't known"]
    assert all(e.span is not None and e.span.source.name.endswith("spec.toml") for e in mistakes)


def test_operations_that_take_too_long_to_execute_leave_every_claim_unknown(tmp_path: Path) -> None:
    loops = "for (i = 0; i < s->n; i++) for (j = 0; j < s->n; j++) for (k = 0; k < s->n; k++) s->r += i ^ j ^ k;"
    code = f"struct s {{ u32 n; u32 r; }};\nvoid f(struct s *s) {{ u32 i, j, k; {loops} }}\n"
    text = '[state]\nr = "s->r"\n[[operation]]\nname = "f"\nentry = "f"\n[predicates]\nset = "r != 0"\n'
    text += '[[invariant]]\nname = "stays"\nprove = "r == 0"\n[[reach]]\nname = "goes"\ngoal = "r == 1"\n'
    path = spec(tmp_path, code, text)
    found = check(path, (), Options(timeout=0.5)).claims
    late = "executing the code takes more than 1 s; --timeout gives it more"
    assert [(c.claim, c.word) for c in found] == [("stays", "unknown"), ("goes", "unknown")]
    assert all(isinstance(c.verdict, Undecided) and c.verdict.reason == late for c in found)
    with pytest.raises(InputError, match=late.split(";")[0]):
        diagram(path, "new", Options(timeout=0.5))
