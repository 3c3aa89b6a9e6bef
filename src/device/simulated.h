// SPDX-License-Identifier: MIT OR Apache-2.0
// A simulated device: a regular file that answers as an NVMe namespace does.
#pragma once

#include "base/fd.h"
#include "device/device.h"
#include "device/simulated_faults.h"
#include "device/simulated_geometry.h"
#include "device/simulated_shared.h"

#include <ringline/ringline.h>

#include <pthread.h>

#include <climits>
#include <cstdint>

namespace ringline::device
{

class SimulatedDevice final : public Device
{
public:
	/// Opens what the request names; once, before anything else.
	std::int32_t open(const OpenRequest &request, ringline_diagnosis *diagnosis);

	Verdict execute(const ringline_nvme_command &command, std::uint32_t segments) override;
	Outcome perform(const ringline_nvme_command &command, std::uint32_t segments) override;
	Verdict execute_admin(const ringline_nvme_command &command) override;
	std::int32_t admin(const ringline_nvme_command &command, Outcome *outcome) override;
	std::int32_t refresh() override;
	std::int32_t set_fault(const ringline_fault_rule &rule) override;
	std::int32_t clear_fault(std::uint32_t rule) override;
	bool holds(std::uint32_t rule) const override;
	std::int32_t add_waker(Waker *waker) override;
	void remove_waker(Waker *waker) override;

private:
	~SimulatedDevice() override;

	std::int32_t join(const char *path, ringline_diagnosis *diagnosis);
	std::int32_t load(ringline_diagnosis *diagnosis, ringline_device_info *info);
	bool refuse(const ringline_nvme_command &command, Outcome *outcome) const;
	Verdict act(const FaultMatch &match, const ringline_nvme_command &command, std::uint32_t segments);
	Outcome run(const ringline_nvme_command &command, std::uint32_t segments);
	[[nodiscard]] std::int32_t refuse_admin(const ringline_nvme_command &command) const;
	Outcome run_admin(const ringline_nvme_command &command);
	Verdict decide_admin(const ringline_nvme_command &command);
	[[nodiscard]] ImageGeometry geometry() const;
	Outcome identify(const ringline_nvme_command &command) const;

	Fd image_;
	SharedImage *shared_ = nullptr;
	ImageOpen open_;
	std::uint32_t flags_ = 0;            ///< RINGLINE_OPEN_*.
	std::uint32_t asked_block_size_ = 0; ///< ringline_device_options::block_size, for refresh().
	mutable pthread_mutex_t geometry_lock_ = PTHREAD_MUTEX_INITIALIZER;
	ImageGeometry geometry_ = {}; ///< A refresh replaces it under commands that run.
	char path_[PATH_MAX] = {};    ///< Absolute; for refresh() and the files beside the image.
	char given_[64] = {};         ///< As it was opened, for ringline_device_info::node.
};

} // namespace ringline::device
