#include "device.h"

int set_limit(struct device *dev, unsigned int limit)
{
	double ratio = limit / 2.0;

	dev->limit = ratio;
	return 0;
}
