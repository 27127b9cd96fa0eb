"""Reads a spec: a TOML file that names the code, the assumptions and the claims.  Safe to read from a stranger.

`read_spec` takes a path and returns a `Spec`; `find_specs` lists the specs below a directory.  Raises `SpecError` with
the file and the line for everything that can't be right: bad TOML, unknown or missing keys, wrong types, two claims of
one name, files that lead outside of the spec's folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, cast

from verify.claims.quoted import place
from verify.errors import SpecError
from verify.patterns import pattern
from verify.source.text import Source, Span
from verify.syntax.conditions import builtin_symbol, configured
from verify.syntax.lexer import without_comments
from verify.tuples import NamedTuple

if TYPE_CHECKING:
    from verify.claims.system import Property, System
    from verify.claims.verdict import SpecReport
    from verify.errors import InputError

EXPECTATIONS = ("proved", "refuted", "may differ", "unknown", "vacuous", "unsupported")
FILE_NAME = "spec.toml"


class Expression(NamedTuple):
    """C text of a spec and where it stands, for messages."""

    text: str
    span: Span


class CallSpec(NamedTuple):
    """What a callee is assumed to do: `preserves` are locations that it doesn't write.

    `alike`: it does the same in both versions, although its code, or code that it uses, differs between them.
    `free`: nothing else tells its results, e.g. what the processor can do, so any of them is possible.
    `known`: a primitive of the kernel that does so in every version, which isn't named with a verdict.
    """

    preserves: tuple[Expression, ...]
    pure: bool
    constant: bool
    silent: bool
    alike: bool
    free: bool = False
    known: bool = False


class Claim(NamedTuple):
    name: str
    says: str
    assume: tuple[Expression, ...]
    prove: Expression
    expect: str


class Code(NamedTuple):
    """Which text to read.  `old` is None for a spec of one version; paths are relative to the spec or to a tree."""

    old: str | None
    new: str
    headers: tuple[str, ...]
    entry_old: str
    entry_new: str


class Spec(NamedTuple):
    name: str
    path: str
    title: str
    about: str
    code: Code
    kernel: Code | None
    assume: tuple[Expression, ...]
    define: Mapping[str, bool]
    unroll: int | None
    names: Mapping[str, Expression]
    bits: Mapping[str, tuple[str, ...]]
    calls: Mapping[str, CallSpec]
    variables: Mapping[str, Expression]
    claims: tuple[Claim, ...]
    system: System | None = None
    places: Mapping[str, Span] = {}


class Broken(NamedTuple):
    """A spec that can't be read or checked, and why."""

    name: str
    path: str
    error: InputError


def broken_of(reports: Iterable[SpecReport]) -> list[Broken]:
    """The specs that couldn't be checked."""
    return [Broken(r.name, r.path, r.error) for r in reports if r.error is not None]


def claims_of(spec: Spec) -> tuple[Claim | Property, ...]:
    """All claims of a spec, those about histories last."""
    return (*spec.claims, *(spec.system.properties if spec.system is not None else ()))


_WHERE = "`--specs DIR` says where the specs are; or run where `specs/` is, or `check` a spec by its path."


def find_specs(root: str) -> tuple[str, ...]:
    """The paths of all spec files below `root`, sorted; symbolic links are followed.

    Raises `SpecError` if there is no such directory, or one below it can't be read.
    """
    if not os.path.isdir(root):
        raise SpecError(f"there is no directory `{root}`", hint=_WHERE)

    def unreadable(error: OSError) -> None:  # a spec that is passed over would count as none
        raise SpecError(f"can't read `{error.filename}`: {error.strerror}")

    found: list[str] = []
    seen: set[str] = set()
    for folder, below, names in os.walk(root, onerror=unreadable, followlinks=True):
        seen.add(os.path.realpath(folder))
        below[:] = (b for b in sorted(below) if os.path.realpath(os.path.join(folder, b)) not in seen)
        if FILE_NAME in names:
            found.append(os.path.join(folder, FILE_NAME))
    return tuple(sorted(found))


