// SPDX-License-Identifier: MIT OR Apache-2.0
#include "command_line.h"
#include "error.h"
#include "report.h"

#include <exception>

namespace
{

int report_error(const nvmectl::Error &error, bool json)
{
	if (json) {
		nvmectl::print_document_to_stderr(nvmectl::error_document(error));
	} else {
		nvmectl::print_text_to_stderr(nvmectl::error_text(error));
	}
	return static_cast<int>(error.exit());
}

} // namespace

int main(int argc, char **argv)
{
	const bool json = nvmectl::CommandLine::wants_json(argc, argv);
	try {
		return static_cast<int>(nvmectl::CommandLine().run(argc, argv));
	} catch (const nvmectl::Error &error) {
		return report_error(error, json);
	} catch (const std::exception &error) {
		return report_error(nvmectl::Error(nvmectl::Exit::internal, error.what()), json);
	}
}
