// SPDX-License-Identifier: MIT OR Apache-2.0
// What is said about an open device, and synchronous admin commands.
#include "fixture.h"

#include <algorithm>
#include <filesystem>
#include <thread>

namespace contract
{
namespace
{

constexpr std::uint8_t identify_opcode = 0x06;

class DeviceTest : public AttachedTest
{
protected:
	/// Identify into a page.
	[[nodiscard]] ringline_nvme_command identify(const Memory &page, std::uint32_t cns) const
	{
		ringline_nvme_command command = {};
		command.opcode = identify_opcode;
		command.nsid = cns == 0 ? facts().nsid : 0;
		command.address = page.address();
		command.data_length = page.size();
		command.cdw10 = cns;
		return command;
	}
};

RINGLINE_INSTANTIATE(DeviceTest, every_combination);

TEST_P(DeviceTest, the_kind_and_the_node_are_told)
{
	switch (GetParam().kind) {
	case Kind::null:
		EXPECT_EQ(facts().kind, RINGLINE_DEVICE_NULL);
		break;
	case Kind::simulated:
		EXPECT_EQ(facts().kind, RINGLINE_DEVICE_SIMULATED);
		break;
	case Kind::node:
		EXPECT_EQ(facts().kind, RINGLINE_DEVICE_NAMESPACE);
		EXPECT_EQ(std::filesystem::canonical(facts().node).string().substr(0, 7), "/dev/ng");
		break;
	}
	EXPECT_NE(facts().node[0], '\0');
	EXPECT_EQ(facts().node[sizeof facts().node - 1], '\0');
}

TEST_P(DeviceTest, the_geometry_makes_sense)
{
	EXPECT_TRUE(facts().block_size == 512 || facts().block_size == 4096);
	if (GetParam().kind == Kind::simulated) {
		EXPECT_EQ(facts().block_size, GetParam().block_size);
		EXPECT_EQ(facts().blocks, image_blocks);
		EXPECT_EQ(facts().mdts_bytes, 1U << 20);
	}
	EXPECT_GE(facts().blocks, 1U);
	EXPECT_LE(facts().capacity_blocks, facts().blocks);
	EXPECT_GE(facts().nsid, 1U);
	EXPECT_EQ(facts().flags & RINGLINE_OPEN_READ_ONLY, 0U);
	EXPECT_EQ(facts().page_size, 4096U);
}

TEST_P(DeviceTest, fact_9_the_longest_transfer_keeps_every_limit)
{
	EXPECT_GE(facts().max_transfer_bytes, block_size());
	EXPECT_EQ(facts().max_transfer_bytes % block_size(), 0U);
	EXPECT_LE(facts().max_transfer_bytes / block_size(), RINGLINE_NVME_BLOCKS_MAX);
	if (facts().mdts_bytes != 0) {
		EXPECT_LE(facts().max_transfer_bytes, facts().mdts_bytes);
	}
	if (facts().max_hw_bytes != 0) {
		EXPECT_LE(facts().max_transfer_bytes, facts().max_hw_bytes);
	}
	if (facts().max_segments != 0) {
		EXPECT_LE(facts().max_transfer_bytes, facts().max_segments * facts().page_size);
	}
	EXPECT_TRUE(facts().max_transfer_rule == RINGLINE_RULE_MDTS ||
		    facts().max_transfer_rule == RINGLINE_RULE_MAX_HW_SECTORS ||
		    facts().max_transfer_rule == RINGLINE_RULE_SEGMENTS ||
		    facts().max_transfer_rule == RINGLINE_RULE_BLOCKS);
}

TEST_P(DeviceTest, names_are_trimmed_and_terminated)
{
	const auto check = [](const char *text, std::size_t size) {
		const std::size_t length = ::strnlen(text, size);
		EXPECT_LT(length, size) << "not terminated";
		if (length > 0) {
			EXPECT_NE(text[0], ' ');
			EXPECT_NE(text[length - 1], ' ');
		}
	};
	check(facts().serial, sizeof facts().serial);
	check(facts().model, sizeof facts().model);
	check(facts().firmware, sizeof facts().firmware);
}

TEST_P(DeviceTest, a_refresh_keeps_what_did_not_change)
{
	EXPECT_EQ(ringline_device_refresh(device()), 0);
	const ringline_device_info again = owned_device().info();
	EXPECT_EQ(std::memcmp(&again, &facts(), sizeof again), 0);
	EXPECT_TRUE(succeeded(run(queue(), flush())));
}

TEST_P(DeviceTest, a_refresh_on_another_thread_never_disturbs_the_queue)
{
	const Memory memory(block_size());
	std::thread refresher([this] {
		for (std::uint32_t i = 0; i < scaled(200); ++i) {
			EXPECT_EQ(ringline_device_refresh(device()), 0);
		}
	});
	for (std::uint32_t i = 0; i < scaled(500); ++i) {
		EXPECT_TRUE(succeeded(run(queue(), read(facts().blocks - 1, memory, i))));
	}
	refresher.join();
}

TEST_P(DeviceTest, identify_namespace_agrees_with_the_facts)
{
	const Memory page(4096);
	ringline_completion completion = {};
	completion.user_data = 9;
	const ringline_nvme_command command = identify(page, 0);
	const std::int32_t error = ringline_device_admin(device(), &command, &completion);
	if (GetParam().kind == Kind::null) {
		EXPECT_EQ(error, -EOPNOTSUPP);
		EXPECT_EQ(completion.user_data, 9U) << "written on failure";
		return;
	}
	ASSERT_EQ(error, 0);
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 0U);
	EXPECT_EQ(completion.device.value, device().value);
	std::uint64_t blocks = 0;
	std::memcpy(&blocks, page.data(), sizeof blocks);
	EXPECT_EQ(blocks, facts().blocks);
	const std::size_t format = (page.data()[26] & 0xFU) | ((page.data()[26] & 0x60U) >> 1);
	EXPECT_EQ(1U << page.data()[128 + 4 * format + 2], facts().block_size);
}

TEST_P(DeviceTest, identify_controller_agrees_with_the_facts)
{
	if (GetParam().kind == Kind::null) {
		GTEST_SKIP() << "has no controller";
	}
	const Memory page(4096);
	ringline_completion completion = {};
	const ringline_nvme_command command = identify(page, 1);
	ASSERT_EQ(ringline_device_admin(device(), &command, &completion), 0);
	ASSERT_TRUE(succeeded(completion));
	const std::string serial(reinterpret_cast<const char *>(page.data() + 4), 20);
	EXPECT_EQ(serial.find(facts().serial),
		  serial.find_first_not_of(' ') == std::string::npos ? 0 : serial.find_first_not_of(' '));
}

TEST_P(DeviceTest, an_admin_command_that_the_device_refuses_ends_with_a_status)
{
	if (GetParam().kind == Kind::null) {
		GTEST_SKIP() << "takes no admin commands";
	}
	const Memory page(4096);
	ringline_completion completion = {};
	ringline_nvme_command command = identify(page, 0);
	command.nsid = 0xFFFFFF00;
	ASSERT_EQ(ringline_device_admin(device(), &command, &completion), 0);
	EXPECT_EQ(completion.error, 0);
	EXPECT_NE(completion.status & RINGLINE_STATUS_CODE_MASK, 0U);
	EXPECT_EQ(completion.result, 0U);
}

TEST_P(DeviceTest, admin_without_its_arguments_is_refused)
{
	ringline_nvme_command command = {};
	ringline_completion completion = {};
	EXPECT_EQ(ringline_device_admin(device(), nullptr, &completion), -EINVAL);
	EXPECT_EQ(ringline_device_admin(device(), &command, nullptr), -EINVAL);
}

TEST_P(DeviceTest, an_image_that_grew_is_seen_after_a_refresh_and_not_before)
{
	if (GetParam().kind != Kind::simulated) {
		GTEST_SKIP() << "only an image can be made to grow here";
	}
	// Without the file beside it the size of the image is its geometry.
	const std::string path = folder().path("plain.img");
	write_file(path, std::string(std::size_t{8} * block_size(), 'a'));
	const Device grown = open_device("sim:" + path, 0, block_size());
	ASSERT_EQ(ringline_queue_attach(queue(), grown), 0);
	EXPECT_EQ(grown.info().blocks, 8U);
	write_file(path, std::string(std::size_t{16} * block_size(), 'b'));
	const Memory memory(block_size());
	ringline_command command = read(15, memory);
	command.device = grown;
	EXPECT_EQ(ringline_push(queue(), &command, 1), -ERANGE);
	ASSERT_EQ(ringline_device_refresh(grown), 0);
	if (grown.info().blocks == 16) {
		ASSERT_TRUE(succeeded(run(queue(), command)));
		EXPECT_TRUE(memory.holds_only('b'));
	}
}

TEST(DeviceListTest, the_list_can_be_counted_before_it_is_filled)
{
	const std::int32_t count = ringline_device_list(nullptr, 0);
	ASSERT_GE(count, 0);
	std::vector<ringline_device_entry> entries(static_cast<std::size_t>(count) + 1);
	std::memset(entries.data(), 0x77, entries.size() * sizeof entries[0]);
	EXPECT_EQ(ringline_device_list(entries.data(), static_cast<std::uint32_t>(count)), count);
	EXPECT_EQ(entries.back().kind, 0x77777777U) << "written behind the room there is";
	for (std::int32_t i = 0; i < count; ++i) {
		const ringline_device_entry &entry = entries[static_cast<std::size_t>(i)];
		EXPECT_TRUE(entry.kind == RINGLINE_DEVICE_NAMESPACE || entry.kind == RINGLINE_DEVICE_CONTROLLER);
		EXPECT_EQ(std::string(entry.node).substr(0, 5), "/dev/");
		EXPECT_TRUE(std::ranges::all_of(entry.reserved0, [](std::uint8_t b) { return b == 0; }));
	}
	EXPECT_EQ(ringline_device_list(nullptr, 1), -EINVAL);
}

} // namespace
} // namespace contract
