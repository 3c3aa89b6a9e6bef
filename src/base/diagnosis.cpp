// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/diagnosis.h"

#include "base/struct_size.h"

#include <cstdarg>
#include <cstddef>
#include <cstdio>

namespace ringline
{

std::int32_t fail(ringline_diagnosis *diagnosis, const Failure &failure, const char *format, ...)
{
	if (diagnosis == nullptr || check_output(diagnosis, offsetof(ringline_diagnosis, text)) < 0) {
		return failure.error;
	}
	ringline_diagnosis filled = {};
	filled.rule = failure.rule;
	filled.error = failure.error;
	filled.offset = failure.offset;
	filled.given = failure.given;
	filled.wanted = failure.wanted;
	std::va_list arguments;
	va_start(arguments, format);
	(void)std::vsnprintf(filled.text, sizeof filled.text, format, arguments);
	va_end(arguments);
	give_output(diagnosis, filled);
	return failure.error;
}

} // namespace ringline
