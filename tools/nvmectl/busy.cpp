// SPDX-License-Identifier: MIT OR Apache-2.0
#include "busy.h"

#include "device_name.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace nvmectl
{
namespace
{

namespace fs = std::filesystem;

/// All of a file, or nothing with errno set.
std::optional<std::string> slurp(const std::string &path)
{
	const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
	if (!file.valid()) {
		return std::nullopt;
	}
	std::string text;
	std::array<char, 4096> part;
	ssize_t got = 0;
	while ((got = ::read(file.get(), part.data(), part.size())) > 0) {
		text.append(part.data(), static_cast<std::size_t>(got));
	}
	return got == 0 ? std::optional(text) : std::nullopt;
}

/// The text of a file that must be there; a gap if it cannot be read.
std::string read_or_note(const std::string &path, const char *what, std::vector<std::string> *gaps)
{
	const std::optional<std::string> text = slurp(path);
	if (!text) {
		gaps->push_back(fmt::format("{} cannot be read ({}): {}", path, std::strerror(errno), what));
	}
	return text.value_or("");
}

/// A directory that is not there has nothing in it; one that cannot be read is a gap.
std::vector<std::string> names_in(const fs::path &directory, const char *what, std::vector<std::string> *gaps)
{
	std::vector<std::string> names;
	std::error_code error;
	for (fs::directory_iterator at(directory, error); !error && at != fs::directory_iterator();
	     at.increment(error)) {
		names.push_back(at->path().filename());
	}
	if (error && error != std::errc::no_such_file_or_directory) {
		gaps->push_back(fmt::format("{} cannot be read ({}): {}", directory.string(), error.message(), what));
	}
	std::sort(names.begin(), names.end());
	return names;
}

BlockNode describe_node(const fs::path &directory, const std::string &name, std::vector<std::string> *gaps)
{
	BlockNode node;
	node.name = name;
	node.holders = names_in(directory / "holders", "what is built on it was not checked", gaps);
	const std::string path = directory / "dev";
	const std::optional<std::string> number = slurp(path);
	if (!number || !parse_device_number(*number, &node.number)) {
		gaps->push_back(fmt::format("{} tells no device number: mounts of {} were not checked", path, name));
	}
	return node;
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
		check->gaps.push_back(
			fmt::format("{} could not be claimed exclusively: {}", path, std::strerror(errno)));
	}
}

} // namespace

std::string sibling_of(const std::string &node)
{
	std::string direct = block_sibling(node);
	if (!direct.empty()) {
		return direct;
	}
	std::error_code error;
	return block_sibling(fs::canonical(node, error).string());
}

BlockFamily block_family(const std::string &name, const BusyRoots &roots)
{
	BlockFamily family;
	const fs::path directory = fs::path(roots.sysfs_block) / name;
	struct stat status = {};
	if (::stat(directory.c_str(), &status) != 0) {
		const int error = errno;
		// That nothing is found where there is no sysfs is no proof that there is no such device.
		if (error != ENOENT || ::stat(roots.sysfs_block.c_str(), &status) != 0) {
			family.gaps.push_back(fmt::format("{} cannot be read ({}): whether there is a {} is not known",
							  directory.string(), std::strerror(error), name));
		}
		return family;
	}
	family.nodes.push_back(describe_node(directory, name, &family.gaps));
	for (const std::string &entry : names_in(directory, "its partitions were not checked", &family.gaps)) {
		if (::stat((directory / entry / "partition").c_str(), &status) == 0) {
			family.nodes.push_back(describe_node(directory / entry, entry, &family.gaps));
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
	if (name.empty()) {
		check.gaps.push_back(fmt::format("the name {} does not tell which block device is beside it", node));
		return check;
	}
	BlockFamily family = block_family(name, roots);
	check.gaps = std::move(family.gaps);
	if (family.nodes.empty()) {
		if (check.gaps.empty()) {
			check.notes.push_back(fmt::format(
				"{} has no block device beside it: whether it is in use cannot be checked", node));
		}
		return check;
	}
	check.sibling = name;
	const std::string mounts = read_or_note(roots.mountinfo, "mounts were not checked", &check.gaps);
	const std::string swaps = read_or_note(roots.swaps, "swap was not checked", &check.gaps);
	check.users = find_users(family.nodes, parse_mountinfo(mounts), parse_swaps(swaps), roots.dev);
	claim_exclusively(roots.dev + "/" + name, &check);
	return check;
}

std::string same_namespace(const std::string &node, const struct stat &input, const BusyRoots &roots)
{
	struct stat own = {};
	if (S_ISCHR(input.st_mode) && ::stat(node.c_str(), &own) == 0 && S_ISCHR(own.st_mode) &&
	    own.st_rdev == input.st_rdev) {
		return node + " itself";
	}
	if (!S_ISBLK(input.st_mode)) {
		return {};
	}
	const DeviceNumber number = {major(input.st_rdev), minor(input.st_rdev)};
	const BlockFamily family = block_family(sibling_of(node), roots);
	for (const BlockNode &block : family.nodes) {
		if (block.number == number) {
			return block.name == family.nodes.front().name
				       ? fmt::format("{}/{}, the block device of {}", roots.dev, block.name, node)
				       : fmt::format("{}/{}, a partition of {}", roots.dev, block.name, node);
		}
	}
	return {};
}

} // namespace nvmectl
