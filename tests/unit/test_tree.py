"""Trees: directories, git revisions without a checkout, and the search through includes."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from verify.errors import InputError
from verify.source.text import Source, decoded
from verify.source.tree import Directory, Files, Revision, Tree
from verify.syntax.index import index_file


class Dictionary:
    """A tree in memory, which remembers what was read."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.name = "memory"
        self.texts = texts
        self.asked: list[str] = []

    def read(self, path: str) -> str | None:
        self.asked.append(path)
        return self.texts.get(path)


def write(root: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(root: Path, *arguments: str) -> str:
    config = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    identity = {f"GIT_{who}_{what}": "nobody@invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        check=True, capture_output=True, text=True, env={**os.environ, **config, **identity},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q", "-b", "main")
    write(root, {"a.c": "int one;\n", "dir/b.h": "no newline at the end", "empty.h": ""})
    (root / "latin.c").write_bytes(b"/* caf\xe9 */ int x;\n")
    (root / "with space.c").write_text("int space;\n")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    git(root, "tag", "v1")
    git(root, "tag", "-a", "-m", "annotated", "v1.1")
    write(root, {"a.c": "int two;\n", "new.c": "int added;\n"})
    git(root, "rm", "-q", "empty.h")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "second")
    write(root, {"a.c": "int uncommitted;\n"})
    return root


def test_directory_reads_files(tmp_path: Path) -> None:
    write(tmp_path, {"a.c": "int x;\n", "dir/b.h": "int y;\n"})
    tree = Directory(str(tmp_path))
    assert tree.read("a.c") == "int x;\n"
    assert tree.read("dir/b.h") == "int y;\n"


@pytest.mark.parametrize("path", ["nowhere.c", "dir", "a.c/b.c", "dir/nowhere.h"])
def test_directory_has_no_such_file(tmp_path: Path, path: str) -> None:
    write(tmp_path, {"a.c": "int x;\n", "dir/b.h": "int y;\n"})
    assert Directory(str(tmp_path)).read(path) is None


def test_what_is_not_utf8_is_latin1(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(b"/* \xe9 */ int x;")
    assert Directory(str(tmp_path)).read("a.c") == "/* é */ int x;"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decoded(b"\xef\xbb\xbfint x;\r\n") == "int x;\n"


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match=r"`a\.c` in `memory` isn't text"):
        Files(Dictionary({"a.c": "\0i\0n\0t"})).text("a.c")


def test_revision_follows_symbolic_links_within(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, {"dir/real.h": "#define K 1\n"})
    for name, target in (("k.h", "dir/real.h"), ("sub", "dir"), ("out.h", "../x.h"), ("gone.h", "nowhere"), ("o", "o")):
        (tmp_path / name).symlink_to(target)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "links")
    tree = Revision(str(tmp_path), "HEAD")
    paths = ("k.h", "sub/real.h", "out.h", "gone.h", "o", "dir/real.h/x", "dir/real.h")
    assert [tree.read(p) for p in paths] == [*["#define K 1\n"] * 2, *[None] * 4, "#define K 1\n"]


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_no_such_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="isn't a directory") as caught:
        Directory(str(tmp_path / name))
    assert name in caught.value.message


@pytest.mark.parametrize(
    ("revision", "path", "text"),
    [
        ("v1", "a.c", "int one;\n"),
        ("v1.1", "a.c", "int one;\n"),
        ("main", "a.c", "int two;\n"),
        ("HEAD", "a.c", "int two;\n"),
        ("HEAD~1", "a.c", "int one;\n"),
        ("v1", "dir/b.h", "no newline at the end"),
        ("v1", "empty.h", ""),
        ("v1", "with space.c", "int space;\n"),
        ("v1", "latin.c", "/* café */ int x;\n"),
        ("HEAD", "new.c", "int added;\n"),
        # what isn't there
        ("HEAD", "empty.h", None),
        ("v1", "new.c", None),
        ("v1", "nowhere.c", None),
        ("v1", "no such/file here.c", None),
        ("v1", "dir", None),
        ("v1", "", None),
        ("v1", "a.c\nHEAD:new.c", None),
    ],
)
def test_revision_reads_what_was_committed(repository: Path, revision: str, path: str, text: str | None) -> None:
    tree = Revision(str(repository), revision)
    assert tree.read(path) == text
    assert tree.read("dir/b.h") == "no newline at the end"  # it still answers in step


def test_revision_survives_a_path_that_leads_outside(repository: Path) -> None:
    tree = Revision(str(repository), "v1")
    try:
        assert tree.read("../a.c") is None
        assert tree.read("a.c") == "int one;\n"
        assert tree.read("a.c") == "int one;\n"
    finally:
        assert tree._blobs._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            tree._blobs._process.stdin.close()


