# fish completion for tessera

set -l commands run check plan solvers describe digest diff

function __tessera_solvers
    tessera solvers --json 2>/dev/null | string match -rg '"name": *"([^"]*)"'
end

complete -c tessera -f
complete -c tessera -s h -l help -d 'Show help'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -l version -d 'Show the version'

complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a run -d 'Run a job'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a check -d 'Check a job file without running it'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a plan -d 'Show how a job would be spread over ranks'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a solvers -d 'List the solvers that are found'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a describe -d 'Show what a solver declares'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a digest -d 'Print the digests of the last fields'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a diff -d 'Compare the last fields of two runs'

complete -c tessera -n "__fish_seen_subcommand_from $commands" -l json -d 'Print JSON'
complete -c tessera -n "__fish_seen_subcommand_from run check plan solvers describe" -l plugin-path -x -a "(__fish_complete_directories)" -d 'Look for solvers here first'
complete -c tessera -n "__fish_seen_subcommand_from run check plan" -k -a "(__fish_complete_suffix .toml)"
complete -c tessera -n "__fish_seen_subcommand_from run" -l run-dir -x -a "(__fish_complete_directories)" -d 'Where the results go'
complete -c tessera -n "__fish_seen_subcommand_from run" -l overwrite -d 'Replace existing results'
complete -c tessera -n "__fish_seen_subcommand_from run" -l quiet -d 'Print errors alone'
complete -c tessera -n "__fish_seen_subcommand_from run check plan" -l color -x -a "auto always never" -d 'Colours'
complete -c tessera -n "__fish_seen_subcommand_from plan" -s n -l ranks -x -d 'Number of ranks'
complete -c tessera -n "__fish_seen_subcommand_from plan" -l partition -x -a "rcb sfc" -d 'Partitioner'
complete -c tessera -n "__fish_seen_subcommand_from describe" -a "(__tessera_solvers)" -d Solver
complete -c tessera -n "__fish_seen_subcommand_from describe" -k -a "(__fish_complete_suffix .so)"
complete -c tessera -n "__fish_seen_subcommand_from digest diff" -F
complete -c tessera -n "__fish_seen_subcommand_from diff" -l tolerance -x -d 'Largest difference that counts as equal'
