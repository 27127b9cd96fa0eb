/* SPDX-License-Identifier: MIT
 *
 * The same check with the parentheses that were meant.
 */
#include "file.h"

int may_write(struct file *file)
{
	if ((file->f_mode & FMODE_WRITE) == 0)
		return -EACCES;
	return 0;
}
