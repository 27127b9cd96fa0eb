"""`verify patch`: a series of three patches, what their messages claim, bad input, and a repository that stays as it was."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from verify import Options
from verify.changes.message import LIMITED, NONE, WHOLE, statements
from verify.changes.series import Review, first_change, review
from verify.cli import main
from verify.errors import InputError
from verify.report.patch import exit_code, patch_b4, patch_json, patch_markdown, patch_text

SPEC = Path(__file__).parents[2] / "specs" / "feat_ctl"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "patch.json"
BEFORE, AFTER = (SPEC / "before.c").read_text(), (SPEC / "after.c").read_text()
TIDY = BEFORE.replace("return (data & ~to", "return !(data & ~to").replace("valid_bits) == 0;", "valid_bits);")
LOUD = AFTER.replace("vcpu->arch.mcg_ext_ctl = data;", "vcpu->arch.mcg_ext_ctl = data | 2;")


def git(repository: Path, *arguments: str) -> bytes:
    names = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", "-C", repository, *names, *arguments], check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base is HEAD; the branch `series` holds the patches."""
    path = tmp_path_factory.mktemp("repository")
    git(path, "init", "-q", "-b", "main")
    (path / "kvm.h").write_text((SPEC / "kvm.h").read_text())
    (path / "vmx.c").write_text(BEFORE)
    git(path, "add", ".")
    git(path, "commit", "-qm", "base")
    git(path, "checkout", "-qb", "series")
    for text, message in (
        (TIDY, "x86: Tidy up the check\n\nNo functional change intended."),
        (AFTER, "x86: Rework the check\n\nNo functional change."),
        (LOUD, "x86: Set one more bit\n\nThe guest sees bit 1 set."),
    ):
        (path / "vmx.c").write_text(text)
        git(path, "commit", "-qam", message)
    git(path, "checkout", "-q", "main")
    return path


@pytest.fixture(scope="module")
def mbox(repository: Path) -> bytes:
    return git(repository, "format-patch", "--stdout", "main..series")


@pytest.fixture(scope="module")
def found(repository: Path, mbox: bytes) -> Review:
    return review(mbox, "series.mbox", str(repository))


