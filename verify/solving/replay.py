"""Runs a counterexample in the concrete interpreter, which knows nothing of terms.

The model answers what the interpreter can't know: the parameters, memory as found, and what calls return.  The claim
must be false in the end, and both must have seen the same calls; else one of our two evaluators is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping

from verify.claims.concrete import equal_calls, holds, same_call, same_questions, told_by_padding
from verify.claims.obligations import Posed, Subject
from verify.claims.versions import Version
from verify.errors import InternalError, UnsupportedC
from verify.execution.executor import Outcome
from verify.execution.interpreter import ConcreteRule, Machine, NotReplayable, Oracle
from verify.execution.state import CODE, Event
from verify.syntax.ctypes import IntType
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.term import Term
from verify.tuples import NamedTuple

PADDED = "it rests on the bytes between the members of a record, which only one version fills"
_NEAR = 1 << 16  # bytes: how far from a variable's address a pointer to a part of it may be


class Replay(NamedTuple):
    """`problem`: why the model couldn't be run to its end, or "".  `diverged`: the calls certainly differ.

    `asked` is what the runs asked for (`Evaluation.key`); nothing else can matter to what they did.
    """

    problem: str
    diverged: bool
    asked: frozenset[tuple[object, ...]]


class ModelOracle:
    """Answers from a model.  `events` are the version's calls and questions that happen under it, in order."""

    def __init__(self, evaluation: Evaluation, outcome: Outcome | None) -> None:
        self.evaluation = evaluation
        self.calls: list[Event] = []
        self.worlds: list[Term] = [t.world("entry")]
        self.position = 0
        self.asked: set[tuple[object, ...]] = set()
        self.answers: dict[tuple[int, str, tuple[int, ...], int], int] = {}  # what calls left in memory
        # A step that was taken on one path only can't be told from the others, and past a loop's bound the formula
        # says nothing: then the two may lose each other.
        uncertain = outcome is not None and (
            outcome.steps or any(evaluation.evaluate(bound.condition) for bound in outcome.bounds)
        )
        self.lost = NotReplayable if uncertain else InternalError
        for event in outcome.events if outcome else ():
            if event.kind in ("call", "question") and evaluation.evaluate(event.condition):
                self.calls.append(event)
                if event.kind == "call":
                    assert event.world is not None
                    self.worlds.append(event.world)

    def parameter(self, position: int, name: str, width: int) -> int:
        del position
        return self._number(t.var(name, width))

    def _number(self, term: Term) -> int:
        self.asked.add(self.evaluation.key(term))
        return self.evaluation.number(term)

    def read(self, epoch: int, location: str, indices: tuple[int, ...], width: int) -> int:
        """Memory at `location` that wasn't written since the `epoch`-th call."""
        if epoch >= len(self.worlds):
            raise NotReplayable("the interpreter made a call that the formula doesn't know")
        constants = tuple(t.const(i, 64) for i in indices)
        answer = self._number(t.read(location, self.worlds[epoch], constants, width))
        return self.answers.setdefault((epoch, location, indices, width), answer)

    def answer(self, label: str, arguments: tuple[int, ...], effect: bool, width: int | None) -> int:
        """The result of the next call, which must be the one that the formula expects here."""
        if self.position >= len(self.calls):
            raise self.lost(f"the interpreter calls {label}(), the formula makes no further call")
        event = self.calls[self.position]
        self.position += 1
        terms = event.terms[:-1] if event.returns else event.terms
        expected = tuple(self.evaluation.number(x) for x in terms)
        if event.text != label or expected != arguments or effect != (event.kind == "call"):
            raise self.lost(f"the interpreter calls {label}{arguments}, the formula expects {event.text}{expected}")
        if width is None or event.world is None:
            return 0
        return self._number(t.read("result", event.world, (), width))

    def constant(self, name: str, width: int) -> int:
        if name.startswith("address of "):
            return self._number(t.local_address(name.removeprefix("address of ")))
        return self._number(t.var(name, t.BOOL if name.startswith("CONFIG_") else width))


