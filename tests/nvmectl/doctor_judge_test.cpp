// SPDX-License-Identifier: MIT OR Apache-2.0
// What "doctor" makes of machines and devices that this one is not.
#include "doctor_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace
{

using namespace nvmectl;

MachineFacts good_machine()
{
	MachineFacts facts;
	facts.release = "6.12.48-amd64";
	facts.queue_info.engine = RINGLINE_ENGINE_URING;
	facts.queue_info.engine_reason = RINGLINE_REASON_PROBED;
	facts.pin_bytes = 16 << 20;
	facts.pinned = true;
	facts.memlock = {8 << 20, 8 << 20};
	facts.open_files = {1024, 4096};
	return facts;
}

ringline_device_entry found(std::uint32_t kind, const char *node, std::int32_t access_error,
			    const char *serial = "S4EW")
{
	ringline_device_entry entry = {};
	entry.kind = kind;
	entry.access_error = access_error;
	std::strcpy(entry.node, node);
	std::strcpy(entry.serial, serial);
	return entry;
}

DeviceFacts good_device()
{
	DeviceFacts facts;
	facts.path = "/dev/ng0n1";
	std::strcpy(facts.info.node, "/dev/ng0n1");
	facts.info.kind = RINGLINE_DEVICE_NAMESPACE;
	facts.info.block_size = 512;
	facts.info.max_transfer_bytes = 128 << 10;
	facts.info.max_transfer_rule = RINGLINE_RULE_MDTS;
	facts.info.mdts_bytes = 128 << 10;
	facts.polled = true;
	facts.dma_alignment = 4;
	facts.read = Tried{};
	facts.engine = "uring";
	return facts;
}

bool has(const std::string &text, const char *part)
{
	return text.find(part) != std::string::npos;
}

/// The first with this id; a failed expectation and an empty one if there is none.
Check named(const std::vector<Check> &checks, const std::string &id)
{
	const auto check = std::find_if(checks.begin(), checks.end(), [&](const Check &each) { return each.id == id; });
	EXPECT_NE(check, checks.end()) << id;
	return check == checks.end() ? Check{} : *check;
}

bool is_there(const std::vector<Check> &checks, const std::string &id)
{
	return std::any_of(checks.begin(), checks.end(), [&](const Check &check) { return check.id == id; });
}

Check of_device(const DeviceFacts &facts, const std::string &id)
{
	return named(judge_device(facts, good_machine()), id);
}

TEST(doctor_machine, a_good_one_has_no_problem)
{
	MachineFacts facts = good_machine();
	facts.devices = {found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng0n1", 0)};
	const std::vector<Check> checks = judge_machine(facts);
	EXPECT_EQ(count_verdict(checks, Verdict::good), checks.size());
	for (const char *id : {"kernel", "io_uring", "memlock", "nofile", "devices", "access"}) {
		EXPECT_TRUE(is_there(checks, id)) << id;
	}
}

TEST(doctor_machine, every_problem_but_a_kernel_that_is_too_old_says_what_to_type)
{
	MachineFacts facts = good_machine();
	facts.queue_info.engine = RINGLINE_ENGINE_THREADS;
	for (const auto &[reason, fix] : {std::pair{RINGLINE_REASON_DISABLED, "sysctl kernel.io_uring_disabled=0"},
					  std::pair{RINGLINE_REASON_FORBIDDEN, "--security-opt seccomp="},
					  std::pair{RINGLINE_REASON_NO_MEMORY, "ulimit -l unlimited"}}) {
		facts.queue_info.engine_reason = reason;
		const Check ring = named(judge_machine(facts), "io_uring");
		EXPECT_EQ(ring.verdict, Verdict::problem);
		EXPECT_TRUE(has(ring.fix, fix)) << ring.fix;
		EXPECT_TRUE(has(ring.message, "threads engine")) << ring.message;
	}
	facts.queue_info.engine_reason = RINGLINE_REASON_KERNEL_TOO_OLD;
	facts.release = "5.15.0";
	EXPECT_EQ(named(judge_machine(facts), "io_uring").verdict, Verdict::problem);
	EXPECT_TRUE(has(named(judge_machine(facts), "kernel").message, "5.19"));
}

TEST(doctor_machine, each_trap_is_a_check_that_asks_for_nothing)
{
	MachineFacts facts = good_machine();
	facts.release = "6.1.0-40-amd64";
	facts.queue_info.traps = RINGLINE_TRAP_WRITE_LOST | RINGLINE_TRAP_IOPOLL | RINGLINE_TRAP_FORMAT_HANG |
				 RINGLINE_TRAP_FIXED_PAGES | RINGLINE_TRAP_METADATA_PAGES;
	const std::vector<Check> checks = judge_machine(facts);
	EXPECT_TRUE(has(named(checks, "write-lost").message, "writes with the threads engine"));
	for (const char *id : {"write-lost", "iopoll", "format-hang", "fixed-pages", "metadata-pages"}) {
		EXPECT_EQ(named(checks, id).verdict, Verdict::note);
	}
	EXPECT_EQ(count_verdict(checks, Verdict::problem), 0);
	EXPECT_FALSE(is_there(judge_machine(good_machine()), "write-lost"));
}

TEST(doctor_machine, memory_that_cannot_be_pinned_is_a_note_that_names_the_limit)
{
	MachineFacts facts = good_machine();
	facts.pinned = false;
	Check memlock = named(judge_machine(facts), "memlock");
	EXPECT_EQ(memlock.verdict, Verdict::note);
	EXPECT_TRUE(has(memlock.message, "RLIMIT_MEMLOCK is 8 MiB")) << memlock.message;
	EXPECT_TRUE(has(memlock.message, "16 MiB")) << memlock.message;
	EXPECT_TRUE(has(memlock.fix, "LimitMEMLOCK=infinity")) << memlock.fix;
	facts.ipc_lock = true;
	memlock = named(judge_machine(facts), "memlock");
	EXPECT_EQ(memlock.fix, "") << "a limit that does not bind is not to be raised";
}

TEST(doctor_machine, descriptors_are_a_note_when_few_and_a_problem_when_too_few)
{
	MachineFacts facts = good_machine();
	facts.open_files = {64, 4096};
	EXPECT_EQ(named(judge_machine(facts), "nofile").verdict, Verdict::note);
	facts.open_files = {8, 8};
	EXPECT_EQ(named(judge_machine(facts), "nofile").verdict, Verdict::problem);
	EXPECT_TRUE(has(named(judge_machine(facts), "nofile").fix, "as root"));
	facts.open_files = {300, 300};
	facts.queue = {-EMFILE, RINGLINE_RULE_RESOURCE, 0, "none left"};
	EXPECT_EQ(named(judge_machine(facts), "nofile").verdict, Verdict::problem) << "others have them all";
	EXPECT_EQ(named(judge_machine(facts), "io_uring").verdict, Verdict::problem);
}

TEST(doctor_access, a_namespace_that_is_not_permitted_has_a_udev_rule_for_its_serial_number)
{
	MachineFacts facts = good_machine();
	facts.devices = {found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng0n1", -EACCES)};
	const Check access = named(judge_machine(facts), "access");
	EXPECT_EQ(access.verdict, Verdict::problem);
	EXPECT_EQ(access.device, "/dev/ng0n1");
	EXPECT_TRUE(has(access.fix, "ATTRS{serial}==\"S4EW*\"")) << access.fix;
	EXPECT_TRUE(has(access.fix, "udevadm trigger")) << access.fix;
}

TEST(doctor_access, a_serial_number_cannot_smuggle_a_command_into_what_to_type)
{
	MachineFacts facts = good_machine();
	facts.devices = {found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng0n1", -EACCES, "x'; reboot; '")};
	const Check access = named(judge_machine(facts), "access");
	EXPECT_FALSE(has(access.fix, "reboot")) << access.fix;
	EXPECT_TRUE(has(access.fix, "SERIAL*")) << access.fix;
}

TEST(doctor_access, before_6_2_no_mode_helps)
{
	MachineFacts facts = good_machine();
	facts.release = "6.1.0-40-amd64";
	facts.devices = {found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng0n1", 0)};
	const Check access = named(judge_machine(facts), "access");
	EXPECT_EQ(access.verdict, Verdict::problem);
	EXPECT_TRUE(has(access.message, "CAP_SYS_ADMIN")) << access.message;
	EXPECT_TRUE(has(access.fix, "sudo")) << access.fix;
	EXPECT_FALSE(has(access.fix, "udevadm")) << access.fix;
	facts.sys_admin = true;
	EXPECT_EQ(named(judge_machine(facts), "access").verdict, Verdict::good);
}

TEST(doctor_access, controllers_and_all_but_one_namespace_may_be_closed_to_a_user)
{
	MachineFacts facts = good_machine();
	facts.devices = {found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng0n1", -EACCES),
			 found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng1n1", 0),
			 found(RINGLINE_DEVICE_CONTROLLER, "/dev/nvme0", -EACCES)};
	EXPECT_EQ(count_verdict(judge_machine(facts), Verdict::problem), 0);
	EXPECT_EQ(count_verdict(judge_machine(facts), Verdict::note), 2);
}

TEST(doctor_access, a_node_that_is_missing_is_not_a_matter_of_permission)
{
	MachineFacts facts = good_machine();
	facts.devices = {found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng0n1", -ENOENT)};
	EXPECT_TRUE(has(named(judge_machine(facts), "access").fix, "--device /dev/ng0n1"));
}

TEST(doctor_device, a_good_one_has_no_problem_and_no_note)
{
	const std::vector<Check> checks = judge_device(good_device(), good_machine());
	EXPECT_EQ(count_verdict(checks, Verdict::good), checks.size());
	EXPECT_TRUE(std::all_of(checks.begin(), checks.end(),
				[](const Check &check) { return check.device == "/dev/ng0n1"; }));
}

TEST(doctor_device, one_that_cannot_be_opened_says_why_and_nothing_more)
{
	DeviceFacts facts;
	facts.path = "/dev/my-drive";
	facts.node = "/dev/ng0n1";
	facts.opened = {-EACCES, RINGLINE_RULE_PERMISSION, 1, "no"};
	MachineFacts machine = good_machine();
	machine.devices = {found(RINGLINE_DEVICE_NAMESPACE, "/dev/ng0n1", -EACCES)};
	const std::vector<Check> checks = judge_device(facts, machine);
	ASSERT_EQ(checks.size(), 1);
	EXPECT_EQ(checks[0].verdict, Verdict::problem);
	EXPECT_TRUE(has(checks[0].fix, "S4EW*")) << checks[0].fix;
	facts.opened.wanted = 2;
	EXPECT_EQ(judge_device(facts, machine)[0].fix, "sudo nvmectl COMMAND");
	facts.opened = {-ENOENT, RINGLINE_RULE_PATH, 0, "no"};
	EXPECT_EQ(judge_device(facts, machine)[0].fix, "nvmectl list");
}

TEST(doctor_device, the_limit_that_binds_is_named)
{
	DeviceFacts facts = good_device();
	EXPECT_TRUE(has(of_device(facts, "limits").message, "128 KiB, limited by the controller (MDTS)"));
	facts.info.max_transfer_rule = RINGLINE_RULE_SEGMENTS;
	facts.info.max_segments = 127;
	facts.info.mdts_bytes = 1 << 20;
	const std::string text = of_device(facts, "limits").message;
	EXPECT_TRUE(has(text, "127 pieces")) << text;
	EXPECT_TRUE(has(text, "the controller would take 1 MiB")) << text;
}

TEST(doctor_device, what_it_lacks_for_speed_or_safety_is_a_note)
{
	DeviceFacts facts = good_device();
	facts.info.volatile_cache = 1;
	facts.info.multipath = 1;
	facts.info.command_set = 2;
	facts.info.zone_blocks = 4096;
	facts.polled = false;
	facts.dma_alignment = 512;
	for (const char *id : {"cache", "multipath", "zones", "polling", "alignment"}) {
		EXPECT_EQ(of_device(facts, id).verdict, Verdict::note) << id;
	}
	EXPECT_TRUE(has(of_device(facts, "polling").fix, "poll_queues"));
	EXPECT_EQ(count_verdict(judge_device(facts, good_machine()), Verdict::problem), 0);
	facts.polled = true;
	facts.traps = RINGLINE_TRAP_IOPOLL;
	EXPECT_EQ(of_device(facts, "polling").verdict, Verdict::note) << "the queues are there, the kernel is not safe";
}

TEST(doctor_device, metadata_that_nvmectl_cannot_move_is_a_problem)
{
	DeviceFacts facts = good_device();
	facts.info.metadata_size = 8;
	facts.info.pi_type = 1;
	facts.info.guard_bits = 16;
	facts.read.reset();
	EXPECT_EQ(of_device(facts, "metadata").verdict, Verdict::problem);
	EXPECT_EQ(of_device(facts, "metadata").fix, "nvmectl id ns /dev/ng0n1");
	EXPECT_EQ(of_device(facts, "protection").verdict, Verdict::note);
}

TEST(doctor_device, a_read_that_fails_is_a_problem)
{
	DeviceFacts facts = good_device();
	facts.read = Tried{-EIO, RINGLINE_RULE_NONE, 0, "NVMe status 2/81h"};
	EXPECT_EQ(of_device(facts, "read").verdict, Verdict::problem);
	EXPECT_TRUE(has(of_device(facts, "read").message, "uring: NVMe status 2/81h"));
}

TEST(doctor_device, one_that_can_only_be_read_is_a_note)
{
	DeviceFacts facts = good_device();
	facts.opened_to_write = {-EROFS, RINGLINE_RULE_PERMISSION, 3, "read-only"};
	EXPECT_EQ(of_device(facts, "open").verdict, Verdict::note);
}

} // namespace
