/* SPDX-License-Identifier: MIT
 *
 * A check that never fires.  `==` binds tighter than `&` in C, so the condition reads
 * f_mode & (FMODE_WRITE == 0), that is f_mode & 0, that is 0.
 * gcc says so with -Wparentheses; `verify` says what follows from it.
 */
#include "file.h"

int may_write(struct file *file)
{
	if (file->f_mode & FMODE_WRITE == 0)
		return -EACCES;
	return 0;
}
