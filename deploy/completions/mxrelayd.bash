# mxrelayd.bash - completion for bash: options, and the subsystems of -T, are read from the
# program's own --help; everything else is a file.
#
# Use: source deploy/completions/mxrelayd.bash, or install it as
# /usr/share/bash-completion/completions/mxrelayd.

_mxrelayd() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} help words=''
  COMPREPLY=()
  help="$("${COMP_WORDS[0]}" --help 2>/dev/null)"
  case "$before" in
    -T | --trace) words="all $(sed -n 's/.*Trace this subsystem: //p' <<<"$help" | tr -d ',')" ;;
    --log-format) words='text json' ;;
    --user) words="$(compgen -u)" ;;
    *)
      [[ $word == -* ]] || return
      words="$(grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z0-9-]*' <<<"$help" | tr -d ' ,' | sort -u)"
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o bashdefault -o default -F _mxrelayd mxrelayd
