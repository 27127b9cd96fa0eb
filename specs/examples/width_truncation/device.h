/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLE_DEVICE_H
#define EXAMPLE_DEVICE_H

#define CONTROL_LOCK	0x1u	/* 32 bits wide, as the u says; the register has 64 */

struct device {
	u64 control;
};

#endif
