#!/bin/sh
# Fetch the data sets and network weights; a second run mends what is missing. `sh get_datasets.sh --list` shows them.
set -eu
cd "$(dirname "$0")"
python=python3
for own in .venv/bin/python .venv/Scripts/python.exe; do
    if [ -x "$own" ]; then python=$own; fi
done
exec "$python" -m cs231n.download "$@"
