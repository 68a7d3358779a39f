/* child.c - the child between its birth and exec: a table of steps, in Python's order.
 *
 * It runs in the memory of the parent (see platform/linux/spawn.c): it reads the plan, calls the system, and writes
 * nothing but the plan's own scratch and the report. Compiled without sanitizers for that reason. */
#include <errno.h>
#include <signal.h>

#include <thrum/base.h>

#include "process/plan.h"

/* -- descriptors */

static bool will_be_overwritten(const thrum__plan *plan, size_t which) {
    int source = plan->places[which].source;
    for (size_t i = 0; i < plan->request->place_count; i++)
        if (i != which && plan->places[i].target == source)
            return true;
    return false;
}

/* Two rounds: first every source that some target would overwrite moves out of the way, then all are put in place.
 * With that the order of the places does not matter, and neither does it that a pipe's end got the number 0, 1 or
 * 2. */
static int place_descriptors(const thrum__plan *plan) {
    size_t count = plan->request->place_count;
    for (size_t i = 0; i < count; i++) {
        thrum__fd_place *place = &plan->places[i];
        if (place->source == place->target || !will_be_overwritten(plan, i))
            continue;
        int r = thrum__child_move(place->source, plan->above_targets);
        if (r < 0)
            return r;
        place->source = r;
    }
    for (size_t i = 0; i < count; i++) {
        const thrum__fd_place *place = &plan->places[i];
        int r = place->source == place->target ? thrum__child_keep(place->target, true)
                                               : thrum__child_place(place->source, place->target);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The gaps between what is kept. Marked rather than closed: exec closes them, at no cost to us, and if exec fails the
 * child's end closes them. */
static int hide_others(const thrum__plan *plan) {
    unsigned first = 3;
    for (size_t i = 0; i < plan->kept_count; i++) {
        unsigned kept = (unsigned)plan->kept[i];
        int r = kept > first ? thrum__child_hide_range(first, kept - 1) : 0;
        if (r < 0)
            return r;
        first = kept >= first ? kept + 1 : first;
    }
    return thrum__child_hide_range(first, ~0U);
}

static int close_others(const thrum__plan *plan) {
    const thrum__spawn_request *request = plan->request;
    int r = request->close_others ? hide_others(plan) : 0;
    for (size_t i = 0; r >= 0 && i < request->keep_count; i++)
        r = thrum__child_keep(request->keep[i], true);
    return r;
}

/* -- signals */

static int restore_signals(const thrum__plan *plan) {
    if (!plan->request->restore_signals)
        return 0;
    int r = thrum__child_default_signal(SIGPIPE);
    return r < 0 ? r : thrum__child_default_signal(SIGXFSZ);
}

static void default_signals(void) {
    for (int number = 1; number < NSIG; number++)
        thrum__child_default_signal(number); /* what refuses (SIGKILL, SIGSTOP) has nothing to reset */
}

/* No handler is left by now: the child was born without. */
static int unblock_signals(const thrum__plan *plan) {
    static const thrum__signal_mask none;
    if (plan->request->default_signals)
        default_signals();
    return thrum__child_set_mask(plan->request->default_signals ? &none : &plan->mask);
}

/* -- who the child is */

static int change_root(const thrum__plan *plan) {
    return plan->request->root ? thrum__child_chroot(plan->request->root) : 0;
}

static int change_directory(const thrum__plan *plan) {
    return plan->request->cwd ? thrum__child_chdir(plan->request->cwd) : 0;
}

static int set_umask(const thrum__plan *plan) {
    if (plan->request->umask)
        thrum__child_umask(*plan->request->umask);
    return 0;
}

static int new_session(const thrum__plan *plan) {
    return plan->request->new_session ? thrum__child_setsid() : 0;
}

static int set_group_of_processes(const thrum__plan *plan) {
    return plan->request->process_group ? thrum__child_setpgid(*plan->request->process_group) : 0;
}

static int take_terminal(const thrum__plan *plan) {
    return plan->request->terminal ? thrum__child_take_terminal(*plan->request->terminal) : 0;
}

static int set_limits(const thrum__plan *plan) {
    int r = 0;
    for (size_t i = 0; r >= 0 && i < plan->request->limit_count; i++)
        r = thrum__child_limit(plan->request->limits[i].resource, &plan->request->limits[i].limit);
    return r;
}

static int be_nice(const thrum__plan *plan) {
    return plan->request->nice ? thrum__child_nice(plan->request->nice) : 0;
}

static int set_affinity(const thrum__plan *plan) {
    return plan->cpus ? thrum__child_affinity(plan->cpus, plan->cpus_size) : 0;
}

static int set_groups(const thrum__plan *plan) {
    return plan->request->groups ? thrum__child_set_groups(plan->request->group_count, plan->request->groups) : 0;
}

static int set_group(const thrum__plan *plan) {
    return plan->request->group ? thrum__child_set_group(*plan->request->group) : 0;
}

static int set_user(const thrum__plan *plan) {
    return plan->request->user ? thrum__child_set_user(*plan->request->user) : 0;
}

/* After the change of user, which makes the kernel forget it. */
static int set_death_signal(const thrum__plan *plan) {
    return plan->request->death_signal ? thrum__child_die_with_parent(plan->request->death_signal, plan->parent) : 0;
}

static int preexec(const thrum__plan *plan) {
    const thrum__spawn_request *request = plan->request;
    return request->preexec && request->preexec(request->preexec_arg) != 0 ? THRUM_SUBPROCESS_ERROR : 0;
}

/* Along the search path the first error wins that is not "there is no such file here". */
static int execute(const thrum__plan *plan) {
    int first = 0, r = -ENOENT;
    for (char **program = plan->programs; *program; program++) {
        r = thrum__child_exec(*program, plan->argv, plan->envp);
        if (first == 0 && r != -ENOENT && r != -ENOTDIR)
            first = r;
    }
    return first ? first : r;
}

/* -- the order */

typedef struct child_step {
    thrum__stage stage;
    int (*run)(const thrum__plan *plan);
} child_step;

static const child_step steps[] = {
    {THRUM__STAGE_DESCRIPTORS, place_descriptors},
    {THRUM__STAGE_ROOT, change_root},
    {THRUM__STAGE_CWD, change_directory},
    {THRUM__STAGE_UMASK, set_umask},
    {THRUM__STAGE_SIGNALS, restore_signals},
    {THRUM__STAGE_SESSION, new_session},
    {THRUM__STAGE_PROCESS_GROUP, set_group_of_processes},
    {THRUM__STAGE_TERMINAL, take_terminal},
    {THRUM__STAGE_LIMITS, set_limits},
    {THRUM__STAGE_NICE, be_nice},
    {THRUM__STAGE_AFFINITY, set_affinity},
    {THRUM__STAGE_GROUPS, set_groups},
    {THRUM__STAGE_GROUP, set_group},
    {THRUM__STAGE_USER, set_user},
    {THRUM__STAGE_DEATH_SIGNAL, set_death_signal},
    {THRUM__STAGE_PREEXEC, preexec},
    {THRUM__STAGE_CLOSE, close_others},
    {THRUM__STAGE_UNBLOCK, unblock_signals},
    {THRUM__STAGE_EXEC, execute},
};

void thrum__child_run(const void *arg, thrum__spawn_report *report) {
    const thrum__plan *plan = arg;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int r = steps[i].run(plan);
        if (r < 0) {
            report->stage = (int)steps[i].stage;
            report->code = r;
            return;
        }
    }
}