def test_revision_is_named_by_what_was_asked_for(repository: Path) -> None:
    tree = Revision(str(repository), "v1")
    assert tree.name == f"{repository}@v1"
    assert Files(tree).index("a.c").source.name == f"{repository}@v1:a.c"


def test_abbreviated_commits(repository: Path) -> None:
    commit = git(repository, "rev-parse", "v1^{commit}")
    assert Revision(str(repository), commit[:10]).read("a.c") == "int one;\n"


@pytest.mark.parametrize("revision", ["nowhere", "v1:a.c", "", "--help", "HEAD~9", "main..v1", "HEAD^{tree}"])
def test_no_such_revision(repository: Path, revision: str) -> None:
    with pytest.raises(InputError, match="isn't a commit of the repository"):
        Revision(str(repository), revision)


def test_no_repository(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="isn't a commit of the repository"):
            Revision(str(place), "HEAD")


def test_git_is_not_installed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="git isn't installed"):
        Revision(str(repository), "HEAD")


def test_a_failed_revision_is_collected_quietly(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", failed.append)
    with pytest.raises(InputError):
        Revision(str(repository), "nowhere")
    tree: Tree | None = Revision(str(repository), "v1")
    assert tree is not None
    assert tree.read("a.c") == "int one;\n"
    tree = None
    assert not failed


def test_files_are_read_once() -> None:
    tree = Dictionary({"a.c": "int f(void) { return 1; }"})
    files = Files(tree)
    assert files.text("a.c") == files.text("a.c")
    assert files.index("a.c") is files.index("a.c")
    assert files.text("b.c") is None
    assert files.text("b.c") is None
    assert tree.asked == ["a.c", "b.c"]


def test_missing_file() -> None:
    with pytest.raises(InputError, match=r"there is no file `b\.c` in `memory`"):
        Files(Dictionary({})).index("b.c")


def test_sources_are_named_as_files_are(tmp_path: Path) -> None:
    write(tmp_path, {"dir/a.c": ""})
    assert Files(Directory(str(tmp_path) + "/")).index("dir/a.c").source.name == str(tmp_path / "dir" / "a.c")


KERNEL = {
    "arch/x86/kvm/vmx/vmx.c": '#include <linux/kvm.h>\n # include "vmx.h"\n#include <asm/msr.h>\n',
    "arch/x86/kvm/vmx/vmx.h": '#include "../x86.h"\n#include "vmx.h"\n#include "nowhere.h"\n',
    "arch/x86/kvm/x86.h": "#include <uapi/linux/kvm.h>\nint needle_two;\n",
    "include/linux/kvm.h": "#include <linux/kvm.h>\n#include <linux/types.h>\n",
    "include/linux/types.h": "typedef int needle_three;\n",
    "include/uapi/linux/kvm.h": "int needle;\n",
    "include/uapi/linux/only_uapi.h": "",
    "include/asm-generic/msr.h": "#include <linux/only_uapi.h>\n",
    "not_included.h": "int needle;",
}
ROOTS = ("arch/x86/kvm/vmx/vmx.c",)


def test_includes_nearest_first() -> None:
    assert list(Files(Dictionary(KERNEL)).including(ROOTS)) == [
        "include/linux/kvm.h",
        "arch/x86/kvm/vmx/vmx.h",
        "include/asm-generic/msr.h",
        "include/linux/types.h",
        "arch/x86/kvm/x86.h",
        "include/uapi/linux/only_uapi.h",
        "include/uapi/linux/kvm.h",
    ]


def test_includes_are_searched_as_far_as_asked() -> None:
    tree = Dictionary(KERNEL)
    files = Files(tree)
    walk: Iterator[str] = files.including(ROOTS)
    assert next(walk) == "include/linux/kvm.h"
    assert "include/linux/types.h" not in tree.asked
    # Two walks over the same roots share their way, and neither disturbs the other.
    whole = list(files.including(ROOTS))
    assert [next(walk), *walk] == whole[1:]
    assert list(files.including(ROOTS)) == whole


def test_the_own_folder_comes_before_the_include_paths() -> None:
    tree = Dictionary({"a/x.c": '#include "k.h"\n', "a/k.h": "", "include/k.h": ""})
    assert list(Files(tree).including(("a/x.c",))) == ["a/k.h"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('#include "k.h"', True),
        ("#include <k.h>", True),
        ("\t#\tinclude\t<k.h>  // why", True),
        ('/* why */ #include "k.h"', True),
        ('/*\n why */#/**/include/**/"k.h"', True),
        ('#include \\\n "k.h"', True),
        ('#import "k.h"', True),
        ("// #include <k.h>", False),
        ("#include MACRO", False),
        ('#include "../../../etc/passwd"', False),
        ('#include "/etc/passwd"', False),
    ],
)
def test_lines_that_include(line: str, found: bool) -> None:
    tree = Dictionary({"a.c": f"int x;\n{line}\nint y;\n", "k.h": "", "include/k.h": ""})
    assert list(Files(tree).including(("a.c",))) == (["k.h"] if found else [])
    assert not any(path.startswith("..") for path in tree.asked)


