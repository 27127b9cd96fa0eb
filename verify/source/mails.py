"""Patches as mails have them: one patch, an mbox, or a series.

`read_series` takes bytes (of a file, of standard input) and returns the patches in their order, with what is wrong with
single mails.  Raises `InputError` if there is no patch at all.  Nothing of the text is executed or opened as a path;
mails are parsed by the standard library; git applies the diffs (`verify.source.repository`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from verify.errors import InputError
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from email.message import Message

MOST_BYTES = 64 << 20
_MOST_PATCHES = 10_000
_MOST_NAMED = 5
_ENVELOPE = re.compile(rb"^From \S+ +\w{3} \w{3} +\d+ +[\d:]+ \d{4}[^\n]*\n", re.M)
_HEADERS = re.compile(rb"\A(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_DIFF = re.compile(rb"^(?:diff --git [^\n]|Index: |--- [^\n]+\n\+\+\+ [^\n]+\n@@ )", re.M)
_LOGGED = re.compile(rb"^commit [0-9a-f]{40}\b", re.M)
_BREAK = re.compile(r"^---[ \t]*$", re.M)
_SCISSORS = re.compile(r"^[ \t-]*-[ \t]*(?:>8|8<|>%|%<)[ \t-]*-[ \t-]*$", re.M)
_BASE = re.compile(rb"^base-commit: ([0-9a-f]{7,64})\b", re.M)
_BRACKETS = re.compile(r"\[[^\]]*\]\s*")
_OF = re.compile(r"\b(\d+)/(\d+)\b")
_VERSION = re.compile(r"\bv(\d+)\b", re.I)
_REPLY = re.compile(r"(?:re|aw|fwd?):", re.I)
_QUOTED = re.compile(rb"^>(>*From )", re.M)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_FILES = re.compile(rb"^(?:---|\+\+\+|rename from|rename to|copy from|copy to) ([^\t\n]+)", re.M)


class Patch(NamedTuple):
    """One mail.  `number` of `total` as its subject says, or its place; `diff` is empty for a cover letter."""

    number: int
    total: int
    version: int
    subject: str
    message: str
    diff: bytes
    problems: tuple[str, ...]


class Series(NamedTuple):
    """The patches by number; `base` is what a `base-commit:` line says, or "".

    `lacking`: those of the problems that say which patches aren't there, or not as they were sent.
    """

    patches: tuple[Patch, ...]
    cover: Patch | None
    base: str
    problems: tuple[str, ...]
    lacking: tuple[str, ...]


def read_series(data: bytes, name: str) -> Series:
    """The patches in `data`; `name` is for messages."""
    if not data.strip():
        raise InputError(f"{name} is empty", hint="Give a patch, an mbox, or a series as `b4 am` writes it.")
    if len(data) > MOST_BYTES:
        raise InputError(f"{name} has more than {MOST_BYTES >> 20} MB")
    if _DIFF.search(data) is None and b"diff --git" not in data and not _mails(data):
        raise InputError(f"{name} is no patch", hint="There is no line `diff --git …` and no `---`, `+++`, `@@` in it.")
    problems: list[str] = []
    found: list[Patch] = []
    chunks = _mails(data)
    if not chunks and len(_LOGGED.findall(data)) > 1:
        hint = "`git format-patch --stdout` writes one that can be read."
        raise InputError(f"{name} is the output of `git log`, which isn't a series", hint=hint)
    for position, chunk in enumerate(chunks or [data], 1):
        patch = _read_mail(chunk, position)
        if patch.subject and _REPLY.match(patch.subject):
            problems.append(f"mail {position} (`{patch.subject}`) is a reply; it is skipped")
        elif patch.diff and not patch.number and patch.total:
            problems.append(f"the cover letter (`{patch.subject}`) holds a diff, which is skipped")
            found.append(patch._replace(diff=b""))
        elif patch.diff or patch.number == 0:
            found.append(patch)
        else:
            title = f" (`{patch.subject}`)" if patch.subject else ""
            problems.append(f"mail {position}{title} holds no patch; it is skipped")
            problems += [f"mail {position}: {p}" for p in patch.problems]
    if not any(p.diff for p in found):
        raise InputError(f"{name} holds no patch", hint="\n  ".join(problems[:5]))
    base = _BASE.search(data)
    return _in_order(found, base.group(1).decode() if base else "", problems)


def unsafe_path(diff: bytes) -> str:
    """The first path in the diff that leads out of the repository or into `.git`, or ""."""
    diff, _ = outside_hunks(diff)
    paths = [m.group(1) for m in _FILES.finditer(diff)]
    paths += [p for line in re.findall(rb"^diff --git ([^\n]+)", diff, re.M) for p in line.split()]
    for raw in paths:
        path = raw.strip().strip(b'"').decode("utf-8", "replace")
        if path == "/dev/null":
            continue
        parts = path.replace("\\", "/").split("/")
        inside_git = any(p.rstrip(" .").lower() in (".git", "git~1") for p in parts)
        if path.startswith("/") or "//" in path or ".." in parts or inside_git:
            return printable(path)
    return ""


def outside_hunks(diff: bytes) -> tuple[bytes, str]:
    """What git doesn't take for changed lines, and the first changed line that it leaves out, as a hunk has more lines
    than its head says; or "".
    """
    found: list[bytes] = []
    left_out = ""
    lacking: list[int] | None = None  # lines of the old and the new text that the hunk still lacks
    for line in diff.split(b"\n"):
        head = _HUNK.match(line)
        if lacking is not None and any(lacking):
            lacking[0] -= not line.startswith((b"+", b"\\"))
            lacking[1] -= not line.startswith((b"-", b"\\"))
            continue
        if head is not None:
            lacking = [int(count) if count is not None else 1 for count in head.groups()]
        elif lacking is not None and not line.startswith(b"\\"):
            if line.startswith((b"+", b"-")) and not line.startswith((b"++", b"--")):
                left_out = left_out or printable(line.decode("utf-8", "replace"))
            lacking = lacking if line.startswith(b" ") else None
        found.append(line)
    return b"\n".join(found), left_out


def without_binary(diff: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The diff without the files of which it only says that they differ, and their names."""
    sections = re.split(rb"(?m)^(?=diff --git )", diff)
    kept: list[bytes] = []
    dropped: list[str] = []
    for section in sections:
        is_diff = section.startswith(b"diff --git ") and b"\n@@ " not in section
        if is_diff and re.search(rb"^Binary files [^\n]* differ$", section, re.M):
            dropped.append(printable(section.split(b"\n", 1)[0].split(b" b/")[-1].decode("utf-8", "replace")))
        else:
            kept.append(section)
    return b"".join(kept), tuple(dropped)


