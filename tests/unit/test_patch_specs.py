"""Specs on the versions of a series: what each patch does to their claims, and what can't be run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from verify import Options
from verify.changes.claims import broken, events, undecided
from verify.changes.series import Review, behaviour_changed, review
from verify.claims.language import said_of_old, versions_named
from verify.errors import InputError
from verify.report.patch import exit_code, patch_b4, patch_json, patch_markdown, patch_text

SPECS = Path(__file__).parents[2] / "specs"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "patch.json"
CODE = """#include "dev.h"

static bool may_write(struct dev *dev, u32 value)
{
	return (value & ~dev->writable) == 0;
}

int dev_write(struct dev *dev, u32 value, bool trusted)
{
	if (!may_write(dev, value))
		return -22;
	dev->value = value;
	return 0;
}
"""
HEADER = """typedef unsigned int u32;
struct dev { u32 value; u32 writable; };
"""
TRUSTING = CODE.replace("if (!may_write(", "if ((trusted ? (value & ~DEV_MASK) : !may_write(").replace(
    "value))\n", "value)))\n"
)
TRUSTING = TRUSTING.replace("static bool", "#define DEV_MASK 0xffu\n\nstatic bool", 1)
LOOSE = TRUSTING.replace("return (value & ~dev->writable) == 0;", "return !(value & ~dev->writable & 0xf);")
SPEC = """title = "Who may write"

[code]
old = "nowhere.c"
new = "nowhere.c"
entry = "dev_write"

[kernel]
file = "drivers/dev.c"
headers = ["drivers/dev.h"]

[names]
accepted = "ret == 0"
stays = "new.ret == old.ret"

[[claim]]
name = "untrusted-unchanged"
says = "An untrusted write has the same result."
assume = "!trusted"
prove = "stays"

[[claim]]
name = "all-unchanged"
says = "Each write does the same."
prove = "same(old, new)"
expect = "refuted"

[[claim]]
name = "trusted-may-set-the-mask"
says = "Who is trusted may set all of the mask."
assume = "trusted"
prove = "value == DEV_MASK ==> new.accepted"

[[claim]]
name = "they-differ-for-trusted-only"
says = "The versions differ for some trusted write."
assume = "trusted && value == DEV_MASK && dev->writable == 0"
prove = "new.ret != old.ret"

[[claim]]
name = "untrusted-need-leave"
says = "No untrusted write sets a bit that isn't writable."
assume = "!trusted && !(dev->value & ~dev->writable)"
prove = "!(new.dev->value & ~dev->writable)"

[[claim]]
name = "refused-writes-change-nothing"
says = "What is refused leaves the device as it was."
prove = "!new.accepted ==> same(before, new, except(ret))"

