"""Sweeps: limits that hold, results that are kept, and when they aren't used."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.unit.test_tree import git
from verify import Options
from verify.changes.cache import Cache, default_file
from verify.changes.fingerprint import tool_hash
from verify.changes.sweep import Row, Settings, Sweep
from verify.changes.workers import Failed, Pool, Stopped
from verify.cli import main
from verify.errors import InputError
from verify.report.sweep import construct

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "docs/schema/sweep-1.json").read_text())
HEAD = "typedef unsigned int u32;\n"
OLD = {
    "k/a.c": '#include "a.h"\nu32 f(u32 n) { return n * K; }\nu32 gone(void) { return 1; }\nu32 as(void) { return 3; }',
    "k/b.c": "u32 g(u32 n) { return n + 1; }",
    "k/only.c": "u32 o(void) { return 1; }",
    "k/a.h": "#define K 2\n",
}
NEW = {
    "k/a.c": '#include "a.h"\nu32 f(u32 n) { return n + n; }\nu32 come(void) { return 1; }\nu32 as(void) { return 3; }',
    "k/b.c": "u32 g(u32 n) { return n + 2; }",
    "k/a.h": "#define K 2\n",
}


def trees(folder: Path) -> tuple[str, str]:
    for side, files in (("old", OLD), ("new", NEW)):
        for name, text in files.items():
            path = folder / side / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(HEAD + text)
    return str(folder / "old"), str(folder / "new")


def swept(folder: Path, cache: str | None = None, jobs: int = 2, options: Options | None = None) -> list[Row]:
    settings = Settings(cache=cache)
    sweep = Sweep(*_sides(folder), ["k"], (options or Options())._replace(jobs=jobs), settings)
    return sorted(sweep.rows())


def _sides(folder: Path) -> tuple[str, str]:
    return str(folder / "old"), str(folder / "new")


def verdicts(rows: list[Row]) -> dict[str, str]:
    return {row.function: row.verdict for row in rows}


@pytest.mark.parametrize("jobs", [1, 3])
def test_verdicts_and_counts(tmp_path: Path, jobs: int) -> None:
    old, new = trees(tmp_path)
    sweep = Sweep(old, new, ["k"], Options(jobs=jobs))
    assert verdicts(list(sweep.rows())) == {"f": "same", "g": "changed"}
    assert sweep.counts == (2, 1, 0, 3, 1, 1, 2)


def test_a_pattern_and_a_file(tmp_path: Path) -> None:
    old, new = trees(tmp_path)
    for path in ("k/b*.c", "k/b.c"):
        assert verdicts(list(Sweep(old, new, [path], Options()).rows())) == {"g": "changed"}
    for path in ("no", "*/x.c", "../old"):
        with pytest.raises(InputError):
            Sweep(old, new, [path], Options())


def test_a_second_run_knows_all(tmp_path: Path) -> None:
    trees(tmp_path)
    file = str(tmp_path / "cache")
    first = swept(tmp_path, file)
    second = swept(tmp_path, file)
    assert [row.cached for row in first] == [False, False]
    assert [row._replace(cached=False) for row in second] == first
    assert all(row.cached for row in second)


CHANGES: dict[str, Callable[[Path], Any]] = {
    "an included macro": lambda p: (p / "new/k/a.h").write_text("#define K 3\n"),
    "the old version": lambda p: (p / "old/k/a.h").write_text("#define K 3\n"),
    "a header that goes before another": lambda p: (
        (p / "new/include").mkdir(),
        (p / "new/include/b.h").write_text(""),
        (p / "new/k/a.h").write_text("#include <b.h>\n#define K 2\n"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_verdict_reads_makes_it_a_miss(tmp_path: Path, change: str) -> None:
    trees(tmp_path)
    file = str(tmp_path / "cache")
    swept(tmp_path, file)
    CHANGES[change](tmp_path)
    assert {row.function: row.cached for row in swept(tmp_path, file)} == {"f": False, "g": True}


def test_a_changed_macro_changes_the_verdict_in_spite_of_the_cache(tmp_path: Path) -> None:
    trees(tmp_path)
    file = str(tmp_path / "cache")
    assert verdicts(swept(tmp_path, file))["f"] == "same"
    (tmp_path / "old/k/a.h").write_text("#define K 3\n")
    assert verdicts(swept(tmp_path, file))["f"] == "changed"


def test_what_changes_during_a_run_is_not_kept_for_what_was_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trees(tmp_path)
    file = str(tmp_path / "cache")
    header = tmp_path / "old/k/a.h"
    hashed = Sweep._fingerprint

    def meanwhile(sweep: Sweep) -> None:
        hashed(sweep)
        header.write_text("#define K 3\n")

    with monkeypatch.context() as patch:
        patch.setattr(Sweep, "_fingerprint", meanwhile)
        assert verdicts(swept(tmp_path, file))["f"] == "changed"
    header.write_text(HEAD + OLD["k/a.h"])
    assert verdicts(swept(tmp_path, file))["f"] == "same"


def test_a_branch_that_moves_during_a_run_is_read_where_it_was(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    for text in ("int f(int n) { return n + 1; }", "int f(int n) { return 1 + n; }", "int f(int n) { return n + 2; }"):
        (tmp_path / "a.c").write_text(text)
        git(tmp_path, "add", "a.c")
        git(tmp_path, "commit", "-q", "-m", "next")
    git(tmp_path, "branch", "topic", "main~1")
    sweep = Sweep(f"{tmp_path}@main~2", f"{tmp_path}@topic", [], Options())
    git(tmp_path, "branch", "-f", "topic", "main")
    assert verdicts(list(sweep.rows())) == {"f": "same"}


def test_a_file_that_cannot_be_read_is_not_decided(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = trees(tmp_path)
    (tmp_path / "new/k/b.c").write_text(HEAD + OLD["k/b.c"])
    words = ["sweep", old, new, "--path", "k", "--no-cache"]
    assert main(words) == 0
    (tmp_path / "old/k/b.c").unlink()
    (tmp_path / "old/k/b.c").symlink_to("nowhere")
    assert main([*words, "--json"]) == 3
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    jsonschema.validate(summary, SCHEMA)
    assert summary["counts"]["files_unread"] == 1
    assert "`k/b.c` couldn't be read: there is no file `k/b.c`" in summary["notes"][0]


def test_lines_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", *trees(tmp_path), "--no-cache", "--jsonl", "/dev/full"]) == 2
    assert "can't write `/dev/full`" in capsys.readouterr().err


def test_options_and_limits_make_a_miss() -> None:
    base = tool_hash(Options(), (1.0,))
    others = [
        tool_hash(Options(timeout=1), (1.0,)),
        tool_hash(Options(solver="cvc5"), (1.0,)),
        tool_hash(Options(define={"CONFIG_X": True}), (1.0,)),
        tool_hash(Options(), (2.0,)),
    ]
    assert len({base, *others}) == 5
    assert tool_hash(Options(solver="cmd:z3 -in"), (1.0,)) is None


def test_a_row_that_was_tampered_with_is_a_miss(tmp_path: Path) -> None:
    file = str(tmp_path / "cache")
    cache = Cache(file)
    cache.put("key", "changed")
    assert cache.get("key") == "changed"
    cache.close()
    rows = sqlite3.connect(file)
    rows.execute("UPDATE results SET value = 'same'")
    rows.commit()
    rows.close()
    assert Cache(file).get("key") is None


def test_runs_that_begin_at_once_share_a_new_cache(tmp_path: Path) -> None:
    for number in range(10):
        with ThreadPoolExecutor(4) as pool:
            notes = list(pool.map(lambda file: Cache(file).note, [str(tmp_path / f"cache{number}")] * 4))
        assert not any(notes)


def test_a_damaged_cache_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "cache"
    cache = Cache(str(file))
    for n in range(500):
        cache.put(f"key {n}", "x" * 100)
    cache.close()
    data = bytearray(file.read_bytes())
    data[4096:12288] = b"\xff" * 8192
    file.write_bytes(data)
    fresh = Cache(str(file))
    assert "damaged" in fresh.note
    assert (tmp_path / "cache.damaged").exists()
    fresh.put("a", "b")
    assert fresh.get("a") == "b"


@pytest.mark.parametrize("content", [b"something else\n", b"SQLite format 3\0" + bytes(100)])
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cache"
    file.write_bytes(content)
    cache = Cache(str(file))
    cache.put("a", "b")
    assert "isn't a cache" in cache.note
    assert cache.get("a") is None
    assert file.read_bytes() == content


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert default_file() == "/x/verify/sweep.sqlite"


def _work(task: str, begin: Callable[[], None]) -> object:
    begin()
    if task == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(60)
    if task == "die":
        os._exit(7)
    if task == "big":
        return len(bytearray(1 << 40))
    if task == "raise":
        raise ValueError("x")
    return task.upper()


def results(*tasks: str) -> dict[str, object]:
    pool = Pool(2, _work, 1 << 30)
    found: dict[str, object] = {}
    left = list(tasks)
    try:
        while left or pool.busy():
            for worker in pool.idle():
                if left:
                    pool.give(worker, left.pop(0), 5, 0.5)
            found.update({task: answer for _, task, answer, _ in pool.wait(0.1)})
    finally:
        pool.close()
    return found


def test_whatever_a_process_does_the_rest_goes_on() -> None:
    found = results("a", "hang", "die", "big", "raise", "b", "c")
    assert found["hang"] == Stopped("it took longer than 0.5 s", True)
    assert found["die"] == Stopped("the process that worked on it ended (exit code 7)", False)
    assert found["big"] == Stopped("it took more than 1024 MiB of memory", False)
    assert found["raise"] == Failed("ValueError: x")
    assert [found[k] for k in "abc"] == ["A", "B", "C"]


_PARENT = """
import sys, time
from verify.changes.workers import Pool
def work(task, begin):
    time.sleep(60)
