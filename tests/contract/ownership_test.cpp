// SPDX-License-Identifier: MIT OR Apache-2.0
// Which thread may do what with a queue.
#include "fixture.h"

#include <atomic>
#include <thread>

namespace contract
{
namespace
{

/// Queues whose owners ended: leaked on purpose by the library, and reachable here so that a leak checker agrees.
std::vector<ringline_queue *> &orphans = *new std::vector<ringline_queue *>; // reachable to the very end

class OwnershipTest : public AttachedTest
{
protected:
	/// Every call that belongs to the owner, from a thread that is not.
	void expect_refused_everywhere()
	{
		const Memory memory(block_size());
		const Buffer buffer = make_buffer(4096);
		const ringline_command one = flush(1);
		ringline_raw_command raw = {};
		raw.device = device();
		ringline_completion completion = {};
		std::uint32_t taken = 99;
		ringline_queue_info info = {};
		info.struct_size = sizeof info;
		std::thread stranger([&] {
			EXPECT_EQ(ringline_queue_info_get(queue(), &info), -EPERM);
			EXPECT_EQ(ringline_queue_attach(queue(), device()), -EPERM);
			EXPECT_EQ(ringline_queue_detach(queue(), device()), -EPERM);
			EXPECT_EQ(ringline_queue_fd(queue()), -EPERM);
			EXPECT_EQ(ringline_cancel(queue(), 1), -EPERM);
			EXPECT_EQ(ringline_queue_attach_buffer(queue(), buffer), -EPERM);
			EXPECT_EQ(ringline_queue_detach_buffer(queue(), buffer), -EPERM);
			EXPECT_EQ(ringline_read(queue(), device(), 0, 1, memory.data(), memory.size(), 0, 1), -EPERM);
			EXPECT_EQ(ringline_write(queue(), device(), 0, 1, memory.data(), memory.size(), 0, 1), -EPERM);
			EXPECT_EQ(ringline_flush(queue(), device(), 1), -EPERM);
			EXPECT_EQ(ringline_push(queue(), &one, 1), -EPERM);
			EXPECT_EQ(ringline_push_raw(queue(), &raw, 1), -EPERM);
			EXPECT_EQ(ringline_submit(queue()), -EPERM);
			EXPECT_EQ(ringline_poll(queue(), &completion, 1), -EPERM);
			EXPECT_EQ(ringline_wait(queue(), &completion, 1, 0, 0), -EPERM);
			EXPECT_EQ(ringline_submit_and_wait(queue(), &completion, 1, 0, 0), -EPERM);
			EXPECT_EQ(ringline_exchange(queue(), &one, 1, &taken, &completion, 1, 0, 0), -EPERM);
			EXPECT_EQ(ringline_queue_destroy(queue()), -EPERM);
			EXPECT_EQ(ringline_queue_wakeup(queue()), 0) << "any thread's";
		});
		stranger.join();
		EXPECT_EQ(taken, 99U);
		EXPECT_EQ(info.depth, 0U) << "an output was written on failure";
	}
};

RINGLINE_INSTANTIATE(OwnershipTest, every_combination);

TEST_P(OwnershipTest, a_stranger_is_refused_and_nothing_changes)
{
	ASSERT_EQ(ringline_flush(queue(), device(), 5), 0);
	expect_refused_everywhere();
	EXPECT_EQ(owned_queue().info().not_submitted, 1U);
	EXPECT_EQ(owned_queue().info().devices, 1U);
	std::int32_t n = 0;
	ringline_completion completion = {};
	for (int i = 0; i < 2 && n == 0; ++i) { // the stranger's wake-up may end the first wait
		n = ringline_submit_and_wait(queue(), &completion, 1, 1, patience_ns);
	}
	ASSERT_EQ(n, 1);
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 5U);
}

TEST_P(OwnershipTest, the_queue_belongs_to_the_thread_of_its_first_use)
{
	Queue made_here = make_queue();
	std::thread owner([&] {
		EXPECT_EQ(ringline_queue_attach(made_here, device()), 0);
		EXPECT_TRUE(succeeded(run(made_here, flush(3))));
	});
	owner.join();
	ringline_completion completion = {};
	EXPECT_EQ(ringline_poll(made_here, &completion, 1), -EPERM) << "the creator is not the owner";
	EXPECT_EQ(ringline_queue_destroy(made_here), -EPERM) << "leaked on purpose: its owner has ended";
	orphans.push_back(made_here.release());
}

TEST_P(OwnershipTest, an_owner_that_is_not_the_creator_destroys_the_queue)
{
	Queue made_here = make_queue();
	std::thread owner([&] {
		Queue mine(made_here.release());
		EXPECT_EQ(ringline_queue_attach(mine, device()), 0);
		EXPECT_TRUE(succeeded(run(mine, flush(3))));
		EXPECT_GE(ringline_queue_fd(mine), 0);
		EXPECT_EQ(mine.destroy(), 0);
	});
	owner.join();
}

TEST_P(OwnershipTest, asking_for_information_takes_no_ownership)
{
	Queue made_here = make_queue();
	EXPECT_EQ(made_here.info().in_flight, 0U);
	std::thread owner([&] {
		Queue mine(made_here.release());
		EXPECT_EQ(ringline_queue_attach(mine, device()), 0);
		EXPECT_EQ(mine.destroy(), 0);
	});
	owner.join();
}

TEST_P(OwnershipTest, an_unused_queue_can_be_destroyed_by_its_creator)
{
	EXPECT_EQ(make_queue().destroy(), 0);
}

TEST_P(OwnershipTest, the_next_thread_with_the_same_identity_is_still_a_stranger)
{
	for (std::uint32_t i = 0; i < 4; ++i) {
		Queue made_here = make_queue();
		pthread_t first_identity = {};
		std::thread owner([&] {
			first_identity = ::pthread_self();
			EXPECT_EQ(ringline_queue_attach(made_here, device()), 0);
		});
		owner.join();
		// The C library gives the stack and the thread's own area of the last thread to the next one.
		std::thread next([&] {
			ringline_completion completion = {};
			EXPECT_EQ(ringline_poll(made_here, &completion, 1), -EPERM);
			EXPECT_EQ(ringline_queue_destroy(made_here), -EPERM);
		});
		next.join();
		orphans.push_back(made_here.release());
	}
}

TEST_P(OwnershipTest, two_queues_on_two_threads_share_one_device)
{
	const std::uint64_t half = facts().blocks / 2;
	const auto work = [this](std::uint64_t lba, std::uint64_t seed) {
		const Queue mine = make_queue();
		const Memory memory(std::size_t{4} * block_size());
		EXPECT_EQ(ringline_queue_attach(mine, device()), 0);
		for (std::uint32_t i = 0; i < scaled(200); ++i) {
			fill_pattern(memory.bytes(), seed + i);
			EXPECT_TRUE(succeeded(run(mine, write(lba, memory, i))));
			memory.fill(0);
			EXPECT_TRUE(succeeded(run(mine, read(lba, memory, i))));
			if (stores()) {
				EXPECT_EQ(differing_bytes(memory.bytes(), seed + i), 0U);
			}
		}
	};
	std::thread first(work, 0, 1000);
	std::thread second(work, half, 2000000);
	first.join();
	second.join();
}

TEST_P(OwnershipTest, a_device_can_be_closed_by_another_thread_while_the_owner_uses_it)
{
	std::atomic<bool> started{false};
	ringline_device shared = device();
	std::thread closer([&] {
		while (!started.load()) {
			std::this_thread::yield();
		}
		EXPECT_EQ(owned_device().close(), 0);
	});
	std::int32_t pushed = 0;
	std::uint64_t accepted = 0;
	std::uint64_t delivered = 0;
	const std::int64_t deadline = now_ns() + patience_ns;
	while (pushed == 0 && now_ns() < deadline) {
		pushed = ringline_flush(queue(), shared, accepted);
		if (pushed == 0) {
			++accepted;
			const ringline_completion completion = collect_one(queue());
			EXPECT_EQ(completion.user_data, accepted - 1);
			++delivered;
		}
		started.store(true);
	}
	closer.join();
	EXPECT_EQ(pushed, -ESTALE);
	EXPECT_EQ(delivered, accepted);
	EXPECT_EQ(in_flight(), 0U);
}

class MovableTest : public AttachedTest
{
protected:
	void SetUp() override
	{
		AttachedTest::SetUp();
		if (IsSkipped() || HasFatalFailure()) {
			return;
		}
		ringline_queue_options options = {};
		options.flags = RINGLINE_QUEUE_MOVABLE;
		replace_queue(options);
	}
};

RINGLINE_INSTANTIATE(MovableTest, every_combination);
RINGLINE_INSTANTIATE_POLLING(MovableTest, sqpoll_combinations);

TEST_P(MovableTest, a_movable_queue_is_used_by_threads_in_turn)
{
	EXPECT_EQ(owned_queue().info().flags, RINGLINE_QUEUE_MOVABLE | GetParam().queue_flags);
	const Memory memory(block_size());
	for (std::uint64_t i = 0; i < scaled(40); ++i) {
		std::thread worker([&, i] {
			fill_pattern(memory.bytes(), i);
			EXPECT_TRUE(succeeded(run(queue(), write(i, memory, i))));
		});
		worker.join();
		memory.fill(0);
		EXPECT_TRUE(succeeded(run(queue(), read(i, memory, i))));
		if (stores()) {
			EXPECT_EQ(differing_bytes(memory.bytes(), i), 0U);
		}
	}
}

TEST_P(MovableTest, commands_of_a_thread_that_ended_still_complete)
{
	for (std::uint32_t i = 0; i < scaled(40); ++i) {
		const Memory memory(std::size_t{8} * block_size());
		fill_pattern(memory.bytes(), i);
		ASSERT_TRUE(succeeded(run(queue(), write(0, memory))));
		memory.fill(0);
		std::thread submitter([&] {
			const ringline_command command = read(0, memory, 11);
			EXPECT_EQ(ringline_push(queue(), &command, 1), 1);
			EXPECT_EQ(ringline_submit(queue()), 1);
		});
		submitter.join();
		const ringline_completion completion = collect_one(queue());
		EXPECT_TRUE(succeeded(completion));
		EXPECT_EQ(completion.user_data, 11U);
		if (stores()) {
			EXPECT_EQ(differing_bytes(memory.bytes(), i), 0U);
		}
	}
}

TEST_P(MovableTest, commands_pushed_by_one_thread_are_submitted_by_the_next)
{
	std::thread pusher([&] { EXPECT_EQ(ringline_flush(queue(), device(), 12), 0); });
	pusher.join();
	EXPECT_EQ(collect_one(queue()).user_data, 12U);
}

TEST_P(MovableTest, another_thread_may_destroy_a_movable_queue)
{
	std::thread last([this] { EXPECT_EQ(owned_queue().destroy(), 0); });
	last.join();
}

TEST_P(MovableTest, memory_that_the_kernel_would_bounce_is_refused_or_kept)
{
	const Memory memory(std::size_t{2} * block_size());
	const auto crooked = memory.bytes().subspan(1, block_size());
	const ringline_command command = this->command(RINGLINE_NVME_READ, 0, crooked, 1);
	const std::int32_t n = ringline_push(queue(), &command, 1);
	if (GetParam().kind == Kind::node && GetParam().engine == RINGLINE_ENGINE_URING) {
		EXPECT_EQ(n, -EINVAL) << "this read would be lost when its thread ends";
	}
	if (n == 1) {
		EXPECT_TRUE(succeeded(collect_one(queue())));
	}
}

TEST(NullQueueTest, destroying_no_queue_does_nothing)
{
	EXPECT_EQ(ringline_queue_destroy(nullptr), 0);
}

TEST(NullQueueTest, every_other_call_refuses_no_queue)
{
	ringline_completion completion = {};
	ringline_queue_info info = {};
	info.struct_size = sizeof info;
	std::uint32_t taken = 0;
	EXPECT_EQ(ringline_queue_info_get(nullptr, &info), -EINVAL);
	EXPECT_EQ(ringline_queue_attach(nullptr, {1}), -EINVAL);
	EXPECT_EQ(ringline_queue_detach(nullptr, {1}), -EINVAL);
	EXPECT_EQ(ringline_queue_fd(nullptr), -EINVAL);
	EXPECT_EQ(ringline_queue_wakeup(nullptr), -EINVAL);
	EXPECT_EQ(ringline_cancel(nullptr, 1), -EINVAL);
	EXPECT_EQ(ringline_queue_attach_buffer(nullptr, {1}), -EINVAL);
	EXPECT_EQ(ringline_queue_detach_buffer(nullptr, {1}), -EINVAL);
	EXPECT_EQ(ringline_flush(nullptr, {1}, 1), -EINVAL);
	EXPECT_EQ(ringline_read(nullptr, {1}, 0, 1, &completion, 512, 0, 1), -EINVAL);
	EXPECT_EQ(ringline_write(nullptr, {1}, 0, 1, &completion, 512, 0, 1), -EINVAL);
	EXPECT_EQ(ringline_push(nullptr, nullptr, 0), -EINVAL);
	EXPECT_EQ(ringline_push_raw(nullptr, nullptr, 0), -EINVAL);
	EXPECT_EQ(ringline_submit(nullptr), -EINVAL);
	EXPECT_EQ(ringline_poll(nullptr, &completion, 1), -EINVAL);
	EXPECT_EQ(ringline_wait(nullptr, &completion, 1, 0, 0), -EINVAL);
	EXPECT_EQ(ringline_submit_and_wait(nullptr, &completion, 1, 0, 0), -EINVAL);
	EXPECT_EQ(ringline_exchange(nullptr, nullptr, 0, &taken, &completion, 1, 0, 0), -EINVAL);
}

} // namespace
} // namespace contract
