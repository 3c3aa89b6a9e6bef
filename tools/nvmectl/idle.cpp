// SPDX-License-Identifier: MIT OR Apache-2.0
#include "idle.h"

#include "error.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace nvmectl
{
namespace
{

/// What is not known is no reason to write: only the user can know better.
void require_known(const ringline_device_info &info, const BusyCheck &check)
{
	if (check.gaps.empty()) {
		return;
	}
	const std::string block = check.sibling.empty() ? "its block device" : "/dev/" + check.sibling;
	throw Error(
		Exit::refused,
		fmt::format("whether {} is in use could not be checked: {}", info.node, fmt::join(check.gaps, "; ")),
		fmt::format("nothing was written; run it as a user who may read {}, or, if nobody uses it, with "
			    "--allow-busy",
			    block))
		.with_rule("busy-unknown");
}

} // namespace

BusyCheck require_idle(const ringline_device_info &info, bool allow_busy, Warnings *warnings)
{
	if (info.kind != RINGLINE_DEVICE_NAMESPACE) {
		return {};
	}
	BusyCheck check = check_busy(info.node, BusyRoots());
	for (const std::string &note : check.notes) {
		warnings->add(note);
	}
	if (!allow_busy && !check.users.empty()) {
		throw Error(Exit::refused, fmt::format("{} is in use: {}", info.node, fmt::join(check.users, "; ")),
			    "nothing was written; --allow-busy writes all the same, under whoever uses it")
			.with_rule("busy");
	}
	if (!allow_busy) {
		require_known(info, check);
		return check;
	}
	for (const std::string &gap : check.gaps) {
		warnings->add(gap);
	}
	if (!check.users.empty()) {
		warnings->add(fmt::format("{} is in use, and written all the same: {}", info.node,
					  fmt::join(check.users, "; ")));
	}
	return check;
}

} // namespace nvmectl
