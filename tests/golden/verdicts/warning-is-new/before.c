int answer(int question)
{
	return question < 0 ? -22 : 0;
}
