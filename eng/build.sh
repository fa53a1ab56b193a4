#!/usr/bin/env bash
# Builds Lambent into artifacts/publish, once: does nothing while no source is newer than the last build.
# Two builds at a time wait for each other. To be sourced (built, build) or run.
set -euo pipefail
build_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$build_root/eng/say.sh"
build_stamp=$build_root/artifacts/publish/.built

# built: the last build is there, and newer than every source. The times of folders count too: a deleted file is a change.
built() {
    [ -e "$build_stamp" ] && compgen -G "$build_root/artifacts/publish/Lambent/release*/lambent" >/dev/null &&
        [ -z "$(find "$build_root/src" "$build_root"/Directory.*.props "$build_root/global.json" "$build_root/eng/BannedSymbols.txt" \
            -newer "$build_stamp" -not -name packages.lock.json -print -quit)" ]
}

build() {
    local lock code=0 what="Building Lambent (once, about a minute)"
    [ ! -e "$build_stamp" ] || what="Building Lambent (its sources have changed)"
    if built; then return 0; fi
    mkdir -p "$build_root/artifacts/publish"
    exec {lock}>"$build_root/artifacts/.build-lock"
    if ! flock --nonblock "$lock"; then
        say "Another build is running; waiting for it…"
        flock "$lock"
    fi
    if ! built; then
        # Stamped with the time before the build, so that what is edited meanwhile is built next time. The compiler's
        # server must not inherit the lock: it outlives the build.
        touch "$build_stamp.new"
        quietly "$what" "$build_root/artifacts/build.log" publish "$lock" || code=$?
        [ $code != 0 ] || mv "$build_stamp.new" "$build_stamp"
    fi
    exec {lock}>&-
    return $code
}

# Runs in a process of its own (quietly), which becomes dotnet.
publish() {
    eval "exec $1>&-"
    cd "$build_root"
    exec dotnet publish src/Lambent --configuration Release --nologo -nodeReuse:false
}

# The program, wherever the build has put it for this machine.
lambent_program() { compgen -G "$build_root/artifacts/publish/Lambent/release*/lambent" | head -n 1; }

if [ "${BASH_SOURCE[0]}" = "$0" ]; then find_dotnet && build; fi
