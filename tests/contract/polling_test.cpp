// SPDX-License-Identifier: MIT OR Apache-2.0
// Queues that poll: what they refuse, and what sets them apart. That they do what all do is tested where that is.
#include "fixture.h"

#include <chrono>
#include <cstddef>
#include <thread>

namespace contract
{
namespace
{

/// What creating a queue gives; one that is made is destroyed.
std::int32_t create(ringline_queue_options options, ringline_diagnosis *why)
{
	options.struct_size = sizeof options;
	ringline_queue *queue = nullptr;
	*why = blank_diagnosis();
	const std::int32_t error = ringline_queue_create(&options, why, &queue);
	EXPECT_EQ(queue != nullptr, error == 0);
	EXPECT_EQ(ringline_queue_destroy(queue), 0);
	return error;
}

class PollingOptionsTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (ring_error() != 0) {
			GTEST_SKIP() << "this machine has no io_uring with big entries: errno " << -ring_error();
		}
	}
};

TEST_F(PollingOptionsTest, what_cannot_go_together_is_refused_and_named)
{
	struct Case {
		ringline_queue_options options;
		std::size_t offset;
	};
	constexpr std::size_t flags = offsetof(ringline_queue_options, flags);
	ringline_queue_options cpu_without_flag = {};
	cpu_without_flag.flags = RINGLINE_QUEUE_SQPOLL;
	cpu_without_flag.sqpoll_cpu = 1;
	ringline_queue_options idle_without_flag = {};
	idle_without_flag.sqpoll_idle_ms = 1;
	ringline_queue_options idle_too_long = {};
	idle_too_long.flags = RINGLINE_QUEUE_SQPOLL;
	idle_too_long.sqpoll_idle_ms = 60'001;
	ringline_queue_options cpu_too_large = {};
	cpu_too_large.flags = RINGLINE_QUEUE_SQPOLL | RINGLINE_QUEUE_SQPOLL_CPU;
	cpu_too_large.sqpoll_cpu = 65'536;
	const auto flagged = [](std::uint32_t wanted, std::uint32_t engine = RINGLINE_ENGINE_AUTO) {
		ringline_queue_options options = {};
		options.flags = wanted;
		options.engine = engine;
		return options;
	};
	for (const Case &wrong : {Case{flagged(RINGLINE_QUEUE_IOPOLL | RINGLINE_QUEUE_MOVABLE), flags},
				  Case{flagged(RINGLINE_QUEUE_IOPOLL | RINGLINE_QUEUE_SQPOLL), flags},
				  Case{flagged(RINGLINE_QUEUE_SQPOLL_CPU), flags},
				  Case{flagged(RINGLINE_QUEUE_SQPOLL, RINGLINE_ENGINE_THREADS), flags},
				  Case{flagged(RINGLINE_QUEUE_IOPOLL, RINGLINE_ENGINE_THREADS), flags},
				  Case{cpu_without_flag, offsetof(ringline_queue_options, sqpoll_cpu)},
				  Case{cpu_too_large, offsetof(ringline_queue_options, sqpoll_cpu)},
				  Case{idle_without_flag, offsetof(ringline_queue_options, sqpoll_idle_ms)},
				  Case{idle_too_long, offsetof(ringline_queue_options, sqpoll_idle_ms)}}) {
		ringline_diagnosis why = {};
		EXPECT_EQ(create(wrong.options, &why), -EINVAL);
		EXPECT_EQ(why.rule, RINGLINE_RULE_ARGUMENT) << why.text;
		EXPECT_EQ(why.offset, wrong.offset) << why.text;
	}
}

TEST_F(PollingOptionsTest, a_cpu_that_is_not_there_is_refused_and_named)
{
	ringline_queue_options options = {};
	options.flags = RINGLINE_QUEUE_SQPOLL | RINGLINE_QUEUE_SQPOLL_CPU;
	ringline_diagnosis why = {};
	EXPECT_EQ(create(options, &why), 0) << "CPU 0: " << why.text;
	options.sqpoll_cpu = 60'000;
	EXPECT_EQ(create(options, &why), -EINVAL);
	EXPECT_EQ(why.offset, offsetof(ringline_queue_options, sqpoll_cpu));
	EXPECT_NE(std::string(why.text).find("60000"), std::string::npos) << why.text;
}

