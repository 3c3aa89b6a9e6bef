// SPDX-License-Identifier: MIT OR Apache-2.0
// The one exception of nvmectl: everything that main() needs to tell the user why it ends.
#pragma once

#include "exit_code.h"
#include "extents.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nvmectl
{

/// Which blocks of a transfer are in which state. Blocks in none of them were not touched.
struct Progressed {
	std::vector<Extent> done;
	std::vector<Extent> failed;
	std::vector<Extent> unknown;
	/// Of a write: whether a power cut leaves what is done. Nothing if that is not a question.
	std::optional<bool> durable;
	std::string device; ///< What to name to flush it.
};

class Error : public std::runtime_error
{
public:
	Error(Exit exit, const std::string &message, std::string hint = {})
		: std::runtime_error(message), exit_(exit), hint_(std::move(hint))
	{
	}
	Error &with_rule(std::string rule)
	{
		rule_ = std::move(rule);
		return *this;
	}
	Error &with_status(std::uint16_t status)
	{
		status_ = status;
		return *this;
	}
	Error &with_progress(Progressed progress)
	{
		progress_ = std::move(progress);
		return *this;
	}

	[[nodiscard]] Exit exit() const { return exit_; }
	[[nodiscard]] const std::string &hint() const { return hint_; }
	[[nodiscard]] const std::string &rule() const { return rule_; }
	[[nodiscard]] std::optional<std::uint16_t> status() const { return status_; }
	[[nodiscard]] const std::optional<Progressed> &progress() const { return progress_; }

private:
	Exit exit_;
	std::string hint_;
	std::string rule_;
	std::optional<std::uint16_t> status_;
	std::optional<Progressed> progress_;
};

} // namespace nvmectl
