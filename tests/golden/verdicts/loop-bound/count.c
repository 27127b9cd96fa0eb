unsigned int count(unsigned int rounds)
{
	unsigned int done = 0;

	while (done < rounds)
		done++;
	return done;
}
