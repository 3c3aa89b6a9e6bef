// SPDX-License-Identifier: MIT OR Apache-2.0
#include "core/transfer.h"
#include "base/diagnosis.h"
#include "base/errno_guard.h"
#include "base/struct_size.h"
#include "capi/shim.h"
#include "capi/with_device.h"

#include <ringline/ringline.h>

#include <cerrno>
#include <cstddef>

using namespace ringline;

namespace
{

// The sizes of the structs in their first form. They stay when the structs grow.
constexpr std::uint32_t transfer_options_minimum = 112;
constexpr std::uint32_t result_minimum = 40;
static_assert(sizeof(ringline_transfer_options) >= transfer_options_minimum);
static_assert(sizeof(ringline_transfer_result) >= result_minimum);

} // namespace

extern "C" {

int32_t ringline_transfer(ringline_queue *queue, ringline_device device, const ringline_transfer_options *options,
			  ringline_transfer_failure *failures, uint32_t max, ringline_transfer_result *result,
			  ringline_diagnosis *diagnosis)
{
	const ErrnoGuard keep;
	if (queue == nullptr || options == nullptr || failures == nullptr || max == 0) {
		return capi::fail_null(diagnosis, queue == nullptr     ? "The queue"
						  : options == nullptr ? "What to do"
								       : "The room for failures");
	}
	if (const std::int32_t error = check_output(result, result_minimum); error < 0) {
		return error;
	}
	ringline_transfer_options taken = {};
	if (const std::int32_t error = capi::take_options(&taken, options, transfer_options_minimum, diagnosis);
	    error < 0) {
		return error;
	}
	ringline_transfer_result done = {};
	const std::int32_t failed = core::Transfer(capi::unwrap(queue), {.first = failures, .max = max})
					    .run(device, taken, &done, diagnosis);
	if (failed >= 0) {
		give_output(result, done);
	}
	return failed;
}

int32_t ringline_transfer_preview(ringline_device device, const ringline_transfer_options *options, uint64_t lba,
				  ringline_nvme_command *command, uint64_t *next_lba, ringline_diagnosis *diagnosis)
{
	const ErrnoGuard keep;
	if (options == nullptr || command == nullptr || next_lba == nullptr) {
		return capi::fail_null(diagnosis, options == nullptr ? "What to do" : "The room for what is told");
	}
	ringline_transfer_options taken = {};
	if (const std::int32_t error = capi::take_options(&taken, options, transfer_options_minimum, diagnosis);
	    error < 0) {
		return error;
	}
	return capi::with_facts(device, diagnosis, [&](const ringline_device_info &facts) {
		core::TransferPlan plan;
		const std::int32_t error = plan.make(device, facts, taken, 1, diagnosis);
		return error < 0 ? error : plan.preview(lba, command, next_lba, diagnosis);
	});
}

} // extern "C"
