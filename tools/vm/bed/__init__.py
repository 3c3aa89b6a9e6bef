# SPDX-License-Identifier: MIT OR Apache-2.0
"""The test bed: boots stock Debian kernels under QEMU with emulated NVMe drives. Start at cli.py."""
