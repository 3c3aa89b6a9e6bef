// SPDX-License-Identifier: MIT OR Apache-2.0
// An open device, and a queue with memory on it. What the library refuses becomes an Error with the right exit code.
#pragma once

#include <ringline/ringline.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nvmectl
{

class Device
{
public:
	/// flags: RINGLINE_OPEN_*.
	Device(const std::string &path, std::uint32_t flags);
	Device(const Device &) = delete;
	Device &operator=(const Device &) = delete;
	~Device();

	[[nodiscard]] ringline_device handle() const { return handle_; }
	[[nodiscard]] const ringline_device_info &info() const { return info_; }

private:
	ringline_device handle_ = {};
	ringline_device_info info_ = {};
};

/// Throws unless the device has blocks.
void require_blocks(const ringline_device_info &info);

/// Throws unless the device has blocks of plain data.
void require_plain_namespace(const ringline_device_info &info);

/// What a queue polls for instead of waiting to be told; the library says what goes together.
struct Polling {
	bool iopoll = false; ///< Completions, in the thread that waits.
	bool sqpoll = false; ///< Submissions, in a thread of the kernel.
	std::optional<std::uint32_t> sqpoll_cpu;
};

class Queue
{
public:
	/// engine: RINGLINE_ENGINE_*. buffer_bytes 0: no memory. The device must outlive the queue.
	Queue(const Device &device, std::uint32_t engine, std::uint32_t depth, std::uint64_t buffer_bytes,
	      const Polling &polling = {});
	Queue(const Queue &) = delete;
	Queue &operator=(const Queue &) = delete;
	~Queue();

	[[nodiscard]] ringline_queue *get() const { return queue_; }
	[[nodiscard]] std::byte *memory() const { return memory_; }
	[[nodiscard]] bool pinned() const { return pinned_; }
	[[nodiscard]] ringline_queue_info info() const;

private:
	void attach(const Device &device, const Polling &polling);
	void make_memory(std::uint64_t bytes);
	void close();

	ringline_queue *queue_ = nullptr;
	ringline_buffer buffer_ = {};
	std::byte *memory_ = nullptr;
	bool pinned_ = false;
};

/// "auto", "uring" or "threads" to RINGLINE_ENGINE_*, and back.
std::uint32_t parse_engine(const std::string &name);
std::string engine_name(std::uint32_t engine);
/// Why this engine runs, as a sentence.
std::string engine_reason(const ringline_queue_info &info);
/// Name of a RINGLINE_DEVICE_*, such as "namespace".
std::string kind_name(std::uint32_t kind);
/// Names of the RINGLINE_TRAP_* that are set.
std::vector<std::string> trap_names(std::uint32_t traps);
/// Name of a RINGLINE_RULE_*, such as "mdts".
std::string rule_name(std::uint32_t rule);

} // namespace nvmectl
