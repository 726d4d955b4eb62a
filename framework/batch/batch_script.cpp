#include "batch/batch_script.h"

#include "base/contract.h"
#include "base/error.h"
#include "base/escape.h"
#include "base/text.h"
#include "base/utf8.h"
#include "batch/time_limit.h"

#include <algorithm>

#include <fmt/format.h>

namespace tessera::batch {

namespace {

/// The part of the script that is the same for all requests. It retries `scontrol` and `sbatch` if the
/// controller does not reply, but not after errors that are unrelated to the connection.
constexpr const char* body = R"script(
# The id of this task alone: SLURM_JOB_ID of the last task of an array is also the id of the whole array.
id=$SLURM_JOB_ID
if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID; fi

# Slurm signals all processes at once, including mpirun, which must give the ranks time to finish their checkpoint.
kill_delay=$((lead / 8))
((kill_delay <= 10)) || kill_delay=10
export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-$((kill_delay > 0 ? kill_delay : 1))}

export SLURM_TIME_FORMAT=standard  # overrides the user's setting

log() { printf '%(%F %T)T job %s: %s\n' -1 "$id" "$*"; }

# End time of this job in seconds since the epoch; computed from the limit if the controller does not reply.
end_of_job() {
  local text
  text=$(timeout 10 squeue --noheader --jobs "$id" --format %e 2>/dev/null) || text=
  date --date "${text:-unknown}" +%s 2>/dev/null || echo $(($(date +%s) - SECONDS + limit))
}

# A field of `scontrol show job` for this job; empty if the controller does not reply.
field() { timeout 20 scontrol --oneliner show job "$id" 2>/dev/null | tr ' ' '\n' | sed -n "s/^$1=//p" | head -n 1; }

# Retries a Slurm command until the controller replies, until the end of the job and for at least a minute. Sets
# $answer to its output. Returns 124 if there is no reply, and 125 if the job is cancelled in the meantime. The
# controller may execute a request without replying: the command $find_result, if set, then prints the result.
answer=
find_result=
cancelled=no
retry() {
  local status=1 pause=1 found tries=0
  while ((++tries <= 6 || $(date +%s) < end)); do
    answer=$(timeout 20 "$@" 2>&1)
    status=$?
    # Slurm signals a job that was cancelled, and its commands, but also one that is at its time limit.
    if [[ $cancelled == yes ]] && ((status != 0)); then
      state=$(field JobState)
      if [[ -n $state && $state != RUNNING && $state != TIMEOUT ]]; then return 125; fi
      if [[ -z $state ]] && (($(date +%s) < end)); then return 125; fi
      ((status != 143 && status != 130)) || status=124
    fi
    case "$status $answer" in
      0\ *) return 0 ;;
      124\ * | *'nable to contact'* | *'imed out'* | *'onnection refused'* | *'emporarily'* | *'onnect failure'*)
        sleep "$pause" & wait "$!"
        ((pause >= 32)) || pause=$((pause * 2))
        if [[ -n $find_result ]] && found=$("$find_result") && [[ -n $found ]]; then
          answer=$found
          return 0
        fi
        ;;
      *) return "$status" ;;
    esac
  done
  return 124
}

# Slurm may send the signal up to a minute early; the run then continues until `lead` seconds before the end. At
# any other time, the signal comes from a preemption or from a user.
on_warning() {
  interrupted=yes
  local seconds_early=$((end - lead - $(date +%s)))
  if ((seconds_early > 0 && seconds_early <= 65)) && [[ $(field PreemptTime) == None ]]; then
    (sleep "$seconds_early"; kill -USR1 "$launch") 2>/dev/null &
    sleeper=$!
  else
    stop
  fi
}

# The job was cancelled, preempted or requeued, or has exceeded its time limit.
on_termination() {
  interrupted=yes
  terminating=yes
  log "Slurm is ending this job"
  stop
}

stop() {
  stopping=yes
  [[ -z $launch ]] || kill -USR1 "$launch" 2>/dev/null
}

