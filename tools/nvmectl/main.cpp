// SPDX-License-Identifier: MIT OR Apache-2.0
#include "command_line.h"
#include "error.h"
#include "report.h"

#include <nlohmann/json.hpp>

#include <exception>

namespace
{

int report_error(const nvmectl::Error &error, const nvmectl::Warnings &warnings, bool json)
{
	if (json) {
		nvmectl::print_document_to_stderr(nvmectl::error_document(error, warnings));
	} else {
		nvmectl::print_text_to_stderr(nvmectl::error_text(error));
	}
	return static_cast<int>(error.exit());
}

} // namespace

int main(int argc, char **argv)
{
	const bool json = nvmectl::CommandLine::wants_json(argc, argv);
	nvmectl::Warnings warnings(json); // outlives what fails, so that the error's document has them
	try {
		return static_cast<int>(nvmectl::CommandLine(argc > 1 ? argv[1] : "").run(argc, argv, &warnings));
	} catch (const nvmectl::Error &error) {
		return report_error(error, warnings, json);
	} catch (const std::exception &error) {
		return report_error(nvmectl::Error(nvmectl::Exit::internal, error.what()), warnings, json);
	}
}
