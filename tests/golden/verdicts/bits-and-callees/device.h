#define CONTROL_ENABLE	(1ul << 0)
#define CONTROL_LOCK	(1ul << 33)

struct device {
	unsigned long control;
};

void device_sync(struct device *dev);

static inline _Bool is_locked(struct device *dev)
{
	return dev->control & CONTROL_LOCK;
}
