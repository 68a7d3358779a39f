//! Rust's parking_lot: locks of one byte, with queues in a global table. The workloads are those of bench/workloads/.
mod measure;

use measure::{ns_per_operation, peer_main, percentile, report, run_together, Workload};
use parking_lot::{Condvar, Mutex, ReentrantMutex};
use std::mem::size_of;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

fn lock_pair(name: &str) {
    let lock = Mutex::new(());
    let batch = |count| {
        for _ in 0..count {
            drop(lock.lock());
        }
    };
    report(name, "time", ns_per_operation(200_000, batch), "ns");
}

const SECTION_STEPS: u32 = 54;

#[derive(Default)]
#[repr(align(128))]
struct Line<T>(T);

#[derive(Default)]
struct Section {
    state: u64,
    entries: u64,
}

/// The mutex owns what it guards, so both share a cache line, as parking_lot's users have them.
#[derive(Default)]
struct Contest {
    stop: Line<AtomicBool>,
    guarded: Line<Mutex<Section>>,
}

fn contest_thread(contest: &Contest, work: bool) -> u64 {
    let mut done = 0;
    while !contest.stop.0.load(Ordering::Relaxed) {
        let mut section = contest.guarded.0.lock();
        if work {
            let mut state = section.state;
            for _ in 0..SECTION_STEPS {
                state = (state ^ state >> 29).wrapping_mul(6364136223846793005);
            }
            section.state = state;
            section.entries += 1;
        }
        drop(section);
        done += 1;
    }
    done
}

fn contended(name: &str, threads: usize, work: bool) {
    let contest = Arc::new(Contest::default());
    let shared = contest.clone();
    let mut took = 0.0;
    let shares = run_together(threads, name.ends_with("@split"), move |_| contest_thread(&shared, work), || {
        let start = Instant::now();
        thread::sleep(Duration::from_millis(250));
        contest.stop.0.store(true, Ordering::Relaxed);
        took = start.elapsed().as_secs_f64();
    });
    let all: u64 = shares.iter().sum();
    let (least, most) = (*shares.iter().min().unwrap() as f64, *shares.iter().max().unwrap() as f64);
    report(name, "rate", all as f64 / took / 1e6, "M/s");
    report(name, "fairness", least / most, "share");
}

fn rlock_levels(name: &str) {
    let lock = ReentrantMutex::new(());
    let batch = |count| {
        for _ in 0..count {
            let _outer = lock.lock();
            let _inner = lock.lock();
        }
    };
    report(name, "time", ns_per_operation(200_000, batch), "ns");
}

/// The semaphore that parking_lot's users write.
#[derive(Default)]
struct Semaphore {
    permits: Mutex<u32>,
    more: Condvar,
}

impl Semaphore {
    fn acquire(&self) {
        let mut permits = self.permits.lock();
        while *permits == 0 {
            self.more.wait(&mut permits);
        }
        *permits -= 1;
    }

    fn release(&self) {
        *self.permits.lock() += 1;
        self.more.notify_one();
    }
}

fn semaphore_pair(name: &str) {
    let semaphore = Semaphore::default();
    let batch = |count| {
        for _ in 0..count {
            semaphore.release();
            semaphore.acquire();
        }
    };
    report(name, "time", ns_per_operation(100_000, batch), "ns");
}

/// Two threads that play rounds; the first has the first turn and the watch.
fn pingpong(name: &str, count: u32, round: impl Fn(usize) + Send + Sync + 'static) {
    let rounds = count / 2;
    let play = move |side| {
        (0..200).for_each(|_| round(side));
        let start = Instant::now();
        (0..rounds).for_each(|_| round(side));
        start.elapsed().as_nanos() as f64
    };
    let took = run_together(2, name.ends_with("@split"), play, || ());
    report(name, "time", took[0] / f64::from(2 * rounds), "ns");
}

fn semaphore_pingpong(name: &str, count: u32) {
    let turns = [Semaphore::default(), Semaphore::default()];
    pingpong(name, count, move |side| {
        if side == 0 {
            turns[1].release();
            turns[0].acquire();
        } else {
            turns[1].acquire();
            turns[0].release();
        }
    });
}

