# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the benchmark programs many times and says what may be claimed from that."""
