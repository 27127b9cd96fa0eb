/* SPDX-License-Identifier: MIT
 *
 * Widened first, inverted then.
 */
#include "device.h"

void unlock(struct device *device)
{
	device->control &= ~(u64)CONTROL_LOCK;
}
