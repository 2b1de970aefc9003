# common.sh - what ./demo and ./check share: messages, packages, configure, build. To be sourced.
#
# A package manager is touched only when something is missing, and root's rights are asked for only
# then. Everything that is written goes below build/.
# shellcheck shell=bash
set -euo pipefail
tree="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$tree"

# shellcheck disable=SC2034  # used by those who source this
bold='' red='' green='' dim='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' dim=$'\e[2m' plain=$'\e[0m'
fi

say() { printf '%s%s%s\n' "$bold" "$1" "$plain"; }

# fail WHAT-IS-WRONG [WHAT-TO-DO]: exit code 2, as the lab has it for "could not even start".
fail() {
  printf '%s%s%s\n' "$red" "$1" "$plain" >&2
  (($# < 2)) || printf '%s\n' "$2" >&2
  exit 2
}

# packages GROUP…: the packages of these groups, one a line.
packages() {
  local group
  for group in "$@"; do
    awk -v group="$group" '$1 == group { print $2 }' scripts/packages.txt
  done
}

# missing_packages GROUP…: those of them that are not installed.
missing_packages() {
  local wanted installed
  mapfile -t wanted < <(packages "$@")
  # The question fails when a name is unknown to dpkg; what it does know is answered all the same.
  installed="$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null |
    awk '$1 == "ii" { print $2 }')" || true
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(sort -u <<<"$installed")
}

# need_packages GROUP…: installs what is missing, and touches nothing when nothing is.
need_packages() {
  command -v dpkg-query >/dev/null ||
    fail "mxlab sets itself up on Debian 12, and this system has no dpkg." \
      "The packages it needs, with reasons, are listed in scripts/packages.txt."
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      fail "Packages are missing, and without root or sudo they cannot be installed." \
        "As root: apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} missing packages: ${missing[*]}"
  mkdir -p build
  local log=build/packages.log
  apt_get "${as_root[@]}" -- update -qq >"$log" 2>&1 &&
    apt_get "${as_root[@]}" -- install -y -qq --no-install-recommends "${missing[@]}" \
      >>"$log" 2>&1 && return
  tail -n 15 "$log" >&2
  fail "The packages could not be installed; the whole story is in $log." \
    "Debian 12 (bookworm) with its main archive has them all."
}

# apt_get [sudo] -- ARGUMENT…: apt-get that never asks anything.
apt_get() {
  local as_root=()
  while [[ $1 != -- ]]; do as_root+=("$1") && shift; done
  shift
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "$@" </dev/null
}

# How many compilers at once: one for each processor, as long as each has a gigabyte.
jobs_at_once() {
  local processors memory
  processors="$(nproc)"
  memory="$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)"
  ((memory < processors)) && processors=$memory
  printf '%d\n' $((processors > 0 ? processors : 1))
}

# configure PRESET: only when the preset's folder is not configured, or the presets have changed.
configure() {
  local made="build/$1/build.ninja"
  [[ -e $made && ! CMakePresets.json -nt $made ]] || cmake --preset "$1"
}

# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  configure "$preset"
  ninja -C "build/$preset" -j "$(jobs_at_once)" "$@"
}
