/* std.h - an agenda as C++ has it: a mutex, and a heap in which an event is only marked when it is cancelled, to be
 * thrown away when its turn comes. Of the events that remain the first is known after each call. */
#include <chrono>
#include <queue>
#include <vector>

struct heap_entry {
    int64_t time;
    long event;

    bool operator>(const heap_entry &other) const {
        return time > other.time;
    }
};

static std::mutex agenda_lock;
static std::priority_queue<heap_entry, std::vector<heap_entry>, std::greater<heap_entry>> agenda;
static std::vector<bool> cancelled;

static inline void peer_events_init(long count) {
    cancelled.resize((size_t)count);
}

static inline void peer_event_enter(long event, int64_t ms) {
    int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
    std::lock_guard<std::mutex> held(agenda_lock);
    cancelled[(size_t)event] = false;
    agenda.push({now + ms * 1000000, event});
}

static inline void peer_event_cancel(long event) {
    std::lock_guard<std::mutex> held(agenda_lock);
    cancelled[(size_t)event] = true;
    while (!agenda.empty() && cancelled[(size_t)agenda.top().event])
        agenda.pop();
}

static void call_nobody(long event) {
    cancelled[(size_t)event] = true;
}

static inline void peer_events_run() {
    static void (*volatile action)(long event) = call_nobody;
    for (;;) {
        int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
        std::unique_lock<std::mutex> held(agenda_lock);
        if (agenda.empty() || agenda.top().time > now)
            return;
        heap_entry first = agenda.top();
        agenda.pop();
        held.unlock();
        if (!cancelled[(size_t)first.event])
            action(first.event);
    }
}
