// SPDX-License-Identifier: MIT OR Apache-2.0
#include "outcome.h"

#include "status_code.h"
#include "units.h"

#include <fmt/format.h>

#include <cstring>

namespace nvmectl
{
namespace
{

std::string where(const Extent &range)
{
	return range.blocks == 0   ? ""
	       : range.blocks == 1 ? fmt::format(" of LBA {}", range.lba)
				   : fmt::format(" of LBA {} to {}", range.lba, range.lba + range.blocks - 1);
}

std::string describe_short_input(const TransferResult &result, const TransferSubject &subject)
{
	std::string text = fmt::format("{} ended after {} bytes", subject.file, result.input_bytes);
	if (!subject.open_ended) {
		text += fmt::format(", but {} were asked for", subject.range.blocks * subject.block_size);
	}
	if (result.left_over_bytes != 0) {
		text += fmt::format(
			"; the last {} bytes are not a whole block and were not written (--pad fills it with "
			"zeros)",
			result.left_over_bytes);
	}
	return text;
}

bool has_status(const TransferResult &result)
{
	return result.failure && result.failure->status != 0;
}

std::string first_sentence(const TransferResult &result, const TransferSubject &subject)
{
	if (result.failure && (result.failure->error != 0 || result.failure->status != 0)) {
		return describe_failure(*result.failure);
	}
	if (result.damage) {
		return describe(*result.damage);
	}
	if (result.miscompare_lba) {
		return subject.verb == "write" ? fmt::format("LBA {} reads back differently than it was written",
							     *result.miscompare_lba)
					       : fmt::format("{} differ from {}, the first is LBA {}",
							     count_of(result.failed.blocks(), "block"), subject.file,
							     *result.miscompare_lba);
	}
	if (result.file_error != 0) {
		return fmt::format("cannot {} {}: {}", subject.verb == "read" ? "write" : "read",
				   result.failed_file.empty() ? subject.file : result.failed_file,
				   std::strerror(-result.file_error));
	}
	if (result.interrupted) {
		return "interrupted";
	}
	if (result.input_short) {
		return describe_short_input(result, subject);
	}
	return fmt::format("{} has more than the {} bytes from LBA {} to the end of the device", subject.file,
			   subject.range.blocks * subject.block_size, subject.range.lba);
}

std::string how_far(const TransferResult &result, const TransferSubject &subject)
{
	const std::uint64_t first = result.done.contiguous_from(subject.range.lba);
	const std::string of = subject.open_ended ? std::string() : fmt::format(" of {}", subject.range.blocks);
	std::string text = fmt::format("; {}{} blocks done from LBA {} on without a gap ({} bytes)", first, of,
				       subject.range.lba, first * subject.block_size);
	if (result.not_read_back != 0) {
		text += fmt::format("; {} of the done blocks were written but not read back", result.not_read_back);
	}
	return text;
}

} // namespace

std::string describe_failure(const CommandFailure &failure)
{
	const std::string what = opcode_name(failure.opcode) + where(failure.range);
	if ((failure.flags & RINGLINE_OUTCOME_UNKNOWN) != 0) {
		return fmt::format("the answer to {} was lost ({}): it may or may not have run", what,
				   ringline_error_name(failure.error));
	}
	if (failure.status != 0) {
		return fmt::format("the device answered {} with NVMe status {} ({}): {}", what,
				   status_notation(failure.status),
				   ringline_status_name(failure.status, failure.opcode),
				   ringline_status_text(failure.status, failure.opcode));
	}
	return fmt::format("{} {}: {} ({})", what,
			   (failure.flags & RINGLINE_NOT_SENT) != 0 ? "was not sent" : "failed without an answer",
			   ringline_error_text(failure.error), ringline_error_name(failure.error));
}

Error transfer_error(const TransferResult &result, const TransferSubject &subject, Exit exit)
{
	std::string message = first_sentence(result, subject);
	if (message.ends_with('.')) {
		message.pop_back(); // the library's texts are sentences; here one goes on
	}
	message += how_far(result, subject);
	if (!subject.aftermath.empty()) {
		message += "; " + subject.aftermath;
	}
	const bool damaged = exit == Exit::status && result.damage && !has_status(result);
	Error error(exit, message,
		    exit == Exit::unknown  ? "read the unknown range back before deciding to repeat anything"
		    : damaged              ? "--no-protection-check reads it all the same"
		    : exit == Exit::status ? subject.hint
					   : "");
	if (has_status(result)) {
		error.with_status(result.failure->status);
	} else if (damaged) {
		error.with_status(result.damage->error.status).with_rule("protection");
	}
	const std::optional<bool> durable = result.done.empty() ? std::nullopt : subject.durable;
	error.with_progress(
		{result.done.ranges(), result.failed.ranges(), result.unknown.ranges(), durable, subject.device});
	return error;
}

} // namespace nvmectl
