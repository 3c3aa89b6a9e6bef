// SPDX-License-Identifier: MIT OR Apache-2.0
// Finds out, by trying, what this machine and a device can do. What it means is judged in doctor_judge.h.
#include "doctor_judge.h"

#include "commands.h"
#include "device_name.h"
#include "report.h"
#include "session.h"
#include "status_code.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <system_error>

namespace nvmectl
{
namespace
{

constexpr std::uint32_t default_depth = 32;
constexpr std::uint64_t default_memory = default_depth * (512ull << 10);

/// Needs no descriptor, of which there may be none.
bool capable(unsigned capability)
{
	__user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data = {};
	return ::syscall(SYS_capget, &header, data.data()) == 0 &&
	       (data.at(capability / 32).effective >> capability % 32 & 1) != 0;
}

ResourceLimit limit_of(__rlimit_resource resource)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	(void)::getrlimit(resource, &limit);
	return {limit.rlim_cur, limit.rlim_max};
}

template <class Number> std::optional<Number> number_from(const std::string &path)
{
	std::ifstream file(path);
	Number number = 0;
	return file >> number ? std::optional(number) : std::nullopt;
}

Tried tried(std::int32_t result, const ringline_diagnosis &diagnosis)
{
	if (result >= 0) {
		return {};
	}
	const std::string why = diagnosis.text[0] != '\0' ? diagnosis.text : ringline_error_text(result);
	return {result, diagnosis.rule, diagnosis.wanted, fmt::format("{} ({})", why, ringline_error_name(result))};
}

struct DestroyQueue {
	void operator()(ringline_queue *queue) const { (void)ringline_queue_destroy(queue); }
};
using OwnedQueue = std::unique_ptr<ringline_queue, DestroyQueue>;

OwnedQueue make_queue(Tried *outcome)
{
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.depth = default_depth;
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	ringline_queue *queue = nullptr;
	*outcome = tried(ringline_queue_create(&options, &diagnosis, &queue), diagnosis);
	return OwnedQueue(queue);
}

/// Whether this much memory can be pinned on the queue.
bool try_to_pin(ringline_queue *queue, std::uint64_t bytes)
{
	ringline_buffer_options options = {};
	options.struct_size = sizeof options;
	options.length = bytes;
	ringline_buffer buffer = {};
	if (ringline_buffer_create(&options, &buffer) < 0) {
		return false;
	}
	const bool pinned = ringline_queue_attach_buffer(queue, buffer) == 1;
	(void)ringline_queue_detach_buffer(queue, buffer);
	(void)ringline_buffer_free(buffer);
	return pinned;
}

void find_devices(MachineFacts *facts)
{
	constexpr std::uint32_t room = 1024;
	facts->devices.resize(room);
	const std::int32_t count = ringline_device_list(facts->devices.data(), room);
	facts->devices_error = count < 0 ? count : 0;
	facts->devices.resize(count < 0 ? 0 : std::min(static_cast<std::uint32_t>(count), room));
}

MachineFacts examine_machine()
{
	MachineFacts facts;
	struct utsname name = {};
	(void)::uname(&name);
	facts.release = name.release;
	facts.sys_admin = capable(CAP_SYS_ADMIN);
	facts.ipc_lock = capable(CAP_IPC_LOCK);
	facts.memlock = limit_of(RLIMIT_MEMLOCK);
	facts.open_files = limit_of(RLIMIT_NOFILE);
	facts.io_uring_disabled = number_from<std::int32_t>("/proc/sys/kernel/io_uring_disabled").value_or(-1);
	facts.pin_bytes = default_memory;
	if (const OwnedQueue queue = make_queue(&facts.queue); queue) {
		facts.queue_info.struct_size = sizeof facts.queue_info;
		(void)ringline_queue_info_get(queue.get(), &facts.queue_info);
		facts.pinned = try_to_pin(queue.get(), default_memory);
	}
	find_devices(&facts);
	return facts;
}

Tried open_device(const std::string &path, std::uint32_t flags, ringline_device *device)
{
	ringline_device_options options = {};
	options.struct_size = sizeof options;
	options.flags = flags;
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	return tried(ringline_device_open(path.c_str(), &options, &diagnosis, device), diagnosis);
}

Tried answer(const ringline_completion &completion)
{
	if (completion.status != 0) {
		return {-EIO, RINGLINE_RULE_NONE, 0,
			fmt::format("NVMe status {}: {}", status_notation(completion.status),
				    ringline_status_text(completion.status, RINGLINE_NVME_READ))};
	}
	return tried(completion.error, {});
}

/// The least that shows whether commands get through.
Tried read_one_block(ringline_queue *queue, ringline_device device, std::uint32_t block_size)
{
	constexpr std::int64_t patience_ns = 10'000'000'000;
	constexpr std::size_t page = 4096;
	const std::size_t bytes = (block_size + page - 1) / page * page;
	const std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(page, bytes), std::free);
	if (!memory) {
		return tried(-ENOMEM, {});
	}
	std::int32_t result = ringline_queue_attach(queue, device);
	if (result == 0) {
		result = ringline_read(queue, device, 0, 1, memory.get(), block_size, 0, 0);
	}
	ringline_completion completion = {};
	if (result == 0) {
		result = ringline_submit_and_wait(queue, &completion, 1, 1, patience_ns);
	}
	if (result == 0) {
		// The queue's end waits for the device, which has the memory until then.
		(void)ringline_submit_and_wait(queue, &completion, 1, 1, -1);
		return {-ETIME, RINGLINE_RULE_NONE, 0, "there was no answer within 10 seconds"};
	}
	return result < 0 ? tried(result, {}) : answer(completion);
}

