// main.go - Go: its program, and how it measures. The workloads are those of bench/workloads/. A goroutine belongs to no
// CPU, so there are none that are pinned apart.
package main

import (
	"fmt"
	"os"
	"sort"
	"time"
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

func giveUp(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

var tables = [][]workload{threadingTable, processTable, queueTable, poolTable}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: peer-go --list | WORKLOAD")
		os.Exit(2)
	}
	for _, table := range tables {
		for _, w := range table {
			if os.Args[1] == "--list" {
				fmt.Println(w.name)
			} else if os.Args[1] == w.name {
				w.run(w.name)
			}
		}
	}
}
