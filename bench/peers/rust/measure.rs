//! What a peer's program in Rust needs to measure a workload: see bench/harness/measure.h.
#![allow(dead_code)] // each program uses some of it
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

extern "C" {
    fn sched_setaffinity(pid: i32, size: usize, mask: *const u64) -> i32;
}

pub fn report(name: &str, metric: &str, value: f64, unit: &str) {
    println!("{name} {metric} {value:.4} {unit}");
}

pub fn percentile(mut values: Vec<f64>, percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() * percent / 100]
}

/// The median of 15 batches after two to warm up.
pub fn ns_per_operation(count: u32, batch: impl Fn(u32)) -> f64 {
    let mut times = Vec::new();
    for i in 0..17 {
        let start = Instant::now();
        batch(count);
        if i >= 2 {
            times.push(start.elapsed().as_nanos() as f64 / f64::from(count));
        }
    }
    percentile(times, 50)
}

/// Run body(index) in threads that start together, pinned to the CPUs in turn when asked for; meanwhile() runs here.
pub fn run_together<T: Send + 'static>(
    threads: usize,
    split: bool,
    body: impl Fn(usize) -> T + Send + Sync + 'static,
    meanwhile: impl FnOnce(),
) -> Vec<T> {
    let body = Arc::new(body);
    let start = Arc::new(Barrier::new(threads + 1));
    let cpus = thread::available_parallelism().map_or(1, |n| n.get()).min(64);
    let members: Vec<_> = (0..threads)
        .map(|index| {
            let (body, start) = (body.clone(), start.clone());
            thread::spawn(move || {
                if split {
                    let mask: u64 = 1 << (index % cpus);
                    // The mask lives until the call returns, and the kernel only reads it.
                    assert_eq!(unsafe { sched_setaffinity(0, 8, &mask) }, 0);
                }
                start.wait();
                body(index)
            })
        })
        .collect();
    start.wait();
    meanwhile();
    members.into_iter().map(|member| member.join().unwrap()).collect()
}

/// A name, and what measures it.
pub type Workload = (&'static str, fn(&str));

/// Run the workload that the command line names, or list them.
pub fn peer_main(table: &[Workload]) {
    let wanted = std::env::args().nth(1).expect("usage: peer --list | WORKLOAD");
    for (name, run) in table {
        if wanted == "--list" {
            println!("{name}");
        } else if wanted == *name {
            run(name);
        }
    }
}
