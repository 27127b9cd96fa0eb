#include "device.h"

int enable(struct device *dev)
{
	if (is_locked(dev))
		return -1;
	dev->control |= CONTROL_ENABLE;
	device_sync(dev);
	return 0;
}
