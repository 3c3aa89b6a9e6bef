// SPDX-License-Identifier: MIT OR Apache-2.0
// What is beside the data of an image, and what all opens of the image share of it: metadata, zones, and the blocks
// that are unreadable.
//
// "PATH.metadata" has the metadata of block n at n x metadata size, with the bytes of its protection information
// complemented: so that a hole, which a block that was never written or was deallocated has there as in the image, is
// protection information of all ones, which disables its checks, and zeros beside it.
#pragma once

#include "base/fd.h"
#include "device/simulated_geometry.h"
#include "device/simulated_uncorrectable.h"
#include "device/simulated_zones.h"

#include <ringline/ringline.h>

#include <pthread.h>

#include <cstdint>

namespace ringline::device
{

class Medium
{
public:
	Medium() = default;
	Medium(const Medium &) = delete;
	Medium &operator=(const Medium &) = delete;

	/// For one more open, which may be the first that writes, or the first after the geometry has changed.
	std::int32_t prepare(const char *path, const ImageGeometry &geometry, bool writable,
			     ringline_diagnosis *diagnosis);

	/// Held by commands while the device has metadata or zones: shared by those that only read.
	pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
	Fd metadata; ///< Not valid: there is none.
	Fd zones_file;
	Zones zones; ///< None: the device is not zoned.
	Uncorrectable uncorrectable;

private:
	std::int32_t open_files(const char *path, const ImageGeometry &geometry, bool writable,
				ringline_diagnosis *diagnosis);

	ImageGeometry geometry_ = {}; ///< What is open fits it.
	bool writable_ = false;
};

/// One simulated namespace as commands see it: what it is, and what it keeps.
struct Namespace {
	const ImageGeometry &geometry;
	int image; ///< Its data.
	Medium &medium;
};

/// Holds the medium's lock, where the namespace needs it.
class MediumLock
{
public:
	MediumLock(const Namespace &of, bool exclusive);
	MediumLock(const MediumLock &) = delete;
	MediumLock &operator=(const MediumLock &) = delete;
	~MediumLock();

private:
	pthread_rwlock_t *lock_;
};

} // namespace ringline::device
