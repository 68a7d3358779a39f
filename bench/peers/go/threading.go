// threading.go - sync.Mutex, sync.Cond, channels, goroutines and timers.
package main

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

func lockPair(name string) {
	var lock sync.Mutex
	report(name, "time", nsPerOperation(200000, func(count int) {
		for i := 0; i < count; i++ {
			lock.Lock()
			lock.Unlock()
		}
	}), "ns")
}

const sectionSteps = 54

type padding [128]byte

type contest struct {
	stop    int32
	_       padding
	lock    sync.Mutex
	_       padding
	state   uint64
	entries int
	_       padding
}

func (c *contest) empty() (done int) {
	for atomic.LoadInt32(&c.stop) == 0 {
		c.lock.Lock()
		c.lock.Unlock()
		done++
	}
	return done
}

func (c *contest) work() (done int) {
	for atomic.LoadInt32(&c.stop) == 0 {
		c.lock.Lock()
		state := c.state
		for i := 0; i < sectionSteps; i++ {
			state = (state ^ state>>29) * 6364136223846793005
		}
		c.state = state
		c.entries++
		c.lock.Unlock()
		done++
	}
	return done
}

func contended(threads int, work bool) func(name string) {
	return func(name string) {
		var c contest
		shares := make(chan int, threads)
		body := c.empty
		if work {
			body = c.work
		}
		start := time.Now()
		for i := 0; i < threads; i++ {
			go func() { shares <- body() }()
		}
		time.Sleep(250 * time.Millisecond)
		atomic.StoreInt32(&c.stop, 1)
		took := time.Since(start).Seconds()
		all, least, most := 0, int(^uint(0)>>1), 0
		for i := 0; i < threads; i++ {
			done := <-shares
			all += done
			if done < least {
				least = done
			}
			if done > most {
				most = done
			}
		}
		report(name, "rate", float64(all)/took/1e6, "M/s")
		report(name, "fairness", float64(least)/float64(most), "share")
	}
}

func semaphorePair(name string) {
	semaphore := make(chan struct{}, 1)
	report(name, "time", nsPerOperation(100000, func(count int) {
		for i := 0; i < count; i++ {
			semaphore <- struct{}{}
			<-semaphore
		}
	}), "ns")
}

const warmUp = 200

// Two goroutines that play rounds; the first has the first turn and the watch.
func pingpong(name string, count int, round func(side int)) {
	rounds := count / 2
	other := make(chan bool)
	play := func(side, rounds int) {
		for i := 0; i < rounds; i++ {
			round(side)
		}
	}
	go func() {
		play(1, warmUp+rounds)
		other <- true
	}()
	play(0, warmUp)
	start := time.Now()
	play(0, rounds)
	took := time.Since(start)
	<-other
	report(name, "time", float64(took.Nanoseconds())/float64(2*rounds), "ns")
}

func semaphorePingpong(count int) func(name string) {
	return func(name string) {
		turns := [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}
		pingpong(name, count, func(side int) {
			if side == 0 {
				turns[1] <- struct{}{}
				<-turns[0]
			} else {
				<-turns[1]
				turns[0] <- struct{}{}
			}
		})
	}
}

func conditionPingpong(count int) func(name string) {
	return func(name string) {
		var lock sync.Mutex
		turns := [2]*sync.Cond{sync.NewCond(&lock), sync.NewCond(&lock)}
		turn := 0
		pingpong(name, count, func(side int) {
			lock.Lock()
			for turn != side {
				turns[side].Wait()
			}
			turn = 1 - side
			turns[1-side].Signal()
			lock.Unlock()
		})
	}
}

