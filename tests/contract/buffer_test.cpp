// SPDX-License-Identifier: MIT OR Apache-2.0
// Buffers: made, adopted, attached, used, let go of.
#include "fixture.h"

#include <random>
#include <thread>

namespace contract
{
namespace
{

std::int32_t create(std::uint64_t length, std::uint64_t address, std::uint32_t flags = 0)
{
	ringline_buffer_options options = {};
	options.struct_size = sizeof options;
	options.flags = flags;
	options.length = length;
	options.address = address;
	ringline_buffer handle = {};
	const std::int32_t error = ringline_buffer_create(&options, &handle);
	EXPECT_EQ(handle.value != 0, error == 0) << "outputs are written on success, and only then";
	if (error == 0) {
		EXPECT_EQ(ringline_buffer_free(handle), 0);
	}
	return error;
}

TEST(BufferHandleTest, a_buffer_is_whole_pages_and_zero)
{
	const Buffer buffer = make_buffer(1);
	EXPECT_EQ(buffer.info().address % 4096, 0U);
	EXPECT_EQ(buffer.info().length, 4096U);
	EXPECT_EQ(buffer.info().attachments, 0U);
	for (const std::uint8_t byte : buffer.bytes()) {
		ASSERT_EQ(byte, 0U);
	}
}

TEST(BufferHandleTest, senseless_options_are_refused)
{
	EXPECT_EQ(create(0, 0), -EINVAL);
	EXPECT_EQ(create((std::uint64_t{1} << 30) + 1, 0), -EINVAL);
	EXPECT_EQ(create(~std::uint64_t{0}, 0), -EINVAL);
	EXPECT_EQ(create(4096, 0, 1), -EINVAL) << "unknown flag";
	ringline_buffer handle = {};
	EXPECT_EQ(ringline_buffer_create(nullptr, &handle), -EINVAL);
	ringline_buffer_options options = {};
	options.struct_size = sizeof options;
	options.length = 4096;
	EXPECT_EQ(ringline_buffer_create(&options, nullptr), -EINVAL);
}

TEST(BufferHandleTest, adopted_memory_must_begin_a_page)
{
	const Memory memory(8192);
	EXPECT_EQ(create(4096, memory.address() + 1), -EINVAL);
	EXPECT_EQ(create(4096, memory.address() + 512), -EINVAL);
	EXPECT_EQ(create(4096, memory.address()), 0);
	EXPECT_EQ(create(4096, memory.address() + 4096), 0);
}

TEST(BufferHandleTest, freeing_adopted_memory_leaves_it_to_the_caller)
{
	const Memory memory(4096);
	memory.fill(0x3C);
	EXPECT_EQ(create(4096, memory.address()), 0);
	EXPECT_TRUE(memory.holds_only(0x3C));
}

TEST(BufferHandleTest, a_freed_buffer_is_stale)
{
	Buffer buffer = make_buffer(4096);
	const ringline_buffer handle = buffer;
	EXPECT_EQ(buffer.free(), 0);
	EXPECT_EQ(ringline_buffer_free(handle), -ESTALE);
	ringline_buffer_info info = {};
	info.struct_size = sizeof info;
	EXPECT_EQ(ringline_buffer_info_get(handle, &info), -ESTALE);
	EXPECT_EQ(info.length, 0U);
}

TEST(BufferHandleTest, forged_handles_are_refused)
{
	std::mt19937_64 random(5);
	const Buffer buffer = make_buffer(4096);
	ringline_buffer_info info = {};
	info.struct_size = sizeof info;
	EXPECT_EQ(ringline_buffer_free({0}), -EBADF);
	EXPECT_EQ(ringline_buffer_free({~std::uint64_t{0}}), -EBADF);
	EXPECT_EQ(ringline_buffer_info_get({0}, &info), -EBADF);
	for (std::uint32_t i = 0; i < scaled(20000); ++i) {
		const ringline_buffer forged = {ringline_buffer(buffer).value ^ (std::uint64_t{1} << (random() % 64))};
		const std::int32_t error = ringline_buffer_free(forged);
		ASSERT_TRUE(error == -EBADF || error == -ESTALE) << error;
	}
	EXPECT_EQ(buffer.info().length, 4096U);
}

TEST(BufferHandleTest, a_device_is_no_buffer_and_a_buffer_is_no_device)
{
	const Buffer buffer = make_buffer(4096);
	const Device device = open_device("null:");
	EXPECT_LT(ringline_buffer_free({ringline_device(device).value}), 0);
	EXPECT_LT(ringline_device_close({ringline_buffer(buffer).value}), 0);
	EXPECT_EQ(buffer.info().length, 4096U);
	EXPECT_EQ(device.info().kind, RINGLINE_DEVICE_NULL);
}

TEST(BufferHandleTest, handles_are_never_used_twice)
{
	std::uint64_t last = 0;
	for (std::uint32_t i = 0; i < scaled(20000); ++i) {
		Buffer buffer = make_buffer(4096);
		ASSERT_NE(ringline_buffer(buffer).value, last);
		last = ringline_buffer(buffer).value;
		ASSERT_EQ(buffer.free(), 0);
		ASSERT_EQ(ringline_buffer_free({last}), -ESTALE);
	}
}

class BufferTest : public AttachedTest
{
};

RINGLINE_INSTANTIATE(BufferTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(BufferTest, polling_combinations);

TEST_P(BufferTest, attaching_says_whether_it_pinned)
{
	const Buffer buffer = make_buffer(16384);
	const std::int32_t pinned = ringline_queue_attach_buffer(queue(), buffer);
	ASSERT_TRUE(pinned == 0 || pinned == 1) << pinned;
	if (GetParam().engine == RINGLINE_ENGINE_THREADS) {
		EXPECT_EQ(pinned, 0) << "an engine without a use for it";
	} else if (::geteuid() == 0) {
		EXPECT_EQ(pinned, 1) << "root has no limit";
	}
	EXPECT_EQ(buffer.info().attachments, 1U);
	EXPECT_EQ(owned_queue().info().buffers, 1U);
	EXPECT_EQ(ringline_queue_attach_buffer(queue(), buffer), -EEXIST);
	EXPECT_EQ(ringline_buffer_free(buffer), -EBUSY);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), -ENXIO);
	EXPECT_EQ(owned_queue().info().buffers, 0U);
}

TEST_P(BufferTest, no_more_are_attached_than_the_queue_was_made_for)
{
	std::vector<Buffer> buffers;
	for (int i = 0; i < 9; ++i) {
		buffers.push_back(make_buffer(4096));
		const std::int32_t n = ringline_queue_attach_buffer(queue(), buffers.back());
		if (i < 8) {
			EXPECT_GE(n, 0) << i;
		} else {
			EXPECT_EQ(n, -ENOSPC);
		}
	}
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffers[3]), 0);
	EXPECT_GE(ringline_queue_attach_buffer(queue(), buffers[8]), 0);
	for (const Buffer &buffer : buffers) {
		(void)ringline_queue_detach_buffer(queue(), buffer);
	}
}

