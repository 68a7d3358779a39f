/* catalogue.h - the workloads and the peers that there are. */
#ifndef BENCH_CATALOGUE_H
#define BENCH_CATALOGUE_H

#include <stddef.h>

typedef struct catalogue_workload {
    const char *name;  /* family.what; @1cpu: the program runs on one CPU; @split: threads pinned to different CPUs */
    const char *title; /* for the head of its table */
    const char *metric; /* the one that peers are compared by */
    const char *also;   /* another one worth a column, or NULL */
} catalogue_workload;

typedef struct catalogue_peer {
    const char *name;
    const char *title;
    const char *needs; /* the package that it is not built without, or NULL */
} catalogue_peer;

extern const catalogue_workload workloads[];
extern const size_t workload_count;
extern const catalogue_peer peers[];
extern const size_t peer_count;

/* The index of the name, or -1. */
int workload_find(const char *name);
int peer_find(const char *name);

#endif
