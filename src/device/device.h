// SPDX-License-Identifier: MIT OR Apache-2.0
// The contract of a device kind. A kind is one file pair, derived from Device, and one row in the table of open.cpp.
#pragma once

#include "base/fd.h"
#include "base/memory.h"
#include "base/waker.h"
#include "nvme/raw.h"

#include <ringline/ringline.h>

#include <pthread.h>

#include <atomic>
#include <cstdint>

namespace ringline::device
{

/// What became of one command; the middle of a ringline_completion.
struct Outcome {
	std::uint64_t result = 0; ///< 0 unless error and status are 0.
	std::int32_t error = 0;   ///< Negative errno, or 0.
	std::uint16_t status = 0; ///< NVMe status word as in ringline_completion::status.
	std::uint16_t flags = 0;  ///< RINGLINE_OUTCOME_UNKNOWN, RINGLINE_NOT_SENT.
};

/// When a completion is shown to the caller.
enum class Disposition : std::uint8_t {
	complete, ///< After delay_ns.
	reorder,  ///< After the next `hold` completions of this device on the queue, or when nothing else is running
		  ///< there.
	drop,     ///< Not before it is cancelled, or its fault rule is cleared (holds() says no), or the queue is
		  ///< destroyed.
};

/// What a simulated device decides about a command; other kinds always complete at once.
struct Verdict {
	Outcome outcome;
	std::uint64_t delay_ns = 0;
	std::uint32_t hold = 0; ///< With Disposition::reorder.
	std::uint32_t rule = 0; ///< The fault rule behind reorder and drop.
	Disposition disposition = Disposition::complete;
	bool executed = true; ///< False: drop has not carried the command out; perform() it when it is let go.
};

/// An open device. Shared by handles and queues; counted. Everything virtual blocks and may be called by any thread at
/// once.
class Device : public Allocated
{
public:
	/// Bits of state(): one word that a queue compares before every command.
	static constexpr std::uint32_t closed = 1;           ///< The handle was closed.
	static constexpr std::uint32_t geometry_unknown = 2; ///< Formatted through the library, not refreshed since.
	static constexpr std::uint32_t gone = 4;             ///< It vanished: commands give -ENODEV.
	static constexpr std::uint32_t version = 8;          ///< Added once for each refresh.

	Device() = default;
	Device(const Device &) = delete;
	Device &operator=(const Device &) = delete;

	void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
	void release()
	{
		if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
			delete this;
		}
	}

	[[nodiscard]] std::uint32_t state() const { return state_.load(std::memory_order_acquire); }
	void set_state(std::uint32_t bits) { state_.fetch_or(bits, std::memory_order_acq_rel); }
	/// A copy of the facts. Any thread.
	[[nodiscard]] ringline_device_info info() const;
	/// Replaces the facts, clears geometry_unknown and adds one version.
	void set_info(const ringline_device_info &info) { set_info(info, formats()); }
	/// The same, for facts that were read after formats() gave that number: a format in between leaves
	/// geometry_unknown set.
	void set_info(const ringline_device_info &info, std::uint32_t formats_seen);
	/// Grows with every forget_geometry().
	[[nodiscard]] std::uint32_t formats() const { return formats_.load(std::memory_order_acquire); }
	/// The device was, or may have been, formatted: geometry_unknown until it is read again.
	void forget_geometry()
	{
		formats_.fetch_add(1, std::memory_order_acq_rel);
		set_state(geometry_unknown);
	}
	/// Of an open node that the kernel drives, for io_uring; -1 for kinds that run in software. Never changes.
	[[nodiscard]] int fd() const { return fd_.get(); }

	/// Can its completions be polled for (nvme.poll_queues)? As of the last refresh.
	[[nodiscard]] bool polled() const { return polled_.load(std::memory_order_relaxed); }

	/// Has this admin opcode no effects that the kernel must see? As of the last refresh.
	[[nodiscard]] bool harmless(std::uint8_t opcode) const
	{
		return (harmless_[opcode >> 6].load(std::memory_order_relaxed) >> (opcode & 63) & 1) != 0;
	}

