//go:build !linux

package engine

import "time"

// alarm is the runtime's timer: elsewhere it is not rounded.
type alarm struct{}

func newAlarm() *alarm { return nil }

func (*alarm) sleep(d time.Duration) { time.Sleep(d) }

func (*alarm) close() {}
