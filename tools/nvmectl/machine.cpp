// SPDX-License-Identifier: MIT OR Apache-2.0
#include "machine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>

#include <fstream>

namespace nvmectl
{
namespace
{

std::string processor_model()
{
	std::ifstream file("/proc/cpuinfo");
	for (std::string line; std::getline(file, line);) {
		const std::size_t colon = line.find(": ");
		if (line.starts_with("model name") && colon != std::string::npos) {
			return line.substr(colon + 2);
		}
	}
	return "";
}

} // namespace

Machine this_machine()
{
	Machine machine = {};
	struct utsname name = {};
	(void)::uname(&name);
	machine.kernel = fmt::format("{} {} {}", name.sysname, name.release, name.machine);
	machine.processor = processor_model();
	cpu_set_t allowed = {};
	if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
		machine.processors = static_cast<std::uint32_t>(CPU_COUNT(&allowed));
	}
	return machine;
}

} // namespace nvmectl
