// SPDX-License-Identifier: MIT OR Apache-2.0
// The functions of ringline/admin.h.
#include "device/admin.h"
#include "base/errno_guard.h"
#include "base/struct_size.h"
#include "capi/with_device.h"
#include "nvme/admin.h"

#include <ringline/ringline.h>

#include <algorithm>
#include <cerrno>
#include <span>

using namespace ringline;

namespace
{

constexpr std::uint32_t list_bytes = 4096;

// Sizes of the structs in 0.1: what the oldest caller can have. They stay when the structs grow.
constexpr std::uint32_t first_size(const ringline_identify_options * /*options*/)
{
	return 16;
}
constexpr std::uint32_t first_size(const ringline_log_options * /*options*/)
{
	return 32;
}
constexpr std::uint32_t first_size(const ringline_feature_options * /*options*/)
{
	return 40;
}
constexpr std::uint32_t first_size(const ringline_format_options * /*options*/)
{
	return 24;
}
constexpr std::uint32_t first_size(const ringline_sanitize_options * /*options*/)
{
	return 24;
}

std::uint64_t address_of(const void *data)
{
	return reinterpret_cast<std::uintptr_t>(data);
}

/// Unlike those of openings, these options have no defaults: NULL is refused.
template <class T> std::int32_t take(T *taken, const T *options)
{
	return options != nullptr ? take_options(taken, options, first_size(options)) : -EINVAL;
}

/// Takes the options, and has build(taken, &command) write the command.
template <class T, class F> std::int32_t build(const T *options, ringline_nvme_command *command, F &&build_it)
{
	if (command == nullptr) {
		return -EINVAL;
	}
	T taken = {};
	const std::int32_t error = take(&taken, options);
	return error < 0 ? error : build_it(taken, command);
}

/// Sends what a builder made, if it did.
std::int32_t send(ringline_device device, std::int32_t built, const ringline_nvme_command &command,
		  ringline_completion *completion)
{
	if (completion == nullptr) {
		return -EINVAL;
	}
	if (built < 0) {
		return built;
	}
	return capi::with_outcome(device, completion, [&](device::Device &opened, device::Outcome *outcome) {
		return opened.admin(command, outcome);
	});
}

/// NVMe wants the list in ascending order.
std::int32_t attachment(ringline_device device, std::uint32_t nsid, bool attach,
			std::span<const std::uint16_t> controllers, ringline_completion *completion)
{
	if (controllers.data() == nullptr || controllers.empty() ||
	    controllers.size() > RINGLINE_ATTACHED_CONTROLLERS_MAX) {
		return -EINVAL;
	}
	alignas(std::uint64_t) std::uint16_t list[list_bytes / sizeof(std::uint16_t)] = {};
	list[0] = static_cast<std::uint16_t>(controllers.size());
	std::ranges::copy(controllers, list + 1);
	std::sort(list + 1, list + 1 + controllers.size());
	ringline_nvme_command command = {};
	const std::int32_t built = nvme::build_attachment(nsid, attach, address_of(list), &command);
	return send(device, built, command, completion);
}

} // namespace

