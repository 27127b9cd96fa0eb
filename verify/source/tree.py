"""Trees of source files: a directory, or a git revision read from the object store without a checkout.

A tree gives `path → text` and finds what a file includes.  Kernel include paths are those of x86's Makefile.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol

from verify.deadline import uncounted
from verify.errors import InputError
from verify.patterns import pattern
from verify.source.git import git_command, git_environment
from verify.source.text import Source, Span, decoded
from verify.syntax.conditions import FIXED, truth
from verify.syntax.generated import words_of_arguments
from verify.syntax.heads import with_heads
from verify.syntax.index import DIRECTIVE_LINE, PLAIN_DIRECTIVE, Conditions, FileIndex, index_file
from verify.syntax.lexer import without_comments
from verify.tuples import NamedTuple

# Where `#include <x>` looks in a kernel tree for x86 (Makefile's LINUXINCLUDE, USERINCLUDE), in order.
_INCLUDE_PATHS = (
    "arch/x86/include",
    "include",
    "arch/x86/include/uapi",
    "include/uapi",
    "arch/x86/kvm",
    "include/asm-generic",
    "include/uapi/asm-generic",
)
# Where the compiler or the machine decides; whether it is C that is read is asked by nearly all headers.
_CHOOSING = "|".join(n for n in FIXED if not n.startswith(("CONFIG_", "__ASSEMBL", "__KERNEL__", "__cplusplus")))
_CHOOSES = pattern(rf"#[ \t]*(?:if|elif|ifdef)\b[^\n]*\b(?:{_CHOOSING})\b")
_SETS = pattern(rf"#[ \t]*(?:define|undef)[ \t]+(?:{'|'.join(FIXED)})\b")
_BY_CODE = pattern(r"\bBUILD_VDSO(?:32)?\b")  # what a C file may define in front of what it includes
_MANY = 20  # names to look for, from which on it pays to know the words of each file
_WORD = pattern(r"[A-Za-z_]\w*")
# Atomic: what lies between two comments mustn't be tried as a part of one that begins before.
_SPACE = r"(?>\s|\\\n|/\*.*?\*/)"
_INCLUDE = pattern(rf"""#{_SPACE}*+(?:include(?:_next)?|import){_SPACE}*+[<"]([^>"\n]+)[>"]""", re.S)
# In a Makefile: where headers are looked for, a variable that is set to one word, and what is built below.
_ASKED_FOR = pattern(r"-I\s*([^\s\\]+)")
_VARIABLE = pattern(r"^[ \t]*(\w+)[ \t]*[:?]?=[ \t]*(\S+)[ \t]*$", re.M)
_BUILT = pattern(r"^[ \t]*obj-\S+[ \t]*[:+]?=((?:[^\\\n]|\\\n|\\)*)", re.M)
_USED = pattern(r"\$\((\w+)\)")
_MOST_USES = 4  # of variables in variables
# Words that may be defined: in a line that isn't indented, or behind `#define`.
_MARGIN = pattern(r"^[^\s*/#].*|#\s*define\s+\w+", re.M)
_DEFINE = pattern(rf"#{_SPACE}*+define{_SPACE}++(\w+)", re.S)
_BY_INCLUSION = pattern(r"enum\b[^{};]*\{[^{}]*?#[ \t]*include\b").findall
# The text of a macro without parameters that has a comma.
_LISTED = pattern(rf"#{_SPACE}*+define{_SPACE}++\w+(?=\s|\\\n)((?:[^\n\\,]|\\.)*,(?:[^\n\\]|\\.)*)", re.S)
_LEADS_NOWHERE = (b"symlink", b"dangling", b"loop", b"notdir")  # git-cat-file(1) of a link, with its target's size
# What a file defines but for macros, as far as it stands at the beginning of a line; more is no harm.
_DEFINES = pattern(r"^(?:typedef\b[^;{}]*?|[A-Za-z_][\w \t*]*?)\b(\w+)[ \t]*[;(]|^}[ \t]*(\w+)[ \t]*;", re.M)
# What `_outer_words` goes by: text that is no code, and blocks, of which one may end at a line's beginning.
_NO_CODE = pattern(r"""\bextern\s*"C"\s*\{|//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
_CONSTANTS = pattern(r"\benum\b[^{};]*\{([^}]*)")
_TYPEDEF = pattern(r"\btypedef\b([^;{}]*);")
_LAST_BLOCK = pattern(r"\{[^{}\0]*\n\}")
_BLOCK = pattern(r"\{[^{}\0]*\}")
_PARAMETERS = pattern(r"(?<=\w)\((?!\s*[*(])[^()]*\)")
# The headers whose definitions the known idioms and types stand for.
_KERNEL_HEADER = pattern(r"(?:^|[/:])include/(?:uapi/|generated/)*(?:linux|vdso|asm|asm-generic|trace|acpi)/")
_UNDEF = pattern(r"^[ \t]*#[ \t]*undef[ \t]+(\w+)", re.M)
PACKED = "#pragma pack"
_PACKING = pattern(r"^[ \t]*#[ \t]*pragma[ \t]+pack\b([^\n]*)", re.M)
_UNPACKING = pattern(r"\s*\(\s*(?:pop\b.*)?\)\s*")
_ASM_FALLBACKS = ("include/asm-generic", "include/uapi/asm-generic")


def is_kernel_header(path: str) -> bool:
    """True iff the file is one of the kernel's own basic headers."""
    return _KERNEL_HEADER.search(path) is not None


class Tree(Protocol):
    """Source files by path.  `read` returns None where there is no such file."""

    name: str

    def read(self, path: str) -> str | None: ...


class Directory:
    """A directory of the file system.  `closed`: symbolic links don't lead out of it either."""

    def __init__(self, root: str, closed: bool = False) -> None:
        if not os.path.isdir(root):
            raise InputError(f"`{root}` isn't a directory", hint="Give the root of an unpacked source tree.")
        self.name = root.rstrip("/") or "/"
        self._inside = os.path.join(os.path.realpath(root), "") if closed else ""

    def read(self, path: str) -> str | None:
        full = os.path.join(self.name, path)
        if not os.path.isfile(full):  # a pipe or a device might never end
            return None
        if self._inside and not os.path.realpath(full).startswith(self._inside):
            raise InputError(f"`{full}` is a symbolic link that leads outside of `{self.name}`", hint="Copy the file.")
        try:
            with open(full, "rb") as file:
                return decoded(file.read())
        except OSError as error:
            raise InputError(f"can't read `{full}`: {error.strerror}") from None


class Revision:
    """A revision of a git repository; one `git cat-file --batch` serves all files.

    `commit`: what `revision` was found to name before; a branch may have moved since.
    """

    def __init__(self, repository: str, revision: str, commit: str = "") -> None:
        import subprocess

        self.name = f"{repository}@{revision}"
        git, environment = git_command(repository), git_environment()
        try:
            found = subprocess.run(
                [*git, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit or revision}^{{commit}}"],
                capture_output=True,
                text=True,
                check=False,
                env=environment,
            )
        except FileNotFoundError:
            raise InputError("git isn't installed", hint="Install git, or give directories instead.") from None
        if found.returncode != 0:
            said = found.stderr.strip().removeprefix("fatal: ")
            raise InputError(f"`{revision}` isn't a commit of the repository `{repository}`", hint=said)
        self.commit = found.stdout.strip()
        self._blobs = Blobs(git, environment)

    def read(self, path: str) -> str | None:
        return self._blobs.text(self.commit, path)


class Snapshot:
    """A tree object of a git repository."""

    def __init__(self, name: str, tree: str, blobs: Blobs) -> None:
        self.name = name
        self.tree = tree
        self._blobs = blobs

    def read(self, path: str) -> str | None:
        return self._blobs.text(self.tree, path)


class Blobs:
    """The files of a git repository's commits and trees; one `git cat-file --batch` serves all.

    `git` is the command up to its subcommand.
    """

    def __init__(self, git: Sequence[str], environment: Mapping[str, str]) -> None:
        import subprocess

        command = [*git, "cat-file", "--batch", "--follow-symlinks"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def text(self, root: str, path: str) -> str | None:
        """The file at `path` of the commit or tree `root`, or the one that a symbolic link there leads to within it;
        None if there is none.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        path = os.path.normpath(path) if path else path
        if "\n" in path or path.startswith(("../", "/")):
            return None
        stdin.write(f"{root}:{path}\n".encode("utf-8", "surrogateescape"))
        stdin.flush()
        answer = stdout.readline()
        header = answer.split()
        if header[0] in _LEADS_NOWHERE:
            stdout.read(int(header[1]) + 1)
            return None
        if answer.endswith(b" missing\n") or len(header) != 3:
            return None
        data = stdout.read(int(header[2]) + 1)[:-1]
        return decoded(data) if header[1] == b"blob" else None

    def close(self) -> None:
        process = getattr(self, "_process", None)
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def __del__(self) -> None:
        self.close()


class _Search:
    """A breadth-first walk over includes, as far as it has come."""

    __slots__ = ("queue", "read", "seen")

    def __init__(self, seen: dict[str, None], queue: list[str]) -> None:
        self.seen = seen
        self.queue = queue
        self.read = 0


class Files:
    """The files of a tree as they are needed: texts and indexes are kept.

    `like`: the files of a tree that differs from this one only in the paths `changed`; what it has read is shared.
    """

    def __init__(self, tree: Tree, like: Files | None = None, changed: frozenset[str] = frozenset()) -> None:
        self.tree = tree
        self._like = like
        self._changed = changed
        self._texts: dict[str, str | None] = {}
        self._indexes: dict[str, FileIndex] = {}
        self._words: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[str, str], frozenset[str]] = {}  # what was looked for in files, and where
        self._includes: dict[str, tuple[str, ...]] = {}
        self._resolved: dict[str, str | None] = {}  # where an include path leads to
        self._further: dict[str, tuple[str, ...]] = {}  # where else the files of a directory look for headers
        self._looked_for = 0
        self._searches: dict[tuple[str, ...], _Search] = {}
        self._holding: dict[str, list[str]] = {}  # the paths that hold a word, of those whose words are known
        self._order: dict[tuple[str, ...], dict[str, int]] = {}  # of all that is included
        self._making: dict[tuple[str, ...], dict[str, list[str]]] = {}  # the paths by what macros get there
        self._own: dict[tuple[str, ...], dict[str, list[str]]] = {}  # the paths of headers that may define a name
        self._defining: dict[tuple[str, ...], dict[str, list[str]]] = {}  # the paths that may define a macro
        self._with_inclusions: dict[tuple[str, ...], list[str]] = {}  # the paths where an enum includes something

    def _shared(self, path: str) -> Files | None:
        return self._like if os.path.normpath(path) not in self._changed else None

    def text(self, path: str) -> str | None:
        shared = self._shared(path)
        if shared is not None:
            return shared.text(path)
        if path not in self._texts:
            text = self._texts[path] = self.tree.read(path)
            if text is not None and "\0" in text:
                raise InputError(f"`{path}` in `{self.tree.name}` isn't text: it has a NUL byte", hint="UTF-8 is read.")
        return self._texts[path]

    def replaced(self, path: str, text: str) -> Files:
        """These files with another text at `path`; what was read of the others is shared."""
        other = Files(self.tree, self, frozenset((os.path.normpath(path),)))
        other._texts[path] = text
        return other

    def renamed(self, names: Mapping[str, str]) -> Renamed:
        """These files with other names for some; see `Renamed`."""
        return Renamed(self, names)

    def index(self, path: str) -> FileIndex:
        """The index of the file at `path`.  Raises `InputError` if there is none."""
        shared = self._shared(path)
        if shared is not None:
            return shared.index(path)
        found = self._indexes.get(path)
        if found is None:
            text = self.text(path)
            if text is None:
                raise InputError(f"there is no file `{path}` in `{self.tree.name}`")
            name = (
                os.path.join(self.tree.name, path) if isinstance(self.tree, Directory) else f"{self.tree.name}:{path}"
            )
            with uncounted():
                found = self._indexes[path] = index_file(Source(os.path.normpath(name), with_heads(text)))
        return found

    def including(self, roots: tuple[str, ...]) -> Iterator[str]:
        """The paths of all files that `roots` include, nearest first; read no further than is asked for."""
        search = self._searches.setdefault(roots, _Search(dict.fromkeys(roots), list(roots)))
        position = len(roots)
        while True:
            while position < len(search.queue):
                yield search.queue[position]
                position += 1
            if search.read == len(search.queue):
                return
            path = search.queue[search.read]
            search.read += 1
            for found in self._included_by(path):
                if found not in search.seen:
                    search.seen[found] = None
                    search.queue.append(found)

    def inclusions(self, roots: tuple[str, ...], path: str) -> int:
        """How many `#include`s of `roots`, and of what they include, lead to the file at `path`."""
        by = (p for p in (*roots, *self.including(roots)) if path in self._included_by(p))
        return sum(self.path_of(name, p) == path for p in by for name in _included(self.text(p) or ""))

    def _included_by(self, path: str) -> tuple[str, ...]:
        """What the file at `path` includes itself, as far as it is there."""
        found = self._includes.get(path)
        if found is None:
            with uncounted():
                resolved = (self.path_of(name, path) for name in _included(self.text(path) or ""))
                found = self._includes[path] = tuple(r for r in resolved if r is not None)
        return found

    def path_of(self, name: str, including: str) -> str | None:
        """The path that `#include "name"` leads to in the file `including`; None if there is no such file."""
        if os.path.isabs(name):
            return None
        beside = os.path.normpath(os.path.join(os.path.dirname(including), name))
        if not beside.startswith("..") and self.text(beside) is not None:
            return beside
        if name not in self._resolved:
            candidates = [f"{base}/{name}" for base in _INCLUDE_PATHS]
            if name.startswith("asm/"):
                candidates += [f"{base}/{name.removeprefix('asm/')}" for base in _ASM_FALLBACKS]
            self._resolved[name] = next((c for c in candidates if self.text(c) is not None), None)
        if self._resolved[name] is not None:
            return self._resolved[name]
        further = (f"{base}/{name}" for base in self._asked_for(os.path.dirname(including)))
        inside = (c for c in map(os.path.normpath, further) if not c.startswith(".."))
        return next((c for c in inside if self.text(c) is not None), None)

    def _asked_for(self, directory: str) -> tuple[str, ...]:
        """Where else headers are looked for: what -I says in the Makefiles of `directory` and of those above it, and,
        as they include one another, of what those build below the same directory; nearest first.
        """
        if directory not in self._further:
            makefiles = [found for place in _upwards(directory) for found in self._makefiles(place, directory)]
            variables = {n: v.replace("$(src)", at) for at, text in makefiles for n, v in _VARIABLE.findall(text)}
            asked = (a.replace("$(src)", at) for at, text in makefiles for a in _ASKED_FOR.findall(text))
            paths = dict.fromkeys(_expanded(path, variables) for path in asked)
            self._further[directory] = tuple(p for p in paths if "$" not in p and not os.path.isabs(p))
        return self._further[directory]

    def _makefiles(self, place: str, directory: str) -> Iterator[tuple[str, str]]:
        """The Makefile in `place`, with its directory; and those that it has built, if `directory` lies there, too."""
        names = (f"{place}/Kbuild", f"{place}/Makefile")
        text = next((t for t in map(self.text, names) if t is not None), None)
        if text is None:
            return
        yield place, text
        below = directory.removeprefix(place).strip("/")
        part = below.partition("/")[0]
        built = dict.fromkeys(b for line in _BUILT.findall(text) for b in line.split() if b.endswith("/"))
        for path in (b.strip("/") for b in built if part and b.startswith(f"{part}/") and b.strip("/") != part):
            if not f"{below}/".startswith(f"{path}/"):
                yield from self._makefiles(f"{place}/{path}", f"{place}/{path}")

    def finder(self, roots: tuple[str, ...], name: str) -> Iterator[FileIndex]:
        """The indexes of the files included from `roots` that may define `name`, nearest first."""
        return (self.index(path) for path in self._mentioning(roots, name) if name in self.outside(path))

    def declaring(self, roots: tuple[str, ...], name: str) -> Iterator[FileIndex]:
        """Those of them that may define `name` as a macro, or in a line that isn't indented."""
        mentioning = self._mentioning(roots, name)
        return (self.index(path) for path in mentioning if name in self.at_margin(path) and name in self.outside(path))

    def at_margin(self, path: str) -> frozenset[str]:
        """The words in lines of the file at `path` that aren't indented, and of what it may define as macros."""
        return self._found_in(path, "margin", lambda text: _WORD.findall("\n".join(_MARGIN.findall(text))))

    def outside(self, path: str) -> frozenset[str]:
        """The words of the file at `path` that it may define; indexing it takes five times as long."""
        return self._found_in(path, "outside", _outer_words)

    def _mentioning(self, roots: tuple[str, ...], name: str) -> Iterator[str]:
        """Their paths."""
        self._looked_for += 1
        if self._looked_for > _MANY:
            yield from self.holders(roots, name)
            return
        word = re.compile(rf"\b{re.escape(name)}\b")
        for path in self.including(roots):
            with uncounted():
                text = self.text(path) or ""
                found = name in text and word.search(text) is not None
            if found:
                yield path

    def holders(self, roots: tuple[str, ...], name: str) -> Sequence[str]:
        """The paths that mention `name`, of those that `roots` include, nearest first."""
        order = self._order.get(roots)
        if order is None:
            with uncounted():
                order = self._order[roots] = {path: i for i, path in enumerate(self.including(roots))}
                for path in order:
                    self.words(path)
        return sorted((path for path in self._known_holders(name) if path in order), key=order.__getitem__)

    def _known_holders(self, word: str) -> Sequence[str]:
        """The paths of the files that hold `word`, of those whose words are known."""
        own = self._holding.get(word, [])
        if self._like is None:
            return own
        return [path for path in self._like._known_holders(word) if self._shared(path) is not None] + own

    def makers(self, roots: tuple[str, ...], word: str) -> Sequence[str]:
        """The paths, of `roots` and what they include, where a macro's use at file scope has the argument `word`."""
        found = self._making.get(roots)
        if found is None:
            found = self._making[roots] = {}
            with uncounted():
                for path in (*roots, *self.including(roots)):
                    for argument in self.arguments(path):
                        found.setdefault(argument, []).append(path)
        return found.get(word, ())

    def making(self, roots: tuple[str, ...], word: str) -> Iterator[FileIndex]:
        """The indexes of those files."""
        return map(self.index, self.makers(roots, word))

    def listing(self, roots: tuple[str, ...], name: str) -> Iterator[FileIndex]:
        """The indexes of the files, of `roots` and what they include, with a macro that lists `name`, and more."""
        return (self.index(path) for path in (*roots, *self._mentioning(roots, name)) if name in self.listed(path))

    def listed(self, path: str) -> frozenset[str]:
        """The words that macros of the file at `path` list, separated by commas."""
        return self._found_in(path, "listed", lambda text: _WORD.findall(" ".join(_LISTED.findall(text))))

    def with_inclusions(self, roots: tuple[str, ...]) -> Sequence[FileIndex]:
        """The indexes of the files, of `roots` and what they include, where an enum includes a file in its midst."""
        found = self._with_inclusions.get(roots)
        if found is None:
            with uncounted():
                found = [p for p in (*roots, *self.including(roots)) if self._found_in(p, "inclusions", _BY_INCLUSION)]
            self._with_inclusions[roots] = found
        return list(map(self.index, found))

    def arguments(self, path: str) -> frozenset[str]:
        """The words in the file at `path` that are arguments of a macro's use at file scope."""
        return self._found_in(path, "arguments", words_of_arguments)

    def _found_in(self, path: str, what: str, find: Callable[[str], Iterable[str]]) -> frozenset[str]:
        """What `find` finds in the text of the file at `path`; that is looked for once, and called `what`."""
        shared = self._shared(path)
        if shared is not None:
            return shared._found_in(path, what, find)
        found = self._found.get((what, path))
        if found is None:
            with uncounted():
                found = self._found[what, path] = frozenset(find(self.text(path) or ""))
        return found

    def definers(self, roots: tuple[str, ...], name: str) -> Sequence[str]:
        """The paths, of those that `roots` include, where the macro `name` may be defined."""
        found = self._defining.get(roots)
        if found is None:
            found = self._defining[roots] = {}
            with uncounted():
                for path in self.including(roots):
                    for macro in self.macros(path):
                        found.setdefault(macro, []).append(path)
        return found.get(name, ())

    def defining(self, roots: tuple[str, ...], name: str) -> Iterator[FileIndex]:
        """The indexes of those files."""
        return map(self.index, self.definers(roots, name))

    def redefining(self, roots: tuple[str, ...], name: str) -> Iterator[FileIndex]:
        """The indexes of those of them that may end such a macro first."""
        return (self.index(path) for path in self.definers(roots, name) if name in self.ended(path))

    def ended(self, path: str) -> frozenset[str]:
        """The names that the file at `path` may end as macros."""
        return self._found_in(path, "ended", lambda text: _UNDEF.findall(text))

    def macros(self, path: str) -> frozenset[str]:
        """The names that the file at `path` may define as macros."""
        return self._found_in(path, "macros", lambda text: _DEFINE.findall(text))

    def own(self, roots: tuple[str, ...], name: str, whatever: bool) -> Sequence[str]:
        """The paths, of those that `roots` include but the kernel's basic headers, where `name` may be a macro.

        `whatever`: or a type or a function.  `PACKED`: those that pack the records of what includes them.
        """
        found = self._own.get(roots)
        if found is None:
            found = self._own[roots] = {}
            with uncounted():
                for path in self.including(roots):
                    for word in () if is_kernel_header(path) else self._own_words(path):
                        found.setdefault(word, []).append(path)
        paths = found.get(name, [])
        return [*paths, *found.get(f"{name} defined", ())] if whatever else paths

    def _own_words(self, path: str) -> set[str]:
        """What the file at `path` may define or end as a macro; what else it may define, marked so; `PACKED`."""
        text = self.text(path) or ""
        others = (f"{a or b} defined" for a, b in _DEFINES.findall(text))
        packing = _PACKING.findall(text)
        lasting = (PACKED,) if packing and not _UNPACKING.fullmatch(packing[-1]) else ()
        return {*self.macros(path), *_UNDEF.findall(text), *others, *lasting}

    def words(self, path: str) -> frozenset[str]:
        """The identifiers in the file at `path`, comments included."""
        shared = self._shared(path)
        if shared is not None:
            return shared.words(path)
        found = self._words.get(path)
        if found is None:
            found = self._words[path] = frozenset(_WORD.findall(self.text(path) or ""))
            for word in found:
                self._holding.setdefault(word, []).append(path)
        return found


def _upwards(directory: str) -> Iterator[str]:
    """`directory` and those above it, within the tree."""
    while directory.strip("/."):
        yield directory
        directory = os.path.dirname(directory)


def _expanded(path: str, variables: Mapping[str, str]) -> str:
    """A path in a Makefile, relative to the tree; what isn't known stays as it is."""
    for _ in range(_MOST_USES):
        path = _USED.sub(lambda m: variables.get(m.group(1), m.group()), path)
    return path.replace("$(srctree)/", "").replace("$(srctree)", ".")


def _outer_words(text: str) -> set[str]:
    """The names that `text` defines, and more: macros, constants, what stands in no braces and in no parameter list.

    Of braces that don't match, because of `#if`s, none takes in a block that ends at the beginning of a line, as no
    item's end is looked for behind that (`verify.syntax.index`).
    """
    names = set(_DEFINE.findall(text))
    code = DIRECTIVE_LINE.sub("", _NO_CODE.sub(" ", text))
    for inner in chain(_CONSTANTS.findall(code), _TYPEDEF.findall(code)):
        names.update(_WORD.findall(inner))
    left = -1
    while left != (left := len(code)):
        code = _BLOCK.sub(" ", _LAST_BLOCK.sub("\0", code))
    names.update(_WORD.findall(_PARAMETERS.sub("()", code)))
    return names


def _included(text: str) -> Iterator[str]:
    """What a text's `#include`s name, but for those that the compiler or the machine leaves out."""
    code = without_comments(text) if _CHOOSES.search(text) and not _SETS.search(text) else ""
    conditions, passed = Conditions(), 0
    for match in _INCLUDE.finditer(text):  # a pattern that begins with `^` takes seven times as long
        start = match.start()
        before = text[text.rfind("\n", 0, start) + 1 : start]
        if before.rpartition("*/")[2].strip(" \t\f\v"):
            continue
        for line in PLAIN_DIRECTIVE.finditer(code, passed, start):
            conditions.line(line.group())
        passed = start
        if not code or _BY_CODE.search(conditions.text) or truth(conditions.text, {}) is not False:
            yield match.group(1)


class Surroundings(NamedTuple):
    """All that some files of a tree include: what is looked for in it is read, and no more."""

    files: Files
    roots: tuple[str, ...]

    def mentioning(self, name: str) -> Iterator[FileIndex]:
        """The indexes of the files that may define `name`, nearest first."""
        return self.files.finder(self.roots, name)

    def declaring(self, name: str) -> Iterator[FileIndex]:
        """The indexes of the files that may define `name` as a macro, or in a line that isn't indented."""
        return self.files.declaring(self.roots, name)

    def making(self, word: str) -> Iterator[FileIndex]:
        """The indexes of the files where a macro's use at file scope has the argument `word`."""
        return self.files.making(self.roots, word)

    def defining(self, name: str) -> Iterator[FileIndex]:
        """The indexes of the files that may define the macro `name`."""
        return self.files.defining(self.roots, name)

    def redefining(self, name: str) -> Iterator[FileIndex]:
        """The indexes of those of them that may end such a macro first."""
        return self.files.redefining(self.roots, name)

    def listing(self, name: str) -> Iterator[FileIndex]:
        """The indexes of the files with a macro that lists `name`, and more."""
        return self.files.listing(self.roots, name)

    def has_basic_type(self, name: str) -> bool:
        """True iff one of the kernel's basic headers has what looks like a typedef of `name`."""
        typedef = re.compile(rf"\btypedef\b[^;{{}}]*\b{re.escape(name)}\s*;")
        texts = (self.files.text(path) or "" for path in self.files.including(self.roots) if is_kernel_header(path))
        return any(f"{name};" in text and typedef.search(text) for text in texts)

    def own(self, name: str, whatever: bool) -> Iterator[FileIndex]:
        """The indexes of the files but the kernel's basic headers that may define the macro `name`, or `whatever`."""
        return map(self.files.index, self.files.own(self.roots, name, whatever))

    def with_inclusions(self) -> Sequence[FileIndex]:
        """The indexes of the files where an enum includes a file in its midst."""
        return self.files.with_inclusions(self.roots)

    def included(self, name: str, by: Source) -> Source | None:
        """The file that `#include "name"` leads to in the file `by`; None if there is none."""
        path = self.files.path_of(name, self._path(by))
        return None if path is None else self.files.index(path).source

    def is_included_once(self, source: Source) -> bool:
        """True iff one `#include` of all files leads to the file `source`."""
        return self.files.inclusions(self.roots, self._path(source)) == 1

    def includes_before(self, place: Span, source: Source) -> bool:
        """True iff the file of `place`, or one that it includes, includes `source`, and nothing behind `place`."""
        path, text = self._path(place.source), place.source.text
        return not any(_included(text[place.start :])) and self._path(source) in self.files.including((path,))

    def _path(self, source: Source) -> str:
        return source.name.removeprefix(self.files.tree.name).lstrip("/:")

    def within(self, source: Source, text: str) -> str:
        """The texts of the files that a piece of a file's text includes; what isn't there is the tree's own."""
        including = self._path(source)
        found: list[str] = []
        for name in _included(text):
            path = self.files.path_of(name, including)
            found.append(f"{name} of {self.files.tree.name}" if path is None else self.files.text(path) or "")
        return "\n".join(found)


class Renamed(Files):
    """The files of a tree in which some names are called otherwise; the others are shared with `like`.

    That is the same program as long as none of its files has one of the new names: `clash` is one that a file has.
    """

    def __init__(self, like: Files, names: Mapping[str, str]) -> None:
        super().__init__(like.tree, like)
        self._names = dict(names)
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b")
        self._looked_for = _MANY  # what `like` knows of its words serves here, too
        self._olds = {new: old for old, new in names.items()}
        self._asked: dict[str, bool] = {}
        self.clash = ""

    def _shared(self, path: str) -> Files | None:
        assert self._like is not None
        path = os.path.normpath(path)
        if path not in self._asked:
            words = self._like.words(path)
            self.clash = self.clash or min(self._olds.keys() & words, default="")
            self._asked[path] = not words.isdisjoint(self._names)
        return None if self._asked[path] else self._like

    def text(self, path: str) -> str | None:
        assert self._like is not None
        found = self._like.text(path)
        if found is None or self._shared(path) is not None:
            return found
        if path not in self._texts:
            self._texts[path] = self._pattern.sub(lambda m: self._names[m.group()], found)
        return self._texts[path]

    def holders(self, roots: tuple[str, ...], name: str) -> Sequence[str]:
        assert self._like is not None
        if name in self._olds and self._like.holders(roots, name):
            self.clash = self.clash or name
        return () if name in self._names else self._like.holders(roots, self._olds.get(name, name))

    def definers(self, roots: tuple[str, ...], name: str) -> Sequence[str]:
        assert self._like is not None
        return () if name in self._names else self._like.definers(roots, self._olds.get(name, name))

    def own(self, roots: tuple[str, ...], name: str, whatever: bool) -> Sequence[str]:
        assert self._like is not None
        return () if name in self._names else self._like.own(roots, self._olds.get(name, name), whatever)

    def makers(self, roots: tuple[str, ...], word: str) -> Sequence[str]:
        assert self._like is not None
        return () if word in self._names else self._like.makers(roots, self._olds.get(word, word))
