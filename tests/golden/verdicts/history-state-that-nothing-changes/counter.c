struct counter { u32 n; u32 limit; };
void note(struct counter *c);
int up(struct counter *c) { if (c->n >= c->limit) return 1; c->n++; return 0; }
void down(struct counter *c, u32 by) { if (by <= 2 && c->n) c->n--; }
void setup(struct counter *c) { c->n = 0; c->limit = 3; }
void call(struct counter *c) { note(c); }
