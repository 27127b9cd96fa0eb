"""Attacks on `patch`: patches, mails and repositories made to hide a change, to feign one, or to have something run.

A sentence "no functional change" must not be confirmed where something changed or wasn't looked at, nor contradicted
where nothing did; what isn't read must be told; and nothing may be executed.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from verify import Options
from verify.changes.message import LIMITED, NONE, WHOLE, statements
from verify.changes.series import Review, review
from verify.errors import InputError
from verify.report.patch import exit_code, patch_b4, patch_markdown, patch_text
from verify.source.tree import Revision

SAYS = "x: y\n\nNo functional change."
CONFIRMED = ("holds", "holds under assumptions")
_IDENTITY = {
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
       (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "2026-01-02T03:04:05Z"))},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
Texts = Mapping[str, str | None]  # files that change; None: one that is deleted


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, input=given, env={**os.environ, **_IDENTITY}, check=True, capture_output=True).stdout


def commit(folder: Path, files: Texts, message: str) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)


def repository(folder: Path, files: Texts) -> Path:
    """A repository whose HEAD has the files."""
    git(folder, "init", "-q", "-b", "main")
    commit(folder, files, "base")
    return folder


def mails(folder: Path, *edits: tuple[Texts, str]) -> list[bytes]:
    """Each edit as `git format-patch` writes it; the repository stays at its base."""
    git(folder, "checkout", "-q", "--detach", "main")
    for files, message in edits:
        commit(folder, files, message)
    found = git(folder, "format-patch", "-M", "--stdout", "main..HEAD")
    git(folder, "checkout", "-q", "main")
    return re.split(rb"(?m)^(?=From [0-9a-f]{40} )", found)[1:]


def reviewed(folder: Path, data: bytes, other: bytes = b"") -> Review:
    return review(data, "m", str(folder), "", (other, "v1") if other else None, Options(timeout=20))


def claims(found: Review) -> list[str]:
    return [claim.verdict for step in found.steps for claim in step.claims]


def one_patch(folder: Path, before: Texts, after: Texts) -> Review:
    repository(folder, before)
    return reviewed(folder, mails(folder, (after, SAYS))[0])


def one_file(old: str, new: str, **others: str) -> tuple[Texts, Texts]:
    return {"a.c": old, **{f"{n[:-1]}.{n[-1]}": text for n, text in others.items()}}, {"a.c": new}


TWINS = "#define ON {}\n#if ON\nint f(int a) {{ return a + 1; }}\n#else\nint f(int a) {{ return a + 2; }}\n#endif\n"
F, G = "int f(int a) { return a + 1; }\n", "int g(int a) { return a * 3; }\n"
READS = '#include "k.h"\nint f(int a) { return a + K; }\n'
LONG = F + "/* A comment, so that the file counts as the same one under another name. */\n" * 4
INNER = "static int k_x(int a) { return a; }\n"
OTHER = INNER.replace("a;", "a + 1;")
UNCONFIRMED: dict[str, tuple[Texts, Texts]] = {
    "a function moved behind another definition of its macro": one_file(
        "#define K 1\nint f(int a) { return a + K; }\n#undef K\n#define K 2\nint g(int a) { return a * K; }\n",
        "#define K 1\n#undef K\n#define K 2\nint f(int a) { return a + K; }\nint g(int a) { return a * K; }\n",
    ),
    "a function moved under an #ifdef": one_file(
        F + "#ifdef CONFIG_X\nint h;\n#endif\n" + G, "#ifdef CONFIG_X\n" + F + "int h;\n#endif\n" + G
    ),
    "twins under an #ifdef exchanged": one_file(
        "#ifdef CONFIG_X\nint f(void) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n",
        "#ifdef CONFIG_X\nint f(void) { return 2; }\n#else\nint f(void) { return 1; }\n#endif\n",
    ),
    "the macro of an #if between twins": one_file(TWINS.format(1), TWINS.format(0)),
    "a macro that takes a function's name": one_file(
        F + "int g(int a) { return f(a); }\n", F + "#define f(x) 7\nint g(int a) { return f(a); }\n"
    ),
    "a macro that is defined inside of another function": one_file(
        "int g(int a)\n{\n#define K 1\n\treturn a;\n}\nint f(int a) { return a + K; }\n",
        "int g(int a)\n{\n#define K 2\n\treturn a;\n}\nint f(int a) { return a + K; }\n",
    ),
    "a macro in a record's array": one_file(
        *(f"#define N {n}\nstruct s {{ int a[N]; }};\nint f(struct s *s) {{ return sizeof(*s); }}\n" for n in (4, 8))
    ),
    "a macro that starts a module": one_file(
        *(f"#define START {n}\nint one(void);\nint two(void);\nmodule_init(START);\n" + F for n in ("one", "two"))
    ),
    "a macro that packs a record": one_file(
        *(f"#define PACK{n}\nPACK\nstruct s {{ char a; int b; }};\n" + F for n in ("", ' _Pragma("pack(1)")'))
    ),
    "a static function that is gone, where another has its name": one_file(
        "int k(int a);\nstatic inline int k(int a) { return a; }\nint f(int a) { return k(a); }\n",
        "int k(int a);\nint f(int a) { return k(a); }\n",
    ),
    "a static function in place of a header's": one_file(
        '#define OWN\n#include "k.h"\nstatic int k(int a) { return a; }\nint f(int a) { return k(a); }\n',
        '#include "k.h"\nint f(int a) { return k(a); }\n',
        kh="#ifndef OWN\nstatic inline int k(int a) { return a + 5; }\n#endif\n",
    ),
    "a function that became weak": one_file(F, F.replace("int f", "int __weak f")),
    **{
        f"a function that became {a}": one_file(F, F.replace("int f", f"int {a} f"))
        for a in ("__noreturn", "__attribute__((constructor))", "__attribute__((const))", "__pure", "__init", "noinstr")
    },
    "a function in another section": one_file(*(F.replace("int f", f'int __section("{s}") f') for s in (".a", ".b"))),
    "a constructor": one_file("int x;\n" + F, "int x;\n" + F + "__attribute__((constructor)) static void c(void) { x = 1; }\n"),
    "a static function that a macro's paste calls": one_file(
        *(f"{k}#define CALL(n) k_##n(1)\nint f(void) {{ return CALL(x); }}\n" for k in (INNER, OTHER))
    ),
    "a static function that a paste calls, too": one_file(
        *(f"{k}#define CALL(n) k_##n(1)\nint f(void) {{ return CALL(x); }}\nint g(void) {{ return k_x(0) & 0; }}\n"
          for k in (INNER, OTHER))
    ),
    "a static function that a header's macro calls": one_file(
        *(f'#include "k.h"\n{k}int f(void) {{ return CALL(1); }}\n' for k in (INNER, OTHER)), kh="#define CALL(n) k_x(n)\n"
    ),
    "a static function that a header's macro calls, too": one_file(
        *(f'#include "k.h"\n{k}int f(void) {{ return CALL(1); }}\nint g(void) {{ return k_x(0) & 0; }}\n' for k in (INNER, OTHER)),
        kh="#define CALL(n) k_x(n)\n",
    ),
    "a static function that a header's function calls": one_file(
        *(f'{k}#include "k.h"\nint g(void) {{ return k_x(0) & 0; }}\n' for k in (INNER, OTHER)),
        kh="int api(int a) { return k_x(a); }\n",
    ),
    "a static function in a table that a macro makes": one_file(
        *(f"#define REG(n) int (*reg_##n)(int) = k_##n\n{k}REG(x);\n" for k in (INNER, OTHER))
    ),
    "a static function that a header's macro pastes together": one_file(
        *(f'#include "k.h"\n{k}static ATTR(k);\nint g(void) {{ return k_x(0) & 0; }}\n' for k in (INNER, OTHER)),
        kh="#define ATTR(n) int (*attr_##n)(int a) = n##_x\n",
    ),
    "a static function whose name two words make": one_file(
        *(f'#include "k.h"\n{k}TABLE(k);\nint g(void) {{ return k_x(0) & 0; }}\n' for k in (INNER, OTHER)),
        kh="#define CAT(a, b) a##b\n#define TABLE(n) int (*table)(int a) = CAT(n, _x)\n",
    ),
    "a static function in a macro's use in front of a declaration": one_file(
        *(f'#include "k.h"\n{k}MAKE(h, k_x(a))\nextern int e(int a);\nint g(void) {{ return k_x(0) & 0; }}\n'
          for k in (INNER, OTHER)),
        kh="#define MAKE(n, x) int n(int a) { return x; }\n",
    ),
    "a static function in a macro's use that looks like a prototype": one_file(
        *(f'#include "k.h"\n{k}int g(void) {{ return k_x(0) & 0; }}\nMAKE(k_x(3));\n' for k in (INNER, OTHER)),
        kh="#define MAKE(x) int h(void) { return x; } int dummy\n",
    ),
    "a static function that assembly calls": one_file(
        *(f'{k}int f(void) {{ asm("call k_x"); return 0; }}\n' for k in (INNER, OTHER))
    ),
    "a static function that assembly of a macro calls": one_file(
        *(f'{k}#define CALL(n) asm("call " #n)\nint f(void) {{ CALL(k_x); return 0; }}\n' for k in (INNER, OTHER))
    ),
    "a static function that assembly of a header calls": one_file(
        *(f'#include "k.h"\n{k}int f(void) {{ START(); return k_x(0) & 0; }}\n' for k in (INNER, OTHER)),
        kh='#define START() asm("call k_x")\n',
    ),
    "a static function in a C file that another includes": (
        {"a.c": '#include "k.c"\nint f(int a) { return k_x(a); }\n', "k.c": INNER}, {"k.c": OTHER}
    ),
    "a macro in a C file that another includes": ({"a.c": READS.replace("k.h", "k.c"), "k.c": "#define K 1\n"}, {"k.c": "#define K 2\n"}),
    "the same, from the directory above": (
        {"a.c": READS.replace("k.h", "d/k.c"), "d/k.c": "#define K 1\n"}, {"d/k.c": "#define K 2\n"}
    ),
    "a header": ({"a.c": READS, "k.h": "#define K 1\n"}, {"k.h": "#define K 2\n"}),
    "a text that is included": ({"a.c": READS.replace("k.h", "k.txt"), "k.txt": "#define K 1\n"}, {"k.txt": "#define K 2\n"}),
    "a table from which code is made": ({"opcodes.txt": "1\n"}, {"opcodes.txt": "2\n"}),
    "assembly": ({"a.S": "nop\n"}, {"a.S": "ret\n"}),
    "Kconfig": ({"Kconfig": "config A\n"}, {"Kconfig": "config A\n\tdefault y\n"}),
    "C renamed to text": ({"a.c": LONG}, {"a.c": None, "a.md": LONG}),
    "text renamed to C": ({"a.txt": LONG}, {"a.txt": None, "a.c": LONG + "\n"}),
    "C renamed and edited": ({"a.c": LONG}, {"a.c": None, "b.c": LONG + "/* More. */\n"}),
    "a function moved to another file and changed": (
        {"a.c": F + "int h(int a) { return a; }\n", "b.c": G}, {"a.c": F, "b.c": G + "int h(int a) { return a + 1; }\n"}
    ),
    "a callee in another file": ({"a.c": "int g(int a);\nint f(int a) { return g(a); }\n", "b.c": G}, {"b.c": G.replace("3", "4")}),
    "a first value": one_file("int t = 1;\n" + F, "int t = 2;\n" + F),
    "the order of enumerators": one_file(*(f"enum e {{ {e} }};\nint f(void) {{ return B; }}\n" for e in ("A, B", "B, A"))),
    "assembly outside of functions": one_file('asm("nop");\n' + F, 'asm("ret");\n' + F),
    "a symbol that is exported no more": one_file(F + "EXPORT_SYMBOL(f);\n", F),
}  # fmt: skip
UNCONFIRMED |= {
    "a macro that an included template uses": one_file(
        *(f'#define STEP {n}\n#include "k.h"\n' + G for n in (1, 2)), kh="int f(int a) { return a + STEP; }\n"
    ),
    "a macro that an included file asks for": one_file(
        *(f'{d}#include "k.h"\nint g(int a) {{ return f(a); }}\n' for d in ("", "#define DEBUG\n")),
        kh="#ifdef DEBUG\nstatic inline int f(int a) { return a; }\n#else\nint f(int a);\n#endif\n",
    ),
    "parameters that changed places": one_file(
        "int f(int a, int b) { return a - b; }\n", "int f(int b, int a) { return a - b; }\n"
    ),
    "parameters of a static function that changed places": one_file(
        *(f"static int k({p}) {{ return a - b; }}\nint f(int x, int y) {{ return k(x, y); }}\n"
          for p in ("int a, int b", "int b, int a"))
    ),
    "a static function that returns another type": one_file(
        *(f"static {t} k(int a) {{ return a; }}\nint f(int x) {{ return k(x) < 0; }}\n" for t in ("int", "unsigned int"))
    ),
    "a file whose name can't be asked for": ({"a\nb.c": F}, {"a\nb.c": F.replace("1", "2")}),
}  # fmt: skip
HOLD: dict[str, tuple[Texts, Texts]] = {
    "functions moved": one_file(f"#define K 1\n{F}#define L 2\n{G}", f"#define K 1\n#define L 2\n{G}{F}"),
    "a macro that nothing uses": one_file("#define K 1\n" + F, "#define K 2\n" + F),
    "a comment in a macro": one_file("#define K 1 /* a */\n" + READS[15:], "#define K 1 /* b */\n" + READS[15:]),
    "a static function whose change its user undoes": one_file(
        *(f"static int k(int a) {{ return a + {n}; }}\nint f(int a) {{ return k(a) - {n}; }}\n" for n in (1, 2))
    ),
    "a static function that has a prototype, whose change its user undoes": one_file(
        *(f"#include <linux/a.h>\nstatic int k(int a) __must_check;\nstatic int k(int a) {{ return a + {n}; }}\n"
          f"int f(int a) {{ return k(a) - {n}; }}\n" for n in (1, 2))
    ),
    "a macro that became a function": one_file(
        "#define K(a) ((a) + 1)\nint f(int a) { return K(a); }\n",
        "static inline int K(int a) { return a + 1; }\nint f(int a) { return K(a); }\n",
    ),
    "a new static function": one_file(
        "int f(int a) { return a + 1; }\n",
        "static int plus(int a) { return a + 1; }\nint f(int a) { return plus(a); }\n",
    ),
    **{
        f"{short} spelled out": one_file(*(F.replace("int f", f"int {a} f") for a in (short, f"__attribute__(({long}))")))
        for short, long in {
            "__always_inline": "__always_inline__", "noinline": "noinline", "__must_check": "warn_unused_result",
            "__init": 'section(".init.text")', "__attribute_const__": "__const__, __cold__", "__noreturn": "noreturn",
            '__section(".a")': '__section__ (".a")', "__pure": "pure",
        }.items()
    },
    "a function that is unused now": one_file("static " + F, "static __maybe_unused " + F),
    "documentation": ({"Documentation/a.txt": "a\n", "README.md": "a\n"}, {"Documentation/a.txt": "b\n", "README.md": "b\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", UNCONFIRMED)
def test_a_claim_is_not_confirmed(name: str, tmp_path: Path) -> None:
    (verdict,) = claims(one_patch(tmp_path, *UNCONFIRMED[name]))
    assert verdict not in CONFIRMED


@pytest.mark.parametrize("name", HOLD)
def test_a_claim_holds(name: str, tmp_path: Path) -> None:
    (verdict,) = claims(one_patch(tmp_path, *HOLD[name]))
    assert verdict == "holds"


def test_callers_that_pass_what_moved(tmp_path: Path) -> None:
    old = "static int k(int a, int b) { return a - b; }\nint f(int x, int y) { return k(x, y); }\n"
    new = "static int k(int b, int a) { return a - b; }\nint f(int x, int y) { return k(y, x); }\n"
    assert claims(one_patch(tmp_path, *one_file(old, new))) == ["holds under assumptions"]


def test_bytes_that_are_no_utf8_count(tmp_path: Path) -> None:
    texts = [b'void p(const char *);\nvoid f(void) { p("' + byte + b'"); }\n' for byte in (b"\xe4", b"\xe5")]
    repository(tmp_path, {"a.c": ""})
    (tmp_path / "a.c").write_bytes(texts[0])
    commit(tmp_path, {}, "base")
    (tmp_path / "a.c").write_bytes(texts[1])
    diff = git(tmp_path, "diff")
    assert claims(reviewed(tmp_path, mail(b"No functional change.\n---\n" + diff))) == ["contradicted"]


def test_functions_of_one_name_have_rows_of_their_own(tmp_path: Path) -> None:
    old = {f"{n}.c": INNER + f"int {n}(int a) {{ return k_x(a); }}\n" for n in "ab"}
    new = {"a.c": old["a.c"].replace("a;", "a + 0;", 1), "b.c": old["b.c"].replace("a;", "a + 1;", 1)}
    text = patch_text(one_patch(tmp_path, old, new), 0.0)
    assert re.search(r"k_x\(\) in a.c +=\n", text) and re.search(r"k_x\(\) in b.c +≠\n", text)


CODE = "int f(int a)\n{\n\treturn a + 1;\n}\n\nint g(int a)\n{\n\treturn a * 3;\n}\n"
TIDY = CODE.replace("a + 1", "1 + a")
LOUD = TIDY.replace("a * 3", "a * 4")
ENVELOPE = b"From %040d Mon Sep 17 00:00:00 2001\n" % 0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(
        tmp_path_factory.mktemp("place"), {"a.c": CODE, "d/b.c": "int b;\n", "Makefile": "obj-y += a.o\n"}
    )


@pytest.fixture(scope="module")
def two(place: Path) -> list[bytes]:
    """The first patch tidies up, and says so; the second one changes g()."""
    return mails(place, ({"a.c": TIDY}, "x: tidy\n\nNo functional change."), ({"a.c": LOUD}, "x: change\n\nText."))


def diff_in(mail: bytes) -> bytes:
    return mail[mail.index(b"diff --git") :]


def mail(
    body: bytes, subject: str = "[PATCH] x: y", kind: str = "text/plain; charset=utf-8", coding: str = "8bit"
) -> bytes:
    head = f"From: A <a@b>\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: {coding}\n"
    return ENVELOPE + head.encode() + b"\n" + (base64.encodebytes(body) if coding == "base64" else body) + b"\n"


def parts(*kinds_and_texts: tuple[str, bytes]) -> bytes:
    return b"".join(b"--X\nContent-Type: %s\n\n%s\n" % (k.encode(), text) for k, text in kinds_and_texts) + b"--X--\n"


def cover(total: int, text: str = "No functional change.") -> bytes:
    return mail(text.encode(), f"[PATCH 0/{total}] x: all")


def test_mails_that_follow_each_other_without_a_gap_are_two(place: Path, two: list[bytes]) -> None:
    tight = [one.rstrip(b"\n") + b"\n" for one in two]
    for data in (
        tight[0] + tight[1],
        tight[1] + tight[0],
        two[0] + two[0] + two[1],
        b"Hello,\n\n" + tight[0] + tight[1],
    ):
        found = reviewed(place, data)
        assert [s.patch.subject for s in found.steps] == ["x: tidy", "x: change"]
        assert claims(found) == ["holds"]


def test_ways_to_send_a_patch(place: Path, two: list[bytes]) -> None:
    body = b"No functional change.\n---\n" + diff_in(two[0])
    plain = ("text/plain", b"No functional change.\n")
    attached = 'application/octet-stream; name="a.patch"'
    for data in (
        mail(body.replace(b"\n", b"\r\n"), coding="base64"),
        mail(
            parts(("text/plain", body), ("text/html", b"<pre>" + body + b"</pre>")),
            kind="multipart/alternative; boundary=X",
        ),
        mail(parts(plain, (attached, diff_in(two[0]))), kind="multipart/mixed; boundary=X"),
        mail(parts(plain, ("text/x-patch", diff_in(two[0]))), kind="multipart/mixed; boundary=X"),
        two[0].replace(b"\n", b"\r\n"),
    ):
        assert claims(reviewed(place, data)) == ["holds"], data


def test_what_stands_above_the_scissors_is_no_message(place: Path, two: list[bytes]) -> None:
    body = b"No functional change, I think.\n\n-- >8 --\nFix it.\n---\n" + diff_in(two[0])
    assert claims(reviewed(place, mail(body))) == []


def test_a_message_does_not_hide_what_follows(place: Path, two: list[bytes]) -> None:
    found = reviewed(place, mail(b"No functional change\x1b[8m.\n---\n" + diff_in(two[1])))
    assert "\x1b" not in patch_text(found, 0.0)


def test_a_patch_of_which_nothing_is_compared_is_undecided(tmp_path: Path) -> None:
    repository(tmp_path, {"a.h": "#define K 1\n"})
    found = reviewed(tmp_path, mails(tmp_path, ({"a.h": "#define K 2\n"}, "x: Another number\n"))[0])
    assert exit_code(found) == 3
    (check,) = json.loads(patch_b4(found))
    assert (check["status"], check["summary"]) == ("warn", "not all of it is decided")


def test_each_form_of_a_report_says_what_same_means(tmp_path: Path) -> None:
    old, new = one_file("int f(int a) { return a + 1; }\n", "int f(int a) { return 1 + a; }\n")
    found = one_patch(tmp_path, old, new)
    (check,) = json.loads(patch_b4(found))
    for text in (patch_text(found, 0.0), patch_markdown(found), check["details"]):
        assert "members by their names" in " ".join(text.split())


def test_several_diffs_in_one_mail_are_one_patch(place: Path, two: list[bytes]) -> None:
    body = b"No functional change.\n---\n" + diff_in(two[0]) + b"\n\nAnd also:\n\n" + diff_in(two[1])
    assert claims(reviewed(place, mail(body))) == ["contradicted"]


def test_a_quoted_diff_is_no_patch(place: Path, two: list[bytes]) -> None:
    quoted = b"".join(b"> " + line + b"\n" for line in diff_in(two[1]).splitlines())
    with pytest.raises(InputError, match="holds no patch"):
        reviewed(place, mail(b"No functional change.\n\n" + quoted))


def test_a_hunk_that_hides_lines_behind_its_end_is_not_applied(place: Path, two: list[bytes]) -> None:
    short = diff_in(two[1]).replace(b"@@ -5,5 +5,5 @@", b"@@ -5,2 +5,2 @@")
    assert short != diff_in(two[1])
    found = reviewed(place, mail(b"No functional change.\n---\n" + short))
    assert not found.steps[0].applied and "a hunk has more lines than its head says" in found.steps[0].problems[0]


def test_changed_lines_are_no_paths(place: Path) -> None:
    diff = b"diff --git a/q.lua b/q.lua\nnew file mode 100644\n--- /dev/null\n+++ b/q.lua\n@@ -0,0 +1,2 @@\n+++ ../x\n+-- /etc\n"
    assert reviewed(place, mail(b"Text.\n---\n" + diff)).steps[0].applied


@pytest.mark.parametrize(
    "path", ["../a.c", "/etc/x", ".git/config", ".GIT/config", "d/../a.c", "d/.git/x", "git~1/x", "a\\..\\b"]
)
def test_paths_that_lead_out(place: Path, two: list[bytes], path: str) -> None:
    diff = diff_in(two[0]).replace(b"a/a.c", b"a/" + path.encode()).replace(b"b/a.c", b"b/" + path.encode())
    step = reviewed(place, mail(b"Text.\n---\n" + diff)).steps[0]
    assert not step.applied and "leads out of the repository" in step.problems[0]


def test_a_cover_letter_with_a_diff_is_no_patch(place: Path, two: list[bytes]) -> None:
    found = reviewed(place, cover(2, "Interdiff:\n\n" + diff_in(two[1]).decode()) + two[0] + two[1])
    assert all(step.applied for step in found.steps) and len(found.steps) == 2
    assert any("holds a diff" in problem for problem in found.problems)


def test_a_cover_letter_speaks_of_all_patches(place: Path, two: list[bytes]) -> None:
    last = two[0].replace(b"[PATCH 1/2]", b"[PATCH 1/1]")
    for data, verdict in (
        (cover(2) + two[0], "not decided"),  # the second one isn't there
        (cover(1) + last, "holds"),
        (cover(2) + two[0] + two[1], "contradicted"),
        (cover(2) + mail(b"Text.\n---\n" + diff_in(two[1]), "[PATCH 1/2] x: z") + two[0], "not decided"),
    ):
        whole = reviewed(place, data).whole
        assert whole is not None and [c.verdict for c in whole.claims] == [verdict]


def test_a_series_that_reverts_itself(place: Path) -> None:
    undone = mails(place, ({"a.c": LOUD}, "x: change"), ({"a.c": CODE}, SAYS))
    found = reviewed(place, cover(2) + b"".join(undone))
    assert claims(found) == ["contradicted"]
    assert found.whole is not None and [c.verdict for c in found.whole.claims] == ["holds"]


def test_a_patch_in_the_middle_that_does_not_fit(place: Path, two: list[bytes]) -> None:
    lost = mail(b"No functional change.\n---\n" + diff_in(two[0]).replace(b"a.c", b"none.c"), "[PATCH 2/3] x: lost")
    ends = [one.replace(b"%d/2]" % n, b"%d/3]" % m) for one, n, m in zip(two, (1, 2), (1, 3), strict=True)]
    found = reviewed(place, cover(3) + ends[0] + lost + ends[1])
    assert [s.applied for s in found.steps] == [True, False, True]
    assert claims(found) == ["holds", "not judged"]
    assert found.whole is not None and "patch 2 isn't applied" in found.whole.beside


def test_what_an_older_series_lacks_is_told(place: Path, two: list[bytes]) -> None:
    misfit = two[1].replace(b"a * 3", b"a * 7")
    for older, lack in ((two[0] + misfit, "doesn't apply"), (two[0], "[PATCH 2/2] is missing")):
        against = reviewed(place, mail(b"Text.\n---\n" + diff_in(two[0])), older).against
        assert against is not None and against.changes == ()
        assert any(lack in note for note in against.beside)


def trapped(folder: Path, place: Path, **settings: str) -> tuple[Path, Path]:
    """A copy of the repository, with settings that name a program, and the file that the program would make."""
    copy, trap, program = folder / "copy", folder / "trap", folder / "program"
    subprocess.run(["cp", "-r", str(place), str(copy)], check=True)
    program.write_text(f"#!/bin/sh\ntouch {trap}\nexit 1\n")
    program.chmod(0o755)
    for key, value in settings.items():
        git(copy, "config", key.replace("__", "."), value.replace("PROGRAM", str(program)))
    return copy, trap


def test_no_signature_is_checked(place: Path, two: list[bytes], tmp_path: Path) -> None:
    copy, trap = trapped(tmp_path, place, log__showSignature="true", gpg__program="PROGRAM")
    tree = git(copy, "rev-parse", "HEAD^{tree}").decode().strip()
    who = "A <a@b> 1 +0000"
    text = f"tree {tree}\nauthor {who}\ncommitter {who}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n a\n -----END PGP SIGNATURE-----\n\nx\n"
    signed = git(copy, "hash-object", "-t", "commit", "-w", "--stdin", given=text.encode()).decode().strip()
    git(copy, "update-ref", "refs/heads/main", signed)
    assert claims(reviewed(copy, two[0])) == ["holds"]
    assert not trap.exists()


@pytest.mark.parametrize(
    "remote",
    [
        {"remote__origin__url": "ext::PROGRAM %S", "protocol__ext__allow": "always"},
        {"remote__origin__url": "/", "remote__origin__uploadpack": "PROGRAM", "protocol__file__allow": "always"},
        {"remote__origin__url": "ssh://h/x", "core__sshCommand": "PROGRAM", "protocol__allow": "always"},
    ],
)
def test_missing_objects_are_not_fetched(place: Path, two: list[bytes], tmp_path: Path, remote: dict[str, str]) -> None:
    partial = {
        "core__repositoryformatversion": "1",
        "extensions__partialClone": "origin",
        "remote__origin__promisor": "true",
    }
    copy, trap = trapped(tmp_path, place, **partial, **remote)
    blob = git(copy, "rev-parse", "HEAD:a.c").decode().strip()
    lost = copy / ".git/objects" / blob[:2] / blob[2:]
    lost.chmod(0o644)
    lost.unlink()
    assert not reviewed(copy, two[0]).steps[0].applied
    assert Revision(str(copy), "HEAD").read("a.c") is None
    assert not trap.exists()


def test_another_work_tree_is_no_other_repository(place: Path, two: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = repository(tmp_path / "other", {"z.c": "int z;\n"})
    copy, _ = trapped(tmp_path, place, core__worktree=str(other))
    assert claims(reviewed(copy, two[0])) == ["holds"]


def test_kinds_of_repositories(place: Path, two: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(place, "clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    git(place, "clone", "-q", "--shared", ".", str(tmp_path / 'a:"b'))
    git(place, "worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    for folder in (tmp_path / "bare", tmp_path / 'a:"b', tmp_path / "tree", place / "d"):
        assert claims(reviewed(folder, two[0])) == ["holds"], folder
    monkeypatch.chdir(place / "d")
    assert claims(review(two[0], "m", ".", options=Options(timeout=20))) == ["holds"]


def test_a_link_is_not_taken_for_a_file(tmp_path: Path) -> None:
    repository(tmp_path, {"a.c": CODE})
    (tmp_path / "l.c").symlink_to("a.c")
    commit(tmp_path, {}, "link")
    diff = (
        b"--- a/l.c\n+++ b/l.c\n@@ -1 +1 @@\n-a.c\n\\ No newline at end of file\n+b.c\n\\ No newline at end of file\n"
    )
    found = reviewed(tmp_path, mail(b"No functional change.\n---\n" + diff))
    assert [v for v in claims(found) if v in CONFIRMED] == []


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("This patch has no functional change.", WHOLE),
        ("There should be no functional change.", WHOLE),
        ("Rename foo to bar, no functional change intended.", WHOLE),
        ("Note: no functional change intended.", WHOLE),
        ("In short, no functional change.", WHOLE),
        ("No functional change and no change of performance.", WHOLE),
        ("No functional change, as suggested by Sean.", WHOLE),
        ("No functional change, since this just moves code.", WHOLE),
        ("No functional change was intended.", WHOLE),
        ("No functional change is caused by this.", WHOLE),
        ("- Rename f().\n- Move g().\nNo functional change.", WHOLE),
        ("First, rename f(). No functional change.", WHOLE),
        ("First, refactor (no functional change).  Then fix f().", LIMITED),
        ("Refactor g() (no functional change).\n\nWhile at it, fix f().", LIMITED),
        ("Split out g() with no functional change, then make f() add one.", LIMITED),
        ("1) cleanup, no functional change\n2) fix f", LIMITED),
        ("- cleanup f(),\n  no functional change\n- fix f", LIMITED),
        ("The driver works with no functional changes.", LIMITED),
        ("There should be no functional change from the first hunk.", LIMITED),
        ("No functional change was intended by the original author.", LIMITED),
        ("No functional change since the callers pass 0.", LIMITED),
        ("No functional change, as a is always 0.", LIMITED),
        ("No functional change modulo the fixed leak.", LIMITED),
        ("No functional change save the leak.", LIMITED),
        ("No functional change barring overflows.", LIMITED),
        ("Intel: no functional change.", LIMITED),
        ("Sean said: No functional change.", LIMITED),
        ("In the default configuration there is no functional change.", LIMITED),
        ("Most of this is no functional change.", LIMITED),
        ("The first half of this patch is no functional change.", LIMITED),
        ("The renaming has no functional change; the second hunk fixes the leak.", LIMITED),
        ("Split out the helper, with no functional change, and fix the leak.", LIMITED),
        ("No functional change otherwise.", LIMITED),
        ("While fixing the leak, no functional change intended.", LIMITED),
        ("This is NOT a no functional change patch.", NONE),
        ("This is far from no functional change.", NONE),
        ("Nothing here is a non-functional change.", NONE),
        ("This is anything but no functional change.", NONE),
        ("No functional change is not what this is.", NONE),
        ("'No functional change' was wrong.", NONE),
        ("Earlier versions had no functional change.", NONE),
        ("No functional change since v2.", NONE),
        ("Is there no functional change?", NONE),
    ],
)
def test_what_a_sentence_claims(sentence: str, kind: str) -> None:
    assert [s.kind for s in statements("x: y", sentence)] == [kind]


def test_a_sentence_without_end_is_not_judged() -> None:
    (found,) = statements("x: y", "would " * 100_000 + "be no functional change.")
    assert found.kind == LIMITED and len(found.sentence) < 100


@pytest.mark.parametrize("line", ["> No functional change.", "| No functional change.", "[ a: no functional change ]"])
def test_what_others_said_is_no_claim(line: str) -> None:
    assert statements("x: y", line) == ()


@pytest.mark.parametrize(
    ("subject", "kind"), [("x: Rename y (NFC)", WHOLE), ('Revert "x: Rename y, no functional change"', NONE)]
)
def test_what_a_subject_claims(subject: str, kind: str) -> None:
    assert [s.kind for s in statements(subject, "")] == [kind]
