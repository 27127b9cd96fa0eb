"""The repository and the patches that the golden cases of `patch` use, made anew for each run of the tests.

`build` makes a small driver of our own with a series of four patches, and patches that can't be read or applied.  Names
and dates are fixed, so that the commits' hashes are always the same.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HEADER = """\
typedef unsigned int u32;
typedef _Bool bool;

#define DEV_ENABLE 0x1u
#define DEV_RESET 0x2u

struct dev {
	u32 control;
	u32 writable;
};
"""
BASE = """\
#include "dev.h"

static bool may_write(struct dev *dev, u32 value)
{
	return (value & ~dev->writable) == 0;
}

int dev_write(struct dev *dev, u32 value, bool trusted)
{
	if (!may_write(dev, value))
		return -22;
	dev->control = value;
	return 0;
}
"""
TIDY = BASE.replace("return (value & ~dev->writable) == 0;", "return !(value & ~dev->writable);")
TRUST = TIDY.replace("if (!may_write(dev, value))", "if (!trusted && !may_write(dev, value))")
LOOSE = TRUST.replace("return !(value & ~dev->writable);", "return !(value & ~dev->writable & ~DEV_RESET);")
MESSAGES = (
    "dev: Tidy up the check\n\nNo functional change intended.",
    "dev: Let trusted users write every bit\n\nOthers still need leave.",
    "dev: Let everybody reset the device\n\nNo functional change.",
    "dev: Name the bits that are reserved\n\nNo functional change.",
)
IDENTITY = {
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
       (("NAME", "A. Developer"), ("EMAIL", "a@example.org"), ("DATE", "2026-01-02T03:04:05Z"))},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip
MAIL = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: A. Developer <a@example.org>
Subject: [PATCH {number}] {subject}

No functional change.
---
{diff}--
2.0

"""
BINARY = """\
diff --git a/firmware.bin b/firmware.bin
index 1111111..2222222 100644
Binary files a/firmware.bin and b/firmware.bin differ
"""
RENAME = """\
diff --git a/drivers/dev.c b/drivers/device.c
similarity index 100%
rename from drivers/dev.c
rename to drivers/device.c
"""
NEW = """\
diff --git a/drivers/new.c b/drivers/new.c
new file mode 100644
--- /dev/null
+++ b/drivers/new.c
@@ -0,0 +1 @@
+int fresh(void) { return 1; }
"""
OUTSIDE = """\
diff --git a/../../etc/passwd b/../../etc/passwd
--- a/../../etc/passwd
+++ b/../../etc/passwd
@@ -1 +1 @@
-a
+b
"""
MISFIT = """\
diff --git a/drivers/dev.c b/drivers/dev.c
--- a/drivers/dev.c
+++ b/drivers/dev.c
@@ -3,4 +3,4 @@
 static bool may_read(struct dev *dev, u32 value)
 {
-	return (value & ~dev->readable) == 0;
+	return !(value & ~dev->readable);
 }
"""


def build(folder: Path) -> None:
    """Makes `folder/repository`, whose HEAD is the base, and mails beside it."""
    repository = folder / "repository"
    (repository / "drivers").mkdir(parents=True)

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", repository, *arguments], env={**os.environ, **IDENTITY}, check=True, capture_output=True
        )
        return done.stdout.decode()

    def commit(message: str, **files: str) -> None:
        for name, text in files.items():
            (repository / "drivers" / f"{name[:-1]}.{name[-1]}").write_text(text)
        git("add", ".")
        git("commit", "-qm", message)

    git("init", "-q", "-b", "main")
    commit(
        "dev: A driver", devh=HEADER, devc=BASE, otherc='#include "dev.h"\n\nint other(void) { return DEV_RESET; }\n'
    )
    git("checkout", "-qb", "topic")
    for message, text in zip(MESSAGES, (TIDY, TRUST, LOOSE), strict=False):
        commit(message, devc=text)
    commit(MESSAGES[3], devh=HEADER.replace("\n\nstruct", "\n#define DEV_RESERVED 0xfffffffcu\n\nstruct"))
    series = git("format-patch", "--stdout", "main..topic")
    git("checkout", "-q", "main")
    tidy = git("diff", "main", "topic~3")
    (folder / "series.mbox").write_text(series)
    (folder / "damaged.mbox").write_text(series.replace("\n@@ -", "\n@@ x", 1))
    (folder / "empty.mbox").write_text("\n")
    (folder / "letter.txt").write_text("Hello,\n\nthis is no patch.\n")
    for name, diff in (
        ("misfit", MISFIT), ("binary", BINARY), ("rename", RENAME), ("new", NEW), ("outside", OUTSIDE),
    ):  # fmt: skip
        mails = ((f"1/{2 - (name == 'rename')}", f"dev: {name.title()}", diff), ("2/2", "dev: Tidy up", tidy))
        text = "".join(MAIL.format(number=n, subject=s, diff=d) for n, s, d in mails[: 1 if name == "rename" else 2])
        (folder / f"{name}.mbox").write_text(text)
    (folder / "no-repository").mkdir()
