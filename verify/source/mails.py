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
_BASE = re.compile(rb"^base-commit: ([0-9a-f]{7,64})\b", re.M)
_BRACKETS = re.compile(r"\[[^\]]*\]\s*")
_OF = re.compile(r"\b(\d+)/(\d+)\b")
_VERSION = re.compile(r"\bv(\d+)\b", re.I)
_REPLY = re.compile(r"(?:re|aw|fwd?):", re.I)
_QUOTED = re.compile(rb"^>(>*From )", re.M)
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
    """The patches by number; `base` is what a `base-commit:` line says, or ""."""

    patches: tuple[Patch, ...]
    cover: Patch | None
    base: str
    problems: tuple[str, ...]


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
        patch = _read_mail(chunk, position, bool(chunks) or _HEADERS.match(chunk) is not None)
        if patch.subject and _REPLY.match(patch.subject):
            problems.append(f"mail {position} (`{patch.subject}`) is a reply; it is skipped")
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


def without_binary(diff: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The diff without the files of which it only says that they differ, and their names."""
    sections = re.split(rb"(?m)^(?=diff --git )", diff)
    kept: list[bytes] = []
    dropped: list[str] = []
    for section in sections:
        if section.startswith(b"diff --git ") and re.search(rb"^Binary files [^\n]* differ$", section, re.M):
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
    """The mails of an mbox without their envelopes; nothing if `data` is none."""
    gaps = (b"", b"\n\n", b"\r\n")
    starts = [m for m in _ENVELOPE.finditer(data) if data[max(m.start() - 2, 0) : m.start()] in gaps]
    if not starts or data[: starts[0].start()].strip():
        return []
    ends = [m.start() for m in starts[1:]] + [len(data)]
    return [data[m.end() : end] for m, end in zip(starts, ends, strict=True)]


def _read_mail(chunk: bytes, position: int, is_mail: bool) -> Patch:
    problems: list[str] = []
    if is_mail:
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
        (text[: cut.start()] if cut else text).strip(),
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
        if part.get_content_maintype() != "text" and "patch" not in part.get_content_type():
            continue
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
    numbered = [p for p in found if p.diff and p.version == latest]
    if any(p.total for p in numbered) and not all(p.total for p in numbered):
        numbered = [p._replace(number=place) for place, p in enumerate(numbered, 1)]
    for patch in numbered:
        other = by_number.get(patch.number)
        if other is not None and other.diff != patch.diff:
            problems.append(f"two different mails are patch {patch.number}; the first (`{other.subject}`) is skipped")
        by_number[patch.number] = patch
    patches = tuple(by_number[n] for n in sorted(by_number))
    total = max(p.total for p in patches)
    missing = total - len(by_number.keys() & set(range(1, min(total, _MOST_PATCHES) + 1)))
    if total > _MOST_PATCHES or missing > _MOST_NAMED:
        problems.append(f"{missing} of the {total} patches are missing")
    elif missing:
        problems += [f"[PATCH {n}/{total}] is missing" for n in range(1, total + 1) if n not in by_number]
    return Series(patches, covers[0] if covers else None, base, tuple(problems))
