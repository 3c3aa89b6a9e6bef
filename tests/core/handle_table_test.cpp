// SPDX-License-Identifier: MIT OR Apache-2.0
#include "core/handle_table.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

namespace
{

using ringline::device::Device;
namespace core = ringline::core;

/// Counts how many are alive.
class CountedDevice final : public Device
{
public:
	CountedDevice() { ++alive; }
	static inline int alive = 0;

protected:
	~CountedDevice() override { --alive; }
};

ringline_device add()
{
	ringline_device handle = {};
	EXPECT_EQ(core::add_device(new (ringline::nothrow) CountedDevice, &handle), 0);
	return handle;
}

TEST(HandleTableTest, a_handle_finds_its_device_until_it_is_closed)
{
	const ringline_device handle = add();
	Device *found = nullptr;
	ASSERT_EQ(core::lock_device(handle, &found), 0);
	EXPECT_EQ(core::close_device(handle), 0);
	EXPECT_NE(found->state() & Device::closed, 0U);
	EXPECT_EQ(CountedDevice::alive, 1) << "a reference keeps it";
	found->release();
	EXPECT_EQ(CountedDevice::alive, 0);
	EXPECT_EQ(core::lock_device(handle, &found), -ESTALE);
	EXPECT_EQ(core::close_device(handle), -ESTALE) << "closed twice";
}

TEST(HandleTableTest, no_handle_is_ever_used_twice)
{
	std::vector<std::uint64_t> seen;
	for (int i = 0; i < 100'000; ++i) {
		const ringline_device handle = add();
		ASSERT_TRUE(seen.empty() || handle.value > seen.back());
		seen.push_back(handle.value);
		ASSERT_EQ(core::close_device(handle), 0);
	}
	Device *found = nullptr;
	const ringline_device newest = add();
	for (const std::uint64_t old : {seen.front(), seen.back()}) {
		EXPECT_EQ(core::lock_device({old}, &found), -ESTALE)
			<< "65,536 generations are not enough to come round";
	}
	EXPECT_EQ(core::close_device(newest), 0);
}

TEST(HandleTableTest, a_forged_handle_is_an_error)
{
	const ringline_device handle = add();
	Device *found = nullptr;
	for (const std::uint64_t forged : {std::uint64_t{0}, std::uint64_t{1}, UINT64_MAX,
					   handle.value + (std::uint64_t{1} << 16), handle.value | 0x8000}) {
		EXPECT_EQ(core::lock_device({forged}, &found), -EBADF) << forged;
	}
	ringline_buffer_info info = {};
	EXPECT_EQ(core::read_buffer({handle.value}, &info), -EBADF) << "a device is no buffer";
	EXPECT_EQ(core::close_device(handle), 0);
}

TEST(HandleTableTest, a_full_table_refuses_and_recovers)
{
	std::vector<ringline_device> handles;
	for (std::uint32_t i = 0; i < core::devices_max; ++i) {
		handles.push_back(add());
	}
	auto *extra = new (ringline::nothrow) CountedDevice;
	ringline_device refused = {};
	EXPECT_EQ(core::add_device(extra, &refused), -EMFILE);
	EXPECT_EQ(refused.value, 0U);
	extra->release();
	for (const ringline_device handle : handles) {
		EXPECT_EQ(core::close_device(handle), 0);
	}
	EXPECT_EQ(CountedDevice::alive, 0);
	EXPECT_EQ(core::close_device(add()), 0);
}

TEST(HandleTableTest, every_closing_is_counted)
{
	const std::uint32_t before = core::closings();
	EXPECT_EQ(core::close_device(add()), 0);
	EXPECT_EQ(core::closings(), before + 1);
}

TEST(HandleTableTest, a_buffer_that_is_attached_cannot_be_removed)
{
	core::Buffer *made = nullptr;
	ASSERT_EQ(core::Buffer::create({.struct_size = 24, .flags = 0, .length = 1, .address = 0}, &made), 0);
	EXPECT_EQ(made->length, 4096U);
	ringline_buffer handle = {};
	ASSERT_EQ(core::add_buffer(made, &handle), 0);
	core::Buffer *found = nullptr;
	ASSERT_EQ(core::attach_buffer(handle, &found), 0);
	EXPECT_EQ(core::remove_buffer(handle, &found), -EBUSY);
	core::detach_buffer(made);
	ASSERT_EQ(core::remove_buffer(handle, &found), 0);
	found->destroy();
	EXPECT_EQ(core::attach_buffer(handle, &found), -ESTALE);
}

} // namespace
