// SPDX-License-Identifier: MIT OR Apache-2.0
#include "core/handle_table.h"

#include "base/fork_guard.h"

#include <cassert>
#include <cerrno>

namespace ringline::core
{

namespace
{

struct Entry {
	std::uint64_t value; // the handle; 0: free
	void *object;
};

// Everything here is under the lock of the fork page.
struct Table {
	Entry devices[devices_max];
	Entry buffers[buffers_max];
	std::uint64_t serial;           // of the newest handle
	std::uint64_t inherited_serial; // handles up to here belong to a parent process
	std::uint32_t epoch;            // of the newest process in this line of forks
};

constinit Table the_table = {};

class Lock
{
public:
	Lock() : page_(fork_page())
	{
		if (page_ == nullptr) {
			return;
		}
		pthread_mutex_lock(&page_->lock);
		if (page_->epoch.load(std::memory_order_relaxed) == 0) {
			forget_inherited();
		}
	}
	~Lock()
	{
		if (page_ != nullptr) {
			pthread_mutex_unlock(&page_->lock);
		}
	}
	Lock(const Lock &) = delete;
	Lock &operator=(const Lock &) = delete;

	[[nodiscard]] bool held() const { return page_ != nullptr; }

private:
	// First use in this process. What a parent had open is leaked on purpose: its objects may be half-changed.
	void forget_inherited()
	{
		Table &table = the_table;
		table.inherited_serial = table.serial;
		for (Entry &entry : table.devices) {
			entry = {};
		}
		for (Entry &entry : table.buffers) {
			entry = {};
		}
		page_->epoch.store(++table.epoch, std::memory_order_release);
	}

	ForkPage *page_;
};

template <std::size_t count>
std::int32_t add(Entry (&entries)[count], std::uint32_t first_index, void *object, std::uint64_t *value)
{
	for (std::uint32_t i = 0; i < count; ++i) {
		if (entries[i].value == 0) {
			*value = (++the_table.serial << 16) | (first_index + i);
			entries[i] = {*value, object};
			return 0;
		}
	}
	return -EMFILE;
}

template <std::size_t count>
std::int32_t find(Entry (&entries)[count], std::uint32_t first_index, std::uint64_t value, Entry **entry)
{
	const std::uint64_t serial = value >> 16;
	const std::uint64_t index = (value & 0xffff) - first_index;
	if (serial == 0 || serial > the_table.serial || index >= count) {
		return -EBADF;
	}
	if (serial <= the_table.inherited_serial) {
		return -ECHILD;
	}
	if (entries[index].value != value) {
		return -ESTALE;
	}
	*entry = &entries[index];
	return 0;
}

std::int32_t find(ringline_device handle, Entry **entry)
{
	return find(the_table.devices, 0, handle.value, entry);
}

std::int32_t find(ringline_buffer handle, Entry **entry)
{
	return find(the_table.buffers, devices_max, handle.value, entry);
}

// Calls use(Entry &) under the lock, and returns what that returns; or says what is wrong with the handle.
template <class Handle, class Use> std::int32_t with_entry(Handle handle, Use use)
{
	const Lock lock;
	if (!lock.held()) {
		return -ENOMEM;
	}
	Entry *entry = nullptr;
	const std::int32_t error = find(handle, &entry);
	return error < 0 ? error : use(*entry);
}

} // namespace

std::int32_t add_device(device::Device *device, ringline_device *handle)
{
	const Lock lock;
	return lock.held() ? add(the_table.devices, 0, device, &handle->value) : -ENOMEM;
}

std::int32_t lock_device(ringline_device handle, device::Device **device)
{
	return with_entry(handle, [device](const Entry &entry) {
		*device = static_cast<device::Device *>(entry.object);
		(*device)->retain();
		return 0;
	});
}

std::int32_t close_device(ringline_device handle)
{
	device::Device *device = nullptr;
	const std::int32_t error = with_entry(handle, [&device](Entry &entry) {
		device = static_cast<device::Device *>(entry.object);
		entry = {};
		return 0;
	});
	if (error < 0) {
		return error;
	}
	device->set_state(device::Device::closed);
	closing_count.fetch_add(1, std::memory_order_release);
	device->release(); // outside the lock: closing a descriptor can block
	return 0;
}

void forget_all_geometry()
{
	const Lock lock;
	assert(lock.held()); // a device is open, so the page is there
	for (const Entry &entry : the_table.devices) {
		auto *device = entry.value != 0 ? static_cast<device::Device *>(entry.object) : nullptr;
		if (device != nullptr && device->info().kind == RINGLINE_DEVICE_NAMESPACE) {
			device->forget_geometry();
		}
	}
}

std::int32_t add_buffer(Buffer *buffer, ringline_buffer *handle)
{
	const Lock lock;
	return lock.held() ? add(the_table.buffers, devices_max, buffer, &handle->value) : -ENOMEM;
}

std::int32_t attach_buffer(ringline_buffer handle, Buffer **buffer)
{
	return with_entry(handle, [buffer](const Entry &entry) {
		*buffer = static_cast<Buffer *>(entry.object);
		++(*buffer)->attachments;
		return 0;
	});
}

void detach_buffer(Buffer *buffer)
{
	const Lock lock;
	assert(lock.held()); // it was attached, so the page is there
	--buffer->attachments;
}

std::int32_t remove_buffer(ringline_buffer handle, Buffer **buffer)
{
	return with_entry(handle, [buffer](Entry &entry) {
		auto *found = static_cast<Buffer *>(entry.object);
		if (found->attachments != 0) {
			return -EBUSY;
		}
		entry = {};
		*buffer = found;
		return 0;
	});
}

std::int32_t read_buffer(ringline_buffer handle, ringline_buffer_info *info)
{
	return with_entry(handle, [info](const Entry &entry) {
		const auto *buffer = static_cast<const Buffer *>(entry.object);
		info->address = buffer->address;
		info->length = buffer->length;
		info->attachments = buffer->attachments;
		info->sharing = buffer->pin.rings();
		return 0;
	});
}

std::uint32_t fork_epoch()
{
	const Lock lock;
	return lock.held() ? the_table.epoch : 0;
}

} // namespace ringline::core
