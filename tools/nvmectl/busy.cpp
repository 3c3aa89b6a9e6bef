// SPDX-License-Identifier: MIT OR Apache-2.0
#include "busy.h"

#include "device_name.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace nvmectl
{
namespace
{

namespace fs = std::filesystem;

std::string slurp(const std::string &path, bool *readable)
{
	std::ifstream file(path);
	*readable = file.is_open();
	return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> names_in(const fs::path &directory)
{
	std::vector<std::string> names;
	std::error_code error;
	for (const fs::directory_entry &entry : fs::directory_iterator(directory, error)) {
		names.push_back(entry.path().filename());
	}
	std::sort(names.begin(), names.end());
	return names;
}

bool describe_node(const fs::path &directory, const std::string &name, BlockNode *node)
{
	bool readable = false;
	node->name = name;
	node->holders = names_in(directory / "holders");
	return parse_device_number(slurp(directory / "dev", &readable), &node->number);
}

/// By its name when the node is there, by its number when the path is another name of it.
bool names_node(const std::string &path, const BlockNode &node, const std::string &dev)
{
	if (path == dev + "/" + node.name) {
		return true;
	}
	struct stat status = {};
	return path.starts_with('/') && ::stat(path.c_str(), &status) == 0 && S_ISBLK(status.st_mode) &&
	       major(status.st_rdev) == node.number.major && minor(status.st_rdev) == node.number.minor;
}

/// "nvme0n1" for whatever path leads to the node.
std::string sibling_of(const std::string &node)
{
	std::string direct = block_sibling(node);
	if (!direct.empty()) {
		return direct;
	}
	std::error_code error;
	return block_sibling(fs::canonical(node, error).string());
}

void claim_exclusively(const std::string &path, BusyCheck *check)
{
	// Read-only: closing a descriptor that can write makes udev look for partitions again.
	Fd claim(::open(path.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
	if (claim.valid()) {
		check->claim = std::move(claim);
	} else if (errno == EBUSY) {
		check->users.push_back(
			fmt::format("{} or a partition of it is claimed exclusively (O_EXCL gives EBUSY)", path));
	} else {
		check->notes.push_back(
			fmt::format("{} could not be claimed exclusively: {}", path, std::strerror(errno)));
	}
}

} // namespace

std::vector<BlockNode> block_family(const std::string &name, const BusyRoots &roots)
{
	std::vector<BlockNode> family;
	const fs::path directory = fs::path(roots.sysfs_block) / name;
	BlockNode whole;
	if (!describe_node(directory, name, &whole)) {
		return family;
	}
	family.push_back(std::move(whole));
	for (const std::string &entry : names_in(directory)) {
		BlockNode part;
		if (fs::exists(directory / entry / "partition") && describe_node(directory / entry, entry, &part)) {
			family.push_back(std::move(part));
		}
	}
	return family;
}

std::vector<std::string> find_users(const std::vector<BlockNode> &family, const std::vector<Mount> &mounts,
				    const std::vector<std::string> &swaps, const std::string &dev)
{
	std::vector<std::string> users;
	for (const BlockNode &node : family) {
		for (const Mount &mount : mounts) {
			if (mount.device == node.number || names_node(mount.source, node, dev)) {
				users.push_back(fmt::format("{}/{} is mounted on {} ({})", dev, node.name,
							    mount.mount_point, mount.type));
			}
		}
		for (const std::string &swap : swaps) {
			if (names_node(swap, node, dev)) {
				users.push_back(fmt::format("{}/{} is in use as swap", dev, node.name));
			}
		}
		if (!node.holders.empty()) {
			users.push_back(
				fmt::format("{}/{} is held by {}", dev, node.name, fmt::join(node.holders, ", ")));
		}
	}
	return users;
}

BusyCheck check_busy(const std::string &node, const BusyRoots &roots)
{
	BusyCheck check;
	const std::string name = sibling_of(node);
	const std::vector<BlockNode> family = name.empty() ? std::vector<BlockNode>() : block_family(name, roots);
	if (family.empty()) {
		check.notes.push_back(
			fmt::format("{} has no block device beside it: whether it is in use cannot be checked", node));
		return check;
	}
	check.sibling = name;
	bool mounts_readable = false;
	bool swaps_readable = false;
	const std::string mounts = slurp(roots.mountinfo, &mounts_readable);
	const std::string swaps = slurp(roots.swaps, &swaps_readable);
	if (!mounts_readable) {
		check.notes.push_back(fmt::format("{} cannot be read: mounts were not checked", roots.mountinfo));
	}
	check.users = find_users(family, parse_mountinfo(mounts), parse_swaps(swaps), roots.dev);
	claim_exclusively(roots.dev + "/" + name, &check);
	return check;
}

} // namespace nvmectl
