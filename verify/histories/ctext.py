"""Conditions over a state as C text, as a reviewer would write them.

Takes terms over `now` variables; what fixes single bits of one location is put together into one comparison with a
mask.  Returns None for what has no simple form.  Nothing here is trusted: the text is read again before it is proved.
"""

from __future__ import annotations

from collections.abc import Iterable

from verify.terms import term as t
from verify.terms.term import Term

_WIDEST = 64


def conditions_text(conditions: Iterable[Term]) -> tuple[str, ...] | None:
    """One C expression for each condition, the ones about bits of one location joined; None if one has no form."""
    fixed: dict[str, tuple[Term, int, int]] = {}
    texts: list[str] = []
    for condition in conditions:
        bits = _fixed_bits(condition)
        if bits is not None and str(bits[0].value) in fixed:
            variable, mask, value = bits
            _, known_mask, known_value = fixed[str(variable.value)]
            if known_mask & mask & (known_value ^ value):
                return None
            fixed[str(variable.value)] = variable, known_mask | mask, known_value | value
        elif bits is not None:
            fixed[str(bits[0].value)] = bits
        else:
            text = _truth(condition)
            if text is None:
                return None
            texts.append(text)
    masks = [_mask_text(*bits) for bits in fixed.values()]
    return tuple(dict.fromkeys((*masks, *texts)))


def _fixed_bits(condition: Term) -> tuple[Term, int, int] | None:
    """The location, mask and value if the condition says exactly what some of its bits are."""
    positive = condition.args[0] if condition.op == "not" else condition
    if positive.op != "=":
        return None
    one, other = positive.args
    one, other = (other, one) if one.op == "const" else (one, other)
    if other.op != "const":
        return None
    value = int(str(other.value))
    if condition.op == "not":
        if one.sort != 1:
            return None
        value ^= 1
    if one.op == "var":
        return one, (1 << one.sort) - 1, value
    if one.op == "extract" and one.args[0].op == "var":
        high, low = one.value  # type: ignore[misc]
        assert isinstance(high, int) and isinstance(low, int)
        return one.args[0], ((1 << (high - low + 1)) - 1) << low, value << low
    if one.op == "bvand" and one.args[0].op == "var" and one.args[1].op == "const":
        mask = int(str(one.args[1].value))
        return None if value & ~mask else (one.args[0], mask, value)
    return None


def _mask_text(variable: Term, mask: int, value: int) -> str:
    width = variable.sort
    name = _name(variable)
    if width > _WIDEST:
        return name
    full = (1 << width) - 1
    if mask == full:
        return f"{name} == {_number(value)}"
    complement = mask.bit_count() > width // 2 and width == _WIDEST
    shown = f"~{_number(full ^ mask)}" if complement else _number(mask)
    return f"!({name} & {shown})" if value == 0 else f"({name} & {shown}) == {_number(value)}"


def _name(variable: Term) -> str:
    return str(variable.value).removeprefix("now ")


def _number(value: int) -> str:
    return f"{value:#x}ULL" if value > 9 else f"{value}ULL"


def _truth(term: Term) -> str | None:
    """A Boolean as a C expression."""
    if term.op == "not":
        inner = _truth(term.args[0])
        return None if inner is None else f"!({inner})"
    if term.op in ("and", "or"):
        parts = [_truth(a) for a in term.args]
        return None if None in parts else (" && " if term.op == "and" else " || ").join(f"({p})" for p in parts)
    if term.op in ("true", "false"):
        return str(int(term is t.TRUE))
    bits = _fixed_bits(term)
    if bits is not None and bits[0].sort <= _WIDEST:
        return _mask_text(*bits)
    if term.op in ("=", "bvult") and term.args[0].sort > 0:
        one, other = _value(term.args[0]), _value(term.args[1])
        return None if one is None or other is None else f"{one} {'==' if term.op == '=' else '<'} {other}"
    return None


def _value(term: Term) -> str | None:
    """A bit-vector as C of type unsigned long long that has its value."""
    width = term.sort
    if width > _WIDEST:
        return None
    mask = _number((1 << width) - 1)
    if term.op == "const":
        return _number(int(str(term.value)))
    if term.op == "var":
        text = f"(unsigned long long){_name(term)}"
        return text if width == _WIDEST else f"({text} & {mask})"
    if term.op == "ite":
        condition, one, other = _truth(term.args[0]), _value(term.args[1]), _value(term.args[2])
        return None if condition is None or one is None or other is None else f"(({condition}) ? {one} : {other})"
    args = [_value(a) for a in term.args]
    if None in args:
        return None
    symbols = {"bvand": "&", "bvor": "|", "bvxor": "^", "bvadd": "+", "bvmul": "*"}
    if term.op in symbols:
        text = f"({args[0]} {symbols[term.op]} {args[1]})"
    elif term.op in ("bvnot", "bvneg"):
        text = f"({'~' if term.op == 'bvnot' else '-'}{args[0]})"
    elif term.op == "extract":
        text = f"({args[0]} >> {term.value[1]})"  # type: ignore[index]
    elif term.op == "concat":
        return f"({args[0]} << {term.args[1].sort} | {args[1]})"
    elif term.op == "zero_extend":
        return args[0]
    else:
        return None
    return text if width == _WIDEST and term.op != "extract" else f"({text} & {mask})"
