// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/waker.h"

#include <gtest/gtest.h>

#include <poll.h>

namespace
{

bool readable(int fd)
{
	pollfd look = {fd, POLLIN, 0};
	return ::poll(&look, 1, 0) == 1;
}

TEST(WakerTest, a_wake_is_taken_once)
{
	ringline::Waker waker;
	ASSERT_EQ(waker.create(), 0);
	EXPECT_FALSE(waker.take());
	waker.wake();
	waker.wake();
	EXPECT_TRUE(waker.take());
	EXPECT_FALSE(waker.take());
}

TEST(WakerTest, a_ring_of_the_library_is_no_wake)
{
	ringline::Waker waker;
	ASSERT_EQ(waker.create(), 0);
	waker.ring();
	EXPECT_TRUE(readable(waker.fd()));
	EXPECT_FALSE(waker.take());
	waker.silence();
	EXPECT_FALSE(readable(waker.fd()));
}

TEST(WakerTest, a_ring_is_echoed_and_errno_is_kept)
{
	ringline::Waker waker;
	ASSERT_EQ(waker.create(), 0);
	const ringline::Fd other(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	waker.echo(other.get());
	errno = 42;
	waker.ring();
	EXPECT_EQ(errno, 42);
	EXPECT_TRUE(readable(other.get()));
	EXPECT_TRUE(readable(waker.fd()));
}

} // namespace
