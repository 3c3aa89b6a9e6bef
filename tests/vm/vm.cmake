# SPDX-License-Identifier: MIT OR Apache-2.0
# What other CMakeLists call to have something run inside the virtual machines. tests/vm/CMakeLists.txt, which comes
# last, writes what was collected here to vm-suite.txt in the build directory and makes CTest tests of it.
set(in_guests ON)
if(RINGLINE_SANITIZE MATCHES thread)
	set(in_guests OFF) # races in the library show on the host; two more boots would cost minutes and find little
endif()
set(RINGLINE_VM_KERNELS 6.1 6.12)
set(RINGLINE_VM_EMULATORS 10) # beside the installed one
# One guest of each kernel runs at a time, so two at most: more would only take turns on the processors of a small machine. What
# measures, or tests the bed itself, takes all the locks.
list(TRANSFORM RINGLINE_VM_KERNELS PREPEND ringline_vm_ OUTPUT_VARIABLE RINGLINE_VM_LOCKS)
option(RINGLINE_VM_TESTS "Run the guest suite in virtual machines (needs QEMU when the tests run)" ${in_guests})

# ringline_vm_entry(NAME gtest|run COMMAND [ARG...] [LIMIT SECONDS] [QEMU VERSION])
# ringline_vm_entry(TARGET)
#
# The short form is a GoogleTest target without arguments; "_test" at its end is not part of the entry's name.
# COMMAND, like every ARG, is a target, a file (absolute, or relative to the build directory), or a program of the guest (sh, dd,
# nvme, with-sysctl, as-user, ...); files are carried into the guest. The working directory is the build directory.
# QEMU 10 puts the entry into the machines with that emulator, which boot for such entries alone; without it, into the ordinary ones.
#   gtest  GoogleTest's own report counts; with a target, each of its test suites is a CTest test, vm.KERNEL.NAME.SUITE (vm.KERNEL.qemu10.NAME.SUITE)
#   run    exit code 0 passes, 77 skips (the last line of the output says why), everything else fails
function(ringline_vm_entry name)
	if(ARGC EQUAL 1)
		string(REGEX REPLACE "_test$" "" short_name ${name})
		ringline_vm_entry(${short_name} gtest ${name})
		return()
	endif()
	set(kind ${ARGV1})
	cmake_parse_arguments(PARSE_ARGV 2 entry "" "LIMIT;QEMU" "")
	set(words "")
	set(program "") # the entry's own program, and what follows it
	foreach(word IN LISTS entry_UNPARSED_ARGUMENTS)
		if(TARGET ${word})
			list(APPEND program ${word})
			set(word "$<TARGET_FILE:${word}>")
		elseif(program)
			list(APPEND program ${word})
		endif()
		list(APPEND words "\"${word}\"")
	endforeach()
	list(JOIN words " " command)
	set(line "${kind}:${name}\t${command}")
	if(entry_LIMIT)
		string(APPEND line "\t${entry_LIMIT}")
	endif()
	set_property(GLOBAL APPEND_STRING PROPERTY RINGLINE_VM_MANIFEST${entry_QEMU} "${line}\n")
	set_property(GLOBAL APPEND PROPERTY RINGLINE_VM_ENTRIES${entry_QEMU} ${name})
	if(kind STREQUAL gtest AND program)
		set_property(GLOBAL APPEND PROPERTY RINGLINE_VM_GTEST_ENTRIES${entry_QEMU} ${name})
		set_property(GLOBAL PROPERTY RINGLINE_VM_PROGRAM${entry_QEMU}_${name} ${program})
	endif()
endfunction()

# ringline_vm_file(TARGET|PATH... [QEMU VERSION]): files or directories that an entry needs in the guest beside its command, where they
# have the same absolute path. Relative paths are relative to the build directory. Programs among them are on the PATH.
function(ringline_vm_file)
	cmake_parse_arguments(PARSE_ARGV 0 file "" "QEMU" "")
	foreach(path IN LISTS file_UNPARSED_ARGUMENTS)
		if(TARGET ${path})
			set(path "$<TARGET_FILE:${path}>")
		endif()
		set_property(GLOBAL APPEND_STRING PROPERTY RINGLINE_VM_MANIFEST${file_QEMU} "+${path}\n")
	endforeach()
endfunction()
