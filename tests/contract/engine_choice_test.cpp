// SPDX-License-Identifier: MIT OR Apache-2.0
// Which engine a queue gets, and that it is always said why.
#include "fixture.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace contract
{
namespace
{

std::int32_t create(std::uint32_t engine, ringline_diagnosis *why, ringline_queue **queue)
{
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.engine = engine;
	return ringline_queue_create(&options, why, queue);
}

/// From now on io_uring_setup(2) fails with this errno, in this process and for good.
bool forbid_io_uring(int error)
{
	sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const sock_fprog filter = {static_cast<unsigned short>(std::size(program)), program};
	return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// Writes and reads one block of a fresh image through a queue of this engine. Runs in a child.
void check_round_trip(Checks &checks, ringline_queue *queue, const std::string &path)
{
	alignas(4096) static std::uint8_t data[512];
	ringline_device device = {};
	ringline_completion completion = {};
	checks.expect_equal(ringline_device_open(path.c_str(), nullptr, nullptr, &device), 0);
	checks.expect_equal(ringline_queue_attach(queue, device), 0);
	fill_pattern(data, 1);
	checks.expect_equal(ringline_write(queue, device, 3, 1, data, sizeof data, 0, 1), 0);
	checks.expect_equal(ringline_submit_and_wait(queue, &completion, 1, 1, patience_ns), 1);
	checks.expect_equal(completion.error, 0);
	fill_pattern(data, 2);
	checks.expect_equal(ringline_read(queue, device, 3, 1, data, sizeof data, 0, 1), 0);
	checks.expect_equal(ringline_submit_and_wait(queue, &completion, 1, 1, patience_ns), 1);
	checks.expect_equal(static_cast<std::int64_t>(differing_bytes(data, 1)), 0);
	checks.expect_equal(ringline_device_close(device), 0);
}

/// What is seen when io_uring cannot be had. Runs in a child.
int check_without_ring(std::int32_t refusal, std::uint32_t reason, std::uint32_t rule, const std::string &path)
{
	Checks checks;
	ringline_diagnosis why = blank_diagnosis();
	ringline_queue *queue = nullptr;
	checks.expect_equal(create(RINGLINE_ENGINE_URING, &why, &queue), refusal);
	checks.expect(queue == nullptr);
	checks.expect_equal(why.error, refusal);
	checks.expect_equal(why.rule, rule);
	checks.expect(std::strlen(why.text) > 10);
	checks.expect_equal(create(RINGLINE_ENGINE_AUTO, nullptr, &queue), 0);
	ringline_queue_info info = {};
	info.struct_size = sizeof info;
	checks.expect_equal(ringline_queue_info_get(queue, &info), 0);
	checks.expect_equal(info.engine, RINGLINE_ENGINE_THREADS);
	checks.expect_equal(info.engine_reason, reason);
	checks.expect(info.engine_error < 0);
	checks.expect_equal(info.ring_setup_flags, 0);
	check_round_trip(checks, queue, path);
	checks.expect_equal(ringline_queue_destroy(queue), 0);
	checks.expect_equal(create(RINGLINE_ENGINE_THREADS, nullptr, &queue), 0);
	checks.expect_equal(ringline_queue_info_get(queue, &info), 0);
	checks.expect_equal(info.engine_reason, RINGLINE_REASON_ASKED);
	checks.expect_equal(ringline_queue_destroy(queue), 0);
	return checks.exit_code();
}

class EngineChoiceTest : public testing::Test
{
protected:
	void SetUp() override { make_image(folder_.path("disk.img"), 64, 512); }
	[[nodiscard]] std::string path() const { return "sim:" + folder_.path("disk.img"); }

	/// The filter's errno, and what the library must make of it; refusal is for who asks for the ring.
	void expect_fallback(int error, std::uint32_t reason, std::uint32_t rule, std::int32_t refusal = -EOPNOTSUPP)
	{
		if (!child_may_start_threads) {
			GTEST_SKIP() << "a sanitizer lets no child start threads";
		}
		const int code = run_in_child([&] {
			return forbid_io_uring(error) ? check_without_ring(refusal, reason, rule, path()) : 77;
		});
		if (code == 77) {
			GTEST_SKIP() << "no seccomp filter can be installed here";
		}
		EXPECT_EQ(code, 0) << "the number of the check that failed";
	}

private:
	Folder folder_;
};

TEST_F(EngineChoiceTest, auto_takes_the_ring_where_it_can_be_had)
{
	if (ring_error() != 0) {
		GTEST_SKIP() << "this machine has no io_uring with big entries: errno " << -ring_error();
	}
	ringline_queue *handle = nullptr;
	ASSERT_EQ(create(RINGLINE_ENGINE_AUTO, nullptr, &handle), 0);
	const Queue queue(handle);
	const ringline_queue_info info = queue.info();
	EXPECT_EQ(info.engine, RINGLINE_ENGINE_URING);
	EXPECT_EQ(info.engine_reason, RINGLINE_REASON_PROBED);
	EXPECT_EQ(info.engine_error, 0);
	EXPECT_NE(info.ring_setup_flags & (1U << 10), 0U) << "SQE128";
	EXPECT_NE(info.ring_setup_flags & (1U << 11), 0U) << "CQE32";
}

TEST_F(EngineChoiceTest, a_ring_forbidden_by_seccomp_falls_back_to_threads)
{
	expect_fallback(EPERM, RINGLINE_REASON_FORBIDDEN, RINGLINE_RULE_FORBIDDEN);
}

TEST_F(EngineChoiceTest, a_ring_refused_with_eacces_falls_back_to_threads)
{
	expect_fallback(EACCES, RINGLINE_REASON_FORBIDDEN, RINGLINE_RULE_FORBIDDEN);
}

TEST_F(EngineChoiceTest, a_kernel_without_io_uring_falls_back_to_threads)
{
	expect_fallback(ENOSYS, RINGLINE_REASON_KERNEL_TOO_OLD, RINGLINE_RULE_KERNEL);
}

TEST_F(EngineChoiceTest, a_kernel_without_big_entries_falls_back_to_threads)
{
	expect_fallback(EINVAL, RINGLINE_REASON_KERNEL_TOO_OLD, RINGLINE_RULE_KERNEL);
}

TEST_F(EngineChoiceTest, a_ring_without_memory_falls_back_to_threads)
{
	expect_fallback(ENOMEM, RINGLINE_REASON_NO_MEMORY, RINGLINE_RULE_MEMLOCK, -ENOMEM);
}

TEST_F(EngineChoiceTest, senseless_options_are_refused)
{
	const auto refused = [](auto set) {
		ringline_queue_options options = {};
		options.struct_size = sizeof options;
		set(options);
		ringline_diagnosis why = blank_diagnosis();
		ringline_queue *queue = nullptr;
		EXPECT_EQ(ringline_queue_create(&options, &why, &queue), -EINVAL);
		EXPECT_EQ(queue, nullptr);
		EXPECT_EQ(why.rule, RINGLINE_RULE_ARGUMENT);
		EXPECT_GT(std::strlen(why.text), 10U);
		return why.offset;
	};
	using Options = ringline_queue_options;
	EXPECT_EQ(refused([](Options &o) { o.engine = 3; }), offsetof(Options, engine));
	EXPECT_EQ(refused([](Options &o) { o.depth = 32769; }), offsetof(Options, depth));
	EXPECT_EQ(refused([](Options &o) { o.max_devices = 1025; }), offsetof(Options, max_devices));
	EXPECT_EQ(refused([](Options &o) { o.max_buffers = 65; }), offsetof(Options, max_buffers));
	EXPECT_EQ(refused([](Options &o) { o.workers = 257; }), offsetof(Options, workers));
	EXPECT_EQ(refused([](Options &o) { o.sqpoll_cpu = 1; }), offsetof(Options, sqpoll_cpu));
	EXPECT_EQ(refused([](Options &o) { o.sqpoll_idle_ms = 1; }), offsetof(Options, sqpoll_idle_ms));
	EXPECT_EQ(refused([](Options &o) { o.reserved0 = 1; }), offsetof(Options, reserved0));
	for (std::uint32_t bit = 3; bit < 32; ++bit) { // 3 goes with 2 only
		if (1U << bit == RINGLINE_QUEUE_TIMESTAMPS || 1U << bit == RINGLINE_QUEUE_AVOID_TRAPS) {
			continue;
		}
		EXPECT_EQ(refused([bit](Options &o) { o.flags = 1U << bit; }), offsetof(Options, flags)) << bit;
	}
	constexpr std::uint32_t avoid = RINGLINE_QUEUE_AVOID_TRAPS;
	EXPECT_EQ(refused([](Options &o) { o.flags = avoid, o.engine = RINGLINE_ENGINE_URING; }),
		  offsetof(Options, flags));
	EXPECT_EQ(refused([](Options &o) { o.flags = avoid, o.engine = RINGLINE_ENGINE_THREADS; }),
		  offsetof(Options, flags));
	EXPECT_EQ(refused([](Options &o) { o.flags = avoid | RINGLINE_QUEUE_SQPOLL; }), offsetof(Options, flags));
	EXPECT_EQ(ringline_queue_create(nullptr, nullptr, nullptr), -EINVAL);
}

TEST_F(EngineChoiceTest, fact_4_a_kernel_that_may_lose_writes_is_gone_round_when_asked)
{
	if (ring_error() != 0) {
		GTEST_SKIP() << "no ring can be had here";
	}
	ringline_queue_options options = {};
	options.struct_size = sizeof options;
	options.flags = RINGLINE_QUEUE_AVOID_TRAPS;
	ringline_queue *created = nullptr;
	ASSERT_EQ(ringline_queue_create(&options, nullptr, &created), 0);
	const Queue queue(created);
	// 6.11.10 is the first that keeps them; the guests have 6.1 and 6.12, this machine something later.
	const bool loses = kernel() < (6U << 16 | 11U);
	EXPECT_EQ(queue.info().engine, loses ? RINGLINE_ENGINE_THREADS : RINGLINE_ENGINE_URING);
	EXPECT_EQ(queue.info().engine_reason, loses ? RINGLINE_REASON_TRAP : RINGLINE_REASON_PROBED);
}

class QueueOptionsTest : public ContractTest
{
};

RINGLINE_INSTANTIATE(QueueOptionsTest, each_engine);

TEST_P(QueueOptionsTest, the_defaults_are_256_commands)
{
	EXPECT_EQ(make_queue().info().depth, 256U);
}

TEST_P(QueueOptionsTest, the_largest_queue_works)
{
	ringline_queue_options options = {};
	options.depth = 32768;
	options.max_devices = 1024;
	options.max_buffers = 64;
	const Queue queue = make_queue(options);
	EXPECT_EQ(queue.info().depth, 32768U);
	const Device device = open();
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	const std::uint32_t count = scaled(32768);
	std::vector<ringline_command> commands(count);
	for (std::uint32_t i = 0; i < count; ++i) {
		commands[i].device = device;
		commands[i].user_data = i;
	}
	ASSERT_EQ(ringline_push(queue, commands.data(), count), static_cast<std::int32_t>(count));
	EXPECT_EQ(collect(queue, count).size(), count);
}

TEST_P(QueueOptionsTest, a_depth_that_is_no_power_of_two_is_kept_exactly)
{
	for (const std::uint32_t depth : {1U, 3U, 100U, 1000U}) {
		ringline_queue_options options = {};
		options.depth = depth;
		const Queue queue = make_queue(options);
		EXPECT_EQ(queue.info().depth, depth);
		const Device device = open();
		ASSERT_EQ(ringline_queue_attach(queue, device), 0);
		for (std::uint32_t i = 0; i < depth; ++i) {
			ASSERT_EQ(ringline_flush(queue, device, i), 0);
		}
		EXPECT_EQ(ringline_flush(queue, device, depth), -EAGAIN);
		EXPECT_EQ(collect(queue, depth).size(), depth);
	}
}

TEST_P(QueueOptionsTest, a_thread_bound_ring_has_the_fast_flags_and_a_movable_one_none)
{
	if (GetParam().engine != RINGLINE_ENGINE_URING) {
		EXPECT_EQ(make_queue().info().ring_setup_flags, 0U);
		return;
	}
	constexpr std::uint32_t coop_taskrun = 1U << 8;
	constexpr std::uint32_t single_issuer = 1U << 12;
	constexpr std::uint32_t defer_taskrun = 1U << 13;
	EXPECT_NE(make_queue().info().ring_setup_flags & single_issuer, 0U);
	ringline_queue_options options = {};
	options.flags = RINGLINE_QUEUE_MOVABLE;
	EXPECT_EQ(make_queue(options).info().ring_setup_flags & (single_issuer | defer_taskrun | coop_taskrun), 0U);
}

TEST_P(QueueOptionsTest, one_worker_is_enough_for_any_depth)
{
	ringline_queue_options options = {};
	options.workers = 1;
	const Queue queue = make_queue(options);
	const Device device = open();
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	for (std::uint64_t i = 0; i < 256; ++i) {
		ASSERT_EQ(ringline_flush(queue, device, i), 0);
	}
	EXPECT_EQ(collect(queue, 256).size(), 256U);
}

} // namespace
} // namespace contract
