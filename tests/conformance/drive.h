// SPDX-License-Identifier: MIT OR Apache-2.0
// The drives that the suite is run on, each in a simulated and a real edition, and commands on them.
#pragma once

#include "memory.h"

#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace conformance
{

using contract::Memory;

/// A drive. Without a node it is simulated with these options, which else say what the node is expected to be.
struct Drive {
	std::string name;
	ringline_sim_options options = {};
	std::string node;
};

std::ostream &operator<<(std::ostream &stream, const Drive &drive);
std::string name_of(const testing::TestParamInfo<Drive> &info);
/// All of them; the real ones in the virtual machine only.
std::vector<Drive> drives();
std::vector<Drive> unzoned_drives();
std::vector<Drive> protected_drives();
std::vector<Drive> zoned_drives();
/// Empty outside the virtual machine, as the next.
std::vector<Drive> placement_drives();
std::vector<Drive> real_drives();

/// The memory of one transfer: data, and metadata where that is separate.
struct Buffers {
	Buffers(const ringline_device_info &info, std::uint32_t count, bool stripped = false);
	/// Different in every byte, and without PI unless the test makes it.
	void fill(std::uint64_t seed) const;
	/// ... with protection information for blocks from this one.
	void protect(std::uint64_t lba) const;
	[[nodiscard]] bool equal(const Buffers &other) const;
	/// The metadata of a block.
	[[nodiscard]] std::uint8_t *metadata_of(std::uint32_t block) const;
	[[nodiscard]] std::uint8_t *data_of(std::uint32_t block) const;

	const ringline_device_info &info;
	std::uint32_t count;
	bool extended; ///< The metadata follows the data of each block.
	std::uint32_t metadata_length;
	Memory data;
	Memory metadata;
};

class ConformanceTest : public testing::TestWithParam<Drive>
{
protected:
	static constexpr std::uint32_t some = 24;

	void SetUp() override;
	void TearDown() override;

	[[nodiscard]] const ringline_device_info &info() const { return info_; }
	[[nodiscard]] bool can(std::uint32_t command) const { return (info_.commands & command) != 0; }
	[[nodiscard]] bool zoned() const { return info_.zone_blocks != 0; }
	[[nodiscard]] bool protects() const { return info_.pi_type != 0; }
	/// Where in a block's metadata the protection information begins, and how long it is.
	[[nodiscard]] std::uint32_t pi_bytes() const { return info_.guard_bits == 16 ? 8 : 16; }
	[[nodiscard]] std::uint32_t pi_offset() const
	{
		return info_.pi_first != 0 ? 0 : info_.metadata_size - pi_bytes();
	}
	/// All checks that the type has.
	[[nodiscard]] std::uint16_t checks() const;

	/// Fills in the device and the tags of the LBA.
	[[nodiscard]] ringline_command_extended command(std::uint8_t opcode, std::uint64_t lba, std::uint32_t blocks,
							std::uint16_t flags = 0) const;
	[[nodiscard]] ringline_command_extended transfer(std::uint8_t opcode, std::uint64_t lba, const Buffers &buffers,
							 std::uint16_t flags = 0) const;
	/// Proved by the library, sent, and waited for.
	ringline_completion run(const ringline_command_extended &wanted) const;
	/// What the library would refuse: sent as it is.
	ringline_completion run_raw(const ringline_nvme_command &wire) const;
	/// The wire form of a command that the library takes, to be made wrong.
	[[nodiscard]] ringline_nvme_command wire(const ringline_command_extended &wanted) const;

	ringline_completion write(std::uint64_t lba, const Buffers &buffers, std::uint16_t flags = 0) const
	{
		return run(transfer(RINGLINE_NVME_WRITE, lba, buffers, flags));
	}
	ringline_completion read(std::uint64_t lba, const Buffers &buffers, std::uint16_t flags = 0) const
	{
		return run(transfer(RINGLINE_NVME_READ, lba, buffers, flags));
	}
	/// Verify, sent raw: QEMU carries it out, though it does not say so in ONCS.
	ringline_completion verify(const ringline_command_extended &wanted) const;
	[[nodiscard]] ringline_nvme_command verify_wire(const ringline_command_extended &wanted) const;
	/// Writes a pattern to `some` blocks from here, with valid protection information.
	void dirty(std::uint64_t lba, std::uint64_t seed) const;
	/// Are the data of these blocks zeros?
	[[nodiscard]] bool reads_zeros(std::uint64_t lba, std::uint32_t blocks) const;

	[[nodiscard]] ringline_queue *queue() const { return queue_; }
	[[nodiscard]] ringline_device device() const { return device_; }

private:
	std::string folder_;
	ringline_device device_ = {};
	ringline_queue *queue_ = nullptr;
	ringline_device_info info_ = {};
};

testing::AssertionResult succeeded(const ringline_completion &completion);
/// The whole status word, DNR included, whoever answered.
testing::AssertionResult has_status(const ringline_completion &completion, std::uint16_t status);

} // namespace conformance

/// A case that a drive lacks the command for.
#define NEEDS(condition, what)                                                                                         \
	if (!(condition)) {                                                                                            \
		GTEST_SKIP() << "this drive has no " << (what);                                                        \
	}
#define RINGLINE_INSTANTIATE(fixture, drives)                                                                          \
	INSTANTIATE_TEST_SUITE_P(on, fixture, testing::ValuesIn(conformance::drives()), conformance::name_of)
