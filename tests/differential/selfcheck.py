"""Checks the generator itself: its programs mean one thing, to every compiler and at every optimisation level.

    python -m tests.differential.selfcheck --first 0 --count 2000

Takes seeds; prints a complaint a line and exits with 1 if there is any.  Trusted: that gcc and clang, with
AddressSanitizer, UndefinedBehaviorSanitizer and (clang) MemorySanitizer, notice undefined behaviour that a run meets.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from verify.differential.compiler import (
    CLANG_O1,
    GCC_O0,
    GCC_O1,
    GCC_O2,
    JOBS,
    CompileError,
    Library,
    RunError,
    Toolchain,
    compile_text,
    run_isolated,
    text_of,
)  # fmt: skip
from verify.differential.effects import effect_result
from verify.differential.generator import generate
from verify.differential.inputs import inputs_for
from verify.differential.program import Input, Observed, Param, Program, describe_difference, describe_input
from verify.differential.scalars import S32

INPUTS = 50
BATCH = 20
_MESSAGE_LIMIT = 1500
_WARNINGS_THAT_COUNT = ("sequence-point", "uninitialized", "return-type", "incompatible-pointer-types",
                        "int-conversion", "implicit-function-declaration")  # fmt: skip
# -Wparentheses and its kin are what the programs are for.
CHECKED = Toolchain("gcc", ("-O1", "-Wall", *(f"-Werror={name}" for name in _WARNINGS_THAT_COUNT)))
_NOT_OVERFLOW = "-fno-sanitize=signed-integer-overflow"
UNDEFINED = Toolchain("gcc", ("-O0", "-w", "-g", "-fsanitize=undefined,address", _NOT_OVERFLOW))
CLANG_CHECKED = Toolchain("clang", ("-w", "-Werror=unsequenced", "-Wunsequenced", "-Werror=sometimes-uninitialized"))
CLANG_UNDEFINED = Toolchain("clang", ("-O0", "-w", "-g", "-fsanitize=undefined", _NOT_OVERFLOW))
CLANG_MEMORY = Toolchain("clang", ("-O0", "-w", "-g", "-fsanitize=memory"))


@cache
def have_clang() -> bool:
    """True iff clang is there, and what its sanitizers need (Debian's libclang-rt) is, too."""
    if shutil.which("clang") is None:
        return False
    command = ("clang", "-x", "c", "-", "-o", os.devnull)
    return all(
        subprocess.run((*command, f), input=b"int main(void) { return 0; }", capture_output=True).returncode == 0
        for f in ("-fsanitize=undefined", "-fsanitize=memory")
    )


def check_warnings(programs: Sequence[Program]) -> list[str]:
    """Complaints of compilers about the texts."""
    complaints: list[str] = []
    for toolchain in (CHECKED, CLANG_CHECKED) if have_clang() else (CHECKED,):
        try:
            compile_text(toolchain, text_of(programs), None)
        except CompileError as error:
            complaints.append(str(error)[:_MESSAGE_LIMIT])
    return complaints


def check_agreement(programs: Sequence[Program], count: int = INPUTS) -> list[str]:
    """Programs and inputs for which two builds differ, or whose record isn't consistent with itself."""
    work = [(program, inputs_for(program, count)) for program in programs]
    reference = Library(programs, GCC_O1, 1)
    expected = [reference.run(program, inputs) for program, inputs in work]
    complaints = [c for (p, i), e in zip(work, expected, strict=True) for c in _inconsistent(p, i, e)]
    for toolchain in (GCC_O0, GCC_O2, *((CLANG_O1,) if have_clang() else ())):
        library = Library(programs, toolchain, 1)
        got = [library.run(program, inputs) for program, inputs in work]
        complaints += _differences(work, expected, got, str(toolchain))
    return complaints


def check_sanitizers(programs: Sequence[Program], count: int = INPUTS) -> list[str]:
    """What sanitizers report while the programs run, and where sanitized builds differ from a plain one."""
    work = [(program, inputs_for(program, count)) for program in programs]
    reference = Library(programs, GCC_O1, 1)
    expected = [reference.run(program, inputs) for program, inputs in work]
    complaints: list[str] = []
    for toolchain in (UNDEFINED, *((CLANG_UNDEFINED, CLANG_MEMORY) if have_clang() else ())):
        try:
            got, messages = run_isolated(work, toolchain)
        except (CompileError, RunError) as error:
            complaints.append(str(error)[:_MESSAGE_LIMIT])
            continue
        complaints += [f"{toolchain}: {messages[:_MESSAGE_LIMIT]}"] if messages else []
        complaints += _differences(work, expected, got, str(toolchain))
    return complaints


def _inconsistent(program: Program, inputs: Sequence[Input], observed: Sequence[Observed]) -> list[str]:
    complaints: list[str] = []
    for given, seen in zip(inputs, observed, strict=True):
        if any(not slot.type.minimum <= v <= slot.type.maximum
               for slot, v in zip(program.slots, given.values, strict=True)):  # fmt: skip
            complaints.append(f"seed {program.seed}: an input out of range\n{describe_input(program, given)}")
        for number, call in enumerate(seen.calls):
            if effect_result(call.name, number, call.args) != call.result:
                complaints.append(f"seed {program.seed}: call {number}, {call}, isn't what effect_result says")
    return complaints


def _differences(
    work: Sequence[tuple[Program, Sequence[Input]]],
    expected: Sequence[Sequence[Observed]],
    got: Sequence[Sequence[Observed]],
    who: str,
) -> list[str]:
    return [
        f"seed {program.seed}: {GCC_O1} and {who} differ\n{describe_input(program, given)}\n"
        + describe_difference(program, one, other)
        for (program, inputs), ones, others in zip(work, expected, got, strict=True)
        for given, one, other in zip(inputs, ones, others, strict=True)
        if one != other
    ]


def check(first: int, count: int, sanitize: bool = True) -> list[str]:
    """All complaints about the seeds `first` to `first + count - 1`."""
    starts = range(first, first + count, BATCH)

    def batch(start: int) -> list[str]:
        programs = [generate(seed) for seed in range(start, min(start + BATCH, first + count))]
        try:
            complaints = check_warnings(programs) + check_agreement(programs)
            return complaints + (check_sanitizers(programs) if sanitize else [])
        except (CompileError, RunError) as error:
            return [str(error)[:_MESSAGE_LIMIT]]

    with ThreadPoolExecutor(JOBS) as pool:
        return [complaint for batch_complaints in pool.map(batch, starts) for complaint in batch_complaints]


def planted(body: str, definitions: str = "") -> Program:
    """A program of `definitions` and a function with `body` that takes `a0` (s32) and returns s32."""
    text = f"{definitions}\n\ns32 entry_planted(s32 a0)\n{{\n{body}\n}}\n"
    param = Param("a0", S32.name, S32)
    return Program(0, text, "entry_planted", (param,), (), (), (), None, S32, frozenset())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: %(default)s)")
    parser.add_argument("--count", type=int, default=2000, help="how many seeds (default: %(default)s)")
    parser.add_argument("--no-sanitizers", action="store_true", help="compare compilers only")
    options = parser.parse_args()
    complaints = check(options.first, options.count, not options.no_sanitizers)
    print("\n\n".join(complaints) or f"{options.count} seeds: no complaint")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
