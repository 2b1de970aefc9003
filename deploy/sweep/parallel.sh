#!/bin/bash
# parallel.sh - a campaign in parts with GNU parallel: on this machine, a part for each processor at
# a time, or, with HOSTS, on the machines that this file lists (a login a line, see --sshloginfile).
# Every machine needs mxlab; for HOSTS, rsync as well. README.md tells what to set.
set -euo pipefail

worlds="${WORLDS:-sweeps/backup.yaml}" seeds="${SEEDS:-1..100000}" results="${RESULTS:-results}"
mxlab="${MXLAB:-mxlab}"
export MXLAB_SHARDS="${PARTS:-8}" # parallel tells each job its number, and not how many there are

elsewhere=()
if [[ -n ${HOSTS:-} ]]; then
  elsewhere=(--sshloginfile "$HOSTS" --basefile "$worlds" --return "$results/part-{#}.jsonl" --cleanup
    --env MXLAB_SHARDS)
fi
mkdir "$results" # an older campaign's parts must not be merged with these

# Exit code 1 is a result: merge will tell what broke.
seq "$MXLAB_SHARDS" | parallel "${elsewhere[@]}" --jobs 100% --quote --halt soon,fail=1 --tag \
  bash -c 'mkdir -p "$4" && { "$1" sweep "$2" --seeds "$3" --jobs 1 --results "$4/part-$5.jsonl" >&2 ||
    test $? -eq 1; }' part "$mxlab" "$worlds" "$seeds" "$results" '{#}'
"$mxlab" merge "$results"/part-*.jsonl --results "$results/all.jsonl"
