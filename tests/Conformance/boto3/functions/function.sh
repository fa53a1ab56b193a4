# The functions that a bash bootstrap runs in the conformance tests.

VERSION=1

quote() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

handler() {
  echo "bash saw $1" >&2
  printf '{"version":%s,"greeting":%s,"event":%s}' "$VERSION" "$(quote "${GREETING:-}")" "$1"
}

# What the platform gave the bootstrap, before bash added anything of its own.
environment() {
  local entry comma=''
  printf '{'
  while IFS= read -r -d '' entry; do
    printf '%s%s:%s' "$comma" "$(quote "${entry%%=*}")" "$(quote "${entry#*=}")"
    comma=,
  done <"/proc/$$/environ"
  printf '}'
}

failing() {
  printf '{"errorType":"Conformance.Failed","errorMessage":"asked to fail","stackTrace":["bash"]}'
  return 1
}
