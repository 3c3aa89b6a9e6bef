// SPDX-License-Identifier: MIT OR Apache-2.0
// The rest of the NVM command set on a simulated device: raw commands, as tests/conformance has what the library proves
// first.
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace simulated
{

namespace
{

constexpr std::uint32_t fua = 1U << 30;
constexpr std::uint32_t deallocate = 1U << 25; // of Write Zeroes
constexpr std::uint16_t unreadable = 0x281;

class SimulatedCommandsTest : public ImageTest
{
protected:
	static ringline_nvme_command range_command(std::uint8_t opcode, std::uint64_t lba, std::uint32_t count)
	{
		return command(opcode, lba, count, nullptr, 0);
	}
	/// Dataset Management over these ranges, with wire bytes that live as long as the fixture.
	ringline_nvme_command dataset(const std::vector<ringline_range> &ranges, std::uint32_t attributes = 4)
	{
		wire_.assign(ranges.size() * 16, 0);
		EXPECT_GT(ringline_nvme_dataset_ranges(ranges.data(), static_cast<std::uint32_t>(ranges.size()),
						       wire_.data(), static_cast<std::uint32_t>(wire_.size())),
			  0);
		ringline_nvme_command made =
			command(RINGLINE_NVME_DATASET_MANAGEMENT, 0, 1, wire_.data(), wire_.size());
		made.cdw10 = static_cast<std::uint32_t>(ranges.size()) - 1;
		made.cdw11 = attributes;
		return made;
	}
	ringline_nvme_command copy(std::uint64_t lba, const std::vector<ringline_range> &ranges,
				   std::uint32_t format = 0)
	{
		wire_.assign(ranges.size() * 40, 0);
		const std::int32_t bytes =
			ringline_nvme_copy_ranges(ranges.data(), static_cast<std::uint32_t>(ranges.size()), format,
						  wire_.data(), static_cast<std::uint32_t>(wire_.size()));
		EXPECT_GT(bytes, 0);
		ringline_nvme_command made = command(RINGLINE_NVME_COPY, lba, 1, wire_.data(), wire_.size());
		made.cdw12 = (static_cast<std::uint32_t>(ranges.size()) - 1) | format << 8;
		return made;
	}
	static ringline_range source(std::uint64_t lba, std::uint32_t count)
	{
		ringline_range range = {};
		range.lba = lba;
		range.blocks = count;
		return range;
	}
	std::vector<std::uint8_t> fill(std::uint64_t lba, std::uint32_t count, std::uint32_t seed)
	{
		const auto written = pattern(std::size_t{count} * 512, seed);
		EXPECT_TRUE(succeeded(perform(write_command(lba, count, written))));
		return written;
	}
	std::vector<std::uint8_t> content(std::uint64_t lba, std::uint32_t count)
	{
		std::vector<std::uint8_t> memory(std::size_t{count} * 512, 0xee);
		EXPECT_TRUE(succeeded(perform(read_command(lba, count, memory))));
		return memory;
	}
	std::uint64_t allocated() const
	{
		struct stat facts = {};
		EXPECT_EQ(::stat(path().c_str(), &facts), 0);
		return static_cast<std::uint64_t>(facts.st_blocks) * 512;
	}

private:
	std::vector<std::uint8_t> wire_;
};

std::vector<std::uint8_t> some_zeros(std::size_t blocks)
{
	return std::vector<std::uint8_t>(blocks * 512);
}

TEST_F(SimulatedCommandsTest, compare_knows_equal_from_unequal_and_changes_nothing)
{
	auto written = fill(3, 40, 1);
	EXPECT_TRUE(succeeded(perform(command(RINGLINE_NVME_COMPARE, 3, 40, written.data(), written.size()))));
	for (const std::size_t byte : {std::size_t{0}, std::size_t{20 * 512 + 7}, written.size() - 1}) {
		auto other = written;
		other[byte] ^= 0x10;
		EXPECT_TRUE(
			has_status(perform(command(RINGLINE_NVME_COMPARE, 3, 40, other.data(), other.size())), 0x4285))
			<< byte;
	}
	EXPECT_EQ(content(3, 40), written);
}

TEST_F(SimulatedCommandsTest, compare_of_memory_that_is_none_is_an_error_and_not_a_crash)
{
	ringline_nvme_command bad = command(RINGLINE_NVME_COMPARE, 0, 1, nullptr, 512);
	bad.address = 8;
	EXPECT_TRUE(has_error(perform(bad), -EFAULT, RINGLINE_NOT_SENT));
}

TEST_F(SimulatedCommandsTest, write_zeroes_makes_zeros_of_these_blocks_alone)
{
	for (const std::uint32_t flags : {0U, deallocate, deallocate | fua}) {
		const auto written = fill(0, 64, 2);
		ringline_nvme_command zero = range_command(RINGLINE_NVME_WRITE_ZEROES, 10, 20);
		zero.cdw12 |= flags;
		ASSERT_TRUE(succeeded(perform(zero)));
		EXPECT_EQ(content(10, 20), some_zeros(20));
		EXPECT_EQ(content(0, 10), std::vector(written.begin(), written.begin() + 10 * 512));
		EXPECT_EQ(content(30, 34), std::vector(written.begin() + 30 * 512, written.end()));
	}
}

TEST_F(SimulatedCommandsTest, what_is_deallocated_takes_no_room)
{
	fill(0, 64, 3);
	const std::uint64_t before = allocated();
	ASSERT_TRUE(succeeded(perform(dataset({source(0, 64)}))));
	EXPECT_EQ(content(0, 64), some_zeros(64));
	EXPECT_LT(allocated(), before);
	fill(0, 64, 3);
	ringline_nvme_command zero = range_command(RINGLINE_NVME_WRITE_ZEROES, 0, 64);
	zero.cdw12 |= deallocate;
	ASSERT_TRUE(succeeded(perform(zero)));
	EXPECT_LT(allocated(), before);
}

TEST_F(SimulatedCommandsTest, dataset_management_deallocates_each_range_or_none)
{
	const auto written = fill(0, 64, 4);
	// The specification's way: QEMU passes over what is out of range.
	EXPECT_TRUE(has_status(perform(dataset({source(0, 8), source(60, 5)})), 0x4080));
	EXPECT_EQ(content(0, 64), written);
	EXPECT_TRUE(succeeded(perform(dataset({source(0, 8), source(16, 4), source(20, 0)}))));
	EXPECT_EQ(content(0, 8), some_zeros(8));
	EXPECT_EQ(content(8, 8), std::vector(written.begin() + 8 * 512, written.begin() + 16 * 512));
	EXPECT_EQ(content(16, 4), some_zeros(4));
	EXPECT_EQ(content(20, 44), std::vector(written.begin() + 20 * 512, written.end()));
}

TEST_F(SimulatedCommandsTest, hints_without_deallocation_change_nothing)
{
	const auto written = fill(0, 64, 5);
	EXPECT_TRUE(succeeded(perform(dataset({source(0, 64)}, 3))));
	EXPECT_EQ(content(0, 64), written);
}

TEST_F(SimulatedCommandsTest, uncorrectable_blocks_fail_until_they_are_written)
{
	const auto written = fill(0, 64, 6);
	ASSERT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 13, 3))));
	std::vector<std::uint8_t> memory(64 * 512, 0x11);
	EXPECT_TRUE(has_status(perform(read_command(0, 64, memory)), unreadable));
	EXPECT_TRUE(has_status(perform(read_command(15, 1, memory)), unreadable));
	EXPECT_TRUE(has_status(perform(range_command(RINGLINE_NVME_VERIFY, 12, 2)), unreadable));
	EXPECT_TRUE(has_status(perform(command(RINGLINE_NVME_COMPARE, 13, 1, written.data(), 512)), unreadable));
	EXPECT_TRUE(has_status(perform(copy(40, {source(14, 1)})), unreadable));
	EXPECT_TRUE(std::all_of(memory.begin(), memory.end(), [](std::uint8_t byte) { return byte == 0x11; }));
	EXPECT_EQ(content(0, 13), std::vector(written.begin(), written.begin() + 13 * 512));
	EXPECT_EQ(content(16, 48), std::vector(written.begin() + 16 * 512, written.end()));
	EXPECT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_VERIFY, 16, 48))));

	fill(13, 1, 7);
	ASSERT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_WRITE_ZEROES, 14, 1))));
	EXPECT_TRUE(has_status(perform(read_command(15, 1, memory)), unreadable));
	EXPECT_TRUE(succeeded(perform(dataset({source(15, 1)}))));
	content(13, 3);
}

