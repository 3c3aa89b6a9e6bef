// SPDX-License-Identifier: MIT OR Apache-2.0
#include "device/device.h"

#include <cerrno>

namespace ringline::device
{

Device::~Device() = default;

ringline_device_info Device::info() const
{
	pthread_mutex_lock(&lock_);
	const ringline_device_info copy = info_;
	pthread_mutex_unlock(&lock_);
	return copy;
}

void Device::set_info(const ringline_device_info &info, std::uint32_t formats_seen)
{
	pthread_mutex_lock(&lock_);
	info_ = info;
	info_.struct_size = sizeof info_;
	// In one step, so that a queue that sees the new version finds the new facts, and a concurrent close or format
	// is not undone.
	std::uint32_t before = state_.load(std::memory_order_acquire);
	std::uint32_t after = 0;
	do {
		const std::uint32_t known = formats() == formats_seen ? ~geometry_unknown : ~std::uint32_t{0};
		after = (before & known) + version;
	} while (!state_.compare_exchange_weak(before, after, std::memory_order_acq_rel));
	pthread_mutex_unlock(&lock_);
}

Verdict Device::execute(const ringline_nvme_command &command, std::uint32_t segments)
{
	return {.outcome = perform(command, segments)};
}

Outcome Device::perform(const ringline_nvme_command & /*command*/, std::uint32_t /*segments*/)
{
	return {.error = -EOPNOTSUPP, .flags = RINGLINE_NOT_SENT};
}

Verdict Device::execute_admin(const ringline_nvme_command &command)
{
	Outcome outcome;
	const std::int32_t error = admin(command, &outcome);
	return {.outcome = error < 0 ? Outcome{.error = error, .flags = RINGLINE_NOT_SENT} : outcome};
}

std::int32_t Device::admin(const ringline_nvme_command & /*command*/, Outcome * /*outcome*/)
{
	return -EOPNOTSUPP;
}

std::int32_t Device::refresh()
{
	return 0;
}

std::int32_t Device::set_fault(const ringline_fault_rule & /*rule*/)
{
	return -EOPNOTSUPP;
}

std::int32_t Device::clear_fault(std::uint32_t /*rule*/)
{
	return -EOPNOTSUPP;
}

bool Device::holds(std::uint32_t /*rule*/) const
{
	return false;
}

std::int32_t Device::add_waker(Waker * /*waker*/)
{
	return 0;
}

void Device::remove_waker(Waker * /*waker*/) {}

} // namespace ringline::device
