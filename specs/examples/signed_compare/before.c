/* SPDX-License-Identifier: MIT
 *
 * A bound that a negative number slips under.  -1 > 4096 is false for ints, and the store turns -1 into 0xffffffff.
 */
#include "buffer.h"

int set_used(struct buffer *buffer, int length)
{
	if (length > BUFFER_SIZE)
		return -EINVAL;
	buffer->used = length;
	return 0;
}
