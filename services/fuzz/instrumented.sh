#!/usr/bin/env bash
# The compiler as cargo's RUSTC_WORKSPACE_WRAPPER: builds the project's own crates with coverage for libFuzzer and leaves those of others as they
# stand in the build for tests. Build scripts run outside of the fuzzer and get none.
set -euo pipefail
if [[ " $* " != *" build_script_build "* ]]; then
  set -- "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
fi
exec "$@"
