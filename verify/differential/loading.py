"""A program as the tool reads it: what the evaluators have in common."""

from __future__ import annotations

from verify.claims.spec import Code
from verify.claims.versions import load_version
from verify.differential.program import Program
from verify.errors import UnsupportedC
from verify.source.text import Source
from verify.source.tree import Files
from verify.syntax import ast
from verify.syntax.convert import convert_expression

_FILE = "program.c"
_FIRST_ADDRESS = 0x10_0000
_OBJECT_DISTANCE = 0x1_0000
LOCAL_ADDRESSES = 0x7000_0000
LOCAL_DISTANCE = 0x1000

Memory = dict[tuple[str, tuple[int, ...]], int]


class Refused(Exception):
    """The program is outside of what the tool supports; the message says why."""


def refusal(error: UnsupportedC) -> Refused:
    where = f" `{error.span.text[:60]}`" if error.span else ""
    return Refused(f"{error.message}{where}")


class _Text:
    """A tree with one file."""

    def __init__(self, text: str) -> None:
        self.name = "generated"
        self.text = text

    def read(self, path: str) -> str | None:
        return self.text if path == _FILE else None


class Loaded:
    """A program's text, read.  `addresses` are those of its objects, far enough apart, in every run.

    Raises `Refused` if the tool can't read the text.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        code = Code(None, _FILE, (), program.entry, program.entry)
        try:
            self.version = load_version("new", Files(_Text(program.text)), code, {})
        except UnsupportedC as error:
            raise refusal(error) from error
        self.names = tuple(param.name for param in program.params)
        self.addresses = {o.name: _FIRST_ADDRESS + i * _OBJECT_DISTANCE for i, o in enumerate(program.objects)}

    def expression(self, text: str) -> ast.Expr:
        """C over the entry's parameters, such as a leaf's path."""
        return convert_expression(Source("path", text), 0, len(text), self.version.definitions.is_type)[0]


def put(memory: Memory, key: tuple[str, tuple[int, ...]], value: int, width: int, shift: int) -> None:
    """Writes the `width` low bits of `value` to the content `key`, from bit `shift` on."""
    mask = ((1 << width) - 1) << shift
    memory[key] = memory.get(key, 0) & ~mask | value << shift & mask
