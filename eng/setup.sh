#!/usr/bin/env bash
# Sets this machine up: finds what is missing, says why it is needed, asks, installs.
#
#   eng/setup.sh NEED… [--yes]     process  functions without isolation (./lambent up --isolation process)
#                                  run      Lambent with isolated sandboxes
#                                  test     what the tests need besides
#                                  bench    what the benchmarks need besides
#
# The .NET SDK and git are always looked for. Exit code 0: all there; 1: installing failed; 3: something is missing.
set -euo pipefail
setup_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
source "$setup_root/eng/say.sh"

# Every package, with the needs it serves, how it is seen to be there (by the file or command, wherever it came from), and why.
setup_list() {
    #    needs       Debian packages           there if                            because it
    item process:run python3                   'has_python'                        'runs Python functions'
    item process:run nodejs                    'any /usr/{,local/}bin/node'        'runs Node.js functions'
    item process:run libsqlite3-0              'any /{usr/,}lib{64,}/{*/,}libsqlite3.so.0' 'keeps functions and events on disk'
    item run         crun                      'program crun || program runc'      'starts isolated sandboxes'
    item run         nftables                  'program nft'                       'keeps sandboxes from each other and from this machine'"'"'s network'
    item run         iproute2                  'program ip'                        'gives each sandbox its network'
    item run         e2fsprogs                 'program mkfs.ext4'                 'makes the /tmp of each sandbox in its configured size'
    item run         'gcc libc6-dev musl-tools' 'has_compiler || guest_is_built'   'builds lambent-init, PID 1 of each sandbox'
    item test        crun                      'program crun'                      'is one of the two OCI runtimes that DriverKit tests'
    item test        runc                      'program runc'                      'is the other'
    item test        python3                   'any /usr/bin/python3'              'runs the tests of Conformance'
    item test        python3-boto3             'has_boto3'                         'is a client of Conformance: the AWS SDK for Python'
    item test        awscli                    'any /usr/bin/aws'                  'is a client of Conformance: the AWS CLI'
    item test        npm                       'program npm'                       'fetches two more clients: the AWS SDK for JavaScript, aws-lambda-ric'
    item test        'g++ make cmake'          'program g++ && program make && program cmake' 'builds the native module of aws-lambda-ric'
    item test        'autoconf automake libtool' 'program autoconf && program automake && program libtoolize' 'builds the native module of aws-lambda-ric'
    item bench       wrk                       'program wrk'                       'makes the load of ./bench'
    item bench       npm                       'program npm'                       'fetches workerd, the peer of ./bench'
}

any() { local file; for file in "$@"; do [ ! -e "$file" ] || return 0; done; return 1; }
program() { command -v "$1" >/dev/null; }
has_python() { any /usr/{,local/}bin/python3.* && any /usr/{,local/}lib/python3*/json/__init__.py; }
has_compiler() { program gcc && any /usr/include/stdio.h /usr/include/*-linux-musl/stdio.h; }
has_boto3() { any /usr/lib/python3/dist-packages/boto3 || /usr/bin/python3 -c 'import boto3' 2>/dev/null; }
guest_is_built() { [ "$setup_root/artifacts/guest/lambent-init" -nt "$setup_root/src/Guest/lambent-init.c" ]; }

# item NEEDS PACKAGES CHECK REASON: fills missing and reasons; the needs that are asked for are in wanted.
item() {
    local need packages
    for need in ${1//:/ }; do
        [[ " $wanted " == *" $need "* ]] || continue
        eval "$3" && return 0
        read -ra packages <<<"$2"
        missing+=("${packages[@]}")
        reasons+=("$2|$4")
        return 0
    done
}

# setup NEED… [--yes]
setup() {
    local wanted=" $* " yes=false missing=() reasons=()
    [[ $wanted != *' --yes '* && ${CI:-} != true ]] || yes=true
    find_dotnet || return 3
    if ! program git; then
        complain "Lambent's build and tests need git. Debian: sudo apt-get install git"
        return 3
    fi
    setup_list
    if [ ${#missing[@]} -gt 0 ]; then install_packages "$yes" || return $?; fi
}

install_packages() {
    local yes=$1 reason answer command
    # Each once.
    read -ra missing < <(printf '%s\n' "${missing[@]}" | awk '!seen[$0]++' | tr '\n' ' ')
    say "${bold}Missing on this machine:${plain}"
    for reason in "${reasons[@]}"; do
        printf '  %-28s %s\n' "${reason%%|*}" "${dim}${reason#*|}${plain}" >&2
    done
    if ! program apt-get; then
        complain "This is not Debian: install these with your package manager and run this again."
        return 3
    fi
    command="apt-get install --yes --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        say "Installing them needs root. Run this, then try again:"
        say "  sudo $command"
        return 3
    fi
    if [ "$yes" = false ]; then
        if [ ! -t 0 ] || [ ! -t 2 ]; then
            say "To install them, add --yes, or run:"
            say "  $command"
            return 3
        fi
        read -rp "Install them? [Y/n] " answer
        if [[ $answer == [nN]* ]]; then say "Nothing was installed. By hand: $command"; return 3; fi
    fi
    quietly "Installing ${#missing[@]} packages" "$setup_root/artifacts/setup.log" apt_install "${missing[@]}" || return 1
    hash -r
    missing=() reasons=()
    setup_list
    if [ ${#missing[@]} -gt 0 ]; then
        complain "Installed, and yet not found: ${missing[*]}"
        return 1
    fi
}

# Package lists are fetched only where there are none, or where the ones here no longer lead to the packages.
apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    local install=(apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "$@")
    if any /var/lib/apt/lists/*_Packages* && "${install[@]}"; then return 0; fi
    echo "--- apt-get update, and once more"
    apt-get -o DPkg::Lock::Timeout=300 update && "${install[@]}"
}

# fetch_npm CLIENT…: clients of Conformance from npm, once for each lock file and Node.js.
fetch_npm() {
    local client folder lock stamp
    for client in "$@"; do
        folder=$setup_root/tests/Conformance/$client
        lock=$(sha256sum "$folder/package-lock.json")
        stamp=$folder/node_modules/.lambent-stamp
        if [ "$stamp" -nt "$(command -v node)" ] && [ "$(<"$stamp")" = "${lock%% *}" ]; then continue; fi
        quietly "npm ci for tests/Conformance/$client" "$setup_root/artifacts/npm-$client.log" \
            npm ci --prefix "$folder" --no-audit --no-fund || return 1
        echo "${lock%% *}" >"$stamp"
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    if [ $# = 0 ]; then sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0"; exit 0; fi
    setup "$@"
    [[ " $* " != *' test '* ]] || fetch_npm nodejs ric
fi
