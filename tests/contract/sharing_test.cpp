// SPDX-License-Identifier: MIT OR Apache-2.0
// One device and one buffer on several queues, each with its own thread.
#include "fixture.h"

#include <array>
#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

namespace contract
{
namespace
{

constexpr std::uint32_t queues = 4;

/// Does this kernel give a registered buffer to another ring without pinning it again?
bool kernel_shares()
{
	return kernel() >= (6U << 16 | 18U);
}

/// Of /proc/self/status, in bytes.
std::uint64_t pinned_bytes()
{
	std::ifstream status("/proc/self/status");
	for (std::string line; std::getline(status, line);) {
		if (line.starts_with("VmPin:")) {
			std::uint64_t kilobytes = 0;
			std::istringstream(line.substr(6)) >> kilobytes;
			return kilobytes * 1024;
		}
	}
	ADD_FAILURE() << "the kernel does not tell";
	return 0;
}

/// The kernel takes a closed ring's memory back a little later.
bool pinned_bytes_become(std::uint64_t wanted)
{
	for (int i = 0; i < 500; ++i) {
		if (pinned_bytes() == wanted) {
			return true;
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(10));
	}
	ADD_FAILURE() << pinned_bytes() << " bytes are pinned, not " << wanted;
	return false;
}

/// When what other tests of this process let go of has been taken back.
std::uint64_t settled_pinned_bytes()
{
	std::uint64_t before = pinned_bytes();
	for (int same = 0; same < 20; ++same) {
		std::this_thread::sleep_for(std::chrono::milliseconds(10));
		const std::uint64_t now = pinned_bytes();
		same = now == before ? same : 0;
		before = now;
	}
	return before;
}

class SharingTest : public AttachedTest
{
protected:
	[[nodiscard]] Queue attached_queue() const
	{
		Queue queue = make_queue();
		EXPECT_EQ(ringline_queue_attach(queue, device()), 0);
		return queue;
	}
	/// Writes and reads a region of its own through `bytes`, and compares.
	void exchange(ringline_queue *queue, std::uint32_t number, std::span<std::uint8_t> bytes) const
	{
		const std::uint64_t lba = std::uint64_t{number} * 16;
		for (std::uint32_t i = 0; i < scaled(200); ++i) {
			const std::uint64_t seed = std::uint64_t{number} << 32 | i;
			fill_pattern(bytes, seed);
			ASSERT_TRUE(succeeded(run(queue, command(RINGLINE_NVME_WRITE, lba, bytes))));
			fill_pattern(bytes, ~seed);
			ASSERT_TRUE(succeeded(run(queue, command(RINGLINE_NVME_READ, lba, bytes))));
			if (stores()) {
				ASSERT_EQ(differing_bytes(bytes, seed), 0U) << number << ", round " << i;
			}
		}
	}
};

RINGLINE_INSTANTIATE(SharingTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(SharingTest, polling_combinations);

TEST_P(SharingTest, queues_of_several_threads_share_a_device_and_a_buffer)
{
	const Buffer buffer = make_buffer(std::uint64_t{queues} * 4096);
	std::atomic<std::uint32_t> failed{0};
	std::vector<std::thread> threads;
	for (std::uint32_t number = 0; number < queues; ++number) {
		threads.emplace_back([&, number] {
			for (int round = 0; round < 2; ++round) {
				Queue mine = attached_queue();
				EXPECT_GE(ringline_queue_attach_buffer(mine, buffer), 0);
				exchange(mine, number, buffer.bytes().subspan(number * std::size_t{4096}, 4096));
				failed += HasFatalFailure() ? 1 : 0;
				if (round == 0) {
					EXPECT_EQ(ringline_queue_detach_buffer(mine, buffer), 0);
				}
			}
		});
	}
	for (std::thread &thread : threads) {
		thread.join();
	}
	EXPECT_EQ(failed, 0U);
	EXPECT_EQ(buffer.info().attachments, 0U);
	EXPECT_EQ(buffer.info().sharing, 0U);
}

TEST_P(SharingTest, more_queues_than_a_thread_has_registered_rings_work)
{
	const Buffer buffer = make_buffer(4096);
	std::vector<Queue> many;
	for (std::uint32_t i = 0; i < 18; ++i) { // a thread has 16 places for rings
		many.push_back(attached_queue());
		ASSERT_GE(ringline_queue_attach_buffer(many.back(), buffer), 0);
	}
	for (const Queue &queue : many) {
		EXPECT_TRUE(succeeded(run(queue, command(RINGLINE_NVME_READ, 0, buffer.bytes().first(block_size())))));
	}
	EXPECT_EQ(buffer.info().attachments, 18U);
}

TEST_P(SharingTest, a_buffer_outlives_any_order_of_letting_go)
{
	for (const bool destroy_first : {true, false}) {
		Buffer buffer = make_buffer(16384);
		Queue second = attached_queue();
		ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
		ASSERT_GE(ringline_queue_attach_buffer(second, buffer), 0);
		if (destroy_first) {
			EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0); // the one that attached first
			exchange(second, 1, buffer.bytes().first(4096));
			EXPECT_EQ(second.destroy(), 0);
		} else {
			EXPECT_EQ(second.destroy(), 0);
			exchange(queue(), 2, buffer.bytes().first(4096));
			EXPECT_EQ(ringline_buffer_free(buffer), -EBUSY);
			EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
		}
		EXPECT_EQ(buffer.info().sharing, 0U);
		EXPECT_EQ(buffer.free(), 0);
	}
}

TEST_P(SharingTest, a_command_in_flight_on_one_queue_does_not_hold_the_buffer_on_another)
{
	const Buffer buffer = make_buffer(4096);
	Queue second = attached_queue();
	ASSERT_GE(ringline_queue_attach_buffer(queue(), buffer), 0);
	ASSERT_GE(ringline_queue_attach_buffer(second, buffer), 0);
	const ringline_command read = command(RINGLINE_NVME_READ, 0, buffer.bytes().first(block_size()));
	ASSERT_EQ(ringline_push(queue(), &read, 1), 1);
	ASSERT_EQ(ringline_submit(queue()), 1);
	EXPECT_EQ(ringline_queue_detach_buffer(second, buffer), 0);
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), -EBUSY);
	EXPECT_TRUE(succeeded(collect_one(queue())));
	EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
}

