#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# run_suite.sh RUN_SUITE: what it makes of programs that print as GoogleTest does.
set -u
program=$(mktemp)
trap 'rm -f "$program"' EXIT
chmod +x "$program"
failures=0

expect() { # CODE NAME SCRIPT
	printf '#!/bin/sh\n%s\n' "$3" >"$program"
	"$run_suite" "$program" Suite >/dev/null
	code=$?
	if [ $code -ne "$1" ]; then
		echo "$2: $code instead of $1"
		failures=$((failures + 1))
	fi
}

run_suite=$1
expect 0 "a suite that passes" 'echo "[  PASSED  ] 3 tests."'
expect 0 "one skipped case among others" 'printf "[  PASSED  ] 2 tests.\n[  SKIPPED ] 1 test, listed below:\n"'
expect 77 "nothing but skipped cases" 'printf "[  PASSED  ] 0 tests.\n[  SKIPPED ] 1 test, listed below:\n"'
expect 1 "no case at all" 'echo "[  PASSED  ] 0 tests."'
expect 1 "no report at all" 'exit 0'
expect 1 "a failed case and a skipped one" 'printf "[  PASSED  ] 0 tests.\n[  SKIPPED ] 1 test\n[  FAILED  ] 1 test\n"; exit 1'
expect 66 "a sanitizer that complains in the end" 'echo "[  PASSED  ] 3 tests."; exit 66'
expect 134 "an abort" 'echo "[ RUN      ] Suite.case"; kill -ABRT $$'
expect 0 "the suite is all that is asked for" 'test "$*" = "--gtest_filter=Suite.*" && echo "[  PASSED  ] 1 test."'
exit $((failures > 0))