TEST_F(SimulatedCommandsTest, uncorrectable_blocks_are_those_of_every_open_and_of_the_next_process)
{
	Opening other = open_image(path(), RINGLINE_OPEN_READ_ONLY);
	ASSERT_EQ(other.error, 0) << other.text();
	ASSERT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 7, 2))));
	std::vector<std::uint8_t> memory(512);
	EXPECT_TRUE(has_status(other.device->perform(read_command(8, 1, memory)), unreadable));
	other.device.reset();
	reopen();
	EXPECT_TRUE(has_status(perform(read_command(7, 1, memory)), unreadable));
	EXPECT_TRUE(succeeded(perform(read_command(9, 1, memory))));
	EXPECT_TRUE(succeeded(perform(read_command(6, 1, memory))));
}

TEST_F(SimulatedCommandsTest, a_device_opened_read_only_refuses_every_command_that_changes_it)
{
	reopen(RINGLINE_OPEN_READ_ONLY);
	std::vector<std::uint8_t> memory(512);
	for (const ringline_nvme_command &changing :
	     {write_command(0, 1, memory), range_command(RINGLINE_NVME_WRITE_ZEROES, 0, 1),
	      range_command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 0, 1), dataset({source(0, 1)}),
	      copy(0, {source(1, 1)})}) {
		EXPECT_TRUE(has_error(perform(changing), -EACCES, RINGLINE_NOT_SENT))
			<< static_cast<int>(changing.opcode);
	}
	EXPECT_TRUE(succeeded(perform(command(RINGLINE_NVME_COMPARE, 0, 1, memory.data(), 512))));
	EXPECT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_VERIFY, 0, 1))));
}