def machine_for(
    version: Version,
    subject: Subject,
    evaluation: Evaluation,
    outcome: Outcome | None,
    own: type[Machine] | None = None,
    oracle: Oracle | None = None,
) -> Machine:
    """The interpreter for one version under a model; `own` and `oracle` take the place of what would be used."""
    rules = {
        name: ConcreteRule(r.pure, r.constant, r.silent, frozenset(location for location, *_ in r.preserves))
        for name, r in subject.rules_of(version.name).items()
    }
    rules.update((name, ConcreteRule()) for name in (outcome.called_by_name if outcome else ()))
    rules.update((name, ConcreteRule(pure=True)) for name in (outcome.asked_only if outcome else ()))
    oracle = oracle or ModelOracle(evaluation, outcome)
    if own is None and subject.depth != "strict":
        from verify.execution.stepping import SteppingMachine

        own = SteppingMachine
    effects = frozenset(label.partition("@")[0] for label in (outcome.effects if outcome else ()))
    machine = (own or Machine)(
        version.types, oracle, rules, subject.opaque | effects, version=version.name,
        variant=lambda kind, name: subject.variants.of(version.name, kind, name),
    )  # fmt: skip
    machine.untyped = frozenset(subject.rules_of(version.name))
    if outcome is not None:
        machine.made = outcome.made
        machine.steps = outcome.steps
        machine.whole = outcome.whole
    return machine


def replay(subject: Subject, posed: Posed, evaluation: Evaluation) -> Replay:
    """Runs the model; the claim must be false.

    Raises `InternalError` if it ran and disagrees with the formula.
    """
    machines: dict[str, Machine] = {}
    problems: dict[str, str] = {}
    for name, version in subject.versions.items():
        machine = machines[name] = machine_for(version, subject, evaluation, subject.outcomes[name])
        try:
            machine.run(version.entry, subject.parameters.of(name))
        except (NotReplayable, UnsupportedC) as error:
            problems[name] = f"it couldn't be replayed: {error}"
            continue
        except InternalError:
            # Else the two may take undefined behaviour differently.
            if machine.problem is None:
                problems[name] = _unnamed(machine)
                if not problems[name]:
                    raise
                continue
        if machine.problem is not None:
            problems[name] = f"the {name} version's behaviour is undefined: {machine.problem}"
            continue
        try:
            _agree(name, machine, subject.outcomes[name], evaluation)
        except InternalError:
            problems[name] = _doubtful(machine, subject.outcomes[name]) or _unnamed(machine)
            if not problems[name]:
                raise
    if len(machines) > 1 and not problems and told_by_padding(*machines.values()):
        return Replay(PADDED, False, frozenset())
    undefined = any(m.problem is not None for m in machines.values())
    free = frozenset(name for name, call in subject.spec.calls.items() if call.free)
    diverged = subject.depth != "strict" and not undefined and _diverged(machines, problems, evaluation, free)
    diverged = diverged and not _answered_apart(machines)
    asked = frozenset(key for m in machines.values() for key in _oracle(m).asked)
    if problems:
        return Replay(next(iter(problems.values())), diverged, asked)
    return Replay("" if diverged else _judged(subject, posed, evaluation, machines), diverged, asked)


def _oracle(machine: Machine) -> ModelOracle:
    assert isinstance(machine.oracle, ModelOracle)
    return machine.oracle


def _judged(subject: Subject, posed: Posed, evaluation: Evaluation, machines: Mapping[str, Machine]) -> str:
    """ "" if the claim is false after these runs, else why that can't be told."""
    true = is_true(subject, posed, evaluation, machines)
    if isinstance(true, str):
        return true
    if not true and _answered_apart(machines):
        return doubt(subject, machines) or "equal calls are answered otherwise"
    if true:
        if any(m.filled_padding for m in machines.values()):
            return PADDED
        doubtful = doubt(subject, machines)
        if doubtful:
            return doubtful
        raise InternalError(
            f"the counterexample to `{posed.claim.name}` doesn't replay: the concrete interpreter finds the claim true"
        )
    return ""


def _answered_apart(machines: Mapping[str, Machine]) -> bool:
    """True iff equal calls are answered otherwise in the two versions, as the formula takes their states for different
    ones.
    """
    if len(machines) < 2:
        return False
    one, other = machines.values()
    try:
        calls = equal_calls(one, other)
    except NotReplayable:
        return False
    if any(made.result != facing.result for made, facing in zip(one.calls[:calls], other.calls[:calls], strict=True)):
        return True
    answers, others = _oracle(one).answers, _oracle(other).answers
    return any(answers[key] != others[key] for key in answers.keys() & others.keys() if key[0] <= calls)


