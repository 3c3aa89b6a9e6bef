# SPDX-License-Identifier: MIT OR Apache-2.0
# cmake -DLIST=... -P suites.cmake -- PROGRAM ARG...: writes the names of the suites that a GoogleTest program would run to
# LIST, one a line.
# The environment is the guest's, so that a program which looks at it lists the same suites here as there.
set(ENV{RINGLINE_VM} 1)
set(ENV{RINGLINE_TEST_DEVICES} "/dev/vm/ringA-ng1 /dev/vm/ringA-ng2")
set(ENV{ASAN_OPTIONS} "detect_leaks=0")

set(command "")
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(index RANGE ${last})
	if(after_dashes)
		list(APPEND command "${CMAKE_ARGV${index}}")
	elseif(CMAKE_ARGV${index} STREQUAL "--")
		set(after_dashes TRUE)
	endif()
endforeach()

include(${CMAKE_CURRENT_LIST_DIR}/../gtest_suites.cmake)
list_gtest_suites(suites ${command})
list(JOIN suites "\n" lines)
file(WRITE ${LIST} "${lines}\n")
