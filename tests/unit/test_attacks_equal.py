"""Pairs of functions that do the same, in other words: none is refuted, or has changed."""

from __future__ import annotations

from tests.unit.attacks import Attack, never_changed

LONG = "".join(f"if (p->i == {n}) g({n}); " for n in range(30))
EQUAL = {
    "what a long callee does itself now": Attack(
        f"static void k(struct s *p) {{ {LONG} }} void f(struct s *p) {{ k(p); p->a = p->b + 1; }}",
        f"static void k(struct s *p) {{ {LONG} p->a = p->b + 1; }} void f(struct s *p) {{ k(p); }}", "proved", "same",
    ),
    "another question to a callee that can't be followed": Attack(
        "static u32 k(u32 n, u32 x) { u32 i, r = 0; for (i = 0; i < n; i++) r += x - x; return r; }\n"
        "u32 f(u32 n, u32 a, u32 b) { return k(n, a); }",
        "static u32 k(u32 n, u32 x) { u32 i, r = 0; for (i = 0; i < n; i++) r += x - x; return r; }\n"
        "u32 f(u32 n, u32 a, u32 b) { return k(n, b); }",
        "open", "open",
    ),
    "a callee that only one version has, and that can't be followed": Attack(
        "u32 f(struct s *p, u32 n) { if (n) e(); p->a = 0; return 0; }",
        "static u32 h(struct s *p, u32 n) { if (n) { e(); return h(p, 0); } p->a = n; return 0; }\n"
        "u32 f(struct s *p, u32 n) { return h(p, n); }",
        "open", "open",
    ),
    "strings in pieces": Attack(
        'extern void k(const char *s); void f(void) { k("ab" "c\\n"); }',
        'extern void k(const char *s);\n#define B "b" "c"\nvoid f(void) { k("\\x61" B "\\012"); }',
        "proved", "same",
    ),
    "spaces in a macro's string": Attack(
        "extern void k(const char *s);\n#define S(x) k(#x)\nvoid f(void) { S( a  +  1 ); }",
        "extern void k(const char *s);\nvoid f(void) { k(\"a + 1\"); }",
        "proved", "same",
    ),
    "embedded": Attack(
        "struct x {u32 pre; struct s in; struct s many[2]; union { struct s u; u64 w; }; };\nu32 f(struct x*x){ "
        "struct s*p=&x->in; p->a=1; x->pre=2; return container_of(p,struct x,in)->pre;}",
        "struct x {u32 pre; struct s in; struct s many[2]; union { struct s u; u64 w; }; };\nu32 f(struct x*x){ "
        "struct s*p=&x->in; p->a=1; x->pre=2; return 2;}",
        "proved", "same",
    ),
    "embedded array": Attack(
        "struct x {u32 pre; struct s in; struct s many[2]; union { struct s u; u64 w; }; };\nu32 f(struct "
        "x*x,u32 n){ struct s*p=&x->many[1]; p->a=1; x->pre=2; return x->many[1].a;}",
        "struct x {u32 pre; struct s in; struct s many[2]; union { struct s u; u64 w; }; };\nu32 f(struct "
        "x*x,u32 n){ x->many[1].a=1; x->pre=2; return 1;}",
        "proved", "same",
    ),
    "embedded array var": Attack(
        "struct x {u32 pre; struct s in; struct s many[2]; union { struct s u; u64 w; }; };\nu32 f(struct "
        "x*x,u32 n){ struct s*p=&x->many[n&1]; p->a=1; x->pre=2; return p->a;}",
        "struct x {u32 pre; struct s in; struct s many[2]; union { struct s u; u64 w; }; };\nu32 f(struct "
        "x*x,u32 n){ x->many[n&1].a=1; x->pre=2; return 1;}",
        "proved", "same",
    ),
    "header and data": Attack(
        "struct hd{u32 len;u32 z;};\nu32 f(struct hd*h){ u8*d=(u8*)(h+1); h->len=1; d[0]=2; return h->len;}",
        "struct hd{u32 len;u32 z;};\nu32 f(struct hd*h){ u8*d=(u8*)(h+1); h->len=1; d[0]=2; return 1;}",
        "proved", "assuming",
    ),
    "switch of types": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(void*v,u32 n){ switch(n){case 1:{struct s*p=v; return p->a;} case "
        "2:{struct t*q=v; return q->x;}} return 0;}",
        "struct t{u32 x;u32 y;};\nu32 f(void*v,u32 n){ if(n==1){struct s*p=v; return p->a;} if(n==2) {struct "
        "t*q=v; return q->x;} return 0;}",
        "proved", "same",
    ),
    "if of types": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(void*v,u32 n){ u32 r; if(n){struct s*p=v; r=p->a;} else {struct t*q=v; "
        "r=q->x;} return r;}",
        "struct t{u32 x;u32 y;};\nu32 f(void*v,u32 n){ if(!n){struct t*p=v; return p->x;} {struct s*q=v; return "
        "q->a;} return 0;}",
        "proved", "same",
    ),
    "static same": Attack(
        "u32 f(u32 n){static u32 c=1; c+=n; return c;}",
        "u32 f(u32 n){static u32 c=0x1; c=n+c; return c;}",
        "proved", "same",
    ),
    "global same": Attack(
        "#define K 1\nstatic u32 c=K;\nu32 f(u32 n){ c+=n; return c;}",
        "static u32 c=1;\nu32 f(u32 n){c=n+c; return c;}",
        "proved", "same",
    ),
    "global none": Attack(
        "static u32 c;\nu32 f(u32 n){ c+=n; return c;}",
        "static u32 c=0;\nu32 f(u32 n){c=n+c; return c;}",
        "proved", "same",
    ),
    "global function": Attack(
        "static u32 k(u32 n){return 1;}\nstatic u32 (*c)(u32)=k;\nu32 f(u32 n){ return c(n)+1;}",
        "static u32 k(u32 n){return 2;}\nstatic u32 (*c)(u32)=k;\nu32 f(u32 n){ return 1+c(n);}",
        "open", "open",
    ),
    "switch in loop break": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ switch(n){case 1: break; default: t++;} } "
        "return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ if(n==1) break; t++; } return t; }",
        "proved", "same",
    ),
    "escaped pointer retarget": Attack(
        "extern void e3(u32**);\nu32 f(struct s *p, u32 n) { u32 x=1,y=2; u32*z=&x; e3(&z); *z=9; return y; }",
        "extern void e3(u32**);\nu32 f(struct s *p, u32 n) { u32 x=1,y=2; u32*z=&x; e3(&z); *z=9; return 2; }",
        "open", "assuming",
    ),
    "ull compare": Attack(
        "u32 f(struct s *p, u32 n) { return n-1ULL>5; }",
        "u32 f(struct s *p, u32 n) { return n-1>5; }",
        "proved", "same",
    ),
    "assign prec": Attack(
        "u32 f(struct s *p, u32 n) { u32 x; return (x=n)==1; }",
        "u32 f(struct s *p, u32 n) { u32 x; return x=n==1; }",
        "proved", "same",
    ),
    "mul shift": Attack(
        "u32 f(struct s *p, u32 n) { return n*8; }",
        "u32 f(struct s *p, u32 n) { return n<<3; }",
        "proved", "same",
    ),
    "u8 mask": Attack(
        "u32 f(struct s *p, u32 n) { return (u8)n; }",
        "u32 f(struct s *p, u32 n) { return n&0xff; }",
        "proved", "same",
    ),
    "sext": Attack(
        "u32 f(struct s *p, u32 n) { return (s8)n; }",
        "u32 f(struct s *p, u32 n) { return (int)(n<<24)>>24; }",
        "proved", "same",
    ),
    "bool": Attack(
        "u32 f(struct s *p, u32 n) { return !!n; }",
        "u32 f(struct s *p, u32 n) { return n!=0; }",
        "proved", "same",
    ),
    "bool conv": Attack(
        "u32 f(struct s *p, u32 n) { bool b=n; return b; }",
        "u32 f(struct s *p, u32 n) { return n?1:0; }",
        "proved", "same",
    ),
    "ternary if": Attack(
        "u32 f(struct s *p, u32 n) { return n?p->a:p->b; }",
        "u32 f(struct s *p, u32 n) { if(n) return p->a; return p->b; }",
        "proved", "same",
    ),
    "demorgan": Attack(
        "u32 f(struct s *p, u32 n) { return !(n&&p->a); }",
        "u32 f(struct s *p, u32 n) { return !n||!p->a; }",
        "proved", "same",
    ),
    "switch if": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){case 1: return 5; case 2: return 6; default: return 7;} }",
        "u32 f(struct s *p, u32 n) { if(n==1) return 5; else if(n==2) return 6; return 7; }",
        "proved", "same",
    ),
    "switch ranges": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){case 0 ... 3: return p->arr[n];} return 0; }",
        "u32 f(struct s *p, u32 n) { if(n<=3) return p->arr[n]; return 0; }",
        "proved", "same",
    ),
    "loop unroll": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<4;i++) t+=p->arr[i]; return t; }",
        "u32 f(struct s *p, u32 n) { return p->arr[0]+p->arr[1]+p->arr[2]+p->arr[3]; }",
        "proved", "same",
    ),
    "loop reversed": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<4;i++) t+=p->arr[i]; return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=4;i-->0;) t+=p->arr[i]; return t; }",
        "proved", "same",
    ),
    "goto to return": Attack(
        "u32 f(struct s *p, u32 n) { if(n) goto out; p->a=1; out: return 0; }",
        "u32 f(struct s *p, u32 n) { if(!n) p->a=1; return 0; }",
        "proved", "same",
    ),
    "inline helper": Attack(
        "static u32 k(u32 x){return x+1;}\nu32 f(struct s *p, u32 n) { return k(n)+k(p->a); }",
        "u32 f(struct s *p, u32 n) { return (n+1)+(p->a+1); }",
        "proved", "same",
    ),
    "macro to inline": Attack(
        "#define K(x) ((x)+1)\nu32 f(struct s *p, u32 n) { return K(n); }",
        "static inline u32 K(u32 x){return x+1;}\nu32 f(struct s *p, u32 n) { return K(n); }",
        "proved", "same",
    ),
    "helper extracted w/ early return": Attack(
        "u32 f(struct s *p, u32 n) { u32 j; for(j=0;j<3;j++) if(p->arr[j]==n) return j; return 9; }",
        "static u32 k(struct s*p,u32 n){u32 j; for(j=0;j<3;j++) if(p->arr[j]==n) return j; return 9;}\nu32 "
        "f(struct s *p, u32 n) { return k(p,n); }",
        "proved", "same",
    ),
    "local copy": Attack(
        "u32 f(struct s *p, u32 n) { u32 a=p->a; e(); return a; }",
        "u32 f(struct s *p, u32 n) { u32 x=p->a; u32 y=x; e(); return y; }",
        "proved", "assuming",
    ),
    "struct copy leafwise": Attack(
        "u32 f(struct s *p, u32 n) { struct s t=*p; return t.a+t.arr[1]; }",
        "u32 f(struct s *p, u32 n) { return p->a+p->arr[1]; }",
        "proved", "same",
    ),
    "pointer walk": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return x[0]+x[1]; }",
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; u32 t=*x++; return t+*x; }",
        "proved", "same",
    ),
    "addr of elem": Attack(
        "u32 f(struct s *p, u32 n) { return *(p->arr+2); }",
        "u32 f(struct s *p, u32 n) { return p->arr[2]; }",
        "proved", "same",
    ),
    "arrow dot": Attack(
        "u32 f(struct s *p, u32 n) { return (*p).a; }",
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "proved", "same",
    ),
    "container": Attack(
        "struct t{u32 y;struct s in;};\nu32 f(struct t*t) { return container_of(&t->in,struct t,in)->y; }",
        "struct t{u32 y;struct s in;};\nu32 f(struct t*t) { return t->y; }",
        "proved", "same",
    ),
    "container cast 0": Attack(
        "struct t{struct s in;u32 y;};\nu32 f(struct s *p, u32 n) { return ((struct t*)p)->y; }",
        "struct t{struct s in;u32 y;};\nu32 f(struct s *p, u32 n) { return container_of(p,struct t,in)->y; }",
        "proved", "assuming",
    ),
    "void ptr arg": Attack(
        "u32 f(struct s *p, u32 n) { void*v=p; struct s*x=v; return x->a; }",
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "proved", "same",
    ),
    "opaque void": Attack(
        "static u32 k(void*v){struct s*x=v; return x->a;}\nu32 f(struct s *p, u32 n) { return k(p); }",
        "static u32 k(void*v){struct s*x=v; return x->a;}\nu32 f(struct s *p, u32 n) { return p->a; }",
        "proved", "same",
    ),
    "const local": Attack(
        "u32 f(struct s *p, u32 n) { const u32 k=3; return n+k; }",
        "u32 f(struct s *p, u32 n) { return n+3; }",
        "proved", "same",
    ),
    "enum const": Attack(
        "enum e{A,B};\nu32 f(struct s *p, u32 n) { enum e x=A; return x; }",
        "enum e{A,B};\nu32 f(struct s *p, u32 n) { return 0; }",
        "proved", "same",
    ),
    "enum to define": Attack(
        "enum e{A=1,B};\nu32 f(struct s *p, u32 n) { return A+n; }",
        "#define A 1\nu32 f(struct s *p, u32 n) { return A+n; }",
        "proved", "same",
    ),
    "define hex": Attack(
        "#define A 0x10\nu32 f(struct s *p, u32 n) { return A+n; }",
        "#define A (1<<4)\nu32 f(struct s *p, u32 n) { return A+n; }",
        "proved", "same",
    ),
    "BIT": Attack(
        "u32 f(struct s *p, u32 n) { return n&BIT(3); }",
        "u32 f(struct s *p, u32 n) { return n&(1<<3); }",
        "proved", "same",
    ),
    "GENMASK": Attack(
        "u32 f(struct s *p, u32 n) { return n&GENMASK(7,4); }",
        "u32 f(struct s *p, u32 n) { return n&0xf0; }",
        "proved", "same",
    ),
    "IS_ENABLED nest": Attack(
        "u32 f(struct s *p, u32 n) { if(IS_ENABLED(CONFIG_A)) return 1; return 2; }",
        "u32 f(struct s *p, u32 n) { return IS_ENABLED(CONFIG_A)?1:2; }",
        "proved", "same",
    ),
    "ifdef to is_builtin": Attack(
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\nreturn 1;\n#else\nreturn 2;\n#endif\n }",
        "u32 f(struct s *p, u32 n) { if(IS_BUILTIN(CONFIG_A)) return 1; return 2; }",
        "proved", "same",
    ),
    "ifdef both": Attack(
        "u32 f(struct s *p, u32 n) { \n#ifdef CONFIG_A\nreturn 1;\n#else\nreturn 1;\n#endif\n }",
        "u32 f(struct s *p, u32 n) { return 1; }",
        "proved", "same",
    ),
    "min": Attack(
        "u32 f(struct s *p, u32 n) { return min(n,p->a); }",
        "u32 f(struct s *p, u32 n) { return n<p->a?n:p->a; }",
        "proved", "same",
    ),
    "max3": Attack(
        "u32 f(struct s *p, u32 n) { return max(max(n,p->a),p->b); }",
        "u32 f(struct s *p, u32 n) { u32 m=n; if(p->a>m) m=p->a; if(p->b>m) m=p->b; return m; }",
        "proved", "same",
    ),
    "clamp": Attack(
        "u32 f(struct s *p, u32 n) { return clamp(n,2u,9u); }",
        "u32 f(struct s *p, u32 n) { if(n<2) return 2; if(n>9) return 9; return n; }",
        "proved", "same",
    ),
    "swap": Attack(
        "u32 f(struct s *p, u32 n) { u32 a=n,b=p->a,c; c=a;a=b;b=c; return a; }",
        "u32 f(struct s *p, u32 n) { u32 a=n,b=p->a; swap(a,b); return a; }",
        "proved", "same",
    ),
    "do while 0": Attack(
        "u32 f(struct s *p, u32 n) { do { p->a=1; } while(0); return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "proved", "same",
    ),
    "dead store": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; p->a=2; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=2; return 0; }",
        "proved", "same",
    ),
    "unused read": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=p->b; return n; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "proved", "same",
    ),
    "store same": Attack(
        "u32 f(struct s *p, u32 n) { p->a=p->a; return 0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "proved", "same",
    ),
    "overlap mem": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; p->next->b=2; return p->a; }",
        "u32 f(struct s *p, u32 n) { p->a=1; p->next->b=2; return 1; }",
        "proved", "same",
    ),
    "memset field": Attack(
        "u32 f(struct s *p, u32 n) { memset(p->arr,0,sizeof(p->arr)); return 0; }",
        "u32 f(struct s *p, u32 n) { memset(p->arr,0,16); return 0; }",
        "proved", "assuming",
    ),
    "memset vs loop": Attack(
        "u32 f(struct s *p, u32 n) { memset(p->arr,0,sizeof(p->arr)); return 0; }",
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<4;i++) p->arr[i]=0; return 0; }",
        "open", "open",
    ),
    "memcpy vs assign": Attack(
        "u32 f(struct s *p, u32 n) { memcpy(p,p->next,sizeof(*p)); return 0; }",
        "u32 f(struct s *p, u32 n) { *p=*p->next; return 0; }",
        "open", "open",
    ),
    "zero init": Attack(
        "u32 f(struct s *p, u32 n) { struct s t={}; return t.a+t.q; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "proved", "same",
    ),
    "bf": Attack(
        "u32 f(struct s *p, u32 n) { struct {u32 x:3;} v; v.x=n; return v.x; }",
        "u32 f(struct s *p, u32 n) { return n&7; }",
        "proved", "same",
    ),
    "bf signed": Attack(
        "u32 f(struct s *p, u32 n) { struct {int x:3;} v; v.x=n; return v.x; }",
        "u32 f(struct s *p, u32 n) { return (int)(n<<29)>>29; }",
        "proved", "same",
    ),
    "u64 halves": Attack(
        "u64 f(struct s *p, u32 n) { return p->q; }",
        "u64 f(struct s *p, u32 n) { return ((u64)(u32)(p->q>>32)<<32)|(u32)p->q; }",
        "proved", "same",
    ),
    "mask64": Attack(
        "u64 f(struct s *p, u32 n) { return p->q&~0xfULL; }",
        "u64 f(struct s *p, u32 n) { return p->q>>4<<4; }",
        "proved", "same",
    ),
    "sub neg": Attack(
        "u32 f(struct s *p, u32 n) { return n-1; }",
        "u32 f(struct s *p, u32 n) { return n+~0u; }",
        "proved", "same",
    ),
    "xor": Attack(
        "u32 f(struct s *p, u32 n) { return n^p->a; }",
        "u32 f(struct s *p, u32 n) { return (n|p->a)-(n&p->a); }",
        "proved", "same",
    ),
    "div pow": Attack(
        "u32 f(struct s *p, u32 n) { return n/8; }",
        "u32 f(struct s *p, u32 n) { return n>>3; }",
        "proved", "same",
    ),
    "mod pow": Attack(
        "u32 f(struct s *p, u32 n) { return n%8; }",
        "u32 f(struct s *p, u32 n) { return n&7; }",
        "proved", "same",
    ),
    "overflow check": Attack(
        "u32 f(struct s *p, u32 n) { return n+p->a<n; }",
        "u32 f(struct s *p, u32 n) { return (u64)n+p->a>0xffffffffull; }",
        "proved", "same",
    ),
    "READ_ONCE": Attack(
        "u32 f(struct s *p, u32 n) { return READ_ONCE(p->a); }",
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "proved", "same",
    ),
    "unlikely": Attack(
        "u32 f(struct s *p, u32 n) { if(unlikely(n)) return 1; return 0; }",
        "u32 f(struct s *p, u32 n) { return n?1:0; }",
        "proved", "same",
    ),
    "warn helper": Attack(
        "u32 f(struct s *p, u32 n) { if(WARN_ON_ONCE(n)) return 1; return 0; }",
        "u32 f(struct s *p, u32 n) { int r=WARN_ON_ONCE(n); return r; }",
        "proved", "same",
    ),
    "warn cond spelled": Attack(
        "u32 f(struct s *p, u32 n) { WARN_ON(n!=0); return 0; }",
        "u32 f(struct s *p, u32 n) { WARN_ON(n); return 0; }",
        "proved", "same",
    ),
    "call order same": Attack(
        "u32 f(struct s *p, u32 n) { u32 a=g(1); u32 b=g(2); return a+b; }",
        "u32 f(struct s *p, u32 n) { u32 a,b; a=g(1); b=g(2); return b+a; }",
        "proved", "assuming",
    ),
    "call in cond": Attack(
        "u32 f(struct s *p, u32 n) { if(g(n)) e(); return 0; }",
        "u32 f(struct s *p, u32 n) { u32 r=g(n); if(r!=0) e(); return 0; }",
        "proved", "assuming",
    ),
    "call both branches": Attack(
        "u32 f(struct s *p, u32 n) { if(n) {e(); p->a=1;} else e(); return 0; }",
        "u32 f(struct s *p, u32 n) { e(); if(n) p->a=1; return 0; }",
        "proved", "assuming",
    ),
    "call arg conv": Attack(
        "u32 f(struct s *p, u32 n) { g((u32)p->q); return 0; }",
        "u32 f(struct s *p, u32 n) { u32 x=p->q; g(x); return 0; }",
        "proved", "assuming",
    ),
    "store moved past other": Attack(
        "u32 f(struct s *p, u32 n) { p->a=n; p->b=n+1; e(); return 0; }",
        "u32 f(struct s *p, u32 n) { p->b=n+1; p->a=n; e(); return 0; }",
        "proved", "assuming",
    ),
    "local hidden from call": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; e(); return x; }",
        "u32 f(struct s *p, u32 n) { e(); return 1; }",
        "proved", "assuming",
    ),
    "local array": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[2]={1,2}; return a[n&1]; }",
        "u32 f(struct s *p, u32 n) { return (n&1)+1; }",
        "proved", "same",
    ),
    "const table": Attack(
        "static const u32 t[4]={1,2,3,4};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "static const u32 t2[4]={1,2,3,4};\nu32 f(struct s *p, u32 n) { return t2[n&3]; }",
        "proved", "same",
    ),
    "const table vs switch": Attack(
        "static const u32 t[4]={1,2,3,4};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "u32 f(struct s *p, u32 n) { return (n&3)+1; }",
        "proved", "same",
    ),
    "fn ptr": Attack(
        "struct o{u32 (*fn)(u32);};\nu32 f(struct o*o,u32 n) { return o->fn(n)+1; }",
        "struct o{u32 (*fn)(u32);};\nu32 f(struct o*o,u32 n) { u32 r=o->fn(n); return r+1; }",
        "proved", "assuming",
    ),
    "comma": Attack(
        "u32 f(struct s *p, u32 n) { u32 x; x=1,p->a=x; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; return 0; }",
        "proved", "same",
    ),
    "compound ops": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=n; x+=1; x<<=2; x|=1; return x; }",
        "u32 f(struct s *p, u32 n) { return ((n+1)<<2)|1; }",
        "proved", "same",
    ),
    "incdec": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=n; return x++ + 1; }",
        "u32 f(struct s *p, u32 n) { return n+1; }",
        "proved", "same",
    ),
    "preinc": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=n; ++x; return x; }",
        "u32 f(struct s *p, u32 n) { return n+1; }",
        "proved", "same",
    ),
    "elvis": Attack(
        "u32 f(struct s *p, u32 n) { return n?:p->a; }",
        "u32 f(struct s *p, u32 n) { return n?n:p->a; }",
        "proved", "same",
    ),
    "stmt expr": Attack(
        "u32 f(struct s *p, u32 n) { return ({u32 x=n; x+1;}); }",
        "u32 f(struct s *p, u32 n) { return n+1; }",
        "proved", "same",
    ),
    "typeof": Attack(
        "u32 f(struct s *p, u32 n) { typeof(n) x=n; return x; }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "proved", "same",
    ),
    "u8 loop": Attack(
        "u32 f(struct s *p, u32 n) { u8 i; u32 t=0; for(i=0;i<5;i++) t+=i; return t; }",
        "u32 f(struct s *p, u32 n) { return 10; }",
        "proved", "same",
    ),
    "shadow": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; {u32 x=n; p->a=x;} return x; }",
        "u32 f(struct s *p, u32 n) { p->a=n; return 1; }",
        "proved", "same",
    ),
    "union halves": Attack(
        "u32 f(struct s *p, u32 n) { union {u64 x; struct {u32 lo,hi;};} v; v.x=p->q; return v.hi; }",
        "u32 f(struct s *p, u32 n) { return p->q>>32; }",
        "proved", "same",
    ),
    "union array": Attack(
        "u32 f(struct s *p, u32 n) { union {u32 x; u8 b[4];} v; v.x=n; return v.b[1]; }",
        "u32 f(struct s *p, u32 n) { return (n>>8)&0xff; }",
        "proved", "same",
    ),
    "struct reorder": Attack(
        "struct r{u32 a,b;};\nu32 f(struct r*r) { return r->a+r->b; }",
        "struct r{u32 b,a;};\nu32 f(struct r*r) { return r->b+r->a; }",
        "proved", "assuming",
    ),
    "struct new member": Attack(
        "struct r{u32 a;};\nu32 f(struct r*r) { return r->a+1; }",
        "struct r{u32 z,a;};\nu32 f(struct r*r) { return 1+r->a; }",
        "proved", "assuming",
    ),
    "return narrower same": Attack(
        "u32 f(struct s*p,u32 n) { return n&1; }",
        "u32 f(struct s*p,u32 n) { return n&1; }",
        "proved", "same",
    ),
    "ret int vs bool": Attack(
        "int f(u32 n){return n>1;}",
        "bool f(u32 n){return n>1;}",
        "open", "assuming",
    ),
    "ret int vs u32 small": Attack(
        "int f(u32 n){return n&7;}",
        "u32 f(u32 n){return n&7;}",
        "proved", "assuming",
    ),
    "param renamed": Attack(
        "u32 f(u32 n){return n+1;}",
        "u32 f(u32 m){return 1+m;}",
        "proved", "assuming",
    ),
    "param added unused": Attack(
        "u32 f(u32 n){return n+1;}",
        "u32 f(u32 n,u32 unused){return 1+n;}",
        "open", "same",
    ),
    "static inline to macro": Attack(
        "static inline u32 k(u32 a,u32 b){return a>b?a:b;}\nu32 f(struct s *p, u32 n) { return k(n,p->a); }",
        "#define k(a,b) ((a)>(b)?(a):(b))\nu32 f(struct s *p, u32 n) { return k(n,p->a); }",
        "proved", "same",
    ),
    "null check": Attack(
        "u32 f(struct s *p, u32 n) { if(!p) return 0; return p->a; }",
        "u32 f(struct s *p, u32 n) { return p?p->a:0; }",
        "proved", "same",
    ),
    "ptr cmp": Attack(
        "u32 f(struct s *p, u32 n) { return p==p->next; }",
        "u32 f(struct s *p, u32 n) { return !(p-p->next); }",
        "open", "open",
    ),
    "ptr diff": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; u32*y=&p->arr[2]; return y-x; }",
        "u32 f(struct s *p, u32 n) { return 2; }",
        "open", "open",
    ),
    "label unused loops": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<3;i++){ if(p->arr[i]==n) goto found; } return 9; found: "
        "return i; }",
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<3;i++){ if(p->arr[i]==n) return i; } return 9; }",
        "proved", "same",
    ),
    "continue": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ if(p->arr[i]==n) continue; t++; } return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ if(p->arr[i]!=n) t++; } return t; }",
        "proved", "same",
    ),
    "break flag": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ if(p->arr[i]==n) break; t++; } return t; }",
        "u32 f(struct s *p, u32 n) { u32 i=0,t=0; while(i<3&&p->arr[i]!=n){ t++; i++; } return t; }",
        "proved", "same",
    ),
    "duplicate cond": Attack(
        "u32 f(struct s *p, u32 n) { if(n==1&&n==2) return 5; return 1; }",
        "u32 f(struct s *p, u32 n) { return 1; }",
        "proved", "same",
    ),
    "lock scope": Attack(
        "u32 f(struct s *p, u32 n) { spin_lock(&p->a); p->b=1; spin_unlock(&p->a); return n; }",
        "u32 f(struct s *p, u32 n) { u32 r=n; spin_lock(&p->a); p->b=1; spin_unlock(&p->a); return r; }",
        "proved", "assuming",
    ),
    "volatile": Attack(
        "u32 f(struct s *p, u32 n) { volatile u32*x=&p->a; *x=n; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=n; return 0; }",
        "proved", "same",
    ),
    "addr const offset": Attack(
        "u64 f(struct s *p, u32 n) { return (u64)&p->b-(u64)p; }",
        "u64 f(struct s *p, u32 n) { return offsetof(struct s,b); }",
        "proved", "same",
    ),
    "sizeof": Attack(
        "u32 f(struct s *p, u32 n) { return sizeof(struct s); }",
        "u32 f(struct s *p, u32 n) { return sizeof(*p); }",
        "proved", "same",
    ),
    "static var": Attack(
        "u32 f(struct s *p, u32 n) { static u32 c; c++; return c; }",
        "u32 f(struct s *p, u32 n) { static u32 c; return ++c; }",
        "proved", "same",
    ),
    "global": Attack(
        "u32 v;\nu32 f(struct s *p, u32 n) { v+=n; return v; }",
        "u32 v;\nu32 f(struct s *p, u32 n) { v=v+n; return v; }",
        "proved", "same",
    ),
    "global ptr": Attack(
        "static struct s*gp;\nu32 f(struct s *p, u32 n) { gp->a=n; return gp->a; }",
        "static struct s*gp;\nu32 f(struct s *p, u32 n) { gp->a=n; return n; }",
        "proved", "same",
    ),
    "two globals": Attack(
        "u32 v,w;\nu32 f(struct s *p, u32 n) { v=1; w=2; return v; }",
        "u32 v,w;\nu32 f(struct s *p, u32 n) { v=1; w=2; return 1; }",
        "proved", "same",
    ),
    "array globals": Attack(
        "u32 v[2];\nu32 f(struct s *p, u32 n) { v[0]=1; v[1]=2; return v[0]; }",
        "u32 v[2];\nu32 f(struct s *p, u32 n) { v[0]=1; v[1]=2; return 1; }",
        "proved", "same",
    ),
    "s64 cast": Attack(
        "u32 f(struct s *p, u32 n) { return (s64)(int)n<0; }",
        "u32 f(struct s *p, u32 n) { return n>>31; }",
        "proved", "same",
    ),
    "neg shift": Attack(
        "u32 f(struct s *p, u32 n) { return (int)n>>31; }",
        "u32 f(struct s *p, u32 n) { return -(int)(n>>31); }",
        "proved", "same",
    ),
    "roundup": Attack(
        "u32 f(struct s *p, u32 n) { return round_up(n,8); }",
        "u32 f(struct s *p, u32 n) { return (n+7)&~7u; }",
        "proved", "same",
    ),
    "ffs kind": Attack(
        "u32 f(struct s *p, u32 n) { return n?__builtin_ctz(n):0; }",
        "u32 f(struct s *p, u32 n) { return n?__builtin_ctz(n):0; }",
        "open", "assuming",
    ),
    "upper lower": Attack(
        "u32 f(struct s *p, u32 n) { return lower_32_bits(p->q); }",
        "u32 f(struct s *p, u32 n) { return (u32)p->q; }",
        "proved", "same",
    ),
    "swab": Attack(
        "u32 f(struct s *p, u32 n) { return __builtin_bswap32(n); }",
        "u32 f(struct s *p, u32 n) { return (n>>24)|((n>>8)&0xff00)|((n<<8)&0xff0000)|(n<<24); }",
        "open", "open",
    ),
}  # fmt: skip


test_never_changed = never_changed(EQUAL)
