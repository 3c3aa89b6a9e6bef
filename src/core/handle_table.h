// SPDX-License-Identifier: MIT OR Apache-2.0
// The one process-wide table behind the handles that are values (design: a stale, forged or misplaced handle is an
// error, never harm). A handle is serial << 16 | index. Serials are never used twice; the index of devices and buffers
// never overlap. One lock, taken in cold calls only.
#pragma once

#include "core/buffer.h"
#include "device/device.h"

#include <ringline/ringline.h>

#include <atomic>
#include <cstdint>

namespace ringline::core
{

inline constexpr std::uint32_t devices_max = 1024;
inline constexpr std::uint32_t buffers_max = 1024;

/// Index of a device handle in 0..devices_max, for per-queue look-up; out of range for what was never a device.
constexpr std::uint32_t device_index(ringline_device handle)
{
	return static_cast<std::uint32_t>(handle.value & 0xffff);
}

/// Takes over the caller's reference. 0, -EMFILE (devices_max are open) or -ENOMEM; then the caller keeps its
/// reference.
std::int32_t add_device(device::Device *device, ringline_device *handle);
/// Gives a retained pointer, or -EBADF (never issued), -ESTALE (closed), -ECHILD (inherited).
std::int32_t lock_device(ringline_device handle, device::Device **device);
/// Makes the handle stale, marks the device closed and drops the table's reference. Errors as lock_device().
std::int32_t close_device(ringline_device handle);
/// A format through one handle may have changed what others stand for: another node of the namespace, or all of a
/// controller's. Marks every real device that is open; one that was not touched is only read again.
void forget_all_geometry();
/// Grows with every close_device(), so that queues notice with one load a call.
inline constinit std::atomic<std::uint32_t> closing_count{0};
inline std::uint32_t closings()
{
	return closing_count.load(std::memory_order_acquire);
}

/// Takes over the buffer. 0, -EMFILE or -ENOMEM.
std::int32_t add_buffer(Buffer *buffer, ringline_buffer *handle);
/// Counts one attachment, which keeps the buffer alive. Errors as lock_device().
std::int32_t attach_buffer(ringline_buffer handle, Buffer **buffer);
void detach_buffer(Buffer *buffer);
/// Takes the buffer out of the table; the caller frees it. -EBUSY while attached; else errors as lock_device().
std::int32_t remove_buffer(ringline_buffer handle, Buffer **buffer);
/// A copy of what is public. Errors as lock_device().
std::int32_t read_buffer(ringline_buffer handle, ringline_buffer_info *info);

/// The number of this process among its ancestors that use the library; what a queue remembers to know that it was
/// inherited. 0: no memory.
std::uint32_t fork_epoch();

} // namespace ringline::core
