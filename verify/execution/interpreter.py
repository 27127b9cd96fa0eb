"""The concrete interpreter: runs one entry function on numbers, to check the symbolic executor's counterexamples.

It takes the same syntax tree, but shares no code with the executor, and computes in Python integers.  What lies outside
of the code (memory as found, what calls return) an `Oracle` answers.  Raises `NotReplayable` for what it can't follow and
lets `UnsupportedC` of the syntax stage through; undefined behaviour ends in `Machine.problem`, not in an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from verify.errors import UnsupportedC
from verify.execution.concrete_expressions import Expressions
from verify.execution.concrete_memory import Held
from verify.execution.concrete_types import BUILTIN_PREFIX, Elsewhere, Special, Variable
from verify.execution.concrete_values import (
    CallMade,
    ConcreteRule,
    Local,
    NotReplayable,
    Oracle,
    Place,
    Value,
    decayed,
    to_bits,
    to_integer,
)
from verify.execution.labels import declarations_executed, holds_label, hides_labels, label_called, switch_labels
from verify.source.text import Span
from verify.syntax import ast
from verify.syntax.conditions import parse_condition, symbol_of_test, symbol_truth
from verify.syntax.ctypes import (
    INT,
    POINTER_WIDTH,
    VOID,
    CType,
    FunctionOf,
    IntType,
    PointerTo,
    RecordType,
    VoidType,
    is_scalar,
    width_of,
)
from verify.syntax.types import Types

_DEEPEST_CALL = 100
_MOST_JUMPS = 10_000
