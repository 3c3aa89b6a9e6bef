// SPDX-License-Identifier: MIT OR Apache-2.0
// Admin commands: waited for, pushed, awaited; and what their pages say.
#include "fixture.h"

#include <array>
#include <cerrno>

namespace
{

using ringline::AdminCommand;
using ringline::Completed;
using ringline::Device;
using ringline::Memory;
using ringline::Page;
using ringline::Queue;

class CppAdmin : public binding::BindingTest
{
protected:
	static ringline_identify_options controller()
	{
		ringline_identify_options options{};
		options.cns = 1;
		return options;
	}
	static ringline_log_options log(std::uint8_t lid)
	{
		ringline_log_options options{};
		options.lid = lid;
		return options;
	}
	static ringline_feature_options feature(std::uint8_t fid)
	{
		ringline_feature_options options{};
		options.fid = fid;
		return options;
	}
};

TEST_P(CppAdmin, identify_is_a_page_with_fields)
{
	const Device device = open();
	const ringline::Result<Completed> got = ringline::identify(device, controller());
	ASSERT_TRUE(got);
	ASSERT_TRUE(got->ok()) << got->error().message();
	const Page page(RINGLINE_PAGE_IDENTIFY + 1, got->memory);
	EXPECT_STREQ(page.name(), "identify-controller");
	EXPECT_EQ(*page.text("mn"), "ringline simulated NVMe");
	EXPECT_EQ(*page.text("sn"), device.info()->serial);
	EXPECT_EQ(*page.number("nn"), 1U);
	EXPECT_EQ(page.number("mn").number(), -EINVAL);
	EXPECT_EQ(page.number("no_such_field").number(), -ENOENT);
	EXPECT_EQ(page.text("nn").number(), -EINVAL);
	EXPECT_EQ(Page(RINGLINE_PAGE_IDENTIFY + 1, Memory()).text("mn").number(), -ENODATA);
	EXPECT_TRUE(page.field(0));
	EXPECT_FALSE(page.field(100000));
}

TEST_P(CppAdmin, a_log_is_read_and_a_missing_one_is_a_status)
{
	const Device device = open();
	const ringline::Result<Completed> got = ringline::log_read(device, log(2), 512);
	ASSERT_TRUE(got);
	EXPECT_EQ(*Page(RINGLINE_PAGE_LOG + 2, got->memory).number("avail_spare"), 100U);
	EXPECT_EQ(ringline::log_read(device, log(0x7f), 512)->status.code(), 0x109U);
	EXPECT_EQ(ringline::log_read(device, log(2), 511).number(), -EINVAL);
}

TEST_P(CppAdmin, features_are_read_and_set)
{
	const Device device = open();
	EXPECT_EQ(ringline::feature_get(device, feature(6))->result, 1U);
	ringline_feature_options other = feature(6);
	other.cdw11 = 0;
	EXPECT_EQ(ringline::feature_set(device, other)->status.code(), 0x10eU) << "not changeable";
	EXPECT_EQ(ringline::feature_get(device, feature(0)).number(), -EINVAL);
	// A vendor's may write as much as any.
	EXPECT_EQ(ringline::feature_get(device, feature(0xc0), 16).number(), -ENOBUFS);
	EXPECT_EQ(AdminCommand::feature_get(device, feature(0xc0), 16).number(), -ENOBUFS);
	EXPECT_TRUE(AdminCommand::feature_get(device, feature(0xc0), 4096));
}

TEST_P(CppAdmin, a_format_makes_the_geometry_unknown_until_a_refresh)
{
	Device device = open();
	Queue queue = make_queue(device);
	ASSERT_TRUE(ringline::format(device, ringline_format_options{})->ok());
	EXPECT_EQ(queue.push(ringline::command::verify(device, 0, 1)).number(), -ESTALE);
	ASSERT_TRUE(device.refresh());
	EXPECT_TRUE(queue.push(ringline::command::verify(device, 0, 1)));
	EXPECT_FALSE(ringline::sanitize(device, ringline_sanitize_options{}));
	EXPECT_EQ(ringline::self_test(device, 0, RINGLINE_SELF_TEST_SHORT)->status.code(), 1U) << "no such command";
	const std::array<std::uint16_t, 1> controllers = {0};
	EXPECT_EQ(ringline::namespace_attach(device, 1, controllers)->status.code(), 1U);
	EXPECT_EQ(ringline::namespace_detach(device, 1, controllers)->status.code(), 1U);
}

TEST_P(CppAdmin, commands_are_pushed_beside_others)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ASSERT_TRUE(
		queue.push(*AdminCommand::identify(device, controller(), 1), ledger.memory(RINGLINE_IDENTIFY_BYTES)));
	ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block), 2));
	ASSERT_TRUE(queue.push(*AdminCommand::log_read(device, log(2), 512, 3), ledger.memory(512)));
	ASSERT_TRUE(queue.push(*AdminCommand::feature_get(device, feature(6), 0, 4)));
	EXPECT_EQ(ledger.held(), 3);
	for (int i = 0; i < 4; ++i) {
		const ringline::Result<Completed> got = queue.next();
		ASSERT_TRUE(got);
		ASSERT_TRUE(got->ok()) << got->error().message();
		if (got->user_data == 1) {
			EXPECT_EQ(*Page(RINGLINE_PAGE_IDENTIFY + 1, got->memory).text("mn"), "ringline simulated NVMe");
		}
		if (got->user_data == 4) {
			EXPECT_EQ(got->result, 1U);
		}
	}
	EXPECT_EQ(ledger.held(), 0);
}