TEST_P(BufferTest, a_buffer_is_attached_to_two_queues)
{
	const Buffer buffer = make_buffer(4096);
	Queue other = make_queue();
	EXPECT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	EXPECT_GE(ringline_queue_attach_buffer(other, buffer), 0);
	EXPECT_EQ(buffer.info().attachments, 2U);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
	EXPECT_EQ(ringline_buffer_free(buffer), -EBUSY);
	EXPECT_EQ(other.destroy(), 0);
	EXPECT_EQ(buffer.info().attachments, 0U);
}

TEST_P(BufferTest, wrong_handles_are_refused)
{
	Buffer freed = make_buffer(4096);
	const ringline_buffer stale = freed;
	EXPECT_EQ(freed.free(), 0);
	EXPECT_EQ(ringline_queue_attach_buffer(queue(), stale), -ESTALE);
	EXPECT_EQ(ringline_queue_attach_buffer(queue(), {0}), -EBADF);
	EXPECT_EQ(ringline_queue_attach_buffer(queue(), {~std::uint64_t{0}}), -EBADF);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), {0}), -EBADF);
	EXPECT_EQ(owned_queue().info().buffers, 0U);
}

TEST_P(BufferTest, a_buffer_with_commands_in_flight_is_not_detached)
{
	const Buffer buffer = make_buffer(4096);
	const Buffer unused = make_buffer(4096);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), unused), 0);
	const ringline_command inside = command(RINGLINE_NVME_READ, 0, buffer.bytes().first(block_size()), 1);
	ASSERT_EQ(ringline_push(queue(), &inside, 1), 1);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), -EBUSY);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), unused), 0);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(BufferTest, a_raw_command_holds_its_buffer_too)
{
	const Buffer buffer = make_buffer(4096);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	ringline_raw_command raw = {};
	raw.device = device();
	ASSERT_EQ(ringline_nvme_read(&raw.command, facts().nsid, 0, 1, buffer.info().address, block_size()), 0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), -EBUSY);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(BufferTest, every_place_of_several_buffers_keeps_its_data)
{
	std::vector<Buffer> buffers;
	for (int i = 0; i < 4; ++i) {
		buffers.push_back(make_buffer(65536));
		ASSERT_GE(ringline_queue_attach_buffer(queue(), buffers.back()), 0);
	}
	std::mt19937_64 random(3);
	for (std::uint32_t i = 0; i < scaled(200); ++i) {
		const auto all = buffers[random() % 4].bytes();
		const std::size_t length = (random() % 4 + 1) * block_size();
		const std::size_t place = random() % ((all.size() - length) / block_size() + 1) * block_size();
		const auto bytes = all.subspan(place, length);
		fill_pattern(bytes, i);
		ASSERT_TRUE(succeeded(run(queue(), command(RINGLINE_NVME_WRITE, 2, bytes))));
		fill_pattern(bytes, ~std::uint64_t{i});
		ASSERT_TRUE(succeeded(run(queue(), command(RINGLINE_NVME_READ, 2, bytes))));
		if (stores()) {
			ASSERT_EQ(differing_bytes(bytes, i), 0U);
		}
	}
	for (const Buffer &buffer : buffers) {
		EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
	}
}

