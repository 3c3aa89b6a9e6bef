// SPDX-License-Identifier: MIT OR Apache-2.0
// Ctrl-C and its like: remembered, and made to end whatever the program waits for. Nothing is torn down in a handler.
#pragma once

#include <ringline/ringline.h>

#include <cstdint>

namespace nvmectl::interrupt
{

/// From now on SIGINT, SIGTERM and SIGHUP are counted instead of ending the process (unless they are ignored), and
/// writing to a closed pipe or past a file size limit is an error instead of a signal.
void install();

/// How many such signals came.
int count();

/// Sleeps, but not while or after a signal comes. Whether one came.
bool sleep_ns(std::uint64_t ns);

/// Readable once a signal came: for poll(2).
int fd();

/// While it lives, signals wake this queue. One at a time.
class WakesQueue
{
public:
	explicit WakesQueue(ringline_queue *queue);
	WakesQueue(const WakesQueue &) = delete;
	WakesQueue &operator=(const WakesQueue &) = delete;
	~WakesQueue();
};

} // namespace nvmectl::interrupt
