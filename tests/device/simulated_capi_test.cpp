// SPDX-License-Identifier: MIT OR Apache-2.0
// The public calls about simulated devices: what they refuse, and that they reach the device.
#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace
{

class SimulatedCapiTest : public testing::Test
{
protected:
	void SetUp() override
	{
		std::string name = (std::filesystem::temp_directory_path() / "ringline-capi-XXXXXX").string();
		ASSERT_NE(::mkdtemp(name.data()), nullptr);
		folder_ = name;
		path_ = folder_ + "/image";
	}
	void TearDown() override { std::filesystem::remove_all(folder_); }

	static ringline_sim_options options()
	{
		ringline_sim_options made = {};
		made.struct_size = sizeof made;
		made.blocks = 64;
		return made;
	}
	static ringline_fault_rule rule()
	{
		ringline_fault_rule made = {};
		made.struct_size = sizeof made;
		made.action = RINGLINE_FAULT_STATUS;
		made.opcode = RINGLINE_NVME_READ;
		made.status = 0x281;
		return made;
	}
	ringline_device open(const std::string &path)
	{
		ringline_device device = {};
		EXPECT_EQ(ringline_device_open(path.c_str(), nullptr, nullptr, &device), 0) << path;
		return device;
	}
	ringline_device create_and_open()
	{
		const ringline_sim_options made = options();
		EXPECT_EQ(ringline_sim_create(path_.c_str(), &made), 0);
		return open("sim:" + path_);
	}

	std::string folder_;
	std::string path_;
};

TEST_F(SimulatedCapiTest, creating_needs_a_path_and_a_number_of_blocks)
{
	const ringline_sim_options made = options();
	EXPECT_EQ(ringline_sim_create(nullptr, &made), -EINVAL);
	EXPECT_EQ(ringline_sim_create(path_.c_str(), nullptr), -EINVAL) << "there is no default number of blocks";
	EXPECT_TRUE(std::filesystem::is_empty(folder_));
	EXPECT_EQ(ringline_sim_create(path_.c_str(), &made), 0);
	EXPECT_EQ(ringline_sim_create(path_.c_str(), &made), -EEXIST);
}

TEST_F(SimulatedCapiTest, options_of_another_size_follow_the_rule_of_growing_structs)
{
	struct {
		ringline_sim_options known;
		std::uint64_t later;
	} grown = {options(), 0};
	grown.known.struct_size = sizeof grown;
	grown.later = 1;
	EXPECT_EQ(ringline_sim_create(path_.c_str(), &grown.known), -E2BIG);
	grown.later = 0;
	EXPECT_EQ(ringline_sim_create(path_.c_str(), &grown.known), 0);
	constexpr std::uint32_t first_size = 24; // of version 0.1, which knew neither metadata nor zones
	ringline_sim_options cut = options();
	cut.metadata_size = 7; // behind the end of the caller's struct
	cut.struct_size = first_size;
	EXPECT_EQ(ringline_sim_create((path_ + "2").c_str(), &cut), 0);
	cut.struct_size = first_size - 4;
	EXPECT_EQ(ringline_sim_create((path_ + "3").c_str(), &cut), -EINVAL);
}

TEST_F(SimulatedCapiTest, rules_of_another_size_follow_the_rule_of_growing_structs)
{
	const ringline_device device = create_and_open();
	struct {
		ringline_fault_rule known;
		std::uint64_t later;
	} grown = {rule(), 1};
	grown.known.struct_size = sizeof grown;
	EXPECT_EQ(ringline_sim_fault_set(device, &grown.known), -E2BIG);
	grown.later = 0;
	EXPECT_EQ(ringline_sim_fault_set(device, &grown.known), 1);
	ringline_fault_rule cut = rule();
	cut.struct_size = sizeof cut - 8;
	EXPECT_EQ(ringline_sim_fault_set(device, &cut), -EINVAL);
	EXPECT_EQ(ringline_sim_fault_set(device, nullptr), -EINVAL);
	EXPECT_EQ(ringline_device_close(device), 0);
}

TEST_F(SimulatedCapiTest, rules_are_set_numbered_and_cleared)
{
	const ringline_device device = create_and_open();
	ringline_fault_rule made = rule();
	EXPECT_EQ(ringline_sim_fault_set(device, &made), 1);
	EXPECT_EQ(ringline_sim_fault_set(device, &made), 2);
	made.action = 0;
	EXPECT_EQ(ringline_sim_fault_set(device, &made), -EINVAL);
	EXPECT_EQ(ringline_sim_fault_clear(device, 1), 0);
	EXPECT_EQ(ringline_sim_fault_clear(device, 1), -ENOENT);
	EXPECT_EQ(ringline_sim_fault_clear(device, 0), 0);
	EXPECT_EQ(ringline_sim_fault_clear(device, 2), -ENOENT);
	EXPECT_EQ(ringline_device_close(device), 0);
}

TEST_F(SimulatedCapiTest, handles_that_are_closed_wrong_or_of_another_kind_are_refused)
{
	const ringline_device device = create_and_open();
	const ringline_fault_rule made = rule();
	EXPECT_EQ(ringline_sim_fault_set({0}, &made), -EBADF);
	EXPECT_EQ(ringline_sim_fault_clear({0}, 0), -EBADF);
	const ringline_device null = open("null:");
	EXPECT_EQ(ringline_sim_fault_set(null, &made), -EOPNOTSUPP);
	EXPECT_EQ(ringline_sim_fault_clear(null, 0), -EOPNOTSUPP);
	EXPECT_EQ(ringline_device_close(null), 0);
	EXPECT_EQ(ringline_device_close(device), 0);
	EXPECT_EQ(ringline_sim_fault_set(device, &made), -ESTALE);
	EXPECT_EQ(ringline_sim_fault_clear(device, 0), -ESTALE);
}

TEST_F(SimulatedCapiTest, a_child_cannot_set_rules_through_an_inherited_handle)
{
	const ringline_device device = create_and_open();
	const ringline_fault_rule made = rule();
	const pid_t child = ::fork();
	if (child == 0) {
		const bool refused = ringline_sim_fault_set(device, &made) == -ECHILD &&
				     ringline_sim_fault_clear(device, 0) == -ECHILD;
		::_exit(refused ? 0 : 1);
	}
	int status = 0;
	ASSERT_EQ(::waitpid(child, &status, 0), child);
	EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	EXPECT_EQ(ringline_sim_fault_clear(device, 0), 0);
	EXPECT_EQ(ringline_device_close(device), 0);
}

TEST_F(SimulatedCapiTest, closing_the_only_handle_lets_another_process_in)
{
	const ringline_device device = create_and_open();
	const auto opens_elsewhere = [this] {
		const pid_t child = ::fork();
		if (child == 0) {
			ringline_device own = {};
			::_exit(-ringline_device_open(("sim:" + path_).c_str(), nullptr, nullptr, &own));
		}
		int status = 0;
		EXPECT_EQ(::waitpid(child, &status, 0), child);
		return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	};
	EXPECT_EQ(opens_elsewhere(), EBUSY);
	EXPECT_EQ(ringline_device_close(device), 0);
	EXPECT_EQ(opens_elsewhere(), 0);
}

} // namespace