[[claim]]
name = "so-it-was"
says = "Before, no untrusted write set a bit that isn't writable."
assume = "!trusted && !(dev->value & ~dev->writable)"
prove = "!(old.dev->value & ~dev->writable)"
"""


def git(repository: Path, *arguments: str) -> bytes:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", "-C", repository, *names, *arguments], check=True, capture_output=True).stdout


def series_of(path: Path, base: dict[str, str], *patches: tuple[str, dict[str, str]]) -> bytes:
    """Makes a repository at `path` whose HEAD is the base; returns the patches as an mbox."""
    git(path, "init", "-q", "-b", "main")

    def write(files: dict[str, str], message: str) -> None:
        for name, text in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text)
        git(path, "add", ".")
        git(path, "commit", "-qm", message)

    write(base, "base")
    git(path, "checkout", "-qb", "topic")
    for message, files in patches:
        write(files, message)
    mbox = git(path, "format-patch", "--stdout", "main..topic")
    git(path, "checkout", "-q", "main")
    return mbox


def specs_in(path: Path, **texts: str) -> Options:
    path.mkdir()
    for name, text in texts.items():
        (path / name).mkdir(parents=True)
        (path / name / "spec.toml").write_text(text)
    return Options(specs=str(path))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Review:
    folder = tmp_path_factory.mktemp("series")
    repository = folder / "repository"
    repository.mkdir()
    mbox = series_of(
        repository,
        {"drivers/dev.c": CODE, "drivers/dev.h": HEADER, "other.c": "int f(void) { return 1; }\n"},
        ("dev: Trust who is trusted", {"drivers/dev.c": TRUSTING}),
        ("other: Two", {"other.c": "int f(void) { return 2; }\n"}),
        ("dev: Tidy up\n\nNo functional change intended.", {"drivers/dev.c": LOOSE}),
    )
    options = specs_in(
        folder / "specs",
        dev=SPEC,
        elsewhere=SPEC.replace("drivers/dev", "drivers/none"),
        nobody=SPEC.replace('entry = "dev_write"', 'entry = "dev_read"'),
        unreadable=SPEC.replace("[names]", "[nmaes]"),
        unreadable_elsewhere="[nmaes]\n",
    )
    return review(mbox, "series", str(repository), options=options)


def words(found: Review) -> dict[str, list[str | None]]:
    (run,) = (s for s in found.specs if s.name == "dev")
    return {
        t.claim.name: [r and r.word for r in (t.base, *(c and c.report for c in (*t.steps, t.whole)))]
        for t in run.tracks
    }


def test_each_claim_on_each_version(found: Review) -> None:
    assert words(found) == {
        "untrusted-unchanged": [None, "proved", None, "refuted", "refuted"],
        "all-unchanged": [None, "refuted", None, "refuted", "refuted"],
        "trusted-may-set-the-mask": ["unsupported", "proved", None, "proved", "proved"],
        "they-differ-for-trusted-only": [None, "proved", None, "refuted", "proved"],
        "untrusted-need-leave": ["proved", "proved", None, "refuted", "refuted"],
        "refused-writes-change-nothing": ["proved", "proved", None, "proved", "proved"],
        "so-it-was": [None, "proved", None, "proved", "proved"],
    }


def test_what_the_patches_do(found: Review) -> None:
    (run,) = (s for s in found.specs if s.name == "dev")
    told = [(e.position + 1, e.word, e.track.claim.name) for e in events(run)]
    assert told == [
        (1, "breaks", "all-unchanged"),
        (1, "establishes", "trusted-may-set-the-mask"),
        (1, "establishes", "they-differ-for-trusted-only"),
        (3, "breaks", "untrusted-unchanged"),
        (3, "breaks", "untrusted-need-leave"),
        (3, "breaks", "all-unchanged"),
    ]
    before = {e.track.claim.name: e.cell.before for e in events(run)}
    mask = before["trusted-may-set-the-mask"]  # asked of the code before, with the mask that the patch defines
    assert mask is not None and mask.word == "refuted"
    assert [e.track.claim.name for e in broken(run)] == ["untrusted-need-leave"]
    assert not undecided(run)
    assert exit_code(found) == 1


def test_a_helper_that_differs_is_not_taken_to_be_the_same(found: Review) -> None:
    step = found.steps[2]
    assert {c.comparison.function: c.comparison.verdict for c in step.changes} == {
        "may_write": "changed", "dev_write": "changed",
    }  # fmt: skip
    assert behaviour_changed(step)
    assert [c.verdict for c in step.claims] == ["contradicted"]


def test_specs_that_cannot_be_run_are_told(found: Review) -> None:
    problems = {s.name: s.problems for s in found.specs if not s.tracks}
    assert set(problems) == {"nobody", "unreadable"}
    assert problems["nobody"] == ("no version of `drivers/dev.c` has a function `dev_read`; it isn't run",)
    assert "unknown key `nmaes`" in problems["unreadable"][0] and "spec.toml:" in problems["unreadable"][0]


def test_a_directory_of_specs_that_is_not_there(tmp_path: Path) -> None:
    mbox = series_of(tmp_path, {"a.c": "int f(void) { return 1; }\n"}, ("a", {"a.c": "int f(void) { return 2; }\n"}))
    with pytest.raises(InputError, match="there is no directory"):
        review(mbox, "m", str(tmp_path), options=Options(specs=str(tmp_path / "none")))


def test_reports(found: Review) -> None:
    document = json.loads(patch_json(found, 1.0, exit_code(found)))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    (spec,) = (s for s in document["specs"] if s["spec"] == "dev")
    (event,) = (e for e in spec["events"] if e["claim"] == "untrusted-need-leave")
    assert (event["patch"], event["effect"], event["expected"]) == (3, "breaks", False)
    assert event["before"]["word"] == "proved" and event["verdict"]["counterexample"]["replayed"]
    text = patch_text(found, 1.0)
    assert "Patch 1 establishes `trusted-may-set-the-mask` (refuted without it)" in text
    assert "Patch 1 breaks `all-unchanged`, as the spec expects" in text
    mail = patch_markdown(found)
    assert "Patch 3 breaks `untrusted-need-leave`" in mail and max(map(len, mail.splitlines())) < 75
    checks = json.loads(patch_b4(found))
    assert [c["status"] for c in checks] == ["warn", "warn", "fail"]
    assert "untrusted-need-leave" in checks[2]["details"] and "untrusted-need-leave" not in checks[0]["details"]


def test_a_helper_behind_its_user_is_not_taken_to_be_the_same(tmp_path: Path) -> None:
    """The user's text changes too, and it is compared before the helper is known to differ."""
    head, body = HEADER + "static bool may(u32 v);\n", "static bool may(u32 v) { return v != %d; }\n"
    user = "int set(struct dev *d, u32 v) { if (!may(v)) return 1; d->value = v; return 0%s; }\n"
    mbox = series_of(
        tmp_path,
        {"a.c": head + user % "" + body % 5},
        ("a: Tidy up\n\nNo functional change.", {"a.c": head + user % " + 0" + body % 6}),
    )
    (step,) = review(mbox, "m", str(tmp_path), options=specs_in(tmp_path / "none")).steps
    assert {c.comparison.function: c.comparison.verdict for c in step.changes} == {"set": "changed", "may": "changed"}
    assert [c.verdict for c in step.claims] == ["contradicted"]


