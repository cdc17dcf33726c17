"""Parses Python code, one thread at a time.

Python 3.11 fails if two threads parse code to syntax trees at once: "SystemError: AST constructor recursion depth
mismatch" (https://github.com/python/cpython/issues/106905).
"""

import ast
import threading

ONE_THREAD = threading.RLock()


def parsed(source):
    """The syntax tree of a module; `source` and errors as for `ast.parse`."""
    with ONE_THREAD:
        return ast.parse(source)