def checksum(path: Path) -> dict[str, str]:
    files = (Path(folder) / n for folder, _, names in os.walk(path) for n in names)
    return {str(f.relative_to(path)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def verdicts(step_number: int, found: Review) -> list[str]:
    return [c.verdict for c in found.steps[step_number].claims]


def test_a_refactoring_that_says_so_holds(found: Review) -> None:
    assert verdicts(0, found) == ["holds"]


def test_a_change_that_says_no_functional_change_is_contradicted_with_a_counterexample(found: Review) -> None:
    assert verdicts(1, found) == ["contradicted"]
    change = next(c for c in found.steps[1].changes if c.comparison.function == "vmx_set_msr")
    assert change.map is not None and change.map.complete
    assert any(r.counterexample is not None for r in change.map.regions)


def test_a_change_that_is_announced_is_no_failure(found: Review) -> None:
    assert verdicts(2, found) == []
    assert found.steps[2].changes[-1].comparison.verdict == "changed"


def test_the_first_change_and_the_whole_series(found: Review) -> None:
    first = first_change(found)
    assert first is not None and first.patch.subject == "x86: Rework the check"
    assert found.whole is not None and found.whole.changes[0].comparison.verdict == "changed"
    assert exit_code(found) == 1


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_compiled_code_confirms_what_was_found(repository: Path, mbox: bytes, tmp_path: Path) -> None:
    options = Options(save_replay=str(tmp_path), validate=20)
    found = review(mbox, "series.mbox", str(repository), options=options)
    tidy, *_ = found.steps[0].changes
    assert tidy.tried is not None
    assert (tidy.tried.compiled, tidy.tried.reason) == (20, "")
    regions = [r for s in found.steps[1:] for c in s.changes if c.map is not None for r in c.map.regions]
    assert regions
    compiled = [r.compiled for r in regions if r.compiled is not None]
    assert [c.reason for c in compiled] == [""] * len(regions)
    assert len({c.path for c in compiled if c.by}) == len(regions)
    jsonschema.validate(json.loads(patch_json(found, 1.0, exit_code(found))), json.loads(SCHEMA.read_text()))


def test_the_repository_stays_as_it_was(repository: Path, mbox: bytes) -> None:
    before = checksum(repository)
    review(mbox, "series.mbox", str(repository))
    assert checksum(repository) == before


def test_reports(found: Review) -> None:
    document = json.loads(patch_json(found, 1.0, exit_code(found)))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert document["first_change"] == 2
    checks = json.loads(patch_b4(found))
    assert [c["status"] for c in checks] == ["pass", "fail", "pass"]
    assert all(set(c) == {"tool", "status", "summary", "url", "details"} for c in checks)
    mail = patch_markdown(found)
    assert max(map(len, mail.splitlines())) < 75
    assert "For example:" in mail and "contradicted" in mail
    text = patch_text(found, 1.0)
    assert "The first patch that is shown to change behaviour: 2/3 x86: Rework the check" in text


def test_two_versions_of_a_series(repository: Path, mbox: bytes) -> None:
    same = review(mbox, "v2", str(repository), against=(mbox, "v1")).against
    assert same is not None and same.changes == ()
    shorter = git(repository, "format-patch", "--stdout", "main..series~1")
    other = review(mbox, "v2", str(repository), against=(shorter, "v1")).against
    assert other is not None and [c.comparison.function for c in other.changes] == ["vmx_set_msr"]


def diff_of(path: str, mode: str = "") -> bytes:
    return f"diff --git a/{path} b/{path}\n{mode}--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n".encode()


LINK = b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n"
BINARY = b"diff --git a/x.bin b/x.bin\nindex 1234567..89abcde 100644\nBinary files a/x.bin and b/x.bin differ\n"
NEW = b"diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1 @@\n+int n(void) { return 1; }\n"
NEW_TEXT = b"diff --git a/n.rst b/n.rst\nnew file mode 100644\n--- /dev/null\n+++ b/n.rst\n@@ -0,0 +1 @@\n+Text.\n"
RENAME = b"diff --git a/vmx.c b/w.c\nsimilarity index 100%\nrename from vmx.c\nrename to w.c\n"


@pytest.mark.parametrize(
    ("diff", "applied", "said"),
    [
        (diff_of("../../etc/passwd"), False, "leads out of the repository"),
        (diff_of("/etc/passwd"), False, "leads out of the repository"),
        (diff_of(".git/config"), False, "leads out of the repository"),
        (diff_of("vmx.c"), False, "doesn't apply"),
        (diff_of("none.c"), False, "doesn't apply"),
        (LINK, False, "symbolic link"),
        (BINARY, True, "`x.bin` is binary"),
        (NEW, True, "`n.c` is new"),
        (RENAME, True, "renamed to `w.c`"),
    ],
)
def test_a_bad_patch_is_told_and_the_rest_goes_on(
    repository: Path, mbox: bytes, diff: bytes, applied: bool, said: str
) -> None:
    mail = b"From 0 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH %d/2] x: y\n\nNo functional change.\n---\n%s--\n2\n\n"
    tidy = git(repository, "diff", "main", "series~2")
    before = checksum(repository)
    found = review(mail % (1, diff) + mail % (2, tidy), "bad", str(repository))
    bad, good = found.steps
    assert bad.applied is applied
    assert any(said in t for t in (*bad.problems, *bad.beside))
    assert [c.verdict for c in bad.claims] == ["not decided" if applied else "not judged"]
    if diff is not RENAME:
        assert good.applied and [c.verdict for c in good.claims] == ["holds"]
    assert exit_code(found) == (3 if applied and diff is not RENAME else 2)
    assert checksum(repository) == before


@pytest.mark.parametrize("diff", [diff_of("vmx.c"), BINARY])
def test_a_cover_letter_is_not_judged_without_all_patches(repository: Path, diff: bytes) -> None:
    mail = b"From 0 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: [PATCH %d/2] x: y\n\n%s\n---\n%s--\n2\n\n"
    tidy = git(repository, "diff", "main", "series~2")
    mails = mail % (0, b"No functional change.", b""), mail % (1, b"Text.", tidy), mail % (2, b"Text.", diff)
    whole = review(b"".join(mails), "m", str(repository)).whole
    assert whole is not None and [c.verdict for c in whole.claims] == ["not decided"]
    assert "patch 2 isn't applied" in whole.beside or "`x.bin` is binary" in whole.beside
    whole = review(b"".join(mails[:2]) + mail % (2, b"Text.", NEW_TEXT), "m", str(repository)).whole
    assert whole is not None and [c.verdict for c in whole.claims] == ["holds"]


def test_input_that_is_no_patch(repository: Path, tmp_path: Path, mbox: bytes) -> None:
    for data in (b"", b"hello\n", b"\x00\xff\x01 garbage\n" * 800_000):
        with pytest.raises(InputError):
            review(data, "bad", str(repository))
    with pytest.raises(InputError, match="isn't a commit"):
        review(mbox, "m", str(repository), "no-such-revision")
    with pytest.raises(InputError, match="isn't a commit"):
        review(mbox, "m", str(repository), "--output=/tmp/x")
    with pytest.raises(InputError, match="isn't a git repository"):
        review(mbox, "m", str(tmp_path))
    with pytest.raises(InputError, match="there is no directory"):
        review(mbox, "m", str(tmp_path / "none"))


def test_nothing_of_the_repository_is_executed(repository: Path, mbox: bytes, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", repository, copy], check=True)
    trap = tmp_path / "trap"
    for key in (
        "core.fsmonitor",
        "filter.x.clean",
        "filter.x.smudge",
        "diff.x.textconv",
        "diff.external",
        "core.pager",
    ):
        git(copy, "config", key, f"touch {trap}")
    (copy / ".git/info/attributes").write_text("*.c filter=x diff=x\n")
    for hook in ("post-index-change", "pre-applypatch", "applypatch-msg", "reference-transaction"):
        file = copy / ".git/hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {trap}\n")
        file.chmod(0o755)
    assert all(s.applied for s in review(mbox, "m", str(copy)).steps)
    assert not trap.exists()


def test_a_damaged_mail_is_told(repository: Path, mbox: bytes) -> None:
    damaged = mbox.replace(b"@@ -", b"@@ x", 1)
    found = review(damaged, "m", str(repository))
    assert not found.steps[0].applied and found.steps[0].problems
    assert len(found.steps) == 3


def test_what_only_other_files_see_leaves_the_claim_undecided(repository: Path) -> None:
    diff = b'diff --git a/vmx.c b/vmx.c\n--- a/vmx.c\n+++ b/vmx.c\n@@ -5,2 +5,3 @@\n #include "kvm.h"\n+int (*hook)(void) = 0;\n \n'
    mail = b"From: A <a@b>\nSubject: [PATCH] x: No functional change\n\nText.\n---\n" + diff
    assert [c.verdict for c in review(mail, "m", str(repository)).steps[0].claims] == ["not decided"]


def series_of(path: Path, folder: str, edits: tuple[str, str]) -> Review:
    spec = SPEC.parent / folder
    git(path, "init", "-q")
    (path / "kvm.h").write_text((spec / "kvm.h").read_text())
    (path / "vmx.c").write_text(edits[0])
    git(path, "add", ".")
    git(path, "commit", "-qm", "base")
    (path / "vmx.c").write_text(edits[1])
    diff = git(path, "diff")
    git(path, "checkout", "-q", ".")
    return review(b"Subject: [PATCH] x: y\n\nNo functional change.\n---\n" + diff, "m", str(path))


def test_a_check_moved_into_a_static_helper_holds(tmp_path: Path) -> None:
    spec = SPEC.parent / "feat_ctl_locked_check"
    found = series_of(tmp_path, spec.name, ((spec / "before.c").read_text(), (spec / "after.c").read_text()))
    assert [c.comparison.function for c in found.steps[0].changes] == ["vmx_set_msr"]
    assert [c.verdict for c in found.steps[0].claims] == ["holds"]


def test_a_macro_changed_beside_a_function_that_stays_the_same_is_seen(tmp_path: Path) -> None:
    code = "#define K 1\nstatic int f(int a) { return a + 0; }\nint g(int a) { return f(a) + K; }\n"
    changed = code.replace("K 1", "K 2").replace("a + 0", "a")
    found = series_of(tmp_path, "feat_ctl", (code, changed))
    assert [c.verdict for c in found.steps[0].claims] == ["contradicted"]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("No functional change intended.", WHOLE),
        ("No functional changes.", WHOLE),
        ("No intended functional change.", WHOLE),
        ("NFC.", WHOLE),
        ("No functional change for guests.", LIMITED),
        ("This is not a no functional change patch", NONE),
        ("The previous patch said no functional change.", NONE),
    ],
)
def test_statements(sentence: str, kind: str) -> None:
    assert [s.kind for s in statements("x86: y", sentence)] == [kind]