TEST_F(PollingOptionsTest, iopoll_takes_no_device_that_has_no_polled_queue)
{
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.flags = RINGLINE_QUEUE_IOPOLL;
	if (kernel() < (6U << 16 | 6U)) {
		ringline_diagnosis why = {};
		EXPECT_EQ(create(options, &why), -EOPNOTSUPP);
		EXPECT_EQ(why.rule, RINGLINE_RULE_KERNEL) << why.text;
		GTEST_SKIP() << "this kernel dies of IOPOLL, and is refused";
	}
	ringline_queue *handle = nullptr;
	ASSERT_EQ(ringline_queue_create(&options, nullptr, &handle), 0);
	const Queue queue(handle);
	EXPECT_EQ(queue.info().flags, RINGLINE_QUEUE_IOPOLL);
	EXPECT_EQ(queue.info().ring_setup_flags & 1U, 1U) << "IORING_SETUP_IOPOLL";
	const Folder folder;
	make_image(folder.path("disk.img"), 64, 512);
	std::vector<std::string> paths = {"null:", "sim:" + folder.path("disk.img")};
	if (::access("/dev/vm/ringB-ng1", F_OK) == 0) {
		paths.emplace_back("/dev/vm/ringB-ng1"); // the test bed's drive without one
	}
	for (const std::string &path : paths) {
		const Device device = open_device(path);
		EXPECT_EQ(ringline_queue_attach(queue, device), -EOPNOTSUPP) << path;
	}
	EXPECT_EQ(ringline_queue_wakeup(queue), -EOPNOTSUPP);
	EXPECT_EQ(ringline_queue_fd(queue), -EOPNOTSUPP);
	ringline_completion completion = {};
	EXPECT_EQ(ringline_submit_and_wait(queue, &completion, 1, 1, -1), 0) << "nothing can come";
	EXPECT_EQ(ringline_poll(queue, &completion, 1), 0);
}

class SqpollTest : public AttachedTest
{
protected:
	[[nodiscard]] std::uint64_t enters() const { return owned().info().enters; }
	[[nodiscard]] const Queue &owned() const { return const_cast<SqpollTest *>(this)->owned_queue(); }
	/// Spins until one completion is there.
	ringline_completion take_one()
	{
		ringline_completion completion = {};
		const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience_ns);
		while (ringline_poll(queue(), &completion, 1) == 0) {
			if (std::chrono::steady_clock::now() > end) {
				ADD_FAILURE() << "nothing came";
				break;
			}
			std::this_thread::yield();
		}
		return completion;
	}
};

RINGLINE_INSTANTIATE(SqpollTest, sqpoll_combinations);

TEST_P(SqpollTest, nothing_enters_the_kernel_while_its_thread_is_awake)
{
	ringline_queue_options options = {};
	options.sqpoll_idle_ms = 20'000;
	replace_queue(options);
	EXPECT_EQ(owned_queue().info().ring_setup_flags & 2U, 2U) << "IORING_SETUP_SQPOLL";
	const Memory memory(block_size());
	ASSERT_TRUE(succeeded(run(queue(), read(0, memory))));
	const std::uint64_t before = enters();
	for (std::uint32_t i = 0; i < scaled(200); ++i) {
		const ringline_command command = read(0, memory, i);
		ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
		ASSERT_EQ(ringline_submit(queue()), 1);
		const ringline_completion completion = take_one();
		ASSERT_TRUE(succeeded(completion));
		ASSERT_EQ(completion.user_data, i);
	}
	EXPECT_EQ(enters(), before);
}

TEST_P(SqpollTest, a_thread_that_sleeps_is_woken)
{
	const Memory memory(block_size());
	for (std::uint32_t i = 0; i < 5; ++i) {
		std::this_thread::sleep_for(std::chrono::milliseconds(60)); // it stays awake for one
		const std::uint64_t before = enters();
		const ringline_command command = read(0, memory, i);
		ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
		ASSERT_EQ(ringline_submit(queue()), 1);
		ASSERT_TRUE(succeeded(take_one()));
		EXPECT_EQ(enters(), before + 1);
	}
}

TEST_P(SqpollTest, what_is_submitted_cannot_be_cancelled)
{
	const Memory memory(block_size());
	const ringline_command command = read(0, memory, 7);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	ASSERT_EQ(ringline_cancel(queue(), 7), 1);
	const ringline_completion cancelled = collect_one(queue());
	EXPECT_EQ(cancelled.error, -ECANCELED);
	EXPECT_EQ(cancelled.flags, RINGLINE_NOT_SENT);
	ASSERT_EQ(ringline_push(queue(), &command, 1), 1);
	ASSERT_EQ(ringline_submit(queue()), 1);
	EXPECT_EQ(ringline_cancel(queue(), 7), -EALREADY);
	EXPECT_EQ(owned_queue().info().not_submitted, 0U);
	EXPECT_TRUE(succeeded(collect_one(queue())));
}

