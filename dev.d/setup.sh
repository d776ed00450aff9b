# The set-up stage: looks for what dev.d/needs.txt names and installs what is missing. It never asks.

# Is this command, header or file here?
have() { # KIND WHAT
  local dir
  case $1 in
    command) command -v -- "$2" >/dev/null ;;
    file) compgen -G "$2" >/dev/null ;;
    header)
      for dir in /usr/local/include /usr/include /usr/include/*-linux-gnu; do
        [[ -e $dir/$2 ]] && return 0
      done
      return 1
      ;;
  esac
}

# Prints the packages of the given levels that are missing, one per line.
missing_packages() { # LEVEL...
  local level kind what package
  while read -r level kind what package; do
    [[ $level == '#'* || -z $level ]] && continue
    [[ " $* " == *" $level "* ]] || continue
    have "$kind" "$what" || echo "$package"
  done <dev.d/needs.txt | sort -u
}

# Installs with apt as root or through sudo -n. Without either it prints the one line to run: exit 2.
install_packages() { # PACKAGE...
  local as_root=()
  local install=(apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install -y -qq
    --no-install-recommends "$@")
  if ! command -v apt-get >/dev/null; then
    die 2 "these Debian 12 packages, or what they hold, are missing: $*"
  fi
  if ((EUID != 0)); then
    if ! sudo -n true 2>/dev/null; then
      say "missing packages, and no root to install them. Run this, then ./dev again:"
      say "  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends $*'"
      exit 2
    fi
    as_root=(sudo -n)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}"
}

# Makes sure that everything of the given levels is here.
set_up() { # LEVEL...
  local packages
  mapfile -t packages < <(missing_packages "$@")
  if ((${#packages[@]} == 0)); then
    return
  fi
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    install_packages "${packages[@]}" # prints the line to run and ends
  fi
  stage_run set-up install_packages "${packages[@]}" || die 1 "apt could not install: ${packages[*]}"
  stage_done "installed ${packages[*]}"
}
