// SPDX-License-Identifier: MIT OR Apache-2.0
// What a queue does between its beginning and its end, beside the data path: ownership, attachments, information.
#include "core/queue.h"

#include "base/errno_guard.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstddef>

namespace ringline::core
{

bool Queue::foreign() const
{
	const std::uint64_t owner = owner_.load(std::memory_order_relaxed);
	return owner != nobody && owner != thread_identity();
}

// The first call that needs an owner makes its thread the owner, and binds the ring to it.
std::int32_t Queue::admit_first()
{
	std::uint64_t expected = nobody;
	if (!owner_.compare_exchange_strong(expected, thread_identity(), std::memory_order_acq_rel)) {
		return -EPERM;
	}
	const std::int32_t error = with_engine([](auto &engine) { return engine.bind(); });
	if (error < 0) {
		owner_.store(nobody, std::memory_order_release);
	}
	return error;
}

std::int32_t Queue::info(ringline_queue_info *info) const
{
	if (inherited()) {
		return -ECHILD;
	}
	if (foreign()) {
		return -EPERM;
	}
	*info = {};
	info->flags = flags_;
	info->engine = engine_;
	info->engine_reason = engine_reason_;
	info->engine_error = engine_error_;
	info->depth = depth_;
	info->in_flight = in_flight_;
	for (const Attachment &attachment : attachments_) {
		info->devices += attachment.handle.value != 0 ? 1 : 0;
	}
	info->buffers = memory_count_;
	info->traps = engine::Uring::traps();
	if (engine_ == RINGLINE_ENGINE_URING) {
		info->ring_setup_flags = uring_.setup_flags();
	} else {
		info->traps &= RINGLINE_TRAP_METADATA_PAGES;
	}
	with_engine([&](const auto &engine) {
		info->not_submitted = engine.pushed();
		info->enters = engine.enters();
		info->memory_bytes = engine.memory_bytes();
	});
	info->memory_bytes += sizeof *this + slots_.bytes() + free_.bytes() + by_index_.bytes() + attachments_.bytes() +
			      memories_.bytes() + pushed_at_.bytes() + tasks_.bytes() + ready_.bytes() + holds_.bytes();
	return 0;
}

std::int32_t Queue::examine(ringline_device handle, ringline_queue_info *info, ringline_device_info *facts)
{
	std::int32_t error = admit();
	if (error < 0) {
		return error;
	}
	const Attachment *attachment = find_proved(handle, &error);
	if (attachment == nullptr) {
		return error;
	}
	*facts = attachment->target.device->info();
	return this->info(info);
}

std::int32_t Queue::fd()
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	if (signal_.valid()) {
		return signal_.get();
	}
	if ((flags_ & RINGLINE_QUEUE_IOPOLL) != 0) {
		return -EOPNOTSUPP; // what nobody polls never shows
	}
	Fd made(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)); // readable from the start: something may be there already
	if (!made.valid()) {
		return -EMFILE;
	}
	if (const std::int32_t error = with_engine([&](auto &engine) { return engine.signal(made.get()); });
	    error < 0) {
		return error;
	}
	// The bell's own completion would signal it too, but Linux 6.18 signals a registered eventfd only once for
	// completions that are caused by a write to another eventfd (tried), and 6.12 after an RCU grace period: so the
	// bell does it itself.
	waker_.echo(made.get());
	signal_ = std::move(made);
	return signal_.get();
}

std::int32_t Queue::wakeup()
{
	if (inherited()) {
		return -ECHILD;
	}
	if ((flags_ & RINGLINE_QUEUE_IOPOLL) != 0) {
		return -EOPNOTSUPP; // its ring takes no poll on the bell
	}
	waker_.wake();
	return 0;
}

// What a handle that is not attached deserves.
std::int32_t Queue::explain_missing(ringline_device handle)
{
	device::Device *device = nullptr;
	const std::int32_t error = lock_device(handle, &device);
	if (error < 0) {
		return error;
	}
	device->release();
	return -ENXIO;
}

// The device's state has changed since its geometry was copied.
std::int32_t Queue::renew(Attachment &attachment)
{
	device::Device &device = *attachment.target.device;
	const std::uint32_t state = device.state();
	if ((state & device::Device::gone) != 0) {
		return -ENODEV;
	}
	if ((state & device::Device::closed) != 0) {
		return -ESTALE;
	}
	if (!drives(device)) {
		return -EOPNOTSUPP; // formatted, since it was attached, to what this queue may not drive
	}
	attachment.geometry = nvme::geometry_of(device.info());
	if (movable_ && !attachment.target.task) {
		// The kernel copies what is not dword-aligned, and a read is lost in that copy when the submitting
		// thread has exited (facts 9).
		attachment.geometry.address_mask |= 3;
	}
	if ((state & device::Device::geometry_unknown) != 0) {
		return -ESTALE; // what was copied serves raw commands
	}
	if (!attachment.geometry.takes_io) {
		return -ENOTTY; // so do a controller's facts, whose state is therefore never taken over
	}
	attachment.plain = nvme::plain_limits(attachment.geometry);
	attachment.recent = {}; // of what the geometry was
	if (recent_.attachment == &attachment) {
		recent_ = {};
		straight_ = false;
	}
	attachment.state = state;
	return 0;
}

std::int32_t Queue::make_tasks()
{
	if (!tasks_.empty() && !holds_.empty()) {
		return 0;
	}
	crooked_ = 1;
	straight_ = false;
	return tasks_.allocate(depth_) && holds_.allocate(depth_) ? 0 : -ENOMEM;
}

