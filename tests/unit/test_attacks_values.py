"""Pairs of functions that differ, by numbers: promotions, conversions, widths, signs, precedence: none is the same."""

from __future__ import annotations

from tests.unit.attacks import Attack, never_the_same

DIFFERENT = {
    "u8 compound wraps": Attack(
        "u32 f(struct s *p, u32 n) { u8 x=n; x+=250; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=(u8)n; x+=250; return x; }",
        "refuted", "changed",
    ),
    "u8 shift promote": Attack(
        "u32 f(struct s *p, u32 n) { u8 x=n; return (x<<8)>>8; }",
        "u32 f(struct s *p, u32 n) { u8 x=n; return (u8)(x<<8)>>8; }",
        "refuted", "changed",
    ),
    "u8 not": Attack(
        "u32 f(struct s *p, u32 n) { u8 x=n; return ~x; }",
        "u32 f(struct s *p, u32 n) { u8 x=n; return (u8)~x; }",
        "refuted", "changed",
    ),
    "s8 sign": Attack(
        "u32 f(struct s *p, u32 n) { s8 x=n; return x; }",
        "u32 f(struct s *p, u32 n) { u8 x=n; return x; }",
        "refuted", "changed",
    ),
    "u16 mul": Attack(
        "u64 f(struct s *p, u32 n) { u16 a=n,b=n>>16; return (u64)(a*b); }",
        "u64 f(struct s *p, u32 n) { u16 a=n,b=n>>16; return (u64)a*b; }",
        "refuted", "changed",
    ),
    "bool conv": Attack(
        "u32 f(struct s *p, u32 n) { bool b=n; return b; }",
        "u32 f(struct s *p, u32 n) { u8 b=n; return b; }",
        "refuted", "changed",
    ),
    "bool conv bit": Attack(
        "u32 f(struct s *p, u32 n) { bool b=n&0x100; return b; }",
        "u32 f(struct s *p, u32 n) { u8 b=n&0x100; return b; }",
        "refuted", "changed",
    ),
    "bool ptr assign": Attack(
        "u32 f(struct s *p, u32 n) { u8 b=(n&0x300)!=0; return b; }",
        "u32 f(struct s *p, u32 n) { u8 b=n&0x300; return b; }",
        "refuted", "changed",
    ),
    "signed bf": Attack(
        "u32 f(struct s *p, u32 n) { struct {int x:3;} v; v.x=n; return v.x; }",
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v; v.x=n; return v.x; }",
        "refuted", "changed",
    ),
    "bf overflow": Attack(
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v; v.x=n; return v.x; }",
        "u32 f(struct s *p, u32 n) { struct {unsigned x:4;} v; v.x=n; return v.x; }",
        "refuted", "changed",
    ),
    "bf assign value": Attack(
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v; return v.x=n; }",
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v; v.x=n; return n; }",
        "refuted", "changed",
    ),
    "bf incr": Attack(
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v={7}; v.x++; return v.x; }",
        "u32 f(struct s *p, u32 n) { return 8; }",
        "refuted", "changed",
    ),
    "bf post incr": Attack(
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v={n}; return v.x++; }",
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v={n}; return v.x+1; }",
        "refuted", "changed",
    ),
    "1-bit signed": Attack(
        "u32 f(struct s *p, u32 n) { struct {int x:1;} v; v.x=n; return v.x==1; }",
        "u32 f(struct s *p, u32 n) { struct {unsigned x:1;} v; v.x=n; return v.x==1; }",
        "refuted", "changed",
    ),
    "int bf compare": Attack(
        "u32 f(struct s *p, u32 n) { struct {unsigned x:3;} v; v.x=n; return v.x-4<0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "u32 bf compare": Attack(
        "u32 f(struct s *p, u32 n) { struct {unsigned x:31;} v; v.x=n; return v.x-4<0; }",
        "u32 f(struct s *p, u32 n) { unsigned v=n&0x7fffffff; return v-4<0; }",
        "refuted", "changed",
    ),
    "~0U vs ~0ULL": Attack(
        "u64 f(struct s *p, u32 n) { return p->q & ~0U; }",
        "u64 f(struct s *p, u32 n) { return p->q & ~0ULL; }",
        "refuted", "changed",
    ),
    "u64 mask by int": Attack(
        "u64 f(struct s *p, u32 n) { return p->q & ~(1<<3); }",
        "u64 f(struct s *p, u32 n) { return p->q & ~(1U<<3); }",
        "refuted", "changed",
    ),
    "u64 shift": Attack(
        "u64 f(struct s *p, u32 n) { return p->q>>32; }",
        "u64 f(struct s *p, u32 n) { return (u32)p->q; }",
        "refuted", "changed",
    ),
    "u32 trunc": Attack(
        "u64 f(struct s *p, u32 n) { return (u32)(p->q+1); }",
        "u64 f(struct s *p, u32 n) { return p->q+1; }",
        "refuted", "changed",
    ),
    "u32 shl to u64": Attack(
        "u64 f(struct s *p, u32 n) { return n<<8; }",
        "u64 f(struct s *p, u32 n) { return (u64)n<<8; }",
        "refuted", "changed",
    ),
    "BIT 31": Attack(
        "u64 f(struct s *p, u32 n) { return p->q & 0x80000000; }",
        "u64 f(struct s *p, u32 n) { return p->q & (int)0x80000000; }",
        "refuted", "changed",
    ),
    "1<<31": Attack(
        "u64 f(struct s *p, u32 n) { return (u64)(1<<31); }",
        "u64 f(struct s *p, u32 n) { return (u64)(1U<<31); }",
        "refuted", "changed",
    ),
    "BIT_ULL": Attack(
        "u64 f(struct s *p, u32 n) { return BIT(3); }",
        "u64 f(struct s *p, u32 n) { return BIT(35); }",
        "refuted", "changed",
    ),
    "GENMASK": Attack(
        "u64 f(struct s *p, u32 n) { return GENMASK(7,0); }",
        "u64 f(struct s *p, u32 n) { return GENMASK(8,0); }",
        "refuted", "changed",
    ),
    "GENMASK_ULL": Attack(
        "u64 f(struct s *p, u32 n) { return p->q & GENMASK_ULL(63,12); }",
        "u64 f(struct s *p, u32 n) { return p->q & ~0xffffULL; }",
        "refuted", "changed",
    ),
    "neg mod": Attack(
        "u32 f(struct s *p, u32 n) { return (int)n%4; }",
        "u32 f(struct s *p, u32 n) { return n&3; }",
        "refuted", "changed",
    ),
    "neg div": Attack(
        "u32 f(struct s *p, u32 n) { return (int)n/2; }",
        "u32 f(struct s *p, u32 n) { return (int)n>>1; }",
        "refuted", "changed",
    ),
    "unsigned div": Attack(
        "u32 f(struct s *p, u32 n) { return n/2; }",
        "u32 f(struct s *p, u32 n) { return (int)n/2; }",
        "refuted", "changed",
    ),
    "cmp mixed": Attack(
        "u32 f(struct s *p, u32 n) { return p->i<n; }",
        "u32 f(struct s *p, u32 n) { return p->i<(int)n; }",
        "refuted", "changed",
    ),
    "cmp u8": Attack(
        "u32 f(struct s *p, u32 n) { return (u8)n>-1; }",
        "u32 f(struct s *p, u32 n) { return n>-1; }",
        "refuted", "changed",
    ),
    "cmp int u32 minus one": Attack(
        "u32 f(struct s *p, u32 n) { return n > -1; }",
        "u32 f(struct s *p, u32 n) { return (int)n>-1; }",
        "refuted", "changed",
    ),
    "ternary mixed": Attack(
        "u32 f(struct s *p, u32 n) { return (n?-1:0U) > 0; }",
        "u32 f(struct s *p, u32 n) { return (n?-1:0) > 0; }",
        "refuted", "changed",
    ),
    "ternary mixed long": Attack(
        "u64 f(struct s *p, u32 n) { return n ? -1 : 1U; }",
        "u64 f(struct s *p, u32 n) { return n ? -1 : 1; }",
        "refuted", "changed",
    ),
    "ternary s64": Attack(
        "u64 f(struct s *p, u32 n) { return (n?(s64)-1:n); }",
        "u64 f(struct s *p, u32 n) { return (u32)(n?-1:n); }",
        "refuted", "changed",
    ),
    "char literal": Attack(
        "u32 f(struct s *p, u32 n) { return 'a'; }",
        "u32 f(struct s *p, u32 n) { return 'b'; }",
        "refuted", "changed",
    ),
    "char literal esc": Attack(
        "u32 f(struct s *p, u32 n) { return '\\n'; }",
        "u32 f(struct s *p, u32 n) { return 'n'; }",
        "refuted", "changed",
    ),
    "char hex": Attack(
        "u32 f(struct s *p, u32 n) { return '\\x41'; }",
        "u32 f(struct s *p, u32 n) { return 'B'; }",
        "open", "open",
    ),
    "octal": Attack(
        "u32 f(struct s *p, u32 n) { return 010; }",
        "u32 f(struct s *p, u32 n) { return 10; }",
        "refuted", "changed",
    ),
    "sizeof": Attack(
        "u32 f(struct s *p, u32 n) { return sizeof(u64); }",
        "u32 f(struct s *p, u32 n) { return sizeof(u32); }",
        "refuted", "changed",
    ),
    "sizeof expr": Attack(
        "u32 f(struct s *p, u32 n) { return sizeof(n+p->q); }",
        "u32 f(struct s *p, u32 n) { return sizeof(n); }",
        "refuted", "changed",
    ),
    "sizeof no effect": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=n; (void)sizeof(x++); return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=n; x++; return x; }",
        "refuted", "changed",
    ),
    "sizeof char": Attack(
        "u32 f(struct s *p, u32 n) { return sizeof('a'); }",
        "u32 f(struct s *p, u32 n) { return sizeof((char)'a'); }",
        "refuted", "changed",
    ),
    "sizeof array": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[4]; return sizeof(a); }",
        "u32 f(struct s *p, u32 n) { u32 a[4]; return sizeof(&a[0]); }",
        "refuted", "changed",
    ),
    "sizeof u8 promote": Attack(
        "u32 f(struct s *p, u32 n) { u8 x; return sizeof(+x); }",
        "u32 f(struct s *p, u32 n) { u8 x; return sizeof(x); }",
        "refuted", "changed",
    ),
    "sizeof cond": Attack(
        "u32 f(struct s *p, u32 n) { return sizeof(n?(u8)1:(u8)2); }",
        "u32 f(struct s *p, u32 n) { return sizeof(u8); }",
        "refuted", "changed",
    ),
    "comma": Attack(
        "u32 f(struct s *p, u32 n) { return (n++, n); }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "comma expr": Attack(
        "u32 f(struct s *p, u32 n) { return (p->a=1, n); }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "compound shift": Attack(
        "u32 f(struct s *p, u32 n) { u8 x=n; x<<=1; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=(u8)n; x<<=1; return x; }",
        "refuted", "changed",
    ),
    "compound u8 sub": Attack(
        "u32 f(struct s *p, u32 n) { u8 x=n; x-=1; return x; }",
        "u32 f(struct s *p, u32 n) { int x=(u8)n; x-=1; return x; }",
        "refuted", "changed",
    ),
    "compound signed shift": Attack(
        "u32 f(struct s *p, u32 n) { int x=n; x>>=1; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=n; x>>=1; return x; }",
        "refuted", "changed",
    ),
    "compound rhs u64": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=n; x*=p->q; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=n; x=x*(u8)p->q; return x; }",
        "refuted", "changed",
    ),
    "s8 compound": Attack(
        "u32 f(struct s *p, u32 n) { s8 x=n; x*=2; return x; }",
        "u32 f(struct s *p, u32 n) { int x=(s8)n; x*=2; return x; }",
        "refuted", "changed",
    ),
    "int overflow": Attack(
        "u32 f(struct s *p, u32 n) { int x=n; return x+1>x; }",
        "u32 f(struct s *p, u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "abs": Attack(
        "u32 f(struct s *p, u32 n) { int x=n; return x<0?-x:x; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "shift count u8": Attack(
        "u32 f(struct s *p, u32 n) { return 1U<<(n&31); }",
        "u32 f(struct s *p, u32 n) { return 1U<<(n&15); }",
        "refuted", "changed",
    ),
    "overwide": Attack(
        "u32 f(struct s *p, u32 n) { return n<<32; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "open", "open",
    ),
    "unary minus u8": Attack(
        "u32 f(struct s *p, u32 n) { u8 x=n; return -x; }",
        "u32 f(struct s *p, u32 n) { u8 x=-n; return x; }",
        "refuted", "changed",
    ),
    "not vs compl": Attack(
        "u32 f(struct s *p, u32 n) { return !n; }",
        "u32 f(struct s *p, u32 n) { return ~n; }",
        "refuted", "changed",
    ),
    "double not": Attack(
        "u32 f(struct s *p, u32 n) { return !!n; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "logical and value": Attack(
        "u32 f(struct s *p, u32 n) { return n&&p->a; }",
        "u32 f(struct s *p, u32 n) { return n&p->a; }",
        "refuted", "changed",
    ),
    "min type": Attack(
        "u32 f(struct s *p, u32 n) { return min(n,p->b); }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "min_t": Attack(
        "u32 f(struct s *p, u32 n) { return min_t(u8,n,200); }",
        "u32 f(struct s *p, u32 n) { return min_t(u32,n,200); }",
        "refuted", "changed",
    ),
    "min_t int": Attack(
        "u32 f(struct s *p, u32 n) { return min_t(int,n,5); }",
        "u32 f(struct s *p, u32 n) { return min_t(u32,n,5); }",
        "refuted", "changed",
    ),
    "max_t int": Attack(
        "u32 f(struct s *p, u32 n) { return max_t(int,n,5); }",
        "u32 f(struct s *p, u32 n) { return max_t(u32,n,5); }",
        "refuted", "changed",
    ),
    "clamp": Attack(
        "u32 f(struct s *p, u32 n) { return clamp(n,2u,9u); }",
        "u32 f(struct s *p, u32 n) { return clamp(n,2u,8u); }",
        "refuted", "changed",
    ),
    "clamp_t": Attack(
        "u32 f(struct s *p, u32 n) { return clamp_t(int,n,2,9); }",
        "u32 f(struct s *p, u32 n) { return clamp_t(u32,n,2,9); }",
        "refuted", "changed",
    ),
    "swap": Attack(
        "u32 f(struct s *p, u32 n) { u32 a=n,b=p->a; swap(a,b); return a; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "abs macro": Attack(
        "u32 f(struct s *p, u32 n) { return abs((int)n); }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "open", "changed",
    ),
    "roundup": Attack(
        "u32 f(struct s *p, u32 n) { return round_up(n,8); }",
        "u32 f(struct s *p, u32 n) { return n&~7; }",
        "refuted", "changed",
    ),
    "ALIGN": Attack(
        "u32 f(struct s *p, u32 n) { return ALIGN(n,8); }",
        "u32 f(struct s *p, u32 n) { return ALIGN_DOWN(n,8); }",
        "open", "changed",
    ),
    "DIV_ROUND_UP": Attack(
        "u32 f(struct s *p, u32 n) { return DIV_ROUND_UP(n,8); }",
        "u32 f(struct s *p, u32 n) { return n/8; }",
        "refuted", "changed",
    ),
    "lower_32_bits": Attack(
        "u32 f(struct s *p, u32 n) { return lower_32_bits(p->q); }",
        "u32 f(struct s *p, u32 n) { return upper_32_bits(p->q); }",
        "refuted", "changed",
    ),
    "upper 32": Attack(
        "u64 f(struct s *p, u32 n) { return upper_32_bits(p->q); }",
        "u64 f(struct s *p, u32 n) { return p->q; }",
        "refuted", "changed",
    ),
    "enum signed": Attack(
        "enum e {M=-1,Z};\nu32 f(struct s *p, u32 n) { enum e x=n; return x<0; }",
        "enum e {M=-1,Z};\nu32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "enum size": Attack(
        "enum e {E=-1};\nu64 f(struct s *p, u32 n) { return E; }",
        "enum e {E=-1};\nu64 f(struct s *p, u32 n) { return (u32)E; }",
        "refuted", "changed",
    ),
    "hex u": Attack(
        "u32 f(struct s *p, u32 n) { return 0x80000000>0; }",
        "u32 f(struct s *p, u32 n) { return (int)0x80000000>0; }",
        "refuted", "changed",
    ),
    "dec big": Attack(
        "u32 f(struct s *p, u32 n) { return 2147483648>-1; }",
        "u32 f(struct s *p, u32 n) { return 2147483648U>-1; }",
        "refuted", "changed",
    ),
    "int32 neg literal": Attack(
        "u32 f(struct s *p, u32 n) { return -2147483648<0; }",
        "u32 f(struct s *p, u32 n) { return -2147483648U<0; }",
        "refuted", "changed",
    ),
    "trunc ret s8": Attack(
        "u32 f(struct s*p,u32 n) { return (s8)n; }",
        "u32 f(struct s*p,u32 n) { return (u8)n; }",
        "refuted", "changed",
    ),
    "return narrowing": Attack(
        "u32 f(struct s*p,u32 n) { return n; }",
        "u32 f(struct s*p,u32 n) { return n&0xff; }",
        "refuted", "changed",
    ),
    "return type u8": Attack(
        "u8 f(u32 n){return n;}",
        "u32 f(u32 n){return n;}",
        "open", "changed",
    ),
    "return type s8": Attack(
        "s8 f(u32 n){return n;}",
        "u8 f(u32 n){return n;}",
        "refuted", "changed",
    ),
    "return type bool": Attack(
        "bool f(u32 n){return n;}",
        "u8 f(u32 n){return n;}",
        "open", "changed",
    ),
    "return int vs u32": Attack(
        "int f(u32 n){return n;}",
        "u32 f(u32 n){return n;}",
        "named", "assuming",
    ),
    "return int vs long": Attack(
        "int f(u32 n){return n;}",
        "long f(u32 n){return n;}",
        "open", "changed",
    ),
    "return u32 vs u64": Attack(
        "u32 f(u64 n){return n;}",
        "u64 f(u64 n){return n;}",
        "open", "changed",
    ),
    "param narrowing": Attack(
        "u32 f(u8 n){return n;}",
        "u32 f(u32 n){return n;}",
        "open", "open",
    ),
    "param signed": Attack(
        "u32 f(int n){return n<0;}",
        "u32 f(u32 n){return n<0;}",
        "refuted", "changed",
    ),
    "param swapped": Attack(
        "u32 f(u32 a,u32 b){return a-b;}",
        "u32 f(u32 b,u32 a){return a-b;}",
        "open", "assuming",
    ),
    "param renamed swapped": Attack(
        "u32 f(u32 a,u32 b){return a-b;}",
        "u32 f(u32 c,u32 d){return d-c;}",
        "refuted", "changed",
    ),
    "callee ret narrowing": Attack(
        "static u32 k(u32 n){return n+1;}\nu32 f(u32 n){return k(n);}",
        "static u8 k(u32 n){return n+1;}\nu32 f(u32 n){return k(n);}",
        "refuted", "changed",
    ),
    "callee param narrowing": Attack(
        "static u32 k(u32 n){return n+1;}\nu32 f(u32 n){return k(n);}",
        "static u32 k(u8 n){return n+1;}\nu32 f(u32 n){return k(n);}",
        "refuted", "changed",
    ),
    "extern ret narrowing": Attack(
        "extern u32 k(u32 n);\nu32 f(u32 n){return k(n);}",
        "extern u8 k(u32 n);\nu32 f(u32 n){return k(n);}",
        "refuted", "open",
    ),
    "extern ret sign": Attack(
        "extern int k(u32 n);\nu32 f(u32 n){return k(n)<0;}",
        "extern u32 k(u32 n);\nu32 f(u32 n){return k(n)<0;}",
        "refuted", "changed",
    ),
    "extern param narrowing": Attack(
        "extern u32 k(u32 n);\nu32 f(u32 n){return k(n);}",
        "extern u32 k(u8 n);\nu32 f(u32 n){return k(n);}",
        "refuted", "changed",
    ),
    "extern bool": Attack(
        "extern bool k(u32 n);\nu32 f(u32 n){return k(n);}",
        "extern int k(u32 n);\nu32 f(u32 n){return k(n);}",
        "refuted", "open",
    ),
    "callee args swapped": Attack(
        "static u32 k(u32 a,u32 b){return a-b;}\nu32 f(u32 n,u32 m){return k(n,m);}",
        "static u32 k(u32 b,u32 a){return a-b;}\nu32 f(u32 n,u32 m){return k(n,m);}",
        "refuted", "assuming",
    ),
    "opaque callee params swapped": Attack(
        "extern u32 k(u32 a,u32 b);\nu32 f(u32 n,u32 m){return k(n,m);}",
        "extern u32 k(u32 a,u32 b);\nu32 f(u32 n,u32 m){return k(m,n);}",
        "refuted", "changed",
    ),
    "callee changed deep": Attack(
        "static u32 k2(u32 a){return a;}\nstatic u32 k(u32 a){return k2(a);}\nu32 f(u32 n){return k(n);}",
        "static u32 k2(u32 a){return a+1;}\nstatic u32 k(u32 a){return k2(a);}\nu32 f(u32 n){return k(n);}",
        "refuted", "assuming",
    ),
    "suffix": Attack(
        "u32 f(struct s *p, u32 n) { return 1U-2<0; }",
        "u32 f(struct s *p, u32 n) { return 1-2<0; }",
        "refuted", "changed",
    ),
    "long sub": Attack(
        "u32 f(struct s *p, u32 n) { return (long)n-1<0; }",
        "u32 f(struct s *p, u32 n) { return n-1<0; }",
        "refuted", "changed",
    ),
    "shift ll": Attack(
        "u64 f(struct s *p, u32 n) { return 1ULL<<n; }",
        "u64 f(struct s *p, u32 n) { return 1U<<n; }",
        "open", "open",
    ),
    "cast precedence": Attack(
        "u32 f(struct s *p, u32 n) { return (u8)n+1; }",
        "u32 f(struct s *p, u32 n) { return (u8)(n+1); }",
        "refuted", "changed",
    ),
    "cast shift": Attack(
        "u64 f(struct s *p, u32 n) { return (u64)(n<<16); }",
        "u64 f(struct s *p, u32 n) { return (u64)n<<16; }",
        "refuted", "changed",
    ),
    "cast in cond": Attack(
        "u32 f(struct s *p, u32 n) { return (u8)n?1:0; }",
        "u32 f(struct s *p, u32 n) { return n?1:0; }",
        "refuted", "changed",
    ),
    "not eq prec": Attack(
        "u32 f(struct s *p, u32 n) { return n&1==0; }",
        "u32 f(struct s *p, u32 n) { return (n&1)==0; }",
        "refuted", "changed",
    ),
    "bang prec": Attack(
        "u32 f(struct s *p, u32 n) { return !n==p->a; }",
        "u32 f(struct s *p, u32 n) { return !(n==p->a); }",
        "refuted", "changed",
    ),
    "bang and": Attack(
        "u32 f(struct s *p, u32 n) { return !n&1; }",
        "u32 f(struct s *p, u32 n) { return !(n&1); }",
        "refuted", "changed",
    ),
    "shift prec": Attack(
        "u32 f(struct s *p, u32 n) { return n<<1+1; }",
        "u32 f(struct s *p, u32 n) { return (n<<1)+1; }",
        "refuted", "changed",
    ),
    "or prec": Attack(
        "u32 f(struct s *p, u32 n) { return n|1==1; }",
        "u32 f(struct s *p, u32 n) { return (n|1)==1; }",
        "refuted", "changed",
    ),
    "ternary assoc": Attack(
        "u32 f(struct s *p, u32 n) { return n?1:p->a?2:3; }",
        "u32 f(struct s *p, u32 n) { return (n?1:p->a)?2:3; }",
        "refuted", "changed",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)
