"""Pairs of functions that differ, by definitions and the preprocessor: types, macros, tables and conditions that change beside the function: none is the same."""

from __future__ import annotations

from tests.unit.attacks import CHANGED, OPEN, Attack, never_the_same

DIFFERENT = {
    "a macro that is another one behind the function": Attack(
        "#define K 1\nu32 f(void) { return K; }\n#undef K\n#define K 2",
        "#define K 1\n#undef K\n#define K 2\nu32 f(void) { return K; }",
        OPEN, OPEN,
    ),
    "a string's escape that goes on": Attack(
        'extern void k(const char *s); void f(void) { k("\\x41" "b"); }',
        'extern void k(const char *s); void f(void) { k("\\x41b"); }',
        "refuted", CHANGED,
    ),
    "a string's space": Attack(
        "extern void k(const char *s);\n#define S(x) k(#x)\nvoid f(void) { S(a+1); }",
        "extern void k(const char *s);\n#define S(x) k(#x)\nvoid f(void) { S(a + 1); }",
        "refuted", CHANGED,
    ),
    "the size of a macro's string": Attack(
        '#define S "hello"\nu32 f(void) { return sizeof(S); }', "u32 f(void) { return 8; }", OPEN, OPEN
    ),
    "the size of what a macro makes a string": Attack(
        "#define S(x) #x\nu32 f(void) { return sizeof(S(abc)); }", "u32 f(void) { return 8; }", OPEN, OPEN
    ),
    "the size of a macro's array": Attack(
        "#define S ((u32[]){1, 2, 3})\nu32 f(void) { return sizeof(S); }", "u32 f(void) { return 8; }", "refuted", CHANGED
    ),
    "field order sizeof": Attack(
        "struct r{u8 a;u32 b;u8 c;};\nu32 f(struct s *p, u32 n) { return sizeof(struct r); }",
        "struct r{u8 a;u8 c;u32 b;};\nu32 f(struct s *p, u32 n) { return sizeof(struct r); }",
        "refuted", "assuming",
    ),
    "field type": Attack(
        "struct r{u8 a;};\nu32 f(struct r*r,u32 n) { return r->a; }",
        "struct r{u32 a;};\nu32 f(struct r*r,u32 n) { return r->a; }",
        "open", "open",
    ),
    "field store narrowed": Attack(
        "struct r{u8 a;};\nu32 f(struct r*r,u32 n) { r->a=n; return r->a; }",
        "struct r{u32 a;};\nu32 f(struct r*r,u32 n) { r->a=n; return r->a; }",
        "open", "open",
    ),
    "field sign": Attack(
        "struct r{int a;};\nu32 f(struct r*r,u32 n) { return r->a<0; }",
        "struct r{u32 a;};\nu32 f(struct r*r,u32 n) { return r->a<0; }",
        "refuted", "changed",
    ),
    "bitfield width": Attack(
        "struct r{u32 a:3;};\nu32 f(struct r*r,u32 n) { r->a=n; return r->a; }",
        "struct r{u32 a:4;};\nu32 f(struct r*r,u32 n) { r->a=n; return r->a; }",
        "open", "changed",
    ),
    "array len": Attack(
        "struct r{u32 a[3];};\nu32 f(struct r*r,u32 n) { return ARRAY_SIZE(r->a); }",
        "struct r{u32 a[4];};\nu32 f(struct r*r,u32 n) { return ARRAY_SIZE(r->a); }",
        "refuted", "changed",
    ),
    "macro value": Attack(
        "#define K 1\nu32 f(struct s *p, u32 n) { return K+n; }",
        "#define K 2\nu32 f(struct s *p, u32 n) { return K+n; }",
        "refuted", "changed",
    ),
    "macro paren": Attack(
        "#define K (1+2)\nu32 f(struct s *p, u32 n) { return n*K; }",
        "#define K 1+2\nu32 f(struct s *p, u32 n) { return n*K; }",
        "open", "open",
    ),
    "macro arg paren": Attack(
        "#define SQ(x) ((x)*(x))\nu32 f(struct s *p, u32 n) { return SQ(n+1); }",
        "#define SQ(x) (x*x)\nu32 f(struct s *p, u32 n) { return SQ(n+1); }",
        "refuted", "changed",
    ),
    "macro twice": Attack(
        "#define SQ(x) ((x)+(x))\nu32 f(struct s *p, u32 n) { return SQ(n++); }",
        "#define SQ(x) ((x)+(x))\nu32 f(struct s *p, u32 n) { u32 x=n++; return x*x; }",
        "open", "open",
    ),
    "macro twice call": Attack(
        "#define DB(x) ((x)+(x))\nu32 f(struct s *p, u32 n) { return DB(g(n)); }",
        "#define DB(x) ((x)+(x))\nu32 f(struct s *p, u32 n) { u32 x=g(n); return x+x; }",
        "refuted", "changed",
    ),
    "typedef width": Attack(
        "typedef u8 T;\nu32 f(struct s *p, u32 n) { return (T)n; }",
        "typedef u16 T;\nu32 f(struct s *p, u32 n) { return (T)n; }",
        "refuted", "changed",
    ),
    "enum renumber": Attack(
        "enum e{A,B,C};\nu32 f(struct s *p, u32 n) { return B; }",
        "enum e{B,A,C};\nu32 f(struct s *p, u32 n) { return B; }",
        "refuted", "changed",
    ),
    "undef redefine": Attack(
        "#define K 1\n#undef K\n#define K 2\nu32 f(struct s *p, u32 n) { return K; }",
        "#define K 2\n#undef K\n#define K 1\nu32 f(struct s *p, u32 n) { return K; }",
        "open", "open",
    ),
    "ifdef": Attack(
        "#ifdef CONFIG_A\n#define K 1\n#else\n#define K 2\n#endif\nu32 f(struct s *p, u32 n) { return K; }",
        "#ifndef CONFIG_A\n#define K 1\n#else\n#define K 2\n#endif\nu32 f(struct s *p, u32 n) { return K; }",
        "open", "open",
    ),
    "elif": Attack(
        "#if defined(CONFIG_A)\n#define K 1\n#elif defined(CONFIG_B)\n#define K 2\n#else\n#define K 3\n#endif\n"
        "u32 f(struct s *p, u32 n) { return K; }",
        "#if defined(CONFIG_B)\n#define K 2\n#elif defined(CONFIG_A)\n#define K 1\n#else\n#define K 3\n#endif\n"
        "u32 f(struct s *p, u32 n) { return K; }",
        "open", "open",
    ),
    "is_enabled": Attack(
        "u32 f(struct s *p, u32 n) { return IS_ENABLED(CONFIG_A); }",
        "u32 f(struct s *p, u32 n) { return IS_BUILTIN(CONFIG_A); }",
        "refuted", "changed",
    ),
    "is_reachable": Attack(
        "u32 f(struct s *p, u32 n) { return IS_REACHABLE(CONFIG_A); }",
        "u32 f(struct s *p, u32 n) { return IS_ENABLED(CONFIG_A); }",
        "open", "open",
    ),
    "ifdef m": Attack(
        "u32 f(struct s *p, u32 n) { if (IS_ENABLED(CONFIG_A)) return 1; return 0; }",
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\nreturn 1;\n#endif\nreturn 0; }",
        "refuted", "changed",
    ),
    "if in function": Attack(
        "u32 f(struct s *p, u32 n) { \n#if IS_ENABLED(CONFIG_A)\np->a=1;\n#endif\nreturn 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "refuted", "changed",
    ),
    "callee under if": Attack(
        "#ifdef CONFIG_A\nstatic u32 k(u32 n){return 1;}\n#else\nstatic u32 k(u32 n){return 2;}\n#endif\nu32 "
        "f(struct s *p, u32 n) { return k(n); }",
        "#ifdef CONFIG_A\nstatic u32 k(u32 n){return 2;}\n#else\nstatic u32 k(u32 n){return 1;}\n#endif\nu32 "
        "f(struct s *p, u32 n) { return k(n); }",
        "open", "assuming",
    ),
    "stringify": Attack(
        "#define STR(x) #x\nextern u32 x(const char*);\nu32 f(struct s *p, u32 n) { return x(STR(n)); }",
        "#define STR(x) #x\nextern u32 x(const char*);\nu32 f(struct s *p, u32 n) { return x(STR(p)); }",
        "refuted", "changed",
    ),
    "paste": Attack(
        "#define PA(a,b) K##b\n#define K1 1\n#define K2 2\nu32 f(struct s *p, u32 n) { return PA(n,1); }",
        "#define PA(a,b) K##b\n#define K1 1\n#define K2 2\nu32 f(struct s *p, u32 n) { return PA(n,2); }",
        "refuted", "changed",
    ),
    "varargs": Attack(
        "extern u32 x(u32,...);\n#define V(a,...) x(a,##__VA_ARGS__)\nu32 f(struct s *p, u32 n) { return V(n,1,2); }",
        "extern u32 x(u32,...);\n#define V(a,...) x(a,##__VA_ARGS__)\nu32 f(struct s *p, u32 n) { return V(n,1,3); }",
        "refuted", "changed",
    ),
    "builtin expect": Attack(
        "u32 f(struct s *p, u32 n) { return __builtin_expect(n,1); }",
        "u32 f(struct s *p, u32 n) { return __builtin_expect(!!n,1); }",
        "refuted", "changed",
    ),
    "likely": Attack(
        "u32 f(struct s *p, u32 n) { return likely(n); }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "popcount": Attack(
        "u32 f(struct s *p, u32 n) { return __builtin_popcount(n); }",
        "u32 f(struct s *p, u32 n) { return __builtin_popcountll(p->q); }",
        "open", "open",
    ),
    "hweight": Attack(
        "u32 f(struct s *p, u32 n) { return hweight8(n); }",
        "u32 f(struct s *p, u32 n) { return hweight32(n); }",
        "open", "changed",
    ),
    "ffs": Attack(
        "u32 f(struct s *p, u32 n) { return ffs(n); }",
        "u32 f(struct s *p, u32 n) { return __ffs(n); }",
        "open", "open",
    ),
    "fls": Attack(
        "u32 f(struct s *p, u32 n) { return fls(n); }",
        "u32 f(struct s *p, u32 n) { return fls64(n)+1; }",
        "open", "open",
    ),
    "ilog2": Attack(
        "u32 f(struct s *p, u32 n) { return ilog2(n); }",
        "u32 f(struct s *p, u32 n) { return ilog2(n)+1; }",
        "open", "open",
    ),
    "overflow builtin": Attack(
        "u32 f(struct s *p, u32 n) { u32 r; return __builtin_add_overflow(n,p->a,&r); }",
        "u32 f(struct s *p, u32 n) { u32 r; return __builtin_add_overflow((u8)n,p->a,&r); }",
        "open", "open",
    ),
    "test_bit": Attack(
        "u32 f(struct s *p, u32 n) { return test_bit(3,&p->q); }",
        "u32 f(struct s *p, u32 n) { return test_bit(4,&p->q); }",
        "open", "open",
    ),
    "set_bit": Attack(
        "u32 f(struct s *p, u32 n) { __set_bit(3,(unsigned long*)&p->q); return 0; }",
        "u32 f(struct s *p, u32 n) { __set_bit(4,(unsigned long*)&p->q); return 0; }",
        "refuted", "changed",
    ),
    "choose expr": Attack(
        "u32 f(struct s *p, u32 n) { return __builtin_choose_expr(1,n,0); }",
        "u32 f(struct s *p, u32 n) { return __builtin_choose_expr(0,n,0); }",
        "open", "open",
    ),
    "typeof": Attack(
        "u32 f(struct s *p, u32 n) { typeof(p->c) x=n; return x; }",
        "u32 f(struct s *p, u32 n) { typeof(p->a) x=n; return x; }",
        "refuted", "changed",
    ),
    "auto_type": Attack(
        "u32 f(struct s *p, u32 n) { __auto_type x=p->c; x+=n; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=p->c; x+=n; return x; }",
        "open", "open",
    ),
    "stmt expr": Attack(
        "u32 f(struct s *p, u32 n) { return ({u32 x=n; x+1;}); }",
        "u32 f(struct s *p, u32 n) { return ({u32 x=n; x;}); }",
        "refuted", "changed",
    ),
    "elvis": Attack(
        "u32 f(struct s *p, u32 n) { return n?:p->a; }",
        "u32 f(struct s *p, u32 n) { return n?1:p->a; }",
        "refuted", "changed",
    ),
    "compound literal": Attack(
        "u32 f(struct s *p, u32 n) { struct s t=(struct s){.a=n}; return t.b; }",
        "u32 f(struct s *p, u32 n) { struct s t={.a=n,.b=1}; return t.b; }",
        "refuted", "changed",
    ),
    "init rest zero": Attack(
        "u32 f(struct s *p, u32 n) { struct s t={.a=n}; return t.b; }",
        "u32 f(struct s *p, u32 n) { struct s t; t.a=n; t.b=1; return t.b; }",
        "refuted", "changed",
    ),
    "init array": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[4]={1,2}; return a[n&3]; }",
        "u32 f(struct s *p, u32 n) { u32 a[4]={1,2,1}; return a[n&3]; }",
        "refuted", "changed",
    ),
    "init order": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[2]={n++,n}; return a[1]; }",
        "u32 f(struct s *p, u32 n) { u32 a[2]={n,n}; return a[1]; }",
        "refuted", "changed",
    ),
    "kzalloc": Attack(
        "u32 f(struct s *p, u32 n) { struct s*x=kzalloc(4,0); return x?x->a:1; }",
        "u32 f(struct s *p, u32 n) { struct s*x=kmalloc(4,0); return x?x->a:1; }",
        "open", "changed",
    ),
    "list empty": Attack(
        "struct list_head{struct list_head*next,*prev;};struct li{struct list_head l;};static inline int "
        "list_empty(const struct list_head*h){return h->next==h;}\nu32 f(struct li*l) { return "
        "list_empty(&l->l); }",
        "struct list_head{struct list_head*next,*prev;};struct li{struct list_head l;};static inline int "
        "list_empty(const struct list_head*h){return h->next==h;}\nu32 f(struct li*l) { return 0; }",
        "refuted", "changed",
    ),
    "void fn store": Attack(
        "u32 f(struct s *p, u32 n) { *p->out=n; return 0; }",
        "u32 f(struct s *p, u32 n) { *p->out=n+1; return 0; }",
        "refuted", "changed",
    ),
    "uninit": Attack(
        "u32 f(struct s *p, u32 n) { u32 x; if(n) x=1; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=0; if(n) x=1; return x; }",
        "open", "open",
    ),
    "cast ptr u64": Attack(
        "u64 f(struct s *p, u32 n) { return (u64)p; }",
        "u64 f(struct s *p, u32 n) { return (u32)(u64)p; }",
        "refuted", "changed",
    ),
    "ptr cmp": Attack(
        "u32 f(struct s *p, u32 n) { return p<p->next; }",
        "u32 f(struct s *p, u32 n) { return p<=p->next; }",
        "refuted", "changed",
    ),
    "cleanup": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=n; { p->a=x; x++; } return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=n; { p->a=x; } return x; }",
        "refuted", "changed",
    ),
    "modify param after call": Attack(
        "u32 f(struct s *p, u32 n) { e(); n=p->a; return n; }",
        "u32 f(struct s *p, u32 n) { n=p->a; e(); return n; }",
        "refuted", "changed",
    ),
    "assign chain narrow": Attack(
        "u32 f(struct s *p, u32 n) { u32 x; u8 y; x=y=n; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x; u8 y; y=n; x=n; return x; }",
        "refuted", "changed",
    ),
    "bool incr": Attack(
        "u32 f(struct s *p, u32 n) { bool b=n; b++; return b; }",
        "u32 f(struct s *p, u32 n) { u8 b=!!n; b++; return b; }",
        "refuted", "changed",
    ),
    "bool compound": Attack(
        "u32 f(struct s *p, u32 n) { bool b=n&1; b+=1; return b; }",
        "u32 f(struct s *p, u32 n) { u8 b=n&1; b+=1; return b; }",
        "refuted", "changed",
    ),
    "bool and": Attack(
        "u32 f(struct s *p, u32 n) { bool b=n&1; b&=2; return b; }",
        "u32 f(struct s *p, u32 n) { return n&1; }",
        "refuted", "changed",
    ),
    "bool dec": Attack(
        "u32 f(struct s *p, u32 n) { bool b=n&1; b--; return b; }",
        "u32 f(struct s *p, u32 n) { return n&1; }",
        "refuted", "changed",
    ),
    "s16 cast": Attack(
        "u32 f(struct s *p, u32 n) { return (s16)n<0; }",
        "u32 f(struct s *p, u32 n) { return (int)n<0; }",
        "refuted", "changed",
    ),
    "u16 arith cmp": Attack(
        "u32 f(struct s *p, u32 n) { u16 a=n; return a-1<0; }",
        "u32 f(struct s *p, u32 n) { u32 a=(u16)n; return a-1<0; }",
        "refuted", "changed",
    ),
    "xor swap": Attack(
        "u32 f(struct s *p, u32 n) { u32 a=n,b=p->a; a^=b; b^=a; a^=b; return a; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "const local static": Attack(
        "u32 f(struct s *p, u32 n) { static const u32 t[2]={1,2}; return t[n&1]; }",
        "u32 f(struct s *p, u32 n) { static const u32 t[2]={1,3}; return t[n&1]; }",
        "open", "open",
    ),
    "mod u64": Attack(
        "u32 f(struct s *p, u32 n) { return p->q%10; }",
        "u32 f(struct s *p, u32 n) { return (u32)p->q%10; }",
        "refuted", "changed",
    ),
    "do_div": Attack(
        "u64 f(struct s *p, u32 n) { u64 x=p->q; do_div(x,10); return x; }",
        "u64 f(struct s *p, u32 n) { u64 x=p->q; return x; }",
        "refuted", "changed",
    ),
    "div_u64": Attack(
        "u64 f(struct s *p, u32 n) { return div_u64(p->q,n); }",
        "u64 f(struct s *p, u32 n) { return (u32)p->q/n; }",
        "open", "changed",
    ),
    "mult ovf": Attack(
        "u64 f(struct s *p, u32 n) { return n*n; }",
        "u64 f(struct s *p, u32 n) { return (u64)n*n; }",
        "refuted", "changed",
    ),
    "rol": Attack(
        "u32 f(struct s *p, u32 n) { return rol32(n,1); }",
        "u32 f(struct s *p, u32 n) { return ror32(n,1); }",
        "open", "changed",
    ),
    "sign_extend": Attack(
        "u64 f(struct s *p, u32 n) { return sign_extend64(p->q,7); }",
        "u64 f(struct s *p, u32 n) { return p->q; }",
        "open", "changed",
    ),
    "typedef sign": Attack(
        "typedef int T;\nu32 f(struct s *p, u32 n) { T x=n; return x<0; }",
        "typedef u32 T;\nu32 f(struct s *p, u32 n) { T x=n; return x<0; }",
        "refuted", "changed",
    ),
    "typedef kernel name redefined": Attack(
        "u32 f(struct s *p, u32 n) { gfn_t x=p->q; return x>>32; }",
        "typedef u32 gfn_t;\nu32 f(struct s *p, u32 n) { gfn_t x=p->q; return x>>32; }",
        "open", "open",
    ),
    "nested struct type": Attack(
        "struct in{u32 pad; u32 a;};struct r{struct in i;};\nu32 f(struct r*r,u32 n) { return r->i.a; }",
        "struct in{u32 pad; u8 a;};struct r{struct in i;};\nu32 f(struct r*r,u32 n) { return r->i.a; }",
        "open", "open",
    ),
    "union member width": Attack(
        "union u{u32 w;u8 b;};struct r{union{u32 w;u8 b;};};\nu32 f(struct r*r,u32 n) { r->w=n; return r->b; }",
        "struct r{union{u32 w;u16 b;};};\nu32 f(struct r*r,u32 n) { r->w=n; return r->b; }",
        "refuted", "changed",
    ),
    "bitfield order in union": Attack(
        "struct r{union{u32 w;struct{u32 a:4,b:4;};};};\nu32 f(struct r*r,u32 n) { r->w=n; return r->a; }",
        "struct r{union{u32 w;struct{u32 b:4,a:4;};};};\nu32 f(struct r*r,u32 n) { r->w=n; return r->a; }",
        "refuted", "changed",
    ),
    "enum implicit": Attack(
        "enum{A1,B1,C1};\nu32 f(struct s *p, u32 n) { return C1; }",
        "enum{A1,NEW1,B1,C1};\nu32 f(struct s *p, u32 n) { return C1; }",
        "refuted", "changed",
    ),
    "enum from macro": Attack(
        "#define ST 1\nenum{A1=ST,C1};\nu32 f(struct s *p, u32 n) { return C1; }",
        "#define ST 2\nenum{A1=ST,C1};\nu32 f(struct s *p, u32 n) { return C1; }",
        "refuted", "changed",
    ),
    "macro chain": Attack(
        "#define C1 1\n#define B1(x) ((x)+C1)\n#define A1(x) B1(x)\nu32 f(struct s *p, u32 n) { return A1(n); }",
        "#define C1 2\n#define B1(x) ((x)+C1)\n#define A1(x) B1(x)\nu32 f(struct s *p, u32 n) { return A1(n); }",
        "refuted", "changed",
    ),
    "inline callee changed": Attack(
        "static inline u32 k(u32 x){return x+1;}\nu32 f(struct s *p, u32 n) { return k(n); }",
        "static inline u32 k(u32 x){return x+2;}\nu32 f(struct s *p, u32 n) { return k(n)+0; }",
        "refuted", "assuming",
    ),
    "macro to function eval": Attack(
        "#define K(x) ((x)+(x)*0)\nu32 f(struct s *p, u32 n) { return K(n++); }",
        "static u32 K(u32 x){return x;}\nu32 f(struct s *p, u32 n) { return K(n++); }",
        "open", "open",
    ),
    "const var value": Attack(
        "static const u32 v=1;\nu32 f(struct s *p, u32 n) { return v+n; }",
        "static const u32 v=2;\nu32 f(struct s *p, u32 n) { return n+v; }",
        "refuted", "changed",
    ),
    "const var extern": Attack(
        "extern const u32 v;\nu32 f(struct s *p, u32 n) { return v+n; }",
        "static const u32 v=2;\nu32 f(struct s *p, u32 n) { return n+v; }",
        "open", "open",
    ),
    "const ptr global": Attack(
        "static u32 a1,b1; static u32 *const v=&a1;\nu32 f(struct s *p, u32 n) { return *v+n; }",
        "static u32 a1,b1; static u32 *const v=&b1;\nu32 f(struct s *p, u32 n) { return n+*v; }",
        "named", "open",
    ),
    "define in function": Attack(
        "u32 f(struct s *p, u32 n) { \n#define Z 1\nreturn Z; }",
        "u32 f(struct s *p, u32 n) { \n#define Z 2\nreturn Z; }",
        "refuted", "changed",
    ),
    "undef in function": Attack(
        "u32 f(struct s *p, u32 n) { \n#define Z 1\nu32 x=Z;\n#undef Z\n#define Z 2\nreturn x+Z; }",
        "u32 f(struct s *p, u32 n) { \n#define Z 1\nu32 x=Z;\nreturn x+Z; }",
        "open", "open",
    ),
    "if 0": Attack(
        "u32 f(struct s *p, u32 n) { \n#if 0\nreturn 1;\n#endif\nreturn 2; }",
        "u32 f(struct s *p, u32 n) { \n#if 1\nreturn 1;\n#endif\nreturn 2; }",
        "refuted", "changed",
    ),
    "if defined macro": Attack(
        "#define Z\nu32 f(struct s *p, u32 n) { \n#ifdef Z\nreturn 1;\n#endif\nreturn 2; }",
        "u32 f(struct s *p, u32 n) { \n#ifdef Z\nreturn 1;\n#endif\nreturn 2; }",
        "open", "open",
    ),
    "if macro value": Attack(
        "#define Z 1\nu32 f(struct s *p, u32 n) { \n#if Z\nreturn 1;\n#endif\nreturn 2; }",
        "#define Z 0\nu32 f(struct s *p, u32 n) { \n#if Z\nreturn 1;\n#endif\nreturn 2; }",
        "open", "open",
    ),
    "if macro cmp": Attack(
        "#define Z 2\nu32 f(struct s *p, u32 n) { \n#if Z > 1\nreturn 1;\n#endif\nreturn 2; }",
        "#define Z 1\nu32 f(struct s *p, u32 n) { \n#if Z > 1\nreturn 1;\n#endif\nreturn 2; }",
        "open", "open",
    ),
    "else branch": Attack(
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\nreturn 1;\n#else\nreturn 2;\n#endif\n }",
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\nreturn 2;\n#else\nreturn 1;\n#endif\n }",
        "refuted", "changed",
    ),
    "nested ifdef": Attack(
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\n#ifdef CONFIG_B\nreturn 1;\n#endif\n#endif\nreturn 2; }",
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\nreturn 1;\n#endif\nreturn 2; }",
        "refuted", "changed",
    ),
    "ifdef condition swap": Attack(
        "u32 f(struct s *p, u32 n) { if (IS_ENABLED(CONFIG_A) && n) return 1; return 2; }",
        "u32 f(struct s *p, u32 n) { if (IS_ENABLED(CONFIG_B) && n) return 1; return 2; }",
        "refuted", "changed",
    ),
    "ifdef half if": Attack(
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\nif(n)\n#endif\nreturn 1;\nreturn 2; }",
        "u32 f(struct s *p, u32 n) { return 1; }",
        "open", "changed",
    ),
    "ifdef else chain": Attack(
        "u32 f(struct s *p, u32 n) { if(n==1) return 1;\n#ifdef CONFIG_A\nelse if(n==2) return 2;\n#endif\n"
        "return 3; }",
        "u32 f(struct s *p, u32 n) { if(n==1) return 1;\nelse if(n==2) return 2;\nreturn 3; }",
        "open", "changed",
    ),
    "ifdef case": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){case 1: return 1;\n#ifdef CONFIG_A\ncase 2: return 2;\n#endif\n} "
        "return 3; }",
        "u32 f(struct s *p, u32 n) { switch(n){case 1: return 1;\ncase 2: return 2;\n} return 3; }",
        "open", "open",
    ),
    "ifdef expr": Attack(
        "u32 f(struct s *p, u32 n) { return n\n#ifdef CONFIG_A\n+1\n#endif\n; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "open", "changed",
    ),
    "ifdef struct member": Attack(
        "struct r{u32 a;\n#ifdef CONFIG_A\nu32 b;\n#endif\n};\nu32 f(struct s *p, u32 n) { return sizeof(struct "
        "r); }",
        "struct r{u32 a;\nu32 b;\n};\nu32 f(struct s *p, u32 n) { return sizeof(struct r); }",
        "refuted", "assuming",
    ),
    "two defs of function": Attack(
        "#ifdef CONFIG_A\nu32 k(void);\n#else\nstatic inline u32 k(void){return 0;}\n#endif\nu32 f(struct s *p, "
        "u32 n) { return k(); }",
        "static inline u32 k(void){return 0;}\nu32 f(struct s *p, u32 n) { return k(); }",
        "refuted", "assuming",
    ),
    "macro shadows function": Attack(
        "static u32 k(u32 x){return x;}\n#define k(x) ((x)+1)\nu32 f(struct s *p, u32 n) { return k(n); }",
        "static u32 k(u32 x){return x;}\nu32 f(struct s *p, u32 n) { return k(n); }",
        "refuted", "changed",
    ),
    "macro shadows function off": Attack(
        "static u32 k(u32 x){return x;}\n#define k(x) ((x)+1)\nu32 f(struct s *p, u32 n) { return (k)(n); }",
        "static u32 k(u32 x){return x;}\n#define k(x) ((x)+1)\nu32 f(struct s *p, u32 n) { return k(n); }",
        "open", "open",
    ),
    "macro param shadows": Attack(
        "#define K(n) (n+n)\nu32 f(struct s *p, u32 n) { return K(3); }",
        "#define K(n) (n+n)\nu32 f(struct s *p, u32 n) { return n+4; }",
        "refuted", "changed",
    ),
    "macro local capture": Attack(
        "#define K(v) ({u32 x=1; (v)+x;})\nu32 f(struct s *p, u32 n) { u32 x=5; return K(x); }",
        "#define K(v) ({u32 x=1; (v)+x;})\nu32 f(struct s *p, u32 n) { u32 x=5; return x; }",
        "refuted", "changed",
    ),
    "macro local capture 2": Attack(
        "#define K(v) ({u32 _x=(v); _x+1;})\nu32 f(struct s *p, u32 n) { u32 _x=5; return K(_x); }",
        "#define K(v) ({u32 _x=(v); _x+1;})\nu32 f(struct s *p, u32 n) { u32 _x=5; return _x+1; }",
        "open", "open",
    ),
    "macro dangling": Attack(
        "#define K(p) do { (p)->a=1; (p)->b=2; } while(0)\nu32 f(struct s *p, u32 n) { if(n) K(p); else p->b=1; "
        "return 0; }",
        "#define K(p) do { (p)->a=1; (p)->b=2; } while(0)\nu32 f(struct s *p, u32 n) { if(n) p->a=1; else "
        "p->b=1; return 0; }",
        "refuted", "changed",
    ),
    "macro two stmts": Attack(
        "#define K(p) (p)->a=1; (p)->b=2\nu32 f(struct s *p, u32 n) { if(n) K(p); return 0; }",
        "#define K(p) (p)->a=1; (p)->b=2\nu32 f(struct s *p, u32 n) { if(n) {p->a=1;p->b=2;} return 0; }",
        "open", "open",
    ),
    "macro comma": Attack(
        "#define K(a,b) (a,b)\nu32 f(struct s *p, u32 n) { return K(1,2); }",
        "#define K(a,b) (a,b)\nu32 f(struct s *p, u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "macro neg": Attack(
        "#define K -1+0\nu32 f(struct s *p, u32 n) { return -K; }",
        "#define K -1+0\nu32 f(struct s *p, u32 n) { return 1; }",
        "open", "open",
    ),
    "macro ternary": Attack(
        "#define K(n) n?1:2\nu32 f(struct s *p, u32 n) { return K(n)+1; }",
        "#define K(n) n?1:2\nu32 f(struct s *p, u32 n) { return n?1:3; }",
        "open", "open",
    ),
    "macro shift prec": Attack(
        "#define K 1+1\nu32 f(struct s *p, u32 n) { return K<<1; }",
        "#define K 1+1\nu32 f(struct s *p, u32 n) { return 2*(1+1); }",
        "open", "open",
    ),
    "string concat": Attack(
        "extern u32 x(const char*);\nu32 f(struct s *p, u32 n) { return x(\"a\" \"b\"); }",
        "extern u32 x(const char*);\nu32 f(struct s *p, u32 n) { return x(\"a\"); }",
        "refuted", "changed",
    ),
    "line continuation": Attack(
        "u32 f(struct s *p, u32 n) { return n \\\n+1; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "comment": Attack(
        "u32 f(struct s *p, u32 n) { return n/*;*/+1; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "trigraph slash": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=n //\\\n+1\n; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=n+1; return x; }",
        "refuted", "changed",
    ),
    "digit sep": Attack(
        "u32 f(struct s *p, u32 n) { return 0x1F; }",
        "u32 f(struct s *p, u32 n) { return 0x1E; }",
        "refuted", "changed",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)
