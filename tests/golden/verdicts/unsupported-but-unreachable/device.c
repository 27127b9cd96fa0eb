#include "device.h"

int set_limit(struct device *dev, unsigned int limit)
{
	if (limit >= 10) {
		double ratio = limit / 2.0;

		dev->limit = ratio;
	}
	dev->limit = limit;
	return 0;
}
