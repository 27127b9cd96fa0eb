"""Results that are kept between runs, in an sqlite file.

A key is a hash of everything that a result can depend on (`verify.changes.fingerprint`), so a hit needs no further
look.  Each row carries a checksum of its own; one that doesn't fit is a miss.  A file that isn't such a cache is left
alone, a damaged one is set aside; `note` says so, and the run goes on.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3

_MARK = 0x76726679  # the application_id in the header of our files
_HEADER = b"SQLite format 3\0"
_MARK_AT = slice(68, 72)  # https://www.sqlite.org/fileformat.html, 1.3
_VERSION = 1


def default_file() -> str:
    """Below XDG_CACHE_HOME, or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = home if os.path.isabs(home) else os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "verify", "sweep.sqlite")


class Cache:
    """Texts by key.  Without a file nothing is kept."""

    def __init__(self, file: str | None) -> None:
        self.note = ""
        self._rows: sqlite3.Connection | None = None
        if file is not None:
            self._open(file)

    def get(self, key: str) -> str | None:
        """What was put under `key`, or None."""
        if self._rows is None:
            return None
        try:
            row = self._rows.execute("SELECT value, sum FROM results WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        if row is None or not isinstance(row[0], str) or row[1] != _sum(key, row[0]):
            return None
        return row[0]

    def put(self, key: str, value: str) -> None:
        """Keeps `value`; it is on the disk when this returns."""
        if self._rows is None:
            return
        try:
            self._rows.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (key, value, _sum(key, value)))
            self._rows.commit()
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def _open(self, file: str) -> None:
        try:
            os.makedirs(os.path.dirname(os.path.abspath(file)), exist_ok=True)
            with contextlib.suppress(FileNotFoundError), open(file, "rb") as opened:
                head = opened.read(72)
                if head and (head[:16] != _HEADER or int.from_bytes(head[_MARK_AT], "big") != _MARK):
                    self.note = f"`{file}` isn't a cache of verify; it is left as it is, and nothing is kept"
                    return
        except OSError as error:
            self.note = f"the cache `{file}` can't be used ({error.strerror}); nothing is kept"
            return
        try:
            self._rows = _connect(file)
        except sqlite3.OperationalError as error:
            self.note = f"the cache `{file}` can't be used ({error}); nothing is kept"
        except sqlite3.DatabaseError as error:
            aside = f"{file}.damaged"
            self.note = f"the cache `{file}` is damaged ({error}); it is now `{aside}`, and a new one was begun"
            for suffix in ("-wal", "-shm"):
                with contextlib.suppress(OSError):
                    os.remove(file + suffix)
            os.replace(file, aside)
            self._rows = _connect(file)

    def _give_up(self, error: sqlite3.Error) -> None:
        self.note = f"the cache can't be used any further ({error}); what comes isn't kept"
        self.close()


def _connect(file: str) -> sqlite3.Connection:
    rows = sqlite3.connect(file, timeout=10)
    try:
        rows.execute("PRAGMA synchronous = NORMAL")
        found = rows.execute("PRAGMA quick_check").fetchone()
        if found != ("ok",):
            raise sqlite3.DatabaseError(str(found[0]).splitlines()[-1])
        if rows.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            rows.execute("BEGIN IMMEDIATE")
            if rows.execute("PRAGMA user_version").fetchone() != (_VERSION,):  # no other run has done it meanwhile
                rows.execute("DROP TABLE IF EXISTS results")
                rows.execute("CREATE TABLE results (key TEXT PRIMARY KEY, value TEXT NOT NULL, sum TEXT NOT NULL)")
                rows.execute(f"PRAGMA user_version = {_VERSION}")
                rows.execute(f"PRAGMA application_id = {_MARK}")
            rows.commit()
        with contextlib.suppress(sqlite3.OperationalError):  # other runs may keep it from being changed
            rows.execute("PRAGMA journal_mode = WAL")  # only now: the mark has to stand in the file itself
        rows.execute("SELECT key, value, sum FROM results LIMIT 1").fetchone()
    except BaseException:
        rows.close()
        raise
    return rows


def _sum(key: str, value: str) -> str:
    return hashlib.sha256(f"{key}\n{value}".encode()).hexdigest()
