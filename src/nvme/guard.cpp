// SPDX-License-Identifier: MIT OR Apache-2.0
#include "nvme/guard.h"

#include "nvme/guard_instruction.h"
#include "nvme/guard_multiply.h"
#include "nvme/guard_table.h"

#include <cerrno>

namespace ringline::nvme
{

namespace
{

template <class Guard>
typename Guard::Word update(typename Guard::Word state, const std::uint8_t *bytes, std::size_t length)
{
#if defined(__x86_64__)
	if constexpr (width_of<Guard> == width_of<Guard32>) {
		if (has_instruction()) {
			return update_by_instruction(state, bytes, length);
		}
	} else if (can_multiply_twice()) {
		return update_by_multiplying_twice<Guard>(state, bytes, length);
	} else if (can_multiply()) {
		return update_by_multiplying<Guard>(state, bytes, length);
	}
#endif
	return update_by_table<Guard>(state, bytes, length);
}

template <class Guard>
std::int32_t find(std::uint64_t before, const std::uint8_t *bytes, std::size_t length, std::uint64_t *guard)
{
	const auto word = static_cast<typename Guard::Word>(before);
	if (word != before) {
		return -EINVAL;
	}
	*guard = guard_behind<Guard>(word, bytes, length);
	return 0;
}

} // namespace

template <class Guard>
typename Guard::Word guard_behind(typename Guard::Word before, const std::uint8_t *bytes, std::size_t length)
{
	return guard_of<Guard>(update<Guard>(register_of<Guard>(before), bytes, length));
}

template std::uint16_t guard_behind<Guard16>(std::uint16_t, const std::uint8_t *, std::size_t);
template std::uint32_t guard_behind<Guard32>(std::uint32_t, const std::uint8_t *, std::size_t);
template std::uint64_t guard_behind<Guard64>(std::uint64_t, const std::uint8_t *, std::size_t);

std::int32_t find_guard(std::uint32_t bits, std::uint64_t before, const std::uint8_t *bytes, std::size_t length,
			std::uint64_t *guard)
{
	switch (bits) {
	case width_of<Guard16>:
		return find<Guard16>(before, bytes, length, guard);
	case width_of<Guard32>:
		return find<Guard32>(before, bytes, length, guard);
	case width_of<Guard64>:
		return find<Guard64>(before, bytes, length, guard);
	default:
		return -EINVAL;
	}
}

} // namespace ringline::nvme
