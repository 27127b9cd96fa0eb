int f(int n) { return n + n; }
int g(int n) { return n + 2; }
