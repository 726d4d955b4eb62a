#include "batch/batch_script.h"

#include "base/contract.h"
#include "base/error.h"
#include "base/text.h"
#include "batch/time_limit.h"

#include <algorithm>

#include <fmt/format.h>

namespace tessera::batch {

namespace {

/// The part of the script that is the same for all requests. It retries `scontrol` and `sbatch` until the
/// controller replies, except after an error that has nothing to do with the connection.
constexpr const char* body = R"script(
# Identifies only this task: the plain job id of the last task of an array is also the id of the whole array.
id=$SLURM_JOB_ID
if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID; fi

# Slurm signals all processes at once, including mpirun, which must give the ranks time to finish their checkpoint.
kill_delay=$((lead / 8))
((kill_delay <= 10)) || kill_delay=10
export OMPI_MCA_odls_base_sigkill_timeout=${OMPI_MCA_odls_base_sigkill_timeout:-$((kill_delay > 0 ? kill_delay : 1))}

export SLURM_TIME_FORMAT=standard  # overrides the user's setting

say() { printf '%(%F %T)T job %s: %s\n' -1 "$id" "$*"; }

# End time of this job in seconds since 1970; computed from the limit if the controller does not reply.
end_of_job() {
  local text
  text=$(timeout 10 squeue --noheader --jobs "$id" --format %e 2>/dev/null) || text=
  date --date "${text:-unknown}" +%s 2>/dev/null || echo $(($(date +%s) - SECONDS + limit))
}

# A field of `scontrol show job` for this job; empty if the controller does not reply.
field() { timeout 20 scontrol --oneliner show job "$id" 2>/dev/null | tr ' ' '\n' | sed -n "s/^$1=//p" | head -n 1; }

# Retries a Slurm command until the controller replies, for about three minutes. Sets $answer to its output. The
# controller may execute a request without replying: the command $find_result, if set, then prints the result.
answer=
find_result=
retry() {
  local status=1 pause=1 found
  while ((pause <= 32)); do
    answer=$(timeout 20 "$@" 2>&1)
    status=$?
    case "$status $answer" in
      0\ *) return 0 ;;
      124\ * | *'nable to contact'* | *'imed out'* | *'onnection refused'* | *'emporarily'* | *'onnect failure'*)
        sleep "$pause" & wait "$!"
        pause=$((pause * 2))
        if [[ -n $find_result ]] && found=$("$find_result") && [[ -n $found ]]; then
          answer=$found
          return 0
        fi ;;
      *) return "$status" ;;
    esac
  done
  return 124
}

# Slurm may send the signal up to a minute early: the run then continues until `lead` seconds before the end. A
# signal at any other time comes from a preemption or from a user.
on_warning() {
  interrupted=yes
  local early=$((end - lead - $(date +%s)))
  if ((early > 0 && early <= 65)) && [[ $(field PreemptTime) == None ]]; then
    (sleep "$early"; kill -USR1 "$launch") 2>/dev/null &
    sleeper=$!
  else
    stop
  fi
}

# The job was cancelled, preempted or requeued, or has exceeded its time limit.
on_termination() {
  interrupted=yes
  terminating=yes
  say "Slurm is ending this job"
  stop
}

stop() {
  stopping=yes
  [[ -z $launch ]] || kill -USR1 "$launch" 2>/dev/null
}

newest_checkpoint() { find "$run/checkpoints" -maxdepth 1 -name '[0-9]*' -printf '%f\n' 2>/dev/null | sort | tail -n 1; }

# A number stored in the run directory.
number_in() { local n; n=$(cat "$run/$1" 2>/dev/null); [[ $n =~ ^[0-9]{1,9}$ ]] && echo "$n" || echo 0; }
keep_number() { echo "$2" > "$run/$1.tmp" && mv "$run/$1.tmp" "$run/$1"; }

launch=
sleeper=
interrupted=no
stopping=no
terminating=no
trap on_warning USR1
trap on_termination TERM

