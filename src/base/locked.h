// SPDX-License-Identifier: MIT OR Apache-2.0
// Locks that are held for a scope.
#pragma once

#include <pthread.h>

namespace ringline
{

class Locked
{
public:
	explicit Locked(pthread_mutex_t *mutex) : mutex_(mutex) { pthread_mutex_lock(mutex_); }
	Locked(const Locked &) = delete;
	Locked &operator=(const Locked &) = delete;
	~Locked() { pthread_mutex_unlock(mutex_); }

private:
	pthread_mutex_t *mutex_;
};

} // namespace ringline
