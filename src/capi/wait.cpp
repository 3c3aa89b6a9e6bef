// SPDX-License-Identifier: MIT OR Apache-2.0
// The entry points that submit and wait in one system call: what a busy program calls once for each batch.
#include "capi/command.h"
#include "capi/shim.h"
#include "core/queue_path.h"

#include <cerrno>
#include <cstdint>

// After a system call the processor has forgotten where the caller is: the kernel's own returns have taken the place of
// ours in its predictor, and the first "ret" behind the call is mispredicted, at 60 to 140 ns (PERFORMANCE.md). An
// indirect jump is predicted by other means, which survive. So the functions of this file, and only these, return by
// one. A shadow stack wants "ret", and so does a library that is built for one (-fcf-protection). One that is not says
// so in its ELF notes: a process that loads it has no shadow stack, unless that is forced on by hand (GLIBC_TUNABLES),
// which then ends it. The file is compiled without link-time optimization, which would move the macro elsewhere.
#if defined(__x86_64__) && !defined(__CET__)
__asm__(".macro ret\n"
	"\tpopq %rcx\n"
	"\tjmpq *%rcx\n"
	".endm\n");
#endif

using namespace ringline;
using capi::gives;
using capi::takes;
using capi::unwrap;
using capi::words;

extern "C" {

int32_t ringline_submit_and_wait(ringline_queue *queue, ringline_completion *completions, uint32_t max, uint32_t min,
				 int64_t timeout_ns)
{
	return queue != nullptr && gives(completions, max, min, timeout_ns)
		       ? unwrap(queue)->submit_and_wait(completions, max, min, timeout_ns)
		       : -EINVAL;
}

int32_t ringline_exchange(ringline_queue *queue, const ringline_command *commands, uint32_t count, uint32_t *taken,
			  ringline_completion *completions, uint32_t max, uint32_t min, int64_t timeout_ns)
{
	const bool valid = queue != nullptr && taken != nullptr && takes(commands, count) &&
			   gives(completions, max, min, timeout_ns);
	if (!valid) {
		return -EINVAL;
	}
	const std::int32_t pushed = count != 0 ? unwrap(queue)->push(words(commands), count) : 0;
	if (pushed < 0 && pushed != -EAGAIN) {
		return pushed;
	}
	// A full queue is no reason not to take completions, which is what makes room.
	const std::int32_t result = unwrap(queue)->submit_and_wait(completions, max, min, timeout_ns);
	if (result < 0 && pushed <= 0) {
		return result;
	}
	*taken = pushed > 0 ? static_cast<std::uint32_t>(pushed) : 0;
	return result > 0 ? result : 0;
}

} // extern "C"
