unsigned int bit(unsigned int number)
{
	return 1u << number;
}
