"""What changed in a whole tree: the functions of many files, compared in parallel, with results kept between runs.

`sweep` yields a `Row` for each function whose text changed, as soon as it is known, and counts the others.  Nothing
that a function's code holds ends the run: a comparison that takes too long or too much memory is "unknown".
"""

from __future__ import annotations

import json
import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from verify.changes.cache import Cache
from verify.changes.diff import Side, c_files, path_within, side_of, tree_of
from verify.changes.fingerprint import Texts, hash_of, tool_hash
from verify.changes.pair import CHANGED, UNKNOWN, Pair, text_changed
from verify.changes.workers import Failed, Pool, Stopped
from verify.deadline import OF_FUNCTION, leave_reading_out
from verify.errors import InputError
from verify.pipeline import Options
from verify.source.tree import Files
from verify.tuples import NamedTuple

MEMORY = 4096  # MiB for each process
_PREPARING = 60.0  # seconds for what must be read before
_QUESTIONS = 4  # of the time for a function, each question may take one part in so many
_PART = 32  # functions of a file that are compared one after the other with what was read for those before
_WILD = re.compile(r"[*?\[]")
_PULSE = 0.2  # seconds after which progress is told at the latest


class Row(NamedTuple):
    """What became of one function.

    `lines`: of the longer version.  `out_of_time`: the limit of time ended it.  `cached`: known from an earlier run.
    `differing`: what differs, if it is known to.
    """

    path: str
    function: str
    lines: int
    verdict: str
    reasons: tuple[str, ...]
    differing: tuple[str, ...]
    depth: str
    out_of_time: bool
    seconds: float
    cached: bool = False


class Counts(NamedTuple):
    """The files and functions that there were, whether their text changed or not."""

    files: int = 0
    only_old_files: int = 0
    only_new_files: int = 0
    both: int = 0
    only_old: int = 0
    only_new: int = 0
    text_changed: int = 0


class _Listing(NamedTuple):
    """One file: how many functions both versions have and only one has, and those whose text changed."""

    both: int
    only_old: int
    only_new: int
    changed: tuple[tuple[str, int], ...]


class _Part(NamedTuple):
    """Some of a file's functions.  One process compares them all, so that no verdict hangs on how many there are."""

    path: str
    number: int


class _Found(NamedTuple):
    """What a process found, and the hash of all texts that it can have read for it."""

    answer: Any
    read: str


class Settings(NamedTuple):
    """How to sweep.  `limit`: seconds for each function; `cache`: a file or None; `retry` what ran out of time."""

    limit: float = OF_FUNCTION
    memory: int = MEMORY
    cache: str | None = None
    retry: bool = False