// An event is a channel of one; the goroutine that waits empties it.
func eventWake(name string) {
	const wakes = 1000
	event := make(chan struct{}, 1)
	took := make([]float64, wakes)
	finished := make(chan bool)
	var asleep int32
	var setAt time.Time
	go func() {
		for i := range took {
			atomic.StoreInt32(&asleep, int32(i+1))
			<-event
			took[i] = float64(time.Since(setAt).Nanoseconds())
		}
		finished <- true
	}()
	for i := int32(0); i < wakes; i++ {
		time.Sleep(80 * time.Microsecond)
		for atomic.LoadInt32(&asleep) <= i {
			time.Sleep(80 * time.Microsecond)
		}
		time.Sleep(80 * time.Microsecond)
		setAt = time.Now()
		event <- struct{}{}
	}
	<-finished
	report(name, "p50", percentile(took, 50), "ns")
	report(name, "p99", percentile(took, 99), "ns")
}

// The barrier that Go's users write: a lock, a condition variable, a count and a generation.
type barrier struct {
	lock                    sync.Mutex
	met                     *sync.Cond
	parties, here, meetings int
}

func (b *barrier) wait() {
	b.lock.Lock()
	defer b.lock.Unlock()
	b.here++
	if b.here == b.parties {
		b.here = 0
		b.meetings++
		b.met.Broadcast()
		return
	}
	for meeting := b.meetings; meeting == b.meetings; {
		b.met.Wait()
	}
}

func barrierCrossings(threads, count int) func(name string) {
	return func(name string) {
		b := barrier{parties: threads}
		b.met = sync.NewCond(&b.lock)
		var all sync.WaitGroup
		cross := func() {
			for i := 0; i < count; i++ {
				b.wait()
			}
			all.Done()
		}
		all.Add(threads)
		start := time.Now()
		for i := 0; i < threads; i++ {
			go cross()
		}
		all.Wait()
		report(name, "rate", float64(count)/time.Since(start).Seconds()/1e3, "k/s")
	}
}

func threadStartJoin(name string) {
	ended := make(chan bool)
	report(name, "time", nsPerOperation(200, func(count int) {
		for i := 0; i < count; i++ {
			go func() { ended <- true }()
			<-ended
		}
	})/1e3, "us")
}

const timersAtOnce = 10000

// The mean time to start a timer, which here includes making it, and to stop it.
func timersOnce() (start, cancel float64) {
	timers := make([]*time.Timer, timersAtOnce)
	begin := time.Now()
	for i := range timers {
		after := 120000 + uint32(i)*2654435761%1080000
		timers[i] = time.AfterFunc(time.Duration(after)*time.Millisecond, func() {})
	}
	middle := time.Now()
	for _, timer := range timers {
		timer.Stop()
	}
	return float64(middle.Sub(begin).Nanoseconds()) / timersAtOnce,
		float64(time.Since(middle).Nanoseconds()) / timersAtOnce
}

func timers(cancel bool) func(name string) {
	return func(name string) {
		var times []float64
		for i := 0; i < 11; i++ {
			started, cancelled := timersOnce()
			if cancel {
				started = cancelled
			}
			times = append(times, started)
		}
		report(name, "time", percentile(times, 50), "ns")
	}
}

func size(name string) {
	report(name, "lock", float64(unsafe.Sizeof(sync.Mutex{})), "bytes")
	report(name, "condition", float64(unsafe.Sizeof(sync.Cond{})), "bytes")
}

var threadingTable = []workload{
	{"lock.pair", lockPair},
	{"lock.empty.1", contended(1, false)},
	{"lock.empty.2", contended(2, false)},
	{"lock.empty.4", contended(4, false)},
	{"lock.empty.8", contended(8, false)},
	{"lock.work.2", contended(2, true)},
	{"lock.work.8", contended(8, true)},
	{"semaphore.pair", semaphorePair},
	{"semaphore.pingpong", semaphorePingpong(10000)},
	{"semaphore.pingpong@1cpu", semaphorePingpong(40000)},
	{"condition.pingpong", conditionPingpong(10000)},
	{"condition.pingpong@1cpu", conditionPingpong(40000)},
	{"event.wake", eventWake},
	{"barrier.2", barrierCrossings(2, 10000)},
	{"barrier.8", barrierCrossings(8, 6000)},
	{"thread.start_join", threadStartJoin},
	{"timer.start", timers(false)},
	{"timer.cancel", timers(true)},
	{"size", size},
}
