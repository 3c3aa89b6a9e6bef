// SPDX-License-Identifier: MIT OR Apache-2.0
// Whether this user may send commands, and what would let him.
#pragma once

#include "doctor_judge.h"

namespace nvmectl
{

/// Whether a release of Linux, such as "6.1.0-28-amd64", is older than this.
bool kernel_before(const std::string &release, unsigned major, unsigned minor);

/// One check for each device of the machine.
void judge_access(const MachineFacts &facts, std::vector<Check> *checks);

/// What to type so that this user may open the namespaces of the controller with this serial number.
std::string permit_fix(const MachineFacts &facts, const std::string &serial);

} // namespace nvmectl
