// SPDX-License-Identifier: MIT OR Apache-2.0
// coroutine DEVICE: eight coroutines on one queue each write a block of their own, flush, and read it back.
#include <ringline/ringline.hpp>

#include <algorithm>
#include <iostream>
#include <vector>

static ringline::Task round_trip(ringline::AsyncQueue &queue, const ringline::Device &device, std::uint64_t lba,
				 std::uint32_t block_size, std::uint32_t &succeeded)
{
	ringline::Memory memory = ringline::Memory::allocate(block_size).value();
	const std::byte mark{static_cast<unsigned char>(lba + 1)};
	std::fill(memory.begin(), memory.end(), mark);
	// Memory goes in with the command and comes back with its completion.
	memory = std::move((co_await queue.write(device, lba, 1, std::move(memory))).value());
	(co_await queue.flush(device)).value();
	std::fill(memory.begin(), memory.end(), std::byte{0});
	memory = std::move((co_await queue.read(device, lba, 1, std::move(memory))).value());
	const auto same = static_cast<std::size_t>(std::count(memory.begin(), memory.end(), mark));
	succeeded += same == memory.size() ? 1 : 0;
}

int main(int, char **argv)
try {
	constexpr std::uint32_t count = 8;
	ringline::Device device(argv[1]);
	ringline::AsyncQueue queue;
	queue.queue().attach(device).value();
	const std::uint32_t block_size = device.info().value().block_size;
	std::uint32_t succeeded = 0;
	std::vector<ringline::Task> tasks;
	tasks.reserve(count);
	for (std::uint64_t lba = 0; lba < count; ++lba) {
		tasks.push_back(round_trip(queue, device, lba, block_size, succeeded));
	}
	queue.run().value();
	for (const ringline::Task &task : tasks) {
		task.rethrow();
	}
	std::cout << succeeded << " of " << count << " blocks written, flushed and read back: identical\n";
	return succeeded == count ? 0 : 1;
} catch (const std::exception &error) {
	std::cerr << error.what() << '\n';
	return 1;
}
