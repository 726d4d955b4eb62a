# fish completion for tessera

function __tessera_solvers
    tessera solvers --json 2>/dev/null | string match -rg '"name": *"([^"]*)"'
end

# Whether the command is one of the arguments; without arguments, whether there is no command yet.
function __tessera_is
    set -l words (commandline -opc)
    if test (count $argv) -eq 0
        test (count $words) -lt 2
    else
        test (count $words) -ge 2; and contains -- $words[2] $argv
    end
end

# Whether the action of `checkpoint` is one of the arguments; without arguments, whether there is no action yet.
function __tessera_action_is
    set -l words (commandline -opc)
    __tessera_is checkpoint; or return 1
    if test (count $argv) -eq 0
        test (count $words) -lt 3
    else
        test (count $words) -ge 3; and contains -- $words[3] $argv
    end
end

complete -c tessera -f
complete -c tessera -s h -l help -d 'Show help'
complete -c tessera -n __tessera_is -l version -d 'Show the version'

complete -c tessera -n __tessera_is -a run -d 'Run a job'
complete -c tessera -n __tessera_is -a launch -d 'Run a job under mpirun until it is done'
complete -c tessera -n __tessera_is -a submit -d 'Submit a job to Slurm, and resubmit it until it is done'
complete -c tessera -n __tessera_is -a status -d 'Show the progress of runs'
complete -c tessera -n __tessera_is -a doctor -d 'Check the requirements of a run'
complete -c tessera -n __tessera_is -a checkpoint -d 'List, verify or prune checkpoints'
complete -c tessera -n __tessera_is -a check -d 'Check a job file without running it'
complete -c tessera -n __tessera_is -a plan -d 'Show how a job would be distributed over ranks'
complete -c tessera -n __tessera_is -a solvers -d 'List the solvers on the search path'
complete -c tessera -n __tessera_is -a describe -d 'Show a solver or a data file'
complete -c tessera -n __tessera_is -a new -d 'Create a solver, ready to build'
complete -c tessera -n __tessera_is -a test -d 'Test whether a solver obeys the purity rules'
complete -c tessera -n __tessera_is -a digest -d 'Print the digests of the fields in the last field file'
complete -c tessera -n __tessera_is -a diff -d 'Compare the last field files of two runs'
complete -c tessera -n __tessera_is -a verify -d 'Check whether all files of a run are intact'

complete -c tessera -n "__tessera_is run launch submit status doctor check plan solvers describe new test digest diff verify" -l json -d 'Print JSON'
complete -c tessera -n "__tessera_action_is ls verify prune" -l json -d 'Print JSON'
complete -c tessera -n "__tessera_is run launch submit doctor check plan solvers describe test" -l plugin-path -x -a "(__fish_complete_directories)" -d 'Search for solvers here first'
complete -c tessera -n "__tessera_is run launch submit doctor check plan test verify" -l color -x -a "auto always never" -d 'Colours'
complete -c tessera -n "__tessera_is run launch submit doctor" -l run-dir -x -a "(__fish_complete_directories)" -d 'Folder for the results'
complete -c tessera -n "__tessera_is run launch submit check plan" -k -a "(__fish_complete_suffix .toml)"
complete -c tessera -n "__tessera_is run launch" -l quiet -d 'Print errors only'
complete -c tessera -n "__tessera_is run launch" -l deadline -x -d 'Stop with a checkpoint before this time has passed'
complete -c tessera -n "__tessera_is run launch submit" -l accept-changed -x -a "solver tessera data" -d 'Resume although this has changed'
complete -c tessera -n "__tessera_is run launch" -l inject -x -d 'Inject a fault'
complete -c tessera -n "__tessera_is launch doctor plan" -s n -l ranks -x -d 'Number of ranks'
complete -c tessera -n "__tessera_is launch doctor" -l hostfile -r -F -d 'Hosts and slots'
complete -c tessera -n "__tessera_is launch submit" -l launcher -x -a "mpirun srun" -d 'Program that starts the ranks'