newest_checkpoint() { find "$run/checkpoints" -maxdepth 1 -name '[0-9]*' -printf '%f\n' 2>/dev/null | sort | tail -n 1; }

# Read and write a number that is stored in the run directory.
read_number() { local n; n=$(cat "$run/$1" 2>/dev/null); [[ $n =~ ^[0-9]{1,9}$ ]] && echo "$n" || echo 0; }
# Replaces a file in the run directory with standard input.
replace() {
  local new
  new=$(mktemp "$run/$1.XXXXXXXXXXXXXXXX.tmp") && cat > "$new" && chmod =rw "$new" && mv -f "$new" "$run/$1"
}
write_number() { echo "$2" | replace "$1"; }

launch=
sleeper=
interrupted=no
stopping=no
terminating=no
trap on_warning USR1
trap on_termination TERM

end=$(end_of_job)
before=$(newest_checkpoint)
# The last seconds are reserved for mpirun to shut down and for this script.
seconds=$((end - $(date +%s) - 5 - kill_delay))
((seconds > 1)) || seconds=1
log "${SLURM_JOB_NODELIST:-}, part $(($(read_number requeues) + 1)) of the run, must end within $seconds s"

"$tessera" launch -n "${SLURM_NTASKS:-$ranks}" --run-dir "$run" --deadline "$seconds s" "${launcher[@]}" "${options[@]}" &
launch=$!
[[ $stopping == no ]] || stop
# A trap interrupts `wait`, which then does not return the exit code of the run. A second `wait` for a process whose
# exit code it has already returned fails with 127, which is also the exit code of a program that cannot be started.
code=127
while :; do
  interrupted=no
  wait "$launch"
  status=$?
  ((status == 127)) || code=$status
  [[ $interrupted == yes ]] || break
done
launch=
[[ -z $sleeper ]] || kill "$sleeper" 2>/dev/null
# A launch that is signalled before it has installed its handlers is killed by the signal; no work is lost.
if [[ $stopping == yes ]] && ((code > 128)); then code=75; fi

# If a node of the previous part has become unreachable, ranks there may still hold the lock of the run directory.
if ((code == 73 && ${SLURM_RESTART_COUNT:-0} > 0)); then
  log "the run directory may still be in use by the previous part"
  code=75
fi

if ((code != 75)); then
  # 0: the run is done. Any other exit code: another attempt would fail in the same way.
  case $code in
    0) log "the run is done" ;;
    126 | 127) log "$tessera cannot be started on this node (exit code $code); to continue: sbatch $script" ;;
    *) log "the run has failed with exit code $code" ;;
  esac
  exit "$code"
fi

# 75: there is more to do. Slurm itself ends a cancelled job, and restarts a preempted or requeued job. A job
# that reached its time limit must be continued by this script.
state=$(field JobState)
preempted=$(field PreemptTime)
if [[ ${preempted:-None} == None ]]; then preempted=no; else preempted=yes; fi
exit_if_ended() {
  if [[ $preempted == yes || $state == RUNNING || $state == TIMEOUT ]]; then return; fi
  if [[ -z $state && $terminating == no ]] || (($(date +%s) >= end)); then return; fi
  log "stopped: the job was cancelled or requeued ($state)"
  exit 75
}
exit_if_ended

# A run that never reaches a checkpoint would be requeued forever.
if [[ $(newest_checkpoint) == "$before" && $preempted == no ]]; then
  parts_without_checkpoint=$(($(read_number parts_without_checkpoint) + 1))
  if ((parts_without_checkpoint >= 3)); then
    log "no new checkpoint in 3 parts of the run: giving up. Use a longer time limit, or write checkpoints more often"
    exit 70
  fi
  write_number parts_without_checkpoint "$parts_without_checkpoint"
else
  write_number parts_without_checkpoint 0
fi

if [[ $terminating == yes && $state == RUNNING ]]; then  # the signal may have arrived after the state was read
  state=$(field JobState)
  exit_if_ended
