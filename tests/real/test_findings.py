"""What real functions brought to light, reduced to small C of our own; these tests need no tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.claims.spec import Code
from verify.claims.versions import load_version
from verify.errors import UnsupportedC
from verify.execution.executor import Executor
from verify.execution.memory import Setting
from verify.source.tree import Directory, Files


def _same(kind: str, name: str) -> str:
    """No definition differs between two versions."""
    del kind, name
    return ""


def execute(root: Path, function: str, **headers: str) -> None:
    """Executes `function`, called f, in a tree with `headers`."""
    (root / "f.c").write_text(function)
    for name, text in headers.items():
        (root / f"{name}.h").write_text(text)
    version = load_version("new", Files(Directory(str(root))), Code(None, "f.c", (), "f", "f"), {})
    Executor(version.types, Setting("new", {}, _same), {}).run(version.entry, ("x",))


@pytest.mark.parametrize(
    "body",
    ['switch (x) {\n#include "cases.h"\n\t}', 'switch (x) {\n\tcase 1:\n\t\treturn 2;\n#include "cases.h"\n\t}'],
)
def test_what_is_included_within_a_function_is_executed(body: str, tmp_path: Path) -> None:
    """Found in kvm_governed_feature_index(), whose case labels are all in a table of their own.

    The directive was skipped as a statement that nothing reaches, and its labels with it.  What can't be executed in
    the table shows that it is read; one that isn't there is refused.
    """
    function = f"int f(int x)\n{{\n\t{body}\n\treturn 0;\n}}\n"
    execute(tmp_path, function, cases="case 5: return 1;\n")
    with pytest.raises(UnsupportedC, match="asm"):
        execute(tmp_path, function, cases='case 5: return asm("found");\n')
    (tmp_path / "cases.h").unlink()
    with pytest.raises(UnsupportedC, match="what is included here isn't known"):
        execute(tmp_path, function)


@pytest.mark.parametrize("order", [("excluded", "real"), ("real", "excluded")])
def test_an_excluded_definition_doesnt_hide_another(order: tuple[str, str], tmp_path: Path) -> None:
    """Found in adjust_tsc_khz(): do_div() was the 32-bit one, thus none, thus a function that leaves its argument."""
    includes = "".join(f'#include "{name}.h"\n' for name in order)
    real = '#define halve(n) ({ asm("found"); (n) /= 2; })\n'
    excluded = "#ifdef CONFIG_X86_32\n#define halve(n) (n)\n#endif\n"
    with pytest.raises(UnsupportedC, match="asm"):
        execute(tmp_path, f"{includes}int f(int x)\n{{\n\thalve(x);\n\treturn x;\n}}\n", real=real, excluded=excluded)
