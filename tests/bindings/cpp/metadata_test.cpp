// SPDX-License-Identifier: MIT OR Apache-2.0
// Metadata is held as data is. What the binding filled in is what matters here, so the call that pushes is intercepted
// by the linker: the command is noted, and goes on without metadata to a device that has none.
#include "fixture.h"

#include <array>

namespace
{
ringline_command pushed;
} // namespace

extern "C" {
std::int32_t __real_ringline_push(ringline_queue *queue, const ringline_command *commands, std::uint32_t count);
std::int32_t __wrap_ringline_push(ringline_queue *queue, const ringline_command *commands, std::uint32_t count);
std::int32_t __wrap_ringline_push(ringline_queue *queue, const ringline_command *commands, std::uint32_t count)
{
	if (count != 1) {
		return __real_ringline_push(queue, commands, count);
	}
	pushed = *commands;
	ringline_command bare = *commands;
	bare.metadata_address = 0;
	bare.metadata_length = 0;
	return __real_ringline_push(queue, &bare, 1);
}
}

namespace
{

using ringline::Completed;
using ringline::Device;
using ringline::Memory;
using ringline::Queue;

class CppMetadata : public binding::BindingTest
{
protected:
	static constexpr std::size_t metadata_size = 8;

	static ringline_command read_of(const Device &device, std::uint64_t user_data)
	{
		ringline_command command{};
		command.device = device.get();
		command.opcode = RINGLINE_NVME_READ;
		command.blocks = 1;
		command.user_data = user_data;
		return command;
	}
};

TEST_P(CppMetadata, it_is_named_to_the_library_and_comes_back_with_its_own_completion)
{
	const Device device = open();
	Queue queue = make_queue(device);
	for (std::uint64_t user_data = 0; user_data < 4; ++user_data) {
		Memory data = ledger.memory(binding::block);
		Memory metadata = ledger.memory(metadata_size);
		const std::byte *const where = data.data();
		const std::byte *const beside = metadata.data();
		ASSERT_TRUE(queue.push(read_of(device, user_data), std::move(data), std::move(metadata)));
		EXPECT_TRUE(data.empty() && metadata.empty());
		EXPECT_EQ(pushed.address, reinterpret_cast<std::uintptr_t>(where));
		EXPECT_EQ(pushed.length, binding::block);
		EXPECT_EQ(pushed.metadata_address, reinterpret_cast<std::uintptr_t>(beside));
		EXPECT_EQ(pushed.metadata_length, metadata_size);
		EXPECT_EQ(ledger.held(), 2);
		ringline::Result<Completed> completed = queue.next();
		ASSERT_TRUE(completed);
		const Completed taken = *std::move(completed);
		EXPECT_EQ(taken.user_data, user_data);
		EXPECT_EQ(taken.memory.data(), where);
		EXPECT_EQ(taken.metadata.data(), beside);
		EXPECT_EQ(taken.metadata.size(), metadata_size);
	}
	EXPECT_EQ(ledger.held(), 0);
}

TEST_P(CppMetadata, more_of_it_than_can_be_said_is_not_cut_off)
{
	const Device device = open();
	Queue queue = make_queue(device);
	static std::array<std::byte, metadata_size> bytes;
	Memory endless(
		bytes.data(), (std::size_t{1} << 32) + bytes.size(), [](void *, void *, std::size_t) {}, nullptr);
	ASSERT_TRUE(queue.push(read_of(device, 1), ledger.memory(binding::block), std::move(endless)));
	EXPECT_EQ(pushed.metadata_length, UINT32_MAX);
}

TEST_P(CppMetadata, it_is_held_until_a_forgotten_command_completes)
{
	const Device device = open();
	Queue queue = make_queue(device);
	delay(device, RINGLINE_NVME_READ, 20 * binding::millisecond_ns);
	ASSERT_TRUE(queue.push(read_of(device, 1), ledger.memory(binding::block), ledger.memory(metadata_size)));
	ASSERT_TRUE(queue.submit());
	ASSERT_TRUE(queue.forget(1));
	EXPECT_EQ(ledger.held(), 2);
	EXPECT_FALSE(queue.next());
	EXPECT_EQ(ledger.held(), 0);
}

TEST_P(CppMetadata, it_stays_with_its_owner_when_the_command_is_refused)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ringline_command command = read_of(device, 1);
	command.lba = UINT64_MAX;
	Memory data = ledger.memory(binding::block);
	Memory metadata = ledger.memory(metadata_size);
	EXPECT_EQ(queue.push(command, std::move(data), std::move(metadata)).number(), -ERANGE);
	EXPECT_EQ(data.size(), binding::block);
	EXPECT_EQ(metadata.size(), metadata_size);
}

TEST_P(CppMetadata, a_queue_that_ends_frees_it_last)
{
	const Device device = open();
	{
		Queue queue = make_queue(device);
		set(device, fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ));
		ASSERT_TRUE(
			queue.push(read_of(device, 1), ledger.memory(binding::block), ledger.memory(metadata_size)));
		ASSERT_TRUE(queue.submit());
		EXPECT_EQ(ledger.held(), 2);
	}
	EXPECT_EQ(ledger.held(), 0);
}

#if defined(__cpp_impl_coroutine)
ringline::Task read_with(ringline::AsyncQueue &queue, const ringline_command &command, Memory data, Memory metadata,
			 Completed &completed)
{
	completed = co_await queue.push(command, std::move(data), std::move(metadata));
}

TEST_P(CppMetadata, a_coroutine_gets_it_back)
{
	const Device device = open();
	ringline::AsyncQueue queue = *ringline::AsyncQueue::create(make_queue(device));
	Completed completed;
	Memory metadata = ledger.memory(metadata_size);
	const std::byte *const where = metadata.data();
	const ringline::Task task =
		read_with(queue, read_of(device, 5), ledger.memory(binding::block), std::move(metadata), completed);
	EXPECT_EQ(pushed.metadata_address, reinterpret_cast<std::uintptr_t>(where));
	ASSERT_TRUE(queue.run());
	EXPECT_TRUE(completed.ok());
	EXPECT_EQ(completed.user_data, 5U);
	EXPECT_EQ(completed.metadata.data(), where);
	EXPECT_EQ(completed.metadata.size(), metadata_size);
}
#endif

RINGLINE_BINDING_INSTANTIATE(CppMetadata);

} // namespace
