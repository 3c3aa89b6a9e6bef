// SPDX-License-Identifier: MIT OR Apache-2.0
#include "engine/threads.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace
{

using ringline::engine::TagQueue;

TEST(TagQueueTest, tags_leave_in_the_order_in_which_they_came_also_around_the_end)
{
	TagQueue queue;
	ASSERT_TRUE(queue.allocate(3));
	for (std::uint64_t tag = 0; tag < 20; ++tag) {
		queue.add(tag);
		queue.add(tag + 100);
		EXPECT_EQ(queue.first(), tag);
		queue.drop_first();
		EXPECT_EQ(queue.first(), tag + 100);
		queue.drop_first();
	}
	EXPECT_EQ(queue.count(), 0U);
}

TEST(TagQueueTest, taking_one_out_of_the_middle_keeps_the_others_in_order)
{
	std::mt19937_64 random(7);
	TagQueue queue;
	std::deque<std::uint64_t> model;
	ASSERT_TRUE(queue.allocate(16));
	for (std::uint64_t tag = 1; tag < 5000; ++tag) {
		if (model.size() < 16) {
			queue.add(tag);
			model.push_back(tag);
		}
		const std::uint64_t victim = tag - random() % 20;
		const auto at = std::find(model.begin(), model.end(), victim);
		ASSERT_EQ(queue.contains(victim), at != model.end());
		ASSERT_EQ(queue.remove(victim), at != model.end());
		if (at != model.end()) {
			model.erase(at);
		}
		if (random() % 3 == 0 && !model.empty()) {
			ASSERT_EQ(queue.first(), model.front());
			queue.drop_first();
			model.pop_front();
		}
		ASSERT_EQ(queue.count(), model.size());
	}
}

} // namespace
