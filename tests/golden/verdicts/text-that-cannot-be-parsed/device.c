#include "device.h"

int set_limit(struct device *dev, unsigned int limit)
{
	dev->limit = limit +;
	return 0;
}
