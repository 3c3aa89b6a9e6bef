// SPDX-License-Identifier: MIT OR Apache-2.0
// The NVM command set: what commands do to blocks. Zoned drives, whose blocks are written in order, are left to
// zone_test.cpp.
#include "drive.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace conformance
{

namespace
{

class NvmTest : public ConformanceTest
{
protected:
	/// QEMU 7.2 leaves out that a retry is useless, which later versions say.
	static testing::AssertionResult miscompares(ringline_completion completion)
	{
		completion.status &= static_cast<std::uint16_t>(~RINGLINE_STATUS_DNR);
		return has_status(completion, 0x0285);
	}
	ringline_completion deallocate(const std::vector<ringline_range> &ranges) const
	{
		const Memory wire(ranges.size() * RINGLINE_DATASET_RANGE_BYTES);
		EXPECT_GT(ringline_nvme_dataset_ranges(ranges.data(), static_cast<std::uint32_t>(ranges.size()),
						       wire.data(), wire.size()),
			  0);
		ringline_command_extended made = command(RINGLINE_NVME_DATASET_MANAGEMENT, 0, 0);
		made.reference_tag = 0;
		made.application_mask = 0;
		made.base.action = RINGLINE_DATASET_DEALLOCATE;
		made.base.address = wire.address();
		made.base.length = wire.size();
		return run(made);
	}
	ringline_completion copy(std::uint64_t lba, const std::vector<ringline_range> &ranges) const
	{
		const std::uint8_t format = info().guard_bits > 16 ? 1 : 0;
		const Memory wire(ranges.size() * (format == 1 ? 40 : 32));
		EXPECT_GT(ringline_nvme_copy_ranges(ranges.data(), static_cast<std::uint32_t>(ranges.size()), format,
						    wire.data(), wire.size()),
			  0);
		ringline_command_extended made = command(RINGLINE_NVME_COPY, lba, 0);
		made.base.action = format;
		made.base.address = wire.address();
		made.base.length = wire.size();
		return run(made);
	}
	static ringline_range range(std::uint64_t lba, std::uint32_t blocks)
	{
		ringline_range made = {};
		made.lba = lba;
		made.blocks = blocks;
		return made;
	}
};

TEST_P(NvmTest, what_is_written_is_read_back_with_its_metadata)
{
	for (const std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{RINGLINE_FUA}}) {
		for (const std::uint64_t lba : {std::uint64_t{0}, std::uint64_t{77}, info().blocks - some}) {
			const Buffers written(info(), some);
			written.fill(lba + flags);
			written.protect(lba);
			ASSERT_TRUE(succeeded(write(lba, written, flags)));
			const Buffers seen(info(), some);
			ASSERT_TRUE(succeeded(read(lba, seen, flags)));
			EXPECT_TRUE(seen.equal(written));
		}
	}
	ringline_command_extended flush = {};
	flush.base.device = device();
	flush.base.opcode = RINGLINE_NVME_FLUSH;
	EXPECT_TRUE(succeeded(run(flush)));
}

TEST_P(NvmTest, compare_knows_equal_from_unequal)
{
	NEEDS(can(RINGLINE_CAN_COMPARE), "Compare");
	const Buffers written(info(), some);
	written.fill(1);
	written.protect(100);
	ASSERT_TRUE(succeeded(write(100, written)));
	EXPECT_TRUE(succeeded(run(transfer(RINGLINE_NVME_COMPARE, 100, written))));
	for (const std::uint32_t block : {0U, some - 1}) {
		written.data_of(block)[info().block_size - 1] ^= 1;
		EXPECT_TRUE(miscompares(run(transfer(RINGLINE_NVME_COMPARE, 100, written))));
		written.data_of(block)[info().block_size - 1] ^= 1;
	}
	EXPECT_TRUE(succeeded(run(transfer(RINGLINE_NVME_COMPARE, 100, written))));
	if (info().metadata_size != 0 && !protects()) {
		written.metadata_of(3)[0] ^= 1;
		EXPECT_TRUE(miscompares(run(transfer(RINGLINE_NVME_COMPARE, 100, written))));
	}
}

TEST_P(NvmTest, write_zeroes_makes_zeros_of_dirty_blocks_and_of_no_others)
{
	NEEDS(can(RINGLINE_CAN_WRITE_ZEROES), "Write Zeroes");
	for (const std::uint16_t flags : {std::uint16_t{0}, std::uint16_t{RINGLINE_DEALLOCATE}}) {
		const Buffers before(info(), some);
		dirty(200, 2);
		ASSERT_TRUE(succeeded(read(200, before)));
		ASSERT_TRUE(succeeded(run(command(RINGLINE_NVME_WRITE_ZEROES, 204, 8, flags))));
		EXPECT_TRUE(reads_zeros(204, 8));
		const Buffers after(info(), some);
		ASSERT_TRUE(succeeded(read(200, after)));
		EXPECT_EQ(std::memcmp(after.data_of(0), before.data_of(0), before.data_of(4) - before.data_of(0)), 0);
		EXPECT_EQ(std::memcmp(after.data_of(12), before.data_of(12),
				      before.data_of(some - 1) - before.data_of(12)),
			  0);
	}
}

TEST_P(NvmTest, deallocated_blocks_read_as_zeros)
{
	NEEDS(can(RINGLINE_CAN_DATASET_MANAGEMENT), "Dataset Management");
	// Whole pages of the host: QEMU deallocates nothing smaller.
	const std::uint32_t page = std::max(65536 / info().block_size, some);
	const std::uint64_t start = 8 * std::uint64_t{page};
	dirty(start, 3);
	dirty(start + page, 4);
	ASSERT_TRUE(succeeded(deallocate({range(start, page), range(start + page, page)})));
	EXPECT_TRUE(reads_zeros(start, some));
	EXPECT_TRUE(reads_zeros(start + page, some));
}

TEST_P(NvmTest, copy_joins_its_ranges)
{
	NEEDS(can(RINGLINE_CAN_COPY), "Copy");
	dirty(300, 5);
	ASSERT_TRUE(succeeded(copy(400, {range(310, 4), range(300, 1), range(320, 3)})));
	const Buffers from(info(), some);
	const Buffers to(info(), 8);
	ASSERT_TRUE(succeeded(read(300, from)));
	ASSERT_TRUE(succeeded(read(400, to)));
	const std::uint32_t order[] = {10, 11, 12, 13, 0, 20, 21, 22};
	for (std::uint32_t i = 0; i < 8; ++i) {
		EXPECT_EQ(std::memcmp(to.data_of(i), from.data_of(order[i]), info().block_size), 0) << i;
		EXPECT_EQ(std::memcmp(to.metadata_of(i), from.metadata_of(order[i]), info().metadata_size), 0) << i;
	}
}

TEST_P(NvmTest, copy_takes_as_many_ranges_and_blocks_as_it_says)
{
	NEEDS(can(RINGLINE_CAN_COPY), "Copy");
	const std::uint32_t each = std::max(1U, info().copy_max_blocks / info().copy_max_ranges);
	ASSERT_LE(std::uint64_t{each} * info().copy_max_ranges, info().copy_max_blocks);
	dirty(300, 6);
	EXPECT_TRUE(succeeded(copy(1000, std::vector(info().copy_max_ranges, range(300, each)))));
	EXPECT_TRUE(
		succeeded(copy(2000, {range(300, std::min(info().copy_max_range_blocks, info().copy_max_blocks))})));
}

TEST_P(NvmTest, verify_passes_over_what_can_be_read)
{
	dirty(500, 7);
	EXPECT_TRUE(succeeded(verify(command(RINGLINE_NVME_VERIFY, 500, some))));
	EXPECT_TRUE(succeeded(verify(command(RINGLINE_NVME_VERIFY, info().blocks - 1, 1))));
}

TEST_P(NvmTest, uncorrectable_blocks_fail_until_they_are_written)
{
	NEEDS(can(RINGLINE_CAN_WRITE_UNCORRECTABLE), "Write Uncorrectable");
	dirty(600, 8);
	ASSERT_TRUE(succeeded(run(command(RINGLINE_NVME_WRITE_UNCORRECTABLE, 602, 2))));
	const Buffers seen(info(), some);
	EXPECT_TRUE(has_status(read(600, seen), 0x0281));
	EXPECT_TRUE(has_status(verify(command(RINGLINE_NVME_VERIFY, 603, 1)), 0x0281));
	dirty(600, 9);
	EXPECT_TRUE(succeeded(read(600, seen)));
}

RINGLINE_INSTANTIATE(NvmTest, unzoned_drives);

} // namespace

} // namespace conformance
