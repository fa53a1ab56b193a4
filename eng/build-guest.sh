#!/usr/bin/env bash
# Builds lambent-init, PID 1 of every sandbox, as a small static binary: with musl if it is here (46 KB), else with the
# system's C library (0.8 MB). Does nothing if it is newer than its source.
set -euo pipefail
cd "$(dirname "$0")/.."
source=src/Guest/lambent-init.c
target=artifacts/guest/lambent-init
if [ "$target" -nt "$source" ]; then exit 0; fi
mkdir -p artifacts/guest
compiler=gcc
if command -v musl-gcc >/dev/null; then compiler=musl-gcc; fi
"$compiler" -std=gnu11 -Os -Wall -Wextra -Werror -static -s -o "$target.new" "$source"
mv "$target.new" "$target"
