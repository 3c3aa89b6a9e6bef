// SPDX-License-Identifier: MIT OR Apache-2.0
// What goes in comes back, with the outcome told in C++'s terms.
#include "fixture.h"

#include <array>
#include <vector>

namespace
{

using ringline::Completed;
using ringline::Device;
using ringline::Memory;
using ringline::Queue;
using ringline::Result;
using ringline::Status;

// By number, so that a binding that mixes them up does not agree with itself.
static_assert(static_cast<int>(ringline::Retry::never) == 0 && static_cast<int>(ringline::Retry::if_idempotent) == 1 &&
	      static_cast<int>(ringline::Retry::other_path) == 2 && ringline::forever == -1);

class Cpp : public binding::BindingTest
{
};

TEST_P(Cpp, what_was_written_is_read_back)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ASSERT_TRUE(queue.write(device, 5, 2, ledger.memory(2 * binding::block, 0x5A), 1, RINGLINE_FUA));
	Result<Completed> written = queue.next();
	ASSERT_TRUE(written && written->ok());
	ASSERT_TRUE(queue.flush(device, 2));
	ASSERT_TRUE(queue.next()->ok());
	ASSERT_TRUE(queue.read(device, 5, 2, ledger.memory(2 * binding::block), 3));
	Result<Completed> read = queue.next();
	ASSERT_TRUE(read && read->ok());
	EXPECT_EQ(read->user_data, 3U);
	EXPECT_EQ(read->device.value, device.get().value);
	EXPECT_TRUE(binding::holds_only(read->memory, 0x5A));
}

TEST_P(Cpp, memory_comes_back_with_its_own_completion)
{
	const Device device = open();
	Queue queue = make_queue(device, 64);
	std::array<std::byte *, 64> addresses{};
	for (std::uint32_t index = 0; index < 64; ++index) {
		Memory memory = ledger.memory(binding::block);
		addresses[index] = memory.data();
		ASSERT_TRUE(queue.read(device, index, 1, std::move(memory), index));
		EXPECT_TRUE(memory.empty());
	}
	std::array<Completed, 64> completed;
	std::uint32_t seen = 0;
	while (seen < 64) {
		const ringline::Count taken = queue.submit_and_wait(completed, 64 - seen);
		ASSERT_TRUE(taken);
		ASSERT_GT(*taken, 0U);
		for (std::uint32_t index = 0; index < *taken; ++index) {
			EXPECT_EQ(completed[index].memory.data(), addresses[completed[index].user_data]);
		}
		seen += *taken;
	}
	EXPECT_EQ(ledger.held(), 64);
	EXPECT_EQ(queue.in_flight(), 0U);
}

TEST_P(Cpp, a_command_that_is_refused_leaves_the_memory_with_its_owner)
{
	const Device device = open();
	Queue queue = make_queue(device, 1);
	Memory memory = ledger.memory(binding::block);
	EXPECT_EQ(queue.read(device, 1024, 1, std::move(memory)).error(), std::errc::result_out_of_range);
	EXPECT_EQ(queue.read(device, 0, 2, std::move(memory)).number(), -ENOBUFS);
	ringline_command vectored{};
	vectored.flags = RINGLINE_VECTORED;
	EXPECT_EQ(queue.push(vectored, std::move(memory)).number(), -EINVAL);
	EXPECT_EQ(memory.size(), binding::block);
	ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block)));
	EXPECT_EQ(queue.read(device, 0, 1, std::move(memory)).number(), -EAGAIN);
	EXPECT_EQ(memory.size(), binding::block);
	EXPECT_TRUE(queue.next()->ok());
	EXPECT_TRUE(queue.read(device, 0, 1, std::move(memory)));
	EXPECT_TRUE(queue.next()->ok());
}

