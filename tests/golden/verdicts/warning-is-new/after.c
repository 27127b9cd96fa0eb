int answer(int question)
{
	WARN_ON_ONCE(question > 100);
	return question < 0 ? -22 : 0;
}
