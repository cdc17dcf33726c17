"""Parses Python code, without a collection of garbage in between.

During a collection Python runs finalizers, and it may change to another thread. If one of them parses code while
`ast.parse` is at work here, Python 3.11 raises "SystemError: AST constructor recursion depth mismatch"
(https://github.com/python/cpython/issues/106905).
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
