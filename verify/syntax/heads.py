"""Function heads that the kernel's macros make: SYSCALL_DEFINEn() and COMPAT_SYSCALL_DEFINEn().

`SYSCALL_DEFINE2(name, int, fd, size_t, n) { … }` defines, beside wrappers for the registers, the function
`static long __do_sys_name(int fd, size_t n) { … }` (include/linux/syscalls.h, arch/x86/include/asm/syscall_wrapper.h),
with COMPAT_ `__do_compat_sys_name`.  `with_heads` writes that in its place, at equal length, so that spans stay true.
"""

from __future__ import annotations

import re

from verify.patterns import pattern
from verify.syntax.lexer import commas_of

_USE = pattern(r"^(COMPAT_)?SYSCALL_DEFINE([0-6])\(", re.M)
_DECLARING = pattern(r'^[ \t]*#[ \t]*include[ \t]*[<"]linux/(?:syscalls|compat)\.h[>"]', re.M)
_OTHERWISE = pattern(r"^[ \t]*#[ \t]*(?:define|undef)[ \t]+(?:COMPAT_)?SYSCALL_DEFINE", re.M)
_NAME = pattern(r"\s*([A-Za-z_]\w*)\s*")
_BODY = pattern(r"\s*\{")


def with_heads(text: str) -> str:
    """`text` with such heads written out, where it includes the headers that define the macros, and doesn't itself."""
    if "SYSCALL_DEFINE" not in text or not _DECLARING.search(text) or _OTHERWISE.search(text):
        return text
    pieces: list[str] = []
    position = 0
    for use in _USE.finditer(text):
        head = _written_out(text, use.start(), use.end(), bool(use.group(1)), int(use.group(2)))
        if head is not None and use.start() >= position:
            pieces += [text[position : use.start()], head]
            position = use.start() + len(head)
    return "".join((*pieces, text[position:]))


def _written_out(text: str, start: int, arguments: int, compat: bool, count: int) -> str | None:
    """The head for the use at `start`, as long as what it takes the place of; None if this is none."""
    commas, end = commas_of(text, arguments)
    if not end or len(commas) != 2 * count or not _BODY.match(text, end):
        return None
    first = commas[0] if commas else end - 1
    name = _NAME.fullmatch(text, arguments, first)
    if name is None:
        return None
    opening = f"long __do_{'compat_' if compat else ''}sys_{name.group(1)}("
    if not commas:
        opening += ")"
        first = end - 1
    room = text[start : first + 1]
    if len(opening) > len(room) or "\n" in room:
        return None
    rest = list(text[first + 1 : end])
    for comma in commas[1::2]:  # between a type and the parameter's name
        rest[comma - first - 1] = " "
    return opening.ljust(len(room)) + "".join(rest)
