// SPDX-License-Identifier: MIT OR Apache-2.0
// bench_page.html, put into the program when it is built.
#pragma once

#include <string_view>

namespace nvmectl
{

extern const std::string_view bench_page;

} // namespace nvmectl
