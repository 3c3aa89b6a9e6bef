// SPDX-License-Identifier: MIT OR Apache-2.0
// Tests of a ring of their own, where one can be made.
#pragma once

#include "engine/uring.h"

#include <gtest/gtest.h>

#include <cstring>

class RingFixture : public testing::Test
{
protected:
	void SetUp() override
	{
		if (const std::int32_t error = ringline::engine::Uring::probe(); error < 0) {
			GTEST_SKIP() << "no ring can be made here: " << strerrorname_np(-error);
		}
		ASSERT_EQ(waker_.create(), 0);
	}
	ringline::engine::Setup setup(std::uint32_t depth, bool movable = false)
	{
		return {.depth = depth,
			.max_devices = 4,
			.max_buffers = 8,
			.workers = 0,
			.movable = movable,
			.waker = &waker_};
	}

	ringline::Waker waker_;
	ringline::Array<ringline::engine::Task> tasks_;
};
