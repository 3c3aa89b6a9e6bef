// SPDX-License-Identifier: MIT OR Apache-2.0
// Much data and many openings on the drives of the virtual machine.
#include "fixture.h"

#include <ringline/admin.h>

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

namespace contract
{
namespace
{

/// 16 MiB on blocks of 4096 bytes: a pass with one block a command is 4,096 commands. Blocks of 512 would be eight
/// times as many and minutes under emulation; what every length does to them is in transfer_test.cpp.
class FullSizeTest : public testing::Test
{
protected:
	static constexpr std::uint32_t block = 4096;
	static constexpr std::uint32_t blocks = 4096;
	static constexpr std::uint64_t first_lba = 64;
	static constexpr std::uint32_t pieces = 4; ///< Segments of a vectored command.
	static constexpr std::uint32_t passes = 64;
	static constexpr std::array<std::uint32_t, 8> depths = {1, 2, 4, 8, 16, 32, 64, 128};

	void SetUp() override
	{
		if (std::getenv("RINGLINE_VM") == nullptr) {
			GTEST_SKIP() << "needs the drives of the virtual machine (RINGLINE_VM=1)";
		}
		device_.emplace(open_device("/dev/vm/ringA-ng2"));
		ASSERT_EQ(device_->info().block_size, block);
		fill_pattern(source_.bytes(), 16);
	}
	/// What a pass writes: never what the last one left in the same place.
	[[nodiscard]] const std::uint8_t *source(std::uint32_t pass) const
	{
		return source_.data() + std::size_t{pass % passes} * block;
	}
	[[nodiscard]] std::uint8_t *target() const { return target_.data(); }
	/// Moves 16 MiB by so many commands in flight of so many blocks, from or to consecutive memory.
	void move(std::uint8_t opcode, const std::uint8_t *memory, std::uint32_t depth, std::uint32_t count)
	{
		each(opcode, depth, count, [&](std::uint32_t at, ringline_command *command) {
			command->address = reinterpret_cast<std::uint64_t>(memory) + std::uint64_t{at} * block;
		});
	}
	/// By commands of 8 blocks in 4 segments: each quarter of the memory has every fourth piece of two blocks.
	void move_in_pieces(std::uint8_t opcode, const std::uint8_t *memory, std::uint32_t depth)
	{
		constexpr std::uint32_t count = 2 * pieces;
		std::vector<std::array<ringline_segment, pieces>> segments(blocks / count);
		each(opcode, depth, count, [&](std::uint32_t at, ringline_command *command) {
			std::array<ringline_segment, pieces> &own = segments[at / count];
			for (std::uint32_t i = 0; i < pieces; ++i) {
				own[i] = {reinterpret_cast<std::uint64_t>(piece(memory, at / count, i)), 2 * block};
			}
			command->address = reinterpret_cast<std::uint64_t>(own.data());
			command->flags = RINGLINE_VECTORED;
			command->segments = pieces;
		});
	}
	static const std::uint8_t *piece(const std::uint8_t *memory, std::uint32_t command, std::uint32_t number)
	{
		return memory + (std::size_t{number} * blocks / pieces + std::size_t{command} * 2) * block;
	}
	void expect_target_is(const std::uint8_t *wanted) const
	{
		EXPECT_EQ(std::memcmp(target(), wanted, std::size_t{blocks} * block), 0);
	}
	void forget() const { target_.fill(0xee); }

private:
	template <class Place> void each(std::uint8_t opcode, std::uint32_t depth, std::uint32_t count, Place &&place)
	{
		ringline_queue_options options = {};
		options.struct_size = sizeof options;
		options.engine = RINGLINE_ENGINE_URING;
		options.depth = depth;
		ringline_queue *made = nullptr;
		ASSERT_EQ(ringline_queue_create(&options, nullptr, &made), 0);
		const Queue queue(made);
		ASSERT_EQ(ringline_queue_attach(queue, *device_), 0);
		std::vector<ringline_completion> completions(depth);
		std::uint32_t next = 0;
		std::uint32_t in_flight = 0;
		while (next < blocks || in_flight > 0) {
			for (; next < blocks && in_flight < depth; next += count, ++in_flight) {
				ringline_command command = {};
				command.device = *device_;
				command.opcode = opcode;
				command.lba = first_lba + next;
				command.blocks = count;
				command.length = count * block;
				place(next, &command);
				ASSERT_EQ(ringline_push(queue, &command, 1), 1);
			}
			const std::uint32_t half = (in_flight + 1) / 2; // fewer system calls
			const std::int32_t n =
				ringline_submit_and_wait(queue, completions.data(), depth, half, patience_ns);
			ASSERT_GT(n, 0);
			for (std::int32_t i = 0; i < n; ++i) {
				ASSERT_TRUE(succeeded(completions[static_cast<std::size_t>(i)]));
			}
			in_flight -= static_cast<std::uint32_t>(n);
		}
	}

