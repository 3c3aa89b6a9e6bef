// SPDX-License-Identifier: MIT OR Apache-2.0
#include "combination.h"

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <sstream>

namespace contract
{
namespace
{

std::string name(const Combination &combination)
{
	std::string engine = combination.engine == RINGLINE_ENGINE_URING ? "uring_" : "threads_";
	if (combination.queue_flags != 0) {
		engine = (combination.queue_flags & RINGLINE_QUEUE_SQPOLL) != 0 ? "sqpoll_" : "iopoll_";
	}
	switch (combination.kind) {
	case Kind::null:
		return engine + "null";
	case Kind::simulated:
		return engine + "sim" + std::to_string(combination.block_size);
	case Kind::node:
		break;
	}
	return engine + combination.path.substr(combination.path.rfind('/') + 1);
}

std::vector<Combination> both_engines(const std::vector<Combination> &devices)
{
	std::vector<Combination> combinations;
	for (const std::uint32_t engine : {RINGLINE_ENGINE_URING, RINGLINE_ENGINE_THREADS}) {
		for (Combination combination : devices) {
			combination.engine = engine;
			combinations.push_back(combination);
		}
	}
	return combinations;
}

std::vector<Combination> nodes()
{
	std::vector<Combination> devices;
	for (const std::string &path : test_devices()) {
		devices.push_back({.kind = Kind::node, .block_size = 0, .path = path});
	}
	return devices;
}

} // namespace

std::ostream &operator<<(std::ostream &stream, const Combination &combination)
{
	return stream << name(combination);
}

std::string name_of(const testing::TestParamInfo<Combination> &info)
{
	std::string result = name(info.param);
	std::replace_if(
		result.begin(), result.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
		'_');
	return result;
}

std::vector<Combination> storing_combinations()
{
	std::vector<Combination> devices = {{.block_size = 512, .path = {}}, {.block_size = 4096, .path = {}}};
	for (const Combination &node : nodes()) {
		devices.push_back(node);
	}
	return both_engines(devices);
}

std::vector<Combination> every_combination()
{
	std::vector<Combination> combinations = both_engines({{.kind = Kind::null, .block_size = 0, .path = {}}});
	for (const Combination &combination : storing_combinations()) {
		combinations.push_back(combination);
	}
	return combinations;
}

std::vector<Combination> simulated_combinations()
{
	return both_engines({{.block_size = 512, .path = {}}, {.block_size = 4096, .path = {}}});
}

std::vector<Combination> each_engine()
{
	return both_engines({{.block_size = 512, .path = {}}});
}

std::vector<Combination> node_combinations()
{
	return both_engines(nodes());
}

std::vector<Combination> sqpoll_combinations()
{
	std::vector<Combination> combinations = simulated_sqpoll_combinations();
	combinations.push_back({.kind = Kind::null, .block_size = 0, .path = {}});
	for (const Combination &node : nodes()) {
		combinations.push_back(node);
	}
	for (Combination &combination : combinations) {
		combination.queue_flags = RINGLINE_QUEUE_SQPOLL;
	}
	return combinations;
}

std::vector<Combination> simulated_sqpoll_combinations()
{
	return {{.block_size = 512, .queue_flags = RINGLINE_QUEUE_SQPOLL, .path = {}}};
}

std::vector<Combination> iopoll_combinations()
{
	std::vector<Combination> combinations = nodes();
	for (Combination &node : combinations) {
		node.queue_flags = RINGLINE_QUEUE_IOPOLL;
	}
	return combinations;
}

std::vector<Combination> polling_combinations()
{
	std::vector<Combination> combinations = sqpoll_combinations();
	for (const Combination &combination : iopoll_combinations()) {
		combinations.push_back(combination);
	}
	return combinations;
}

std::vector<std::string> test_devices()
{
	const char *list = std::getenv("RINGLINE_TEST_DEVICES");
	std::istringstream words(list != nullptr ? list : "");
	std::vector<std::string> paths;
	for (std::string path; words >> path;) {
		paths.push_back(path);
	}
	return paths;
}

std::uint32_t scaled(std::uint32_t repetitions)
{
	const char *vm = std::getenv("RINGLINE_VM");
	if (vm == nullptr || std::string(vm) != "1") {
		return repetitions;
	}
	return std::max<std::uint32_t>(1, repetitions / 20);
}

int ring_error()
{
	io_uring_params parameters = {};
	parameters.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQE32;
	const long fd = ::syscall(SYS_io_uring_setup, 4, &parameters);
	if (fd < 0) {
		return -errno;
	}
	::close(static_cast<int>(fd));
	return 0;
}

std::uint32_t kernel()
{
	utsname names = {};
	unsigned major = 0;
	unsigned minor = 0;
	if (::uname(&names) != 0 || std::sscanf(names.release, "%u.%u", &major, &minor) != 2) {
		return 0;
	}
	return major << 16 | minor;
}

} // namespace contract
