# clang-format and clang-tidy, over everything or over what a push changes.

git_here() { git -c safe.directory="$root" "$@"; }

cpp_files() {
  git_here ls-files --cached --others --exclude-standard -- '*.cc' '*.h' |
    while read -r file; do [[ -e $file ]] && echo "$file"; done
}

# The commit a push is compared with: where it left origin's branch, else the last commit.
push_base() {
  local base head
  head=$(git_here rev-parse HEAD)
  base=$(git_here merge-base HEAD '@{upstream}' 2>/dev/null ||
    git_here merge-base HEAD origin/main 2>/dev/null) || base=
  if [[ -z $base || $base == "$head" ]]; then
    base=$(git_here rev-parse -q --verify HEAD~1) || base=$(git_here hash-object -t tree /dev/null)
  fi
  echo "$base"
}

changed_cpp_files() {
  {
    git_here diff --name-only --diff-filter=d "$(push_base)" -- '*.cc' '*.h'
    git_here ls-files --others --exclude-standard -- '*.cc' '*.h'
  } | sort -u
}

# Source files whose tidy run covers the given files: a header is seen through its own source.
tidy_units() {
  local file twin
  while read -r file; do
    for twin in "${file%.h}.cc" "${file%.h}_test.cc"; do
      if [[ $file == *.cc ]]; then twin=$file; fi
      if [[ -e $twin && $twin =~ ^(src|tests/(fire|scenarios|sim))/ ]]; then
        echo "$twin"
        break
      fi
    done
  done | sort -u
}

format_all() { cpp_files | xargs -r clang-format-19 -i; }

check_format() {
  local p=0 f=0 file
  while read -r file; do
    if clang-format-19 --dry-run --Werror "$file" 2>/dev/null; then
      p=$((p + 1))
    else
      f=$((f + 1))
      echo "$file:1: format: run ./dev fmt"
    fi
  done < <(changed_cpp_files)
  echo "$p passed, $f failed, 0 skipped"
}

# One file. A clean result is remembered by what the compiler would see, with comments, plus the rules.
tidy_one() { # FILE
  local key stamp memory=${XDG_CACHE_HOME:-$HOME/.cache}/weft-tidy
  key=$({
    clang++-19 -std=c++23 -Isrc -E -P -C "$1" 2>/dev/null
    cat .clang-tidy
    clang-tidy-19 --version
    echo "$1"
  } | sha256sum | cut -c1-40)
  stamp=$memory/$key
  if [[ -e $stamp ]]; then
    touch "$stamp"
    return 0
  fi
  clang-tidy-19 -p build/tidy --quiet "$1" 2>/dev/null | sed "s|$root/||g" || return 1
  mkdir -p "$memory"
  touch "$stamp"
}

# Runs clang-tidy over the sources on stdin, as many at a time as there are cores.
tidy_files() {
  local f=0 p=0 code file
  if [[ ! -e build/tidy/compile_commands.json ]]; then
    cmake --preset tidy
  fi
  while read -r code file; do
    if ((code == 0)); then p=$((p + 1)); else f=$((f + 1)); fi
  done < <(xargs -r -P "$(nproc)" -I{} bash -o pipefail -c \
    '. dev.d/load.sh; code=0; tidy_one "$1" >&2 || code=1; echo "$code $1"' tidy {})
  echo "$p passed, $f failed, 0 skipped"
  ((f == 0))
}

tidy_changed() { changed_cpp_files | tidy_units | tidy_files; }
tidy_all() { cpp_files | tidy_units | tidy_files; }
