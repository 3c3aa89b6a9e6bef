// SPDX-License-Identifier: MIT OR Apache-2.0
// roundtrip DEVICE: writes, flushes and reads back the first 64 KiB of it.
#include <ringline/ringline.hpp>

#include <iostream>

int main(int argc, char **argv)
try {
	ringline::Device device(argc == 2 ? argv[1] : throw std::invalid_argument("usage: roundtrip DEVICE"));
	ringline::Queue queue;
	queue.attach(device).value();
	const std::uint32_t blocks = 65536 / device.info().value().block_size;
	// The queue holds memory until the completion, which gives it back. The first value() is of the call, the
	// second of the command; both throw what went wrong.
	queue.write(device, 0, blocks, ringline::Memory::of(std::string(65536, 'r')).value()).value();
	const ringline::Memory written = queue.next().value().value();
	queue.flush(device).value();
	queue.next().value().value();
	queue.read(device, 0, blocks, ringline::Memory::allocate(65536).value()).value();
	const ringline::Memory read = queue.next().value().value();
	const bool same = std::equal(read.begin(), read.end(), written.begin(), written.end());
	std::cout << "65536 bytes written, flushed and read back: " << (same ? "identical\n" : "different\n");
	return same ? 0 : 1;
} catch (const std::exception &error) {
	std::cerr << error.what() << '\n';
	return 1;
}