class Sweep:
    """One run.  `rows()` does it; `counts`, `notes` and `total` tell what is known so far."""

    def __init__(
        self, old: str, new: str, paths: Sequence[str], options: Options, settings: Settings | None = None
    ) -> None:
        """Raises `InputError` if a side or a path doesn't exist, or they have no file in common."""
        self._settings = settings or Settings()
        limit = self._settings.limit
        self._options = options._replace(timeout=min(options.timeout, limit / _QUESTIONS))
        self._sides = side_of(old), side_of(new)
        for side, text in zip(self._sides, (old, new), strict=True):
            if side.file:
                raise InputError(f"`{text}` is a file", hint="`sweep` takes trees; `verify diff` compares files.")
        self._files = tuple(Files(tree_of(side)) for side in self._sides)
        listed = [_listed(side, paths) for side in self._sides]
        self._paths = sorted(listed[0] & listed[1])
        if not self._paths:
            raise InputError(f"`{old}` and `{new}` have no C file in common there")
        self.counts = Counts(len(self._paths), len(listed[0] - listed[1]), len(listed[1] - listed[0]))
        self.notes: list[str] = []
        self.unread: list[str] = []  # the files of which nothing is known
        self.total = 0
        self._read: dict[str, str] = {}  # by path: a hash of all texts that comparisons in that file can read
        self._keys: dict[str, str] = {}  # by path: a hash of all that comparisons in that file can depend on
        self._waiting: dict[_Part, deque[tuple[str, int]]] = {}

    def rows(self, progress: Callable[[int], None] = lambda done: None) -> Iterator[Row]:
        """Compares all; `progress` is called now and then with the number of functions that are done."""
        cache = Cache(self._settings.cache)
        done = 0
        try:
            self._fingerprint()
            unlisted = [p for p in self._paths if not self._known(p, cache)]
            for row in self._cached(cache):
                done += 1
                progress(done)
                yield row
            if unlisted or any(self._waiting.values()):
                for row in self._compared(deque(unlisted), cache):
                    done += row is not None
                    progress(done)
                    if row is not None:
                        yield row
        finally:
            if cache.note:
                self.notes.append(cache.note)
            cache.close()

    def _fingerprint(self) -> None:
        if self._settings.cache is None:
            return
        tool = tool_hash(self._options, (self._settings.limit, self._settings.memory))
        if tool is None:
            self.notes.append("nothing is kept, as the version of the solver's program isn't known")
            return
        texts = [Texts(files) for files in self._files]
        for path in self._paths:
            self._read[path] = hash_of(*(t.closure(path) for t in texts))
            self._keys[path] = hash_of(tool, self._read[path])

    def _known(self, path: str, cache: Cache) -> bool:
        """Takes the list of a file's functions from the cache; False iff it isn't there."""
        text = cache.get(hash_of("list", self._keys[path])) if path in self._keys else None
        if text is None:
            return False
        both, only_old, only_new, changed = json.loads(text)
        self._note(path, _Listing(both, only_old, only_new, tuple((name, lines) for name, lines in changed)))
        return True

    def _note(self, path: str, found: _Listing) -> None:
        c = self.counts
        self.counts = c._replace(
            both=c.both + found.both,
            only_old=c.only_old + found.only_old,
            only_new=c.only_new + found.only_new,
            text_changed=c.text_changed + len(found.changed),
        )
        for number, start in enumerate(range(0, len(found.changed), _PART)):
            self._waiting[_Part(path, number)] = deque(found.changed[start : start + _PART])
        self.total += len(found.changed)

    def _cached(self, cache: Cache, only: str | None = None) -> Iterator[Row]:
        for (path, _), waiting in self._waiting.items():
            if path not in self._keys or only not in (None, path):
                continue
            for item in tuple(waiting):
                text = cache.get(hash_of("compare", self._keys[path], item[0]))
                row = None if text is None else _row(json.loads(text))
                if row is not None and not (row.out_of_time and self._settings.retry):
                    waiting.remove(item)
                    yield row

    def _keep(self, row: Row, read: str, cache: Cache) -> None:
        """Keeps a result if it comes of the texts that its key stands for: they may have changed meanwhile."""
        if row.path in self._keys and read == self._read[row.path]:
            cache.put(hash_of("compare", self._keys[row.path], row.function), json.dumps(row))

    def _compared(self, unlisted: deque[str], cache: Cache) -> Iterator[Row | None]:
        """Each function as it is done, and None now and then."""
        jobs = max(1, self._options.jobs)
        pool = Pool(jobs, _Work(self._sides, self._options, bool(self._keys)), self._settings.memory << 20)
        try:
            while True:
                for worker in pool.idle():
                    task = self._next(worker.about, unlisted, {w.about for w in pool.workers})
                    if task is not None:
                        worker.about = task[0]
                        pool.give(worker, task, _PREPARING, self._settings.limit)
                if not pool.busy():
                    return
                yield None
                for _, task, answer, seconds in pool.wait(_PULSE):
                    (path, _), item = task
                    found, read = answer if isinstance(answer, _Found) else _Found(answer, self._read.get(path, ""))
                    if item is None:
                        yield from self._received(path, found, read, cache)
                        continue
                    row = _judged(path, item, found, seconds)
                    if not isinstance(found, Failed) and (row.out_of_time or not isinstance(found, Stopped)):
                        self._keep(row, read, cache)
                    yield row
        finally:
            pool.close()

    def _next(
        self, own: _Part | None, unlisted: deque[str], taken: set[_Part]
    ) -> tuple[_Part, tuple[str, int] | None] | None:
        """The next task for a process: of its `own` part, else of the longest that no process has."""
        if unlisted:
            return _Part(unlisted.popleft(), 0), None
        if own is None or not self._waiting.get(own):
            left = [part for part, functions in self._waiting.items() if functions and part not in taken]
            own = max(left, key=lambda part: sum(lines for _, lines in self._waiting[part]), default=None)
        return (own, self._waiting[own].popleft()) if own is not None else None

    def _received(self, path: str, answer: Any, read: str, cache: Cache) -> Iterator[Row]:
        if not isinstance(answer, _Listing):
            why = answer.why if isinstance(answer, Stopped) else str(answer.error)
            self.notes.append(f"`{path}` couldn't be read: {why}")
            self.unread.append(path)
            return
        if path in self._keys and read == self._read[path]:
            cache.put(hash_of("list", self._keys[path]), json.dumps(answer))
        self._note(path, answer)
        yield from self._cached(cache, path)


