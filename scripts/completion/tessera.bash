# bash completion for tessera

_tessera() {
  local current previous command="" word
  current="${COMP_WORDS[COMP_CWORD]}"
  previous="${COMP_WORDS[COMP_CWORD - 1]}"
  COMPREPLY=()

  local commands="run check plan solvers describe digest diff"
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ " $commands " == *" $word "* ]]; then
      command="$word"
      break
    fi
  done

  case "$previous" in
    --run-dir | --plugin-path)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --color)
      mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$current")
      return
      ;;
    --partition)
      mapfile -t COMPREPLY < <(compgen -W "rcb sfc" -- "$current")
      return
      ;;
    -n | --ranks | --tolerance) return ;;
  esac

  local options="--help"
  case "$command" in
    "") options="--help --version" ;;
    run) options+=" --run-dir --overwrite --plugin-path --quiet --color --json" ;;
    check) options+=" --plugin-path --color --json" ;;
    plan) options+=" -n --ranks --partition --plugin-path --color --json" ;;
    solvers) options+=" --json --plugin-path" ;;
    describe) options+=" --json --plugin-path" ;;
    digest) options+=" --json" ;;
    diff) options+=" --json --tolerance" ;;
  esac

  if [[ "$current" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    return
  fi

  case "$command" in
    "") mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
    run | check | plan)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -X '!*.toml' -- "$current"; compgen -d -- "$current")
      ;;
    describe)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "$(tessera solvers --json 2>/dev/null | sed -n 's/.*"name": *"\([^"]*\)".*/\1/p')" -- "$current"
        compgen -f -X '!*.so' -- "$current"
        compgen -d -- "$current"
      )
      ;;
    digest | diff)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
  esac
}

complete -F _tessera tessera
