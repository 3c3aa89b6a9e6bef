// SPDX-License-Identifier: MIT OR Apache-2.0
// What raw commands are refused for, and which admin commands have no effects.
#include "nvme/plain.h"
#include "nvme/raw.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace
{

using namespace ringline;
using nvme::OpcodeSet;

/// A log of commands and effects, four bytes for each admin opcode.
class Effects
{
public:
	Effects &say(std::uint8_t opcode, std::uint32_t entry)
	{
		for (std::size_t i = 0; i < 4; ++i) {
			page_[std::size_t{opcode} * 4 + i] = static_cast<std::uint8_t>(entry >> (8 * i));
		}
		return *this;
	}
	[[nodiscard]] OpcodeSet harmless() const
	{
		return nvme::harmless_commands(nvme::AdminEffects(page_.data(), nvme::admin_effects_bytes));
	}

private:
	std::vector<std::uint8_t> page_ = std::vector<std::uint8_t>(nvme::admin_effects_bytes);
};

TEST(Raw, identify_logs_and_features_are_harmless_whatever_the_log_says)
{
	const OpcodeSet none = Effects().harmless();
	const OpcodeSet all = Effects().say(0x02, 0x2).say(0x06, 0x70000).harmless();
	for (unsigned opcode = 0; opcode < 256; ++opcode) {
		const bool known = opcode == 0x02 || opcode == 0x06 || opcode == 0x0a;
		EXPECT_EQ(none.has(static_cast<std::uint8_t>(opcode)), known) << opcode;
		EXPECT_EQ(all.has(static_cast<std::uint8_t>(opcode)), known) << opcode;
	}
}

TEST(Raw, what_brings_data_is_harmless_if_the_log_knows_it_and_says_of_no_effect)
{
	constexpr std::uint8_t vendor = 0xc2;
	EXPECT_TRUE(Effects().say(vendor, 1).harmless().has(vendor));
	EXPECT_TRUE(Effects().say(vendor, 1 | 1U << 19 | 1U << 20).harmless().has(vendor)) << "UUID and scope";
	EXPECT_FALSE(Effects().say(vendor, 0).harmless().has(vendor)) << "not supported";
	for (const unsigned bit : {1, 2, 3, 4, 16, 17, 18}) {
		EXPECT_FALSE(Effects().say(vendor, 1 | 1U << bit).harmless().has(vendor)) << bit;
	}
}

TEST(Raw, what_brings_no_data_is_never_taken_for_harmless)
{
	for (const unsigned opcode : {0x08U, 0x09U, 0x0cU, 0x0dU, 0x10U, 0x14U, 0x80U, 0x81U, 0x84U, 0xc1U, 0xc3U}) {
		const auto narrow = static_cast<std::uint8_t>(opcode);
		EXPECT_FALSE(Effects().say(narrow, 1).harmless().has(narrow)) << opcode;
	}
}

ringline_device_info facts(std::uint32_t kind)
{
	ringline_device_info info = {};
	info.kind = kind;
	info.page_size = 4096;
	if (kind != RINGLINE_DEVICE_CONTROLLER) {
		info.blocks = 1000;
		info.block_size = 512;
	}
	return info;
}

std::int32_t refused(const ringline_device_info &info, std::uint32_t flags, std::uint8_t opcode)
{
	ringline_raw_command raw = {};
	raw.flags = flags;
	raw.command.opcode = opcode;
	return nvme::check_raw(nvme::geometry_of(info), raw, nvme::always_harmless.has(opcode)).error;
}

TEST(Raw, each_kind_of_device_takes_its_own_commands)
{
	const struct {
		std::uint32_t kind;
		std::int32_t io;
		std::int32_t admin;
	} kinds[] = {{RINGLINE_DEVICE_NAMESPACE, 0, -ENOTTY},
		     {RINGLINE_DEVICE_CONTROLLER, -ENOTTY, 0},
		     {RINGLINE_DEVICE_SIMULATED, 0, 0},
		     {RINGLINE_DEVICE_NULL, 0, -ENOTTY}};
	for (const auto &[kind, io, admin] : kinds) {
		EXPECT_EQ(refused(facts(kind), 0, RINGLINE_NVME_READ), io) << kind;
		EXPECT_EQ(refused(facts(kind), RINGLINE_RAW_ADMIN, RINGLINE_NVME_IDENTIFY), admin) << kind;
	}
}

TEST(Raw, the_kind_is_looked_at_before_the_opcode)
{
	EXPECT_EQ(refused(facts(RINGLINE_DEVICE_NAMESPACE), RINGLINE_RAW_ADMIN, RINGLINE_NVME_FORMAT), -ENOTTY);
	EXPECT_EQ(refused(facts(RINGLINE_DEVICE_CONTROLLER), RINGLINE_RAW_ADMIN, RINGLINE_NVME_FORMAT), -EOPNOTSUPP);
}

TEST(Raw, a_read_only_device_takes_what_leaves_the_medium_alone)
{
	ringline_device_info info = facts(RINGLINE_DEVICE_SIMULATED);
	info.flags = RINGLINE_OPEN_READ_ONLY;
	EXPECT_EQ(refused(info, 0, RINGLINE_NVME_WRITE), -EROFS);
	EXPECT_EQ(refused(info, 0, RINGLINE_NVME_READ), 0);
	EXPECT_EQ(refused(info, 0, RINGLINE_NVME_FLUSH), 0);
	EXPECT_EQ(refused(info, RINGLINE_RAW_ADMIN, RINGLINE_NVME_GET_FEATURES), 0);
}

TEST(Raw, nothing_of_a_controller_is_plain)
{
	const nvme::PlainLimits limits = nvme::plain_limits(nvme::geometry_of(facts(RINGLINE_DEVICE_CONTROLLER)));
	EXPECT_EQ(limits.blocks_max, 0U);
	EXPECT_FALSE(limits.raw);
}

TEST(Raw, the_sentence_names_what_to_do)
{
	const auto text = [](const ringline_device_info &info, std::uint32_t flags, std::uint8_t opcode) {
		ringline_raw_command raw = {};
		raw.flags = flags;
		raw.command.opcode = opcode;
		ringline_diagnosis why = {};
		why.struct_size = sizeof why;
		EXPECT_LT(nvme::explain_raw(nvme::geometry_of(info), raw, false, &why), 0);
		EXPECT_LT(std::strlen(why.text), sizeof why.text - 1) << "cut: " << why.text;
		return std::string(why.text);
	};
	EXPECT_NE(text(facts(RINGLINE_DEVICE_NAMESPACE), RINGLINE_RAW_ADMIN, 6).find("/dev/nvme0"), std::string::npos);
	EXPECT_NE(text(facts(RINGLINE_DEVICE_CONTROLLER), 0, 0).find("/dev/ng0n1"), std::string::npos);
	EXPECT_NE(text(facts(RINGLINE_DEVICE_CONTROLLER), RINGLINE_RAW_ADMIN, 0x80).find("ringline_device_admin"),
		  std::string::npos);
	EXPECT_NE(text(facts(RINGLINE_DEVICE_CONTROLLER), RINGLINE_RAW_ADMIN, 0x0c).find("kernel's own"),
		  std::string::npos);
}

} // namespace