TEST_F(SimulatedCommandsTest, copy_joins_its_ranges_at_the_destination)
{
	const auto written = fill(0, 64, 8);
	ASSERT_TRUE(succeeded(perform(copy(50, {source(2, 3), source(20, 1), source(0, 2)}))));
	std::vector<std::uint8_t> wanted(written.begin() + 2 * 512, written.begin() + 5 * 512);
	wanted.insert(wanted.end(), written.begin() + 20 * 512, written.begin() + 21 * 512);
	wanted.insert(wanted.end(), written.begin(), written.begin() + 2 * 512);
	EXPECT_EQ(content(50, 6), wanted);
	EXPECT_EQ(content(0, 50), std::vector(written.begin(), written.begin() + 50 * 512));
}

TEST_F(SimulatedCommandsTest, copy_onto_itself_moves_what_was_there)
{
	ringline_sim_options options = {};
	options.blocks = 512;
	options.copy_max_range_blocks = 300;
	options.copy_max_blocks = 300;
	make(options);
	for (const std::uint64_t destination : {std::uint64_t{1}, std::uint64_t{40}, std::uint64_t{200}}) {
		const auto written = fill(0, 300, 9);
		ASSERT_TRUE(succeeded(perform(copy(destination, {source(0, 300)}))));
		EXPECT_EQ(content(destination, 300), written) << destination;
	}
	const auto written = fill(50, 300, 10);
	ASSERT_TRUE(succeeded(perform(copy(20, {source(50, 300)}))));
	EXPECT_EQ(content(20, 300), written);
}

TEST_F(SimulatedCommandsTest, copy_refuses_what_exceeds_a_limit_or_the_namespace)
{
	ringline_sim_options options = {};
	options.blocks = 64;
	options.copy_max_ranges = 2;
	options.copy_max_range_blocks = 8;
	options.copy_max_blocks = 12;
	make(options);
	EXPECT_TRUE(has_status(perform(copy(40, {source(0, 1), source(1, 1), source(2, 1)})), 0x4183));
	EXPECT_TRUE(has_status(perform(copy(40, {source(0, 9)})), 0x4183));
	EXPECT_TRUE(has_status(perform(copy(40, {source(0, 8), source(0, 5)})), 0x4183));
	EXPECT_TRUE(has_status(perform(copy(40, {source(60, 8)})), 0x4080));
	EXPECT_TRUE(has_status(perform(copy(60, {source(0, 8)})), 0x4080));
	EXPECT_TRUE(has_status(perform(copy(0, {source(0, 1)}, 1)), 0x410a)) << "format 1 is that of longer guards";
	EXPECT_TRUE(has_status(perform(copy(0, {source(0, 1)}, 2)), 0x4002));
	EXPECT_TRUE(succeeded(perform(copy(40, {source(0, 8), source(0, 4)}))));
}

