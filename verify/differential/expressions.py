"""Random expressions without undefined behaviour: guards on divisors, shift counts and indexes, ordered effects."""

from __future__ import annotations

from collections.abc import Callable

from verify.differential.fragments import (
    ADDITIVE,
    AND,
    ASSIGN,
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    CALLS,
    COMMA,
    CONDITIONAL,
    DIRECT,
    EQUALITY,
    MEMORY,
    MULTIPLICATIVE,
    OR,
    POSTFIX,
    RELATIONAL,
    SHIFT,
    UNARY,
    Context,
    Fragment,
)  # fmt: skip
from verify.differential.literals import literal
from verify.differential.places import Places
from verify.differential.records import INDEX, Record
from verify.differential.scalars import BOOL, INT, INT_WIDTH, LONG, S32, S64, U32, U64, ULONG, Scalar, common, promote
from verify.differential.scope import Helper, Place, ScalarPointer

_NOTHING: frozenset[str] = frozenset()

_ARITHMETIC = (("+", ADDITIVE, 6), ("-", ADDITIVE, 6), ("*", MULTIPLICATIVE, 3), ("&", BIT_AND, 8), ("|", BIT_OR, 5),
               ("^", BIT_XOR, 4))  # fmt: skip
_COMPARISONS = (("==", EQUALITY), ("!=", EQUALITY), ("<", RELATIONAL), ("<=", RELATIONAL), (">", RELATIONAL),
                (">=", RELATIONAL))  # fmt: skip
_CAST_TYPES = (("u8", 3), ("u16", 2), ("u32", 4), ("u64", 5), ("s8", 2), ("s16", 2), ("s32", 3), ("s64", 4),
               ("bool", 3), ("unsigned long", 1), ("int", 2))  # fmt: skip
_IDIOMS = ("bit", "genmask", "minmax", "minmax", "minmax_t", "clamp", "half", "likely", "READ_ONCE")
_SETTLING = (U32, U64, S32, S64, INT)
# How often an operand is put in brackets that it doesn't need.
_SPARE_BRACKETS = 0.12


