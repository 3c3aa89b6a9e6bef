// SPDX-License-Identifier: MIT OR Apache-2.0
// The straight way (plain.h) against the general one (encode.h): it may take fewer commands, and never another.
#include "nvme/encode.h"
#include "nvme/plain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace
{

using namespace ringline;
using nvme::CommandWords;
using nvme::Geometry;

Geometry geometry(std::uint64_t blocks, std::uint32_t block_bytes)
{
	Geometry made = {};
	made.blocks = blocks;
	made.nsid = 3;
	made.block_bytes = block_bytes;
	made.max_transfer_bytes = 512 * 1024;
	made.max_transfer_rule = RINGLINE_RULE_MDTS;
	made.max_segment_bytes = 128 * 4096;
	made.page_mask = 4095;
	return made;
}

std::vector<Geometry> geometries()
{
	std::vector<Geometry> all = {geometry(1 << 20, 512), geometry(1 << 20, 4096), geometry(1, 512),
				     geometry(UINT64_MAX, 4160), geometry(2000, 512)};
	Geometry read_only = geometry(1 << 20, 512);
	read_only.read_only = true;
	Geometry movable = geometry(1 << 20, 512);
	movable.address_mask = 3;
	Geometry with_metadata = geometry(1 << 20, 512);
	with_metadata.metadata_bytes = 8;
	Geometry unlimited = geometry(1 << 20, 512);
	unlimited.max_transfer_bytes = UINT32_MAX / 512 * 512;
	unlimited.max_segment_bytes = UINT32_MAX;
	Geometry one_page = geometry(1 << 20, 4096);
	one_page.max_segment_bytes = 4096;
	all.insert(all.end(), {read_only, movable, with_metadata, unlimited, one_page});
	return all;
}

/// A value that is often just inside or just outside of what is allowed.
std::uint64_t near(std::mt19937_64 &random, std::uint64_t edge)
{
	switch (random() % 4) {
	case 0:
		return edge - random() % 3;
	case 1:
		return edge + random() % 3;
	case 2:
		return random() % (edge | 1);
	default:
		return random() % 4;
	}
}

ringline_command command(std::mt19937_64 &random, const Geometry &geometry)
{
	ringline_command made = {};
	made.user_data = random();
	made.device = {random()};
	constexpr std::uint8_t opcodes[] = {RINGLINE_NVME_READ, RINGLINE_NVME_WRITE, RINGLINE_NVME_FLUSH, 0x05, 0xff};
	made.opcode = random() % 8 != 0 ? opcodes[random() % 2] : opcodes[random() % 5];
	made.blocks = static_cast<std::uint32_t>(near(random, geometry.max_transfer_bytes / geometry.block_bytes));
	made.lba = near(random, geometry.blocks - made.blocks);
	made.length = made.blocks * geometry.block_bytes;
	made.address = near(random, 0x7f0000001000);
	// One thing at most is odd, so that most commands are valid but for it.
	switch (random() % 16) {
	case 0:
		made.length += static_cast<std::uint32_t>(random() % 3) - 1;
		break;
	case 1:
		made.timeout_ms = static_cast<std::uint32_t>(random());
		break;
	case 2:
		made.flags = static_cast<std::uint16_t>(random() % 8);
		break;
	case 3:
		made.metadata_address = random() % 2 * 0x1000;
		made.metadata_length = static_cast<std::uint32_t>(random() % 2 * 8 * made.blocks);
		break;
	case 4:
		made.placement = static_cast<std::uint16_t>(random() % 2);
		made.segments = static_cast<std::uint16_t>(random() % 2);
		break;
	case 5:
		made.action = static_cast<std::uint8_t>(random() % 2);
		break;
	default:
		break;
	}
	return made;
}

ringline_command simple(std::uint32_t opcode, std::uint64_t lba, std::uint32_t blocks)
{
	ringline_command made = {};
	made.lba = lba;
	made.address = 0x10001;
	made.length = blocks * 512;
	made.blocks = blocks;
	made.opcode = static_cast<std::uint8_t>(opcode);
	return made;
}

struct Wire {
	std::uint64_t words[10];
};

TEST(PlainTest, what_is_plain_is_valid_and_encoded_as_the_general_way_does)
{
	std::mt19937_64 random(20);
	for (const Geometry &facts : geometries()) {
		const nvme::PlainLimits limits = nvme::plain_limits(facts);
		for (int i = 0; i < 200'000; ++i) {
			const ringline_command given = command(random, facts);
			const auto &words = reinterpret_cast<const CommandWords &>(given);
			nvme::PlainTransfer transfer = {};
			if (!nvme::is_plain(words, limits, &transfer)) {
				continue;
			}
			ASSERT_EQ(nvme::validate(facts, given,
						 [](const nvme::Violation &broken) { return broken.error; }),
				  0)
				<< "lba " << given.lba << " blocks " << given.blocks << " address " << given.address;
			Wire plain = {};
			std::memset(&plain, 0xa5, sizeof plain);
			nvme::encode_constants(plain.words);
			nvme::encode_plain(transfer, limits.nsid_word, plain.words);
			ringline_nvme_command general = {};
			nvme::encode(given, facts.nsid, &general);
			ASSERT_EQ(std::memcmp(&plain, &general, sizeof general), 0);
		}
	}
}

TEST(PlainTest, ordinary_reads_and_writes_are_plain)
{
	const Geometry facts = geometry(1 << 20, 512);
	const nvme::PlainLimits limits = nvme::plain_limits(facts);
	nvme::PlainTransfer transfer = {};
	for (const std::uint32_t opcode : {RINGLINE_NVME_READ, RINGLINE_NVME_WRITE}) {
		for (const std::uint32_t blocks : {1U, 8U, 256U}) {
			const ringline_command given = simple(opcode, 77, blocks);
			EXPECT_TRUE(nvme::is_plain(reinterpret_cast<const CommandWords &>(given), limits, &transfer));
		}
	}
}

TEST(PlainTest, a_write_to_a_read_only_device_is_not_plain)
{
	Geometry facts = geometry(1 << 20, 512);
	facts.read_only = true;
	const ringline_command given = simple(RINGLINE_NVME_WRITE, 0, 1);
	nvme::PlainTransfer transfer = {};
	EXPECT_FALSE(
		nvme::is_plain(reinterpret_cast<const CommandWords &>(given), nvme::plain_limits(facts), &transfer));
}

TEST(PlainTest, nothing_is_plain_without_limits)
{
	std::mt19937_64 random(21);
	const Geometry facts = geometry(1 << 20, 512);
	nvme::PlainTransfer transfer = {};
	for (int i = 0; i < 10'000; ++i) {
		const ringline_command given = command(random, facts);
		EXPECT_FALSE(nvme::is_plain(reinterpret_cast<const CommandWords &>(given), {}, &transfer));
	}
}

} // namespace