/// The file of the request queue that the kernel shows at the block sibling.
template <class Number> std::optional<Number> queue_limit(const DeviceFacts &facts, const char *name)
{
	const bool real = facts.info.kind == RINGLINE_DEVICE_NAMESPACE;
	const std::string block = real ? block_sibling(facts.node) : "";
	return block.empty() ? std::nullopt
			     : number_from<Number>(fmt::format("/sys/class/block/{}/queue/{}", block, name));
}

void examine_open_device(ringline_device device, DeviceFacts *facts)
{
	facts->info.struct_size = sizeof facts->info;
	(void)ringline_device_info_get(device, &facts->info);
	const ringline_device_info &info = facts->info;
	if (info.kind == RINGLINE_DEVICE_CONTROLLER) {
		return;
	}
	if (const auto polled = queue_limit<std::uint32_t>(*facts, "io_poll")) {
		facts->polled = *polled != 0;
	}
	if (const auto mask = queue_limit<std::uint64_t>(*facts, "dma_alignment")) {
		facts->dma_alignment = *mask + 1;
	}
	if (info.metadata_size != 0 || info.blocks == 0) {
		return;
	}
	Tried made;
	const OwnedQueue queue = make_queue(&made);
	if (queue) {
		ringline_queue_info queue_info = {};
		queue_info.struct_size = sizeof queue_info;
		(void)ringline_queue_info_get(queue.get(), &queue_info);
		facts->engine = engine_name(queue_info.engine);
		facts->read = read_one_block(queue.get(), device, info.block_size);
	}
}

DeviceFacts examine_device(const std::string &path, const MachineFacts &machine)
{
	DeviceFacts facts;
	facts.path = path;
	std::error_code ignored;
	facts.node = std::filesystem::weakly_canonical(path, ignored).string();
	facts.traps = machine.queue_info.traps;
	ringline_device device = {};
	facts.opened = open_device(path, 0, &device);
	if (facts.opened.error != 0) {
		const Tried only_to_read = open_device(path, RINGLINE_OPEN_READ_ONLY, &device);
		if (only_to_read.error != 0) {
			return facts;
		}
		facts.opened_to_write = facts.opened;
		facts.opened = {};
	}
	examine_open_device(device, &facts);
	(void)ringline_device_close(device);
	return facts;
}

std::string indented(const std::string &lines, std::size_t columns)
{
	std::string text;
	for (const char c : lines) {
		text += c;
		if (c == '\n') {
			text.append(columns, ' ');
		}
	}
	return text;
}

/// As the beginning of a sentence.
std::string named_device(const std::string &device)
{
	return device.empty() ? "" : device + (device.ends_with(':') ? " " : ": ");
}

std::string report_text(const std::vector<Check> &checks, bool quiet)
{
	constexpr std::size_t column = 22;
	std::string text;
	for (const Check &check : checks) {
		if (quiet && check.verdict != Verdict::problem) {
			continue;
		}
		text += fmt::format("{:<7}  {:<11}  {}{}\n", verdict_name(check.verdict), check.id,
				    named_device(check.device), check.message);
		if (!check.fix.empty()) {
			text += fmt::format("{:{}}type: {}\n", "", column, indented(check.fix, column + 6));
		}
	}
	return text;
}

Json report_json(const std::vector<Check> &checks)
{
	Json json = document("doctor");
	json["problems"] = count_verdict(checks, Verdict::problem);
	json["notes"] = count_verdict(checks, Verdict::note);
	json["checks"] = Json::array();
	for (const Check &check : checks) {
		json["checks"].push_back({{"id", check.id},
					  {"verdict", verdict_name(check.verdict)},
					  {"device", check.device.empty() ? Json(nullptr) : Json(check.device)},
					  {"message", check.message},
					  {"fix", check.fix.empty() ? Json(nullptr) : Json(check.fix)}});
	}
	return json;
}

} // namespace

Exit run_doctor(const Options &options, Warnings * /*warnings*/)
{
	const MachineFacts machine = examine_machine();
	std::vector<Check> checks = judge_machine(machine);
	if (!options.device.empty()) {
		const std::vector<Check> more = judge_device(examine_device(options.device, machine), machine);
		checks.insert(checks.end(), more.begin(), more.end());
	}
	const std::size_t problems = count_verdict(checks, Verdict::problem);
	if (options.json) {
		print_document(report_json(checks));
	} else {
		std::string text = report_text(checks, options.quiet);
		if (!options.quiet) {
			text += problems == 0
					? "\nno problem was found\n"
					: fmt::format("\n{} {}\n", problems, problems == 1 ? "problem" : "problems");
		}
		print_text(text);
	}
	return problems == 0 ? Exit::done : Exit::unsupported;
}

} // namespace nvmectl
