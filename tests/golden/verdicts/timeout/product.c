unsigned long product(unsigned long a, unsigned long b)
{
	return a * b;
}
