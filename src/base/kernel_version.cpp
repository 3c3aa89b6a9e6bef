// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/kernel_version.h"

#include <sys/utsname.h>

#include <cstdlib>
#include <cstring>

namespace ringline
{

namespace
{

KernelVersion parse(const char *text)
{
	KernelVersion result;
	std::uint32_t *const parts[] = {&result.major, &result.minor, &result.patch};
	for (std::uint32_t *part : parts) {
		char *end = nullptr;
		*part = static_cast<std::uint32_t>(std::strtoul(text, &end, 10));
		if (end == text || *end != '.') {
			break;
		}
		text = end + 1;
	}
	return result;
}

} // namespace

KernelVersion parse_kernel_version(const char *release, const char *version)
{
	static constexpr char debian[] = "Debian ";
	const KernelVersion named = parse(release);
	if (const char *at = std::strstr(version, debian); at != nullptr) {
		const KernelVersion real = parse(at + sizeof debian - 1);
		if (real.major == named.major && real.minor == named.minor) {
			return real;
		}
	}
	return named;
}

KernelVersion kernel_version()
{
	struct utsname name = {};
	if (::uname(&name) != 0) {
		return {};
	}
	return parse_kernel_version(name.release, name.version);
}

} // namespace ringline