def is_true(subject: Subject, posed: Posed, evaluation: Evaluation, machines: Mapping[str, Machine]) -> bool | str:
    """Whether the claim is true after these runs, or why that can't be told."""
    renamed = _renamed(machines)
    if renamed:
        return f"whether {renamed} have the same address when it is passed on isn't known"
    try:
        inputs = machine_for(subject.new, subject, evaluation, None)
        inputs.bind(subject.new.entry, subject.parameters.names)
        variables: Mapping[str, tuple[IntType, int]] = {
            name: (type_, evaluation.number(t.var(name, type_.width))) for name, type_ in subject.variables.items()
        }
        return holds(posed.tree, machines, subject.names, inputs, variables)
    except (NotReplayable, UnsupportedC) as error:
        return f"it couldn't be replayed: {error}"


def doubt(subject: Subject, machines: Mapping[str, Machine]) -> str:
    """Why the formulas may see local variables otherwise than the interpreter does; "" if they don't."""
    doubtful = next(filter(None, (_doubtful(m, subject.outcomes[name]) for name, m in machines.items())), "")
    if not doubtful and any(m.escaped for m in machines.values()):
        return "it rests on how the outside tells local variables whose addresses it gets"
    return doubtful


def _diverged(
    machines: Mapping[str, Machine], problems: Mapping[str, str], evaluation: Evaluation, free: frozenset[str]
) -> bool:
    """True iff the runs, as far as they went, make it certain that the versions make different calls.

    So it is if their first calls that differ are calls of functions, and whatever either version had asked before, the
    other had asked in the same state; no matter what happens afterwards.
    """
    if len(machines) < 2:
        return False
    (one_name, one), (other_name, other) = machines.items()
    for position in range(max(len(one.calls), len(other.calls))):
        made = [m.calls[position] if position < len(m.calls) else None for m in (one, other)]
        first, second = made
        if any(m is None and name in problems for m, name in zip(made, (one_name, other_name), strict=True)):
            return False
        if first is not None and second is not None and same_call(one, first, other, second):
            continue
        if any(m is not None and m.label.startswith(CODE) for m in made):
            return False
        if not same_questions(one, other, position, free):
            return False
        if first is None or second is None:
            return True
        if first.label.partition("@")[0] != second.label.partition("@")[0]:
            return "@" not in first.label + second.label or len(first.arguments) != len(second.arguments)
        if len(first.arguments) != len(second.arguments):
            return True
        own = {o.name for m in (one, other) for o in m.escaped}
        addresses = [evaluation.number(t.local_address(name)) for name in own]
        return any(
            a != b and not any(abs(value - address) < _NEAR for value in (a, b) for address in addresses)
            for a, b in zip(first.arguments, second.arguments, strict=True)
        )
    return False


def _renamed(machines: Mapping[str, Machine]) -> str:
    """Local variables that may be the same under another name, as addresses are told by names; "" if there are none."""
    names = [[local.name.removeprefix("local ") for local in machine.escaped] for machine in machines.values()]
    if len(names) < 2:
        return ""
    one, other = ([n for n in mine if n not in theirs] for mine, theirs in (names, reversed(names)))
    return f"the old version's `{one[0]}` and the new version's `{other[0]}`" if one and other else ""


def _unnamed(machine: Machine) -> str:
    """A local variable whose address is known outside, but which the formula may call otherwise; "" without one."""
    unnamed = next((local.name for local in machine.escaped if not local.certain), "")
    return f"which `{unnamed.removeprefix('local ')}` the outside knows depends on the path" if unnamed else ""


def _doubtful(machine: Machine, outcome: Outcome) -> str:
    """Why the formula, which knows of no path, may take a local variable for unknown that isn't; "" if it does not."""
    doubtful = outcome.escaped - {local.name for local in machine.escaped}
    if not doubtful:
        return ""
    return f"whether the address of `{min(doubtful).removeprefix('local ')}` is known outside depends on the path"


def _agree(name: str, machine: Machine, outcome: Outcome, evaluation: Evaluation) -> None:
    """Raises `InternalError` if the interpreter and the formula see different behaviour."""
    if outcome.result is not None and machine.result is not None and not machine.stopped:
        held = outcome.state.slots.get(outcome.result.location)
        expected = None if held is None else evaluation.number(held)
        if expected is not None and expected != machine.result:
            raise InternalError(f"the {name} version returns {machine.result}, the formula says {expected}")