TEST_P(Cpp, a_command_that_is_refused_says_by_how_much)
{
	const Device device = open();
	Queue queue = make_queue(device, 1);
	Memory memory = ledger.memory(binding::block);
	ringline_command command{};
	command.device = device.get();
	command.lba = 4000;
	command.blocks = 1;
	command.opcode = RINGLINE_NVME_READ;
	for (const ringline::Pushed &pushed :
	     {queue.read(device, 4000, 1, std::move(memory)), queue.write(device, 4000, 1, std::move(memory)),
	      queue.push(command, std::move(memory))}) {
		EXPECT_EQ(pushed.number(), -ERANGE);
		const ringline_diagnosis diagnosis = pushed.diagnosis();
		EXPECT_EQ(diagnosis.error, -ERANGE);
		EXPECT_NE(std::string(diagnosis.text).find("4000"), std::string::npos) << diagnosis.text;
		EXPECT_NE(std::string(diagnosis.text).find("1024"), std::string::npos) << diagnosis.text;
#if defined(__cpp_exceptions)
		try {
			pushed.value();
			FAIL() << "nothing was thrown";
		} catch (const ringline::Error &error) {
			EXPECT_STREQ(error.what(), diagnosis.text);
			EXPECT_EQ(error.code(), std::errc::result_out_of_range);
		}
#endif
	}
	// That the queue is full is no fault of the command.
	ASSERT_TRUE(queue.flush(device));
	const ringline::Pushed full = queue.flush(device);
	EXPECT_EQ(full.diagnosis().error, -EAGAIN);
	EXPECT_STREQ(full.diagnosis().text, "");
}

TEST_P(Cpp, flags_and_lengths_reach_the_library)
{
	const Device device = open();
	Queue queue = make_queue(device);
	Memory memory = ledger.memory(binding::block);
	constexpr std::uint16_t unknown = 0x4000;
	EXPECT_EQ(queue.read(device, 0, 1, std::move(memory), 0, unknown).number(), -EINVAL);
	EXPECT_EQ(queue.write(device, 0, 1, std::move(memory), 0, unknown).number(), -EINVAL);
	ringline_command command{};
	command.device = device.get();
	command.blocks = 1;
	command.opcode = RINGLINE_NVME_READ;
	command.flags = unknown;
	EXPECT_EQ(queue.push(command, std::move(memory)).number(), -EINVAL);
	command.flags = RINGLINE_LIMITED_RETRY;
	EXPECT_TRUE(queue.push(command, std::move(memory)));
	EXPECT_TRUE(queue.next()->ok());
	// Cut off to 32 bits these would be what the blocks need.
	const auto keep = [](void *, void *, std::size_t) {};
	static std::array<std::byte, binding::block> block;
	Memory endless(block.data(), (std::size_t{1} << 32) + block.size(), keep, nullptr);
	EXPECT_EQ(queue.read(device, 0, 1, std::move(endless)).number(), -ENOBUFS);
	EXPECT_EQ(queue.write(device, 0, 1, std::move(endless)).number(), -ENOBUFS);
	EXPECT_EQ(queue.push(command, std::move(endless)).number(), -ENOBUFS);
	EXPECT_FALSE(endless.empty());
}

TEST_P(Cpp, a_status_is_an_error_code_of_the_device)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	rule.status = 0x281 | RINGLINE_STATUS_DNR;
	set(device, rule);
	ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block)));
	Result<Completed> result = queue.next();
	ASSERT_TRUE(result);
	const Completed &completed = *result;
	EXPECT_FALSE(completed.ok());
	EXPECT_EQ(completed.error().category(), ringline::nvme_category());
	EXPECT_NE(completed.error().message().find("unrecovered-read-error"), std::string::npos);
	EXPECT_EQ(completed.status.code(), 0x281);
	EXPECT_EQ(completed.status.retry(), ringline::Retry::never);
	EXPECT_STREQ(completed.status.name(), "unrecovered-read-error");
	EXPECT_EQ(completed.memory.size(), binding::block);
	EXPECT_FALSE(completed.outcome_unknown());
}

TEST_P(Cpp, an_errno_is_an_error_code_of_the_call)
{
	const Device device = open();
	Queue queue = make_queue(device);
	ringline_fault_rule rule = fault(RINGLINE_FAULT_ERROR, RINGLINE_NVME_WRITE);
	rule.error = -EIO;
	set(device, rule);
	ASSERT_TRUE(queue.write(device, 0, 1, ledger.memory(binding::block)));
	Result<Completed> completed = queue.next();
	ASSERT_TRUE(completed);
	EXPECT_EQ(completed->error(), std::errc::io_error);
	EXPECT_EQ(completed->error().category(), ringline::call_category());
	EXPECT_TRUE(completed->not_sent());
}

