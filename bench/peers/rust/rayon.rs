//! Rust's rayon: work that is stolen. The workloads are those of bench/workloads/.
mod measure;

use measure::{peer_main, percentile, report, Workload};
use rayon::prelude::*;
use std::time::Instant;

/// The median of three after one to warm up, in nanoseconds.
fn median(mut once: impl FnMut()) -> f64 {
    let mut times = Vec::new();
    for i in 0..4 {
        let start = Instant::now();
        once();
        if i > 0 {
            times.push(start.elapsed().as_nanos() as f64);
        }
    }
    percentile(times, 50)
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap()
}

fn submit(name: &str) {
    let count = 1_000_000;
    let pool = pool();
    let mut results = vec![usize::MAX; count];
    let took = median(|| {
        pool.scope(|all| {
            for (i, result) in results.iter_mut().enumerate() {
                all.spawn(move |_| *result = i);
            }
        })
    });
    assert!(results.iter().enumerate().all(|(i, result)| i == *result));
    report(name, "rate", count as f64 / took * 1e3, "M/s");
}

fn trip(name: &str) {
    let count = 2000;
    let pool = pool();
    let took = median(|| {
        for i in 0..count {
            assert_eq!(pool.install(|| i), i);
        }
    });
    report(name, "time", took / f64::from(count), "ns");
}

fn item(mut item: u64) -> u64 {
    for _ in 0..8 {
        item = (item ^ item >> 29).wrapping_mul(6364136223846793005);
    }
    item
}

/// A map takes a few milliseconds, so several are measured at once.
const TIMES: u64 = 10;

fn map(name: &str) {
    let count = 1_000_000;
    let pool = pool();
    let from: Vec<u64> = (0..count).collect();
    let mut to = vec![0; count as usize];
    let mut once = || pool.install(|| to.par_iter_mut().zip(&from).for_each(|(to, from)| *to = item(*from)));
    let took = median(|| (0..TIMES).for_each(|_| once()));
    assert!(to.iter().zip(&from).all(|(to, from)| *to == item(*from)));
    report(name, "rate", (TIMES * count) as f64 / took * 1e3, "M/s");
}

fn fib_of(n: u32) -> u64 {
    if n < 2 {
        return u64::from(n);
    }
    let (a, b) = rayon::join(|| fib_of(n - 1), || fib_of(n - 2));
    a + b
}

fn fib(name: &str) {
    let pool = pool();
    let took = median(|| assert_eq!(pool.install(|| fib_of(27)), 196_418));
    report(name, "time", took / 1e6, "ms");
}

const TABLE: &[Workload] =
    &[("pool.submit", submit), ("pool.trip", trip), ("pool.map", map), ("pool.fib", fib)];

fn main() {
    peer_main(TABLE);
}
