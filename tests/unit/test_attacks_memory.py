"""Pairs of functions that differ, by memory: first values, puns, aliases, copies, locals whose addresses are known, calls and stores: none is the same."""

from __future__ import annotations

from tests.unit.attacks import Attack, never_the_same

DIFFERENT = {
    "static init": Attack(
        "u32 f(u32 n){static u32 c=1; c+=n; return c;}",
        "u32 f(u32 n){static u32 c=2; c+=n; return c;}",
        "named", "open",
    ),
    "static init missing": Attack(
        "u32 f(u32 n){static u32 c; c+=n; return c;}",
        "u32 f(u32 n){static u32 c=2; c+=n; return c;}",
        "named", "open",
    ),
    "static init macro": Attack(
        "#define K 1\nu32 f(u32 n){static u32 c=K; c+=n; return c;}",
        "#define K 2\nu32 f(u32 n){static u32 c=K; c+=n; return c;}",
        "named", "open",
    ),
    "static in callee": Attack(
        "static u32 k(u32 n){static u32 c=1; c+=n; return c;}\nu32 f(u32 n){return k(n);}",
        "static u32 k(u32 n){static u32 c=2; c+=n; return c;}\nu32 f(u32 n){return k(n);}",
        "named", "assuming",
    ),
    "static to auto": Attack(
        "u32 f(u32 n){static u32 c=0; c+=n; return c;}",
        "u32 f(u32 n){u32 c=0; c+=n; return c;}",
        "refuted", "changed",
    ),
    "static type": Attack(
        "u32 f(u32 n){static u8 c; c+=n; return c;}",
        "u32 f(u32 n){static u32 c; c+=n; return c;}",
        "open", "open",
    ),
    "global init": Attack(
        "static u32 v=1;\nu32 f(u32 n){return v+n;}",
        "static u32 v=2;\nu32 f(u32 n){return v+n;}",
        "named", "open",
    ),
    "global init macro": Attack(
        "#define K 1\nstatic u32 v=K;\nu32 f(u32 n){return v+n;}",
        "#define K 2\nstatic u32 v=K;\nu32 f(u32 n){return v+n;}",
        "named", "open",
    ),
    "global init enum": Attack(
        "enum {K=1};\nstatic u32 v=K;\nu32 f(u32 n){return v+n;}",
        "enum {K=2};\nstatic u32 v=K;\nu32 f(u32 n){return v+n;}",
        "named", "open",
    ),
    "global array init macro": Attack(
        "#define K 1\nstatic u32 v[2]={K,2};\nu32 f(u32 n){return v[n&1];}",
        "#define K 2\nstatic u32 v[2]={K,2};\nu32 f(u32 n){return v[n&1];}",
        "named", "open",
    ),
    "global struct init": Attack(
        "static struct s v={.a=1};\nu32 f(u32 n){return v.a+n;}",
        "static struct s v={.a=2};\nu32 f(u32 n){return v.a+n;}",
        "named", "open",
    ),
    "global struct init, edit": Attack(
        "static struct s v={.a=1};\nu32 f(u32 n){return v.a+n;}",
        "static struct s v={.a=2};\nu32 f(u32 n){return n+v.a;}",
        "named", "open",
    ),
    "const struct init, edit": Attack(
        "static const struct s v={.a=1};\nu32 f(u32 n){return v.a+n;}",
        "static const struct s v={.a=2};\nu32 f(u32 n){return n+v.a;}",
        "open", "open",
    ),
    "const struct ptr": Attack(
        "static const struct s v={.a=1};\nstatic u32 k(const struct s*p){return p->a;}\nu32 f(u32 n){return "
        "k(&v)+n;}",
        "static const struct s v={.a=2};\nstatic u32 k(const struct s*p){return p->a;}\nu32 f(u32 n){return "
        "n+k(&v);}",
        "open", "open",
    ),
    "global init, edit": Attack(
        "static u32 v=1;\nu32 f(u32 n){return v+n;}",
        "static u32 v=2;\nu32 f(u32 n){return n+v;}",
        "named", "open",
    ),
    "global init macro, edit": Attack(
        "#define K 1\nstatic u32 v=K;\nu32 f(u32 n){return v+n;}",
        "#define K 2\nstatic u32 v=K;\nu32 f(u32 n){return n+v;}",
        "named", "open",
    ),
    "void hides": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ void*v=p; struct t*q=v; p->a=1; q->x=2; return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ void*v=p; struct t*q=v; p->a=1; q->x=2; return 1;}",
        "open", "open",
    ),
    "void cast hides": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(void*)p; p->a=1; q->x=2; return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(void*)p; p->a=1; q->x=2; return 1;}",
        "open", "open",
    ),
    "ulong hides": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(struct t*)(unsigned long)p; p->a=1; q->x=2; "
        "return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(struct t*)(unsigned long)p; p->a=1; q->x=2; "
        "return 1;}",
        "open", "open",
    ),
    "char hides": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(struct t*)(char*)p; p->a=1; q->x=2; return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(struct t*)(char*)p; p->a=1; q->x=2; return 1;}",
        "open", "open",
    ),
    "void param": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(void*v){ struct t*q=v; struct s*p=v; p->a=1; q->x=2; return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(void*v){ struct t*q=v; struct s*p=v; p->a=1; q->x=2; return 1;}",
        "open", "open",
    ),
    "ulong param": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(unsigned long v){ struct t*q=(void*)v; struct s*p=(void*)v; p->a=1; "
        "q->x=2; return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(unsigned long v){ struct t*q=(void*)v; struct s*p=(void*)v; p->a=1; "
        "q->x=2; return 1;}",
        "open", "open",
    ),
    "u8 bytes": Attack(
        "u32 f(struct s*p){ u8*b=(u8*)p; p->a=1; b[0]=2; return p->a;}",
        "u32 f(struct s*p){ u8*b=(u8*)p; p->a=1; b[0]=2; return 1;}",
        "open", "open",
    ),
    "u8 bytes via void": Attack(
        "u32 f(struct s*p){ void*v=p; u8*b=v; p->a=1; b[0]=2; return p->a;}",
        "u32 f(struct s*p){ void*v=p; u8*b=v; p->a=1; b[0]=2; return 1;}",
        "open", "open",
    ),
    "u32 via void": Attack(
        "u32 f(struct s*p){ void*v=p; u32*b=v; p->a=1; b[0]=2; return p->a;}",
        "u32 f(struct s*p){ void*v=p; u32*b=v; p->a=1; b[0]=2; return 1;}",
        "open", "open",
    ),
    "u8 bytes two functions": Attack(
        "static void set(void*v){ u8*b=v; b[0]=2;}\nu32 f(struct s*p){ p->a=1; set(p); return p->a;}",
        "static void set(void*v){ u8*b=v; b[0]=2;}\nu32 f(struct s*p){ p->a=1; set(p); return 1;}",
        "refuted", "changed",
    ),
    "container via void": Attack(
        "struct t{u32 x; struct s in;};\nu32 f(struct s*p){ struct t*q=container_of(p,struct t,in); p->a=1; "
        "q->in.a=2; return p->a;}",
        "struct t{u32 x; struct s in;};\nu32 f(struct s*p){ struct t*q=container_of(p,struct t,in); p->a=1; "
        "q->in.a=2; return 1;}",
        "refuted", "changed",
    ),
    "member pointer cast to record": Attack(
        "struct t{u32 x;};\nu32 f(struct s*p){ struct t*q=(struct t*)&p->b; p->b=1; q->x=2; return p->b;}",
        "struct t{u32 x;};\nu32 f(struct s*p){ struct t*q=(struct t*)&p->b; p->b=1; q->x=2; return 1;}",
        "open", "open",
    ),
    "pointer to scalar field via void": Attack(
        "u32 f(struct s*p){ void*v=&p->b; u32*q=v; p->b=1; *q=2; return p->b;}",
        "u32 f(struct s*p){ void*v=&p->b; u32*q=v; p->b=1; *q=2; return 1;}",
        "refuted", "changed",
    ),
    "macro before define": Attack(
        "u32 K(u32 x);\nu32 f(u32 n){return K(n);}\n#define K(x) ((x)+1)",
        "u32 K(u32 x);\nu32 f(u32 n){return n+1;}\n#define K(x) ((x)+1)",
        "open", "open",
    ),
    "macro used before define as var": Attack(
        "static u32 K;\nu32 f(u32 n){return n+K;}\n#define K 5",
        "static u32 K;\nu32 f(u32 n){return n+5;}\n#define K 5",
        "open", "open",
    ),
    "pun after a step": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(void*)p; p->a=1; q->x=2; p->a=5; return q->x;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p){ struct t*q=(void*)p; p->a=1; q->x=2; p->a=5; return 2;}",
        "open", "open",
    ),
    "pun on overlapping paths": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)p; p->a=1; if(n) q->x=2; if(n&1) "
        "return p->a; return 0;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)p; p->a=1; if(n) q->x=2; if(n&1) "
        "return 1; return 0;}",
        "open", "open",
    ),
    "pun on overlapping paths 2": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)p; if(n) q->x=2; if(n&1) {return "
        "p->a;} return 0;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)p; u32 a=0; if(n&1) a=p->a; if(n) "
        "q->x=2; if(n&1) {return a;} return 0;}",
        "named", "assuming",
    ),
    "pun by ite": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,struct s*r,u32 n){ void*v=n?p:r; struct t*q=v; p->a=1; "
        "q->x=2; return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,struct s*r,u32 n){ void*v=n?p:r; struct t*q=v; p->a=1; "
        "q->x=2; return 1;}",
        "named", "assuming",
    ),
    "pun by mask": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)((unsigned long)p&~3UL); p->a=1; "
        "q->x=2; return p->a;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)((unsigned long)p&~3UL); p->a=1; "
        "q->x=2; return 1;}",
        "named", "assuming",
    ),
    "pun by offset": Attack(
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)p+4; p->b=1; q->x=2; return p->b;}",
        "struct t{u32 x;u32 y;};\nu32 f(struct s*p,u32 n){ struct t*q=(void*)p+4; p->b=1; q->x=2; return 1;}",
        "open", "open",
    ),
    "bytes by var offset": Attack(
        "u32 f(struct s*p,u32 n){ u8*q=(void*)p+n; p->b=1; *q=2; return p->b;}",
        "u32 f(struct s*p,u32 n){ u8*q=(void*)p+n; p->b=1; *q=2; return 1;}",
        "named", "assuming",
    ),
    "bytes by index": Attack(
        "u32 f(struct s*p,u32 n){ u8*q=(void*)p; p->b=1; q[n]=2; return p->b;}",
        "u32 f(struct s*p,u32 n){ u8*q=(void*)p; p->b=1; q[n]=2; return 1;}",
        "named", "assuming",
    ),
    "alias": Attack(
        "u32 f(struct s *p, u32 n) { struct s*x=p->next; p->a=1; x->a=2; return p->a; }",
        "u32 f(struct s *p, u32 n) { struct s*x=p->next; p->a=1; x->a=2; return 1; }",
        "refuted", "changed",
    ),
    "alias arr": Attack(
        "u32 f(struct s *p, u32 n) { struct s*x=p->next; p->arr[1]=1; x->arr[n&3]=2; return p->arr[1]; }",
        "u32 f(struct s *p, u32 n) { struct s*x=p->next; p->arr[1]=1; x->arr[n&3]=2; return 1; }",
        "refuted", "changed",
    ),
    "alias order": Attack(
        "u32 f(struct s *p, u32 n) { struct s*x=p->next; p->a=1; x->a=2; return 0; }",
        "u32 f(struct s *p, u32 n) { struct s*x=p->next; x->a=2; p->a=1; return 0; }",
        "refuted", "changed",
    ),
    "scalar alias": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->out; p->a=1; *x=2; return p->a; }",
        "u32 f(struct s *p, u32 n) { u32*x=p->out; p->a=1; *x=2; return 1; }",
        "named", "assuming",
    ),
    "struct copy": Attack(
        "u32 f(struct s *p, u32 n) { *p=*p->next; return p->a; }",
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "refuted", "changed",
    ),
    "struct copy order": Attack(
        "u32 f(struct s *p, u32 n) { struct s t=*p; p->a=n; return t.a; }",
        "u32 f(struct s *p, u32 n) { p->a=n; return p->a; }",
        "refuted", "changed",
    ),
    "struct copy self": Attack(
        "u32 f(struct s *p, u32 n) { struct s t=*p; *p=*p->next; *p->next=t; return p->a; }",
        "u32 f(struct s *p, u32 n) { *p=*p->next; return p->a; }",
        "refuted", "changed",
    ),
    "array in struct copy": Attack(
        "u32 f(struct s *p, u32 n) { struct s t=*p; p->arr[1]=7; return t.arr[1]; }",
        "u32 f(struct s *p, u32 n) { struct s t=*p; p->arr[1]=7; return p->arr[1]; }",
        "refuted", "changed",
    ),
    "union": Attack(
        "u32 f(struct s *p, u32 n) { union {u32 x; u8 b[4];} v; v.x=n; return v.b[1]; }",
        "u32 f(struct s *p, u32 n) { union {u32 x; u8 b[4];} v; v.x=n; return v.b[2]; }",
        "refuted", "changed",
    ),
    "union u16": Attack(
        "u32 f(struct s *p, u32 n) { union {u32 x; u16 h;} v; v.x=n; v.h=1; return v.x; }",
        "u32 f(struct s *p, u32 n) { union {u32 x; u16 h;} v; v.x=n; v.h=1; return n; }",
        "refuted", "changed",
    ),
    "union struct": Attack(
        "u32 f(struct s *p, u32 n) { union {u64 x; struct {u32 lo,hi;};} v; v.x=p->q; return v.hi; }",
        "u32 f(struct s *p, u32 n) { union {u64 x; struct {u32 lo,hi;};} v; v.x=p->q; return v.lo; }",
        "refuted", "changed",
    ),
    "union bf": Attack(
        "u32 f(struct s *p, u32 n) { union {u32 x; struct {u32 l:4; u32 m:4;};} v; v.x=n; return v.m; }",
        "u32 f(struct s *p, u32 n) { union {u32 x; struct {u32 l:4; u32 m:4;};} v; v.x=n; return v.l; }",
        "refuted", "changed",
    ),
    "ptr arith": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; x+=1; return *x; }",
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return *x+1; }",
        "refuted", "changed",
    ),
    "ptr arith 2": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return *(x+2); }",
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return x[1]; }",
        "refuted", "changed",
    ),
    "ptr post inc": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return *x++; }",
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return *++x; }",
        "refuted", "changed",
    ),
    "ptr post inc 2": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return (*x)++; }",
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; return *x++; }",
        "refuted", "changed",
    ),
    "ptr diff": Attack(
        "u32 f(struct s *p, u32 n) { u32*x=p->arr; u32*y=&p->arr[2]; return y-x; }",
        "u32 f(struct s *p, u32 n) { return 8; }",
        "open", "open",
    ),
    "ptr null": Attack(
        "u32 f(struct s *p, u32 n) { return p==NULL; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "ptr null next": Attack(
        "u32 f(struct s *p, u32 n) { if(!p->next) return 1; return p->next->a; }",
        "u32 f(struct s *p, u32 n) { return p->next->a; }",
        "refuted", "changed",
    ),
    "addr member zero": Attack(
        "u32 f(struct s *p, u32 n) { return &p->a==NULL; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "container member 0": Attack(
        "struct t{struct s in;u32 y;};\nu32 f(struct s *p, u32 n) { struct t*x=container_of(p,struct t,in); "
        "x->in.a=1; return x->y; }",
        "struct t{struct s in;u32 y;};\nu32 f(struct s *p, u32 n) { struct t*x=container_of(p,struct t,in); "
        "x->in.a=1; return 1; }",
        "refuted", "changed",
    ),
    "container local": Attack(
        "struct t{u32 y;struct s in;};\nu32 f(struct s *p, u32 n) { return &container_of(p,struct t,in)->in==p; }",
        "struct t{u32 y;struct s in;};\nu32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "nested embed": Attack(
        "struct t{u32 y;struct s in;};\nu32 f(struct t*t,u32 n) { t->in.a=1; t->y=2; return t->in.a; }",
        "struct t{u32 y;struct s in;};\nu32 f(struct t*t,u32 n) { t->in.a=2; t->y=2; return t->in.a; }",
        "refuted", "changed",
    ),
    "embed alias": Attack(
        "struct t{u32 y;struct s in;};\nu32 f(struct t*t,struct s*p) { t->in.a=1; p->a=2; return t->in.a; }",
        "struct t{u32 y;struct s in;};\nu32 f(struct t*t,struct s*p) { t->in.a=1; p->a=2; return 1; }",
        "refuted", "changed",
    ),
    "memcpy size": Attack(
        "u32 f(struct s *p, u32 n) { memcpy(p->arr,p->next->arr,sizeof(p->arr)); return 0; }",
        "u32 f(struct s *p, u32 n) { memcpy(p->arr,p->next->arr,sizeof(p->arr)/2); return 0; }",
        "refuted", "changed",
    ),
    "memset size": Attack(
        "u32 f(struct s *p, u32 n) { memset(p,0,sizeof(*p)); return p->a; }",
        "u32 f(struct s *p, u32 n) { memset(p,0,sizeof(p)); return p->q; }",
        "refuted", "changed",
    ),
    "memset val": Attack(
        "u32 f(struct s *p, u32 n) { memset(p,1,sizeof(*p)); return p->a; }",
        "u32 f(struct s *p, u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "memset local": Attack(
        "u32 f(struct s *p, u32 n) { struct s t; memset(&t,0xff,sizeof(t)); return t.a; }",
        "u32 f(struct s *p, u32 n) { return 0xff; }",
        "open", "open",
    ),
    "memset array": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[4]; memset(a,0,8); a[0]=n; return a[0]+a[2]; }",
        "u32 f(struct s *p, u32 n) { u32 a[4]; memset(a,0,16); a[0]=n; return a[0]+a[2]; }",
        "refuted", "changed",
    ),
    "read once order": Attack(
        "u32 f(struct s *p, u32 n) { u32 a=READ_ONCE(p->a); p->b=1; return a; }",
        "u32 f(struct s *p, u32 n) { p->b=1; u32 a=READ_ONCE(p->b); return a; }",
        "refuted", "changed",
    ),
    "write once": Attack(
        "u32 f(struct s *p, u32 n) { WRITE_ONCE(p->a,n); return 0; }",
        "u32 f(struct s *p, u32 n) { WRITE_ONCE(p->b,n); return 0; }",
        "refuted", "changed",
    ),
    "write once narrow": Attack(
        "u32 f(struct s *p, u32 n) { WRITE_ONCE(p->c,n); return p->c; }",
        "u32 f(struct s *p, u32 n) { WRITE_ONCE(p->c,n); return n; }",
        "refuted", "changed",
    ),
    "store order calls": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; e(); return 0; }",
        "u32 f(struct s *p, u32 n) { e(); p->a=1; return 0; }",
        "refuted", "changed",
    ),
    "call clobbers": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; e(); return p->a; }",
        "u32 f(struct s *p, u32 n) { p->a=1; e(); return 1; }",
        "refuted", "changed",
    ),
    "call clobbers local addr": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; h(&x); return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; h(&x); return 1; }",
        "refuted", "changed",
    ),
    "local escaped later": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; p->out=&x; e(); return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; p->out=&x; e(); return 1; }",
        "refuted", "changed",
    ),
    "two locals same addr": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1,y=2; h(&x); return y; }",
        "u32 f(struct s *p, u32 n) { u32 x=1,y=2; h(&y); return y; }",
        "open", "open",
    ),
    "calls reordered": Attack(
        "u32 f(struct s *p, u32 n) { g(1); g(2); return 0; }",
        "u32 f(struct s *p, u32 n) { g(2); g(1); return 0; }",
        "refuted", "changed",
    ),
    "calls dup": Attack(
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "u32 f(struct s *p, u32 n) { e(); e(); return 0; }",
        "refuted", "changed",
    ),
    "call dropped": Attack(
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "call cond": Attack(
        "u32 f(struct s *p, u32 n) { if(n) e(); return 0; }",
        "u32 f(struct s *p, u32 n) { e(); return 0; }",
        "refuted", "changed",
    ),
    "arg changed": Attack(
        "u32 f(struct s *p, u32 n) { g(n); return 0; }",
        "u32 f(struct s *p, u32 n) { g(n|1); return 0; }",
        "refuted", "changed",
    ),
    "arg conv": Attack(
        "u32 f(struct s *p, u32 n) { g((u8)n); return 0; }",
        "u32 f(struct s *p, u32 n) { g(n); return 0; }",
        "refuted", "changed",
    ),
    "short circuit": Attack(
        "u32 f(struct s *p, u32 n) { return n&&g(n); }",
        "u32 f(struct s *p, u32 n) { return g(n)&&n; }",
        "refuted", "changed",
    ),
    "short circuit or": Attack(
        "u32 f(struct s *p, u32 n) { return n||g(n); }",
        "u32 f(struct s *p, u32 n) { return !!(n|g(n)); }",
        "refuted", "changed",
    ),
    "cond call": Attack(
        "u32 f(struct s *p, u32 n) { return n?g(1):g(2); }",
        "u32 f(struct s *p, u32 n) { u32 a=g(1),b=g(2); return n?a:b; }",
        "refuted", "changed",
    ),
    "lock dropped": Attack(
        "u32 f(struct s *p, u32 n) { spin_lock(&p->a); p->b=1; spin_unlock(&p->a); return 0; }",
        "u32 f(struct s *p, u32 n) { p->b=1; return 0; }",
        "refuted", "changed",
    ),
    "lock order": Attack(
        "u32 f(struct s *p, u32 n) { spin_lock(&p->a); p->b=1; spin_unlock(&p->a); return 0; }",
        "u32 f(struct s *p, u32 n) { spin_lock(&p->a); spin_unlock(&p->a); p->b=1; return 0; }",
        "refuted", "changed",
    ),
    "warn only": Attack(
        "u32 f(struct s *p, u32 n) { WARN_ON(n); return 0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "warn once cond": Attack(
        "u32 f(struct s *p, u32 n) { WARN_ON_ONCE(n>1); return 0; }",
        "u32 f(struct s *p, u32 n) { WARN_ON_ONCE(n>2); return 0; }",
        "refuted", "changed",
    ),
    "warn ret": Attack(
        "u32 f(struct s *p, u32 n) { return WARN_ON(n); }",
        "u32 f(struct s *p, u32 n) { WARN_ON(n); return n; }",
        "refuted", "changed",
    ),
    "bug": Attack(
        "u32 f(struct s *p, u32 n) { BUG_ON(n); return 0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "fnptr": Attack(
        "struct o{u32 (*fn)(u32);u32 (*gn)(u32);};\nu32 f(struct o*p2,u32 n) { return p2->fn(n); }",
        "struct o{u32 (*fn)(u32);u32 (*gn)(u32);};\nu32 f(struct o*p2,u32 n) { return p2->fn(n+1); }",
        "refuted", "changed",
    ),
    "fnptr other": Attack(
        "struct o{u32 (*fn)(u32);u32 (*gn)(u32);};\nu32 f(struct o*p2,u32 n) { return p2->fn(n); }",
        "struct o{u32 (*fn)(u32);u32 (*gn)(u32);};\nu32 f(struct o*p2,u32 n) { return p2->gn(n); }",
        "refuted", "changed",
    ),
    "fnptr const": Attack(
        "extern u32 g2(u32);\nu32 f(struct s *p, u32 n) { u32 (*x)(u32)=g; return x(n); }",
        "extern u32 g2(u32);\nu32 f(struct s *p, u32 n) { u32 (*x)(u32)=g2; return x(n); }",
        "refuted", "changed",
    ),
    "ops table": Attack(
        "struct o{u32 (*fn)(u32);};extern u32 g2(u32);\nstatic const struct o ops={.fn=g};\nu32 f(struct s *p, "
        "u32 n) { return ops.fn(n); }",
        "struct o{u32 (*fn)(u32);};extern u32 g2(u32);\nstatic const struct o ops={.fn=g2};\nu32 f(struct s *p, "
        "u32 n) { return ops.fn(n); }",
        "open", "open",
    ),
    "const table": Attack(
        "static const u32 t[4]={1,2,3,4};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "static const u32 t[4]={1,2,3,5};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "refuted", "changed",
    ),
    "const table macro": Attack(
        "#define K 4\nstatic const u32 t[4]={1,2,3,K};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "#define K 5\nstatic const u32 t[4]={1,2,3,K};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "refuted", "changed",
    ),
    "const table designated": Attack(
        "static const u32 t[4]={[1]=1,[2]=2};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "static const u32 t[4]={[2]=1,[1]=2};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "refuted", "changed",
    ),
    "const table size": Attack(
        "static const u32 t[]={1,2,3,4};\nu32 f(struct s *p, u32 n) { return ARRAY_SIZE(t); }",
        "static const u32 t[]={1,2,3};\nu32 f(struct s *p, u32 n) { return ARRAY_SIZE(t); }",
        "open", "open",
    ),
    "const table u8": Attack(
        "static const u8 t[4]={1,2,3,0x104};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "static const u32 t[4]={1,2,3,0x104};\nu32 f(struct s *p, u32 n) { return t[n&3]; }",
        "refuted", "changed",
    ),
    "const struct table": Attack(
        "struct r{u32 x;};static const struct r t[2]={{1},{2}};\nu32 f(struct s *p, u32 n) { return t[n&1].x; }",
        "struct r{u32 x;};static const struct r t[2]={{1},{3}};\nu32 f(struct s *p, u32 n) { return t[n&1].x; }",
        "open", "open",
    ),
    "string": Attack(
        "extern u32 x(const char*);\nu32 f(struct s *p, u32 n) { return x(\"a\"); }",
        "extern u32 x(const char*);\nu32 f(struct s *p, u32 n) { return x(\"b\"); }",
        "refuted", "changed",
    ),
    "printk only": Attack(
        "u32 f(struct s *p, u32 n) { printk(\"a\"); return 0; }",
        "u32 f(struct s *p, u32 n) { printk(\"b\"); return 0; }",
        "refuted", "assuming",
    ),
    "array size loop": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<ARRAY_SIZE(p->arr);i++) t+=p->arr[i]; return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++) t+=p->arr[i]; return t; }",
        "refuted", "changed",
    ),
    "sizeof pointer param": Attack(
        "u32 f(u32 a[4]) { return sizeof(a); }",
        "u32 f(u32 a[4]) { return 16; }",
        "refuted", "changed",
    ),
    "param array": Attack(
        "u32 f(u32 a[4]) { return a[1]; }",
        "u32 f(u32 a[4]) { return a[2]; }",
        "refuted", "changed",
    ),
    "param array write": Attack(
        "u32 f(u32 *a) { a[1]=1; a[0]=2; return 0; }",
        "u32 f(u32 *a) { a[0]=1; a[1]=2; return 0; }",
        "refuted", "changed",
    ),
    "ptr alias params": Attack(
        "u32 f(u32 *a,u32 *b) { *a=1; *b=2; return *a; }",
        "u32 f(u32 *a,u32 *b) { *a=1; *b=2; return 1; }",
        "refuted", "changed",
    ),
    "ptr alias u8/u32": Attack(
        "u32 f(u32 *a,u8 *b) { *a=1; *b=2; return *a; }",
        "u32 f(u32 *a,u8 *b) { *a=1; *b=2; return 1; }",
        "named", "assuming",
    ),
    "ptr alias signed": Attack(
        "u32 f(u32 *a,int *b) { *a=1; *b=2; return *a; }",
        "u32 f(u32 *a,int *b) { *a=1; *b=2; return 1; }",
        "refuted", "changed",
    ),
    "ptr alias ulong/u64": Attack(
        "u64 f(u64 *a,unsigned long *b) { *a=1; *b=2; return *a; }",
        "u64 f(u64 *a,unsigned long *b) { *a=1; *b=2; return 1; }",
        "refuted", "changed",
    ),
    "ptr alias ptr/u64": Attack(
        "u64 f(u64 *a,void **b) { *a=1; *b=0; return *a; }",
        "u64 f(u64 *a,void **b) { *a=1; *b=0; return 1; }",
        "refuted", "changed",
    ),
    "struct param by value": Attack(
        "u32 f(struct s v) { return v.a; }",
        "u32 f(struct s v) { return v.b; }",
        "open", "open",
    ),
    "struct return": Attack(
        "struct s f(struct s*p,u32 n) { struct s v=*p; v.a=n; return v; }",
        "struct s f(struct s*p,u32 n) { struct s v=*p; v.b=n; return v; }",
        "open", "open",
    ),
    "array of ptr": Attack(
        "u32 f(struct s *p, u32 n) { return p->next[1].a; }",
        "u32 f(struct s *p, u32 n) { return p->next[0].a; }",
        "refuted", "changed",
    ),
    "neg index": Attack(
        "u32 f(struct s *p, u32 n) { return p->arr[n-1]; }",
        "u32 f(struct s *p, u32 n) { return p->arr[n]; }",
        "open", "changed",
    ),
    "neg index int": Attack(
        "u32 f(struct s *p, u32 n) { int i=-1; u32*x=&p->arr[2]; return x[i]; }",
        "u32 f(struct s *p, u32 n) { return p->arr[2]; }",
        "refuted", "changed",
    ),
    "2d array": Attack(
        "u32 f(struct s *p, u32 n) { u32 m[2][2]={{1,2},{3,4}}; return m[n&1][1]; }",
        "u32 f(struct s *p, u32 n) { u32 m[2][2]={{1,2},{3,4}}; return m[1][n&1]; }",
        "refuted", "changed",
    ),
    "memcmp": Attack(
        "u32 f(struct s *p, u32 n) { return memcmp(p->arr,p->next->arr,8); }",
        "u32 f(struct s *p, u32 n) { return memcmp(p->arr,p->next->arr,16); }",
        "open", "changed",
    ),
    "local array out": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[2]={1,2}; h(a); return a[1]; }",
        "u32 f(struct s *p, u32 n) { u32 a[2]={1,2}; h(a); return 2; }",
        "refuted", "changed",
    ),
    "local array elem out": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[2]={1,2}; h(&a[0]); return a[1]; }",
        "u32 f(struct s *p, u32 n) { u32 a[2]={1,2}; h(&a[0]); return 2; }",
        "refuted", "changed",
    ),
    "local struct out": Attack(
        "u32 f(struct s *p, u32 n) { struct s t; t.a=1; t.b=2; h(&t.a); return t.b; }",
        "u32 f(struct s *p, u32 n) { struct s t; t.a=1; t.b=2; h(&t.a); return 2; }",
        "refuted", "changed",
    ),
    "local in struct list": Attack(
        "u32 f(struct s *p, u32 n) { struct s t; t.a=1; p->next=&t; e(); return t.a; }",
        "u32 f(struct s *p, u32 n) { struct s t; t.a=1; p->next=&t; e(); return 1; }",
        "refuted", "changed",
    ),
    "local via nested pointer": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; p->out=y; e(); return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; p->out=y; e(); return 1; }",
        "refuted", "changed",
    ),
    "local via ulong": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; p->q=(u64)&x; e(); return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; p->q=(u64)&x; e(); return 1; }",
        "refuted", "changed",
    ),
    "local via global": Attack(
        "static u32*gp;\nu32 f(struct s *p, u32 n) { u32 x=1; gp=&x; e(); return x; }",
        "static u32*gp;\nu32 f(struct s *p, u32 n) { u32 x=1; gp=&x; e(); return 1; }",
        "refuted", "changed",
    ),
    "local via fn arg struct": Attack(
        "extern void e2(void*);\nu32 f(struct s *p, u32 n) { struct w{u32*v;} w; u32 x=1; w.v=&x; e2(&w); return "
        "x; }",
        "extern void e2(void*);\nu32 f(struct s *p, u32 n) { struct w{u32*v;} w; u32 x=1; w.v=&x; e2(&w); return "
        "1; }",
        "refuted", "changed",
    ),
    "local alias itself": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; *y=2; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; *y=2; return 1; }",
        "refuted", "changed",
    ),
    "local ptr choose": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1,y=2; u32*z=n?&x:&y; *z=5; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1,y=2; u32*z=n?&x:&y; *z=5; return 1; }",
        "open", "open",
    ),
    "ptr to ptr": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; u32**z=&y; **z=2; return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; u32*y=&x; u32**z=&y; **z=2; return 1; }",
        "refuted", "changed",
    ),
    "escaped pointer retarget 2": Attack(
        "extern void e3(u32**);\nu32 f(struct s *p, u32 n) { u32 x=1; u32*z=&x; e3(&z); *z=9; return x; }",
        "extern void e3(u32**);\nu32 f(struct s *p, u32 n) { u32 x=1; u32*z=&x; e3(&z); *z=9; return 9; }",
        "open", "open",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)