TEST_P(Cpp, a_dropped_command_gives_its_memory_back_when_it_is_cancelled)
{
	const Device device = open();
	Queue queue = make_queue(device);
	set(device, fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ));
	ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block), 7));
	ASSERT_TRUE(queue.read(device, 1, 1, ledger.memory(binding::block), 7));
	ASSERT_TRUE(queue.read(device, 2, 1, ledger.memory(binding::block), 8));
	ASSERT_TRUE(queue.submit());
	EXPECT_EQ(queue.next(binding::millisecond_ns).number(), -ETIME);
	EXPECT_EQ(*queue.cancel(7), 2U);
	EXPECT_EQ(queue.cancel(9).number(), -ENOENT);
	for (int count = 0; count < 2; ++count) {
		Result<Completed> completed = queue.next();
		ASSERT_TRUE(completed);
		EXPECT_EQ(completed->user_data, 7U);
		EXPECT_EQ(completed->error(), std::errc::operation_canceled);
		EXPECT_NE(completed->outcome_unknown(), completed->not_sent()) << "if no worker had begun it";
		EXPECT_EQ(completed->memory.size(), binding::block);
	}
	EXPECT_EQ(ledger.held(), 1);
}

TEST_P(Cpp, next_tells_why_there_is_none)
{
	const Device device = open();
	Queue queue = make_queue(device);
	EXPECT_EQ(queue.next().number(), -ENOENT);
	EXPECT_EQ(queue.next(0).number(), -ENOENT);
	set(device, fault(RINGLINE_FAULT_DROP, RINGLINE_NVME_READ));
	ASSERT_TRUE(queue.read(device, 0, 1, ledger.memory(binding::block)));
	EXPECT_EQ(queue.next(0).number(), -ETIME);
	EXPECT_EQ(queue.next(binding::millisecond_ns).number(), -ETIME);
	ASSERT_TRUE(queue.wakeup());
	EXPECT_EQ(queue.next().number(), -EINTR);
}

TEST_P(Cpp, a_device_that_vanishes_gives_the_memory_back)
{
	const Device device = open();
	Queue queue = make_queue(device);
	set(device, fault(RINGLINE_FAULT_VANISH, RINGLINE_NVME_WRITE));
	ASSERT_TRUE(queue.write(device, 0, 1, ledger.memory(binding::block)));
	Result<Completed> completed = queue.next();
	ASSERT_TRUE(completed);
	EXPECT_TRUE(completed->outcome_unknown());
	Memory memory = std::move(completed->memory);
	EXPECT_EQ(queue.write(device, 0, 1, std::move(memory)).error(), std::errc::no_such_device);
	EXPECT_EQ(memory.size(), binding::block);
}

TEST_P(Cpp, a_container_goes_in_and_its_bytes_come_back)
{
	const Device device = open();
	Queue queue = make_queue(device);
	std::vector<std::uint32_t> words(binding::block / sizeof(std::uint32_t), 0x01010101);
	ASSERT_TRUE(queue.write(device, 9, 1, *Memory::of(std::move(words))));
	ASSERT_TRUE(queue.next()->ok());
	ASSERT_TRUE(queue.read(device, 9, 1, *Memory::allocate(binding::block)));
	EXPECT_TRUE(binding::holds_only(queue.next()->memory, 0x01));
	EXPECT_EQ(Memory::allocate(0).number(), -EINVAL);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // which end the program instead
	EXPECT_EQ(Memory::allocate(std::size_t{1} << 60).number(), -ENOMEM);
#endif
}

