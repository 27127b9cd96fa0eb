/*
 * The ten headline FEAT_CTL claims for C model checkers (ESBMC, CBMC), on a restatement of both versions of the write path.
 *
 * One property per claim; -DCLAIM=n (1 to 10) leaves the n-th alone, the controls stay.  Five of the ten claims are false and must be
 * reported as failing.  The properties "control-..." are false by construction: one that is said to hold means that an assumption is
 * vacuous or that the tool doesn't check what it is given, and its time then counts for nothing.
 */
#if defined(ESBMC)
#define PROPERTY(condition, name) __ESBMC_assert(condition, name)
#elif defined(CBMC)
#define PROPERTY(condition, name) __CPROVER_assert(condition, name)
#else
#error "say which tool: -DESBMC or -DCBMC"
#endif

#ifdef CLAIM
#define CLAIM_IF(number, condition, name) do { if (CLAIM == (number)) PROPERTY(condition, name); } while (0)
#else
#define CLAIM_IF(number, condition, name) PROPERTY(condition, name)
#endif

#define IMPLIES(assume, prove) (!(assume) || (prove))

typedef unsigned long long u64;

#define LOCKED		0x1ull
#define SUPPORTED	0x160007ull

struct vcpu {
	u64 feat_ctl;
	u64 valid_bits;
	int nested_left;
	int encls_refreshed;
	int warned;
};

struct write {
	u64 data;
	_Bool host;
};

u64 nondet_u64(void);
_Bool nondet_bool(void);

static _Bool is_valid_old(struct vcpu *v, u64 data)
{
	return !(data & ~v->valid_bits);
}

static _Bool is_valid_new(struct vcpu *v, struct write *w)
{
	u64 allowed = v->valid_bits;

	if (v->valid_bits & ~SUPPORTED)
		v->warned++;
	if (w->host)
		allowed = SUPPORTED;
	return !(w->data & ~allowed);
}

static void take_effect(struct vcpu *v, struct write *w)
{
	v->feat_ctl = w->data;
	if (w->host && w->data == 0)
		v->nested_left++;
	v->encls_refreshed++;
}

static int write_old(struct vcpu *v, struct write *w)
{
	if (!is_valid_old(v, w->data) || (v->feat_ctl & LOCKED && !w->host))
		return 1;
	take_effect(v, w);
	return 0;
}

static int write_new(struct vcpu *v, struct write *w)
{
	if (!is_valid_new(v, w) || (v->feat_ctl & LOCKED && !w->host))
		return 1;
	take_effect(v, w);
	return 0;
}

int main(void)
{
	struct write w = { .data = nondet_u64(), .host = nondet_bool() };
	struct vcpu start = { .feat_ctl = nondet_u64(), .valid_bits = nondet_u64() };
	struct vcpu old = start, new = start;
	int old_ret = write_old(&old, &w);
	int new_ret = write_new(&new, &w);

	_Bool guest = !w.host;
	_Bool guest_locked = guest && (start.feat_ctl & LOCKED);
	_Bool valid_supported = !(start.valid_bits & ~SUPPORTED);
	_Bool host_supported = w.host && !(w.data & ~SUPPORTED);
	_Bool same = old_ret == new_ret && old.feat_ctl == new.feat_ctl && old.nested_left == new.nested_left &&
		     old.encls_refreshed == new.encls_refreshed;

	CLAIM_IF(1, IMPLIES(guest, same), "guest-path-unchanged");
	CLAIM_IF(2, IMPLIES(guest, same && old.warned == new.warned), "guest-path-unchanged-warnings-included");
	CLAIM_IF(3, IMPLIES(host_supported, new_ret == 0 && new.feat_ctl == w.data), "host-may-set-supported-bits");
	CLAIM_IF(4, IMPLIES(host_supported, old_ret == 0 && old.feat_ctl == w.data), "old-host-may-set-supported-bits");
	CLAIM_IF(5, IMPLIES(valid_supported, !new.warned), "warning-unreachable-sound-model");
	CLAIM_IF(6, !new.warned, "warning-unreachable");
	CLAIM_IF(7, IMPLIES(old_ret == 0, new_ret == 0), "nothing-newly-rejected");
	CLAIM_IF(8, IMPLIES(valid_supported && old_ret == 0, new_ret == 0), "nothing-newly-rejected-sound-model");
	CLAIM_IF(9, IMPLIES(w.host, same), "host-path-unchanged");
	CLAIM_IF(10, IMPLIES(guest_locked, old_ret && old.feat_ctl == start.feat_ctl && new_ret &&
			     new.feat_ctl == start.feat_ctl), "locked-register-closed-to-guest");

	PROPERTY(!guest, "control-guest-is-possible");
	PROPERTY(!guest_locked, "control-guest-with-lock-is-possible");
	PROPERTY(!valid_supported, "control-valid-bits-supported-is-possible");
	PROPERTY(!host_supported, "control-host-with-supported-bits-is-possible");
	PROPERTY(0, "control-end-is-reached");
	return 0;
}