fi
count=$(read_number requeues)
if ((count >= max_requeues)); then
  log "requeued itself $count times, the limit of --max-requeues; tessera submit --run-dir $run continues the run"
  exit 75
fi
write_number requeues $((count + 1))

trap '' USR1
trap 'cancelled=yes' TERM
if [[ $chain == no ]]; then
  log "there is more to do; requeueing"
  retry scontrol requeue "$id"
  result=$?
  if ((result == 0)); then
    exit 75
  elif ((result == 124)); then
    log "the controller does not respond; scontrol requeue $id continues the run"
    exit 75
  elif ((result == 125)); then
    log "stopped: the job was cancelled or requeued ($state)"
    exit 75
  elif [[ $answer == *'pending execution'* ]]; then
    log "Slurm has already requeued it"
    exit 75
  fi
  log "cannot be requeued: $answer"
fi
array=()
if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then array=(--array "$SLURM_ARRAY_TASK_ID"); fi
queued_after() {
  timeout 20 squeue --me --noheader --format '%F|%E|%o' 2>/dev/null | grep -F "afterany:$id(" | grep -F "|$script" |
    head -n 1 | cut -d '|' -f 1
}
find_result=queued_after
if ! retry sbatch --parsable --dependency "afterany:$id" "${array[@]}" "$script"; then
  log "cannot submit the next part of the run: $answer"
  exit 75
fi
next=${answer##*$'\n'}
next=${next%%;*}
if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then next=${next}_$SLURM_ARRAY_TASK_ID; fi
log "there is more to do; job $next continues the run"
record=$(sed -e "/^  \"checksum\": /d" -e "s/\"job_id\": \"[^\"]*\"/\"job_id\": \"$next\"/" "$run/batch.json") &&
  replace batch.json <<< "$record"
exit 75
)script";

/// Whether a character needs no quoting, in a shell or on an #SBATCH line.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-_./=:,+@%"}.find(c) != std::string_view::npos;
}

/// Quotes a value for an option line, in which sbatch interprets quotes and backslashes. Throws base::Error
/// (usage) if that is impossible.
std::string option_value(const std::string& text) {
  if (!base::is_printable(text) || text.find_first_of("\"\\") != std::string::npos) {
    throw base::Error(base::ExitCode::usage,
                      fmt::format("`{}` cannot be used in a batch script", base::printable(text, 200)),
                      "leave out quotes, backslashes, control characters, and bytes that are not UTF-8");
  }
  return std::all_of(text.begin(), text.end(), is_plain) && !text.empty() ? text : '"' + text + '"';
}

/// The name of an option, such as --account. Throws base::Error (usage) if it contains other characters.
std::string option_name(const std::string& text) {
  if (std::all_of(text.begin(), text.end(), is_plain)) return text;
  throw base::Error(base::ExitCode::usage,
                    fmt::format("`{}` is not an option of sbatch", base::printable(text, 200)));
}

/// Replaces characters that squeue cannot display, or that sbatch would interpret, with underscores.
std::string job_name(const std::string& text) {
  std::string name;
  for (const char c : text) name += is_plain(c) && c != '%' ? c : '_';
  if (name.size() > 60) name.resize(60);
  return name.empty() ? "tessera" : name;
}

/// Escapes percent signs, which start a pattern in sbatch's file names.
std::string escape_patterns(const std::string& path) {
  std::string out;
  for (const char c : path) out += c == '%' ? std::string{"%%"} : std::string{c};
  return out;
}

/// Formats further sbatch options, one line per option. Words that follow an option belong to it.
std::string further_options(const std::vector<std::string>& arguments) {
  std::string out;
  for (const std::string& argument : arguments) {
    const bool starts_option = argument.starts_with("-") || out.empty();
    if (starts_option) {
      const std::size_t equals = argument.find('=');
      out += out.empty() ? "#SBATCH " : "\n#SBATCH ";
      out += equals == std::string::npos
                 ? option_value(argument)
                 : option_name(argument.substr(0, equals)) + "=" + option_value(argument.substr(equals + 1));
    } else {
      out += " " + option_value(argument);
    }
  }
  return out.empty() ? out : out + "\n";
}