TEST_P(SharingTest, a_buffer_is_pinned_once_for_all_queues)
{
	if (GetParam().engine != RINGLINE_ENGINE_URING || ::geteuid() != 0) {
		GTEST_SKIP() << "nothing is pinned, or not surely";
	}
	if (!kernel_shares()) {
		const Buffer buffer = make_buffer(4096);
		ASSERT_EQ(ringline_queue_attach_buffer(queue(), buffer), 1);
		EXPECT_EQ(buffer.info().sharing, 0U);
		EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), 0);
		GTEST_SKIP() << "each queue pins it on this kernel";
	}
	constexpr std::uint64_t length = 1 << 20;
	const std::uint64_t before = settled_pinned_bytes();
	Buffer buffer = make_buffer(length);
	std::vector<Queue> many;
	for (std::uint32_t i = 1; i <= queues; ++i) {
		many.push_back(attached_queue());
		ASSERT_EQ(ringline_queue_attach_buffer(many.back(), buffer), 1);
		EXPECT_EQ(buffer.info().sharing, i);
		EXPECT_TRUE(pinned_bytes_become(before + length));
	}
	EXPECT_TRUE(succeeded(run(many[2], command(RINGLINE_NVME_READ, 0, buffer.bytes().first(block_size())))));
	EXPECT_EQ(many[0].destroy(), 0); // whose attaching pinned it
	EXPECT_EQ(ringline_queue_detach_buffer(many[1], buffer), 0);
	EXPECT_TRUE(pinned_bytes_become(before + length));
	EXPECT_TRUE(succeeded(run(many[3], command(RINGLINE_NVME_READ, 0, buffer.bytes().first(block_size())))));
	many.clear();
	EXPECT_TRUE(pinned_bytes_become(before));
}

TEST_P(SharingTest, a_buffer_in_the_place_of_another_leaves_its_neighbours_alone)
{
	const Buffer left = make_buffer(8192);
	const Buffer middle = make_buffer(4096);
	const Buffer right = make_buffer(8192);
	for (const Buffer *buffer : {&left, &middle, &right}) {
		ASSERT_GE(ringline_queue_attach_buffer(queue(), *buffer), 0);
	}
	ASSERT_EQ(ringline_queue_detach_buffer(queue(), middle), 0);
	const Buffer other = make_buffer(12288);
	ASSERT_GE(ringline_queue_attach_buffer(queue(), other), 0);
	for (const Buffer *buffer : {&right, &other, &left}) {
		exchange(queue(), 3, buffer->bytes().first(4096));
		EXPECT_EQ(ringline_queue_detach_buffer(queue(), *buffer), 0);
	}
}

} // namespace
} // namespace contract
