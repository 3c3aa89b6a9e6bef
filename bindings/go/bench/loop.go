// SPDX-License-Identifier: MIT OR Apache-2.0

package main

/*
#cgo pkg-config: ringline
#include <ringline/ringline.h>
#include <time.h>

// Pushes one array again and again and waits for all of it, as a program in C would. 0, or that it went wrong.
static int c_batches(uintptr_t number, const ringline_command *commands, uint32_t count, uint32_t times)
{
	static ringline_completion completions[1024];
	ringline_queue *const queue = (ringline_queue *)number;
	for (uint32_t turn = 0; turn < times; turn++) {
		uint32_t taken = 0;
		if (ringline_exchange(queue, commands, count, &taken, completions, 1024, count, -1) != (int32_t)count)
			return 1;
	}
	return 0;
}

static int64_t cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
*/
import "C"

import (
	"errors"
	"unsafe"

	"ringline/raw"
)

func cBatches(queue raw.Queue, commands []raw.Command, times int) error {
	number := *(*uintptr)(unsafe.Pointer(&queue))
	if C.c_batches(C.uintptr_t(number), (*C.ringline_command)(unsafe.Pointer(&commands[0])), C.uint32_t(len(commands)),
		C.uint32_t(times)) != 0 {
		return errors.New("a command failed in C")
	}
	return nil
}

func cpuNanoseconds() float64 { return float64(C.cpu_ns()) }
