# bash completion for tessera

_tessera() {
  local current previous command="" word
  current="${COMP_WORDS[COMP_CWORD]}"
  previous="${COMP_WORDS[COMP_CWORD - 1]}"
  COMPREPLY=()

  local commands="run launch status checkpoint check plan solvers describe digest diff"
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
    -n | --ranks | --tolerance | --attempt | --deadline | --inject | --max-restarts | --hang-timeout | --keep) return ;;
  esac

  local options="--help"
  case "$command" in
    "") options="--help --version" ;;
    run) options+=" --run-dir --overwrite --resume --resume= --from-start --attempt --deadline --inject --plugin-path --quiet --color --json" ;;
    launch) options+=" -n --ranks --hostfile --run-dir --max-restarts --hang-timeout --deadline --inject --plugin-path --quiet --color --json" ;;
    status) options+=" --json" ;;
    checkpoint) options+=" --keep --json" ;;
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
    run | launch | check | plan)
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
    checkpoint)
      compopt -o filenames 2>/dev/null
      if [[ "$previous" == checkpoint ]]; then
        mapfile -t COMPREPLY < <(compgen -W "ls verify prune" -- "$current")
      else
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
      fi
      ;;
    digest | diff | status)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
  esac
}

complete -F _tessera tessera
