"""How git is run: nothing that a repository, its configuration or the environment says may start a program.

Git itself would run hooks, a file system monitor, gpg, text converters, and the transport of a remote from which a
partial clone lacks objects.  Here it gets no network, no transport of any kind and no system configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

NEUTRAL = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "apply.whitespace=nowarn",
    "apply.ignoreWhitespace=no",
    "gc.auto=0",
)


def git_command(folder: str) -> list[str]:
    """The command up to its subcommand, run in `folder`."""
    return ["git", "-C", folder, "--no-pager", *(w for s in NEUTRAL for w in ("-c", s))]


def git_environment() -> Mapping[str, str]:
    """The environment without git's variables, but for those that keep it from doing more than is asked for.

    GIT_ALLOW_PROTOCOL overrules `protocol.*.allow`; no transport has an empty name.
    """
    return {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
        "LC_ALL": "C",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_LITERAL_PATHSPECS": "1",
    }