TEST_P(SqpollTest, a_small_ring_is_filled_and_emptied_over_and_over)
{
	ringline_queue_options options = {};
	options.depth = 4;
	replace_queue(options);
	const Memory memory(std::size_t{4} * block_size());
	std::vector<ringline_command> commands;
	for (std::uint32_t i = 0; i < 4; ++i) {
		commands.push_back(command(RINGLINE_NVME_READ, i,
					   memory.bytes().subspan(std::size_t{i} * block_size(), block_size()), i));
	}
	ringline_completion completions[4];
	std::uint64_t pushed = 0;
	std::uint64_t taken = 0;
	const std::uint64_t wanted = scaled(2'000);
	const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience_ns);
	while (taken < wanted && std::chrono::steady_clock::now() < end) {
		const std::int32_t n = ringline_push(queue(), commands.data(), 4);
		ASSERT_TRUE(n > 0 || n == -EAGAIN) << n;
		pushed += n > 0 ? static_cast<std::uint64_t>(n) : 0;
		if (pushed % 3 == 0) {
			(void)ringline_cancel(queue(), 3); // leaves entries of no use in the ring
		}
		if (pushed % 5 == 0) {
			EXPECT_EQ(ringline_queue_wakeup(queue()), 0); // needs entries of the library's own
		}
		const std::int32_t m = ringline_submit_and_wait(queue(), completions, 4, 1, patience_ns);
		ASSERT_GE(m, 0);
		taken += static_cast<std::uint64_t>(m);
		ASSERT_LE(taken, pushed);
	}
	EXPECT_GE(taken, wanted);
}

TEST_P(SqpollTest, destroying_waits_for_what_was_submitted)
{
	const Memory memory(std::size_t{64} * block_size());
	for (std::uint32_t round = 0; round < scaled(100); ++round) {
		Queue other = make_queue();
		ASSERT_EQ(ringline_queue_attach(other, device()), 0);
		for (std::uint32_t i = 0; i < 64; ++i) {
			const ringline_command one =
				command(RINGLINE_NVME_READ, i,
					memory.bytes().subspan(std::size_t{i} * block_size(), block_size()), i);
			ASSERT_EQ(ringline_push(other, &one, 1), 1);
		}
		ASSERT_EQ(ringline_submit(other), 64);
		ASSERT_EQ(other.destroy(), 0);
		memory.fill(0x5D);
		ASSERT_TRUE(memory.holds_only(0x5D));
	}
}

class IopollTest : public AttachedTest
{
};

RINGLINE_INSTANTIATE(IopollTest, iopoll_combinations);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(IopollTest);

TEST_P(IopollTest, a_controller_has_no_polled_queue_for_admin_commands)
{
	const Device controller = open_device(controller_of(facts()));
	EXPECT_EQ(ringline_queue_attach(queue(), controller), -EOPNOTSUPP);
}

TEST_P(IopollTest, a_limit_of_time_ends_a_wait)
{
	const Memory memory(std::size_t{16} * block_size());
	std::uint32_t taken = 0;
	for (std::uint32_t i = 0; i < 16; ++i) {
		const ringline_command one = command(
			RINGLINE_NVME_READ, i, memory.bytes().subspan(std::size_t{i} * block_size(), block_size()), i);
		ASSERT_EQ(ringline_push(queue(), &one, 1), 1);
	}
	ringline_completion completions[16];
	std::int32_t n = ringline_submit_and_wait(queue(), completions, 16, 16, 0);
	ASSERT_GE(n, 0);
	taken += static_cast<std::uint32_t>(n);
	for (int i = 0; i < 100'000 && taken < 16; ++i) {
		n = ringline_wait(queue(), completions, 16, 16 - taken, 1'000);
		ASSERT_GE(n, 0);
		taken += static_cast<std::uint32_t>(n);
	}
	EXPECT_EQ(taken, 16U);
}

TEST_P(IopollTest, polling_alone_brings_completions_to_light)
{
	const Memory memory(block_size());
	const ringline_command one = read(3, memory, 9);
	ASSERT_EQ(ringline_push(queue(), &one, 1), 1);
	ASSERT_EQ(ringline_submit(queue()), 1);
	ringline_completion completion = {};
	std::int32_t n = 0;
	const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience_ns);
	while (n == 0 && std::chrono::steady_clock::now() < end) {
		n = ringline_poll(queue(), &completion, 1);
	}
	ASSERT_EQ(n, 1);
	EXPECT_TRUE(succeeded(completion));
	EXPECT_EQ(completion.user_data, 9U);
}

TEST_P(IopollTest, a_status_and_a_cancelled_command_arrive)
{
	const Memory memory(block_size());
	ringline_raw_command raw = {};
	raw.device = device();
	ASSERT_EQ(ringline_nvme_read(&raw.command, facts().nsid, facts().blocks, 1, memory.address(), memory.size()),
		  0);
	ASSERT_EQ(ringline_push_raw(queue(), &raw, 1), 1);
	EXPECT_EQ(collect_one(queue()).status & RINGLINE_STATUS_CODE_MASK, 0x80U);
	const ringline_command one = read(3, memory, 9);
	const ringline_command two = read(3, memory, 10);
	ASSERT_EQ(ringline_push(queue(), &one, 1), 1);
	ASSERT_EQ(ringline_push(queue(), &two, 1), 1);
	ASSERT_EQ(ringline_cancel(queue(), 9), 1);
	EXPECT_EQ(collect(queue(), 2).size(), 2U);
	EXPECT_EQ(in_flight(), 0U);
}

} // namespace
} // namespace contract
