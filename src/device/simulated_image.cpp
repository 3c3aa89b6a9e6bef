// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_image.h"

#include "base/diagnosis.h"
#include "base/memory.h"
#include "device/device.h"
#include "device/simulated_text.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>

namespace ringline::device
{

namespace
{

constexpr const char *geometry_suffix = ".ringline";
constexpr std::uint32_t default_block_size = 512;
constexpr std::uint32_t default_mdts_bytes = 1U << 20;
constexpr std::uint32_t least_mdts_bytes = 8192; // Identify says 2^n pages, and 2^0 means no limit
static_assert(sizeof(off_t) == 8, "images are larger than 32 bits can say");

/// A path with a suffix; too long a one is empty, which no call opens.
struct Beside {
	char path[PATH_MAX + 16];
	Beside(const char *image, const char *suffix)
	{
		const int length = std::snprintf(path, sizeof path, "%s%s", image, suffix);
		if (length < 0 || static_cast<std::size_t>(length) >= sizeof path) {
			path[0] = '\0';
		}
	}
};

bool is_block_size(std::uint64_t size)
{
	return size == 512 || size == 4096;
}

bool is_mdts(std::uint64_t bytes)
{
	return std::has_single_bit(bytes) && bytes >= least_mdts_bytes && bytes <= UINT32_MAX;
}

const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFBLK:
		return "a block device";
	case S_IFCHR:
		return "a character device";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	default:
		return "not a file";
	}
}

std::int32_t refuse_path(const char *path, std::int32_t error, bool writable, ringline_diagnosis *diagnosis)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return fail(diagnosis, {.error = -ENOENT, .rule = RINGLINE_RULE_PATH},
			    "There is no image '%.120s': nvmectl sim create or ringline_sim_create() makes one.", path);
	case EACCES:
	case EPERM:
	case EROFS:
	case ETXTBSY:
		if (writable) {
			return fail(diagnosis, {.error = -EROFS, .rule = RINGLINE_RULE_PERMISSION, .wanted = 3},
				    "'%.100s' can be read but not written. Open it with RINGLINE_OPEN_READ_ONLY.",
				    path);
		}
		return fail(diagnosis, {.error = -EACCES, .rule = RINGLINE_RULE_PERMISSION},
			    "Reading '%.100s' is not permitted. See the modes of the file and of its folders.", path);
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return fail(diagnosis, {.error = error, .rule = RINGLINE_RULE_RESOURCE},
			    "There is no free descriptor or memory to open '%.120s'.", path);
	default:
		return fail(diagnosis, {.error = -EIO, .rule = RINGLINE_RULE_PATH},
			    "'%.120s' cannot be opened (errno %d).", path, -error);
	}
}

