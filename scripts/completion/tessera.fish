# fish completion for tessera

set -l commands run launch status checkpoint check plan solvers describe digest diff

function __tessera_solvers
    tessera solvers --json 2>/dev/null | string match -rg '"name": *"([^"]*)"'
end

complete -c tessera -f
complete -c tessera -s h -l help -d 'Show help'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -l version -d 'Show the version'

complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a run -d 'Run a job'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a launch -d 'Run a job under mpirun until it is done'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a status -d 'How far runs are'
complete -c tessera -n "not __fish_seen_subcommand_from $commands" -a checkpoint -d 'Look at the checkpoints of a run'
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
complete -c tessera -n "__fish_seen_subcommand_from run" -l resume -d 'Go on from the newest checkpoint'
complete -c tessera -n "__fish_seen_subcommand_from run" -l from-start -d 'Begin anew where no checkpoint is good'
complete -c tessera -n "__fish_seen_subcommand_from run" -l attempt -x -d 'Number of this launch'
complete -c tessera -n "__fish_seen_subcommand_from run launch" -l deadline -x -d 'Stop with a checkpoint before'
complete -c tessera -n "__fish_seen_subcommand_from run launch" -l inject -x -d 'Bring about a fault'
complete -c tessera -n "__fish_seen_subcommand_from launch" -l run-dir -x -a "(__fish_complete_directories)" -d 'Where the results go'
complete -c tessera -n "__fish_seen_subcommand_from launch" -l hostfile -r -d 'Hosts and slots'
complete -c tessera -n "__fish_seen_subcommand_from launch" -l max-restarts -x -d 'Give up after so many'
complete -c tessera -n "__fish_seen_subcommand_from launch" -l hang-timeout -x -d 'Time without progress that counts as a hang'
complete -c tessera -n "__fish_seen_subcommand_from launch" -l quiet -d 'Print errors alone'
complete -c tessera -n "__fish_seen_subcommand_from launch" -k -a "(__fish_complete_suffix .toml)"
complete -c tessera -n "__fish_seen_subcommand_from checkpoint" -a "ls verify prune"
complete -c tessera -n "__fish_seen_subcommand_from checkpoint" -l keep -x -d 'How many to keep'
complete -c tessera -n "__fish_seen_subcommand_from checkpoint status" -a "(__fish_complete_directories)"
complete -c tessera -n "__fish_seen_subcommand_from launch plan" -s n -l ranks -x -d 'Number of ranks'
complete -c tessera -n "__fish_seen_subcommand_from plan" -l partition -x -a "rcb sfc" -d 'Partitioner'
complete -c tessera -n "__fish_seen_subcommand_from describe" -a "(__tessera_solvers)" -d Solver
complete -c tessera -n "__fish_seen_subcommand_from describe" -k -a "(__fish_complete_suffix .so)"
complete -c tessera -n "__fish_seen_subcommand_from digest diff" -F
complete -c tessera -n "__fish_seen_subcommand_from diff" -l tolerance -x -d 'Largest difference that counts as equal'