TEST_P(Cpp, arrays_are_pushed_and_waited_for_on_a_queue_that_borrows)
{
	for (const Device &device : {open(), open("null:")}) {
		const ringline_queue_options wanted = options();
		ringline::BorrowingQueue queue = *ringline::BorrowingQueue::create(&wanted);
		ASSERT_TRUE(queue.attach(device));
		std::vector<std::byte> bytes(8 * std::size_t{binding::block});
		std::array<ringline_command, 8> commands{};
		for (std::uint32_t index = 0; index < 8; ++index) {
			commands[index].user_data = index;
			commands[index].device = device.get();
			commands[index].lba = index;
			commands[index].blocks = 1;
			commands[index].length = binding::block;
			commands[index].address =
				reinterpret_cast<std::uintptr_t>(bytes.data() + std::size_t{index} * binding::block);
			commands[index].opcode = RINGLINE_NVME_READ;
		}
		ASSERT_EQ(*queue.push(commands), 8U);
		std::array<ringline_completion, 16> completions{};
		EXPECT_EQ(*queue.submit_and_wait(completions, 8), 8U);
		std::uint32_t taken = 0;
		EXPECT_EQ(*queue.exchange({commands.data(), 3}, taken, completions, 3), 3U);
		EXPECT_EQ(taken, 3U);
		commands[0].lba = UINT64_MAX;
		EXPECT_EQ(queue.push(commands).error(), std::errc::result_out_of_range);
		EXPECT_TRUE(queue.close());
	}
}

TEST(CppErrors, statuses_are_compared_without_more_and_dnr)
{
	const std::error_code hard = make_error_code(Status(0x281 | RINGLINE_STATUS_DNR | RINGLINE_STATUS_MORE));
	EXPECT_EQ(hard, std::error_condition(0x281, ringline::nvme_category()));
	EXPECT_NE(hard, std::error_condition(0x280, ringline::nvme_category()));
	EXPECT_TRUE(Status(RINGLINE_STATUS_MORE).ok());
	EXPECT_FALSE(make_error_code(Status(RINGLINE_STATUS_DNR)));
}

TEST(CppErrors, what_may_be_done_about_a_status_is_told)
{
	EXPECT_EQ(Status(0x004).retry(), ringline::Retry::if_idempotent);
	EXPECT_EQ(Status(0x002).retry(), ringline::Retry::never);
	EXPECT_EQ(Status(0x370).retry(), ringline::Retry::other_path);
}

TEST(CppErrors, a_device_that_cannot_be_opened_says_why)
{
	ringline_diagnosis diagnosis{};
	diagnosis.struct_size = sizeof diagnosis;
	const Result<Device> device = Device::open("sim:/nowhere/disk.img", nullptr, &diagnosis);
	EXPECT_FALSE(device);
	EXPECT_EQ(device.error(), std::errc::no_such_file_or_directory);
	EXPECT_NE(std::string(diagnosis.text).find("/nowhere/disk.img"), std::string::npos);
}

#if defined(__cpp_exceptions)
TEST(CppErrors, what_is_thrown_carries_the_diagnosis)
{
	try {
		const Device device("sim:/nowhere/disk.img");
		FAIL() << "opened";
	} catch (const ringline::Error &error) {
		EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory);
		EXPECT_NE(std::string(error.what()).find("/nowhere/disk.img"), std::string::npos);
		EXPECT_STREQ(error.what(), error.diagnosis().text);
		EXPECT_EQ(error.diagnosis().error, -ENOENT);
	}
	ringline_queue_options options{};
	options.struct_size = sizeof options;
	options.depth = 40'000;
	EXPECT_THROW(Queue{options}, ringline::Error);
	EXPECT_THROW(ringline::BorrowingQueue{options}, ringline::Error);
	EXPECT_THROW(Queue().next().value(), std::system_error);
	EXPECT_THROW(Queue().cancel(1).value(), std::system_error);
	EXPECT_THROW((void)Memory::allocate(0).value(), std::system_error);
}

TEST_P(Cpp, the_value_of_a_command_that_failed_is_thrown)
{
	const Device device(("sim:" + image()).c_str());
	Queue queue(options());
	queue.attach(device).value();
	ringline_fault_rule rule = fault(RINGLINE_FAULT_STATUS, RINGLINE_NVME_READ);
	rule.status = 0x281;
	set(device, rule);
	queue.read(device, 0, 1, ledger.memory(binding::block)).value();
	Completed completed = queue.next().value();
	try {
		(void)completed.value();
		FAIL() << "nothing was thrown";
	} catch (const std::system_error &error) {
		EXPECT_EQ(error.code(), make_error_code(Status(0x281)));
	}
	EXPECT_EQ(ledger.held(), 1);
}
#endif

RINGLINE_BINDING_INSTANTIATE(Cpp);

} // namespace
