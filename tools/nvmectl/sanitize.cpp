// SPDX-License-Identifier: MIT OR Apache-2.0
#include "admin_call.h"
#include "commands.h"
#include "confirm.h"
#include "error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace nvmectl
{
namespace
{

struct Action {
	const char *name;
	std::uint32_t value;
	const char *capability; ///< The field of Identify Controller that says whether the device can.
};

constexpr std::array<Action, 4> actions = {{
	{"exit-failure", RINGLINE_SANITIZE_EXIT_FAILURE, ""},
	{"block", RINGLINE_SANITIZE_BLOCK_ERASE, "sanicap_block_erase"},
	{"overwrite", RINGLINE_SANITIZE_OVERWRITE, "sanicap_overwrite"},
	{"crypto", RINGLINE_SANITIZE_CRYPTO_ERASE, "sanicap_crypto_erase"},
}};

const Action &parse_action(const std::string &words)
{
	for (const Action &action : actions) {
		if (words == action.name) {
			return action;
		}
	}
	throw Error(Exit::usage, fmt::format("--action {}: block, overwrite, crypto or exit-failure", words));
}

ringline_sanitize_options options_of(const Action &action, const AdminOptions &words)
{
	constexpr std::uint32_t passes_max = 16;
	const bool overwrite = action.value == RINGLINE_SANITIZE_OVERWRITE;
	if (!overwrite && (!words.passes.empty() || !words.pattern.empty() || words.invert)) {
		throw Error(Exit::usage, "--passes, --pattern and --invert belong to --action overwrite");
	}
	const bool leave = action.value == RINGLINE_SANITIZE_EXIT_FAILURE;
	if (leave && (words.unrestricted || words.no_deallocate)) {
		throw Error(Exit::usage, "--unrestricted and --no-deallocate do not belong to --action exit-failure");
	}
	auto made = sized<ringline_sanitize_options>();
	made.action = action.value;
	made.passes = admin_number(words.passes, "--passes", passes_max);
	if (overwrite && made.passes == 0) {
		made.passes = 1;
	}
	made.pattern = admin_number(words.pattern, "--pattern", UINT32_MAX);
	made.flags = (words.unrestricted ? RINGLINE_SANITIZE_UNRESTRICTED : 0U) |
		     (words.invert ? RINGLINE_SANITIZE_INVERT : 0U) |
		     (words.no_deallocate ? RINGLINE_SANITIZE_NO_DEALLOCATE : 0U);
	made.timeout_ms = admin_timeout(words.timeout);
	return made;
}

void require_capability(const Device &device, const Action &action, std::span<const std::uint8_t> controller)
{
	constexpr std::uint32_t page = RINGLINE_PAGE_IDENTIFY + 0x01;
	const bool able = action.capability[0] == '\0' ? page_number(page, "sanicap", controller) != 0
						       : page_number(page, action.capability, controller) != 0;
	if (!able) {
		throw Error(Exit::unsupported,
			    fmt::format("{} cannot sanitize by {} (SANICAP {:#x})", device.info().node, action.name,
					page_number(page, "sanicap", controller)),
			    "nothing was sent; nvmectl id ctrl shows what it can");
	}
}

} // namespace

Exit run_sanitize(const Options &options, Warnings *warnings)
{
	const Action &action = parse_action(options.admin.action);
	const ringline_sanitize_options wanted = options_of(action, options.admin);
	const Device device(options.device, 0);
	const std::string what = fmt::format("Sanitize of {}", device.info().node);
	ringline_completion completion = {};
	// A dry run is refused where the real one would be: up to the question it is the same.
	const std::vector<std::uint8_t> controller = identify_page(device, cns_controller, 0);
	require_capability(device, action, controller);
	const bool manages = page_number(RINGLINE_PAGE_IDENTIFY + cns_controller, "oacs_namespaces", controller) != 0;
	const std::vector<Reached> reached = reached_subsystem(device.info(), namespace_ids(device, manages));
	const std::vector<BusyCheck> claims = require_all_idle(device.info(), reached, options.allow_busy, warnings);
	if (options.dry_run) {
		ringline_nvme_command command = {};
		require_success(what, ringline_nvme_sanitize(&command, &wanted), completion);
		print_dry_run("sanitize", "Sanitize", "admin", device, command, options, *warnings);
		return Exit::done;
	}
	confirm(device.info(),
		fmt::format("All data of {} will be lost: a sanitize reaches the whole NVM subsystem, and cannot be "
			    "stopped.",
			    describe(reached)),
		options);
	require_success(what, ringline_sanitize(device.handle(), &wanted, &completion), completion);
	if (options.json) {
		Json json = document("sanitize");
		json["device"] = device.info().node;
		json["action"] = action.name;
		json["reached"] = to_json(reached);
		json["warnings"] = warnings->texts();
		print_document(json);
	} else if (!options.quiet) {
		print_text(fmt::format("sanitize by {} has begun; nvmectl log sanitize {} tells how far it is\n",
				       action.name, options.device));
	}
	return Exit::done;
}

} // namespace nvmectl
