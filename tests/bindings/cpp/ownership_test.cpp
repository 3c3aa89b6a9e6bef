// SPDX-License-Identifier: MIT OR Apache-2.0
// Whatever is dropped, cancelled or forgotten: memory is freed when the device has let go of it, and not before.
#include "fixture.h"

#include <algorithm>
#include <array>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace
{

using ringline::Buffer;
using ringline::Completed;
using ringline::Device;
using ringline::Memory;
using ringline::Queue;

class CppOwnership : public binding::BindingTest
{
};

/// What is made in its scope is meant to be leaked.
class LeakOnPurpose
{
public:
	LeakOnPurpose() { disable(true); }
	LeakOnPurpose(const LeakOnPurpose &) = delete;
	LeakOnPurpose &operator=(const LeakOnPurpose &) = delete;
	~LeakOnPurpose() { disable(false); }

private:
	static void disable([[maybe_unused]] bool yes)
	{
#if defined(__SANITIZE_ADDRESS__)
		yes ? __lsan_disable() : __lsan_enable();
#endif
	}
};

TEST_P(CppOwnership, a_queue_that_ends_waits_for_its_commands_and_then_frees_their_memory)
{
	const Device device = open();
	delay(device, RINGLINE_NVME_READ, 20 * binding::millisecond_ns);
	{
		Queue queue = make_queue(device);
		ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block)));
		ASSERT_TRUE(queue.submit());
		ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block))); // pushed only
		EXPECT_EQ(ledger.held(), 2);
	}
	EXPECT_EQ(ledger.held(), 0);
}

TEST_P(CppOwnership, a_forgotten_command_keeps_its_memory_until_it_completes_and_is_not_told_of)
{
	const Device device = open();
	Queue queue = make_queue(device);
	delay(device, RINGLINE_NVME_READ, 50 * binding::millisecond_ns);
	ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block), 4));
	ASSERT_TRUE(queue.submit());
	const ringline::Count cancelled = queue.forget(4);
	ASSERT_TRUE(cancelled);
	EXPECT_EQ(ledger.held(), 1);
	EXPECT_EQ(queue.next().number(), -ENOENT);
	EXPECT_EQ(ledger.held(), 0);
	EXPECT_EQ(*queue.forget(4), 0U);
	// The slot serves again, under the same name, and is told of.
	ASSERT_TRUE(queue.write(device, 0, 1, ledger.memory(binding::block), 4));
	EXPECT_EQ(queue.next()->user_data, 4U);
}

TEST_P(CppOwnership, a_queue_that_is_moved_while_commands_run_keeps_their_memory)
{
	const Device device = open();
	delay(device, RINGLINE_NVME_READ, 5 * binding::millisecond_ns);
	Queue first = make_queue(device);
	ASSERT_TRUE(first.read(device, 0, 1, ledger.memory(binding::block)));
	ASSERT_TRUE(first.submit());
	Queue second = make_queue(device);
	ASSERT_TRUE(second.read(device, 0, 1, ledger.memory(binding::block)));
	second = std::move(first);
	EXPECT_EQ(ledger.held(), 1);
	EXPECT_TRUE(second.next()->ok());
	EXPECT_EQ(ledger.held(), 0);
}

TEST_P(CppOwnership, another_thread_is_refused_and_takes_nothing)
{
	const Device device = open();
	Queue queue = make_queue(device);
	set(device, fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ));
	ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block), 1));
	ASSERT_TRUE(queue.submit());
	std::thread([&] {
		Memory memory = ledger.memory(binding::block);
		EXPECT_EQ(queue.read(device, 0, 1, std::move(memory)).error(), std::errc::operation_not_permitted);
		EXPECT_EQ(memory.size(), binding::block);
		EXPECT_EQ(queue.cancel(1).number(), -EPERM);
		EXPECT_EQ(queue.forget(1).number(), -EPERM);
		EXPECT_EQ(queue.next(0).number(), -EPERM);
		EXPECT_EQ(queue.close().number(), -EPERM);
	}).join();
	EXPECT_EQ(ledger.held(), 1);
	EXPECT_EQ(*queue.cancel(1), 1U);
	EXPECT_EQ(queue.next()->error(), std::errc::operation_canceled);
}

TEST_P(CppOwnership, a_queue_that_ends_in_another_thread_is_leaked_with_its_memory)
{
	const Device device = open();
	delay(device, RINGLINE_NVME_READ, binding::millisecond_ns);
	std::optional<Queue> queue;
	{
		const LeakOnPurpose leak;
		queue.emplace(make_queue(device));
		ASSERT_TRUE(queue->read(device, 0, 1, ledger.memory(binding::block)));
		ASSERT_TRUE(queue->submit());
	}
	std::thread([&] { queue.reset(); }).join();
	EXPECT_EQ(ledger.held(), 1);
	// Not in the ledger of a test that is over: it stays held for ever.
}

