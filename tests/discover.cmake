# SPDX-License-Identifier: MIT OR Apache-2.0
# ringline_discover_tests(TARGET PREFIX [PRE_TEST] [PROPERTY VALUE]...): the CTest tests of a GoogleTest program, with PREFIX
# (and before it that of the build) before their names.
#
# The release build has a process and a CTest test for each case. With a sanitizer a process takes longer to start than most cases
# to run, so those builds have one for each suite; its output names the cases that failed.
# PRE_TEST: cases are listed when the tests run, because the list depends on the environment. Suites always are.
include(GoogleTest)
# For all cases of a suite; the longest takes 20 s on a busy machine.
set(suite_limit_s 300)

function(ringline_discover_tests target prefix)
	cmake_parse_arguments(PARSE_ARGV 2 tests "PRE_TEST" "" "")
	set(prefix ${RINGLINE_TEST_PREFIX}${prefix})
	set(mode POST_BUILD)
	if(tests_PRE_TEST)
		set(mode PRE_TEST)
	endif()
	if(NOT RINGLINE_SANITIZE)
		gtest_discover_tests(${target} TEST_PREFIX "${prefix}"
			PROPERTIES ${tests_UNPARSED_ARGUMENTS} DISCOVERY_MODE ${mode})
		return()
	endif()
	list(JOIN tests_UNPARSED_ARGUMENTS " " properties)
	set(template ${CMAKE_CURRENT_BINARY_DIR}/${target}_suites.cmake.in)
	set(made ${CMAKE_CURRENT_BINARY_DIR}/${target}_suites.cmake)
	configure_file(${PROJECT_SOURCE_DIR}/tests/suite_tests.cmake.in ${template} @ONLY)
	file(GENERATE OUTPUT ${made} INPUT ${template})
	set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${made})
endfunction()
