// SPDX-License-Identifier: MIT OR Apache-2.0
// What reaches the user: text for people, JSON documents with a schema for programs.
#pragma once

#include "error.h"
#include "options.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace nvmectl
{

using Json = nlohmann::ordered_json;

/// A document of schema nvmectl.COMMAND/1.
Json document(std::string_view command);

/// Prints to standard output; throws Error(Exit::open) when that fails.
void print_document(const Json &json);
void print_text(const std::string &text);
/// The same on standard error, for commands whose standard output is data. Never throws.
void print_document_to_stderr(const Json &json);
void print_text_to_stderr(const std::string &text);

/// "nvmectl: warning: ..." on standard error. In JSON mode the caller puts it into the document instead.
void warn(const std::string &text);

/// An error as nvmectl.error/1, or as lines for people.
Json error_document(const Error &error);
std::string error_text(const Error &error);

Json to_json(const std::vector<Extent> &ranges);

} // namespace nvmectl
