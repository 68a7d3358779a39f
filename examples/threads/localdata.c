/* localdata - what threads share, and what each has for itself.
 *
 * Python: a global list beside threading.local(); three children, one after the other, append their names to both.
 *
 * Look at: the shared list grows from child to child, while the list in the local is a new one in every thread, made
 * at its first use and freed at the end of the thread. Main, which never touched its own, finds it empty.
 */
#include "example.h"

enum { CHILDREN = 3 };

typedef struct list {
    int length;
    const char *names[CHILDREN];
} list;

static void *list_new(void *arg) {
    (void)arg;
    return calloc(1, sizeof(list));
}

static list shared; /* needs no lock only because the children run one after the other */
static thrum_local mine = THRUM_LOCAL_INIT(list_new, NULL, free);

static list *my_list(void) {
    list *own = thrum_local_get(&mine);
    must(own ? 0 : THRUM_RUNTIME_ERROR, "thrum_local_get");
    return own;
}

static void append(list *to, const char *name) {
    to->names[to->length++] = name;
}

static void print(const char *what, const list *names) {
    printf("  %s: [", what);
    for (int i = 0; i < names->length; i++)
        printf("%s%s", i ? ", " : "", names->names[i]);
    puts("]");
}

static int child(void *arg) {
    append(&shared, arg);
    append(my_list(), arg);
    printf("%s\n", my_name());
    print("shared", &shared);
    print("local", my_list());
    return 0;
}

int main(void) {
    static char names[CHILDREN][8] = {"Anna", "Bert", "Cleo"};
    for (int i = 0; i < CHILDREN; i++)
        join(start(child, names[i], names[i]));
    puts("main");
    print("shared", &shared);
    print("local", my_list());
    return 0;
}
