"""Builds programs with a real compiler and runs them: `Library` in this process, `run_isolated` under sanitizers.

Each program gets a driver in C that sets the parameters and leaves from an array of u64, calls the entry, and writes
what can be observed to another one; so one call runs a whole list of inputs.  Raises `CompileError` with the compiler's
messages, whose file names are the seeds.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from verify.differential.effects import EXTERNALS, MAX_PARAMS, Call, definitions
from verify.differential.program import Input, Observed, Program

SHIM = Path(__file__).with_name("shim.h")
MAX_CALLS = 256
CHUNK = 24
JOBS = 2
# What the kernel builds with, as far as it changes what C means.
SEMANTICS = ("-std=gnu11", "-fno-strict-overflow", "-fwrapv", "-fno-strict-aliasing", "-fno-delete-null-pointer-checks")
_CALL_WORDS = 2 + MAX_PARAMS
_TAIL_WORDS = 2 + MAX_CALLS * _CALL_WORDS
_TIMEOUT = 300


class CompileError(Exception):
    """The compiler refused the text; the message is what it said."""


class RunError(Exception):
    """An isolated run ended badly or a run made too many calls; the message says what."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    command: str
    flags: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((self.command, *self.flags))


GCC_O0 = Toolchain("gcc", ("-O0", "-w"))
GCC_O1 = Toolchain("gcc", ("-O1", "-w"))
GCC_O2 = Toolchain("gcc", ("-O2", "-w"))
CLANG_O1 = Toolchain("clang", ("-O1", "-w"))


def text_of(programs: Sequence[Program]) -> str:
    """The translation unit of `programs`, drivers included; their entries have different names."""
    pieces = [f'#define DIFF_MAX_CALLS {MAX_CALLS}\n#include "{SHIM}"\n', definitions()]
    for program in programs:
        pieces.append(f'#line 1 "seed-{program.seed}.c"\n{program.text}\n#line 1 "driver-{program.seed}.c"\n')
        pieces.append(_driver(program))
    return "\n".join(pieces)


def _words(program: Program) -> tuple[int, int]:
    """How many u64 one input and one output take: inputs and the alias flag; return, leaves and record."""
    return len(program.slots) + 1, 1 + len(program.leaves) + _TAIL_WORDS


def _driver(program: Program) -> str:
    """`drive_ENTRY(in, out, count)`; its own names start with diff_, as those of shim.h."""
    reads, writes = _words(program)
    body: list[str] = []
    for thing in program.objects:
        body += [f"{thing.declared} {thing.name};", f"memset(&{thing.name}, 0, sizeof({thing.name}));"]
    for pointer in program.pointers:
        kind = pointer.declared if pointer.path.isidentifier() else ""
        body.append(f"{kind}{pointer.path} = {pointer.address};")
    if program.alias:
        body.append(f"if (diff_in[{reads - 1}]) {program.alias.path} = {program.alias.address};")
    for i, slot in enumerate(program.slots):
        declared = f"{slot.type.name} " if i < len(program.scalar_params) else ""
        body.append(f"{declared}{slot.path} = diff_in[{i}];")
    call = f"{program.entry}({', '.join(param.name for param in program.params)})"
    body.append("diff_start();")
    body.append(f"diff_out[0] = (u64){call};" if program.returns else f"diff_out[0] = 0;\n\t\t{call};")
    body += [f"diff_out[{i + 1}] = (u64){leaf.path};" for i, leaf in enumerate(program.leaves)]
    body.append(f"diff_finish(diff_out + {1 + len(program.leaves)});")
    lines = "".join(f"\t\t{line}\n" for line in body)
    return (
        f"void drive_{program.entry}(const u64 *diff_in, u64 *diff_out, u64 diff_left)\n{{\n"
        f"\tfor (; diff_left; diff_left--, diff_in += {reads}, diff_out += {writes}) {{\n{lines}\t}}\n}}\n"
    )


def _encode(program: Program, inputs: Sequence[Input]) -> array[int]:
    mask = (1 << 64) - 1
    words = array("Q")
    for given in inputs:
        words.extend(value & mask for value in given.values)
        words.append(given.aliased)
    return words


def _decode(program: Program, words: Sequence[int]) -> Observed:
    leaves = tuple(leaf.type.wrap(word) for leaf, word in zip(program.leaves, words[1:], strict=False))
    tail = words[1 + len(program.leaves) :]
    warnings, count = tail[0], tail[1]
    if count > MAX_CALLS:
        raise RunError(f"seed {program.seed}: {count} calls in one run, but the record holds {MAX_CALLS}")
    calls: list[Call] = []
    for at in range(2, 2 + count * _CALL_WORDS, _CALL_WORDS):
        function = EXTERNALS[tail[at]]
        args = tuple(p.wrap(word) for p, word in zip(function.params, tail[at + 1 :], strict=False))
        result = function.returns.wrap(tail[at + 1 + MAX_PARAMS]) if function.returns else None
        calls.append(Call(function.name, args, result))
    return Observed(program.returns.wrap(words[0]) if program.returns else None, leaves, warnings, tuple(calls))