/// O_NONBLOCK is for what is not a regular file after all, and means nothing to one.
int open_file(const char *path, bool writable)
{
	return ::open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/// What a line of the geometry file may say.
struct Key {
	std::string_view name;
	std::uint64_t value = 0;
	bool seen = false;
};

std::int32_t take_keys(const TextLines &lines, std::string_view line, std::span<Key> keys)
{
	std::string_view name;
	std::string_view value;
	std::int32_t taken = 0;
	while ((taken = lines.pair(&line, &name, &value)) > 0) {
		const int name_length = static_cast<int>(std::min<std::size_t>(name.size(), 40));
		const int value_length = static_cast<int>(std::min<std::size_t>(value.size(), 40));
		const auto key =
			std::find_if(keys.begin(), keys.end(), [name](const Key &known) { return known.name == name; });
		if (key == keys.end()) {
			return lines.refuse("the key '%.*s' is unknown.", name_length, name.data());
		}
		if (key->seen) {
			return lines.refuse("the key '%.*s' is there twice.", name_length, name.data());
		}
		if (!parse_number(value, INT64_MAX, &key->value)) {
			return lines.refuse("'%.*s' is no value for the key '%.*s'.", value_length, value.data(),
					    name_length, name.data());
		}
		key->seen = true;
	}
	return taken;
}

/// Compares the size of the image with the geometry; finds the blocks where it does not say.
std::int32_t compare_size(const char *path, int fd, ringline_diagnosis *diagnosis, ImageGeometry *geometry)
{
	struct stat facts = {};
	if (::fstat(fd, &facts) != 0) {
		return refuse_path(path, -errno, false, diagnosis);
	}
	const auto size = static_cast<std::uint64_t>(facts.st_size);
	if (size == 0) {
		return fail(diagnosis, {.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE}, "The image '%.120s' is empty.",
			    path);
	}
	if (size % geometry->block_size != 0) {
		return fail(
			diagnosis,
			{.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE, .given = size, .wanted = geometry->block_size},
			"The size of the image '%.80s', %llu bytes, is not a multiple of the block size, %u.", path,
			static_cast<unsigned long long>(size), geometry->block_size);
	}
	const std::uint64_t blocks = size / geometry->block_size;
	if (geometry->blocks != 0 && geometry->blocks != blocks) {
		return fail(
			diagnosis,
			{.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE, .given = blocks, .wanted = geometry->blocks},
			"The image '%.60s' has %llu blocks, but its geometry file says %llu: it was cut or extended.",
			path, static_cast<unsigned long long>(blocks),
			static_cast<unsigned long long>(geometry->blocks));
	}
	geometry->blocks = blocks;
	return 0;
}

/// The errnos that the header names; an unexpected one is -EIO.
/// Makes the names of new files outlast a power failure. False, with errno, if that failed; a folder that may not be
/// read and a file system that syncs no folders are no failure.
bool sync_folder_of(const char *path)
{
	Beside folder(path, "");
	char *const slash = std::strrchr(folder.path, '/');
	if (slash != nullptr) {
		slash[1] = '\0';
	}
	const Fd fd(::open(slash != nullptr ? folder.path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return !fd.valid() || ::fsync(fd.get()) == 0 || errno == EINVAL;
}

std::int32_t creation_error(int error)
{
	switch (error) {
	case EEXIST:
	case EINVAL:
	case ENOSPC:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return -error;
	case EDQUOT:
	case EFBIG:
		return -ENOSPC;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return -ENOENT;
	case EACCES:
	case EPERM:
	case EROFS:
		return -EACCES;
	default:
		return -EIO;
	}
}

Fd create_file(const char *path)
{
	return Fd(::open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666));
}

/// Makes the file, complete and on the medium, or leaves none.
std::int32_t write_geometry(const char *path, const ImageGeometry &geometry)
{
	char text[160];
	const int length = std::snprintf(
		text, sizeof text, "ringline-image 1\nblock_size=%u\nblocks=%llu\nmdts_bytes=%u\n", geometry.block_size,
		static_cast<unsigned long long>(geometry.blocks), geometry.mdts_bytes);
	assert(length > 0 && static_cast<std::size_t>(length) < sizeof text);
	const Fd fd = create_file(path);
	if (!fd.valid()) {
		return -errno;
	}
	std::size_t done = 0;
	const auto bytes = static_cast<std::size_t>(length);
	while (done < bytes) {
		const ssize_t written = ::write(fd.get(), text + done, bytes - done);
		if (written < 0 && errno != EINTR) {
			break;
		}
		done += written > 0 ? static_cast<std::size_t>(written) : 0;
	}
	if (done == bytes && ::fsync(fd.get()) == 0) {
		return 0;
	}
	const std::int32_t error = -errno;
	(void)::unlink(path);
	return error;
}

} // namespace

std::uint64_t pack_geometry(const ImageGeometry &geometry)
{
	assert(geometry.blocks < std::uint64_t{1} << 55 && is_block_size(geometry.block_size) &&
	       is_mdts(geometry.mdts_bytes));
	const auto mdts_shift = static_cast<std::uint64_t>(std::countr_zero(geometry.mdts_bytes));
	return geometry.blocks << 6 | mdts_shift << 1 | (geometry.block_size == 4096 ? 1U : 0U);
}

ImageGeometry unpack_geometry(std::uint64_t word)
{
	return {.blocks = word >> 6,
		.block_size = (word & 1) != 0 ? 4096U : 512U,
		.mdts_bytes = std::uint32_t{1} << (word >> 1 & 31)};
}

std::int32_t open_image(const char *path, bool writable, ringline_diagnosis *diagnosis, Fd *fd)
{
	// Only a regular file is opened at all: to open a watchdog or a tape has effects.
	struct stat facts = {};
	if (::stat(path, &facts) != 0) {
		return refuse_path(path, -errno, false, diagnosis);
	}
	if (S_ISREG(facts.st_mode)) {
		Fd opened(open_file(path, writable));
		if (!opened.valid()) {
			const std::int32_t error = -errno;
			const bool readable = writable && Fd(open_file(path, false)).valid();
			return refuse_path(path, error, readable, diagnosis);
		}
		if (::fstat(opened.get(), &facts) != 0) {
			return refuse_path(path, -errno, false, diagnosis);
		}
		*fd = std::move(opened);
	}
	if (!S_ISREG(facts.st_mode)) {
		fd->reset();
		return fail(diagnosis, {.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE},
			    "'%.120s' is %s. The image of a simulated device is a regular file.", path,
			    kind_of(facts.st_mode));
	}
	return 0;
}

std::int32_t parse_geometry(std::string_view text, const char *name, ringline_diagnosis *diagnosis,
			    ImageGeometry *geometry)
{
	Key keys[] = {{"block_size"}, {"blocks"}, {.name = "mdts_bytes", .value = default_mdts_bytes}};
	const auto &[block_size, blocks, mdts_bytes] = keys;
	TextLines lines(text, name, diagnosis);
	std::int32_t taken = lines.header("ringline-image 1");
	std::string_view line;
	while (taken >= 0 && (taken = lines.next(&line)) > 0) {
		taken = take_keys(lines, line, keys);
	}
	if (taken < 0) {
		return taken;
	}
	if (!is_block_size(block_size.value)) {
		return lines.refuse("block_size must be there, and be 512 or 4096.");
	}
	if (blocks.seen && (blocks.value == 0 || blocks.value > INT64_MAX / block_size.value)) {
		return lines.refuse("blocks must be at least 1, and the image less than 2^63 bytes.");
	}
	if (!is_mdts(mdts_bytes.value)) {
		return lines.refuse("mdts_bytes must be a power of two from 8192 to 2^31.");
	}
	*geometry = {.blocks = blocks.value,
		     .block_size = static_cast<std::uint32_t>(block_size.value),
		     .mdts_bytes = static_cast<std::uint32_t>(mdts_bytes.value)};
	return 0;
}

std::int32_t read_geometry(const char *path, int fd, std::uint32_t asked_block_size, ringline_diagnosis *diagnosis,
			   ImageGeometry *geometry)
{
	const Beside beside(path, geometry_suffix);
	Array<char> room;
	std::string_view text;
	const std::int32_t found = load_text(beside.path, diagnosis, &room, &text);
	if (found < 0) {
		return found;
	}
	ImageGeometry read = {.blocks = 0,
			      .block_size = asked_block_size != 0 ? asked_block_size : default_block_size,
			      .mdts_bytes = default_mdts_bytes};
	if (found > 0) {
		if (const std::int32_t error = parse_geometry(text, short_name(beside.path), diagnosis, &read);
		    error < 0) {
			return error;
		}
		if (asked_block_size != 0 && asked_block_size != read.block_size) {
			return fail(diagnosis,
				    {.error = -EINVAL,
				     .rule = RINGLINE_RULE_ARGUMENT,
				     .offset = offsetof(ringline_device_options, block_size),
				     .given = asked_block_size,
				     .wanted = read.block_size},
				    "The image has blocks of %u bytes ('%.80s' says so), not of %u.", read.block_size,
				    short_name(beside.path), asked_block_size);
		}
	}
	if (const std::int32_t error = compare_size(path, fd, diagnosis, &read); error < 0) {
		return error;
	}
	*geometry = read;
	return 0;
}

std::int32_t read_faults(const char *path, ringline_diagnosis *diagnosis,
			 std::span<ringline_fault_rule, fault_rules_max> rules)
{
	const Beside beside(path, ".faults");
	Array<char> room;
	std::string_view text;
	const std::int32_t found = load_text(beside.path, diagnosis, &room, &text);
	return found <= 0 ? found : parse_faults(text, short_name(beside.path), diagnosis, rules);
}

std::int32_t create_image(const char *path, const ringline_sim_options &options)
{
	const ImageGeometry geometry = {.blocks = options.blocks,
					.block_size = options.block_size != 0 ? options.block_size : default_block_size,
					.mdts_bytes =
						options.mdts_bytes != 0 ? options.mdts_bytes : default_mdts_bytes};
	if (options.flags != 0 || !is_block_size(geometry.block_size) || !is_mdts(geometry.mdts_bytes) ||
	    geometry.blocks == 0 || geometry.blocks > INT64_MAX / geometry.block_size) {
		return -EINVAL;
	}
	// Empty until everything else is there: an empty image is refused, so that nobody opens it with a geometry that
	// is not yet its own.
	const Fd image = create_file(path);
	if (!image.valid()) {
		return creation_error(errno);
	}
	const Beside beside(path, geometry_suffix);
	std::int32_t error = write_geometry(beside.path, geometry);
	if (error == 0) {
		const auto bytes = static_cast<off_t>(geometry.blocks * geometry.block_size);
		if (::ftruncate(image.get(), bytes) == 0 && ::fsync(image.get()) == 0 && sync_folder_of(path)) {
			return 0;
		}
		error = -errno;
		(void)::unlink(beside.path);
	}
	(void)::unlink(path);
	return creation_error(-error);
}

} // namespace ringline::device
