// SPDX-License-Identifier: MIT OR Apache-2.0
// ringline_device_list() on a made-up sysfs.
#include "device/device.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

namespace
{

namespace fs = std::filesystem;

class ListTest : public testing::Test
{
protected:
	ListTest()
	{
		std::string name = (fs::temp_directory_path() / "ringline-list-XXXXXX").string();
		root_ = ::mkdtemp(name.data());
		fs::create_directories(root_ / "dev");
	}
	~ListTest() override { fs::remove_all(root_); }

	void put(const std::string &path, const std::string &text) const
	{
		fs::create_directories((root_ / path).parent_path());
		std::ofstream(root_ / path) << text << '\n';
	}

	void add_namespace(const std::string &suffix, const std::string &serial) const
	{
		put("class/nvme-generic/ng" + suffix + "/device/serial", serial + "   ");
		put("class/nvme-generic/ng" + suffix + "/device/model", "Test Drive");
		put("class/block/nvme" + suffix + "/nsid", suffix.substr(suffix.find('n') + 1));
		put("class/block/nvme" + suffix + "/size", "1024");
		put("class/block/nvme" + suffix + "/queue/logical_block_size", "4096");
		put("dev/ng" + suffix, "");
	}

	std::int32_t list(ringline_device_entry *entries, std::uint32_t max) const
	{
		return ringline::device::list(root_.c_str(), (root_ / "dev").c_str(), entries, max);
	}

	fs::path root_;
};

TEST_F(ListTest, a_machine_without_nvme_has_none)
{
	EXPECT_EQ(list(nullptr, 0), 0);
}

TEST_F(ListTest, namespaces_come_in_the_order_of_their_numbers_and_before_controllers)
{
	add_namespace("10n1", "ten");
	add_namespace("2n3", "two");
	put("class/nvme/nvme2/serial", "two");
	ringline_device_entry entries[4] = {};
	ASSERT_EQ(list(entries, 4), 3);
	EXPECT_STREQ(entries[0].serial, "two");
	EXPECT_STREQ(entries[1].serial, "ten");
	EXPECT_EQ(entries[0].kind, RINGLINE_DEVICE_NAMESPACE);
	EXPECT_EQ(entries[0].nsid, 3U);
	EXPECT_EQ(entries[0].block_size, 4096U);
	EXPECT_EQ(entries[0].blocks, 128U) << "sysfs counts in 512 bytes";
	EXPECT_STREQ(entries[0].model, "Test Drive");
	EXPECT_EQ(entries[2].kind, RINGLINE_DEVICE_CONTROLLER);
	EXPECT_EQ(entries[2].access_error, -ENOENT) << "its node is not there";
}

TEST_F(ListTest, only_as_many_entries_as_there_is_room_for_are_written)
{
	add_namespace("0n1", "a");
	add_namespace("1n1", "b");
	ringline_device_entry entries[2] = {};
	EXPECT_EQ(list(entries, 1), 2);
	EXPECT_STREQ(entries[0].serial, "a");
	EXPECT_EQ(entries[1].kind, 0U);
}

TEST_F(ListTest, strange_attributes_do_no_harm)
{
	put("class/nvme-generic/ng0n1/device/serial", std::string(300, 'x'));
	put("class/block/nvme0n1/queue/logical_block_size", "-7");
	put("class/nvme-generic/not-an-ng/device/serial", "s");
	ringline_device_entry entries[4] = {};
	ASSERT_EQ(list(entries, 4), 2);
	EXPECT_EQ(std::string(entries[0].serial).size(), sizeof entries[0].serial - 1);
	EXPECT_EQ(entries[1].block_size, 0U);
}

} // namespace