std::int32_t Queue::attach(ringline_device handle)
{
	std::int32_t error = admit();
	if (error < 0) {
		return error;
	}
	sweep();
	device::Device *device = nullptr;
	if (error = lock_device(handle, &device); error < 0) {
		return error;
	}
	std::uint32_t number = 0;
	while (number < attachments_.size() && attachments_[number].handle.value != 0) {
		++number;
	}
	if (find(handle) != nullptr) {
		error = -EEXIST;
	} else if (!drives(*device)) {
		error = -EOPNOTSUPP;
	} else if (number == attachments_.size()) {
		error = -ENOSPC;
	}
	const engine::Target target = {
		.device = device, .file = number, .task = engine_ == RINGLINE_ENGINE_THREADS || device->fd() < 0};
	if (error == 0 && target.task) {
		error = make_tasks();
	}
	if (error == 0) {
		error = with_engine([&](auto &engine) { return engine.attach(target); });
	}
	if (error == 0) {
		error = device->add_waker(&waker_);
		if (error < 0) {
			with_engine([&](auto &engine) { engine.detach(target); });
		}
	}
	if (error < 0) {
		device->release();
		return error;
	}
	Attachment &attachment = attachments_[number];
	attachment = {};
	attachment.handle = handle;
	attachment.target = target;
	attachment.state = UINT32_MAX; // of no device: the first push copies the geometry, or says why it cannot
	(void)renew(attachment);
	by_index_[device_index(handle)] = static_cast<std::uint16_t>(number + 1);
	return 0;
}

// Separate metadata is copied by 6.1 when the command completes, for which a movable queue's submitter may be gone
// (facts 9).
bool Queue::drives(const device::Device &device) const
{
	const ringline_device_info info = device.info();
	const bool separate_metadata = info.metadata_size != 0 && info.metadata_inline == 0;
	if ((flags_ & RINGLINE_QUEUE_IOPOLL) != 0 && !device.polled()) {
		return false;
	}
	const bool through_ring = engine_ == RINGLINE_ENGINE_URING && device.fd() >= 0;
	return !(movable_ && through_ring && separate_metadata);
}

void Queue::drop(Attachment &attachment)
{
	with_engine([&](auto &engine) { engine.detach(attachment.target); });
	attachment.target.device->remove_waker(&waker_);
	attachment.target.device->release();
	// The place of a closed device in the handle table may be another device's by now, which is attached here too.
	std::uint16_t &number = by_index_[device_index(attachment.handle)];
	if (number == attachment.target.file + 1) {
		number = 0;
	}
	attachment = {};
	forget_recent();
}

// Lets go of closed devices whose last completion was taken.
void Queue::sweep()
{
	const std::uint32_t seen = closings();
	if (seen == seen_closings_) {
		return;
	}
	const ErrnoGuard keep;
	bool left = false;
	for (Attachment &attachment : attachments_) {
		if (attachment.handle.value == 0 || (attachment.target.device->state() & device::Device::closed) == 0) {
			continue;
		}
		if (attachment.in_flight == 0) {
			drop(attachment);
		} else {
			left = true;
		}
	}
	seen_closings_ = left ? seen - 1 : seen;
}

std::int32_t Queue::detach(ringline_device handle)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	Attachment *attachment = find(handle);
	for (Attachment &other : attachments_) {
		if (other.handle.value == handle.value && handle.value != 0) {
			attachment = &other; // also when it was closed, and its place in the table has another tenant
		}
	}
	if (attachment == nullptr) {
		const std::int32_t error = explain_missing(handle);
		return error == -ESTALE ? -ENXIO : error;
	}
	if (attachment->in_flight != 0) {
		return -EBUSY;
	}
	drop(*attachment);
	return 0;
}

std::int32_t Queue::attach_buffer(ringline_buffer handle)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	std::uint32_t number = 0;
	while (number < memories_.size() && memories_[number].buffer != nullptr) {
		++number;
	}
	for (const Memory &memory : memories_) {
		if (memory.buffer != nullptr && memory.handle.value == handle.value) {
			return -EEXIST;
		}
	}
	Buffer *buffer = nullptr;
	if (const std::int32_t error = core::attach_buffer(handle, &buffer); error < 0) {
		return error;
	}
	if (number == memories_.size()) {
		core::detach_buffer(buffer);
		return -ENOSPC;
	}
	const engine::Pinned pinned = with_engine(
		[&](auto &engine) { return engine.pin(number, buffer->address, buffer->length, buffer->pin); });
	memories_[number] = {.buffer = buffer,
			     .start = buffer->address,
			     .length = buffer->length,
			     .handle = handle,
			     .in_flight = 0,
			     .pinned = pinned};
	++memory_count_;
	forget_recent();
	return pinned != engine::Pinned::no ? 1 : 0;
}

// The engine has: the buffer may be freed from here on.
void Queue::let_go_of(const Memory &memory)
{
	if (memory.pinned == engine::Pinned::shared) {
		memory.buffer->pin.leave();
	}
	core::detach_buffer(memory.buffer);
}

std::int32_t Queue::detach_buffer(ringline_buffer handle)
{
	if (const std::int32_t error = admit(); error < 0) {
		return error;
	}
	for (std::uint32_t i = 0; i < memories_.size(); ++i) {
		Memory &memory = memories_[i];
		if (memory.buffer == nullptr || memory.handle.value != handle.value) {
			continue;
		}
		if (memory.in_flight != 0 || straddling_ != 0) {
			return -EBUSY;
		}
		if (memory.pinned != engine::Pinned::no) {
			with_engine([&](auto &engine) { engine.unpin(i); });
		}
		let_go_of(memory);
		memory = {};
		forget_recent();
		--memory_count_;
		return 0;
	}
	ringline_buffer_info ignored = {};
	const std::int32_t error = core::read_buffer(handle, &ignored);
	return error < 0 && error != -ESTALE ? error : -ENXIO;
}

} // namespace ringline::core
