// SPDX-License-Identifier: MIT OR Apache-2.0
module ringline

go 1.19
