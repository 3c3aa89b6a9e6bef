// SPDX-License-Identifier: MIT OR Apache-2.0
// The doctor itself, on the machine that runs the tests and on one that its limits make worse.
#include "tool.h"

#include <unistd.h>

#include <utility>

namespace nvmectl_test
{
namespace
{

/// The first check with this id, or an empty object and a failed expectation.
Json check_of(const Json &document, const std::string &id)
{
	for (const Json &check : document["checks"]) {
		if (check.value("id", "") == id) {
			return check;
		}
	}
	ADD_FAILURE() << "no check " << id << " in " << document.dump();
	return Json::object();
}

Ended doctor(Words arguments = {}, Start start = {})
{
	arguments.insert(arguments.begin(), "doctor");
	return nvmectl(arguments, std::move(start));
}

TEST(doctor, the_exit_code_says_whether_there_is_a_problem)
{
	const Ended ended = doctor({"--json"});
	const Json json = ended.document("nvmectl.doctor/1");
	EXPECT_EQ(ended.exit, json.value("problems", -1) == 0 ? 0 : 9) << ended.out;
	for (const char *id : {"kernel", "io_uring", "memlock", "nofile", "devices"}) {
		const Json check = check_of(json, id);
		EXPECT_TRUE(check["device"].is_null());
		EXPECT_NE(check.value("message", ""), "");
		EXPECT_TRUE(check["fix"].is_null() || check["fix"].is_string());
	}
	const Ended text = doctor();
	EXPECT_EQ(text.exit, ended.exit);
	EXPECT_TRUE(contains(text.out, "io_uring")) << text.out;
	EXPECT_EQ(text.err, "");
}

TEST(doctor, it_agrees_with_info_about_the_engine)
{
	const Json info = nvmectl({"info", "null:", "--json"}).document("nvmectl.info/1");
	const Json ring = check_of(doctor({"--json"}).document("nvmectl.doctor/1"), "io_uring");
	EXPECT_EQ(ring.value("verdict", "") == "good", info.value("engine", "") == "uring") << ring.dump();
}

TEST(doctor, a_simulated_device_is_opened_and_read)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB", "--mdts", "16k"}).exit, 0);
	const Json json = doctor({"sim:" + image, "--json"}).document("nvmectl.doctor/1");
	EXPECT_EQ(check_of(json, "open").value("verdict", ""), "good");
	EXPECT_EQ(check_of(json, "read").value("verdict", ""), "good");
	EXPECT_TRUE(
		contains(check_of(json, "limits").value("message", ""), "16 KiB, limited by the controller (MDTS)"));
	EXPECT_TRUE(contains(check_of(json, "read").value("device", ""), image));
}

TEST(doctor, a_block_that_cannot_be_read_is_a_problem)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB"}).exit, 0);
	write_file(image + ".faults", "ringline-faults 1\naction=status opcode=read status=0x281\n");
	const Ended ended = doctor({"sim:" + image, "--json"});
	EXPECT_EQ(ended.exit, 9) << ended.err;
	const Json read = check_of(ended.document("nvmectl.doctor/1"), "read");
	EXPECT_EQ(read.value("verdict", ""), "problem");
	EXPECT_TRUE(contains(read.value("message", ""), "2/81h")) << read.dump();
}

TEST(doctor, metadata_is_a_problem_and_zones_are_a_note)
{
	const Folder folder;
	const std::string image = folder.path("disk.img");
	ASSERT_EQ(nvmectl({"sim", "create", image, "--size", "1MiB", "--metadata", "8", "--pi", "1"}).exit, 0);
	Ended ended = doctor({"sim:" + image, "--json"});
	EXPECT_EQ(ended.exit, 9) << ended.err;
	EXPECT_EQ(check_of(ended.document("nvmectl.doctor/1"), "metadata").value("verdict", ""), "problem");
	const std::string zoned = folder.path("zoned.img");
	ASSERT_EQ(nvmectl({"sim", "create", zoned, "--size", "1MiB", "--zone-size", "256KiB"}).exit, 0);
	ended = doctor({"sim:" + zoned, "--json"});
	EXPECT_EQ(check_of(ended.document("nvmectl.doctor/1"), "zones").value("verdict", ""), "note");
}

TEST(doctor, a_device_that_cannot_be_opened_is_a_problem_of_the_device_alone)
{
	const Ended ended = doctor({"/dev/no-such-node", "--json"});
	EXPECT_EQ(ended.exit, 9);
	const Json open = check_of(ended.document("nvmectl.doctor/1"), "open");
	EXPECT_EQ(open.value("verdict", ""), "problem");
	EXPECT_EQ(open.value("device", ""), "/dev/no-such-node");
	EXPECT_EQ(open.value("fix", ""), "nvmectl list");
}

TEST(doctor, null_can_be_asked_about)
{
	EXPECT_EQ(check_of(doctor({"null:", "--json"}).document("nvmectl.doctor/1"), "read").value("verdict", ""),
		  "good");
}

TEST(doctor, too_few_descriptors_are_found_and_survived)
{
	Start start;
	start.open_files = 4;
	const Ended ended = doctor({"--json"}, std::move(start));
	EXPECT_EQ(ended.exit, 9) << ended.err;
	const Json nofile = check_of(ended.document("nvmectl.doctor/1"), "nofile");
	EXPECT_EQ(nofile.value("verdict", ""), "problem");
	EXPECT_TRUE(contains(nofile.value("message", ""), "RLIMIT_NOFILE is 4")) << nofile.dump();
	EXPECT_TRUE(contains(nofile.value("fix", ""), "ulimit -n")) << nofile.dump();
}

TEST(doctor, memory_that_this_user_may_not_lock_is_found)
{
	Start start;
	start.locked_memory = 1 << 20;
	start.user = ::geteuid() == 0 ? 65534 : 0;
	const Ended ended = doctor({"--json"}, std::move(start));
	if (ended.exit == 98) {
		GTEST_SKIP() << "another user cannot run what is in this build directory";
	}
	const Json json = ended.document("nvmectl.doctor/1");
	const Json memlock = check_of(json, "memlock");
	EXPECT_TRUE(contains(memlock.value("message", ""), "RLIMIT_MEMLOCK is 1 MiB")) << memlock.dump();
	if (check_of(json, "io_uring").value("verdict", "") == "good") {
		EXPECT_EQ(memlock.value("verdict", ""), "note");
		EXPECT_TRUE(contains(memlock.value("fix", ""), "ulimit -l")) << memlock.dump();
	}
}

TEST(doctor, quiet_says_only_what_is_a_problem)
{
	const Ended ended = doctor({"/dev/no-such-node", "--quiet"});
	EXPECT_EQ(ended.exit, 9);
	EXPECT_TRUE(contains(ended.out, "problem  open")) << ended.out;
	EXPECT_TRUE(contains(ended.out, "type: nvmectl list")) << ended.out;
	EXPECT_FALSE(contains(ended.out, "good ")) << ended.out;
}

} // namespace
} // namespace nvmectl_test
