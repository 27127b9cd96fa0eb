unsigned int sum(unsigned int n)
{
	return n ? n + sum(n - 1) : 0;
}
