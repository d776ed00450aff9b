# The runners behind `./dev test`. Each prints `N passed, N failed, N skipped` as its last line.

# Reads GoogleTest output on stdin, prints the tally. A program that dies midway is one failure more.
gtest_tally() { # EXIT_CODE
  awk -v code="$1" '
    /^\[  PASSED  \] [0-9]+ test/ { p = $4 }
    /^\[  SKIPPED \] [0-9]+ test/ { s = $4 }
    /^\[  FAILED  \] [0-9]+ test/ { f = $4 }
    END {
      if (code != 0 && f == 0) f = 1
      printf "%d passed, %d failed, %d skipped\n", p, f, s
    }'
}

# Adds up the tallies on stdin.
add_tallies() {
  awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5 }
       END { printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }'
}

# Runs one program, or one of the parts it is run in. Leaves what it says in a file of $logs named after both,
# and what the program says in one ending in .txt.
run_unit_test() { # PRESET BINARY[:PART/PARTS]
  local preset=$1 binary=${2%:*} part=${2#*:} code=0 out
  out=$logs/$preset-$(unit_test_log "$2")
  if [[ $part != "$2" ]]; then
    export GTEST_SHARD_INDEX=${part%/*} GTEST_TOTAL_SHARDS=${part#*/}
  fi
  exec >"$out"
  ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 \
    TSAN_OPTIONS=second_deadlock_stack=1 \
    timeout 300 "build/$preset/$binary" --gtest_brief=0 --gtest_color=no >"$out.txt" 2>&1 || code=$?
  if ((code != 0)); then
    echo "$2 ended with $code:"
    grep -aE '^\[  FAILED|Failure$|: error:|SUMMARY|ERROR: |WARNING: ThreadSanitizer' "$out.txt" | head -n 40 || true
    tail -n 30 "$out.txt"
  fi
  gtest_tally "$code" <"$out.txt"
}

unit_test_log() { echo "${1//[:\/]/-}"; } # BINARY[:PART/PARTS]

# The unit tests of a preset as they are run: a program per room, the one of all rooms in parts.
unit_test_runs() { # PRESET
  local parts part
  parts=$(($(nproc) * 4))
  unit_tests "$1" | while read -r binary; do
    if [[ $binary == weft_whole_test ]]; then
      for ((part = 0; part < parts; part++)); do echo "$binary:$part/$parts"; done
    else
      echo "$binary"
    fi
  done
}

# Runs the unit tests of one preset, all or the named ones, as many at a time as there are cores.
run_unit_tests() { # PRESET [BINARY...]
  local preset=$1 run runs
  shift
  if (($# == 0)); then
    mapfile -t runs < <(unit_test_runs "$preset")
    set -- "${runs[@]}"
  fi
  printf '%s\n' "$@" | at_once run_unit_test "$preset"
  for run in "$@"; do
    cat "$logs/$preset-$(unit_test_log "$run")"
  done | tee "$logs/$preset-tallies.txt"
  add_tallies <"$logs/$preset-tallies.txt"
}

# Builds the unit tests of a preset, and the player of the scenarios when it is named, and runs them. Without its
# build, which is a failure, there is nothing to run.
test_preset() { # PRESET [weft_scn]
  local targets
  mapfile -t targets < <(unit_tests "$1")
  stage_must "build $1" build "$1" "${targets[@]}" "${@:2}" || return 0
  stage_test "$1 tests" run_unit_tests "$1"
  if [[ ${2:-} == weft_scn ]]; then stage_test "$1 scenarios" run_scenarios_of "$1"; fi
}

# Builds all of the everyday preset and runs its unit tests.
test_dev() {
  stage_must "build dev" build dev || return 1
  stage_test "unit tests" run_unit_tests dev
}

# Their programs; the rest of the tree is not built for fuzzing.
fuzz_programs() { fuzz_targets | sed 's/$/_fuzz/'; }

fuzz_targets() {
  local source
  for source in fuzz/*_fuzz.cc; do
    [[ -e $source ]] || continue
    basename "$source" _fuzz.cc
  done
}

# Replays the corpus of one target, then runs it for a while. New inputs stay in build/.
fuzz_one() { # TARGET SECONDS
  local target=$1 seconds=$2 binary=build/fuzz/fuzz/${1}_fuzz corpus=fuzz/corpus/$1
  local grown=build/fuzz/corpus/$1 found=build/fuzz/found/$1- p=0 f=0
  [[ -x $binary ]] || die 1 "no fuzz target '$target'; there are: $(fuzz_targets | paste -sd ' ')"
  mkdir -p "$grown" build/fuzz/found "$corpus"
  if "$binary" -runs=0 -artifact_prefix="$found" "$corpus"; then p=$((p + 1)); else f=$((f + 1)); fi
  if "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found" "$grown" "$corpus"; then
    p=$((p + 1))
  else
    f=$((f + 1))
  fi
  echo "$p passed, $f failed, 0 skipped"
}

# What libFuzzer counted in the run behind the corpus.
executions_of() { # TARGET
  awk '/^stat::number_of_executed_units:/ { n = $2 } END { print n + 0 }' "$logs/fuzz-$1.txt"
}

fuzz_into_log() { fuzz_one "$2" "$1" >"$logs/fuzz-$2.txt" 2>&1; } # SECONDS TARGET

# Every target, as many at a time as there are cores.
fuzz_all() { # SECONDS
  local target
  rm -f "$logs"/fuzz-*.txt
  fuzz_targets | at_once fuzz_into_log "$1"
  for target in $(fuzz_targets); do
    echo "$target: $(executions_of "$target") executions, $(tail -n 1 "$logs/fuzz-$target.txt")"
    grep -aE 'SUMMARY|ERROR: |Test unit written' "$logs/fuzz-$target.txt" || true
  done
  cat "$logs"/fuzz-*.txt | add_tallies
}

# The same installation as the build's; it finds out by itself whether there is something to do.
web_install() {
  cd web
  flock package-lock.json node tools/install.mjs
}

run_web_tests() { npm --prefix web test --silent; }

# The runners that are not of the house: tests/<name>/run, found by their name.
runners() {
  local run
  for run in tests/*/run; do
    [[ -x $run && $run != tests/house/run ]] && basename "$(dirname "$run")"
  done
}

# The file of a runner: its directory's, or one of a directory of many, by name or by number of a promise.
runner_file() { # NAME
  local file
  for file in "tests/$1/run" "tests/fire/$1" tests/promises/"${1#promise-}"-*; do
    if [[ -f $file && -x $file ]]; then
      echo "$file"
      return
    fi
  done
  return 1
}

# The programs whose places a runner reads.
programs_of() { # FILE
  local file=$1
  [[ $file != tests/fire/* && $file != tests/promises/* ]] || file=tests/fire/fire.py
  grep -ohwE 'WEFT|WEFT_SCN|WEFT_SIM|WEFT_FIRE_ORIGIN|WEFT_FIRE_LOAD' "$file" | sort -u | tr '[:upper:]' '[:lower:]'
}

run_runner() { # NAME [ARGS...]
  local file programs=$root/build/dev
  file=$(runner_file "$1")
  shift
  WEFT=$programs/weft WEFT_SCN=$programs/weft_scn WEFT_SIM=$programs/weft_sim WEFT_FIRE_ORIGIN=$programs/weft_fire_origin \
    WEFT_FIRE_LOAD=$programs/weft_fire_load "$file" "$@"
}

# The scenarios with the player of another preset, their bytes at once.
run_scenarios_of() { # PRESET
  ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 \
    "build/$1/weft_scn" --once tests/scenarios/*/*.scn
}

# Runners that mostly wait: they run beside what needs the cores.
waits() { [[ $1 == crash || $1 == fire || $1 == nodes || $1 == promises ]]; } # NAME

# What a push needs.
test_everything() {
  local name
  set_up build test
  stage_test house tests/house/run
  if test_dev; then
    for name in $(runners); do
      if waits "$name"; then stage_aside "$name" run_runner "$name"; fi
    done
    for name in $(runners); do
      waits "$name" || SMUGGLE_MUTATIONS=${SMUGGLE_MUTATIONS:-5000} stage_test "$name" run_runner "$name"
    done
  fi
  if [[ -e web/package.json ]] && stage_must "web packages" web_install; then
    stage_aside web run_web_tests
  fi
  test_preset asan weft_scn
  test_preset tsan
  if [[ -n $(fuzz_targets) ]] && stage_must "build fuzz" build fuzz $(fuzz_programs); then
    stage_test "fuzz 10 s each" fuzz_all 10
  fi
  stage_join
  stage_test format check_format
  stage_test tidy tidy_changed
  print_sum
  ((failed == 0))
}

# One part of it.
test_one() { # NAME [ARGS...]
  local name=$1 room=weft_${1//\//_}_test file programs
  shift
  set_up build test
  case $name in
    house) stage_test house tests/house/run "$@" ;;
    unit) test_dev || true ;;
    asan) test_preset asan weft_scn ;;
    tsan) test_preset tsan ;;
    fuzz) stage_must "build fuzz" build fuzz $(fuzz_programs) && stage_test "fuzz 10 s each" fuzz_all 10 ;;
    web) stage_must "web packages" web_install && stage_test web run_web_tests ;;
    format) stage_test format check_format ;;
    tidy) stage_test tidy tidy_changed ;;
    *)
      if file=$(runner_file "$name"); then
        mapfile -t programs < <(programs_of "$file")
        if ((${#programs[@]} == 0)) || stage_must "build dev" build dev "${programs[@]}"; then
          stage_test "$name" run_runner "$name" "$@"
        fi
      elif unit_tests dev | grep -x "$room" >/dev/null; then
        stage_must "build dev" build dev "$room" && stage_test "$name" run_unit_tests dev "$room"
      else
        say "tests: house unit asan tsan fuzz web format tidy $(runners | paste -sd ' '), every room,"
        say "and: $(basename -a $(find tests/fire -type f -executable ! -name run) | sort | paste -sd ' '), promise-N"
        die 2 "no test '$name'"
      fi
      ;;
  esac
  print_sum
  ((failed == 0))
}

# Builds and runs only the unit tests whose binary changed since they last passed.
check() {
  local binary stamp stale=()
  set_up build test
  build_or_die dev
  mkdir -p build/dev/passed
  for binary in $(unit_tests dev); do
    stamp=build/dev/passed/$binary
    [[ -e $stamp && ! build/dev/$binary -nt $stamp ]] || stale+=("$binary")
  done
  if ((${#stale[@]} == 0)); then
    say "nothing changed since the last check"
    return
  fi
  for binary in "${stale[@]}"; do
    local before=$failed
    stage_test "${binary#weft_}" run_unit_tests dev "$binary"
    ((failed > before)) || touch "build/dev/passed/$binary"
  done
  print_sum
  ((failed == 0))
}
