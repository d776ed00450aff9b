# A release is optimised by a profile: g++ arranges the code of the gateway by what was counted while one of the same
# sources served requests, which way each branch went and how often. That takes a sixth of the instructions off a
# request. What was not counted is compiled as without a profile, and so is all of it for ./dev demo, which comes to
# its end sooner.

training_counts() { find build/training -name '*.gcda' "$@"; }

# Counts, when a source of the gateway has changed since the last time, and lays the counts beside the objects of the
# release, which is where the compiler looks for them.
train() {
  local gateway=build/training/bench/bench_gateway count
  if [[ ! -e build/training/trained || $gateway -nt build/training/trained ]]; then
    training_counts -delete
    python3 bench/train.py
    touch build/training/trained
  fi
  training_counts | while read -r count; do
    mkdir -p "$(dirname "build/release/${count#build/training/}")"
    cp -u "$count" "build/release/${count#build/training/}"
  done
  cmake --preset release -DWEFT_TRAINED=ON >/dev/null
}

build_release() { # [TARGET...]
  build_or_die training bench_gateway weft_fire_origin weft_fire_load
  stage_must train train || exit 1
  build_or_die release "$@"
}
