# Building over the presets of CMakePresets.json, with a compiler cache that clones share.

# Paths are hashed relative to the clone, so a second clone finds what the first one compiled.
# The sloppiness is what ccache asks for with precompiled headers.
export CCACHE_DIR=${CCACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ccache}
export CCACHE_BASEDIR=$root
export CCACHE_NOHASHDIR=1
# What a file includes is taken from the compiler's list of dependencies; to preprocess each file first, as
# ccache does otherwise, costs a tenth of a build from nothing.
export CCACHE_DEPEND=1
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-10G}
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

presets() { sed -n 's/^ *"name": "\([a-z]*\)",$/\1/p' CMakePresets.json | grep -vxE 'base|sanitizers'; } # those that are not hidden

# How often the compiler ran and how often the cache answered, from ccache's own log.
compile_count() { # STATS_LOG
  local cached=0 compiled=0
  if [[ -e $1 ]]; then
    cached=$(grep -cE '^(direct|preprocessed)_cache_hit$' "$1") || true
    compiled=$(grep -cx 'cache_miss' "$1") || true
  fi
  echo "result: $compiled compiled, $cached from the cache"
}

# Configures when there is need, and builds the targets (all by default), behind whatever else runs. Ends with a line for the stage.
build() { # PRESET [TARGET...]
  local preset=$1 stats=$root/$logs/ccache-$1.txt
  shift
  rm -f "$stats"
  if [[ ! -e build/$preset/build.ninja || CMakePresets.json -nt build/$preset/build.ninja ]]; then
    cmake --preset "$preset"
  fi
  CCACHE_STATSLOG=$stats nice -n 5 cmake --build "build/$preset" ${1:+--target "$@"}
  compile_count "$stats"
}

# Builds as a stage or ends the program.
build_or_die() { # PRESET [TARGET...]
  stage_must "build $1" build "$@" || exit 1
}

# The unit-test targets of a preset: one per room that has tests, or weft_whole_test.
unit_tests() { # PRESET
  local room
  if [[ $1 == asan || $1 == tsan ]]; then
    echo weft_whole_test
    return
  fi
  while IFS=: read -r room _; do
    [[ $room == '#'* || -z $room ]] && continue
    if [[ -n $(find "src/$room" -maxdepth 2 -name '*_test.cc' -print -quit 2>/dev/null) ]]; then
      echo "weft_${room//\//_}_test"
    fi
  done <tests/house/rooms.txt
}
