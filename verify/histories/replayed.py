"""From a bounded history to one that a reviewer can read: each step is run by the concrete interpreter.

Each step is posed as a claim that says that it can't happen, so that the ordinary replay refutes it: the state
before and after, and at the end what is violated, are evaluated on numbers by the interpreter, which knows no terms.
"""

from __future__ import annotations

from verify.claims.obligations import Posed, Subject
from verify.claims.verdict import Counterexample, HistoryStep, Input
from verify.errors import InternalError
from verify.execution.state import GLOBAL
from verify.histories.operations import Operations, Transition, is_steady
from verify.histories.unrolled import POINTER_STEP, Found
from verify.solving.counterexample import Finder, leaves_of, named_inputs
from verify.solving.doubts import doubt, unfilled
from verify.solving.replay import replay
from verify.solving.solver import Model, Solver
from verify.syntax.ctypes import PointerTo
from verify.terms import term as t
from verify.terms.evaluate import Evaluation
from verify.terms.flatten import flatten
from verify.tuples import NamedTuple

_VARIABLES = 0xFFFF_FFFF_8000_0000  # where the kernel's variables are (Documentation/arch/x86/x86_64/mm.rst)


class Run(NamedTuple):
    """A history that was run: `problem` says why it couldn't be to its end, or is empty.

    `posed` and `evaluations`: each step as a claim that it refutes, and the values that refute it.
    """

    counterexample: Counterexample
    problem: str
    posed: tuple[tuple[Subject, Posed, Evaluation], ...]


def run(operations: Operations, found: Found, solver: Solver, violated: str, shown: str, timeout: float) -> Run:
    """Runs `found`.  `violated`: a claim's C that is true at its end; `shown` says what that violates.

    Raises `InternalError` if the interpreter disagrees with the formula.
    """
    names = tuple(operations.widths)
    steps: list[HistoryStep] = []
    ran: list[tuple[Subject, Posed, Evaluation]] = []
    problem = ""
    values = [found.initial[n] for n in names]
    initial = _state(operations, names, values)
    for position, (transition, model) in enumerate(zip(found.steps, found.values, strict=True)):
        last = position == len(found.steps) - 1
        subject = operations.subjects[transition.operation.name]
        evaluation = _evaluation(subject, transition, model)
        after = [_number(transition, model, n) for n in names]
        conditions = [operations.literal(n, v).format(n) for n, v in zip(names, values, strict=True)]
        conditions += [operations.literal(n, v).format(f"new.{n}") for n, v in zip(names, after, strict=True)]
        if position == 0:
            conditions += [f"({e.text})" for e in operations.system.initially]
        if last:
            conditions.append(f"({violated})")
        posed = subject.pose(operations.claim(f"step {position + 1}", (), f"!({' && '.join(conditions)})"))
        if not all(map(evaluation.evaluate, posed.hypotheses)) or evaluation.evaluate(posed.goal):
            raise InternalError(f"step {position + 1} of a history isn't what the formula says")
        said = replay(subject, posed, evaluation).problem
        objects = {name: size for name, size in operations.objects.items() if name in model}
        if transition.safe and evaluation.evaluate(subject.outcomes["new"].crashes):
            said = said or "memory is reached through a NULL or an error pointer"
        said = said or doubt(posed.goal, evaluation, [subject.new.types], objects) or unfilled(posed.goal, evaluation)
        problem = problem or (said and f"step {position + 1}, {transition.operation.name}: {said}")
        steps.append(_shown(operations, transition, subject, posed, evaluation, solver, model, timeout)._replace(
            state=_state(operations, names, after)
        ))  # fmt: skip
        ran.append((subject, posed, evaluation))
        if position + 1 < len(found.steps):
            following = [found.values[position + 1][f"now {n}"] for n in names]
            if following != after:
                raise InternalError(f"step {position + 1} of a history doesn't lead to the next one")
        values = after
    problem = problem or _inconstant(ran) or _unsteady(ran)
    if not found.steps:
        problem = _initial(operations, values, violated)
    counterexample = Counterexample(initial, (), (shown,), (), not problem, tuple(steps))
    return Run(counterexample, problem, tuple(ran))


