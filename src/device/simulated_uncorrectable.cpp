// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_uncorrectable.h"

#include "base/locked.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace ringline::device
{

namespace
{

constexpr std::uint64_t byte_bits = 8;
constexpr std::uint64_t piece_bytes = 1024;

/// The bits of a byte that are of these blocks.
std::uint8_t mask_of(std::uint64_t byte, std::uint64_t lba, std::uint64_t end)
{
	unsigned mask = 0xff;
	if (byte == lba / byte_bits) {
		mask &= 0xffU << (lba % byte_bits);
	}
	if (byte == end / byte_bits) {
		mask &= (1U << (end % byte_bits)) - 1;
	}
	return static_cast<std::uint8_t>(mask);
}

/// What is behind the end of the file are zeros.
bool read_bits(int fd, std::uint8_t *bits, FileRange range)
{
	std::fill(bits, bits + range.length, std::uint8_t{0});
	return read_file(fd, bits, range) || errno == 0;
}

} // namespace

std::int32_t Uncorrectable::open(const char *path, bool writable)
{
	const Locked locked(&lock_);
	(void)std::snprintf(path_, sizeof path_, "%s", path);
	Fd fd(::open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
	if (!fd.valid()) {
		return errno == ENOENT || errno == ENAMETOOLONG ? 0 : -errno;
	}
	struct stat facts = {};
	if (::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
		return -EINVAL;
	}
	if (fd_.valid()) {
		// Others may be reading: the number stays, and what it means is exchanged.
		return ::dup3(fd.get(), fd_.get(), O_CLOEXEC) >= 0 ? 0 : -errno;
	}
	fd_ = std::move(fd);
	any_.store(true, std::memory_order_release);
	return 0;
}

bool Uncorrectable::make()
{
	if (!fd_.valid()) {
		fd_ = Fd(::open(path_, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666));
		any_.store(fd_.valid(), std::memory_order_release);
	}
	return fd_.valid();
}

bool Uncorrectable::contains(std::uint64_t lba, std::uint64_t blocks) const
{
	const std::uint64_t end = lba + blocks;
	std::uint8_t bits[piece_bytes];
	const std::uint64_t last = (end + byte_bits - 1) / byte_bits;
	for (std::uint64_t byte = lba / byte_bits; byte < last; byte += piece_bytes) {
		const std::uint64_t count = std::min(piece_bytes, last - byte);
		if (!read_bits(fd_.get(), bits, {byte, count})) {
			return true;
		}
		for (std::uint64_t i = 0; i < count; ++i) {
			if ((bits[i] & mask_of(byte + i, lba, end)) != 0) {
				return true;
			}
		}
	}
	return false;
}

bool Uncorrectable::touches(std::uint64_t lba, std::uint64_t blocks)
{
	return any_.load(std::memory_order_acquire) && contains(lba, blocks);
}

bool Uncorrectable::change(std::uint64_t lba, std::uint64_t blocks, bool on)
{
	const std::uint64_t end = lba + blocks;
	std::uint8_t bits[piece_bytes];
	const std::uint64_t last = (end + byte_bits - 1) / byte_bits;
	for (std::uint64_t byte = lba / byte_bits; byte < last; byte += piece_bytes) {
		const std::uint64_t count = std::min(piece_bytes, last - byte);
		if (!read_bits(fd_.get(), bits, {byte, count})) {
			return false;
		}
		for (std::uint64_t i = 0; i < count; ++i) {
			const std::uint8_t mask = mask_of(byte + i, lba, end);
			bits[i] = static_cast<std::uint8_t>(on ? bits[i] | mask : bits[i] & ~mask);
		}
		if (!write_file(fd_.get(), bits, {byte, count})) {
			return false;
		}
	}
	return true;
}

bool Uncorrectable::set(std::uint64_t lba, std::uint64_t blocks)
{
	const Locked locked(&lock_);
	return make() && change(lba, blocks, true);
}

bool Uncorrectable::clear(std::uint64_t lba, std::uint64_t blocks)
{
	if (!touches(lba, blocks)) {
		return true;
	}
	const Locked locked(&lock_);
	return change(lba, blocks, false);
}

bool Uncorrectable::sync() const
{
	return !any_.load(std::memory_order_acquire) || ::fdatasync(fd_.get()) == 0;
}

} // namespace ringline::device
