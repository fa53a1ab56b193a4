# What ./lambent, ./test and eng/*.sh share: words on a terminal, and work that is quiet until it fails. To be sourced.

# nft, ip and mkfs.ext4 are not on the PATH of an ordinary Debian user.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
    bold='' dim='' red='' green='' plain=''
fi

say() { printf '%s\n' "$*" >&2; }
complain() { printf '%s\n' "${red}$*${plain}" >&2; }

# quietly WHAT LOG COMMAND…: runs the command into the log, with one line that counts the seconds. When it fails, the
# lines that say why are shown, and its exit code is returned.
quietly() {
    local what=$1 log=$2 began=$SECONDS child code=0
    shift 2
    mkdir -p "$(dirname "$log")"
    [ -t 2 ] || say "$what…"
    "$@" >"$log" 2>&1 </dev/null &
    child=$!
    trap 'kill -TERM "$child" 2>/dev/null; exit 130' INT TERM
    while [ -t 2 ] && kill -0 "$child" 2>/dev/null; do
        printf '\r%s… %s' "$what" "${dim}$((SECONDS - began)) s${plain}" >&2
        sleep 0.2
    done
    wait "$child" || code=$?
    trap - INT TERM
    [ ! -t 2 ] || printf '\r\e[K' >&2
    if [ $code = 0 ]; then
        say "${green}✓${plain} $what ${dim}($((SECONDS - began)) s)${plain}"
        return 0
    fi
    complain "✗ $what: failed after $((SECONDS - began)) s. The end of $log:"
    { grep -E 'error|Error|^E:' "$log" || tail -n 30 "$log"; } | sed 's/ \[[^]]*proj\]$//' | sort -u | tail -n 40 >&2
    return "$code"
}

# find_dotnet: the SDK that global.json asks for is there, and DOTNET_ROOT says where, so that programs find it too.
find_dotnet() {
    local folder
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
    for folder in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
        command -v dotnet >/dev/null && break
        [ -z "$folder" ] || [ ! -x "$folder/dotnet" ] || PATH="$folder:$PATH"
    done
    if command -v dotnet >/dev/null; then
        folder=$(dirname "$(readlink -f "$(command -v dotnet)")")
        if compgen -G "$folder/sdk/10.*" >/dev/null; then
            export DOTNET_ROOT=${DOTNET_ROOT:-$folder}
            return 0
        fi
        # Not the usual folders (a wrapper, say): ask it.
        if [[ $(cd / && dotnet --version 2>/dev/null) == 10.* ]]; then return 0; fi
        complain "Lambent needs the .NET SDK 10; the dotnet here has: $(cd / && dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | tr '\n' ' ')"
    else
        complain "Lambent needs the .NET SDK 10, and there is no dotnet here."
    fi
    say "Get it: https://dotnet.microsoft.com/download/dotnet/10.0, or without root:"
    say "  curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0    (installs into ~/.dotnet)"
    return 3
}
