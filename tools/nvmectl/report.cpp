// SPDX-License-Identifier: MIT OR Apache-2.0
#include "report.h"

#include "status_code.h"

#include <ringline/nvme.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace nvmectl
{
namespace
{

/// Of the first print that failed; standard output is one for the whole process, and so is what became of it.
int output_error = 0;

std::string output_error_text()
{
	return fmt::format("cannot write to standard output: {}", std::strerror(output_error));
}

/// Names from devices and paths need not be UTF-8; a document always is.
std::string dump(const Json &json)
{
	return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace

Json document(std::string_view command)
{
	Json json;
	json["schema"] = fmt::format("nvmectl.{}/1", command);
	return json;
}

void print_text(const std::string &text)
{
	errno = 0;
	const bool written =
		std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
	if (!written && output_error == 0) {
		output_error = errno != 0 ? errno : EIO;
	}
}

bool output_works()
{
	return output_error == 0;
}

void print_document(const Json &json)
{
	print_text(dump(json));
}

void print_document_beside(const std::string &file, const Json &json)
{
	file == "-" ? print_document_to_stderr(json) : print_document(json);
}

void print_line(const Json &json)
{
	print_text(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void print_text_to_stderr(const std::string &text)
{
	(void)std::fwrite(text.data(), 1, text.size(), stderr);
}

void print_document_to_stderr(const Json &json)
{
	print_text_to_stderr(dump(json));
}

void Warnings::add(const std::string &text)
{
	texts_.push_back(text);
	if (!json_) {
		print_text_to_stderr(fmt::format("nvmectl: warning: {}\n", text));
	}
}

Exit run_reported(const std::function<Exit()> &command, bool has_effect, Warnings *warnings)
{
	if (has_effect) {
		(void)std::signal(SIGPIPE, SIG_IGN); // killed by a reader that is gone, it would seem to have failed
	}
	Exit exit = Exit::done;
	try {
		exit = command();
	} catch (...) {
		if (!output_works()) {
			warnings->add(output_error_text());
		}
		throw;
	}
	if (output_works()) {
		return exit;
	}
	if (exit != Exit::done) { // the document that would have had the warning is what was lost
		print_text_to_stderr(fmt::format("nvmectl: warning: {}\n", output_error_text()));
		return exit;
	}
	if (has_effect) {
		throw Error(Exit::partial,
			    fmt::format("the command was done, but what it reports is lost: {}", output_error_text()),
			    "all of it took effect: to repeat it would do it again");
	}
	throw Error(Exit::open, output_error_text());
}

Json to_json(const std::vector<Extent> &ranges)
{
	Json array = Json::array();
	for (const Extent &range : ranges) {
		array.push_back({{"lba", range.lba}, {"blocks", range.blocks}});
	}
	return array;
}

Json error_document(const Error &error, const Warnings &warnings)
{
	Json json = document("error");
	json["code"] = exit_name(error.exit());
	json["exit"] = static_cast<int>(error.exit());
	json["message"] = error.what();
	if (!error.rule().empty()) {
		json["rule"] = error.rule();
	}
	if (!error.hint().empty()) {
		json["hint"] = error.hint();
	}
	if (error.status()) {
		json["status"] = *error.status();
		json["status_code"] = status_notation(*error.status());
	}
	if (error.progress()) {
		json["done"] = to_json(error.progress()->done);
		json["failed"] = to_json(error.progress()->failed);
		json["unknown"] = to_json(error.progress()->unknown);
		if (error.progress()->durable) {
			json["durable"] = *error.progress()->durable;
		}
	}
	if (!warnings.texts().empty()) {
		json["warnings"] = warnings.texts();
	}
	return json;
}

std::string error_text(const Error &error)
{
	std::string text = fmt::format("nvmectl: {}\n", error.what());
	if (error.progress()) {
		text += fmt::format("  done: {}\n", describe(error.progress()->done));
		if (!error.progress()->failed.empty()) {
			text += fmt::format("  failed: {}\n", describe(error.progress()->failed));
		}
		if (!error.progress()->unknown.empty()) {
			text += fmt::format("  unknown: {}\n", describe(error.progress()->unknown));
		}
		if (!error.progress()->durable.value_or(true)) {
			text += fmt::format(
				"  the done blocks may still be in the drive's volatile cache: nvmectl flush {} "
				"makes them last\n",
				error.progress()->device);
		}
	}
	if (!error.hint().empty()) {
		text += fmt::format("  hint: {}\n", error.hint());
	}
	return text;
}

} // namespace nvmectl
