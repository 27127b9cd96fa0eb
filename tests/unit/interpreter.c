/* SPDX-License-Identifier: MIT
 *
 * Snippets for the concrete interpreter (test_interpreter.py).  Each begins with a line `//// name: f(1, 2) = 3; ...`,
 * is a program of its own and defines `f`; gcc confirms the results.
 */

//// promotion of u8: f(255) = 0xff0
int f(u8 a) { return a << 4; }

//// unsigned beats int: f(-1, 1) = 0; f(0, 1) = 1
int f(int a, u32 b) { return a < b; }

//// s64 holds u32: f(-1, 1) = 1
int f(s64 a, u32 b) { return a < b; }

//// u16 becomes int: f(1, 2) = 1
int f(u16 a, u16 b) { return a - b < 0; }

//// long and unsigned long long: f(-1, 1) = 0
int f(long a, u64 b) { return a < b; }

//// wraps: f(0x7fffffff) = -0x80000000
int f(int a) { return a + 1; }

//// multiplication wraps: f(0x10000, 0x8000) = 0xffffffff80000000
u64 f(int a, int b) { return a * b; }

//// u16 product is an int: f(0xffff) = 0xfffffffffffe0001
u64 f(u16 a) { return a * a; }

//// negation of unsigned: f(1) = 0xffffffff
u64 f(u32 a) { return -a; }

//// complement of u8: f(15) = -16
int f(u8 a) { return ~a; }

//// arithmetic shift: f(-3) = -2
int f(int a) { return a >> 1; }

//// logical shift: f(0x80000000) = 1
u32 f(u32 a) { return a >> 31; }

//// left shift into the sign: f(1) = -0x80000000
s64 f(int a) { return a << 31; }

//// shift has the left type: f(3, 31) = 0x80000000
u64 f(u32 a, u64 n) { return a << n; }

//// division truncates: f(-7, 2) = -301; f(7, -2) = -299
int f(int a, int b) { return a / b * 100 + a % b; }

//// mixed division is unsigned: f(-1, 2) = 0x7fffffff
u32 f(int a, u32 b) { return a / b; }

//// s8 from wide: f(384) = -128; f(383) = 127
int f(int a) { return (s8)a; }

//// bool from wide: f(0x10000000000) = 2; f(0) = 0
int f(u64 a) { bool b = a; return b + b; }

//// bool goes round: f() = 1
int f(void) { bool b = 1; b++; b += 3; b--; return b * 2 + !b; }

//// bool bit-field: f(2) = 1
struct s { bool b : 1; };
int f(int a) { struct s s = {}; s.b = a; return s.b; }

//// literals: f() = 5
u64 f(void) { return (2147483648 > 0) + 2 * (0x80000000 > -1) + 4 * (-1 < 0xFFFFFFFFF); }

//// octal and characters: f() = 122
int f(void) { return 017 + 'a' + '\n' + '\0'; }

//// enum is unsigned: f(0) = 0
enum e { A, B };
int f(enum e e) { return e - 1 < 0; }

//// enum with a negative: f(0) = 1
enum e { A = -1, B };
int f(enum e e) { return e - 1 < 0; }

//// conditional's type: f(1, -1, 0) = 0xffffffff
u64 f(int c, int a, u32 b) { return c ? a : b; }

//// ?: without middle: f(0) = 7; f(5) = 5
int f(int a) { return a++ ?: 7; }

//// sizeof doesn't evaluate: f(3) = 43
u64 f(int a) { u64 n = sizeof(a++); return n * 10 + a; }

//// sizeof of promotions: f(1) = 14
u64 f(u8 a) { return sizeof(a) * 10 + sizeof(+a); }

//// sizeof strings and arrays: f() = 46
u64 f(void) { u16 a[3]; return sizeof("abc") * 10 + sizeof(a); }

//// likely is long: f(1) = 0x10000000000
u64 f(int a) { return likely(a) << 40; }

//// logical operators stop: f(0) = 10; f(2) = 1
int f(int a) { int n = 0; a && n++; a || (n += 10); return n; }

//// comma: f(3) = 8
int f(int a) { int b = (a++, a * 2); return b; }

//// assignment's value is cut: f(511) = 255
u64 f(u64 a) { u8 b; u64 c = b = a; return c; }

//// bit-field is cut: f(13) = 497; f(3) = 303
struct s { u32 a : 3; s32 b : 3; };
int f(int v) { struct s s; s.a = v; s.b = v; return s.a * 100 + s.b; }

//// bit-field's assignment: f(13) = 5
struct s { u32 a : 3; };
int f(int v) { struct s s; return (s.a = v) + 0; }

//// narrow bit-field promotes to int: f() = 1
struct s { u32 a : 31; u32 b : 32; u64 c : 32; };
int f(void) { struct s s = {}; return (-1 < s.a) + 2 * (-1 < s.b) + 4 * (-1 < s.c); }

//// bit-field increments: f() = 0
struct s { u8 a : 2; };
int f(void) { struct s s = { 3 }; s.a++; return s.a; }

//// swap by pointer: f(1, 2) = 21
static void g(int *a, int *b) { int t = *a; *a = *b; *b = t; }
int f(int a, int b) { g(&a, &b); return a * 10 + b; }

//// a local's address isn't null: f(4) = 4
static int g(int *p) { if (!p) return 0; return *p; }
int f(int a) { return g(&a) + (&a == NULL); }

//// addresses of elements: f() = 14
int f(void) { int a[4]; return (&a[1] == &a[0]) + 2 * (a + 1 == &a[1]) + 4 * (&a[3] - a); }

//// address of the first member: f() = 1
struct s { int x, y; };
int f(void) { struct s s; return (void *)&s == &s.x; }

