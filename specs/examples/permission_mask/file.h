/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLE_FILE_H
#define EXAMPLE_FILE_H

#define FMODE_READ	0x1
#define FMODE_WRITE	0x2
#define EACCES		13

struct file {
	unsigned int f_mode;	/* what the file was opened for */
};

#endif