complete -c tessera -n "__tessera_is run" -l overwrite -d 'Replace existing results'
complete -c tessera -n "__tessera_is run" -l resume -d 'Resume from a checkpoint'
complete -c tessera -n "__tessera_is run" -l from-start -d 'Start from the beginning if no checkpoint is valid'
complete -c tessera -n "__tessera_is run" -l take-over -d 'Take the lock of the run from an earlier attempt'
complete -c tessera -n "__tessera_is run" -l attempt -x -d 'Number of this attempt'

complete -c tessera -n "__tessera_is launch" -l max-restarts -x -d 'Give up after this many restarts'
complete -c tessera -n "__tessera_is launch" -l max-wait -x -d 'How long to wait until a blocked run can continue'
complete -c tessera -n "__tessera_is launch" -l hang-timeout -x -d 'Time without progress that counts as a hang'

complete -c tessera -n "__tessera_is submit" -s N -l nodes -x -d 'Number of nodes'
complete -c tessera -n "__tessera_is submit" -l ntasks-per-node -x -d 'Ranks per node'
complete -c tessera -n "__tessera_is submit" -s t -l time -x -d 'Time limit of each part'
complete -c tessera -n "__tessera_is submit" -l partition -x -d 'Partition of the cluster'
complete -c tessera -n "__tessera_is submit" -l max-requeues -x -d 'Give up after this many requeues'
complete -c tessera -n "__tessera_is submit" -l chain -d 'Submit a new job for each part'
complete -c tessera -n "__tessera_is submit" -l array -x -k -a "(__fish_complete_suffix .toml)" -d 'Submit one run per job file, as a job array'
complete -c tessera -n "__tessera_is submit" -l sweep -x -d 'One run per value'
complete -c tessera -n "__tessera_is submit" -l dry-run -d 'Print the batch script without submitting it'

complete -c tessera -n __tessera_action_is -a "ls verify prune"
complete -c tessera -n "__tessera_action_is prune" -l keep -x -d 'Number of checkpoints to keep'
complete -c tessera -n "__tessera_action_is ls verify prune" -a "(__fish_complete_directories)"
complete -c tessera -n "__tessera_is status verify" -a "(__fish_complete_directories)"

complete -c tessera -n "__tessera_is plan" -l partition -x -a "rcb sfc" -d 'Partitioner'
complete -c tessera -n "__tessera_is describe test" -a "(__tessera_solvers)" -d Solver
complete -c tessera -n "__tessera_is describe test" -k -a "(__fish_complete_suffix .so)"
complete -c tessera -n "__tessera_is describe" -k -a "(__fish_complete_suffix .nc)"
complete -c tessera -n "__tessera_is describe" -k -a "(__fish_complete_suffix .h5)"
complete -c tessera -n "__tessera_is describe" -k -a "(__fish_complete_suffix .asc)"
complete -c tessera -n "__tessera_is describe" -l dataset -x -d 'Variable to show'
complete -c tessera -n "__tessera_is describe" -l job -x -k -a "(__fish_complete_suffix .toml)" -d 'Job that reads the file'
complete -c tessera -n "__tessera_is test" -l job -x -k -a "(__fish_complete_suffix .toml)" -d 'Job to run, shortened'
complete -c tessera -n "__tessera_is test" -l ranks -x -d 'Rank counts to test'
complete -c tessera -n "__tessera_is test" -l timeout -x -d 'Time limit for each run'
complete -c tessera -n "__tessera_is new" -a solver
complete -c tessera -n "__tessera_is new" -l language -x -a "c++ c fortran" -d 'Language of the solver'
complete -c tessera -n "__tessera_is new" -l folder -x -a "(__fish_complete_directories)" -d 'Folder to create'
complete -c tessera -n "__tessera_is digest diff" -F
complete -c tessera -n "__tessera_is diff" -l tolerance -x -d 'Largest difference to accept'