def _listed(side: Side, paths: Sequence[str]) -> set[str]:
    """The C files below the paths, each of which is a directory, a file or a pattern as in a shell."""
    found: set[str] = set()
    for path in paths or ("",):
        path = path_within(path)
        wild = _WILD.search(path)
        names = list(c_files(side, os.path.dirname(path[: wild.start()]) if wild else path))
        if wild:
            names = [n for n in names if _matches(n, path)]
        if not names:
            raise InputError(f"there is no C file below `{path}` in `{side.where}`")
        found.update(names)
    return found


def _matches(name: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))


class _Work:
    """What a process does: tasks are (part, None), to list a file's functions, or (part, (function, lines)).

    `hashed`: it also tells which texts it read, by their hash.
    """

    def __init__(self, sides: tuple[Side, Side], options: Options, hashed: bool) -> None:
        self._sides = sides
        self._options = options
        self._hashed = hashed
        self._files: tuple[Files, Files] | None = None
        self._texts: tuple[Texts, ...] = ()
        self._read: dict[str, str] = {}
        self._pair: Pair | None = None
        self._part: _Part | None = None

    def __call__(self, task: tuple[_Part, tuple[str, int] | None], begin: Callable[[], None]) -> object:
        part, item = task
        path = part.path
        if self._files is None:
            leave_reading_out()
            old, new = (Files(tree_of(side)) for side in self._sides)
            self._files = old, new
            self._texts = (Texts(old), Texts(new)) if self._hashed else ()
        if path not in self._read:
            self._read[path] = hash_of(*(t.closure(path) for t in self._texts))
        if item is None:
            begin()
            try:
                return _Found(_listing(*self._files, path), self._read[path])
            except InputError as error:
                return Stopped(error.message, False)
        if self._pair is None or self._part != part:
            self._pair, self._part = None, part
            options = self._options
            self._pair = Pair(*self._files, path, path, options.define, options.solver, careful=False)
        begin()
        self._pair.forget()
        found = self._pair.compare(item[0], self._options.timeout)
        differing = found.counterexample.failing if found.counterexample and found.verdict == CHANGED else ()
        answer = found.verdict, found.reasons, tuple(differing), found.depth, found.seconds
        return _Found(answer, self._read[path])


def _listing(old: Files, new: Files, path: str) -> _Listing:
    one, other = indexes = old.index(path), new.index(path)
    common = [name for name in other.functions if name in one.functions]
    changed = [
        (name, max(i.span.text.count("\n") + 1 for index in indexes for i in index.functions[name]))
        for name in common
        if text_changed(indexes, name)
    ]
    both = len(common)
    return _Listing(both, len(one.functions) - both, len(other.functions) - both, tuple(changed))


def _judged(path: str, item: tuple[str, int], answer: Any, seconds: float) -> Row:
    name, lines = item
    if isinstance(answer, Stopped):
        return Row(path, name, lines, UNKNOWN, (answer.why,), (), "", answer.late, seconds)
    if isinstance(answer, Failed):
        reason = f"a bug of verify: {answer.error}"
        return Row(path, name, lines, UNKNOWN, (reason,), (), "", False, seconds)
    verdict, reasons, differing, depth, spent = answer
    return Row(path, name, lines, verdict, tuple(reasons), tuple(differing), depth, False, spent)


def _row(fields: list[Any]) -> Row:
    path, name, lines, verdict, reasons, differing, depth, late, seconds, _ = fields
    return Row(path, name, lines, verdict, tuple(reasons), tuple(differing), depth, late, seconds, True)