def test_what_is_not_compared_is_not_said_to_change_nothing(repository: Path, mbox: bytes) -> None:
    damaged = review(mbox.replace(b"data", b"date"), "bad.mbox", str(repository))
    assert not any(s.applied for s in damaged.steps)
    for text in (patch_text(damaged, 0.0), patch_markdown(damaged)):
        assert "Nothing was compared, as no patch could be applied." in text
        assert "No patch is shown" not in text


def test_a_cover_letter_stands_for_the_whole_series(repository: Path) -> None:
    mails = git(repository, "format-patch", "--cover-letter", "--stdout", "main..series")
    text = patch_text(review(mails, "series.mbox", str(repository)), 0.0)
    assert "\nThe whole series, 1 to 3: *** SUBJECT HERE ***\n" in text


def test_the_command(repository: Path, mbox: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "series.mbox"
    file.write_bytes(mbox)
    assert main(["patch", str(file), "--git", str(repository), "--format", "b4"]) == 0
    assert json.loads(capsys.readouterr().out)[1]["status"] == "fail"
    assert main(["patch", str(file), "--git", str(repository)]) == 1
    assert "≠" in capsys.readouterr().out
    assert main(["patch", str(file)]) == 2
    assert "--git" in capsys.readouterr().err


def test_a_helper_that_is_not_the_same_is_not_taken_to_be(tmp_path: Path) -> None:
    code = (
        "static unsigned helper(unsigned x)\n{\n\tunsigned i;\n\n\tfor (i = 0; i < x; i++)\n\t\tx ^= i;\n\treturn x;\n}\n"
        "unsigned f(unsigned n)\n{\n\treturn helper(n);\n}\n"
    )
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.c").write_text(code)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "base")
    git(tmp_path, "checkout", "-qb", "topic")
    (tmp_path / "a.c").write_text(code.replace("x ^= i;", "x ^= i + 1;"))
    git(tmp_path, "commit", "-qam", "a: Tidy up\n\nNo functional change.")
    mail = git(tmp_path, "format-patch", "--stdout", "main..topic")
    git(tmp_path, "checkout", "-q", "main")
    found = review(mail, "patch", str(tmp_path))
    assert verdicts(0, found)[0] in ("contradicted", "not decided")
