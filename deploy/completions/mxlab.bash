# mxlab.bash - completion for bash: sub-commands, options and their values are read from the
# program's own --help, so they are those of the mxlab that is installed.
#
# Use: source deploy/completions/mxlab.bash, or install it as
# /usr/share/bash-completion/completions/mxlab.

_mxlab_section() { awk -v title="$1" '$0 ~ "^" title { on = 1; next } /^[^ ]/ { on = 0 } on'; }

_mxlab() {
  local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local general commands command='' each help
  COMPREPLY=()
  general="$("$program" --help 2>/dev/null)" || return
  commands="$(_mxlab_section Subcommands <<<"$general" | awk '{ print $1 }')"
  for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if grep -qxF -- "$each" <<<"$commands"; then command=$each && break; fi
  done
  help=$general
  [[ -z $command ]] || help="$("$program" "$command" --help 2>/dev/null)"

  # An option that takes one of some words names them in braces.
  local values
  values="$(grep -E -- "(^|[ ,])$before([ ,]|\$)" <<<"$help" | sed -nE 's/.*\{([^}]*)\}.*/\1/p')"
  if [[ $before == -* && -n $values ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${values//,/ }" -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z0-9-]*' <<<"$help" |
      tr -d ' ,' | sort -u)" -- "$word")
  elif [[ -z $command && -n $commands ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
  fi
}

# Where nothing of the program's own fits, files are offered.
complete -o bashdefault -o default -F _mxlab mxlab
