#include "device.h"

int set_limit(struct device *dev, unsigned int limit)
{
	if (dev->locked)
		return -1;
	dev->limit = limit;
	return 0;
}
