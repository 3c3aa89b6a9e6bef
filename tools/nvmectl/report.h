// SPDX-License-Identifier: MIT OR Apache-2.0
// What reaches the user: text for people, JSON documents with a schema for programs.
#pragma once

#include "error.h"
#include "options.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nvmectl
{

using Json = nlohmann::ordered_json;

/// A document of schema nvmectl.COMMAND/1.
Json document(std::string_view command);

/// Prints to standard output; throws Error(Exit::open) when that fails.
void print_document(const Json &json);
/// The same in one line, for programs that read line by line.
void print_line(const Json &json);
void print_text(const std::string &text);
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

/// An error as nvmectl.error/1, or as lines for people.
Json error_document(const Error &error, const Warnings &warnings);
std::string error_text(const Error &error);

Json to_json(const std::vector<Extent> &ranges);

} // namespace nvmectl