def test_helpers_of_helpers_are_looked_into(tmp_path: Path) -> None:
    text = "static int a(int x) { return x + %s; }\nstatic int b(int x) { return a(x) - %s; }\nint c(int x) { return b(x); }\n"
    mbox = series_of(tmp_path, {"a.c": text % (1, 1)}, ("a: Move\n\nNo functional change.", {"a.c": text % (2, 2)}))
    (step,) = review(mbox, "m", str(tmp_path), options=specs_in(tmp_path / "none")).steps
    assert [c.verdict for c in step.claims] == ["holds"]
    mbox = mbox.replace(b"a(x) - 2", b"a(x) - 3")
    (step,) = review(mbox, "m", str(tmp_path), options=specs_in(tmp_path / "no")).steps
    assert [c.verdict for c in step.claims] == ["contradicted"]


def test_a_header_that_the_code_includes_counts(tmp_path: Path) -> None:
    header = HEADER + "#define DEV_MASK 0x%xu\n"
    code = TRUSTING.replace("#define DEV_MASK 0xffu\n", "")
    repository = tmp_path / "repository"
    repository.mkdir()
    mbox = series_of(
        repository,
        {"drivers/dev.c": code, "drivers/dev.h": '#include "mask.h"\n', "drivers/mask.h": header % 0xFF},
        ("dev: Tidy", {"drivers/dev.c": code + "\n/* That's all. */\n"}),
        ("dev: Allow less", {"drivers/mask.h": header % 0xF}),
    )
    claim = '[[claim]]\nname = "byte"\nassume = "trusted && value == 255"\nprove = "new.accepted"\n'
    options = specs_in(tmp_path / "specs", dev=SPEC.partition("[[claim]]")[0] + claim)
    (run,) = review(mbox, "series", str(repository), options=options).specs
    (track,) = run.tracks
    assert [c and c.report.word for c in track.steps] == ["proved", "refuted"]
    assert [(e.position, e.word) for e in events(run)] == [(1, "breaks")]


def test_claims_about_histories_are_judged_on_each_version(tmp_path: Path) -> None:
    spec = SPECS / "feat_ctl_history"
    text = (spec / "spec.toml").read_text()
    start, end = text.index("[kernel]"), text.index("[names]")
    text = text[:start] + '[kernel]\nfile = "vmx.c"\nheaders = ["kvm.h"]\n\n' + text[end:]
    repository = tmp_path / "repository"
    repository.mkdir()
    before, after, wrong = ((spec / f).read_text() for f in ("before.c", "after.c", "broken_lock.c"))
    mbox = series_of(
        repository,
        {"vmx.c": before, "kvm.h": (spec / "kvm.h").read_text()},
        ("x: Let userspace write", {"vmx.c": after}),
        ("x: Break the lock", {"vmx.c": wrong}),
    )
    (run,) = review(mbox, "series", str(repository), options=specs_in(tmp_path / "specs", history=text)).specs
    told = {(e.position + 1, e.word, e.track.claim.name) for e in events(run)}
    assert (1, "establishes", "host-can-restore") in told
    assert (2, "breaks", "locked-register-is-closed@new") in told
    assert all(t.claim.name.endswith("@new") or "@" not in t.claim.name for t in run.tracks)


@pytest.mark.parametrize(
    ("text", "versions", "old"),
    [
        ("new.ret == 0", "new", "old.ret == 0"),
        ("old.ret == new.ret", "new old", "old.ret == old.ret"),
        ("same(before, new, except(ret))", "new", "same(before, old, except(ret))"),
        ("p->new == 1 && q.old", "", "p->new == 1 && q.old"),
        ("x -> new", "", "x -> new"),
        ("a>new.b", "new", "a>old.b"),
        ("renewed + new_x", "", "renewed + new_x"),
        ("unchanged && x", "new old", "(old.ret == old.ret) && x"),
        ("new.accepted", "new", "old.accepted"),
        ("p->unchanged", "", "p->unchanged"),
        ("outer", "new old", "((old.ret == old.ret) && 1)"),
        ("loop", "", "loop"),
    ],
)
def test_which_versions_a_claim_speaks_of(text: str, versions: str, old: str) -> None:
    names = {"unchanged": "old.ret == new.ret", "accepted": "ret == 0", "outer": "unchanged && 1", "loop": "loop"}
    assert versions_named(text, names) == frozenset(versions.split())
    assert said_of_old(text, names) == old
