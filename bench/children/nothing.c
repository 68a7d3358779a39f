/* nothing.c - a program without libc that ends at once, or, with an argument, when its input does. Starting it costs
 * what the one who starts it costs. */
#include <stdnoreturn.h>
#include <sys/syscall.h>

static long call3(long number, long a, long b, long c) {
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#endif
}

noreturn void begin(const long *stack);

void begin(const long *stack) {
    char byte[64];
    if (stack[0] > 1)
        while (call3(SYS_read, 0, (long)byte, sizeof byte) > 0)
            ;
    for (;;)
        call3(SYS_exit_group, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n"
#if defined(__x86_64__)
        "mov %rsp, %rdi\nand $-16, %rsp\ncall begin\n");
#elif defined(__aarch64__)
        "mov x0, sp\nbl begin\n");
#endif
