package record

import (
	"testing"
	"time"
	"unsafe"
)

func TestRow_size(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(row{}); size > 32 {
		t.Errorf("a row takes %d bytes, want at most 32", size)
	}
}

func TestAppendMillis(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                                   "0",
		time.Microsecond:                    "0.001",
		1499 * time.Nanosecond:              "0.001",
		1500 * time.Nanosecond:              "0.002",
		120 * time.Microsecond:              "0.12",
		999999500 * time.Nanosecond:         "1000",
		-1500 * time.Microsecond:            "-1.5",
		100*time.Hour + 50*time.Microsecond: "360000000.05",
	} {
		if got := string(appendMillis(nil, "", d)); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

// A line itself, without the compressor.
func BenchmarkAppendLine(b *testing.B) {
	cfg := Config{Strategy: "hedge", Models: []ModelInfo{{Name: "claude-sonnet-4-5"}, {Name: "gpt-4.1-mini"}}}
	q := Request{ID: 12345, Due: 617250 * time.Millisecond, Sent: 617250 * time.Millisecond, End: 619387654 * time.Microsecond, OK: true}
	for i := range 2 {
		q.Attempts = append(q.Attempts, Attempt{
			Model: i, Role: "hedge", State: StateWon, Start: 617250 * time.Millisecond, End: 619387654 * time.Microsecond,
		})
	}
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = cfg.appendLine(buf[:0], &q)
	}
}
