# How ./test runs a suite and what it makes of its output. To be sourced after eng/say.sh.

result_names=() result_passed=() result_failed=() result_skipped=() result_seconds=()

headline() { printf '\n%s\n' "${bold}$1${plain}" >&2; }

# record NAME PASSED FAILED SKIPPED SECONDS
record() {
    result_names+=("$1") result_passed+=("$2") result_failed+=("$3") result_skipped+=("$4") result_seconds+=("$5")
    local mark="${green}✓" skipped=''
    [ "$3" = 0 ] || mark="${red}✗"
    [ "$4" = 0 ] || skipped=", $4 skipped"
    say "  $mark $1:${plain} $2 passed, $3 failed$skipped ${dim}($5 s)${plain}"
}

# run_suite NAME FORMAT COMMAND…: runs a suite within its time limit, output to artifacts/test/NAME.log, and records it.
# FORMAT is how it reports: unittest, tap or xunit (artifacts/test/NAME.xml).
run_suite() {
    local name=$1 format=$2 log=artifacts/test/${1//\//-}.log began=$SECONDS code=0 passed failed skipped note=''
    shift 2
    timeout -s KILL "$suite_limit_s" "$@" >"$log" 2>&1 </dev/null &
    suite_child=$!
    while [ -t 2 ] && kill -0 "$suite_child" 2>/dev/null; do
        printf '\r  %s… %s' "$name" "${dim}$((SECONDS - began)) s${plain}" >&2
        sleep 0.2
    done
    [ ! -t 2 ] || printf '\r\e[K' >&2
    wait "$suite_child" 2>/dev/null || code=$?
    suite_child=''
    read -r passed failed skipped < <("read_$format" "$log")
    if [ $code = 137 ]; then
        failed=$((failed + 1)) note="It was killed: after $suite_limit_s s, or for want of memory."
    elif [ $code != 0 ] && [ "$failed" = 0 ]; then
        failed=1 note="It ended with exit code $code."
    elif [ $((passed + failed)) = 0 ]; then
        failed=1 note="It ran no test."
    fi
    record "$name" "$passed" "$failed" "$skipped" $((SECONDS - began))
    [ "$failed" = 0 ] || show_failures "$format" "$log" "$note"
}

# unittest ends with "Ran 12 tests in 3.4s" and "OK (skipped=1)" or "FAILED (failures=1, errors=2)".
read_unittest() {
    awk '
        /^Ran [0-9]+ tests? in / { ran = $2 }
        /^(OK|FAILED)( \(.*\))?$/ { line = $0 }
        function count(word,    m) { return match(line, "[( ]" word "=[0-9]+") ? substr(line, RSTART + length(word) + 2, RLENGTH - length(word) - 2) + 0 : 0 }
        END {
            failed = count("failures") + count("errors") + count("unexpected successes")
            skipped = count("skipped") + count("expected failures")
            passed = ran - failed - skipped
            print (passed > 0 ? passed : 0), failed, skipped
        }' "$1"
}

# node --test ends with "# pass 12", "# fail 1", "# cancelled 0", "# skipped 0", "# todo 0".
read_tap() {
    awk '
        /^# (pass|fail|cancelled|skipped|todo) [0-9]+$/ { n[$2] = $3 }
        END { print n["pass"] + 0, n["fail"] + n["cancelled"], n["skipped"] + n["todo"] }' "$1"
}

# xunit writes <assembly … passed="12" failed="0" skipped="0" errors="0" …> for each assembly.
read_xunit() {
    local results=${1%.log}.xml
    [ -e "$results" ] || { echo 0 0 0; return; }
    grep -o '<assembly [^>]*>' "$results" | awk '
        function count(word) { return match($0, " " word "=\"[0-9]+") ? substr($0, RSTART + length(word) + 3, RLENGTH - length(word) - 3) + 0 : 0 }
        { passed += count("passed"); failed += count("failed") + count("errors"); skipped += count("skipped") }
        END { print passed + 0, failed + 0, skipped + 0 }'
}

# The part of a log that says what failed, at most 60 lines of it.
show_failures() {
    local format=$1 log=$2 lines
    case $format in
        unittest) lines=$(sed -n '/^=\{70\}$/,$p' "$log") ;;
        tap) lines=$(grep -E -A 14 '^ *not ok ' "$log" || true) ;;
        xunit) lines=$(grep -E -A 12 '\[(FAIL|FATAL ERROR)' "$log" || true) ;;
    esac
    [ -n "$lines" ] || lines=$(tail -n 30 "$log")
    head -n 60 <<<"$lines" | sed 's/^/    /' >&2
    if [ "$(wc -l <<<"$lines")" -gt 60 ]; then say "    …"; fi
    say "  $3${3:+ }All of it: $log"
}

# The table, and the plain last line.
print_results() {
    local i passed=0 failed=0 skipped=0
    printf '\n%-22s %8s %8s %8s %8s\n' Suite passed failed skipped seconds
    for i in "${!result_names[@]}"; do
        printf '%-22s %8d %8d %8d %8d\n' "${result_names[i]}" "${result_passed[i]}" "${result_failed[i]}" "${result_skipped[i]}" "${result_seconds[i]}"
        passed=$((passed + result_passed[i])) failed=$((failed + result_failed[i])) skipped=$((skipped + result_skipped[i]))
    done
    printf '\n%d passed, %d failed' "$passed" "$failed"
    [ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
    printf '\n'
    [ "$failed" = 0 ]
}
