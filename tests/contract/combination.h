// SPDX-License-Identifier: MIT OR Apache-2.0
// What the contract is run on: every engine with every kind of device.
#pragma once

#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace contract
{

enum class Kind : std::uint8_t { null, simulated, node };

/// One engine with one device.
struct Combination {
	std::uint32_t engine = RINGLINE_ENGINE_URING;
	Kind kind = Kind::simulated;
	std::uint32_t block_size = 512; ///< Of simulated devices.
	std::uint32_t queue_flags = 0;  ///< RINGLINE_QUEUE_* that every queue has.
	std::string path;               ///< Of real namespaces: RINGLINE_TEST_DEVICES.
};

std::ostream &operator<<(std::ostream &stream, const Combination &combination);
/// Such as "uring_sim512", for INSTANTIATE_TEST_SUITE_P.
std::string name_of(const testing::TestParamInfo<Combination> &info);

/// Both engines with null:, sim: of 512 and of 4096 bytes, and each real namespace that tests may overwrite.
std::vector<Combination> every_combination();
/// Those that keep what is written: all but null:.
std::vector<Combination> storing_combinations();
/// Those with fault rules.
std::vector<Combination> simulated_combinations();
/// One for each engine, for facts in which the device plays no part.
std::vector<Combination> each_engine();
/// Both engines with the real namespaces. Empty outside the virtual machine.
std::vector<Combination> node_combinations();

/// Queues whose submissions a thread of the kernel polls for, with null:, sim: and the real namespaces.
std::vector<Combination> sqpoll_combinations();
/// The same with sim: alone.
std::vector<Combination> simulated_sqpoll_combinations();
/// Queues that poll the real namespaces. Empty outside the virtual machine.
std::vector<Combination> iopoll_combinations();
/// Queues that poll for either.
std::vector<Combination> polling_combinations();

/// The paths of RINGLINE_TEST_DEVICES.
std::vector<std::string> test_devices();
/// Repetitions that fit the machine: a twentieth under emulation (RINGLINE_VM=1), where a cycle costs that much more.
std::uint32_t scaled(std::uint32_t repetitions);
/// 0 if the kernel lets us make a ring with big entries, asked without the library; else a negative errno.
int ring_error();
/// The running kernel, major << 16 | minor.
std::uint32_t kernel();

/// A time limit for what must happen: long enough for a loaded, emulated machine, so reaching it is a failure.
inline constexpr std::int64_t patience_ns = 30'000'000'000;
inline constexpr std::int64_t millisecond_ns = 1'000'000;

} // namespace contract
