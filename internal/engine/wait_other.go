//go:build !linux

package engine

import "time"

// systemSleep is the runtime's: elsewhere its timers are not rounded.
func systemSleep(d time.Duration) { time.Sleep(d) }
