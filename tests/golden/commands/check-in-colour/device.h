struct device {
	unsigned long control;
	unsigned int limit;
	_Bool locked;
};
