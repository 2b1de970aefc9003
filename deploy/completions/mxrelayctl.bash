# mxrelayctl.bash - completion for bash: words and options are read from the program's own --help,
# which knows what may stand after the words that are there.
#
# Use: source deploy/completions/mxrelayctl.bash, or install it as
# /usr/share/bash-completion/completions/mxrelayctl.

_mxrelayctl() {
  local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]}
  local before=() i found
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --socket | --spool | --rows | --resolver) ((i++)) ;;
      -*) ;;
      *) before+=("${COMP_WORDS[i]}") ;;
    esac
  done
  COMPREPLY=()
  if [[ $word == -* ]]; then
    found="$("$program" --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z0-9-]*' |
      tr -d ' ,' | sort -u)"
  elif ((${#before[@]} == 0)); then
    found="$("$program" --help 2>/dev/null |
      sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')"
  else
    # "  mxrelayctl pause smtp     what it does": the word that stands at our place.
    found="$("$program" "${before[@]}" --help 2>/dev/null | sed -n '/^Usage:/,/^$/p' |
      awk -v place=$((${#before[@]} + 2)) '$1 == "mxrelayctl" {
        sub(/   .*/, "", $0) } 1' | awk -v place=$((${#before[@]} + 2)) \
      '$1 == "mxrelayctl" && $place ~ /^[a-z]+$/ { print $place }' | sort -u)"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$found" -- "$word")
}

complete -F _mxrelayctl mxrelayctl