def printable(text: str) -> str:
    """`text` with what a terminal might act on escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in _valid(text))


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _mails(data: bytes) -> list[bytes]:
    """The mails of an mbox, cut where git cuts it, and what stands in front of the first one; nothing if it is none."""
    starts = list(_ENVELOPE.finditer(data))
    if not starts:
        return []
    ends = [m.start() for m in starts[1:]] + [len(data)]
    front = data[: starts[0].start()]
    return [*((front,) if front.strip() else ()), *(data[m.start() : e] for m, e in zip(starts, ends, strict=True))]


def _read_mail(chunk: bytes, position: int) -> Patch:
    problems: list[str] = []
    envelope = _ENVELOPE.match(chunk)
    if envelope is not None:
        chunk = chunk[envelope.end() :]
    if envelope is not None or _HEADERS.match(chunk) is not None:
        import email

        mail = email.message_from_bytes(chunk)
        subject = _header(mail)
        body = _body(mail, problems)
    else:
        subject, body = "", chunk
    if b"\r\n" in body and body.count(b"\r\n") == body.count(b"\n"):
        body = body.replace(b"\r\n", b"\n")
    start = _DIFF.search(body)
    message, diff = (body[: start.start()], body[start.start() :]) if start else (body, b"")
    text = _QUOTED.sub(rb"\1", message).decode("utf-8", "replace")
    text = text[max((m.end() for m in _SCISSORS.finditer(text)), default=0) :]
    cut = _BREAK.search(text)
    tags, title = "", subject
    while (bracket := _BRACKETS.match(title)) is not None:
        tags += bracket.group()
        title = title[bracket.end() :]
    of, version = _OF.search(tags), _VERSION.search(tags)
    number, total = (int(of.group(1)), int(of.group(2))) if of else (position, 0)
    return Patch(
        number,
        total,
        int(version.group(1)) if version else 1,
        printable(title.strip()),
        "\n".join(map(printable, (text[: cut.start()] if cut else text).strip().splitlines())),
        diff,
        tuple(problems),
    )


def _header(mail: Message) -> str:
    from email.header import decode_header, make_header

    value = mail.get("Subject", "")
    try:
        value = str(make_header(decode_header(value)))
    except (LookupError, UnicodeError, ValueError):
        value = str(value)
    return " ".join(_valid(value).split())


def _body(mail: Message, problems: list[str]) -> bytes:
    """The text parts of a mail, decoded; what is damaged is told in `problems`."""
    parts: list[bytes] = []
    for part in mail.walk():
        if part.is_multipart():
            continue
        name = part.get_filename() or ""
        kind = part.get_content_type()
        if not name.endswith((".patch", ".diff")) and "patch" not in kind and "diff" not in kind:
            if part.get_content_maintype() != "text" or kind == "text/html":
                continue  # a signature, a picture, or the same once more
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            parts.append(content)
        problems += [f"the mail is damaged ({type(d).__name__})" for d in part.defects]
    if mail.is_multipart():
        problems += [f"the mail is damaged ({type(d).__name__})" for d in mail.defects]
    return b"\n".join(parts)


def _in_order(found: list[Patch], base: str, problems: list[str]) -> Series:
    """By number; versions and numbers that don't fit together are told."""
    latest = max(p.version for p in found)
    for patch in found:
        if patch.version != latest:
            problems.append(f"`{patch.subject}` is of version {patch.version}, not {latest}; it is skipped")
    covers = [p for p in found if not p.diff and p.version == latest]
    by_number: dict[int, Patch] = {}
    lacking: list[str] = []
    numbered = [p for p in found if p.diff and p.version == latest]
    if any(p.total for p in numbered) and not all(p.total for p in numbered):
        numbered = [p._replace(number=place) for place, p in enumerate(numbered, 1)]
    for patch in numbered:
        other = by_number.get(patch.number)
        if other is not None and other.diff != patch.diff:
            lacking.append(f"two different mails are patch {patch.number}; the first (`{other.subject}`) is skipped")
        by_number[patch.number] = patch
    patches = tuple(by_number[n] for n in sorted(by_number))
    total = max(p.total for p in patches)
    missing = total - len(by_number.keys() & set(range(1, min(total, _MOST_PATCHES) + 1)))
    if total > _MOST_PATCHES or missing > _MOST_NAMED:
        lacking.append(f"{missing} of the {total} patches are missing")
    elif missing:
        lacking += [f"[PATCH {n}/{total}] is missing" for n in range(1, total + 1) if n not in by_number]
    return Series(patches, covers[0] if covers else None, base, (*problems, *lacking), tuple(lacking))
