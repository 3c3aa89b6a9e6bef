// SPDX-License-Identifier: MIT OR Apache-2.0

package raw

/*
#include <ringline/ringline.h>

struct turn {
	uint32_t pushed;
	int32_t error;
	uint32_t taken;
	uint32_t not_submitted;
	uint32_t in_flight;
};

// The queue is a number here: of a pointer cgo would look whether Go made it, for which it allocates.
static void turn(uintptr_t number, const ringline_command *commands, uint32_t count, ringline_completion *completions,
		 uint32_t max, struct turn *turn)
{
	ringline_queue *const queue = (ringline_queue *)number;
	*turn = (struct turn){.in_flight = turn->in_flight};
	int32_t const got = ringline_exchange(queue, commands, count, &turn->pushed, completions, max, 0, 0);
	if (got < 0) {
		turn->error = got;
		turn->pushed = 0;
	} else {
		turn->taken = (uint32_t)got;
	}
	if (got >= 0 && turn->pushed < count) {
		// Why the rest was not taken only another push tells, which may find room that completions have made.
		int32_t const more = ringline_push(queue, commands + turn->pushed, count - turn->pushed);
		if (more < 0) {
			turn->error = more;
		} else {
			turn->pushed += (uint32_t)more;
			(void)ringline_submit(queue); // What it could not is in not_submitted.
		}
	}
	turn->in_flight += turn->pushed - turn->taken;
	// When all has come back, which is the common case, nothing can be left.
	if (turn->in_flight > 0) {
		ringline_queue_info info = {.struct_size = sizeof info};
		if (ringline_queue_info_get(queue, &info) == 0)
			turn->not_submitted = info.not_submitted;
	}
}
*/
import "C"

import "unsafe"

// Turn is what one call of Take did.
type Turn struct {
	Pushed       uint32 // The first so many of the commands were pushed.
	Error        int32  // Why the next command was not pushed, or nothing could be submitted or taken; else 0.
	Taken        uint32 // The first so many of the completions were written.
	NotSubmitted uint32 // Pushed, now or before, and not taken by the kernel, which may be short of memory: call again.
	InFlight     uint32 // Pushed and not taken, by this turn and those before it: a queue has one Turn for all of them.
}

var (
	_ = none[unsafe.Sizeof(Turn{})-unsafe.Sizeof(C.struct_turn{})]
	_ = none[unsafe.Offsetof(Turn{}.Error)-unsafe.Offsetof(C.struct_turn{}.error)]
	_ = none[unsafe.Offsetof(Turn{}.Taken)-unsafe.Offsetof(C.struct_turn{}.taken)]
	_ = none[unsafe.Offsetof(Turn{}.NotSubmitted)-unsafe.Offsetof(C.struct_turn{}.not_submitted)]
	_ = none[unsafe.Offsetof(Turn{}.InFlight)-unsafe.Offsetof(C.struct_turn{}.in_flight)]
)

// Take pushes commands, submits, and takes the completions that are there, all in one crossing to C: ringline_exchange() without
// waiting, and what it does not tell.
func Take(queue Queue, commands []Command, completions []Completion, turn *Turn) {
	var first *C.ringline_command
	if len(commands) > 0 {
		first = (*C.ringline_command)(unsafe.Pointer(&commands[0]))
	}
	C.turn(C.uintptr_t(uintptr(unsafe.Pointer(queue.pointer))), first, C.uint32_t(len(commands)), (*C.ringline_completion)(unsafe.Pointer(&completions[0])),
		C.uint32_t(len(completions)), (*C.struct_turn)(unsafe.Pointer(turn)))
}
