"""The kernel's own functions and macros of which `diff` knows what they do: one table.

What a header makes of them (inline assembly, instrumentation, static keys) changes with each version and isn't looked
into; a definition that the compared code itself has for such a name counts instead.
"""

from __future__ import annotations

from verify.claims.spec import CallSpec

_PURE = CallSpec((), True, False, False, False)
_KNOWN = _PURE._replace(known=True)
_FREE = _KNOWN._replace(free=True)
_FIXED = _KNOWN._replace(constant=True)
_SILENT = CallSpec((), False, False, True, False)
_INSTRUMENT = _SILENT._replace(known=True)
_PLAIN = CallSpec((), False, False, False, False)
_LEVELS = "emerg alert crit err warn notice info dbg".split()  # of messages (include/linux/dev_printk.h)

# What is assumed of kernel functions and macros where no spec says it; named with the verdict unless it is known.
CALLS: dict[str, CallSpec] = {
    **dict.fromkeys(
        "static_branch_unlikely static_key_enabled cpu_feature_enabled boot_cpu_has".split(),
        _FREE,
    ),
    **dict.fromkeys(
        "this_cpu_has test_bit arch_test_bit __ffs __fls ffs fls fls64 hweight64 hweight32 smp_processor_id "
        "raw_smp_processor_id per_cpu_address".split(), _KNOWN,
    ),
    "get_current": _FIXED,
    "ktime_get": _PURE,
    # Calls that aren't looked into, whether the tree has them as functions or as macros.
    **dict.fromkeys(
        "memset memcpy memmove memcmp memchr_inv strcmp strscpy snprintf sprintf scnprintf copy_to_user copy_from_user "
        "put_user __put_user clear_user kmalloc kzalloc kcalloc kmalloc_array krealloc kvmalloc kvzalloc kvcalloc "
        "kvmalloc_array vmalloc vzalloc vcalloc __vmalloc kmem_cache_alloc kmem_cache_zalloc kmem_cache_free kfree "
        "kvfree vfree alloc_page alloc_pages alloc_pages_node __alloc_pages_node __get_free_page "
        "__get_free_pages get_zeroed_page free_page free_pages __free_page __free_pages memdup_user vmemdup_user "
        "kmemdup kstrdup page_address smp_mb smp_wmb smp_rmb mb wmb rmb smp_mb__before_atomic smp_mb__after_atomic "
        "smp_mb__after_srcu_read_unlock spin_lock spin_unlock spin_lock_irq spin_unlock_irq raw_spin_lock "
        "raw_spin_unlock raw_spin_lock_irq raw_spin_unlock_irq _raw_spin_lock_irqsave _raw_read_lock_irqsave "
        "_raw_write_lock_irqsave read_lock read_unlock write_lock write_unlock "
        "mutex_lock mutex_unlock mutex_trylock mutex_init mutex_destroy down_read up_read down_write up_write "
        "rcu_read_lock rcu_read_unlock srcu_read_lock srcu_read_unlock synchronize_rcu synchronize_srcu "
        "synchronize_srcu_expedited local_irq_disable local_irq_enable preempt_disable preempt_enable "
        "wake_up wake_up_all schedule_work schedule_delayed_work cancel_work_sync "
        "hrtimer_init hrtimer_start hrtimer_cancel static_branch_inc static_branch_dec static_branch_enable "
        "static_branch_disable static_branch_slow_dec_deferred".split(), _PLAIN,
    ),
    **dict.fromkeys(
        "printk pr_err pr_warn pr_info pr_debug pr_notice pr_crit pr_alert pr_emerg pr_cont pr_err_ratelimited "
        "pr_warn_ratelimited pr_info_ratelimited pr_debug_ratelimited pr_err_once pr_warn_once pr_info_once "
        "printk_once printk_ratelimited pr_notice_ratelimited".split(), _SILENT,
    ),
    **dict.fromkeys((f"dev_{level}{how}" for level in _LEVELS for how in ("", "_once", "_ratelimited")), _SILENT),
    **dict.fromkeys((f"netdev_{level}{how}" for level in _LEVELS for how in ("", "_once")), _SILENT),
    **dict.fromkeys(
        "lockdep_assert lockdep_assert_once lockdep_assert_preemption_enabled lockdep_assert_irqs_enabled "
        "lockdep_assert_not_held kasan_check_write kasan_check_read kcsan_check_atomic_read kcsan_check_atomic_write "
        "kcsan_check_atomic_read_write instrument_atomic_write instrument_atomic_read instrument_atomic_read_write "
        "kcsan_mb kcsan_wmb kcsan_rmb kcsan_release".split(), _INSTRUMENT,
    ),
}  # fmt: skip

INSTRUMENTS = frozenset(name for name, rule in CALLS.items() if rule is _INSTRUMENT)

# What means the same in every version of the kernel, however its headers write it.
PRIMITIVES = frozenset(CALLS) | frozenset(
    "atomic_read atomic_set atomic_inc atomic_dec atomic_add atomic_sub atomic_inc_return atomic_dec_return "
    "atomic_add_return atomic_sub_return atomic_dec_and_test atomic_inc_not_zero atomic_add_unless atomic_xchg "
    "atomic_cmpxchg atomic64_read atomic64_set atomic64_inc atomic64_dec atomic64_add atomic64_sub atomic_long_read "
    "xchg cmpxchg try_cmpxchg cmpxchg64 refcount_inc refcount_dec refcount_read "
    "set_bit clear_bit change_bit __set_bit __clear_bit __change_bit test_and_set_bit test_and_clear_bit "
    "__test_and_set_bit __test_and_clear_bit __fls __ffs ffz fls_long bitmap_zero bitmap_copy bitmap_fill "
    "bitmap_empty find_first_bit find_next_bit find_first_zero_bit find_last_bit "
    "smp_processor_id get_cpu put_cpu preempt_count preemptible in_task in_interrupt in_atomic need_resched "
    "local_irq_save local_irq_restore rdtsc rdtsc_ordered cpu_relax wbinvd".split()
)
