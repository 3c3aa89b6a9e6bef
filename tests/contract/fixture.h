// SPDX-License-Identifier: MIT OR Apache-2.0
// Owned handles and the fixtures of the contract.
#pragma once

#include "combination.h"
#include "memory.h"
#include "process.h"

#include <ringline/ringline.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace contract
{

/// A handle that is closed at the end of the scope.
class Device
{
public:
	explicit Device(ringline_device handle = {}) : handle_(handle) {}
	Device(Device &&other) noexcept : handle_(std::exchange(other.handle_, {})) {}
	Device &operator=(Device &&other) noexcept
	{
		EXPECT_EQ(close(), 0);
		handle_ = std::exchange(other.handle_, {});
		return *this;
	}
	~Device() { EXPECT_EQ(close(), 0); }

	operator ringline_device() const { return handle_; }
	[[nodiscard]] ringline_device_info info() const;
	/// Closes it now; 0 if there is nothing to close.
	std::int32_t close()
	{
		const ringline_device handle = std::exchange(handle_, {});
		return handle.value != 0 ? ringline_device_close(handle) : 0;
	}

private:
	ringline_device handle_;
};

/// A queue that its owner, the thread of the test, destroys at the end of the scope.
class Queue
{
public:
	explicit Queue(ringline_queue *queue = nullptr) : queue_(queue) {}
	Queue(Queue &&other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
	Queue &operator=(Queue &&) = delete;
	~Queue() { EXPECT_EQ(destroy(), 0); }

	operator ringline_queue *() const { return queue_; }
	[[nodiscard]] ringline_queue_info info() const;
	std::int32_t destroy() { return ringline_queue_destroy(std::exchange(queue_, nullptr)); }
	/// Somebody else destroys it, or nobody can any more.
	ringline_queue *release() { return std::exchange(queue_, nullptr); }

private:
	ringline_queue *queue_;
};

/// A library buffer that is freed at the end of the scope.
class Buffer
{
public:
	explicit Buffer(ringline_buffer handle = {}) : handle_(handle) {}
	Buffer(Buffer &&other) noexcept : handle_(std::exchange(other.handle_, {})) {}
	Buffer &operator=(Buffer &&) = delete;
	~Buffer() { EXPECT_EQ(free(), 0); }

	operator ringline_buffer() const { return handle_; }
	[[nodiscard]] ringline_buffer_info info() const;
	[[nodiscard]] std::span<std::uint8_t> bytes() const;
	std::int32_t free()
	{
		const ringline_buffer handle = std::exchange(handle_, {});
		return handle.value != 0 ? ringline_buffer_free(handle) : 0;
	}

private:
	ringline_buffer handle_;
};

/// A buffer of the library's own, or around the memory given.
Buffer make_buffer(std::uint64_t length, const Memory *adopt = nullptr);

/// Pushed as one command, and waited for.
ringline_completion run(ringline_queue *queue, const ringline_command &command);
/// Submits, and waits for so many completions.
std::vector<ringline_completion> collect(ringline_queue *queue, std::uint32_t count);
ringline_completion collect_one(ringline_queue *queue);
/// Did the command do what it was asked to?
testing::AssertionResult succeeded(const ringline_completion &completion);
/// A diagnosis that is ready to be written.
ringline_diagnosis blank_diagnosis();
ringline_fault_rule fault(std::uint32_t action, std::uint32_t opcode);
/// Opens whatever the path names, or fails the test.
Device open_device(const std::string &path, std::uint32_t flags = 0, std::uint32_t block_size = 0);
/// A queue of that engine, with the device attached. For tests of one drive; others have make_queue().
Queue queue_for(ringline_device device, std::uint32_t engine);
/// The node of the controller that a namespace's node belongs to: /dev/nvme0 of /dev/ng0n1.
std::string controller_of(const ringline_device_info &facts);
/// Makes an image of so many blocks.
void make_image(const std::string &path, std::uint64_t blocks, std::uint32_t block_size);

/// A fixture that has the engine and the device of a combination at hand, but opens nothing yet.
class ContractTest : public testing::TestWithParam<Combination>
{
protected:
	static constexpr std::uint64_t image_blocks = 4096;

	void SetUp() override;
	/// What ringline_device_open() takes.
	[[nodiscard]] const std::string &path() const { return path_; }
	/// The image behind a simulated device, without "sim:".
	[[nodiscard]] std::string image() const { return folder_.path("disk.img"); }
	[[nodiscard]] const Folder &folder() const { return folder_; }
	[[nodiscard]] bool stores() const { return GetParam().kind != Kind::null; }
	[[nodiscard]] Device open(std::uint32_t flags = 0) const { return open_device(path_, flags); }
	/// A queue of this engine.
	[[nodiscard]] Queue make_queue(const ringline_queue_options &options = {}) const;

private:
	Folder folder_;
	std::string path_;
};

/// With the device open and attached to a queue.
class AttachedTest : public ContractTest
{
protected:
	void SetUp() override;
	void TearDown() override;
	/// What SetUp() makes the queue with.
	[[nodiscard]] virtual ringline_queue_options queue_options() const { return {}; }
	/// Attaches the device to another queue of this engine, instead of the one that SetUp() made.
	void replace_queue(const ringline_queue_options &options);

	[[nodiscard]] ringline_device device() const { return *device_; }
	[[nodiscard]] ringline_queue *queue() const { return *queue_; }
	[[nodiscard]] Device &owned_device() { return *device_; }
	[[nodiscard]] Queue &owned_queue() { return *queue_; }
	[[nodiscard]] const ringline_device_info &facts() const { return facts_; }
	[[nodiscard]] std::uint32_t block_size() const { return facts_.block_size; }
	/// The longest transfer in blocks.
	[[nodiscard]] std::uint32_t max_blocks() const;

	/// A command over all of the bytes, as many blocks as they hold.
	[[nodiscard]] ringline_command command(std::uint32_t opcode, std::uint64_t lba,
					       std::span<const std::uint8_t> bytes, std::uint64_t user_data = 0) const;
	[[nodiscard]] ringline_command write(std::uint64_t lba, const Memory &memory, std::uint64_t user_data = 0) const
	{
		return command(RINGLINE_NVME_WRITE, lba, memory.bytes(), user_data);
	}
	[[nodiscard]] ringline_command read(std::uint64_t lba, const Memory &memory, std::uint64_t user_data = 0) const
	{
		return command(RINGLINE_NVME_READ, lba, memory.bytes(), user_data);
	}
	[[nodiscard]] ringline_command flush(std::uint64_t user_data = 0) const;
	std::int32_t set_fault(const ringline_fault_rule &rule) const
	{
		return ringline_sim_fault_set(device(), &rule);
	}
	/// Holds reads back until the rule is cleared or they are cancelled. Simulated devices only.
	std::uint32_t drop_reads() const;
	[[nodiscard]] std::uint32_t in_flight() const { return queue_->info().in_flight; }

private:
	std::optional<Device> device_;
	std::optional<Queue> queue_;
	ringline_device_info facts_ = {};
};

} // namespace contract

/// Instantiates a fixture with one of the lists of combination.h.
#define RINGLINE_INSTANTIATE(fixture, combinations)                                                                    \
	INSTANTIATE_TEST_SUITE_P(contract, fixture, testing::ValuesIn(contract::combinations()), contract::name_of)

/// The same beside it, with one of the lists of queues that poll.
#define RINGLINE_INSTANTIATE_POLLING(fixture, combinations)                                                            \
	INSTANTIATE_TEST_SUITE_P(polling, fixture, testing::ValuesIn(contract::combinations()), contract::name_of)
