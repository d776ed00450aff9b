# Stages: each runs with its output in build/logs/, shows progress, and prints its name, its seconds
# and its result. A runner's result is its line `N passed, N failed, N skipped`.

logs=build/logs
passed=0 failed=0 skipped=0
stage_name='' stage_began=0 stage_ended='' stage_log=''

say() { printf '%s\n' "$*" >&2; }
die() { # CODE TEXT
  local code=$1
  shift
  say "dev: $*"
  exit "$code"
}

now_ms() { local now=${EPOCHREALTIME/[.,]/}; printf '%s' "$((now / 1000))"; }

stage_seconds() {
  local ms=$((${stage_ended:-$(now_ms)} - stage_began))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

# While a stage runs: its last line of output, every second on a terminal, else every 30 seconds.
stage_watch() {
  local every=30 last pause
  [[ -t 2 ]] && every=1
  exec {pause}<> <(:) # nothing ever arrives here: a sleep without a process that could be left behind
  while ! read -rt "$every" -u "$pause"; do
    last=$(tail -c 400 -- "$stage_log" 2>/dev/null | tr '\r' '\n' | grep -av '^ *$' | tail -n 1 | cut -c1-70)
    if [[ -t 2 ]]; then
      printf '\r\033[K%-16s %9s   %s' "$stage_name" "$(stage_seconds)" "$last" >&2
    else
      printf '%-16s %9s … %s\n' "$stage_name" "$(stage_seconds)" "$last" >&2
    fi
  done
}

log_of_stage() { echo "$logs/${1//[ \/]/-}.log"; } # NAME

# Opens the log of a stage, which begins now.
stage_begin() { # NAME
  stage_name=$1 stage_began=$(now_ms) stage_log=$(log_of_stage "$1")
  mkdir -p "$logs"
  : >"$stage_log"
}

# Runs a command or function in a shell of its own, where the first error ends it.
stage_shell() { # COMMAND...
  bash -euo pipefail -c '. dev.d/load.sh && "$@"' stage "$@" >"$stage_log" 2>&1 </dev/null
}

# Runs the command once for each line of its input, which becomes its last argument, as many at a time as
# there are cores. Fails when one of them fails.
at_once() { # COMMAND...
  xargs -r -P "$(nproc)" -I{} bash -euo pipefail -c '. dev.d/load.sh && "$@"' at_once "$@" {}
}

# Runs the command of a stage; follow it with stage_done. Returns what the command returned.
stage_run() { # NAME COMMAND...
  local code=0 watcher
  stage_begin "$1"
  shift
  stage_watch &
  watcher=$!
  stage_shell "$@" || code=$?
  kill "$watcher" 2>/dev/null
  wait "$watcher" 2>/dev/null || true
  return "$code"
}

stage_done() { # RESULT
  local clear=''
  [[ -t 2 ]] && clear=$'\r\033[K'
  printf '%s%-16s %9s   %s\n' "$clear" "$stage_name" "$(stage_seconds)" "$1" >&2
}

# Shows the end of the failed stage's log.
stage_explain() {
  say "--- the end of $stage_log"
  grep -aE 'error|warning|FAILED|FAIL|fail|not ok|assert|Sanitizer|^[^ ]+:[0-9]+:' -- "$stage_log" | tail -n 40 >&2 || true
  tail -n 15 -- "$stage_log" >&2
  say "---"
}

readonly tally_pattern='^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'

# Adds the stage's tally to the sum. A runner that fails without a tally, or ends without one, counts
# as one failure: silence is not success.
stage_count() { # EXIT_CODE
  local line p=0 f=0 s=0
  line=$(grep -aE "$tally_pattern" -- "$stage_log" | tail -n 1) || true
  if [[ -n $line ]]; then
    read -r p _ f _ s _ <<<"$line"
  fi
  if [[ -z $line ]] || { (($1 != 0)) && ((f == 0)); }; then
    f=$((f + 1))
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  stage_done "$p passed, $f failed, $s skipped"
  if ((f > 0)); then
    stage_explain
  fi
}

# A stage whose command is a runner.
stage_test() { # NAME COMMAND...
  local code=0
  stage_run "$@" || code=$?
  stage_count "$code"
}

# A stage_test beside the stages that follow, for runners that mostly wait. stage_join waits for all of them
# and counts them; the seconds it shows are the runner's own.
declare -A aside_pids=()
stage_aside() { # NAME COMMAND...
  stage_begin "$1"
  shift
  (
    code=0
    stage_shell "$@" || code=$?
    now_ms >"$stage_log.end"
    exit "$code"
  ) &
  aside_pids[$stage_name]=$!:$stage_began
}

stage_join() {
  local name code
  for name in "${!aside_pids[@]}"; do
    code=0
    wait "${aside_pids[$name]%:*}" || code=$?
    stage_name=$name stage_log=$(log_of_stage "$name") stage_began=${aside_pids[$name]#*:}
    stage_ended=$(<"$stage_log.end")
    stage_count "$code"
    stage_ended=''
  done
  aside_pids=()
}

# A stage that only matters when it fails, such as a build: then it counts as one failure. The last
# line of its output that begins with `result: ` is shown.
stage_must() { # NAME COMMAND...
  local code=0
  stage_run "$@" || code=$?
  if ((code == 0)); then
    stage_done "$(sed -n 's/^result: //p' "$stage_log" | tail -n 1)"
    return 0
  fi
  failed=$((failed + 1))
  stage_done "failed"
  stage_explain
  return "$code"
}

print_sum() {
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
}
