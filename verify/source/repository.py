"""A git repository in which patches are applied without leaving a trace.

`Repository` has an index and an object directory of its own in a temporary folder: the user's work tree, index, refs
and objects stay as they are.  A version is a tree object, read through `Snapshot`.  Raises `InputError` for what isn't
there and `NotApplied` for a patch that doesn't fit.  Trusted: git, run as `verify.source.git` does.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence

from verify.errors import InputError
from verify.source.git import git_command, git_environment
from verify.source.mails import printable
from verify.source.tree import Blobs, Snapshot
from verify.tuples import NamedTuple

_SECONDS = 120.0
_MEMORY = 4 << 30
_LINK, _SUBMODULE = "120000", "160000"
_FAILED = re.compile(r"error: patch failed: (.+):(\d+)$", re.M)
_LOOKED_AT = 1000  # commits behind HEAD in which a patch is looked for that is there already


class NotApplied(Exception):
    """A patch that doesn't fit; `places` are the files and lines whose text isn't as the patch says."""

    def __init__(self, message: str, places: tuple[tuple[str, int], ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.places = places


class Delta(NamedTuple):
    """A path that differs between two trees: None where there is no such file.  `link`: it is a symbolic link or a
    submodule in one of them.
    """

    old: str | None
    new: str | None
    link: bool


class Repository:
    """A git repository, to be closed; the context manager does."""

    def __init__(self, path: str) -> None:
        if not os.path.isdir(path):
            raise InputError(f"there is no directory `{path}`", hint="--git names a git repository.")
        self.path = path
        self._temporary = tempfile.TemporaryDirectory(prefix="verify-")
        folder = self._temporary.name
        self.environment = dict(git_environment())
        self._folder = path
        try:
            found = self._line("rev-parse", "--absolute-git-dir")
            if not found:
                self._complain()
            self._folder = self.environment["GIT_DIR"] = found  # so that no work tree is looked for
            objects = os.path.join(found, self._line("rev-parse", "--git-path", "objects"))
        except BaseException:
            self._temporary.cleanup()
            raise
        os.mkdir(os.path.join(folder, "objects"))
        self.environment |= {
            "GIT_INDEX_FILE": os.path.join(folder, "index"),
            "GIT_OBJECT_DIRECTORY": os.path.join(folder, "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(objects),
        }
        self._indexed = ""
        self._blobs: Blobs | None = None

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._blobs is not None:
            self._blobs.close()
        self._temporary.cleanup()

    def commit(self, revision: str) -> str:
        """The commit that `revision` names, or ""."""
        return self._line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")

    def tree(self, commit: str) -> str:
        """The tree of a commit."""
        found = self._line("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{tree}}")
        if not found:
            raise InputError(f"the repository `{self.path}` lacks the files of {commit}")
        return found

    def snapshot(self, name: str, tree: str) -> Snapshot:
        """The files of a tree."""
        if self._blobs is None:
            self._blobs = Blobs(git_command(self._folder), self.environment)
        return Snapshot(name, tree, self._blobs)

    def apply(self, tree: str, diff: bytes) -> str:
        """The tree that `diff` makes of `tree`; all of it or, with `NotApplied`, nothing."""
        if self._indexed != tree:
            self._indexed = ""
            done = self._run(("read-tree", tree))
            if done.returncode != 0:
                raise InputError(f"git can't read the tree {tree}: {_said(done)}")
            self._indexed = tree
        done = self._run(("apply", "--cached", "-"), diff)
        if done.returncode != 0:
            text = done.stderr.decode("utf-8", "replace")
            places = tuple((printable(m.group(1)), int(m.group(2))) for m in _FAILED.finditer(text))
            raise NotApplied(_said(done), places)
        written = self._line("write-tree")
        if not written:
            self._indexed = ""
            raise NotApplied("git can't write the tree")
        self._indexed = written
        return written

    def deltas(self, old: str, new: str) -> tuple[Delta, ...]:
        """The paths in which two trees differ."""
        if old == new:
            return ()
        done = self._run(("diff-tree", "-r", "-z", "-M", "--raw", "--no-abbrev", "--no-ext-diff", old, new))
        fields = done.stdout.decode("utf-8", "surrogateescape").split("\0")
        found: list[Delta] = []
        position = 0
        while position < len(fields) and fields[position].startswith(":"):
            *modes, _, _, status = fields[position].removeprefix(":").split(" ")
            path = fields[position + 1]
            moved = status[0] in "RC"
            target = fields[position + 2] if moved else path
            position += 3 if moved else 2
            source = None if status == "A" else path
            link = not {_LINK, _SUBMODULE}.isdisjoint(modes)
            found.append(Delta(source, None if status == "D" else target, link))
        return tuple(found)

    def includers(self, tree: str, path: str) -> tuple[str, ...]:
        """The files that include `path`, of those in its directory and the one above."""
        folder, name = os.path.split(path)
        words = rf"^[ \t]*#[ \t]*include[ \t]*[<\"]([^\">]*/)?{re.escape(name)}[\">]"
        where = dict.fromkeys((folder or ".", os.path.dirname(folder) or "."))
        how = "-z -E -I --no-color --no-column --no-line-number --max-depth=0 --no-recurse-submodules --no-textconv"
        done = self._run(("grep", *how.split(), "-e", words, tree, "--", *where))
        found: list[str] = []
        for line in done.stdout.decode("utf-8", "surrogateescape").splitlines():
            place, _, text = line.partition("\0")
            including = place.removeprefix(f"{tree}:")
            named = re.split(r"[<\">]", text)[1]
            if os.path.normpath(os.path.join(os.path.dirname(including), named)) == path or path.endswith(f"/{named}"):
                found.append(including)
        return tuple(found)

    def holding(self, subject: str) -> str:
        """The commit reachable from HEAD, not far from it, whose subject is `subject`, or ""."""
        # Not `git log`, which may be configured to run gpg.
        done = self._run(("rev-list", "--encoding=UTF-8", "--format=subject %H %s", f"-n{_LOOKED_AT}", "HEAD", "--"))
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            mark, _, entry = line.partition(" ")
            commit, _, title = entry.partition(" ")
            if mark == "subject" and " ".join(title.split()) == subject:
                return commit
        return ""

    def _run(
        self, arguments: Sequence[str], given: bytes = b"", seconds: float = _SECONDS
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [*git_command(self._folder), *arguments],
                input=given,
                capture_output=True,
                env=self.environment,
                timeout=seconds,
                preexec_fn=_limit,
                check=False,
            )
        except FileNotFoundError:
            raise InputError("git isn't installed", hint="Install git.") from None
        except subprocess.TimeoutExpired:
            raise InputError(f"`git {arguments[0]}` took longer than {seconds:g} s") from None

    def _line(self, *arguments: str) -> str:
        done = self._run(arguments)
        return done.stdout.decode("utf-8", "surrogateescape").strip() if done.returncode == 0 else ""

    def _complain(self) -> None:
        said = _said(self._run(("rev-parse", "--git-dir")))
        raise InputError(f"`{self.path}` isn't a git repository that can be read", hint=said)


def _limit() -> None:
    """Bounds the memory of a git process."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = _MEMORY if most == resource.RLIM_INFINITY else min(_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """What git said, on one line."""
    lines = done.stderr.decode("utf-8", "replace").splitlines()
    told = [printable(line.removeprefix("error: ").removeprefix("fatal: ")) for line in lines]
    return "; ".join(told[:4]) or f"git ended with {done.returncode}"


def _quoted(path: str) -> str:
    """A path for a list that is separated by colons."""
    if ":" not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
