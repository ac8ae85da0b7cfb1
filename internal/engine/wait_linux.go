package engine

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm is a timer of the kernel's that the runtime's poller watches: as exact
// as the kernel's clock, and whoever waits for it holds neither a thread nor a
// processor. (A sleeping system call would hold both, on a machine with two
// processors half of what there is.)
type alarm struct {
	fd   int
	file *os.File
}

// newAlarm returns nil if the kernel has none to give.
func newAlarm() *alarm {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil
	}
	return &alarm{fd: fd, file: os.NewFile(uintptr(fd), "timer")}
}

// sleep waits for d, which must be above 0.
func (a *alarm) sleep(d time.Duration) {
	if a == nil {
		time.Sleep(d)
		return
	}
	at := unix.ItimerSpec{Value: unix.NsecToTimespec(d.Nanoseconds())}
	if unix.TimerfdSettime(a.fd, 0, &at, nil) != nil {
		time.Sleep(d)
		return
	}
	var expirations [8]byte
	_, _ = a.file.Read(expirations[:]) // an early end is allowed
}

func (a *alarm) close() {
	if a != nil {
		_ = a.file.Close()
	}
}
