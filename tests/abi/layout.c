/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <ringline/ringline.h>

#include <stddef.h>

#include "layout.h"