extern "C" {

int32_t ringline_nvme_identify(ringline_nvme_command *command, const ringline_identify_options *options,
			       uint64_t address)
{
	return build(options, command, [&](const ringline_identify_options &taken, ringline_nvme_command *to) {
		return nvme::build_identify(taken, address, to);
	});
}

int32_t ringline_nvme_log_read(ringline_nvme_command *command, const ringline_log_options *options, uint64_t address,
			       uint32_t length)
{
	return build(options, command, [&](const ringline_log_options &taken, ringline_nvme_command *to) {
		return nvme::build_log_read(taken, {.address = address, .length = length}, to);
	});
}

int32_t ringline_nvme_feature_get(ringline_nvme_command *command, const ringline_feature_options *options,
				  uint64_t address, uint32_t length)
{
	return build(options, command, [&](const ringline_feature_options &taken, ringline_nvme_command *to) {
		return nvme::build_feature_get(taken, {.address = address, .length = length}, to);
	});
}

int32_t ringline_nvme_feature_set(ringline_nvme_command *command, const ringline_feature_options *options,
				  uint64_t address, uint32_t length)
{
	return build(options, command, [&](const ringline_feature_options &taken, ringline_nvme_command *to) {
		return nvme::build_feature_set(taken, {.address = address, .length = length}, to);
	});
}

int32_t ringline_nvme_format(ringline_nvme_command *command, const ringline_format_options *options)
{
	return build(options, command, nvme::build_format);
}

int32_t ringline_nvme_sanitize(ringline_nvme_command *command, const ringline_sanitize_options *options)
{
	return build(options, command, nvme::build_sanitize);
}

int32_t ringline_nvme_self_test(ringline_nvme_command *command, uint32_t nsid, uint32_t code)
{
	return command != nullptr ? nvme::build_self_test(nsid, code, command) : -EINVAL;
}

int32_t ringline_identify(ringline_device device, const ringline_identify_options *options, void *data, uint32_t length,
			  ringline_completion *completion)
{
	const ErrnoGuard keep;
	if (data == nullptr) {
		return -EINVAL;
	}
	if (length != RINGLINE_IDENTIFY_BYTES) {
		return -ENOBUFS;
	}
	ringline_nvme_command command = {};
	return send(device, ringline_nvme_identify(&command, options, address_of(data)), command, completion);
}

int32_t ringline_log_read(ringline_device device, const ringline_log_options *options, void *data, uint32_t length,
			  ringline_completion *completion)
{
	const ErrnoGuard keep;
	ringline_log_options taken = {};
	if (const std::int32_t error = take(&taken, options); error < 0) {
		return error;
	}
	if (data == nullptr || completion == nullptr || length > INT32_MAX) {
		return -EINVAL;
	}
	return capi::with_outcome(device, completion, [&](device::Device &opened, device::Outcome *outcome) {
		return device::log_read(opened, taken, {.address = address_of(data), .length = length}, outcome);
	});
}

int32_t ringline_feature_get(ringline_device device, const ringline_feature_options *options, void *data,
			     uint32_t length, ringline_completion *completion)
{
	const ErrnoGuard keep;
	ringline_nvme_command command = {};
	return send(device, ringline_nvme_feature_get(&command, options, address_of(data), length), command,
		    completion);
}

int32_t ringline_feature_set(ringline_device device, const ringline_feature_options *options, const void *data,
			     uint32_t length, ringline_completion *completion)
{
	const ErrnoGuard keep;
	ringline_nvme_command command = {};
	return send(device, ringline_nvme_feature_set(&command, options, address_of(data), length), command,
		    completion);
}

int32_t ringline_format(ringline_device device, const ringline_format_options *options, ringline_completion *completion)
{
	const ErrnoGuard keep;
	ringline_format_options taken = {};
	if (const std::int32_t error = take(&taken, options); error < 0) {
		return error;
	}
	if (completion == nullptr) {
		return -EINVAL;
	}
	return capi::with_outcome(device, completion, [&](device::Device &opened, device::Outcome *outcome) {
		return device::format(opened, taken, outcome);
	});
}

int32_t ringline_sanitize(ringline_device device, const ringline_sanitize_options *options,
			  ringline_completion *completion)
{
	const ErrnoGuard keep;
	ringline_nvme_command command = {};
	return send(device, ringline_nvme_sanitize(&command, options), command, completion);
}

int32_t ringline_self_test(ringline_device device, uint32_t nsid, uint32_t code, ringline_completion *completion)
{
	const ErrnoGuard keep;
	ringline_nvme_command command = {};
	return send(device, ringline_nvme_self_test(&command, nsid, code), command, completion);
}

int32_t ringline_namespace_attach(ringline_device device, uint32_t nsid, const uint16_t *controllers, uint32_t count,
				  ringline_completion *completion)
{
	const ErrnoGuard keep;
	return attachment(device, nsid, true, {controllers, count}, completion);
}

int32_t ringline_namespace_detach(ringline_device device, uint32_t nsid, const uint16_t *controllers, uint32_t count,
				  ringline_completion *completion)
{
	const ErrnoGuard keep;
	return attachment(device, nsid, false, {controllers, count}, completion);
}

} // extern "C"
