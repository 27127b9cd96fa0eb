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
from verify.errors import InputError, losing_none
from verify.pipeline import Options
from verify.source.git import git_command, git_environment
from verify.source.tree import Directory, Files, Revision, Tree
from verify.tuples import NamedTuple

_RECURSION_LIMIT = 100_000
_HEADERS = "include/linux"  # where it is, is the root of a kernel tree


class Side(NamedTuple):
    """One side: a tree, and the one file in it that is meant, or ""; of a revision also its commit."""

    where: str
    file: str
    commit: str = ""


class Beside(NamedTuple):
    """Of one file, how many functions both versions have, and those that only one of them has.

    `only`: "old" or "new" if no other version has the file; it isn't read then.
    """

    path: str
    common: int
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    only: str = ""


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
    pairs, single = _file_pairs(sides, path)
    if beside is not None:
        beside += single
    if not pairs:
        raise InputError(f"`{old}` and `{new}` have no C file in common" + (f" below `{path}`" if path else ""))
    common = 0
    found: set[str] = set()
    alone: dict[str, str] = {}
    for one in _all(sides, pairs, tuple(functions), options):
        if isinstance(one, Change):
            found.add(one.comparison.function)
            yield one
        else:
            common += one.common
            for version, names in (("old", one.only_old), ("new", one.only_new)):
                alone.update(dict.fromkeys(names, version))
            if beside is not None:
                beside.append(one)
    if not common:
        hint = "Compared are functions of one name in files of one path."
        raise InputError(f"`{old}` and `{new}` define no function in common", hint=hint)
    absent = [f for f in functions if f not in found]
    if absent:
        names = " and ".join(f"`{f}`" for f in absent)
        hint = " ".join(f"Only the {alone[f]} version has `{f}`." for f in absent if f in alone)
        raise InputError(f"no file that both sides have defines {names}", hint=hint)


def _all(
    sides: tuple[Side, Side], pairs: list[tuple[str, str]], functions: tuple[str, ...], options: Options
) -> Iterator[Change | Beside]:
    if options.jobs < 2 or len(pairs) < 2:
        trees = _Trees(sides)
        for pair in pairs:
            yield from _compare_files(trees, pair, functions, options)
        return
    from concurrent.futures import ProcessPoolExecutor

    with losing_none(), ProcessPoolExecutor(options.jobs, initializer=_start, initargs=(sides,)) as pool:
        tasks = [pool.submit(_in_worker, pair, functions, options) for pair in pairs]
        for task in tasks:
            yield from task.result()


class _Trees:
    """The files of both sides, as far as they were read."""

    def __init__(self, sides: tuple[Side, Side]) -> None:
        self.files = tuple(Files(tree_of(side)) for side in sides)


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


def side_of(text: str) -> Side:
    """What `text` names: a file, a directory or REPO@REVISION."""
    if os.path.isdir(text):
        return Side(text, "")
    if os.path.isfile(text):
        root = _root_of(text)
        return Side(root, os.path.relpath(text, root))
    repository, mark, revision = text.rpartition("@")
    if mark and os.path.isdir(repository):
        commit = Revision(repository, revision).commit
        _refuse_a_folder(repository, revision)
        return Side(f"{repository}@{revision}", "", commit)
    raise InputError(f"there is no file or directory `{text}`", hint="A revision is written REPO@REVISION, e.g. .@HEAD")


def _refuse_a_folder(repository: str, revision: str) -> None:
    """Raises if `repository` is a folder in a work tree: paths are those of the whole repository."""
    folder = _git(repository, "rev-parse", "--show-prefix").strip().rstrip("/")
    if folder:
        above = os.path.normpath(os.path.join(repository, *(".." for _ in folder.split("/"))))
        hint = f"Write {above}@{revision}, and --path {folder}"
        raise InputError(f"`{repository}` is a folder of a repository, not its root", hint=hint)


def _git(repository: str, *arguments: str) -> str:
    """What a git command prints.  Raises `InputError` if it fails."""
    import subprocess

    done = subprocess.run(
        [*git_command(repository), *arguments], capture_output=True, check=False, env=git_environment()
    )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise InputError(f"git can't read the repository `{repository}`", hint=said)
    return done.stdout.decode("utf-8", "surrogateescape")


def _root_of(file: str) -> str:
    """The kernel tree that `file` is in, or its folder."""
    folder = os.path.dirname(os.path.abspath(file))
    candidate = folder
    while candidate != os.path.dirname(candidate):
        if os.path.isdir(os.path.join(candidate, _HEADERS)):
            return candidate
        candidate = os.path.dirname(candidate)
    return folder


def tree_of(side: Side) -> Tree:
    """The tree of one side."""
    if not side.commit:
        return Directory(side.where)
    repository, _, revision = side.where.rpartition("@")
    return Revision(repository, revision, side.commit)


def _file_pairs(sides: tuple[Side, Side], path: str) -> tuple[list[tuple[str, str]], list[Beside]]:
    """The files to compare, by their paths in the trees, and those that only one tree has."""
    old, new = sides
    if old.file or new.file:
        if path:
            raise InputError("--path is for two trees, and one of the sides is a file")
        return [(old.file or _counterpart(new, old), new.file or _counterpart(old, new))], []
    listed = [set(c_files(side, path)) for side in sides]
    single = [Beside(name, 0, (), (), "old" if name in listed[0] else "new") for name in sorted(listed[0] ^ listed[1])]
    return [(name, name) for name in sorted(listed[0] & listed[1])], single


def _counterpart(file: Side, tree: Side) -> str:
    """The path in `tree` of the file that is the other side: where it lies below it, else that in its own tree."""
    top = os.path.realpath(tree.where.rpartition("@")[0] if tree.commit else tree.where)
    full = os.path.realpath(os.path.join(file.where, file.file))
    return os.path.relpath(full, top) if full.startswith(os.path.join(top, "")) else file.file


def c_files(side: Side, path: str) -> Iterator[str]:
    """The C files of a tree that lie at or below `path`."""
    path = path_within(path)
    if side.commit:
        repository = side.where.rpartition("@")[0]
        listed = _git(repository, "ls-tree", "-r", "-z", "--name-only", "--full-tree", side.commit, "--", path or ".")
        if path and not listed:
            raise InputError(f"there is no file or directory `{path}` in `{side.where}`")
        yield from (n for n in listed.split("\0") if n.endswith(".c"))
        return
    top = os.path.join(side.where, path)
    if os.path.isfile(top) and path.endswith(".c"):
        yield path
        return
    if os.path.isfile(top):
        raise InputError(f"`{path}` in `{side.where}` isn't a C file")
    if not os.path.isdir(top):
        raise InputError(f"there is no file or directory `{path}` in `{side.where}`")
    for folder, _, names in os.walk(top, onerror=_unreadable):
        for name in names:
            if name.endswith(".c"):
                yield os.path.relpath(os.path.join(folder, name), side.where)


def path_within(path: str) -> str:
    """`path` in its plainest form, "" for the whole tree.  Raises `InputError` if it leads out of a tree."""
    plain = os.path.normpath(path) if path else ""
    if plain.startswith("/") or plain.split("/")[0] == "..":
        raise InputError(f"`{plain}` isn't a path within the trees", hint="E.g. --path arch/x86/kvm")
    return "" if plain == "." else plain


def _unreadable(error: OSError) -> None:
    """A folder that is passed over could hold what changed."""
    raise InputError(f"can't read `{error.filename}`: {error.strerror}")
