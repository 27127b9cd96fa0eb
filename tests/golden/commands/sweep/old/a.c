int f(int n) { return n * 2; }
int g(int n) { return n + 1; }
int gone(void) { return 0; }
