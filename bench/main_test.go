package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// TestMain lets the test's binary be the process of its own that elsewhere starts.
func TestMain(m *testing.M) {
	if os.Getenv(childOf) != "" || os.Getenv(serveWhat) != "" {
		main()
		return
	}
	m.Run()
}

// Every comparison works, as far as a look too short to mean anything can tell.
func TestRun_quickly(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-rounds", "1", "-scale", "100"}, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"virtual driver", "failsafe-go", "hedgedhttp", "rate kept up", "P50 at 500/s", "an hour", "a million", "SingleR", "settings of 10,000", "mock, whole", "mock, stream",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("no line about %q in\n%s", want, stdout.String())
		}
	}
}

func TestRun_misuse(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-rounds", "0"}, {"-scale", "-1"}, {"-only"}, {"more"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("run(%q) = nil, want an error", args)
		}
	}
}

// Ours and the peer take turns in going first, and a ratio is of neighbours.
func TestAlternate(t *testing.T) {
	t.Parallel()
	var order strings.Builder
	ours, peer := 0.0, 0.0
	got, err := alternate(3,
		func() (float64, error) { order.WriteString("o"); ours += 10; return ours, nil },
		func() (float64, error) { order.WriteString("p"); peer += 5; return peer, nil })
	if want := (pair{ours: 20, peer: 10, ratio: 2, diff: 10}); got != want || err != nil {
		t.Errorf("alternate = %+v, %v, want %+v", got, err, want)
	}
	if order.String() != "oppoop" {
		t.Errorf("order %s, want oppoop", order.String())
	}
}

func TestAlternate_error(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	fine := func() (float64, error) { return 1, nil }
	bad := func() (float64, error) { return 0, broken }
	if _, err := alternate(3, fine, bad); !errors.Is(err, broken) {
		t.Errorf("a broken peer: %v, want %v", err, broken)
	}
	if _, err := alternate(3, bad, fine); !errors.Is(err, broken) {
		t.Errorf("ours broken: %v, want %v", err, broken)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(tt.values); got != tt.want {
			t.Errorf("median(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]string{
		0: "0", 0.12345: "0.123", 12.345: "12.3", 123.4: "123", 999.6: "1,000", 1234567: "1,234,567", -123: "-123", -1234: "-1,234",
	} {
		if got := number(x); got != want {
			t.Errorf("number(%v) = %q, want %q", x, got, want)
		}
	}
}
