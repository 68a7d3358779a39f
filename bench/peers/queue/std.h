/* std.h - std::priority_queue under a mutex, which waits for nobody. */
#include <queue>
#include <set>
#include <vector>

struct peer_priority {
    std::mutex lock;
    std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<uint64_t>> keys;
};

static inline void peer_priority_init(peer_priority *) {
}

static inline void peer_priority_put(peer_priority *queue, uint64_t key) {
    std::lock_guard<std::mutex> held(queue->lock);
    queue->keys.push(key);
}

static inline uint64_t peer_priority_get(peer_priority *queue) {
    std::lock_guard<std::mutex> held(queue->lock);
    uint64_t key = queue->keys.top();
    queue->keys.pop();
    return key;
}
