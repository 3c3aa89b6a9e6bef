// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "interrupt.h"
#include "io_setup.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nvmectl
{

Exit run_flush(const Options &options, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const Device device(options.device, 0);
	const ringline_device_info &info = device.info();
	if (info.kind == RINGLINE_DEVICE_CONTROLLER) {
		throw Error(Exit::usage, fmt::format("{} is a controller: a flush needs a namespace", info.node),
			    "name one of its namespaces; nvmectl list shows them");
	}
	warn_about_null(info, warnings);
	if (options.dry_run) {
		DryRun run;
		run.verb = "flush";
		run.flush_after = true;
		dry_run(device, options, run, *warnings);
		return Exit::done;
	}
	interrupt::install();
	const DataQueue queue(device, options, 1, 0);
	const interrupt::WakesQueue wakes(queue.get());
	flush_now(queue, device, !options.json, "", Progressed());
	if (options.json) {
		Json json = document("flush");
		json["device"] = info.node;
		json["engine"] = engine_name(queue.info().engine);
		json["volatile_cache"] = info.volatile_cache != 0;
		json["warnings"] = warnings->texts();
		print_document(json);
	} else if (!options.quiet) {
		print_text(fmt::format("flushed {}{}\n", info.node,
				       info.volatile_cache != 0 ? "" : " (which says that it has no volatile cache)"));
	}
	return Exit::done;
}

} // namespace nvmectl
