"""Random control flow: if, switch, loops with small bounds, forward goto, early return; and whole function bodies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verify.differential.fragments import AND, ASSIGN, UNARY, Context
from verify.differential.literals import literal
from verify.differential.scalars import BOOL, INT, S32, U8, U32, U64, UINT, Scalar, promote
from verify.differential.scope import Available, Scope, Variable
from verify.differential.statements import Statements

MAX_NESTING = 3
# How often the body of nested loops may run, and how many turns one loop may take.
MAX_TURNS = 16
_LOOP_BOUNDS = (1, 2, 3, 3, 4, 4)
_COUNTER_TYPES = (INT, INT, UINT, U32, U8, S32, U64)
_DEAD_CODE = 0.06


@dataclass(slots=True)
class _Flow:
    """What may leave the statement at hand."""

    breakable: bool = False
    continuable: bool = False
    turns: int = 1
    nesting: int = 0


class Control(Statements):
    """Emits a function's body; `returns` is None for void; `max_turns` bounds how often a line runs in one call."""

    def __init__(
        self, available: Available, scope: Scope, budget: int, returns: Scalar | None, max_turns: int = MAX_TURNS
    ) -> None:
        super().__init__(available, scope, budget)
        self.returns = returns
        self.max_turns = max_turns
        self.flow = _Flow()
        self.labels: list[str] = []

    def body(self, declarations: int) -> list[str]:
        """The lines between the function's braces."""
        for _ in range(declarations):
            self.declare()
        label = self.fresh("out") if self.dice.chance(0.25) else None
        if label:
            self.labels.append(label)
            self._statements(declare=False)
            self.labels.pop()
            self.lines.append(f"{label}:")
            self.simple()
        else:
            self._statements(declare=True)
        if self.returns or self.dice.chance(0.2):
            self._return()
        return self.lines

    def _statements(self, *, declare: bool) -> bool:
        """Statements while the budget lasts; returns whether the end can't be reached."""
        while self.budget > 0:
            if self.statement(declare=declare) and not self.dice.chance(_DEAD_CODE):
                return True
            if self.flow.nesting and self.dice.chance(0.35):
                break
        return False

    def statement(self, *, declare: bool) -> bool:
        """One statement or small group; returns whether control can't come out of its end."""
        self.budget -= 1
        if declare and self.dice.chance(0.22):
            self.declare()
            return False
        if self.dice.chance(0.5):
            self.simple()
            return False
        if self.dice.chance(0.14):
            return self._leave()
        nested: list[tuple[Callable[[], bool], float]] = [(self._leave_if, 5)]
        if self.flow.nesting < MAX_NESTING:
            nested += [(self._if, 10), (self._switch, 4), (self._block, 2), (self._region, 2), (self._dangling, 1)]
            if self.flow.turns * 2 <= self.max_turns:
                nested += [(self._loop if declare else self._loop_in_block, 5)]
        return self.dice.weighted(nested)()

    def _leave(self) -> bool:
        """return, break, continue or goto, or a simple statement where none fits."""
        if self.flow.nesting == 0:
            self.simple()
            return False
        forms: list[tuple[Callable[[], None], float]] = [(self._return, 3)]
        if self.labels:
            forms.append((self._goto, 4))
        if self.flow.breakable:
            forms.append((lambda: self.emit("break;"), 4))
        if self.flow.continuable:
            forms.append((lambda: self.emit("continue;"), 3))
        self.dice.weighted(forms)()
        return True

    def _goto(self) -> None:
        self.features.add("goto")
        self.emit(f"goto {self.dice.pick(self.labels)};")

    def _return(self) -> None:
        if self.returns is None:
            self.emit("return;")
        else:
            self.emit(f"return {self.expression(self.full()).at_least(ASSIGN)};")

    def _leave_if(self) -> bool:
        """A guard: `if (…) return …;` and its like."""
        self.features.add("early-exit")
        self.emit(f"if ({self.condition(self.full()).text})")
        self._nested(self._leave)
        return False

    def _nested(self, body: Callable[[], object]) -> list[str]:
        """Runs `body` one level deeper, in a scope of its own; returns and emits its lines."""
        start = len(self.lines)
        self.scope.push()
        self.indent += 1
        self.flow.nesting += 1
        body()
        self.flow.nesting -= 1
        self.indent -= 1
        self.scope.pop()
        return self.lines[start:]

    def _braced(self, head: str, body: Callable[[], object], tail: str = "}") -> None:
        """`head {`, the body, `tail`; a body of one simple statement sometimes goes without braces."""
        at, declared = len(self.lines), self.declared
        self.emit(f"{head} {{".lstrip())
        lines = self._nested(body)
        lone = len(lines) == 1 and self.declared == declared and lines[0].endswith(";")
        if lone and tail == "}" and head and self.dice.chance(0.6):
            self.lines[at] = self.lines[at].removesuffix(" {")
            return
        self.emit(tail)

    def _some(self) -> None:
        """A nested block's content: at least one statement."""
        self.budget -= 1
        if not self.statement(declare=True):
            self._statements(declare=True)

    def _block(self) -> bool:
        self._braced("", self._some)
        return False

    def _if(self) -> bool:
        self._braced(f"if ({self.condition(self.full()).text})", self._some)
        while self.dice.chance(0.2):
            self._braced(f"else if ({self.condition(self.full()).text})", self._some)
        if self.dice.chance(0.4):
            self._braced("else", self._some)
        return False

    def _dangling(self) -> bool:
        """`if (a) if (b) x; else y;`: the else belongs to the inner one."""
        self.features.add("dangling-else")
        self.emit(f"if ({self.condition(self.full()).text})")
        self.emit(f"\tif ({self.condition(self.full()).text})")
        self.indent += 2
        self.simple()
        self.indent -= 1
        self.emit("else")
        self.indent += 1
        self.simple()
        self.indent -= 2
        return False

    def _region(self) -> bool:
        """Statements that may jump forward to a label behind them."""
        label = self.fresh("skip")
        self.labels.append(label)
        if self.dice.chance(0.5):
            self._braced("", self._some)
        else:
            self.flow.nesting += 1
            self._statements(declare=False)
            self.flow.nesting -= 1
        self.labels.pop()
        self.emit(f"{label}:")
        if self.dice.chance(0.5):
            self.emit(";")
        else:
            self.simple()
        return False

    def _switch(self) -> bool:
        self.features.add("switch")
        value = self.settled(self.expression(self.full(2)))
        enums = [v for v in self.scope.variables() if v.type.name.startswith("enum")]
        assert value.type
        text, type_ = value.text, promote(value.type)
        if enums and self.dice.chance(0.5):
            variable = self.dice.pick(enums)
            text, type_ = variable.name, promote(variable.type)
        elif self.dice.chance(0.6):
            mask = self.dice.pick((3, 7, 15))
            text = f"{value.at_least(UNARY)} & {mask}"
        taken: list[tuple[int, int]] = []
        self.emit(f"switch ({text}) {{")
        outer = self.flow.breakable
        self.flow.breakable = True
        groups = self.dice.between(1, 4)
        default = self.dice.between(0, groups * 2)
        for group in range(groups):
            labels = [label for _ in range(self.dice.pick((1, 1, 1, 2, 3))) if (label := self._case(type_, taken))]
            if group == default:
                labels.insert(self.dice.between(0, len(labels)), "default:")
                self.features.add("default-inside" if group < groups - 1 else "default-last")
            if labels:
                self._case_body(labels, last=group == groups - 1)
        self.flow.breakable = outer
        self.emit("}")
        return False

    def _case(self, type_: Scalar, taken: list[tuple[int, int]]) -> str | None:
        """A label whose values no other label has; `type_` is the controlling expression's promoted type."""
        low, text = self._case_value(type_)
        high, range_text = low, ""
        if self.dice.chance(0.2) and not text.startswith("-"):
            high = low + self.dice.between(1, 6)
            range_text = f" ... {literal(self.dice, high).text}"
        low, high = type_.wrap(low), type_.wrap(high)
        if low > high or any(low <= end and start <= high for start, end in taken):
            return None
        taken.append((low, high))
        if range_text:
            self.features.add("case-range")
        return f"case {text}{range_text}:"

    def _case_value(self, type_: Scalar) -> tuple[int, str]:
        form = self.dice.weighted((("small", 10), ("enum", 4), ("macro", 2), ("negative", 1.5), ("big", 1)))
        if form == "enum" and self.environment.enums:
            name, value = self.dice.pick(self.dice.pick(self.environment.enums).enumerators)
            if value >= 0:
                return value, name
        if form == "macro" and self.available.constants:
            constant = self.dice.pick(self.available.constants)
            if 0 <= constant.value <= type_.maximum:
                return constant.value, constant.name
        if form == "negative":
            value = -self.dice.between(1, 4)
            return value, str(value)
        if form == "big":
            bit = self.dice.between(4, promote(type_).width - 2)
            return 1 << bit, f"BIT({bit})"
        value = self.dice.between(0, 8)
        return value, literal(self.dice, value).text

    def _case_body(self, labels: list[str], *, last: bool) -> None:
        for label in labels[:-1]:
            self.emit(label)
        ending = self.dice.weighted((("break", 7), ("fall", 2.5), ("return", 1.5)))
        if self.dice.chance(0.4):
            self._braced(labels[-1], lambda: self._ended_case(ending, last, declare=True))
            return
        self.emit(labels[-1])
        self._nested(lambda: self._ended_case(ending, last, declare=False))

    def _ended_case(self, ending: str, last: bool, *, declare: bool) -> None:
        self.budget -= 1
        if self.statement(declare=declare):
            return
        if self.dice.chance(0.3):
            self.simple()
        if ending == "return":
            self._return()
        elif ending == "break":
            self.emit("break;")
        elif not last and self.dice.chance(0.7):
            self.features.add("fall-through")
            self.emit("fallthrough;")

    def _loop_in_block(self) -> bool:
        """A loop where its counter can't be declared: behind a label, or where a goto may jump over it."""
        self._braced("", self._loop)
        return False

    def _loop(self) -> bool:
        """A loop whose counter only the loop itself changes, so that it ends."""
        self.features.add("loop")
        bound = self.dice.pick([b for b in _LOOP_BOUNDS if b * self.flow.turns <= self.max_turns])
        form = self.dice.pick(("for", "for", "for-declared", "down", "while", "while-post", "do", "forever", "once"))
        if form == "once":
            self._loop_body("do", 1, "} while (0);")
            return False
        type_ = self.dice.pick(_COUNTER_TYPES)
        name = self.fresh("i")
        counter = Variable(name, type_, readonly=True, below=bound)
        limit = self._limit(bound)
        more = ""
        if self.dice.chance(0.25):
            more = f" && {self.condition(Context(1)).at_least(AND + 1)}"
            self.features.add("loop-condition")
        if form == "for-declared":
            self._turning(f"for ({type_.name} {name} = 0; {name} < {limit}{more}; {name}++)", counter, bound)
            return False
        start = bound if form == "down" else 0
        self.declared += 1
        self.emit(f"{type_.name} {name} = {start};" if form != "for" else f"{type_.name} {name};")
        after = Variable(name, type_)  # once the loop is over, it is a variable like others
        if form == "for":
            step = self.dice.pick((f"{name}++", f"++{name}", f"{name} += {self.dice.between(1, 2)}"))
            others = [v for v in self.scope.variables() if not v.readonly and v.type.name != BOOL.name]
            if others and self.dice.chance(0.2):
                other = self.dice.pick(others)
                self.impure |= other.escaped
                step += f", {other.name}++"
                self.features.add("comma")
            self._turning(f"for ({name} = 0; {name} < {limit}{more}; {step})", counter, bound)
        elif form == "down":
            test = self.dice.pick((f"{name}-- > 0", f"{name}--"))
            self._turning(f"for (; {test}{more};)", counter, bound)
        elif form == "while":
            counter.below = None
            self._turning(f"while ({name} < {limit}{more})", counter, bound, first=f"{name}++;")
        elif form == "while-post":
            counter.below = None
            self._turning(f"while ({name}++ < {limit}{more})", counter, bound)
        elif form == "do":
            self._turning("do", counter, bound, tail=f"}} while (++{name} < {limit}{more});")
        else:
            counter.below = None
            head = self.dice.pick(("for (;;)", "while (1)"))
            self._turning(head, counter, bound, first=f"if ({name}++ >= {limit})\n\tbreak;")
        self.scope.add(name, after)
        return False

    def _limit(self, bound: int) -> str:
        """A loop's bound: a number, or sometimes an expression that is at most the number."""
        if self.dice.chance(0.15) and bound & (bound + 1) == 0:
            self.features.add("symbolic-bound")
            return f"({self.settled(self.leaf(Context(0))).at_least(UNARY)} & {bound})"
        return str(bound)

    def _turning(self, head: str, counter: Variable, bound: int, *, first: str = "", tail: str = "}") -> None:
        self.scope.push()
        self.scope.add(counter.name, counter)
        self._loop_body(head, bound, tail, first)
        self.scope.pop()

    def _loop_body(self, head: str, bound: int, tail: str, first: str = "") -> None:
        outer = (self.flow.breakable, self.flow.continuable, self.flow.turns)
        self.flow.breakable, self.flow.continuable, self.flow.turns = True, True, outer[2] * bound

        def body() -> None:
            for line in first.splitlines():
                self.emit(line)
            self._some()

        self._braced(head, body, tail)
        self.flow.breakable, self.flow.continuable, self.flow.turns = outer
