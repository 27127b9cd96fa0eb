"""What changed between two versions of the code: files, directories or revisions, compared function by function.

`diff` takes two sides, each a file, a directory or REPO@REVISION, and yields a `Change` for each function that both
have and whose text differs, or that of something it uses (or that is asked for).  Files are compared in parallel if
`jobs` allows.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from verify.changes.evidence import Change, Evidence
from verify.changes.pair import Pair
from verify.errors import InputError
from verify.pipeline import Options
from verify.source.git import git_command, git_environment
from verify.source.tree import Directory, Files, Revision, Tree
from verify.tuples import NamedTuple

_RECURSION_LIMIT = 100_000
_HEADERS = "include/linux"  # where it is, is the root of a kernel tree


class Side(NamedTuple):
    """One side: a tree, and the one file in it that is meant, or ""."""

    where: str
    file: str


class Beside(NamedTuple):
    """Of one file, how many functions both versions have, and those that only one of them has."""

    path: str
    common: int
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]


def diff(
    old: str,
    new: str,
    functions: Sequence[str] = (),
    path: str = "",
    options: Options | None = None,
    beside: list[Beside] | None = None,
) -> Iterator[Change]:
    """The functions that changed, in the order of the new files.

    `functions`: compare these only, changed or not.  `path`: of two trees, only what lies below it.  `beside` gets what
    else each file has.  Raises `InputError` if a side doesn't exist, nothing of that name does, or the sides have no
    function in common.
    """
    options = options or Options()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION_LIMIT))
    sides = side_of(old), side_of(new)
    pairs = list(_file_pairs(sides, path))
    if not pairs:
        raise InputError(f"`{old}` and `{new}` have no C file in common" + (f" below `{path}`" if path else ""))
    found = common = 0
    for one in _all(sides, pairs, tuple(functions), options):
        if isinstance(one, Change):
            found += 1
            yield one
        else:
            common += one.common
            if beside is not None:
                beside.append(one)
    if not common:
        hint = "Compared are functions of one name in files of one path."
        raise InputError(f"`{old}` and `{new}` define no function in common", hint=hint)
    if functions and not found:
        names = " and ".join(f"`{f}`" for f in functions)
        raise InputError(f"no file that both sides have defines {names}")


def _all(
    sides: tuple[Side, Side], pairs: list[tuple[str, str]], functions: tuple[str, ...], options: Options
) -> Iterator[Change | Beside]:
    if options.jobs < 2 or len(pairs) < 2:
        trees = _Trees(sides)
        for pair in pairs:
            yield from _compare_files(trees, pair, functions, options)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(options.jobs, initializer=_start, initargs=(sides,)) as pool:
        tasks = [pool.submit(_in_worker, pair, functions, options) for pair in pairs]
        for task in tasks:
            yield from task.result()


class _Trees:
    """The files of both sides, as far as they were read."""

    def __init__(self, sides: tuple[Side, Side]) -> None:
        self.files = tuple(Files(tree_of(side.where)) for side in sides)


_worker: list[_Trees] = []


def _start(sides: tuple[Side, Side]) -> None:
    import gc

    gc.disable()
    sys.setrecursionlimit(_RECURSION_LIMIT)
    _worker.append(_Trees(sides))


def _in_worker(pair: tuple[str, str], functions: tuple[str, ...], options: Options) -> list[Change | Beside]:
    return list(_compare_files(_worker[0], pair, functions, options))


def _compare_files(
    trees: _Trees, paths: tuple[str, str], functions: tuple[str, ...], options: Options
) -> Iterator[Change | Beside]:
    old, new = trees.files
    pair = Pair(old, new, *paths, options.define, options.solver)
    yield Beside(paths[1], len(pair.functions()), *pair.alone())
    # What all functions use is looked up apart: a verdict must not depend on what was read for other functions.
    meanings = Pair(old, new, *paths, options.define, options.solver)
    evidence = Evidence(options)
    try:
        yield from _compare_functions(pair, meanings, functions, options.timeout, evidence)
    finally:
        evidence.close()


def _compare_functions(
    pair: Pair, meanings: Pair, functions: tuple[str, ...], timeout: float, evidence: Evidence
) -> Iterator[Change]:
    for name in pair.functions():
        if functions and name not in functions:
            continue
        cause = ""
        if not functions and not pair.text_changed(name):
            cause = meanings.used_change(name)
            if not cause:
                continue
        yield evidence.change(pair, pair.compare(name, timeout)._replace(cause=cause))


# --------------------------------------------------------------------------------------------------------------- sides


def side_of(text: str) -> Side:
    """What `text` names: a file, a directory or REPO@REVISION."""
    if os.path.isdir(text):
        return Side(text, "")
    if os.path.isfile(text):
        root = _root_of(text)
        return Side(root, os.path.relpath(text, root))
    repository, mark, revision = text.rpartition("@")
    if mark and os.path.isdir(repository):
        return Side(f"{repository}@{revision}", "")
    raise InputError(f"there is no file or directory `{text}`", hint="A revision is written REPO@REVISION.")


def _root_of(file: str) -> str:
    """The kernel tree that `file` is in, or its folder."""
    folder = os.path.dirname(os.path.abspath(file))
    candidate = folder
    while candidate != os.path.dirname(candidate):
        if os.path.isdir(os.path.join(candidate, _HEADERS)):
            return candidate
        candidate = os.path.dirname(candidate)
    return folder


def tree_of(where: str) -> Tree:
    """The tree that `Side.where` names."""
    if os.path.isdir(where):
        return Directory(where)
    repository, _, revision = where.rpartition("@")
    return Revision(repository, revision)


def _file_pairs(sides: tuple[Side, Side], path: str) -> Iterator[tuple[str, str]]:
    """The files to compare, by their paths in the trees."""
    old, new = sides
    if old.file or new.file:
        file = old.file or new.file
        yield old.file or file, new.file or file
        return
    listed = [set(c_files(side.where, path)) for side in sides]
    for name in sorted(listed[0] & listed[1]):
        yield name, name


def c_files(where: str, path: str) -> Iterator[str]:
    """The C files of a tree that lie below `path`."""
    if not os.path.isdir(where):
        import subprocess

        repository, _, revision = where.rpartition("@")
        Revision(repository, revision)  # raises if there is none, or no git
        command = [*git_command(repository), "ls-tree", "-r", "-z", "--name-only", revision, "--", path or "."]
        done = subprocess.run(command, capture_output=True, check=False, env=git_environment())
        if path and not done.stdout:
            raise InputError(f"there is no directory `{path}` in `{where}`")
        yield from (n for n in done.stdout.decode("utf-8", "replace").split("\0") if n.endswith(".c"))
        return
    top = os.path.join(where, path)
    if not os.path.isdir(top):
        raise InputError(f"there is no directory `{path}` in `{where}`")
    for folder, _, names in os.walk(top):
        for name in names:
            if name.endswith(".c"):
                yield os.path.relpath(os.path.join(folder, name), where)
