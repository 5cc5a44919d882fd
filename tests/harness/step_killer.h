/*
 * Runs programs of ours under ptrace(2) and kills them just before their Nth
 * step, counted over all threads of all of them: a step is a system call after
 * which something differs outside of the process, in a file or for a peer. So
 * the real programs die between every two things that they do.
 *
 * One thread is the tracer: it forks whatever waits for a traced program, and
 * calls killer_wait() for it. To be included after real_daemon.h.
 */
#ifndef TESTS_HARNESS_STEP_KILLER_H
#define TESTS_HARNESS_STEP_KILLER_H

#include <sys/ptrace.h>
#include <sys/syscall.h>

#define KILLER_PROGRAMS 2
#define KILLER_OPTIONS                                                         \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)

struct killer {
	pid_t pids[KILLER_PROGRAMS]; /* 0: it does not run */
	unsigned steps;		     /* since killer_arm() */
	unsigned kill_at;	     /* 0: nobody is killed */
	bool kills_all;		     /* all programs, not who makes the step */
	bool has_killed;
	bool is_dying[KILLER_PROGRAMS];
};

static inline bool
killer_is_step(const struct __ptrace_syscall_info *info)
{
	static const uint64_t steps[] = {
#ifdef SYS_rename
	    SYS_rename,
	    SYS_symlink,
	    SYS_unlink,
	    SYS_mkdir,
#endif
	    SYS_write,
	    SYS_writev,
	    SYS_pwrite64,
	    SYS_pwritev,
	    SYS_fsync,
	    SYS_fdatasync,
	    SYS_ftruncate,
	    SYS_fallocate,
	    SYS_fchmod,
	    SYS_renameat,
	    SYS_renameat2,
	    SYS_symlinkat,
	    SYS_unlinkat,
	    SYS_mkdirat,
	    SYS_connect,
	    SYS_sendto,
	    SYS_sendmsg,
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (info->entry.nr == steps[i])
			return true;
	return info->entry.nr == SYS_openat && (info->entry.args[2] & O_CREAT);
}

/* The program that a thread is of; -1: none. */
static inline int
killer_find_program(const struct killer *killer, pid_t thread)
{
	char path[64];

	for (int i = 0; i < KILLER_PROGRAMS; i++) {
		(void)snprintf(path, sizeof(path), "/proc/%d/task/%d",
		    (int)killer->pids[i], (int)thread);
		if (killer->pids[i] > 0 && access(path, F_OK) == 0)
			return i;
	}
	return -1;
}

static inline void
killer_strike(struct killer *killer, pid_t thread)
{
	int program = killer_find_program(killer, thread);

	real_check(program >= 0);
	killer->has_killed = true;
	for (int i = 0; i < KILLER_PROGRAMS; i++) {
		killer->is_dying[i] =
		    killer->pids[i] > 0 && (i == program || killer->kills_all);
		if (killer->is_dying[i])
			real_check(kill(killer->pids[i], SIGKILL) == 0);
	}
}

/* A thread stands still. 0, or the signal that it is to get. */
static inline int
killer_look(struct killer *killer, pid_t thread, int status)
{
	struct __ptrace_syscall_info info = {0};
	int number = WSTOPSIG(status);

	if (status >> 16 || number == SIGSTOP || number == SIGTRAP)
		return 0; /* a thread begins, or the program */
	if (number != (SIGTRAP | 0x80))
		return number;
	if (killer->kill_at == 0 || killer->has_killed ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY || !killer_is_step(&info))
		return 0;
	if (++killer->steps == killer->kill_at)
		killer_strike(killer, thread);
	return 0;
}

/* One event of a traced program, or the end of another child: its pid, and
 * *ret_status. */
static inline pid_t
killer_step(struct killer *killer, int *ret_status)
{
	pid_t pid = waitpid(-1, ret_status, __WALL);
	int number;

	real_check(pid > 0);
	if (WIFSTOPPED(*ret_status)) {
		number = killer_look(killer, pid, *ret_status);
		/* It may be dead by now. */
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, number);
		return 0;
	}
	for (int i = 0; i < KILLER_PROGRAMS; i++)
		if (killer->pids[i] == pid) {
			killer->pids[i] = 0;
			killer->is_dying[i] = false;
			return 0;
		}
	return pid;
}

/* Let the programs go on until a child that is not traced ends, and all have
 * ended that were killed. Whether it ended with 0. */
static inline bool
killer_wait(struct killer *killer, pid_t child)
{
	int status = 0, it_ended = -1;

	while (it_ended < 0)
		if (killer_step(killer, &status) == child)
			it_ended = status;
	for (int i = 0; i < KILLER_PROGRAMS; i++)
		while (killer->is_dying[i])
			(void)killer_step(killer, &status); /* no child */
	return WIFEXITED(it_ended) && WEXITSTATUS(it_ended) == 0;
}

static inline void
killer_end(struct killer *killer, int program)
{
	int status;

	if (killer->pids[program] > 0)
		real_check(kill(killer->pids[program], SIGKILL) == 0);
	while (killer->pids[program] > 0)
		(void)killer_step(killer, &status); /* there is no child */
}

/* `run` becomes the program; it does not return. */
static inline void
killer_start(struct killer *killer, int program, void (*run)(void))
{
	pid_t pid = fork();
	int status;

	real_check(pid >= 0);
	if (pid == 0) {
		real_check(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
		(void)raise(SIGSTOP);
		run();
		_exit(127);
	}
	real_check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	killer->pids[program] = pid;
	real_check(ptrace(PTRACE_SETOPTIONS, pid, NULL, KILLER_OPTIONS) == 0);
	real_check(ptrace(PTRACE_SYSCALL, pid, NULL, NULL) == 0);
}

/* From now on steps count. 0: nobody is killed. */
static inline void
killer_arm(struct killer *killer, unsigned kill_at, bool kills_all)
{
	killer->steps = 0;
	killer->kill_at = kill_at;
	killer->kills_all = kills_all;
	killer->has_killed = false;
}

#endif
