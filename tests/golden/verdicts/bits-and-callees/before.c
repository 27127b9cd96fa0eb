#include "device.h"

int enable(struct device *dev)
{
	dev->control |= CONTROL_ENABLE;
	device_sync(dev);
	return 0;
}
