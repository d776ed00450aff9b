# Loads the parts of ./dev and the environment they share. The working directory is the repository.

export LC_ALL=C.UTF-8
export PATH=$PATH:/usr/sbin:/sbin # haproxy and nginx live there
if [[ -z ${HOME:-} ]]; then
  HOME=$(getent passwd "$EUID" | cut -d: -f6)
  export HOME=${HOME:-/tmp}
fi
root=$PWD

. dev.d/stage.sh
. dev.d/setup.sh
. dev.d/build.sh
. dev.d/train.sh
. dev.d/tests.sh
. dev.d/lint.sh
