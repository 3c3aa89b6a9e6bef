// SPDX-License-Identifier: MIT OR Apache-2.0
// How a range of any length is cut: without gap or overlap, into commands that each keep every rule of the device.
#include "core/transfer_plan.h"
#include "nvme/explain.h"
#include "nvme/geometry.h"
#include "nvme/ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <vector>

namespace
{

using namespace ringline;
using core::Piece;
using core::TransferPlan;

constexpr std::uint32_t all_commands = 0x1ff;
constexpr std::uint64_t memory = 1ULL << 40; // never looked at

/// Numbers of 32 bits, as std::mt19937's type is longer.
class Random
{
public:
	explicit Random(std::uint32_t seed) : engine_(seed) {}
	std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

private:
	std::mt19937 engine_;
};

ringline_device_info facts(Random &random, bool zoned)
{
	const auto some = [&](std::uint32_t most) { return random() % 3 == 0 ? 0U : 1U + random() % most; };
	ringline_device_info info = {};
	info.nsid = 1;
	info.blocks = 1 << 20;
	info.block_size = random() % 2 == 0 ? 512 : 4096;
	info.page_size = 4096;
	info.mdts_bytes = random() % 2 == 0 ? 0 : 8192U << random() % 6;
	info.max_segments = random() % 2 == 0 ? 0 : 2 + random() % 127;
	info.commands = all_commands & ~RINGLINE_CAN_ZONES;
	info.zone_blocks = zoned ? 4096 : 0;
	info.verify_max_blocks = some(5000);
	info.write_zeroes_max_blocks = some(5000);
	info.write_uncorrectable_max_blocks = some(5000);
	info.dataset_max_range_blocks = some(5000);
	info.dataset_max_blocks = some(5000);
	info.copy_formats = 1;
	info.copy_max_ranges = 1 + random() % 256;
	info.copy_max_range_blocks = some(300);
	info.copy_max_blocks = some(2000);
	nvme::apply_limits(&info);
	return info;
}

ringline_transfer_options wanted(Random &random, const ringline_device_info &info, std::uint32_t opcode)
{
	ringline_transfer_options options = {};
	options.struct_size = sizeof options;
	options.opcode = opcode;
	options.lba = random() % 20000;
	options.blocks = 1 + random() % 20000;
	options.max_blocks = random() % 2 == 0 ? 0 : 1 + random() % 1000;
	if (opcode == RINGLINE_NVME_COPY) {
		options.source = 100000 + random() % 20000;
	} else if (opcode == RINGLINE_NVME_DATASET_MANAGEMENT) {
		options.action = RINGLINE_DATASET_DEALLOCATE;
	} else if (opcode == RINGLINE_NVME_READ || opcode == RINGLINE_NVME_WRITE || opcode == RINGLINE_NVME_COMPARE) {
		options.address = memory + random() % 3 * 512;
		options.length = options.blocks * info.block_size;
	}
	return options;
}

bool crosses(std::uint64_t lba, std::uint64_t blocks, std::uint64_t zone)
{
	return zone != 0 && lba / zone != (lba + blocks - 1) / zone;
}

void expect_sources_within_zones(const ringline_command_extended &command, std::uint64_t zone)
{
	for (std::uint32_t i = 0; i < command.base.length / 32; ++i) {
		const nvme::Range range = nvme::read_copy_range(command.base.address, 0, i);
		EXPECT_FALSE(crosses(range.lba, range.blocks, zone)) << range.lba << " + " << range.blocks;
	}
}

void expect_whole(const ringline_device_info &info, const ringline_transfer_options &options)
{
	const nvme::Geometry geometry = nvme::geometry_of(info);
	TransferPlan plan;
	ringline_diagnosis why = {};
	why.struct_size = sizeof why;
	ASSERT_EQ(plan.make({}, info, options, 32, &why), 0) << why.text;
	std::uint64_t lba = options.lba;
	while (lba != plan.end()) {
		const Piece piece = plan.cut(lba);
		ASSERT_EQ(piece.lba, lba);
		ASSERT_GT(piece.blocks, 0U);
		const ringline_command_extended command = plan.command(piece, 0);
		ASSERT_EQ(nvme::explain(geometry, command, &why), 0) << why.text;
		if (options.opcode != RINGLINE_NVME_DATASET_MANAGEMENT) {
			ASSERT_FALSE(crosses(piece.lba, piece.blocks, info.zone_blocks));
		}
		if (options.opcode == RINGLINE_NVME_COPY) {
			expect_sources_within_zones(command, info.zone_blocks);
		}
		lba += piece.blocks;
		ASSERT_LE(lba, plan.end());
	}
}

TEST(TransferPlan, every_piece_is_a_command_that_keeps_all_rules)
{
	constexpr std::uint32_t opcodes[] = {RINGLINE_NVME_READ,
					     RINGLINE_NVME_WRITE,
					     RINGLINE_NVME_COMPARE,
					     RINGLINE_NVME_VERIFY,
					     RINGLINE_NVME_WRITE_ZEROES,
					     RINGLINE_NVME_WRITE_UNCORRECTABLE,
					     RINGLINE_NVME_DATASET_MANAGEMENT,
					     RINGLINE_NVME_COPY};
	Random random(5);
	for (int round = 0; round < 40; ++round) {
		for (const std::uint32_t opcode : opcodes) {
			for (const bool zoned : {false, true}) {
				const ringline_device_info info = facts(random, zoned);
				SCOPED_TRACE(testing::Message() << "round " << round << ", opcode " << opcode);
				expect_whole(info, wanted(random, info, opcode));
				if (HasFatalFailure()) {
					return;
				}
			}
		}
	}
}

TEST(TransferPlan, a_device_of_one_segment_gets_no_command_that_begins_in_one_page_and_ends_in_another)
{
	Random random(8);
	ringline_device_info info = facts(random, false);
	info.block_size = 512;
	info.mdts_bytes = 0;
	info.max_segments = 1;
	nvme::apply_limits(&info);
	ringline_transfer_options options = wanted(random, info, RINGLINE_NVME_READ);
	options.blocks = 100;
	options.length = options.blocks * info.block_size;
	options.max_blocks = 0;
	for (const std::uint64_t within : {0, 512, 3584}) {
		options.address = memory + within;
		expect_whole(info, options);
		TransferPlan plan;
		ASSERT_EQ(plan.make({}, info, options, 32, nullptr), 0);
		EXPECT_EQ(plan.cut(options.lba).blocks, (4096 - within) / 512) << "as long as it can be";
		EXPECT_EQ(plan.cut(options.lba + (4096 - within) / 512).blocks, 8U);
	}
	options.address = memory + 4; // some block lies in two pages, wherever it is cut
	TransferPlan plan;
	ringline_diagnosis why = {};
	why.struct_size = sizeof why;
	EXPECT_EQ(plan.make({}, info, options, 32, &why), -EMSGSIZE);
	EXPECT_EQ(why.rule, RINGLINE_RULE_SEGMENTS);
}

TEST(TransferPlan, what_moves_a_write_pointer_goes_one_by_one_and_is_not_repeated)
{
	Random random(6);
	const auto plan_of = [&](std::uint32_t opcode, bool zoned, std::uint32_t *in_flight) {
		const ringline_device_info info = facts(random, zoned);
		TransferPlan plan;
		EXPECT_EQ(plan.make({}, info, wanted(random, info, opcode), 32, nullptr), 0);
		*in_flight = plan.in_flight();
		return plan.idempotent();
	};
	std::uint32_t in_flight = 0;
	for (const std::uint32_t opcode : {RINGLINE_NVME_WRITE, RINGLINE_NVME_WRITE_ZEROES, RINGLINE_NVME_COPY}) {
		EXPECT_FALSE(plan_of(opcode, true, &in_flight)) << opcode;
		EXPECT_EQ(in_flight, 1U) << opcode;
		EXPECT_TRUE(plan_of(opcode, false, &in_flight)) << opcode;
		EXPECT_EQ(in_flight, 32U) << opcode;
	}
	EXPECT_TRUE(plan_of(RINGLINE_NVME_READ, true, &in_flight));
	EXPECT_EQ(in_flight, 32U);
}

TEST(TransferPlan, fact_22_the_device_says_how_long_to_wait_before_a_retry)
{
	Random random(7);
	ringline_device_info info = facts(random, false);
	info.retry_delay_ms[0] = 100;
	info.retry_delay_ms[2] = 300;
	TransferPlan plan;
	ASSERT_EQ(plan.make({}, info, wanted(random, info, RINGLINE_NVME_VERIFY), 32, nullptr), 0);
	EXPECT_EQ(plan.retry_delay_ms(0), 0U);
	EXPECT_EQ(plan.retry_delay_ms(1), 100U);
	EXPECT_EQ(plan.retry_delay_ms(3), 300U);
}

} // namespace
