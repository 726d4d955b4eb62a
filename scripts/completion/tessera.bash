# bash completion for tessera

_tessera() {
  local current previous command="" word
  current="${COMP_WORDS[COMP_CWORD]}"
  previous="${COMP_WORDS[COMP_CWORD - 1]}"
  COMPREPLY=()
  # Bash splits --option=value into three words.
  if [[ "$current" == "=" ]]; then
    current=""
  elif [[ "$previous" == "=" && $COMP_CWORD -ge 2 ]]; then
    previous="${COMP_WORDS[COMP_CWORD - 2]}"
  fi

  local commands="run launch submit status doctor checkpoint check plan solvers describe new test digest diff verify"
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -z "$command" && " $commands " == *" $word "* ]]; then
      command="$word"
    elif [[ "$word" == -- ]]; then
      return  # the arguments after -- are passed to mpirun or sbatch
    fi
  done

  case "$command $previous" in
    *" --run-dir" | *" --plugin-path" | "new --folder")
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    *" --hostfile" | "test --job")
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    "run --resume")
      if [[ "${COMP_WORDS[COMP_CWORD]}" == "=" || "${COMP_WORDS[COMP_CWORD - 1]}" == "=" ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W "auto never" -- "$current"; compgen -d -- "$current")
        return
      fi
      ;;
    *" --color")
      mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$current")
      return
      ;;
    *" --launcher")
      mapfile -t COMPREPLY < <(compgen -W "mpirun srun" -- "$current")
      return
      ;;
    "new --language")
      mapfile -t COMPREPLY < <(compgen -W "c++ c fortran" -- "$current")
      return
      ;;
    *" --accept-changed")
      mapfile -t COMPREPLY < <(compgen -W "solver tessera data" -- "$current")
      return
      ;;
    "plan --partition")
      mapfile -t COMPREPLY < <(compgen -W "rcb sfc" -- "$current")
      return
      ;;
    *" -n" | *" --ranks" | *" -N" | *" --nodes" | *" --ntasks-per-node" | *" -t" | *" --time" | *" --partition" | \
      *" --tolerance" | *" --attempt" | *" --deadline" | *" --inject" | *" --max-restarts" | *" --max-requeues" | \
      *" --hang-timeout" | *" --max-wait" | *" --keep" | *" --sweep" | *" --dataset")
      return
      ;;
  esac

  local options="--help"
  case "$command" in
    "") options="--help --version" ;;
    run) options+=" --run-dir --overwrite --resume --resume= --from-start --accept-changed --take-over --attempt --deadline --inject --plugin-path --quiet --color --json" ;;
    launch) options+=" -n --ranks --hostfile --launcher --run-dir --max-restarts --hang-timeout --max-wait --accept-changed --deadline --inject --plugin-path --quiet --color --json" ;;
    submit) options+=" -N --nodes --ntasks-per-node -t --time --partition --run-dir --max-requeues --chain --launcher --accept-changed --array --sweep --dry-run --plugin-path --color --json" ;;
    status) options+=" --json" ;;
    doctor) options+=" --hostfile --run-dir -n --ranks --plugin-path --color --json" ;;
    checkpoint)
      case " ${COMP_WORDS[*]:1:COMP_CWORD-1} " in
        *" prune "*) options+=" --keep --json" ;;
        *" ls "* | *" verify "*) options+=" --json" ;;
      esac
      ;;
    check) options+=" --plugin-path --color --json" ;;
    plan) options+=" -n --ranks --partition --plugin-path --color --json" ;;
    solvers) options+=" --json --plugin-path" ;;
    describe) options+=" --dataset --job --json --plugin-path" ;;
    new) case " ${COMP_WORDS[*]:1:COMP_CWORD-1} " in *" solver "*) options+=" --language --folder --json" ;; esac ;;
    test) options+=" --job --ranks --timeout --plugin-path --color --json" ;;
    digest) options+=" --json" ;;
    diff) options+=" --json --tolerance" ;;
    verify) options+=" --json --color" ;;
  esac

  if [[ "$current" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    if [[ "${COMPREPLY[*]}" == *= ]]; then compopt -o nospace 2>/dev/null; fi
    return
  fi

  case "$command" in
    "") mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
    run | launch | submit | check | plan)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -X '!*.toml' -- "$current"; compgen -d -- "$current")
      ;;
    describe | test)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(
        compgen -W "$(tessera solvers --json 2>/dev/null | sed -n 's/.*"name": *"\([^"]*\)".*/\1/p')" -- "$current"
        compgen -f -X '!*.@(so|nc|h5|asc)' -- "$current"
        compgen -d -- "$current"
      )
      ;;
    checkpoint)
      if [[ "$previous" == checkpoint ]]; then
        mapfile -t COMPREPLY < <(compgen -W "ls verify prune" -- "$current")
      else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
      fi
      ;;
    new) if [[ "$previous" == new ]]; then mapfile -t COMPREPLY < <(compgen -W solver -- "$current"); fi ;;
    status | verify)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      ;;
    digest | diff)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      ;;
  esac
}

complete -F _tessera tessera
