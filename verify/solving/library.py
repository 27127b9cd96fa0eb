"""z3's shared library, from the package z3-solver.

`import z3` costs 50 ms and z3py's calls are slow; loading the library and handing it SMT-LIB text costs 12 ms
(docs/performance.md), and less if a thread does so while Python reads the sources: see `begin`.
"""

from __future__ import annotations

import _thread
import ctypes
import os
from importlib.machinery import PathFinder

from verify.errors import InputError

_ERROR_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)
_NAMES = ("libz3.so", "libz3.dylib", "libz3.dll")

_loading = _thread.allocate_lock()  # held by whoever loads the library or looks for contexts that are ready
_loaded: list[ctypes.CDLL] = []
_ready: list[int] = []  # contexts that nobody has taken


@_ERROR_HANDLER
def _ignore(context: int, code: int) -> None:
    """z3's own handler would end the process; errors are found in the answer's text instead."""


def begin() -> None:
    """Starts to load the library and to make a context in the background.  Processes that fork must not call it."""
    _loading.acquire()
    _thread.start_new_thread(_prepare, ())


def _prepare() -> None:
    try:
        _ready.append(_new_context(_library()))
    except (InputError, OSError):
        pass  # whoever needs the library gets the error
    finally:
        _loading.release()


def library() -> ctypes.CDLL:
    """The library.  Raises `InputError` if it isn't installed."""
    with _loading:
        return _library()


def new_context() -> int:
    """A new context of z3, with what an option or an assertion may leave in no other."""
    with _loading:
        return _ready.pop() if _ready else _new_context(_library())


def _library() -> ctypes.CDLL:
    if not _loaded:
        _loaded.append(_load())
    return _loaded[0]


def _load() -> ctypes.CDLL:
    found = PathFinder.find_spec("z3")
    for folder in (found and found.submodule_search_locations) or ():
        for name in _NAMES:
            path = os.path.join(folder, "lib", name)
            if os.path.exists(path):
                return _declared(ctypes.CDLL(path))
    raise InputError("the solver z3 isn't installed", hint="pip install z3-solver")


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    library.Z3_mk_config.restype = ctypes.c_void_p
    library.Z3_mk_context.restype = ctypes.c_void_p
    library.Z3_mk_context.argtypes = [ctypes.c_void_p]
    library.Z3_del_config.argtypes = [ctypes.c_void_p]
    library.Z3_del_context.argtypes = [ctypes.c_void_p]
    library.Z3_set_error_handler.argtypes = [ctypes.c_void_p, _ERROR_HANDLER]
    library.Z3_eval_smtlib2_string.restype = ctypes.c_char_p
    library.Z3_eval_smtlib2_string.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    return library


def _new_context(library: ctypes.CDLL) -> int:
    config = library.Z3_mk_config()
    context = library.Z3_mk_context(config)
    library.Z3_del_config(config)
    library.Z3_set_error_handler(context, _ignore)
    return context
