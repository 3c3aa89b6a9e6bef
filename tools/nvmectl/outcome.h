// SPDX-License-Identifier: MIT OR Apache-2.0
// How a transfer ended, in words.
#pragma once

#include "error.h"
#include "transfer.h"

#include <optional>
#include <string>

namespace nvmectl
{

struct TransferSubject {
	std::string verb; ///< "write" or "read".
	std::string file; ///< Name of the input or output.
	Extent range;
	std::uint32_t block_size = 0;
	bool open_ended = false; ///< The range is only the room there was.
	/// For a read into a file: what became of the file.
	std::string aftermath;
	/// For a write: as in Progressed, if anything is done.
	std::optional<bool> durable;
	std::string device;
	/// What to type after a command that the device answered with an error.
	std::string hint = {};
};

/// The error of a transfer that did not do all that was asked for; exit is not done.
Error transfer_error(const TransferResult &result, const TransferSubject &subject, Exit exit);

/// "the device answered write of LBA 100 to 107 with NVMe status 2/80h (write-fault): ..." and the like.
std::string describe_failure(const CommandFailure &failure);

} // namespace nvmectl