def locate_spec(name: str, root: str = "specs") -> str:
    """The path of the spec called `name`: a file, a folder with a spec, or a name below `root`."""
    candidates = [name, os.path.join(name, FILE_NAME), os.path.join(root, name, FILE_NAME)]
    candidates.append(os.path.join(root, "examples", name, FILE_NAME))
    for candidate in candidates:
        if os.path.isfile(candidate):
            return candidate
        if os.path.lexists(candidate) and os.path.basename(candidate) == FILE_NAME:
            raise SpecError(f"`{candidate}` isn't a file")
    if not os.path.isdir(root):
        raise SpecError(f"there is no spec `{name}`, and no directory `{root}`", hint=_WHERE)
    import difflib

    known = [spec_name(p, root) for p in find_specs(root)]
    close = difflib.get_close_matches(name, known, 3, 0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else "`python -m verify list` shows the specs."
    if name and os.path.isdir(name):
        hint = f"In the folder `{name}` there is no `{FILE_NAME}`.  {hint}"
    raise SpecError(f"there is no spec `{name}`", hint=hint)


def spec_name(path: str, root: str = "specs") -> str:
    """The name of the spec at `path`: its folder, relative to `root` if it lies below."""
    folder = os.path.dirname(os.path.abspath(path))
    relative = os.path.relpath(folder, os.path.abspath(root))
    return os.path.basename(folder) if relative.startswith("..") or relative == "." else relative


def read_spec(path: str, root: str = "specs") -> Spec:
    """The spec in the file at `path`."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        text = data.decode("utf-8")
    except OSError as error:
        raise SpecError(f"can't read `{path}`: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SpecError(f"`{path}` isn't UTF-8 text") from None
    return parse_spec(text, path, spec_name(path, root))


def parse_spec(text: str, path: str, name: str) -> Spec:
    """The spec that is `text`; `path` is for messages."""
    import tomllib

    source = Source(path, text)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said, _, where = str(error).rpartition(" (at ")
        place = re.fullmatch(r"line (\d+), column (\d+)\)", where)
        before = text.replace("\r\n", "\n").split("\n")[: int(place[1]) - 1] if place else [text]
        start = sum(len(line) + 1 for line in before) + int(place[2]) - 1 if place else len(text.rstrip())
        message = f"this isn't valid TOML: {said}{'' if place else ', at the end of the file'}"
        hint = "https://toml.io describes the format."
        if not path.endswith(".toml"):
            hint = "A spec is a folder with `spec.toml`, or that file; `diff` is what compares C files."
        raise SpecError(message, Span(source, start, start + 1), hint) from None
    except RecursionError:
        raise SpecError(f"{path}: this TOML is nested too deeply") from None
    return Reader(source, name).spec(table)


SYSTEM_TABLES = ("state", "operation", "invariant", "trace-claim", "reach", "predicates", "histories")
# Words that no name of a spec may be: those of claims, and C's own.
RESERVED = frozenset(
    "old new before same except ret warned called calls _ __ "
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef typeof union unsigned void volatile while _Bool "
    "bool true false NULL".split()
)
_TOP = ("title", "about", "code", "kernel", "names", "bits", "calls", "vars", "claim", *SYSTEM_TABLES)
_CODE = ("old", "new", "file", "headers", "entry", "entry_old", "entry_new", "assume", "define", "unroll", "variants")
_KERNEL = ("file", "headers", "entry", "entry_old", "entry_new")
_CALL = ("preserves", "pure", "constant", "silent", "alike")
_CLAIM = ("name", "says", "assume", "prove", "expect")
_LEGIBLE = pattern(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*")  # no control characters but tabs and ends of lines
_KEY = pattern(r'^[ \t]*\[*"?(?P<key>[^\s"=\]][^"=\]\n]*?)"?\s*[]=]', re.M)


def is_name(word: str) -> bool:
    """True iff a spec may call something so: letters that only look like others would change what claims mean."""
    return word.isidentifier() and word.isascii() and word not in RESERVED


class Reader:
    """Turns parsed TOML into a `Spec`; every message names the file and the line."""

    def __init__(self, source: Source, name: str) -> None:
        self.source = source
        self.name = name
        self.claim_names: tuple[str, ...] = ()
        self.from_here = 0  # where the claim being read begins, so that equal texts are told apart

    def fail(self, message: str, word: str = "", hint: str = "") -> SpecError:
        place = self.find(word)
        span = Span(self.source, place, place + len(word)) if place >= 0 else None
        return SpecError(message if span else f"{self.source.name}: {message}", span, hint)

    def find(self, word: str) -> int:
        """Where `word` stands: best as a key from here on, else anywhere as a word of its own; -1 if nowhere."""
        places = self._key_places.get(word)
        if places:
            return next((at for line, at in places if line >= self.from_here), places[0][1])
        whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])") if word else None
        found = whole and (whole.search(self.source.text, self.from_here) or whole.search(self.source.text))
        return found.start() if found else -1

    @cached_property
    def _key_places(self) -> dict[str, list[tuple[int, int]]]:
        """Where each key, or name of a table, stands, after the place where its line begins."""
        places: dict[str, list[tuple[int, int]]] = {}
        for found in _KEY.finditer(self.source.text):
            places.setdefault(found["key"], []).append((found.start(), found.start("key")))
        return places

    def keys(self, table: object, known: tuple[str, ...], where: str) -> dict[str, object]:
        if not isinstance(table, dict):
            raise self.fail(f"{where} must be a table", where)
        table = cast("dict[str, object]", table)
        for key in table:
            if key not in known:
                import difflib

                close = difflib.get_close_matches(str(key), known, 1)
                hint = f"Did you mean `{close[0]}`?" if close else f"Known keys: {', '.join(known)}."
                raise self.fail(f"unknown key `{key}` in {where}", str(key), hint)
        return table

    def text(self, table: dict[str, object], key: str, where: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if value is None:
            raise self.fail(f"`{key}` is missing in {where}", where.strip("[]"))
        if not isinstance(value, str):
            raise self.fail(f"`{key}` in {where} must be a string", key)
        if not _LEGIBLE.fullmatch(value):
            raise self.fail(f"`{key}` in {where} has a control character", key)
        return value

    def claim_name(self, table: dict[str, object], where: str) -> str:
        """The name of a claim: one line that isn't empty, as it is given on the command line."""
        name = self.text(table, "name", where)
        if not name.strip() or "\n" in name or "\t" in name:
            raise self.fail("a claim's `name` must be one line of text", "name")
        return name

    def texts(self, table: dict[str, object], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        value = [value] if isinstance(value, str) else value
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(v, str) for v in items):
            raise self.fail(f"`{key}` in {where} must be a string or a list of strings", key)
        return tuple(map(str, items))

    def flag(self, table: dict[str, object], key: str, where: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.fail(f"`{key}` in {where} must be true or false", key)
        return value

    def expression(self, text: str, key: str) -> Expression:
        """The value of `key` with its place in the file.  Comments are blanked out: it may be put into a longer one."""
        found = place(self.source, max(0, self.find(key)), text) or place(self.source, 0, text)
        found = found or Span(Source(self.source.name, text), 0, len(text))
        text = without_comments(text)
        if not text.strip():
            raise self.fail(f"`{key}` is empty", key, "It must be one C expression.")
        return Expression(text, found)

    def expressions(self, table: dict[str, object], key: str, where: str) -> tuple[Expression, ...]:
        return tuple(self.expression(text, key) for text in self.texts(table, key, where))

    def table(self, parent: dict[str, object], key: str) -> dict[str, object]:
        value = parent.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(f"`{key}` must be a table", key)
        return cast("dict[str, object]", value)

    def spec(self, raw: object) -> Spec:
        top = self.keys(raw, _TOP, "the spec")
        if "code" not in top:
            raise self.fail("`[code]` is missing: it names the files and the entry function")
        code = self.keys(top["code"], _CODE, "[code]")
        kernel = self.keys(top["kernel"], _KERNEL, "[kernel]") if "kernel" in top else None
        unroll = code.get("unroll")
        if unroll is not None and (not isinstance(unroll, int) or isinstance(unroll, bool) or not 0 < unroll <= 10_000):
            raise self.fail("`unroll` must be a number from 1 to 10000", "unroll")
        histories = any(key in top for key in SYSTEM_TABLES)
        own = self.code(code, not histories or "claim" in top)
        names = {
            k: self.expression(self.text(self.table(top, "names"), k, "[names]"), k) for k in self.table(top, "names")
        }
        variables = {
            k: self.expression(self.text(self.table(top, "vars"), k, "[vars]"), k) for k in self.table(top, "vars")
        }
        bits = {k: self.texts(self.table(top, "bits"), k, "[bits]") for k in self.table(top, "bits")}
        for key in bits:
            if key not in names and key != "ret" and key not in self.table(top, "state"):
                raise self.fail(f"[bits] speaks of `{key}`, which isn't in [names]", key)
        for key in (*names, *variables):
            if not is_name(key):
                raise self.fail(f"`{key}` can't be a name of a spec", key)
        claims = self.claims(top.get("claim", [])) if "claim" in top or not histories else ()
        return Spec(
            self.name,
            self.source.name,
            self.text(top, "title", "the spec", self.name),
            self.text(top, "about", "the spec", "").strip(),
            own,
            None if kernel is None else self.kernel(kernel, own),
            self.expressions(code, "assume", "[code]"),
            self.define(code),
            unroll,
            names,
            bits,
            self.calls(self.table(top, "calls")),
            variables,
            claims,
            self.system(top, code, own) if histories else None,
            {**self.places("bits", bits), **self.places("calls", self.table(top, "calls"))},
        )

    def places(self, table: str, keys: Iterable[str]) -> dict[str, Span]:
        """Where the keys of a table stand."""
        self.from_here = max(self.source.text.find(f"[{table}]"), 0)
        found = {key: self.find(key) for key in keys}
        self.from_here = 0
        return {f"[{table}] {k}": Span(self.source, at, at + len(k)) for k, at in found.items() if at >= 0}

    def system(self, top: dict[str, object], code: dict[str, object], own: Code) -> System | None:
        from verify.claims.system import read_system

        variants = {k: self.text(self.table(code, "variants"), k, "`variants`") for k in self.table(code, "variants")}
        for name, path in variants.items():
            if name in ("old", "new"):
                raise self.fail(f"a variant of the code can't be called `{name}`", name)
            self.inside(path)
        found = read_system(self, top, variants, own.old is not None)
        for claim in found.properties if found is not None else ():
            if claim.name in self.claim_names:
                raise self.fail(f"two claims are called `{claim.name}`", f'"{claim.name}"')
        return found

    def inside(self, path: str) -> None:
        """Raises unless `path` stays in the spec's folder."""
        if os.path.isabs(path) or ".." in path.split("/"):
            raise self.fail(f"`{path}` leads outside of the spec's folder", path)

    def code(self, table: dict[str, object], entered: bool = True) -> Code:
        new = table.get("new", table.get("file"))
        if "new" in table and "file" in table:
            raise self.fail("[code] has both `new` and `file`", "file")
        if not isinstance(new, str):
            raise self.fail("`new` (the file with the code) is missing in [code]", "[code]")
        old = table.get("old")
        if old is not None and not isinstance(old, str):
            raise self.fail("`old` in [code] must be a string", "old")
        entry = table.get("entry", None if entered else "")
        entry_new = table.get("entry_new", entry)
        entry_old = table.get("entry_old", entry)
        for key in ("entry", "entry_old", "entry_new"):
            self.text(table, key, "[code]", "")
        if not isinstance(entry_new, str) or not isinstance(entry_old if old is not None else "", str):
            raise self.fail("`entry` (the function's name) is missing in [code]", "[code]")
        headers = self.texts(table, "headers", "[code]")
        for path in (new, old, *headers):
            if path is not None:
                self.inside(path)
        return Code(old, new, headers, str(entry_old), entry_new)

    def kernel(self, table: dict[str, object], own: Code) -> Code:
        file = self.text(table, "file", "[kernel]")
        headers = self.texts(table, "headers", "[kernel]")
        for path in (file, *headers):
            if os.path.isabs(path) or ".." in path.split("/"):
                raise self.fail(f"`{path}` leads outside of the tree", path)
        entry = table.get("entry")
        entry_old = table.get("entry_old", entry or own.entry_old)
        entry_new = table.get("entry_new", entry or own.entry_new)
        if not isinstance(entry_old, str) or not isinstance(entry_new, str):
            raise self.fail("`entry` in [kernel] must be a string", "entry")
        return Code(file if own.old is not None else None, file, headers, entry_old, entry_new)

    def define(self, table: dict[str, object]) -> dict[str, bool]:
        found = self.table(table, "define")
        config: dict[str, bool] = {}
        for key, value in found.items():
            if not key.startswith("CONFIG_"):
                message = f"`{key}` in `define` is no configuration symbol"
                raise self.fail(message, key, "Their names begin with CONFIG_.")
            value = {True: "y", False: "n"}[value] if isinstance(value, bool) else value
            if not isinstance(value, str) or value not in ("y", "m", "n"):
                raise self.fail(f'`{key}` in `define` must be "y", "m" or "n"', key)
            if value == "m" and builtin_symbol(key):
                raise self.fail(f'`{key}` is "y" or "n": it says whether `{builtin_symbol(key)}` is "m"', key)
            config.update({key: value == "y"} if builtin_symbol(key) else configured(key, value))
        return config

    def calls(self, table: dict[str, object]) -> dict[str, CallSpec]:
        found: dict[str, CallSpec] = {}
        for name, raw in table.items():
            rule = self.keys(raw, _CALL, f"[calls] {name}")
            where = f"[calls] {name}"
            spec = CallSpec(
                self.expressions(rule, "preserves", where),
                self.flag(rule, "pure", where),
                self.flag(rule, "constant", where),
                self.flag(rule, "silent", where),
                self.flag(rule, "alike", where),
            )
            if spec.pure + spec.constant + spec.silent + bool(spec.preserves) > 1:
                raise self.fail(f"{where} says more than one of preserves, pure, constant and silent", name)
            found[name] = spec
        return found

    def claims(self, raw: object) -> tuple[Claim, ...]:
        if isinstance(raw, dict):
            raise self.fail("[claim] must be [[claim]]: there may be several", "claim")
        if not isinstance(raw, list) or not raw:
            raise self.fail("the spec has no [[claim]]", hint="A spec needs at least one claim.")
        claims: list[Claim] = []
        for table in cast("list[object]", raw):
            marker = self.source.text.find("[[claim]]", self.from_here + 1 if claims else self.from_here)
            self.from_here = marker if marker >= 0 else self.from_here
            entry = self.keys(table, _CLAIM, "[[claim]]")
            name = self.claim_name(entry, "[[claim]]")
            if any(c.name == name for c in claims):
                raise self.fail(f"two claims are called `{name}`", f'"{name}"')
            expect = self.text(entry, "expect", f"claim {name}", "proved")
            if expect not in EXPECTATIONS:
                raise self.fail(f"`expect` must be one of {', '.join(EXPECTATIONS)}", expect)
            prove = self.expression(self.text(entry, "prove", f"claim {name}"), "prove")
            assume = self.expressions(entry, "assume", f"claim {name}")
            claims.append(Claim(name, self.text(entry, "says", f"claim {name}", name).strip(), assume, prove, expect))
        self.from_here = 0
        self.claim_names = tuple(c.name for c in claims)
        return tuple(claims)