fn condition_pingpong(name: &str, count: u32) {
    let turn = Mutex::new(0);
    let turns = [Condvar::new(), Condvar::new()];
    pingpong(name, count, move |side| {
        let mut turn = turn.lock();
        while *turn != side {
            turns[side].wait(&mut turn);
        }
        *turn = 1 - side;
        turns[1 - side].notify_one();
    });
}

/// A flag with a condition variable, the thread that wakes it, and when that was.
#[derive(Default)]
struct Event {
    set: Mutex<Option<Instant>>,
    changed: Condvar,
    asleep: AtomicUsize,
}

const WAKES: usize = 1000;

fn event_waiter(event: &Event) -> Vec<f64> {
    let wait = |i| {
        event.asleep.store(i + 1, Ordering::Release);
        let mut set = event.set.lock();
        while set.is_none() {
            event.changed.wait(&mut set);
        }
        set.take().unwrap().elapsed().as_nanos() as f64
    };
    (0..WAKES).map(wait).collect()
}

fn event_setter(event: &Event) -> Vec<f64> {
    let fall_asleep = Duration::from_micros(80);
    for i in 0..WAKES {
        thread::sleep(fall_asleep);
        while event.asleep.load(Ordering::Acquire) <= i {
            thread::sleep(fall_asleep);
        }
        thread::sleep(fall_asleep);
        *event.set.lock() = Some(Instant::now());
        event.changed.notify_one();
    }
    Vec::new()
}

fn event_wake(name: &str) {
    let event = Event::default();
    let side = move |index| if index == 0 { event_setter(&event) } else { event_waiter(&event) };
    let took = run_together(2, name.ends_with("@split"), side, || ()).remove(1);
    report(name, "p50", percentile(took.clone(), 50), "ns");
    report(name, "p99", percentile(took, 99), "ns");
}

/// std's barrier, as parking_lot has none: made of std's mutex and condition variable.
fn barrier_crossings(name: &str, threads: usize, count: usize) {
    let barrier = Barrier::new(threads);
    let cross = move |_| {
        barrier.wait();
        let start = Instant::now();
        for _ in 0..count {
            barrier.wait();
        }
        start.elapsed().as_secs_f64()
    };
    let took = run_together(threads, false, cross, || ());
    report(name, "rate", count as f64 / took[0] / 1e3, "k/s");
}

fn thread_start_join(name: &str) {
    let batch = |count| (0..count).for_each(|_| thread::spawn(|| ()).join().unwrap());
    report(name, "time", ns_per_operation(200, batch) / 1e3, "us");
}

fn size(name: &str) {
    report(name, "lock", size_of::<Mutex<()>>() as f64, "bytes");
    report(name, "rlock", size_of::<ReentrantMutex<()>>() as f64, "bytes");
    report(name, "condition", size_of::<Condvar>() as f64, "bytes");
}

const TABLE: &[Workload] = &[
    ("lock.pair", lock_pair),
    ("lock.empty.1", |name| contended(name, 1, false)),
    ("lock.empty.2", |name| contended(name, 2, false)),
    ("lock.empty.4", |name| contended(name, 4, false)),
    ("lock.empty.8", |name| contended(name, 8, false)),
    ("lock.empty.2@split", |name| contended(name, 2, false)),
    ("lock.work.2", |name| contended(name, 2, true)),
    ("lock.work.8", |name| contended(name, 8, true)),
    ("lock.work.2@split", |name| contended(name, 2, true)),
    ("rlock.levels", rlock_levels),
    ("semaphore.pair", semaphore_pair),
    ("semaphore.pingpong", |name| semaphore_pingpong(name, 10_000)),
    ("semaphore.pingpong@1cpu", |name| semaphore_pingpong(name, 40_000)),
    ("semaphore.pingpong@split", |name| semaphore_pingpong(name, 10_000)),
    ("condition.pingpong", |name| condition_pingpong(name, 10_000)),
    ("condition.pingpong@1cpu", |name| condition_pingpong(name, 40_000)),
    ("condition.pingpong@split", |name| condition_pingpong(name, 10_000)),
    ("event.wake", event_wake),
    ("event.wake@split", event_wake),
    ("barrier.2", |name| barrier_crossings(name, 2, 10_000)),
    ("barrier.8", |name| barrier_crossings(name, 8, 6_000)),
    ("thread.start_join", thread_start_join),
    ("size", size),
];

fn main() {
    peer_main(TABLE);
}
