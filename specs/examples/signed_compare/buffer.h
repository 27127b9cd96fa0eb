/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLE_BUFFER_H
#define EXAMPLE_BUFFER_H

#define BUFFER_SIZE	4096
#define EINVAL		22

struct buffer {
	u32 used;		/* bytes in use, of BUFFER_SIZE */
};

#endif