	/// Runs one I/O command and says when to show what became of it (fault rules are considered). Default:
	/// perform().
	/// With segments, command.address is an array of so many ringline_segment, and data_length what they hold
	/// together.
	virtual Verdict execute(const ringline_nvme_command &command, std::uint32_t segments = 0);
	/// Runs one I/O command, without fault rules. Default: -EOPNOTSUPP, not sent.
	virtual Outcome perform(const ringline_nvme_command &command, std::uint32_t segments = 0);
	/// Runs one admin command for which harmless() is true, and says when to show what became of it. Default:
	/// admin().
	virtual Verdict execute_admin(const ringline_nvme_command &command);
	/// Runs one admin command. 0: it has an outcome; negative errno: nothing was sent.
	virtual std::int32_t admin(const ringline_nvme_command &command, Outcome *outcome);
	/// Reads geometry and limits again, and set_info()s them. Default: nothing changes.
	virtual std::int32_t refresh();
	/// Simulated kinds: sets a rule (validated by the callee); its number from 1, or a negative errno. Default:
	/// -EOPNOTSUPP.
	virtual std::int32_t set_fault(const ringline_fault_rule &rule);
	/// Simulated kinds: removes a rule or, with 0, all; how often it acted, or a negative errno. Rings every waker.
	virtual std::int32_t clear_fault(std::uint32_t rule);
	/// Does this fault rule still hold commands back?
	virtual bool holds(std::uint32_t rule) const;
	/// A queue attaches or detaches; its waker is rung whenever something that holds commands back has changed.
	virtual std::int32_t add_waker(Waker *waker);
	virtual void remove_waker(Waker *waker);

protected:
	virtual ~Device();
	Fd fd_;
	std::atomic<bool> polled_{false};
	void set_harmless(const nvme::OpcodeSet &set)
	{
		for (std::size_t i = 0; i < nvme::OpcodeSet::size; ++i) {
			harmless_[i].store(set.words[i], std::memory_order_relaxed);
		}
	}

private:
	std::atomic<std::uint32_t> references_{1};
	std::atomic<std::uint32_t> state_{0};
	std::atomic<std::uint32_t> formats_{0};
	std::atomic<std::uint64_t> harmless_[nvme::OpcodeSet::size] = {nvme::always_harmless.words[0]};
	mutable pthread_mutex_t lock_ = PTHREAD_MUTEX_INITIALIZER; // of info_
	ringline_device_info info_ = {};
};

/// What ringline_device_open() was asked for, with the prefix of the path taken off.
struct OpenRequest {
	const char *path = nullptr;      ///< As the caller gave it.
	const char *remainder = nullptr; ///< Behind "sim:" or "null:"; else the path itself.
	ringline_device_options options = {};
};

/// Opens whatever the path names. On success *device has one reference, which is the caller's.
std::int32_t open(const char *path, const ringline_device_options &options, ringline_diagnosis *diagnosis,
		  Device **device);

// One opener for each kind; the table in open.cpp chooses.
std::int32_t open_passthrough(const OpenRequest &request, ringline_diagnosis *diagnosis, Device **device);
std::int32_t open_simulated(const OpenRequest &request, ringline_diagnosis *diagnosis, Device **device);
std::int32_t open_null(const OpenRequest &request, ringline_diagnosis *diagnosis, Device **device);

/// The only namespace of a device without hardware behind it.
inline constexpr std::uint32_t the_nsid = 1;
/// For kinds without hardware: blocks of 512 or 4096 bytes, and that namespace. `name` begins the sentence.
std::int32_t check_options_without_hardware(const char *name, const ringline_device_options &options,
					    ringline_diagnosis *diagnosis);

/// ringline_sim_create().
std::int32_t create_image(const char *path, const ringline_sim_options &options);
/// ringline_device_list(), with the root of sysfs and of the device nodes as arguments so that it can be tested.
std::int32_t list(const char *sysfs, const char *dev, ringline_device_entry *entries, std::uint32_t max);

} // namespace ringline::device
