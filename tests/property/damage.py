"""Ways to damage a file's bytes; each takes dice and is the same for the same dice."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_TOKEN = re.compile(rb"[A-Za-z_]\w*|\d\w*|\"[^\"\n]*\"|[^\s\w]")
_BRACKETS = b"()[]{}"
_ODD = (b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\r", b"\x0c", b"\\\n", b"\\", b'"', b"'", b"'''",
        b"/*", b"*/", b"//", b"#", b"##", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"??/", b"\n#if 1\n", b"\n#else\n",
        b"\n#endif\n", b"\n#define if (", b"\n#define u64\n", b"__attribute__((", b"==>", b"old.", b"new.", b"same(")  # fmt: skip
_NESTED = ((b"(", b")"), (b"{", b"}"), (b"[", b"]"), (b"!", b""), (b"-", b" "), (b"*", b""), (b"if (1) ", b""),
           (b"1 ? ", b" : 1"), (b"(int)", b""), (b"f(", b")"), (b"1 + ", b""), (b"({", b";})"), (b"#if 1\n", b"#endif\n"),
           (b"struct s { ", b"} x;"), (b"a.", b""))  # fmt: skip

Damage = Callable[[bytes, random.Random], bytes]


def _place(data: bytes, dice: random.Random) -> int:
    return dice.randint(0, len(data))


def _part(data: bytes, dice: random.Random) -> tuple[int, int]:
    start = _place(data, dice)
    return start, min(len(data), start + dice.choice((1, 1, 2, 5, 40, 400)))


def deleted(data: bytes, dice: random.Random) -> bytes:
    start, end = _part(data, dice)
    return data[:start] + data[end:]


def duplicated(data: bytes, dice: random.Random) -> bytes:
    start, end = _part(data, dice)
    return data[:end] + data[start:]


def moved(data: bytes, dice: random.Random) -> bytes:
    start, end = _part(data, dice)
    rest = data[:start] + data[end:]
    place = _place(rest, dice)
    return rest[:place] + data[start:end] + rest[place:]


def noisy(data: bytes, dice: random.Random) -> bytes:
    place = _place(data, dice)
    return data[:place] + dice.randbytes(dice.choice((1, 1, 3, 20))) + data[place:]


def odd(data: bytes, dice: random.Random) -> bytes:
    place = _place(data, dice)
    return data[:place] + dice.choice(_ODD) + data[place:]


def cut(data: bytes, dice: random.Random) -> bytes:
    return data[: _place(data, dice)]


def beheaded(data: bytes, dice: random.Random) -> bytes:
    return data[_place(data, dice) :]


def empty(data: bytes, dice: random.Random) -> bytes:
    del data, dice
    return b""


def without_line(data: bytes, dice: random.Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    lines.pop(dice.randrange(len(lines)))
    return b"".join(lines)


def line_twice(data: bytes, dice: random.Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    place = dice.randrange(len(lines))
    lines.insert(dice.choice((place, dice.randrange(len(lines)))), lines[place])
    return b"".join(lines)


def lines_swapped(data: bytes, dice: random.Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    one, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def tokens_swapped(data: bytes, dice: random.Random) -> bytes:
    """Two words, numbers, strings or signs change places, or one stands for the other."""
    tokens = [match.span() for match in _TOKEN.finditer(data)]
    if len(tokens) < 2:
        return data
    (start, end), (later, last) = sorted(dice.sample(tokens, 2))
    one, other = data[start:end], data[later:last]
    return data[:start] + other + data[end:later] + dice.choice((one, other)) + data[last:]


def unbalanced(data: bytes, dice: random.Random) -> bytes:
    places = [i for i, byte in enumerate(data) if byte in _BRACKETS]
    if not places:
        return data + b"{"
    place = dice.choice(places)
    return data[:place] + dice.choice((b"", bytes([dice.choice(_BRACKETS)]))) + data[place + 1 :]


def nested(data: bytes, dice: random.Random) -> bytes:
    """Very deep nesting, in the place of a token."""
    left, right = dice.choice(_NESTED)
    depth = dice.choice((3, 60, 300, 2_000, 20_000))
    tokens = [match.span() for match in _TOKEN.finditer(data)] or [(0, 0)]
    start, end = dice.choice(tokens)
    return data[:start] + left * depth + data[start:end] + right * depth + data[end:]


def huge(data: bytes, dice: random.Random) -> bytes:
    """A huge number, or one that is no number, in the place of a number."""
    digits = dice.choice((9, 20, 80, 5_000))
    numbers = [
        b"9" * digits,
        b"0x" + b"f" * digits,
        b"-" + b"1" * digits,
        b"0",
        b"08",
        b"1e999",
        b"0x",
        b"1.5",
        b"1uuu",
    ]
    places = [match.span() for match in re.finditer(rb"\b\d\w*", data)] or [(0, 0)]
    start, end = dice.choice(places)
    return data[:start] + dice.choice(numbers) + data[end:]


DAMAGES: tuple[Damage, ...] = (
    deleted, duplicated, moved, noisy, odd, odd, cut, beheaded, empty, without_line, without_line, line_twice,
    lines_swapped, tokens_swapped, tokens_swapped, tokens_swapped, tokens_swapped, unbalanced, nested, nested, huge, huge,
)  # fmt: skip