TEST_P(CppAdmin, memory_of_another_size_is_refused_and_kept)
{
	const Device device = open();
	Queue queue = make_queue(device);
	Memory memory = ledger.memory(512);
	EXPECT_EQ(queue.push(*AdminCommand::identify(device, controller()), std::move(memory)).number(), -ENOBUFS);
	EXPECT_EQ(memory.size(), 512U);
	EXPECT_EQ(queue.in_flight(), 0U);
	EXPECT_FALSE(AdminCommand::log_read(device, log(2), 3));
}

TEST_P(CppAdmin, a_device_that_takes_none_is_explained)
{
	const Device device = open("null:");
	Queue queue = make_queue(device);
	const ringline::Pushed pushed =
		queue.push(*AdminCommand::identify(device, controller()), ledger.memory(RINGLINE_IDENTIFY_BYTES));
	ASSERT_FALSE(pushed);
	EXPECT_EQ(pushed.number(), -ENOTTY);
	EXPECT_EQ(pushed.diagnosis().rule, RINGLINE_RULE_PLANE);
}

#if defined(__cpp_impl_coroutine)
ringline::Task ask(ringline::AsyncQueue &queue, const Device &device, const ringline_identify_options &options,
		   Completed &page, Completed &zeroes)
{
	page = co_await queue.push(*AdminCommand::identify(device, options, 5),
				   *Memory::allocate(RINGLINE_IDENTIFY_BYTES));
	ringline_command_extended command{};
	command.base = ringline::command::write_zeroes(device, 0, 4, 6);
	zeroes = co_await queue.push(command);
}

TEST_P(CppAdmin, a_coroutine_awaits_them)
{
	const Device device = open();
	ringline::AsyncQueue queue = *ringline::AsyncQueue::create(make_queue(device));
	Completed page;
	Completed zeroes;
	const ringline::Task task = ask(queue, device, controller(), page, zeroes);
	ASSERT_TRUE(queue.run());
	ASSERT_TRUE(page.ok());
	EXPECT_EQ(page.user_data, 5U);
	EXPECT_EQ(*Page(RINGLINE_PAGE_IDENTIFY + 1, page.memory).text("mn"), "ringline simulated NVMe");
	EXPECT_TRUE(zeroes.ok());
	EXPECT_EQ(zeroes.user_data, 6U);
}
#endif

RINGLINE_BINDING_INSTANTIATE(CppAdmin);

} // namespace
