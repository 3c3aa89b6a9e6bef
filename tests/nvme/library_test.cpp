// SPDX-License-Identifier: MIT OR Apache-2.0
#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <string>

namespace
{

TEST(Version, is_that_of_the_header)
{
	EXPECT_EQ(ringline_version() >> 16, 0U + RINGLINE_VERSION_MAJOR);
	EXPECT_EQ(ringline_version() >> 8 & 0xff, 0U + RINGLINE_VERSION_MINOR);
	EXPECT_EQ(ringline_version() & 0xff, 0U + RINGLINE_VERSION_PATCH);
}

TEST(ErrorName, takes_both_signs)
{
	EXPECT_STREQ(ringline_error_name(-EAGAIN), "EAGAIN");
	EXPECT_STREQ(ringline_error_name(EAGAIN), "EAGAIN");
	EXPECT_STREQ(ringline_error_text(-ESTALE), ringline_error_text(ESTALE));
	EXPECT_STREQ(ringline_error_name(0), "OK");
}

TEST(ErrorName, of_what_is_no_errno_is_a_sensible_text)
{
	for (const std::int32_t error : {INT32_MIN, INT32_MIN + 1, -4095, 4095, 100000, INT32_MAX}) {
		EXPECT_STREQ(ringline_error_name(error), "unknown") << error;
		EXPECT_GT(std::strlen(ringline_error_text(error)), 10U) << error;
	}
}

#ifdef __GLIBC__
TEST(ErrorName, agrees_with_the_c_library_on_every_errno)
{
	int known = 0;
	for (int error = 1; error < 4096; ++error) {
		const char *name = strerrorname_np(error);
		EXPECT_STREQ(ringline_error_name(-error), name != nullptr ? name : "unknown");
		known += name != nullptr ? 1 : 0;
	}
	EXPECT_GT(known, 100);
}
#endif

// Every errno that the comments of the public header name, and those that a completion brings from the kernel.
constexpr std::int32_t promised[] = {
	EAGAIN, EINVAL, ERANGE, EMSGSIZE, ENOBUFS, EFAULT,     E2BIG,    EBADF,     ESTALE,
	ENXIO,  EEXIST, ENOSPC, EBUSY,    EPERM,   ECHILD,     EROFS,    EACCES,    ENOENT,
	ENOTTY, ENODEV, EMFILE, ENOMEM,   EIO,     EOPNOTSUPP, EALREADY, ECANCELED, EINTR,
};

TEST(ErrorText, says_what_each_promised_errno_means_in_this_library)
{
	const std::string of_the_rest = ringline_error_text(EPIPE);
	const std::string of_none = ringline_error_text(4095);
	std::set<std::string> texts;
	for (const std::int32_t error : promised) {
		const std::string text = ringline_error_text(-error);
		const char *name = ringline_error_name(error);
		EXPECT_NE(text, of_the_rest) << name;
		EXPECT_NE(text, of_none) << name;
		EXPECT_TRUE(texts.insert(text).second) << name << " has the text of another errno";
		EXPECT_EQ(text.back(), '.') << name;
		EXPECT_EQ(text.find('\n'), std::string::npos) << name;
		EXPECT_LE(text.size(), 160U) << name;
	}
}

} // namespace
