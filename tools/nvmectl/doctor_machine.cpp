// SPDX-License-Identifier: MIT OR Apache-2.0
// The kernel, its ring, the limits of this process, and which devices this user may open.
#include "doctor_judge.h"

#include "doctor_access.h"
#include "units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nvmectl
{
namespace
{

struct Trap {
	std::uint32_t bit;
	const char *id;
	Verdict verdict;
	const char *message;
	const char *fix;
};

// From all of them the library or nvmectl keeps away by itself.
constexpr std::array<Trap, 5> known_traps = {{
	{RINGLINE_TRAP_WRITE_LOST, "write-lost", Verdict::note,
	 "this kernel's io_uring may report success for a write that it dropped (liburing #1386), so nvmectl writes "
	 "with "
	 "the threads engine unless --engine uring is given. Programs get the same with RINGLINE_QUEUE_AVOID_TRAPS. "
	 "Linux "
	 "6.11.10 and later are not affected",
	 ""},
	{RINGLINE_TRAP_IOPOLL, "iopoll", Verdict::note,
	 "this kernel can crash when two threads poll the same queue of a device, so the library refuses IOPOLL "
	 "(bench --iopoll). Linux 6.16, 6.15.4, 6.12.36, 6.6.97 and what follows them are safe",
	 ""},
	{RINGLINE_TRAP_FORMAT_HANG, "format-hang", Verdict::note,
	 "on this kernel a format hangs after some commands that it refused: vectored ones in registered memory, and "
	 "metadata on a format without it. The library sends neither; other programs may. Linux 6.12 is not affected",
	 ""},
	{RINGLINE_TRAP_FIXED_PAGES, "fixed-pages", Verdict::note,
	 "this kernel limits transfers in registered memory by the device's segments: the library registers it in "
	 "pieces, and sends longer transfers unregistered, which costs a little speed. Linux 6.12 is not affected",
	 ""},
	{RINGLINE_TRAP_METADATA_PAGES, "metadata-pages", Verdict::note,
	 "this kernel may let a drive write the metadata of a read into memory that all programs share, after which "
	 "none "
	 "can be trusted (seen on Linux 6.12). The library keeps that from happening, for a system call each; other "
	 "programs may not",
	 ""},
}};

void judge_kernel(const MachineFacts &facts, std::vector<Check> *checks)
{
	const std::uint32_t traps = facts.queue_info.traps;
	if (kernel_before(facts.release, 5, 19)) {
		checks->push_back({"kernel", Verdict::note,
				   fmt::format("Linux {} has no NVMe passthrough over io_uring: 5.19 is the first that "
					       "has, 6.2 the first that lets ordinary users have it",
					       facts.release)});
	} else {
		checks->push_back(
			{"kernel", Verdict::good,
			 fmt::format("Linux {}: {}", facts.release,
				     traps == 0 ? "no known defect concerns the engine that runs" : "it has defects")});
	}
	for (const Trap &trap : known_traps) {
		if ((traps & trap.bit) != 0) {
			checks->push_back({trap.id, trap.verdict, trap.message, trap.fix});
		}
	}
}

std::string raise_memlock()
{
	return "ulimit -l unlimited\nor, for a service: LimitMEMLOCK=infinity in its [Service] section";
}

std::string disabled_text(const MachineFacts &facts)
{
	return facts.io_uring_disabled == 1
		       ? "io_uring is only for CAP_SYS_ADMIN and a group here (kernel.io_uring_disabled is 1)"
		       : "io_uring is disabled on this machine (kernel.io_uring_disabled)";
}

Check no_ring(const MachineFacts &facts)
{
	const std::string meanwhile = ". The threads engine stands in for it: it works, and is slower";
	switch (facts.queue_info.engine_reason) {
	case RINGLINE_REASON_DISABLED:
		return {"io_uring", Verdict::problem, disabled_text(facts) + meanwhile,
			"sysctl kernel.io_uring_disabled=0"};
	case RINGLINE_REASON_FORBIDDEN:
		return {"io_uring", Verdict::problem,
			"io_uring is forbidden here, by a seccomp filter or a security module; containers often have "
			"one" + meanwhile,
			"docker run --security-opt seccomp=PROFILE ..., where PROFILE allows io_uring_setup, "
			"io_uring_enter and io_uring_register"};
	case RINGLINE_REASON_NO_MEMORY:
		return {"io_uring", Verdict::problem,
			"there is no memory for a ring, or RLIMIT_MEMLOCK is too low for one" + meanwhile,
			raise_memlock()};
	default:
		return {"io_uring", Verdict::problem,
			"this kernel's io_uring has no entries for NVMe commands, which came with Linux 5.19" +
				meanwhile};
	}
}

Check judge_ring(const MachineFacts &facts)
{
	if (facts.queue.error != 0) {
		return {"io_uring", Verdict::problem, "no queue can be made: " + facts.queue.text,
			facts.queue.rule == RINGLINE_RULE_RESOURCE ? "ulimit -n 1024" : ""};
	}
	if (facts.queue_info.engine != RINGLINE_ENGINE_URING) {
		return no_ring(facts);
	}
	return {"io_uring", Verdict::good, "a ring for NVMe commands comes up"};
}

std::string limit_text(std::uint64_t bytes)
{
	return bytes == UINT64_MAX ? "unlimited" : human_bytes(bytes);
}

std::string pin_text(const MachineFacts &facts)
{
	return fmt::format("the {} that transfers of nvmectl's default depth have in flight",
			   human_bytes(facts.pin_bytes));
}

Check judge_memlock(const MachineFacts &facts)
{
	const std::string limit = fmt::format("RLIMIT_MEMLOCK is {}", limit_text(facts.memlock.soft));
	const bool ring = facts.queue.error == 0 && facts.queue_info.engine == RINGLINE_ENGINE_URING;
	if (!ring) {
		return {"memlock", Verdict::good, limit + "; without a ring nothing is pinned"};
	}
	if (facts.pinned) {
		return {"memlock", Verdict::good,
			limit + (facts.ipc_lock ? ", which does not bind this user (CAP_IPC_LOCK)" : "") + ": " +
				pin_text(facts) + " can be pinned once"};
	}
	const bool limited = !facts.ipc_lock && facts.memlock.soft != UINT64_MAX;
	return {"memlock", Verdict::note,
		(limited ? limit : "for another reason than RLIMIT_MEMLOCK") + ": " + pin_text(facts) +
			" cannot be pinned once. It is pinned anew for each command, which costs speed",
		limited ? raise_memlock() : ""};
}

Check judge_open_files(const MachineFacts &facts)
{
	// A queue takes three or four, a device two; the rest is the program's own.
	constexpr std::uint64_t least = 16;
	constexpr std::uint64_t comfortable = 256;
	const std::uint64_t soft = facts.open_files.soft;
	const bool out = facts.queue.rule == RINGLINE_RULE_RESOURCE && facts.queue.error == -EMFILE;
	const std::string limit = soft == UINT64_MAX ? "unlimited" : fmt::format("{}", soft);
	if (!out && soft >= comfortable) {
		return {"nofile", Verdict::good, fmt::format("RLIMIT_NOFILE is {}", limit)};
	}
	const std::uint64_t wanted = std::min<std::uint64_t>(1024, std::max(facts.open_files.hard, comfortable));
	const std::string as_root = facts.open_files.hard < wanted ? " (as root: the hard limit is lower)" : "";
	return {"nofile", out || soft < least ? Verdict::problem : Verdict::note,
		fmt::format("RLIMIT_NOFILE is {}: {}", limit,
			    out || soft < least
				    ? "too few descriptors for a queue with devices"
				    : "enough for a few queues; each takes up to 4 descriptors, a device 2"),
		fmt::format("ulimit -n {}{}\nor, for a service: LimitNOFILE={} in its [Service] section", wanted,
			    as_root, wanted)};
}

void judge_devices(const MachineFacts &facts, std::vector<Check> *checks)
{
	if (facts.devices_error != 0) {
		checks->push_back({"devices", Verdict::problem,
				   "the NVMe devices cannot be listed: /sys cannot be read",
				   "mount -t sysfs sysfs /sys"});
		return;
	}
	const auto namespaces =
		std::count_if(facts.devices.begin(), facts.devices.end(), [](const ringline_device_entry &entry) {
			return entry.kind == RINGLINE_DEVICE_NAMESPACE;
		});
	const auto controllers = static_cast<std::ptrdiff_t>(facts.devices.size()) - namespaces;
	if (facts.devices.empty()) {
		checks->push_back({"devices", Verdict::note,
				   "this machine has no NVMe devices that its kernel knows. Simulated ones work "
				   "everywhere",
				   "modprobe nvme\nnvmectl sim create disk.img --size 64MiB"});
		return;
	}
	const bool hidden = namespaces == 0 && kernel_before(facts.release, 5, 13);
	checks->push_back({"devices", namespaces == 0 ? Verdict::note : Verdict::good,
			   fmt::format("{} and {}{}", count_of(static_cast<std::uint64_t>(namespaces), "namespace"),
				       count_of(static_cast<std::uint64_t>(controllers), "controller"),
				       hidden ? "; generic nodes of namespaces came with Linux 5.13" : "")});
	judge_access(facts, checks);
}

} // namespace

std::vector<Check> judge_machine(const MachineFacts &facts)
{
	std::vector<Check> checks;
	judge_kernel(facts, &checks);
	checks.push_back(judge_ring(facts));
	checks.push_back(judge_memlock(facts));
	checks.push_back(judge_open_files(facts));
	judge_devices(facts, &checks);
	return checks;
}

std::string_view verdict_name(Verdict verdict)
{
	return verdict == Verdict::good ? "good" : verdict == Verdict::note ? "note" : "problem";
}

std::size_t count_verdict(const std::vector<Check> &checks, Verdict verdict)
{
	return static_cast<std::size_t>(std::count_if(checks.begin(), checks.end(),
						      [&](const Check &check) { return check.verdict == verdict; }));
}

} // namespace nvmectl