std::string shell_array(const std::vector<std::string>& words) {
  std::string out = "(";
  for (const std::string& word : words) out += (out.size() > 1 ? " " : "") + base::shell_word(word);
  return out + ")";
}

std::string option_lines(const BatchRequest& r) {
  const bool array = r.runs.size() > 1;
  std::string out = fmt::format("#SBATCH --job-name={}\n", job_name(r.name));
  out += fmt::format("#SBATCH --nodes={}\n#SBATCH --ntasks-per-node={}\n", r.nodes, r.tasks_per_node);
  out += fmt::format("#SBATCH --time={}\n", format_time_limit(r.limit));
  if (!r.partition.empty()) out += fmt::format("#SBATCH --partition={}\n", option_value(r.partition));
  if (array) out += fmt::format("#SBATCH --array=0-{}\n", r.runs.size() - 1);
  out += fmt::format("#SBATCH --output={} --open-mode=append\n",
                     option_value(escape_patterns(r.logs) + (array ? "/slurm-%A_%a.out" : "/slurm-%j.out")));
  out += "# Slurm itself requeues the job if a node is lost or the job is preempted.\n#SBATCH --requeue\n";
  out += fmt::format(
      "# This script receives SIGUSR1 this many seconds before the time limit.\n#SBATCH --signal=B:USR1@{}\n",
      r.lead);
  return out + further_options(r.sbatch_arguments);
}

std::string run_definitions(const BatchRequest& r) {
  if (r.runs.size() == 1) {
    const BatchRun& run = r.runs.front();
    return fmt::format("run={}\noptions={}\n", base::shell_word(run.directory), shell_array(run.arguments));
  }
  std::string out = "# One run per task of the array.\ncase $SLURM_ARRAY_TASK_ID in\n";
  for (std::size_t n = 0; n < r.runs.size(); ++n) {
    out += fmt::format("  {}) run={} options={} ;;\n", n, base::shell_word(r.runs[n].directory),
                       shell_array(r.runs[n].arguments));
  }
  return out + "  *) echo \"this array has no task $SLURM_ARRAY_TASK_ID\" >&2; exit 64 ;;\nesac\n";
}

}  // namespace

std::string batch_script(const BatchRequest& r) {
  base::expects(!r.runs.empty() && r.nodes > 0 && r.tasks_per_node > 0,
                "at least one run, one node and one task per node");
  std::string out =
      "#!/bin/bash\n"
      "# Runs a Tessera job until it is done: before the time limit, stops the run with a checkpoint and "
      "requeues\n"
      "# itself. Written by `tessera submit`. To continue the run, submit the script again with sbatch.\n"
      "# Exit codes: 0 if the run is done, 75 if there is more to do, otherwise the exit code of tessera.\n";
  out += option_lines(r);
  out += fmt::format("\ntessera={}\nscript={}\n", base::shell_word(r.program), base::shell_word(r.script));
  out += run_definitions(r);
  out += fmt::format("ranks={}        # if Slurm does not set SLURM_NTASKS\n",
                     std::int64_t{r.nodes} * r.tasks_per_node);
  out += r.launcher.empty() ? "launcher=()\n"
                            : fmt::format("launcher=(--launcher {})\n", base::shell_word(r.launcher));
  out += fmt::format("limit={}        # seconds, used if the controller does not report the end of the job\n",
                     r.limit);
  out +=
      fmt::format("lead={}         # seconds between the request to stop and the end of the job\n", r.lead);
  out += fmt::format("max_requeues={}\n", r.max_requeues);
  out += fmt::format("chain={}        # yes: a new job for each part of the run\n", r.chain ? "yes" : "no");
  return out + body;
}

}  // namespace tessera::batch
