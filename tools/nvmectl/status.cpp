// SPDX-License-Identifier: MIT OR Apache-2.0
#include "commands.h"
#include "report.h"
#include "status_code.h"

#include <ringline/nvme.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nvmectl
{
namespace
{

std::string retry_name(std::uint8_t retry)
{
	switch (retry) {
	case RINGLINE_RETRY_IF_IDEMPOTENT:
		return "if-idempotent";
	case RINGLINE_RETRY_OTHER_PATH:
		return "other-path";
	default:
		return "never";
	}
}

std::string retry_text(std::uint8_t retry)
{
	switch (retry) {
	case RINGLINE_RETRY_IF_IDEMPOTENT:
		return "may help, if the command may run twice";
	case RINGLINE_RETRY_OTHER_PATH:
		return "may help on another path";
	default:
		return "cannot help";
	}
}

std::string as_text(const ringline_status_info &info, std::int32_t opcode)
{
	std::string text =
		fmt::format("{} ({:#06x}) {}\n  {}\n", status_notation(info.status), info.status,
			    ringline_status_name(info.status, opcode), ringline_status_text(info.status, opcode));
	text += fmt::format("  SCT {} SC {:02X}h, CRD {}, More {}, DNR {}\n", info.sct, info.sc, info.crd, info.more,
			    info.dnr);
	return text + fmt::format("  repeating the command {}\n", retry_text(info.retry));
}

} // namespace

Exit run_status(const Options &options, Warnings * /*warnings*/)
{
	const std::uint16_t status = parse_status(options.status);
	const std::int32_t opcode = options.opcode.empty() ? -1 : parse_opcode(options.opcode);
	ringline_status_info info = {};
	info.struct_size = sizeof info;
	const std::int32_t decoded = ringline_status_decode(status, &info);
	if (decoded < 0) {
		throw Error(Exit::internal, "the status word could not be taken apart");
	}
	if (!options.json) {
		print_text(as_text(info, opcode));
		return Exit::done;
	}
	Json json = document("status");
	json["status"] = status;
	json["code"] = status_notation(status);
	json["sct"] = info.sct;
	json["sc"] = info.sc;
	json["crd"] = info.crd;
	json["more"] = info.more != 0;
	json["dnr"] = info.dnr != 0;
	json["name"] = ringline_status_name(status, opcode);
	json["text"] = ringline_status_text(status, opcode);
	json["retry"] = retry_name(info.retry);
	print_document(json);
	return Exit::done;
}

} // namespace nvmectl
