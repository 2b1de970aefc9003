# fakedns.bash - completion for bash: options are read from the program's own --help; everything
# else is a zone file.
#
# Use: source deploy/completions/fakedns.bash, or install it as
# /usr/share/bash-completion/completions/fakedns.

_fakedns() {
  local word=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  [[ $word == -* ]] || return
  local options
  options="$("${COMP_WORDS[0]}" --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z0-9-]*' |
    tr -d ' ,' | sort -u)"
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}

complete -o bashdefault -o default -F _fakedns fakedns
