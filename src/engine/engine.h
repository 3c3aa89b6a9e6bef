// SPDX-License-Identifier: MIT OR Apache-2.0
// The contract of an engine: how commands get to where they run and completions come back. An engine is one file pair,
// and one branch in core::Queue::with_engine(). Engines know tags, not handles: a tag is generation << 32 | slot << 4,
// and comes back once.
#pragma once

#include "base/waker.h"
#include "device/device.h"
#include "engine/uring_share.h"

#include <ringline/ringline.h>

#include <concepts>
#include <cstdint>

namespace ringline::engine
{

/// The low half of a tag is where its slot is in the queue's table, in bytes: that saves the queue two instructions
/// whenever it goes from one to the other.
constexpr std::uint32_t slot_shift = 4;

constexpr std::uint32_t slot_of(std::uint64_t tag)
{
	return static_cast<std::uint32_t>(tag) >> slot_shift;
}

/// A command that runs in software: on a worker, or at submission on a simulated device. One for each slot, made when
/// first needed.
struct Task {
	ringline_nvme_command command;
	device::Device *device;
	std::uint32_t segments; ///< Of a vectored command: so many are at command.address. Else 0.
	bool admin;
	device::Verdict verdict;
	std::int64_t delay_seconds; ///< With the next member, the kernel's timespec for verdict.delay_ns.
	std::int64_t delay_nanoseconds;

	[[nodiscard]] device::Verdict execute() const
	{
		return admin ? device->execute_admin(command) : device->execute(command, segments);
	}
};

struct Setup {
	std::uint32_t depth;
	std::uint32_t max_devices;
	std::uint32_t max_buffers;
	std::uint32_t workers;
	bool movable;
	bool iopoll = false;
	bool sqpoll = false;
	std::int32_t sqpoll_cpu = -1; ///< -1: any.
	std::uint32_t sqpoll_idle_ms = 0;
	Waker *waker; ///< Outlives the engine; a ring of it ends an advance().
};

/// What advance() did.
struct Progress {
	std::uint32_t submitted = 0;
	std::int32_t error = 0; ///< 0, -EINTR, -ETIME, -EAGAIN, -EBUSY, or another errno of the call.
	bool interrupted =
		false; ///< The wait ended before its minimum was there, for no reason that another wait would not meet.
};

/// One thing that comes back. For a task, status and result are in its verdict.
struct Event {
	std::uint64_t tag;
	std::uint64_t result;
	std::int32_t status; ///< 0; positive: NVMe status; negative: errno.
};

/// Where a command of an attached device goes.
struct Target {
	device::Device *device;
	std::uint32_t file; ///< Index among the attached devices.
	bool task;          ///< Runs in software on this engine.
};

constexpr std::int32_t not_fixed = -1;

/// What became of memory that was to be pinned.
enum class Pinned : std::uint8_t {
	no,    ///< It cannot be: no use for it, or no memory that may be locked.
	alone, ///< For this queue, whatever others did.
	shared ///< Once for all queues that have it; the core has to SharedPin::leave() it.
};

/// What core::Queue asks of both engines, on the owner's thread only (but for create() and destroy() of an unused one).
// clang-format off: version 14 knows no compound requirements
template <class E>
concept Engine = requires(E &engine, const E &looked_at, const Target &target, std::uint64_t n64, std::uint32_t n32,
			  std::int32_t i32, SharedPin &shared)
{
	/// The first call of the owner: binds the ring to the thread.
	{
		engine.bind()
		} -> std::same_as<std::int32_t>;
	/// Takes one command; null: no room before the next advance(). The caller writes all 72 bytes at the result.
	{
		engine.push(target, n64, i32)
		} -> std::same_as<ringline_nvme_command *>;
	/// Makes the command that was pushed last, and has been written, a vectored one of n32 segments.
	{
		engine.vector_last(target, n64, n32)
		} -> std::same_as<void>;
	/// Makes the command that was pushed last an admin command.
	{
		engine.admin_last(target, n64)
		} -> std::same_as<void>;
	/// Submits what was pushed (first argument), and waits until n32 events are there, the waker rings, or n64
	/// nanoseconds passed (-1: no limit).
	{
		engine.advance(true, n32, std::int64_t{})
		} -> std::same_as<Progress>;
	/// Takes back what was pushed and not submitted, or submitted and certainly not begun. False: too late.
	{
		engine.withdraw(n64)
		} -> std::same_as<bool>;
	/// A task that withdraw() came too late for: its verdict is there, and its event not reaped yet.
	{
		engine.decided(n64)
		} -> std::same_as<bool>;
	/// True if events may be there that only advance() brings to light.
	{
		looked_at.hidden_work()
		} -> std::same_as<bool>;
	{
		looked_at.pushed()
		} -> std::same_as<std::uint32_t>;
	{
		looked_at.running()
		} -> std::same_as<std::uint32_t>; ///< Submitted, and not reaped.
	/// Did the bell, met by reap() since the last advance(), end that advance? Then it was not interrupted.
	{
		looked_at.rang()
		} -> std::same_as<bool>;
	{
		looked_at.enters()
		} -> std::same_as<std::uint64_t>;
	{
		looked_at.memory_bytes()
		} -> std::same_as<std::uint64_t>;
	{
		engine.attach(target)
		} -> std::same_as<std::int32_t>;
	{
		engine.detach(target)
		} -> std::same_as<void>;
	/// Pins memory as buffer number n32.
	{
		engine.pin(n32, n64, n64, shared)
		} -> std::same_as<Pinned>;
	{
		engine.unpin(n32)
		} -> std::same_as<void>;
	/// The fixed-buffer index for a transfer inside pinned buffer n32, to a device that takes segments of so many
	/// bytes in all (the last argument); or not_fixed.
	{
		looked_at.fixed_index(n32, n64, n32, n32)
		} -> std::same_as<std::int32_t>;
	/// Signals this eventfd from now on whenever something may have come back.
	{
		engine.signal(i32)
		} -> std::same_as<std::int32_t>;
	/// Lets everything that was submitted come to its end, and frees what the engine has. Nothing else may be
	/// called after.
	{
		engine.destroy()
		} -> std::same_as<void>;
};
// clang-format on

} // namespace ringline::engine
