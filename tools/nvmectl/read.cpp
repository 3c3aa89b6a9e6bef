// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "interrupt.h"
#include "io_setup.h"
#include "metadata.h"
#include "outcome.h"
#include "read_transfer.h"
#include "rescue.h"
#include "units.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nvmectl
{
namespace
{

Extent read_range(const Options &options, const ringline_device_info &info)
{
	const RangeRequest request = resolve_range(options.range, {info.blocks, info.block_size});
	if (!request.blocks) {
		throw Error(Exit::usage, "how much to read is not said",
			    "--blocks COUNT, --length SIZE, or --all for everything up to the end of the device");
	}
	return {request.lba, *request.blocks};
}

void finish(const TransferResult &result, TransferSubject subject, bool plain, Sink *sink, Sink *metadata)
{
	const bool effect = sink->stream() && result.delivered_bytes > 0;
	const Exit exit = classify(happened(result, effect));
	if (exit != Exit::done) {
		subject.aftermath =
			sink->stream() ? fmt::format("{} bytes were given to {}", result.delivered_bytes, sink->name())
				       : fmt::format("{} was not touched", sink->name());
		subject.hint =
			plain ? "--continue-on-error --map FILE reads all that can be read into a file, block by "
				"block, and can be resumed"
			      : "smaller ranges show which blocks can be read";
		throw transfer_error(result, subject, exit);
	}
	commit(sink, metadata);
}

} // namespace

Exit run_read(const Options &options, Warnings *warnings)
{
	(void)parse_engine(options.engine);
	const Device device(options.device, RINGLINE_OPEN_READ_ONLY);
	const ringline_device_info &info = device.info();
	require_blocks(info);
	const Extent range = read_range(options, info);
	if (options.ranges.keep_going) {
		require_plain_namespace(info);
		return run_rescue(options, device, range, warnings);
	}
	const Carriage carriage = carriage_of_read(info, options);
	const Plan plan = plan_for(info, options, carriage.layout, range.blocks, 1);
	refuse_image(options.file, options.device);
	check_metadata_target(options);
	warn_about_null(info, warnings);
	if (options.dry_run) {
		const CommandPart part = {range, RINGLINE_NVME_READ, 0, plan.blocks_per_command};
		dry_run(device, options, {"read", {part}, false, false, plan.commands_in_flight, carriage.layout},
			*warnings);
		return Exit::done;
	}
	interrupt::install();
	const std::uint64_t bytes = range.blocks * info.block_size;
	const std::unique_ptr<Sink> sink =
		options.sparse ? open_sparse_sink(options.file, bytes) : open_sink(options.file, bytes);
	const std::unique_ptr<Sink> metadata = open_metadata_sink(options, range.blocks * info.metadata_size);
	DataQueue queue(device, options, plan.commands_in_flight, plan_memory(plan, 1));
	const interrupt::WakesQueue wakes(queue.get());
	Progress progress(!options.quiet && !options.json && !options.no_progress, range.blocks * info.block_size);
	ReadTransfer transfer({&queue, &device, plan, carriage.layout, 1, &progress, !options.json},
			      {range, carriage.protection_here}, *sink, metadata.get());
	transfer.run();
	progress.clear();
	finish(transfer.result(), {"read", sink->name(), range, info.block_size, false, {}, std::nullopt, {}},
	       info.metadata_size == 0, sink.get(), metadata.get());

	Json json = document("read");
	put_transfer(&json, info, range, plan, queue, progress.seconds());
	json["file"] = options.file;
	put_metadata(&json, carriage, options, range.blocks);
	json["sparse"] = options.sparse;
	json["hole_bytes"] = sink->hole_bytes();
	json["warnings"] = warnings->texts();
	const std::string holes =
		options.sparse ? fmt::format(", {} of it holes", human_bytes(sink->hole_bytes())) : std::string();
	if (options.json) {
		print_document_beside(options.file, json);
	} else if (!options.quiet) {
		const std::string text =
			fmt::format("read {} from LBA {} of {} into {}: {}{}\n", count_of(range.blocks, "block"),
				    range.lba, info.node, sink->name(), rate_text(bytes, progress.seconds()), holes);
		options.file == "-" ? print_text_to_stderr(text) : print_text(text);
	}
	return Exit::done;
}

} // namespace nvmectl
