// queue.go - channels, and a heap under a sync.Mutex.
package main

import (
	"container/heap"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The first number of a name like queue.4x1.16 is of producers, the second of consumers, the third of places.
func shape(name string) (producers, consumers, capacity int) {
	if n, err := fmt.Sscanf(name, "queue.%dx%d.%d", &producers, &consumers, &capacity); n < 2 {
		giveUp(err)
	} else if n == 2 {
		capacity = 1024
	}
	return producers, consumers, capacity
}

// Nanoseconds from the start of the goroutines to the end of the last one.
func contestOf(items chan int, producers, consumers, count int) float64 {
	var all sync.WaitGroup
	sums := make([]int, consumers)
	begin := make(chan bool)
	all.Add(producers + consumers)
	for i := 0; i < producers; i++ {
		go func(first, end int) {
			<-begin
			for item := first; item < end; item++ {
				items <- item
			}
			all.Done()
		}(count/producers*i+1, count/producers*(i+1)+1)
	}
	for i := 0; i < consumers; i++ {
		go func(i int) {
			<-begin
			sum := 0
			for n := 0; n < count/consumers; n++ {
				sum += <-items
			}
			sums[i] = sum
			all.Done()
		}(i)
	}
	start := time.Now()
	close(begin)
	all.Wait()
	took := time.Since(start)
	sum := 0
	for _, one := range sums {
		sum += one
	}
	if sum != count*(count+1)/2 {
		giveUp(errors.New("items were lost, or came twice"))
	}
	return float64(took.Nanoseconds())
}

func queueShape(count int) func(name string) {
	return func(name string) {
		producers, consumers, capacity := shape(name)
		took := contestOf(make(chan int, capacity), producers, consumers, count)
		report(name, "rate", float64(count)/took*1e3, "M/s")
	}
}

func queueHandoff(count int) func(name string) {
	return func(name string) {
		report(name, "time", contestOf(make(chan int, 1), 1, 1, count)/float64(count), "ns")
	}
}

type keyHeap []uint64

func (h keyHeap) Len() int            { return len(h) }
func (h keyHeap) Less(i, j int) bool  { return h[i] < h[j] }
func (h keyHeap) Swap(i, j int)       { h[i], h[j] = h[j], h[i] }
func (h *keyHeap) Push(x interface{}) { *h = append(*h, x.(uint64)) }
func (h *keyHeap) Pop() interface{} {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// Time per put and per get, of the second time that the same heap is filled and emptied.
func priorityMillion() (put, get float64) {
	const count = 1000000
	var lock sync.Mutex
	var keys keyHeap
	for round := 0; round < 2; round++ {
		key := uint64(1)
		start := time.Now()
		for i := 0; i < count; i++ {
			key = key*6364136223846793005 + 1442695040888963407
			lock.Lock()
			heap.Push(&keys, key)
			lock.Unlock()
		}
		middle := time.Now()
		for i := 0; i < count; i++ {
			lock.Lock()
			heap.Pop(&keys)
			lock.Unlock()
		}
		put = float64(middle.Sub(start).Nanoseconds()) / count
		get = float64(time.Since(middle).Nanoseconds()) / count
	}
	return put, get
}

func priorityPut(name string) {
	put, _ := priorityMillion()
	report(name, "time", put, "ns")
}

func priorityGet(name string) {
	_, get := priorityMillion()
	report(name, "time", get, "ns")
}

var queueTable = []workload{
	{"queue.1x1", queueShape(800000)},
	{"queue.4x1", queueShape(800000)},
	{"queue.2x2", queueShape(800000)},
	{"queue.4x4", queueShape(800000)},
	{"queue.1x1.16", queueShape(80000)},
	{"queue.4x1.16", queueShape(80000)},
	{"queue.2x2.16", queueShape(80000)},
	{"queue.4x4.16", queueShape(80000)},
	{"queue.4x1.1", queueShape(40000)},
	{"queue.2x2.1", queueShape(40000)},
	{"queue.4x4.1", queueShape(40000)},
	{"queue.handoff", queueHandoff(10000)},
	{"queue.handoff@1cpu", queueHandoff(40000)},
	{"priority.put", priorityPut},
	{"priority.get", priorityGet},
}
