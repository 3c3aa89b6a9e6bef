// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/simulated_medium.h"

#include "base/diagnosis.h"
#include "device/simulated_image.h"
#include "device/simulated_text.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace ringline::device
{

namespace
{

bool same_layout(const ImageGeometry &one, const ImageGeometry &other)
{
	return std::memcmp(&one, &other, sizeof one) == 0;
}

std::int32_t refuse_zones(const Beside &zones, ringline_diagnosis *diagnosis)
{
	if (errno == ENOMEM) {
		return fail(diagnosis, {.error = -ENOMEM, .rule = RINGLINE_RULE_RESOURCE}, "Out of memory.");
	}
	if (errno != 0) {
		return fail(diagnosis, {.error = -EIO, .rule = RINGLINE_RULE_IMAGE},
			    "'%.120s', which belongs to the image, cannot be read (errno %d).", short_name(zones.path),
			    errno);
	}
	return fail(diagnosis, {.error = -EINVAL, .rule = RINGLINE_RULE_IMAGE},
		    "'%.120s', which belongs to the image, is not a file of zones of this geometry.",
		    short_name(zones.path));
}

} // namespace

std::int32_t Medium::prepare(const char *path, const ImageGeometry &geometry, bool writable,
			     ringline_diagnosis *diagnosis)
{
	pthread_rwlock_wrlock(&lock);
	std::int32_t error = 0;
	const bool known = same_layout(geometry, geometry_);
	if (!known || (writable && !writable_)) {
		error = open_files(path, geometry, writable || writable_, diagnosis);
	}
	if (error == 0) {
		geometry_ = geometry;
		writable_ = writable || writable_;
	}
	pthread_rwlock_unlock(&lock);
	return error;
}

std::int32_t Medium::open_files(const char *path, const ImageGeometry &geometry, bool writable,
				ringline_diagnosis *diagnosis)
{
	Fd new_metadata;
	Fd new_zones;
	if (geometry.metadata_size != 0) {
		const std::uint64_t bytes = geometry.blocks * geometry.metadata_size;
		const std::int32_t error =
			open_beside(Beside(path, metadata_suffix), writable, bytes, diagnosis, &new_metadata);
		if (error < 0) {
			return error;
		}
	}
	if (geometry.zone_blocks != 0) {
		const Beside beside(path, zones_suffix);
		const std::int32_t error =
			open_beside(beside, writable, zones_file_bytes(geometry), diagnosis, &new_zones);
		if (error < 0) {
			return error;
		}
	}
	const Beside beside(path, uncorrectable_suffix);
	if (const std::int32_t error = uncorrectable.open(beside.path, writable); error < 0) {
		return fail(diagnosis,
			    {.error = error == -EMFILE || error == -ENOMEM ? error : -EIO, .rule = RINGLINE_RULE_IMAGE},
			    "'%.120s', which belongs to the image, cannot be opened (errno %d).",
			    short_name(beside.path), -error);
	}
	metadata = std::move(new_metadata);
	zones_file = std::move(new_zones);
	zones.forget();
	if (geometry.zone_blocks != 0 && !zones.load(zones_file.get(), geometry)) {
		const std::int32_t error = refuse_zones(Beside(path, zones_suffix), diagnosis);
		zones.forget();
		return error;
	}
	return 0;
}

MediumLock::MediumLock(const Namespace &of, bool exclusive)
	: lock_(of.geometry.metadata_size != 0 || of.geometry.zone_blocks != 0 ? &of.medium.lock : nullptr)
{
	if (lock_ != nullptr && exclusive) {
		pthread_rwlock_wrlock(lock_);
	} else if (lock_ != nullptr) {
		pthread_rwlock_rdlock(lock_);
	}
}

MediumLock::~MediumLock()
{
	if (lock_ != nullptr) {
		pthread_rwlock_unlock(lock_);
	}
}

} // namespace ringline::device
