/* fork.c - fork and exec by hand. */
#include "harness/measure.h"

#define BARE_FORK fork
#include "peers/process/bare.h"
#include "workloads/process.h"

int main(int argc, char **argv) {
    static const workload table[] = {PROCESS_WORKLOADS, {NULL, NULL, 0, 0}};
    return peer_main(table, argc, argv);
}