TEST_F(SimulatedCommandsTest, limits_of_one_command_are_kept)
{
	ringline_sim_options options = {};
	options.blocks = 64;
	options.verify_max_blocks = 16;
	options.write_zeroes_max_blocks = 32;
	options.write_uncorrectable_max_blocks = 16;
	options.dataset_max_ranges = 2;
	options.dataset_max_range_blocks = 10;
	options.dataset_max_blocks = 15;
	make(options);
	EXPECT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_VERIFY, 0, 16))));
	EXPECT_TRUE(has_status(perform(range_command(RINGLINE_NVME_VERIFY, 0, 17)), 0x4002));
	EXPECT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_WRITE_ZEROES, 0, 32))));
	EXPECT_TRUE(has_status(perform(range_command(RINGLINE_NVME_WRITE_ZEROES, 0, 33)), 0x4002));
	EXPECT_TRUE(succeeded(perform(range_command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 0, 16))));
	EXPECT_TRUE(has_status(perform(range_command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 0, 17)), 0x4002));
	EXPECT_TRUE(succeeded(perform(dataset({source(0, 10), source(10, 5)}))));
	EXPECT_TRUE(has_status(perform(dataset({source(0, 11)})), 0x4183));
	EXPECT_TRUE(has_status(perform(dataset({source(0, 10), source(10, 6)})), 0x4183));
	EXPECT_TRUE(has_status(perform(dataset({source(0, 1), source(1, 1), source(2, 1)})), 0x4183));
}

TEST_F(SimulatedCommandsTest, ranges_past_the_end_are_out_of_range_for_every_command)
{
	std::vector<std::uint8_t> memory(4 * 512);
	for (const std::uint32_t opcode : {RINGLINE_NVME_COMPARE, RINGLINE_NVME_WRITE_ZEROES, RINGLINE_NVME_VERIFY,
					   RINGLINE_NVME_WRITE_UNCORRECTABLE}) {
		for (const std::uint64_t lba : {blocks - 3, blocks, UINT64_MAX - 1}) {
			EXPECT_TRUE(has_status(perform(command(static_cast<std::uint8_t>(opcode), lba, 4, memory.data(),
							       memory.size())),
					       0x4080))
				<< opcode << " at " << lba;
		}
	}
}

TEST_F(SimulatedCommandsTest, fault_rules_name_every_command_and_see_its_range)
{
	close();
	write_file(path() + ".faults", "ringline-faults 1\n"
				       "action=status opcode=write-zeroes lba=8 blocks=2 status=0x280\n"
				       "action=status opcode=verify lba=9 blocks=1 status=0x281\n"
				       "action=status opcode=dataset-management status=0x06\n"
				       "action=status opcode=compare status=0x285 repeat=1\n"
				       "action=status opcode=copy status=0x04\n"
				       "action=status opcode=write-uncorrectable status=0x05\n"
				       "action=status opcode=zone-append status=0x07\n");
	reopen();
	const auto answer = [&](const ringline_nvme_command &wanted) { return opened().execute(wanted).outcome; };
	EXPECT_TRUE(has_status(answer(range_command(RINGLINE_NVME_WRITE_ZEROES, 9, 4)), 0x280));
	EXPECT_TRUE(succeeded(answer(range_command(RINGLINE_NVME_WRITE_ZEROES, 10, 4))));
	EXPECT_TRUE(has_status(answer(range_command(RINGLINE_NVME_VERIFY, 0, 10)), 0x281));
	EXPECT_TRUE(succeeded(answer(range_command(RINGLINE_NVME_VERIFY, 0, 9))));
	EXPECT_TRUE(has_status(answer(dataset({source(0, 1)})), 0x06));
	std::vector<std::uint8_t> memory(512);
	EXPECT_TRUE(has_status(answer(command(RINGLINE_NVME_COMPARE, 0, 1, memory.data(), 512)), 0x285));
	EXPECT_TRUE(has_status(answer(copy(0, {source(1, 1)})), 0x04));
	EXPECT_TRUE(has_status(answer(range_command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 0, 1)), 0x05));
	EXPECT_TRUE(has_status(answer(command(RINGLINE_NVME_ZONE_APPEND, 0, 1, memory.data(), 512)), 0x07));
}

} // namespace

} // namespace simulated
