//! Rust's crossbeam: channels with a limit and without. The workloads are those of bench/workloads/.
mod measure;

use crossbeam_channel::{bounded, unbounded, Receiver, Sender};
use measure::{peer_main, report, run_together, Workload};
use std::time::Instant;

type Channel = (Sender<usize>, Receiver<usize>);

/// Producers come first; returns the nanoseconds from the first thread's start to the last one's end.
fn contest(name: &str, channel: Channel, producers: usize, consumers: usize, count: usize) -> f64 {
    let (sender, receiver) = channel;
    let member = move |index| {
        let began = Instant::now();
        let mut sum = 0;
        if index < producers {
            let each = count / producers;
            for item in index * each + 1..=(index + 1) * each {
                sender.send(item).unwrap();
            }
        } else {
            for _ in 0..count / consumers {
                sum += receiver.recv().unwrap();
            }
        }
        (began, Instant::now(), sum)
    };
    let took = run_together(producers + consumers, name.ends_with("@split"), member, || ());
    assert_eq!(took.iter().map(|one| one.2).sum::<usize>(), count * (count + 1) / 2);
    let began = took.iter().map(|one| one.0).min().unwrap();
    let ended = took.iter().map(|one| one.1).max().unwrap();
    (ended - began).as_nanos() as f64
}

/// Of a name like queue.4x1.16: 4 producers, 1 consumer, and 16 places.
fn shape(name: &str) -> (usize, usize, usize) {
    let mut numbers = name.split(['.', 'x']).skip(1).map(|number| number.parse().unwrap());
    let (producers, consumers) = (numbers.next().unwrap(), numbers.next().unwrap());
    (producers, consumers, numbers.next().unwrap_or(1024))
}

fn queue(name: &str, count: usize) {
    let (producers, consumers, capacity) = shape(name);
    let took = contest(name, bounded(capacity), producers, consumers, count);
    report(name, "rate", count as f64 / took * 1e3, "M/s");
}

fn handoff(name: &str, count: usize) {
    report(name, "time", contest(name, bounded(1), 1, 1, count) / count as f64, "ns");
}

fn simple(name: &str) {
    let (producers, consumers, _) = shape(name);
    let count = 800_000;
    let took = contest(name, unbounded(), producers, consumers, count);
    report(name, "rate", count as f64 / took * 1e3, "M/s");
}

const TABLE: &[Workload] = &[
    ("queue.1x1", |name| queue(name, 800_000)),
    ("queue.4x1", |name| queue(name, 800_000)),
    ("queue.2x2", |name| queue(name, 800_000)),
    ("queue.4x4", |name| queue(name, 800_000)),
    ("queue.1x1.16", |name| queue(name, 80_000)),
    ("queue.4x1.16", |name| queue(name, 80_000)),
    ("queue.2x2.16", |name| queue(name, 80_000)),
    ("queue.4x4.16", |name| queue(name, 80_000)),
    ("queue.4x1.1", |name| queue(name, 40_000)),
    ("queue.2x2.1", |name| queue(name, 40_000)),
    ("queue.4x4.1", |name| queue(name, 40_000)),
    ("queue.handoff", |name| handoff(name, 10_000)),
    ("queue.handoff@1cpu", |name| handoff(name, 40_000)),
    ("queue.handoff@split", |name| handoff(name, 10_000)),
    ("simple.1x1", simple),
    ("simple.4x1", simple),
    ("simple.4x4", simple),
];

fn main() {
    peer_main(TABLE);
}
