"""The generator is sane: deterministic, without undefined behaviour, and it covers what it is meant to cover."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from verify.differential.compiler import GCC_O1, CompileError, Library
from verify.differential.effects import EXTERNALS, effect_result
from verify.differential.generator import generate
from verify.differential.inputs import inputs_for
from verify.differential.program import Input, Program

from .selfcheck import (
    BATCH,
    check_agreement,
    check_sanitizers,
    check_warnings,
    have_clang,
    planted,
)
from .shrink import shrink

PROGRAMS = int(os.environ.get("VERIFY_DIFF_PROGRAMS", "60"))
_COVERAGE_SEEDS = 600
_LEAST_SEEN = 5
_LARGEST_SANITIZED = 40  # programs; `python -m tests.differential.selfcheck` does more
_FEATURES = frozenset(
    """READ_ONCE WARN_ON aliased-parameters array-in-struct array-of-records assignment-chain assignment-expression bit
    bit-field case-range clamp comma compound-literal container-of dangling-else default-inside default-last
    delicate-macro early-exit embedded enum external-call fall-through field-macro function-macro genmask global
    gnu-conditional goto half helper-call increment-expression likely link local-array local-struct loop loop-condition
    mask-equal minmax minmax_t nested-struct object-macro pointer-choice pointer-test record-argument record-pointer
    scalar-pointer scalar-pointer-argument scalar-pointer-parameter shadowing sizeof statement-expression
    statement-macro struct-assignment switch symbolic-bound symbolic-index typeof union union-array union-bits
    union-punning union-struct""".split()
)


def batches() -> list[range]:
    return [range(start, min(start + BATCH, PROGRAMS)) for start in range(0, PROGRAMS, BATCH)]


def test_a_seed_is_one_program() -> None:
    """Also in another process, whose strings hash differently."""
    code = (
        f"import hashlib\nfrom {generate.__module__} import generate\n"
        "programs = [(p.text, p.params, p.leaves, p.pointers, p.alias) for p in map(generate, range(30))]\n"
        "print(hashlib.sha256(str(programs).encode()).hexdigest())"
    )
    root = Path(__file__).parents[generate.__module__.count(".")]
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


def test_inputs_are_deterministic_and_in_range() -> None:
    for program in map(generate, range(50)):
        inputs = inputs_for(program, 20, seed=3)
        assert inputs == inputs_for(program, 20, seed=3)
        for given in inputs:
            for slot, value in zip(program.slots, given.values, strict=True):
                assert slot.type.minimum <= value <= slot.type.maximum


def test_every_feature_occurs() -> None:
    seen = Counter(feature for seed in range(_COVERAGE_SEEDS) for feature in generate(seed).features)
    assert {f for f in _FEATURES if seen[f] < _LEAST_SEEN} == set()
    assert set(seen) <= _FEATURES, "name the new feature here"


@pytest.mark.parametrize("seeds", batches(), ids=str)
def test_compilers_accept_the_programs(seeds: range) -> None:
    assert check_warnings([generate(seed) for seed in seeds]) == []


@pytest.mark.parametrize("seeds", batches(), ids=str)
def test_compilers_agree(seeds: range) -> None:
    assert check_agreement([generate(seed) for seed in seeds]) == []


@pytest.mark.parametrize("seeds", [r for r in batches() if r.start < _LARGEST_SANITIZED], ids=str)
def test_nothing_is_undefined(seeds: range) -> None:
    assert check_sanitizers([generate(seed) for seed in seeds]) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("\treturn 1 << (a0 & 255);", "shift exponent"),
        ("\treturn 8 / (a0 & 1);", "division by zero"),
        ("\tu32 v[4] = {};\n\treturn v[a0 & 7];", "index"),
        pytest.param(
            "\tint v[2];\n\tv[a0 & 1] = 1;\n\treturn v[0] ? 3 : 4;", "MemorySanitizer",
            marks=pytest.mark.skipif(not have_clang(), reason="only clang has MemorySanitizer"),
        ),
    ],
)  # fmt: skip
def test_undefined_behaviour_is_noticed(body: str, what: str) -> None:
    """The checks above can fail: each of these planted bugs does not go unnoticed."""
    program = planted(body)
    from . import selfcheck

    work = [(program, [Input((value,)) for value in (0, 1, 7, 255)])]
    reports: list[str] = []
    for toolchain in (selfcheck.UNDEFINED, *((selfcheck.CLANG_MEMORY,) if have_clang() else ())):
        try:
            reports.append(selfcheck.run_isolated(work, toolchain)[1])
        except selfcheck.RunError as error:
            reports.append(str(error))
    assert any(what in report for report in reports), reports


def test_unsequenced_side_effects_are_noticed() -> None:
    assert check_warnings([planted("\ts32 v = a0;\n\treturn v++ + v;")]) != []


def test_external_functions_return_what_python_says() -> None:
    """`check_agreement` compares every logged call with this function; here: its range and its variety."""
    for function in EXTERNALS:
        results = [effect_result(function.name, n, tuple(n for _ in function.params)) for n in range(200)]
        if function.returns is None:
            assert set(results) == {None}
        else:
            numbers = [r for r in results if r is not None]
            assert all(function.returns.minimum <= r <= function.returns.maximum for r in numbers)
            assert len(set(numbers)) == 2 if function.returns.width == 1 else len(set(numbers)) > 20


def test_a_compile_error_names_the_seed() -> None:
    with pytest.raises(CompileError, match="seed-0"):
        Library([planted("\treturn nothing;")])


def test_shrinking_keeps_what_fails() -> None:
    """A program that warns gets small and still warns."""
    inputs = [Input((value,)) for value in (0, 5)]
    program = planted(
        "\ts32 v1 = (a0 * 3) ^ 5;\n\tif (v1 > 2) {\n\t\tv1 += 2;\n\t\tWARN_ON(a0 == 5 && v1);\n\t}\n"
        "\tv1--;\n\treturn v1;"
    )

    def warns(candidate: Program) -> bool:
        return any(seen.warnings for seen in Library([candidate], GCC_O1).run(candidate, inputs))

    assert warns(program)
    small = shrink(program, warns, inputs, max_attempts=200)
    assert warns(small)
    assert not any(gone in small.text for gone in ("if", "v1--", "* 3", "&&"))
