"""Hashes of what a verdict can depend on: the texts of both versions, the tool, the solver, the options.

A comparison reads a file and files that it includes, and nothing else (`Files.finder`).  So all texts that the file
includes, directly or not, in the order in which they are searched, stand for everything that may be looked up in
them, names that aren't found included.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence

from verify.pipeline import Options
from verify.source.tree import Files

_PACKAGES = ("z3-solver", "bitwuzla", "cvc5", "tree-sitter", "tree-sitter-c")


def hash_of(*parts: str) -> str:
    """A hash of the parts and of where each of them ends."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(data))
        whole.update(data)
    return whole.hexdigest()


class Texts:
    """Hashes of the files of one tree; each file is read and hashed once."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._hashes: dict[str, str] = {}

    def closure(self, path: str) -> str:
        """A hash of the file at `path` and of all that it includes, paths and texts, in the order of the search."""
        return hash_of(self._files.tree.name, *(part for p in self._paths(path) for part in (p, self._text(p))))

    def _paths(self, path: str) -> Sequence[str]:
        return (path, *self._files.including((path,)))

    def _text(self, path: str) -> str:
        if path not in self._hashes:
            self._hashes[path] = hash_of(self._files.text(path) or "")
        return self._hashes[path]


def tool_hash(options: Options, limits: Sequence[float]) -> str | None:
    """A hash of verify's own source, its libraries and the options; None if the solver's version can't be told."""
    if options.solver.startswith("cmd:"):
        return None
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    own: list[str] = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(n for n in names if n.endswith((".py", ".h"))):
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as file:
                own += [os.path.relpath(path, root), file.read()]
    config = [f"{k}={v}" for k, v in sorted(options.define.items())]
    numbers = [repr(n) for n in (options.timeout, *limits)]
    return hash_of(*own, sys.version, *map(_version, _PACKAGES), options.solver, *numbers, *config)


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package
