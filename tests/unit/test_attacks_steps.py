"""Pairs of functions that differ, by code that isn't looked into, calls and inlined callees: none is the same."""

from __future__ import annotations

from tests.unit.attacks import Attack, never_the_same

_RECURSIVE = "static u32 h(struct s *p, u32 n) { if (n) h(p, n - 1); p->a = n; return 0; }\n"

DIFFERENT = {
    "a difference beside a callee that only one version has, and that can't be followed": Attack(
        "u32 f(struct s *p, u32 n) { if (n) return 1; p->a = n; return 0; }",
        _RECURSIVE + "u32 f(struct s *p, u32 n) { if (n) return 2; return h(p, n); }",
        "open", "changed",
    ),
    "a callee that both versions have, and that only one calls": Attack(
        _RECURSIVE + "u32 f(struct s *p, u32 n) { p->a = n; return 0; }",
        _RECURSIVE + "u32 f(struct s *p, u32 n) { return h(p, n); }",
        "open", "changed",
    ),
    "loop then store": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->arr[i&3]=i; p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; u32 i; for(i=0;i<n;i++) p->arr[i&3]=i; return 0; }",
        "open", "changed",
    ),
    "loop local changed": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) ; return i; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "open", "changed",
    ),
    "loop ptr moves": Attack(
        "u32 f(struct s *p, u32 n) { struct s*x=p; while(x->a) x=x->next; return x->b; }",
        "u32 f(struct s *p, u32 n) { struct s*x=p; while(x->a) x=x->next; return p->b; }",
        "open", "changed",
    ),
    "loop ptr local": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; u32 i; for(i=0;i<n;i++) *y+=i; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; u32 i; for(i=0;i<n;i++) *y+=i; return 1; }",
        "open", "open",
    ),
    "loop array local": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[4]={1,2,3,4}; u32 i; for(i=0;i<n;i++) a[i&3]=0; return a[1]; }",
        "u32 f(struct s *p, u32 n) { u32 a[4]={1,2,3,4}; u32 i; for(i=0;i<n;i++) a[i&3]=0; return 2; }",
        "open", "open",
    ),
    "loop struct local": Attack(
        "u32 f(struct s *p, u32 n) { struct s t; t.a=1; u32 i; for(i=0;i<n;i++) t.a=i; return t.a; }",
        "u32 f(struct s *p, u32 n) { struct s t; t.a=1; u32 i; for(i=0;i<n;i++) t.a=i; return 1; }",
        "open", "open",
    ),
    "loop calls macro": Attack(
        "#define INC(x) (x)++\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) INC(p->a); return p->a; }",
        "#define INC(x) (x)++\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) INC(p->a); return 1; }",
        "open", "changed",
    ),
    "loop macro changes local": Attack(
        "#define ADD(x) t+=(x)\nu32 f(struct s *p, u32 n) { u32 t=0; u32 i; for(i=0;i<n;i++) ADD(i); return t; }",
        "#define ADD(x) t+=(x)\nu32 f(struct s *p, u32 n) { u32 t=0; u32 i; for(i=0;i<n;i++) ADD(i); return 0; }",
        "open", "changed",
    ),
    "loop diff macro value": Attack(
        "#define K 1\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=K; return 0; }",
        "#define K 2\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=K; return 1-1; }",
        "open", "changed",
    ),
    "loop type of local": Attack(
        "u32 f(struct s *p, u32 n) { u8 t=0; u32 i; for(i=0;i<n;i++) t+=i; return t; }",
        "u32 f(struct s *p, u32 n) { u32 t=0; u32 i; for(i=0;i<n;i++) t+=i; return t; }",
        "open", "open",
    ),
    "loop init differs": Attack(
        "u32 f(struct s *p, u32 n) { u32 t=0; u32 i; for(i=0;i<n;i++) t+=i; return t; }",
        "u32 f(struct s *p, u32 n) { u32 t=1; u32 i; for(i=0;i<n;i++) t+=i; return t; }",
        "open", "changed",
    ),
    "loop returns inside": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) if(p->arr[i&3]) return i; return 9; }",
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) if(p->arr[i&3]) break; return 9; }",
        "open", "changed",
    ),
    "loop typedef changed": Attack(
        "typedef u8 T;\nu32 f(struct s *p, u32 n) { T t=0; u32 i; for(i=0;i<n;i++) t+=i; return t; }",
        "typedef u32 T;\nu32 f(struct s *p, u32 n) { T t=0; u32 i; for(i=0;i<n;i++) t+=i; return t+0; }",
        "open", "open",
    ),
    "loop record member changed": Attack(
        "struct r{u8 a;};\nu32 f(struct r*r,u32 n) { u32 i; for(i=0;i<n;i++) r->a+=i; return 0; }",
        "struct r{u32 a;};\nu32 f(struct r*r,u32 n) { u32 i; for(i=0;i<n;i++) r->a+=i; return 1-1; }",
        "open", "open",
    ),
    "loop callee changed": Attack(
        "static void k(struct s*p,u32 i){p->a+=i;}\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) k(p,i); "
        "return 0; }",
        "static void k(struct s*p,u32 i){p->a-=i;}\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) k(p,i); "
        "return 1-1; }",
        "open", "assuming",
    ),
    "asm input": Attack(
        "u32 f(struct s *p, u32 n) { asm volatile(\"x\"::\"r\"(n)); return 0; }",
        "u32 f(struct s *p, u32 n) { asm volatile(\"x\"::\"r\"(n+1)); return 0; }",
        "open", "open",
    ),
    "asm memory": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; asm volatile(\"x\":::\"memory\"); return p->a; }",
        "u32 f(struct s *p, u32 n) { p->a=1; asm volatile(\"x\":::\"memory\"); return 1; }",
        "open", "open",
    ),
    "asm order": Attack(
        "u32 f(struct s *p, u32 n) { asm volatile(\"x\":::\"memory\"); p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; asm volatile(\"x\":::\"memory\"); return 0; }",
        "open", "changed",
    ),
    "asm local out": Attack(
        "u32 f(struct s *p, u32 n) { u32 x; asm(\"x\":\"=r\"(x)); return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=0; asm(\"x\":\"=r\"(x)); return 0; }",
        "open", "changed",
    ),
    "goto back": Attack(
        "u32 f(struct s *p, u32 n) { u32 i=0; again: i++; if(i<n) goto again; return i; }",
        "u32 f(struct s *p, u32 n) { u32 i=0; again: i++; if(i<n) goto again; return 1; }",
        "open", "open",
    ),
    "stepped uses shadowed": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; { u32 x=2; u32 i; for(i=0;i<n;i++) x+=i; } return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; { u32 i; for(i=0;i<n;i++) x+=i; } return x; }",
        "open", "changed",
    ),
    "stepped static": Attack(
        "u32 f(struct s *p, u32 n) { static u32 c=1; u32 i; for(i=0;i<n;i++) c+=i; return c; }",
        "u32 f(struct s *p, u32 n) { static u32 c=2; u32 i; for(i=0;i<n;i++) c+=i; return c; }",
        "open", "changed",
    ),
    "stepped global init": Attack(
        "static u32 v=1;\nu32 f(struct s *p, u32 n) { ; u32 i; for(i=0;i<n;i++) v+=i; return v; }",
        "static u32 v=2;\nu32 f(struct s *p, u32 n) { ; u32 i; for(i=0;i<n;i++) v+=i; return v+0; }",
        "open", "changed",
    ),
    "stepped const": Attack(
        "static const u32 v=1;\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=v; return 0; }",
        "static const u32 v=2;\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=v; return 1-1; }",
        "open", "changed",
    ),
    "stepped enum": Attack(
        "enum{E1=1};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=E1; return 0; }",
        "enum{E1=2};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=E1; return 1-1; }",
        "open", "changed",
    ),
    "stepped table": Attack(
        "static const u32 tb[2]={1,2};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=tb[i&1]; "
        "return 0; }",
        "static const u32 tb[2]={1,3};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=tb[i&1]; "
        "return 1-1; }",
        "open", "changed",
    ),
    "stepped ops table": Attack(
        "struct o{u32(*fn)(u32);};extern u32 g2(u32);static const struct o ops={.fn=g};\nu32 f(struct s *p, u32 "
        "n) { u32 i; for(i=0;i<n;i++) p->a+=ops.fn(i); return 0; }",
        "struct o{u32(*fn)(u32);};extern u32 g2(u32);static const struct o ops={.fn=g2};\nu32 f(struct s *p, u32 "
        "n) { u32 i; for(i=0;i<n;i++) p->a+=ops.fn(i); return 1-1; }",
        "open", "open",
    ),
    "stepped nonconst table": Attack(
        "static u32 tb[2]={1,2};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=tb[i&1]; return 0; }",
        "static u32 tb[2]={1,3};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=tb[i&1]; return 1-1; }",
        "open", "open",
    ),
    "stepped function-like macro": Attack(
        "#define KK(x) ((x)+1)\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=KK(i); return 0; }",
        "#define KK(x) ((x)+2)\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=KK(i); return 1-1; }",
        "open", "assuming",
    ),
    "stepped nested macro": Attack(
        "#define K0 1\n#define KK(x) ((x)+K0)\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=KK(i); "
        "return 0; }",
        "#define K0 2\n#define KK(x) ((x)+K0)\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=KK(i); "
        "return 1-1; }",
        "open", "changed",
    ),
    "stepped inline": Attack(
        "static inline u32 kk(u32 x){return x+1;}\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) "
        "p->a+=kk(i); return 0; }",
        "static inline u32 kk(u32 x){return x+2;}\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) "
        "p->a+=kk(i); return 1-1; }",
        "open", "assuming",
    ),
    "stepped sizeof": Attack(
        "struct r{u32 a;};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=sizeof(struct r); return 0; }",
        "struct r{u32 a,b;};\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=sizeof(struct r); return "
        "1-1; }",
        "open", "assuming",
    ),
    "stepped typedef in macro": Attack(
        "typedef u8 T;\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=(T)p->q; return 0; }",
        "typedef u32 T;\nu32 f(struct s *p, u32 n) { u32 i; for(i=0;i<n;i++) p->a+=(T)p->q; return 1-1; }",
        "open", "changed",
    ),
    "stepped param": Attack(
        "u32 f(struct s*p,u32 n,u32 m) { u32 i; for(i=0;i<n;i++) p->a+=n; return 0; }",
        "u32 f(struct s*p,u32 n,u32 m) { u32 i; for(i=0;i<n;i++) p->a+=m; return 0; }",
        "open", "changed",
    ),
    "stepped params swapped": Attack(
        "u32 f(struct s*p,u32 n,u32 m){u32 i; for(i=0;i<n;i++) p->a+=m; return 0;}",
        "u32 f(struct s*p,u32 m,u32 n){u32 i; for(i=0;i<n;i++) p->a+=m; return 0;}",
        "open", "assuming",
    ),
    "stepped local same name other value": Attack(
        "u32 f(struct s*p,u32 n){u32 m=p->b; u32 i; for(i=0;i<n;i++) p->a+=m; return 0;}",
        "u32 f(struct s*p,u32 n){u32 m=p->arr[0]; u32 i; for(i=0;i<n;i++) p->a+=m; return 0;}",
        "open", "changed",
    ),
    "opaque arg type": Attack(
        "extern void k(u64);\nu32 f(struct s *p, u32 n) { k(p->a); return 0; }",
        "extern void k(u64);\nu32 f(struct s *p, u32 n) { k((u8)p->a); return 0; }",
        "refuted", "changed",
    ),
    "opaque arg sign": Attack(
        "extern void k(u64);\nu32 f(struct s *p, u32 n) { k(p->i); return 0; }",
        "extern void k(u64);\nu32 f(struct s *p, u32 n) { k((u32)p->i); return 0; }",
        "refuted", "changed",
    ),
    "opaque struct arg": Attack(
        "extern void k(void*);\nu32 f(struct s *p, u32 n) { k(&p->next->a); return 0; }",
        "extern void k(void*);\nu32 f(struct s *p, u32 n) { k(&p->a); return 0; }",
        "refuted", "changed",
    ),
    "opaque container": Attack(
        "struct t{u32 y;struct s in;};extern void k(void*);\nu32 f(struct t*t) { k(&t->in); return 0; }",
        "struct t{u32 y;struct s in;};extern void k(void*);\nu32 f(struct t*t) { k(t); return 0; }",
        "refuted", "changed",
    ),
    "opaque local content": Attack(
        "u32 f(struct s *p, u32 n) { struct s t; t.a=n; h(&t.a); return 0; }",
        "u32 f(struct s *p, u32 n) { struct s t; t.a=n+1; h(&t.a); return 0; }",
        "refuted", "changed",
    ),
    "opaque local content2": Attack(
        "extern void h2(struct s*);\nu32 f(struct s *p, u32 n) { struct s t={}; t.b=n; h2(&t); return 0; }",
        "extern void h2(struct s*);\nu32 f(struct s *p, u32 n) { struct s t={}; t.b=n+1; h2(&t); return 0; }",
        "refuted", "changed",
    ),
    "opaque local array": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[2]={n,1}; h(a); return 0; }",
        "u32 f(struct s *p, u32 n) { u32 a[2]={n,2}; h(a); return 0; }",
        "refuted", "changed",
    ),
    "opaque local byte": Attack(
        "extern void h3(u8*);\nu32 f(struct s *p, u32 n) { u8 a[2]={n,1}; h3(a); return 0; }",
        "extern void h3(u8*);\nu32 f(struct s *p, u32 n) { u8 a[2]={n,2}; h3(a); return 0; }",
        "refuted", "changed",
    ),
    "opaque uninit tail": Attack(
        "extern void h2(struct s*);\nu32 f(struct s *p, u32 n) { struct s t; t.a=1; h2(&t); return 0; }",
        "extern void h2(struct s*);\nu32 f(struct s *p, u32 n) { struct s t={}; t.a=1; h2(&t); return 0; }",
        "open", "open",
    ),
    "opaque nested local": Attack(
        "extern void h4(void*);\nu32 f(struct s *p, u32 n) { struct w{u32*v;}w; u32 x=n; w.v=&x; h4(&w); return 0; }",
        "extern void h4(void*);\nu32 f(struct s *p, u32 n) { struct w{u32*v;}w; u32 x=n+1; w.v=&x; h4(&w); "
        "return 0; }",
        "refuted", "changed",
    ),
    "opaque ptr global": Attack(
        "u32 gv;\nu32 f(struct s *p, u32 n) { gv=n; e(); return 0; }",
        "u32 gv;\nu32 f(struct s *p, u32 n) { gv=n+1; e(); return 0; }",
        "refuted", "changed",
    ),
    "static invisible? visible via callee": Attack(
        "static u32 sv;\nu32 f(struct s *p, u32 n) { sv=n; e(); return 0; }",
        "static u32 sv;\nu32 f(struct s *p, u32 n) { sv=n+1; e(); return 0; }",
        "refuted", "changed",
    ),
    "store after call dropped": Attack(
        "u32 f(struct s *p, u32 n) { e(); p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "refuted", "changed",
    ),
    "store before call, overwritten": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; e(); p->a=2; return 0; }",
        "u32 f(struct s *p, u32 n) { e(); p->a=2; return 0; }",
        "refuted", "changed",
    ),
    "freed then read": Attack(
        "extern void kfree(const void*);\nu32 f(struct s *p, u32 n) { kfree(p); return p->a; }",
        "extern void kfree(const void*);\nu32 f(struct s *p, u32 n) { u32 x=p->a; kfree(p); return x; }",
        "refuted", "changed",
    ),
    "result of call ptr": Attack(
        "extern struct s*al(void);\nu32 f(struct s *p, u32 n) { struct s*x=al(); x->a=1; return x->b; }",
        "extern struct s*al(void);\nu32 f(struct s *p, u32 n) { struct s*x=al(); x->b=1; return x->b; }",
        "refuted", "changed",
    ),
    "result alias": Attack(
        "extern struct s*al(void);\nu32 f(struct s *p, u32 n) { struct s*x=al(); p->a=1; x->a=2; return p->a; }",
        "extern struct s*al(void);\nu32 f(struct s *p, u32 n) { struct s*x=al(); p->a=1; x->a=2; return 1; }",
        "refuted", "changed",
    ),
    "two results": Attack(
        "extern struct s*al(void);\nu32 f(struct s *p, u32 n) { struct s*x=al(),*y=al(); x->a=1; y->a=2; return "
        "x->a; }",
        "extern struct s*al(void);\nu32 f(struct s *p, u32 n) { struct s*x=al(),*y=al(); x->a=1; y->a=2; return 1; }",
        "refuted", "changed",
    ),
    "embedded arrays alias": Attack(
        "struct xx{struct s m[2];};\nu32 f(struct xx*x,u32 n) { x->m[n&1].a=1; x->m[0].a=2; return x->m[n&1].a; }",
        "struct xx{struct s m[2];};\nu32 f(struct xx*x,u32 n) { x->m[n&1].a=1; x->m[0].a=2; return 1; }",
        "refuted", "changed",
    ),
    "2d alias": Attack(
        "struct xx{u32 m[2][2];};\nu32 f(struct xx*x,u32 n) { x->m[n&1][0]=1; x->m[0][0]=2; return x->m[n&1][0]; }",
        "struct xx{u32 m[2][2];};\nu32 f(struct xx*x,u32 n) { x->m[n&1][0]=1; x->m[0][0]=2; return 1; }",
        "refuted", "changed",
    ),
    "array elem ptr alias": Attack(
        "u32 f(struct s *p, u32 n) { u32*y=&p->arr[n&3]; p->arr[1]=1; *y=2; return p->arr[1]; }",
        "u32 f(struct s *p, u32 n) { u32*y=&p->arr[n&3]; p->arr[1]=1; *y=2; return 1; }",
        "refuted", "changed",
    ),
    "array overflow into next field": Attack(
        "u32 f(struct s *p, u32 n) { p->arr[n]=1; return p->b; }",
        "u32 f(struct s *p, u32 n) { p->arr[n]=1; return p->b+0*n+(n==77); }",
        "open", "assuming",
    ),
    "flex array": Attack(
        "struct xx{u32 l;u32 d[];};\nu32 f(struct xx*x,u32 n) { x->d[n]=1; return x->d[0]; }",
        "struct xx{u32 l;u32 d[];};\nu32 f(struct xx*x,u32 n) { x->d[n]=1; return x->d[0]+(n==0); }",
        "refuted", "changed",
    ),
    "union ptr members": Attack(
        "struct xx{union{void*v;struct s*w;};};\nu32 f(struct xx*x,struct s*p) { x->v=p; return x->w->a; }",
        "struct xx{union{void*v;struct s*w;};};\nu32 f(struct xx*x,struct s*p) { x->v=p; return p->b; }",
        "refuted", "changed",
    ),
    "union record and int": Attack(
        "struct in{u32 a;u32 b;};struct xx{union{u64 w;struct in in;};};\nu32 f(struct xx*x,u32 n) { x->w=n; "
        "return x->in.a; }",
        "struct in{u32 a;u32 b;};struct xx{union{u64 w;struct in in;};};\nu32 f(struct xx*x,u32 n) { x->w=n; "
        "return x->in.b; }",
        "refuted", "changed",
    ),
    "union named record deref": Attack(
        "struct in{u32 a;u32 b;};struct xx{union{u64 w;struct in in;};};static u32 k(struct in*i){return i->a;}\n"
        "u32 f(struct xx*x,u32 n) { x->w=n; return k(&x->in); }",
        "struct in{u32 a;u32 b;};struct xx{union{u64 w;struct in in;};};static u32 k(struct in*i){return i->a;}\n"
        "u32 f(struct xx*x,u32 n) { x->w=n; return 5; }",
        "refuted", "changed",
    ),
    "bitfields neighbours": Attack(
        "struct xx{u8 a:4;u8 b:4;};\nu32 f(struct xx*x,u32 n) { x->a=n; x->b=1; return x->a; }",
        "struct xx{u8 a:4;u8 b:4;};\nu32 f(struct xx*x,u32 n) { x->a=n; x->b=1; return n; }",
        "refuted", "changed",
    ),
    "packed": Attack(
        "struct xx{u8 a;u32 b;} __attribute__((packed));\nu32 f(struct xx*x) { return x->b; }",
        "struct xx{u8 a;u32 b;} __attribute__((packed));\nu32 f(struct xx*x) { return x->a; }",
        "refuted", "changed",
    ),
    "fn returns struct": Attack(
        "static struct s k(struct s*p){return *p;}\nu32 f(struct s *p, u32 n) { return k(p).a; }",
        "static struct s k(struct s*p){return *p;}\nu32 f(struct s *p, u32 n) { return k(p).b; }",
        "refuted", "changed",
    ),
    "fn takes struct": Attack(
        "static u32 k(struct s v){v.b=9; return v.a;}\nu32 f(struct s *p, u32 n) { return k(*p); }",
        "static u32 k(struct s v){v.b=9; return v.a;}\nu32 f(struct s *p, u32 n) { return p->b; }",
        "refuted", "changed",
    ),
    "fn takes struct, no write back": Attack(
        "static u32 k(struct s v){v.b=9; return v.a;}\nu32 f(struct s *p, u32 n) { k(*p); return p->b; }",
        "static u32 k(struct s v){v.b=9; return v.a;}\nu32 f(struct s *p, u32 n) { return 9; }",
        "refuted", "changed",
    ),
    "inline modifies ptr param": Attack(
        "static void k(struct s*p){p=p->next;}\nu32 f(struct s *p, u32 n) { struct s*x=p; k(x); return x->a; }",
        "static void k(struct s*p){p=p->next;}\nu32 f(struct s *p, u32 n) { struct s*x=p; x=x->next; return x->a; }",
        "refuted", "changed",
    ),
    "inline array param": Attack(
        "static void k(u32 a[2]){a[0]=7;}\nu32 f(struct s *p, u32 n) { u32 a[2]={1,2}; k(a); return a[0]; }",
        "static void k(u32 a[2]){a[0]=7;}\nu32 f(struct s *p, u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "recursive inline names": Attack(
        "static u32 k(u32 x){x++; return x;}\nu32 f(struct s *p, u32 n) { u32 x=n; return k(x)+x; }",
        "static u32 k(u32 x){x++; return x;}\nu32 f(struct s *p, u32 n) { return k(n)+n+1; }",
        "refuted", "changed",
    ),
    "inline static local": Attack(
        "static u32 k(void){static u32 c; return ++c;}\nu32 f(struct s *p, u32 n) { k(); return k(); }",
        "static u32 k(void){static u32 c; return ++c;}\nu32 f(struct s *p, u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "inline goto label same": Attack(
        "static u32 k(u32 n){ if(n) goto out; return 1; out: return 2; }\nu32 f(struct s *p, u32 n) { return "
        "k(n)+k(n+1); }",
        "static u32 k(u32 n){ if(n) goto out; return 1; out: return 2; }\nu32 f(struct s *p, u32 n) { return "
        "k(n)*2; }",
        "refuted", "changed",
    ),
    "inline shadow global": Attack(
        "u32 gv;static u32 k(u32 gv){return gv;}\nu32 f(struct s *p, u32 n) { gv=1; return k(n); }",
        "u32 gv;static u32 k(u32 gv){return gv;}\nu32 f(struct s *p, u32 n) { gv=1; return 1; }",
        "refuted", "changed",
    ),
    "inline ret conv": Attack(
        "static u8 k(u32 n){return n;}\nu32 f(struct s *p, u32 n) { return k(n); }",
        "static u8 k(u32 n){return n;}\nu32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "inline param conv": Attack(
        "static u32 k(u8 n){return n;}\nu32 f(struct s *p, u32 n) { return k(n); }",
        "static u32 k(u8 n){return n;}\nu32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "inline bool param": Attack(
        "static u32 k(bool n){return n;}\nu32 f(struct s *p, u32 n) { return k(n); }",
        "static u32 k(bool n){return n;}\nu32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "inline bool ret": Attack(
        "static bool k(u32 n){return n;}\nu32 f(struct s *p, u32 n) { return k(n); }",
        "static bool k(u32 n){return n;}\nu32 f(struct s *p, u32 n) { return n; }",
        "refuted", "changed",
    ),
    "inline void": Attack(
        "static void k(struct s*p){p->a=1;}\nu32 f(struct s *p, u32 n) { k(p); return p->a; }",
        "static void k(struct s*p){p->a=1;}\nu32 f(struct s *p, u32 n) { return p->a; }",
        "refuted", "changed",
    ),
    "inline missing return": Attack(
        "static u32 k(u32 n){ if(n) return 1; }\nu32 f(struct s *p, u32 n) { return k(n); }",
        "static u32 k(u32 n){ if(n) return 1; }\nu32 f(struct s *p, u32 n) { return 1; }",
        "open", "open",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)