TEST_P(BufferTest, a_transfer_across_two_buffers_works_and_holds_both)
{
	const Memory memory(2 * 65536);
	ringline_buffer_options options = {};
	options.struct_size = sizeof options;
	options.length = 65536;
	ringline_buffer handles[2] = {};
	for (std::size_t i = 0; i < 2; ++i) {
		options.address = memory.address() + i * 65536;
		ASSERT_EQ(ringline_buffer_create(&options, &handles[i]), 0);
		ASSERT_GE(ringline_queue_attach_buffer(queue(), handles[i]), 0);
	}
	const auto across = memory.bytes().subspan(65536 - block_size(), std::size_t{2} * block_size());
	fill_pattern(across, 8);
	ASSERT_TRUE(succeeded(run(queue(), command(RINGLINE_NVME_WRITE, 4, across))));
	memory.fill(0);
	const ringline_command back = command(RINGLINE_NVME_READ, 4, across);
	ASSERT_EQ(ringline_push(queue(), &back, 1), 1);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), handles[0]), -EBUSY);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), handles[1]), -EBUSY);
	ASSERT_TRUE(succeeded(collect_one(queue())));
	if (stores()) {
		EXPECT_EQ(differing_bytes(across, 8), 0U);
	}
	for (const ringline_buffer handle : handles) {
		EXPECT_EQ(ringline_queue_detach_buffer(queue(), handle), 0);
		EXPECT_EQ(ringline_buffer_free(handle), 0);
	}
}

TEST_P(BufferTest, attaching_and_detaching_over_and_over_leaks_nothing)
{
	const Buffer buffer = make_buffer(65536);
	const std::uint32_t before = open_descriptors();
	for (std::uint32_t i = 0; i < scaled(200); ++i) {
		ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
		ASSERT_TRUE(
			succeeded(run(queue(), command(RINGLINE_NVME_READ, 0, buffer.bytes().first(block_size())))));
		ASSERT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
	}
	EXPECT_EQ(open_descriptors(), before);
}

TEST_P(BufferTest, any_thread_makes_and_frees_buffers)
{
	ringline_buffer handle = {};
	std::thread maker([&handle] {
		ringline_buffer_options options = {};
		options.struct_size = sizeof options;
		options.length = 4096;
		EXPECT_EQ(ringline_buffer_create(&options, &handle), 0);
	});
	maker.join();
	ASSERT_GE(ringline_queue_attach_buffer(queue(), handle), 0);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), handle), 0);
	std::thread releaser([handle] { EXPECT_EQ(ringline_buffer_free(handle), 0); });
	releaser.join();
}

} // namespace
} // namespace contract
