// SPDX-License-Identifier: MIT OR Apache-2.0
// What "doctor" makes of the facts that it found: nothing is looked up or tried here.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nvmectl
{

enum class Verdict {
	good,
	note,    ///< It works, and the user may want to know.
	problem, ///< Something cannot work, or cannot be trusted.
};

struct Check {
	std::string id;
	Verdict verdict = Verdict::good;
	std::string message;
	std::string fix = {};    ///< What to type, a line for each command; empty if there is nothing to do.
	std::string device = {}; ///< Whose; empty: the machine's.
};

/// A call of the library that may have failed.
struct Tried {
	std::int32_t error = 0;
	std::uint32_t rule = RINGLINE_RULE_NONE;
	std::uint64_t wanted = 0;
	std::string text = {};
};

/// The two values of a resource limit; unlimited is the largest number.
struct ResourceLimit {
	std::uint64_t soft = UINT64_MAX;
	std::uint64_t hard = UINT64_MAX;
};

struct MachineFacts {
	std::string release; ///< Of the kernel, as uname(2) has it.
	bool sys_admin = false;
	bool ipc_lock = false;               ///< RLIMIT_MEMLOCK does not bind this user.
	std::int32_t io_uring_disabled = -1; ///< The sysctl, or -1 if there is none.
	Tried queue;                         ///< Making a queue that chooses its engine.
	ringline_queue_info queue_info = {}; ///< If there is one.
	std::uint64_t pin_bytes = 0;         ///< So much was to be pinned, for transfers of nvmectl's default depth.
	bool pinned = false;
	ResourceLimit memlock;
	ResourceLimit open_files;
	std::int32_t devices_error = 0;
	std::vector<ringline_device_entry> devices = {};
};

struct DeviceFacts {
	std::string path;
	std::string node; ///< The path without symbolic links.
	Tried opened;
	Tried opened_to_write; ///< If it could only be opened to be read: why.
	ringline_device_info info = {};
	std::uint32_t traps = 0;
	std::optional<bool> polled;                 ///< Whether it has polled queues.
	std::optional<std::uint64_t> dma_alignment; ///< Bytes.
	std::optional<Tried> read;                  ///< A read of block 0 by way of a queue.
	std::string engine = {};                    ///< Which did it.
};

std::vector<Check> judge_machine(const MachineFacts &facts);
std::vector<Check> judge_device(const DeviceFacts &facts, const MachineFacts &machine);

std::string_view verdict_name(Verdict verdict);
std::size_t count_verdict(const std::vector<Check> &checks, Verdict verdict);

} // namespace nvmectl
