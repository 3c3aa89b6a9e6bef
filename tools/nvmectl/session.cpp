// SPDX-License-Identifier: MIT OR Apache-2.0
#include "session.h"

#include "classify.h"
#include "error.h"
#include "units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace nvmectl
{
namespace
{

constexpr std::array<std::pair<std::uint32_t, const char *>, 25> rules = {{
	{RINGLINE_RULE_NONE, "none"},
	{RINGLINE_RULE_ARGUMENT, "argument"},
	{RINGLINE_RULE_BLOCKS, "blocks"},
	{RINGLINE_RULE_BOUNDS, "bounds"},
	{RINGLINE_RULE_LENGTH, "length"},
	{RINGLINE_RULE_METADATA, "metadata"},
	{RINGLINE_RULE_MDTS, "mdts"},
	{RINGLINE_RULE_MAX_HW_SECTORS, "max-hw-sectors"},
	{RINGLINE_RULE_SEGMENTS, "segments"},
	{RINGLINE_RULE_FIXED_PAGES, "fixed-pages"},
	{RINGLINE_RULE_ALIGNMENT, "alignment"},
	{RINGLINE_RULE_READ_ONLY, "read-only"},
	{RINGLINE_RULE_OPCODE, "opcode"},
	{RINGLINE_RULE_NOT_NVME, "not-nvme"},
	{RINGLINE_RULE_PERMISSION, "permission"},
	{RINGLINE_RULE_NAMESPACE, "namespace"},
	{RINGLINE_RULE_KERNEL, "kernel"},
	{RINGLINE_RULE_MEMLOCK, "memlock"},
	{RINGLINE_RULE_IO_URING_DISABLED, "io-uring-disabled"},
	{RINGLINE_RULE_FORBIDDEN, "forbidden"},
	{RINGLINE_RULE_PATH, "path"},
	{RINGLINE_RULE_IMAGE, "image"},
	{RINGLINE_RULE_IN_USE, "in-use"},
	{RINGLINE_RULE_RESOURCE, "resource"},
	{RINGLINE_RULE_IDENTIFY, "identify"},
}};

constexpr std::uint32_t workers_max = 64;

[[noreturn]] void refuse(const std::string &what, std::int32_t result, const ringline_diagnosis &diagnosis, Exit exit)
{
	const std::string why = diagnosis.text[0] != '\0' ? diagnosis.text : ringline_error_text(result);
	Error error(exit, fmt::format("{}: {} ({})", what, why, ringline_error_name(result)));
	if (diagnosis.rule != RINGLINE_RULE_NONE) {
		error.with_rule(rule_name(diagnosis.rule));
	}
	throw error;
}

Exit exit_of_open(std::int32_t result)
{
	// Everything that a path can be wrong in means that it cannot be opened.
	return result == -EOPNOTSUPP ? Exit::unsupported : Exit::open;
}

Exit exit_of_create(std::int32_t result)
{
	return result == -EOPNOTSUPP ? Exit::unsupported : result == -EINVAL ? Exit::usage : Exit::open;
}

void check(const char *what, std::int32_t result)
{
	if (result < 0) {
		refuse(what, result, ringline_diagnosis{}, classify_error(result));
	}
}

/// Opened for writing, and by the kernel's driver.
bool written_by_kernel(const ringline_device_info &info)
{
	return info.kind == RINGLINE_DEVICE_NAMESPACE && (info.flags & RINGLINE_OPEN_READ_ONLY) == 0;
}

/// A device that may be written to goes round a kernel whose ring may lose writes, unless the engine was chosen.
std::uint32_t flags_of(const Device &device, std::uint32_t engine, const Polling &polling)
{
	const bool polls = polling.iopoll || polling.sqpoll;
	const bool safe = engine == RINGLINE_ENGINE_AUTO && !polls && written_by_kernel(device.info());
	return (safe ? RINGLINE_QUEUE_AVOID_TRAPS : 0u) | (polling.iopoll ? RINGLINE_QUEUE_IOPOLL : 0u) |
	       (polling.sqpoll ? RINGLINE_QUEUE_SQPOLL : 0u) | (polling.sqpoll_cpu ? RINGLINE_QUEUE_SQPOLL_CPU : 0u);
}

} // namespace

Device::Device(const std::string &path, std::uint32_t flags)
{
	ringline_device_options options = {};
	options.struct_size = sizeof options;
	options.flags = flags;
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	const std::int32_t result = ringline_device_open(path.c_str(), &options, &diagnosis, &handle_);
	if (result < 0) {
		refuse("cannot open " + path, result, diagnosis, exit_of_open(result));
	}
	info_.struct_size = sizeof info_;
	const std::int32_t told = ringline_device_info_get(handle_, &info_);
	if (told < 0) {
		(void)ringline_device_close(handle_);
		check("the facts of the device", told);
	}
}

Device::~Device()
{
	(void)ringline_device_close(handle_);
}

void require_blocks(const ringline_device_info &info)
{
	if (info.kind == RINGLINE_DEVICE_CONTROLLER) {
		throw Error(Exit::usage, fmt::format("{} is a controller, which has no blocks", info.node),
			    "name one of its namespaces; nvmectl list shows them");
	}
	if (info.block_size == 0 || info.blocks == 0) {
		throw Error(Exit::unsupported, fmt::format("{} has no blocks", info.node));
	}
}

void require_plain_namespace(const ringline_device_info &info)
{
	require_blocks(info);
	if (info.metadata_size != 0) {
		throw Error(
			Exit::unsupported,
			fmt::format("the blocks of {} carry {} bytes of metadata, which this command does not move",
				    info.node, info.metadata_size),
			"read, write and verify --against do; verify, write-zeroes, deallocate and copy move no data "
			"and work too; passthru io sends any single command")
			.with_rule("metadata");
	}
}

Queue::Queue(const Device &device, std::uint32_t engine, std::uint32_t depth, std::uint64_t buffer_bytes,
	     const Polling &polling)
{
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.flags = flags_of(device, engine, polling);
	options.sqpoll_cpu = polling.sqpoll_cpu.value_or(0);
	options.engine = engine;
	options.depth = depth;
	options.max_devices = 1;
	options.max_buffers = 1;
	options.workers =
		std::min(depth, workers_max); // the threads engine should have as much in flight as was asked for
	ringline_diagnosis diagnosis = {};
	diagnosis.struct_size = sizeof diagnosis;
	const std::int32_t result = ringline_queue_create(&options, &diagnosis, &queue_);
	if (result < 0) {
		refuse("cannot make a queue", result, diagnosis, exit_of_create(result));
	}
	try {
		attach(device, polling);
		if (buffer_bytes != 0) {
			make_memory(buffer_bytes);
		}
	} catch (...) {
		close();
		throw;
	}
}

void Queue::attach(const Device &device, const Polling &polling)
{
	const std::int32_t result = ringline_queue_attach(queue_, device.handle());
	if (result == -EOPNOTSUPP && polling.iopoll) {
		throw Error(Exit::unsupported,
			    fmt::format("{} has no polled queues, in which completions could be looked for",
					device.info().node),
			    "the nvme driver makes them when it is loaded with poll_queues=N (on the kernel's command "
			    "line nvme.poll_queues=N), fabrics when connected with --nr-poll-queues=N");
	}
	check("cannot attach the device to the queue", result);
}

void Queue::make_memory(std::uint64_t bytes)
{
	ringline_buffer_options options = {};
	options.struct_size = sizeof options;
	options.length = bytes;
	const std::int32_t made = ringline_buffer_create(&options, &buffer_);
	if (made < 0) {
		throw Error(Exit::open, fmt::format("no memory for {} of transfers in flight", human_bytes(bytes)),
			    "a smaller --depth needs less");
	}
	const std::int32_t attached = ringline_queue_attach_buffer(queue_, buffer_);
	check("cannot attach the memory to the queue", attached);
	pinned_ = attached == 1;
	ringline_buffer_info info = {};
	info.struct_size = sizeof info;
	check("the facts of the memory", ringline_buffer_info_get(buffer_, &info));
	memory_ = reinterpret_cast<std::byte *>(static_cast<std::uintptr_t>(info.address));
}

Queue::~Queue()
{
	close();
}

void Queue::close()
{
	// Waits until the device has let go of the memory, which is freed only then.
	(void)ringline_queue_destroy(queue_);
	if (buffer_.value != 0) {
		(void)ringline_buffer_free(buffer_);
	}
}

ringline_queue_info Queue::info() const
{
	ringline_queue_info info = {};
	info.struct_size = sizeof info;
	check("the facts of the queue", ringline_queue_info_get(queue_, &info));
	return info;
}

std::uint32_t parse_engine(const std::string &name)
{
	if (name == "uring") {
		return RINGLINE_ENGINE_URING;
	}
	if (name == "threads") {
		return RINGLINE_ENGINE_THREADS;
	}
	if (name == "auto") {
		return RINGLINE_ENGINE_AUTO;
	}
	throw Error(Exit::usage, fmt::format("--engine {}: no such engine", name), "auto, uring or threads");
}

std::string engine_name(std::uint32_t engine)
{
	return engine == RINGLINE_ENGINE_URING ? "uring" : "threads";
}

std::string engine_reason(const ringline_queue_info &info)
{
	const std::string got = info.engine_error == 0
					? std::string()
					: fmt::format(" (the probe got {})", ringline_error_name(info.engine_error));
	switch (info.engine_reason) {
	case RINGLINE_REASON_ASKED:
		return "it was asked for";
	case RINGLINE_REASON_PROBED:
		return "a probe of io_uring succeeded";
	case RINGLINE_REASON_KERNEL_TOO_OLD:
		return "this kernel is too old for NVMe passthrough over io_uring" + got;
	case RINGLINE_REASON_DISABLED:
		return "io_uring is disabled here by kernel.io_uring_disabled" + got;
	case RINGLINE_REASON_FORBIDDEN:
		return "io_uring is forbidden here by seccomp or a security module" + got;
	case RINGLINE_REASON_TRAP:
		return "this kernel's io_uring may report success for a write that it dropped (liburing #1386)";
	case RINGLINE_REASON_NO_MEMORY:
		return "there is not enough memory, or RLIMIT_MEMLOCK is too low, for a ring" + got;
	default:
		return "for a reason that this version does not know" + got;
	}
}

std::string kind_name(std::uint32_t kind)
{
	switch (kind) {
	case RINGLINE_DEVICE_NAMESPACE:
		return "namespace";
	case RINGLINE_DEVICE_CONTROLLER:
		return "controller";
	case RINGLINE_DEVICE_SIMULATED:
		return "simulated";
	default:
		return "null";
	}
}

std::vector<std::string> trap_names(std::uint32_t traps)
{
	std::vector<std::string> names;
	for (const auto &[trap, name] :
	     {std::pair{RINGLINE_TRAP_WRITE_LOST, "write-lost"}, std::pair{RINGLINE_TRAP_IOPOLL, "iopoll"},
	      std::pair{RINGLINE_TRAP_FORMAT_HANG, "format-hang"}, std::pair{RINGLINE_TRAP_FIXED_PAGES, "fixed-pages"},
	      std::pair{RINGLINE_TRAP_METADATA_PAGES, "metadata-pages"}}) {
		if ((traps & trap) != 0) {
			names.emplace_back(name);
		}
	}
	return names;
}

std::string rule_name(std::uint32_t rule)
{
	for (const auto &[number, name] : rules) {
		if (number == rule) {
			return name;
		}
	}
	return fmt::format("rule-{}", rule);
}

} // namespace nvmectl
