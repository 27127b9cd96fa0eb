"""How long arrays are, and what constant ones hold: `const u16 table[] = { 1, [4] = 2 }` by index (C17 6.7.9)."""

from __future__ import annotations

from verify.errors import UnsupportedC
from verify.syntax import ast
from verify.syntax.ctypes import BOOL, CHAR, ArrayOf, CType, IntType, is_scalar
from verify.syntax.definitions import Definitions
from verify.syntax.types import Types

_LONGEST = 256  # a read at an unknown index looks at each element


def is_constant(declarator: ast.Declarator, definitions: Definitions) -> bool:
    """True iff the declared object always holds what its initialiser says: it is `const`, not `volatile`, not weak."""
    return declarator.init is not None and not definitions.is_weak(declarator.name) and stays(declarator, definitions)


def stays(declarator: ast.Declarator, definitions: Definitions) -> bool:
    """True iff the declared object always holds the same: it is `const` and not `volatile`.

    A `const` in front of `*` speaks of what is pointed at, one in front of a typedef's name of the object.
    """
    const = False
    while "volatile" not in declarator.storage:
        type_ = declarator.type
        while isinstance(type_, ast.ArrayType):
            type_ = type_.of
        if isinstance(type_, ast.PointerType):
            return const or type_.const
        if isinstance(type_, ast.FunctionType):
            return False
        const = const or "const" in declarator.storage
        meant = definitions.typedef(type_.name) if isinstance(type_, ast.NamedType) else None
        if meant is None:
            return const
        declarator = meant
    return False


def constant_elements(types: Types, type_: CType, declarator: ast.Declarator) -> dict[int, int] | None:
    """The bits of each element of a `const` array of integers, by index; None if the initialiser doesn't say plainly.

    What the list doesn't name is zero (C17 6.7.9p21).  `type_`: that of the declared object.
    """
    init = declarator.init
    if not isinstance(type_, ArrayOf) or not isinstance(type_.element, IntType):
        return None
    if type_.element.signed is None and type_.element != CHAR:  # an enum, of whose range too little is known
        return None
    if not is_constant(declarator, types.definitions) or not isinstance(init, ast.InitList):
        return None
    found: dict[int, int] = {}
    position = 0
    try:
        for path, item in types.definitions.listed(init).items:
            if len(path) > 1 or isinstance(item, ast.InitList) or (path and isinstance(path[0], str)):
                return None
            position = types.constant(path[0]) if path and not isinstance(path[0], str) else position
            found[position] = _bits(types.constant(item), type_.element)
            position += 1
    except UnsupportedC:
        return None
    length = max(found, default=-1) + 1 if type_.length is None else type_.length
    if length > _LONGEST or any(not 0 <= index < length for index in found):
        return None
    return {index: found.get(index, 0) for index in range(length)}


def counted(types: Types, type_: CType, declarator: ast.Declarator) -> CType:
    """An array's type with the length that its initialiser gives it, if that says so plainly (C17 6.7.9p22)."""
    init, syntax = declarator.init, declarator.type
    if not isinstance(type_, ArrayOf) or type_.length is not None or not isinstance(init, ast.InitList):
        return type_
    if not isinstance(syntax, ast.ArrayType) or syntax.length is not None:
        return type_
    position = length = 0
    try:
        items = [(path, types.definitions.initialiser(item)) for path, item in types.definitions.listed(init).items]
    except UnsupportedC:
        return type_
    for path, item in items:
        if path and isinstance(path[0], str):
            return type_
        if not (is_scalar(type_.element) or path or isinstance(item, ast.InitList | ast.CompoundLiteral)):
            return type_  # it may be one of an element's members only
        try:
            position = types.constant(path[0]) if path and not isinstance(path[0], str) else position
        except UnsupportedC:
            return type_
        position += 1
        length = max(length, position)
    return ArrayOf(type_.element, length) if length else type_


def _bits(number: int, type_: IntType) -> int:
    return int(number != 0) if type_ == BOOL else number % (1 << type_.width)