def _inconstant(ran: list[tuple[Subject, Posed, Evaluation]]) -> str:
    """Whether a function that depends on its arguments alone would have to answer one question in two ways."""
    answers: dict[tuple[str, tuple[int, ...]], int] = {}
    for subject, _, evaluation in ran:
        for event in subject.outcomes["new"].events:
            rule = subject.rules_of("new").get(event.text)
            if event.kind == "question" and event.returns and rule is not None and rule.constant:
                if evaluation.evaluate(event.condition):
                    *arguments, answer = map(evaluation.number, event.terms)
                    if answers.setdefault((event.text, tuple(arguments)), answer) != answer:
                        return f"{event.text}() depends on its arguments alone, but answers differently in two steps"
    return ""


def _unsteady(ran: list[tuple[Subject, Posed, Evaluation]]) -> str:
    """Whether an element of a constant array would have to be different in two steps."""
    held: dict[tuple[object, ...], int] = {}
    for subject, posed, evaluation in ran:
        for read in t.postorder((posed.goal,)):
            if read.op == "read" and is_steady(subject, read):
                place = str(read.value), *map(evaluation.number, read.args[1:])
                if held.setdefault(place, value := evaluation.number(read)) != value:
                    return f"`{place[0].removeprefix(GLOBAL)}` is constant, but differs in two steps"
    return ""


def _initial(operations: Operations, values: list[int], violated: str) -> str:
    """Evaluates an initial state that is violated itself; "" or why the interpreter can't."""
    subject = operations.plain
    named = zip(operations.widths, values, strict=True)
    conditions = [operations.literal(n, v).format(n) for n, v in named]
    conditions += [f"({e.text})" for e in operations.system.initially]
    posed = subject.pose(operations.claim("the initial state", (), f"!({' && '.join(conditions)} && ({violated}))"))
    flat = flatten((*posed.hypotheses, t.not_(posed.goal)))
    model = dict(zip(operations.widths, values, strict=True))
    known = {operations.held(subject.plain_side, subject, n): v for n, v in model.items()}
    own = {str(flat.variables[r.id].value): v for r, v in known.items() if r.id in flat.variables}
    return replay(subject, posed, Evaluation({**own, **_pointers(subject)}, flat)).problem


def _pointers(subject: Subject) -> dict[str, int]:
    """Addresses for the parameters, and the spec's names, that are pointers: of objects apart from one another."""
    found: dict[str, int] = {}
    for named in named_inputs(subject):
        term = named.value.term
        if isinstance(named.value.type, PointerTo) and term is not None and term.op == "var":
            found[str(term.value)] = (len(found) + 1) * POINTER_STEP
    return found


def _evaluation(subject: Subject, transition: Transition, model: dict[str, int]) -> Evaluation:
    """The step's values under the names that the reads of its code became."""
    variables = {a: _VARIABLES + i * POINTER_STEP for i, a in enumerate(subject.named_objects)}
    values = {**variables, **_pointers(subject), **model}
    for read in transition.flat.reads:
        variable = transition.flat.variables[read.id]
        state = transition.entry.get(variable.id)
        if state is not None:
            values[str(variable.value)] = model.get(str(state.value), 0)
    return Evaluation(values, transition.flat)


def _number(transition: Transition, model: dict[str, int], name: str) -> int:
    return Evaluation(model).number(transition.after[name])


def _state(operations: Operations, names: tuple[str, ...], values: list[int]) -> tuple[Input, ...]:
    subject = operations.subjects[operations.operations[0].name]
    return tuple(
        Input(n, v, operations.widths[n], subject.named_bits(n, v), True) for n, v in zip(names, values, strict=True)
    )


def _shown(
    operations: Operations,
    transition: Transition,
    subject: Subject,
    posed: Posed,
    evaluation: Evaluation,
    solver: Solver,
    model: dict[str, int],
    timeout: float,
) -> HistoryStep:
    """A step with those of its inputs that it depends on."""
    finder = Finder(subject, posed, solver, transition.flat, Model(model), timeout)
    used = {leaf.id for leaf in leaves_of((posed.goal, *subject.assumed))}
    states = set(operations.widths)
    inputs: list[Input] = []
    for named in finder.shown(leaves_of((posed.goal,))):
        term = named.value.term
        own = leaves_of((term,)) if term is not None else []
        if term is None or named.name in states or not any(x.id in used for x in own):
            continue
        if all(subject.facts.get(x.id, x).op == "const" for x in own):
            continue  # the operation itself says what it is
        inputs.append(finder.input(named, evaluation.number(term), True))
    operation = transition.operation
    (behaviour,) = (finder.behaviour(n, o, evaluation) for n, o in subject.outcomes.items())
    return HistoryStep(operation.name, operation.says, tuple(inputs), (), behaviour)
