"""Parses Python code, without a collection of garbage in between.

What a collection runs, another thread or a finalizer that formats a traceback, may parse code too; Python 3.11 then
ends in "SystemError: AST constructor recursion depth mismatch" (https://github.com/python/cpython/issues/106905).
"""

import ast
import gc
import threading

ONE_THREAD = threading.RLock()


def parsed(source):
    """The syntax tree of a module; `source` and errors as for `ast.parse`."""
    with ONE_THREAD:
        collects = gc.isenabled()
        gc.disable()
        try:
            return ast.parse(source)
        finally:
            if collects:
                gc.enable()