def _decode_all(program: Program, words: array[int]) -> list[Observed]:
    size = _words(program)[1]
    return [_decode(program, words[at : at + size]) for at in range(0, len(words), size)]


def compile_text(toolchain: Toolchain, text: str, target: Path | None, extra: Sequence[str] = ()) -> str:
    """Compiles `text` to `target`, or only checks it if that is None; returns the warnings."""
    output = ("-o", str(target)) if target else ("-fsyntax-only",)
    command = [toolchain.command, *SEMANTICS, *toolchain.flags, *extra, "-x", "c", "-", *output]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode:
        raise CompileError(f"{' '.join(command)}\n{done.stderr}")
    return done.stderr


class Library:
    """Programs built into shared libraries, `CHUNK` in each, and loaded."""

    def __init__(self, programs: Sequence[Program], toolchain: Toolchain = GCC_O1, jobs: int = JOBS) -> None:
        self._loaded: dict[str, ctypes.CDLL] = {}
        chunks = [programs[at : at + CHUNK] for at in range(0, len(programs), CHUNK)]
        with tempfile.TemporaryDirectory(prefix="verify-diff-") as directory, ThreadPoolExecutor(jobs) as pool:

            def build(number: int) -> tuple[int, ctypes.CDLL]:
                target = Path(directory) / f"chunk{number}.so"
                compile_text(toolchain, text_of(chunks[number]), target, ("-shared", "-fPIC", "-Wl,-Bsymbolic"))
                return number, ctypes.CDLL(str(target))

            for number, library in pool.map(build, range(len(chunks))):
                for program in chunks[number]:
                    self._loaded[program.entry] = library

    def run(self, program: Program, inputs: Sequence[Input]) -> list[Observed]:
        """What each input gives; a run starts from the input alone.  Raises `RunError` for too many calls."""
        data = _encode(program, inputs)
        out = array("Q", bytes(8 * _words(program)[1] * len(inputs)))
        driver = self._loaded[program.entry][f"drive_{program.entry}"]
        word = ctypes.c_uint64
        driver(
            (word * max(len(data), 1)).from_buffer(data), (word * max(len(out), 1)).from_buffer(out), word(len(inputs))
        )
        return _decode_all(program, out)


_MAIN = """
#include <stdio.h>
#include <stdlib.h>
int main(void)
{{
	static const struct {{ void (*drive)(const u64 *, u64 *, u64); u64 reads, writes; }} table[] = {{ {rows} }};
	for (u64 i = 0; i < sizeof(table) / sizeof(table[0]); i++) {{
		u64 count;
		if (fread(&count, 8, 1, stdin) != 1)
			return 1;
		u64 *in = calloc(count * table[i].reads, 8), *out = calloc(count * table[i].writes, 8);
		if (fread(in, 8, count * table[i].reads, stdin) != count * table[i].reads)
			return 1;
		table[i].drive(in, out, count);
		fwrite(out, 8, count * table[i].writes, stdout);
		free(in);
		free(out);
	}}
	return 0;
}}
"""


def run_isolated(
    work: Sequence[tuple[Program, Sequence[Input]]], toolchain: Toolchain, seconds: float = _TIMEOUT
) -> tuple[list[list[Observed]], str]:
    """Runs all in a process of its own; returns what each program's inputs gave and what was written to stderr.

    Raises `RunError` if the process fails or takes more than `seconds`.
    """
    programs = [program for program, _ in work]
    rows = ", ".join("{{ drive_{}, {}, {} }}".format(p.entry, *_words(p)) for p in programs)
    with tempfile.TemporaryDirectory(prefix="verify-diff-") as directory:
        target = Path(directory) / "runner"
        compile_text(toolchain, text_of(programs) + _MAIN.format(rows=rows), target)
        data = b"".join(array("Q", [len(inputs)]).tobytes() + _encode(p, inputs).tobytes() for p, inputs in work)
        try:
            done = subprocess.run([str(target)], input=data, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise RunError(f"{toolchain}: no end after {seconds} s") from None
    messages = done.stderr.decode(errors="replace")
    if done.returncode:
        raise RunError(f"{toolchain}: exit status {done.returncode}\n{messages}")
    return list(_split(work, done.stdout)), messages


def _split(work: Sequence[tuple[Program, Sequence[Input]]], output: bytes) -> Iterator[list[Observed]]:
    at = 0
    for program, inputs in work:
        size = 8 * _words(program)[1] * len(inputs)
        words = array("Q")
        words.frombytes(output[at : at + size])
        at += size
        yield _decode_all(program, words)
