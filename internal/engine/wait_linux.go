package engine

import (
	"syscall"
	"time"
)

// systemSleep asks the kernel, which is late by its timer slack, 50 us unless
// configured otherwise. A signal ends it early.
func systemSleep(d time.Duration) {
	ts := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&ts, nil) // an early end is allowed
}
