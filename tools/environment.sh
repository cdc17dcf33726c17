#!/bin/sh
# Make or mend the environment in .venv with the packages of one or more files:
#     sh tools/environment.sh requirements.txt
# A second call finds everything done. $PYTHON names the Python; without it, a .venv whose Python still works stays.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-}

# Python code that exits with a reason where TensorFlow has no release for that Python, see pyproject.toml.
PROBE='
import sys
version = "%d.%d" % sys.version_info[:2]
if sys.version_info[:2] < (3, 10):
    sys.exit("it is Python " + version)
if sys.version_info[:2] > (3, 13):
    sys.exit("it is Python " + version + ", for which there is no TensorFlow yet")
import platform, sysconfig
if platform.python_implementation() != "CPython" or sys.maxsize < 2**32 or sysconfig.get_config_var("Py_GIL_DISABLED"):
    sys.exit("it is not the usual 64-bit build of Python " + version)
machine = "%s %s" % (sys.platform, platform.machine())
libc = " musl" if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "") else ""
if machine + libc not in ("linux x86_64", "linux aarch64", "darwin arm64", "win32 AMD64"):
    sys.exit("it is for %s, where there is no TensorFlow (docs/running.md)" % (machine + libc))
'
WAYS='Install Python 3.13 (macOS: brew install python@3.13; Fedora: dnf install python3.13; Ubuntu 24.04, Debian 12 and
13: apt install python3-venv; Windows: py install 3.13) or uv, which brings a Python of its own; then run this again.'

# The chosen Python with arguments. $python is a path, which may hold spaces, or a command such as `py -3.13`.
chosen() {
    if command -v "$python" >/dev/null 2>&1; then "$python" "$@"; else $python "$@"; fi
}

own_python() {
    if [ -e .venv/Scripts ]; then .venv/Scripts/python "$@"; else .venv/bin/python "$@"; fi
}

has_uv() {
    uv --version >/dev/null 2>&1
}

# Print why the command "$@" is no Python that can be used; print nothing where it is one.
trouble() {
    if ! reason=$("$@" -c "$PROBE" 2>&1 </dev/null); then
        case $reason in
        'it is '*) echo "$reason" ;;
        *) echo 'it does not run' ;;
        esac
    fi
}

# Set $python to the one to make .venv with, or to nothing where uv has to bring one.
choose() {
    if [ -n "$PYTHON" ]; then
        python=$PYTHON
        reason=$(trouble chosen)
        if [ -n "$reason" ]; then
            echo "PYTHON=$PYTHON cannot be used: $reason; Python 3.10, 3.11, 3.12 or 3.13 is needed. $WAYS" >&2
            exit 1
        fi
        return
    fi
    reasons=
    for python in python3.13 python3.12 python3.11 python3.10 python3 python 'py -3.13' 'py -3.12' 'py -3.11'; do
        command -v "${python%% *}" >/dev/null 2>&1 || continue
        reason=$(trouble chosen)
        if [ -z "$reason" ]; then return; fi
        reasons="$reasons; $python: $reason"
    done
    python=
    if ! has_uv; then
        echo "There is no Python 3.10, 3.11, 3.12 or 3.13 here$reasons. $WAYS" >&2
        exit 1
    fi
}

# Whether .venv has a Python that can be used, and is made by the one that $PYTHON names, if any.
is_sound() {
    [ -d .venv ] && [ -z "$(trouble own_python)" ] || return 1
    [ -n "$PYTHON" ] || return 0
    origin='import sys; print(sys.version_info[:3], sys.base_prefix)'
    [ "$(chosen -c "$origin")" = "$(own_python -c "$origin")" ]
}

create() {
    if [ -d .venv ]; then echo "Making .venv anew with ${python:-a Python from uv}."; fi
    rm -rf .venv
    if [ -n "$python" ] && chosen -c 'import ensurepip, venv' 2>/dev/null; then
        chosen -m venv .venv
    elif has_uv; then
        uv venv --quiet --seed --python "${python:-3.13}" .venv
    else
        echo "$python lacks the modules venv and ensurepip. Debian, Ubuntu: apt install python3-venv; run this again." >&2
        exit 1
    fi
}

# uv is faster, but does not know pip's settings, such as the package index of a company: pip tries where uv fails.
install() {
    for file in "$@"; do
        shift
        set -- "$@" -r "$file"
    done
    interpreter=.venv/bin/python
    if [ -e .venv/Scripts ]; then interpreter=.venv/Scripts/python.exe; fi
    if has_uv; then
        uv pip install --quiet --python "$interpreter" "$@" && return
        echo 'uv could not install these packages; now pip tries.' >&2
    fi
    own_python -m pip install --quiet --disable-pip-version-check "$@"
}

# What has been installed, and where the checkout was: an editable installation does not follow when it is moved.
description() {
    pwd
    cat "$@" pyproject.toml
}

if [ -n "$PYTHON" ]; then choose; fi
if ! is_sound; then
    choose
    create
fi
record=.venv/installed-$1
if ! description "$@" | cmp -s - "$record"; then
    size=
    if [ "$1" = requirements.txt ]; then size=', 0.8 GB to download, 2.5 GB on disk'; fi
    echo "Installing $* into .venv: one to three minutes$size ..."
    install "$@"
    description "$@" >"$record"
fi
