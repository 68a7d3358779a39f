// pool.go - goroutines, which need no pool.
package main

import (
	"errors"
	"sync"
	"time"
)

// The median of three after one to warm up, in nanoseconds.
func medianOf(once func()) float64 {
	var times []float64
	for i := -1; i < 3; i++ {
		start := time.Now()
		once()
		if i >= 0 {
			times = append(times, float64(time.Since(start).Nanoseconds()))
		}
	}
	return percentile(times, 50)
}

func poolSubmit(name string) {
	const count = 1000000
	results := make([]int, count)
	took := medianOf(func() {
		var all sync.WaitGroup
		for i := range results {
			all.Add(1)
			go func(i int) {
				results[i] = i
				all.Done()
			}(i)
		}
		all.Wait()
	})
	for i, result := range results {
		if i != result {
			giveUp(errors.New("a task was not run"))
		}
	}
	report(name, "rate", count/took*1e3, "M/s")
}

func poolTrip(name string) {
	const count = 2000
	took := medianOf(func() {
		for i := 0; i < count; i++ {
			result := make(chan int)
			go func() { result <- i }()
			if <-result != i {
				giveUp(errors.New("a task was not run"))
			}
		}
	})
	report(name, "time", took/count, "ns")
}

func poolItem(item uint64) uint64 {
	for i := 0; i < 8; i++ {
		item = (item ^ item>>29) * 6364136223846793005
	}
	return item
}

func poolMap(name string) {
	const count, chunk, times = 1000000, 4096, 10
	from, to := make([]uint64, count), make([]uint64, count)
	for i := range from {
		from[i] = uint64(i)
	}
	once := func() {
		var all sync.WaitGroup
		for at := 0; at < count; at += chunk {
			end := at + chunk
			if end > count {
				end = count
			}
			all.Add(1)
			go func(from, to []uint64) {
				for i := range from {
					to[i] = poolItem(from[i])
				}
				all.Done()
			}(from[at:end], to[at:end])
		}
		all.Wait()
	}
	took := medianOf(func() {
		for i := 0; i < times; i++ {
			once()
		}
	})
	for i := range to {
		if to[i] != poolItem(from[i]) {
			giveUp(errors.New("an item was left out"))
		}
	}
	report(name, "rate", times*count/took*1e3, "M/s")
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	var first sync.WaitGroup
	a := 0
	first.Add(1)
	go func() {
		a = fib(n - 1)
		first.Done()
	}()
	b := fib(n - 2)
	first.Wait()
	return a + b
}

func poolFib(name string) {
	report(name, "time", medianOf(func() {
		if fib(27) != 196418 {
			giveUp(errors.New("not a number of Fibonacci's"))
		}
	})/1e6, "ms")
}

var poolTable = []workload{
	{"pool.submit", poolSubmit},
	{"pool.trip", poolTrip},
	{"pool.map", poolMap},
	{"pool.fib", poolFib},
}