end=$(end_of_job)
before=$(newest_checkpoint)
# The last seconds are reserved for the end of mpirun and for this script.
seconds=$((end - $(date +%s) - 5 - kill_delay))
((seconds > 1)) || seconds=1
say "${SLURM_JOB_NODELIST:-}, part $(($(number_in requeues) + 1)) of the run, must end within $seconds s"

"$tessera" launch -n "${SLURM_NTASKS:-$ranks}" --run-dir "$run" --deadline "$seconds s" "${launcher[@]}" "${job[@]}" &
launch=$!
[[ $stopping == no ]] || stop
# A trap interrupts `wait`, which then does not return the exit code of the run.
code=0
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

# If a node of an earlier part is unreachable, ranks there may still hold the lock of the run directory.
if ((code == 73 && ${SLURM_RESTART_COUNT:-0} > 0)); then
  say "the run directory may still be in use by the previous part"
  code=75
fi

if ((code != 75)); then
  # 0: the run is done. Any other exit code: the same error would occur again.
  if ((code == 0)); then say "the run is done"; else say "the run has failed with exit code $code"; fi
  exit "$code"
fi

# 75: there is more to do. Slurm itself ends a cancelled job, and restarts a preempted or requeued one. This
# script must continue a job that reached its limit.
state=$(field JobState)
preempted=$(field PreemptTime)
if [[ ${preempted:-None} == None ]]; then preempted=no; else preempted=yes; fi
exit_if_ended() {
  if [[ $preempted == yes || $state == RUNNING || $state == TIMEOUT ]]; then return; fi
  if [[ -z $state && $terminating == no ]] || (($(date +%s) >= end)); then return; fi
  say "stopped: the job was cancelled or requeued ($state)"
  exit 75
}
exit_if_ended

# A run that never reaches a checkpoint would be requeued forever.
if [[ $(newest_checkpoint) == "$before" && $preempted == no ]]; then
  parts_without_checkpoint=$(($(number_in parts_without_checkpoint) + 1))
  if ((parts_without_checkpoint >= 3)); then
    say "no new checkpoint in 3 parts of the run: giving up. Use a longer time limit, or write checkpoints more often"
    exit 70
  fi
  keep_number parts_without_checkpoint "$parts_without_checkpoint"
else
  keep_number parts_without_checkpoint 0
fi

if [[ $terminating == yes && $state == RUNNING ]]; then  # the signal may have arrived after the state was read
  state=$(field JobState)
  exit_if_ended
fi
count=$(number_in requeues)
if ((count >= max_requeues)); then
  say "requeued itself $count times, the limit of --max-requeues; tessera submit --run-dir $run continues the run"
  exit 75
fi
keep_number requeues $((count + 1))

if [[ $chain == no ]]; then
  say "there is more to do; requeueing"
  trap '' TERM USR1
  if retry scontrol requeue "$id"; then
    exit 75
  elif (($? == 124)); then
    say "the controller does not respond; scontrol requeue $id continues the run"
    exit 75
  elif [[ $answer == *'pending execution'* ]]; then
    say "Slurm has already requeued it"
    exit 75
  fi
  say "cannot be requeued: $answer"
fi
array=()
if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then array=(--array "$SLURM_ARRAY_TASK_ID"); fi
queued_after() {
  timeout 20 squeue --me --noheader --format '%F|%E|%o' 2>/dev/null | grep -F "afterany:$id(" | grep -F "|$script" |
    head -n 1 | cut -d '|' -f 1
}
find_result=queued_after
if ! retry sbatch --parsable --dependency "afterany:$id" "${array[@]}" "$script"; then
  say "cannot submit the next part of the run: $answer"
  exit 75
fi
next=${answer##*$'\n'}
next=${next%%;*}
if [[ -n ${SLURM_ARRAY_TASK_ID:-} ]]; then next=${next}_$SLURM_ARRAY_TASK_ID; fi
say "there is more to do; job $next continues the run"
sed "s/\"job_id\": \"[^\"]*\"/\"job_id\": \"$next\"/" "$run/batch.json" > "$run/batch.json.tmp" &&
  mv "$run/batch.json.tmp" "$run/batch.json"
exit 75
)script";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-_./=:,+@%"}.find(c) != std::string_view::npos;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 32; });
}

