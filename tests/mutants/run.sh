#!/bin/bash
# tests/mutants/run.sh NAME: takes one of the proofs out of a scratch copy and runs what must fail without it.
# Exit 0: it failed, the tests bite. Exit 1: nothing noticed. NAME: row-proof, reading-proof, settle-after.
# The copy is built into CARGO_TARGET_DIR, or into target/mutants if that is not set.
set -euo pipefail

name=${1:-}
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
if [ ! -f "$here/$name.patch" ]; then
  echo "usage: tests/mutants/run.sh $(cd "$here" && echo *.patch | sed 's/\.patch//g; s/ /|/g')" >&2
  exit 2
fi
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$top/target/mutants}
export PATH=$top/.tools/bin:$PATH

scratch=$(mktemp -d)
clean() {
  git -C "$top" worktree remove --force "$scratch/tree" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean EXIT
git -C "$top" worktree add --quiet --detach "$scratch/tree" HEAD
cd "$scratch/tree"
git apply -C1 "$here/$name.patch"

expect_failure() { # what is run, and a text that tells this failure from any other
  local text=$1 log=$scratch/log
  shift
  echo "\$ $*" >&2
  if "$@" 2>&1 | tee "$log"; then
    echo "NOT NOTICED: $* passes without the $name" >&2
    exit 1
  fi
  grep -q "$text" "$log" || { echo "it failed for another reason" >&2; exit 1; }
}
one_test() {
  expect_failure "^test $1 \.\.\. FAILED" \
    cargo test --locked --quiet --features crash-points --test it -- --exact "$1" --format pretty
}

case $name in
  row-proof)
    cargo build --locked --features crash-points --bin seatwright --example soak
    # All ten workspaces: on a quick machine a row seldom moves between the look and the press.
    expect_failure "^VIOLATION" "$CARGO_TARGET_DIR/debug/examples/soak" removals 20261121
    ;;
  reading-proof)
    one_test faults::a_list_that_leaves_people_out_proves_nothing
    one_test faults::a_total_that_contradicts_the_rows_proves_nothing
    ;;
  settle-after)
    one_test faults::a_change_that_shows_late_is_waited_for
    ;;
esac
echo "noticed: without the $name it fails" >&2
