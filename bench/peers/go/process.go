// process.go - os/exec.
package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

func beside(name string) string {
	self, _ := os.Executable()
	return filepath.Join(filepath.Dir(self), name)
}

// The median of single starts.
func reportStarts(name string, count int, start func()) {
	var times []float64
	for i := 0; i < count; i++ {
		begin := time.Now()
		start()
		times = append(times, float64(time.Since(begin).Nanoseconds())/1e3)
	}
	report(name, "time", percentile(times, 50), "us")
}

func startAndWait(program string, count int) func(name string) {
	return func(name string) {
		reportStarts(name, count, func() { giveUp(exec.Command(program).Run()) })
	}
}

func startLarge(name string) {
	memory, err := syscall.Mmap(-1, 0, 4<<30, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	giveUp(err)
	giveUp(syscall.Madvise(memory, 15)) // MADV_NOHUGEPAGE
	for at := 0; at < len(memory); at += 4096 {
		memory[at] = 1
	}
	startAndWait("/bin/true", 40)(name)
	giveUp(syscall.Munmap(memory))
}

func startAsked(name string) {
	reportStarts(name, 500, func() {
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
	})
}

func capture(name string) {
	var rates []float64
	for i := 0; i < 5; i++ {
		start := time.Now()
		out, err := exec.Command(beside("bench-pour")).Output()
		giveUp(err)
		rates = append(rates, float64(len(out))/time.Since(start).Seconds()/1e6)
	}
	report(name, "first", rates[0], "MB/s")
	report(name, "rate", percentile(rates, 50), "MB/s")
}

var processTable = []workload{
	{"process.true", startAndWait("/bin/true", 200)},
	{"process.true@4g", startLarge},
	{"process.static", startAndWait(beside("bench-nothing"), 500)},
	{"process.asked", startAsked},
	{"process.capture", capture},
}
