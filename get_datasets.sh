#!/bin/sh
# Fetch the data sets and network weights; a second run mends what is missing. `sh get_datasets.sh --list` shows them.
set -eu
cd "$(dirname "$0")"
python=python3
if [ -x .venv/bin/python ]; then python=.venv/bin/python; fi
exec "$python" -m cs231n.download "$@"