//// record copy: f(1) = 123
struct s { int a[2]; struct { u8 b; } c; };
int f(int v)
{
	struct s s = { { v, 2 }, { 3 } }, t = s;
	s.a[0] = 9;
	s.c.b++;
	return t.a[0] * 100 + t.a[1] * 10 + t.c.b;
}

//// record by value and as result: f(1) = 125
struct s { int a, b; };
static struct s g(struct s s) { s.a++; return s; }
int f(int a) { struct s s = { a, 5 }, t = g(s); return s.a * 100 + t.a * 10 + g(t).b; }

//// initialiser fills with zero: f() = 7
struct s { u8 a; u32 b[3]; };
int f(void) { struct s s = { .b = { [1] = 7 } }; return s.a + s.b[0] + s.b[1] + s.b[2]; }

//// array sized by its initialiser: f() = 63
u64 f(void) { int a[] = { 1, [4] = 2, 3 }; return ARRAY_SIZE(a) * 10 + a[5]; }

//// union of integers: f(0x102030405060708) = 1800246
union u { u64 a; struct { u16 lo; u8 b[6]; }; s8 c; };
int f(u64 v) { union u u; u.a = v; u.b[1] = 0xEE; return u.lo * 1000 + (u.a >> 24 & 0xFF) + u.c; }

//// union of bit-fields: f(0x12345678) = 0x12345008
union u { u32 a; struct { u32 lo : 4, mid : 8, hi : 20; }; };
u32 f(u32 v) { union u u = { v }; u.mid = 0; return u.a; }

//// container_of on a local: f(3) = 703
struct i { int x; };
struct o { u64 pad; struct i i, j; };
int f(int v)
{
	struct o o = { 7 };
	struct i *p = &o.j;
	p->x = v;
	return container_of(p, struct o, j)->pad * 100 + o.j.x;
}

//// pointer walk: f() = 1234
int f(void) { int a[4] = { 1, 2, 3, 4 }, *p = a, n = 0; while (p != a + 4) n = n * 10 + *p++; return n; }

//// pointer to pointer: f(1) = 57
int f(int a) { int b = 2, *p = &a, **q = &p; **q = 5; *q = &b; *p = 7; return a * 10 + b; }

//// array of records: f(1) = 32; f(2) = 54
struct s { u8 a; u16 b; };
int f(int i)
{
	struct s s[3] = { { 1, 2 }, { 3, 4 }, { 5, 6 } };
	struct s *p = s + i;
	return p->a * 10 + (p - 1)->b;
}

//// two dimensions: f(2) = 65
int f(int i) { u8 a[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } }; return a[1][i] * 10 + a[i / 2][1]; }

//// compound literal: f(3) = -3
struct s { int a, b; };
static int g(struct s *s) { return s->a - s->b; }
int f(int v) { return g(&(struct s){ .b = v }); }

//// switch: f(1) = 11; f(2) = 10; f(7) = 5; f(10) = 99
int f(int a)
{
	int n = 0;
	switch (a) {
	case 1:
		n = 1;
	case 2:
		n += 10;
		break;
	case 5 ... 9:
		n = 5;
		break;
	default:
		n = 99;
	}
	return n;
}

//// switch converts its labels: f(0) = 2
int f(u8 a) { switch (a) { case 0x100: return 1; case 0: return 2; } return 3; }

//// switch with default first: f(-1) = 1; f(0) = 9
int f(int a) { switch (a) { default: return 9; case -1: return 1; } }

//// label inside of a loop: f(0) = 33; f(1) = 32
int f(int a)
{
	int n = 0;
	switch (a) {
	case 0:
		do {
			n++;
	case 1:
			n += 10;
		} while (n < 30);
	}
	return n;
}

//// loops: f(9) = 64
int f(int a)
{
	int n = 0;
	for (int i = 0; i < a; i++) { if (i == 2) continue; if (i == 5) break; n += i; }
	do
		n *= 2;
	while (n < 50);
	return n;
}

//// goto forwards: f(0) = 2; f(1) = 1
int f(int a) { int n = 1; if (a) goto out; n = 2; out: return n; }

//// goto backwards: f(4) = 10
int f(int a) { int n = 0; again: n += a; if (--a > 0) goto again; return n; }

//// goto into a block: f(0) = 6; f(1) = 7
int f(int a) { int n = 0; if (a) goto in; while (n < 5) { n += 2; in: n++; } return n; }

//// shadowing: f(1) = 14
int f(int a) { int n = a; { int a = 5; n += a; { int a = 7; n += a; } } return n + a; }

//// statement expression: f(0) = 2; f(1) = 99
int f(int a) { return ({ int b = a * 2; b++; b; }) + ({ if (a) return 99; 1; }); }

//// min and max: f(-1, 5) = 5003; f(300, 45) = 44300
u64 f(int a, u32 b) { return min_t(u8, a, b) * 1000 + max(a, 3); }

//// nested macros: f(2) = 8
#define TWICE(x) ((x) * 2)
#define F(x) (TWICE(x) + TWICE(1))
int f(int a) { return F(a + 1); }

//// typeof is the variable's: f(1) = 8160102
#define P(x) ({ typeof(x) *p_ = &(x); typeof(x) a_[2]; sizeof(*p_) * 100 + sizeof(a_); })
static u64 g(u8 x) { return P(x); }
u64 f(u64 x) { return P(x) * 10000 + g(1); }

//// static constants: f(3) = 17
static const u32 limit = 5;
int f(int a) { static const u8 low = 2; return a * limit + low; }

//// WARN_ON's value: f(4) = 1; f(3) = 2
int f(int a) { if (WARN_ON(a > 3)) return 1; return 2; }

