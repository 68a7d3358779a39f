/* clone3_x86_64.c - the child returns from the system call on an empty stack, so this cannot be C. */
#include "platform/linux/clone3.h"

__asm__(".text\n"
        ".hidden thrum__clone3\n"
        ".globl thrum__clone3\n"
        ".type thrum__clone3, @function\n"
        "thrum__clone3:\n"
        "    endbr64\n"
        "    mov %rcx, %r8\n" /* arg: the system call overwrites rcx and r11, and nothing else */
        "    mov $435, %eax\n"
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jnz 1f\n"
        "    xor %ebp, %ebp\n" /* the end of the stack, for whoever walks it */
        "    mov %r8, %rdi\n"
        "    call *%rdx\n"
        "    mov %eax, %edi\n"
        "    mov $231, %eax\n" /* exit_group */
        "    syscall\n"
        "    hlt\n"
        "1:  ret\n"
        ".size thrum__clone3, . - thrum__clone3\n");
