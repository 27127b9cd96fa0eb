"""x86-64 is the target: what its word size and byte order say of `#if`, and layouts that can't be known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.machines import Outside, machine
from tests.unit.test_named_assumptions import claim
from verify.claims.verdict import Proved
from verify.errors import UnsupportedC
from verify.source.text import Source, Span
from verify.syntax import ast
from verify.syntax.conditions import truth
from verify.syntax.ctypes import RecordType
from verify.syntax.definitions import Definitions
from verify.syntax.index import index_file
from verify.syntax.types import Types


@pytest.mark.parametrize(
    ("text", "config", "expected"),
    [
        ("BITS_PER_LONG == 64", {}, True),
        ("BITS_PER_LONG == 32", {}, False),
        ("BITS_PER_LONG != 64", {}, False),
        ("32 >= BITS_PER_LONG", {}, False),
        ("BITS_PER_LONG < BITS_PER_LONG_LONG", {}, False),
        ("__BITS_PER_LONG > 32", {}, True),
        ("BITS_PER_LONG <= 64 && defined(CONFIG_A)", {}, None),
        ("BITS_PER_LONG == 64 || defined(CONFIG_A)", {}, True),
        ("!(BITS_PER_LONG == 64)", {}, False),
        ("BITS_PER_LONG == SOMETHING", {}, None),
        ("SOMETHING", {}, None),
        ("defined(BITS_PER_LONG)", {}, True),
        ("defined(CONFIG_64BIT)", {}, True),
        ("defined(CONFIG_X86)", {}, True),
        ("defined(CONFIG_64BIT)", {"CONFIG_64BIT": False}, False),
        ("defined(__x86_64__) && !defined(__ILP32__)", {}, True),
        ("defined(__LP64__)", {}, True),
        ("defined(__LITTLE_ENDIAN)", {}, True),
        ("defined(__BIG_ENDIAN_BITFIELD)", {}, False),
        ("1 == 2", {}, False),
        ("1 < 2", {}, True),
    ],
)
def test_what_is_the_same_on_every_x86_64_is_decided(text: str, config: dict[str, bool], expected: bool | None) -> None:
    assert truth(text, config) is expected


BODY = "u32 f(u32 n)\n{\n#if BITS_PER_LONG == 64\n\tn += 1;\n#else\n\tn += 2;\n#endif\n\treturn n;\n}\n"


def test_a_comparison_in_a_body_is_decided_by_both_evaluators(tmp_path: Path) -> None:
    assert isinstance(claim(tmp_path, BODY, "new.ret == n + 1").verdict, Proved)
    assert machine(BODY, Outside(parameters=(5,))).result == 6


class _Counting(Definitions):
    """Definitions that count how often something is parsed."""

    count = 0

    def declaration(self, table: str, name: str, use: Span | None = None) -> tuple[ast.Declarator, ...] | None:
        self.count += 1
        return super().declaration(table, name, use)


def test_what_isnt_found_is_looked_for_once() -> None:
    """is_vmx_feature_control_msr_valid() took 45 ms a run, nearly all of it to find out again what isn't there."""
    text = "struct a { u32 x; struct missing m; u32 y; };\nstruct b { struct missing *p; };\n"
    definitions = _Counting([index_file(Source("x.c", text))], {})
    types = Types(definitions)
    outer = RecordType("struct", "a")
    assert types.offset_of(outer, "y") is None
    before = definitions.count
    assert [types.offset_of(outer, "y") for _ in range(9)] == [None] * 9
    assert definitions.count == before
    with pytest.raises(UnsupportedC):
        types.record(RecordType("struct", "missing"))
    before = definitions.count
    with pytest.raises(UnsupportedC):
        types.record(RecordType("struct", "missing"))
    assert definitions.count - before <= 1


def test_what_wasnt_found_may_be_in_a_file_that_is_read_later() -> None:
    text = "struct a { u32 x; struct missing m; u32 y; };\n"
    definitions = Definitions([index_file(Source("x.c", text))], {})
    types = Types(definitions)
    assert types.offset_of(RecordType("struct", "a"), "y") is None
    nested = "struct outer { struct missing { u64 z; } inner; };\n"
    definitions.files.append(index_file(Source("y.h", nested)))
    assert types.offset_of(RecordType("struct", "a"), "y") == 16
