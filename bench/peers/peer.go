// peer.go - Go: sync.Mutex, sync.Cond, channels, goroutines and timers. The workloads are those of bench/workloads/.
// A goroutine belongs to no CPU, so there are none that are pinned apart.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type workload struct {
	name string
	run  func(name string)
}

func report(name, metric string, value float64, unit string) {
	fmt.Printf("%s %s %.6g %s\n", name, metric, value, unit)
}

func percentile(values []float64, percent int) float64 {
	sort.Float64s(values)
	return values[len(values)*percent/100]
}

// The median of 15 batches after two to warm up.
func nsPerOperation(count int, batch func(count int)) float64 {
	var times []float64
	for i := -2; i < 15; i++ {
		start := time.Now()
		batch(count)
		if i >= 0 {
			times = append(times, float64(time.Since(start).Nanoseconds())/float64(count))
		}
	}
	return percentile(times, 50)
}

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

func beside(name string) string {
	self, _ := os.Executable()
	return filepath.Join(filepath.Dir(self), name)
}

func giveUp(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func startAndWait(program string, count int) func(name string) {
	return func(name string) {
		report(name, "time", nsPerOperation(count, func(count int) {
			for i := 0; i < count; i++ {
				giveUp(exec.Command(program).Run())
			}
		})/1e3, "us")
	}
}

func startLarge(name string) {
	memory, err := syscall.Mmap(-1, 0, 4<<30, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	giveUp(err)
	giveUp(syscall.Madvise(memory, 15)) // MADV_NOHUGEPAGE
	for at := 0; at < len(memory); at += 4096 {
		memory[at] = 1
	}
	startAndWait("/bin/true", 10)(name)
	giveUp(syscall.Munmap(memory))
}

func startAsked(name string) {
	report(name, "time", nsPerOperation(40, func(count int) {
		for i := 0; i < count; i++ {
			child := exec.Command(beside("bench-nothing"))
			child.Dir = "/"
			child.Env = []string{"A=1", "B=2"}
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			_, err := child.StdinPipe()
			giveUp(err)
			_, err = child.StdoutPipe()
			giveUp(err)
			_, err = child.StderrPipe()
			giveUp(err)
			giveUp(child.Start())
			giveUp(child.Wait())
		}
	})/1e3, "us")
}

func capture(name string) {
	var rates []float64
	for i := 0; i < 5; i++ {
		start := time.Now()
		out, err := exec.Command(beside("bench-pour")).Output()
		giveUp(err)
		rates = append(rates, float64(len(out))/time.Since(start).Seconds()/1e6)
	}
	report(name, "rate", percentile(rates, 50), "MB/s")
}

var table = []workload{
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
	{"process.true", startAndWait("/bin/true", 10)},
	{"process.true@4g", startLarge},
	{"process.static", startAndWait(beside("bench-nothing"), 40)},
	{"process.asked", startAsked},
	{"process.capture", capture},
	{"size", size},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: peer-go --list | WORKLOAD")
		os.Exit(2)
	}
	for _, w := range table {
		if os.Args[1] == "--list" {
			fmt.Println(w.name)
		} else if os.Args[1] == w.name {
			w.run(w.name)
		}
	}
}
