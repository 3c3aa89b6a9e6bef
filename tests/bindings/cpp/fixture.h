// SPDX-License-Identifier: MIT OR Apache-2.0
// What the tests of the C++ binding share. C++17, and without exceptions too.
#pragma once

#include <ringline/ringline.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace binding
{

constexpr std::uint32_t block = 512;
constexpr std::int64_t millisecond_ns = 1'000'000;

/// Counts memory that is held, and overwrites what is freed.
class Ledger
{
public:
	ringline::Memory memory(std::size_t size, unsigned char value = 0)
	{
		auto *bytes = static_cast<unsigned char *>(std::malloc(size)); // NOLINT: freed by the release function
		std::memset(bytes, value, size);
		++held_;
		return {bytes, size,
			[](void *ledger, void *data, std::size_t length) {
				std::memset(data, 0xDD, length);
				std::free(data); // NOLINT
				--static_cast<Ledger *>(ledger)->held_;
			},
			this};
	}
	[[nodiscard]] int held() const { return held_; }

private:
	std::atomic<int> held_{0};
};

inline bool holds_only(const ringline::Memory &memory, unsigned char value)
{
	for (const std::byte byte : memory) {
		if (byte != std::byte{value}) {
			return false;
		}
	}
	return !memory.empty();
}

/// One engine with a device that keeps what is written. The path of the image is "sim:" and a file of its own.
class BindingTest : public testing::TestWithParam<std::uint32_t>
{
protected:
	void SetUp() override
	{
		char name[] = "/tmp/ringline-cpp-XXXXXX";
		ASSERT_NE(mkdtemp(name), nullptr);
		folder_ = name;
		ASSERT_TRUE(ringline::create_image(image().c_str(), image_options()));
	}
	void TearDown() override
	{
		for (const char *suffix : {"", ".ringline", ".metadata", ".zones", ".uncorrectable"}) {
			(void)unlink((image() + suffix).c_str());
		}
		EXPECT_EQ(rmdir(folder_.c_str()), 0);
	}
	[[nodiscard]] virtual ringline_sim_options image_options() const
	{
		ringline_sim_options options{};
		options.blocks = 1024;
		return options;
	}
	[[nodiscard]] std::string image() const { return folder_ + "/disk.img"; }
	[[nodiscard]] ringline::Device open() const { return open("sim:" + image()); }
	static ringline::Device open(const std::string &path)
	{
		ringline::Result<ringline::Device> device = ringline::Device::open(path.c_str());
		EXPECT_TRUE(device) << path << ": " << device.error().message();
		return *std::move(device);
	}
	[[nodiscard]] static ringline_queue_options options(std::uint32_t depth = 0, std::uint32_t flags = 0)
	{
		ringline_queue_options options{};
		options.struct_size = sizeof options;
		options.engine = GetParam();
		options.depth = depth;
		options.flags = flags;
		return options;
	}
	static ringline::Queue make_queue(const ringline::Device &device, std::uint32_t depth = 0,
					  std::uint32_t flags = 0)
	{
		const ringline_queue_options wanted = options(depth, flags);
		ringline::Result<ringline::Queue> queue = ringline::Queue::create(&wanted);
		EXPECT_TRUE(queue) << queue.error().message();
		EXPECT_TRUE(queue->attach(device));
		return *std::move(queue);
	}
	static ringline_fault_rule fault(std::uint32_t action, std::uint32_t opcode)
	{
		ringline_fault_rule rule{};
		rule.struct_size = sizeof rule;
		rule.action = action;
		rule.opcode = opcode;
		return rule;
	}
	static void set(const ringline::Device &device, const ringline_fault_rule &rule)
	{
		ASSERT_GT(ringline_sim_fault_set(device.get(), &rule), 0);
	}
	static void delay(const ringline::Device &device, std::uint32_t opcode, std::int64_t delay_ns)
	{
		ringline_fault_rule rule = fault(RINGLINE_FAULT_DELAY, opcode);
		rule.delay_ns = static_cast<std::uint64_t>(delay_ns);
		set(device, rule);
	}

	Ledger ledger;

private:
	std::string folder_;
};

} // namespace binding

#define RINGLINE_BINDING_INSTANTIATE(fixture)                                                                          \
	INSTANTIATE_TEST_SUITE_P(                                                                                      \
		cpp, fixture, testing::Values(RINGLINE_ENGINE_URING, RINGLINE_ENGINE_THREADS),                         \
		[](const auto &engine) { return engine.param == RINGLINE_ENGINE_URING ? "uring" : "threads"; })
