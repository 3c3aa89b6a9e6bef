# SPDX-License-Identifier: MIT OR Apache-2.0
# list_gtest_suites(RESULT PROGRAM ARG...): the names of the suites that a GoogleTest program would run. Included by scripts that
# run while tests are built (vm/suites.cmake) and when CTest starts (suite_tests.cmake.in).
function(list_gtest_suites result)
	execute_process(COMMAND ${ARGN} --gtest_list_tests OUTPUT_VARIABLE output RESULT_VARIABLE code)
	if(NOT code EQUAL 0)
		message(FATAL_ERROR "${ARGN} --gtest_list_tests ended with ${code}")
	endif()
	string(REGEX MATCHALL "(^|\n)[^ \n]+\\.([ \n]|$)" lines "${output}")
	set(suites "")
	foreach(line IN LISTS lines)
		string(REGEX REPLACE "^\n?([^ \n]+)\\.[ \n]?$" "\\1" suite "${line}")
		list(APPEND suites "${suite}")
	endforeach()
	set(${result} "${suites}" PARENT_SCOPE)
endfunction()
