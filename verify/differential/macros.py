"""Random macros, object-like and function-like, many with bodies that regroup with their neighbours' operators."""

from __future__ import annotations

from dataclasses import dataclass

from verify.differential.environment import Environment
from verify.differential.fragments import ADDITIVE, POSTFIX, SHIFT, UNARY
from verify.differential.records import INDEX, Record
from verify.differential.scalars import INT, S16, U8, U16, U32, U64, UINT, ULONG, Scalar, common


@dataclass(frozen=True, slots=True)
class Constant:
    """An object-like macro; `type` is None if its body regroups; `value` is what it is alone.

    `strength`: as which operator its users must treat it, so that a shift's count stays what it is.
    """

    name: str
    text: str
    type: Scalar | None
    value: int
    strength: int = POSTFIX


@dataclass(frozen=True, slots=True)
class FunctionMacro:
    """A function-like macro of `arity` expressions.

    rule: "delicate" (regroups, type unknown), "common" (the arguments' common type), or a result type.
    """

    name: str
    text: str
    arity: int
    rule: str | Scalar


@dataclass(frozen=True, slots=True)
class FieldMacro:
    """`NAME(p)` is an lvalue: a field of the record that `p` points at."""

    name: str
    text: str
    record: Record
    suffix: str
    type: Scalar


@dataclass(frozen=True, slots=True)
class StatementMacro:
    """`NAME(lvalue, expression);`: both in brackets in the body, the expression evaluated once."""

    name: str
    text: str


# Body, type (None: regroups), value, binding strength.
_CONSTANTS: tuple[tuple[str, Scalar | None, int, int], ...] = (
    ("0x10 | 0x3", None, 0x13, POSTFIX),
    ("1 << 4", INT, 16, SHIFT),
    ("3 + 4", None, 7, POSTFIX),
    ("6 - 1", None, 5, POSTFIX),
    ("-7", INT, -7, UNARY),
    ("~0u", UINT, (1 << 32) - 1, UNARY),
    ("5u", UINT, 5, POSTFIX),
    ("0x80", INT, 0x80, POSTFIX),
    ("0x80000000", UINT, 1 << 31, POSTFIX),
    ("0x100000000ULL", U64, 1 << 32, POSTFIX),
    ("(BIT(3) | BIT(7))", ULONG, 0x88, POSTFIX),
    ("BIT(31)", ULONG, 1 << 31, POSTFIX),
    ("BIT_ULL(40)", U64, 1 << 40, POSTFIX),
    ("GENMASK(11, 4)", ULONG, 0xFF0, POSTFIX),
    ("(u8)0x1ff", U8, 0xFF, UNARY),
    ("((s16)0xfffe)", S16, -2, POSTFIX),
    ("BIT(2) | BIT(5)", None, 0x24, POSTFIX),
    ("2 * 3", None, 6, POSTFIX),
    ("1 ? 4 : 8", None, 4, POSTFIX),
)

# Parameters, body, rule.  Bodies hold only operators that are defined whatever they get.
_FUNCTIONS: tuple[tuple[int, str, str | Scalar], ...] = (
    (2, "a + b", "delicate"),
    (2, "a - b", "delicate"),
    (2, "a | b", "delicate"),
    (2, "a && b", "delicate"),
    (2, "a == b", "delicate"),
    (1, "a * a", "delicate"),
    (1, "-a", "delicate"),
    (1, "!a", "delicate"),
    (1, "~a", "delicate"),
    (1, "(a * 2)", "delicate"),
    (1, "(u8)a", "delicate"),
    (3, "a ? b : c", "delicate"),
    (2, "((a) & (b)) == (b)", "delicate"),
    (2, "a & ~(b)", "delicate"),
    (2, "(((a) + (b)) >> 1)", "common"),
    (2, "((a) > (b) ? (a) : (b))", "common"),
    (2, "((a) ^ (b))", "common"),
    (1, "((u16)(a))", U16),
    (1, "((u32)(a) << 3)", U32),
    (1, "(!!(a))", INT),
    (2, "(!((a) & ~(b)))", INT),
    (1, "({ u32 _v = (a); _v + 1; })", U32),
)

_STATEMENTS = (
    "do { (v) |= (n); } while (0)",
    "do { (v) = (n); } while (0)",
    "do { \\\n\tif ((v) & 1) \\\n\t\t(v) ^= (n); \\\n\telse \\\n\t\t(v) += 1; \\\n} while (0)",
    "((v) = (n))",
    "(v) &= ~(n)",
    "do { u64 _t = (n); (v) -= _t; } while (0)",
)
_PARAMETERS = ("a", "b", "c")


def make_constant(environment: Environment, others: list[Constant]) -> Constant:
    name = environment.name("K")
    environment.features.add("object-macro")
    solid = [other for other in others if other.type]
    if solid and environment.dice.chance(0.15):
        other = environment.dice.pick(solid)
        value = _wrapped_sum(other)
        if value is not None:
            type_, number = value
            return Constant(name, f"#define {name} ({other.name} + 1)", type_, number)
    choices = [c for c in _CONSTANTS if environment.delicate or (c[1] is not None and c[3] != SHIFT)]
    body, type_, value, strength = environment.dice.pick(choices)
    if type_ is None:
        environment.features.add("delicate-macro")
    return Constant(name, f"#define {name} {body}", type_, value, strength)


def _wrapped_sum(other: Constant) -> tuple[Scalar, int] | None:
    """Type and value of `other + 1`, or None if it would wrap."""
    assert other.type
    type_ = common(other.type, INT)
    return (type_, other.value + 1) if other.value < type_.maximum and other.strength > ADDITIVE else None


def make_function_macro(environment: Environment) -> FunctionMacro:
    name = environment.name("F")
    arity, body, rule = environment.dice.pick([f for f in _FUNCTIONS if environment.delicate or f[2] != "delicate"])
    environment.features.add("delicate-macro" if rule == "delicate" else "function-macro")
    return FunctionMacro(name, f"#define {name}({', '.join(_PARAMETERS[:arity])}) {body}", arity, rule)


def make_field_macro(environment: Environment, record: Record) -> FieldMacro | None:
    fields = [field for field in record.fields if not INDEX.search(field.suffix)]
    if not fields:
        return None
    field = environment.dice.pick(fields)
    name = environment.name("FIELD")
    environment.features.add("field-macro")
    body = f"(p_)->{field.suffix}"  # a parameter named like a member would replace it
    if environment.dice.chance(0.5):
        body = f"({body})"
    return FieldMacro(name, f"#define {name}(p_) {body}", record, field.suffix, field.type)


def make_statement_macro(environment: Environment) -> StatementMacro:
    name = environment.name("SET")
    environment.features.add("statement-macro")
    return StatementMacro(name, f"#define {name}(v, n) {environment.dice.pick(_STATEMENTS)}")
