// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bench_result.h"

#include "classify.h"
#include "status_code.h"

#include <fmt/format.h>

namespace nvmectl
{

std::uint64_t BenchResult::error_count() const
{
	std::uint64_t count = 0;
	for (const auto &[error, times] : errors) {
		count += times;
	}
	return count;
}

std::uint64_t BenchResult::answered() const
{
	return commands() + of(Kind::flush).count() + error_count();
}

double BenchResult::per_second(std::uint64_t count) const
{
	return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

double BenchResult::per_answered(double amount) const
{
	return answered() == 0 ? 0 : amount / static_cast<double>(answered());
}

Histogram data_latencies(const BenchResult &result)
{
	Histogram both = result.of(Kind::read);
	both.merge(result.of(Kind::write));
	return both;
}

std::string error_label(const BenchError &error)
{
	std::string what = opcode_name(error.opcode) + ": ";
	if (error.status != 0) {
		return what + fmt::format("{} ({})", ringline_status_name(error.status, error.opcode),
					  status_notation(error.status));
	}
	what += ringline_error_name(error.error);
	return what + ((error.flags & RINGLINE_OUTCOME_UNKNOWN) != 0 ? ", it may or may not have run"
		       : (error.flags & RINGLINE_NOT_SENT) != 0      ? ", not sent"
								     : "");
}

Exit exit_of(const BenchResult &result)
{
	Happened what;
	for (const auto &[error, times] : result.errors) {
		what.outcome_unknown = what.outcome_unknown || (error.flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
		what.status_error = what.status_error || error.status != 0;
		what.transport_error = error.error != 0 ? error.error : what.transport_error;
	}
	what.interrupted = result.interrupted;
	what.effect = result.commands() != 0;
	return classify(what);
}

} // namespace nvmectl
