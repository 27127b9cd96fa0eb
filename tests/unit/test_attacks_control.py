"""Pairs of functions that differ, by control flow, warnings and what the kernel's idioms do: none is the same."""

from __future__ import annotations

from tests.unit.attacks import SAME, Attack, never_changed, never_the_same

GUARD = """#define CLASS(n, v) class_##n##_t v __attribute__((cleanup(class_##n##_drop))) = class_##n##_take
#define guard(n) CLASS(n, held)
"""
DIFFERENT = {
    "the end of a guard's scope": Attack(
        GUARD + "u32 f(struct s *p) { { guard(m)(&p->a); p->b = 1; } return g(3); }",
        GUARD + "u32 f(struct s *p) { { guard(m)(&p->a); p->b = 1; return g(3); } }",
        "open", "open",
    ),
    "the end of a guard's scope, and the function's": Attack(
        GUARD + "u32 f(struct s *p) { { guard(m)(&p->a); p->b = 1; } return g(3); }",
        GUARD + "u32 f(struct s *p) { guard(m)(&p->a); p->b = 1; return g(3); }",
        "open", "open",
    ),
    "the end of a guard's scope, in a callee": Attack(
        GUARD + "static void k(struct s *p) { guard(m)(&p->a); p->b = 1; } u32 f(struct s *p) { k(p); return g(3); }",
        GUARD + "static void k(struct s *p) { p->b = 1; } u32 f(struct s *p) { guard(m)(&p->a); k(p); return g(3); }",
        "open", "open",
    ),
    "switch dup fall": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){case 1: p->a=1; case 2: p->b=2; break; default: p->a=3;} return 0; }",
        "u32 f(struct s *p, u32 n) { switch(n){case 1: p->a=1; break; case 2: p->b=2; break; default: p->a=3;} "
        "return 0; }",
        "refuted", "changed",
    ),
    "default in middle": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){case 1: return 1; default: p->a=1; case 2: return 2;} }",
        "u32 f(struct s *p, u32 n) { switch(n){case 1: return 1; default: return 2; case 2: return 2;} }",
        "refuted", "changed",
    ),
    "default first": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){default: p->a=1; case 2: return 2;} }",
        "u32 f(struct s *p, u32 n) { switch(n){default: case 2: return 2;} }",
        "refuted", "changed",
    ),
    "range": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){case 1 ... 5: return 1;} return 0; }",
        "u32 f(struct s *p, u32 n) { switch(n){case 1 ... 4: return 1;} return 0; }",
        "refuted", "changed",
    ),
    "range signed": Attack(
        "u32 f(struct s *p, u32 n) { switch((int)n){case -3 ... 5: return 1;} return 0; }",
        "u32 f(struct s *p, u32 n) { switch((int)n){case 0 ... 5: return 1;} return 0; }",
        "refuted", "changed",
    ),
    "switch u8": Attack(
        "u32 f(struct s *p, u32 n) { switch((u8)n){case 1: return 1;} return 0; }",
        "u32 f(struct s *p, u32 n) { switch(n){case 1: return 1;} return 0; }",
        "refuted", "changed",
    ),
    "switch u64": Attack(
        "u32 f(struct s *p, u32 n) { switch(p->q){case 1: return 1;} return 0; }",
        "u32 f(struct s *p, u32 n) { switch((u32)p->q){case 1: return 1;} return 0; }",
        "refuted", "changed",
    ),
    "switch neg label u64": Attack(
        "u32 f(struct s *p, u32 n) { switch(p->q){case -1: return 1;} return 0; }",
        "u32 f(struct s *p, u32 n) { switch(p->q){case 0xffffffff: return 1;} return 0; }",
        "refuted", "changed",
    ),
    "switch decl": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){ u32 x; case 1: x=1; return x; default: x=2; return x;} }",
        "u32 f(struct s *p, u32 n) { switch(n){ u32 x; case 1: x=1; return x; default: x=1; return x;} }",
        "open", "open",
    ),
    "break nested": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,j,t=0; for(i=0;i<3;i++){for(j=0;j<3;j++){if(j==n)break; t++;}} return "
        "t; }",
        "u32 f(struct s *p, u32 n) { u32 i,j,t=0; for(i=0;i<3;i++){for(j=0;j<3;j++){if(j==n)goto out; t++;}} "
        "out: return t; }",
        "refuted", "changed",
    ),
    "break in do while0": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ do { if(i==n) break; t++; } while(0); } return "
        "t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ if(i==n) break; t++; } return t; }",
        "refuted", "changed",
    ),
    "continue in do while0": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ do { if(i==n) continue; t++; } while(0); "
        "t+=10; } return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ if(i==n) continue; t++; t+=10; } return t; }",
        "refuted", "changed",
    ),
    "macro break": Attack(
        "#define CHK(c) do { if (c) break; } while (0)\nu32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ "
        "CHK(i==n); t++; } return t; }",
        "#define CHK(c) do { if (c) break; } while (0)\nu32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ "
        "if(i==n) break; t++; } return t; }",
        "refuted", "changed",
    ),
    "continue do": Attack(
        "u32 f(struct s *p, u32 n) { u32 i=0,t=0; do { i++; if(i==n) continue; t++; } while(i<3); return t; }",
        "u32 f(struct s *p, u32 n) { u32 i=0,t=0; do { i++; t++; } while(i<3); return t; }",
        "refuted", "changed",
    ),
    "continue for step": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<4;i++){ if(i==n) continue; t+=i; } return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<4;i++){ if(i==n) break; t+=i; } return t; }",
        "refuted", "changed",
    ),
    "switch in loop continue": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ switch(n){case 1: continue; default: t++;} "
        "t+=8; } return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<3;i++){ switch(n){case 1: break; default: t++;} t+=8; "
        "} return t; }",
        "refuted", "changed",
    ),
    "goto out": Attack(
        "u32 f(struct s *p, u32 n) { if(n==1) goto out; p->a=1; out: p->b=2; return 0; }",
        "u32 f(struct s *p, u32 n) { if(n==1) return 0; p->a=1; p->b=2; return 0; }",
        "refuted", "changed",
    ),
    "goto nested": Attack(
        "u32 f(struct s *p, u32 n) { if(n){ if(n==2) goto out; p->a=1; } p->c=1; out: return 0; }",
        "u32 f(struct s *p, u32 n) { if(n){ if(n!=2) p->a=1; } p->c=1; return 0; }",
        "refuted", "changed",
    ),
    "shadow": Attack(
        "u32 f(struct s *p, u32 n) { u32 x=1; { u32 x=2; x=n; } return x; }",
        "u32 f(struct s *p, u32 n) { u32 x=1; { x=n; } return x; }",
        "refuted", "changed",
    ),
    "shadow param": Attack(
        "u32 f(struct s *p, u32 n) { { u32 n=3; p->a=n; } return n; }",
        "u32 f(struct s *p, u32 n) { { n=3; p->a=n; } return n; }",
        "refuted", "changed",
    ),
    "shadow global": Attack(
        "u32 v;\nu32 f(struct s *p, u32 n) { u32 v=n; return v; }",
        "u32 v;\nu32 f(struct s *p, u32 n) { return v; }",
        "refuted", "changed",
    ),
    "shadow in for": Attack(
        "u32 f(struct s *p, u32 n) { u32 i=9; for(u32 i=0;i<3;i++) p->a=i; return i; }",
        "u32 f(struct s *p, u32 n) { u32 i=9; for(i=0;i<3;i++) p->a=i; return i; }",
        "refuted", "changed",
    ),
    "unroll bound": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<41;i++) t++; return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<40;i++) t++; return t; }",
        "open", "open",
    ),
    "unroll bound 2": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=0;i<n;i++) t++; return t; }",
        "u32 f(struct s *p, u32 n) { return n<40?n:40; }",
        "open", "open",
    ),
    "recursion": Attack(
        "u32 f(struct s *p, u32 n) { return f(p,n-1); }",
        "u32 f(struct s *p, u32 n) { return n; }",
        "open", "changed",
    ),
    "rec same name": Attack(
        "u32 f(struct s *p, u32 n) { if(!n) return 0; return f(p,n-1)+1; }",
        "u32 f(struct s *p, u32 n) { if(!n) return 0; return f(p,n-1)+2; }",
        "open", "changed",
    ),
    "while dec": Attack(
        "u32 f(struct s *p, u32 n) { while(n--) p->a=n; return n; }",
        "u32 f(struct s *p, u32 n) { while(n) { n--; p->a=n; } return n; }",
        "open", "changed",
    ),
    "dangling else": Attack(
        "u32 f(struct s *p, u32 n) { if(n) if(p->a) return 1; else return 2; return 3; }",
        "u32 f(struct s *p, u32 n) { if(n) { if(p->a) return 1; } else return 2; return 3; }",
        "refuted", "changed",
    ),
    "assign in if": Attack(
        "u32 f(struct s *p, u32 n) { if(n=p->a) return 1; return n; }",
        "u32 f(struct s *p, u32 n) { if(n==p->a) return 1; return n; }",
        "refuted", "changed",
    ),
    "inline early return in loop": Attack(
        "static u32 k(struct s*p,u32 n){u32 j; for(j=0;j<3;j++) if(p->arr[j]==n) return j; return 9;}\nu32 "
        "f(struct s *p, u32 n) { u32 i; for(i=0;i<4;i++) p->arr[i]=k(p,n); return 0; }",
        "static u32 k(struct s*p,u32 n){u32 j; for(j=0;j<3;j++) if(p->arr[j]==n) return j; return 9;}\nu32 "
        "f(struct s *p, u32 n) { u32 i; for(i=0;i<4;i++){ u32 j; p->arr[i]=9; for(j=0;j<3;j++) if(p->arr[j]==n) "
        "break; } return 0; }",
        "refuted", "changed",
    ),
    "do while once": Attack(
        "u32 f(struct s *p, u32 n) { do p->a++; while(n&0); return 0; }",
        "u32 f(struct s *p, u32 n) { while(n&0) p->a++; return 0; }",
        "refuted", "changed",
    ),
    "comma in for": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,j,t=0; for(i=0,j=3;i<j;i++,j--) t+=j; return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,j,t=0; for(i=0,j=3;i<j;i++) t+=j; return t; }",
        "refuted", "changed",
    ),
    "for no cond": Attack(
        "u32 f(struct s *p, u32 n) { u32 i=0; for(;;){ if(i++==3) break; } return i; }",
        "u32 f(struct s *p, u32 n) { return 3; }",
        "refuted", "changed",
    ),
    "empty for body": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<3;i++); p->a=1; return i; }",
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<3;i++) p->a=1; return 0; }",
        "refuted", "changed",
    ),
    "while assign": Attack(
        "u32 f(struct s *p, u32 n) { struct s*x; u32 t=0; while((x=p->next)) { t++; p=x; if(t>3) break; } return "
        "t; }",
        "u32 f(struct s *p, u32 n) { return 4; }",
        "refuted", "changed",
    ),
    "unsigned loop down": Attack(
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=3;i>=1;i--) t+=i; return t; }",
        "u32 f(struct s *p, u32 n) { u32 i,t=0; for(i=3;i>1;i--) t+=i; return t; }",
        "refuted", "changed",
    ),
    "loop u8 wrap": Attack(
        "u32 f(struct s *p, u32 n) { u8 i; u32 t=0; for(i=250;i>=250;i++) t++; return t; }",
        "u32 f(struct s *p, u32 n) { return 5; }",
        "refuted", "changed",
    ),
    "loop var after": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<4;i++) if(p->arr[i]==n) break; return i; }",
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<4;i++) if(p->arr[i]==n) return i; return 3; }",
        "refuted", "changed",
    ),
    "early return in loop inl": Attack(
        "static u32 k(struct s*p,u32 n){u32 j; for(j=0;j<3;j++) if(p->arr[j]==n) return j; return 9;}\nu32 "
        "f(struct s *p, u32 n) { return k(p,n); }",
        "static u32 k(struct s*p,u32 n){u32 j; for(j=0;j<3;j++) if(p->arr[j]==n) return j; return 9;}\nu32 "
        "f(struct s *p, u32 n) { u32 j,r=9; for(j=0;j<3;j++) if(p->arr[j]==n) r=j; return r; }",
        "refuted", "changed",
    ),
    "goto into label after loop": Attack(
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<3;i++){ if(p->arr[i]) goto found; } return 0; found: "
        "return i+1; }",
        "u32 f(struct s *p, u32 n) { u32 i; for(i=0;i<3;i++){ if(p->arr[i]) break; } return i+1; }",
        "refuted", "changed",
    ),
    "err unwinding": Attack(
        "u32 f(struct s *p, u32 n) { u32 r=g(1); if(r) goto out; r=g(2); if(r) goto undo; return 0; undo: g(3); "
        "out: return r; }",
        "u32 f(struct s *p, u32 n) { u32 r=g(1); if(r) goto out; r=g(2); if(r) goto out; return 0; out: g(3); "
        "return r; }",
        "refuted", "changed",
    ),
    "label fallthrough": Attack(
        "u32 f(struct s *p, u32 n) { if(n) goto a; p->a=1; a: p->b=1; return 0; }",
        "u32 f(struct s *p, u32 n) { if(n) goto a; p->a=1; return 0; a: p->b=1; return 0; }",
        "refuted", "changed",
    ),
    "case fall comment": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){case 1: p->a=1; fallthrough; case 2: p->b=1;} return 0; }",
        "u32 f(struct s *p, u32 n) { switch(n){case 1: p->a=1; break; case 2: p->b=1;} return 0; }",
        "refuted", "changed",
    ),
    "switch bool": Attack(
        "u32 f(struct s *p, u32 n) { switch(!!n){case 0: return 1; default: return 2;} }",
        "u32 f(struct s *p, u32 n) { switch(n){case 0: return 1; case 1: return 2; default: return 3;} }",
        "refuted", "changed",
    ),
    "switch neg": Attack(
        "u32 f(struct s *p, u32 n) { switch((int)n){case -1: return 1; default: return 2;} }",
        "u32 f(struct s *p, u32 n) { switch((s8)n){case -1: return 1; default: return 2;} }",
        "refuted", "changed",
    ),
    "switch enum": Attack(
        "enum{X1,Y1};\nu32 f(struct s *p, u32 n) { switch(n){case X1: return 1; case Y1: return 2;} return 0; }",
        "enum{Y1,X1};\nu32 f(struct s *p, u32 n) { switch(n){case X1: return 1; case Y1: return 2;} return 0; }",
        "refuted", "changed",
    ),
    "duff": Attack(
        "u32 f(struct s *p, u32 n) { switch(n){ case 0: do { p->a++; case 1: p->b++; } while(0); } return 0; }",
        "u32 f(struct s *p, u32 n) { switch(n){ case 0: p->a++; case 1: p->a++; } return 0; }",
        "open", "open",
    ),
    "ret void call": Attack(
        "extern void vf(struct s*);\nvoid f(struct s*p) { return vf(p); }",
        "extern void vf(struct s*);\nvoid f(struct s*p) { vf(p); vf(p); return; }",
        "refuted", "changed",
    ),
    "noreturn": Attack(
        "extern void panic(const char*,...) __attribute__((noreturn));\nu32 f(struct s *p, u32 n) { if(n) "
        "panic(\"x\"); return 1; }",
        "extern void panic(const char*,...) __attribute__((noreturn));\nu32 f(struct s *p, u32 n) { return 1; }",
        "refuted", "changed",
    ),
    "BUG after": Attack(
        "u32 f(struct s *p, u32 n) { if(n) BUG(); p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; if(n) BUG(); return 0; }",
        "refuted", "changed",
    ),
    "warn and store": Attack(
        "u32 f(struct s *p, u32 n) { if(WARN_ON(n)) p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { if(n) p->a=1; return 0; }",
        "refuted", "changed",
    ),
    "warn order": Attack(
        "u32 f(struct s *p, u32 n) { WARN_ON(n==1); WARN_ON_ONCE(n==2); return 0; }",
        "u32 f(struct s *p, u32 n) { WARN_ON_ONCE(n==1); WARN_ON(n==2); return 0; }",
        "refuted", "changed",
    ),
    "warn msg": Attack(
        "u32 f(struct s *p, u32 n) { WARN(n,\"a\"); return 0; }",
        "u32 f(struct s *p, u32 n) { WARN(0,\"a\"); return 0; }",
        "refuted", "changed",
    ),
    "warn call in cond": Attack(
        "u32 f(struct s *p, u32 n) { WARN_ON(g(n)); return 0; }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "pr_err call arg": Attack(
        "u32 f(struct s *p, u32 n) { pr_err(\"%d\",g(n)); return 0; }",
        "u32 f(struct s *p, u32 n) { pr_err(\"%d\",1); return 0; }",
        "refuted", "changed",
    ),
    "might_sleep": Attack(
        "u32 f(struct s *p, u32 n) { might_sleep(); p->a=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=2; return 0; }",
        "refuted", "changed",
    ),
    "BUILD_BUG_ON": Attack(
        "u32 f(struct s *p, u32 n) { BUILD_BUG_ON(sizeof(u32)!=4); return 1; }",
        "u32 f(struct s *p, u32 n) { BUILD_BUG_ON(sizeof(u32)!=4); return 2; }",
        "refuted", "changed",
    ),
    "barrier": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; barrier(); p->b=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; barrier(); return 0; }",
        "refuted", "changed",
    ),
    "smp_mb": Attack(
        "u32 f(struct s *p, u32 n) { p->a=1; smp_mb(); p->b=1; return 0; }",
        "u32 f(struct s *p, u32 n) { p->a=1; p->b=1; smp_mb(); return 0; }",
        "refuted", "changed",
    ),
    "atomic inc": Attack(
        "typedef struct{int counter;} atomic_t;struct r{atomic_t c;};\nu32 f(struct r*r) { atomic_inc(&r->c); "
        "return 0; }",
        "typedef struct{int counter;} atomic_t;struct r{atomic_t c;};\nu32 f(struct r*r) { atomic_dec(&r->c); "
        "return 0; }",
        "refuted", "changed",
    ),
    "rcu deref": Attack(
        "u32 f(struct s *p, u32 n) { return rcu_dereference(p->next)->a; }",
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "refuted", "changed",
    ),
    "IS_ERR": Attack(
        "u32 f(struct s *p, u32 n) { if(IS_ERR(p)) return 1; return 0; }",
        "u32 f(struct s *p, u32 n) { if(!p) return 1; return 0; }",
        "refuted", "changed",
    ),
    "ERR_PTR": Attack(
        "void *f(u32 n) { return ERR_PTR(-12); }",
        "void *f(u32 n) { return ERR_PTR(-22); }",
        "refuted", "changed",
    ),
    "PTR_ERR": Attack(
        "u32 f(struct s *p, u32 n) { return PTR_ERR(p); }",
        "u32 f(struct s *p, u32 n) { return 0; }",
        "refuted", "changed",
    ),
    "ptr int cast": Attack(
        "u32 f(struct s *p, u32 n) { return (long)p==-1; }",
        "u32 f(struct s *p, u32 n) { return (int)(long)p==-1; }",
        "refuted", "changed",
    ),
    "bool from ptr": Attack(
        "u32 f(struct s *p, u32 n) { bool b=p; return b; }",
        "u32 f(struct s *p, u32 n) { bool b=(u8)(unsigned long)p; return b; }",
        "refuted", "changed",
    ),
    "func ptr null": Attack(
        "struct o{u32 (*fn)(u32);};\nu32 f(struct o*o,u32 n) { if(o->fn) return o->fn(n); return 0; }",
        "struct o{u32 (*fn)(u32);};\nu32 f(struct o*o,u32 n) { return o->fn(n); }",
        "refuted", "changed",
    ),
    "fn pointer address cmp": Attack(
        "struct o{u32 (*fn)(u32);};\nu32 f(struct o*o,u32 n) { return o->fn==g; }",
        "struct o{u32 (*fn)(u32);};\nu32 f(struct o*o,u32 n) { return o->fn!=g; }",
        "refuted", "changed",
    ),
    "fn ptr arg": Attack(
        "static u32 k1(u32 x){return x;}static u32 k2(u32 x){return x+1;}static u32 ap(u32(*fn)(u32),u32 "
        "x){return fn(x);}\nu32 f(struct s *p, u32 n) { return ap(k1,n); }",
        "static u32 k1(u32 x){return x;}static u32 k2(u32 x){return x+1;}static u32 ap(u32(*fn)(u32),u32 "
        "x){return fn(x);}\nu32 f(struct s *p, u32 n) { return ap(k2,n); }",
        "refuted", "changed",
    ),
    "callback changed": Attack(
        "static u32 cb(u32 x){return x;}extern u32 reg(u32(*fn)(u32));\nu32 f(struct s *p, u32 n) { return "
        "reg(cb); }",
        "static u32 cb(u32 x){return x+1;}extern u32 reg(u32(*fn)(u32));\nu32 f(struct s *p, u32 n) { return "
        "reg(cb)+0; }",
        "open", "assuming",
    ),
    "list_for_each": Attack(
        "u32 f(struct s *p, u32 n) { struct s*x; u32 t=0; for(x=p->next;x;x=x->next) t+=x->a; return t; }",
        "u32 f(struct s *p, u32 n) { struct s*x; u32 t=0; for(x=p;x;x=x->next) t+=x->a; return t; }",
        "open", "changed",
    ),
    "div by var": Attack(
        "u32 f(struct s *p, u32 n) { return p->a/n; }",
        "u32 f(struct s *p, u32 n) { return n?p->a/n:0; }",
        "open", "assuming",
    ),
    "mod zero": Attack(
        "u32 f(struct s *p, u32 n) { return p->a%n; }",
        "u32 f(struct s *p, u32 n) { return n?p->a%n:0; }",
        "open", "assuming",
    ),
    "shift var": Attack(
        "u32 f(struct s *p, u32 n) { return 1U<<n; }",
        "u32 f(struct s *p, u32 n) { return n<32?1U<<n:0; }",
        "open", "assuming",
    ),
    "int min neg": Attack(
        "u32 f(struct s *p, u32 n) { int x=n; return -x; }",
        "u32 f(struct s *p, u32 n) { int x=n; return x; }",
        "refuted", "changed",
    ),
    "int min div": Attack(
        "u32 f(struct s *p, u32 n) { return (int)n/-1; }",
        "u32 f(struct s *p, u32 n) { return -(int)n; }",
        "open", "assuming",
    ),
    "oob": Attack(
        "u32 f(struct s *p, u32 n) { u32 a[2]={1,2}; return a[n]; }",
        "u32 f(struct s *p, u32 n) { u32 a[2]={1,2}; return n<2?a[n]:0; }",
        "open", "assuming",
    ),
    "uninit vs 0": Attack(
        "u32 f(struct s *p, u32 n) { u32 x; return n?x:1; }",
        "u32 f(struct s *p, u32 n) { return n?0:1; }",
        "open", "open",
    ),
    "null deref": Attack(
        "u32 f(struct s *p, u32 n) { return p?p->a:0; }",
        "u32 f(struct s *p, u32 n) { return p->a; }",
        "refuted", "changed",
    ),
}  # fmt: skip


test_never_the_same = never_the_same(DIFFERENT)

ENDS = {
    "every path ends in BUG()": Attack(
        "int f(u32 x) { BUG(); return 0; }", "int f(u32 x) { BUG(); return 1; }", "proved", SAME
    ),
    "every path ends in BUG(), a record": Attack(
        "struct s f(struct s *p) { BUG(); return *p; }", "struct s f(struct s *p) { BUG(); return *p->next; }",
        "proved", SAME,
    ),
    "one path ends in BUG()": Attack(
        "int f(u32 x) { if (x) return 1; BUG(); }", "int f(u32 x) { BUG_ON(!x); return 1; }", "proved", SAME
    ),
}  # fmt: skip
test_never_changed_by_what_is_behind_bug = never_changed(ENDS)

NOT_ALL_END = {
    "only one version always ends": Attack(
        "int f(u32 x) { BUG(); return 0; }", "int f(u32 x) { if (x) BUG(); return 0; }", "refuted", "changed"
    ),
}  # fmt: skip
test_where_bug_is_reached = never_the_same(NOT_ALL_END)
