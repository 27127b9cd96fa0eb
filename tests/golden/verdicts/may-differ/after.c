int ask(int question);

int answer(int question)
{
	return ask(question + 1);
}