	std::optional<Device> device_;
	const Memory source_{(blocks + passes) * block};
	const Memory target_{blocks * block};
};

TEST_F(FullSizeTest, no_byte_of_16_mib_differs_at_any_depth_and_block_count)
{
	std::uint32_t pass = 0;
	for (const std::uint32_t count : {1U, 2U, 8U}) {
		for (const std::uint32_t depth : depths) {
			SCOPED_TRACE(std::to_string(count) + " blocks at depth " + std::to_string(depth));
			const std::uint8_t *written = source(++pass);
			move(RINGLINE_NVME_WRITE, written, depth, count);
			forget();
			move(RINGLINE_NVME_READ, target(), depth, count);
			expect_target_is(written);
			ASSERT_FALSE(HasFailure());
		}
	}
	// The kernel's own way to the same blocks.
	const int fd = ::open("/dev/vm/ringA-n2", O_RDONLY | O_DIRECT | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	forget();
	EXPECT_EQ(::pread(fd, target(), std::size_t{blocks} * block, first_lba * block),
		  static_cast<ssize_t>(std::size_t{blocks} * block));
	::close(fd);
	expect_target_is(source(pass));
}

TEST_F(FullSizeTest, no_byte_of_16_mib_in_vectors_of_four_differs_at_any_depth)
{
	std::uint32_t pass = passes / 2;
	for (const std::uint32_t depth : depths) {
		SCOPED_TRACE(depth);
		const std::uint8_t *written = source(++pass);
		move_in_pieces(RINGLINE_NVME_WRITE, written, depth);
		forget();
		move_in_pieces(RINGLINE_NVME_READ, target(), depth);
		expect_target_is(written);
		ASSERT_FALSE(HasFailure());
	}
	// And each piece is where its command says.
	move(RINGLINE_NVME_READ, target(), 32, 8);
	std::uint32_t misplaced = 0;
	for (std::uint32_t i = 0; i < blocks / 2; ++i) {
		const std::uint8_t *wanted = piece(source(pass), i / pieces, i % pieces);
		misplaced += std::memcmp(target() + std::size_t{i} * 2 * block, wanted, 2 * block) != 0 ? 1 : 0;
	}
	EXPECT_EQ(misplaced, 0U);
}

/// Every node that the library lists, a controller's and a namespace's.
class EveryNodeTest : public testing::Test
{
protected:
	void SetUp() override
	{
		if (std::getenv("RINGLINE_VM") == nullptr) {
			GTEST_SKIP() << "needs the drives of the virtual machine (RINGLINE_VM=1)";
		}
		entries_.resize(256);
		const std::int32_t count = ringline_device_list(entries_.data(), 256);
		ASSERT_GT(count, 16);
		entries_.resize(static_cast<std::size_t>(count));
	}
	void open_and_close_all()
	{
		for (const ringline_device_entry &entry : entries_) {
			const Device device = open_device(entry.node);
			ASSERT_EQ(device.info().kind, entry.kind);
		}
	}
	[[nodiscard]] const std::vector<ringline_device_entry> &entries() const { return entries_; }

private:
	std::vector<ringline_device_entry> entries_;
};

TEST_F(EveryNodeTest, fifty_openings_leave_no_descriptor_and_no_memory)
{
	const auto descriptors = [] {
		const std::filesystem::directory_iterator open("/proc/self/fd");
		return std::distance(begin(open), end(open));
	};
	open_and_close_all();
	const auto descriptors_before = descriptors();
	const std::size_t memory_before = ::mallinfo2().uordblks;
	for (int round = 0; round < 50 && !HasFailure(); ++round) {
		open_and_close_all();
	}
	EXPECT_EQ(::mallinfo2().uordblks, memory_before);
	EXPECT_EQ(descriptors(), descriptors_before);
}

TEST_F(EveryNodeTest, an_offset_beyond_4_gib_reaches_the_drive)
{
	ringline_log_options options = {};
	options.struct_size = sizeof options;
	options.lid = 2; // 512 bytes long, so that the same offset without its upper half would be good
	std::array<std::uint8_t, 512> page = {};
	ringline_completion completion = {};
	const Device controller = open_device("/dev/vm/ringA");
	ASSERT_EQ(ringline_log_read(controller, &options, page.data(), page.size(), &completion), 512);
	options.offset = std::uint64_t{1} << 32;
	EXPECT_EQ(ringline_log_read(controller, &options, page.data(), page.size(), &completion), 0);
	EXPECT_EQ(completion.status & RINGLINE_STATUS_CODE_MASK, 0x002U) << "invalid field";
}

} // namespace
} // namespace contract