pool = Pool(2, work, 1 << 30)
for worker in pool.idle():
    pool.give(worker, 1, 60, 60)
print(*(w.process.pid for w in pool.workers), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_processes_end_with_their_parent(number: int) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True
    )
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    parent.send_signal(number)
    parent.wait(10)
    parent.stdout.close()
    until = time.monotonic() + 10
    while any(map(_runs, children)) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(children) == 2
    assert not any(map(_runs, children))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_json_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = trees(tmp_path)
    file = tmp_path / "lines"
    assert main(["sweep", old, new, "--path", "k", "--no-cache", "--json", "--jsonl", str(file)]) == 1
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    written = [json.loads(line) for line in file.read_text().splitlines()]
    for line in (*printed, *written):
        jsonschema.validate(line, SCHEMA)
    assert [line.get("function") for line in printed] == ["f", "g", None]
    assert len(written) == 3
    assert printed[-1]["counts"]["text_changed"] == 2


def test_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = trees(tmp_path)
    command = ["sweep", old, new, "--path", "k", "--cache", str(tmp_path / "cache"), "-v"]
    assert main(command) == 1
    first = capsys.readouterr().out
    assert "2 files with 3 functions in both trees; the text of 2 changed." in first
    assert "none known from an earlier run" in first
    assert main(command) == 1
    assert "2 of 2 known from an earlier run" in capsys.readouterr().out


def test_constructs_lose_names_and_places() -> None:
    assert construct("/a/b.c:7:3: a goto backwards\n  x") == "a goto backwards"
    assert construct("`f` has several definitions (/a:1:1, /b:2:2)") == "`…` has several definitions"
