#ifdef CONFIG_DEVICE_LOCK
int set_limit(int limit) { return limit; }
#else
int set_limit(int limit) { return 0; }
#endif
