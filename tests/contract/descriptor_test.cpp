// SPDX-License-Identifier: MIT OR Apache-2.0
// Descriptors and threads: none is leaked, and running out of descriptors is an error like any other.
#include "fixture.h"

#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace contract
{
namespace
{

/// Allows so many descriptors more than there are, until the end of the scope.
class DescriptorLimit
{
public:
	explicit DescriptorLimit(rlim_t more)
	{
		(void)::getrlimit(RLIMIT_NOFILE, &before_);
		rlimit limit = before_;
		const int next = ::dup(0);
		(void)::close(next);
		limit.rlim_cur = static_cast<rlim_t>(next) + more;
		(void)::setrlimit(RLIMIT_NOFILE, &limit);
	}
	DescriptorLimit(const DescriptorLimit &) = delete;
	DescriptorLimit &operator=(const DescriptorLimit &) = delete;
	~DescriptorLimit() { (void)::setrlimit(RLIMIT_NOFILE, &before_); }

private:
	rlimit before_ = {};
};

class DescriptorTest : public ContractTest
{
protected:
	/// ThreadSanitizer starts a thread of its own beside the first one of the program: it is there before anything
	/// is counted.
	static void SetUpTestSuite()
	{
		std::thread([] {}).join();
	}
};

RINGLINE_INSTANTIATE(DescriptorTest, every_combination);

TEST_P(DescriptorTest, queues_made_and_destroyed_leak_nothing)
{
	const Device device = open();
	(void)make_queue();
	const std::uint32_t descriptors = open_descriptors();
	const std::uint32_t threads = running_threads();
	for (std::uint32_t i = 0; i < scaled(300); ++i) {
		const Queue queue = make_queue();
		ASSERT_EQ(ringline_queue_attach(queue, device), 0);
		ASSERT_GE(ringline_queue_fd(queue), 0);
		ASSERT_EQ(ringline_flush(queue, device, i), 0);
		ASSERT_EQ(collect(queue, 1).size(), 1U);
	}
	EXPECT_EQ(open_descriptors(), descriptors);
	EXPECT_TRUE(threads_settle_at(threads));
}

TEST_P(DescriptorTest, the_ring_starts_no_threads)
{
	if (GetParam().engine != RINGLINE_ENGINE_URING) {
		GTEST_SKIP() << "the threads engine was asked for";
	}
	const std::uint32_t threads = running_threads();
	const Device device = open();
	const Queue queue = make_queue();
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	ASSERT_EQ(ringline_flush(queue, device, 1), 0);
	ASSERT_EQ(collect(queue, 1).size(), 1U);
	EXPECT_TRUE(threads_settle_at(threads));
}

TEST_P(DescriptorTest, the_threads_engine_has_the_workers_asked_for_and_no_more)
{
	if (GetParam().engine != RINGLINE_ENGINE_THREADS) {
		GTEST_SKIP() << "the ring has no workers";
	}
	const Device device = open();
	const std::uint32_t before = running_threads();
	ringline_queue_options options = {};
	options.workers = 3;
	Queue queue = make_queue(options);
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	ASSERT_EQ(ringline_flush(queue, device, 1), 0);
	ASSERT_EQ(collect(queue, 1).size(), 1U);
	EXPECT_LE(running_threads(), before + 3);
	EXPECT_EQ(queue.destroy(), 0);
	EXPECT_TRUE(threads_settle_at(before));
}

TEST_P(DescriptorTest, opening_without_free_descriptors_is_an_error)
{
	const std::uint32_t before = open_descriptors();
	std::int32_t error = -EMFILE;
	for (rlim_t more = 0; error != 0; ++more) {
		ASSERT_LT(more, 32U);
		const DescriptorLimit limit(more);
		ringline_diagnosis why = blank_diagnosis();
		ringline_device handle = {};
		error = ringline_device_open(path().c_str(), nullptr, &why, &handle);
		if (more == 0 && GetParam().kind != Kind::node) {
			EXPECT_EQ(error, -EMFILE);
		}
		if (error != 0) {
			ASSERT_EQ(error, -EMFILE) << why.text;
			EXPECT_EQ(handle.value, 0U);
			EXPECT_EQ(why.rule, RINGLINE_RULE_RESOURCE) << why.text;
		} else {
			EXPECT_EQ(ringline_device_close(handle), 0);
		}
	}
	EXPECT_EQ(open_descriptors(), before);
}

TEST_P(DescriptorTest, making_a_queue_without_free_descriptors_is_an_error)
{
	const std::uint32_t before = open_descriptors();
	const std::uint32_t threads = running_threads();
	for (const std::uint32_t engine : {GetParam().engine, RINGLINE_ENGINE_AUTO}) {
		std::int32_t error = -EMFILE;
		for (rlim_t more = 0; error != 0; ++more) {
			ASSERT_LT(more, 32U);
			const DescriptorLimit limit(more);
			ringline_queue_options options = {};
			options.struct_size = sizeof options;
			options.engine = engine;
			ringline_diagnosis why = blank_diagnosis();
			ringline_queue *queue = nullptr;
			error = ringline_queue_create(&options, &why, &queue);
			if (more == 0) {
				EXPECT_EQ(error, -EMFILE);
			}
			if (error != 0) {
				ASSERT_EQ(error, -EMFILE) << why.text;
				EXPECT_EQ(queue, nullptr);
				EXPECT_EQ(why.error, -EMFILE);
				EXPECT_EQ(why.rule, RINGLINE_RULE_RESOURCE) << why.text;
			} else {
				EXPECT_EQ(ringline_queue_destroy(queue), 0);
			}
		}
	}
	EXPECT_EQ(open_descriptors(), before);
	EXPECT_TRUE(threads_settle_at(threads));
}

TEST_P(DescriptorTest, asking_for_the_pollable_descriptor_without_a_free_one_can_be_repeated)
{
	const Device device = open();
	const Queue queue = make_queue();
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	{
		const DescriptorLimit limit(0);
		const std::int32_t fd = ringline_queue_fd(queue);
		EXPECT_TRUE(fd == -EMFILE || fd >= 0) << fd;
	}
	EXPECT_GE(ringline_queue_fd(queue), 0);
	ASSERT_EQ(ringline_flush(queue, device, 1), 0);
	EXPECT_EQ(collect(queue, 1).size(), 1U);
}

TEST_P(DescriptorTest, a_closed_device_keeps_its_descriptor_until_the_queue_lets_go)
{
	const Queue queue = make_queue();
	const std::uint32_t before = open_descriptors();
	Device device = open();
	ASSERT_EQ(ringline_queue_attach(queue, device), 0);
	ASSERT_EQ(ringline_flush(queue, device, 1), 0);
	EXPECT_EQ(device.close(), 0);
	EXPECT_EQ(collect(queue, 1).size(), 1U);
	ringline_completion none = {};
	EXPECT_EQ(ringline_poll(queue, &none, 1), 0);
	EXPECT_EQ(queue.info().devices, 0U);
	EXPECT_EQ(open_descriptors(), before);
}

} // namespace
} // namespace contract
