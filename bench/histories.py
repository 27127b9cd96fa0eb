"""A synthetic system: how long it takes to prove many invariants over many operations.

    python -m bench.histories [OPERATIONS [INVARIANTS]]

Writes a spec to a temporary folder, checks it in a process of its own, and prints the time.  Exit code 1: the verdicts
aren't all as expected, or it took longer than the target.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPERATIONS, INVARIANTS = 100, 10
SECONDS = 30.0  # the target for 100 operations and 10 invariants on two cores
_LIMIT = 600


def code(operations: int, fields: int) -> str:
    """Operations on an object with `fields` words and a counter; each of them is guarded by masks and limits."""
    members = "".join(f"\tu64 word{i};\n" for i in range(fields))
    lines = [f"struct object {{\n{members}\tu32 count;\n}};\n", "bool allowed(struct object *o, u64 value);\n"]
    for number in range(operations):
        own, other = number % fields, (number * 7 + 3) % fields
        mask = (0xFF << (8 * (own % 7))) | 1
        lines.append(
            f"int operation{number}(struct object *o, u64 value, u32 flags)\n{{\n"
            f"\tif (value & ~{mask:#x}ULL)\n\t\treturn 1;\n"
            f"\tif (flags & {1 << (number % 30):#x})\n\t\to->word{own} = value;\n"
            f"\telse if (allowed(o, value) && o->count < {100 + number % 5})\n"
            f"\t\to->word{own} |= o->word{own} & value;\n"
            f"\telse\n\t\to->word{other} &= value;\n"
            f"\tif (o->count < {90 + number % 10})\n\t\to->count++;\n\treturn 0;\n}}\n"
        )
    return "\n".join(lines)


def spec(operations: int, fields: int, invariants: int) -> str:
    lines = ['title = "Synthetic"', '[code]\nnew = "code.c"', "[calls]\nallowed = { pure = true }", "[state]"]
    lines += [f'word{i} = "o->word{i}"' for i in range(fields)]
    zero = ", ".join(f'"word{i} == 0"' for i in range(fields))
    lines += ['count = "o->count"', f'initially = [{zero}, "count == 0"]']
    lines += [f'[[operation]]\nname = "op{i}"\nentry = "operation{i}"' for i in range(operations)]
    for number in range(invariants):
        field = number % fields
        mask = (0xFF << (8 * (field % 7))) | 1
        claim = f"!(word{field} & ~{mask:#x}ULL) && count <= {100 + number}"
        lines.append(f'[[invariant]]\nname = "sound{number}"\nprove = "{claim}"')
    return "\n".join(lines) + "\n"


def write(folder: Path, operations: int = OPERATIONS, invariants: int = INVARIANTS) -> None:
    """Writes the spec and its code."""
    fields = invariants
    (folder / "code.c").write_text(code(operations, fields))
    (folder / "spec.toml").write_text(spec(operations, fields, invariants))


def main(arguments: list[str]) -> int:
    operations, invariants = (int(a) for a in (*arguments, OPERATIONS, INVARIANTS)[:2]) if arguments else (
        OPERATIONS, INVARIANTS)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), operations, invariants)
        started = time.monotonic()
        command = [sys.executable, "-m", "verify", "check", folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_LIMIT, check=False)
        seconds = time.monotonic() - started
    print(f"{operations} operations, {invariants} invariants: {seconds:.1f} s, exit code {done.returncode}")
    print(done.stdout.strip().rpartition("\n")[2] or done.stderr)
    return 0 if done.returncode == 0 and seconds < SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
