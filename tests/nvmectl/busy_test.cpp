// SPDX-License-Identifier: MIT OR Apache-2.0
// The busy check on made-up texts and a made-up sysfs; real devices are in device_test.cpp.
#include "busy.h"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace
{

using namespace nvmectl;
namespace fs = std::filesystem;

constexpr const char *mountinfo = "22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"
				  "28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
				  "90 28 259:1 / /mnt/with\\040space rw,relatime - xfs /dev/nvme0n1p1 rw\n"
				  "91 28 0:45 /sub /data rw shared:9 master:2 - btrfs /dev/nvme1n1 rw,subvol=/sub\n"
				  "92 28 259:7 / /no/source rw - ext4\n"
				  "nonsense\n"
				  "93 28 bad / /x rw - ext4 /dev/y rw\n";

TEST(busy_parse, mounts_are_found_with_any_number_of_optional_fields)
{
	const std::vector<Mount> mounts = parse_mountinfo(mountinfo);
	ASSERT_EQ(mounts.size(), 4u);
	EXPECT_EQ(mounts[1].device, (DeviceNumber{8, 1}));
	EXPECT_EQ(mounts[1].mount_point, "/");
	EXPECT_EQ(mounts[2].mount_point, "/mnt/with space");
	EXPECT_EQ(mounts[2].type, "xfs");
	EXPECT_EQ(mounts[3].source, "/dev/nvme1n1");
}

TEST(busy_parse, swaps_are_the_first_column_without_the_heading)
{
	const std::vector<std::string> swaps =
		parse_swaps("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
			    "/dev/nvme0n1p2                          partition\t1000\t\t0\t\t-2\n"
			    "/swap\\040file                           file\t\t1000\t\t0\t\t-3\n");
	EXPECT_EQ(swaps, (std::vector<std::string>{"/dev/nvme0n1p2", "/swap file"}));
	EXPECT_TRUE(parse_swaps("Filename\tType\n").empty());
	EXPECT_TRUE(parse_swaps("").empty());
}

TEST(busy_parse, device_numbers_are_two_decimal_numbers)
{
	DeviceNumber number;
	EXPECT_TRUE(parse_device_number("259:3\n", &number));
	EXPECT_EQ(number, (DeviceNumber{259, 3}));
	for (const char *text : {"", ":", "1:", ":1", "1", "a:b", "1:2x", "-1:2"}) {
		EXPECT_FALSE(parse_device_number(text, &number)) << text;
	}
}

TEST(busy_parse, only_whole_octal_escapes_are_taken_out)
{
	EXPECT_EQ(unescape("a\\040b\\134c"), "a b\\c");
	EXPECT_EQ(unescape("a\\04"), "a\\04");
	EXPECT_EQ(unescape("a\\999"), "a\\999");
}

BlockNode node(const char *name, DeviceNumber number, std::vector<std::string> holders = {})
{
	return {name, number, std::move(holders)};
}

TEST(busy, a_mounted_partition_is_a_user_of_the_whole_device)
{
	const std::vector<std::string> users = find_users({node("nvme0n1", {259, 0}), node("nvme0n1p1", {259, 1})},
							  parse_mountinfo(mountinfo), {}, "/dev");
	ASSERT_EQ(users.size(), 1u);
	EXPECT_EQ(users[0], "/dev/nvme0n1p1 is mounted on /mnt/with space (xfs)");
}

TEST(busy, a_file_system_with_an_anonymous_number_is_found_by_its_source)
{
	const std::vector<std::string> users =
		find_users({node("nvme1n1", {259, 9})}, parse_mountinfo(mountinfo), {}, "/dev");
	ASSERT_EQ(users.size(), 1u);
	EXPECT_EQ(users[0], "/dev/nvme1n1 is mounted on /data (btrfs)");
}

TEST(busy, swap_and_holders_are_users)
{
	const std::vector<std::string> users =
		find_users({node("nvme0n1", {259, 0}), node("nvme0n1p2", {259, 2}, {"dm-0", "md1"})}, {},
			   {"/dev/nvme0n1p2"}, "/dev");
	ASSERT_EQ(users.size(), 2u);
	EXPECT_EQ(users[0], "/dev/nvme0n1p2 is in use as swap");
	EXPECT_EQ(users[1], "/dev/nvme0n1p2 is held by dm-0, md1");
}

TEST(busy, another_device_is_not_a_user)
{
	EXPECT_TRUE(find_users({node("nvme0n10", {259, 30})}, parse_mountinfo(mountinfo), {"/dev/nvme0n1"}, "/dev")
			    .empty());
}

/// A sysfs of one device with two partitions.
class busy_sysfs : public testing::Test
{
protected:
	busy_sysfs()
	{
		std::string name = (fs::temp_directory_path() / "nvmectl-busy-XXXXXX").string();
		root = ::mkdtemp(name.data());
		put("sys/nvme0n1/dev", "259:0\n");
		put("sys/nvme0n1/size", "100\n");
		fs::create_directories(root / "sys/nvme0n1/queue");
		for (const char *part : {"p1", "p2"}) {
			const fs::path directory = fs::path("sys/nvme0n1") / (std::string("nvme0n1") + part);
			put(directory / "dev", std::string("259:") + part[1] + "\n");
			put(directory / "partition", part + 1);
		}
		put("sys/nvme0n1/nvme0n1p2/holders/dm-3", "");
		put("mountinfo", "90 28 259:1 / /boot rw - ext4 /dev/root rw\n");
		put("swaps", "Filename\n");
		put("dev/nvme0n1", "");
		roots = {(root / "sys").string(), (root / "dev").string(), (root / "mountinfo").string(),
			 (root / "swaps").string()};
	}
	~busy_sysfs() override { fs::remove_all(root); }

	void put(const fs::path &path, const std::string &text) const
	{
		fs::create_directories((root / path).parent_path());
		std::ofstream(root / path) << text;
	}

	fs::path root;
	BusyRoots roots;
};

TEST_F(busy_sysfs, the_family_is_the_device_and_its_partitions_and_nothing_else)
{
	const BlockFamily family = block_family("nvme0n1", roots);
	ASSERT_EQ(family.nodes.size(), 3u);
	EXPECT_EQ(family.nodes[0].name, "nvme0n1");
	EXPECT_EQ(family.nodes[1].number, (DeviceNumber{259, 1}));
	EXPECT_EQ(family.nodes[2].holders, std::vector<std::string>{"dm-3"});
	EXPECT_EQ(family.gaps, std::vector<std::string>());
	EXPECT_TRUE(block_family("nvme9n9", roots).nodes.empty());
}

TEST_F(busy_sysfs, the_check_names_every_user)
{
	const BusyCheck check = check_busy("/dev/ng0n1", roots);
	EXPECT_EQ(check.sibling, "nvme0n1");
	ASSERT_EQ(check.users.size(), 2u);
	EXPECT_NE(check.users[0].find("is mounted on /boot"), std::string::npos);
	EXPECT_NE(check.users[1].find("is held by dm-3"), std::string::npos);
	EXPECT_TRUE(check.claim.valid());
	EXPECT_TRUE(check.gaps.empty());
	EXPECT_TRUE(check.notes.empty());
}

TEST_F(busy_sysfs, a_link_to_the_node_is_followed)
{
	put("dev/ng0n1", "");
	fs::create_symlink(root / "dev/ng0n1", root / "dev/by-serial");
	EXPECT_EQ(check_busy((root / "dev/by-serial").string(), roots).sibling, "nvme0n1");
}

TEST_F(busy_sysfs, a_node_without_a_block_device_is_a_note_and_no_gap)
{
	const BusyCheck check = check_busy("/dev/ng7n1", roots);
	EXPECT_TRUE(check.sibling.empty());
	EXPECT_TRUE(check.users.empty());
	EXPECT_TRUE(check.gaps.empty());
	ASSERT_EQ(check.notes.size(), 1u);
	EXPECT_NE(check.notes[0].find("cannot be checked"), std::string::npos);
}

/// The one gap of a check in which something was taken away.
std::string only_gap(const BusyRoots &roots, const std::string &node = "/dev/ng0n1")
{
	const BusyCheck check = check_busy(node, roots);
	EXPECT_TRUE(check.notes.empty());
	EXPECT_EQ(check.gaps.size(), 1u);
	return check.gaps.empty() ? "" : check.gaps[0];
}

TEST_F(busy_sysfs, a_block_node_that_is_missing_is_a_gap)
{
	fs::remove(root / "dev/nvme0n1");
	const std::string gap = only_gap(roots);
	EXPECT_NE(gap.find("nvme0n1 could not be claimed exclusively: No such file"), std::string::npos) << gap;
}

TEST_F(busy_sysfs, a_block_node_that_cannot_be_opened_is_a_gap)
{
	// A link to itself can be opened by nobody, root included, whom no mode would stop.
	fs::remove(root / "dev/nvme0n1");
	fs::create_symlink("nvme0n1", root / "dev/nvme0n1");
	const std::string gap = only_gap(roots);
	EXPECT_NE(gap.find("could not be claimed exclusively"), std::string::npos) << gap;
}

TEST_F(busy_sysfs, mounts_that_cannot_be_read_are_a_gap)
{
	fs::remove(root / "mountinfo");
	const std::string gap = only_gap(roots);
	EXPECT_NE(gap.find("mounts were not checked"), std::string::npos) << gap;
}

TEST_F(busy_sysfs, mounts_that_end_in_an_error_are_a_gap)
{
	roots.mountinfo = root.string(); // opens, but read(2) fails
	const std::string gap = only_gap(roots);
	EXPECT_NE(gap.find("mounts were not checked"), std::string::npos) << gap;
}

TEST_F(busy_sysfs, swaps_that_cannot_be_read_are_a_gap)
{
	fs::remove(root / "swaps");
	const std::string gap = only_gap(roots);
	EXPECT_NE(gap.find("swap was not checked"), std::string::npos) << gap;
}

TEST_F(busy_sysfs, a_device_number_that_cannot_be_read_is_a_gap_and_not_no_device)
{
	fs::remove(root / "sys/nvme0n1/dev");
	EXPECT_NE(only_gap(roots).find("mounts of nvme0n1 were not checked"), std::string::npos);
	put("sys/nvme0n1/dev", "259:0\n");
	fs::remove(root / "sys/nvme0n1/nvme0n1p1/dev");
	EXPECT_NE(only_gap(roots).find("mounts of nvme0n1p1 were not checked"), std::string::npos);
}

TEST_F(busy_sysfs, holders_that_cannot_be_listed_are_a_gap)
{
	put("sys/nvme0n1/holders", "a file");
	EXPECT_NE(only_gap(roots).find("what is built on it was not checked"), std::string::npos);
}

TEST_F(busy_sysfs, no_sysfs_is_a_gap_and_no_proof_that_there_is_no_device)
{
	fs::remove_all(root / "sys");
	EXPECT_NE(only_gap(roots).find("whether there is a nvme0n1 is not known"), std::string::npos);
}

TEST_F(busy_sysfs, a_name_that_tells_no_block_device_is_a_gap)
{
	EXPECT_NE(only_gap(roots, "/dev/mine").find("does not tell which block device"), std::string::npos);
}

TEST_F(busy_sysfs, gaps_do_not_hide_users)
{
	fs::remove(root / "swaps");
	EXPECT_EQ(check_busy("/dev/ng0n1", roots).users.size(), 2u);
}

/// What fstat(2) says about a device node.
struct stat node_facts(mode_t type, unsigned int major_number, unsigned int minor_number)
{
	struct stat facts = {};
	facts.st_mode = type | 0600;
	facts.st_rdev = makedev(major_number, minor_number);
	return facts;
}

TEST_F(busy_sysfs, the_block_device_and_its_partitions_are_the_same_namespace)
{
	EXPECT_EQ(same_namespace("/dev/ng0n1", node_facts(S_IFBLK, 259, 0), roots),
		  roots.dev + "/nvme0n1, the block device of /dev/ng0n1");
	EXPECT_EQ(same_namespace("/dev/ng0n1", node_facts(S_IFBLK, 259, 2), roots),
		  roots.dev + "/nvme0n1p2, a partition of /dev/ng0n1");
}

TEST_F(busy_sysfs, another_file_is_not_the_same_namespace)
{
	EXPECT_EQ(same_namespace("/dev/ng0n1", node_facts(S_IFBLK, 259, 3), roots), "");
	EXPECT_EQ(same_namespace("/dev/ng7n1", node_facts(S_IFBLK, 259, 0), roots), "");
	EXPECT_EQ(same_namespace("/dev/ng0n1", node_facts(S_IFCHR, 259, 0), roots), "")
		<< "a character device has numbers of its own";
	EXPECT_EQ(same_namespace("/dev/ng0n1", node_facts(S_IFREG, 259, 0), roots), "");
}

TEST_F(busy_sysfs, the_node_is_the_same_namespace_as_itself)
{
	// Any character device that every machine has can stand for the node.
	struct stat null = {};
	struct stat zero = {};
	ASSERT_EQ(::stat("/dev/null", &null), 0);
	ASSERT_EQ(::stat("/dev/zero", &zero), 0);
	EXPECT_EQ(same_namespace("/dev/null", null, roots), "/dev/null itself");
	EXPECT_EQ(same_namespace("/dev/null", zero, roots), "");
}

} // namespace
