// SPDX-License-Identifier: MIT OR Apache-2.0
// What commands do: a simulated device answers as a real one would.
#include "nvme/command_table.h"
#include "simulated_fixture.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

namespace simulated
{

namespace
{

constexpr std::uint32_t fua = 1U << 30;

class SimulatedTest : public ImageTest
{
};

TEST_F(SimulatedTest, what_is_written_is_read_back)
{
	const auto written = pattern(8 * 512);
	std::vector<std::uint8_t> read(written.size());
	EXPECT_TRUE(succeeded(perform(write_command(5, 8, written))));
	EXPECT_TRUE(succeeded(perform(read_command(5, 8, read))));
	EXPECT_EQ(read, written);
}

TEST_F(SimulatedTest, a_block_lies_at_its_number_times_the_block_size)
{
	for (const std::uint32_t block_size : {512U, 4096U}) {
		make(block_size);
		const auto written = pattern(block_size, block_size);
		ASSERT_TRUE(succeeded(perform(write_command(7, 1, written))));
		std::vector<std::uint8_t> expected(blocks * block_size);
		std::copy(written.begin(), written.end(), expected.begin() + 7 * block_size);
		EXPECT_EQ(bytes(), expected);
	}
}

TEST_F(SimulatedTest, the_first_and_the_last_block_can_be_written_and_read)
{
	for (const std::uint64_t lba : {std::uint64_t{0}, blocks - 1}) {
		const auto written = pattern(512, static_cast<std::uint32_t>(lba));
		std::vector<std::uint8_t> read(512);
		EXPECT_TRUE(succeeded(perform(write_command(lba, 1, written))));
		EXPECT_TRUE(succeeded(perform(read_command(lba, 1, read))));
		EXPECT_EQ(read, written);
	}
}

TEST_F(SimulatedTest, a_transfer_past_the_end_is_out_of_range_and_moves_nothing)
{
	std::vector<std::uint8_t> memory(2 * 512, 0xa5);
	const auto before = memory;
	const auto medium = bytes();
	for (const std::uint64_t lba : {blocks - 1, blocks, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX / 512}) {
		EXPECT_TRUE(has_status(perform(read_command(lba, 2, memory)), 0x4080)) << lba;
		EXPECT_TRUE(has_status(perform(write_command(lba, 2, memory)), 0x4080)) << lba;
	}
	EXPECT_EQ(memory, before);
	EXPECT_EQ(bytes(), medium);
}

TEST_F(SimulatedTest, more_blocks_than_there_are_is_out_of_range)
{
	std::vector<std::uint8_t> memory((blocks + 1) * 512);
	EXPECT_TRUE(has_status(perform(read_command(0, blocks + 1, memory)), 0x4080));
}

TEST_F(SimulatedTest, a_transfer_above_mdts_is_an_invalid_field)
{
	make(512, 8192);
	auto memory = pattern(17 * 512);
	EXPECT_TRUE(succeeded(perform(write_command(0, 16, memory))));
	const auto medium = bytes();
	EXPECT_TRUE(has_status(perform(write_command(0, 17, memory)), 0x4002));
	EXPECT_TRUE(has_status(perform(read_command(0, 17, memory)), 0x4002));
	EXPECT_EQ(bytes(), medium);
}

TEST_F(SimulatedTest, all_65536_blocks_of_one_command_are_counted)
{
	std::vector<std::uint8_t> memory(512);
	auto most = read_command(0, 65536, memory);
	EXPECT_EQ(most.cdw12, 0xffffU);
	// 32 MiB are more than MDTS; a count cut to 16 bits would have read nothing, or one block.
	EXPECT_TRUE(has_status(perform(most), 0x4002));
}

TEST_F(SimulatedTest, a_wrong_namespace_is_refused)
{
	auto memory = pattern(512);
	const auto medium = bytes();
	for (const std::uint32_t nsid : {0U, 2U, 0xffffffffU}) {
		for (auto wrong : {read_command(0, 1, memory), write_command(0, 1, memory), flush_command()}) {
			wrong.nsid = nsid;
			EXPECT_TRUE(has_status(perform(wrong), 0x400b)) << nsid;
		}
	}
	EXPECT_EQ(bytes(), medium);
}

TEST_F(SimulatedTest, every_other_opcode_is_invalid)
{
	std::vector<std::uint8_t> memory(4096, 0x11);
	const auto before = memory;
	for (std::uint32_t opcode = 0; opcode < 256; ++opcode) {
		const auto *row = ringline::nvme::find_command(static_cast<std::uint8_t>(opcode));
		constexpr std::uint32_t lacking = RINGLINE_CAN_ZONES | RINGLINE_CAN_PLACEMENT;
		if (row != nullptr && (row->needed & lacking) == 0) {
			continue;
		}
		const auto unknown = command(static_cast<std::uint8_t>(opcode), 0, 1, memory.data(), memory.size());
		EXPECT_TRUE(has_status(perform(unknown), 0x4001)) << opcode;
	}
	EXPECT_EQ(memory, before);
}

TEST_F(SimulatedTest, fused_bits_are_refused_as_by_the_kernel)
{
	auto memory = pattern(512);
	auto fused = write_command(0, 1, memory);
	fused.flags = 1;
	EXPECT_TRUE(has_error(perform(fused), -EINVAL, RINGLINE_NOT_SENT));
}

TEST_F(SimulatedTest, a_short_buffer_is_never_overwritten)
{
	const auto written = pattern(4 * 512);
	ASSERT_TRUE(succeeded(perform(write_command(0, 4, written))));
	std::vector<std::uint8_t> memory(4 * 512, 0xa5);
	const auto before = memory;
	auto four = read_command(0, 4, memory);
	for (const std::uint32_t length : {0U, 1U, 512U, 3 * 512U, 4 * 512U - 1}) {
		four.data_length = length;
		EXPECT_TRUE(has_error(perform(four), -EFAULT, RINGLINE_NOT_SENT)) << length;
		EXPECT_EQ(memory, before);
	}
}

TEST_F(SimulatedTest, a_write_from_a_short_buffer_writes_nothing)
{
	const auto medium = bytes();
	auto memory = pattern(4 * 512);
	auto four = write_command(0, 4, memory);
	four.data_length = 4 * 512 - 1;
	EXPECT_TRUE(has_error(perform(four), -EFAULT, RINGLINE_NOT_SENT));
	EXPECT_EQ(bytes(), medium);
}

TEST_F(SimulatedTest, a_longer_buffer_is_used_only_as_far_as_the_blocks_reach)
{
	std::vector<std::uint8_t> memory(2 * 512, 0xa5);
	EXPECT_TRUE(succeeded(perform(read_command(0, 1, memory))));
	EXPECT_EQ(std::count(memory.begin(), memory.begin() + 512, 0), 512);
	EXPECT_EQ(std::count(memory.begin() + 512, memory.end(), 0xa5), 512);
}

TEST_F(SimulatedTest, address_0_is_refused)
{
	for (const std::uint8_t opcode : {std::uint8_t{RINGLINE_NVME_READ}, std::uint8_t{RINGLINE_NVME_WRITE}}) {
		EXPECT_TRUE(has_error(perform(command(opcode, 0, 1, nullptr, 512)), -EFAULT, RINGLINE_NOT_SENT));
	}
}

TEST_F(SimulatedTest, memory_that_ends_early_is_an_error_and_not_a_crash)
{
	const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
	auto *memory = static_cast<std::uint8_t *>(
		::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	ASSERT_NE(memory, MAP_FAILED);
	ASSERT_EQ(::munmap(memory + page, page), 0);
	// The last block before the hole is there; the next is not.
	const auto half = perform(command(RINGLINE_NVME_READ, 0, 2, memory + page - 512, 1024));
	EXPECT_EQ(half.error, -EFAULT);
	const auto nothing = perform(command(RINGLINE_NVME_WRITE, 0, 1, memory + page, 512));
	EXPECT_TRUE(has_error(nothing, -EFAULT, RINGLINE_NOT_SENT));
	::munmap(memory, page);
}

TEST_F(SimulatedTest, a_read_only_open_refuses_commands_that_write)
{
	reopen(RINGLINE_OPEN_READ_ONLY);
	auto memory = pattern(512);
	const auto medium = bytes();
	EXPECT_TRUE(has_error(perform(write_command(0, 1, memory)), -EACCES, RINGLINE_NOT_SENT));
	EXPECT_TRUE(has_error(opened().execute(write_command(0, 1, memory)).outcome, -EACCES, RINGLINE_NOT_SENT));
	EXPECT_TRUE(succeeded(perform(read_command(0, 1, memory))));
	EXPECT_TRUE(succeeded(perform(flush_command())));
	EXPECT_EQ(bytes(), medium);
}

TEST_F(SimulatedTest, an_image_that_shrank_gives_media_errors_and_does_not_grow)
{
	ASSERT_EQ(::truncate(path().c_str(), 10 * 512 + 100), 0);
	auto memory = pattern(2 * 512);
	EXPECT_TRUE(succeeded(perform(write_command(8, 2, memory))));
	EXPECT_TRUE(has_status(perform(write_command(9, 2, memory)), 0x280));
	EXPECT_TRUE(has_status(perform(write_command(20, 2, memory)), 0x280));
	EXPECT_TRUE(has_status(perform(read_command(9, 2, memory)), 0x281));
	EXPECT_TRUE(has_status(perform(read_command(20, 2, memory)), 0x281));
	EXPECT_EQ(bytes().size(), 10 * 512 + 100U);
	memory = pattern(2 * 512);
	EXPECT_TRUE(std::equal(memory.begin(), memory.end(), bytes().begin() + 8 * 512))
		<< "a refused write reached blocks that are still there";
}

TEST_F(SimulatedTest, a_full_file_system_is_a_write_fault)
{
	close();
	if (!mount_small("size=256k")) {
		GTEST_SKIP() << "mounting a tmpfs is not permitted here";
	}
	ringline_sim_options options = {};
	options.struct_size = sizeof options;
	options.blocks = 256;
	options.block_size = 4096;
	ASSERT_EQ(device::create_image(path().c_str(), options), 0);
	reopen();
	const auto memory = pattern(512 * 1024);
	EXPECT_TRUE(has_status(perform(write_command(0, 128, memory)), 0x280));
	EXPECT_TRUE(succeeded(perform(write_command(0, 1, memory)))) << "what there is room for still works";
}

TEST_F(SimulatedTest, force_unit_access_writes_like_any_write)
{
	auto memory = pattern(512);
	auto forced = write_command(3, 1, memory);
	forced.cdw12 |= fua;
	EXPECT_TRUE(succeeded(perform(forced)));
	EXPECT_TRUE(std::equal(memory.begin(), memory.end(), bytes().begin() + 3 * 512));
}

TEST_F(SimulatedTest, several_threads_use_one_device_at_once)
{
	constexpr int threads = 4;
	std::atomic<int> failures{0};
	std::vector<std::thread> workers;
	for (std::uint32_t id = 0; id < threads; ++id) {
		workers.emplace_back([&, id] {
			std::vector<std::uint8_t> read(512);
			for (std::uint32_t round = 0; round < 500; ++round) {
				const auto written = pattern(512, id * 1000 + round);
				const std::uint64_t lba = id + threads * (round % 16);
				const bool good =
					opened().execute(write_command(lba, 1, written)).outcome.status == 0 &&
					opened().execute(read_command(lba, 1, read)).outcome.status == 0 &&
					read == written;
				failures += good ? 0 : 1;
			}
		});
	}
	for (auto &worker : workers) {
		worker.join();
	}
	EXPECT_EQ(failures, 0);
}

TEST_F(SimulatedTest, without_rules_a_command_completes_at_once)
{
	auto memory = pattern(512);
	const auto verdict = opened().execute(write_command(0, 1, memory));
	EXPECT_TRUE(succeeded(verdict.outcome));
	EXPECT_EQ(verdict.disposition, device::Disposition::complete);
	EXPECT_EQ(verdict.delay_ns, 0U);
	EXPECT_TRUE(verdict.executed);
}

TEST_F(SimulatedTest, it_runs_in_software_and_has_no_descriptor_for_the_ring)
{
	EXPECT_EQ(opened().fd(), -1);
}

} // namespace

} // namespace simulated
