// SPDX-License-Identifier: MIT OR Apache-2.0
// Is a namespace in use? The kernel lets anybody write through /dev/ngXnY, also under a mounted file system, so this
// looks at the block device of the same namespace: mounts, swap, holders (device mapper, RAID), and whether it can be
// claimed exclusively.
#pragma once

#include "busy_parse.h"
#include "fd.h"

#include <sys/stat.h>

#include <string>
#include <vector>

namespace nvmectl
{

/// A block device or one of its partitions.
struct BlockNode {
	std::string name; ///< "nvme0n1", "nvme0n1p1".
	DeviceNumber number;
	std::vector<std::string> holders; ///< Names of block devices on top of it.
};

/// The places where the kernel tells it; arguments so that tests can make their own.
struct BusyRoots {
	std::string sysfs_block = "/sys/class/block";
	std::string dev = "/dev";
	std::string mountinfo = "/proc/self/mountinfo";
	std::string swaps = "/proc/swaps";
};

/// A block device and its partitions, as far as sysfs tells.
struct BlockFamily {
	std::vector<BlockNode> nodes;  ///< The device itself, then its partitions. Empty if there is no such device.
	std::vector<std::string> gaps; ///< What sysfs did not tell, a sentence each.
};

BlockFamily block_family(const std::string &name, const BusyRoots &roots);

/// One sentence for each user of one of these nodes.
std::vector<std::string> find_users(const std::vector<BlockNode> &family, const std::vector<Mount> &mounts,
				    const std::vector<std::string> &swaps, const std::string &dev);

/// The block device of a node, "nvme0n1"; empty if it has none. node: as for check_busy().
std::string sibling_of(const std::string &node);

/// The outcome of the check.
struct BusyCheck {
	std::string sibling;            ///< "nvme0n1"; empty if there is none, and then nothing was checked.
	std::vector<std::string> users; ///< Empty: free, as far as can be seen.
	std::vector<std::string> gaps;  ///< What could not be checked and should have been: users may be hidden there.
	std::vector<std::string> notes; ///< What there is nothing to check about.
	/// The exclusive claim: as long as it is open, nothing can be mounted from the device.
	Fd claim;
};

/// node: what was opened, such as "/dev/ng0n1" or a link to it.
BusyCheck check_busy(const std::string &node, const BusyRoots &roots);

/// What an input of these facts is, if it is the namespace of the node under another name: the node, its block device,
/// or a partition of that. Empty if it is something else.
std::string same_namespace(const std::string &node, const struct stat &input, const BusyRoots &roots);

} // namespace nvmectl
