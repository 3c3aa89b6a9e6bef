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

execute_process(COMMAND ${command} --gtest_list_tests OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(NOT result EQUAL 0)
	message(FATAL_ERROR "${command} --gtest_list_tests ended with ${result}")
endif()
string(REGEX MATCHALL "(^|\n)[^ \n]+\\.([ \n]|$)" lines "${output}")
set(suites "")
foreach(line IN LISTS lines)
	string(REGEX REPLACE "^\n?([^ \n]+)\\.[ \n]?$" "\\1" suite "${line}")
	string(APPEND suites "${suite}\n")
endforeach()
file(WRITE ${LIST} "${suites}")