/// Quotes a value for an option line, in which sbatch interprets quotes and backslashes. Throws base::Error
/// (usage) if that is impossible.
std::string option_value(const std::string& text) {
  if (has_control_characters(text) || text.find_first_of("\"\\") != std::string::npos) {
    throw base::Error(base::ExitCode::usage,
                      fmt::format("`{}` cannot be used in a batch script", base::printable(text, 200)),
                      "leave out quotes, backslashes and control characters");
  }
  return std::all_of(text.begin(), text.end(), is_plain) && !text.empty() ? text : '"' + text + '"';
}

/// Replaces characters that squeue cannot show, or that sbatch would interpret, with underscores.
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

/// Formats further sbatch options: one line per option, with the words up to the next option.
std::string more_options(const std::vector<std::string>& arguments) {
  std::string out;
  for (const std::string& argument : arguments) {
    const bool starts_option = argument.starts_with("-") || out.empty();
    if (starts_option) {
      const std::size_t equals = argument.find('=');
      out += out.empty() ? "#SBATCH " : "\n#SBATCH ";
      out += equals == std::string::npos
                 ? option_value(argument)
                 : argument.substr(0, equals + 1) + option_value(argument.substr(equals + 1));
    } else {
      out += " " + option_value(argument);
    }
  }
  return out.empty() ? out : out + "\n";
}

std::string shell_array(const std::vector<std::string>& words) {
  std::string out = "(";
  for (const std::string& word : words) out += (out.size() > 1 ? " " : "") + shell_quote(word);
  return out + ")";
}

std::string options_of(const BatchRequest& r) {
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
  return out + more_options(r.sbatch_arguments);
}

std::string runs_of(const BatchRequest& r) {
  const auto run = [](const BatchRun& one) {
    return fmt::format("run={}\njob={}\n", shell_quote(one.directory), shell_array(one.arguments));
  };
  if (r.runs.size() == 1) return run(r.runs.front());
  std::string out = "# One run per task of the array.\ncase $SLURM_ARRAY_TASK_ID in\n";
  for (std::size_t n = 0; n < r.runs.size(); ++n) {
    out += fmt::format("  {}) run={} job={} ;;\n", n, shell_quote(r.runs[n].directory),
                       shell_array(r.runs[n].arguments));
  }
  return out + "  *) echo \"this array has no task $SLURM_ARRAY_TASK_ID\" >&2; exit 64 ;;\nesac\n";
}

}  // namespace

std::string shell_quote(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string{text};
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

std::string batch_script(const BatchRequest& r) {
  base::expects(!r.runs.empty() && r.nodes > 0 && r.tasks_per_node > 0, "there must be something to run");
  std::string out =
      "#!/bin/bash\n"
      "# Runs a Tessera job until it is done: before the time limit, it stops with a checkpoint and "
      "requeues\n"
      "# itself. Written by `tessera submit`. To continue the run, submit the script again with sbatch.\n"
      "# Exit codes: 0 if the run is done, 75 if there is more to do, otherwise that of tessera.\n";
  out += options_of(r);
  out += fmt::format("\ntessera={}\nscript={}\n", shell_quote(r.program), shell_quote(r.script));
  out += runs_of(r);
  out += fmt::format("ranks={}        # if Slurm does not set SLURM_NTASKS\n",
                     std::int64_t{r.nodes} * r.tasks_per_node);
  out += r.launcher.empty() ? "launcher=()\n"
                            : fmt::format("launcher=(--launcher {})\n", shell_quote(r.launcher));
  out += fmt::format("limit={}        # seconds, used if the controller does not report the end of the job\n",
                     r.limit);
  out += fmt::format("lead={}         # seconds before the end at which the run is asked to stop\n", r.lead);
  out += fmt::format("max_requeues={}\n", r.max_requeues);
  out += fmt::format("chain={}        # yes: a new job for each part of the run\n", r.chain ? "yes" : "no");
  return out + body;
}

}  // namespace tessera::batch
