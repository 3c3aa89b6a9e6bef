// SPDX-License-Identifier: MIT OR Apache-2.0
// What reaches the user: text for people, JSON documents with a schema for programs.
#pragma once

#include "error.h"
#include "options.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nvmectl
{

using Json = nlohmann::ordered_json;

/// A document of schema nvmectl.COMMAND/1.
Json document(std::string_view command);

/// Prints to standard output. That this fails is told by run_reported() when the command has ended: what it says there
/// must not hide how that went.
void print_document(const Json &json);
/// The same, but on standard error if the data went into standard output: file is "-".
void print_document_beside(const std::string &file, const Json &json);
/// The same in one line, for programs that read line by line.
void print_line(const Json &json);
void print_text(const std::string &text);
/// Whether standard output takes what is printed. What prints without end stops when it does not.
bool output_works();
/// The same on standard error, for commands whose standard output is data. Never throws.
void print_document_to_stderr(const Json &json);
void print_text_to_stderr(const std::string &text);

/// What a user should know although the command goes on: said at once as text, kept for the document in JSON mode, be
/// that the command's own or that of the error it ends with.
class Warnings
{
public:
	explicit Warnings(bool json) : json_(json) {}
	void add(const std::string &text);
	[[nodiscard]] const std::vector<std::string> &texts() const { return texts_; }

private:
	bool json_;
	std::vector<std::string> texts_;
};

/// Runs a command. One that was done but whose output is lost ends as partly done if it has an effect, so that nobody
/// repeats it, else as one that could not be done; what fails otherwise stays what it is.
Exit run_reported(const std::function<Exit()> &command, bool has_effect, Warnings *warnings);

/// An error as nvmectl.error/1, or as lines for people.
Json error_document(const Error &error, const Warnings &warnings);
std::string error_text(const Error &error);

Json to_json(const std::vector<Extent> &ranges);

} // namespace nvmectl
