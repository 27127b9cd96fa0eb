/* SPDX-License-Identifier: MIT
 *
 * The same with both ends of the range checked.
 */
#include "buffer.h"

int set_used(struct buffer *buffer, int length)
{
	if (length < 0 || length > BUFFER_SIZE)
		return -EINVAL;
	buffer->used = length;
	return 0;
}