def test_comments_behind_a_hash_take_no_longer_the_more_there_are() -> None:
    text = f"#{'/**/' * 10_000}x\n"
    files = Files(Dictionary({"a.c": text}))
    assert list(files.including(("a.c",))) == []
    assert files.macros("a.c") == frozenset()
    index_file(Source("a.c", f"{'/**/' * 10_000}x(;);\n"))


def test_absolute_includes_stay_inside_of_a_directory(tmp_path: Path) -> None:
    outside = tmp_path / "outside.h"
    outside.write_text("int secret;\n")
    write(tmp_path / "tree", {"a.c": f'#include "{outside}"\n#include "../outside.h"\n'})
    assert list(Files(Directory(str(tmp_path / "tree"))).including(("a.c",))) == []


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("needle", ["include/uapi/linux/kvm.h"]),
        ("needle_two", ["arch/x86/kvm/x86.h"]),
        ("needle_three", ["include/linux/types.h"]),
        ("need", []),
        ("nowhere_at_all", []),
    ],
)
def test_finder_looks_for_whole_words_in_what_is_included(name: str, files: list[str]) -> None:
    found = Files(Dictionary(KERNEL)).finder(ROOTS, name)
    assert [index.source.name for index in found] == [f"memory:{path}" for path in files]


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.c")
    tree = Directory(str(tmp_path))
    assert tree.read("pipe.c") is None
    assert tree.read("nul\0.c") is None
    assert tree.read(f"{'long' * 2000}.c") is None


def test_symbolic_links_lead_out_of_trees_only(tmp_path: Path) -> None:
    write(tmp_path, {"spec/a.c": "a", "secret": "s"})
    (tmp_path / "spec" / "b.c").symlink_to("a.c")
    (tmp_path / "spec" / "c.c").symlink_to("../secret")
    assert Directory(str(tmp_path / "spec")).read("c.c") == "s"
    closed = Directory(str(tmp_path / "spec"), closed=True)
    assert closed.read("b.c") == "a"
    with pytest.raises(InputError, match="leads outside"):
        closed.read("c.c")


@pytest.mark.parametrize(
    "text",
    [
        "int wanted;", "int a = f(1), wanted = 2;", "int a[] = { 1 },\n\twanted;", "int\n\twanted(int x);",
        "static int wanted(void)\n{\n\treturn 1;\n}", "int (*wanted)(int);", "int(*wanted)(int);", "int (wanted)(int);",
        "struct wanted { int x; };", "struct wanted\n{\n\tint x;\n};", "struct { int x; } wanted;",
        "enum { A, wanted, };", "enum e\n{\n\tA = (1),\n\twanted = 2\n};", "struct s {\n\tenum { A, wanted } e;\n};",
        "typedef int wanted;", "typedef int(wanted)(int);", "typedef DECLARE_ARRAY(wanted, 2);",
        "typedef struct {\n\tint x;\n} wanted;", "#define wanted 1", "# define \\\n wanted(x) x",
        'extern "C" {\nint wanted;\n}', 'const char *s = "{";\nint wanted; /* } */', "/* { */ int wanted; /* } */",
        "#if A\nint f(int a)\n{\n#else\nint f(long a)\n{\n#endif\n\tif (a) {\n\t}\n}\nint wanted;\nint g(void) { }\n}\n",
        "#if A\nvoid f(void) {\n#endif\n}\nint wanted;\n#if A\n}\n#endif\n",
    ],
)  # fmt: skip
def test_what_may_be_defined_is_found(text: str) -> None:
    files = Files(Dictionary({"root.c": '#include "h.h"\n', "h.h": text}))
    assert [index.source.name for index in files.finder(("root.c",), "wanted")] == ["memory:h.h"]


@pytest.mark.parametrize(
    "text",
    [
        "int f(int wanted);", "static inline int f(int x)\n{\n\tint wanted = x;\n\treturn wanted;\n}",
        "struct s {\n\tint wanted;\n};", "/* wanted */", "#ifdef wanted\n#endif", "#define f(wanted) (wanted + 1)",
        'char *s = "wanted";',
    ],
)  # fmt: skip
def test_what_only_mentions_a_name_is_not_indexed(text: str) -> None:
    files = Files(Dictionary({"root.c": '#include "h.h"\n', "h.h": text}))
    assert not list(files.finder(("root.c",), "wanted"))