TEST_P(CppOwnership, after_fork_the_child_frees_nothing_and_the_parent_goes_on)
{
	const Device device = open();
	Queue queue = make_queue(device);
	delay(device, RINGLINE_NVME_WRITE, 20 * binding::millisecond_ns);
	ASSERT_TRUE(queue.write(device, 0, 1, ledger.memory(binding::block)));
	ASSERT_TRUE(queue.submit());
	const pid_t child = fork();
	if (child == 0) {
		const bool refused = queue.close().number() == -ECHILD;
		{
			const Queue ends = std::move(queue);
		}
		_exit(refused && ledger.held() == 1 ? 0 : 1);
	}
	int status = -1;
	ASSERT_EQ(waitpid(child, &status, 0), child);
	EXPECT_EQ(status, 0);
	EXPECT_TRUE(queue.next()->ok());
	EXPECT_EQ(ledger.held(), 0);
}

void drop(Buffer &buffer)
{
	const Buffer ends = std::move(buffer);
}

bool exists(ringline_buffer buffer)
{
	ringline_buffer_info info{};
	info.struct_size = sizeof info;
	return ringline_buffer_info_get(buffer, &info) == 0;
}

TEST_P(CppOwnership, a_buffer_lives_as_long_as_queues_and_pieces_use_it)
{
	const Device device = open();
	Queue queue = make_queue(device);
	Buffer buffer = *Buffer::create(8192);
	const ringline_buffer handle = buffer.get();
	ASSERT_TRUE(queue.attach(buffer));
	EXPECT_EQ(queue.attach(buffer).number(), -EEXIST);
	EXPECT_EQ(buffer.piece(8192, 1).number(), -ERANGE);
	EXPECT_EQ(buffer.piece(SIZE_MAX, 2).number(), -ERANGE);
	Memory piece = *buffer.piece(4096, binding::block);
	ASSERT_TRUE(queue.detach(buffer));
	drop(buffer);
	EXPECT_TRUE(exists(handle));
	ASSERT_TRUE(queue.read(device, 0, 1, std::move(piece)));
	EXPECT_TRUE(queue.next()->ok()); // and the piece ends here
	EXPECT_FALSE(exists(handle));
	buffer = *Buffer::create(4096);
	const ringline_buffer second = buffer.get();
	ASSERT_TRUE(queue.attach(buffer));
	drop(buffer);
	EXPECT_TRUE(exists(second));
	ASSERT_TRUE(queue.close());
	EXPECT_FALSE(exists(second));
}

TEST_P(CppOwnership, buffers_are_held_up_to_max_buffers_and_one_more_is_refused_and_not_held)
{
	constexpr std::uint32_t most = 64;
	for (const std::uint32_t room : {1U, most}) {
		ringline_queue_options wanted = options();
		wanted.max_buffers = room;
		Queue queue = *Queue::create(&wanted);
		std::vector<Buffer> buffers;
		std::vector<ringline_buffer> handles;
		for (std::uint32_t index = 0; index <= room; ++index) {
			buffers.push_back(*Buffer::create(4096));
			handles.push_back(buffers.back().get());
			const ringline::Count attached = queue.attach(buffers.back());
			EXPECT_EQ(attached.number(), index < room ? 0 : -ENOSPC);
		}
		EXPECT_EQ(queue.detach(buffers.back()).number(), -ENXIO);
		// One from the middle makes room for the last.
		ASSERT_TRUE(queue.detach(buffers[room / 2]));
		ASSERT_TRUE(queue.attach(buffers.back()));
		buffers.clear();
		for (std::uint32_t index = 0; index <= room; ++index) {
			EXPECT_EQ(exists(handles[index]), index != room / 2) << index;
		}
		ASSERT_TRUE(queue.close());
		for (const ringline_buffer handle : handles) {
			EXPECT_FALSE(exists(handle));
		}
	}
}

TEST_P(CppOwnership, things_are_dropped_in_every_order_with_commands_in_flight)
{
	std::array<int, 4> order = {0, 1, 2, 3};
	do {
		std::optional<Device> device(open());
		std::optional<Queue> queue(make_queue(*device));
		Buffer buffer = *Buffer::create(8192);
		std::optional<Memory> rest(*buffer.piece(4096, binding::block));
		const ringline_buffer handle = buffer.get();
		ASSERT_TRUE(queue->attach(buffer));
		delay(*device, RINGLINE_NVME_READ, binding::millisecond_ns);
		ASSERT_TRUE(queue->read(*device, 0, 1, *buffer.piece(0, binding::block)));
		ASSERT_TRUE(queue->read(*device, 1, 1, ledger.memory(binding::block)));
		ASSERT_TRUE(queue->submit());
		for (const int what : order) {
			EXPECT_EQ(exists(handle), queue.has_value() || buffer.size() > 0 || rest.has_value());
			EXPECT_EQ(ledger.held(), queue.has_value() ? 1 : 0);
			switch (what) {
			case 0:
				device.reset();
				break;
			case 1:
				queue.reset();
				break;
			case 2:
				drop(buffer);
				break;
			default:
				rest.reset();
				break;
			}
		}
		EXPECT_EQ(ledger.held(), 0);
		EXPECT_FALSE(exists(handle));
	} while (std::next_permutation(order.begin(), order.end()));
}

RINGLINE_BINDING_INSTANTIATE(CppOwnership);

} // namespace
