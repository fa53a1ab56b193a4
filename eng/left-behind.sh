# What a Lambent could leave on this machine, and whether this run of ./test did. To be sourced after eng/test-results.sh.

readonly left_kinds=(processes mounts cgroups links 'loop devices' 'nft tables' 'run folders')

# traces: everything that looks like a sandbox's, a line each, its kind first.
traces() (
    set +e # What is not there makes grep fail, and that is well.
    for file in $(grep -lx lambent-init /proc/[0-9]*/comm 2>/dev/null); do
        echo "processes: ${file//[^0-9]/} lambent-init $(grep -om1 '/lambent/.*' "${file%comm}cgroup" 2>/dev/null)"
    done
    started_here | sed 's/^/processes: /'
    grep lambent /proc/self/mounts | sed 's/^/mounts: /'
    find /sys/fs/cgroup -type d -path '*/lambent/*' -printf 'cgroups: %p\n' 2>/dev/null
    for file in /sys/class/net/lb????*; do [ ! -e "$file" ] || echo "links: ${file##*/}"; done
    losetup -a 2>/dev/null | sed 's/^/loop devices: /'
    nft list tables 2>/dev/null | grep lambent_ | sed 's/^/nft tables: /'
    for file in /run/lambent/????; do [ ! -e "$file" ] || echo "run folders: $file"; done
    exit 0
)

# started_here: processes that a suite started and that outlived it. They carry LAMBENT_TEST_RUN; timeout has given
# each suite a process group of its own, so that those in ours are this script's own helpers.
started_here() {
    local file pid stat group own
    [ -n "${LAMBENT_TEST_RUN:-}" ] || return 0
    stat=$(cat /proc/$$/stat)
    read -r _ _ own _ <<<"${stat##*) }"
    for file in $(grep -lzsx "LAMBENT_TEST_RUN=$LAMBENT_TEST_RUN" /proc/[0-9]*/environ); do
        pid=${file//[^0-9]/}
        stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
        read -r _ _ group _ <<<"${stat##*) }"
        [ "$group" = "$own" ] || echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c1-120)"
    done
}

# others: what the traces of other running Lambents have in them: their data folders, and the four digits made of these.
others() (
    set +e
    for file in $(grep -lx lambent /proc/[0-9]*/comm 2>/dev/null); do
        if grep -qzsx "LAMBENT_TEST_RUN=${LAMBENT_TEST_RUN:-}" "${file%comm}environ"; then continue; fi
        data=$(readlink "${file%comm}"fd/* 2>/dev/null | sed -n 's|/lock$||p' | head -n 1)
        [ -n "$data" ] || continue
        id=$(printf %s "$data" | sha256sum | cut -c1-4)
        printf '%s\n' "$data/" "lambent/$id" "lb$id" "lambent_$id"
    done
    exit 0
)

note_what_was_there() { traces | sort >"$1"; }

# check_left_behind FILE: each kind of thing is a test: nothing of it may be there that was not there before (FILE), and
# that no other running Lambent owns. The kernel ends a network namespace, with its links, a moment after its last
# process; so the look is repeated for a few seconds.
check_left_behind() {
    local kind left began=$SECONDS failed=0
    headline "Left behind"
    while
        left=$(comm -13 "$1" <(traces | sort) | grep -vF "$(others; echo 'no pattern at all')" || true)
        [ -n "$left" ] && [ $((SECONDS - began)) -lt 5 ]
    do sleep 0.2; done
    for kind in "${left_kinds[@]}"; do
        if grep -q "^$kind: " <<<"$left"; then failed=$((failed + 1)); fi
    done
    record LeftBehind $((${#left_kinds[@]} - failed)) "$failed" 0 $((SECONDS - began))
    for kind in "${left_kinds[@]}"; do
        grep "^$kind: " <<<"$left" | awk 'NR <= 4 { print "    " $0 } END { if (NR > 4) print "    … " NR " in all" }' >&2 || true
    done
    printf '%s\n' "$left" >artifacts/test/LeftBehind.log
}
