// SPDX-License-Identifier: MIT OR Apache-2.0
#include "command_line.h"
#include "error.h"
#include "report.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <unistd.h>

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

/// Whatever is opened next would get the number of a standard stream that is closed: a report would be written into the
/// device. What holds its place is opened the other way round, so that using it still fails.
void hold_closed_streams()
{
	for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
		const bool closed = ::fcntl(stream, F_GETFD) < 0; // there is no other error
		if (closed && ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream) {
			throw nvmectl::Error(
				nvmectl::Exit::open,
				"a standard stream is closed, and /dev/null cannot be opened in its place");
		}
	}
}

} // namespace

int main(int argc, char **argv)
{
	const bool json = nvmectl::CommandLine::wants_json(argc, argv);
	nvmectl::Warnings warnings(json); // outlives what fails, so that the error's document has them
	try {
		hold_closed_streams();
		return static_cast<int>(nvmectl::CommandLine(argc > 1 ? argv[1] : "").run(argc, argv, &warnings));
	} catch (const nvmectl::Error &error) {
		return report_error(error, warnings, json);
	} catch (const std::exception &error) {
		return report_error(nvmectl::Error(nvmectl::Exit::internal, error.what()), warnings, json);
	}
}
