// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_image.h"

#include "base/diagnosis.h"
#include "base/memory.h"
#include "device/device.h"
#include "device/simulated_text.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>

namespace ringline::device
{

Beside::Beside(const char *image, const char *suffix)
{
	const int length = std::snprintf(path, sizeof path, "%s%s", image, suffix);
	if (length < 0 || static_cast<std::size_t>(length) >= sizeof path) {
		path[0] = '\0';
	}
}

namespace
{

constexpr const char *geometry_suffix = ".ringline";
static_assert(sizeof(off_t) == 8, "images are larger than 32 bits can say");

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

/// The errnos that the header names; an unexpected one is -EIO.
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

/// Makes the geometry file, complete and on the medium, or leaves none.
std::int32_t write_geometry(const char *path, const ImageGeometry &geometry)
{
	char text[geometry_text_max];
	const std::size_t bytes = write_geometry_text(geometry, text);
	const Fd fd = create_file(path);
	if (!fd.valid()) {
		return -errno;
	}
	std::size_t done = 0;
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

/// Makes a sparse file, or leaves none. 0 bytes: it is not needed, but must not be there from another image.
std::int32_t make_sparse(const char *path, std::uint64_t bytes)
{
	if (bytes == 0) {
		return ::access(path, F_OK) == 0 ? -EEXIST : 0;
	}
	const Fd fd = create_file(path);
	if (!fd.valid()) {
		return -errno;
	}
	if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) == 0 && ::fsync(fd.get()) == 0) {
		return 0;
	}
	const std::int32_t error = -errno;
	(void)::unlink(path);
	return error;
}

/// Makes the files beside an image, or leaves none of them.
std::int32_t make_beside(const char *path, const ImageGeometry &geometry)
{
	const Beside uncorrectable(path, uncorrectable_suffix);
	const Beside metadata(path, metadata_suffix);
	const Beside zones(path, zones_suffix);
	std::int32_t error = make_sparse(uncorrectable.path, 0);
	if (error < 0) {
		return error;
	}
	const std::uint64_t metadata_bytes = geometry.blocks * geometry.metadata_size;
	error = make_sparse(metadata.path, metadata_bytes);
	if (error < 0) {
		return error;
	}
	error = make_sparse(zones.path, zones_file_bytes(geometry));
	if (error == 0) {
		error = write_geometry(Beside(path, geometry_suffix).path, geometry);
		if (error < 0 && zones_file_bytes(geometry) != 0) {
			(void)::unlink(zones.path);
		}
	}
	if (error < 0 && metadata_bytes != 0) {
		(void)::unlink(metadata.path);
	}
	return error;
}

void remove_beside(const char *path, const ImageGeometry &geometry)
{
	(void)::unlink(Beside(path, geometry_suffix).path);
	if (geometry.metadata_size != 0) {
		(void)::unlink(Beside(path, metadata_suffix).path);
	}
	if (geometry.zone_blocks != 0) {
		(void)::unlink(Beside(path, zones_suffix).path);
	}
}

} // namespace

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
	ImageGeometry read = {};
	read.block_size = asked_block_size;
	read = with_defaults(read);
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
	if (const char *mistake = geometry_mistake(read); mistake != nullptr) {
		return fail(diagnosis, {.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE, .given = read.blocks},
			    "The image '%.60s' does not fit its geometry file: %s.", path, mistake);
	}
	*geometry = read;
	return 0;
}

std::int32_t open_beside(const Beside &beside, bool writable, std::uint64_t bytes, ringline_diagnosis *diagnosis,
			 Fd *fd)
{
	Fd opened;
	if (const std::int32_t error = open_image(beside.path, writable, diagnosis, &opened); error < 0) {
		return error;
	}
	struct stat facts = {};
	if (::fstat(opened.get(), &facts) != 0) {
		return refuse_path(beside.path, -errno, false, diagnosis);
	}
	if (static_cast<std::uint64_t>(facts.st_size) < bytes) {
		return fail(
			diagnosis,
			{.error = -EINVAL,
			 .rule = RINGLINE_RULE_IMAGE,
			 .given = static_cast<std::uint64_t>(facts.st_size),
			 .wanted = bytes},
			"'%.100s', which belongs to the image, is shorter than the %llu bytes that its geometry needs.",
			short_name(beside.path), static_cast<unsigned long long>(bytes));
	}
	*fd = std::move(opened);
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
	const ImageGeometry geometry = with_defaults(options);
	if (geometry.blocks == 0 || geometry_mistake(geometry) != nullptr) {
		return -EINVAL;
	}
	// Empty until everything else is there: an empty image is refused, so that nobody opens it with a geometry that
	// is not yet its own.
	const Fd image = create_file(path);
	if (!image.valid()) {
		return creation_error(errno);
	}
	std::int32_t error = make_beside(path, geometry);
	if (error == 0) {
		const auto bytes = static_cast<off_t>(geometry.blocks * geometry.block_size);
		if (::ftruncate(image.get(), bytes) == 0 && ::fsync(image.get()) == 0 && sync_folder_of(path)) {
			return 0;
		}
		error = -errno;
		remove_beside(path, geometry);
	}
	(void)::unlink(path);
	return creation_error(-error);
}

} // namespace ringline::device
