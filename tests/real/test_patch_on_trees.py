"""Patch 1 of the seed case as a mail, on a git repository with the real source of 6.1."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real.test_diff_on_trees import VMX, patched
from tests.real.trees import tree
from verify import Options
from verify.changes.claims import events
from verify.changes.series import Review, behaviour_changed, review
from verify.report.patch import exit_code

SPECS = Path(__file__).resolve().parent.parent.parent / "specs"
READ = ("arch/x86/kvm", "arch/x86/include", "include")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Review:
    folder = tmp_path_factory.mktemp("series")
    old, repository = tree("old"), folder / "linux"
    for part in READ:
        shutil.copytree(Path(old, part), repository / part, symlinks=True)

    def git(*arguments: str) -> bytes:
        names = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(["git", "-C", repository, *names, *arguments], check=True, capture_output=True).stdout

    git("init", "-q", "-b", "main")
    git("add", "-f", ".")
    git("commit", "-qm", "6.1")
    git("checkout", "-qb", "topic")
    (repository / VMX).write_text((patched(folder / "new", old) / VMX).read_text())
    git("commit", "-qam", "KVM: VMX: Allow userspace to set all supported FEATURE_CONTROL bits")
    mail = git("format-patch", "--stdout", "main..topic")
    git("checkout", "-q", "main")
    (folder / "specs").mkdir()
    shutil.copytree(SPECS / "feat_ctl", folder / "specs" / "feat_ctl")
    return review(mail, "patch", str(repository), options=Options(specs=str(folder / "specs"), timeout=30))


def test_only_vmx_set_msr_behaves_otherwise(found: Review) -> None:
    (step,) = found.steps
    assert step.applied and behaviour_changed(step)
    words = {c.comparison.function: c.comparison.verdict for c in step.changes}
    assert words.pop("vmx_set_msr") == "changed"
    assert set(words.values()) <= {"same", "same under assumptions"}
    (change,) = (c for c in step.changes if c.comparison.function == "vmx_set_msr")
    assert change.map is not None and change.map.complete


def test_the_spec_gets_its_verdicts(found: Review) -> None:
    (run,) = found.specs
    assert not run.problems
    for track in run.tracks:
        (cell,) = track.steps
        assert cell is not None and cell.report.word == track.claim.expect, track.claim.name
    told = {(e.word, e.track.claim.name) for e in events(run)}
    assert ("establishes", "host-may-set-supported-bits") in told
    assert ("breaks", "host-path-unchanged") in told
    assert exit_code(found) in (0, 3)  # what the spec expects is no failure
