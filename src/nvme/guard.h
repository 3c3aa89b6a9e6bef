// SPDX-License-Identifier: MIT OR Apache-2.0
// Guards of protection information, by the fastest way that this machine has.
#pragma once

#include "nvme/guard_polynomial.h"

#include <cstddef>
#include <cstdint>

namespace ringline::nvme
{

/// The guard of bytes behind others, whose guard is `before`; 0 if there are none.
template <class Guard>
typename Guard::Word guard_behind(typename Guard::Word before, const std::uint8_t *bytes, std::size_t length);

extern template std::uint16_t guard_behind<Guard16>(std::uint16_t, const std::uint8_t *, std::size_t);
extern template std::uint32_t guard_behind<Guard32>(std::uint32_t, const std::uint8_t *, std::size_t);
extern template std::uint64_t guard_behind<Guard64>(std::uint64_t, const std::uint8_t *, std::size_t);

/// See ringline_guard().
std::int32_t find_guard(std::uint32_t bits, std::uint64_t before, const std::uint8_t *bytes, std::size_t length,
			std::uint64_t *guard);

} // namespace ringline::nvme
