"""Counterexamples on code whose records aren't fully known, and on functions that need names that weren't read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from verify.claims.verdict import ClaimReport, Refuted
from verify.pipeline import Options, check

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")

HEAD = """\
struct elsewhere;
struct inner { struct unread one; unsigned int *p; unsigned int deep; struct unread two; };
struct vcpu { unsigned long id; struct unread state; };
struct vmx {
	struct vcpu vcpu;
	struct unread hidden;
	unsigned int left_out, a;
	struct { struct unread more; unsigned short c[4]; } untagged;
	struct inner inner;
	unsigned long long b;
};
#define to_vmx(v) container_of(v, struct vmx, vcpu)
"""


def refuted(folder: Path, code: str, claim: str, keep: bool = True) -> ClaimReport:
    (folder / "a.c").write_text(HEAD + code)
    assume = 'assume = ["n == 9"]' if "n ==" in code else ""
    (folder / "spec.toml").write_text(
        f'[code]\nnew = "a.c"\nentry = "f"\n{assume}\n[[claim]]\nname = "c"\nprove = \'{claim}\'\nexpect = "refuted"\n'
    )
    saved = str(folder / "saved") if keep else None
    report = check(str(folder), (), Options(specs=str(folder.parent), replay=True, save_replay=saved))
    (found,) = report.claims
    assert isinstance(found.verdict, Refuted), found.verdict
    return found


CONFIRMED = {
    "members apart": (
        "int f(struct vcpu *v) { to_vmx(v)->a = 1; to_vmx(v)->b = 2; return to_vmx(v)->a; }", "new.ret == 2",
    ),
    "a record inside": (
        "void g(unsigned int *p);\n"
        "int f(struct vcpu *v) { struct inner *i = &to_vmx(v)->inner; i->deep = 3; g(i->p); return to_vmx(v)->inner.deep; }",
        "new.ret == 3",
    ),
    "a record without a tag": (
        "int f(struct vcpu *v, unsigned int n) { if (n > 3) return 0; to_vmx(v)->untagged.c[n] = 7;\n"
        "return to_vmx(v)->untagged.c[1]; }",
        "new.ret == 0",
    ),
    "an address that is passed on": (
        "void g(struct inner *p);\nint f(struct vcpu *v) { to_vmx(v)->b = 1; g(&to_vmx(v)->inner); return 1; }",
        "new.ret == 0",
    ),
    "statements that don't run need what wasn't read": (
        "int f(struct vcpu *v, int n) {\n\tif (n == 0) return 5;\n\tswitch (n) {\n\tcase 1:\n\t\tunread_call(v)->x = UNREAD;\n\t\tbreak;\n"
        "\tcase 2: {\n\t\tstruct elsewhere e;\n\t\te.x = UNREAD;\n\t\treturn e.x;\n\t}\n\tdefault:\n"
        "\t\tto_vmx(v)->a = n;\n\t}\n\treturn 5;\n}",
        "new.ret == 4",
    ),
    "a record that can't be understood": (
        "typedef struct mask { UNREAD_BITMAP(bits, UNREAD_COUNT); } mask_t;\nvoid g(const struct mask *m, mask_t *t);\n"
        "int f(struct vcpu *v, const struct mask *m, mask_t *t) { to_vmx(v)->a = 1; g(m, t); return 1; }",
        "new.ret == 0",
    ),
    "a typedef of a record with members that weren't read": (
        "typedef struct part { struct unread one; int two; } part_t;\nint f(part_t *p) { p->two = 1; return p->two; }",
        "new.ret == 0",
    ),
    "a name that doesn't run": (
        "int f(struct vcpu *v, int n) { if (n == 1) return UNREAD; return to_vmx(v)->a; }", "new.ret == 4",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIRMED)
def test_confirmed(name: str, tmp_path: Path) -> None:
    code, claim = CONFIRMED[name]
    compiled = refuted(tmp_path, code, claim).compiled
    assert compiled is not None
    assert compiled.by.startswith("gcc"), compiled.reason
    assert compiled.checks > 2


def test_the_layout_is_checked_by_the_compiler(tmp_path: Path) -> None:
    refuted(tmp_path, *CONFIRMED["members apart"])
    (file,) = (tmp_path / "saved").iterdir()
    text = file.read_text()
    assert "_Static_assert(__builtin_offsetof(struct vmx, b) ==" in text
    assert "unsigned int left_out, a;" in text  # one declaration
    assert "struct unread hidden" not in text
    assert "it has the members that are used" in " ".join(text.replace(" * ", " ").split())


def test_what_doesnt_run_is_left_out_only_where_it_must(tmp_path: Path) -> None:
    code, claim = CONFIRMED["statements that don't run need what wasn't read"]
    refuted(tmp_path, code, claim)
    (file,) = (tmp_path / "saved").iterdir()
    text = file.read_text()
    assert 'verify_unreached("line ' in text
    assert "unread_call" not in text
    assert text.count('verify_unreached("line') == 3  # the early return, and each case as one
    (tmp_path / "whole").mkdir()
    refuted(tmp_path / "whole", "int f(int n) { if (n == 1) return 2; return 3; }", "new.ret == 2")
    (file,) = (tmp_path / "whole" / "saved").iterdir()
    assert 'verify_unreached("line' not in file.read_text()


def test_a_counterexample_about_a_layout_isnt_replayed(tmp_path: Path) -> None:
    code = "int f(struct vmx *v) { return sizeof(struct vmx) == 3; }"
    compiled = refuted(tmp_path, code, "new.ret == 0").compiled
    assert compiled is not None
    assert compiled.by == ""
    assert compiled.reason == "it rests on sizeof(vmx), which the text doesn't tell"
