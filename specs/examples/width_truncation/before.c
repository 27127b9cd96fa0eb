/* SPDX-License-Identifier: MIT
 *
 * A mask that is too narrow.  ~CONTROL_LOCK is computed in 32 bits: 0xfffffffe.  Only then is it widened for the 64-bit
 * `&`, and, being unsigned, filled up with zeros.  So the statement clears bit 0 and bits 32 to 63.
 */
#include "device.h"

void unlock(struct device *device)
{
	device->control &= ~CONTROL_LOCK;
}