class Expressions(Places):
    """Makes expressions of what the scope offers.  A `Context` says what one may do at its place.

    `impure` becomes true with the first thing that a caller could notice: a store to memory, a call, a warning.
    """

    impure: bool = False

    def expression(self, context: Context) -> Fragment:
        """Any scalar expression at assignment level (no bare comma)."""
        if context.depth <= 0:
            return self.leaf(context)
        kinds: list[tuple[Callable[[Context], Fragment], float]] = [
            (self.leaf, 9), (self._arithmetic, 20), (self._shift, 6), (self._division, 4), (self._comparison, 6),
            (self._logical, 4), (self._conditional, 6), (self._unary, 7), (self._cast, 6), (self._macro, 5),
            (self._idiom, 6), (self._statement_expression, 1.5), (self._call, 8), (self._sizeof, 1),
        ]  # fmt: skip
        if context.effects:
            kinds += [(self._side_effect, 3), (self._external, 3 if self.available.externals else 0), (self._warn, 1.5)]
        return self.dice.weighted(kinds)(context.deeper())

    def condition(self, context: Context) -> Fragment:
        """An expression that is often neither always true nor always false."""
        if context.depth <= 0:
            return self._comparison(context)
        kinds: list[tuple[Callable[[Context], Fragment], float]] = [
            (self._comparison, 8), (self._logical, 5), (self._truth, 4), (self._not, 3), (self._mask_test, 5),
            (self._likely, 1), (self._pointer_test, 1),
        ]  # fmt: skip
        return self.dice.weighted(kinds)(context.deeper())

    def settled(self, fragment: Fragment) -> Fragment:
        """`fragment` in a form whose type and extent are known."""
        if fragment.type is not None:
            return fragment
        type_ = self.dice.pick(_SETTLING)
        return Fragment(f"({type_.name}){fragment.bracketed().text}", UNARY, type_, fragment.writes)

    def _operand(self, fragment: Fragment, strength: int) -> str:
        if self.dice.chance(_SPARE_BRACKETS):
            return fragment.bracketed().text
        return fragment.at_least(strength)

    def _siblings(self, context: Context, count: int) -> list[Fragment]:
        """Operands whose order of evaluation C leaves open: at most one has effects, and no other reads its writes."""
        active = self.dice.between(0, count - 1)
        lead = self.expression(context if self.dice.chance(0.5) else context.pure())
        rest = context.beside(lead.writes)
        return [lead if i == active else self.expression(rest) for i in range(count)]

    def leaf(self, context: Context) -> Fragment:
        if self.dice.chance(0.25):
            return self._constant(context)
        place = self.place(context)
        if place is None:
            return self._constant(context)
        if place.addressable and self.dice.chance(0.04):
            self.features.add("READ_ONCE")
            return Fragment(f"READ_ONCE({place.text})", POSTFIX, place.type)
        return Fragment(place.text, place.strength, place.type)

    def _constant(self, context: Context) -> Fragment:
        """A literal, an enumerator, or an object-like macro."""
        constants = self.available.constants
        if constants and self.dice.chance(0.25):
            constant = self.dice.pick(constants)
            used = Fragment(constant.name, constant.strength, constant.type)
            return self._guarded(context, used) if constant.strength == SHIFT else used
        if self.environment.enums and self.dice.chance(0.12):
            name, _ = self.dice.pick(self.dice.pick(self.environment.enums).enumerators)
            self.features.add("enum")
            return Fragment(name, POSTFIX, INT)
        return literal(self.dice)

    def _arithmetic(self, context: Context) -> Fragment:
        op, strength, _ = self.dice.weighted([(entry, entry[2]) for entry in _ARITHMETIC])
        left, right = self._siblings(context, 2)
        return self._binary(left, op, right, strength)

    def _binary(self, left: Fragment, op: str, right: Fragment, strength: int, type_: Scalar | None = None) -> Fragment:
        """A left-associative operator; `type_` is its result's unless the common type is."""
        type_ = (type_ or common(left.type, right.type)) if left.type and right.type else None
        text = f"{self._operand(left, strength)} {op} {self._operand(right, strength + 1)}"
        return Fragment(text, strength, type_, left.writes | right.writes)

    def _comparison(self, context: Context) -> Fragment:
        op, strength = self.dice.pick(_COMPARISONS)
        left, right = self._siblings(context, 2)
        return self._binary(left, op, right, strength, INT)

    def _mask_test(self, context: Context) -> Fragment:
        left, right = self._siblings(context, 2)
        masked = self._binary(left, "&", right, BIT_AND)
        form = self.dice.pick(("plain", "zero", "nonzero", "equal"))
        if form == "plain":
            return masked
        if form == "equal" and not masked.writes:
            self.features.add("mask-equal")
            other = Fragment(right.at_least(POSTFIX), POSTFIX, right.type)
            return self._binary(masked.bracketed(), "==", other, EQUALITY, INT)
        return self._binary(masked.bracketed(), "==" if form == "zero" else "!=", literal(self.dice, 0), EQUALITY, INT)

    def _logical(self, context: Context) -> Fragment:
        op, strength = self.dice.pick((("&&", AND), ("||", OR)))
        left, right = self.condition(context), self.condition(context)
        return self._binary(left, op, right, strength, INT)

    def _truth(self, context: Context) -> Fragment:
        """Any expression but a bare constant."""
        place = self.place(context) if context.depth <= 0 or self.dice.chance(0.3) else None
        return Fragment(place.text, place.strength, place.type) if place else self.expression(context)

    def _not(self, context: Context) -> Fragment:
        operand = self.expression(context)
        text = self._operand(operand, UNARY)
        return Fragment(f"!{text}", UNARY, INT if operand.type else None, operand.writes)

    def _unary(self, context: Context) -> Fragment:
        op = self.dice.pick(("-", "-", "~", "~", "!", "+", "!!"))
        if op == "!":
            return self._not(context)
        operand = self.expression(context)
        text = self._operand(operand, UNARY)
        if text[0] in "+-" and op in "+-":
            text = f" {text}" if self.dice.chance(0.3) else f"({text})"
        type_ = None if operand.type is None else INT if op == "!!" else promote(operand.type)
        return Fragment(f"{op}{text}", UNARY, type_, operand.writes)

    def _cast(self, context: Context) -> Fragment:
        name = self.dice.weighted(_CAST_TYPES)
        type_ = next(t for t in (*_SETTLING, *_ALL_TYPES) if t.name == name)
        if self.environment.enums and self.dice.chance(0.05):
            type_ = self.dice.pick(self.environment.enums).type
        operand = self.expression(context)
        text = self._operand(operand, UNARY)
        known = operand.type is not None or text == operand.bracketed().text
        return Fragment(f"({type_.name}){text}", UNARY, type_ if known else None, operand.writes)

    def _guarded(self, context: Context, fragment: Fragment) -> Fragment:
        """In text that a delicate macro pastes, what relies on its operands' extent stands in brackets."""
        return fragment.bracketed() if context.plain else fragment

    def _shift(self, context: Context) -> Fragment:
        inner, count = self._siblings(context, 2)
        left = self.settled(inner)
        assert left.type
        width = promote(left.type).width
        if self.dice.chance(0.5):
            amount: Fragment = literal(self.dice, self.dice.pick((0, 1, 4, 8, width // 2, width - 1, width - 3)))
        else:
            amount = self._masked(count, width)
        type_ = promote(left.type)
        shifted = self._binary(left, self.dice.pick(("<<", ">>")), amount, SHIFT, type_)
        return self._guarded(context, shifted)

    def _masked(self, count: Fragment, width: int) -> Fragment:
        """A shift count from 0 to `width` - 1."""
        known = self.settled(count)
        assert known.type
        if not promote(known.type).signed and self.dice.chance(0.3):
            return self._binary(known, "%", literal(self.dice, width), MULTIPLICATIVE).bracketed()
        mask = literal(self.dice, width - 1)
        return self._binary(known, "&", mask, BIT_AND).bracketed()

    def _division(self, context: Context) -> Fragment:
        """`/` or `%` with a divisor that is never zero, and never -1 below the least number."""
        op = self.dice.pick(("/", "%"))
        left, right = (self.settled(f) for f in self._siblings(context, 2))
        assert left.type and right.type
        type_ = common(left.type, right.type)
        if self.dice.chance(0.25):
            divisor = literal(self.dice, self.dice.pick((1, 2, 3, 5, 7, 10, 16, 255, 1000)))
            if self.dice.chance(0.3):
                divisor = Fragment(f"(-{self.dice.pick((2, 3, 8, 100))})", POSTFIX, INT)
            return self._guarded(context, self._binary(left, op, divisor, MULTIPLICATIVE))
        odd = Fragment(f"({right.at_least(BIT_OR)} | 1)", POSTFIX, promote(right.type), right.writes)
        if not type_.signed or promote(left.type).width < type_.width:
            if not right.writes and self.dice.chance(0.5):
                return self._tested_division(left, op, right)
            return self._guarded(context, self._binary(left, op, odd, MULTIPLICATIVE))
        form = self.dice.pick(("small", "halved", "tested"))
        if form == "halved":
            halved = Fragment(f"({left.at_least(SHIFT)} >> 1)", POSTFIX, promote(left.type), left.writes)
            return self._guarded(context, self._binary(halved, op, odd, MULTIPLICATIVE))
        if form == "tested" and not right.writes:
            return self._tested_division(left, op, right)
        small = Fragment(f"(({right.at_least(BIT_AND)} & 15) + 1)", POSTFIX, promote(right.type), right.writes)
        return self._guarded(context, self._binary(left, op, small, MULTIPLICATIVE))

    def _tested_division(self, left: Fragment, op: str, right: Fragment) -> Fragment:
        """`(d > 0 ? x / d : alternative)`; `right` is evaluated twice, so it has no effects."""
        assert left.type and right.type
        unsigned = not common(left.type, right.type).signed
        test = "" if unsigned and self.dice.chance(0.5) else " > 0" if promote(right.type).signed else " != 0"
        divisor = right.bracketed() if right.strength < POSTFIX else right
        quotient = f"{left.at_least(MULTIPLICATIVE)} {op} {divisor.text}"
        otherwise = literal(self.dice)
        assert otherwise.type
        type_ = common(common(left.type, right.type), otherwise.type)
        text = f"({divisor.text}{test} ? {quotient} : {otherwise.text})"
        return Fragment(text, POSTFIX, type_, left.writes)

    def _conditional(self, context: Context) -> Fragment:
        condition = self.condition(context)
        then, otherwise = self.expression(context), self.expression(context)
        writes = condition.writes | otherwise.writes
        head = self._operand(condition, OR)
        tail = self._operand(otherwise, CONDITIONAL)
        if self.dice.chance(0.2):
            self.features.add("gnu-conditional")
            types = (condition.type, otherwise.type)
            text = f"{head} ?: {tail}"
        else:
            writes |= then.writes
            types = (then.type, otherwise.type)
            text = f"{head} ? {self._operand(then, CONDITIONAL)} : {tail}"
            if condition.type is None:
                types = (None, None)
        type_ = common(types[0], types[1]) if types[0] and types[1] else None
        return Fragment(text, CONDITIONAL, type_, writes)

    def _macro(self, context: Context) -> Fragment:
        """A use of one of the program's function-like macros, with pure arguments."""
        if not self.available.macros:
            return self.leaf(context)
        macro = self.dice.pick(self.available.macros)
        delicate = macro.rule == "delicate"
        inner = Context(min(context.depth, 2), False, context.frozen, context.plain or delicate)
        arguments = [self.expression(inner) for _ in range(macro.arity)]
        if delicate and self.dice.chance(0.2):
            arguments[0] = self._unary(inner.deeper())
        type_: Scalar | None
        if isinstance(macro.rule, Scalar):
            type_ = macro.rule
        elif delicate or any(a.type is None for a in arguments):
            type_ = None
        else:
            type_ = arguments[0].type
            for argument in arguments:
                assert type_ and argument.type
                type_ = common(type_, argument.type)
        return Fragment(f"{macro.name}({', '.join(a.text for a in arguments)})", POSTFIX, type_)

    def _likely(self, context: Context) -> Fragment:
        inner = self.condition(context)
        return Fragment(f"{self.dice.pick(('likely', 'unlikely'))}({inner.text})", POSTFIX, LONG, inner.writes)

    def _idiom(self, context: Context) -> Fragment:
        """One of the kernel's macros."""
        form = self.dice.pick(_IDIOMS)
        self.features.add(form)
        if form == "likely":
            return self._likely(context)
        if form == "bit":
            name, type_ = self.dice.pick((("BIT", ULONG), ("BIT_ULL", U64)))
            number = str(self.dice.between(0, 63))
            if self.dice.chance(0.3):
                number = f"{self.settled(self.expression(context.pure())).bracketed().text} & 63"
            return Fragment(f"{name}({number})", POSTFIX, type_)
        if form == "genmask":
            name, type_ = self.dice.pick((("GENMASK", ULONG), ("GENMASK_ULL", U64)))
            low = self.dice.between(0, 63)
            return Fragment(f"{name}({self.dice.between(low, 63)}, {low})", POSTFIX, type_)
        if form == "half":
            inner = self.expression(context)
            name = self.dice.pick(("lower", "upper"))
            return Fragment(f"{name}_32_bits((u64)({inner.text}))", POSTFIX, U32, inner.writes)
        if form == "READ_ONCE":
            place = self.place(context, addressable=True)
            if place is None or not place.addressable:
                return self.leaf(context)
            return Fragment(f"READ_ONCE({place.text})", POSTFIX, place.type)
        return self._choice(form, context)

    def _choice(self, form: str, context: Context) -> Fragment:
        """min, max, clamp and their kin; the kernel's min() wants both arguments of one type."""
        type_ = self.dice.pick((*_SETTLING, *_ALL_TYPES))
        arguments = self._siblings(context, 2)
        writes = arguments[0].writes | arguments[1].writes
        if form == "clamp":
            low = self.dice.between(-20, 20) if type_.signed else self.dice.between(0, 40)
            low, high = type_.wrap(low), max(type_.wrap(low), type_.wrap(low + self.dice.pick((0, 1, 30, 5000))))
            value = arguments[0]
            if self.dice.chance(0.5):
                text = f"clamp_t({type_.name}, {value.text}, {low}, {high})"
                return Fragment(text, POSTFIX, promote(type_), value.writes)
            values = [f"({type_.name}){value.bracketed().text}", f"({type_.name}){low}", f"({type_.name}){high}"]
            return Fragment(f"clamp({', '.join(values)})", POSTFIX, promote(type_), value.writes)
        name = self.dice.pick(("min", "max"))
        if form == "minmax_t":
            text = f"{name}_t({type_.name}, {arguments[0].text}, {arguments[1].text})"
            return Fragment(text, POSTFIX, promote(type_), writes)
        text = ", ".join(f"({type_.name}){a.bracketed().text}" for a in arguments)
        return Fragment(f"{name}({text})", POSTFIX, promote(type_), writes)

    def _sizeof(self, context: Context) -> Fragment:
        self.features.add("sizeof")
        forms = [f"sizeof({self.dice.pick((*_SETTLING, *_ALL_TYPES)).name})"]
        forms += [f"sizeof({record.declared})" for record in self.available.records]
        forms += [f"ARRAY_SIZE({array.name})" for array in self.scope.arrays()]
        forms += [f"sizeof {v.name}" for v in self.scope.variables()[:2]]
        for record in self.available.records:
            members = [f.suffix for f in record.fields if f.type.bits is None and not INDEX.search(f.suffix)]
            if members:
                forms.append(f"offsetof({record.declared}, {self.dice.pick(members)})")
        inner = self.expression(Context(1, frozen=context.frozen))
        if inner.type is not None and inner.type.bits is None:
            forms.append(f"sizeof({inner.text})")
        return Fragment(self.dice.pick(forms), POSTFIX, ULONG)

    def _statement_expression(self, context: Context) -> Fragment:
        """`({ T t = …; …; t op …; })`; its local is in scope inside only."""
        self.features.add("statement-expression")
        first = self.expression(context)
        name = f"t{self.environment.count('t')}"
        type_ = self.dice.pick((*_SETTLING, *_ALL_TYPES))
        lines = [f"{type_.name} {name} = {first.at_least(ASSIGN)};"]
        if self.dice.chance(0.4):
            op = self.dice.pick(("+=", "^=", "|=", "&="))
            lines.append(f"{name} {op} {self.expression(context.pure()).at_least(ASSIGN)};")
        last = Fragment(name, POSTFIX, type_)
        if self.dice.chance(0.5):
            last = self.settled(self._binary(last, "+", self.leaf(context.pure()), ADDITIVE))
        assert last.type
        result = promote(last.type) if last.text != name else type_
        return Fragment(f"({{ {' '.join(lines)} {last.text}; }})", POSTFIX, result, first.writes)

    def _pointer_test(self, context: Context) -> Fragment:
        """A comparison of pointers to structs."""
        bases = [base for base in self.scope.bases() if base.arrow]
        if not bases:
            return self._comparison(context)
        self.features.add("pointer-test")
        base = self.dice.pick(bases)
        others = [text for text in self.record_pointers(base.record) if text != base.text]
        if others and self.dice.chance(0.7):
            test = f"{base.text} {self.dice.pick(('==', '!='))} {self.dice.pick(others)}"
            return self._guarded(context, Fragment(test, EQUALITY, INT))
        return Fragment(f"!{base.text}", UNARY, INT)

    def _side_effect(self, context: Context) -> Fragment:
        """An assignment, an increment or a comma expression inside an expression."""
        form = self.dice.pick(("assign", "increment", "increment", "comma"))
        if form == "comma":
            self.features.add("comma")
            first, second = self.expression(context), self.settled(self.expression(context.pure()))
            assert second.type
            type_ = promote(second.type) if second.type.bits else second.type
            text = f"{first.at_least(ASSIGN)}, {'+' if second.type.bits else ''}{second.at_least(POSTFIX)}"
            return Fragment(text, COMMA, type_, first.writes | second.writes).bracketed()
        if form == "assign":
            value = self.expression(context)
            place = self._writable(context.beside(value.writes), value.writes)
            if place is None:
                return value
            self.features.add("assignment-expression")
            writes = value.writes | place.written | ({DIRECT} if place.in_memory else _NOTHING)
            return Fragment(f"({place.text} = {value.at_least(ASSIGN)})", POSTFIX, place.type, writes)
        place = self._writable(context, _NOTHING)
        if place is None:
            return self.leaf(context)
        self.features.add("increment-expression")
        writes = place.written | ({DIRECT} if place.in_memory else _NOTHING)
        op = self.dice.pick(("++", "--"))
        operand = place.text if place.strength == POSTFIX else f"({place.text})"
        if self.dice.chance(0.5):
            return Fragment(f"{op}{operand}", UNARY, place.type, writes)
        return Fragment(f"{operand}{op}", POSTFIX, place.type, writes)

    def _writable(self, context: Context, written: frozenset[str]) -> Place | None:
        """A place for a store inside an expression: no bit-field, no bool, and no sibling touches it."""
        place = self.target(context, fixed=True)
        if place is None or not place.addressable or place.type.name == BOOL.name or place.written & written:
            return None
        self.impure |= place.in_memory
        return place

    def _warn(self, context: Context) -> Fragment:
        self.features.add("WARN_ON")
        inner = self.condition(context)
        name = self.dice.pick(("WARN_ON_ONCE", "WARN_ON_ONCE", "WARN_ON"))
        self.impure = True
        return Fragment(f"{name}({inner.text})", POSTFIX, LONG, inner.writes | {CALLS})

    def _external(self, context: Context) -> Fragment:
        """A call of an external function with a result."""
        functions = [f for f in self.available.externals if f.returns]
        if not functions:
            return self.leaf(context)
        function = self.dice.pick(functions)
        self.features.add("external-call")
        arguments = self._siblings(context, len(function.params)) if function.params else []
        self.impure = True
        writes: frozenset[str] = frozenset((CALLS,)).union(*(a.writes for a in arguments))
        text = f"{function.name}({', '.join(a.at_least(ASSIGN) for a in arguments)})"
        return Fragment(text, POSTFIX, function.returns, writes)

    def _call(self, context: Context) -> Fragment:
        """A call of a helper with a result."""
        helpers = [h for h in self.available.helpers if h.returns and (h.pure or context.effects)]
        if MEMORY in context.frozen:
            scalar_only = [h for h in helpers if all(isinstance(p, Scalar) for p in h.params) and h.pure]
            helpers = [] if self.available.globals else scalar_only
        if not helpers:
            return self.leaf(context)
        return self.call(self.dice.pick(helpers), context) or self.leaf(context)

    def call(self, helper: Helper, context: Context) -> Fragment | None:
        """A call of `helper`, or None if the scope has no fitting pointers."""
        texts: list[str] = []
        writes: frozenset[str] = _NOTHING
        for param in helper.params:
            if isinstance(param, Record):
                pointers = self.record_pointers(param)
                if not pointers:
                    return None
                texts.append(self.dice.pick(pointers))
                self.features.add("record-argument")
            elif isinstance(param, ScalarPointer):
                found = self.scalar_address(param.type)
                if found is None or found[1] & context.frozen:
                    return None
                texts.append(found[0])
                writes |= found[1]
                self.impure |= not helper.pure
                self.features.add("scalar-pointer-argument")
            else:
                texts.append(self.expression(Context(min(context.depth, 2), False, context.frozen)).at_least(ASSIGN))
        self.features.add("helper-call")
        if not helper.pure:
            self.impure = True
            writes |= {MEMORY, CALLS}
        return Fragment(f"{helper.name}({', '.join(texts)})", POSTFIX, helper.returns, writes)


_ALL_TYPES = (
    BOOL, ULONG, LONG,
    *(Scalar(f"{'s' if signed else 'u'}{width}", width, signed, f"{'s' if signed else 'u'}{width}")
      for width in (8, 16, INT_WIDTH, 64) for signed in (False, True)),
)  # fmt: skip
