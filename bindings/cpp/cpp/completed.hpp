// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file completed.hpp
 * @brief What became of a command, with its memory.
 */
#ifndef RINGLINE_CPP_COMPLETED_HPP
#define RINGLINE_CPP_COMPLETED_HPP

#include "memory.hpp"

#include <cstdint>
#include <system_error>
#include <utility>

namespace ringline
{

/** @addtogroup cpp_queues
 *  @{ */

/// What became of a command, and its memory: that is yours again.
struct Completed {
	std::uint64_t user_data = 0;
	std::uint64_t result = 0;
	ringline_device device{};
	std::int32_t number = 0; ///< A negative errno, or 0.
	Status status;
	std::uint16_t flags = 0; ///< RINGLINE_OUTCOME_UNKNOWN, RINGLINE_NOT_SENT.
	Memory memory;
	Memory metadata;

	[[nodiscard]] bool ok() const noexcept { return number == 0 && status.ok(); }
	explicit operator bool() const noexcept { return ok(); }
	/// Of call_category() or nvme_category().
	[[nodiscard]] std::error_code error() const noexcept
	{
		return number != 0 ? call_error(number) : make_error_code(status);
	}
#if defined(__cpp_exceptions)
	/// The memory of a command that succeeded. @throws std::system_error if it did not; the memory stays here
	Memory &value() &
	{
		throw_if_failed();
		return memory;
	}
	Memory &&value() &&
	{
		throw_if_failed();
		return std::move(memory);
	}
#endif
	/// The answer was lost: it may have run.
	[[nodiscard]] bool outcome_unknown() const noexcept
	{
		return (flags & RINGLINE_OUTCOME_UNKNOWN) != 0;
	}
	/// It certainly did not run.
	[[nodiscard]] bool not_sent() const noexcept
	{
		return (flags & RINGLINE_NOT_SENT) != 0;
	}

private:
#if defined(__cpp_exceptions)
	void throw_if_failed() const
	{
		if (!ok()) {
			throw std::system_error(error());
		}
	}
#endif
};

/** @} */

} // namespace ringline
#endif
