// SPDX-License-Identifier: MIT OR Apache-2.0
// A real NVMe namespace (/dev/ngXnY) or controller (/dev/nvmeX), driven by the kernel. The only file pair with NVMe
// ioctls.
#pragma once

#include "device/device.h"
#include "device/sysfs.h"
#include "nvme/identify.h"

namespace ringline::device
{

class Passthrough final : public Device
{
public:
	/// Opens the node that request names, verifies what it is, and reads its facts.
	std::int32_t open(const OpenRequest &request, ringline_diagnosis *diagnosis);

	Outcome perform(const ringline_nvme_command &command, std::uint32_t segments) override;
	std::int32_t admin(const ringline_nvme_command &command, Outcome *outcome) override;
	std::int32_t refresh() override;

private:
	struct Node {
		char path[sysfs::path_bytes]; // what is opened
		sysfs::Node kernel;
		dev_t number;
	};

	static std::int32_t resolve(const OpenRequest &request, ringline_diagnosis *diagnosis, Node *node);
	std::int32_t open_node(const OpenRequest &request, const Node &node, ringline_diagnosis *diagnosis);
	std::int32_t verify_namespace(const OpenRequest &request, ringline_diagnosis *diagnosis);
	[[nodiscard]] Outcome perform_vectored(const ringline_nvme_command &command, std::uint32_t segments) const;
	std::int32_t read_facts(ringline_diagnosis *diagnosis);
	std::int32_t identify(std::uint32_t nsid, std::uint8_t cns, std::uint8_t csi, void *page) const;
	void read_later_pages(std::uint8_t (&page)[nvme::identify_bytes], ringline_device_info *info) const;
	void read_limits(ringline_device_info *info);
	void read_effects();

	ringline_device_info identity_ = {}; // what does not change while it is open: kind, flags, nsid, node
	char name_[sysfs::name_bytes] = {};  // of the kernel
};

} // namespace ringline::device
